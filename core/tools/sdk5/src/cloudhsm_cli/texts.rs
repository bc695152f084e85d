//! All error texts of the CLI. Texts with a source are from the guide or were observed on real
//! clusters. Texts marked as guesses are not published; they state the problem in the tool's style.

pub(super) mod quorum;

use hsmlab_client::cluster::{ClientError, ConnectError};
use hsmlab_client::config::ConfigError;
use hsmlab_proto::message::Fault;
use hsmlab_proto::policy::PolicyFault;
use hsmlab_proto::role::Role;

/// The failure of a connection, from the User Guide and observation: the same text for every cause.
pub(super) const NO_CONTEXT: &str = "Failed to initialize hsm1 context";
/// Observed: `--attributes token=true`.
pub(super) const TOKEN_ATTRIBUTE: &str =
    "Token key attribute cannot be supplied via optional attributes";
/// Observed with an enforced mTLS policy; here for any lost connection.
pub(super) const DISCONNECTED: &str = "HSM is disconnected";
/// User Guide, "troubleshoot-sdk5-user-replicate-failures".
pub(super) const USER_INCONSISTENT: &str = "Specified user is inconsistent across the cluster";
/// User Guide, "troubleshoot-sdk5-key-replicate-failures".
pub(super) const KEY_INCONSISTENT: &str =
    "The selected key is not synchronized throughout the cluster";
// Guess: not published.
pub(super) const NOT_A_COMMAND: &str = "The command is not known";
// Guess: not published.
pub(super) const PASSWORDS_DIFFER: &str = "Passwords do not match";
// Guess: not published.
pub(super) const UNCLOSED_QUOTE: &str = "error: unclosed quote in the command";
// Guess: not published.
pub(super) const BAD_BASE64: &str = "The data is not valid base64";
// Guess: not published.
pub(super) const BAD_HEX: &str = "The value is not valid hex";
// Guess: not published.
pub(super) const BAD_PIN: &str = "CLOUDHSM_PIN must have the form <username>:<password>";
// Guess: not published.
pub(super) const BAD_ROLE: &str = "CLOUDHSM_ROLE must be admin or crypto-user";
// Guess: wording after a comment in a public script.
pub(super) const WHICH_CLUSTER: &str =
    "Multiple clusters provided in configuration file. Please specify `cluster-id`";
// Guess: not published.
pub(super) const UNKNOWN_CLUSTER: &str = "The cluster id is not in the configuration file";

/// Guess: not published.
pub(super) fn bad_filter(term: &str) -> String {
    format!("Invalid filter: {term}. Use key-reference=<reference> or attr.<name>=<value>")
}

/// Guess: not published.
pub(super) fn bad_attribute(term: &str) -> String {
    format!("Invalid key attribute: {term}. Use <name>=<value>")
}

/// Guess: not published.
pub(super) fn file(path: &str, error: &str) -> String {
    format!("Failed to access file {path}: {error}")
}

/// A configuration that cannot be used (User Guide, "ki-all" and re:Post).
pub(super) fn config(error: &ConfigError) -> String {
    match error {
        ConfigError::Shape => "Unable to read config JSON. Caused by: Config does not satisfy the \
                               required CloudHsmConfig data structure"
            .into(),
        ConfigError::Hostname(name) => format!("Config key hostname has invalid value {name}"),
    }
}

/// The reason that there is no connection, for the note on standard error and the log: the reply
/// itself is always [`NO_CONTEXT`].
pub(super) fn cause(error: &ConnectError) -> String {
    match error {
        ConnectError::Unreachable(_) => "no HSM of the configuration could be reached".into(),
        ConnectError::Untrusted(error) => format!(
            "Certificate verification error with error code {} and depth {}: {}",
            error.code, error.depth, error.reason
        ),
        ConnectError::NotInitialized => "the cluster is not initialized".into(),
        ConnectError::Handshake => "the end-to-end handshake failed".into(),
        ConnectError::ClientRefused => "the HSM did not accept the client certificate".into(),
    }
}

/// The error text of a failed command.
pub(super) fn client(error: &ClientError) -> String {
    match error {
        ClientError::Fault(error) => fault(error),
        ClientError::Disconnected => DISCONNECTED.into(),
        // User Guide, "manage-key-sync".
        ClientError::Unavailable(_) => {
            "Cannot perform the requested key operation as the key must be available on at least 2 \
             HSMs. Either increase the number of HSMs in the cluster, or disable the key \
             availability check."
                .into()
        }
        // Guess: in the form of "User replicate failed on 1 of 3 connections".
        ClientError::Partial { failed, of } => {
            format!("Operation failed on {failed} of {of} connections")
        }
        // Guess: not published.
        ClientError::NoKey => {
            "Key selection criteria matched 0 keys. Refine selection criteria to \
                               select a single key."
                .into()
        }
        ClientError::ManyKeys(count) => format!(
            "Key selection criteria matched {count} keys. Refine selection criteria to select a \
             single key."
        ),
    }
}

