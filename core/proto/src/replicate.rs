//! Replication of users and keys to a clone: a cluster made from a backup of the other one, or from the
//! same backup. The HSMs of clones can read each other's masked objects (User Guide,
//! "`cloudhsm_cli-user-replicate`", "`cloudhsm_cli-key-replicate`").

use serde::{Deserialize, Serialize};

use super::role::Role;

/// A command. Keys are extracted with
/// [`Command::ExtractMasked`](super::message::Command::ExtractMasked).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplicateCommand {
    /// Returns a masked user with everything that belongs to it. For administrators.
    ExtractUser {
        /// The name.
        username: String,
        /// The role that the user has.
        role: Role,
    },
    /// Inserts a masked user. For administrators. A user of the same name, role and state is updated;
    /// if the role or the state differs, the command is refused.
    InsertUser {
        /// The result of [`ReplicateCommand::ExtractUser`].
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
    /// Inserts a masked key with its sharers. For its owner or an administrator. It is refused if a key
    /// with that handle differs in anything.
    InsertKey {
        /// The masked key.
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
}
