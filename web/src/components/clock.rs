//! The simulated clock.

use hsmlab_html::html;
use hsmlab_protocol::view::ClockView;
use yew::Html;

use crate::state::Pace;
use crate::when;

/// The simulated clock and how fast it runs.
pub fn clock(clock: &ClockView, pace: Pace) -> Html {
    let now = clock.now_ms;
    let pace = if pace.paused {
        "paused".to_owned()
    } else {
        format!("×{}", pace.speed)
    };
    html! {
        <span class="clock" data-testid="clock" data-ms={now.to_string()} title="Simulated time, UTC">
            <span class="date">{ when::date(now) }</span>
            <time datetime={when::iso(now)}>{ when::time(now) }</time>
            <span class="pace">{ pace }</span>
        </span>
    }
}
