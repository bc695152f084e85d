//! The messages of the worker to the page, as JSON text.

use hsmlab_core::session::Event;
use serde::Serialize;
use wasm_bindgen::prelude::JsValue;

use super::read::{Misread, Read, field};

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
