//! Messages from the worker that hosts a session to the page, as JSON text.

use serde::Serialize;

use crate::Event;

/// The ping: the page sends it between requests, to check that the worker is alive. It is not JSON, so
/// it is not a request.
pub const PING: &str = "ping";

/// A message from the worker.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Message {
    /// The worker listens from now on.
    Ready,
    /// The answer to a [`PING`].
    Alive,
    /// The answer to the oldest unanswered request.
    Events(Vec<Event>),
    /// It has stopped, with the reason.
    Panicked(String),
    /// The worker's files failed to load, with the reason (sent by `static/start_worker.js`).
    Unloaded(String),
    /// The Web Lock that it holds as long as it lives (sent by `static/start_worker.js`).
    Lives(String),
    /// It has ended without a message. The port itself sends this.
    Ended,
}
