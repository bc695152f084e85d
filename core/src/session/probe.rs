//! Commands that the learner did not type: a lab's set-up, and its checks, which run on a copy of
//! the world.

use std::collections::BTreeMap;

use crate::lab::directive::{Directive, HOST_MARK};
use crate::lab::start::Fragment;
use crate::lab::{Command, Probe, Ran};
use crate::programs::SOFTWARE;
use crate::world::World;
use hsmlab_shell::host::CLOUDSHELL;
use hsmlab_shell::machine::Chunk;
use hsmlab_shell::terminal::Terminal;
use hsmlab_shell::{Sys, fs};
use hsmlab_sim::SimDuration;

/// The file with the check's output from the previous host.
const GIVEN: &str = "given";

/// Runs checks on one copy of the world, made when the first of them runs. A check that waits or
/// changes something affects only the copy.
pub(super) struct WorldProbe<'a> {
    original: &'a World,
    copy: Option<World>,
    ran: BTreeMap<Command, Ran>,
}

impl<'a> WorldProbe<'a> {
    pub(super) fn new(original: &'a World) -> Self {
        Self {
            original,
            copy: None,
            ran: BTreeMap::new(),
        }
    }
}

impl Probe for WorldProbe<'_> {
    fn run(&mut self, command: &Command) -> Ran {
        if let Some(ran) = self.ran.get(command) {
            return ran.clone();
        }
        let copy = self.copy.get_or_insert_with(|| self.original.clone());
        let ran = run(copy, command);
        self.ran.insert(command.clone(), ran.clone());
        ran
    }
}

/// Logs in to the host of a command, non-interactively.
fn log_in(world: &World, command: &Command) -> Option<Terminal> {
    let id = match command.on.as_deref() {
        None | Some(CLOUDSHELL) => Some(CLOUDSHELL.to_owned()),
        Some(name) => world.instance_named(name),
    };
    let host = id.as_deref().and_then(|id| world.host(id))?;
    let mut terminal = Terminal::new(host, &SOFTWARE);
    terminal.interactive = false;
    Some(terminal)
}

/// Runs a command on a host with a fresh login. After a line `#@ HOST` it continues there, with the
/// output so far in the file [`GIVEN`].
pub(super) fn run(world: &mut World, command: &Command) -> Ran {
    let mut ran = Ran::default();
    let mut on = command.on.clone();
    let mut lines = Vec::new();
    for line in command.text.lines() {
        let Some(host) = line.strip_prefix(HOST_MARK) else {
            lines.push(line);
            continue;
        };
        let first = run_there(world, on.take(), &lines, &ran);
        if first.status != 0 {
            return first;
        }
        (ran, on) = (first, Some(host.trim().to_owned()));
        lines.clear();
    }
    run_there(world, on, &lines, &ran)
}

/// Runs lines on one host, which gets the previous output.
fn run_there(world: &mut World, on: Option<String>, lines: &[&str], before: &Ran) -> Ran {
    let there = Command {
        on,
        text: String::new(),
    };
    let Some(mut terminal) = log_in(world, &there) else {
        let name = there.on.unwrap_or_default();
        return Ran {
            status: 255,
            stderr: format!("there is no running instance {name}\n"),
            ..Ran::default()
        };
    };
    if !before.stdout.is_empty() {
        give(world, &terminal, &before.stdout);
    }
    let mut ran = Ran::default();
    for line in lines {
        let outcome = terminal.line(world as &mut dyn Sys, line);
        for chunk in outcome.chunks {
            match chunk {
                Chunk::Out(bytes) => ran.stdout.push_str(&String::from_utf8_lossy(&bytes)),
                Chunk::Err(bytes) => ran.stderr.push_str(&String::from_utf8_lossy(&bytes)),
                Chunk::Clear => {}
            }
        }
        ran.status = outcome.status.unwrap_or(ran.status);
    }
    ran
}

/// Writes a text to the file [`GIVEN`] in the home folder of a login.
fn give(world: &mut World, terminal: &Terminal, text: &str) {
    let Some((host, login)) = terminal.place() else {
        return;
    };
    let (host, user) = (host.to_owned(), login.user.clone());
    let path = fs::resolve(&login.cwd, &login.home(), GIVEN);
    let now = world.now;
    if let Some(host) = world.host_mut(&host) {
        // If there is no room for it, the check's next line reports that the file is missing.
        let _ = host.fs.write(&path, text.as_bytes(), &user, now);
    }
}

/// A line of a set-up that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedLine {
    /// The id of the world file that it is from; empty for a lab's own lines.
    pub world: String,
    /// Its line in that file, from 1 on.
    pub line: usize,
    /// What was typed.
    pub text: String,
    /// Its exit status.
    pub status: i32,
}

/// Runs a set-up on the first day's world. All lines for a host share one login, so its variables stay
/// set. A line that fails does not end it; the lines that failed are returned.
pub(super) fn set_up(world: &mut World, fragments: &[Fragment]) -> Vec<FailedLine> {
    let mut failed = Vec::new();
    let mut logins: BTreeMap<Option<String>, Terminal> = BTreeMap::new();
    for fragment in fragments {
        let on = &fragment.command.on;
        if !logins.contains_key(on) {
            logins.extend(log_in(world, &fragment.command).map(|login| (on.clone(), login)));
        }
        let mut terminal = logins.get_mut(on);
        for (at, line) in fragment.command.text.lines().enumerate() {
            let mut run = |terminal: &mut Terminal, world: &mut World, text: &str| {
                let status = terminal.line(world as &mut dyn Sys, text).status;
                if let Some(status) = status.filter(|status| *status != 0) {
                    failed.push(FailedLine {
                        world: fragment.world.clone(),
                        line: fragment.line + at,
                        text: text.to_owned(),
                        status,
                    });
                }
            };
            match (Directive::read(line), &mut terminal) {
                (None, Some(terminal)) => run(terminal, world, line),
                (Some(Ok(Directive::Answer { text, .. })), Some(terminal)) => {
                    run(terminal, world, &text);
                }
                // A fault without a target is ignored: the checks find what is missing.
                (Some(Ok(Directive::Fault { id, on })), _) => drop(world.fault(&id, on)),
                (Some(Ok(Directive::Pass { seconds })), _) => {
                    world.pass(SimDuration::from_seconds(seconds));
                }
                (None | Some(Ok(Directive::Answer { .. })), None)
                | (Some(Ok(Directive::Interrupt | Directive::End) | Err(_)), _) => {}
            }
        }
    }
    failed
}
