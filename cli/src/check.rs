//! `hsmlab check`: proves labs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hsmlab_core::lab::Lab;
use hsmlab_core::lab::prove::{Flaw, Proof, prove};
use hsmlab_core::session::drive::Driver;
use hsmlab_core::session::view::StepState;

use crate::seed::seed;

/// The fixed seed of a proof, so that its result is reproducible.
const SEED: u64 = 1;

/// Options of `hsmlab check`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Print each wrong attempt that was played, with the reason that a learner is shown.
    #[arg(long, short)]
    verbose: bool,
    /// Lab files, or folders of them.
    #[arg(required = true, value_name = "LAB|FOLDER")]
    paths: Vec<PathBuf>,
}

/// Proves the labs; the exit status is 0 if there are no flaws.
pub(crate) fn check(arguments: &Arguments) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let (mut good, mut bad) = (0, 0);
    for file in files(&arguments.paths) {
        let proof = prove_file(&file);
        if proof.flaws.is_empty() {
            good += 1;
        } else {
            bad += 1;
        }
        let _ = report(
            &mut out,
            &file.display().to_string(),
            &proof,
            arguments.verbose,
        );
    }
    let _ = writeln!(out, "{good} passed, {bad} failed");
    if bad == 0 && good > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    }
}

fn files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut inside: Vec<PathBuf> = std::fs::read_dir(path)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
                .collect();
            inside.sort();
            files.extend(inside);
        } else {
            files.push(path.clone());
        }
    }
    files
}

fn report(out: &mut impl Write, name: &str, proof: &Proof, verbose: bool) -> std::io::Result<()> {
    if verbose {
        for refuted in &proof.refuted {
            writeln!(
                out,
                "{name}:{}: step {}: the wrong attempt “{}” fails: {}",
                refuted.line, refuted.step, refuted.name, refuted.reason
            )?;
        }
    }
    for flaw in &proof.flaws {
        writeln!(out, "{name}:{}: {}", flaw.line, flaw.what)?;
    }
    match (proof.flaws.is_empty(), proof.refuted.len()) {
        (false, _) => Ok(()),
        (true, 0) => writeln!(out, "{name}: ok"),
        (true, 1) => writeln!(out, "{name}: ok, 1 wrong attempt fails"),
        (true, count) => writeln!(out, "{name}: ok, {count} wrong attempts fail"),
    }
}

fn flawed(line: usize, what: String) -> Proof {
    Proof {
        flaws: vec![Flaw { line, what }],
        ..Proof::default()
    }
}

fn prove_file(path: &Path) -> Proof {
    let source = match std::fs::read_to_string(path) {
        Ok(source) => source,
        Err(error) => return flawed(0, error.to_string()),
    };
    let lab = match Lab::parse(&source) {
        Ok(lab) => lab,
        Err(errors) => {
            let flaw = |error: hsmlab_core::lab::LabError| Flaw {
                line: error.line,
                what: error.what,
            };
            return Proof {
                flaws: errors.into_iter().map(flaw).collect(),
                ..Proof::default()
            };
        }
    };
    let driver = seed(Some(SEED)).and_then(|seed| Driver::start(seed, Some(source)));
    let mut driver = match driver {
        Ok(driver) => driver,
        Err(what) => return flawed(1, what),
    };
    let mut proof = prove(&lab, &mut driver);
    // The steps must also be ticked off in the learner's own session, not only when a check is run.
    if proof.flaws.is_empty() {
        for (step, view) in lab.steps.iter().zip(&driver.lab().steps) {
            if view.state != StepState::Done {
                proof.flaws.push(Flaw {
                    line: step.line,
                    what: format!("step “{}” was not ticked off automatically", step.title),
                });
            }
        }
    }
    proof
}
