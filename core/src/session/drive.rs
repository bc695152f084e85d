//! A session driven line by line, with the terminals that scripts and solutions name. The command-line
//! tool and the tests share it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Event, FailedLine, Request, Session};
use crate::lab::directive::Directive;
use crate::lab::prove::Bench;
use crate::lab::{Command, Lab, Probe, Ran};
use hsmlab_protocol::event::Stream;
use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::request::Worlds;
use hsmlab_protocol::text;
use hsmlab_protocol::view::{LabView, StepState};
use hsmlab_sim::Seed;

/// The time that a line waits for the previous program, in simulated seconds.
const WAIT_SECONDS: u32 = 3600;

/// A session and its open terminals.
pub struct Driver {
    session: Session,
    terminals: BTreeMap<String, TerminalId>,
    newest: TerminalId,
    /// The terminals with a running program.
    running: BTreeSet<TerminalId>,
    /// The text before each terminal's cursor.
    prompts: BTreeMap<TerminalId, String>,
    now_ms: u64,
    lab: LabView,
    output: String,
}

/// What a world begins with.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The lab file's text, `None` for the playground.
    pub lab: Option<String>,
    /// The named world that a playground begins with.
    pub world: Option<String>,
    /// World files.
    pub worlds: Worlds,
}

/// The result of a line.
#[derive(Default)]
pub struct Played {
    /// The events, in order.
    pub events: Vec<Event>,
    /// The exit status, if a command has ended.
    pub status: Option<i32>,
}

impl Played {
    /// The result of a line that cannot be played.
    fn failed(what: String) -> Self {
        let remedy = "See docs/labs.md.".to_owned();
        Self {
            events: vec![Event::Failed { what, remedy }],
            status: None,
        }
    }

    /// Returns the text of one stream.
    pub fn text(&self, wanted: Stream) -> String {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Output { stream, text, .. } if *stream == wanted => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Returns the refusal of the request itself, if it was refused.
    pub fn refusal(&self) -> Option<String> {
        self.events.iter().find_map(|event| match event {
            Event::Failed { what, remedy } => Some(format!("{what} {remedy}")),
            _ => None,
        })
    }
}

impl Driver {
    /// Starts a world.
    ///
    /// # Errors
    /// Returns the lab's errors, each with its line.
    pub fn start(seed: Seed, lab: Option<String>) -> Result<Self, String> {
        let origin = Origin {
            lab,
            ..Origin::default()
        };
        Self::start_in(seed, origin)
    }

    /// Begins a world of a lab or of a playground with the named worlds that it builds on.
    ///
    /// # Errors
    /// The faults of the lab or of a world file, each with its line.
    pub fn start_in(seed: Seed, origin: Origin) -> Result<Self, String> {
        let mut driver = Self {
            session: Session::new(),
            terminals: BTreeMap::from([("cloudshell".to_owned(), 1)]),
            newest: 1,
            running: BTreeSet::new(),
            prompts: BTreeMap::new(),
            now_ms: 0,
            lab: LabView::default(),
            output: String::new(),
        };
        let Origin { lab, world, worlds } = origin;
        let played = driver.send(Request::Start {
            seed,
            lab,
            world,
            worlds,
            starts: None,
        });
        match played.events.iter().find_map(|event| match event {
            Event::Failed { what, .. } => Some(what.clone()),
            _ => None,
        }) {
            Some(what) => Err(what),
            None => Ok(driver),
        }
    }

