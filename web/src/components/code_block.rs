//! A code block: each command can be inserted into a terminal, and the whole text copied.

use hsmlab_html::html;
use hsmlab_protocol::text::Row;
use wasm_bindgen_futures::spawn_local;
use yew::{AttrValue, Html, Properties, component, use_context};

use super::code_row::{Target, code_row, words};
use super::step::Ran;
use crate::app::use_verbs;
use crate::files;
use crate::hooks::boxed::use_state_eq;
use crate::state::insert::host_name;

/// The content.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Its text.
    pub text: AttrValue,
    /// The host on which the commands run.
    pub host: Option<String>,
    /// The commands; empty if the block has none.
    pub rows: Vec<Row>,
}

/// A code block.
#[component]
pub fn CodeBlock(props: &Props) -> Html {
    let copied = use_state_eq(|| None::<bool>);
    let ran = use_context::<Ran>();
    let target = Target {
        verbs: use_verbs(),
        host: props.host.clone(),
    };
    let copy = {
        let (copied, text) = (copied.setter(), props.text.trim_end().to_owned());
        move |_| {
            let (copied, text) = (copied.clone(), text.clone());
            spawn_local(async move { copied.set(Some(files::copy(&text).await)) });
        }
    };
    let copy_word = match *copied {
        None => "Copy",
        Some(true) => "Copied",
        Some(false) => "Select the text to copy it",
    };
    html! {
        <div class="code">
            <p class="code-tools">
                if let Some(host) = props.host.as_deref() {
                    <span class="meta" data-testid="code-host">{ format!("on {}", host_name(host)) }</span>
                }
                if let Some(text) = all_commands(&props.rows) {
                    <button class="link" onclick={target.inserts(text, None)} data-testid="insert-all">
                        { "Insert all" }
                    </button>
                }
                <button class="link" onclick={copy}>{ copy_word }</button>
            </p>
            if props.rows.is_empty() {
                <pre tabindex="0"><code>
                    for (index, line) in props.text.trim_end().lines().enumerate() {
                        <span class="code-line" key={index}>{ words(line) }{ "\n" }</span>
                    }
                </code></pre>
            } else {
                <ul class="code-rows">
                    for row in props.rows.iter() {
                        { code_row(&target, row, ran.as_ref().is_some_and(|ran| ran.holds(&target, row))) }
                    }
                </ul>
            }
        </div>
    }
}

/// Joins all commands of a block, if it has several. Returns `None` for a block with questions: the
/// learner must see each question.
fn all_commands(rows: &[Row]) -> Option<String> {
    let mut commands = Vec::new();
    for row in rows {
        match row {
            Row::Command { text } => commands.push(text.as_str()),
            Row::Answer { .. } => return None,
            Row::Remark { .. } => {}
        }
    }
    (commands.len() > 1).then(|| commands.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_with_a_question_is_not_inserted_at_once() {
        let command = |text: &str| Row::Command {
            text: text.to_owned(),
        };
        let remark = Row::Remark {
            text: "# r".to_owned(),
        };
        let both = [command("a"), remark, command("b")];
        assert_eq!(all_commands(&both).as_deref(), Some("a\nb"));
        assert_eq!(all_commands(&both[..2]), None);
        let answer = Row::Answer {
            prompt: "Enter password:".to_owned(),
            text: "p".to_owned(),
        };
        assert_eq!(all_commands(&[command("a"), answer, command("b")]), None);
    }
}
