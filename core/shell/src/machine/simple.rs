//! Simple commands: their words and redirections, the lookup of the name, and the start.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::code::{compile, compile_command};
use super::expansion::Expansion;
use super::failure::Failure;
use super::frame::{Frame, Kind, Pipeline, restore};
use super::prefix::{self, Prefix};
use super::running::Running;
use super::streams::{self, Sinks, Source};
use super::{Chunk, Context, FRAMES_MAX, Machine, State};
use crate::builtins::{self, Control};
use crate::expand;
use crate::host::Login;
use crate::image;
use crate::lookup::{self, Found};
use crate::syntax::{Command, Descriptor, Redirection, Simple, Target, Word};

/// A simple command that is ready to start.
pub(super) struct Prepared {
    pub(super) argv: Vec<String>,
    pub(super) prefix: Prefix,
    pub(super) input: Option<Vec<u8>>,
    pub(super) sinks: Sinks,
    assigned: Vec<(String, String)>,
    /// True if a command substitution set the status.
    ran: bool,
}

impl Prepared {
    /// The variables that are set only for the command.
    pub(super) fn assigned(&self) -> &[(String, String)] {
        &self.assigned
    }

    /// The same streams for a fresh login.
    pub(super) fn as_login(self, login: Login) -> Self {
        Self {
            argv: Vec::new(),
            prefix: Prefix::with_login(login),
            assigned: Vec::new(),
            ..self
        }
    }
}

impl Machine {
    /// Starts the next stage of a pipeline; `piped` is the output of the stage before.
    pub(super) fn start(
        &mut self,
        mut pipeline: Pipeline,
        piped: Option<Vec<u8>>,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let command = pipeline.rest.pop_front()?;
        let simple = match command {
            Command::Simple(simple) => simple,
            Command::Function(name, body) => {
                context.login.functions.insert(name, body);
                context.login.status = 0;
                return self.next_stage(pipeline, Vec::new(), context);
            }
            Command::Redirected(inner, redirections) => {
                return self.start_compound(&inner, redirections, piped, pipeline, context);
            }
            other => return self.start_compound(&other, Vec::new(), piped, pipeline, context),
        };
        match self.prepare(&simple, piped, &pipeline, context) {
            Ok(prepared) => self.launch(prepared, pipeline, context),
            Err(failure) => self.fail(failure, pipeline, context),
        }
    }

    /// Starts the next stage of a pipeline, if there is one.
    pub(super) fn next_stage(
        &mut self,
        mut pipeline: Pipeline,
        piped: Vec<u8>,
        context: &mut Context<'_>,
    ) -> Option<State> {
        if context.login.status != 0 {
            pipeline.failed = context.login.status;
        }
        if pipeline.rest.is_empty() {
            if context.login.options.pipefail && pipeline.many && context.login.status == 0 {
                context.login.status = pipeline.failed;
            }
            return None;
        }
        self.start(pipeline, Some(piped), context)
    }

    fn fail(
        &mut self,
        failure: Failure,
        pipeline: Pipeline,
        context: &mut Context<'_>,
    ) -> Option<State> {
        self.complain(&failure.message, context);
        context.login.status = failure.status;
        // At the prompt, only the line ends.
        if failure.fatal && self.exit(failure.status, context) {
            return None;
        }
        self.next_stage(pipeline, Vec::new(), context)
    }

    /// Reports on the command's standard error why it does not run, then starts the next stage.
    pub(super) fn refuse(
        &mut self,
        message: String,
        status: i32,
        mut prepared: Prepared,
        pipeline: Pipeline,
        context: &mut Context<'_>,
    ) -> Option<State> {
        self.emit(
            &mut prepared.sinks,
            Vec::new(),
            message.into_bytes(),
            context,
        );
        context.login.status = status;
        self.next_stage(pipeline, prepared.sinks.pipe, context)
    }

    /// Runs a compound command in a separate frame.
    fn start_compound(
        &mut self,
        command: &Command,
        redirections: Vec<Redirection>,
        piped: Option<Vec<u8>>,
        pipeline: Pipeline,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let outside = Simple {
            redirections,
            ..Simple::default()
        };
        let prepared = match self.prepare(&outside, piped, &pipeline, context) {
            Ok(prepared) => prepared,
            Err(failure) => return self.fail(failure, pipeline, context),
        };
        let mut frame = Frame::new(Kind::List, compile_command(command));
        frame.sinks = prepared.sinks;
        frame.input = prepared.input.map(VecDeque::from);
        let isolated = pipeline.many || matches!(command, Command::Subshell(_));
        frame.login = isolated.then(|| context.login.clone());
        frame.pipeline = pipeline;
        self.push(frame, context)
    }

    /// Pushes a frame. Stops the line if there are too many.
    pub(super) fn push(&mut self, mut frame: Frame, context: &mut Context<'_>) -> Option<State> {
        frame.line = self.frames.last().map_or(0, |below| below.line);
        self.frames.push(frame);
        if self.frames.len() > FRAMES_MAX {
            self.stop(context, "scripts and functions nest too deeply");
        }
        None
    }

