//! Multi-factor authentication: the signature that a user gives in addition to the password (User Guide,
//! "login-mfa-token-sign", "`cloudhsm_cli-user-change-mfa-token-sign`").

use serde::{Deserialize, Serialize};

use super::Secret;
use super::role::Role;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MfaCommand {
    /// Returns 32 bytes to sign, valid once on this connection:
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
        /// The new factor; `None` removes it.
        factor: Option<Factor>,
        /// True if the quorum key changes too.
        quorum: bool,
    },
    /// Sets a user's password and removes registered keys.
    ChangePassword {
        /// The user.
        username: String,
        /// The role that the user has.
        role: Role,
        /// The new password.
        password: Secret,
        /// True to remove the second factor's key.
        deregister_mfa: bool,
        /// True to remove the quorum key.
        deregister_quorum: bool,
    },
}

/// A public key and the proof that the user has its private key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// RSA with 2,048 bits, DER, `SubjectPublicKeyInfo`.
    #[serde(with = "super::b64")]
    pub public_key: Vec<u8>,
    /// The challenge, signed.
    #[serde(with = "super::b64")]
    pub signature: Vec<u8>,
}
