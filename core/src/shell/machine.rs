//! Runs parsed command lists: a small machine that can stop wherever a program waits for a line and
//! go on when the line is there.

use std::collections::VecDeque;

use super::Sys;
use super::builtins::{self, Control};
use super::expand::{self, Substitute};
use super::fs::{Fs, FsError};
use super::host::{Host, Login};
use super::process::{Input, Io, Process, Step, Wish};
use super::programs;
use super::syntax::{Command, Descriptor, Item, Join, Simple, Target, Word};

/// The most commands that one line may run: an endless loop ends here with a message.
const COMMANDS_MAX: usize = 10_000;
/// The most bytes that one line may print: more than a person reads, less than a page chokes on.
const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// The most bytes that the words of one command may come to: Linux's limit for arguments.
const EXPANSION_BYTES_MAX: usize = 2 << 20;
/// How deeply command substitutions may nest while they run.
const NESTING_MAX: usize = 16;

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

/// What a machine runs on.
pub struct Context<'a> {
    /// The host.
    pub host: &'a mut Host,
    /// The login.
    pub login: &'a mut Login,
    /// The world outside.
    pub sys: &'a mut dyn Sys,
    /// Where output goes that nothing redirects.
    pub screen: &'a mut Vec<Chunk>,
    /// Whether a person types: else programs that ask get the end of input.
    pub interactive: bool,
}

/// Where a machine stands after it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The list is done; the login has the status.
    Done,
    /// A program waits for a line.
    Waiting {
        /// What stands before the cursor.
        prompt: String,
        /// Whether what is typed is shown.
        echo: bool,
    },
    /// A program runs and goes on as time passes: [`Machine::tick`].
    Running,
    /// A login on another host (or as another user) is to be put on top of this one; the machine goes
    /// on when that has ended.
    LogIn {
        /// The host's id.
        host: String,
        /// The user.
        user: String,
    },
    /// The shell is to end with this status.
    Ended(i32),
}

/// A list that is being run.
#[derive(Clone)]
pub struct Machine {
    code: Vec<Op>,
    at: usize,
    loops: Vec<VecDeque<String>>,
    saved: Vec<Saved>,
    running: Option<Running>,
    /// What was piped into the whole list (`… | while read x`).
    input: Option<VecDeque<u8>>,
    commands: usize,
    printed: usize,
    nesting: usize,
}

#[derive(Clone, Debug)]
enum Op {
    Run(Vec<Command>),
    Negate,
    Jump(usize),
    /// Jumps where the status is success (true) or failure (false).
    JumpIf(bool, usize),
    Status(i32),
    ForStart(Vec<Word>),
    ForNext(String, usize),
    /// A `for` loop is left before its end.
    ForLeave,
    /// A subshell begins; its end is there.
    Save(usize),
    Restore,
}

/// What a subshell leaves as it was.
#[derive(Clone)]
struct Saved {
    login: Login,
    end: usize,
    loops: usize,
}

/// A pipeline that is being run: its present program, and the stages to come.
#[derive(Clone)]
struct Running {
    process: Box<dyn Process>,
    login: Login,
    input: Option<VecDeque<String>>,
    sinks: Sinks,
    rest: VecDeque<Command>,
    /// Whether it is a shell: what it changes in the login stays.
    shell: bool,
    /// The status with which the login is to end, once it has ended.
    ends: Option<i32>,
}

#[derive(Clone, Debug)]
enum Sink {
    Screen,
    Pipe,
    File(String),
}

#[derive(Clone, Debug)]
struct Sinks {
    out: Sink,
    err: Sink,
    pipe: Vec<u8>,
}

impl Machine {
    /// A machine for a list.
    #[must_use]
    pub fn new(list: &[Item]) -> Self {
        let mut code = Vec::new();
        compile(list, &mut code);
        Self {
            code,
            at: 0,
            loops: Vec::new(),
            saved: Vec::new(),
            running: None,
            input: None,
            commands: 0,
            printed: 0,
            nesting: 0,
        }
    }

    /// A machine for a shell of another kind, which has read its line itself.
    #[must_use]
    pub fn of_shell(process: Box<dyn Process>, login: &Login) -> Self {
        Self {
            running: Some(Running {
                process,
                login: login.clone(),
                input: None,
                sinks: Sinks {
                    out: Sink::Screen,
                    err: Sink::Screen,
                    pipe: Vec::new(),
                },
                rest: VecDeque::new(),
                shell: true,
                ends: None,
            }),
            ..Self::new(&[])
        }
    }

