//! Multi-factor authentication: what a user signs besides giving the password (User Guide,
//! "login-mfa-token-sign", "`cloudhsm_cli-user-change-mfa-token-sign`").

use serde::{Deserialize, Serialize};

use super::Secret;
use super::message::Role;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MfaCommand {
    /// Gives 32 bytes to sign, which serve once on this connection:
    /// [`super::quorum::QuorumReply::Challenge`].
    Challenge,
    /// Log in with password and second factor.
    Login {
        /// The user.
        username: String,
        /// The role.
        role: Role,
        /// The password.
        password: Secret,
        /// The challenge, signed.
        #[serde(with = "super::b64")]
        signature: Vec<u8>,
    },
    /// Sets a user's password and second factor.
    Set {
        /// The user.
        username: String,
        /// The role that the user has.
        role: Role,
        /// The new password.
        password: Secret,
        /// The new factor; `None` takes it away.
        factor: Option<Factor>,
        /// Whether the key that approves is changed with it.
        quorum: bool,
    },
    /// Sets a user's password and takes registered keys away.
    ChangePassword {
        /// The user.
        username: String,
        /// The role that the user has.
        role: Role,
        /// The new password.
        password: Secret,
        /// The second factor's.
        deregister_mfa: bool,
        /// The one that approves.
        deregister_quorum: bool,
    },
}

/// A public key and the proof that its other half is at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// RSA with 2,048 bits, DER, `SubjectPublicKeyInfo`.
    #[serde(with = "super::b64")]
    pub public_key: Vec<u8>,
    /// The challenge, signed.
    #[serde(with = "super::b64")]
    pub signature: Vec<u8>,
}
