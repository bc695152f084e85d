//! A frame: a list that is being run with its own streams. Scripts, functions, subshells and
//! redirected compound commands each get one, on top of the frame that started them.

use std::collections::{BTreeMap, VecDeque};

use super::code::Op;
use super::streams::Sinks;
use super::{Context, Machine, State};
use crate::builtins::syntax_message;
use crate::host::Login;
use crate::syntax::{self, Command, SyntaxError};
use hsmlab_sim::SimTime;

/// The kind of code that a frame runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A list or a compound command.
    List,
    /// A file that `source` reads, or the text that `eval` runs.
    Source,
    /// A function.
    Function,
    /// A separate shell: a script, `bash -c`, or standard input. Its name in messages.
    Script(String),
}

/// A list that is being run.
#[derive(Clone)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) code: Vec<Op>,
    pub(super) at: usize,
    /// The remaining items of the `for` loops, the innermost last.
    pub(super) loops: Vec<VecDeque<String>>,
    /// The word that the current `case` compares.
    pub(super) subject: String,
    /// The start times of `time`, the innermost last.
    pub(super) clocks: Vec<SimTime>,
    /// Commands that are not parsed yet.
    pub(super) script: Option<Script>,
    pub(super) sinks: Sinks,
    /// Its standard input, if it differs from that of the frame below.
    pub(super) input: Option<VecDeque<u8>>,
    /// The pipeline to which it belongs as a stage.
    pub(super) pipeline: Pipeline,
    /// The login to return to: changes made in a subshell are dropped.
    pub(super) login: Option<Login>,
    /// Variables to restore: those that are local to a function, or set for one command.
    pub(super) variables: BTreeMap<String, Option<String>>,
    /// The positional parameters to restore.
    pub(super) positional: Option<Vec<String>>,
    /// The instant at which `timeout` ends it.
    pub(super) deadline: Option<SimTime>,
    /// The source line that is running.
    pub(super) line: usize,
}

/// Text that is parsed one command at a time, as a shell reads a script.
#[derive(Clone, Debug)]
pub(super) struct Script {
    /// The rest of the text. Empty if the commands come from the frame's standard input.
    pub(super) text: String,
    /// True if the commands come from the frame's standard input.
    pub(super) from_input: bool,
    /// The next line to read, from 1.
    pub(super) line: usize,
    /// True if the text is the argument of `-c`.
    pub(super) inline: bool,
}

/// The rest of a pipeline.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipeline {
    /// The stages that follow.
    pub(super) rest: VecDeque<Command>,
    /// True if it has more than one stage: then each runs in a subshell.
    pub(super) many: bool,
    /// The last status of a stage that failed, for `set -o pipefail`.
    pub(super) failed: i32,
    /// True if a failure in it does not end the shell under `set -e`, because it is part of a
    /// condition.
    pub(super) exempt: bool,
}

impl Frame {
    /// A frame for operations, with the streams of the frame below.
    pub(super) fn new(kind: Kind, code: Vec<Op>) -> Self {
        Self {
            kind,
            code,
            at: 0,
            loops: Vec::new(),
            subject: String::new(),
            clocks: Vec::new(),
            script: None,
            sinks: Sinks::inherited(false),
            input: None,
            pipeline: Pipeline::default(),
            login: None,
            variables: BTreeMap::new(),
            positional: None,
            deadline: None,
            line: 0,
        }
    }

    /// A shell that reads commands from text, or from its standard input.
    pub(super) fn script(name: &str, text: Option<String>) -> Self {
        let from_input = text.is_none();
        Self {
            script: Some(Script {
                text: text.unwrap_or_default(),
                from_input,
                line: 1,
                inline: false,
            }),
            ..Self::new(Kind::Script(name.to_owned()), Vec::new())
        }
    }

    /// Ends the frame before its next operation.
    pub(super) fn end(&mut self) {
        self.at = self.code.len();
        if self.script.take().is_some_and(|script| script.from_input) {
            self.input = Some(VecDeque::new());
        }
    }

    /// Parses the next command of a script into its code.
    ///
    /// # Errors
    /// Bash's message for a syntax error; the script ends there.
    fn read_next(&mut self) -> Result<bool, String> {
        let Some(script) = &mut self.script else {
            return Ok(false);
        };
        let piped = script.from_input.then(|| {
            let bytes = self.input.get_or_insert_default();
            String::from_utf8_lossy(bytes.make_contiguous()).into_owned()
        });
        let text = piped.as_deref().unwrap_or(&script.text);
        if text.is_empty() {
            return Ok(false);
        }
        let parsed = syntax::parse_first(text, script.line);
        match parsed {
            Ok((list, used)) => {
                let used = used.max(1).min(text.len());
                let lines = text.get(..used).unwrap_or(text).matches('\n').count();
                script.line += lines;
                if script.from_input {
                    if let Some(bytes) = &mut self.input {
                        bytes.drain(..used.min(bytes.len()));
                    }
                } else {
                    script.text.drain(..used);
                }
                self.code = super::code::compile(&list);
                self.at = 0;
                Ok(true)
            }
            Err((error, at)) => {
                let line = script.line + text.get(..at).unwrap_or(text).matches('\n').count();
                let first = script.line;
                let text = text.to_owned();
                let message = self.syntax_error(&error, line, first, &text);
                self.end();
                Err(message)
            }
        }
    }

