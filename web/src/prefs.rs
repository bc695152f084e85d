//! Small things that a browser remembers (local storage): the theme, pane sizes, command history,
//! how far each lab is. Losing any of it loses no work; every failure reads as "not there".

use serde::Serialize;

use crate::bridge::read::Read;

/// What every key begins with: other pages may share the origin.
const PREFIX: &str = "hsmlab.";

/// Reads a value; what is not there or cannot be read is `None`.
#[must_use]
pub fn get<T: Read>(key: &str) -> Option<T> {
    let text = store()?.get_item(&format!("{PREFIX}{key}")).ok()??;
    T::parse(&text).ok()
}

/// Keeps a value, where the browser lets us.
pub fn set<T: Serialize>(key: &str, value: &T) {
    if let (Some(store), Ok(text)) = (store(), serde_json::to_string(value)) {
        // A full or forbidden storage is no reason to disturb the learner.
        let _ = store.set_item(&format!("{PREFIX}{key}"), &text);
    }
}

/// Forgets a value.
pub fn remove(key: &str) {
    if let Some(store) = store() {
        let _ = store.remove_item(&format!("{PREFIX}{key}"));
    }
}

fn store() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}
