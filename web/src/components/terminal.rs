//! The terminals: tabs at the top, the active one below.

use hsmlab_html::html;
use hsmlab_protocol::SmallMap;
use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::view::{DiagramView, TerminalView};
use yew::{AttrValue, Html, Properties, component};

use super::terminal_pane::TerminalPane;
use super::terminal_tabs::TerminalTabs;
use crate::hooks::use_renders::use_renders;
use crate::state::{Completions, Insertion, LabState, Phase, Screen, Shared};

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The terminals.
    pub terminals: Shared<Vec<TerminalView>>,
    /// The diagram, for the instances on which a terminal can be opened.
    pub diagram: Shared<DiagramView>,
    /// The parts of the state that only one pane needs.
    pub state: Panes,
    /// The lab's id, for settings remembered per lab.
    pub lab: AttrValue,
}

/// The state that changes while terminals are used.
#[derive(Clone, PartialEq)]
pub struct Panes {
    screens: SmallMap<TerminalId, Screen>,
    busy: Vec<TerminalId>,
    ended: SmallMap<TerminalId, i32>,
    live: bool,
    front: TerminalId,
    insertion: Option<Shared<Insertion>>,
    completions: Option<Shared<Completions>>,
}

impl Panes {
    /// Extracts the state that concerns terminals, so that a tick of the clock redraws no terminal.
    #[must_use]
    pub fn of(state: &LabState) -> Self {
        Self {
            screens: state.screens.clone(),
            busy: state.busy.clone(),
            ended: state.ended.clone(),
            live: state.phase == Phase::Running,
            front: state.front,
            insertion: state.insertion.clone(),
            completions: state.completions.clone(),
        }
    }
}

/// The terminals.
#[component]
pub fn Terminals(props: &Props) -> Html {
    let renders = use_renders();
    let panes = &props.state;
    html! {
        <section class="terminals" aria-label="Terminals" data-renders={renders}>
            <TerminalTabs
                terminals={props.terminals.clone()}
                diagram={props.diagram.clone()}
                front={panes.front}
            />
            for terminal in props.terminals.iter() {
                <TerminalPane
                    key={terminal.id}
                    terminal={terminal.clone()}
                    screen={panes.screens.get(&terminal.id).cloned().unwrap_or_default()}
                    busy={panes.busy.contains(&terminal.id)}
                    status={panes.ended.get(&terminal.id).copied()}
                    live={panes.live}
                    front={panes.front == terminal.id}
                    insertion={panes.insertion.clone().filter(|new| new.terminal == terminal.id)}
                    completions={
                        panes.completions.clone().filter(|new| new.terminal == terminal.id)
                    }
                    lab={props.lab.clone()}
                />
            }
        </section>
    }
}
