//! The real time that a learner spent in a lab, measured by this browser.

use gloo::timers::callback::Interval;
use yew::hook;

use crate::hooks::boxed::use_effect_with;
use crate::prefs;

/// The interval of the count, in seconds.
const COUNTED_S: u32 = 5;

/// The seconds spent in a lab; `None` if this browser has no record.
#[must_use]
pub fn worked_seconds(lab: &str) -> Option<u64> {
    prefs::get(&key(lab)).filter(|seconds| *seconds > 0)
}

/// Counts the time while a lab is `worked` on and visible. A `fresh` lab begins at zero.
#[hook]
pub fn use_worked(lab: &str, worked: bool, fresh: bool) {
    let facts = (lab.to_owned(), worked, fresh);
    use_effect_with(facts, |(lab, worked, fresh)| {
        if *fresh {
            prefs::set(&key(lab), &0_u64);
        }
        let key = key(lab);
        let timer = worked.then(|| {
            Interval::new(COUNTED_S * 1000, move || {
                if in_sight() {
                    let before: u64 = prefs::get(&key).unwrap_or_default();
                    prefs::set(&key, &before.saturating_add(COUNTED_S.into()));
                }
            })
        });
        move || drop(timer)
    });
}

fn key(lab: &str) -> String {
    format!("worked.{lab}")
}

fn in_sight() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|page| !page.hidden())
}
