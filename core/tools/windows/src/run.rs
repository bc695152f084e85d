//! Runs statements: pipelines, assignments, redirections.

use super::call;
use super::commands;
use super::encoding;
use super::failure::Failure;
use super::native;
use super::render;
use super::syntax::{Command, Expression, Kind, Pipeline, Span, Stage, Statement, Variable};
use super::value::{Block, Value};
use hsmlab_shell::process::{Io, Process, Step, Wish};

/// The most commands that one line may run.
const COMMANDS_MAX: usize = 10_000;
/// The deepest nesting of script-block calls.
const CALLS_MAX: usize = 32;

/// The shell's state while a statement runs.
pub(super) struct Shell<'a, 'b> {
    pub(super) io: &'a mut Io<'b>,
    pub(super) source: &'a str,
    pub(super) wish: Option<Wish>,
    /// The values of `$_`, the innermost last.
    pub(super) present: Vec<Value>,
    failed: bool,
    /// True if the previous statement succeeded: `$?`.
    before: bool,
    commands: usize,
    depth: usize,
}

/// A program that the shell has started.
#[derive(Clone)]
pub(super) struct Child {
    /// Its name in small letters, without `.exe`.
    pub(super) name: String,
    pub(super) process: Box<dyn Process>,
}

/// The result of a statement.
pub(super) enum Flow {
    Next,
    /// A program is waiting.
    Waits(Child, Step),
    /// The shell must exit.
    End(i32),
}

/// The target that a command's name resolves to.
enum Found {
    /// A cmdlet, and the name that was typed.
    Cmdlet(&'static commands::Cmdlet, String),
    Program(Child),
    /// A script block.
    Block(Block),
    /// Nothing to run; any message has been printed already.
    Nothing,
}

/// Records the exit status of a program.
pub(super) fn ended(io: &mut Io<'_>, status: i32) {
    io.login.status = status;
    io.login
        .objects
        .get_mut::<crate::Variables>()
        .insert("lastexitcode".into(), Value::Int(status.into()));
}

impl<'a, 'b> Shell<'a, 'b> {
    pub(super) fn new(io: &'a mut Io<'b>, source: &'a str) -> Self {
        Self {
            io,
            source,
            wish: None,
            present: Vec::new(),
            failed: false,
            before: true,
            commands: 0,
            depth: 0,
        }
    }

    /// Prints an error and marks the statement as failed.
    pub(super) fn report(&mut self, failure: &Failure) {
        let text = failure.render(self.source);
        self.io.err(text);
        self.failed = true;
    }

    /// Runs a top-level statement of the line.
    pub(super) fn statement(&mut self, statement: &Statement) -> Flow {
        self.failed = false;
        self.before = self.io.login.status == 0;
        self.io.login.status = 0;
        let flow = match statement {
            Statement::Assign { to, add, value } => {
                self.assign(to, *add, value).map(|()| Flow::Next)
            }
            Statement::Pipeline(pipeline) => self.shown(pipeline),
        };
        let flow = flow.unwrap_or_else(|failure| {
            self.report(&failure);
            Flow::Next
        });
        if self.failed {
            self.io.login.status = 1;
        }
        flow
    }

    fn assign(&mut self, to: &Variable, add: bool, value: &Pipeline) -> Result<(), Failure> {
        let fresh = Value::from_items(self.values(value)?);
        let fresh = if add {
            let old = self.variable(to);
            super::evaluate::add(old, fresh, value.span)?
        } else {
            fresh
        };
        self.set(to, fresh);
        Ok(())
    }

    /// Sets a variable.
    pub(super) fn set(&mut self, to: &Variable, value: Value) {
        if !to.environment {
            self.io
                .login
                .objects
                .get_mut::<crate::Variables>()
                .insert(to.name.to_ascii_lowercase(), value);
            return;
        }
        // Windows ignores the case of names; programs look for upper case.
        let name = to.name.to_ascii_uppercase();
        let text = value.text();
        if text.is_empty() {
            self.io.login.variables.remove(&name);
            self.io.login.exported.remove(&name);
        } else {
            self.io.login.variables.insert(name.clone(), text);
            self.io.login.exported.insert(name);
        }
    }

