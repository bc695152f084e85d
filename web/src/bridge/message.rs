//! What the worker says to the page, as JSON text.

use hsmlab_core::session::Event;
use serde::Serialize;
use wasm_bindgen::prelude::JsValue;

use super::read::{Misread, Read, field};

/// A message from the worker.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Message {
    /// It hears from now on.
    Ready,
    /// The answer to the oldest request that has none yet.
    Events(Vec<Event>),
    /// It has stopped, and why.
    Panicked(String),
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
}

impl Read for Message {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        if value.as_string().as_deref() == Some("ready") {
            return Ok(Self::Ready);
        }
        match field(value, "events")? {
            Some(events) => Ok(Self::Events(events)),
            None => field(value, "panicked").map(Self::Panicked),
        }
    }
}
