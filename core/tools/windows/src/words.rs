//! The words of a command: arguments, parameters, redirections, variables.

use super::parser::{Parsed, Parser};
use super::syntax::{
    Argument, Expression, Kind, Redirection, Span, Stream, SyntaxError, Target, Variable,
};

impl Parser<'_> {
    pub(super) fn redirection(&mut self) -> Parsed<Option<Redirection>> {
        let start = self.at;
        let rest = self.rest();
        let (from, skipped) = match rest.as_bytes() {
            [b'>', ..] => (Stream::Out, 0),
            [b'1', b'>', ..] => (Stream::Out, 1),
            [b'2', b'>', ..] => (Stream::Err, 1),
            [b'*', b'>', ..] => (Stream::All, 1),
            [b'<', ..] => {
                let span = Span {
                    start,
                    end: start + 1,
                };
                return Err(self.wrong(
                    span,
                    "The '<' operator is reserved for future use.",
                    "RedirectionNotSupported",
                ));
            }
            _ => return Ok(None),
        };
        self.at += skipped + 1;
        let append = self.take(">");
        if !append && self.take("&1") {
            return Ok(Some(Redirection {
                from,
                to: Target::Output,
            }));
        }
        self.blanks()?;
        if matches!(self.peek(), None | Some('\n' | ';' | '|' | ')' | '}')) {
            let span = self.since(start);
            return Err(self.wrong(
                span,
                "Missing file specification after redirection operator.",
                "MissingFileSpecification",
            ));
        }
        let path = self.one_value()?;
        Ok(Some(Redirection {
            from,
            to: Target::File { path, append },
        }))
    }

    pub(super) fn argument(&mut self) -> Parsed<Argument> {
        if self.rest().starts_with("--% ") {
            self.at += 4;
            let length = self.rest().find(['\n', '|']).unwrap_or(self.rest().len());
            let text = self
                .rest()
                .get(..length)
                .unwrap_or_default()
                .trim_end()
                .to_owned();
            self.at += length;
            return Ok(Argument::Verbatim(text));
        }
        let named = self.peek() == Some('-')
            && self
                .second()
                .is_some_and(|c| c.is_alphabetic() || c == '_' || c == '?');
        if !named {
            return Ok(Argument::Value(self.values()?));
        }
        let start = self.at;
        self.bump();
        while self
            .peek()
            .is_some_and(|c| !c.is_whitespace() && !":(){}|;,'\"`&=".contains(c))
        {
            self.bump();
        }
        let name = self
            .text
            .get(start + 1..self.at)
            .unwrap_or_default()
            .to_owned();
        let span = self.since(start);
        if self.peek() == Some(':') {
            self.bump();
            self.blanks()?;
            let value = self.values()?;
            let text = self.text.get(start..self.at).unwrap_or_default().to_owned();
            return Ok(Argument::Parameter {
                name,
                value: Some(value),
                text,
                span,
            });
        }
        // `-x=y` and `-x"y"` are words for programs.
        if self.peek().is_some_and(|c| "='\"`".contains(c)) {
            self.at = start;
            return Ok(Argument::Value(self.values()?));
        }
        Ok(Argument::Parameter {
            text: format!("-{name}"),
            name,
            value: None,
            span,
        })
    }

    /// Parses an argument-mode value, or several separated by commas.
    fn values(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let first = self.one_value()?;
        let mut all = vec![first];
        loop {
            let at = self.at;
            self.blanks()?;
            if !self.take(",") {
                self.at = at;
                break;
            }
            self.lines()?;
            if self.peek().is_none() {
                return Err(SyntaxError::Incomplete);
            }
            all.push(self.one_value()?);
        }
        if all.len() == 1 {
            return Ok(all.remove(0));
        }
        Ok(Expression {
            kind: Kind::List(all),
            span: self.since(start),
        })
    }

    fn one_value(&mut self) -> Parsed<Expression> {
        match self.peek() {
            Some('"' | '\'' | '(' | '{') => self.postfix(),
            Some('@') if matches!(self.second(), Some('(' | '\'' | '"')) => self.postfix(),
            Some('$') => {
                let start = self.at;
                let value = self.postfix()?;
                let ends = self
                    .peek()
                    .is_none_or(|c| c.is_whitespace() || "|;,){}&>".contains(c));
                if ends {
                    return Ok(value);
                }
                // `$x\file` is one word.
                self.at = start;
                self.word()
            }
            Some(',' | ')' | '}') | None => Err(self.unexpected()),
            Some(_) => self.word(),
        }
    }

    /// Parses a variable at this point; `None` if there is none, and nothing is consumed.
    pub(super) fn variable(&mut self) -> Option<Variable> {
        let start = self.at;
        if !self.take("$") {
            return None;
        }
        let found = if self.take("{") {
            self.rest().find('}').and_then(|length| {
                let name = self.rest().get(..length)?.to_owned();
                self.at += length + 1;
                Some(name)
            })
        } else if self.peek().is_some_and(|c| "?$^".contains(c)) {
            self.bump().map(String::from)
        } else {
            let name = |c: char| c.is_alphanumeric() || c == '_';
            let length = |text: &str| text.find(|c| !name(c)).unwrap_or(text.len());
            let mut end = length(self.rest());
            let tail = self.rest().get(end..).unwrap_or_default();
            if end > 0
                && let Some(after) = tail.strip_prefix(':')
                && after.starts_with(name)
            {
                end += 1 + length(after);
            }
            let found = self.rest().get(..end).filter(|name| !name.is_empty());
            let found = found.map(str::to_owned);
            self.at += end;
            found
        };
        let Some(name) = found else {
            self.at = start;
            return None;
        };
        let (scope, bare) = name.split_once(':').unwrap_or(("", &name));
        let scope = scope.to_ascii_lowercase();
        Some(Variable {
            environment: scope == "env",
            name: bare.to_owned(),
        })
    }
}
