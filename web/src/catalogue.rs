//! The list of labs: `labs/index.json` next to the page.

mod worlds;

use crate::bridge::read::{Misread, Read};
use crate::files;

pub use worlds::{Origin, WorldEntry, fetch_origin, fetch_worlds, playground, world_of};

/// The id under which the playground's save is stored. No lab may have it.
pub const PLAYGROUND: &str = "playground";

/// The number of labs offered for an unknown id.
const NEAREST: usize = 3;

/// The compared length of an id: an address may be of any length.
const ID_CHARS_MAX: usize = 64;

/// A lab in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its permanent id.
    pub id: String,
    /// Its file, relative to `labs/`.
    pub file: String,
    /// Its title.
    pub title: String,
    /// The course topic that it belongs to.
    pub topic: String,
    /// The time that a learner needs for it.
    pub minutes: u32,
    /// A sentence or two.
    pub summary: String,
    /// The named world that it begins with.
    pub world: Option<String>,
}

/// The catalogue.
///
/// # Errors
/// Returns a sentence that says what went wrong.
pub async fn fetch() -> Result<Vec<Entry>, String> {
    let text = files::fetch_text("labs/index.json").await?;
    Read::parse(&text)
        .map_err(|Misread(what)| format!("labs/index.json is damaged: {what} is not as expected."))
}

/// The labs whose ids are most similar to `id`, the most similar first.
fn nearest(mut entries: Vec<Entry>, id: &str) -> Vec<Entry> {
    let mut distances: Vec<_> = entries
        .iter()
        .map(|entry| distance(&entry.id, id))
        .collect();
    let mut nearest = Vec::new();
    // No sort: the page has no other use for its code.
    for _ in 0..NEAREST.min(entries.len()) {
        let least = distances.iter().copied().min();
        if let Some(at) = distances.iter().position(|have| Some(*have) == least) {
            distances.remove(at);
            nearest.push(entries.remove(at));
        }
    }
    nearest
}

/// The Levenshtein distance: the letters to add, drop or change to turn one text into the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().take(ID_CHARS_MAX).collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().take(ID_CHARS_MAX).enumerate() {
        let mut diagonal = above;
        if let Some(first) = row.first_mut() {
            *first = above + 1;
        }
        for (at, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_letters() {
        for (from, to, expected) in [
            ("", "", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("quorum", "qorum", 1),
            ("first-cluster", "first-clutser", 2),
            ("windows", "window", 1),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
        }
    }

    #[test]
    fn the_nearest_labs_come_first() {
        let entry = |id: &str| Entry {
            id: id.to_owned(),
            file: String::new(),
            title: String::new(),
            topic: String::new(),
            minutes: 1,
            summary: String::new(),
            world: None,
        };
        let all = ["failover", "quorum", "windows", "sdk3"].map(entry);
        let near = nearest(all.to_vec(), "qourum");
        assert_eq!(near.len(), NEAREST);
        assert_eq!(near[0].id, "quorum");
    }
}
