//! What the worker says to the page, as JSON text.

use hsmlab_core::session::Event;
use serde::{Deserialize, Serialize};

/// A message from the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Message {
    /// It hears from now on.
    Ready,
    /// The answer to the oldest request that has none yet.
    Events(Vec<Event>),
    /// It has stopped, and why.
    Panicked(String),
}
