//! Parses the CLI's shorthand syntax: `Key=Value,Key=[a,b],Key={K=V}`.

use super::paramfile::Files;
use super::py::{Py, parse_float, parse_int};
use hsmlab_api::model::{Kind, Service, Shape};

/// The reason why a shorthand word cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShorthandError {
    /// A syntax error: the message without the option's name.
    Syntax(String),
    /// Not a number: Python's own message, which the CLI prints unchanged.
    Value(String),
}

/// The deepest nesting.
const DEPTH_MAX: usize = 100;

/// Parses one word.
///
/// # Errors
/// The CLI's message.
pub fn parse(text: &str, files: &Files<'_>) -> Result<Py, ShorthandError> {
    let mut reader = Reader {
        chars: text.chars().collect(),
        at: 0,
        resolves: false,
        files,
        depth: 0,
    };
    reader.parameter()
}

enum Fault {
    /// Something else was expected: the expected text, the actual text, and the position. Lists of values
    /// recover from it.
    Expected(String, String, usize),
    /// Anything else.
    Other(ShorthandError),
}

struct Reader<'a> {
    chars: Vec<char>,
    at: usize,
    resolves: bool,
    files: &'a Files<'a>,
    depth: usize,
}

impl Reader<'_> {
    fn parameter(&mut self) -> Result<Py, ShorthandError> {
        let mut params = Py::Dict(Vec::new());
        let (key, value) = self.keyval().map_err(|fault| self.say(fault))?;
        params.set(&key, value);
        let mut last = self.at;
        while self.at < self.chars.len() {
            self.expect(',', true).map_err(|fault| self.say(fault))?;
            let (key, value) = self.keyval().map_err(|fault| self.say(fault))?;
            if params.get(&key).is_some() {
                return Err(ShorthandError::Syntax(format!(
                    "Second instance of key \"{key}\" encountered for input:\n{}\nThis is often because \
                     there is a preceding \",\" instead of a space.",
                    self.location(last + 1)
                )));
            }
            params.set(&key, value);
            last = self.at;
        }
        Ok(params)
    }

    fn say(&self, fault: Fault) -> ShorthandError {
        match fault {
            Fault::Other(error) => error,
            Fault::Expected(expected, actual, at) => ShorthandError::Syntax(format!(
                "Expected: '{expected}', received: '{actual}' for input:\n {}",
                self.location(at)
            )),
        }
    }

    /// The input with a `^` under the position.
    fn location(&self, at: usize) -> String {
        let at = at.min(self.chars.len());
        let text = |from: usize, to: usize| -> String {
            self.chars
                .get(from..to)
                .unwrap_or_default()
                .iter()
                .collect()
        };
        let before = self.chars.get(..at).unwrap_or_default();
        let spaces = match before.iter().rposition(|character| *character == '\n') {
            Some(newline) => at - newline - 1,
            None => at,
        };
        let after = self.chars.get(at..).unwrap_or_default();
        let end = match after.iter().position(|character| *character == '\n') {
            Some(newline) => at + newline,
            None => self.chars.len(),
        };
        format!(
            "{}\n{}^{}",
            text(0, end),
            " ".repeat(spaces),
            text(end, self.chars.len())
        )
    }

    fn current(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn white(&mut self) {
        while self.current().is_some_and(is_white) {
            self.at += 1;
        }
    }

    fn expect(&mut self, wanted: char, white: bool) -> Result<(), Fault> {
        if white {
            self.white();
        }
        match self.current() {
            Some(character) if character == wanted => self.at += 1,
            Some(other) => {
                return Err(Fault::Expected(wanted.into(), other.into(), self.at));
            }
            None => return Err(Fault::Expected(wanted.into(), "EOF".into(), self.at)),
        }
        if white {
            self.white();
        }
        Ok(())
    }

    fn key(&mut self) -> String {
        let start = self.at;
        while self
            .current()
            .is_some_and(|c| c.is_ascii_alphanumeric() || "-_.#/:".contains(c))
        {
            self.at += 1;
        }
        self.chars
            .get(start..self.at)
            .unwrap_or_default()
            .iter()
            .collect()
    }

    fn key_and_sign(&mut self) -> Result<String, Fault> {
        let key = self.key();
        self.resolves = self.expect('@', true).is_ok();
        self.expect('=', true)?;
        Ok(key)
    }

    fn keyval(&mut self) -> Result<(String, Py), Fault> {
        let key = self.key_and_sign()?;
        let value = match self.current() {
            None => Py::str(""),
            Some('[') => self.list()?,
            Some('{') => self.hash()?,
            Some(_) => self.csv()?,
        };
        Ok((key, value))
    }

    fn csv(&mut self) -> Result<Py, Fault> {
        let first = self.first_value()?;
        self.white();
        if self.current() != Some(',') {
            return Ok(first);
        }
        self.expect(',', true)?;
        let mut values = vec![first];
        loop {
            match self.next_of_csv() {
                Ok((value, last)) => {
                    values.push(value);
                    if last {
                        break;
                    }
                }
                Err(Fault::Expected(..)) if self.at < self.chars.len() => {
                    // The text after the comma is the next key: go back to the comma.
                    while self.at > 0 && self.current() != Some(',') {
                        self.at -= 1;
                    }
                    break;
                }
                Err(fault) => return Err(fault),
            }
        }
        if values.len() == 1 {
            return Ok(values.remove(0));
        }
        Ok(Py::List(values))
    }

    fn next_of_csv(&mut self) -> Result<(Py, bool), Fault> {
        let value = match self.current() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote)?,
            _ => match self.plain(is_second_follow) {
                Some(text) => self.resolve(text)?,
                None => return Err(Fault::Expected("<second>".into(), "<none>".into(), self.at)),
            },
        };
        self.white();
        if self.at >= self.chars.len() {
            return Ok((value, true));
        }
        self.expect(',', true)?;
        Ok((value, false))
    }

    fn first_value(&mut self) -> Result<Py, Fault> {
        match self.current() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            _ => match self.plain(is_first_follow) {
                Some(text) => self.resolve(text),
                None => Ok(Py::str("")),
            },
        }
    }

    /// Reads an unquoted value; `follows` tests the characters after the first.
    fn plain(&mut self, follows: fn(char) -> bool) -> Option<String> {
        let mut text = String::new();
        let mut at = self.at;
        loop {
            let character = self.chars.get(at).copied();
            let allowed = if at == self.at { is_start } else { follows };
            match character {
                Some('\\') if self.chars.get(at + 1) == Some(&',') => {
                    text.push(',');
                    at += 2;
                }
                Some(character) if allowed(character) => {
                    text.push(character);
                    at += 1;
                }
                _ => break,
            }
        }
        if at == self.at {
            return None;
        }
        self.at = at;
        Some(text.trim_end().to_owned())
    }

    fn quoted(&mut self, quote: char) -> Result<Py, Fault> {
        let name = if quote == '\'' {
            "<singled quoted>"
        } else {
            "<double quoted>"
        };
        let nothing = || Fault::Expected(name.into(), "<none>".into(), self.at);
        let mut end = self.at + 1;
        let mut escaped = None;
        loop {
            match self.chars.get(end) {
                // Without a closing quote, an escaped one closes the value.
                None => match escaped {
                    Some(place) => {
                        end = place;
                        break;
                    }
                    None => return Err(nothing()),
                },
                Some('\\') if self.chars.get(end + 1) == Some(&quote) => {
                    escaped = Some(end + 1);
                    end += 2;
                }
                Some(character) if *character == quote => break,
                Some(_) => end += 1,
            }
        }
        let inner: String = self
            .chars
            .get(self.at + 1..end)
            .unwrap_or_default()
            .iter()
            .collect();
        self.at = end + 1;
        let text = inner
            .replace(&format!("\\{quote}"), &quote.to_string())
            .replace("\\\\", "\\");
        self.resolve(text)
    }

    fn resolve(&self, text: String) -> Result<Py, Fault> {
        if !self.resolves {
            return Ok(Py::Str(text));
        }
        match self.files.load(&text) {
            None => Ok(Py::Str(text)),
            Some(Ok(value)) => Ok(value),
            Some(Err(message)) => Err(Fault::Other(ShorthandError::Value(message))),
        }
    }

    fn deeper(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Fault::Other(ShorthandError::Value(
                "maximum recursion depth exceeded".into(),
            )));
        }
        Ok(())
    }

    fn explicit(&mut self) -> Result<Py, Fault> {
        match self.current() {
            Some('[') => self.list(),
            Some('{') => self.hash(),
            _ => self.first_value(),
        }
    }

    fn list(&mut self) -> Result<Py, Fault> {
        self.deeper()?;
        self.expect('[', true)?;
        let mut values = Vec::new();
        while self.current() != Some(']') {
            values.push(self.explicit()?);
            self.white();
            if self.current() != Some(']') {
                self.expect(',', false)?;
                self.white();
            }
        }
        self.expect(']', false)?;
        self.depth -= 1;
        Ok(Py::List(values))
    }

    fn hash(&mut self) -> Result<Py, Fault> {
        self.deeper()?;
        self.expect('{', true)?;
        let mut map = Py::Dict(Vec::new());
        while self.current() != Some('}') {
            let key = self.key_and_sign()?;
            let value = self.explicit()?;
            self.white();
            if self.current() != Some('}') {
                self.expect(',', false)?;
                self.white();
            }
            map.set(&key, value);
        }
        self.expect('}', false)?;
        self.depth -= 1;
        Ok(map)
    }
}

