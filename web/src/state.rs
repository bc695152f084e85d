//! The state of the lab screen: the latest slices of the view, the terminals' screens, and the open
//! panels. One reducer; nothing here touches the DOM.

pub mod act;
pub mod insert;
mod look;
pub mod phase;
pub mod screen;
pub mod shared;

use std::rc::Rc;

use hsmlab_protocol::event::{Inspected, Stream, ViewChange};
use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::view::{
    ClockView, DiagramView, FaultView, FaultsView, FormView, LabView, StepState, TallyView,
    TerminalView, TimelineView, TrafficView,
};
use hsmlab_protocol::{Event, Request, SmallMap};
use yew::Reducible;

use crate::saves::Kept;

pub use act::Act;
pub use insert::{Opening, Piece};
pub use phase::Phase;
pub use screen::{Ink, Screen};
pub use shared::Shared;

/// A message to the learner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The event.
    pub what: String,
    /// The remedy, or empty.
    pub remedy: String,
    /// True for bad news.
    pub bad: bool,
}

/// Text to insert into a terminal's input line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// Counts insertions, so that the same text can be inserted twice.
    pub number: u64,
    /// The terminal.
    pub terminal: TerminalId,
    /// The text.
    pub text: String,
}

/// The completions that Tab offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completions {
    /// Counts answers.
    pub number: u64,
    /// The terminal.
    pub terminal: TerminalId,
    /// The text to complete.
    pub text: String,
    /// The cursor at that time, in bytes.
    pub cursor: usize,
    /// The start of the word to replace, in bytes.
    pub from: usize,
    /// The candidates, as whole words.
    pub candidates: Vec<String>,
}

/// The panel next to the diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// No panel.
    #[default]
    Closed,
    /// The inspector of one part.
    Inspector,
    /// The console forms.
    Console,
    /// The faults.
    Faults,
    /// The recent traffic of the HSMs.
    Traffic,
}

/// The speed of the simulated clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// True if the clock is paused.
    pub paused: bool,
    /// Simulated milliseconds per real millisecond.
    pub speed: u32,
}

/// The available speeds. At 60, an HSM, which takes minutes on AWS, is ready within seconds.
pub const SPEEDS: [u32; 4] = [1, 10, 60, 600];

impl Default for Pace {
    fn default() -> Self {
        Self {
            paused: false,
            speed: 60,
        }
    }
}

/// The lab screen's state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabState {
    /// The condition of the world.
    pub phase: Phase,
    /// The clock.
    pub clock: Shared<ClockView>,
    /// The diagram.
    pub diagram: Shared<DiagramView>,
    /// The lab.
    pub lab: Shared<LabView>,
    /// The terminals.
    pub terminals: Shared<Vec<TerminalView>>,
    /// The timeline.
    pub timeline: Shared<TimelineView>,
    /// The recent traffic of the HSMs.
    pub traffic: Shared<TrafficView>,
    /// The faults.
    pub faults: Shared<FaultsView>,
    /// The summary of the work in the lab so far.
    pub tally: Shared<TallyView>,
    /// The fault that awaits confirmation.
    pub asking: Option<Shared<FaultView>>,
    /// All HSMs seen so far, oldest first: each keeps its colour.
    pub hues: Shared<Vec<String>>,
    /// The contents of each terminal's screen.
    pub screens: SmallMap<TerminalId, Screen>,
    /// The terminals that run a line.
    pub busy: Vec<TerminalId>,
    /// The exit status of each terminal's last command; absent while a line runs.
    pub ended: SmallMap<TerminalId, i32>,
    /// The active terminal.
    pub front: TerminalId,
    /// The last insertion.
    pub insertion: Option<Shared<Insertion>>,
    /// The terminal that is being opened for an insertion.
    pub opening: Option<Shared<Opening>>,
    /// The last completions.
    pub completions: Option<Shared<Completions>>,
    /// The content of the inspector.
    pub inspected: Option<Shared<Inspected>>,
    /// The console form.
    pub form: Option<Shared<FormView>>,
    /// The open panel next to the diagram.
    pub side: Side,
    /// The focused part of the diagram.
    pub focus: Option<Rc<str>>,
    /// The current message.
    pub notice: Option<Shared<Notice>>,
    /// The text for a screen reader to announce.
    pub announcement: Rc<str>,
    /// The speed of the clock.
    pub pace: Pace,
    /// True if the worker has been busy or loading for long.
    pub slow: bool,
    /// The reason why the browser does not save the work, while it does not.
    pub unsaved: Option<Rc<str>>,
    /// The saves besides the work.
    pub kept: Kept,
    counter: u64,
}

