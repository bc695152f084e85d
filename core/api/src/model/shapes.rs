//! Shapes: the types of parameters and answers.

use serde::{Deserialize, Serialize};

/// The index of a shape in its service's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShapeId(pub u16);

impl ShapeId {
    /// The id of no shape.
    pub const NONE: Self = Self(u16::MAX);
}

/// A type with the limits of its values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// The kind of type.
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
    /// The allowed values of a string. Empty if any value is allowed, or if the model has more than
    /// 40.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub enumeration: Vec<String>,
    /// The first of more than 40 values, for examples.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// The model's name of a text in lists, for examples of answers.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// True if values are secrets that must not be shown.
    #[serde(rename = "h", default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
}

/// The kind of a shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// Named members.
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
    /// The names of the required members, in the order of messages.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// True if exactly one member must be given.
    #[serde(rename = "u", default, skip_serializing_if = "is_false")]
    pub union: bool,
    /// The error, if the structure is one.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorInfo>,
}

/// An error that a model declares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorInfo {
    /// The code that callers see: `CloudHsmInvalidRequestException`.
    #[serde(rename = "c")]
    pub code: String,
    /// The HTTP status, if the model has one.
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
    /// True if the CLI fills it with a random token when it is missing.
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

    /// The member with a name.
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

    /// True if the member `name` is required.
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

    /// True if the shape contains other shapes.
    #[must_use]
    pub fn is_complex(&self) -> bool {
        matches!(
            self.kind,
            Kind::Structure(_) | Kind::List(_) | Kind::Map(..)
        )
    }

    /// The kind's name in the models and in the CLI's help: `structure`, `list`, `string`, …
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

    /// The ids of the shapes that this one contains.
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
