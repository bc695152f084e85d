//! The condition of the world behind the page.

use crate::bridge::Failure;
use crate::catalogue::Entry;

/// The condition of the world behind the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It is being loaded or started.
    #[default]
    Loading,
    /// A save is being replayed.
    Restoring,
    /// It is running, while a second worker tries a save that may replace it.
    Trying,
    /// It is running.
    Running,
    /// It is not running, with the reason.
    Broken(Trouble),
    /// The lab is open in another tab.
    Elsewhere(Elsewhere),
    /// There is no lab with this id; these are the most similar.
    Unknown(Vec<Entry>),
}

/// The reason why a world is not running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The lab's file failed to load, or is damaged.
    Lab(String),
    /// The worker is unusable.
    Worker {
        /// The reason.
        failure: Failure,
        /// True if it failed while it restored a save: the save may be the cause.
        restoring: bool,
    },
}

/// The state of the negotiation with the tab that has the lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// The lab was already open there.
    Open,
    /// It continues there: this tab released it.
    Lost {
        /// True if this tab holds work that could no longer be stored.
        unsaved: bool,
    },
    /// This tab saves its work before it releases the lab.
    Giving,
    /// The other tab was asked for it.
    Asked,
    /// The other tab was asked, and is saving its work first.
    Saving,
    /// The other tab was asked, and does not respond.
    Silent,
    /// The other tab cannot save its work, with the reason.
    Kept(String),
}

impl Phase {
    /// The phase as one word, for `data-phase`.
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
