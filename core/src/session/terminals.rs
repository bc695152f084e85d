//! The terminals of a session: programs that run, time that passes, files that come and go.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{Live, Refusal, TERMINALS_MAX, refuse};
use crate::fabric::{Attempt, Ways};
use crate::programs::SOFTWARE;
use crate::world::{LEARNER_ADDRESS, World};
use hsmlab_aws::ec2::compute::InstanceState;
use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::view::MomentKind;
use hsmlab_protocol::{Event, Stream};
use hsmlab_shell::host::{CLOUDSHELL, Os};
use hsmlab_shell::machine::Chunk;
use hsmlab_shell::terminal::{Outcome, Terminal};
use hsmlab_shell::{Sys, fs};
use hsmlab_sim::{SimDuration, SimTime};

impl Live {
    pub(super) fn with_terminal(
        &mut self,
        id: TerminalId,
        events: &mut Vec<Event>,
        act: impl FnOnce(&mut Terminal, &mut dyn Sys) -> Outcome,
    ) -> Result<(), Refusal> {
        let terminal = self.terminals.get_mut(&id).ok_or_else(|| no_terminal(id))?;
        let since = self.world.now;
        let outcome = act(terminal, &mut self.world);
        self.tell(id, outcome, Some(since), events);
        Ok(())
    }

    pub(super) fn runs_program(&self, id: TerminalId) -> bool {
        self.terminals.get(&id).is_some_and(Terminal::is_running)
    }

    /// Lets time pass. If a program ends meanwhile, its terminal continues at that instant, however
    /// the time is divided into requests.
    pub(super) fn pass(&mut self, span: SimDuration, events: &mut Vec<Event>) -> bool {
        let mut left = span.as_ms();
        let mut happened = false;
        loop {
            let passed = self.world.pass_to_end_of_job(SimDuration::from_ms(left));
            happened |= passed.happened;
            if !passed.job_ended {
                return happened;
            }
            left = left.saturating_sub(passed.span.as_ms());
            self.tick_terminals(events);
        }
    }

    /// Lets the running programs in terminals print new output.
    pub(super) fn tick_terminals(&mut self, events: &mut Vec<Event>) {
        let ids: Vec<TerminalId> = self.terminals.keys().copied().collect();
        for id in ids {
            let terminal = self.terminals.get_mut(&id);
            if let Some(outcome) = terminal.and_then(|open| open.tick(&mut self.world)) {
                self.tell(id, outcome, None, events);
            }
        }
    }

    /// Ends the logins on instances that are no longer running.
    pub(super) fn hang_up(&mut self, events: &mut Vec<Event>) {
        let ids: Vec<TerminalId> = self.terminals.keys().copied().collect();
        for id in ids {
            let Some(terminal) = self.terminals.get_mut(&id) else {
                continue;
            };
            let gone: Vec<String> = terminal
                .hosts()
                .filter(|host| *host != CLOUDSHELL && !runs(&self.world, host))
                .map(str::to_owned)
                .collect();
            let is_gone = |host: &str| gone.iter().any(|each| each == host);
            if let Some(outcome) = terminal.hang_up(&mut self.world, &is_gone) {
                self.tell(id, outcome, None, events);
            }
        }
    }

    /// Reports the events of a terminal. Explains connections that were refused since `since`.
    pub(super) fn tell(
        &mut self,
        id: TerminalId,
        outcome: Outcome,
        since: Option<SimTime>,
        events: &mut Vec<Event>,
    ) {
        for record in std::mem::take(&mut self.world.calls) {
            if let Some((code, _)) = &record.refusal {
                let what = format!("{}: {code}", record.operation);
                self.world.note_moment(what, None, MomentKind::Failure);
            }
            let remedy = record
                .refusal
                .map(|(_, remedy)| remedy)
                .filter(|text| !text.is_empty());
            events.push(Event::Called {
                service: record.service,
                operation: record.operation,
                params: record.params,
            });
            if let Some(remedy) = remedy {
                events.push(Event::Output {
                    terminal: id,
                    stream: Stream::Note,
                    text: format!("{remedy}\n"),
                });
            }
        }
        let refused = since
            .into_iter()
            .flat_map(|since| self.world.fabric.refused_since(since));
        for attempt in refused {
            events.push(Event::Output {
                terminal: id,
                stream: Stream::Note,
                text: refused_note(attempt),
            });
        }
        let notes: Vec<Event> = drain_notes(events);
        for chunk in outcome.chunks {
            events.push(match chunk {
                Chunk::Out(bytes) => output(id, Stream::Stdout, &bytes),
                Chunk::Err(bytes) => output(id, Stream::Stderr, &bytes),
                Chunk::Clear => Event::Clear { terminal: id },
            });
        }
        events.extend(notes);
        if let Some(status) = outcome.status {
            events.push(Event::Exit {
                terminal: id,
                status,
            });
        }
        if outcome.closed {
            self.terminals.remove(&id);
        }
    }

