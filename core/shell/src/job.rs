//! Jobs: applications that a program has started and that run automatically as simulated time
//! passes.

use hsmlab_client::Link;
use hsmlab_sim::SimTime;

/// A job. It does not advance time: it does what is due, returns when it is next due, and keeps its
/// records to the microsecond.
/// microsecond.
pub trait Job {
    /// Does everything that is due at the link's current time.
    fn run(&mut self, link: &mut dyn Link) -> Turn;

    /// Ends it now (Ctrl-C): it closes its connections and prints its last lines.
    fn end(&mut self, link: &mut dyn Link) -> Turn;

    /// A copy in the same state: a world can be copied while a job runs.
    fn boxed_clone(&self) -> Box<dyn Job>;
}

impl Clone for Box<dyn Job> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// The result of one turn of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Its output: whole lines.
    pub printed: String,
    /// The new content of its report file, if it keeps one.
    pub report: Option<String>,
    /// The time at which it must run again, or its exit status.
    pub next: Next,
    /// The operations that ended, as the application sees them.
    pub seen: Seen,
}

/// The next step of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It must run again at this instant.
    At(SimTime),
    /// It has ended, with this exit status.
    Ended(i32),
}

impl Default for Next {
    fn default() -> Self {
        Self::Ended(0)
    }
}

/// Counts of operations as an application sees them, after retries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Those that succeeded.
    pub operations: u32,
    /// Those that failed.
    pub errors: u32,
    /// The summed latency of those that succeeded, in microseconds.
    pub latency_us: u64,
}

/// The news about a job for the program that started it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The output; if it is more than a terminal shows, only the latest lines.
    pub printed: String,
    /// The latest content of its report file, if it has changed.
    pub report: Option<String>,
    /// The exit status, once it has ended.
    pub ended: Option<i32>,
}
