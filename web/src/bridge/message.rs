//! The messages of the worker to the page, as JSON text.

use wasm_bindgen::prelude::JsValue;

use super::read::{Flaw, Misread, Read, field};

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
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        match value.as_string().as_deref() {
            Some("ready") => return Self::Ready,
            Some("alive") => return Self::Alive,
            Some("ended") => return Self::Ended,
            _ => {}
        }
        if let Some(events) = field(value, "events", flaw) {
            return Self::Events(events);
        }
        if let Some(why) = field(value, "unloaded", flaw) {
            return Self::Unloaded(why);
        }
        if let Some(lock) = field(value, "lives", flaw) {
            return Self::Lives(lock);
        }
        Self::Panicked(field(value, "panicked", flaw))
    }
}
