//! Commands that nobody typed: a lab's set-up, and its checks, which look at a copy of the world.

use std::collections::BTreeMap;

use crate::lab::directive::Directive;
use crate::lab::{Command, Probe, Ran};
use crate::shell::Sys;
use crate::shell::host::CLOUDSHELL;
use crate::shell::machine::Chunk;
use crate::shell::terminal::Terminal;
use crate::sim::SimDuration;
use crate::world::World;

/// Runs checks on one copy of the world, made when the first of them runs. A check that waits or
/// changes something does it there.
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

/// A fresh login on the host of a command, as nobody who types.
fn log_in(world: &World, command: &Command) -> Option<Terminal> {
    let id = match command.on.as_deref() {
        None | Some(CLOUDSHELL) => Some(CLOUDSHELL.to_owned()),
        Some(name) => world.instance_named(name),
    };
    let host = id.as_deref().and_then(|id| world.host(id))?;
    let mut terminal = Terminal::new(host);
    terminal.interactive = false;
    Some(terminal)
}

/// Runs a command on a host with a fresh login.
pub(super) fn run(world: &mut World, command: &Command) -> Ran {
    let Some(mut terminal) = log_in(world, command) else {
        let name = command.on.clone().unwrap_or_default();
        return Ran {
            status: 255,
            stderr: format!("there is no running instance {name}\n"),
            ..Ran::default()
        };
    };
    let mut ran = Ran::default();
    for line in command.text.lines() {
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

/// Runs a lab's set-up on the first day's world: each block in a login of its own, which goes on after a
/// fault, so that its variables are still set.
pub(super) fn set_up(world: &mut World, commands: &[Command]) {
    for command in commands {
        let mut terminal = log_in(world, command);
        for line in command.text.lines() {
            match (Directive::read(line), &mut terminal) {
                (None, Some(terminal)) => drop(terminal.line(world as &mut dyn Sys, line)),
                (Some(Ok(Directive::Answer { text, .. })), Some(terminal)) => {
                    drop(terminal.line(world as &mut dyn Sys, &text));
                }
                // A fault that can strike nothing is no fault: the checks find what is missing.
                (Some(Ok(Directive::Fault { id, on })), _) => drop(world.fault(&id, on)),
                (Some(Ok(Directive::Pass { seconds })), _) => {
                    world.pass(SimDuration::from_seconds(seconds));
                }
                (None | Some(Ok(Directive::Answer { .. })), None)
                | (Some(Ok(Directive::Interrupt) | Err(_)), _) => {}
            }
        }
    }
}
