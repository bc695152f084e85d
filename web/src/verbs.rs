//! The commands of the components: one value for the whole lab screen that never changes, so components
//! that only dispatch never re-render.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use hsmlab_protocol::request::{LINE_BYTES_MAX, TerminalId};
use hsmlab_protocol::view::{FaultView, TerminalView};
use hsmlab_protocol::{Event, Request, SmallMap};
use yew::Callback;

use crate::bridge::{Bridge, Failure, Heard, Port};
use crate::files;
use crate::state::{Act, Notice, Piece};

/// The maximum number of queued lines per terminal: more than any script that a learner pastes.
const LINES_WAITING_MAX: usize = 2_000;

/// The commands. Clones are equal; those of different screens are not.
#[derive(Clone)]
pub struct Verbs(Rc<Inner>);

struct Inner {
    bridge: RefCell<Option<Rc<Bridge>>>,
    dispatch: Callback<Act>,
    lines: RefCell<SmallMap<TerminalId, Lines>>,
    /// Terminals whose program reads no input: typed lines wait for its end.
    held: RefCell<Vec<TerminalId>>,
    /// True if there are changes that no save holds yet.
    unsaved: Cell<bool>,
    /// Receives the session's saves, starts and failures.
    on_answer: RefCell<Callback<Answered>>,
}

#[derive(Default)]
struct Lines {
    waiting: VecDeque<Typed>,
    running: bool,
}

/// Typed or pasted input that waits for the input before it.
enum Typed {
    Line(String),
    /// Ctrl-D.
    End,
}

/// An answer that matters beyond the screen's state.
#[derive(Clone, Debug)]
pub enum Answered {
    /// The requested save; `None` if there is no world to save.
    Saved(Option<String>),
    /// A world was started or restored; `Err` gives the reason for a failure.
    Began(Result<(), String>),
    /// A change that a save must hold.
    Changed,
    /// The worker is unusable, with the reason.
    Broke(Failure),
}

impl PartialEq for Verbs {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Verbs {
    /// Creates commands that act on a state through `dispatch`, without a world until [`Self::open`].
    #[must_use]
    pub fn new(dispatch: Callback<Act>) -> Self {
        Self(Rc::new(Inner {
            bridge: RefCell::default(),
            dispatch,
            lines: RefCell::default(),
            held: RefCell::default(),
            unsaved: Cell::default(),
            on_answer: RefCell::new(Callback::noop()),
        }))
    }

    /// Opens the bridge to a world.
    pub fn open(&self, port: Rc<dyn Port>, on_answer: Callback<Answered>) {
        self.close();
        self.0.on_answer.replace(on_answer);
        let bridge = Bridge::open(port, self.ears());
        self.0.bridge.replace(Some(bridge));
    }

    /// Adopts the bridge to a world that has already answered `request`; the current world ends.
    pub fn adopt(
        &self,
        bridge: Rc<Bridge>,
        request: Request,
        events: Vec<Event>,
        on_answer: Callback<Answered>,
    ) {
        self.close();
        self.0.on_answer.replace(on_answer);
        bridge.hand_to(self.ears());
        self.0.bridge.replace(Some(bridge));
        self.act(Act::Fresh);
        self.answered(request, events);
    }