    /// Expands a simple command and opens its redirections.
    fn prepare(
        &mut self,
        simple: &Simple,
        piped: Option<Vec<u8>>,
        pipeline: &Pipeline,
        context: &mut Context<'_>,
    ) -> Result<Prepared, Failure> {
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
        let (failed, fatal, ran) = (shell.failed, shell.fatal, shell.ran);
        let failure =
            |machine: &Self, why: &str| Failure::new(format!("{}{why}\n", machine.voice()), 1);
        if let Some(why) = failed {
            return Err(Failure {
                fatal,
                ..failure(self, &why)
            });
        }
        let prefix = prefix::strip(&mut argv, context)?;
        let mut sinks = Sinks::inherited(!pipeline.rest.is_empty());
        let mut input = piped;
        for (from, to, text) in redirected {
            streams::open(from, &to, &text, &mut sinks, &mut input, context)
                .map_err(|why| failure(self, &why))?;
        }
        Ok(Prepared {
            argv,
            prefix,
            input,
            sinks,
            assigned,
            ran,
        })
    }

    fn launch(
        &mut self,
        mut prepared: Prepared,
        pipeline: Pipeline,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let Some(name) = prepared.argv.first().cloned() else {
            for (name, value) in prepared.assigned {
                context.login.variables.insert(name, value);
            }
            if !prepared.ran {
                context.login.status = 0;
            }
            return self.next_stage(pipeline, prepared.sinks.pipe, context);
        };
        if context.login.options.xtrace {
            let line = format!("+ {}\n", prepared.argv.join(" "));
            self.complain(&line, context);
        }
        if prepared.prefix.nohup {
            self.detach(&mut prepared, context);
        }
        let found = lookup::find(
            context.host,
            context.login,
            &prepared.prefix.login(context.login),
            prepared.prefix.only_files(),
            &name,
        );
        match found {
            Found::Function(body) => self.call(&body, prepared, pipeline, context),
            Found::Builtin => self.builtin(prepared, pipeline, context),
            Found::Program(program) => self.run_program(&program, prepared, pipeline, context),
            Found::Script { name, text, flags } => {
                let positional = std::mem::take(&mut prepared.argv);
                self.shell(
                    &name,
                    Some(text),
                    &flags,
                    positional,
                    prepared,
                    pipeline,
                    context,
                )
            }
            Found::Missing { what, status } => {
                let message = lookup::not_in_this_lab(&name).unwrap_or_else(|| {
                    match prepared.prefix.speaker() {
                        Some(who) => format!("{who}: {what}\n"),
                        None => format!("{}{what}\n", self.voice()),
                    }
                });
                let status = prepared.prefix.status_of_missing(status);
                self.refuse(message, status, prepared, pipeline, context)
            }
        }
    }

    /// `nohup`: sends output that would reach the terminal to a file.
    fn detach(&mut self, prepared: &mut Prepared, context: &mut Context<'_>) {
        if !(context.interactive && self.reaches_screen(&prepared.sinks.out)) {
            return;
        }
        prepared.input.get_or_insert_default();
        let opened = streams::open(
            Descriptor::Both,
            &Target::Append(Word::quoted("nohup.out")),
            "nohup.out",
            &mut prepared.sinks,
            &mut prepared.input,
            context,
        );
        let text = match opened {
            Ok(()) => "nohup: ignoring input and appending output to 'nohup.out'\n".to_owned(),
            Err(why) => format!("nohup: failed to open {why}\n"),
        };
        self.complain(&text, context);
    }

    /// Calls a function.
    fn call(
        &mut self,
        body: &Rc<Command>,
        prepared: Prepared,
        pipeline: Pipeline,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let mut frame = Frame::new(Kind::Function, compile_command(body));
        frame.sinks = prepared.sinks;
        frame.input = prepared.input.map(VecDeque::from);
        frame.login = pipeline.many.then(|| context.login.clone());
        frame.pipeline = pipeline;
        frame.variables = assign(prepared.assigned, context);
        let mut positional = prepared.argv;
        if let (Some(first), Some(name)) =
            (positional.first_mut(), context.login.positional.first())
        {
            first.clone_from(name);
        }
        frame.positional = Some(std::mem::replace(&mut context.login.positional, positional));
        self.push(frame, context)
    }

    /// Runs a program by the name in its file.
    fn run_program(
        &mut self,
        program: &str,
        mut prepared: Prepared,
        pipeline: Pipeline,
        context: &mut Context<'_>,
    ) -> Option<State> {
        if image::is_shell(program) {
            return self.bash(prepared, pipeline, context);
        }
        if image::runs_in_the_shell(program) {
            if let Some(first) = prepared.argv.first_mut() {
                program.clone_into(first);
            }
            return self.builtin(prepared, pipeline, context);
        }
        let Some(found) = context.sys.software().find(program) else {
            let message = format!(
                "hsmlab: {} is installed, but this lab cannot run it\n",
                prepared.argv.first().map_or(program, String::as_str)
            );
            return self.refuse(message, 126, prepared, pipeline, context);
        };
        let login = prepared.environment(context.login);
        let running = Running {
            name: program.to_owned(),
            source: self.source(prepared.input),
            sinks: prepared.sinks,
            pipeline,
            deadline: prepared.prefix.deadline(context),
            ..Running::new(found.start(&prepared.argv), login)
        };
        self.begin(running, context)
    }

