//! Strings and words: quotes, here-strings, escapes and embedded expressions (about_Quoting_Rules,
//! about_Special_Characters).

use super::parser::{Parsed, Parser};
use super::syntax::{Expression, Kind, Piece, SyntaxError};

/// Characters that end a word of argument mode.
const ENDS: &str = "|;,(){}&<>";

#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    literal: String,
}

impl Pieces {
    fn push(&mut self, piece: Piece) {
        self.flush();
        self.done.push(piece);
    }

    fn flush(&mut self) {
        if !self.literal.is_empty() {
            let text = std::mem::take(&mut self.literal);
            self.done.push(Piece::Literal(text));
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.flush();
        self.done
    }
}

/// The character that a backtick makes of the character after it.
const fn escaped(c: char) -> char {
    match c {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        c => c,
    }
}

impl Parser<'_> {
    /// Parses a string in quotes, or a here-string.
    pub(super) fn string(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let here = self.take("@");
        let quote = self.bump();
        let pieces = match (here, quote) {
            (true, Some(quote)) => self.here_string(quote)?,
            (false, Some('\'')) => vec![Piece::Literal(self.single()?)],
            _ => {
                let mut pieces = Pieces::default();
                self.double(&mut pieces)?;
                pieces.finish()
            }
        };
        Ok(Expression {
            kind: Kind::Text {
                pieces,
                bare: false,
            },
            span: self.since(start),
        })
    }

    /// Parses the rest of a single-quoted string, after the opening quote.
    fn single(&mut self) -> Parsed<String> {
        let mut text = String::new();
        loop {
            match self.bump() {
                None => return Err(SyntaxError::Incomplete),
                Some('\'') if self.take("'") => text.push('\''),
                Some('\'') => return Ok(text),
                Some(c) => text.push(c),
            }
        }
    }

    /// Parses the rest of a double-quoted string, after the opening quote.
    fn double(&mut self, pieces: &mut Pieces) -> Parsed<()> {
        loop {
            match self.peek() {
                None => return Err(SyntaxError::Incomplete),
                Some('"') => {
                    self.bump();
                    if !self.take("\"") {
                        return Ok(());
                    }
                    pieces.literal.push('"');
                }
                Some(_) => self.expandable(pieces)?,
            }
        }
    }

    /// Parses one character, escape, variable or `$( … )` of an expandable string.
    fn expandable(&mut self, pieces: &mut Pieces) -> Parsed<()> {
        match self.peek() {
            None => return Err(SyntaxError::Incomplete),
            Some('`') => {
                self.bump();
                match self.bump() {
                    None => return Err(SyntaxError::Incomplete),
                    Some(c) => pieces.literal.push(escaped(c)),
                }
            }
            Some('$') if self.second() == Some('(') => {
                self.at += 2;
                let inner = self.inner(')')?;
                pieces.push(Piece::Inner(inner));
            }
            Some('$') => match self.variable() {
                Some(variable) => pieces.push(Piece::Variable(variable)),
                None => {
                    self.bump();
                    pieces.literal.push('$');
                }
            },
            Some(c) => {
                self.bump();
                pieces.literal.push(c);
            }
        }
        Ok(())
    }

    /// Parses statements up to a closing bracket and consumes the bracket.
    pub(super) fn inner(&mut self, closer: char) -> Parsed<Vec<super::syntax::Statement>> {
        self.deeper()?;
        let list = self.statements(Some(closer))?;
        self.bump();
        self.depth -= 1;
        Ok(list)
    }

    /// Parses a here-string, after `@'` or `@"`.
    fn here_string(&mut self, quote: char) -> Parsed<Vec<Piece>> {
        let start = self.at;
        let line = self.rest().find('\n');
        let header = self.rest().get(..line.unwrap_or(self.rest().len()));
        if header.is_some_and(|header| !header.trim().is_empty()) {
            let span = super::syntax::Span {
                start,
                end: start + header.map_or(0, str::len),
            };
            return Err(self.wrong(
                span,
                "No characters are allowed after a here-string header but before the end of the line.",
                "UnexpectedCharactersAfterHereStringHeader",
            ));
        }
        let Some(line) = line else {
            return Err(SyntaxError::Incomplete);
        };
        let from = self.at + line;
        let closer = format!("\n{quote}@");
        let body = self.text.get(from..).unwrap_or_default();
        let Some(length) = body.find(&closer) else {
            return Err(SyntaxError::Incomplete);
        };
        let end = from + length;
        self.at = (from + 1).min(end);
        let pieces = if quote == '\'' {
            let text = self.text.get(from + 1..end).unwrap_or_default();
            vec![Piece::Literal(text.to_owned())]
        } else {
            let mut pieces = Pieces::default();
            while self.at < end {
                self.expandable(&mut pieces)?;
            }
            pieces.finish()
        };
        self.at = end + closer.len();
        Ok(pieces)
    }

    /// Parses an argument-mode word.
    pub(super) fn word(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let mut pieces = Pieces::default();
        let mut quoted = false;
        loop {
            match self.peek() {
                None => break,
                Some(c) if c.is_whitespace() || ENDS.contains(c) => break,
                Some('`') if matches!(self.second(), Some('\n') | None) => break,
                Some('\'') => {
                    self.bump();
                    quoted = true;
                    let text = self.single()?;
                    pieces.literal.push_str(&text);
                }
                Some('"') => {
                    self.bump();
                    quoted = true;
                    self.double(&mut pieces)?;
                }
                Some(_) => self.expandable(&mut pieces)?,
            }
        }
        if self.at == start {
            return Err(self.unexpected());
        }
        Ok(Expression {
            kind: Kind::Text {
                pieces: pieces.finish(),
                bare: !quoted,
            },
            span: self.since(start),
        })
    }
}
