//! Writes JSON as Python's `json.dumps` does.

use std::fmt::Write as _;

use crate::data::{Data, float_repr};

/// Prints with an indent of 4 columns and a line end.
///
/// # Errors
/// A value that JSON cannot hold: an unevaluated expression.
pub fn print(value: &Data, out: &mut String) -> Result<(), String> {
    Writer {
        out,
        indent: Some(0),
        ascii: false,
    }
    .value(value)?;
    out.push('\n');
    Ok(())
}

/// Prints one line without spaces, in ASCII: the result of `JMESPath`'s `to_string`.
#[must_use]
pub fn compact(value: &Data) -> String {
    let mut out = String::new();
    // For an unevaluated expression, Python writes its `str()`.
    let _ = Writer {
        out: &mut out,
        indent: None,
        ascii: true,
    }
    .value(value);
    out
}

/// Prints one line with `", "` and `": "`, in ASCII: Python's plain `json.dumps`.
#[must_use]
pub fn spaced(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(spaced).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{}: {}", quoted(name, true), spaced(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        other => compact(&Data::from(other)),
    }
}

/// A JSON string.
#[must_use]
pub fn quoted(text: &str, ascii: bool) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            c if c < ' ' || (ascii && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Formats a float. JSON and Python agree except for the special values below.
#[must_use]
pub fn float(value: f64) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        }
    } else {
        float_repr(value)
    }
}

struct Writer<'a> {
    out: &'a mut String,
    /// The current depth; `None` prints on one line.
    indent: Option<usize>,
    ascii: bool,
}

impl Writer<'_> {
    fn value(&mut self, value: &Data) -> Result<(), String> {
        match value {
            Data::Null => self.out.push_str("null"),
            Data::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Data::Int(value) => self.out.push_str(&value.to_string()),
            Data::Float(value) => self.out.push_str(&float(*value)),
            Data::Text(text) => self.out.push_str(&quoted(text, self.ascii)),
            Data::List(items) if items.is_empty() => self.out.push_str("[]"),
            Data::Map(members) if members.is_empty() => self.out.push_str("{}"),
            Data::List(items) => {
                self.open('[');
                for (at, item) in items.iter().enumerate() {
                    self.separate(at);
                    self.value(item)?;
                }
                self.close(']');
            }
            Data::Map(members) => {
                self.open('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    self.separate(at);
                    self.out.push_str(&quoted(name, self.ascii));
                    self.out
                        .push_str(if self.indent.is_some() { ": " } else { ":" });
                    self.value(value)?;
                }
                self.close('}');
            }
            Data::Expression(_) if self.ascii => {
                self.out.push_str(&quoted(&value.python_str(), true));
            }
            Data::Expression(_) => {
                return Err("Encountered unrecognized type in JSON encoder.".into());
            }
        }
        Ok(())
    }

    fn open(&mut self, bracket: char) {
        self.out.push(bracket);
        self.indent = self.indent.map(|depth| depth + 1);
    }

    fn separate(&mut self, at: usize) {
        if at > 0 {
            self.out.push(',');
        }
        self.break_line();
    }

    fn close(&mut self, bracket: char) {
        self.indent = self.indent.map(|depth| depth.saturating_sub(1));
        self.break_line();
        self.out.push(bracket);
    }

    fn break_line(&mut self) {
        if let Some(depth) = self.indent {
            self.out.push('\n');
            self.out.push_str(&"    ".repeat(depth));
        }
    }
}
