//! Shapes: the types of parameters and answers.

use serde::{Deserialize, Serialize};

/// The place of a shape in its service's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShapeId(pub u16);

impl ShapeId {
    /// The id of no shape.
    pub const NONE: Self = Self(u16::MAX);
}

/// A type, with what limits its values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// What it is.
    #[serde(rename = "k")]
    pub kind: Kind,
    /// The least value, or the least length of a string, blob or list.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The greatest value or length.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// A regular expression that a string must match.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The values that a string may have. Empty where any will do, and where the model has more than 40.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub enumeration: Vec<String>,
    /// The first of more than 40 values, which examples show.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// The model's name of a text that stands in lists: examples of answers show it.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether values are secrets that must not be shown.
    #[serde(rename = "h", default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
}

/// What a shape is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// Members with names.
    #[serde(rename = "o")]
    Structure(Structure),
    /// Elements of one shape.
    #[serde(rename = "l")]
    List(ShapeId),
    /// Values of one shape under keys of another.
    #[serde(rename = "m")]
    Map(ShapeId, ShapeId),
    /// Text.
    #[serde(rename = "s")]
    String,
    /// A number of 32 bits.
    #[serde(rename = "i")]
    Integer,
    /// A number of 64 bits.
    #[serde(rename = "g")]
    Long,
    /// A number with a fraction.
    #[serde(rename = "d")]
    Double,
    /// A number with a fraction, shorter.
    #[serde(rename = "f")]
    Float,
    /// True or false.
    #[serde(rename = "b")]
    Boolean,
    /// An instant.
    #[serde(rename = "t")]
    Timestamp,
    /// Bytes.
    #[serde(rename = "y")]
    Blob,
}

impl Default for Kind {
    fn default() -> Self {
        Self::Structure(Structure::default())
    }
}

/// The members of a structure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Structure {
    /// The members in the model's order.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// The names of the required members in the order that messages name them.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// Whether exactly one member must be given.
    #[serde(rename = "u", default, skip_serializing_if = "is_false")]
    pub union: bool,
    /// What the error is, where the structure is one.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorInfo>,
}

/// An error that a model declares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorInfo {
    /// The code that callers see: `CloudHsmInvalidRequestException`.
    #[serde(rename = "c")]
    pub code: String,
    /// The HTTP status where the model says one.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// A member of a structure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The name: `ClusterId`.
    #[serde(rename = "n")]
    pub name: String,
    /// The type.
    #[serde(rename = "s")]
    pub shape: ShapeId,
    /// Whether the CLI fills it with a random token when it is not given.
    #[serde(rename = "t", default, skip_serializing_if = "is_false")]
    pub idempotency_token: bool,
}

impl Shape {
    /// The members of a structure in the model's order; none for other kinds.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        match &self.kind {
            Kind::Structure(structure) => &structure.members,
            _ => &[],
        }
    }

    /// The member of a name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.name == name)
    }

    /// The names of the required members.
    #[must_use]
    pub fn required(&self) -> &[String] {
        match &self.kind {
            Kind::Structure(structure) => &structure.required,
            _ => &[],
        }
    }

    /// Whether the member `name` is required.
    #[must_use]
    pub fn is_required(&self, name: &str) -> bool {
        self.required().iter().any(|required| required == name)
    }

    /// The shape of a list's elements.
    #[must_use]
    pub fn element(&self) -> Option<ShapeId> {
        match self.kind {
            Kind::List(element) => Some(element),
            _ => None,
        }
    }

    /// The shapes of a map's keys and values.
    #[must_use]
    pub fn key_and_value(&self) -> Option<(ShapeId, ShapeId)> {
        match self.kind {
            Kind::Map(key, value) => Some((key, value)),
            _ => None,
        }
    }

    /// Whether the shape holds other shapes.
    #[must_use]
    pub fn is_complex(&self) -> bool {
        matches!(
            self.kind,
            Kind::Structure(_) | Kind::List(_) | Kind::Map(..)
        )
    }

    /// The kind's name as the models and the CLI's help spell it: `structure`, `list`, `string`, …
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Structure(_) => "structure",
            Kind::List(_) => "list",
            Kind::Map(..) => "map",
            Kind::String => "string",
            Kind::Integer => "integer",
            Kind::Long => "long",
            Kind::Double => "double",
            Kind::Float => "float",
            Kind::Boolean => "boolean",
            Kind::Timestamp => "timestamp",
            Kind::Blob => "blob",
        }
    }

    /// The ids of the shapes that this one holds.
    #[must_use]
    pub fn children(&self) -> Vec<ShapeId> {
        match &self.kind {
            Kind::Structure(structure) => structure
                .members
                .iter()
                .map(|member| member.shape)
                .collect(),
            Kind::List(element) => vec![*element],
            Kind::Map(key, value) => vec![*key, *value],
            _ => Vec::new(),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !*value
}
