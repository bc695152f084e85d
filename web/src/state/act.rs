//! The changes of the lab screen's state.

use std::rc::Rc;

use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::view::FaultView;
use hsmlab_protocol::{Event, Request, SmallMap};

use super::insert::Piece;
use super::{Notice, Pace, Phase, Screen, Side};
use crate::saves::Kept;

/// A change.
#[derive(Clone, Debug)]
pub enum Act {
    /// The condition of the world has changed.
    Phase(Phase),
    /// Another world replaces the current one.
    Fresh,
    /// The worker has been busy or loading for long (`true`), or is no longer slow (`false`).
    Slow(bool),
    /// The browser does not save the work, with the reason; or it does again.
    Unsaved(Option<Rc<str>>),
    /// The saves besides the work.
    Kept(Kept),
    /// The worker answered.
    Answered(Request, Vec<Event>),
    /// A line was sent to the world; it is echoed after its prompt.
    LineSent {
        /// The terminal.
        terminal: TerminalId,
        /// The line.
        text: String,
    },
    /// Ctrl-C with `text` on the input line.
    Interrupted {
        /// The terminal.
        terminal: TerminalId,
        /// The dropped text.
        text: String,
    },
    /// A screen was cleared.
    Cleared(TerminalId),
    /// A terminal has finished all its work.
    Idle(TerminalId),
    /// The screens of a save.
    Screens(SmallMap<TerminalId, Screen>),
    /// A terminal was brought to the front.
    Front(TerminalId),
    /// Text to insert into an input line.
    Insert(Piece),
    /// A panel was opened or closed next to the diagram.
    Side(Side),
    /// A fault that cannot be ended needs confirmation; or no longer.
    Ask(Option<FaultView>),
    /// The focus moved to a part of the diagram.
    Focus(Option<Rc<str>>),
    /// A message for the learner; or none any more.
    Tell(Option<Notice>),
    /// The speed of the clock.
    Pace(Pace),
    /// A text for a screen reader.
    Announce(Rc<str>),
}