fn is_white(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

/// True for characters that may start an unquoted value.
fn is_start(character: char) -> bool {
    matches!(character, '!' | '#'..='&' | '('..='+' | '-'..='<' | '>'..='Z' | '\\'..='z' | '|'..='\u{ffff}')
}

/// True for characters that may follow in the first value of a key.
fn is_first_follow(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '!' | '#'..='&' | '('..='+' | '-'..='\\' | '^'..='|' | '~'..='\u{ffff}')
}

/// True for characters that may follow in a later value of a list without brackets: no `=`, which would
/// belong to the next key.
fn is_second_follow(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '!' | '#'..='&' | '('..='+' | '-'..='<' | '>'..='\u{ffff}')
}

/// Fits parsed values to the model: a single value for a list becomes a list, and numbers and booleans are
/// parsed.
///
/// # Errors
/// Python's message for a text that is not a number.
pub fn fit(value: Py, shape: &Shape, service: &Service) -> Result<Py, ShorthandError> {
    match (&shape.kind, value) {
        (Kind::Structure(structure), Py::Dict(mut entries)) => {
            for member in &structure.members {
                let Some(entry) = entries.iter_mut().find(|(key, _)| *key == member.name) else {
                    continue;
                };
                let old = std::mem::replace(&mut entry.1, Py::None);
                entry.1 = fit_member(old, service.shape(member.shape), service)?;
            }
            Ok(Py::Dict(entries))
        }
        (Kind::List(element), Py::List(items)) => {
            let element = service.shape(*element);
            let items: Result<Vec<Py>, ShorthandError> = items
                .into_iter()
                .map(|item| fit_member(item, element, service))
                .collect();
            Ok(Py::List(items?))
        }
        (Kind::Map(_, value_shape), Py::Dict(entries)) => {
            let value_shape = service.shape(*value_shape);
            let mut fitted = Vec::new();
            for (key, value) in entries {
                fitted.push((key, fit_member(value, value_shape, service)?));
            }
            Ok(Py::Dict(fitted))
        }
        (_, value) => Ok(value),
    }
}

