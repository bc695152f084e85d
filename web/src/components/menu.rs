//! The menu of a lab: export, import, start over.

use std::rc::Rc;

use hsmlab_html::html;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlInputElement};
use yew::{Callback, Html, Properties, TargetCast, component, use_node_ref};

use super::confirm::Confirm;
use super::icon::{Glyph, icon};
use super::popup::{backdrop, closes_on_escape};
use super::theme::ThemeSwitch;
use crate::app::use_verbs;
use crate::files;
use crate::hooks::boxed::{UseStateHandle, UseStateSetter, use_state_eq};
use crate::hooks::use_session::Keeper;
use crate::routes::HELP;
use crate::saves::{Kept, SAVE_BYTES_MAX, SaveFile};
use crate::verbs::Verbs;

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The keeper of the lab's work.
    pub keeper: Keeper,
    /// The saves kept besides the current work.
    pub kept: Kept,
    /// True if there is a world to replace or export.
    pub running: bool,
}

/// The confirmations before work is replaced.
#[derive(Clone, PartialEq)]
enum Question {
    StartOver,
    BringBack,
    /// Import: the file's name and its save.
    Import(String, Rc<SaveFile>),
}

/// The menu of a lab.
#[component]
pub fn Menu(props: &Props) -> Html {
    let verbs = use_verbs();
    let open = use_state_eq(|| false);
    let asking = use_state_eq(|| None::<Question>);
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
        let (keeper, asking) = (keeper.clone(), asking.setter());
        move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else {
                return;
            };
            let file = input.files().and_then(|files| files.get(0));
            if let Some(file) = file {
                let (keeper, verbs, asking) = (keeper.clone(), verbs.clone(), asking.clone());
                spawn_local(async move { read(&file, &keeper, &verbs, &asking).await });
            }
            input.set_value("");
        }
    };
    let ask = |question: Question| {
        let asking = asking.setter();
        Callback::from(move |()| asking.set(Some(question.clone())))
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
                    if props.running {
                        { item("Import work…", import) }
                        if props.kept.earlier {
                            { item("Bring back the earlier work…", ask(Question::BringBack)) }
                        }
                    }
                    if props.kept.aside {
                        { item("Download the set-aside save", on(Keeper::export_aside)) }
                    }
                    if props.running {
                        { item("Start over…", ask(Question::StartOver)) }
                    }
                    <ThemeSwitch role="menuitem" words=true />
                    <a class="button" role="menuitem" href={HELP}>{ "Help" }</a>
                </div>
            }
            { confirm(keeper, &asking) }
        </span>
    }
}

/// Reads the chosen file. Asks first if it would replace work.
async fn read(
    file: &web_sys::File,
    keeper: &Keeper,
    verbs: &Verbs,
    asking: &UseStateSetter<Option<Question>>,
) {
    let name = file.name();
    if file.size() > SAVE_BYTES_MAX {
        return verbs.tell_bad(format!("{name} is too large to be a save."), "");
    }
    let text = match files::text_of(file).await {
        Ok(text) => text,
        Err(error) => return verbs.tell_bad(error, ""),
    };
    match keeper.read(&name, &text) {
        Some(save) if keeper.has_work() => {
            asking.set(Some(Question::Import(name, Rc::new(save))));
        }
        Some(save) => keeper.import(name, save),
        None => {}
    }
}

fn confirm(keeper: &Keeper, asking: &UseStateHandle<Option<Question>>) -> Html {
    let Some(question) = &**asking else {
        return Html::default();
    };
    let back = "The menu can bring it back.";
    let (title, text, yes) = match question {
        Question::StartOver => (
            "Start over?".to_owned(),
            format!("A fresh lab begins. Everything you built in this one is set aside. {back}"),
            "Start over",
        ),
        Question::BringBack => (
            "Bring back the earlier work?".to_owned(),
            "The work from before the last import or fresh start comes back. What you have now is \
             set aside in its place: the same menu entry brings it back."
                .to_owned(),
            "Bring it back",
        ),
        Question::Import(name, _) => (
            "Replace your work?".to_owned(),
            format!(
                "{name} replaces everything you built in this lab; your work is set aside. {back}"
            ),
            "Replace",
        ),
    };
    let answered = {
        let (asking, keeper, question) = (asking.setter(), keeper.clone(), question.clone());
        move |yes: bool| {
            asking.set(None);
            match question.clone() {
                _ if !yes => {}
                Question::StartOver => keeper.start_over(),
                Question::BringBack => keeper.bring_back(),
                Question::Import(name, save) => keeper.import(name, (*save).clone()),
            }
        }
    };
    html! { <Confirm {title} {text} {yes} {answered} /> }
}
