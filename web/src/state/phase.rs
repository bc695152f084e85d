//! How the world behind the page is.

use crate::bridge::Failure;
use crate::catalogue::Entry;

/// How the world behind the page is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It is being loaded or started.
    #[default]
    Loading,
    /// A save is being replayed.
    Restoring,
    /// It runs, and a save that may replace it is being tried in a second worker.
    Trying,
    /// It runs.
    Running,
    /// It does not run, and why.
    Broken(Trouble),
    /// The lab is open in another tab.
    Elsewhere(Elsewhere),
    /// There is no lab with this id; these come nearest.
    Unknown(Vec<Entry>),
}

/// Why a world does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The lab's file failed to load, or is damaged.
    Lab(String),
    /// The worker is of no use.
    Worker {
        /// Why.
        failure: Failure,
        /// Whether it failed while it restored a save: the save may be the cause.
        restoring: bool,
    },
}

/// How far the talk with the tab that has the lab is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// The lab was open there already.
    Open,
    /// It continues there: this tab gave it up.
    Lost {
        /// Whether this tab holds work that could not be stored any more.
        unsaved: bool,
    },
    /// This tab saves its work before it gives the lab up.
    Giving,
    /// The other tab was asked for it.
    Asked,
    /// The other tab was asked, and saves its work first.
    Saving,
    /// The other tab was asked, and does not answer.
    Silent,
    /// The other tab cannot save its work, and why.
    Kept(String),
}

impl Phase {
    /// The phase in a word, for `data-phase`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Loading | Self::Restoring => "loading",
            Self::Trying => "trying",
            Self::Running => "running",
            Self::Broken(_) => "broken",
            Self::Elsewhere(_) => "elsewhere",
            Self::Unknown(_) => "unknown",
        }
    }
}
