//! The entry point: a driver sends a [`Request`] and receives [`Event`]s. The browser's worker, the
//! command-line tool and the tests are three drivers of this one protocol.

mod draw;
pub mod drive;
mod faults;
mod hidden;
mod inspect;
mod journal;
mod probe;
mod record;
pub mod starts;
mod terminals;
mod traffic;

use std::collections::BTreeMap;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use crate::lab::start::Fragment;
use crate::lab::{self, Lab, Progress};
use crate::world::{START, World};
use hsmlab_crypto::prime_cache::PrimeCache;
use hsmlab_protocol::request::Worlds;
use hsmlab_shell::host::CLOUDSHELL;
use hsmlab_shell::terminal::Terminal;
use hsmlab_shell::{Sys, fs};
use hsmlab_sim::{Seed, SimDuration};

use hsmlab_protocol::Request;
use hsmlab_protocol::request::{LINE_BYTES_MAX, TerminalId};
use hsmlab_protocol::view::{MomentKind, View};
use hsmlab_protocol::{Event, ViewChange};
use journal::{Claims, DoneSteps, Journal, TICK_MAX};
pub use probe::FailedLine;
use record::Record;
use starts::Starts;
use terminals::no_terminal;

/// The maximum number of open terminals.
pub const TERMINALS_MAX: usize = 16;

/// A session: one world, its terminals, and the current lab.
#[derive(Default)]
pub struct Session {
    live: Option<Live>,
    /// The prime searches that this session has done.
    primes: PrimeCache,
    /// True if the claims of a save (primes, steps that are done) are used.
    uses_claims: bool,
}

/// The contents of a started session.
struct Live {
    world: World,
    terminals: BTreeMap<TerminalId, Terminal>,
    next_terminal: TerminalId,
    lab: Option<Rc<Lab>>,
    /// The lines of the set-up that failed.
    failed: Rc<Vec<FailedLine>>,
    progress: Progress,
    record: Record,
    journal: Journal,
    /// The steps that are done.
    done: DoneSteps,
    /// A digest of the texts of the lab and its worlds.
    content: String,
    /// While a save is replayed whose claims are used: the steps that it says are done.
    replayed: Option<Replayed>,
    marks: Vec<Mark>,
    view: View,
    revision: u64,
}

/// The world as it was when a step became the current one.
struct Mark {
    step: usize,
    journal_length: usize,
    record: Record,
    world: World,
    terminals: BTreeMap<TerminalId, Terminal>,
    next_terminal: TerminalId,
}

/// A replay whose steps are done where the save says so.
struct Replayed {
    done: DoneSteps,
    /// The entries that are carried out, including the present one.
    entries: usize,
}

/// A refusal in two texts: the problem, and the remedy.
type Refusal = (String, String);

fn refuse(what: impl Into<String>, remedy: impl Into<String>) -> Refusal {
    (what.into(), remedy.into())
}

impl Session {
    /// Creates a session that waits for its first request: [`Request::Start`] or [`Request::Restore`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a session that skips the searches for the primes that a save lists, after a test of
    /// each, and the checks of the steps that it lists as done. For the page of the save's owner. To judge
    /// a save, use [`Self::new`]: both lists can be forged, and forged primes lead to another world, see [`hsmlab_crypto::prime_cache`].
    #[must_use]
    pub fn with_saved_primes() -> Self {
        Self {
            uses_claims: true,
            ..Self::default()
        }
    }

    /// The number of prime searches that this session has run.
    #[must_use]
    pub fn prime_searches(&self) -> u64 {
        self.primes.searches()
    }

    /// The lines of the named world and of the lab's set-up that failed when this world was built.
    #[must_use]
    pub fn failed_set_up(&self) -> &[FailedLine] {
        self.live.as_ref().map_or(&[], |live| &live.failed)
    }

    /// Handles one request.
    pub fn handle(&mut self, request: Request) -> Vec<Event> {
        let _scope = self.primes.enter();
        let mut events = Vec::new();
        if let Err((what, remedy)) = self.apply(request, &mut events) {
            events.push(Event::Failed { what, remedy });
        }
        events
    }

