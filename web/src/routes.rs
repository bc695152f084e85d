//! The addresses of the pages. All of them follow a `#`, so that any static web server can host the
//! site below any path.

use gloo::events::EventListener;
use yew::hook;

use crate::hooks::boxed::{use_effect_with, use_state_eq};

/// The pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The catalogue.
    Home,
    /// A lab, by its permanent id.
    Lab(String),
    /// The free playground, or one that begins with a named world.
    Playground(Option<String>),
    /// The help page.
    Help,
    /// Anything else.
    NotFound,
}

/// The address of the catalogue. Links are plain: the page follows every change of the address.
pub const HOME: &str = "#/";

/// The address of the help page.
pub const HELP: &str = "#/help";

/// The address of the playground.
pub const PLAYGROUND: &str = "#/playground";

/// The address of a playground that begins with a named world.
#[must_use]
pub fn playground(world: &str) -> String {
    format!("{PLAYGROUND}/{world}")
}

/// The address of a lab.
#[must_use]
pub fn lab(id: &str) -> String {
    format!("#/lab/{id}")
}

impl Route {
    /// The page at the part of an address that begins with `#`. What follows a `?` or a second `#` does
    /// not count.
    #[must_use]
    pub fn of(hash: &str) -> Self {
        let path = hash.strip_prefix("#/").unwrap_or_default();
        let end = path.find(['?', '#']).unwrap_or(path.len());
        let path = &path[..end];
        match path.split_once('/') {
            None if path.is_empty() => Self::Home,
            None if path == "help" => Self::Help,
            None if path == "playground" => Self::Playground(None),
            Some((kind, name)) if !name.is_empty() && !name.contains('/') => match kind {
                "lab" => Self::Lab(name.to_owned()),
                "playground" => Self::Playground(Some(name.to_owned())),
                _ => Self::NotFound,
            },
            _ => Self::NotFound,
        }
    }

    /// The page at the browser's address.
    fn current() -> Self {
        let hash = web_sys::window().and_then(|window| window.location().hash().ok());
        // Ids are plain words; an address with others names no lab, and is shown in words.
        let hash = hash.unwrap_or_default();
        let plain = js_sys::decode_uri(&hash).map(String::from);
        Self::of(&plain.unwrap_or(hash))
    }
}

/// The page at the browser's address; the component re-renders when that changes.
#[hook]
pub fn use_route() -> Route {
    let route = use_state_eq(Route::current);
    let setter = route.setter();
    use_effect_with((), move |()| {
        let listener = web_sys::window().map(|window| {
            EventListener::new(&window, "hashchange", move |_| setter.set(Route::current()))
        });
        move || drop(listener)
    });
    (*route).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_page() {
        let lab = |id: &str| Route::Lab(id.to_owned());
        for (hash, route) in [
            ("", Route::Home),
            ("#", Route::Home),
            ("#top", Route::Home),
            ("#/", Route::Home),
            ("#/?from=mail", Route::Home),
            ("#/help", Route::Help),
            ("#/help/", Route::NotFound),
            ("#/lab", Route::NotFound),
            ("#/lab/", Route::NotFound),
            ("#/lab/quorum", lab("quorum")),
            ("#/lab/quorum?step=2", lab("quorum")),
            ("#/lab/quorum#step", lab("quorum")),
            ("#/lab/quorum/2", Route::NotFound),
            ("#/playground", Route::Playground(None)),
            (
                "#/playground/ready-2",
                Route::Playground(Some("ready-2".to_owned())),
            ),
            ("#/nowhere", Route::NotFound),
        ] {
            assert_eq!(Route::of(hash), route, "{hash}");
        }
        assert_eq!(Route::of(&super::lab("x")), lab("x"));
        assert_eq!(Route::of(HOME), Route::Home);
        assert_eq!(Route::of(HELP), Route::Help);
        assert_eq!(Route::of(PLAYGROUND), Route::Playground(None));
    }
}
