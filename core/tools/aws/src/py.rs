//! The CLI's values before they are sent, and their form in its messages.
//!
//! The CLI is written in Python: its messages name Python's types and print values as `str()` and
//! `repr()` do. Only this module implements that.

use base64::Engine as _;
use serde_json::{Map, Number, Value};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Py {
    /// `None`.
    None,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Py>),
    /// A map whose keys keep their order.
    Dict(Vec<(String, Py)>),
    /// A map from JSON on the command line, where the CLI uses another type.
    Ordered(Vec<(String, Py)>),
    /// A date or timestamp in YAML: Python's type name and the text.
    Date(&'static str, String),
}

impl Py {
    /// Creates a text.
    #[must_use]
    pub fn str(text: impl Into<String>) -> Self {
        Self::Str(text.into())
    }

    /// The entries of a map.
    #[must_use]
    pub fn entries(&self) -> Option<&[(String, Py)]> {
        match self {
            Self::Dict(entries) | Self::Ordered(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries of a map, mutable.
    pub fn entries_mut(&mut self) -> Option<&mut Vec<(String, Py)>> {
        match self {
            Self::Dict(entries) | Self::Ordered(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Py> {
        self.entries()?
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// Sets the value under a key of a map; a new key is appended.
    pub fn set(&mut self, key: &str, value: Py) {
        let Some(entries) = self.entries_mut() else {
            return;
        };
        match entries.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value,
            None => entries.push((key.to_owned(), value)),
        }
    }

    /// Removes a key from a map.
    pub fn remove(&mut self, key: &str) -> Option<Py> {
        let entries = self.entries_mut()?;
        let at = entries.iter().position(|(name, _)| name == key)?;
        Some(entries.remove(at).1)
    }

    /// Returns Python's `type(value)`: `<class 'str'>`.
    #[must_use]
    pub fn type_text(&self) -> String {
        let name = match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
            Self::Ordered(_) => "collections.OrderedDict",
            Self::Date(name, _) => name,
        };
        format!("<class '{name}'>")
    }

    /// Returns Python's `str(value)`.
    #[must_use]
    pub fn display(&self) -> String {
        match self {
            Self::Str(text) | Self::Date(_, text) => text.clone(),
            other => other.repr(),
        }
    }

    /// Returns Python's `repr(value)`.
    #[must_use]
    pub fn repr(&self) -> String {
        match self {
            Self::None => "None".into(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => float_repr(*number),
            Self::Str(text) => str_repr(text),
            Self::Bytes(bytes) => bytes_repr(bytes),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::repr).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Dict(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| format!("{}: {}", str_repr(key), value.repr()))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
            Self::Ordered(entries) if entries.is_empty() => "OrderedDict()".into(),
            Self::Ordered(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| format!("({}, {})", str_repr(key), value.repr()))
                    .collect();
                format!("OrderedDict([{}])", entries.join(", "))
            }
            Self::Date(_, text) => text.clone(),
        }
    }

    /// Returns the value as it is sent: bytes in base64, dates as text.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(number) => Value::Number(int_to_json(*number)),
            Self::Float(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
            Self::Str(text) => Value::String(text.clone()),
            Self::Bytes(bytes) => {
                Value::String(base64::engine::general_purpose::STANDARD.encode(bytes))
            }
            Self::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Self::Dict(entries) | Self::Ordered(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.to_json()))
                    .collect::<Map<String, Value>>(),
            ),
            Self::Date(_, text) => Value::String(text.clone()),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no API has numbers beyond 64 bits"
)]
fn int_to_json(number: i128) -> Number {
    if let Ok(small) = i64::try_from(number) {
        return Number::from(small);
    }
    match u64::try_from(number) {
        Ok(large) => Number::from(large),
        Err(_) => Number::from_f64(number as f64).unwrap_or_else(|| Number::from(0)),
    }
}

/// Python's `repr` of a text.
#[must_use]
pub fn str_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut repr = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => repr.push_str("\\\\"),
            '\n' => repr.push_str("\\n"),
            '\r' => repr.push_str("\\r"),
            '\t' => repr.push_str("\\t"),
            character if character == quote => {
                repr.push('\\');
                repr.push(character);
            }
            character if u32::from(character) < 0x20 || u32::from(character) == 0x7f => {
                repr.push_str(&format!("\\x{:02x}", u32::from(character)));
            }
            character if character.is_control() => {
                repr.push_str(&format!("\\x{:02x}", u32::from(character)));
            }
            character => repr.push(character),
        }
    }
    repr.push(quote);
    repr
}