    /// A digest of the whole state of the world: equal digests mean equal worlds.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let Some(live) = &self.live else {
            return String::new();
        };
        let mut hash = Sha256::new();
        hash.update(serde_json::to_vec(&*live.view.clock).unwrap_or_default());
        hash.update(serde_json::to_vec(&*live.view.diagram).unwrap_or_default());
        hash.update(serde_json::to_vec(&*live.view.terminals).unwrap_or_default());
        hash.update(serde_json::to_vec(&*live.view.timeline).unwrap_or_default());
        hash.update(serde_json::to_vec(&*live.view.traffic).unwrap_or_default());
        hash.update(live.world.fleet.digest());
        for host in live.world.hosts() {
            for (path, node) in host.fs.iter() {
                hash.update(path);
                hash.update(node.modified.unix_ms().to_be_bytes());
                if let fs::NodeKind::File(bytes) = &node.kind {
                    hash.update(bytes);
                }
            }
        }
        hex::encode(hash.finalize())
    }

    /// Runs a command on a copy of the world, as checks do.
    pub fn probe(&mut self, command: &crate::lab::Command) -> crate::lab::Ran {
        let _scope = self.primes.enter();
        match &self.live {
            Some(live) => probe::run(&mut live.world.clone(), command),
            None => crate::lab::Ran::default(),
        }
    }

    /// Returns a copy of the session in its current state, without the states for step resets.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            live: self.live.as_ref().map(Live::fork),
            primes: self.primes.clone(),
            uses_claims: self.uses_claims,
        }
    }

    fn apply(&mut self, request: Request, events: &mut Vec<Event>) -> Result<(), Refusal> {
        match request {
            Request::Start {
                seed,
                lab,
                world,
                worlds,
                starts,
            } => {
                let starts = starts.as_deref().and_then(Starts::read);
                let seed = starts.as_ref().map_or(seed, |starts| starts.seed(&seed));
                self.start(seed, lab, world, &worlds, starts.as_ref(), events)
            }
            Request::Restore { save, lab, worlds } => {
                let (journal, claims) = Journal::read(&save)?;
                let content = content_of(lab.as_deref(), &worlds);
                let lab = match (&journal.lab, lab) {
                    (Some(_), None) => {
                        return Err(refuse(
                            "The save belongs to a lab, but the lab was not provided.",
                            "Open the lab in which the save was made.",
                        ));
                    }
                    (None, _) => None,
                    (Some(id), Some(source)) => {
                        let lab = read_lab(&source)?;
                        if lab.id != *id {
                            return Err(refuse(
                                format!("The save belongs to the lab {id}, not to {}.", lab.id),
                                "Open that lab, or start over.",
                            ));
                        }
                        Some(lab)
                    }
                };
                let set_up = set_up_lines(lab.as_deref(), journal.world.as_deref(), &worlds)?;
                self.primes.begin();
                let mut done = None;
                if self.uses_claims {
                    self.primes.claim(claims.primes);
                    // Another edition of the lab may have other checks.
                    let same = lab.is_some() && claims.content == content;
                    done = same.then_some(claims.done);
                }
                let mut live = Live::first_day(lab, &set_up, journal.emptied(), content);
                live.replay(&journal, done, events);
                self.live = Some(live);
                Ok(())
            }
            Request::Save => {
                let live = self.live.as_ref().ok_or_else(not_begun)?;
                let save = live.journal.write(&Claims {
                    primes: self.primes.used(),
                    done: live.done.clone(),
                    content: live.content.clone(),
                });
                events.push(Event::Saved { save });
                Ok(())
            }
            other => self
                .live
                .as_mut()
                .ok_or_else(not_begun)?
                .apply(other, events),
        }
    }

    /// Starts a world: a lab's, or a playground's with its named world.
    fn start(
        &mut self,
        seed: Seed,
        source: Option<String>,
        world: Option<String>,
        worlds: &Worlds,
        starts: Option<&Starts>,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        let lab = source.as_deref().map(read_lab).transpose()?;
        let set_up = set_up_lines(lab.as_deref(), world.as_deref(), worlds)?;
        let content = content_of(source.as_deref(), worlds);
        let id = lab.as_ref().map(|lab| lab.id.clone());
        let world = world.filter(|_| lab.is_none());
        let journal = Journal::new(seed, id, world);
        self.primes.begin();
        if let Some(starts) = starts.filter(|_| self.uses_claims) {
            self.primes.claim(starts.claims());
        }
        self.live = Some(Live::start(lab, &set_up, journal, content, events));
        Ok(())
    }
}

