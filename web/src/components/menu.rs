//! What can be done to a lab as a whole.

use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlInputElement};
use yew::{Callback, Html, Properties, TargetCast, component, html, use_node_ref, use_state_eq};

use super::confirm::Confirm;
use super::icon::{Glyph, icon};
use super::popup::{backdrop, closes_on_escape};
use super::theme::ThemeSwitch;
use crate::app::use_verbs;
use crate::files;
use crate::hooks::use_session::Keeper;
use crate::routes::HELP;
use crate::saves::SAVE_BYTES_MAX;

/// Whose menu.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The keeper of the lab's work.
    pub keeper: Keeper,
}

/// The menu of a lab.
#[component]
pub fn Menu(props: &Props) -> Html {
    let verbs = use_verbs();
    let open = use_state_eq(|| false);
    let asking = use_state_eq(|| false);
    let chooser = use_node_ref();
    let keeper = &props.keeper;
    let toggle = {
        let open = open.clone();
        move |_| open.set(!*open)
    };
    let item = |label: &'static str, act: Callback<()>| {
        let open = open.setter();
        let onclick = move |_| {
            open.set(false);
            act.emit(());
        };
        html! { <button role="menuitem" {onclick}>{ label }</button> }
    };
    let on = |act: fn(&Keeper)| {
        let keeper = keeper.clone();
        Callback::from(move |()| act(&keeper))
    };
    let import = {
        let chooser = chooser.clone();
        Callback::from(move |()| {
            if let Some(input) = chooser.cast::<HtmlInputElement>() {
                input.click();
            }
        })
    };
    let chosen = {
        let keeper = keeper.clone();
        move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else {
                return;
            };
            let file = input.files().and_then(|files| files.get(0));
            let (keeper, verbs) = (keeper.clone(), verbs.clone());
            spawn_local(async move {
                let Some(file) = file else { return };
                if file.size() > SAVE_BYTES_MAX {
                    return verbs.tell_bad("This file is too large to be a save.", "");
                }
                match files::text_of(&file).await {
                    Ok(text) => keeper.import(&text),
                    Err(error) => verbs.tell_bad(error, ""),
                }
            });
            input.set_value("");
        }
    };
    let ask = {
        let asking = asking.setter();
        Callback::from(move |()| asking.set(true))
    };
    let answered = {
        let (asking, keeper) = (asking.setter(), keeper.clone());
        move |yes: bool| {
            asking.set(false);
            if yes {
                keeper.start_over();
            }
        }
    };
    html! {
        <span class="popup-owner" onkeydown={closes_on_escape(&open)}>
            <button
                class="quiet square"
                aria-label="Menu"
                aria-haspopup="menu"
                aria-expanded={open.to_string()}
                data-testid="menu"
                onclick={toggle}
            >
                { icon(Glyph::More) }
            </button>
            <input
                ref={chooser}
                type="file"
                accept="application/json,.json"
                class="visually-hidden"
                tabindex="-1"
                aria-label="Save to import"
                data-testid="import"
                onchange={chosen}
            />
            if *open {
                { backdrop(&open) }
                <div class="popup right" role="menu" aria-label="Lab">
                    { item("Export your work", on(Keeper::export)) }
                    { item("Import work…", import) }
                    { item("Download the save put aside", on(Keeper::export_aside)) }
                    { item("Start over…", ask) }
                    <ThemeSwitch role="menuitem" words=true />
                    <a class="button" role="menuitem" href={HELP}>{ "Help" }</a>
                </div>
            }
            if *asking {
                <Confirm
                    title="Start over?"
                    text="Everything you built in this lab is removed, and its save with it."
                    yes="Start over"
                    {answered}
                />
            }
        </span>
    }
}
