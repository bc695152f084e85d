//! The console's forms as plain data.

use serde::{Deserialize, Serialize};

/// A console form, read off the service model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormView {
    /// The service's command-line name, where one was asked for.
    pub service: Option<String>,
    /// The operation's command-line name, where one was asked for.
    pub operation: Option<String>,
    /// The services, or the operations, to choose from: name and a line about it.
    pub choices: Vec<(String, String)>,
    /// The operation's fields.
    pub fields: Vec<FieldView>,
}

/// A field of a console form: one option of the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldView {
    /// The option, as `--subnet-ids`.
    pub option: String,
    /// What it is, in a line.
    pub help: String,
    /// How it is entered.
    pub kind: FieldKind,
    /// Whether the operation needs it.
    pub required: bool,
    /// Values to choose from: the model's enum, or the ids that exist now.
    pub choices: Vec<String>,
}

/// How a field is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FieldKind {
    /// A line of text.
    Text,
    /// A whole number.
    Number,
    /// Yes (`--flag`), no (`--no-flag`) or neither.
    Switch,
    /// One or more values, separated by blanks.
    List,
    /// Shorthand or JSON.
    Structure,
}