    /// Runs until the list is done or a program waits. `input` is [`Input::Start`] at first and after
    /// a login on top has ended, else what was typed.
    pub fn resume(&mut self, context: &mut Context<'_>, input: Input) -> State {
        if self.running.is_some() {
            match self.drive(context, input) {
                Some(state) => return state,
                None if context.login.status == 130 => return State::Done,
                None => {}
            }
        }
        while let Some(op) = self.code.get(self.at).cloned() {
            self.at += 1;
            match self.step(op, context) {
                // `exit` ends the subshell that it stands in, not the login.
                Some(State::Ended(status)) if !self.saved.is_empty() => {
                    context.login.status = status;
                    if let Some(saved) = self.saved.last() {
                        self.at = saved.end;
                    }
                }
                Some(state) => return state,
                None => {}
            }
        }
        State::Done
    }

    /// Time has passed: the program that runs goes on, and the list when that has ended.
    pub fn tick(&mut self, context: &mut Context<'_>) -> State {
        if let Some(mut running) = self.running.take() {
            let step = self.act(&mut running, None, context, |process, io| process.tick(io));
            self.running = Some(running);
            if let Some(state) = self.settle(step, context) {
                return state;
            }
        }
        self.resume(context, Input::Start)
    }

    /// What the program that waits offers for Tab.
    #[must_use]
    pub fn complete(&self, line: &str) -> Vec<String> {
        self.running
            .as_ref()
            .map(|running| running.process.complete(line))
            .unwrap_or_default()
    }

    fn step(&mut self, op: Op, context: &mut Context<'_>) -> Option<State> {
        match op {
            Op::Run(stages) => {
                if !self.counts(context) {
                    return None;
                }
                return self.start(stages.into(), None, context);
            }
            Op::Negate => context.login.status = i32::from(context.login.status == 0),
            Op::Jump(to) => {
                // A loop may go round without a command: `while continue; do …`.
                if to < self.at && !self.counts(context) {
                    return None;
                }
                self.at = to;
            }
            Op::JumpIf(success, to) => {
                if (context.login.status == 0) == success {
                    self.at = to;
                }
            }
            Op::Status(status) => context.login.status = status,
            Op::ForStart(words) => {
                let mut shell = Expansion::new(self, context);
                let values = words
                    .iter()
                    .flat_map(|word| expand::fields(word, &mut shell))
                    .collect();
                let failed = shell.failed;
                self.loops.push(values);
                if let Some(why) = failed {
                    self.stop(context, &why);
                }
            }
            Op::ForNext(name, end) => match self.loops.last_mut().and_then(VecDeque::pop_front) {
                Some(value) => {
                    context.login.variables.insert(name, value);
                }
                None => {
                    self.loops.pop();
                    self.at = end;
                }
            },
            Op::ForLeave => {
                self.loops.pop();
            }
            Op::Save(end) => self.saved.push(Saved {
                login: context.login.clone(),
                end,
                loops: self.loops.len(),
            }),
            Op::Restore => {
                if let Some(saved) = self.saved.pop() {
                    let status = context.login.status;
                    *context.login = saved.login;
                    context.login.status = status;
                    self.loops.truncate(saved.loops);
                }
            }
        }
        None
    }

    /// Counts a command; false where the line has run too many and is stopped.
    fn counts(&mut self, context: &mut Context<'_>) -> bool {
        self.commands += 1;
        if self.commands > COMMANDS_MAX {
            self.stop(context, "the line ran 10000 commands and was stopped");
            return false;
        }
        true
    }

    fn stop(&mut self, context: &mut Context<'_>, why: &str) {
        self.at = self.code.len();
        context
            .screen
            .push(Chunk::Err(format!("hsmlab: {why}\n").into_bytes()));
        context.login.status = 130;
    }

