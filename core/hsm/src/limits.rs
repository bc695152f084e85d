//! Limits of an appliance, each with its source.

/// Maximum number of keys in an `hsm2m.medium` (User Guide, "limits").
pub const KEYS_MAX_HSM2M: usize = 16_666;
/// Maximum number of asymmetric keys among them (User Guide, "limits").
pub const ASYMMETRIC_KEYS_MAX_HSM2M: usize = 3_333;
/// Maximum number of keys in an `hsm1.medium` (User Guide, "limits").
pub const KEYS_MAX_HSM1: usize = 3_300;
/// Maximum number of tombstones in an HSM: as many as another HSM has keys, so that one that missed a
/// deletion does not bring the key back. The lab's number; AWS publishes none.
pub const TOMBSTONES_MAX: usize = 16_666;
/// Maximum number of users of a cluster (User Guide, "limits").
pub const USERS_MAX: usize = 1_024;
/// Maximum number of users of a cluster of `hsm1.medium` (User Guide, "limits").
pub const USERS_MAX_HSM1: usize = 250;
/// Maximum number of concurrent client connections (User Guide, "limits": 900 a cluster).
pub const CONNECTIONS_MAX: usize = 900;
/// Maximum length of a user name (User Guide, "limits").
pub const USER_NAME_CHARS_MAX: usize = 31;
/// Minimum length of a password (User Guide, "limits").
pub const PASSWORD_BYTES_MIN: usize = 8;
/// Maximum length of a password (User Guide, "limits").
pub const PASSWORD_BYTES_MAX: usize = 32;
/// Wrong passwords in a row before the account is locked; the next one locks it (User Guide,
/// "`cloudhsm_cli-login`": "more than five incorrect login attempts").
pub const LOGIN_FAILURES_MAX: u32 = 5;
/// Rounds of PBKDF2-HMAC-SHA-256 over a password. SP 800-132 requires at least 1,000 and real systems
/// use far more. Here a wrong guess costs simulated time, and a login must stay quick in a browser.
pub const PASSWORD_ROUNDS: u32 = 1_000;
/// Maximum length of a label (User Guide, "`cloudhsm_cli-key-generate`": 127 since SDK 5.11).
pub const LABEL_BYTES_MAX: usize = 127;
/// Maximum length of a key's id. The lab's number, the same as for labels; PKCS#11 has no limit.
pub const ID_BYTES_MAX: usize = 127;
/// Maximum length of a generic secret (User Guide, "pkcs11-key-types").
pub const GENERIC_SECRET_BYTES_MAX: u32 = 800;
/// The smallest and the largest RSA modulus, and the step (User Guide, "pkcs11-key-types").
pub const RSA_BITS: (u32, u32, u32) = (2048, 4096, 256);
/// Maximum number of quorum tokens in an HSM (User Guide, "quorum-auth-chsm-cli").
pub const TOKENS_MAX: usize = 1_024;
/// The smallest and the largest number of approvers of a quorum (User Guide, "quorum-auth-chsm-cli").
pub const QUORUM_VALUES: (u8, u8) = (2, 8);
/// Seconds in which a token must be approved, and then again in which it must be used (User Guide,
/// "`cloudhsm_cli-qm-token-list-tm`").
pub const TOKEN_SECONDS: u32 = 600;
/// Maximum timeout of a token in seconds. Guess: one day; no limit is published.
pub const TOKEN_SECONDS_MAX: u32 = 86_400;
/// Seconds in which the other HSMs of a cluster accept a new token. The lab's number. It prevents a
/// used token from being inserted again.
pub const TOKEN_PLACED_SECONDS: u64 = 60;
/// Maximum number of ended tokens remembered for [`TOKEN_PLACED_SECONDS`]; then no new ones are made.
pub const TOKENS_ENDED_MAX: usize = 4_096;
/// Size of the keys that users sign tokens with (User Guide, "set-up-mfa-for-cloudhsm-cli").
pub const TOKEN_KEY_BITS: usize = 2048;

/// Maximum number of audit log entries in an appliance; older ones are dropped. On AWS they go to
/// CloudWatch Logs, which keeps all of them. This number is about a day of a learner's work.
pub const AUDIT_ENTRIES_MAX: usize = 1_024;
/// Maximum number of logs of destroyed appliances; the newest are kept: as many as a cluster has HSMs.
pub const AUDIT_LOGS_ENDED_MAX: usize = 28;

const _: () = assert!(TOMBSTONES_MAX >= KEYS_MAX_HSM2M);
const _: () = assert!(USERS_MAX_HSM1 < USERS_MAX);
const _: () = assert!(ASYMMETRIC_KEYS_MAX_HSM2M < KEYS_MAX_HSM2M);
const _: () = assert!(PASSWORD_BYTES_MIN < PASSWORD_BYTES_MAX);
