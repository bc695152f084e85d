//! All checks of the project in one command.

use std::process::Command;
use std::time::Instant;

use crate::setup::{Needs, setup};
use crate::{build, tidy};
use xtask::shell::{command, finish, run, say};

type Part = (&'static str, fn() -> Result<(), String>);

/// The parts, cheap ones first.
const PARTS: &[Part] = &[
    ("tidy", rules),
    ("coverage", coverage),
    ("native tests", native),
    ("goldens of the aws command", goldens),
    ("labs", labs),
    ("tests in a real browser", browser),
    ("build", build::build),
    ("end to end", end_to_end),
];

/// Runs all parts, or those whose names begin with `only`.
///
/// # Errors
/// The parts that failed.
pub(crate) fn test(only: Option<&str>) -> Result<(), String> {
    setup(Needs::Browser)?;
    let mut failed = Vec::new();
    let mut passed = 0;
    for (name, part) in PARTS
        .iter()
        .filter(|(name, _)| only.is_none_or(|only| name.starts_with(only)))
    {
        say(&format!("== {name}"));
        let start = Instant::now();
        match part() {
            Ok(()) => passed += 1,
            Err(error) => {
                say(&format!("{name} failed: {error}"));
                failed.push(*name);
            }
        }
        say(&format!("== {name}: {} s", start.elapsed().as_secs()));
    }
    say(&format!("{passed} passed, {} failed", failed.len()));
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")))
    }
}

fn rules() -> Result<(), String> {
    tidy::tidy(tidy::Options::default())
}

fn native() -> Result<(), String> {
    run(
        "cargo",
        &[
            "test",
            "--workspace",
            "--exclude",
            "hsmlab-web",
            "--exclude",
            "hsmlab-worker",
            "--quiet",
        ],
    )
}

fn coverage() -> Result<(), String> {
    run("cargo", &["xtask", "coverage", "--check"])
}

fn goldens() -> Result<(), String> {
    run("cargo", &["xtask", "goldens"])
}

fn labs() -> Result<(), String> {
    run(
        "cargo",
        &[
            "run",
            "--quiet",
            "--package",
            "hsmlab",
            "--",
            "check",
            "static/labs",
        ],
    )
}

fn browser() -> Result<(), String> {
    let mut tests = command(
        "cargo",
        &[
            "test",
            "--package",
            "hsmlab-web",
            "--package",
            "hsmlab-worker",
            "--target",
            "wasm32-unknown-unknown",
            "--tests",
        ],
    );
    in_browser(&mut tests, 300);
    finish(&mut tests)
}

/// Runs a command's tests in Chromium, with a time limit in seconds.
pub(crate) fn in_browser(tests: &mut Command, seconds_max: u32) {
    tests
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        )
        .env("CHROMEDRIVER", chromedriver())
        .env("WASM_BINDGEN_TEST_TIMEOUT", seconds_max.to_string());
}

fn chromedriver() -> String {
    xtask::shell::output("sh", &["-c", "command -v chromedriver"])
        .unwrap_or_else(|| "chromedriver".into())
}

fn end_to_end() -> Result<(), String> {
    run("node", &["--test", "--test-timeout=600000", "tests/e2e/"])
}
