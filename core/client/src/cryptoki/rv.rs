//! `CK_RV`: the return values of the PKCS#11 library, and the mapping from refusals of the HSM.
//!
//! The names and numbers come from PKCS#11 2.40. The mapping of AWS's library is only published for wrong
//! passwords (User Guide and osslsigncode issue 431); the rest of the table is a guess from the standard's
//! text for each function.

use crate::cluster::ClientError;
use hsmlab_proto::key::Flag;
use hsmlab_proto::message::Fault;

/// A return value other than `CKR_OK`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rv {
    name: &'static str,
    code: u32,
}

macro_rules! values {
    ($($constant:ident = $name:literal, $code:literal;)*) => {
        impl Rv {
            $(
                #[doc = concat!("`", $name, "`.")]
                pub const $constant: Self = Self { name: $name, code: $code };
            )*
        }
    };
}

values! {
    SLOT_ID_INVALID = "CKR_SLOT_ID_INVALID", 0x03;
    GENERAL_ERROR = "CKR_GENERAL_ERROR", 0x05;
    FUNCTION_FAILED = "CKR_FUNCTION_FAILED", 0x06;
    ATTRIBUTE_READ_ONLY = "CKR_ATTRIBUTE_READ_ONLY", 0x10;
    ATTRIBUTE_SENSITIVE = "CKR_ATTRIBUTE_SENSITIVE", 0x11;
    ATTRIBUTE_VALUE_INVALID = "CKR_ATTRIBUTE_VALUE_INVALID", 0x13;
    ACTION_PROHIBITED = "CKR_ACTION_PROHIBITED", 0x1b;
    DATA_INVALID = "CKR_DATA_INVALID", 0x20;
    DATA_LEN_RANGE = "CKR_DATA_LEN_RANGE", 0x21;
    DEVICE_ERROR = "CKR_DEVICE_ERROR", 0x30;
    DEVICE_MEMORY = "CKR_DEVICE_MEMORY", 0x31;
    ENCRYPTED_DATA_INVALID = "CKR_ENCRYPTED_DATA_INVALID", 0x40;
    ENCRYPTED_DATA_LEN_RANGE = "CKR_ENCRYPTED_DATA_LEN_RANGE", 0x41;
    FUNCTION_NOT_SUPPORTED = "CKR_FUNCTION_NOT_SUPPORTED", 0x54;
    KEY_HANDLE_INVALID = "CKR_KEY_HANDLE_INVALID", 0x60;
    KEY_SIZE_RANGE = "CKR_KEY_SIZE_RANGE", 0x62;
    KEY_TYPE_INCONSISTENT = "CKR_KEY_TYPE_INCONSISTENT", 0x63;
    KEY_FUNCTION_NOT_PERMITTED = "CKR_KEY_FUNCTION_NOT_PERMITTED", 0x68;
    KEY_NOT_WRAPPABLE = "CKR_KEY_NOT_WRAPPABLE", 0x69;
    KEY_UNEXTRACTABLE = "CKR_KEY_UNEXTRACTABLE", 0x6a;
    MECHANISM_INVALID = "CKR_MECHANISM_INVALID", 0x70;
    MECHANISM_PARAM_INVALID = "CKR_MECHANISM_PARAM_INVALID", 0x71;
    PIN_INCORRECT = "CKR_PIN_INCORRECT", 0xa0;
    PIN_LOCKED = "CKR_PIN_LOCKED", 0xa4;
    SIGNATURE_INVALID = "CKR_SIGNATURE_INVALID", 0xc0;
    SIGNATURE_LEN_RANGE = "CKR_SIGNATURE_LEN_RANGE", 0xc1;
    USER_ALREADY_LOGGED_IN = "CKR_USER_ALREADY_LOGGED_IN", 0x100;
    USER_NOT_LOGGED_IN = "CKR_USER_NOT_LOGGED_IN", 0x101;
    USER_PIN_NOT_INITIALIZED = "CKR_USER_PIN_NOT_INITIALIZED", 0x102;
    USER_TYPE_INVALID = "CKR_USER_TYPE_INVALID", 0x103;
    WRAPPED_KEY_INVALID = "CKR_WRAPPED_KEY_INVALID", 0x110;
    CRYPTOKI_NOT_INITIALIZED = "CKR_CRYPTOKI_NOT_INITIALIZED", 0x190;
}

impl Rv {
    /// Returns the name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Returns the number.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.code
    }
}

/// Formats the value as programs print it: `CKR_PIN_INCORRECT (0xa0)`.
impl std::fmt::Display for Rv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (0x{:x})", self.name, self.code)
    }
}

