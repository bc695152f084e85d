//! Users and keys on their way to a cluster that is a clone: one of the two was made from a backup of
//! the other, or both from the same, and so their HSMs can read what each masks (User Guide,
//! "`cloudhsm_cli-user-replicate`", "`cloudhsm_cli-key-replicate`").

use serde::{Deserialize, Serialize};

use super::role::Role;

/// A command. Keys are extracted with
/// [`Command::ExtractMasked`](super::message::Command::ExtractMasked).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplicateCommand {
    /// A user with everything that belongs to it, masked: an administrator's.
    ExtractUser {
        /// The name.
        username: String,
        /// The role that the user has.
        role: Role,
    },
    /// Puts in a masked user: an administrator's. One of that name with the same role and state is
    /// brought up to date; with others it is refused.
    InsertUser {
        /// What [`ReplicateCommand::ExtractUser`] gave.
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
    /// Puts in a masked key, with its sharers: its owner's or an administrator's. A key of that handle
    /// that differs in anything is refused.
    InsertKey {
        /// The masked key.
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
}
