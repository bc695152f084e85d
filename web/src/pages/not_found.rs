//! An address that leads nowhere.

use yew::{Html, component, html};
use yew_router::components::Link;

use crate::components::header::Header;
use crate::routes::Route;

/// An address that leads nowhere.
#[component]
pub fn NotFound() -> Html {
    html! {
        <div class="page">
            <Header />
            <main class="prose-page">
                <h1>{ "There is nothing at this address" }</h1>
                <p>{ "The link may be mistyped, or from another version of HSM Lab." }</p>
                <p><Link<Route> to={Route::Home}>{ "All labs" }</Link<Route>></p>
            </main>
        </div>
    }
}
