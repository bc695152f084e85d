//! What opens the panels beside the diagram that concern the running of a cluster: faults, traffic.

use hsmlab_core::session::view::TrafficView;
use yew::{Html, classes, html};

use super::faults::in_force;
use crate::state::{Act, LabState, Side};
use crate::verbs::Verbs;

/// The buttons. Traffic has one once there is any.
#[must_use]
pub fn panels(verbs: &Verbs, state: &LabState, class: &'static str) -> Html {
    let struck = in_force(state);
    let button = |side: Side, word: &'static str, badge: Html| {
        let open = state.side == side;
        let verbs = verbs.clone();
        let onclick = move |_| {
            verbs.act(Act::Side(if open { Side::Closed } else { side }));
            if open {
                verbs.act(Act::Focus(None));
            }
        };
        let testid = format!("{}-{class}", word.to_ascii_lowercase());
        html! {
            <button class="quiet" aria-expanded={open.to_string()} data-testid={testid} {onclick}>
                { word }
                { badge }
            </button>
        }
    };
    let faults = match struck {
        0 => Html::default(),
        count => html! {
            <span class="badge">{ count }<span class="visually-hidden">{ " in force" }</span></span>
        },
    };
    html! {
        <span class={classes!("panels", class)} role="group" aria-label="Panels">
            { button(Side::Faults, "Faults", faults) }
            if !state.traffic.hsms.is_empty() {
                { button(Side::Traffic, "Traffic", dot(state)) }
            }
        </span>
    }
}

/// Whether requests flow, and whether errors reached applications.
fn dot(state: &LabState) -> Html {
    let errors = errors(&state.traffic);
    match (errors, state.seen().live) {
        (0, false) => Html::default(),
        (0, true) => html! {
            <span class="dot"><span class="visually-hidden">{ ", flowing" }</span></span>
        },
        (count, _) => html! {
            <span class="badge">
                { crate::traffic::count(count) }<span class="visually-hidden">{ " errors" }</span>
            </span>
        },
    }
}

fn errors(traffic: &TrafficView) -> u64 {
    let failures = traffic.clients.failures.iter();
    failures.map(|count| u64::from(*count)).sum()
}
