//! Error numbers and texts of the older tools.

use hsmlab_proto::message::Fault;

/// Success.
pub(crate) const SUCCESS: &str = "HSM Return: SUCCESS";
/// The daemon cannot be reached (public notes on the daemon's errors).
pub(crate) const NO_DAEMON: (u32, &str) = (
    0x4000_0040,
    "LIQUIDSECURITY: Daemon socket connection error",
);
/// An HSM of the cluster is not responding (User Guide of 2023, "`key_mgmt_util-genECCKeyPair`").
pub(crate) const UNAVAILABLE: (u32, &str) = (
    0x3000_0085,
    "HSM CLUSTER ERROR: Server in cluster is unavailable",
);

/// Numbers and texts from the guide ("`key_mgmt_util-deleteKey`", "-Error2String",
/// "-genECCKeyPair", "interpreting-audit-logs", "troubleshoot-hsm-throttling"; 206 was observed).
const KNOWN: [(u32, &str); 9] = [
    (
        0x9d,
        "user isn't initialized or user with this name doesn't exist",
    ),
    (0xa3, "RET_USER_LOGIN_FAILURE"),
    (0xa8, "Invalid object handle is passed to this operation"),
    (
        0xb3,
        "This operation violates the current configured/FIPS policies",
    ),
    (
        0xbb,
        "HSM is already busy generating the keys(or random bytes) for another request.",
    ),
    (0xc6, "Key Access is denied"),
    (0xce, "This user doesn't exist"),
    (0xdb, "Invalid User Type."),
    (0x1b, "ERR_BAD_PKCS_DATA"),
];

/// The number and the text of a refusal, without `HSM Error: `.
pub(crate) fn fault(fault: &Fault) -> (u32, String) {
    let (code, text): (u32, &str) = match fault {
        // The HSM does not reveal that the account is locked: listUsers shows the count.
        Fault::LoginFailed | Fault::UserLocked | Fault::NotActivated => (0xa3, ""),
        Fault::NoSuchUser => (0xce, ""),
        Fault::NoSuchKey => (0xa8, ""),
        Fault::NotOwner => (0xc6, ""),
        Fault::WrongRole(_) => (0xdb, ""),
        Fault::NotInFips | Fault::BadKeyLength | Fault::WeakHash(..) => (0xb3, ""),
        // Guess: the numbers and texts below are not published.
        Fault::NotAllowed(_) => (0xc7, "The key does not allow this operation"),
        Fault::AttributeRefused(..) => (0xc8, "Invalid attribute for this operation"),
        Fault::UserExists => (0xcd, "This user already exists"),
        Fault::BadUserName(_) | Fault::UserNameTooLong => (0xcf, "Invalid user name"),
        Fault::BadPassword => (0xd0, "Invalid password length"),
        Fault::UserLoggedIn => (0xd1, "This user is logged in"),
        Fault::UserOwnsKeys => (0xd2, "This user owns keys"),
        Fault::UserProtected => (0xd3, "This user cannot be changed or deleted"),
        Fault::TooManyUsers => (0xd4, "Maximum number of users reached"),
        Fault::TooManyKeys => (0xd5, "Maximum number of keys reached"),
        Fault::AlreadyLoggedIn => (0xd6, "A user is already logged in"),
        Fault::NotLoggedIn => (0xd7, "No user is logged in"),
        Fault::WrongKeyType => (0xd8, "Invalid key type for this operation"),
        Fault::UnwrapFailed | Fault::DecryptFailed => (0xd9, "Wrapped data is not valid"),
        Fault::SignatureMismatch => (0x1b, ""),
        Fault::LabelTooLong => (0xdc, "Label is too long"),
        Fault::HandleTaken => (0xdd, "Another object has this handle"),
        Fault::DataLength(_) | Fault::BadIv(_) | Fault::BadData(_) => (0xde, "Invalid input data"),
        _ => (0xdf, "Invalid request"),
    };
    let text = if text.is_empty() {
        known(code).unwrap_or_default()
    } else {
        text
    };
    (code, text.to_owned())
}

fn known(code: u32) -> Option<&'static str> {
    KNOWN
        .iter()
        .find(|(number, _)| *number == code)
        .map(|(_, text)| *text)
}

/// The text of `Error2String` for a number.
pub(crate) fn text(code: u32) -> Option<String> {
    match code {
        0 => Some(SUCCESS.to_owned()),
        code if code == NO_DAEMON.0 => Some(NO_DAEMON.1.to_owned()),
        code if code == UNAVAILABLE.0 => Some(UNAVAILABLE.1.to_owned()),
        0x1b => known(code).map(|text| format!("CSP Error: {text}")),
        code => known(code).map(|text| format!("HSM Error: {text}")),
    }
}
