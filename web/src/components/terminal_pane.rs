//! One terminal: its output, and the input line below it, scrolled together.

use hsmlab_html::html;
use hsmlab_protocol::view::TerminalView;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, FocusOptions, HtmlElement, KeyboardEvent, MouseEvent};
use yew::{AttrValue, Html, NodeRef, Properties, TargetCast, classes, component, use_node_ref};

use super::terminal_input::TerminalInput;
use super::terminal_screen::TerminalScreen;
use super::transfer;
use crate::app::use_verbs;
use crate::hooks::boxed::use_state_eq;
use crate::hooks::use_follow_end::use_follow_end;
use crate::state::{Completions, Insertion, Screen, Shared};

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The terminal.
    pub terminal: TerminalView,
    /// Its output.
    pub screen: Screen,
    /// True while the terminal runs a line.
    pub busy: bool,
    /// The exit status of its last command.
    pub status: Option<i32>,
    /// True if new output is announced: false while a save is being restored.
    pub live: bool,
    /// True for the active terminal.
    pub front: bool,
    /// Text for its input line.
    pub insertion: Option<Shared<Insertion>>,
    /// The completions that Tab offered.
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
    let Props {
        terminal,
        screen,
        busy,
        front,
        ..
    } = props;
    let content = use_node_ref();
    let onscroll = use_follow_end(&body, &content);

    let onclick = {
        let body = body.clone();
        move |_: MouseEvent| focus_unless_selected(&body)
    };
    let onkeydown = {
        let body = body.clone();
        move |event: KeyboardEvent| take_typing(&body, &event)
    };
    let id = terminal.id;
    let ondrop = {
        let dropping = dropping.clone();
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
            // A click gives the pane the focus, so that it receives keys pressed after a selection.
            tabindex="-1"
            {onclick}
            {onkeydown}
            {onscroll}
            {ondrop}
            {ondragover}
            {ondragleave}
        >
            <div ref={content}>
                <TerminalScreen
                    screen={screen.clone()}
                    title={terminal.title.clone()}
                    // A running program prints many lines a second: too many to announce.
                    live={props.live && !terminal.running}
                    {front}
                />
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
            if *front {
                <p class="visually-hidden" role="status" data-testid="terminal-status">
                    { outcome(terminal.running, props.status) }
                </p>
            }
        </div>
    }
}

/// The result of the last command, for a screen reader. Empty while a command runs, so that an equal
/// result is announced again.
fn outcome(running: bool, status: Option<i32>) -> String {
    match (running, status) {
        (true, _) => "Running; Ctrl-C stops it.".to_owned(),
        (false, None) => String::new(),
        (false, Some(0)) => "Done.".to_owned(),
        (false, Some(status)) => format!("Failed: exit status {status}."),
    }
}

/// Focuses the input line after a click anywhere in a terminal, unless the click ends a selection.
fn focus_unless_selected(body: &NodeRef) {
    let selects = web_sys::window()
        .and_then(|window| window.get_selection().ok().flatten())
        .is_some_and(|selection| !selection.is_collapsed());
    if !selects && let Some(field) = field_of(body) {
        // Without scrolling: a learner who scrolled back stays there.
        let place = FocusOptions::new();
        place.set_prevent_scroll(true);
        let _ = field.focus_with_options(&place);
    }
}

/// Redirects typed keys to the input line from anywhere in the terminal.
fn take_typing(body: &NodeRef, event: &KeyboardEvent) {
    let commands = event.ctrl_key() || event.meta_key();
    let types = event.key().chars().count() == 1 && !commands && !event.alt_key();
    let pastes = commands && event.key().eq_ignore_ascii_case("v");
    let here = event.target_dyn_into::<Element>() == body.cast::<Element>();
    if here
        && (types || pastes)
        && let Some(field) = field_of(body)
    {
        let _ = field.focus();
    }
}

fn field_of(body: &NodeRef) -> Option<HtmlElement> {
    let body = body.cast::<Element>()?;
    let field = body.query_selector(".term-field").ok()??;
    field.dyn_into::<HtmlElement>().ok()
}