/// The error text for an HSM's refusal. All are guesses except those with a source.
fn fault(fault: &Fault) -> String {
    match fault {
        // Guess: the JCE's text for the same fault.
        Fault::LoginFailed => "Incorrect authentication credentials".into(),
        Fault::UserLocked => "The user is locked out. An admin must change the password".into(),
        Fault::AlreadyLoggedIn => "A user is already logged in".into(),
        Fault::NotLoggedIn => "A user must be logged in to run this command".into(),
        Fault::WrongRole(role) => match role {
            Role::Admin => "An Admin must be logged in to run this command".into(),
            _ => "A Crypto User must be logged in to run this command".into(),
        },
        Fault::NotActivated => "The cluster is not activated".into(),
        Fault::AlreadyActivated => "The cluster is already activated".into(),
        // Observed with `user delete`.
        Fault::NoSuchUser => "Specified user does not exist".into(),
        Fault::UserExists => "Specified user already exists".into(),
        // Observed: the message names the character but not the field.
        Fault::BadUserName(Some(c)) => format!("Invalid character: '{c}'"),
        Fault::BadUserName(None) => "The username must not be empty".into(),
        Fault::UserNameTooLong => "The username must not be longer than 31 characters".into(),
        Fault::BadPassword => {
            "The password must have 8 to 32 characters and must not contain ':'".into()
        }
        Fault::UserLoggedIn => "The user is logged in".into(),
        Fault::UserOwnsKeys => "The user owns keys. Delete the keys first".into(),
        Fault::UserProtected => "The user cannot be changed or deleted".into(),
        Fault::TooManyUsers => "The maximum number of users is reached".into(),
        Fault::TooManyKeys => "The maximum number of keys is reached".into(),
        Fault::NoSuchKey => "The key does not exist".into(),
        Fault::NotOwner => "Only the owner of the key can perform this operation".into(),
        Fault::NotAllowed(flag) => {
            format!(
                "The key does not allow this operation: attribute {} is false",
                flag.text()
            )
        }
        // Observed with `extractable` and `never-extractable`.
        Fault::AttributeRefused(name, value) => format!(
            "Attribute {name} cannot be set to the value {value} by the user for this operation"
        ),
        Fault::WrongKeyType => "The key type is not valid for this operation".into(),
        Fault::BadKeyLength => "The key length is not valid".into(),
        Fault::LabelTooLong => "The label must not be longer than 127 characters".into(),
        Fault::NotInFips => "The mechanism is not allowed in FIPS mode".into(),
        // User Guide, "ki-all".
        Fault::WeakHash(hash, key) => format!(
            "Digest security strength ({hash}) is weaker than the key security strength ({key})"
        ),
        Fault::DataLength(None) => "The data has a length that the mechanism does not take".into(),
        Fault::DataLength(Some(most)) => format!("The data must not be longer than {most} bytes"),
        Fault::BadIv(bytes) => format!("The initialization vector must have {bytes} bytes"),
        Fault::DecryptFailed => "The encrypted data is not valid".into(),
        Fault::BadData(reason) => {
            let mut chars = reason.chars();
            chars
                .next()
                .map(|c| c.to_uppercase().to_string() + chars.as_str())
                .unwrap_or_default()
        }
        // User Guide, "cloudhsm_cli-crypto-verify-rsa-pkcs-pss".
        Fault::SignatureMismatch => "Signature verification failed".into(),
        Fault::UnwrapFailed => "The wrapped key is not valid".into(),
        // User Guide, "troubleshoot-hsm-throttling", of the PKCS#11 library.
        Fault::Busy => "Received error from the server. Error: This operation is already in \
                        progress. Internal error code: 0x000000BB"
            .into(),
        Fault::Quorum(fault) => quorum::fault(fault),
        Fault::Policy(fault) => policy(fault),
        Fault::HandleTaken | Fault::UserDiffers | Fault::Malformed => "Internal error".into(),
    }
}

/// The reason that a policy was not set. All were observed except those marked.
fn policy(fault: &PolicyFault) -> String {
    match fault {
        PolicyFault::TooMany => "Maximum number of certificates registered.".into(),
        PolicyFault::TooLong => "Oversized Certificate: Certificate is too long".into(),
        PolicyFault::Exists => "Invalid Certificate: Trust anchor already exists.".into(),
        PolicyFault::NotMtls => "Failed to set the mtls enforcement. Current connection must be \
                                 mtls to set this enforcement."
            .into(),
        PolicyFault::NotFirstAdmin => "An Admin must be logged in to set policy on an HSM".into(),
        // Guess: not published, here and below.
        PolicyFault::Invalid(why) => format!("Invalid Certificate: {why}."),
        PolicyFault::NoSuchAnchor => "Invalid Certificate: Trust anchor does not exist.".into(),
        PolicyFault::LastAnchor => "Failed to deregister the trust anchor. The last trust anchor \
                                    cannot be deregistered while mtls is enforced."
            .into(),
        PolicyFault::NotOffered => "The HSM type does not support mtls".into(),
    }
}