    fn ears(&self) -> Callback<Heard> {
        let weak = Rc::downgrade(&self.0);
        Callback::from(move |heard| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).hear(heard);
            }
        })
    }

    /// Ends the world.
    pub fn close(&self) {
        if let Some(bridge) = self.0.bridge.take() {
            bridge.close();
        }
        self.0.lines.take();
        self.0.held.take();
        self.0.unsaved.set(false);
    }

    /// Sends a request.
    pub fn send(&self, request: Request) {
        let bridge = self.0.bridge.borrow().clone();
        if let Some(bridge) = bridge {
            bridge.send(request);
        }
    }

    /// True if the world has answered everything.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.0
            .bridge
            .borrow()
            .as_ref()
            .is_some_and(|bridge| bridge.idle())
    }

    /// Changes the screen's state.
    pub fn act(&self, act: Act) {
        self.0.dispatch.emit(act);
    }

    /// Runs lines in a terminal, one at a time.
    pub fn run(&self, terminal: TerminalId, lines: impl IntoIterator<Item = String>) {
        let mut too_much = false;
        {
            let mut all = self.0.lines.borrow_mut();
            let mine = all.or_default(&terminal);
            for line in lines {
                if line.len() > LINE_BYTES_MAX || mine.waiting.len() >= LINES_WAITING_MAX {
                    too_much = true;
                    break;
                }
                mine.waiting.push_back(Typed::Line(line));
            }
        }
        if too_much {
            self.tell_bad(
                "That is more than a terminal accepts at once.",
                "Upload it as a file.",
            );
        }
        self.next_line(terminal);
    }

    fn next_line(&self, terminal: TerminalId) {
        let typed = {
            let mut all = self.0.lines.borrow_mut();
            let Some(mine) = all.get_mut(&terminal) else {
                return;
            };
            if mine.running
                || (self.0.held.borrow().contains(&terminal) && !mine.waiting.is_empty())
            {
                return;
            }
            let typed = mine.waiting.pop_front();
            mine.running = matches!(typed, Some(Typed::Line(_)));
            typed
        };
        match typed {
            Some(Typed::End) => {
                self.send(Request::EndOfInput { terminal });
                self.next_line(terminal);
            }
            Some(Typed::Line(text)) => {
                self.act(Act::LineSent {
                    terminal,
                    text: text.clone(),
                });
                self.send(Request::Line { terminal, text });
            }
            None => self.act(Act::Idle(terminal)),
        }
    }

    /// Handles Ctrl-D: the input ends after the queued lines, such as those of a paste.
    pub fn end_of_input(&self, terminal: TerminalId) {
        let held = self.0.held.borrow().contains(&terminal);
        let queued = {
            let mut all = self.0.lines.borrow_mut();
            let mine = all.or_default(&terminal);
            let waits = !held && (mine.running || !mine.waiting.is_empty());
            if waits {
                mine.waiting.push_back(Typed::End);
            }
            waits
        };
        if !queued {
            self.send(Request::EndOfInput { terminal });
        }
    }

    /// Handles Ctrl-C: drops the queued lines, and interrupts the running program.
    pub fn interrupt(&self, terminal: TerminalId, text: String) {
        if let Some(mine) = self.0.lines.borrow_mut().get_mut(&terminal) {
            mine.waiting.clear();
        }
        self.act(Act::Interrupted { terminal, text });
        self.send(Request::Interrupt { terminal });
    }

    /// Starts or ends a fault.
    pub fn fault(&self, fault: &FaultView, on: bool) {
        let word = if on { "Begun" } else { "Ended" };
        self.act(Act::Announce(format!("{word}: {}", fault.title).into()));
        let id = fault.id.clone();
        self.send(Request::Fault { id, on });
    }

    /// Inserts a command into the input line of the active terminal; nothing runs.
    pub fn insert(&self, text: impl Into<String>) {
        self.act(Act::Insert(Piece {
            text: text.into(),
            ..Piece::default()
        }));
    }

    /// Shows bad news.
    pub fn tell_bad(&self, what: impl Into<String>, remedy: impl Into<String>) {
        let (what, remedy) = (what.into(), remedy.into());
        self.act(Act::Tell(Some(Notice {
            what,
            remedy,
            bad: true,
        })));
    }

    /// Shows a message.
    pub fn tell(&self, what: impl Into<String>) {
        let notice = Notice {
            what: what.into(),
            remedy: String::new(),
            bad: false,
        };
        self.act(Act::Tell(Some(notice)));
    }

    /// True if something changed since the last save was requested.
    #[must_use]
    pub fn unsaved(&self) -> bool {
        self.0.unsaved.get()
    }

    /// Notes that a save was requested: it will hold everything done so far.
    pub fn saving(&self) {
        self.0.unsaved.set(false);
    }

    fn hear(&self, heard: Heard) {
        match heard {
            Heard::Slow(slow) => self.act(Act::Slow(slow)),
            Heard::Broken(failure) => {
                let on_answer = self.0.on_answer.borrow().clone();
                on_answer.emit(Answered::Broke(failure));
            }
            Heard::Answer(request, events) => self.answered(request, events),
        }
    }

    fn answered(&self, request: Request, events: Vec<Event>) {
        let on_answer = self.0.on_answer.borrow().clone();
        let mut failure = None;
        let mut saved = None;
        let mut freed = Vec::new();
        for event in &events {
            match event {
                Event::File { name, content } => files::download_base64(name, content),
                Event::Saved { save } => saved = Some(save.clone()),
                Event::Failed { what, .. } => failure = Some(what.clone()),
                Event::View(change) => {
                    if let Some(terminals) = &change.terminals {
                        freed.extend(self.hold(terminals));
                    }
                }
                _ => {}
            }
        }
        if request == Request::Save {
            on_answer.emit(Answered::Saved(saved));
        }
        let began = matches!(request, Request::Start { .. } | Request::Restore { .. });
        let line_of = match &request {
            Request::Line { terminal, .. } => Some(*terminal),
            _ => None,
        };
        let changes = is_journaled(&request);
        self.act(Act::Answered(request, events));
        if began {
            on_answer.emit(Answered::Began(failure.map_or(Ok(()), Err)));
        } else if changes {
            self.0.unsaved.set(true);
            on_answer.emit(Answered::Changed);
        }
        if let Some(terminal) = line_of {
            if let Some(mine) = self.0.lines.borrow_mut().get_mut(&terminal) {
                mine.running = false;
            }
            self.next_line(terminal);
        }
        for terminal in freed {
            self.next_line(terminal);
        }
    }

    /// Records where programs run; returns the terminals in which one has ended.
    fn hold(&self, terminals: &[TerminalView]) -> Vec<TerminalId> {
        let running = terminals.iter().filter(|terminal| terminal.running);
        let now: Vec<_> = running.map(|terminal| terminal.id).collect();
        let before = self.0.held.replace(now.clone());
        let ended = before.into_iter().filter(|id| !now.contains(id));
        ended.collect()
    }
}

/// True if the learner's request changes the world. The clock's ticks do too, but they are saved with
/// the next such request, or periodically.
fn is_journaled(request: &Request) -> bool {
    match request {
        Request::Line { .. }
        | Request::Hidden { .. }
        | Request::Interrupt { .. }
        | Request::EndOfInput { .. }
        | Request::OpenTerminal { .. }
        | Request::CloseTerminal { .. }
        | Request::Upload { .. }
        | Request::SkipToNext
        | Request::Fault { .. }
        | Request::Hint { .. }
        | Request::ResetStep => true,
        Request::Start { .. }
        | Request::Restore { .. }
        | Request::Complete { .. }
        | Request::Download { .. }
        | Request::Tick { .. }
        | Request::Inspect { .. }
        | Request::Reach { .. }
        | Request::Form { .. }
        | Request::Save => false,
    }
}
