//! A terminal's input line: the prompt, and a text field that the browser edits.

use hsmlab_html::html;
use hsmlab_protocol::view::TerminalView;
use web_sys::{ClipboardEvent, Event, InputEvent, KeyboardEvent, MouseEvent};
use yew::{AttrValue, Html, Properties, component};

use crate::app::use_verbs;
use crate::hooks::boxed::use_effect_with;
use crate::hooks::use_line_input::{LineInput, LineSetup, field, use_line_input};
use crate::hooks::use_media::use_media;
use crate::state::{Completions, Insertion, Shared};

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The terminal.
    pub terminal: TerminalView,
    /// True while the terminal runs a line.
    pub busy: bool,
    /// True for the active terminal.
    pub front: bool,
    /// Text to insert.
    pub insertion: Option<Shared<Insertion>>,
    /// The completions that Tab offered.
    pub completions: Option<Shared<Completions>>,
    /// The lab's id.
    pub lab: AttrValue,
}

/// A terminal's input line.
#[component]
pub fn TerminalInput(props: &Props) -> Html {
    let Props {
        terminal,
        busy,
        front,
        ..
    } = props;
    let setup = LineSetup {
        verbs: use_verbs(),
        terminal: terminal.id,
        echo: terminal.echo,
        history_key: format!("history.{}.{}", props.lab, terminal.host),
    };
    let line = use_line_input(&setup, props.insertion.as_ref(), props.completions.as_ref());

    // On a touch screen the terminal takes no focus, so that no keyboard opens unasked.
    let types = use_media("(hover: hover)");
    let focused = line.field.clone();
    use_effect_with((*front, terminal.echo), move |(front, _)| {
        if *front && types {
            field::focus(&focused);
        }
    });

    let stop = {
        let line = line.clone();
        move |event: MouseEvent| {
            event.stop_propagation();
            line.interrupt();
            field::focus(&line.field);
        }
    };
    let prompt = match &*line.search {
        Some(search) => format!(
            "({}reverse-i-search)`{}': {}",
            if search.found.is_none() && !search.what.is_empty() {
                "failed "
            } else {
                ""
            },
            search.what,
            search.found.as_deref().unwrap_or_default()
        ),
        None if *busy || terminal.running => String::new(),
        None => terminal.prompt.clone(),
    };
    html! {
        <>
            <div class="term-line" data-busy={busy.to_string()} data-running={terminal.running.to_string()}>
                <span class="prompt" data-testid={front.then_some("terminal-prompt")}>{ prompt }</span>
                if *busy || terminal.running {
                    <span class="term-busy" aria-hidden="true" />
                }
                { field_of(props, &line) }
                if terminal.running {
                    <button class="term-stop" data-testid="interrupt" title="Stop the running program" onclick={stop}>
                        { "Ctrl-C" }
                    </button>
                }
            </div>
            if !line.offered.is_empty() {
                <ul class="term-offer" aria-label="Completions">
                    for word in line.offered.iter() {
                        <li key={word.clone()}>{ word }</li>
                    }
                </ul>
            }
        </>
    }
}

fn field_of(props: &Props, line: &LineInput) -> Html {
    let onkeydown = {
        let line = line.clone();
        move |event: KeyboardEvent| line.key(&event)
    };
    let oninput = {
        let line = line.clone();
        move |_: InputEvent| line.changed()
    };
    let onpaste = {
        let line = line.clone();
        move |event: Event| {
            use wasm_bindgen::JsCast;
            let pasted = event
                .dyn_ref::<ClipboardEvent>()
                .and_then(|event| event.clipboard_data())
                .and_then(|data| data.get_data("text/plain").ok());
            if pasted.is_some_and(|pasted| line.paste(&pasted)) {
                event.prevent_default();
            }
        }
    };
    let testid = props.front.then_some("terminal-input");
    let title = &props.terminal.title;
    if props.terminal.echo {
        html! {
            // The field grows with its text: see `field::fit`.
            <span key="shown" class="term-grow">
                <textarea
                    ref={line.field.clone()}
                    class="term-field"
                    data-testid={testid}
                    aria-label={format!("Command line of {title}")}
                    rows="1"
                    autocapitalize="off"
                    autocomplete="off"
                    autocorrect="off"
                    spellcheck="false"
                    {onkeydown}
                    {oninput}
                    {onpaste}
                />
            </span>
        }
    } else {
        html! {
            <input
                key="hidden"
                ref={line.field.clone()}
                class="term-field unseen"
                data-testid={testid}
                type="password"
                aria-label={format!("{} (what you type is not shown)", props.terminal.prompt)}
                placeholder="what you type is not shown"
                autocomplete="off"
                {onkeydown}
                {oninput}
                {onpaste}
            />
        }
    }
}
