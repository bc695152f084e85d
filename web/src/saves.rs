//! Saved work: one record a lab in the browser's IndexedDB, and the same record as a file.

mod database;

use std::collections::BTreeMap;

use hsmlab_core::session::request::TerminalId;
use js_sys::JSON;
use serde::Serialize;

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
        let value = JSON::parse(text).map_err(|_| "This is not a save of HSM Lab.".to_owned())?;
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

/// Reads a lab's record.
///
/// # Errors
/// The browser's words.
pub async fn load(lab: &str) -> Result<Option<String>, String> {
    database::get(lab).await
}

/// Keeps a lab's record.
///
/// # Errors
/// The browser's words: no room, or storage forbidden.
pub async fn keep(lab: &str, text: &str) -> Result<(), String> {
    database::put(lab, text).await
}

/// Forgets a lab's record.
///
/// # Errors
/// The browser's words.
pub async fn forget(lab: &str) -> Result<(), String> {
    database::delete(lab).await
}

/// The name under which a save that could not be restored is kept.
#[must_use]
pub fn aside(lab: &str) -> String {
    format!("{lab}/aside")
}
