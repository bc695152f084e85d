//! The addresses of the pages. All of them follow a `#`, so that any static web server can host the
//! site below any path.

use yew_router::Routable;

/// The pages.
#[derive(Clone, Debug, PartialEq, Eq, Routable)]
pub enum Route {
    /// The catalogue.
    #[at("/")]
    Home,
    /// A lab, by its permanent id.
    #[at("/lab/:id")]
    Lab {
        /// The lab's id.
        id: String,
    },
    /// The free playground.
    #[at("/playground")]
    Playground,
    /// A playground that begins with a named world.
    #[at("/playground/:world")]
    PlaygroundIn {
        /// The world's id.
        world: String,
    },
    /// The help page.
    #[at("/help")]
    Help,
    /// Anything else.
    #[not_found]
    #[at("/404")]
    NotFound,
}

/// The address of the catalogue. Links are plain: the router follows every change of the address.
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