    /// Starts the first of `stages` with what the stage before has printed.
    fn start(
        &mut self,
        mut stages: VecDeque<Command>,
        piped: Option<Vec<u8>>,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let command = stages.pop_front()?;
        let last = stages.is_empty();
        let simple = match command {
            Command::Simple(simple) => simple,
            Command::Redirected(inner, redirections) => {
                let outside = Simple {
                    redirections,
                    ..Simple::default()
                };
                let mut sinks = match self.prepare(&outside, piped, last, context) {
                    Ok(prepared) => {
                        let Prepared { input, sinks, .. } = prepared;
                        self.run_redirected(*inner, input, sinks, last, context)
                    }
                    Err(message) => {
                        let text = format!("-bash: {message}\n").into_bytes();
                        context.screen.push(Chunk::Err(text));
                        context.login.status = 1;
                        Vec::new()
                    }
                };
                return if last {
                    None
                } else {
                    self.start(stages, Some(std::mem::take(&mut sinks)), context)
                };
            }
            other => {
                let printed = self.run_compound(other, piped, last, context);
                return if last {
                    None
                } else {
                    self.start(stages, Some(printed), context)
                };
            }
        };
        let prepared = match self.prepare(&simple, piped, last, context) {
            Ok(prepared) => prepared,
            Err(message) => {
                // sudo speaks for itself.
                let own = message.starts_with("sudo: ") || message.starts_with("usage: ");
                let who = if own { "" } else { "-bash: " };
                context
                    .screen
                    .push(Chunk::Err(format!("{who}{message}\n").into_bytes()));
                context.login.status = 1;
                return if last {
                    None
                } else {
                    self.start(stages, Some(Vec::new()), context)
                };
            }
        };
        self.launch(prepared, stages, context)
    }

    fn launch(
        &mut self,
        prepared: Prepared,
        stages: VecDeque<Command>,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let Prepared {
            argv,
            login,
            input,
            mut sinks,
            assigned,
        } = prepared;
        let Some(name) = argv.first().cloned() else {
            for (name, value) in assigned {
                context.login.variables.insert(name, value);
            }
            context.login.status = 0;
            let printed = std::mem::take(&mut sinks.pipe);
            return if stages.is_empty() {
                None
            } else {
                self.start(stages, Some(printed), context)
            };
        };
        if builtins::is_builtin(&name) {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut standard_input = input.map(VecDeque::from).or_else(|| self.input.take());
            let control = builtins::run(
                &argv,
                &mut builtins::Shell {
                    host: context.host,
                    login: context.login,
                    sys: context.sys,
                    out: &mut out,
                    err: &mut err,
                    input: &mut standard_input,
                    interactive: context.interactive,
                },
            );
            self.input = standard_input;
            self.emit(&mut sinks, out, err, &login, context);
            return match control {
                Control::Status(status) => {
                    context.login.status = status;
                    if stages.is_empty() {
                        None
                    } else {
                        self.start(stages, Some(sinks.pipe), context)
                    }
                }
                Control::Clear => {
                    context.screen.push(Chunk::Clear);
                    context.login.status = 0;
                    None
                }
                Control::End(status) => Some(State::Ended(status)),
                Control::LogIn { host, user } => Some(State::LogIn { host, user }),
                Control::Source(list) => {
                    let mut code = Vec::new();
                    compile(&list, &mut code);
                    self.splice(code);
                    None
                }
                Control::Remote { host, user, list } => {
                    let status = self.run_remote(&host, &user, &list, &mut sinks, context);
                    context.login.status = status;
                    if stages.is_empty() {
                        None
                    } else {
                        self.start(stages, Some(sinks.pipe), context)
                    }
                }
            };
        }
        let path = login.variable("PATH").unwrap_or_default().to_owned();
        let Some(process) = programs::start(context.host, &path, &argv) else {
            let message = not_found(context.host, &login, &name);
            self.emit(
                &mut sinks,
                Vec::new(),
                message.0.into_bytes(),
                &login,
                context,
            );
            context.login.status = message.1;
            return if stages.is_empty() {
                None
            } else {
                self.start(stages, Some(sinks.pipe), context)
            };
        };
        let piped = input.or_else(|| self.input.take().map(Vec::from));
        let lines = piped.as_ref().map(|bytes| {
            String::from_utf8_lossy(bytes)
                .lines()
                .map(str::to_owned)
                .collect::<VecDeque<_>>()
        });
        let mut running = Running {
            process,
            login,
            input: lines,
            sinks,
            rest: stages,
            shell: false,
            ends: None,
        };
        let first = self.turn(&mut running, Input::Start, piped, context);
        self.running = Some(running);
        self.settle(first, context)
    }

