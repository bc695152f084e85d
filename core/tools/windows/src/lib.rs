//! Windows PowerShell 5.1, the shell of the lab's Windows hosts. It covers what the guides and a
//! learner's habits use (about_Parsing and the other about_ topics of Microsoft's PowerShell 5.1
//! documentation).
//!
//! `parser`, with `words`, `text` and `operators`, parses a line into a tree (`syntax`). [`Line`] runs
//! the tree. To the terminal's machine a [`Line`] is a program. Programs that prompt are its children,
//! and it passes their prompts on as its own.

#![forbid(unsafe_code)]
#![expect(
    clippy::result_large_err,
    reason = "an error ends a typed statement, so its size does not matter"
)]

mod call;
mod commands;
mod complete;
mod encoding;
mod evaluate;
mod failure;
mod methods;
mod native;
mod operators;
mod parser;
mod redirect;
mod render;
mod run;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod words;

use std::collections::BTreeMap;
use std::rc::Rc;

use value::Value;

use hsmlab_shell::software::{CommandShell, Read};

use self::failure::Failure;
use self::run::{Child, Flow, Shell};
use self::syntax::{Statement, SyntaxError};
use hsmlab_shell::process::{Input, Io, Process, Step, Wish};

/// The variables of a session, keyed by their names in lower case.
pub(crate) type Variables = BTreeMap<String, Value>;

/// The shell of Windows hosts.
pub static SHELL: CommandShell = CommandShell {
    continuation: ">> ",
    prompt,
    read,
    complete: complete::complete,
};

/// Parses the text that was typed.
fn read(text: &str) -> Read {
    match parser::parse(text) {
        Ok(script) if script.is_empty() => Read::Empty,
        Ok(script) => Read::Script(Box::new(Line {
            source: text.into(),
            script: script.into(),
            at: 0,
            running: None,
            wish: None,
        })),
        Err(SyntaxError::Incomplete) => Read::Incomplete,
        Err(SyntaxError::Wrong { span, message, id }) => {
            Read::Wrong(Failure::parser(&message, id, span).render(text))
        }
    }
}

/// The prompt in a folder.
fn prompt(cwd: &str) -> String {
    format!("PS {}> ", hsmlab_shell::fs::windows_path(cwd))
}

/// A running script.
#[derive(Clone)]
struct Line {
    source: Rc<str>,
    script: Rc<[Statement]>,
    at: usize,
    running: Option<Child>,
    wish: Option<Wish>,
}

impl Line {
    fn go_on(&mut self, io: &mut Io<'_>) -> Step {
        while let Some(statement) = self.script.get(self.at).cloned() {
            self.at += 1;
            let source = self.source.clone();
            let mut shell = Shell::new(io, &source);
            let flow = shell.statement(&statement);
            if let Some(wish) = shell.wish.take() {
                self.wish = Some(wish);
            }
            match flow {
                Flow::Next => {}
                Flow::Waits(child, step) => {
                    self.running = Some(child);
                    return step;
                }
                Flow::End(status) => {
                    self.wish = Some(Wish::End(status));
                    return Step::Exit(status);
                }
            }
        }
        Step::Exit(io.login.status)
    }
}

impl Process for Line {
    fn resume(&mut self, io: &mut Io<'_>, input: Input) -> Step {
        let interrupted = input == Input::Interrupt;
        if let Some(mut child) = self.running.take() {
            match child.process.resume(io, input) {
                Step::Exit(status) => run::ended(io, status),
                other => {
                    self.running = Some(child);
                    return other;
                }
            }
        }
        if interrupted {
            return Step::Exit(130);
        }
        self.go_on(io)
    }

    fn boxed_clone(&self) -> Box<dyn Process> {
        Box::new(self.clone())
    }

    fn complete(&self, line: &str) -> Vec<String> {
        self.running
            .as_ref()
            .map(|child| child.process.complete(line))
            .unwrap_or_default()
    }

    fn child(&self) -> Option<&str> {
        self.running.as_ref().map(|child| child.name.as_str())
    }

    fn wish(&mut self) -> Option<Wish> {
        self.wish.take()
    }
}
