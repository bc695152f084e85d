//! The tabs of the terminals, and the tools of the active one.

use hsmlab_html::html;
use hsmlab_protocol::Request;
use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::view::{DiagramView, InstanceView, TerminalView};
use web_sys::{Element, KeyboardEvent, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::{Callback, Html, Properties, component, use_node_ref};

use super::icon::{Glyph, icon};
use super::popup::{backdrop, closes_on_escape};
use super::transfer::Transfer;
use crate::app::use_verbs;
use crate::hooks::boxed::{use_effect_with, use_state_eq};
use crate::state::{Act, Shared, Side};
use crate::verbs::Verbs;

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The terminals.
    pub terminals: Shared<Vec<TerminalView>>,
    /// The diagram, for the instances on which a terminal can be opened.
    pub diagram: Shared<DiagramView>,
    /// The active terminal.
    pub front: TerminalId,
}

/// The tabs.
#[component]
pub fn TerminalTabs(props: &Props) -> Html {
    let verbs = use_verbs();
    let onkeydown = {
        let (verbs, terminals, front) = (verbs.clone(), props.terminals.clone(), props.front);
        move |event: KeyboardEvent| {
            let step = match event.key().as_str() {
                "ArrowRight" => 1,
                "ArrowLeft" => terminals.len().saturating_sub(1),
                _ => return,
            };
            let at = terminals
                .iter()
                .position(|terminal| terminal.id == front)
                .unwrap_or(0);
            if let Some(next) = terminals.iter().cycle().nth(at + step) {
                verbs.act(Act::Front(next.id));
            }
        }
    };
    // If not all tabs fit, the active one is scrolled into view.
    let list = use_node_ref();
    let shown = list.clone();
    use_effect_with((props.front, props.terminals.len()), move |_| {
        let list = shown.cast::<Element>();
        let tab = list.and_then(|list| list.query_selector("[aria-selected=true]").ok().flatten());
        if let Some(tab) = tab {
            let place = ScrollIntoViewOptions::new();
            place.set_block(ScrollLogicalPosition::Nearest);
            place.set_inline(ScrollLogicalPosition::Nearest);
            tab.scroll_into_view_with_scroll_into_view_options(&place);
        }
    });
    let front = props
        .terminals
        .iter()
        .find(|terminal| terminal.id == props.front);
    let close = {
        let (verbs, terminal) = (verbs.clone(), props.front);
        move |_| verbs.send(Request::CloseTerminal { terminal })
    };
    let console = {
        let verbs = verbs.clone();
        move |_| {
            verbs.act(Act::Side(Side::Console));
            verbs.send(Request::Form {
                service: None,
                operation: None,
            });
        }
    };
    html! {
        <div class="term-tabs">
            <div ref={list} class="term-tablist" role="tablist" aria-label="Terminals" {onkeydown}>
                { for props.terminals.iter().map(|terminal| {
                    tab(&verbs, terminal, terminal.id == props.front)
                }) }
            </div>
            if let Some(terminal) = front.filter(|_| props.terminals.len() > 1) {
                <button
                    class="term-tool square"
                    aria-label={format!("Close {}", terminal.title)}
                    title={format!("Close {}", terminal.title)}
                    onclick={close}
                >
                    { icon(Glyph::Close) }
                </button>
            }
            <NewTerminal diagram={props.diagram.clone()} />
            <span class="space" />
            <button class="term-tool" title="Console" onclick={console}>
                { icon(Glyph::Form) }
                <span class="term-word">{ "Console" }</span>
            </button>
            <Transfer terminal={props.front} />
        </div>
    }
}

/// A tab. The close button is outside the tab list, which may contain only tabs.
fn tab(verbs: &Verbs, terminal: &TerminalView, front: bool) -> Html {
    let verbs = verbs.clone();
    let id = terminal.id;
    let onclick = move |_| verbs.act(Act::Front(id));
    html! {
        <button
            key={id}
            class="term-tab"
            role="tab"
            aria-selected={front.to_string()}
            aria-controls={format!("terminal-{id}")}
            tabindex={if front { "0" } else { "-1" }}
            data-testid={format!("terminal-tab-{id}")}
            {onclick}
        >
            { &terminal.title }
            if terminal.running {
                <span class="dot"><span class="visually-hidden">{ " (a program is running)" }</span></span>
            }
            if !terminal.connected {
                { " (lost)" }
            }
        </button>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct NewProps {
    diagram: Shared<DiagramView>,
}

/// The + menu: `CloudShell`, and every running instance.
#[component]
fn NewTerminal(props: &NewProps) -> Html {
    let verbs = use_verbs();
    let open = use_state_eq(|| false);
    let toggle = {
        let open = open.clone();
        move |_| open.set(!*open)
    };
    let choose = {
        let open = open.setter();
        Callback::from(move |host: String| {
            open.set(false);
            verbs.send(Request::OpenTerminal { host });
        })
    };
    let item = |host: &str, title: String, note: &'static str| {
        let (choose, host) = (choose.clone(), host.to_owned());
        html! {
            <button role="menuitem" onclick={move |_| choose.emit(host.clone())}>
                { title }
                if !note.is_empty() {
                    <small>{ note }</small>
                }
            </button>
        }
    };
    html! {
        <span class="popup-owner" onkeydown={closes_on_escape(&open)}>
            <button
                class="term-tool square"
                aria-label="New terminal"
                aria-haspopup="menu"
                aria-expanded={open.to_string()}
                onclick={toggle}
            >
                { icon(Glyph::Plus) }
            </button>
            if *open {
                { backdrop(&open) }
                <div class="popup up" role="menu" aria-label="Open a terminal on">
                    { item("cloudshell", "CloudShell".to_owned(), "") }
                    for instance in instances(&props.diagram) {
                        { item(&instance.id, title(instance), if instance.terminal {
                            ""
                        } else {
                            "not reachable by SSH or RDP now"
                        }) }
                    }
                </div>
            }
        </span>
    }
}

fn instances(diagram: &DiagramView) -> impl Iterator<Item = &InstanceView> {
    let subnets = diagram.vpcs.iter().flat_map(|vpc| vpc.subnets.iter());
    let interfaces = subnets.flat_map(|subnet| subnet.interfaces.iter());
    interfaces
        .filter_map(|interface| interface.instance.as_ref())
        .filter(|instance| instance.state == "running")
}

fn title(instance: &InstanceView) -> String {
    if instance.name.is_empty() {
        instance.id.clone()
    } else {
        instance.name.clone()
    }
}
