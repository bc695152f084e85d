//! Limits of an appliance, each with its source.

/// Keys that an `hsm2m.medium` holds (User Guide, "limits").
pub const KEYS_MAX_HSM2M: usize = 16_666;
/// Asymmetric keys among them (User Guide, "limits").
pub const ASYMMETRIC_KEYS_MAX_HSM2M: usize = 3_333;
/// Keys that an `hsm1.medium` holds (User Guide, "limits").
pub const KEYS_MAX_HSM1: usize = 3_300;
/// Deleted token keys that an HSM remembers, so that a sister that missed the deletion does not bring
/// them back: as many as a sister can hold. Ours; AWS publishes nothing.
pub const TOMBSTONES_MAX: usize = 16_666;
/// Users of a cluster (User Guide, "limits").
pub const USERS_MAX: usize = 1_024;
/// Users of a cluster of `hsm1.medium` (User Guide, "limits").
pub const USERS_MAX_HSM1: usize = 250;
/// Concurrent client connections (User Guide, "limits": 900 a cluster).
pub const CONNECTIONS_MAX: usize = 900;
/// Characters of a user name (User Guide, "limits").
pub const USER_NAME_CHARS_MAX: usize = 31;
/// The shortest password (User Guide, "limits").
pub const PASSWORD_BYTES_MIN: usize = 8;
/// The longest password (User Guide, "limits").
pub const PASSWORD_BYTES_MAX: usize = 32;
/// Wrong passwords in a row that an account survives; one more locks it (User Guide,
/// "`cloudhsm_cli-login`": "more than five incorrect login attempts").
pub const LOGIN_FAILURES_MAX: u32 = 5;
/// Rounds of PBKDF2-HMAC-SHA-256 over a password. SP 800-132 asks for at least 1,000 and real systems
/// take far more; here a wrong guess costs simulated time, and a login must stay quick in a browser.
pub const PASSWORD_ROUNDS: u32 = 1_000;
/// Bytes of a label (User Guide, "`cloudhsm_cli-key-generate`": 127 from SDK 5.11 on).
pub const LABEL_BYTES_MAX: usize = 127;
/// Bytes of a key's id: ours, as the label's; PKCS#11 sets no limit.
pub const ID_BYTES_MAX: usize = 127;
/// Bytes of a generic secret (User Guide, "pkcs11-key-types").
pub const GENERIC_SECRET_BYTES_MAX: u32 = 800;
/// The smallest and the largest RSA modulus, and the step (User Guide, "pkcs11-key-types").
pub const RSA_BITS: (u32, u32, u32) = (2048, 4096, 256);
/// Quorum tokens that an HSM stores (User Guide, "quorum-auth-chsm-cli").
pub const TOKENS_MAX: usize = 1_024;
/// The smallest and the largest number of approvers of a quorum (User Guide, "quorum-auth-chsm-cli").
pub const QUORUM_VALUES: (u8, u8) = (2, 8);
/// Seconds that a token has to be approved, and then to be used (User Guide,
/// "`cloudhsm_cli-qm-token-list-tm`").
pub const TOKEN_SECONDS: u32 = 600;
/// The longest timeout of a token in seconds. Guess: a day; no limit is published.
pub const TOKEN_SECONDS_MAX: u32 = 86_400;
/// Seconds within which the HSMs of a cluster take a token that one of them has made: ours. It keeps a
/// token that has served from being put in again.
pub const TOKEN_PLACED_SECONDS: u64 = 60;
/// Tokens that ended within [`TOKEN_PLACED_SECONDS`] and are remembered; beyond that none is made.
pub const TOKENS_ENDED_MAX: usize = 4_096;
/// The size of the keys that users sign tokens with (User Guide, "set-up-mfa-for-cloudhsm-cli").
pub const TOKEN_KEY_BITS: usize = 2048;

/// Entries of its audit log that an appliance keeps; older ones are dropped. On AWS they are delivered to
/// CloudWatch Logs, which keeps them all; this much is a day of a learner's work.
pub const AUDIT_ENTRIES_MAX: usize = 1_024;
/// Logs of appliances that are gone, of which the newest are kept: as many as a cluster has HSMs.
pub const AUDIT_LOGS_ENDED_MAX: usize = 28;

const _: () = assert!(TOMBSTONES_MAX >= KEYS_MAX_HSM2M);
const _: () = assert!(USERS_MAX_HSM1 < USERS_MAX);
const _: () = assert!(ASYMMETRIC_KEYS_MAX_HSM2M < KEYS_MAX_HSM2M);
const _: () = assert!(PASSWORD_BYTES_MIN < PASSWORD_BYTES_MAX);
