//! The bar at the top.

use hsmlab_html::html;
use hsmlab_protocol::view::LabView;
use yew::{Html, classes};

use super::icon::{Glyph, icon};
use super::theme::ThemeSwitch;
use crate::routes::{HELP, HOME};

/// The bar at the top. On a lab screen it also has the clock, and the menu, which takes over the other
/// controls if the bar is narrow.
pub fn header(lab: Option<&LabView>, clock: Html, menu: Html) -> Html {
    let crumb = lab.map(|lab| match (lab.topic.as_str(), lab.title.as_str()) {
        (_, "") => "Playground".to_owned(),
        ("", title) => title.to_owned(),
        (topic, title) => format!("{topic} / {title}"),
    });
    let folds = lab.is_some().then_some("fold");
    html! {
        <header class="bar">
            <a class="brand" href={HOME}>
                { icon(Glyph::Logo) }
                { "HSM Lab" }
            </a>
            if let Some(crumb) = crumb {
                <span class="crumb">{ crumb }</span>
            }
            <span class="space" />
            { clock }
            <a class={classes!("button", "quiet", folds)} href={HELP}>{ "Help" }</a>
            <ThemeSwitch class={classes!("quiet", "square", folds)} />
            { menu }
        </header>
    }
}
