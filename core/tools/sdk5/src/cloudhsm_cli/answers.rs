//! The questions that commands ask, and the answers.

use serde_json::Value;

use super::session::Failure;

/// The result of a command: the reply's `data`.
pub(super) type Done = Result<Value, Failure>;

/// A question that a command asks before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// The password.
    Password,
    /// The password again.
    Confirmation,
    /// The file with signed tokens; the unsigned ones are written first.
    SignedToken,
    /// The file with a public key.
    PublicKey,
}

impl Question {
    /// The prompt (User Guide, "set-up-mfa-for-cloudhsm-cli" for the files).
    pub(super) const fn prompt(self) -> &'static str {
        match self {
            Self::Password => "Enter password:",
            Self::Confirmation => "Confirm password:",
            Self::SignedToken => {
                "Enter signed token file path (press enter if same as the unsigned token file):"
            }
            Self::PublicKey => "Enter public key PEM file path:",
        }
    }

    /// True if the answer is shown as it is typed.
    pub(super) const fn echo(self) -> bool {
        matches!(self, Self::SignedToken | Self::PublicKey)
    }
}

/// The answers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answers<'a> {
    pub(super) password: Option<&'a str>,
    pub(super) signed_token: Option<&'a str>,
    pub(super) public_key: Option<&'a str>,
}
