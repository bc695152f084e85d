//! The page as a whole: its routes.

use hsmlab_html::html;
use yew::{AttrValue, ContextProvider, Html, component, hook, use_context};

use crate::catalogue::{self, PLAYGROUND};
use crate::components::theme::{ThemeChoice, use_theme};
use crate::pages::help::Help;
use crate::pages::home::Home;
use crate::pages::lab::Lab;
use crate::pages::not_found::not_found;
use crate::routes::{Route, use_route};
use crate::verbs::Verbs;

/// The page.
#[component]
pub fn App() -> Html {
    let theme = use_theme();
    let route = use_route();
    html! {
        <ContextProvider<ThemeChoice> context={theme}>
            { page(route) }
        </ContextProvider<ThemeChoice>>
    }
}

fn page(route: Route) -> Html {
    let id = match route {
        Route::Home => return html! { <Home /> },
        Route::Help => return html! { <Help /> },
        Route::NotFound => return not_found(),
        Route::Lab(id) => id,
        Route::Playground(None) => PLAYGROUND.to_owned(),
        Route::Playground(Some(world)) => catalogue::playground(&world),
    };
    html! { <Lab key={id.as_str()} lab={AttrValue::from(id.clone())} /> }
}

/// Returns the commands of the surrounding lab screen. Outside one they do nothing.
#[hook]
pub fn use_verbs() -> Verbs {
    use_context::<Verbs>().unwrap_or_else(|| Verbs::new(yew::Callback::noop()))
}
