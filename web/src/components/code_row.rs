//! A row of a code block: one command, or the answer to one question, each with an Insert button.

use hsmlab_html::html;
use hsmlab_protocol::text::Row;
use yew::{Callback, Html, MouseEvent, classes};

use crate::state::{Act, Piece};
use crate::verbs::Verbs;

/// The destination of a block's commands.
pub struct Target {
    /// The commands of the page.
    pub verbs: Verbs,
    /// The host.
    pub host: Option<String>,
}

impl Target {
    /// Puts text on the input line of the host's terminal.
    #[must_use]
    pub fn inserts(&self, text: String, prompt: Option<String>) -> Callback<MouseEvent> {
        let (verbs, host) = (self.verbs.clone(), self.host.clone());
        let piece = Piece { text, host, prompt };
        Callback::from(move |_| verbs.act(Act::Insert(piece.clone())))
    }
}

/// A row. `ran` marks a command that the learner ran in this step.
pub fn code_row(target: &Target, row: &Row, ran: bool) -> Html {
    let (prompt, text) = match row {
        Row::Command { text } => (None, text),
        Row::Answer { prompt, text } => (Some(prompt.clone()), text),
        Row::Remark { text } => {
            return html! { <li class="code-row remark"><code class="code-line">{ words(text) }</code></li> };
        }
    };
    let lines = text.lines().count();
    let tools = || {
        html! {
            <span class="row-tools">
                if ran {
                    <span class="ran-mark" title="You ran this in this step">
                        { "✓" }<span class="visually-hidden">{ " already run" }</span>
                    </span>
                }
                <button
                    class="link"
                    data-testid="insert"
                    aria-label={format!("Insert {text}")}
                    onclick={target.inserts(text.clone(), prompt.clone())}
                >
                    { "Insert" }
                </button>
            </span>
        }
    };
    html! {
        <li class={classes!("code-row", ran.then_some("ran"), prompt.is_some().then_some("answer"))}>
            if let Some(prompt) = &prompt {
                <code class="code-line">
                    <span class="asked">{ words(prompt) }</span>{ " " }<b>{ words(text) }</b>{ tools() }
                </code>
            } else {
                for (index, line) in text.lines().enumerate() {
                    <code class="code-line" key={index}>
                        { words(line) }
                        if index + 1 == lines {
                            { tools() }
                        }
                    </code>
                }
            }
        </li>
    }
}

/// A line whose words never break: a browser would break `--filters` at its hyphens.
pub fn words(line: &str) -> Html {
    html! {
        for (index, word) in line.split(' ').enumerate() {
            if index > 0 {
                { " " }
            }
            if !word.is_empty() {
                <span class="word">{ word.to_owned() }</span>
            }
        }
    }
}
