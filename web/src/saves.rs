//! Saved work: one record per lab in the browser's IndexedDB, and the same record as a file. Next to
//! a lab's work are its [`Stamp`], the work that an import or a fresh start replaced, and a save that
//! could not be restored.

mod database;

use hsmlab_protocol::SmallMap;
use hsmlab_protocol::request::TerminalId;
use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::JsCast;

use crate::bridge::read::{self, Flaw, Misread, Read};
use crate::state::screen::Line;

/// The format of [`SaveFile`]; a later format is refused with an explanation.
pub const FORMAT: u32 = 1;

/// The maximum size of an imported save file, in bytes: far more than a day's work, far less than the
/// page can handle.
pub const SAVE_BYTES_MAX: f64 = 64.0 * 1024.0 * 1024.0;

/// A saved lab: the world's save, opaque to the page, and the contents of the screens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SaveFile {
    /// [`FORMAT`].
    pub format: u32,
    /// The lab's id, or `playground`.
    pub lab: String,
    /// The save that the session returned.
    pub save: String,
    /// The terminals' lines.
    pub screens: SmallMap<TerminalId, Vec<Line>>,
}

impl SaveFile {
    /// Reads a save file.
    ///
    /// # Errors
    /// Returns a sentence that says why the text is not a save.
    pub fn open(text: &str) -> Result<Self, String> {
        let value = JSON::parse(text).map_err(|error| {
            // The browser says where the JSON is invalid.
            let place = error.dyn_ref::<js_sys::SyntaxError>();
            let place = place.map(|error| format!(" ({})", String::from(error.message())));
            format!(
                "This is not a save of HSM Lab{}.",
                place.unwrap_or_default()
            )
        })?;
        let mut flaw = Flaw::default();
        let format: u32 = read::field(&value, "format", &mut flaw);
        if flaw.is_noted() {
            return Err("This is not a save of HSM Lab.".to_owned());
        }
        if format != FORMAT {
            return Err(format!(
                "This save has format {format}, and this page reads format {FORMAT}. Reload the page \
                 to get its newest version."
            ));
        }
        Self::read(&value).map_err(|Misread(what)| format!("This save is damaged at “{what}”."))
    }
}

/// The progress of a lab, for the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The number of completed steps.
    pub done: usize,
    /// The number of steps.
    pub steps: usize,
}

/// The name under which the browser remembers a lab's [`Progress`].
#[must_use]
pub fn progress_key(lab: &str) -> String {
    format!("progress.{lab}")
}

/// The stored data of a lab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The work, as the text of a [`SaveFile`].
    pub work: Option<String>,
    /// The last writer.
    pub stamp: Stamp,
    /// The other saves.
    pub kept: Kept,
}

/// The saves of a lab besides its work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The work before the last import or fresh start.
    pub earlier: bool,
    /// A save that could not be restored.
    pub aside: bool,
}

/// Counts the writes of a lab's work and names the last writer. A writer that does not know the current
/// stamp is refused: another tab has written since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp(Option<String>);

impl Stamp {
    fn next(&self, writer: &str) -> String {
        let count = self.0.as_deref().and_then(|text| text.split(' ').next());
        let count: u64 = count.and_then(|count| count.parse().ok()).unwrap_or(0);
        format!("{} {writer}", count.saturating_add(1))
    }
}

/// A change of the stored data of a lab.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change<'a> {
    /// The work; `None` removes it.
    pub work: Option<&'a str>,
    /// The replaced work, to keep as the earlier work; `None` leaves the earlier work as it is.
    pub earlier: Option<&'a str>,
}

/// The reason why nothing was stored.
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

/// Reads the stored data of a lab.
///
/// # Errors
/// Returns the browser's error.
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

/// Changes the stored data of a lab atomically, as `writer`; returns the new stamp.
///
/// # Errors
/// Returns the reason why nothing was stored.
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
/// Returns the browser's error.
pub async fn load(key: &str) -> Result<Option<String>, String> {
    let [text] = database::read([key]).await?;
    Ok(text)
}

/// Stores a record, whoever wrote it last.
///
/// # Errors
/// Returns the reason why the record is not stored.
pub async fn keep(key: &str, text: &str) -> Result<(), Refusal> {
    database::change(None, &[(key, Some(text))]).await
}

/// Removes a record.
///
/// # Errors
/// Returns the reason why the record is not removed.
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
