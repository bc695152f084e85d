//! Writes YAML as the CLI does: `libyaml`'s emitter behind `ruamel.yaml`'s safe representer (block style,
//! sorted keys, 80 columns, anchors for values that occur more than once).

mod scalar;

use std::collections::BTreeMap;
use std::rc::Rc;

use hsmlab_jmespath::data::{Data, float_repr};
use hsmlab_jmespath::json;
use scalar::{Plain, Quotes, Scalar};

/// Columns per level.
const INDENT: usize = 2;

/// A line is broken at the first space after this column.
const WIDTH: usize = 80;

/// The longest text that can be a simple key, in bytes.
const KEY_BYTES_MAX: usize = 128;

/// Prints a value. A lone scalar is printed as JSON: in YAML it would need an end-of-document mark.
///
/// # Errors
/// A value that neither can hold: an unevaluated expression.
pub fn print(value: &Data, out: &mut String) -> Result<(), String> {
    if value.is_scalar() {
        // An unevaluated expression goes to the YAML printer, which names the object.
        if let Data::Expression(_) = value {
            return Err(format!(
                "cannot represent an object: {}",
                value.python_str()
            ));
        }
        out.push_str(&lone_scalar(value));
        out.push('\n');
        return Ok(());
    }
    let mut anchors = Anchors::default();
    anchors.note(value);
    let mut emitter = Emitter {
        out: String::new(),
        column: 0,
        indent: None,
        after_space: true,
        in_indent: true,
        anchors,
    };
    emitter.node(value, Context::Root)?;
    emitter.new_line();
    out.push_str(&emitter.out);
    Ok(())
}

fn lone_scalar(value: &Data) -> String {
    match value {
        Data::Text(text) => json::quoted(text, false),
        Data::Float(value) => json::float(*value),
        Data::Bool(true) => "true".into(),
        Data::Bool(false) => "false".into(),
        Data::Int(value) => value.to_string(),
        _ => "null".into(),
    }
}

/// The position of a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Root,
    Item,
    Key,
    Value,
}

/// The lists and maps that occur more than once, by their address.
#[derive(Default)]
struct Anchors {
    seen: BTreeMap<usize, Option<usize>>,
    numbered: usize,
    printed: BTreeMap<usize, ()>,
}

impl Anchors {
    /// Walks the value in printing order and numbers each object on its second occurrence.
    fn note(&mut self, value: &Data) {
        let Some(address) = address(value) else {
            return;
        };
        if let Some(number) = self.seen.get_mut(&address) {
            if number.is_none() {
                self.numbered += 1;
                *number = Some(self.numbered);
            }
            return;
        }
        self.seen.insert(address, None);
        match value {
            Data::List(items) => items.iter().for_each(|item| self.note(item)),
            Data::Map(members) => {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0));
                sorted.iter().for_each(|(_, value)| self.note(value));
            }
            _ => {}
        }
    }

    /// The mark of a value: `&id001` at its first occurrence, `*id001` after that.
    fn mark(&mut self, value: &Data) -> Option<(bool, String)> {
        let address = address(value)?;
        let number = (*self.seen.get(&address)?)?;
        let again = self.printed.insert(address, ()).is_some();
        Some((
            again,
            format!("{}id{number:03}", if again { '*' } else { '&' }),
        ))
    }
}

fn address(value: &Data) -> Option<usize> {
    match value {
        Data::List(items) => Some(Rc::as_ptr(items).cast::<()>() as usize),
        Data::Map(members) => Some(Rc::as_ptr(members).cast::<()>() as usize),
        _ => None,
    }
}

struct Emitter {
    out: String,
    column: usize,
    /// The column of the current block; `None` at the root.
    indent: Option<usize>,
    /// True if the last character written is a space or counts as one.
    after_space: bool,
    /// True if the line contains only indentation.
    in_indent: bool,
    anchors: Anchors,
}