    /// One turn of the running program; its output is put where it belongs.
    fn turn(
        &mut self,
        running: &mut Running,
        input: Input,
        stdin: Option<Vec<u8>>,
        context: &mut Context<'_>,
    ) -> Step {
        self.act(running, stdin, context, |process, io| {
            process.resume(io, input)
        })
    }

    fn act(
        &mut self,
        running: &mut Running,
        stdin: Option<Vec<u8>>,
        context: &mut Context<'_>,
        act: impl FnOnce(&mut dyn Process, &mut Io<'_>) -> Step,
    ) -> Step {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let tty = context.interactive && matches!(running.sinks.out, Sink::Screen);
        let step = act(
            &mut *running.process,
            &mut Io {
                host: context.host,
                login: &mut running.login,
                stdout: &mut stdout,
                stderr: &mut stderr,
                stdin,
                tty,
                sys: context.sys,
            },
        );
        if running.shell {
            match running.process.wish() {
                Some(Wish::Clear) => context.screen.push(Chunk::Clear),
                Some(Wish::End(status)) => running.ends = Some(status),
                None => {}
            }
            *context.login = running.login.clone();
        }
        let login = running.login.clone();
        self.emit(&mut running.sinks, stdout, stderr, &login, context);
        step
    }

    /// Feeds the running program until it ends or waits for the person.
    fn settle(&mut self, mut step: Step, context: &mut Context<'_>) -> Option<State> {
        loop {
            let mut running = self.running.take()?;
            match step {
                Step::Exit(status) => {
                    context.login.status = status;
                    if let Some(status) = running.ends {
                        return Some(State::Ended(status));
                    }
                    if running.rest.is_empty() || self.printed > OUTPUT_BYTES_MAX {
                        return None;
                    }
                    return self.start(running.rest, Some(running.sinks.pipe), context);
                }
                Step::Run => {
                    self.running = Some(running);
                    return Some(State::Running);
                }
                Step::Read { prompt, echo } => {
                    let next = match &mut running.input {
                        Some(lines) => Some(lines.pop_front().map_or(Input::End, Input::Line)),
                        None if context.interactive => None,
                        None => Some(Input::End),
                    };
                    let Some(input) = next else {
                        self.running = Some(running);
                        return Some(State::Waiting { prompt, echo });
                    };
                    // A prompt is shown even where its answer is piped in, as by any program that
                    // does not ask whether it talks to a terminal.
                    step = self.turn(&mut running, input, None, context);
                    self.running = Some(running);
                }
            }
        }
    }

    fn drive(&mut self, context: &mut Context<'_>, input: Input) -> Option<State> {
        let mut running = self.running.take()?;
        let interrupted = input == Input::Interrupt;
        let step = self.turn(&mut running, input, None, context);
        let ended = matches!(step, Step::Exit(_));
        self.running = Some(running);
        let state = self.settle(step, context);
        if interrupted && ended {
            // As bash: Ctrl-C ends the whole line, not only the program.
            self.running = None;
            self.at = self.code.len();
            context.login.status = 130;
            return None;
        }
        state
    }

    fn emit(
        &mut self,
        sinks: &mut Sinks,
        out: Vec<u8>,
        err: Vec<u8>,
        login: &Login,
        context: &mut Context<'_>,
    ) {
        for (bytes, is_err) in [(out, false), (err, true)] {
            if bytes.is_empty() {
                continue;
            }
            let sink = if is_err {
                sinks.err.clone()
            } else {
                sinks.out.clone()
            };
            match sink {
                Sink::Pipe => sinks.pipe.extend_from_slice(&bytes),
                Sink::Screen => self.show(bytes, is_err, context),
                Sink::File(path) => {
                    if path == "/dev/null" {
                        continue;
                    }
                    let mut all = context
                        .host
                        .fs
                        .read(&path, "root")
                        .map(|old| old.to_vec())
                        .unwrap_or_default();
                    all.extend_from_slice(&bytes);
                    let now = context.sys.now();
                    if let Err(error) = context.host.fs.write(&path, all, &login.user, now) {
                        let message = format!("-bash: {path}: {}\n", error.text());
                        self.show(message.into_bytes(), true, context);
                    }
                }
            }
        }
    }

    fn show(&mut self, bytes: Vec<u8>, is_err: bool, context: &mut Context<'_>) {
        if self.printed > OUTPUT_BYTES_MAX {
            return;
        }
        self.printed += bytes.len();
        context.screen.push(if is_err {
            Chunk::Err(bytes)
        } else {
            Chunk::Out(bytes)
        });
        if self.printed > OUTPUT_BYTES_MAX {
            self.stop(context, "the line printed more than 1 MiB and was stopped");
        }
    }

    /// Runs a compound command as a stage of a pipeline, without a person.
    fn run_compound(
        &mut self,
        command: Command,
        piped: Option<Vec<u8>>,
        last: bool,
        context: &mut Context<'_>,
    ) -> Vec<u8> {
        let item = Item {
            join: Join::Always,
            negated: false,
            stages: vec![command],
        };
        let mut inner = Self::new(&[item]);
        inner.input = piped.map(VecDeque::from);
        let (printed, status) = self.run_nested(inner, context);
        context.login.status = status;
        if last {
            for chunk in printed {
                match chunk {
                    Chunk::Out(bytes) => self.show(bytes, false, context),
                    Chunk::Err(bytes) => self.show(bytes, true, context),
                    Chunk::Clear => {}
                }
            }
            return Vec::new();
        }
        let mut out = Vec::new();
        for chunk in printed {
            match chunk {
                Chunk::Out(bytes) => out.extend_from_slice(&bytes),
                Chunk::Err(bytes) => self.show(bytes, true, context),
                Chunk::Clear => {}
            }
        }
        out
    }

    /// Runs a compound command that is redirected, without a person; gives what went into its pipe.
    /// As the last of its pipeline it runs in this shell: what it assigns stays.
    fn run_redirected(
        &mut self,
        command: Command,
        input: Option<Vec<u8>>,
        mut sinks: Sinks,
        last: bool,
        context: &mut Context<'_>,
    ) -> Vec<u8> {
        let mut inner = Self::new(&[Item {
            join: Join::Always,
            negated: false,
            stages: vec![command],
        }]);
        inner.input = input.map(VecDeque::from);
        let mut login = context.login.clone();
        let (printed, status) = self.run_as(inner, &mut login, context);
        if last {
            *context.login = login;
        }
        context.login.status = status;
        let here = context.login.clone();
        for chunk in printed {
            match chunk {
                Chunk::Out(bytes) => self.emit(&mut sinks, bytes, Vec::new(), &here, context),
                Chunk::Err(bytes) => self.emit(&mut sinks, Vec::new(), bytes, &here, context),
                Chunk::Clear => {}
            }
        }
        sinks.pipe
    }

    /// Runs a list to its end without a person; what it changes in the login is lost, as in a
    /// subshell.
    fn run_nested(&mut self, inner: Self, context: &mut Context<'_>) -> (Vec<Chunk>, i32) {
        let mut login = context.login.clone();
        self.run_as(inner, &mut login, context)
    }

    /// Runs a list to its end without a person, with this login.
    fn run_as(
        &mut self,
        mut inner: Self,
        login: &mut Login,
        context: &mut Context<'_>,
    ) -> (Vec<Chunk>, i32) {
        inner.nesting = self.nesting + 1;
        inner.commands = self.commands;
        let mut screen = Vec::new();
        if inner.nesting > NESTING_MAX {
            return (
                vec![Chunk::Err(
                    b"hsmlab: command substitutions nest too deeply\n".to_vec(),
                )],
                1,
            );
        }
        let state = inner.resume(
            &mut Context {
                host: context.host,
                login,
                sys: context.sys,
                screen: &mut screen,
                interactive: false,
            },
            Input::Start,
        );
        self.commands = inner.commands;
        let status = if let State::Ended(status) = state {
            status
        } else {
            login.status
        };
        (screen, status)
    }

    /// `ssh host command`: runs a list on another host.
    fn run_remote(
        &mut self,
        host: &str,
        user: &str,
        list: &[Item],
        sinks: &mut Sinks,
        context: &mut Context<'_>,
    ) -> i32 {
        let Some((mut remote, mut login)) = context.sys.check_out(host, user) else {
            let text = format!("ssh: {host}: the host went away\n");
            self.show(text.into_bytes(), true, context);
            return 255;
        };
        let mut screen = Vec::new();
        let mut inner = Self::new(list);
        inner.nesting = self.nesting + 1;
        inner.commands = self.commands;
        let state = inner.resume(
            &mut Context {
                host: &mut remote,
                login: &mut login,
                sys: context.sys,
                screen: &mut screen,
                interactive: false,
            },
            Input::Start,
        );
        self.commands = inner.commands;
        context.sys.check_in(remote);
        let here = context.login.clone();
        for chunk in screen {
            match chunk {
                Chunk::Out(bytes) => self.emit(sinks, bytes, Vec::new(), &here, context),
                Chunk::Err(bytes) => self.emit(sinks, Vec::new(), bytes, &here, context),
                Chunk::Clear => {}
            }
        }
        if let State::Ended(status) = state {
            status
        } else {
            login.status
        }
    }

    /// Puts code at the present point: `source FILE`.
    fn splice(&mut self, mut code: Vec<Op>) {
        let start = self.at;
        let added = code.len();
        let shift = |to: &mut usize, by: usize| *to += by;
        for to in code.iter_mut().filter_map(Op::target) {
            shift(to, start);
        }
        let ends = self.saved.iter_mut().map(|saved| &mut saved.end);
        for to in self.code.iter_mut().filter_map(Op::target).chain(ends) {
            if *to >= start {
                shift(to, added);
            }
        }
        self.code.splice(start..start, code);
    }

    /// Expands a simple command and opens its redirections.
    fn prepare(
        &mut self,
        simple: &Simple,
        piped: Option<Vec<u8>>,
        last: bool,
        context: &mut Context<'_>,
    ) -> Result<Prepared, String> {
        let mut shell = Expansion::new(self, context);
        let unsplit = simple.words.first().and_then(Word::plain).as_deref() == Some("[[");
        let assigned: Vec<(String, String)> = simple
            .assignments
            .iter()
            .map(|(name, word)| (name.clone(), expand::text(word, &mut shell)))
            .collect();
        let mut argv: Vec<String> = simple
            .words
            .iter()
            .flat_map(|word| {
                if unsplit {
                    vec![expand::text(word, &mut shell)]
                } else {
                    expand::fields(word, &mut shell)
                }
            })
            .collect();
        let redirected: Vec<(Descriptor, Target, String)> = simple
            .redirections
            .iter()
            .map(|redirection| {
                let text = match &redirection.to {
                    Target::File(word) | Target::Append(word) | Target::Text(word) => {
                        expand::text(word, &mut shell)
                    }
                    Target::Heredoc(body) => body
                        .get()
                        .map(|word| expand::text(word, &mut shell))
                        .unwrap_or_default(),
                    Target::Same(_) => String::new(),
                };
                (redirection.from, redirection.to.clone(), text)
            })
            .collect();
        if let Some(why) = shell.failed {
            return Err(why);
        }
        let mut login = context.login.clone();
        if !argv.is_empty() && !builtins::is_builtin(&argv[0]) {
            login
                .variables
                .retain(|name, _| login.exported.contains(name));
        }
        for (name, value) in &assigned {
            login.variables.insert(name.clone(), value.clone());
            login.exported.insert(name.clone());
        }
        builtins::strip_sudo(&mut argv, &mut login, context.host)?;
        let out = if last { Sink::Screen } else { Sink::Pipe };
        let mut sinks = Sinks {
            out,
            err: Sink::Screen,
            pipe: Vec::new(),
        };
        let mut input = piped;
        for (from, to, text) in redirected {
            open(from, &to, &text, &mut sinks, &mut input, context)?;
        }
        Ok(Prepared {
            argv,
            login,
            input,
            sinks,
            assigned,
        })
    }
}

struct Prepared {
    argv: Vec<String>,
    login: Login,
    input: Option<Vec<u8>>,
    sinks: Sinks,
    assigned: Vec<(String, String)>,
}

fn open(
    from: Descriptor,
    to: &Target,
    text: &str,
    sinks: &mut Sinks,
    input: &mut Option<Vec<u8>>,
    context: &mut Context<'_>,
) -> Result<(), String> {
    // Redirections are opened by the shell as the learner, even before `sudo`: as on a real system.
    let path = super::fs::resolve(&context.login.cwd, &context.login.home(), text);
    let user = context.login.user.clone();
    let failed = |error: FsError| format!("{text}: {}", error.text());
    let sink = match to {
        Target::Text(_) | Target::Heredoc(_) => {
            *input = Some(text.as_bytes().to_vec());
            return Ok(());
        }
        Target::File(_) if from == Descriptor::Stdin => {
            *input = Some(if path == "/dev/null" {
                Vec::new()
            } else {
                context.host.fs.read(&path, &user).map_err(failed)?.to_vec()
            });
            return Ok(());
        }
        Target::Same(Descriptor::Stdout) => sinks.out.clone(),
        Target::Same(_) => sinks.err.clone(),
        Target::File(_) | Target::Append(_) => {
            let keeps = matches!(to, Target::Append(_)) && context.host.fs.exists(&path);
            if path != "/dev/null" {
                let old = if keeps {
                    context.host.fs.read(&path, "root").map_err(failed)?
                } else {
                    [].into()
                };
                let now = context.sys.now();
                context
                    .host
                    .fs
                    .write(&path, old, &user, now)
                    .map_err(failed)?;
            }
            Sink::File(path)
        }
    };
    match from {
        Descriptor::Stdout => sinks.out = sink,
        Descriptor::Stderr => sinks.err = sink,
        Descriptor::Both => {
            sinks.out = sink.clone();
            sinks.err = sink;
        }
        Descriptor::Stdin => {}
    }
    Ok(())
}

/// Bash's words for a command that is not there, and the status.
fn not_found(host: &Host, login: &Login, name: &str) -> (String, i32) {
    if name.contains('/') {
        let path = super::fs::resolve(&login.cwd, &login.home(), name);
        return match host.fs.node(&path) {
            Some(node) if matches!(node.kind, super::fs::NodeKind::Folder) => {
                (format!("-bash: {name}: Is a directory\n"), 126)
            }
            Some(_) => (format!("-bash: {name}: Permission denied\n"), 126),
            None => (format!("-bash: {name}: No such file or directory\n"), 127),
        };
    }
    (format!("-bash: {name}: command not found\n"), 127)
}

struct Expansion<'m, 'c, 'a> {
    machine: &'m mut Machine,
    context: &'c mut Context<'a>,
    spent: usize,
    failed: Option<String>,
}

