//! The global options of the AWS CLI that later steps use.

/// The output format: `--output`.
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
    /// One YAML document per page.
    YamlStream,
    /// Nothing.
    Off,
}

impl Output {
    /// The names as `--output` accepts them, in the CLI's order.
    pub const NAMES: [&str; 6] = ["json", "text", "table", "yaml", "yaml-stream", "off"];

    /// Returns the format of a name.
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

/// The format of the CLI's own error messages: `--cli-error-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorFormat {
    /// A line, with the error's further members below it.
    #[default]
    Enhanced,
    /// A line.
    Legacy,
    /// `{"Code": …, "Message": …}` in one of the output formats.
    Structured(Output),
}

/// The setting for coloured tables and errors: `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Coloured on a terminal.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// The settings of one command, resolved from options, environment and configuration files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Globals {
    /// The output format.
    pub output: Output,
    /// `--query`; its syntax is already checked.
    pub query: Option<String>,
    /// The region; `None` if none is configured.
    pub region: Option<String>,
    /// The profile, if one is named.
    pub profile: Option<String>,
    /// `--no-paginate`; also set if a paging parameter of the service is given, which means a single call.
    pub no_paginate: bool,
    /// `--max-items`.
    pub max_items: Option<i64>,
    /// `--page-size`. For single calls it is already in the parameters, under the operation's limit key.
    pub page_size: Option<i64>,
    /// `--starting-token`.
    pub starting_token: Option<String>,
    /// The format of error messages.
    pub cli_error_format: ErrorFormat,
    /// The colour setting.
    pub color: Color,
    /// `--no-sign-request`: the call is sent without credentials.
    pub no_sign_request: bool,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// True if timestamps stay as the service wrote them (`cli_timestamp_format = wire`).
    pub wire_timestamps: bool,
    /// `--cli-connect-timeout`: the timeout of one connection attempt, in seconds.
    pub connect_timeout_s: u32,
}
