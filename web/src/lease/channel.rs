//! The messages of tabs about a lease.

use wasm_bindgen::prelude::{Closure, JsCast};
use web_sys::{BroadcastChannel, MessageEvent};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Does any tab have the lease?
    Who,
    /// I have it.
    Held,
    /// Give it to me.
    Give,
    /// I am saving my work first.
    Saving,
    /// I cannot save my work, so I keep the lease; with the reason.
    Kept(String),
    /// I have released it.
    Given,
    /// I have taken it from its holder.
    Taken,
}

const KEPT: &str = "kept: ";

impl Word {
    fn text(&self) -> String {
        match self {
            Self::Who => "who".to_owned(),
            Self::Held => "held".to_owned(),
            Self::Give => "give".to_owned(),
            Self::Saving => "saving".to_owned(),
            Self::Kept(why) => format!("{KEPT}{why}"),
            Self::Given => "given".to_owned(),
            Self::Taken => "taken".to_owned(),
        }
    }

    /// Parses a message; `None` if it is from another version of the page.
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "who" => Self::Who,
            "held" => Self::Held,
            "give" => Self::Give,
            "saving" => Self::Saving,
            "given" => Self::Given,
            "taken" => Self::Taken,
            other => Self::Kept(other.strip_prefix(KEPT)?.to_owned()),
        })
    }
}

/// A channel to all other tabs of this origin. It is closed when it is dropped.
pub(super) struct Channel {
    channel: BroadcastChannel,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Channel {
    /// Opens the channel; `None` if the browser has none.
    pub(super) fn open(name: &str, heard: impl Fn(Word) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let heard = Closure::new(move |event: MessageEvent| {
            let text = event.data().as_string();
            if let Some(word) = text.and_then(|text| Word::read(&text)) {
                heard(word);
            }
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        Some(Self {
            channel,
            _heard: heard,
        })
    }

    pub(super) fn say(&self, word: &Word) {
        // Fails only on a closed channel.
        let _ = self.channel.post_message(&word.text().into());
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_reads_back_unchanged() {
        for word in [
            Word::Who,
            Word::Held,
            Word::Give,
            Word::Saving,
            Word::Kept("the storage is full: x".to_owned()),
            Word::Given,
            Word::Taken,
        ] {
            assert_eq!(Word::read(&word.text()), Some(word));
        }
        assert_eq!(Word::read("hello"), None);
    }
}
