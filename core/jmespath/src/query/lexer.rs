//! The tokens of a `JMESPath` expression, as the Python library of the AWS CLI splits them, with its
//! messages. See <https://jmespath.org/specification.html>, "Grammar".

use serde_json::Value;

use super::SyntaxError;
use crate::data::Data;

/// The kind of a token; messages use [`Kind::name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dot,
    Star,
    RightBracket,
    Comma,
    Colon,
    Current,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    Name,
    QuotedName,
    Flatten,
    Filter,
    LeftBracket,
    Literal,
    Or,
    Pipe,
    And,
    Reference,
    Number,
    LessOrEqual,
    Less,
    GreaterOrEqual,
    Greater,
    NotEqual,
    Not,
    Equal,
    End,
}

impl Kind {
    /// The name in messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Star => "star",
            Self::RightBracket => "rbracket",
            Self::Comma => "comma",
            Self::Colon => "colon",
            Self::Current => "current",
            Self::LeftParen => "lparen",
            Self::RightParen => "rparen",
            Self::LeftBrace => "lbrace",
            Self::RightBrace => "rbrace",
            Self::Name => "unquoted_identifier",
            Self::QuotedName => "quoted_identifier",
            Self::Flatten => "flatten",
            Self::Filter => "filter",
            Self::LeftBracket => "lbracket",
            Self::Literal => "literal",
            Self::Or => "or",
            Self::Pipe => "pipe",
            Self::And => "and",
            Self::Reference => "expref",
            Self::Number => "number",
            Self::LessOrEqual => "lte",
            Self::Less => "lt",
            Self::GreaterOrEqual => "gte",
            Self::Greater => "gt",
            Self::NotEqual => "ne",
            Self::Not => "not",
            Self::Equal => "eq",
            Self::End => "eof",
        }
    }

    /// The strength with which it binds the expression on its left.
    pub(super) const fn binding_power(self) -> u8 {
        match self {
            Self::Pipe => 1,
            Self::Or => 2,
            Self::And => 3,
            Self::Equal
            | Self::Greater
            | Self::Less
            | Self::GreaterOrEqual
            | Self::LessOrEqual
            | Self::NotEqual => 5,
            Self::Flatten => 9,
            Self::Star => 20,
            Self::Filter => 21,
            Self::Dot => 40,
            Self::Not => 45,
            Self::LeftBrace => 50,
            Self::LeftBracket => 55,
            Self::LeftParen => 60,
            _ => 0,
        }
    }
}

/// One token. Its `value` is the text, or the value of a literal or number.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) value: Data,
    /// Its start, in characters.
    pub(super) start: usize,
}

