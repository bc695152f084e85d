//! Shapes that many requests and answers share.

use serde::{Deserialize, Serialize};

use crate::ec2::filters::{Filter, Paging};

/// A request without relevant members.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Nothing {}

/// A boolean attribute of modify operations.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Flag {
    pub(crate) value: bool,
}

/// A text attribute of modify operations.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Text {
    pub(crate) value: String,
}

/// Filters and pages of a describe operation.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Selection {
    pub(crate) filters: Vec<Filter>,
    #[serde(flatten)]
    pub(crate) paging: Paging,
}

/// The state of an association: `associated`.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct State {
    pub(crate) state: &'static str,
}

/// The answer `{"Return": true}`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Done {
    pub(crate) r#return: bool,
}

impl Done {
    pub(crate) const TRUE: Self = Self { r#return: true };
}

/// A range of ports.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Ports {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<i32>,
}