    /// Runs a builtin.
    fn builtin(
        &mut self,
        prepared: Prepared,
        pipeline: Pipeline,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let Prepared {
            argv,
            input,
            mut sinks,
            assigned,
            prefix,
            ..
        } = prepared;
        let before = pipeline.many.then(|| context.login.clone());
        let mut variables = assign(assigned, context);
        if argv.first().map(String::as_str) == Some("read") {
            return self.read(&argv, input, sinks, (before, variables), pipeline, context);
        }
        let mut source = self.source(input);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let control = builtins::run(
            &argv,
            &mut builtins::Shell {
                host: context.host,
                login: context.login,
                sys: context.sys,
                out: &mut out,
                err: &mut err,
                voice: self.voice(),
                user: prefix.user().map(str::to_owned),
                has_terminal: context.interactive && matches!(source, Source::Terminal),
            },
        );
        self.emit(&mut sinks, out, err, context);
        let status = match control {
            Control::Status(status) => status,
            Control::Clear => {
                context.screen.push(Chunk::Clear);
                0
            }
            Control::End(status) => return Some(State::Ended(status)),
            Control::Return(status) => {
                if self.leave_function(status, context) {
                    return None;
                }
                let text = format!(
                    "{}return: can only `return' from a function or sourced script\n",
                    self.voice()
                );
                self.complain(&text, context);
                1
            }
            Control::Local(names) => self.local(&names, context),
            Control::Source(list) => {
                let mut frame = Frame::new(Kind::Source, compile(&list));
                frame.sinks = sinks;
                frame.login = before;
                frame.pipeline = pipeline;
                frame.variables = std::mem::take(&mut variables);
                context.login.status = 0;
                return self.push(frame, context);
            }
            Control::LogIn { user, command } => {
                let prepared = Prepared {
                    argv,
                    prefix,
                    input: self.drain(&mut source),
                    sinks,
                    assigned: Vec::new(),
                    ran: false,
                };
                return self.log_in(user, command, prepared, pipeline, context);
            }
            Control::Remote {
                host,
                user,
                command,
                reads,
            } => {
                let asks = context.interactive
                    && matches!(source, Source::Terminal)
                    && !pipeline.many
                    && self.reaches_screen(&sinks.out);
                if asks && reads {
                    return Some(State::LogIn {
                        host,
                        user,
                        command,
                        login: None,
                    });
                }
                let input = if reads { self.drain(&mut source) } else { None };
                self.remote(&host, &user, command, input, &mut sinks, context)
            }
        };
        if let Some(before) = before {
            *context.login = before;
        }
        restore(&variables, context.login);
        context.login.status = status;
        self.next_stage(pipeline, sinks.pipe, context)
    }

    /// Takes the rest of a source. `None`: it is the terminal.
    pub(super) fn drain(&mut self, source: &mut Source) -> Option<Vec<u8>> {
        self.unread(source)
            .map(|bytes| std::mem::take(bytes).into_iter().collect())
    }

    /// `read` is a program inside the shell, so that it can wait for a line.
    fn read(
        &mut self,
        argv: &[String],
        input: Option<Vec<u8>>,
        sinks: Sinks,
        (before, variables): (Option<Login>, BTreeMap<String, Option<String>>),
        pipeline: Pipeline,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let asks = context.interactive && input.is_none();
        match builtins::read::start(argv, &self.voice(), asks) {
            Ok(process) => {
                let running = Running {
                    source: self.source(input),
                    sinks,
                    pipeline,
                    shell: true,
                    before,
                    variables,
                    ..Running::new(process, context.login.clone())
                };
                self.begin(running, context)
            }
            Err((message, status)) => {
                restore(&variables, context.login);
                self.fail(Failure::new(message, status), pipeline, context)
            }
        }
    }

    /// `local`: the variables get their earlier values back when the function ends.
    fn local(&mut self, names: &[String], context: &mut Context<'_>) -> i32 {
        let function = self
            .frames
            .iter_mut()
            .rev()
            .find(|frame| frame.kind == Kind::Function);
        let Some(frame) = function else {
            let text = format!("{}local: can only be used in a function\n", self.voice());
            self.complain(&text, context);
            return 1;
        };
        for name in names {
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (name.as_str(), None),
            };
            let old = context.login.variables.get(name).cloned();
            frame.variables.entry(name.to_owned()).or_insert(old);
            context
                .login
                .variables
                .insert(name.to_owned(), value.unwrap_or_default().to_owned());
        }
        0
    }
}

/// Sets variables for one command; returns their earlier values.
fn assign(
    assigned: Vec<(String, String)>,
    context: &mut Context<'_>,
) -> BTreeMap<String, Option<String>> {
    let mut before = BTreeMap::new();
    for (name, value) in assigned {
        let old = context.login.variables.insert(name.clone(), value);
        before.entry(name).or_insert(old);
    }
    before
}
