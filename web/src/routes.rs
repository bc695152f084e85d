//! The page's addresses. All of them stand behind `#`, so that any static web server can host the
//! page below any path.

use yew_router::Routable;

/// Where one can be.
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
    /// How to use the page.
    #[at("/help")]
    Help,
    /// Anything else.
    #[not_found]
    #[at("/404")]
    NotFound,
}

/// The address of the catalogue. Plain links: the router follows the address wherever it comes from.
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