fn bytes_repr(bytes: &[u8]) -> String {
    let has_single = bytes.contains(&b'\'');
    let quote = if has_single && !bytes.contains(&b'"') {
        '"'
    } else {
        '\''
    };
    let mut repr = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b'\\' => repr.push_str("\\\\"),
            b'\n' => repr.push_str("\\n"),
            b'\r' => repr.push_str("\\r"),
            b'\t' => repr.push_str("\\t"),
            byte if char::from(byte) == quote => {
                repr.push('\\');
                repr.push(quote);
            }
            0x20..=0x7e => repr.push(char::from(byte)),
            byte => repr.push_str(&format!("\\x{byte:02x}")),
        }
    }
    repr.push(quote);
    repr
}

/// Python's `repr` of a floating-point number.
#[must_use]
pub fn float_repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "inf".into()
        } else {
            "-inf".into()
        };
    }
    let shortest = format!("{number:e}");
    let Some((digits, exponent)) = shortest.split_once('e') else {
        return shortest;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        return if plain.contains('.') {
            plain
        } else {
            format!("{plain}.0")
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Parses like Python's `int(text)`.
///
/// # Errors
/// The text of the `ValueError`.
pub fn parse_int(text: &str) -> Result<i128, String> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let well_formed = !digits.is_empty()
        && !digits.starts_with('_')
        && !digits.ends_with('_')
        && !digits.contains("__")
        && digits
            .chars()
            .all(|digit| digit.is_ascii_digit() || digit == '_');
    let parsed = if well_formed {
        trimmed.replace('_', "").parse::<i128>().ok()
    } else {
        None
    };
    parsed.ok_or_else(|| format!("invalid literal for int() with base 10: {}", str_repr(text)))
}

/// Parses like Python's `float(text)`.
///
/// # Errors
/// The text of the `ValueError`.
pub fn parse_float(text: &str) -> Result<f64, String> {
    let trimmed = text.trim();
    let lower = trimmed.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    let special = matches!(unsigned, "nan" | "inf" | "infinity");
    let plain = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && !unsigned.ends_with('_');
    let parsed = if special || plain {
        lower.replace('_', "").parse::<f64>().ok()
    } else {
        None
    };
    parsed.ok_or_else(|| format!("could not convert string to float: {}", str_repr(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_python_prints_them() {
        assert_eq!(str_repr("it's"), "\"it's\"");
        assert_eq!(str_repr("a\n\\"), "'a\\n\\\\'");
        assert_eq!(float_repr(1e16), "1e+16");
        assert_eq!(float_repr(0.5), "0.5");
        assert_eq!(float_repr(100.0), "100.0");
        assert_eq!(float_repr(1e-5), "1e-05");
        assert_eq!(
            Py::Bytes(b"hello\n\xff".to_vec()).repr(),
            "b'hello\\n\\xff'"
        );
        let dict = Py::Ordered(vec![("Foo".into(), Py::Int(1))]);
        assert_eq!(dict.repr(), "OrderedDict([('Foo', 1)])");
        assert_eq!(parse_int(" 1_000 "), Ok(1000));
        assert!(parse_int("1__0").is_err() && parse_int("0x1").is_err() && parse_int("").is_err());
        assert_eq!(parse_float("1e3"), Ok(1000.0));
        assert!(parse_float("abc").is_err());
    }
}
