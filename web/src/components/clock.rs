//! The simulated clock.

use hsmlab_core::session::view::ClockView;
use yew::{Html, Properties, component, html};

use crate::state::{Pace, Shared};
use crate::when;

/// What the clock shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The time.
    pub clock: Shared<ClockView>,
    /// How fast it runs.
    pub pace: Pace,
}

/// The simulated clock.
#[component]
pub fn Clock(props: &Props) -> Html {
    let now = props.clock.now_ms;
    let pace = if props.pace.paused {
        "paused".to_owned()
    } else {
        format!("×{}", props.pace.speed)
    };
    html! {
        <span class="clock" data-testid="clock" data-ms={now.to_string()} title="Simulated time, UTC">
            <span class="date">{ when::date(now) }</span>
            <time datetime={when::iso(now)}>{ when::time(now) }</time>
            <span class="pace">{ pace }</span>
        </span>
    }
}
