//! What closes a popup: a click beside it, and Escape.

use web_sys::KeyboardEvent;
use yew::{Callback, Html, MouseEvent, UseStateHandle, html};

/// Lies below an open popup and over everything else: a click on it closes.
#[must_use]
pub fn backdrop(open: &UseStateHandle<bool>) -> Html {
    let open = open.setter();
    let close = Callback::from(move |_: MouseEvent| open.set(false));
    html! { <div class="popup-under" onclick={close} /> }
}

/// For the element around the popup and its button.
#[must_use]
pub fn closes_on_escape(open: &UseStateHandle<bool>) -> Callback<KeyboardEvent> {
    let open = open.setter();
    Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            open.set(false);
        }
    })
}
