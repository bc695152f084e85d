//! The proof of a lab: its own solution, run step by step, turns each check from red to green.

use super::{Command, Lab, Probe, progress};

/// What a proof runs on: a world that can be typed into, and looked at.
pub trait Bench: Probe {
    /// Types lines into the terminal of a host, opened on first use; gives what went wrong, if the
    /// host has no terminal.
    ///
    /// # Errors
    /// Why no terminal could be had.
    fn type_lines(&mut self, command: &Command) -> Result<(), String>;
    /// What the last lines printed, for the report.
    fn last_output(&self) -> String;
}

/// What a proof found wrong, with the line of the lab file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// Runs a lab's solution and gives what is wrong in the first step that has a flaw (the later ones build
/// on it); nothing is a proof.
pub fn prove(lab: &Lab, bench: &mut dyn Bench) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for step in &lab.steps {
        // Doing nothing must not do the step.
        for check in &step.checks {
            if progress::verdict(check, bench).is_none() {
                flaws.push(Flaw {
                    line: check.line,
                    what: format!(
                        "step “{}”: the check holds before the step was done",
                        step.title
                    ),
                });
            }
        }
        for command in &step.solution {
            if let Err(why) = bench.type_lines(command) {
                flaws.push(Flaw {
                    line: step.line,
                    what: format!("step “{}”: {why}", step.title),
                });
            }
        }
        for check in &step.checks {
            if let Some(verdict) = progress::verdict(check, bench) {
                flaws.push(Flaw {
                    line: check.line,
                    what: format!(
                        "step “{}”: the check does not hold after the solution: {}\n{}",
                        step.title,
                        verdict.text,
                        bench.last_output()
                    ),
                });
            }
        }
        if !flaws.is_empty() {
            break;
        }
    }
    flaws
}
