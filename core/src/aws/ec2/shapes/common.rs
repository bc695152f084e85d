//! What many requests and answers have.

use serde::{Deserialize, Serialize};

use crate::aws::ec2::filters::{Filter, Paging};

/// A request that has no members that matter.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Nothing {}

/// A boolean attribute, as modify operations have it.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Flag {
    pub value: bool,
}

/// A text attribute, as modify operations have it.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Text {
    pub value: String,
}

/// Filters and pages of a describe operation.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Selection {
    pub filters: Vec<Filter>,
    #[serde(flatten)]
    pub paging: Paging,
}

/// The state of an association: `associated`.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct State {
    pub state: &'static str,
}

/// The answer `{"Return": true}`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Done {
    pub r#return: bool,
}

impl Done {
    pub const TRUE: Self = Self { r#return: true };
}

/// A range of ports.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Ports {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<i32>,
}