impl Emitter {
    fn node(&mut self, value: &Data, context: Context) -> Result<(), String> {
        if let Some((again, mark)) = self.anchors.mark(value) {
            self.indicator(&mark, true, false, false);
            if again {
                return Ok(());
            }
        }
        match value {
            Data::List(items) if items.is_empty() => self.empty("[", "]"),
            Data::Map(members) if members.is_empty() => self.empty("{", "}"),
            Data::List(items) => {
                let outer = self.indent;
                // A list below a key has the same indent as the key.
                if context != Context::Value || self.in_indent {
                    self.deepen(0);
                }
                for item in items.iter() {
                    self.new_line();
                    self.indicator("-", true, false, true);
                    self.node(item, Context::Item)?;
                }
                self.indent = outer;
            }
            Data::Map(members) => {
                let outer = self.indent;
                self.deepen(0);
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0));
                for (name, value) in sorted {
                    self.member(name, value)?;
                }
                self.indent = outer;
            }
            Data::Expression(_) => {
                return Err(format!(
                    "cannot represent an object: {}",
                    value.python_str()
                ));
            }
            Data::Text(text) => self.scalar(&Scalar::of_text(text), context),
            Data::Null => self.scalar(&Scalar::of_word("null"), context),
            Data::Bool(value) => {
                self.scalar(
                    &Scalar::of_word(if *value { "true" } else { "false" }),
                    context,
                );
            }
            Data::Int(value) => self.scalar(&Scalar::of_word(&value.to_string()), context),
            Data::Float(value) => self.scalar(&Scalar::of_word(&float(*value)), context),
        }
        Ok(())
    }

    fn member(&mut self, name: &str, value: &Data) -> Result<(), String> {
        self.new_line();
        let key = Scalar::of_text(name);
        if key.is_multiline() || name.len() > KEY_BYTES_MAX {
            self.indicator("?", true, false, true);
            self.scalar(&key, Context::Value);
            self.new_line();
            self.indicator(":", true, false, true);
        } else {
            self.scalar(&key, Context::Key);
            self.indicator(":", false, false, false);
        }
        self.node(value, Context::Value)
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, true, false);
        self.indicator(close, false, false, false);
    }

    fn scalar(&mut self, scalar: &Scalar, context: Context) {
        let outer = self.indent;
        self.deepen(INDENT);
        let breaks = context != Context::Key;
        match scalar.quotes(context == Context::Key) {
            Quotes::None => self.plain(scalar, breaks),
            Quotes::Single => self.single_quoted(scalar, breaks),
            Quotes::Double => self.double_quoted(scalar, breaks),
        }
        self.indent = outer;
    }

    fn plain(&mut self, scalar: &Scalar, breaks: bool) {
        if !self.after_space && !scalar.chars.is_empty() {
            self.put(' ');
        }
        let mut after_space = false;
        for (at, &c) in scalar.chars.iter().enumerate() {
            let next_is_space = scalar.chars.get(at + 1) == Some(&' ');
            if c == ' ' && breaks && !after_space && self.column > WIDTH && !next_is_space {
                self.new_line();
            } else {
                self.put(c);
            }
            if c != ' ' {
                self.in_indent = false;
            }
            after_space = c == ' ';
        }
        self.after_space = false;
        self.in_indent = false;
    }

    fn single_quoted(&mut self, scalar: &Scalar, breaks: bool) {
        self.indicator("'", true, false, false);
        let last = scalar.chars.len().saturating_sub(1);
        let (mut after_space, mut after_break) = (false, false);
        for (at, &c) in scalar.chars.iter().enumerate() {
            let next_is_space = scalar.chars.get(at + 1) == Some(&' ');
            if c == ' ' {
                let is_inner = at != 0 && at != last;
                if breaks && !after_space && self.column > WIDTH && is_inner && !next_is_space {
                    self.new_line();
                } else {
                    self.put(c);
                }
                after_space = true;
            } else if scalar::is_break(c) {
                if !after_break && c == '\n' {
                    self.put_break('\n');
                }
                self.put_break(c);
                self.in_indent = true;
                after_break = true;
            } else {
                if after_break {
                    self.new_line();
                }
                if c == '\'' {
                    self.put('\'');
                }
                self.put(c);
                self.in_indent = false;
                (after_space, after_break) = (false, false);
            }
        }
        if after_break {
            self.new_line();
        }
        self.indicator("'", false, false, false);
        self.after_space = false;
        self.in_indent = false;
    }

    fn double_quoted(&mut self, scalar: &Scalar, breaks: bool) {
        self.indicator("\"", true, false, false);
        let last = scalar.chars.len().saturating_sub(1);
        let mut after_space = false;
        for (at, &c) in scalar.chars.iter().enumerate() {
            if let Some(escape) = scalar::escape(c) {
                escape.chars().for_each(|c| self.put(c));
                after_space = false;
            } else if c == ' ' {
                let is_inner = at != 0 && at != last;
                if breaks && !after_space && self.column > WIDTH && is_inner {
                    self.new_line();
                    if scalar.chars.get(at + 1) == Some(&' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                after_space = true;
            } else {
                self.put(c);
                after_space = false;
            }
        }
        self.indicator("\"", false, false, false);
        self.after_space = false;
        self.in_indent = false;
    }

    /// Moves one level deeper; the first level is at `first`.
    fn deepen(&mut self, first: usize) {
        self.indent = Some(self.indent.map_or(first, |indent| indent + INDENT));
    }

    fn indicator(&mut self, text: &str, needs_space: bool, is_space: bool, is_indent: bool) {
        if needs_space && !self.after_space {
            self.put(' ');
        }
        text.chars().for_each(|c| self.put(c));
        self.after_space = is_space;
        self.in_indent = self.in_indent && is_indent;
    }

    /// Starts a line at the block's column, unless the output is already there.
    fn new_line(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.in_indent || self.column > indent || (self.column == indent && !self.after_space) {
            self.put_break('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.after_space = true;
        self.in_indent = true;
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn put_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }
}

fn float(value: f64) -> String {
    if value.is_nan() {
        ".nan".into()
    } else if value.is_infinite() {
        if value > 0.0 {
            ".inf".into()
        } else {
            "-.inf".into()
        }
    } else {
        float_repr(value)
    }
}

impl Scalar {
    /// Creates a word that is written unchanged.
    fn of_word(word: &str) -> Self {
        Self {
            chars: word.chars().collect(),
            plain: Plain::Allowed,
            single_quotes: true,
            lines: false,
        }
    }
}
