//! The messages of `hsm-load` when it cannot start, and for failed operations. The codes are
//! PKCS#11's (Cryptoki 2.40). The code for each cause is a Guess unless a source is named.

use super::operation::Operation;
use hsmlab_client::LinkError;
use hsmlab_client::cluster::{ClientError, ConnectError};
use hsmlab_client::config::ConfigError;
use hsmlab_proto::message::Fault;

pub(super) const NEEDS_SECONDS: &str = "hsm-load: its output is not a terminal, where Ctrl-C could \
                                        end it: give --seconds <SECONDS>\n";
pub(super) const TOO_MANY: &str = "hsm-load: too many programs are running\n";
pub(super) const NO_PIN: &str =
    "hsm-load: no PIN: give --pin <USER:PASSWORD> or set CLOUDHSM_PIN\n";
pub(super) const BAD_PIN: &str =
    "hsm-load: C_Login: CKR_PIN_INCORRECT (0xA0): the PIN must be <USER:PASSWORD>\n";
/// The message after the most operations of one run.
pub(super) const ENOUGH: &str = "This run has reached the limit of 100,000 operations and ends.\n";

/// The message if the report cannot be written.
pub(super) fn no_report(path: &str, why: &str) -> String {
    format!("hsm-load: {path}: {why}\n")
}

/// The dynamic linker's message.
pub(super) fn no_library(path: &str) -> String {
    format!(
        "hsm-load: {path}: cannot open shared object file: No such file or directory\n\
         hsm-load: install the package cloudhsm-pkcs11\n"
    )
}

/// The message if the library could not be initialized.
pub(super) fn initialize(why: &str) -> String {
    format!("hsm-load: C_Initialize: CKR_GENERAL_ERROR (0x5): {why}\n")
}

/// The message for an invalid configuration: the same text for every component.
pub(super) fn config(error: &ConfigError) -> String {
    match error {
        ConfigError::Shape => initialize(
            "Unable to read config JSON. Caused by: Config does not satisfy the required \
             CloudHsmConfig data structure",
        ),
        ConfigError::Hostname(name) => {
            initialize(&format!("Config key hostname has invalid value {name}"))
        }
    }
}

/// The message if no cluster can be reached.
pub(super) fn connect(error: &ConnectError) -> String {
    let why = match error {
        ConnectError::Unreachable(failures) => {
            let each: Vec<String> = failures
                .iter()
                .map(|(address, error)| format!("{address}: {}", link(error)))
                .collect();
            format!("Failed to connect to any HSM ({})", each.join(", "))
        }
        ConnectError::Untrusted(error) => format!(
            "Certificate verification error with error code {} and depth {}: {}",
            error.code, error.depth, error.reason
        ),
        ConnectError::NotInitialized => "the cluster is not initialized".into(),
        ConnectError::ClientRefused => "the HSM refused the client's certificate".into(),
        ConnectError::Handshake => "the end-to-end handshake failed".into(),
    };
    initialize(&why)
}

fn link(error: &LinkError) -> &'static str {
    match error {
        LinkError::TimedOut => "connection timed out",
        LinkError::Refused => "connection refused",
        LinkError::Reset => "connection reset by peer",
    }
}

/// The message if a function of the library failed.
pub(super) fn call(function: &str, error: &ClientError) -> String {
    format!("hsm-load: {function}: {}\n", cause(error))
}

/// The cause, with the function's return value.
pub(super) fn cause(error: &ClientError) -> String {
    match error {
        ClientError::Fault(fault) => of_fault(fault),
        ClientError::Disconnected => "CKR_FUNCTION_FAILED (0x6): HSM is disconnected".into(),
        // User Guide, "troubleshoot-key-availability-check".
        ClientError::Unavailable(handle) => {
            let key = handle.map_or_else(String::new, |handle| format!(" {handle}"));
            format!(
                "CKR_FUNCTION_FAILED (0x6): Key{key} does not meet the availability requirements - \
                 The key must be available on at least 2 HSMs before being used."
            )
        }
        ClientError::Partial { failed, of } => {
            format!("CKR_FUNCTION_FAILED (0x6): failed on {failed} of {of} HSMs")
        }
        ClientError::NoKey | ClientError::ManyKeys(_) => "CKR_KEY_HANDLE_INVALID (0x60)".into(),
    }
}

fn of_fault(fault: &Fault) -> String {
    match fault {
        Fault::LoginFailed | Fault::NoSuchUser | Fault::BadPassword | Fault::BadUserName(_) => {
            "CKR_PIN_INCORRECT (0xA0)".into()
        }
        Fault::UserLocked => "CKR_PIN_LOCKED (0xA4)".into(),
        Fault::NotLoggedIn => "CKR_USER_NOT_LOGGED_IN (0x101)".into(),
        Fault::NoSuchKey => "CKR_KEY_HANDLE_INVALID (0x60)".into(),
        Fault::NotAllowed(_) => "CKR_KEY_FUNCTION_NOT_PERMITTED (0x68)".into(),
        Fault::TooManyKeys => "CKR_DEVICE_MEMORY (0x31)".into(),
        // User Guide, "troubleshoot-hsm-throttling".
        Fault::Busy => "CKR_FUNCTION_FAILED (0x6): Received error from the server. Error: This \
                        operation is already in progress. Internal error code: 0x000000BB"
            .into(),
        _ => "CKR_FUNCTION_FAILED (0x6)".into(),
    }
}

/// The message if no key with that label can be used.
pub(super) fn no_key(label: &str, operation: Operation, of_label: usize) -> String {
    let name = operation.name();
    if of_label == 0 {
        format!("hsm-load: there is no key with the label {label:?}; --new creates one\n")
    } else {
        format!(
            "hsm-load: no key with the label {label:?} can be used for {name} (keys of that label: \
             {of_label})\n"
        )
    }
}
