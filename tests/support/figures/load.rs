//! The cost of a running application, and the simulated time that it needs to recover when an HSM fails.

#![allow(
    clippy::unwrap_used,
    reason = "a figure that cannot be taken ends with the reason"
)]

use hsmlab_protocol::Request;
use hsmlab_protocol::event::Stream;

use super::{Clock, Figure};
use crate::learner::Learner;

/// The time for which an application runs before its cost is taken, in simulated seconds.
const SECONDS: u64 = 60;
/// The maximum time of a replacement, in simulated seconds.
const REPLACED_SECONDS: u32 = 1800;

/// Measures this program's time for a minute of `hsm-load` at its default rate, and the simulated time
/// from the failure of one of two HSMs until the application uses two again.
pub(super) fn load(now: Clock<'_>) -> Vec<Figure> {
    let mut learner = Learner::in_active_cluster();
    learner.doubles();
    learner.installs_library();
    learner.at("client-1");
    let mut figures = Vec::new();
    for operation in ["aes-gcm-encrypt", "hmac", "ecdsa-sign", "rsa-sign"] {
        learner.types(&format!("hsm-load --new --operation {operation}"));
        let start = now();
        pass(&mut learner, SECONDS);
        figures.push(Figure {
            name: format!("a minute of hsm-load, {operation}"),
            value: now() - start,
            unit: "ms",
        });
        interrupt(&mut learner);
    }
    learner.types("hsm-load --new --operation hmac --interval 1");
    pass(&mut learner, 5);
    let id = "fail-hsm/us-east-1a".to_owned();
    learner.driver.send(Request::Fault { id, on: true });
    let mut failed = false;
    for second in 1..=REPLACED_SECONDS {
        let line = pass(&mut learner, 1);
        let hsms = line.matches("10.0.").count();
        failed |= hsms == 1;
        if failed && hsms == 2 {
            figures.push(Figure {
                name: "an HSM fails: until its replacement is used, simulated".to_owned(),
                value: f64::from(second),
                unit: "s",
            });
            break;
        }
    }
    let summary = interrupt(&mut learner);
    let total = summary.lines().find(|line| line.starts_with("Total"));
    let mut words = total.unwrap_or_default().split_whitespace();
    let errors = words.by_ref().take_while(|word| *word != "errors,").last();
    figures.push(Figure {
        name: "an HSM fails: errors that reach the application".to_owned(),
        value: errors
            .and_then(|word| word.parse().ok())
            .unwrap_or(f64::NAN),
        unit: "operations",
    });
    figures
}

fn pass(learner: &mut Learner, seconds: u64) -> String {
    let played = learner.driver.send(Request::Tick { ms: seconds * 1000 });
    played.text(Stream::Stdout)
}

fn interrupt(learner: &mut Learner) -> String {
    let terminal = learner.terminal;
    let played = learner.driver.send(Request::Interrupt { terminal });
    played.text(Stream::Stdout)
}
