//! Closing a popup: by a click outside it, or by Escape.

use hsmlab_html::html;
use web_sys::KeyboardEvent;
use yew::{Callback, Html, MouseEvent};

use crate::hooks::boxed::UseStateHandle;

/// The backdrop, below an open popup and over everything else: a click on it closes the popup.
pub fn backdrop(open: &UseStateHandle<bool>) -> Html {
    let open = open.setter();
    let close = Callback::from(move |_: MouseEvent| open.set(false));
    html! { <div class="popup-under" onclick={close} /> }
}

/// The key handler of the element around the popup and its button.
#[must_use]
pub fn closes_on_escape(open: &UseStateHandle<bool>) -> Callback<KeyboardEvent> {
    let open = open.setter();
    Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            open.set(false);
        }
    })
}
