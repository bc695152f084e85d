//! One terminal: what was printed, and the input line below it, scrolling together.

use gloo::timers::callback::Timeout;
use hsmlab_core::session::view::TerminalView;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, HtmlElement, MouseEvent};
use yew::{
    AttrValue, Html, Properties, classes, component, html, use_effect_with, use_mut_ref,
    use_node_ref, use_state_eq,
};

use super::terminal_input::TerminalInput;
use super::terminal_screen::terminal_screen;
use super::transfer;
use crate::app::use_verbs;
use crate::state::{Completions, Insertion, Screen, Shared};

/// How near the end, in pixels, still counts as being there.
const NEAR_END_PX: i32 = 40;

/// What a terminal shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The terminal.
    pub terminal: TerminalView,
    /// What stands on its screen.
    pub screen: Screen,
    /// Whether it is at work on a line.
    pub busy: bool,
    /// Whether it is the one in front.
    pub front: bool,
    /// Text for its input line.
    pub insertion: Option<Shared<Insertion>>,
    /// What Tab offered.
    pub completions: Option<Shared<Completions>>,
    /// The lab's id.
    pub lab: AttrValue,
}

/// One terminal.
#[component]
pub fn TerminalPane(props: &Props) -> Html {
    let verbs = use_verbs();
    let body = use_node_ref();
    let dropping = use_state_eq(|| false);
    let at_end = use_mut_ref(|| true);
    let Props {
        terminal,
        screen,
        busy,
        front,
        ..
    } = props;

    // What is printed is followed, unless the learner has scrolled back.
    let scrolled = body.clone();
    let followed = at_end.clone();
    use_effect_with(
        (screen.prints, *busy, terminal.running, *front),
        move |_| {
            let follow = *followed.borrow();
            let timer = follow.then(|| {
                Timeout::new(0, move || {
                    if let Some(body) = scrolled.cast::<HtmlElement>() {
                        body.set_scroll_top(body.scroll_height());
                    }
                })
            });
            move || drop(timer)
        },
    );
    let onscroll = {
        let body = body.clone();
        move |_| {
            if let Some(body) = body.cast::<HtmlElement>() {
                let below = body.scroll_height() - body.scroll_top() - body.client_height();
                at_end.replace(below < NEAR_END_PX);
            }
        }
    };

    let id = terminal.id;
    let ondrop = {
        let (verbs, dropping) = (verbs.clone(), dropping.clone());
        move |event: DragEvent| {
            event.prevent_default();
            dropping.set(false);
            let files = event.data_transfer().and_then(|data| data.files());
            transfer::upload(&verbs, id, files);
        }
    };
    let ondragover = {
        let dropping = dropping.clone();
        move |event: DragEvent| {
            event.prevent_default();
            dropping.set(true);
        }
    };
    let ondragleave = {
        let dropping = dropping.clone();
        move |_| dropping.set(false)
    };
    html! {
        <div
            ref={body}
            id={format!("terminal-{id}")}
            class={classes!("term-body", dropping.then_some("dropping"))}
            role="tabpanel"
            aria-label={terminal.title.clone()}
            hidden={!front}
            onclick={focus_input}
            {onscroll}
            {ondrop}
            {ondragover}
            {ondragleave}
        >
            { terminal_screen(screen, terminal, *front) }
            if terminal.connected {
                <TerminalInput
                    terminal={terminal.clone()}
                    {busy}
                    {front}
                    insertion={props.insertion.clone()}
                    completions={props.completions.clone()}
                    lab={props.lab.clone()}
                />
            } else {
                <p class="term-gone">
                    { "The connection to this host is lost. Close the tab, or open a new terminal with +." }
                </p>
            }
        </div>
    }
}

/// A click anywhere in a terminal goes to its input line, unless it ends a selection.
#[allow(clippy::needless_pass_by_value)] // as Yew hands it over
fn focus_input(event: MouseEvent) {
    let selects = web_sys::window()
        .and_then(|window| window.get_selection().ok().flatten())
        .is_some_and(|selection| !selection.is_collapsed());
    if selects {
        return;
    }
    let body = event
        .current_target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let field = body.and_then(|body| body.query_selector(".term-field").ok().flatten());
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        let _ = field.focus();
    }
}