    pub(super) fn open_terminal(&mut self, host: &str) -> Result<TerminalId, Refusal> {
        if self.terminals.len() >= TERMINALS_MAX {
            return Err(refuse(
                format!("{TERMINALS_MAX} terminals are open; that is the limit."),
                "Close one first.",
            ));
        }
        let id = if host == CLOUDSHELL {
            host.to_owned()
        } else {
            let id = self.world.instance_named(host).ok_or_else(|| {
                refuse(
                    format!("There is not exactly one instance {host}."),
                    "Name an instance by its id or its Name tag.",
                )
            })?;
            if let Some(refusal) = login_refusal(&self.world, &id) {
                return Err(refusal);
            }
            id
        };
        let Some(found) = self.world.host(&id) else {
            return Err(refuse(
                format!("{host} is not running."),
                "Wait until it is running, or start it.",
            ));
        };
        let number = self.next_terminal;
        self.next_terminal += 1;
        self.terminals
            .insert(number, Terminal::new(found, &SOFTWARE));
        Ok(number)
    }

    pub(super) fn upload(
        &mut self,
        id: TerminalId,
        name: &str,
        content: &str,
    ) -> Result<(), Refusal> {
        let terminal = self.terminals.get(&id).ok_or_else(|| no_terminal(id))?;
        let (host, login) = terminal.place().ok_or_else(|| no_terminal(id))?;
        let (host, user) = (host.to_owned(), login.user.clone());
        if name.is_empty() || name.contains('/') || name == "." || name == ".." {
            return Err(refuse(
                format!("“{name}” is not a file name."),
                "Give a name without a folder.",
            ));
        }
        let path = fs::resolve(&login.cwd, &login.home(), name);
        let bytes = BASE64
            .decode(content)
            .map_err(|_| refuse("The file arrived incomplete.", "Upload it again."))?;
        let now = self.world.now;
        let host = self
            .world
            .host_mut(&host)
            .ok_or_else(|| refuse("The host is gone.", "Open another terminal."))?;
        host.fs.write(&path, bytes, &user, now).map_err(|error| {
            refuse(
                format!("{path}: {}", error.text()),
                "Choose another folder or a smaller file.",
            )
        })
    }

    pub(super) fn download(
        &self,
        id: TerminalId,
        path: &str,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        let terminal = self.terminals.get(&id).ok_or_else(|| no_terminal(id))?;
        let (host, login) = terminal.place().ok_or_else(|| no_terminal(id))?;
        let full = fs::resolve(&login.cwd, &login.home(), path);
        let bytes = self
            .world
            .host(host)
            .ok_or(fs::FsError::NotFound)
            .and_then(|host| host.fs.read(&full, &login.user))
            .map_err(|error| {
                refuse(
                    format!("{path}: {}", error.text()),
                    "Check the name with ls.",
                )
            })?;
        let name = full.rsplit('/').next().unwrap_or("file").to_owned();
        events.push(Event::File {
            name,
            content: BASE64.encode(bytes),
        });
        Ok(())
    }
}

pub(super) fn drain_notes(events: &mut Vec<Event>) -> Vec<Event> {
    let mut notes = Vec::new();
    events.retain(|event| match event {
        Event::Output {
            stream: Stream::Note,
            ..
        } => {
            notes.push(event.clone());
            false
        }
        _ => true,
    });
    notes
}

pub(super) fn output(terminal: TerminalId, stream: Stream, bytes: &[u8]) -> Event {
    Event::Output {
        terminal,
        stream,
        text: String::from_utf8_lossy(bytes).into_owned(),
    }
}

pub(super) fn runs(world: &World, host: &str) -> bool {
    world.lost_zone_of(host).is_none()
        && world
            .instance(host)
            .is_some_and(|(_, instance)| instance.state == InstanceState::Running)
}

/// Names the hop that refused a connection. The tools themselves only say that they could not connect.
pub(super) fn refused_note(attempt: &Attempt) -> String {
    let (address, port) = (attempt.to, attempt.port);
    match attempt.reach.hops.last() {
        Some(hop) => format!(
            "The connection to {address} port {port} ended at {}: {} Type explain for the full path.\n",
            hop.id, hop.why
        ),
        None => format!("There is no path to {address} port {port}.\n"),
    }
}

pub(super) fn no_terminal(id: TerminalId) -> Refusal {
    refuse(format!("Terminal {id} is not open."), "Open a terminal.")
}

/// Returns the reason why no terminal can be opened on an instance: it needs SSH or RDP from the
/// learner's own address.
pub(super) fn login_refusal(world: &World, id: &str) -> Option<Refusal> {
    let Some((_, instance)) = world.instance(id) else {
        return Some(refuse(
            format!("{id} does not exist."),
            "Choose a running instance.",
        ));
    };
    if !matches!(instance.state, InstanceState::Running) {
        return Some(refuse(
            format!("{id} is {}.", instance.state.name()),
            "A terminal needs a running instance.",
        ));
    }
    let windows = world
        .host(id)
        .is_some_and(|host| host.os == Os::WindowsServer2022);
    let (port, name) = if windows { (3389, "RDP") } else { (22, "SSH") };
    let Some(address) = world.public_address(id) else {
        return Some(refuse(
            format!("{name} to {id} timed out: it has no public IPv4 address."),
            "Launch it with --associate-public-ip-address in a subnet whose route table leads to an internet gateway.",
        ));
    };
    let reach = Ways::reach(world, CLOUDSHELL, address, port);
    if reach.reachable {
        return None;
    }
    let why = reach
        .hops
        .last()
        .map(|hop| hop.why.clone())
        .unwrap_or_default();
    Some(refuse(
        format!("{name} to {address}:{port} timed out. {why}"),
        format!(
            "Your own address is {LEARNER_ADDRESS}: a security group of the instance must allow TCP {port} from it."
        ),
    ))
}
