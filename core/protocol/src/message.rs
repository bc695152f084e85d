//! Messages from the worker that hosts a session to the page, as JSON text.

use serde::Serialize;

use crate::Event;

/// What the page sends between requests, to hear whether the worker lives. It is no JSON, so it is no
/// request.
pub const PING: &str = "ping";

/// A message from the worker.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Message {
    /// It hears from now on.
    Ready,
    /// The answer to a [`PING`].
    Alive,
    /// The answer to the oldest request that has none yet.
    Events(Vec<Event>),
    /// It has stopped, and why.
    Panicked(String),
    /// The worker's files failed to load, and why (`static/start_worker.js` says this).
    Unloaded(String),
    /// The Web Lock that it holds as long as it lives (`static/start_worker.js` says this).
    Lives(String),
    /// It has ended without a word. The port itself says this.
    Ended,
}
