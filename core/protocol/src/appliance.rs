//! What an HSM shows of itself from outside.

use serde::{Deserialize, Serialize};

/// What anyone may know of an appliance from outside, for the diagram and the inspector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplianceStatus {
    /// Token keys that it holds.
    pub keys: usize,
    /// Users that it has, the appliance user included.
    pub users: usize,
    /// Open client connections.
    pub connections: usize,
    /// Whether the first administrator's password has been set.
    pub activated: bool,
    /// Whether a cluster certificate is installed.
    pub claimed: bool,
}
