//! `cargo bench -p hsmlab-tests [-- SET…]`: the figures of the HSM and its client, natively.

use std::io::Write as _;
use std::time::Instant;

use hsmlab_tests::figures::SETS;

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let start = Instant::now();
    let now = move || start.elapsed().as_secs_f64() * 1000.0;
    for (name, set) in SETS {
        if !wanted.is_empty() && !wanted.iter().any(|each| each == name) {
            continue;
        }
        for figure in set(&now) {
            let line = format!("{} | {:.1} {}", figure.name, figure.value, figure.unit);
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    }
}
