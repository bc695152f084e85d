//! Saved work: one record a lab in the browser's IndexedDB, and the same record as a file. Beside a
//! lab's work are its [`Stamp`], the work that was replaced by an import or a fresh start, and a save
//! that could not be restored.

mod database;

use std::collections::BTreeMap;

use hsmlab_protocol::request::TerminalId;
use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::JsCast;

use crate::bridge::read::{self, Misread, Read};
use crate::state::screen::Line;

/// The format of [`SaveFile`]; a later one is refused in plain words.
pub const FORMAT: u32 = 1;

/// The largest save file that is taken from a learner's disk, in bytes: far above what a day's work
/// makes, far below what would choke the page.
pub const SAVE_BYTES_MAX: f64 = 64.0 * 1024.0 * 1024.0;

/// A saved lab: the world's save, opaque to the page, and what stood on the screens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SaveFile {
    /// [`FORMAT`].
    pub format: u32,
    /// The lab's id, or `playground`.
    pub lab: String,
    /// What the session gave.
    pub save: String,
    /// The terminals' lines.
    pub screens: BTreeMap<TerminalId, Vec<Line>>,
}

impl SaveFile {
    /// Reads a save file.
    ///
    /// # Errors
    /// Why it is none, in a sentence.
    pub fn open(text: &str) -> Result<Self, String> {
        let value = JSON::parse(text).map_err(|error| {
            // The browser says where it is no JSON.
            let place = error.dyn_ref::<js_sys::SyntaxError>();
            let place = place.map(|error| format!(" ({})", String::from(error.message())));
            format!(
                "This is not a save of HSM Lab{}.",
                place.unwrap_or_default()
            )
        })?;
        let Ok(format) = read::field::<u32>(&value, "format") else {
            return Err("This is not a save of HSM Lab.".to_owned());
        };
        if format != FORMAT {
            return Err(format!(
                "This save has format {format}, and this page reads format {FORMAT}. Reload the page \
                 to get its newest version."
            ));
        }
        Self::read(&value).map_err(|Misread(what)| format!("This save is damaged at “{what}”."))
    }
}

/// How far a lab is, for the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub steps: usize,
}

/// The name under which the browser remembers a lab's [`Progress`].
#[must_use]
pub fn progress_key(lab: &str) -> String {
    format!("progress.{lab}")
}

/// What is stored of a lab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The work, as the text of a [`SaveFile`].
    pub work: Option<String>,
    /// Who wrote it last.
    pub stamp: Stamp,
    /// What is kept besides.
    pub kept: Kept,
}

/// What is kept of a lab besides its work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The work before the last import or fresh start.
    pub earlier: bool,
    /// A save that could not be restored.
    pub aside: bool,
}

/// Counts the writes of a lab's work and names the last writer. A writer that does not know the
/// present stamp is refused: another tab has written since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp(Option<String>);

impl Stamp {
    fn next(&self, writer: &str) -> String {
        let count = self.0.as_deref().and_then(|text| text.split(' ').next());
        let count: u64 = count.and_then(|count| count.parse().ok()).unwrap_or(0);
        format!("{} {writer}", count.saturating_add(1))
    }
}

/// A change of what is stored of a lab.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change<'a> {
    /// The work; `None` is none.
    pub work: Option<&'a str>,
    /// The work that it replaces, to be kept as the earlier work; `None` leaves what is kept.
    pub earlier: Option<&'a str>,
}

/// Why nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another tab has written since this one read.
    Overtaken,
    /// The browser's reason: no room, or storage forbidden.
    Failed(String),
}

impl From<String> for Refusal {
    fn from(words: String) -> Self {
        Self::Failed(words)
    }
}

/// Reads what is stored of a lab.
///
/// # Errors
/// The browser's words.
pub async fn open(lab: &str) -> Result<Stored, String> {
    let keys = [lab, &stamp_key(lab), &earlier(lab), &aside(lab)];
    let [work, stamp, earlier, aside] = database::read(keys).await?;
    Ok(Stored {
        work,
        stamp: Stamp(stamp),
        kept: Kept {
            earlier: earlier.is_some(),
            aside: aside.is_some(),
        },
    })
}

/// Changes what is stored of a lab, all or nothing, as `writer`; gives the new stamp.
///
/// # Errors
/// Why nothing was stored.
pub async fn store(
    lab: &str,
    stamp: &Stamp,
    writer: &str,
    change: Change<'_>,
) -> Result<Stamp, Refusal> {
    let (stamp_key, earlier_key) = (stamp_key(lab), earlier(lab));
    let next = stamp.next(writer);
    let mut writes = vec![(lab, change.work), (&stamp_key, Some(next.as_str()))];
    if change.earlier.is_some() {
        writes.push((&earlier_key, change.earlier));
    }
    database::change(Some((&stamp_key, stamp.0.as_deref())), &writes).await?;
    Ok(Stamp(Some(next)))
}

/// Reads a record by its key.
///
/// # Errors
/// The browser's words.
pub async fn load(key: &str) -> Result<Option<String>, String> {
    let [text] = database::read([key]).await?;
    Ok(text)
}

/// Keeps a record, whoever wrote it last.
///
/// # Errors
/// Why it is not kept.
pub async fn keep(key: &str, text: &str) -> Result<(), Refusal> {
    database::change(None, &[(key, Some(text))]).await
}

/// Forgets a record.
///
/// # Errors
/// Why it is not forgotten.
pub async fn forget(key: &str) -> Result<(), Refusal> {
    database::change(None, &[(key, None)]).await
}

/// The key of a save that could not be restored.
#[must_use]
pub fn aside(lab: &str) -> String {
    format!("{lab}/aside")
}

/// The key of the work before the last import or fresh start.
#[must_use]
pub fn earlier(lab: &str) -> String {
    format!("{lab}/earlier")
}

fn stamp_key(lab: &str) -> String {
    format!("{lab}/stamp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_counts_and_names_its_writer() {
        let first = Stamp::default().next("a");
        assert_eq!(first, "1 a");
        assert_eq!(Stamp(Some(first)).next("b"), "2 b");
        assert_eq!(Stamp(Some("nonsense".to_owned())).next("a"), "1 a");
    }
}