impl std::fmt::Debug for Rv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl From<&ClientError> for Rv {
    fn from(error: &ClientError) -> Self {
        match error {
            ClientError::Fault(fault) => Self::from(fault),
            // Guess: the log line is published, the return value is not.
            ClientError::Unavailable(_) => Self::FUNCTION_FAILED,
            // Guess: not published.
            ClientError::Disconnected => Self::DEVICE_ERROR,
            ClientError::Partial { .. } => Self::FUNCTION_FAILED,
            ClientError::NoKey | ClientError::ManyKeys(_) => Self::KEY_HANDLE_INVALID,
        }
    }
}

/// Guess: all except wrong passwords.
impl From<&Fault> for Rv {
    fn from(fault: &Fault) -> Self {
        match fault {
            // The library does not distinguish a wrong name from a wrong password.
            Fault::LoginFailed | Fault::NoSuchUser => Self::PIN_INCORRECT,
            Fault::UserLocked => Self::PIN_LOCKED,
            Fault::AlreadyLoggedIn => Self::USER_ALREADY_LOGGED_IN,
            Fault::NotLoggedIn => Self::USER_NOT_LOGGED_IN,
            Fault::WrongRole(_) => Self::USER_TYPE_INVALID,
            Fault::NotActivated => Self::USER_PIN_NOT_INITIALIZED,
            Fault::TooManyKeys => Self::DEVICE_MEMORY,
            Fault::NoSuchKey => Self::KEY_HANDLE_INVALID,
            Fault::NotOwner => Self::ACTION_PROHIBITED,
            Fault::NotAllowed(flag) => not_allowed(*flag),
            Fault::AttributeRefused(..) | Fault::LabelTooLong => Self::ATTRIBUTE_VALUE_INVALID,
            Fault::WrongKeyType => Self::KEY_TYPE_INCONSISTENT,
            Fault::BadKeyLength => Self::KEY_SIZE_RANGE,
            Fault::NotInFips => Self::MECHANISM_INVALID,
            Fault::WeakHash(..) => Self::FUNCTION_FAILED,
            Fault::DataLength(_) => Self::DATA_LEN_RANGE,
            Fault::BadIv(_) => Self::MECHANISM_PARAM_INVALID,
            Fault::DecryptFailed => Self::ENCRYPTED_DATA_INVALID,
            Fault::BadData(_) => Self::DATA_INVALID,
            Fault::SignatureMismatch => Self::SIGNATURE_INVALID,
            Fault::UnwrapFailed => Self::WRAPPED_KEY_INVALID,
            _ => Self::DEVICE_ERROR,
        }
    }
}

/// Returns the return value for an attribute that is false.
const fn not_allowed(flag: Flag) -> Rv {
    match flag {
        Flag::Extractable => Rv::KEY_UNEXTRACTABLE,
        Flag::Trusted => Rv::KEY_NOT_WRAPPABLE,
        Flag::Destroyable => Rv::ACTION_PROHIBITED,
        Flag::Modifiable => Rv::ATTRIBUTE_READ_ONLY,
        _ => Rv::KEY_FUNCTION_NOT_PERMITTED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hsmlab_proto::role::Role;

    #[test]
    fn faults_and_their_return_values() {
        let cases = [
            (Fault::LoginFailed, "CKR_PIN_INCORRECT (0xa0)"),
            (Fault::UserLocked, "CKR_PIN_LOCKED (0xa4)"),
            (Fault::NotLoggedIn, "CKR_USER_NOT_LOGGED_IN (0x101)"),
            (
                Fault::WrongRole(Role::CryptoUser),
                "CKR_USER_TYPE_INVALID (0x103)",
            ),
            (
                Fault::NotAllowed(Flag::Sign),
                "CKR_KEY_FUNCTION_NOT_PERMITTED (0x68)",
            ),
            (
                Fault::NotAllowed(Flag::Extractable),
                "CKR_KEY_UNEXTRACTABLE (0x6a)",
            ),
            (Fault::NotInFips, "CKR_MECHANISM_INVALID (0x70)"),
            (Fault::DataLength(Some(16_224)), "CKR_DATA_LEN_RANGE (0x21)"),
            (Fault::BadIv(16), "CKR_MECHANISM_PARAM_INVALID (0x71)"),
            (Fault::SignatureMismatch, "CKR_SIGNATURE_INVALID (0xc0)"),
        ];
        for (fault, text) in cases {
            assert_eq!(Rv::from(&ClientError::Fault(fault)).to_string(), text);
        }
    }
}
