//! File transfer between the learner's disk and a terminal's host.

use hsmlab_html::html;
use hsmlab_protocol::Request;
use hsmlab_protocol::request::TerminalId;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, FileList, HtmlInputElement, SubmitEvent};
use yew::{Html, Properties, TargetCast, component, use_node_ref};

use super::icon::{Glyph, icon};
use super::popup::{backdrop, closes_on_escape};
use crate::app::use_verbs;
use crate::files;
use crate::hooks::boxed::{use_effect_with, use_state_eq};
use crate::verbs::Verbs;

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The terminal.
    pub terminal: TerminalId,
}

/// The upload and download buttons.
#[component]
pub fn Transfer(props: &Props) -> Html {
    let verbs = use_verbs();
    let asking = use_state_eq(|| false);
    let chooser = use_node_ref();
    let path = use_node_ref();
    let terminal = props.terminal;
    let (first, asks) = (path.clone(), *asking);
    use_effect_with(asks, move |asks| {
        if *asks && let Some(input) = first.cast::<HtmlInputElement>() {
            let _ = input.focus();
        }
    });
    let chosen = {
        let verbs = verbs.clone();
        move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                upload(&verbs, terminal, input.files());
                // The same file can be chosen again.
                input.set_value("");
            }
        }
    };
    let choose = {
        let chooser = chooser.clone();
        move |_| {
            if let Some(input) = chooser.cast::<HtmlInputElement>() {
                input.click();
            }
        }
    };
    let ask = {
        let asking = asking.clone();
        move |_| asking.set(!*asking)
    };
    let fetch = {
        let (asking, path) = (asking.clone(), path.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let path = path.cast::<HtmlInputElement>().map(|input| input.value());
            if let Some(path) = path.filter(|path| !path.trim().is_empty()) {
                verbs.send(Request::Download {
                    terminal,
                    path: path.trim().to_owned(),
                });
                asking.set(false);
            }
        }
    };
    html! {
        <>
            <input
                ref={chooser}
                type="file"
                multiple=true
                class="visually-hidden"
                tabindex="-1"
                aria-label="Files to upload"
                data-testid="upload"
                onchange={chosen}
            />
            <button class="term-tool" onclick={choose} title="Upload files, or drop them here">
                { icon(Glyph::Upload) }
                <span class="term-word">{ "Upload" }</span>
            </button>
            <span class="popup-owner" onkeydown={closes_on_escape(&asking)}>
                <button
                    class="term-tool"
                    aria-expanded={asking.to_string()}
                    title="Download a file from this host"
                    onclick={ask}
                >
                    { icon(Glyph::Download) }
                    <span class="term-word">{ "Download" }</span>
                </button>
                if *asking {
                    { backdrop(&asking) }
                    <form class="popup up right ask" onsubmit={fetch}>
                        <label>
                            { "File to download" }
                            <input
                                ref={path}
                                class="field mono"
                                placeholder="cluster.csr"
                                spellcheck="false"
                                autocapitalize="off"
                            />
                        </label>
                        <button class="primary" type="submit">{ "Download" }</button>
                    </form>
                }
            </span>
        </>
    }
}

/// Uploads files into a terminal's working folder, one at a time.
pub fn upload(verbs: &Verbs, terminal: TerminalId, files: Option<FileList>) {
    let Some(list) = files else { return };
    let files: Vec<web_sys::File> = (0..list.length()).filter_map(|at| list.get(at)).collect();
    let verbs = verbs.clone();
    spawn_local(async move {
        for file in files {
            match files::base64_of(&file).await {
                Ok(content) => {
                    let name = file.name();
                    verbs.tell(format!("{name} is in the terminal's folder."));
                    verbs.send(Request::Upload {
                        terminal,
                        name,
                        content,
                    });
                }
                Err(error) => verbs.tell_bad(error, ""),
            }
        }
    });
}