fn not_begun() -> Refusal {
    refuse(
        "The session has not started.",
        "Start a lab or the playground.",
    )
}

/// A digest of a lab's text and of the worlds that it may build on; empty without a lab.
fn content_of(lab: Option<&str>, worlds: &Worlds) -> String {
    let Some(lab) = lab else {
        return String::new();
    };
    let mut hash = Sha256::new();
    for text in std::iter::once(lab).chain(worlds.values().map(String::as_str)) {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hex::encode(hash.finalize())
}

fn read_lab(source: &str) -> Result<Rc<Lab>, Refusal> {
    Lab::parse(source).map(Rc::new).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        refuse(lines.join("\n"), "Correct the lab file at these lines.")
    })
}

/// The lines that build a world before the learner comes: those of the named world, then the lab's own.
fn set_up_lines(
    lab: Option<&Lab>,
    world: Option<&str>,
    worlds: &Worlds,
) -> Result<Vec<Fragment>, Refusal> {
    let playground = lab::Start {
        world: world.map(str::to_owned),
        ..lab::Start::default()
    };
    let start = lab.map_or(&playground, |lab| &lab.start);
    let mut lines = lab::start::resolve(start, worlds).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        refuse(lines.join("\n"), "Correct the file at the lines named.")
    })?;
    let own = |command: &lab::Command| Fragment {
        world: String::new(),
        line: 0,
        command: command.clone(),
    };
    lines.extend(lab.into_iter().flat_map(|lab| &lab.setup).map(own));
    Ok(lines)
}

impl Live {
    fn start(
        lab: Option<Rc<Lab>>,
        set_up: &[Fragment],
        journal: Journal,
        content: String,
        events: &mut Vec<Event>,
    ) -> Self {
        let mut live = Self::first_day(lab, set_up, journal, content);
        live.after_change(events);
        live
    }

    fn fork(&self) -> Self {
        Self {
            world: self.world.clone(),
            terminals: self.terminals.clone(),
            next_terminal: self.next_terminal,
            lab: self.lab.clone(),
            failed: self.failed.clone(),
            progress: self.progress.clone(),
            journal: self.journal.clone(),
            done: self.done.clone(),
            content: self.content.clone(),
            replayed: None,
            marks: Vec::new(),
            record: self.record.clone(),
            view: self.view.clone(),
            revision: self.revision,
        }
    }

    fn first_day(
        lab: Option<Rc<Lab>>,
        set_up: &[Fragment],
        journal: Journal,
        content: String,
    ) -> Self {
        let start = lab.as_ref().and_then(|lab| lab.date).unwrap_or(START);
        let mut world = World::new(journal.seed, start);
        if let Some(region) = lab.as_ref().and_then(|lab| lab.region.as_ref()) {
            world.set_region(region);
        }
        let failed = Rc::new(probe::set_up(&mut world, set_up));
        world.calls.clear();
        let progress = Progress::new(lab.as_deref());
        let record = Record::new(lab.as_deref(), world.now);
        let mut live = Self {
            world,
            terminals: BTreeMap::new(),
            next_terminal: 1,
            lab,
            failed,
            progress,
            record,
            journal,
            content,
            done: Vec::new(),
            replayed: None,
            marks: Vec::new(),
            view: View::default(),
            revision: 0,
        };
        // The first terminal is always CloudShell's.
        let _ = live.open_terminal(CLOUDSHELL);
        live
    }

    /// Carries out a journal's entries on the first day's world. With `done`, the steps are done where it
    /// says so, and the checks run once at the end.
    fn replay(&mut self, journal: &Journal, done: Option<DoneSteps>, events: &mut Vec<Event>) {
        let entries = 0;
        self.replayed = done.map(|done| Replayed { done, entries });
        let mut silent = Vec::new();
        self.check_steps();
        self.mark_step();
        for request in journal.entries() {
            if let Some(replayed) = &mut self.replayed {
                replayed.entries += 1;
            }
            // A request that the replay refuses was refused originally, too.
            let _ = self.change(request.clone(), &mut silent);
            silent.clear();
            self.journal.push(request.clone());
            self.mark_step();
        }
        if self.replayed.take().is_some() {
            self.check_steps();
            self.mark_step();
        }
        self.show(events);
    }

