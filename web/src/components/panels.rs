//! The buttons that open the faults and traffic panels next to the diagram.

use hsmlab_html::html;
use hsmlab_protocol::view::TrafficView;
use yew::{Html, classes};

use super::faults::in_force;
use crate::state::{Act, LabState, Side};
use crate::traffic::{Seen, of_clients};
use crate::verbs::Verbs;

/// The buttons. Both are always visible, so that nothing else in the bar moves.
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
            <span class="badge">{ count }<span class="visually-hidden">{ " active" }</span></span>
        },
    };
    html! {
        <span class={classes!("panels", class)} role="group" aria-label="Panels">
            { button(Side::Faults, "Faults", faults) }
            { button(Side::Traffic, "Traffic", dot(state)) }
        </span>
    }
}

/// The marks of the traffic button: requests flow now, or errors reached applications.
fn dot(state: &LabState) -> Html {
    let errors = errors(&state.traffic);
    match (errors, flows(&state.traffic, state.seen())) {
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

/// True if applications sent requests in the last full bucket.
fn flows(traffic: &TrafficView, seen: Seen) -> bool {
    let last = seen.full.checked_sub(1).filter(|_| seen.live);
    last.is_some_and(|last| of_clients(traffic, last).per_second > 0)
}

fn errors(traffic: &TrafficView) -> u64 {
    let failures = traffic.clients.failures.iter();
    failures.map(|count| u64::from(*count)).sum()
}

#[cfg(test)]
mod tests {
    use hsmlab_protocol::view::TrafficSeries;

    use super::*;

    #[test]
    fn without_requests_nothing_flows() {
        let traffic = |operations: &[u32]| TrafficView {
            start_ms: 0,
            bucket_ms: 10_000,
            clients: TrafficSeries {
                operations: operations.to_vec(),
                failures: vec![0; operations.len()],
                latency_us: vec![0; operations.len()],
                ..TrafficSeries::default()
            },
            ..TrafficView::default()
        };
        let flows = |operations: &[u32], now_ms| {
            let traffic = traffic(operations);
            flows(&traffic, Seen::of(&traffic, now_ms))
        };
        assert!(flows(&[0, 500, 0], 20_000));
        assert!(!flows(&[500, 0, 0], 20_000), "the last full bucket counts");
        assert!(!flows(&[500], 5_000), "none is over yet");
        assert!(!flows(&[500], 90_000), "long ago");
        assert!(!flows(&[], 0));
    }
}
