//! Labs: the format, checks, hints and progress. Checks see commands' output, never the world.
//!
//! A lab is one Markdown file with TOML front matter between `+++` lines. Each `##` heading begins a
//! step; fenced blocks in a step say what it is about: `sh` and `powershell` are shown and belong to the
//! solution, `sh example` is only shown, `solution` is only run, `check` is TOML, `hint` is Markdown that is
//! shown on request, `wrong` is a wrong attempt that proofs play. docs/labs.md is the author's guide.

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
/// The largest lab file, in bytes.
pub const LAB_BYTES_MAX: usize = 512 * 1024;
/// The most steps of a lab.
pub const STEPS_MAX: usize = 60;
/// The most checks of a step.
pub const CHECKS_MAX: usize = 20;
/// The most wrong attempts of a step.
pub const WRONGS_MAX: usize = 20;

/// A lab.
#[derive(Clone, Debug, PartialEq)]
pub struct Lab {
    /// The permanent id.
    pub id: String,
    /// The title.
    pub title: String,
    /// The topic of the course.
    pub topic: String,
    /// One sentence for the catalogue.
    pub summary: String,
    /// How long it takes a learner.
    pub minutes: u32,
    /// When its world begins; `None` is the default day.
    pub date: Option<SimTime>,
    /// The region that its command lines call.
    pub region: Option<String>,
    /// The named world that it begins with.
    pub start: Start,
    /// What runs before the learner comes, after the named world's lines.
    pub setup: Vec<Command>,
    /// What is said before the first step.
    pub intro: Rc<Vec<Block>>,
    /// The steps.
    pub steps: Vec<Step>,
    /// What is said after the last step.
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
    /// What must hold for the step to be done.
    pub checks: Vec<Check>,
    /// Hints, shown one after the other.
    pub hints: Vec<Rc<Vec<Block>>>,
    /// Wrong attempts, which only a proof plays.
    pub wrongs: Vec<Wrong>,
    /// The line of the file on which the step begins, from 1 on.
    pub line: usize,
}

/// A wrong attempt at a step: lines after which the step must not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong about it, for reports.
    pub name: String,
    /// The lines, from the state in which the step begins.
    pub commands: Vec<Command>,
    /// Plays the step's solution first: the attempt then spoils it.
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

/// A condition on what a command prints.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The id within the step, by which wrong attempts name it.
    pub id: Option<String>,
    /// The command; it prints JSON, or text that `contains` looks into.
    pub command: Command,
    /// What must hold.
    pub pass: Condition,
    /// Why it does not hold, in order: the first whose condition holds is shown.
    pub reasons: Vec<Reason>,
    /// The line of the file, from 1 on.
    pub line: usize,
}

/// What must hold of a command's output.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A JMESPath expression on the JSON that it prints gives a true value (JMESPath specification,
    /// "Or Expressions": not false, null, or empty).
    Query(String),
    /// Its output has this text in it.
    Contains(String),
    /// Its exit status is this.
    Status(i32),
}

/// Why a check does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// When this is the reason; `None` is always.
    pub when: Option<Condition>,
    /// The sentence. `{expression}` in it is a JMESPath expression on the same output.
    pub say: String,
    /// A JMESPath expression that gives the id of the part of the diagram it speaks of.
    pub about: Option<String>,
}

/// What a command has printed.
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

/// What is wrong in a lab file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabError {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong, and what to do.
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
    /// Everything that is wrong in it, each with its line.
    pub fn parse(source: &str) -> Result<Self, Vec<LabError>> {
        parse::parse(source)
    }
}
