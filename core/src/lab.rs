//! Labs: the format, checks, hints and progress. Checks see commands' output, never the world.
//!
//! A lab is one Markdown file with TOML front matter between `+++` lines. Each `##` heading begins
//! a step. The first word after a fence gives the block's purpose: `sh` and `powershell` blocks are
//! shown and belong to the solution, `sh example` is only shown, `solution` only runs, `check` is
//! TOML, `hint` is Markdown that is shown on request, and `wrong` is a wrong attempt that proofs
//! play. docs/labs.md is the author's guide.

pub mod directive;
mod markdown;
mod parse;
mod progress;
pub mod prove;
mod query;
mod rows;
pub mod start;
mod wrong;

use std::fmt;
use std::rc::Rc;

use hsmlab_protocol::text::Block;
use hsmlab_sim::SimTime;

pub use progress::{Progress, Verdict};
pub use start::Start;

/// The lab format that this version reads.
pub const FORMAT: u32 = 1;
/// The maximum size of a lab file, in bytes.
pub const LAB_BYTES_MAX: usize = 512 * 1024;
/// The maximum number of steps in a lab.
pub const STEPS_MAX: usize = 60;
/// The maximum number of checks in a step.
pub const CHECKS_MAX: usize = 20;
/// The maximum number of wrong attempts at a step.
pub const WRONGS_MAX: usize = 20;

/// A lab.
#[derive(Clone, Debug, PartialEq)]
pub struct Lab {
    /// The permanent id.
    pub id: String,
    /// The title.
    pub title: String,
    /// The course topic.
    pub topic: String,
    /// One sentence for the catalogue.
    pub summary: String,
    /// The time that a learner needs, in minutes.
    pub minutes: u32,
    /// The start time of its world; `None` is the default day.
    pub date: Option<SimTime>,
    /// The region that its command lines use.
    pub region: Option<String>,
    /// The named world that it begins with.
    pub start: Start,
    /// What runs before the learner comes, after the named world's lines.
    pub setup: Vec<Command>,
    /// The introduction before the first step.
    pub intro: Rc<Vec<Block>>,
    /// The steps.
    pub steps: Vec<Step>,
    /// The text after the last step.
    pub outro: Rc<Vec<Block>>,
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The id within the lab.
    pub id: String,
    /// The title.
    pub title: String,
    /// The text, commands included.
    pub body: Rc<Vec<Block>>,
    /// The commands that do the step.
    pub solution: Vec<Command>,
    /// The conditions for the step to be done.
    pub checks: Vec<Check>,
    /// Hints, shown one at a time.
    pub hints: Vec<Rc<Vec<Block>>>,
    /// Wrong attempts, which only a proof plays.
    pub wrongs: Vec<Wrong>,
    /// The line of the file on which the step begins, from 1 on.
    pub line: usize,
}

/// A wrong attempt at a step: lines that must not do the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The mistake, for reports.
    pub name: String,
    /// The lines, starting from the state in which the step begins.
    pub commands: Vec<Command>,
    /// True if the step's solution is played first; the attempt then spoils it.
    pub after_solution: bool,
    /// The ids of the checks that must fail; without any, at least one check of the step must fail.
    pub red: Vec<String>,
    /// The line of the file, from 1 on.
    pub line: usize,
}

/// Lines to type on a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Command {
    /// The host: `cloudshell`, or an instance's Name tag; `None` is CloudShell.
    pub on: Option<String>,
    /// The lines.
    pub text: String,
}

/// A condition on the output of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The id within the step, which wrong attempts refer to.
    pub id: Option<String>,
    /// The command; it prints JSON, or text that `contains` looks into.
    pub command: Command,
    /// The condition.
    pub pass: Condition,
    /// The reasons for a failure, in order: the first whose condition holds is shown.
    pub reasons: Vec<Reason>,
    /// The line of the file, from 1 on.
    pub line: usize,
}

/// A condition on the output of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A JMESPath expression on the JSON output gives a true value (JMESPath specification, "Or
    /// Expressions": not false, null, or empty).
    Query(String),
    /// The output contains this text.
    Contains(String),
    /// The exit status is this one.
    Status(i32),
}

/// A reason why a check fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The condition under which this is the reason; `None` is always.
    pub when: Option<Condition>,
    /// The sentence. `{expression}` in it is a JMESPath expression on the same output.
    pub say: String,
    /// A JMESPath expression for the id of the affected part of the diagram.
    pub about: Option<String>,
}

/// The result of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit status.
    pub status: i32,
}

/// Runs commands on a copy of the world.
pub trait Probe {
    /// Runs a command.
    fn run(&mut self, command: &Command) -> Ran;
}

/// An error in a lab file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabError {
    /// The line, from 1 on.
    pub line: usize,
    /// The error, and its remedy.
    pub what: String,
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl Lab {
    /// Reads a lab file.
    ///
    /// # Errors
    /// Returns all errors in the file, each with its line.
    pub fn parse(source: &str) -> Result<Self, Vec<LabError>> {
        parse::parse(source)
    }
}
