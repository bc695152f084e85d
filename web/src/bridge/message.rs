//! The messages of the worker to the page, as JSON text.

use wasm_bindgen::prelude::JsValue;

use super::read::{Misread, Read, field};

pub use hsmlab_protocol::message::{Message, PING};

/// Reads a message; an unreadable one means that the worker has stopped.
#[must_use]
pub fn heard(text: &str) -> Message {
    Message::parse(text).unwrap_or_else(|Misread(what)| {
        Message::Panicked(format!(
            "the worker's answer cannot be read: {what} is not as expected"
        ))
    })
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
