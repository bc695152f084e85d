//! The badge that is in the bar while the browser cannot save the work.

use hsmlab_html::html;
use yew::{AttrValue, Html, Properties, component};

use super::popup::{backdrop, closes_on_escape};
use crate::hooks::boxed::use_state_eq;
use crate::hooks::use_session::Keeper;

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The keeper of the lab's work.
    pub keeper: Keeper,
    /// The reason why the browser cannot save.
    pub why: AttrValue,
}

/// The badge, and a popup with the remedies.
#[component]
pub fn Unsaved(props: &Props) -> Html {
    let open = use_state_eq(|| false);
    let toggle = {
        let open = open.clone();
        move |_| open.set(!*open)
    };
    let on = |act: fn(&Keeper)| {
        let (keeper, open) = (props.keeper.clone(), open.setter());
        move |_| {
            open.set(false);
            act(&keeper);
        }
    };
    html! {
        <span class="popup-owner" onkeydown={closes_on_escape(&open)}>
            <span class="visually-hidden" role="alert">
                { format!("This browser does not save your work: {}.", props.why) }
            </span>
            <button
                class="not-saved"
                aria-haspopup="dialog"
                aria-expanded={open.to_string()}
                data-testid="not-saved"
                onclick={toggle}
            >
                { "Not saved" }
            </button>
            if *open {
                { backdrop(&open) }
                <div class="popup right ask not-saved-box" role="dialog" aria-label="Not saved">
                    <p>{ format!("This browser does not save your work: {}.", props.why) }</p>
                    <p>
                        { "Your work is lost when you leave this lab or close the page. Export it as a file, \
                           which you can import here later. Or make room, or allow this page to store \
                           data, and save again." }
                    </p>
                    <p class="row">
                        <button class="primary" onclick={on(Keeper::export)}>{ "Export your work" }</button>
                        <button class="quiet" onclick={on(Keeper::save_now)}>{ "Save again" }</button>
                    </p>
                </div>
            }
        </span>
    }
}