    /// Bash's message for a syntax error on a line of text whose first line is `first`.
    fn syntax_error(&self, error: &SyntaxError, line: usize, first: usize, text: &str) -> String {
        let inline = self.script.as_ref().is_some_and(|script| script.inline);
        let name = match &self.kind {
            Kind::Script(name) if inline => format!("{name}: -c"),
            Kind::Script(name) => name.clone(),
            _ => "bash".to_owned(),
        };
        let mut message = format!("{name}: line {line}: {}\n", syntax_message(error));
        if matches!(error, SyntaxError::Unexpected(_))
            && let Some(source) = text.lines().nth(line.saturating_sub(first))
        {
            message.push_str(&format!("{name}: line {line}: `{source}'\n"));
        }
        message
    }
}

impl Machine {
    /// The prefix of the shell's messages: `-bash: `, or the script's name and line.
    pub(super) fn voice(&self) -> String {
        for frame in self.frames.iter().rev() {
            if let Kind::Script(name) = &frame.kind {
                let line = self.frames.last().map_or(0, |top| top.line);
                return format!("{name}: line {line}: ");
            }
        }
        self.voice.clone()
    }

    /// Reads the next command of the innermost frame's script. `false`: the frame has ended.
    pub(super) fn read_next(&mut self, context: &mut Context<'_>) -> bool {
        let Some(frame) = self.frames.last_mut() else {
            return false;
        };
        match frame.read_next() {
            Ok(more) => more,
            Err(message) => {
                self.complain(&message, context);
                context.login.status = 2;
                false
            }
        }
    }

    /// Pops the innermost frame and restores what it changed.
    pub(super) fn pop(&mut self, context: &mut Context<'_>) -> Option<Frame> {
        let mut frame = self.frames.pop()?;
        if let Some(login) = frame.login.take() {
            let status = context.login.status;
            *context.login = login;
            context.login.status = status;
        }
        restore(&frame.variables, context.login);
        if let Some(positional) = frame.positional.take() {
            context.login.positional = positional;
        }
        Some(frame)
    }

    /// Closes the innermost frame and starts the next stage of its pipeline.
    pub(super) fn close(&mut self, context: &mut Context<'_>) -> Option<State> {
        let frame = self.pop(context)?;
        self.next_stage(frame.pipeline, frame.sinks.pipe, context)
    }

    /// Pops the frames above `at` and ends that one.
    fn end_frame(&mut self, at: usize, context: &mut Context<'_>) {
        while self.frames.len() > at + 1 {
            self.pop(context);
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.end();
        }
    }

    /// Ends the whole line: leaves every frame except the outermost.
    pub(super) fn unwind(&mut self, context: &mut Context<'_>) {
        self.end_frame(0, context);
    }

    /// `exit`: ends the innermost subshell or script. `false`: there is none, so the login itself
    /// ends.
    pub(super) fn exit(&mut self, status: i32, context: &mut Context<'_>) -> bool {
        let shell = self
            .frames
            .iter()
            .rposition(|frame| frame.login.is_some() || matches!(frame.kind, Kind::Script(_)));
        let Some(at) = shell else { return false };
        self.end_frame(at, context);
        context.login.status = status;
        true
    }

    /// `return`: ends the innermost function or sourced file. `false`: there is none.
    pub(super) fn leave_function(&mut self, status: i32, context: &mut Context<'_>) -> bool {
        let found = self
            .frames
            .iter()
            .rposition(|frame| matches!(frame.kind, Kind::Function | Kind::Source));
        let Some(at) = found else { return false };
        self.end_frame(at, context);
        context.login.status = status;
        true
    }

    /// The instant at which the nearest `timeout` ends the running command.
    pub(super) fn deadline(&self) -> Option<SimTime> {
        self.frames.iter().filter_map(|frame| frame.deadline).min()
    }

    /// Leaves the frames whose time limit has passed.
    pub(super) fn expire(&mut self, context: &mut Context<'_>) {
        let now = context.sys.now();
        let expired = self
            .frames
            .iter()
            .position(|frame| frame.deadline.is_some_and(|deadline| deadline <= now));
        let Some(at) = expired else { return };
        self.end_frame(at, context);
        if let Some(frame) = self.frames.last_mut() {
            frame.deadline = None;
        }
        context.login.status = TIMED_OUT;
    }
}

/// The exit status of a command that `timeout` has ended.
pub(super) const TIMED_OUT: i32 = 124;

/// Restores the earlier values of variables.
pub(super) fn restore(variables: &BTreeMap<String, Option<String>>, login: &mut Login) {
    for (name, value) in variables {
        match value {
            Some(value) => login.variables.insert(name.clone(), value.clone()),
            None => login.variables.remove(name),
        };
    }
}
