//! The title of the browser's tab.

use yew::hook;

use crate::hooks::boxed::use_effect_with;

/// Sets the title: the open page, and the product's name.
#[hook]
pub fn use_title(what: &str) {
    use_effect_with(what.to_owned(), |what| {
        if let Some(page) = web_sys::window().and_then(|window| window.document()) {
            page.set_title(&format!("{what} – HSM Lab"));
        }
    });
}
