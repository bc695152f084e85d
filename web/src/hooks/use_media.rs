//! A CSS media query as a value.

use gloo::events::EventListener;
use yew::hook;

use crate::hooks::boxed::{use_effect_with, use_state_eq};

/// True if the window matches `query` now; the component re-renders when that changes.
#[hook]
pub fn use_media(query: &'static str) -> bool {
    let list =
        move || web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    let matches = use_state_eq(|| list().is_some_and(|list| list.matches()));
    let setter = matches.setter();
    use_effect_with((), move |()| {
        let listener = list().map(|list| {
            let now = list.clone();
            EventListener::new(&list, "change", move |_| setter.set(now.matches()))
        });
        move || drop(listener)
    });
    *matches
}
