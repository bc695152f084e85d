//! Runs parsed command lists: a small machine that can stop where a program waits for a line and
//! continue when the line has been typed.
//!
//! A machine is a stack of frames (lists with their own streams) and the program that runs on top
//! of it.

mod code;
mod expansion;
mod failure;
mod frame;
pub(crate) mod prefix;
mod running;
mod shells;
mod simple;
mod streams;

use std::collections::VecDeque;
use std::rc::Rc;

use self::code::Op;
use self::expansion::Expansion;
use self::frame::{Frame, Kind, Pipeline};
use self::running::Running;
use super::Sys;
use super::expand;
use super::host::{Host, Login};
use super::process::{Input, Process};
use super::syntax::{Command, Item, Word};
use hsmlab_sim::{SimDuration, wildcard};

/// The most commands that one line may run: it stops an endless loop with a message.
const COMMANDS_MAX: usize = 10_000;
/// The most bytes that one line may print: more than a person reads, and few enough for a browser.
const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// The most bytes of the words of one command: Linux's limit for arguments.
const EXPANSION_BYTES_MAX: usize = 2 << 20;
/// The maximum nesting depth of running command substitutions and remote commands.
const NESTING_MAX: usize = 16;
/// The maximum nesting depth of scripts, functions and compound commands.
const FRAMES_MAX: usize = 100;

/// Something for the screen, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Standard output.
    Out(Vec<u8>),
    /// Standard error.
    Err(Vec<u8>),
    /// Clear the screen.
    Clear,
}

/// The surroundings in which a machine runs.
pub struct Context<'a> {
    /// The host.
    pub host: &'a mut Host,
    /// The login.
    pub login: &'a mut Login,
    /// The world outside.
    pub sys: &'a mut dyn Sys,
    /// The destination of output that is not redirected.
    pub screen: &'a mut Vec<Chunk>,
    /// True if a person is typing; otherwise programs that ask get the end of input.
    pub interactive: bool,
}

/// The state of a machine after a run.
#[derive(Clone, Debug)]
pub enum State {
    /// The list is done; the login has the status.
    Done,
    /// A program waits for a line.
    Waiting {
        /// The prompt before the cursor.
        prompt: String,
        /// True if the typed text is shown.
        echo: bool,
    },
    /// A program is running and continues as time passes: [`Machine::tick`].
    Running,
    /// A login on another host (or as another user, or in another shell) starts on top of this one;
    /// the machine continues when that login ends.
    LogIn {
        /// The host's id.
        host: String,
        /// The user.
        user: String,
        /// The command to run there; the login ends after it. `None`: a person types.
        command: Option<String>,
        /// The login of a shell that another shell starts; `None`: a fresh one.
        login: Option<Box<Login>>,
    },
    /// The shell must end with this status.
    Ended(i32),
}

/// A list that is being run.
#[derive(Clone)]
pub struct Machine {
    frames: Vec<Frame>,
    running: Option<Running>,
    /// The prefix of the outermost shell's messages.
    voice: String,
    commands: usize,
    printed: usize,
    nesting: usize,
}

impl Machine {
    /// A machine for a typed list.
    #[must_use]
    pub fn new(list: &[Item]) -> Self {
        Self {
            frames: vec![Frame::new(Kind::List, code::compile(list))],
            running: None,
            voice: "-bash: ".to_owned(),
            commands: 0,
            printed: 0,
            nesting: 0,
        }
    }

    /// A machine for a shell of another kind, which has parsed its line itself.
    #[must_use]
    pub fn of_shell(process: Box<dyn Process>, login: &Login) -> Self {
        let running = Running {
            shell: true,
            ..Running::new(process, login.clone())
        };
        Self {
            running: Some(running),
            ..Self::new(&[])
        }
    }

    /// A machine for the commands that `ssh` runs on a host, or for a shell that reads its standard
    /// input.
    #[must_use]
    pub fn remote_shell(command: Option<String>) -> Self {
        let name = if command.is_some() { "bash" } else { "-bash" };
        let mut frame = Frame::script(name, command);
        if let Some(script) = &mut frame.script {
            script.inline = !script.from_input;
        }
        Self {
            frames: vec![frame],
            ..Self::new(&[])
        }
    }

    /// Runs until the list is done or a program waits. `input` is [`Input::Start`] at first and
    /// after a login on top has ended, otherwise the typed line.
    pub fn resume(&mut self, context: &mut Context<'_>, input: Input) -> State {
        if self.running.is_some()
            && let Some(state) = self.drive(context, input)
            && let Some(state) = self.after(state, context)
        {
            return state;
        }
        self.advance(context)
    }

    /// Time has passed: the running program continues, then the list if the program has ended.
    pub fn tick(&mut self, context: &mut Context<'_>) -> State {
        if let Some(state) = self.tick_running(context)
            && let Some(state) = self.after(state, context)
        {
            return state;
        }
        self.advance(context)
    }

