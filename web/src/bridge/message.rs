//! The messages of the worker to the page, as JSON text.

use wasm_bindgen::prelude::JsValue;

use super::read::{Misread, Read, field};

<<<<<<< ours
pub use hsmlab_protocol::message::{Message, PING};
||||||| base
/// What the page sends between requests, to hear whether the worker lives. It is no JSON, so it is no
/// request.
pub const PING: &str = "ping";
=======
/// The ping: the page sends it between requests, to check that the worker is alive. It is not JSON, so
/// it is not a request.
pub const PING: &str = "ping";
>>>>>>> theirs

<<<<<<< ours
/// Reads a message. A text that is none is a worker that has stopped.
#[must_use]
pub fn heard(text: &str) -> Message {
    Message::parse(text).unwrap_or_else(|Misread(what)| {
        Message::Panicked(format!(
            "the worker's answer cannot be read: {what} is not as expected"
        ))
    })
||||||| base
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

impl Message {
    /// Reads a message; what cannot be read is a worker that has stopped.
    #[must_use]
    pub fn heard(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|Misread(what)| {
            Self::Panicked(format!(
                "the worker's answer cannot be read: {what} is not as expected"
            ))
        })
    }
=======
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

impl Message {
    /// Reads a message; an unreadable one means that the worker has stopped.
    #[must_use]
    pub fn heard(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|Misread(what)| {
            Self::Panicked(format!(
                "the worker's answer cannot be read: {what} is not as expected"
            ))
        })
    }
>>>>>>> theirs
}

impl Read for Message {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        match value.as_string().as_deref() {
            Some("ready") => return Ok(Self::Ready),
            Some("alive") => return Ok(Self::Alive),
            Some("ended") => return Ok(Self::Ended),
            _ => {}
        }
        if let Some(events) = field(value, "events")? {
            return Ok(Self::Events(events));
        }
        if let Some(why) = field(value, "unloaded")? {
            return Ok(Self::Unloaded(why));
        }
        if let Some(lock) = field(value, "lives")? {
            return Ok(Self::Lives(lock));
        }
        field(value, "panicked").map(Self::Panicked)
    }
}
