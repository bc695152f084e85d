//! Small values that a browser remembers (local storage): the theme, pane sizes, command history, the
//! progress of each lab. Losing any of them loses no work; every failure reads as "absent".

use serde::Serialize;

use crate::bridge::read::Read;

/// The prefix of every key: other pages may share the origin.
const PREFIX: &str = "hsmlab.";

/// Reads a value; returns `None` if it is absent or unreadable.
#[must_use]
pub fn get<T: Read>(key: &str) -> Option<T> {
    let text = store()?.get_item(&format!("{PREFIX}{key}")).ok()??;
    T::parse(&text).ok()
}

/// Stores a value, if the browser permits it.
pub fn set<T: Serialize>(key: &str, value: &T) {
    if let (Some(store), Ok(text)) = (store(), serde_json::to_string(value)) {
        // A full or forbidden storage is no reason to disturb the learner.
        let _ = store.set_item(&format!("{PREFIX}{key}"), &text);
    }
}

/// Removes a value.
pub fn remove(key: &str) {
    if let Some(store) = store() {
        let _ = store.remove_item(&format!("{PREFIX}{key}"));
    }
}

fn store() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}
