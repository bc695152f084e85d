//! The console's forms as plain data.

use serde::{Deserialize, Serialize};

/// A console form, generated from the service model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormView {
    /// The service's command-line name, if one was requested.
    pub service: Option<String>,
    /// The operation's command-line name, if one was requested.
    pub operation: Option<String>,
    /// The services or operations to choose from: name and a one-line description.
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
    /// A one-line description.
    pub help: String,
    /// The kind of input.
    pub kind: FieldKind,
    /// True if the operation requires the field.
    pub required: bool,
    /// Values to choose from: the model's enum, or the ids that exist now.
    pub choices: Vec<String>,
}

/// The kind of input of a field.
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