    /// Returns a copy of the driver and its session in their current state.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            session: self.session.fork(),
            terminals: self.terminals.clone(),
            newest: self.newest,
            running: self.running.clone(),
            now_ms: self.now_ms,
            lab: self.lab.clone(),
            output: self.output.clone(),
            prompts: self.prompts.clone(),
        }
    }

    /// The simulated time, in milliseconds since 1970.
    pub const fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// The lab as a learner sees it.
    pub const fn lab(&self) -> &LabView {
        &self.lab
    }

    /// The lines of the set-up that failed.
    #[must_use]
    pub fn failed_set_up(&self) -> &[FailedLine] {
        self.session.failed_set_up()
    }

    /// A digest of the world.
    pub fn fingerprint(&self) -> String {
        self.session.fingerprint()
    }

    /// Returns the terminal of a host, opened on first use.
    ///
    /// # Errors
    /// Returns the reason why it could not be opened.
    pub fn terminal(&mut self, host: &str) -> Result<TerminalId, String> {
        if let Some(id) = self.terminals.get(host) {
            return Ok(*id);
        }
        let played = self.send(Request::OpenTerminal {
            host: host.to_owned(),
        });
        if let Some(refusal) = played.refusal() {
            return Err(refusal);
        }
        self.terminals.insert(host.to_owned(), self.newest);
        Ok(self.newest)
    }

    /// Types the solution of a lab, step by step.
    ///
    /// # Errors
    /// Returns the first step that is not ticked off, with the output of its last lines.
    pub fn solve(&mut self, lab: &Lab) -> Result<(), String> {
        for (index, step) in lab.steps.iter().enumerate() {
            for command in &step.solution {
                self.type_lines(command)?;
            }
            let done = self
                .lab
                .steps
                .get(index)
                .is_some_and(|view| view.state == StepState::Done);
            if !done {
                return Err(format!("step {} is not done\n{}", step.id, self.output));
            }
        }
        Ok(())
    }

    /// Types a line, after waiting for the program that is running in the terminal. If that takes
    /// longer than an hour, the line is refused.
    pub fn line(&mut self, terminal: TerminalId, text: &str) -> Played {
        let mut events = self.wait(terminal).events;
        let mut played = self.send(Request::Line {
            terminal,
            text: text.to_owned(),
        });
        events.append(&mut played.events);
        Played { events, ..played }
    }

    /// Lets time pass until no program is running in a terminal, for at most an hour.
    pub fn wait(&mut self, terminal: TerminalId) -> Played {
        let mut waited = Played::default();
        for _ in 0..WAIT_SECONDS {
            if !self.running.contains(&terminal) {
                break;
            }
            let tick = self.send(Request::Tick { ms: 1000 });
            waited.status = tick.status.or(waited.status);
            waited.events.extend(tick.events);
        }
        waited
    }

    /// True if a program in a terminal is running and not waiting for a line.
    pub fn is_running(&self, terminal: TerminalId) -> bool {
        self.running.contains(&terminal)
    }

    /// Executes a directive; `None` if the line is a line to type.
    pub fn directive(&mut self, terminal: TerminalId, line: &str) -> Option<Played> {
        let request = match Directive::read(line)? {
            Ok(Directive::Fault { id, on }) => Request::Fault { id, on },
            Ok(Directive::Pass { seconds }) => Request::Tick { ms: seconds * 1000 },
            Ok(Directive::Interrupt) => Request::Interrupt { terminal },
            Ok(Directive::End) => Request::EndOfInput { terminal },
            Ok(Directive::Answer { prompt, text }) => {
                return Some(self.answer(terminal, &prompt, &text));
            }
            Err(what) => return Some(Played::failed(what)),
        };
        Some(self.send(request))
    }

    /// Answers a question; refuses if the terminal asks another one, or none.
    fn answer(&mut self, terminal: TerminalId, prompt: &str, line: &str) -> Played {
        let waited = self.wait(terminal);
        let shown = self.prompts.get(&terminal).map_or("", String::as_str);
        if !text::asks(shown, prompt) {
            return Played::failed(format!(
                "The terminal does not ask “{prompt}”; it shows “{}”.",
                shown.trim()
            ));
        }
        let mut played = self.line(terminal, line);
        played.events.splice(0..0, waited.events);
        played
    }

    /// Sends a request.
    pub fn send(&mut self, request: Request) -> Played {
        let typed_in = match &request {
            Request::Line { terminal, .. }
            | Request::Interrupt { terminal }
            | Request::EndOfInput { terminal } => Some(*terminal),
            _ => None,
        };
        let events = self.session.handle(request);
        let mut played = Played::default();
        for event in &events {
            match event {
                Event::View(change) => {
                    if let Some(clock) = &change.clock {
                        self.now_ms = clock.now_ms;
                    }
                    if let Some(lab) = &change.lab {
                        self.lab = (**lab).clone();
                    }
                    if let Some(all) = &change.terminals {
                        let running = all.iter().filter(|open| open.running);
                        self.running = running.map(|open| open.id).collect();
                        let prompts = all.iter().map(|open| (open.id, open.prompt.clone()));
                        self.prompts = prompts.collect();
                        self.terminals
                            .retain(|_, id| all.iter().any(|open| open.id == *id));
                        if let Some(newest) = all.last() {
                            self.newest = newest.id;
                        }
                    }
                }
                // Programs in other terminals may end meanwhile.
                Event::Exit { terminal, status } if typed_in.is_none_or(|id| id == *terminal) => {
                    played.status = Some(*status);
                }
                _ => {}
            }
        }
        played.events = events;
        played
    }
}

impl Probe for Driver {
    fn run(&mut self, command: &Command) -> Ran {
        self.session.probe(command)
    }
}

impl Bench for Driver {
    fn type_lines(&mut self, command: &Command) -> Result<(), String> {
        let terminal = self.terminal(command.on.as_deref().unwrap_or("cloudshell"))?;
        self.output.clear();
        for line in command.text.lines() {
            let played = match self.directive(terminal, line) {
                Some(played) => played,
                None => self.line(terminal, line),
            };
            self.output.push_str(&format!("$ {line}\n"));
            self.output.push_str(&played.text(Stream::Stdout));
            self.output.push_str(&played.text(Stream::Stderr));
            if let Some(refusal) = played.refusal() {
                return Err(refusal);
            }
        }
        Ok(())
    }

    fn last_output(&self) -> String {
        self.output.clone()
    }

    fn has_ticked(&self, step: usize) -> bool {
        let view = self.lab.steps.get(step);
        view.is_some_and(|view| view.state == StepState::Done)
    }

    fn fork(&self) -> Box<dyn Bench> {
        Box::new(Self::fork(self))
    }
}
