//! The opcodes of the audit log, and the format of a result.

use std::fmt;

use hsmlab_proto::message::Fault;

macro_rules! opcodes {
    ($($(#[$doc:meta])* $name:ident = ($text:literal, $code:literal),)*) => {
        /// The operation of an entry (User Guide, "cloudhsm-audit-log-reference").
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Opcode {
            $($(#[$doc])* $name,)*
        }

        impl Opcode {
            /// All opcodes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            const fn parts(self) -> (&'static str, u32) {
                match self {
                    $(Self::$name => ($text, $code),)*
                }
            }
        }
    };
}

opcodes! {
    /// The initialization of the HSM begins.
    InitToken = ("CN_INIT_TOKEN", 0x1),
    /// A crypto user is made.
    CreateUser = ("CN_CREATE_USER", 0x3),
    /// An administrator is made.
    CreateCo = ("CN_CREATE_CO", 0x4),
    /// A password is set.
    ChangePassword = ("CN_CHANGE_PSWD", 0x9),
    /// A login.
    Login = ("CN_LOGIN", 0xd),
    /// A logout.
    Logout = ("CN_LOGOUT", 0xe),
    /// A session key is deleted.
    DestroyObject = ("CN_DESTROY_OBJECT", 0x11),
    /// A key is shared or no longer shared.
    ShareObject = ("CN_SHARE_OBJECT", 0x12),
    /// A secret key is made.
    GenerateKey = ("CN_GENERATE_KEY", 0x17),
    /// A key pair is made.
    GenerateKeyPair = ("CN_GENERATE_KEY_PAIR", 0x19),
    /// A key is exported, encrypted.
    WrapKey = ("CN_WRAP_KEY", 0x1a),
    /// An encrypted key is imported.
    UnwrapKey = ("CN_UNWRAP_KEY", 0x1b),
    /// The key that encrypts passwords is made.
    GenPasswordKey = ("CN_GEN_PSWD_ENC_KEY", 0x1d),
    /// A key is encrypted or decrypted with an AES key.
    NistAesWrap = ("CN_NIST_AES_WRAP", 0x1e),
    /// The initialization is complete.
    InitDone = ("CN_INIT_DONE", 0x95),
    /// A user is deleted.
    DeleteUser = ("CN_DELETE_USER", 0xa1),
    /// A key goes to another HSM.
    ExtractMasked = ("CN_EXTRACT_MASKED_OBJECT_USER", 0xf0),
    /// A key comes from another HSM.
    InsertMasked = ("CN_INSERT_MASKED_OBJECT_USER", 0xf1),
    /// The appliance user is made.
    CreateApplianceUser = ("CN_CREATE_APPLIANCE_USER", 0xfc),
    // Guess: the numbers below are not published; the names are.
    /// The connection was closed while a user was logged in.
    AppFinalize = ("CN_APP_FINALIZE", 0x2),
    /// The session was closed.
    CloseSession = ("CN_CLOSE_SESSION", 0xc),
    /// A public key is imported.
    CreateObject = ("CN_CREATE_OBJECT", 0xf),
    /// An attribute is set.
    ModifyObject = ("CN_MODIFY_OBJECT", 0x13),
    /// A key is derived.
    DeriveKey = ("CN_DERIVE_KEY", 0x1c),
    /// A token key is deleted.
    TombstoneObject = ("CN_TOMBSTONE_OBJECT", 0xf2),
    /// A quorum is set.
    SetMValue = ("CN_SET_M_VALUE", 0xa3),
    /// A quorum token is asked for.
    GetToken = ("CN_GET_TOKEN", 0xa4),
    /// A quorum token is approved.
    ApproveToken = ("CN_APPROVE_TOKEN", 0xa5),
    /// Quorum tokens are deleted.
    DeleteToken = ("CN_DELETE_TOKEN", 0xa6),
    /// A backup begins.
    BackupBegin = ("CN_BACKUP_BEGIN", 0xb0),
    /// A backup is complete.
    BackupEnd = ("CN_BACKUP_END", 0xb1),
    /// A restoration begins.
    RestoreBegin = ("CN_RESTORE_BEGIN", 0xb2),
    /// A restoration is complete.
    RestoreEnd = ("CN_RESTORE_END", 0xb3),
    /// The cluster's certificate is installed.
    StoreCertificate = ("CN_CERT_AUTH_STORE_CERT", 0x901),
    /// The last entry of an HSM that is gone.
    EndMarker = ("END_MARKER_OPCODE", 0xffff),
}

impl Opcode {
    /// Returns the class of the command: `CN_MGMT_CMD (0x0)` or `CN_CERT_AUTH_CMD (0x9)`.
    #[must_use]
    pub const fn command_type(self) -> &'static str {
        match self {
            Self::StoreCertificate => "CN_CERT_AUTH_CMD (0x9)",
            _ => "CN_MGMT_CMD (0x0)",
        }
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, code) = self.parts();
        write!(f, "{name} ({code:#x})")
    }
}

/// The result of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    code: u32,
    text: &'static str,
}

impl Response {
    /// `0:HSM Return: SUCCESS`.
    pub const SUCCESS: Self = Self { code: 0, text: "" };

    /// True if the command succeeded.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.code == 0
    }

    /// Returns the code and text of a refusal, as published for Client SDK 3 (User Guide,
    /// "interpreting-audit-logs", "key_mgmt_util-Error2String").
    #[must_use]
    pub const fn of(fault: &Fault) -> Self {
        let (code, text) = match fault {
            Fault::NoSuchUser => (
                157,
                "user isn't initialized or user with this name doesn't exist",
            ),
            // Guess: the login of a locked user is answered like a wrong password.
            Fault::LoginFailed | Fault::UserLocked => (163, "RET_USER_LOGIN_FAILURE"),
            Fault::NoSuchKey => (168, "Invalid object handle is passed to this operation"),
            Fault::NotInFips => (
                179,
                "This operation violates the current configured/FIPS policies",
            ),
            Fault::NotOwner => (198, "Key Access is denied"),
            Fault::WrongRole(_) => (219, "Invalid User Type."),
            // Guess: the codes and texts of these are not published.
            Fault::NotLoggedIn => (149, "RET_USER_NOT_LOGGED_IN"),
            Fault::UserExists => (156, "RET_USER_ALREADY_EXISTS"),
            Fault::TooManyUsers | Fault::TooManyKeys => (186, "RET_LIMIT_REACHED"),
            _ => (181, "RET_INVALID_INPUT"),
        };
        Self { code, text }
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            0 => f.write_str("0:HSM Return: SUCCESS"),
            code => write!(f, "{code}:HSM Error: {}", self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_numbers_are_distinct() {
        let names: BTreeSet<&str> = Opcode::ALL.iter().map(|code| code.parts().0).collect();
        let numbers: BTreeSet<u32> = Opcode::ALL.iter().map(|code| code.parts().1).collect();
        assert_eq!(names.len(), Opcode::ALL.len());
        assert_eq!(numbers.len(), Opcode::ALL.len());
    }

    #[test]
    fn published_responses() {
        let text = |fault| Response::of(&fault).to_string();
        assert_eq!(
            text(Fault::NoSuchUser),
            "157:HSM Error: user isn't initialized or user with this name doesn't exist"
        );
        assert_eq!(
            text(Fault::LoginFailed),
            "163:HSM Error: RET_USER_LOGIN_FAILURE"
        );
    }
}