impl Reducible for LabState {
    type Action = Act;

    fn reduce(self: Rc<Self>, act: Act) -> Rc<Self> {
        let mut next = (*self).clone();
        next.apply(act);
        // An identical `Rc` skips the render.
        if next == *self { self } else { Rc::new(next) }
    }
}

impl LabState {
    fn apply(&mut self, act: Act) {
        match act {
            Act::Phase(phase) => self.phase = phase,
            Act::Fresh => self.fresh(),
            Act::Slow(slow) => self.slow = slow,
            Act::Unsaved(why) => self.unsaved = why,
            Act::Kept(kept) => self.kept = kept,
            Act::Answered(request, events) => self.answered(&request, events),
            Act::LineSent { terminal, text } => self.line_sent(terminal, &text),
            Act::Interrupted { terminal, text } => {
                let shown = format!("{text}^C");
                if self.runs(terminal) {
                    // The output of a running program has no prompt before it.
                    let screen = self.screens.or_default(&terminal);
                    screen.print(Ink::Typed, &format!("{shown}\n"));
                } else {
                    self.echo(terminal, &shown);
                }
            }
            Act::Cleared(terminal) => {
                self.screens.insert(terminal, Screen::default());
            }
            Act::Idle(terminal) => {
                self.busy.retain(|busy| *busy != terminal);
            }
            Act::Screens(screens) => self.screens = screens,
            Act::Front(terminal) => self.front = terminal,
            Act::Insert(piece) => self.insert(piece),
            Act::Side(side) => self.side = side,
            Act::Ask(fault) => self.asking = fault.map(Shared::new),
            Act::Focus(id) => self.focus = id,
            Act::Tell(notice) => self.notice = notice.map(Shared::new),
            Act::Pace(pace) => self.pace = pace,
            Act::Announce(text) => self.announcement = text,
        }
    }

    /// Resets for another world: the previous one's pending requests never end.
    fn fresh(&mut self) {
        self.slow = false;
        self.screens.clear();
        self.busy.clear();
        self.asking = None;
    }

    fn answered(&mut self, request: &Request, events: Vec<Event>) {
        for event in events {
            match event {
                Event::Output {
                    terminal,
                    stream,
                    text,
                } => {
                    let ink = match stream {
                        Stream::Stdout => Ink::Out,
                        Stream::Stderr => Ink::Err,
                        Stream::Note => Ink::Note,
                    };
                    self.screens.or_default(&terminal).print(ink, &text);
                }
                Event::Exit { terminal, status } => {
                    self.ended.insert(terminal, status);
                }
                Event::Clear { terminal } => {
                    self.screens.insert(terminal, Screen::default());
                }
                Event::Completions {
                    terminal,
                    from,
                    candidates,
                } => {
                    self.offered(request, terminal, from, candidates);
                }
                Event::View(change) => self.changed(*change, request),
                Event::Inspected(inspected) => {
                    self.inspected = Some(Shared::new(*inspected));
                    self.side = Side::Inspector;
                }
                Event::Form(form) => self.form = Some(Shared::new(*form)),
                Event::Failed { what, remedy } => self.failed(request, what, remedy),
                // The browser side handles files and saves; the other events are for other drivers.
                Event::File { .. }
                | Event::Saved { .. }
                | Event::Reached { .. }
                | Event::Called { .. } => {}
            }
        }
    }

    fn failed(&mut self, request: &Request, what: String, remedy: String) {
        if matches!(request, Request::OpenTerminal { .. }) {
            self.opening = None;
        }
        // A failed restore has its own notice. A part that vanished while its inspector was
        // requested needs none.
        if matches!(request, Request::Restore { .. } | Request::Save) {
            return;
        }
        self.notice = Some(Shared::new(Notice {
            what,
            remedy,
            bad: true,
        }));
    }

