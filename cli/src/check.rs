//! `hsmlab check`: proves labs and named worlds.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hsmlab_core::lab::Lab;
use hsmlab_core::lab::prove::{Flaw, Proof, prove};
use hsmlab_core::session::FailedLine;
use hsmlab_core::session::drive::{Driver, Origin};
use hsmlab_protocol::view::StepState;

use crate::seed::seed;
use crate::{index, starts, worlds};

/// The fixed seed of a proof, so that its result is reproducible.
const SEED: u64 = 1;

/// Options of `hsmlab check`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Print each wrong attempt that was played, with the reason that a learner is shown.
    #[arg(long, short)]
    verbose: bool,
    /// The folder of the named worlds; without it the one next to a lab's folder, or static/worlds.
    #[arg(long, value_name = "FOLDER")]
    worlds: Option<PathBuf>,
    /// Lab files, files of named worlds (in a folder called worlds), or folders of them. With a folder of
    /// labs, the worlds next to it are proved too.
    #[arg(required = true, value_name = "FILE|FOLDER")]
    paths: Vec<PathBuf>,
}

/// Proves the labs and worlds; the exit status is 0 where nothing is wrong.
pub(crate) fn check(arguments: &Arguments) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let (mut good, mut bad) = (0, 0);
    for path in with_worlds(&arguments.paths) {
        for file in files(&path) {
            let worlds = worlds::folder(arguments.worlds.as_deref(), Some(&file));
            let proof = if index::is_index(&file) {
                index::prove(&file)
            } else if starts::is_starts(&file) {
                starts::prove(&file)
            } else if is_world(&file) {
                prove_world(&file)
            } else {
                prove_file(&file, &worlds)
            };
            if proof.flaws.is_empty() {
                good += 1;
            } else {
                bad += 1;
            }
            let name = file.display().to_string();
            let _ = report(&mut out, &name, &proof, arguments.verbose);
        }
    }
    let _ = writeln!(out, "{good} passed, {bad} failed");
    if bad == 0 && good > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    }
}

/// The paths, and after each folder of labs the folder of worlds next to it.
fn with_worlds(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = Vec::new();
    for path in paths {
        let next = path.parent().map(|parent| parent.join("worlds"));
        let next = next.filter(|next| path.is_dir() && next.is_dir());
        for path in [Some(path.clone()), next].into_iter().flatten() {
            if !all.contains(&path) {
                all.push(path);
            }
        }
    }
    all
}

/// Whether a file is a named world: its folder is called `worlds`.
fn is_world(file: &Path) -> bool {
    file.parent()
        .is_some_and(|folder| folder.ends_with("worlds"))
}

/// The labs or worlds of a folder, and its list of them; or the one file.
fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_path_buf()];
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension().is_some_and(|ending| ending == "md")
                || index::is_index(path)
                || starts::is_starts(path)
        })
        .collect();
    files.sort();
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

/// Builds a named world: each of its lines, and of the worlds that it extends, must succeed.
fn prove_world(path: &Path) -> Proof {
    let id = path.file_stem().unwrap_or_default().to_string_lossy();
    let folder = path.parent().unwrap_or(path);
    let driver = worlds::read(folder).and_then(|worlds| {
        let origin = Origin {
            lab: None,
            world: Some(id.into_owned()),
            worlds,
        };
        Driver::start_in(seed(Some(SEED))?, origin)
    });
    let driver = match driver {
        Ok(driver) => driver,
        Err(what) => return flawed(1, what),
    };
    let flaw = |failed: &FailedLine| Flaw {
        line: failed.line,
        what: format!(
            "a line of {}.md ends with status {}: {}",
            failed.world, failed.status, failed.text
        ),
    };
    Proof {
        flaws: driver.failed_set_up().iter().map(flaw).collect(),
        ..Proof::default()
    }
}

fn prove_file(path: &Path, folder: &Path) -> Proof {
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
    let driver = worlds::read(folder).and_then(|worlds| {
        let origin = Origin {
            lab: Some(source),
            world: None,
            worlds,
        };
        Driver::start_in(seed(Some(SEED))?, origin)
    });
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
