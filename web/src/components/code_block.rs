//! A code block: commands can be put on a terminal's line, anything can be copied.

use wasm_bindgen_futures::spawn_local;
use yew::{AttrValue, Html, Properties, component, html, use_state_eq};

use crate::app::use_verbs;
use crate::files;
use crate::state::Act;

/// What stands in it.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Its language; commands are `sh`.
    pub language: AttrValue,
    /// Its text.
    pub text: AttrValue,
    /// The host that commands are meant for.
    pub host: Option<String>,
}

/// A code block.
#[component]
pub fn CodeBlock(props: &Props) -> Html {
    let verbs = use_verbs();
    let copied = use_state_eq(|| None::<bool>);
    let command = matches!(props.language.as_str(), "sh" | "bash" | "shell" | "console");
    let text = props.text.trim_end().to_owned();
    let insert = {
        let (verbs, text, host) = (verbs.clone(), text.clone(), props.host.clone());
        move |_| {
            verbs.act(Act::Insert {
                text: text.clone(),
                host: host.clone(),
            })
        }
    };
    let copy = {
        let (copied, text) = (copied.setter(), text.clone());
        move |_| {
            let (copied, text) = (copied.clone(), text.clone());
            spawn_local(async move { copied.set(Some(files::copy(&text).await)) });
        }
    };
    let copy_word = match *copied {
        None => "Copy",
        Some(true) => "Copied",
        Some(false) => "Select it to copy",
    };
    let whose = match props.host.as_deref() {
        Some("cloudshell") => Some("CloudShell"),
        other => other,
    };
    html! {
        <div class="code">
            <pre tabindex="0"><code>
                for (index, line) in text.lines().enumerate() {
                    <span class="code-line" key={index}>{ line.to_owned() }{ "\n" }</span>
                }
            </code></pre>
            <p class="code-tools">
                if let Some(host) = whose {
                    <span class="meta">{ format!("on {host}") }</span>
                }
                if command {
                    <button class="link" onclick={insert} data-testid="insert">{ "Insert" }</button>
                }
                <button class="link" onclick={copy}>{ copy_word }</button>
            </p>
        </div>
    }
}
