//! The roles of users.

use serde::{Deserialize, Serialize};

/// What a user may do, by kind of user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The first administrator before the cluster is activated.
    UnactivatedAdmin,
    /// Manages users.
    Admin,
    /// Owns and uses keys.
    CryptoUser,
    /// Copies keys between the HSMs of a cluster.
    ApplianceUser,
}

impl Role {
    /// The CLI's word.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::UnactivatedAdmin => "unactivated-admin",
            Self::Admin => "admin",
            Self::CryptoUser => "crypto-user",
            Self::ApplianceUser => "internal(APPLIANCE_USER)",
        }
    }
}