    fn apply(&mut self, request: Request, events: &mut Vec<Event>) -> Result<(), Refusal> {
        match request {
            Request::Complete {
                terminal,
                text,
                cursor,
            } => {
                let Some(open) = self.terminals.get(&terminal).cloned() else {
                    return Err(no_terminal(terminal));
                };
                // Completion uses a copy, so that Tab never changes the world.
                let mut copy = self.world.clone();
                let (from, candidates) = open.complete(&mut copy, &text, cursor.min(text.len()));
                events.push(Event::Completions {
                    terminal,
                    from,
                    candidates,
                });
                Ok(())
            }
            Request::Download { terminal, path } => self.download(terminal, &path, events),
            Request::Inspect { id } => {
                let inspected = inspect::inspect(&self.world, &id).ok_or_else(|| {
                    refuse(
                        format!("There is no {id} in this world."),
                        "Choose a part of the diagram.",
                    )
                })?;
                events.push(Event::Inspected(Box::new(inspected)));
                Ok(())
            }
            Request::Reach { from, to, port } => {
                let reach = inspect::reach(&self.world, &from, &to, port).ok_or_else(|| {
                    refuse(
                        format!("{from} or {to} is unknown."),
                        "Name an instance, an interface or an HSM.",
                    )
                })?;
                events.push(Event::Reached {
                    from,
                    to,
                    port,
                    reach,
                });
                Ok(())
            }
            Request::Form { service, operation } => {
                let form = inspect::form(&self.world, service.as_deref(), operation.as_deref());
                events.push(Event::Form(Box::new(form)));
                Ok(())
            }
            Request::ResetStep => {
                self.reset_step();
                self.show(events);
                Ok(())
            }
            request => {
                let entry = self.journal_entry(&request);
                self.change(request, events)?;
                self.journal.push(entry);
                self.mark_step();
                self.show(events);
                Ok(())
            }
        }
    }

    /// Converts a request for the journal: hidden lines are sealed.
    fn journal_entry(&self, request: &Request) -> Request {
        match request {
            Request::Line { terminal, text } if self.hides(*terminal) => Request::Hidden {
                terminal: *terminal,
                sealed: hidden::seal(&self.journal.seed, *terminal, self.journal.len(), text),
            },
            other => other.clone(),
        }
    }

    /// True if a terminal currently hides typed text.
    fn hides(&self, terminal: TerminalId) -> bool {
        self.terminals
            .get(&terminal)
            .is_some_and(|open| !open.prompt().1)
    }

    /// Handles a request that changes the world, and its consequences in the terminals.
    fn change(&mut self, request: Request, events: &mut Vec<Event>) -> Result<(), Refusal> {
        self.carry_out(request, events)?;
        self.tick_terminals(events);
        self.hang_up(events);
        Ok(())
    }

