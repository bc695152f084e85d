//! `--query`: `JMESPath` as the AWS CLI evaluates it.
//!
//! The CLI hands the option to Python's `jmespath` 1.0 library, and learners meet that library's
//! results, its leniencies (`'a' < 'b'` is true) and its messages. This module is the language as
//! that library has it: [`lexer`], [`parser`], [`eval`] and [`functions`]. The language itself:
//! <https://jmespath.org/specification.html>.

mod eval;
mod functions;
mod lexer;
mod parser;

use std::fmt;

pub use parser::{Comparator, Node};

use super::data::Data;

/// A parsed expression.
#[derive(Clone, Debug)]
pub struct Query {
    node: Node,
}

impl Query {
    /// Parses an expression.
    ///
    /// # Errors
    /// The library's message; [`Query::from_option`] puts the CLI's words before it.
    pub fn parse(expression: &str) -> Result<Self, String> {
        parser::parse(expression)
            .map(|node| Self { node })
            .map_err(|error| Refused { error, expression }.to_string())
    }

    /// Parses the value of `--query`.
    ///
    /// # Errors
    /// The whole message of the `ParamValidation` error (exit status 252).
    pub fn from_option(expression: &str) -> Result<Self, String> {
        Self::parse(expression)
            .map_err(|message| format!("Bad value for --query {expression}: {message}"))
    }

    /// Evaluates the expression.
    ///
    /// # Errors
    /// The message of whatever fails: an unknown function, a wrong type, a wrong number of arguments
    /// (exit status 255).
    pub fn search(&self, data: &Data) -> Result<Data, String> {
        eval::evaluate(&self.node, data)
    }
}

/// Why an expression cannot be read.
#[derive(Clone, Debug)]
pub(crate) enum SyntaxError {
    /// It is empty.
    Empty,
    /// It ends too early.
    Incomplete,
    /// A character or a literal makes no token.
    Token { at: usize, message: String },
    /// A token stands where it cannot.
    Place {
        at: usize,
        value: String,
        kind: &'static str,
        reason: String,
    },
    /// It nests deeper than Python's stack.
    TooDeep,
}

impl SyntaxError {
    fn token(at: usize, message: String) -> Self {
        Self::Token { at, message }
    }

    fn at(token: &lexer::Token, reason: String) -> Self {
        Self::Place {
            at: token.start,
            value: token.value.python_str(),
            kind: token.kind.name(),
            reason,
        }
    }
}

struct Refused<'a> {
    error: SyntaxError,
    expression: &'a str,
}

impl fmt::Display for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expression = self.expression;
        let caret = |at: usize| format!("{}^", " ".repeat(at));
        match &self.error {
            SyntaxError::Empty => write!(f, "Invalid JMESPath expression: cannot be empty."),
            SyntaxError::Incomplete => {
                let caret = caret(expression.chars().count() + 1);
                write!(
                    f,
                    "Invalid jmespath expression: Incomplete expression:\n\"{expression}\"\n{caret}"
                )
            }
            SyntaxError::Token { at, message } => {
                let caret = caret(*at);
                write!(
                    f,
                    "Bad jmespath expression: {message}:\n{expression}\n{caret}"
                )
            }
            SyntaxError::Place {
                at,
                value,
                kind,
                reason,
            } => {
                let (kind, caret) = (kind.to_uppercase(), caret(at + 1));
                write!(
                    f,
                    "{reason}: Parse error at column {at}, token \"{value}\" ({kind}), \
                     for expression:\n\"{expression}\"\n{caret}"
                )
            }
            SyntaxError::TooDeep => write!(f, "maximum recursion depth exceeded"),
        }
    }
}

#[cfg(test)]
mod tests;
