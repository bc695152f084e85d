//! The list of labs: `labs/index.json` beside the page.

use crate::bridge::read::{Misread, Read};
use crate::files;

/// The id under which the playground's save is kept. No lab may have it.
pub const PLAYGROUND: &str = "playground";

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

/// The text of a lab's file; `None` is "no such lab".
///
/// # Errors
/// What went wrong, in a sentence.
pub async fn fetch_lab(id: &str) -> Result<Option<String>, String> {
    let entries = fetch().await?;
    let Some(entry) = entries.into_iter().find(|entry| entry.id == id) else {
        return Ok(None);
    };
    files::fetch_text(&format!("labs/{}", entry.file))
        .await
        .map(Some)
}
