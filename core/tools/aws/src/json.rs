//! Parses JSON as Python's `json.loads` does, with its messages.

use super::py::Py;

/// The deepest nesting: more than any request needs, and safe for the stack.
const DEPTH_MAX: usize = 200;

/// Parses one JSON value. With `ordered`, maps have the type that the CLI uses for JSON on the command
/// line.
///
/// # Errors
/// Python's message: `Expecting value: line 1 column 6 (char 5)`.
pub fn loads(text: &str, ordered: bool) -> Result<Py, String> {
    let mut reader = Reader {
        chars: text.chars().collect(),
        at: 0,
        ordered,
        depth: 0,
    };
    if reader.chars.first() == Some(&'\u{feff}') {
        return Err(reader.error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
    }
    reader.white();
    let value = reader.value()?;
    reader.white();
    if reader.at < reader.chars.len() {
        return Err(reader.error("Extra data", reader.at));
    }
    Ok(value)
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    ordered: bool,
    depth: usize,
}

impl Reader {
    fn error(&self, message: &str, at: usize) -> String {
        let before = self.chars.get(..at).unwrap_or(&self.chars);
        let line = before
            .iter()
            .filter(|character| **character == '\n')
            .count()
            + 1;
        let column = match before.iter().rposition(|character| *character == '\n') {
            Some(newline) => at - newline,
            None => at + 1,
        };
        format!("{message}: line {line} column {column} (char {at})")
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn white(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Py, String> {
        let start = self.at;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error("Expecting value", start));
        }
        let value = match self.peek() {
            Some('"') => {
                self.at += 1;
                Py::Str(self.string()?)
            }
            Some('{') => self.object()?,
            Some('[') => self.array()?,
            _ => match self.word().or_else(|| self.number()) {
                Some(value) => value,
                None => return Err(self.error("Expecting value", start)),
            },
        };
        self.depth -= 1;
        Ok(value)
    }

    fn word(&mut self) -> Option<Py> {
        for (word, value) in [
            ("null", Py::None),
            ("true", Py::Bool(true)),
            ("false", Py::Bool(false)),
            ("NaN", Py::Float(f64::NAN)),
            ("Infinity", Py::Float(f64::INFINITY)),
            ("-Infinity", Py::Float(f64::NEG_INFINITY)),
        ] {
            let end = self.at + word.len();
            let found = self.chars.get(self.at..end)?;
            if found.iter().copied().eq(word.chars()) {
                self.at = end;
                return Some(value);
            }
        }
        None
    }

    fn number(&mut self) -> Option<Py> {
        let start = self.at;
        let mut at = start;
        let digits = |mut at: usize| {
            let from = at;
            while self.chars.get(at).is_some_and(char::is_ascii_digit) {
                at += 1;
            }
            (at, at > from)
        };
        if self.chars.get(at) == Some(&'-') {
            at += 1;
        }
        if self.chars.get(at) == Some(&'0') {
            at += 1;
        } else {
            let (end, any) = digits(at);
            if !any {
                return None;
            }
            at = end;
        }
        let mut whole = true;
        if self.chars.get(at) == Some(&'.') {
            let (end, any) = digits(at + 1);
            if any {
                whole = false;
                at = end;
            }
        }
        if matches!(self.chars.get(at), Some('e' | 'E')) {
            let sign = usize::from(matches!(self.chars.get(at + 1), Some('+' | '-')));
            let (end, any) = digits(at + 1 + sign);
            if any {
                whole = false;
                at = end;
            }
        }
        let text: String = self.chars.get(start..at)?.iter().collect();
        self.at = at;
        if whole {
            Some(
                text.parse()
                    .map_or_else(|_| Py::Float(f64::INFINITY), Py::Int),
            )
        } else {
            text.parse().ok().map(Py::Float)
        }
    }

    /// Parses the rest of a string, after its opening quote.
    fn string(&mut self) -> Result<String, String> {
        let opening = self.at - 1;
        let mut text = String::new();
        loop {
            let Some(character) = self.peek() else {
                return Err(self.error("Unterminated string starting at", opening));
            };
            self.at += 1;
            match character {
                '"' => return Ok(text),
                '\\' => text.push(self.escape(opening)?),
                character if u32::from(character) < 0x20 => {
                    return Err(self.error("Invalid control character at", self.at - 1));
                }
                character => text.push(character),
            }
        }
    }

    fn escape(&mut self, opening: usize) -> Result<char, String> {
        let Some(character) = self.peek() else {
            return Err(self.error("Unterminated string starting at", opening));
        };
        self.at += 1;
        Ok(match character {
            '"' | '\\' | '/' => character,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let high = self.hex4()?;
                if (0xd800..0xdc00).contains(&high)
                    && self.peek() == Some('\\')
                    && self.chars.get(self.at + 1) == Some(&'u')
                {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hex4()?;
                    if (0xdc00..0xe000).contains(&low) {
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    self.at = back;
                }
                char::from_u32(high).unwrap_or('\u{fffd}')
            }
            _ => return Err(self.error("Invalid \\escape", self.at - 2)),
        })
    }

    fn hex4(&mut self) -> Result<u32, String> {
        let text: String = self
            .chars
            .get(self.at..self.at + 4)
            .unwrap_or_default()
            .iter()
            .collect();
        if text.chars().count() == 4 && text.chars().all(|digit| digit.is_ascii_hexdigit()) {
            self.at += 4;
            return Ok(u32::from_str_radix(&text, 16).unwrap_or(0xfffd));
        }
        Err(self.error("Invalid \\uXXXX escape", self.at - 1))
    }

    fn array(&mut self) -> Result<Py, String> {
        self.at += 1;
        let mut items = Vec::new();
        self.white();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(Py::List(items));
        }
        loop {
            items.push(self.value()?);
            self.white();
            match self.peek() {
                Some(']') => {
                    self.at += 1;
                    return Ok(Py::List(items));
                }
                Some(',') => self.at += 1,
                _ => return Err(self.error("Expecting ',' delimiter", self.at)),
            }
            self.white();
        }
    }

    fn object(&mut self) -> Result<Py, String> {
        self.at += 1;
        let mut map = if self.ordered {
            Py::Ordered(Vec::new())
        } else {
            Py::Dict(Vec::new())
        };
        self.white();
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(map);
        }
        loop {
            if self.peek() != Some('"') {
                let message = "Expecting property name enclosed in double quotes";
                return Err(self.error(message, self.at));
            }
            self.at += 1;
            let key = self.string()?;
            self.white();
            if self.peek() != Some(':') {
                return Err(self.error("Expecting ':' delimiter", self.at));
            }
            self.at += 1;
            self.white();
            let value = self.value()?;
            map.set(&key, value);
            self.white();
            match self.peek() {
                Some('}') => {
                    self.at += 1;
                    return Ok(map);
                }
                Some(',') => self.at += 1,
                _ => return Err(self.error("Expecting ',' delimiter", self.at)),
            }
            self.white();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_pythons() {
        // Each message was printed by Python 3.11's json.loads.
        for (text, expected) in [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("{\"a\":", "Expecting value: line 1 column 6 (char 5)"),
            (
                "{\"a\" 1}",
                "Expecting ':' delimiter: line 1 column 6 (char 5)",
            ),
            (
                "{'a': 1}",
                "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            ),
            (
                "{\"a\": 1,}",
                "Expecting property name enclosed in double quotes: line 1 column 9 (char 8)",
            ),
            ("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"),
            ("[1,]", "Expecting value: line 1 column 4 (char 3)"),
            ("[1] x", "Extra data: line 1 column 5 (char 4)"),
            (
                "\"abc",
                "Unterminated string starting at: line 1 column 1 (char 0)",
            ),
            (
                "\"a\nb\"",
                "Invalid control character at: line 1 column 3 (char 2)",
            ),
            ("\"\\x\"", "Invalid \\escape: line 1 column 2 (char 1)"),
            (
                "{\n\"a\": tru}",
                "Expecting value: line 2 column 6 (char 7)",
            ),
        ] {
            assert_eq!(loads(text, true), Err(expected.to_owned()), "{text}");
        }
        assert_eq!(
            loads("[1, -2.5e1, \"\\u00e9\"]", true)
                .expect("valid")
                .repr(),
            "[1, -25.0, 'é']"
        );
        assert!(loads(&"[".repeat(100_000), true).is_err());
    }
}