    /// Runs a pipeline whose output goes to the screen.
    fn shown(&mut self, pipeline: &Pipeline) -> Result<Flow, Failure> {
        let Some((last, before)) = pipeline.stages.split_last() else {
            return Ok(Flow::Next);
        };
        if let ([], Stage::Command(command)) = (before, last)
            && let Some(name) = plain_name(&command.name)
            && let Some(flow) = self.control(&name, command)?
        {
            return Ok(flow);
        }
        let input = self.through(before)?;
        let values = match last {
            Stage::Command(command) if command.redirections.is_empty() => {
                match self.find(command)? {
                    Found::Program(child) => return Ok(self.launch(child, input)),
                    found => self.called(found, command, input)?,
                }
            }
            last => self.stage(last, input)?,
        };
        let text = render::render(&values);
        self.io.out(text);
        Ok(Flow::Next)
    }

    /// Runs commands of the shell itself: `exit`, `cls`.
    fn control(&mut self, name: &str, command: &Command) -> Result<Option<Flow>, Failure> {
        match name.to_ascii_lowercase().as_str() {
            "exit" => {
                let mut wanted = None;
                if let Some(super::syntax::Argument::Value(value)) = command.arguments.first() {
                    wanted = self.evaluate(value)?.number();
                }
                let status = wanted.and_then(|wanted| i32::try_from(wanted).ok());
                Ok(Some(Flow::End(status.unwrap_or(0))))
            }
            "cls" | "clear" | "clear-host" => {
                self.io.stdout.clear();
                self.io.stderr.clear();
                self.wish = Some(Wish::Clear);
                Ok(Some(Flow::Next))
            }
            "explain" | "wait" => {
                let mut argv = vec![name.to_ascii_lowercase()];
                argv.extend(self.program_arguments(command)?);
                native::builtin(&argv, self.io);
                Ok(Some(Flow::Next))
            }
            _ => Ok(None),
        }
    }

    /// Returns `$?`.
    pub(super) const fn succeeded(&self) -> bool {
        self.before
    }

    /// Runs stages one after the other; returns the output of the last one.
    fn through(&mut self, stages: &[Stage]) -> Result<Option<Vec<Value>>, Failure> {
        let mut input = None;
        for stage in stages {
            input = Some(self.stage(stage, input)?);
        }
        Ok(input)
    }

    /// Returns the output of a pipeline.
    pub(super) fn values(&mut self, pipeline: &Pipeline) -> Result<Vec<Value>, Failure> {
        Ok(self.through(&pipeline.stages)?.unwrap_or_default())
    }

    /// Returns the output of statements.
    pub(super) fn block(&mut self, list: &[Statement]) -> Result<Vec<Value>, Failure> {
        self.depth += 1;
        if self.depth > CALLS_MAX {
            return Err(Failure::runtime(
                "The script failed due to call depth overflow.",
                "CallDepthOverflow",
                Span::default(),
            ));
        }
        let mut all = Vec::new();
        for statement in list {
            match statement {
                Statement::Assign { to, add, value } => self.assign(to, *add, value)?,
                Statement::Pipeline(pipeline) => all.extend(self.values(pipeline)?),
            }
        }
        self.depth -= 1;
        Ok(all)
    }

    fn stage(&mut self, stage: &Stage, input: Option<Vec<Value>>) -> Result<Vec<Value>, Failure> {
        let redirections = stage.redirections();
        let errors_before = self.io.stderr.len();
        let values = match stage {
            Stage::Expression(expression, _) => {
                let value = self.evaluate(expression)?;
                if matches!(expression.kind, Kind::Text { .. } | Kind::Number(_))
                    && value == Value::Null
                {
                    vec![Value::from("")]
                } else {
                    value.items()
                }
            }
            Stage::Command(command) => match self.find(command) {
                Ok(found) => self.called(found, command, input)?,
                Err(failure) if redirections.is_empty() => return Err(failure),
                Err(failure) => {
                    self.report(&failure);
                    Vec::new()
                }
            },
        };
        self.redirect(redirections, values, errors_before)
    }

    /// Runs a command whose output continues through the pipeline.
    fn called(
        &mut self,
        found: Found,
        command: &Command,
        input: Option<Vec<Value>>,
    ) -> Result<Vec<Value>, Failure> {
        let (cmdlet, by) = match found {
            Found::Cmdlet(cmdlet, by) => (cmdlet, by),
            Found::Program(child) => return Ok(self.captured(child.process, input)),
            Found::Block(block) => return self.block(&block.0),
            Found::Nothing => return Ok(Vec::new()),
        };
        let call = call::bind(self, (cmdlet, by), command, input)?;
        let quiet = call.silent();
        let errors = self.io.stderr.len();
        let failed = self.failed;
        let done = (cmdlet.run)(self, &call);
        if quiet {
            self.io.stderr.truncate(errors);
            self.failed = failed;
            return Ok(done.unwrap_or_default());
        }
        done
    }

