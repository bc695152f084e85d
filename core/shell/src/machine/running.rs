//! The running program: its turns, its input, and the steps that follow it.

use std::collections::BTreeMap;

use super::frame::{Pipeline, TIMED_OUT, restore};
use super::streams::{Sinks, Source, take_line};
use super::{Chunk, Context, Machine, OUTPUT_BYTES_MAX, State};
use crate::host::Login;
use crate::process::{Input, Io, Process, Step, Wish};
use hsmlab_sim::SimTime;

/// A program that is running or waiting, and the pipeline to which it belongs as a stage.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) process: Box<dyn Process>,
    /// The program's name; empty for parts of the shell.
    pub(super) name: String,
    pub(super) login: Login,
    pub(super) source: Source,
    pub(super) sinks: Sinks,
    pub(super) pipeline: Pipeline,
    /// True if it is part of the shell: its changes to the login stay.
    pub(super) shell: bool,
    /// The login to return to: it runs in a subshell.
    pub(super) before: Option<Login>,
    /// Variables that were set only for it.
    pub(super) variables: BTreeMap<String, Option<String>>,
    /// The status with which the login must end afterwards.
    pub(super) ends: Option<i32>,
    /// True if the last line that it read had no line end: `read` then fails.
    pub(super) partial: bool,
    /// The instant at which `timeout` ends it.
    pub(super) deadline: Option<SimTime>,
}

impl Running {
    /// A program with the streams of its command.
    pub(super) fn new(process: Box<dyn Process>, login: Login) -> Self {
        Self {
            process,
            name: String::new(),
            login,
            source: Source::Terminal,
            sinks: Sinks::inherited(false),
            pipeline: Pipeline::default(),
            shell: false,
            before: None,
            variables: BTreeMap::new(),
            ends: None,
            partial: false,
            deadline: None,
        }
    }
}

impl Machine {
    /// Starts a program: its first turn, with all of its input unless that is a terminal.
    pub(super) fn begin(
        &mut self,
        mut running: Running,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let mut source = std::mem::replace(&mut running.source, Source::Terminal);
        let piped = self.drain(&mut source);
        let mut left = None;
        let step = self.act(&mut running, piped, &mut left, context, |process, io| {
            process.resume(io, Input::Start)
        });
        // The next program gets the input that this one has not read.
        if let (Some(bytes), Some(left)) = (self.unread(&mut source), left) {
            *bytes = left.into();
        }
        running.source = source;
        self.running = Some(running);
        self.settle(step, context)
    }

    /// Gives the running program one turn and writes its output to its sinks.
    fn turn(&mut self, running: &mut Running, input: Input, context: &mut Context<'_>) -> Step {
        self.act(running, None, &mut None, context, |process, io| {
            process.resume(io, input)
        })
    }

    fn act(
        &mut self,
        running: &mut Running,
        stdin: Option<Vec<u8>>,
        left: &mut Option<Vec<u8>>,
        context: &mut Context<'_>,
        act: impl FnOnce(&mut dyn Process, &mut Io<'_>) -> Step,
    ) -> Step {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let tty = context.interactive && self.reaches_screen(&running.sinks.out);
        let deadline = running.deadline.into_iter().chain(self.deadline()).min();
        let mut io = Io {
            stdin,
            tty,
            deadline,
            ..Io::new(
                context.host,
                &mut running.login,
                &mut stdout,
                &mut stderr,
                context.sys,
            )
        };
        let mut step = act(&mut *running.process, &mut io);
        let expired = io.expired || deadline.is_some_and(|deadline| io.sys.now() > deadline);
        *left = io.stdin.take();
        if expired {
            step = Step::Exit(TIMED_OUT);
        }
        if running.shell {
            match running.process.wish() {
                Some(Wish::Clear) => context.screen.push(Chunk::Clear),
                Some(Wish::End(status)) => running.ends = Some(status),
                None => {}
            }
            *context.login = running.login.clone();
        }
        self.emit(&mut running.sinks, stdout, stderr, context);
        step
    }

    /// Time has passed: gives one turn to a program that runs automatically.
    pub(super) fn tick_running(&mut self, context: &mut Context<'_>) -> Option<State> {
        let mut running = self.running.take()?;
        let step = self.act(&mut running, None, &mut None, context, |process, io| {
            process.tick(io)
        });
        self.running = Some(running);
        self.settle(step, context)
    }

    /// Feeds the running program until it ends or waits for the person.
    fn settle(&mut self, mut step: Step, context: &mut Context<'_>) -> Option<State> {
        loop {
            let mut running = self.running.take()?;
            match step {
                Step::Exit(status) => return self.end_running(running, status, context),
                Step::Run => {
                    self.running = Some(running);
                    return Some(State::Running);
                }
                Step::Read { prompt, echo } => {
                    let mut source = std::mem::replace(&mut running.source, Source::Terminal);
                    let next = match self.unread(&mut source).map(take_line) {
                        Some(Some((line, whole))) => {
                            running.partial = !whole;
                            Some(Input::Line(line))
                        }
                        Some(None) => Some(Input::End),
                        None if context.interactive => None,
                        None => Some(Input::End),
                    };
                    running.source = source;
                    let Some(input) = next else {
                        self.running = Some(running);
                        return Some(State::Waiting { prompt, echo });
                    };
                    step = self.turn(&mut running, input, context);
                    self.running = Some(running);
                }
            }
        }
    }

    fn end_running(
        &mut self,
        running: Running,
        status: i32,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let is_partial = running.shell && running.partial && status == 0;
        if let Some(before) = running.before {
            *context.login = before;
        }
        context.login.status = if is_partial { 1 } else { status };
        restore(&running.variables, context.login);
        if let Some(status) = running.ends {
            return Some(State::Ended(status));
        }
        if self.printed > OUTPUT_BYTES_MAX {
            return None;
        }
        self.next_stage(running.pipeline, running.sinks.pipe, context)
    }

    /// Passes what was typed to the running program.
    pub(super) fn drive(&mut self, context: &mut Context<'_>, input: Input) -> Option<State> {
        let mut running = self.running.take()?;
        let interrupted = input == Input::Interrupt;
        let step = self.turn(&mut running, input, context);
        let ended = matches!(step, Step::Exit(_));
        if interrupted && ended {
            // As in bash, Ctrl-C ends the whole line, not only the program.
            restore(&running.variables, context.login);
            self.unwind(context);
            context.login.status = 130;
            return Some(State::Done);
        }
        self.running = Some(running);
        self.settle(step, context)
    }
}