    /// The name of the program that is running or waiting; `None` is the shell itself.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        let running = self.running.as_ref()?;
        let own = Some(running.name.as_str()).filter(|name| !name.is_empty());
        own.or_else(|| running.process.child())
    }

    /// The Tab candidates of the waiting program.
    #[must_use]
    pub fn complete(&self, line: &str) -> Vec<String> {
        self.running
            .as_ref()
            .map(|running| running.process.complete(line))
            .unwrap_or_default()
    }

    /// Runs operations until something waits or all is done.
    fn advance(&mut self, context: &mut Context<'_>) -> State {
        loop {
            self.expire(context);
            let Some(frame) = self.frames.last_mut() else {
                return State::Done;
            };
            let next = frame.code.get(frame.at).cloned();
            let state = if let Some(op) = next {
                frame.at += 1;
                self.step(op, context)
            } else if self.read_next(context) {
                None
            } else if self.frames.len() <= 1 {
                return State::Done;
            } else {
                self.close(context)
            };
            if let Some(state) = state.and_then(|state| self.after(state, context)) {
                return state;
            }
        }
    }

    /// `exit` ends the subshell or script that it is in, not the login.
    fn after(&mut self, state: State, context: &mut Context<'_>) -> Option<State> {
        match state {
            State::Ended(status) if self.exit(status, context) => None,
            state => Some(state),
        }
    }

    fn step(&mut self, op: Op, context: &mut Context<'_>) -> Option<State> {
        match op {
            Op::Run(stages, line, exits) => return self.run(&stages, line, exits, context),
            Op::Negate => context.login.status = i32::from(context.login.status == 0),
            Op::Jump(to) => self.jump(to, context),
            Op::JumpIf(success, to) => {
                if (context.login.status == 0) == success {
                    self.jump(to, context);
                }
            }
            Op::Status(status) => context.login.status = status,
            Op::ForStart(words) => self.for_start(words.as_deref(), context),
            Op::ForNext(name, end) => self.for_next(name, end, context),
            Op::ForLeave => {
                self.top(|frame| drop(frame.loops.pop()));
            }
            Op::CaseWord(word) => {
                let text = expand::text(&word, &mut Expansion::new(self, context));
                self.top(|frame| frame.subject = text);
            }
            Op::CaseTest(patterns, to) => self.case_test(&patterns, to, context),
            Op::ErrExit => {
                let exempt = self.frames.iter().any(|frame| frame.pipeline.exempt);
                if context.login.options.errexit && context.login.status != 0 && !exempt {
                    return Some(State::Ended(context.login.status));
                }
            }
            Op::TimeStart => {
                let now = context.sys.now();
                self.top(|frame| frame.clocks.push(now));
            }
            Op::TimeEnd(posix) => self.time_end(posix, context),
        }
        None
    }

    fn top(&mut self, act: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.frames.last_mut() {
            act(frame);
        }
    }

    fn run(
        &mut self,
        stages: &Rc<[Command]>,
        line: usize,
        exits: bool,
        context: &mut Context<'_>,
    ) -> Option<State> {
        if !self.counts(context) {
            return None;
        }
        if line > 0 {
            self.top(|frame| frame.line = line);
        }
        let pipeline = Pipeline {
            rest: stages.iter().cloned().collect(),
            many: stages.len() > 1,
            failed: 0,
            exempt: !exits,
        };
        self.start(pipeline, None, context)
    }

    fn jump(&mut self, to: usize, context: &mut Context<'_>) {
        let back = self.frames.last().is_some_and(|frame| to < frame.at);
        // A loop may repeat without running a command: `while continue; do …`.
        if back && !self.counts(context) {
            return;
        }
        self.top(|frame| frame.at = to);
    }

    fn for_start(&mut self, words: Option<&[Word]>, context: &mut Context<'_>) {
        let values = match words {
            None => context.login.positional.iter().skip(1).cloned().collect(),
            Some(words) => {
                let mut shell = Expansion::new(self, context);
                let values: VecDeque<String> = words
                    .iter()
                    .flat_map(|word| expand::fields(word, &mut shell))
                    .collect();
                if let Some(why) = shell.failed {
                    self.stop(context, &why);
                }
                values
            }
        };
        self.top(|frame| frame.loops.push(values));
    }

    fn for_next(&mut self, name: String, end: usize, context: &mut Context<'_>) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        match frame.loops.last_mut().and_then(VecDeque::pop_front) {
            Some(value) => {
                context.login.variables.insert(name, value);
            }
            None => {
                frame.loops.pop();
                frame.at = end;
            }
        }
    }

    fn case_test(&mut self, patterns: &[Word], to: usize, context: &mut Context<'_>) {
        let subject = self
            .frames
            .last()
            .map(|frame| frame.subject.clone())
            .unwrap_or_default();
        let fits = patterns.iter().any(|word| {
            let pattern = expand::pattern(word, &mut Expansion::new(self, context));
            wildcard::matches_classes(&pattern, &subject)
        });
        if !fits {
            self.top(|frame| frame.at = to);
        }
    }

    /// `time`: prints the elapsed simulated time. The lab does not model processor time.
    fn time_end(&mut self, posix: bool, context: &mut Context<'_>) {
        let now = context.sys.now();
        let started = self.frames.last_mut().and_then(|frame| frame.clocks.pop());
        let passed = started.map_or(SimDuration::default(), |started| now.since(started));
        let (seconds, ms) = (passed.as_ms() / 1000, passed.as_ms() % 1000);
        let text = if posix {
            format!("real {seconds}.{:02}\nuser 0.00\nsys 0.00\n", ms / 10)
        } else {
            let (minutes, seconds) = (seconds / 60, seconds % 60);
            format!("\nreal\t{minutes}m{seconds}.{ms:03}s\nuser\t0m0.000s\nsys\t0m0.000s\n")
        };
        self.complain(&text, context);
    }

    /// Counts a command; returns false and stops the line if it has run too many.
    fn counts(&mut self, context: &mut Context<'_>) -> bool {
        self.commands += 1;
        if self.commands > COMMANDS_MAX {
            self.stop(context, "the line ran 10000 commands and was stopped");
            return false;
        }
        true
    }

    /// Stops the line with a message of the lab.
    fn stop(&mut self, context: &mut Context<'_>, why: &str) {
        self.unwind(context);
        let text = format!("hsmlab: {why}\n");
        context.screen.push(Chunk::Err(text.into_bytes()));
        context.login.status = 130;
    }
}