    /// Formats a kept path as Windows shows it.
    pub(super) fn shown_path(&self, path: &str) -> String {
        hsmlab_shell::fs::windows_path(&self.io.host.fs.kept(path))
    }

    fn find(&mut self, command: &Command) -> Result<Found, Failure> {
        self.commands += 1;
        if self.commands > COMMANDS_MAX {
            return Err(Failure::runtime(
                "hsmlab: the line ran 10000 commands and was stopped",
                "Stopped",
                command.span,
            ));
        }
        let value = self.evaluate(&command.name)?;
        let name = value.text();
        if let Value::Block(block) = value {
            return Ok(Found::Block(block));
        }
        if name.is_empty() {
            return Err(Failure {
                category: "InvalidOperation",
                exception: "RuntimeException",
                ..Failure::parser(
                    "The expression after '&' in a pipeline element produced an object that was not valid. It must result in a command name, a script block, or a CommandInfo object.",
                    "BadExpression",
                    command.name.span,
                )
            });
        }
        if let Some(cmdlet) = commands::find(&name) {
            return Ok(Found::Cmdlet(cmdlet, name));
        }
        let mut argv = vec![name.clone()];
        argv.extend(self.program_arguments(command)?);
        match native::start(self.io, &argv) {
            Some(process) => Ok(Found::Program(Child {
                name: native::stem(&name),
                process,
            })),
            None => {
                let failure = Failure::not_recognized(&name, command.name.span);
                if native::is_here(self.io, &name) {
                    self.report(&failure);
                    self.io.err(native::suggestion(&name));
                    return Ok(Found::Nothing);
                }
                Err(failure)
            }
        }
    }

    /// Returns the arguments as a program receives them.
    fn program_arguments(&mut self, command: &Command) -> Result<Vec<String>, Failure> {
        let mut words = Vec::new();
        for argument in &command.arguments {
            match argument {
                super::syntax::Argument::Parameter {
                    text, value, name, ..
                } => match value {
                    // Windows PowerShell passes `-Name:value` unchanged, with the value evaluated.
                    Some(value) => {
                        let value = self.evaluate(value)?;
                        words.push(format!("-{name}:{}", value.text()));
                    }
                    None => words.push(text.clone()),
                },
                super::syntax::Argument::Value(value) => {
                    let value = self.evaluate(value)?;
                    match value {
                        Value::List(all) => words.extend(all.iter().map(Value::text)),
                        Value::Null => {}
                        other => words.push(other.text()),
                    }
                }
                super::syntax::Argument::Verbatim(text) => {
                    return Ok(native::split(&format!("{} {text}", native::join(&words))));
                }
            }
        }
        // A program receives one line and splits it itself.
        Ok(native::split(&native::join(&words)))
    }

    /// Runs a program whose output goes to the screen.
    fn launch(&mut self, mut child: Child, input: Option<Vec<Value>>) -> Flow {
        let piped = input.map(|values| encoding::with_crlf(&render::render(&values)).into_bytes());
        let mut step = native::begin(&mut *child.process, piped.clone(), self.io);
        if let Some(piped) = piped {
            step = native::feed(&mut *child.process, step, &piped, self.io);
        }
        match step {
            Step::Exit(status) => {
                ended(self.io, status);
                Flow::Next
            }
            step => Flow::Waits(child, step),
        }
    }

    /// Runs a program whose output continues through the pipeline.
    fn captured(&mut self, process: Box<dyn Process>, input: Option<Vec<Value>>) -> Vec<Value> {
        let piped = input.map(|values| encoding::with_crlf(&render::render(&values)).into_bytes());
        let (printed, status) = native::run_to_end(process, piped, self.io);
        ended(self.io, status);
        let text = String::from_utf8_lossy(&printed).into_owned();
        text.lines().map(Value::from).collect()
    }
}

/// Returns a command's name that is a plain word.
fn plain_name(name: &Expression) -> Option<String> {
    match &name.kind {
        Kind::Text { pieces, bare: true } => match pieces.as_slice() {
            [super::syntax::Piece::Literal(text)] => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}
