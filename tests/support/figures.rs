//! The figures of the HSM and its client: measured by the same code natively and in a browser.
//!
//! What is measured is the time of this program, by a clock that the caller brings; how fast simulated
//! HSMs are in simulated time is another matter (docs/fidelity.md, "Capacity").

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

/// One figure.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What was measured: `ecdsa-p256 sign, 3 HSMs`.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what: `ops/s`, `ms`, `us`.
    pub unit: &'static str,
}

/// A clock, in milliseconds from any instant.
pub type Clock<'a> = &'a dyn Fn() -> f64;

/// A set of figures by its name.
pub const SETS: [(&str, fn(Clock<'_>) -> Vec<Figure>); 5] = [
    ("algorithms", algorithms),
    ("copies", copies),
    ("keys", keys),
    ("load", load),
    ("sync", sync),
];

/// For how long an operation is repeated before its rate is taken, in milliseconds.
const SPAN_MS: f64 = 250.0;

/// How often `act` runs in a second: the median of three spans.
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
