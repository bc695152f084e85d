//! The values of a pipeline, and records with named fields.

use std::rc::Rc;

use super::syntax::Statement;

/// A value. The fields of a record keep PowerShell's names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Value {
    /// `$null`.
    #[default]
    Null,
    /// `True`, `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string.
    Text(String),
    /// Several values.
    List(Vec<Value>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// An object.
    Record(Rc<Record>),
    /// `{ … }`.
    Block(Block),
}

/// The statements of a script block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block(pub(super) Rc<Vec<Statement>>);

/// An object: its fields and its view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The name of its type, for error texts and groups of a table.
    pub(super) kind: &'static str,
    /// The fields in order.
    pub(super) fields: Vec<(String, Value)>,
    /// Its value as a string.
    pub(super) text: String,
    /// Its default view.
    pub(super) view: View,
}

/// The view of records unless `Format-…` sets another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// One field a line.
    List,
    /// A table of these columns.
    Table(&'static [Column]),
    /// A folder's entries, below the folder's name.
    Files,
}

/// A column: field, heading, width (0: as wide as needed), and true for right-aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) field: &'static str,
    pub(super) title: &'static str,
    pub(super) width: usize,
    pub(super) right: bool,
}

impl Record {
    /// Returns a field; the case of its name is ignored.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Value {
    /// Creates a record.
    pub(super) fn record(
        kind: &'static str,
        text: &str,
        view: View,
        fields: impl IntoIterator<Item = (&'static str, Self)>,
    ) -> Self {
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self::Record(Rc::new(Record {
            kind,
            fields,
            text: text.to_owned(),
            view,
        }))
    }

    /// Converts the value to a string.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Int(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(all) => {
                let all: Vec<String> = all.iter().map(Self::text).collect();
                all.join(" ")
            }
            Self::Bytes(bytes) => {
                let all: Vec<String> = bytes.iter().map(u8::to_string).collect();
                all.join(" ")
            }
            Self::Record(record) => record.text.clone(),
            Self::Block(_) => "{ ... }".into(),
        }
    }

    /// True if the value counts as true (about_Booleans).
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(number) => *number != 0,
            Self::Text(text) => !text.is_empty(),
            Self::List(all) => match all.as_slice() {
                [] => false,
                [one] => one.is_true(),
                _ => true,
            },
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::Record(_) | Self::Block(_) => true,
        }
    }

    /// The values that pass through a pipeline one after the other.
    pub(super) fn items(self) -> Vec<Self> {
        match self {
            Self::List(all) => all,
            Self::Null => Vec::new(),
            other => vec![other],
        }
    }

    /// The output of a pipeline as one value.
    pub(super) fn from_items(mut all: Vec<Self>) -> Self {
        match all.len() {
            0 => Self::Null,
            1 => all.remove(0),
            _ => Self::List(all),
        }
    }

    /// Converts the value to a number, if it is one.
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Bool(value) => Some(i64::from(*value)),
            _ => None,
        }
    }

    /// The type's name in messages.
    pub(super) fn type_name(&self) -> &str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "System.Boolean",
            Self::Int(_) => "System.Int32",
            Self::Text(_) => "System.String",
            Self::List(_) => "System.Object[]",
            Self::Bytes(_) => "System.Byte[]",
            Self::Record(record) => record.kind,
            Self::Block(_) => "System.Management.Automation.ScriptBlock",
        }
    }
}
