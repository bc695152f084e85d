//! The geometry of the diagram: the rules that place everything. Pure: a [`DiagramView`] becomes a
//! [`Scene`] of rectangles and lines, which components draw.
//!
//! One rule for the space: the availability zones follow the long axis. Across it, AWS's own VPC comes
//! first and the learner's VPCs after it. An HSM is directly opposite its network interface.

mod cards;
mod flow;
mod layout;
#[cfg(test)]
mod sample;
mod shape;
mod streams;
mod strike;

pub use flow::{Flow, FlowState, flow};
pub use layout::{Axis, layout};
#[cfg(test)]
pub(crate) use sample::sample;
pub use shape::{
    Band, Card, CardKind, Gateway, Label, Outline, Rect, Scene, Slot, Status, SubnetBox, Tone,
    Wire, Zone,
};
pub use streams::{Stream, streams};
pub use strike::strike;

/// Shortens an id for a card: `hsm-4kq2abcdefg` becomes `hsm-4kq2…`.
#[must_use]
pub fn short(id: &str) -> String {
    const KEPT: usize = 5;
    match id.split_once('-') {
        Some((kind, rest)) if rest.chars().count() > KEPT + 1 => {
            format!("{kind}-{}…", rest.chars().take(KEPT).collect::<String>())
        }
        _ => id.to_owned(),
    }
}

/// Shortens the long ids in a sentence.
#[must_use]
pub fn short_ids(text: &str) -> String {
    const LONG: usize = 14;
    let is_id = |word: &str| {
        word.len() > LONG
            && word.split_once('-').is_some_and(|(kind, rest)| {
                kind.chars().all(|ch| ch.is_ascii_lowercase())
                    && rest.chars().all(|ch| ch.is_ascii_alphanumeric())
            })
    };
    let words = text.split(' ').map(|word| {
        let bare = word.trim_end_matches([':', ',', '.', '?']);
        if is_id(bare) {
            short(bare) + word.get(bare.len()..).unwrap_or_default()
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Cuts a text to at most `most` characters.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_shortened_and_words_are_not() {
        assert_eq!(
            short_ids("HSM hsm-4kqabcdefgh becomes ACTIVE"),
            "HSM hsm-4kqab… becomes ACTIVE"
        );
        assert_eq!(
            short_ids("self-explanatory-thing i-1"),
            "self-explanatory-thing i-1"
        );
        assert_eq!(short_ids("hsm-4kqabcdefgh: ACTIVE"), "hsm-4kqab…: ACTIVE");
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