    fn changed(&mut self, change: ViewChange, request: &Request) {
        let ViewChange {
            revision: _,
            clock,
            diagram,
            lab,
            terminals,
            timeline,
            traffic,
            faults,
            tally,
        } = change;
        if let Some(clock) = clock {
            self.clock = clock.into();
        }
        if let Some(diagram) = diagram {
            self.diagram = diagram.into();
            self.colour();
        }
        if let Some(lab) = lab {
            let fresh = matches!(request, Request::Start { .. } | Request::Restore { .. });
            if !fresh && let Some(text) = newly_done(&self.lab, &lab) {
                self.announcement = text.into();
            }
            self.lab = lab.into();
        }
        if let Some(traffic) = traffic {
            self.traffic = traffic.into();
            self.colour();
        }
        if let Some(faults) = faults {
            self.faults = faults.into();
        }
        if let Some(tally) = tally {
            self.tally = tally.into();
        }
        if let Some(timeline) = timeline {
            self.timeline = timeline.into();
        }
        if let Some(terminals) = terminals {
            let opened = matches!(request, Request::OpenTerminal { .. });
            self.terminals = terminals.into();
            let known = |id| self.terminals.iter().any(|terminal| terminal.id == id);
            if opened || !known(self.front) {
                let newest = self.terminals.iter().map(|terminal| terminal.id);
                let chosen = if opened { newest.max() } else { newest.min() };
                self.front = chosen.unwrap_or_default();
            }
            if opened {
                self.opened();
            }
        }
    }

    /// Assigns a colour to each new HSM.
    fn colour(&mut self) {
        let clusters = self.diagram.clusters.iter();
        let hsms = clusters.flat_map(|cluster| cluster.hsms.iter().map(|hsm| &hsm.id));
        let mut hues = (*self.hues).clone();
        for id in hsms.chain(self.traffic.hsms.iter().map(|series| &series.id)) {
            if !hues.contains(id) {
                hues.push(id.clone());
            }
        }
        if hues.len() > self.hues.len() {
            self.hues = Shared::new(hues);
        }
    }

    fn offered(
        &mut self,
        request: &Request,
        terminal: TerminalId,
        from: usize,
        candidates: Vec<String>,
    ) {
        if let Request::Complete { text, cursor, .. } = request {
            self.counter += 1;
            let (number, text, cursor) = (self.counter, text.clone(), *cursor);
            self.completions = Some(Shared::new(Completions {
                number,
                terminal,
                text,
                cursor,
                from,
                candidates,
            }));
        }
    }

    fn line_sent(&mut self, terminal: TerminalId, text: &str) {
        let echo = self.terminal(terminal).is_none_or(|terminal| terminal.echo);
        self.echo(terminal, if echo { text } else { "" });
        if !self.busy.contains(&terminal) {
            self.busy.push(terminal);
        }
        self.ended.remove(&terminal);
        self.notice = None;
    }

    fn echo(&mut self, terminal: TerminalId, text: &str) {
        let prompt = self
            .terminal(terminal)
            .map(|terminal| terminal.prompt.clone());
        let screen = self.screens.or_default(&terminal);
        screen.print(Ink::Prompt, &prompt.unwrap_or_default());
        screen.print(Ink::Typed, &format!("{text}\n"));
    }
}

fn newly_done(old: &LabView, new: &LabView) -> Option<String> {
    let was_done = |id: &str| {
        old.steps
            .iter()
            .any(|step| step.id == id && step.state == StepState::Done)
    };
    let step = new
        .steps
        .iter()
        .rfind(|step| step.state == StepState::Done && !was_done(&step.id))?;
    let next = new
        .steps
        .iter()
        .find(|step| step.state == StepState::Current);
    Some(match next {
        Some(next) => format!("Step done: {}. Next: {}.", step.title, next.title),
        None => format!("Step done: {}. That was the last one.", step.title),
    })
}
