//! The moments of a world's timeline.

use serde::{Deserialize, Serialize};

/// The most moments that a timeline keeps: more than a screen can show.
pub const MOMENTS_MAX: usize = 400;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// What, in a few words.
    pub what: String,
    /// The id of the part of the world that it concerns.
    pub about: Option<String>,
    /// How it looks.
    pub kind: MomentKind,
}

/// The kind of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MomentKind {
    /// A state changed, something was made or removed.
    Change,
    /// Something was refused or lost.
    Failure,
    /// A step of the lab was done.
    Step,
}
