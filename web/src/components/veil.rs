//! The cover of the lab screen while no world is running: the state, and the learner's options.

use hsmlab_html::html;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};
use yew::{AttrValue, Callback, Children, Html, Properties, component, use_node_ref};

use crate::bridge::Failure;
use crate::hooks::boxed::use_effect_with;
use crate::hooks::use_session::Keeper;
use crate::routes::HOME;
use crate::state::LabState;
use crate::state::phase::{Elsewhere, Phase, Trouble};

/// The cover of the lab screen, if there is one.
pub fn veil(keeper: &Keeper, state: &LabState) -> Html {
    match &state.phase {
        Phase::Running | Phase::Unknown(_) => Html::default(),
        Phase::Loading => waiting("Starting the lab…", late(keeper, state)),
        Phase::Restoring => waiting("Restoring your work…", late(keeper, state)),
        Phase::Trying => {
            let cancel = way(keeper, "Cancel", "quiet", Keeper::cancel_trial);
            waiting("Trying the save…", html! { <p class="row">{ cancel }</p> })
        }
        Phase::Broken(trouble) => stopped(keeper, trouble, state.unsaved.is_some()),
        Phase::Elsewhere(how) => elsewhere(keeper, how),
    }
}

fn waiting(words: &'static str, more: Html) -> Html {
    html! {
        <div class="veil" role="status">
            <div class="veil-box">
                <p>{ words }</p>
                <progress aria-label={words} />
                { more }
            </div>
        </div>
    }
}

/// A button that acts on the lab.
fn way(keeper: &Keeper, words: &'static str, class: &'static str, act: fn(&Keeper)) -> Html {
    let keeper = keeper.clone();
    let onclick = move |_| act(&keeper);
    html! { <button {class} {onclick}>{ words }</button> }
}

fn home() -> Html {
    html! { <a class="button quiet" href={HOME}>{ "All labs" }</a> }
}

/// The options when a load or a replay takes long.
fn late(keeper: &Keeper, state: &LabState) -> Html {
    if !state.slow {
        return Html::default();
    }
    let words = if state.phase == Phase::Restoring {
        "This takes longer than usual. The lab runs all your commands again; a long history takes a while."
    } else {
        "This takes longer than usual. The lab's program has a few megabytes; a slow connection takes a while."
    };
    html! {
        <>
            <p class="meta">{ words }</p>
            <p class="row">
                { way(keeper, "Try again", "quiet", Keeper::restart) }
                { home() }
            </p>
        </>
    }
}

fn stopped(keeper: &Keeper, trouble: &Trouble, unsaved: bool) -> Html {
    let again = way(keeper, "Try again", "primary", Keeper::restart);
    let kept = if unsaved {
        "Your work up to the last command is kept only in this page, because the browser does not save it: export it before you close the page."
    } else {
        "Your work is saved up to the last command."
    };
    let (title, what, rest, first) = match trouble {
        Trouble::Lab(what) => (
            "The lab could not be opened",
            what.clone(),
            "Your earlier work in it is kept.",
            again,
        ),
        Trouble::Worker {
            failure: Failure::Unloaded(why),
            ..
        } => (
            "The lab could not be loaded",
            format!("A part of the lab failed to load: {why}. Check your connection, then try again."),
            "Your earlier work in it is kept.",
            again,
        ),
        Trouble::Worker { failure, restoring } => (
            "The lab has stopped",
            match failure {
                Failure::Panicked(why) => {
                    format!("This is a bug in HSM Lab, not your mistake: {why}")
                }
                _ => "Its program ended or does not respond. This is not your mistake; the browser may have run out of memory.".to_owned(),
            },
            kept,
            if *restoring {
                again
            } else {
                way(keeper, "Restart from the last command", "primary", Keeper::restart)
            },
        ),
    };
    let worker_ran = matches!(
        trouble,
        Trouble::Worker { failure, .. } if !matches!(failure, Failure::Unloaded(_))
    );
    let restoring = matches!(
        trouble,
        Trouble::Worker {
            restoring: true,
            ..
        }
    ) && worker_ran;
    html! {
        <Dialog title={title}>
            <p>{ what }</p>
            <p>{ rest }</p>
            if restoring {
                <p>{ "If it stops again, start over: your work is set aside, and the menu can bring it back." }</p>
            }
            <p class="row">
                { first }
                if worker_ran {
                    { way(keeper, "Export your work", "quiet", Keeper::export) }
                }
                if restoring {
                    { way(keeper, "Start over", "quiet", Keeper::start_over) }
                }
                { home() }
            </p>
        </Dialog>
    }
}

fn elsewhere(keeper: &Keeper, how: &Elsewhere) -> Html {
    let over = |words| way(keeper, words, "primary", Keeper::take_over);
    let anyway = || way(keeper, "Take over anyway", "quiet", Keeper::take_anyway);
    let (title, what, ways) = match how {
        Elsewhere::Open => (
            "This lab is open in another tab",
            "Only one tab at a time works on a lab, so that no work is lost. If you take over, the other tab saves its work, and this tab continues from there.".to_owned(),
            over("Take over here"),
        ),
        Elsewhere::Lost { unsaved } => (
            "This lab continues in another tab",
            if *unsaved {
                "The other tab has saved newer work. The last changes in this tab were not saved, to keep that work; you can export them as a file.".to_owned()
            } else {
                "All work of this tab is saved, and the other tab has it. This tab saves nothing more.".to_owned()
            },
            html! {
                <>
                    { over("Take it back") }
                    if *unsaved {
                        { way(keeper, "Export this tab's work", "quiet", Keeper::export) }
                    }
                </>
            },
        ),
        Elsewhere::Giving => return waiting("Saving your work for the other tab…", Html::default()),
        Elsewhere::Asked => return waiting("Asking the other tab…", Html::default()),
        Elsewhere::Saving => return waiting("The other tab is saving your work…", Html::default()),
        Elsewhere::Silent => (
            "The other tab does not answer",
            "It may be busy with a long command. You can wait, or take over from its last save: anything it has done since is lost.".to_owned(),
            html! { <>{ over("Ask again") }{ anyway() }</> },
        ),
        Elsewhere::Kept(why) => (
            "The other tab cannot save your work",
            format!("It says: {why}. Export the work there, in the menu, before you take over: this tab has only the last save."),
            html! { <>{ over("Ask again") }{ anyway() }</> },
        ),
    };
    html! {
        <Dialog title={title}>
            <p>{ what }</p>
            <p class="row">{ ways }{ home() }</p>
        </Dialog>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct DialogProps {
    title: AttrValue,
    children: Children,
}

/// A dialog that Escape does not close: the page behind it is unusable.
#[component]
fn Dialog(props: &DialogProps) -> Html {
    let dialog = use_node_ref();
    let shown = dialog.clone();
    use_effect_with(props.title.clone(), move |_| {
        if let Some(dialog) = shown.cast::<HtmlDialogElement>() {
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
            let first = dialog.query_selector(".row > *").ok().flatten();
            if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
                let _ = first.focus();
            }
        }
    });
    let oncancel = Callback::from(|event: yew::Event| event.prevent_default());
    html! {
        <dialog ref={dialog} class="confirm stopped" aria-label={props.title.clone()} {oncancel} data-testid="stopped">
            <h2>{ &props.title }</h2>
            { props.children.clone() }
        </dialog>
    }
}
