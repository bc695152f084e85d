//! The quotes that a YAML scalar needs: `libyaml`'s analysis, and the words that would be parsed as
//! something other than a string ([YAML 1.2.2, 10.3.2](https://yaml.org/spec/1.2.2/#1032-tag-resolution),
//! with `ruamel.yaml`'s additions: binary numbers, timestamps, `=` and `<<`).

/// Permission to write a text without quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Allowed,
    Refused,
}

/// The quotes of a scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    None,
    Single,
    Double,
}

/// A scalar with the results of its analysis.
pub(super) struct Scalar {
    pub(super) chars: Vec<char>,
    pub(super) plain: Plain,
    /// True if single quotes are possible.
    pub(super) single_quotes: bool,
    /// True if it has line breaks.
    pub(super) lines: bool,
}

impl Scalar {
    /// Analyses a text.
    pub(super) fn of_text(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let lines = chars.iter().copied().any(is_break);
        let is_edge = |c: &char| *c == ' ' || is_break(*c);
        let pair = |first: fn(char) -> bool, second: fn(char) -> bool| {
            chars
                .windows(2)
                .any(|pair| matches!(pair, [a, b] if first(*a) && second(*b)))
        };
        let special = chars.iter().any(|c| !is_printable(*c)) || pair(is_space, is_break);
        let refused = chars.is_empty()
            || lines
            || special
            || chars.first().is_some_and(is_edge)
            || chars.last().is_some_and(is_edge)
            || has_indicator(&chars)
            || is_other_type(text);
        Self {
            single_quotes: !special && !pair(is_break, is_space),
            plain: if refused {
                Plain::Refused
            } else {
                Plain::Allowed
            },
            lines,
            chars,
        }
    }

    pub(super) const fn is_multiline(&self) -> bool {
        self.lines
    }

    /// Chooses the quotes.
    pub(super) fn quotes(&self, is_key: bool) -> Quotes {
        if is_key && self.lines {
            Quotes::Double
        } else if self.plain == Plain::Allowed {
            Quotes::None
        } else if self.single_quotes {
            Quotes::Single
        } else {
            Quotes::Double
        }
    }
}

/// True for a line break.
pub(super) const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

const fn is_space(c: char) -> bool {
    c == ' '
}

/// True for characters that `libyaml` prints unchanged: it escapes everything beyond the basic plane.
const fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{feff}' | '\u{ff00}'..='\u{fffd}')
        && c != '\u{feff}'
}

/// The escape that a character needs inside double quotes.
pub(super) fn escape(c: char) -> Option<String> {
    if is_printable(c) && !is_break(c) && c != '"' && c != '\\' {
        return None;
    }
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(c);
            return Some(match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
        }
    };
    Some(format!("\\{short}"))
}

/// True if a character has a meaning in YAML at its place in block context.
fn has_indicator(chars: &[char]) -> bool {
    let is_blank_or_end =
        |c: Option<&char>| c.is_none_or(|c| matches!(c, ' ' | '\t' | '\0') || is_break(*c));
    if chars.starts_with(&['-', '-', '-']) || chars.starts_with(&['.', '.', '.']) {
        return true;
    }
    chars.iter().enumerate().any(|(at, c)| {
        let before_blank = is_blank_or_end(chars.get(at + 1));
        match (at, c) {
            (0, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'') => true,
            (0, '"' | '%' | '@' | '`') => true,
            (0, '?' | '-') | (_, ':') => before_blank,
            (at, '#') => is_blank_or_end(chars.get(at - 1)),
            _ => false,
        }
    })
}

/// True if a plain text would be parsed as a number, a word like `true`, or a date.
fn is_other_type(text: &str) -> bool {
    matches!(
        text,
        "true"
            | "True"
            | "TRUE"
            | "false"
            | "False"
            | "FALSE"
            | "~"
            | "null"
            | "Null"
            | "NULL"
            | "<<"
            | "="
            | "!"
            | "&"
            | "*"
    ) || is_integer(text)
        || is_float(text)
        || is_timestamp(text)
}

fn is_integer(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let all = |digits: &str, belongs: fn(char) -> bool| {
        !digits.is_empty() && digits.chars().all(|c| c == '_' || belongs(c))
    };
    let prefixed = |prefix: &str, belongs: fn(char) -> bool| {
        unsigned
            .strip_prefix(prefix)
            .is_some_and(|digits| all(digits, belongs))
    };
    prefixed("0b", |c| matches!(c, '0' | '1'))
        || prefixed("0x", |c| c.is_ascii_hexdigit())
        || prefixed("0o", |c| matches!(c, '0'..='7'))
        || (!text.starts_with('_') && all(unsigned, |c| c.is_ascii_digit()))
}

fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let is_exponent = |text: &str, sign_needed: bool| {
        let Some(rest) = text.strip_prefix(['e', 'E']) else {
            return text.is_empty();
        };
        let digits = match rest.strip_prefix(['-', '+']) {
            Some(digits) => digits,
            None if sign_needed => return false,
            None => rest,
        };
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    };
    let after_digits = |text: &str| {
        let taken = text
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '_')
            .count();
        text.split_at(taken).1.to_owned()
    };
    if unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        let rest = after_digits(unsigned);
        return match rest.strip_prefix('.') {
            Some(fraction) => is_exponent(&after_digits(fraction), false),
            None => !rest.is_empty() && is_exponent(&rest, false),
        };
    }
    unsigned.strip_prefix('.').is_some_and(|fraction| {
        let rest = after_digits(fraction);
        rest.len() < fraction.len() && is_exponent(&rest, true)
    })
}

/// True for `2026-11-24`, or with a time, `2026-11-24T01:02:03.5+00:00`, and its looser variants.
fn is_timestamp(text: &str) -> bool {
    let mut rest = Rest(text);
    if !rest.digits(4, 4) || !rest.char('-') {
        return false;
    }
    let date = rest.0;
    let mut short = Rest(date);
    if short.digits(2, 2) && short.char('-') && short.digits(2, 2) && short.0.is_empty() {
        return true;
    }
    rest.digits(1, 2)
        && rest.char('-')
        && rest.digits(1, 2)
        && (rest.char('T') || rest.char('t') || rest.blanks() > 0)
        && rest.digits(1, 2)
        && rest.char(':')
        && rest.digits(2, 2)
        && rest.char(':')
        && rest.digits(2, 2)
        && rest.fraction_and_zone()
}

struct Rest<'a>(&'a str);

impl Rest<'_> {
    /// Consumes up to `most` digits; fails if there are fewer than `least`.
    fn digits(&mut self, least: usize, most: usize) -> bool {
        let count = self
            .0
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        if count < least {
            return false;
        }
        self.0 = self.0.get(count..).unwrap_or_default();
        true
    }

    fn char(&mut self, c: char) -> bool {
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn blanks(&mut self) -> usize {
        let trimmed = self.0.trim_start_matches([' ', '\t']);
        let count = self.0.len() - trimmed.len();
        self.0 = trimmed;
        count
    }

    fn fraction_and_zone(&mut self) -> bool {
        if self.char('.') {
            self.0 = self.0.trim_start_matches(|c: char| c.is_ascii_digit());
        }
        if self.0.is_empty() {
            return true;
        }
        self.blanks();
        if self.char('Z') {
            return self.0.is_empty();
        }
        if !(self.char('-') || self.char('+')) || !self.digits(1, 2) {
            return false;
        }
        self.0.is_empty() || (self.char(':') && self.digits(2, 2) && self.0.is_empty())
    }
}
