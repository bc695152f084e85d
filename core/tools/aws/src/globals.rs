//! The options that every command of the AWS CLI takes, as far as later steps use them.

/// The form of an answer: `--output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// JSON with an indent of four.
    #[default]
    Json,
    /// Tab-separated lines.
    Text,
    /// Boxes.
    Table,
    /// YAML.
    Yaml,
    /// One YAML document a page.
    YamlStream,
    /// Nothing.
    Off,
}

impl Output {
    /// The names as `--output` takes them, in the CLI's order.
    pub const NAMES: [&str; 6] = ["json", "text", "table", "yaml", "yaml-stream", "off"];

    /// The form of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "json" => Self::Json,
            "text" => Self::Text,
            "table" => Self::Table,
            "yaml" => Self::Yaml,
            "yaml-stream" => Self::YamlStream,
            "off" => Self::Off,
            _ => return None,
        })
    }
}

/// The form of the CLI's own error messages: `--cli-error-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorFormat {
    /// A line, with an error's further members below it.
    #[default]
    Enhanced,
    /// A line.
    Legacy,
    /// `{"Code": …, "Message": …}` in one of the output forms.
    Structured(Output),
}

/// When tables and errors are coloured: `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// The settings of one command, after options, environment and configuration files were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Globals {
    /// The form of the answer.
    pub output: Output,
    /// `--query`, whose syntax was checked.
    pub query: Option<String>,
    /// The region; `None` where none is configured.
    pub region: Option<String>,
    /// The profile, if one is named.
    pub profile: Option<String>,
    /// `--no-paginate`, or the CLI's own rule that a paging parameter given by hand means one call.
    pub no_paginate: bool,
    /// `--max-items`.
    pub max_items: Option<i64>,
    /// `--page-size`: already among the parameters under the operation's limit key for single calls.
    pub page_size: Option<i64>,
    /// `--starting-token`.
    pub starting_token: Option<String>,
    /// The form of error messages.
    pub cli_error_format: ErrorFormat,
    /// When to colour.
    pub color: Color,
    /// `--no-sign-request`: the call goes out without credentials.
    pub no_sign_request: bool,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// Whether timestamps are left as the service wrote them (`cli_timestamp_format = wire`).
    pub wire_timestamps: bool,
    /// `--cli-connect-timeout`: the seconds that one try to connect may take.
    pub connect_timeout_s: u32,
}