impl<'m, 'c, 'a> Expansion<'m, 'c, 'a> {
    const fn new(machine: &'m mut Machine, context: &'c mut Context<'a>) -> Self {
        Self {
            machine,
            context,
            spent: 0,
            failed: None,
        }
    }
}

impl Substitute for Expansion<'_, '_, '_> {
    fn output_of(&mut self, list: &[Item]) -> String {
        let (screen, status) = self.machine.run_nested(Machine::new(list), self.context);
        self.context.login.status = status;
        let mut out = Vec::new();
        for chunk in screen {
            match chunk {
                Chunk::Out(bytes) => out.extend_from_slice(&bytes),
                Chunk::Err(bytes) => self.machine.show(bytes, true, self.context),
                Chunk::Clear => {}
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    fn login(&mut self) -> &mut Login {
        self.context.login
    }

    fn spend(&mut self, bytes: usize) -> bool {
        self.spent = self.spent.saturating_add(bytes);
        let enough = self.spent <= EXPANSION_BYTES_MAX;
        if !enough {
            self.fail("Argument list too long".into());
        }
        enough
    }

    fn fail(&mut self, why: String) {
        self.failed.get_or_insert(why);
    }

    fn fs(&self) -> &Fs {
        &self.context.host.fs
    }
}

impl Op {
    /// Where the operation may go on, other than behind itself.
    fn target(&mut self) -> Option<&mut usize> {
        match self {
            Self::Jump(to) | Self::JumpIf(_, to) | Self::ForNext(_, to) | Self::Save(to) => {
                Some(to)
            }
            _ => None,
        }
    }
}

/// A loop that is being compiled: where it goes on, whether it is a `for`, and the jumps out of it.
struct Loop {
    top: usize,
    is_for: bool,
    leaves: Vec<usize>,
}

fn compile(list: &[Item], code: &mut Vec<Op>) {
    compile_in(list, code, &mut Vec::new());
}

fn compile_in(list: &[Item], code: &mut Vec<Op>, loops: &mut Vec<Loop>) {
    for item in list {
        let guard = match item.join {
            Join::Always => None,
            Join::And => Some(false),
            Join::Or => Some(true),
        };
        let jump = guard.map(|skips_on| {
            code.push(Op::JumpIf(skips_on, 0));
            code.len() - 1
        });
        match item.stages.as_slice() {
            [one] => compile_command(one, code, loops),
            stages => code.push(Op::Run(stages.to_vec())),
        }
        if item.negated {
            code.push(Op::Negate);
        }
        patch(code, jump);
    }
}

/// Points the jump at `at` to the present end of the code.
fn patch(code: &mut [Op], at: Option<usize>) {
    let end = code.len();
    if let Some(to) = at.and_then(|at| code.get_mut(at)).and_then(Op::target) {
        *to = end;
    }
}

/// `break [N]` and `continue [N]` inside a loop; false for any other command.
fn compile_leave(simple: &Simple, code: &mut Vec<Op>, loops: &mut [Loop]) -> bool {
    let words: Vec<String> = simple.words.iter().filter_map(Word::plain).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (name, levels) = match words.as_slice() {
        [name @ ("break" | "continue")] => (*name, 1),
        [name @ ("break" | "continue"), levels] => (*name, levels.parse().unwrap_or(1)),
        _ => return false,
    };
    let levels = levels.clamp(1, loops.len().max(1));
    let Some(target) = loops.len().checked_sub(levels) else {
        return false;
    };
    code.push(Op::Status(0));
    let inner = loops.get(target + 1..).unwrap_or_default();
    code.extend(
        inner
            .iter()
            .filter(|inner| inner.is_for)
            .map(|_| Op::ForLeave),
    );
    let Some(left) = loops.get_mut(target) else {
        return false;
    };
    if name == "continue" {
        code.push(Op::Jump(left.top));
    } else {
        if left.is_for {
            code.push(Op::ForLeave);
        }
        left.leaves.push(code.len());
        code.push(Op::Jump(0));
    }
    true
}

/// The end of a loop, which is where `break` goes.
fn close_loop(code: &mut [Op], loops: &mut Vec<Loop>) {
    for leave in loops.pop().map(|closed| closed.leaves).unwrap_or_default() {
        patch(code, Some(leave));
    }
}

fn compile_command(command: &Command, code: &mut Vec<Op>, loops: &mut Vec<Loop>) {
    match command {
        Command::Simple(simple) => {
            if !compile_leave(simple, code, loops) {
                code.push(Op::Run(vec![command.clone()]));
            }
        }
        Command::Redirected(..) => code.push(Op::Run(vec![command.clone()])),
        Command::Group(list) => compile_in(list, code, loops),
        Command::Subshell(list) => {
            let start = code.len();
            code.push(Op::Save(0));
            compile(list, code);
            patch(code, Some(start));
            code.push(Op::Restore);
        }
        Command::If(branches, otherwise) => {
            let mut ends = Vec::new();
            for (test, body) in branches {
                compile_in(test, code, loops);
                code.push(Op::JumpIf(false, 0));
                let skip = code.len() - 1;
                compile_in(body, code, loops);
                code.push(Op::Jump(0));
                ends.push(code.len() - 1);
                patch(code, Some(skip));
            }
            code.push(Op::Status(0));
            compile_in(otherwise, code, loops);
            for end in ends {
                patch(code, Some(end));
            }
        }
        Command::While(wanted, test, body) => {
            let top = code.len();
            loops.push(Loop {
                top,
                is_for: false,
                leaves: Vec::new(),
            });
            compile_in(test, code, loops);
            code.push(Op::JumpIf(!wanted, 0));
            let skip = code.len() - 1;
            compile_in(body, code, loops);
            code.push(Op::Jump(top));
            patch(code, Some(skip));
            code.push(Op::Status(0));
            close_loop(code, loops);
        }
        Command::For(name, words, body) => {
            code.push(Op::ForStart(words.clone()));
            let top = code.len();
            code.push(Op::ForNext(name.clone(), 0));
            loops.push(Loop {
                top,
                is_for: true,
                leaves: Vec::new(),
            });
            compile_in(body, code, loops);
            code.push(Op::Jump(top));
            patch(code, Some(top));
            close_loop(code, loops);
        }
    }
}
