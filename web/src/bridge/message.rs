//! What the worker says to the page, as JSON text.

use hsmlab_core::session::Event;
use serde::Serialize;
use serde_json::Value;

use super::read::{Misread, Read};

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
    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Self::read(&value).map_err(|Misread(what)| format!("{what} is not as expected"))
    }
}

impl Read for Message {
    fn read(value: &Value) -> Result<Self, Misread> {
        if value.as_str() == Some("ready") {
            return Ok(Self::Ready);
        }
        match (value.get("events"), value.get("panicked")) {
            (Some(events), _) => Read::read(events).map(Self::Events),
            (_, Some(what)) => Read::read(what).map(Self::Panicked),
            _ => Err(Misread("message")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_they_are_written() {
        let saved = Event::Saved {
            save: "x".to_owned(),
        };
        for message in [
            Message::Ready,
            Message::Events(vec![saved]),
            Message::Panicked("ouch".to_owned()),
        ] {
            let text = serde_json::to_string(&message).expect("JSON");
            assert_eq!(Message::parse(&text), Ok(message));
        }
        assert!(Message::parse("{").is_err());
        assert!(Message::parse("{}").is_err());
    }
}
