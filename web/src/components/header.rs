//! The bar at the top.

use hsmlab_core::session::view::{ClockView, LabView};
use yew::{Children, Html, Properties, component, html};
use yew_router::components::Link;

use super::clock::Clock;
use super::icon::{Glyph, icon};
use super::theme::ThemeSwitch;
use crate::routes::Route;
use crate::state::{Pace, Shared};

/// What the bar shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The lab, on its screen.
    #[prop_or_default]
    pub lab: Option<Shared<LabView>>,
    /// The clock, on a lab screen.
    #[prop_or_default]
    pub clock: Option<Shared<ClockView>>,
    /// Its pace.
    #[prop_or_default]
    pub pace: Pace,
    /// What else stands at its end.
    #[prop_or_default]
    pub children: Children,
}

/// The bar at the top.
#[component]
pub fn Header(props: &Props) -> Html {
    let crumb = props
        .lab
        .as_ref()
        .map(|lab| match (lab.topic.as_str(), lab.title.as_str()) {
            (_, "") => "Playground".to_owned(),
            ("", title) => title.to_owned(),
            (topic, title) => format!("{topic} / {title}"),
        });
    html! {
        <header class="bar">
            <Link<Route> classes="brand" to={Route::Home}>
                { icon(Glyph::Logo) }
                { "HSM Lab" }
            </Link<Route>>
            if let Some(crumb) = crumb {
                <span class="crumb">{ crumb }</span>
            }
            <span class="space" />
            if let Some(clock) = &props.clock {
                <Clock clock={clock.clone()} pace={props.pace} />
            }
            <Link<Route> classes="button quiet wide-only" to={Route::Help}>{ "Help" }</Link<Route>>
            <ThemeSwitch />
            { for props.children.iter() }
        </header>
    }
}
