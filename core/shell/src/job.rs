//! What goes on by itself while its host runs: an application that a program has put to work.

use hsmlab_client::Link;
use hsmlab_sim::SimTime;

/// A job. It lets no time pass: it does what is due, says when it is next, and keeps its account by the
/// microsecond.
pub trait Job {
    /// Does everything that is due at the link's present instant.
    fn run(&mut self, link: &mut dyn Link) -> Turn;

    /// Is to end now: Ctrl-C. It closes its connections and says its last words.
    fn end(&mut self, link: &mut dyn Link) -> Turn;

    /// A copy in the same state: a world can be copied while it is at work.
    fn boxed_clone(&self) -> Box<dyn Job>;
}

impl Clone for Box<dyn Job> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// What a job has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// What it printed: whole lines.
    pub printed: String,
    /// The new content of its report file, if it keeps one.
    pub report: Option<String>,
    /// When it has something to do next, or how it ended.
    pub next: Next,
    /// What the application saw of the operations that ended.
    pub seen: Seen,
}

/// How a job goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At this instant.
    At(SimTime),
    /// It has ended, with this exit status.
    Ended(i32),
}

impl Default for Next {
    fn default() -> Self {
        Self::Ended(0)
    }
}

/// Operations as an application sees them, retries done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Those that succeeded.
    pub operations: u32,
    /// Those that failed.
    pub errors: u32,
    /// The time of those that succeeded, summed up, in microseconds.
    pub latency_us: u64,
}

/// What whoever started a job learns of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// What was printed; of more than a terminal would show, the latest lines.
    pub printed: String,
    /// The latest content of its report file, if that is new.
    pub report: Option<String>,
    /// The exit status, once it has ended.
    pub ended: Option<i32>,
}
