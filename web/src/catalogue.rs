//! The list of labs: `labs/index.json` beside the page.

mod worlds;

use crate::bridge::read::{Misread, Read};
use crate::files;

pub use worlds::{Origin, WorldEntry, fetch_origin, fetch_worlds, playground, world_of};

/// The id under which the playground's save is kept. No lab may have it.
pub const PLAYGROUND: &str = "playground";

/// How many labs are offered for an id that no lab has.
const NEAREST: usize = 3;

/// How much of an id is compared: an address may be of any length.
const ID_CHARS_MAX: usize = 64;

/// A lab in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its permanent id.
    pub id: String,
    /// Its file, seen from `labs/`.
    pub file: String,
    /// Its title.
    pub title: String,
    /// The topic of the course that it belongs to.
    pub topic: String,
    /// How long it takes a learner.
    pub minutes: u32,
    /// A sentence or two.
    pub summary: String,
    /// The named world that it begins with.
    pub world: Option<String>,
}

/// The catalogue.
///
/// # Errors
/// What went wrong, in a sentence.
pub async fn fetch() -> Result<Vec<Entry>, String> {
    let text = files::fetch_text("labs/index.json").await?;
    Read::parse(&text)
        .map_err(|Misread(what)| format!("labs/index.json is damaged: {what} is not as expected."))
}

/// The labs whose ids are most like `id`, the most alike first.
fn nearest(mut entries: Vec<Entry>, id: &str) -> Vec<Entry> {
    entries.sort_by_key(|entry| distance(&entry.id, id));
    entries.truncate(NEAREST);
    entries
}

/// How many letters have to be added, dropped or changed to make one text of the other (Levenshtein).
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
