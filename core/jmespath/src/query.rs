//! `--query`: `JMESPath` as the AWS CLI evaluates it.
//!
//! The CLI passes the option to Python's `jmespath` 1.0 library. Learners see that library's results,
//! its lenient cases (`'a' < 'b'` is true) and its messages. This module implements the language as
//! that library does: [`lexer`], [`parser`], [`eval`] and [`functions`]. The language's specification:
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
    /// The library's message; [`Query::from_option`] adds the CLI's words before it.
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
    /// The message of the first failure: an unknown function, a wrong type, a wrong number of arguments
    /// (exit status 255).
    pub fn search(&self, data: &Data) -> Result<Data, String> {
        eval::evaluate(&self.node, data)
    }
}

/// The reason why an expression cannot be parsed.
#[derive(Clone, Debug)]
pub(crate) enum SyntaxError {
    /// The expression is empty.
    Empty,
    /// The expression ends too early.
    Incomplete,
    /// A character or a literal is not a token.
    Token { at: usize, message: String },
    /// A token is not allowed at its position.
    Place {
        at: usize,
        value: String,
        kind: &'static str,
        reason: String,
    },
    /// The expression nests deeper than Python's stack allows.
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
