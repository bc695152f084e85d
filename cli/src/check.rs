//! `hsmlab check`: proves labs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hsmlab_core::lab::{Lab, prove};

use hsmlab_core::session::drive::Driver;

use crate::seed::seed;

/// The seed of a proof, so that it says the same every time.
const SEED: u64 = 1;

/// Options of `hsmlab check`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Lab files, or folders of them.
    #[arg(required = true, value_name = "LAB|FOLDER")]
    paths: Vec<PathBuf>,
}

/// Proves the labs; the exit status is 0 where nothing is wrong.
pub(crate) fn check(arguments: &Arguments) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let (mut good, mut bad) = (0, 0);
    for file in files(&arguments.paths) {
        let faults = prove_file(&file);
        let name = file.display();
        let _ = if faults.is_empty() {
            good += 1;
            writeln!(out, "{name}: ok")
        } else {
            bad += 1;
            faults
                .iter()
                .try_for_each(|(line, what)| writeln!(out, "{name}:{line}: {what}"))
        };
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

fn prove_file(path: &Path) -> Vec<(usize, String)> {
    let source = match std::fs::read_to_string(path) {
        Ok(source) => source,
        Err(error) => return vec![(0, error.to_string())],
    };
    let lab = match Lab::parse(&source) {
        Ok(lab) => lab,
        Err(errors) => {
            return errors
                .into_iter()
                .map(|error| (error.line, error.what))
                .collect();
        }
    };
    let driver = seed(Some(SEED)).and_then(|seed| Driver::start(seed, Some(source)));
    let mut driver = match driver {
        Ok(driver) => driver,
        Err(what) => return vec![(1, what)],
    };
    let mut faults: Vec<(usize, String)> = prove::prove(&lab, &mut driver)
        .into_iter()
        .map(|flaw| (flaw.line, flaw.what))
        .collect();
    // The steps must tick in the learner's own session too, not only when they are asked.
    if faults.is_empty() {
        use hsmlab_core::session::view::StepState;
        for (step, view) in lab.steps.iter().zip(&driver.lab().steps) {
            if view.state != StepState::Done {
                faults.push((
                    step.line,
                    format!("step “{}” did not tick itself", step.title),
                ));
            }
        }
    }
    faults
}
