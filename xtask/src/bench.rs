//! The figures of README.md, printed as rows of its table.

use crate::build;
use crate::setup::{Needs, setup};
use crate::shell::run;

/// Measures; the page is built first, so that the figures are of this very tree.
///
/// # Errors
/// What failed.
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
    run("node", &["tests/e2e/bench.mjs"])
}
