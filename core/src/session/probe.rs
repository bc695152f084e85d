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

/// Runs a command on a host with a fresh login, as nobody who types.
pub(super) fn run(world: &mut World, command: &Command) -> Ran {
    let id = match command.on.as_deref() {
        None | Some(CLOUDSHELL) => Some(CLOUDSHELL.to_owned()),
        Some(name) => world.instance_named(name),
    };
    let Some(mut terminal) = id
        .as_deref()
        .and_then(|id| world.host(id))
        .map(Terminal::new)
    else {
        let name = command.on.clone().unwrap_or_default();
        return Ran {
            status: 255,
            stderr: format!("there is no running instance {name}\n"),
            ..Ran::default()
        };
    };
    terminal.interactive = false;
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

/// Runs a lab's set-up on the first day's world.
pub(super) fn set_up(world: &mut World, commands: &[Command]) {
    for command in commands {
        let mut lines = Vec::new();
        for line in command.text.lines() {
            let Some(directive) = Directive::read(line) else {
                lines.push(line);
                continue;
            };
            run_lines(world, command, &mut lines);
            match directive {
                // A fault that can strike nothing is no fault: the checks find what is missing.
                Ok(Directive::Fault { id, on }) => drop(world.fault(&id, on)),
                Ok(Directive::Pass { seconds }) => {
                    world.pass(SimDuration::from_seconds(seconds));
                }
                Ok(Directive::Interrupt) | Err(_) => {}
            }
        }
        run_lines(world, command, &mut lines);
    }
}

fn run_lines(world: &mut World, command: &Command, lines: &mut Vec<&str>) {
    if !lines.is_empty() {
        let part = Command {
            on: command.on.clone(),
            text: std::mem::take(lines).join("\n"),
        };
        run(world, &part);
    }
}
