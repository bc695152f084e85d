//! Benchmarks of the HSM and its client, run by the same code natively and in a browser.
//!
//! They measure the time of this program with a clock that the caller provides. The speed of simulated HSMs
//! in simulated time is a separate matter (docs/fidelity.md, "Capacity").

mod algorithms;
mod copies;
mod keys;
mod load;
mod sync;

use crate::figures::algorithms::algorithms;
use crate::figures::copies::copies;
use crate::figures::keys::keys;
use crate::figures::load::load;
use crate::figures::sync::sync;

/// One result.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The name of the measurement: `ecdsa-p256 sign, 3 HSMs`.
    pub name: String,
    /// The value.
    pub value: f64,
    /// The unit: `ops/s`, `ms`, `us`.
    pub unit: &'static str,
}

/// A clock, in milliseconds since any instant.
pub type Clock<'a> = &'a dyn Fn() -> f64;

/// The sets of benchmarks by name.
pub const SETS: [(&str, fn(Clock<'_>) -> Vec<Figure>); 5] = [
    ("algorithms", algorithms),
    ("copies", copies),
    ("keys", keys),
    ("load", load),
    ("sync", sync),
];

/// The time for which an operation is repeated to measure its rate, in milliseconds.
const SPAN_MS: f64 = 250.0;

/// Returns the runs of `act` per second: the median of three spans.
fn rate(now: Clock<'_>, mut act: impl FnMut()) -> f64 {
    act();
    let mut rates: Vec<f64> = (0..3)
        .map(|_| {
            let (start, mut runs) = (now(), 0.0);
            loop {
                act();
                runs += 1.0;
                let spent = now() - start;
                if spent >= SPAN_MS {
                    return runs * 1000.0 / spent;
                }
            }
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    rates[1]
}