/// Splits an expression into tokens; the last one marks the end.
pub(super) fn tokens(expression: &str) -> Result<Vec<Token>, SyntaxError> {
    if expression.is_empty() {
        return Err(SyntaxError::Empty);
    }
    let mut lexer = Lexer {
        chars: expression.chars().collect(),
        at: 0,
    };
    let mut tokens = Vec::new();
    while let Some(c) = lexer.peek() {
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            lexer.at += 1;
            continue;
        }
        tokens.push(lexer.token(c)?);
    }
    tokens.push(Token {
        kind: Kind::End,
        value: Data::text(""),
        start: lexer.chars.len(),
    });
    Ok(tokens)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn token(&mut self, c: char) -> Result<Token, SyntaxError> {
        let start = self.at;
        let token = |kind, text: &str| Token {
            kind,
            value: Data::text(text),
            start,
        };
        let simple = match c {
            '.' => Some(Kind::Dot),
            '*' => Some(Kind::Star),
            ']' => Some(Kind::RightBracket),
            ',' => Some(Kind::Comma),
            ':' => Some(Kind::Colon),
            '@' => Some(Kind::Current),
            '(' => Some(Kind::LeftParen),
            ')' => Some(Kind::RightParen),
            '{' => Some(Kind::LeftBrace),
            '}' => Some(Kind::RightBrace),
            _ => None,
        };
        if let Some(kind) = simple {
            self.at += 1;
            return Ok(token(kind, &c.to_string()));
        }
        match c {
            'a'..='z' | 'A'..='Z' | '_' => {
                let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
                Ok(token(Kind::Name, &name))
            }
            '[' => {
                self.at += 1;
                Ok(match self.peek() {
                    Some(']') => {
                        self.at += 1;
                        token(Kind::Flatten, "[]")
                    }
                    Some('?') => {
                        self.at += 1;
                        token(Kind::Filter, "[?")
                    }
                    _ => token(Kind::LeftBracket, "["),
                })
            }
            '\'' => {
                let text = self.until('\'')?.replace("\\'", "'");
                Ok(token(Kind::Literal, &text))
            }
            '`' => self.literal(),
            '"' => self.quoted_name(),
            '0'..='9' | '-' => self.number(),
            '|' => Ok(self.either('|', Kind::Or, Kind::Pipe)),
            '&' => Ok(self.either('&', Kind::And, Kind::Reference)),
            '<' => Ok(self.either('=', Kind::LessOrEqual, Kind::Less)),
            '>' => Ok(self.either('=', Kind::GreaterOrEqual, Kind::Greater)),
            '!' => Ok(self.either('=', Kind::NotEqual, Kind::Not)),
            '=' => self.equal(),
            other => Err(SyntaxError::token(start, format!("Unknown token {other}"))),
        }
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let text: String = rest.iter().take_while(|c| belongs(**c)).collect();
        self.at += text.chars().count();
        text
    }

    fn either(&mut self, second: char, both: Kind, alone: Kind) -> Token {
        let start = self.at;
        let mut text: String = self.peek().into_iter().collect();
        self.at += 1;
        let kind = if self.peek() == Some(second) {
            self.at += 1;
            text.push(second);
            both
        } else {
            alone
        };
        Token {
            kind,
            value: Data::text(&text),
            start,
        }
    }

    fn equal(&mut self) -> Result<Token, SyntaxError> {
        let start = self.at;
        self.at += 1;
        if self.peek() == Some('=') {
            self.at += 1;
            return Ok(Token {
                kind: Kind::Equal,
                value: Data::text("=="),
                start,
            });
        }
        Err(SyntaxError::token(start, "Unknown token '='".into()))
    }

    fn number(&mut self) -> Result<Token, SyntaxError> {
        let start = self.at;
        let mut digits = String::new();
        if self.peek() == Some('-') {
            digits.push('-');
            self.at += 1;
        }
        digits.push_str(&self.take_while(|c| c.is_ascii_digit()));
        if digits == "-" {
            return Err(SyntaxError::token(start, "Unknown token '-'".into()));
        }
        // An index this large finds nothing, whatever its exact value.
        let limit = if digits.starts_with('-') {
            i128::MIN
        } else {
            i128::MAX
        };
        let value = Data::Int(digits.parse().unwrap_or(limit));
        Ok(Token {
            kind: Kind::Number,
            value,
            start,
        })
    }

    /// Returns the text between the current delimiter and the next unescaped one; escapes are kept.
    fn until(&mut self, delimiter: char) -> Result<String, SyntaxError> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            let mut c = self.peek();
            if c == Some(delimiter) {
                self.at += 1;
                return Ok(text);
            }
            if c == Some('\\') {
                text.push('\\');
                self.at += 1;
                c = self.peek();
            }
            let Some(c) = c else {
                let message = format!("Unclosed {delimiter} delimiter");
                return Err(SyntaxError::token(start, message));
            };
            text.push(c);
            self.at += 1;
        }
    }

    /// Reads a JSON value between back-ticks. Text that is not JSON becomes a string, as the library still
    /// does ([JEP 12](https://jmespath.org/proposals/improved-identifiers.html) removes that).
    fn literal(&mut self) -> Result<Token, SyntaxError> {
        let start = self.at;
        let text = self.until('`')?.replace("\\`", "`");
        let value = match python_json(&text) {
            Some(value) => value,
            None => python_json(&format!("\"{}\"", text.trim_start()))
                .ok_or_else(|| SyntaxError::token(start, format!("Bad token {text}")))?,
        };
        Ok(Token {
            kind: Kind::Literal,
            value,
            start,
        })
    }

    fn quoted_name(&mut self) -> Result<Token, SyntaxError> {
        let start = self.at;
        let text = self.until('"')?;
        match serde_json::from_str::<String>(&format!("\"{text}\"")) {
            Ok(name) => Ok(Token {
                kind: Kind::QuotedName,
                value: Data::text(&name),
                start,
            }),
            Err(_) => Err(SyntaxError::token(start, string_fault(&text).into())),
        }
    }
}

/// Parses like Python's `json.loads`, which accepts three floats that JSON does not have.
fn python_json(text: &str) -> Option<Data> {
    match text.trim_matches([' ', '\t', '\n', '\r']) {
        "NaN" => Some(Data::Float(f64::NAN)),
        "Infinity" => Some(Data::Float(f64::INFINITY)),
        "-Infinity" => Some(Data::Float(f64::NEG_INFINITY)),
        text => serde_json::from_str::<Value>(text)
            .ok()
            .map(|value| Data::from(&value)),
    }
}

/// Returns the message of Python's JSON parser for the first error in a string's text.
fn string_fault(text: &str) -> &'static str {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\0'..='\x1f' => return "Invalid control character at",
            '\\' => match chars.next() {
                Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => {}
                Some('u') => {
                    let digits = chars
                        .by_ref()
                        .take(4)
                        .filter(char::is_ascii_hexdigit)
                        .count();
                    if digits < 4 {
                        return "Invalid \\uXXXX escape";
                    }
                }
                _ => return "Invalid \\escape",
            },
            _ => {}
        }
    }
    "Invalid \\uXXXX escape"
}
