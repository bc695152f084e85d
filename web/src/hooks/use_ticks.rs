//! The page's clock: it sends elapsed real time to the world while the simulated clock runs.

use std::cell::Cell;

use gloo::timers::callback::Interval;
use hsmlab_protocol::Request;
use yew::hook;

use crate::hooks::boxed::use_effect_with;
use crate::numbers::whole_ms;
use crate::state::Pace;
use crate::verbs::Verbs;

/// The interval of the ticks, in real milliseconds: short enough for a smooth clock.
const TICK_MS: u32 = 250;

/// The maximum real time that one tick counts, in milliseconds: after a laptop has slept overnight, the
/// world does not jump by months.
const TICK_MS_MAX: f64 = 1_000.0;

/// Sends time while `running`, at `pace`, and while the page is visible.
#[hook]
pub fn use_ticks(verbs: &Verbs, running: bool, pace: Pace) {
    let verbs = verbs.clone();
    use_effect_with((running, pace), move |&(running, pace)| {
        let timer = (running && !pace.paused).then(|| {
            let last = Cell::new(now_ms());
            Interval::new(TICK_MS, move || {
                let now = now_ms();
                // A busy world gets its time when it is done.
                if hidden() || !verbs.idle() {
                    last.set(last.get().max(now - TICK_MS_MAX));
                    return;
                }
                let passed = (now - last.replace(now)).min(TICK_MS_MAX);
                let ms = whole_ms(passed * f64::from(pace.speed));
                if ms > 0 {
                    verbs.send(Request::Tick { ms });
                }
            })
        });
        move || drop(timer)
    });
}

fn now_ms() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |clock| clock.now())
}

fn hidden() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|page| page.hidden())
}