fn fit_member(value: Py, shape: &Shape, service: &Service) -> Result<Py, ShorthandError> {
    match (&shape.kind, value) {
        // A single value is wrapped, and then left unchanged.
        (Kind::List(_), value) if !matches!(value, Py::List(_) | Py::None) => {
            Ok(Py::List(vec![value]))
        }
        (Kind::Integer | Kind::Long, Py::Str(text)) => {
            parse_int(&text).map(Py::Int).map_err(ShorthandError::Value)
        }
        (Kind::Integer | Kind::Long, other @ (Py::List(_) | Py::Dict(_))) => {
            Err(ShorthandError::Value(format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{}'",
                python_type(&other)
            )))
        }
        (Kind::Double | Kind::Float, Py::Str(text)) => parse_float(&text)
            .map(Py::Float)
            .map_err(ShorthandError::Value),
        (Kind::Double | Kind::Float, other @ (Py::List(_) | Py::Dict(_))) => {
            Err(ShorthandError::Value(format!(
                "float() argument must be a string or a real number, not '{}'",
                python_type(&other)
            )))
        }
        (Kind::Boolean, Py::Str(text)) => Ok(match text.to_lowercase().as_str() {
            "true" => Py::Bool(true),
            "false" => Py::Bool(false),
            _ => Py::Str(text),
        }),
        (Kind::Boolean, other @ (Py::List(_) | Py::Dict(_))) => Err(ShorthandError::Value(
            format!("'{}' object has no attribute 'lower'", python_type(&other)),
        )),
        (_, value) => fit(value, shape, service),
    }
}

fn python_type(value: &Py) -> &'static str {
    if matches!(value, Py::List(_)) {
        "list"
    } else {
        "dict"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match parse(text, &Files::none()) {
            Ok(value) => value.repr(),
            Err(ShorthandError::Syntax(message) | ShorthandError::Value(message)) => message,
        }
    }

    #[test]
    fn words_are_read() {
        for (text, expected) in [
            ("a=b", "{'a': 'b'}"),
            ("a=b,c=d", "{'a': 'b', 'c': 'd'}"),
            ("a=b,c,d=e", "{'a': ['b', 'c'], 'd': 'e'}"),
            ("a=[b,c],d={e=f}", "{'a': ['b', 'c'], 'd': {'e': 'f'}}"),
            ("a=", "{'a': ''}"),
            ("a='x,y',b=\"z\"", "{'a': 'x,y', 'b': 'z'}"),
            ("a=b\\,c", "{'a': 'b,c'}"),
            (
                "Name=tag:x,Values=1=2",
                "{'Name': 'tag:x', 'Values': '1=2'}",
            ),
            ("a=[]", "{'a': []}"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn faults_point_at_their_place() {
        assert_eq!(
            read("DAYS,90"),
            "Expected: '=', received: ',' for input:\n DAYS,90\n    ^"
        );
        assert_eq!(
            read("x"),
            "Expected: '=', received: 'EOF' for input:\n x\n ^"
        );
        assert_eq!(
            read("a=[b"),
            "Expected: ',', received: 'EOF' for input:\n a=[b\n    ^"
        );
        assert_eq!(
            read("a='b"),
            "Expected: '<singled quoted>', received: '<none>' for input:\n a='b\n  ^"
        );
    }
}
