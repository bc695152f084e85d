//! The page as a whole: its routes.

use yew::{AttrValue, ContextProvider, Html, component, hook, html, use_context};
use yew_router::{HashRouter, Switch};

use crate::catalogue::{self, PLAYGROUND};
use crate::components::theme::{ThemeChoice, use_theme};
use crate::pages::help::Help;
use crate::pages::home::Home;
use crate::pages::lab::Lab;
use crate::pages::not_found::not_found;
use crate::routes::Route;
use crate::verbs::Verbs;

/// The page.
#[component]
pub fn App() -> Html {
    let theme = use_theme();
    html! {
        <ContextProvider<ThemeChoice> context={theme}>
            <HashRouter>
                <Switch<Route> render={page} />
            </HashRouter>
        </ContextProvider<ThemeChoice>>
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as the router hands it over")]
fn page(route: Route) -> Html {
    match route {
        Route::Home => html! { <Home /> },
        Route::Lab { id } => html! { <Lab key={id.clone()} lab={AttrValue::from(id.clone())} /> },
        Route::Playground => html! { <Lab key={PLAYGROUND} lab={PLAYGROUND} /> },
        Route::PlaygroundIn { world } => {
            let id = catalogue::playground(&world);
            html! { <Lab key={id.clone()} lab={AttrValue::from(id.clone())} /> }
        }
        Route::Help => html! { <Help /> },
        Route::NotFound => not_found(),
    }
}

/// Returns the commands of the surrounding lab screen. Outside one they do nothing.
#[hook]
pub fn use_verbs() -> Verbs {
    use_context::<Verbs>().unwrap_or_else(|| Verbs::new(yew::Callback::noop()))
}
