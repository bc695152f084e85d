//! The moments of a world's timeline.

use serde::{Deserialize, Serialize};

/// Maximum number of moments in a timeline: more than a screen can show.
pub const MOMENTS_MAX: usize = 400;

/// An event on the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// The time, milliseconds since 1970.
    pub at_ms: u64,
    /// A short description.
    pub what: String,
    /// The id of the part of the world that it concerns.
    pub about: Option<String>,
    /// The kind, which decides its look.
    pub kind: MomentKind,
}

/// The kind of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MomentKind {
    /// A state changed, or something was created or removed.
    Change,
    /// Something was refused or lost.
    Failure,
    /// A step of the lab was completed.
    Step,
}