    fn carry_out(&mut self, request: Request, events: &mut Vec<Event>) -> Result<(), Refusal> {
        match request {
            Request::Line { terminal, .. } if self.runs_program(terminal) => {
                return Err(refuse(
                    "A program is running in this terminal and is not reading input.",
                    "Stop it with Ctrl-C, or open another terminal.",
                ));
            }
            Request::Line { terminal, text } => {
                if text.len() > LINE_BYTES_MAX {
                    return Err(refuse(
                        format!(
                            "The line has {} bytes; the limit is {LINE_BYTES_MAX}.",
                            text.len()
                        ),
                        "Upload a file instead.",
                    ));
                }
                if let Some(open) = self.terminals.get(&terminal) {
                    let step = self.progress.present();
                    self.record.typed(step, open, &text);
                }
                self.with_terminal(terminal, events, |open, world| open.line(world, &text))?;
            }
            Request::Hidden { terminal, sealed } => {
                let text =
                    hidden::open(&self.journal.seed, terminal, &sealed).ok_or_else(|| {
                        refuse(
                            "A hidden line (a password) cannot be decrypted: the save was changed.",
                            "Start over, or open another save.",
                        )
                    })?;
                self.with_terminal(terminal, events, |open, world| open.line(world, &text))?;
            }
            Request::Interrupt { terminal } => {
                self.with_terminal(terminal, events, |open, world| open.interrupt(world))?;
            }
            Request::EndOfInput { terminal } => {
                self.with_terminal(terminal, events, |open, world| open.end_of_input(world))?;
            }
            Request::OpenTerminal { host } => {
                self.open_terminal(&host)?;
            }
            Request::CloseTerminal { terminal } => {
                let mut closed = self
                    .terminals
                    .remove(&terminal)
                    .ok_or_else(|| no_terminal(terminal))?;
                if closed.is_running() {
                    closed.interrupt(&mut self.world);
                }
            }
            Request::Upload {
                terminal,
                name,
                content,
            } => self.upload(terminal, &name, &content)?,
            Request::Tick { ms } => {
                let span = SimDuration::from_ms(ms).min(TICK_MAX);
                if !self.pass(span, events) {
                    // Only time has passed: no check can have changed that time does not change.
                    return Ok(());
                }
            }
            Request::SkipToNext => match self.world.next_change() {
                Some((at, _)) => {
                    self.pass(at.since(self.world.now), events);
                }
                None => {
                    return Err(refuse(
                        "Nothing is in progress.",
                        "Start something first. Time passes automatically.",
                    ));
                }
            },
            Request::Fault { id, on } => faults::apply(&mut self.world, &id, on)?,
            Request::Hint { step } => {
                if !self.progress.show_hint(self.lab.as_deref(), &step) {
                    return Err(refuse(
                        "There is no further hint.",
                        "Read the step's text again.",
                    ));
                }
                return Ok(());
            }
            other => {
                return Err(refuse(
                    format!("{other:?} is not a change."),
                    "This is a bug in the lab.",
                ));
            }
        }
        self.check_steps();
        Ok(())
    }

    /// Ticks off the steps whose checks hold now.
    fn check_steps(&mut self) {
        if let Some(lab) = self.lab.clone() {
            let done = match &self.replayed {
                Some(replayed) => {
                    let here = |(entries, _): &&(usize, usize)| *entries == replayed.entries;
                    let listed = replayed.done.iter().filter(here).map(|(_, step)| *step);
                    listed
                        .filter(|step| self.progress.mark_done(*step))
                        .collect()
                }
                None => {
                    let mut probe = probe::WorldProbe::new(&self.world);
                    self.progress.check(&lab, &mut probe)
                }
            };
            for step in done {
                self.record.step_done(step, self.world.now);
                let what = format!("Step done: {}", lab.steps[step].title);
                self.world.note_moment(what, None, MomentKind::Step);
            }
        }
    }

    /// Saves the world as it is when a step has become the current one.
    fn mark_step(&mut self) {
        let present = self.progress.present();
        // Steps are done in their order, so the list has all before the first new one.
        let entries = self.journal.len();
        self.done
            .extend((self.done.len()..present).map(|step| (entries, step)));
        if self.marks.last().is_none_or(|mark| mark.step < present) {
            self.journal.seal();
            self.marks.push(Mark {
                step: present,
                journal_length: self.journal.len(),
                record: self.record.clone(),
                world: self.world.clone(),
                terminals: self.terminals.clone(),
                next_terminal: self.next_terminal,
            });
        }
    }

    fn reset_step(&mut self) {
        let Some(mark) = self.marks.last() else {
            return;
        };
        self.world = mark.world.clone();
        self.terminals = mark.terminals.clone();
        self.next_terminal = mark.next_terminal;
        self.record = mark.record.clone();
        // The shown hints stay visible, also after a replay of the journal.
        let undone = self.journal.entries().iter().skip(mark.journal_length);
        let hints = undone.filter(|entry| matches!(entry, Request::Hint { .. }));
        let hints: Vec<Request> = hints.cloned().collect();
        self.journal.truncate(mark.journal_length);
        for hint in hints {
            self.journal.push(hint);
        }
    }

    fn after_change(&mut self, events: &mut Vec<Event>) {
        self.check_steps();
        self.mark_step();
        self.show(events);
    }

    /// Redraws the view and reports the changes.
    fn show(&mut self, events: &mut Vec<Event>) {
        let new = draw::view(
            &self.world,
            &self.terminals,
            self.lab.as_deref(),
            &self.progress,
            &self.record,
            &self.view,
        );
        self.revision += 1;
        if let Some(change) = ViewChange::between(&self.view, &new, self.revision) {
            events.push(Event::View(Box::new(change)));
        }
        self.view = new;
    }
}
