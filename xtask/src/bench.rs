//! The figures of README.md, printed as rows of its table.

use crate::build;
use crate::setup::{Needs, setup};
use crate::test;
use xtask::shell::{command, finish, run};

/// Builds the page first, so that the figures belong to this tree, and measures.
///
/// # Errors
/// The measurement that failed.
pub(crate) fn bench() -> Result<(), String> {
    setup(Needs::Browser)?;
    build::build()?;
    let lab = "static/labs/first-cluster.md";
    run(
        "cargo",
        &[
            "run",
            "--release",
            "--quiet",
            "--package",
            "hsmlab",
            "--",
            "bench",
            lab,
        ],
    )?;
    run("node", &["tests/e2e/bench.mjs"])?;
    in_browser()
}

/// Measures the HSM and its client in a browser's worker, with the profile of the published build.
fn in_browser() -> Result<(), String> {
    let mut figures = command(
        "cargo",
        &[
            "test",
            "--profile",
            "page",
            "--package",
            "hsmlab-worker",
            "--target",
            "wasm32-unknown-unknown",
            "--bench",
            "figures",
            "--",
            "--nocapture",
        ],
    );
    test::in_browser(&mut figures, BENCH_SECONDS_MAX);
    finish(&mut figures)
}

/// Time limit of the browser's measurements.
const BENCH_SECONDS_MAX: u32 = 1200;
