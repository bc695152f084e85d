//! The panel next to the diagram: the inspector, the console forms, the faults or the traffic.

use std::rc::Rc;

use hsmlab_html::html;
use hsmlab_protocol::event::Inspected;
use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::view::{DiagramView, FaultsView, FormView, TimelineView, TrafficView};
use web_sys::Element;
use yew::{Html, Properties, component, use_node_ref};

use super::console::console;
use super::faults::{faults_of, faults_panel};
use super::icon::{Glyph, icon};
use super::inspector::inspector;
use super::traffic::{Shown, traffic_panel};
use crate::app::use_verbs;
use crate::hooks::boxed::{use_effect_with, use_state_eq};
use crate::hooks::use_renders::use_renders;
use crate::state::{Act, Shared, Side};
use crate::traffic::Seen;

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The open panel.
    pub side: Side,
    /// The content of the inspector.
    pub inspected: Option<Shared<Inspected>>,
    /// The content of the console.
    pub form: Option<Shared<FormView>>,
    /// The terminal that runs the console's commands.
    pub cloudshell: Option<TerminalId>,
    /// The faults.
    pub faults: Shared<FaultsView>,
    /// The diagram, for the zones of the faults.
    pub diagram: Shared<DiagramView>,
    /// The focused part.
    pub focus: Option<Rc<str>>,
    /// The traffic of the HSMs.
    pub traffic: Shared<TrafficView>,
    /// The events meanwhile.
    pub timeline: Shared<TimelineView>,
    /// The part of the traffic that can be shown.
    pub seen: Seen,
    /// The HSMs in the order of their colours.
    pub hues: Shared<Vec<String>>,
}

/// The panel next to the diagram.
#[component]
pub fn SidePanel(props: &Props) -> Html {
    let renders = use_renders();
    let verbs = use_verbs();
    let table = use_state_eq(|| false);
    let closing = verbs.clone();
    let close = move |_| {
        closing.act(Act::Side(Side::Closed));
        closing.act(Act::Focus(None));
    };
    // The focused part scrolls into view.
    let place = use_node_ref();
    let shown = place.clone();
    use_effect_with((props.side, props.focus.clone()), move |_| {
        let panel = shown.cast::<Element>();
        let pointed = panel.and_then(|panel| panel.query_selector(".pointed").ok().flatten());
        if let Some(pointed) = pointed {
            pointed.scroll_into_view();
        }
    });
    let (title, body) = match (props.side, &props.inspected, &props.form) {
        (Side::Inspector, Some(inspected), _) => {
            let wrong = faults_of(&verbs, &props.faults, &props.diagram, &inspected.id);
            (inspected.kind.clone(), inspector(&verbs, inspected, wrong))
        }
        (Side::Console, _, Some(form)) => (
            "Console".to_owned(),
            console(&verbs, form, props.cloudshell),
        ),
        (Side::Faults, ..) => {
            let focus = props.focus.as_deref();
            let panel = faults_panel(&verbs, &props.faults, &props.diagram, focus);
            ("Faults".to_owned(), panel)
        }
        (Side::Traffic, ..) => {
            let panel = traffic_panel(&Shown {
                traffic: &props.traffic,
                timeline: &props.timeline,
                seen: props.seen,
                hues: &props.hues,
                table: &table,
            });
            ("Traffic".to_owned(), panel)
        }
        _ => return Html::default(),
    };
    html! {
        <aside ref={place} data-renders={renders} class="side" aria-label={title.clone()} tabindex="0">
            <div class="side-head">
                <h2>{ title }</h2>
                <button class="square" aria-label="Close" onclick={close}>
                    { icon(Glyph::Close) }
                </button>
            </div>
            { body }
        </aside>
    }
}
