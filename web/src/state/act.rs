//! What can happen to the lab screen's state.

use std::collections::BTreeMap;
use std::rc::Rc;

use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::view::FaultView;
use hsmlab_protocol::{Event, Request};

use super::insert::Piece;
use super::{Notice, Pace, Phase, Screen, Side};
use crate::saves::Kept;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Act {
    /// The world behind the page changed its condition.
    Phase(Phase),
    /// Another world takes the present one's place.
    Fresh,
    /// The worker has been busy, or loading, for long; or it is no more.
    Slow(bool),
    /// The browser does not save the work, and why; or it does again.
    Unsaved(Option<Rc<str>>),
    /// What is kept besides the work.
    Kept(Kept),
    /// The worker answered.
    Answered(Request, Vec<Event>),
    /// A line went to the world; it is echoed with the prompt that stood before it.
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
        /// The text that was given up.
        text: String,
    },
    /// A screen was cleared.
    Cleared(TerminalId),
    /// A terminal has nothing left to work on.
    Idle(TerminalId),
    /// The screens of a save.
    Screens(BTreeMap<TerminalId, Screen>),
    /// A terminal was brought to the front.
    Front(TerminalId),
    /// Text is to be put on an input line.
    Insert(Piece),
    /// Something was opened or closed beside the diagram.
    Side(Side),
    /// A fault that cannot be ended is asked about first; or no more.
    Ask(Option<FaultView>),
    /// A part of the diagram is pointed at.
    Focus(Option<Rc<str>>),
    /// Something to tell, or no more.
    Tell(Option<Notice>),
    /// The clock's pace.
    Pace(Pace),
    /// Something for a screen reader.
    Announce(Rc<str>),
}
