//! Error output of the `aws` command: exit statuses and the text on standard error.
//!
//! Since 2.34 the CLI writes an empty line, `aws: [ERROR]: ` and the message; `--cli-error-format`
//! has other forms for the errors that have a code.

use serde_json::{Map, Value};

use super::CliFailure;
use super::globals::{ErrorFormat, Output};
use super::output::Style;
use hsmlab_api::ServiceError;
use hsmlab_jmespath::Query;
use hsmlab_jmespath::data::Data;

/// The exit status of a line that the CLI refuses.
pub const EXIT_LINE: i32 = 252;
/// The exit status for missing configuration: no region, no credentials.
pub const EXIT_CONFIGURATION: i32 = 253;
/// The exit status of a service's refusal.
pub const EXIT_SERVICE: i32 = 254;
/// The exit status of every other failure.
pub const EXIT_OTHER: i32 = 255;

/// The failure of a command that was parsed successfully.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The service refused the call.
    Service(ServiceError),
    /// The answer could not be processed or printed: a JMESPath function, a bad token.
    Runtime(String),
}

/// The number of retries after a transient error: the CLI calls once, and up to two times again.
const RETRIES: u32 = 2;

/// The error codes that the CLI treats as transient: it retries before it reports them (botocore's
/// standard retry mode).
const PASSING: &[&str] = &[
    "RequestTimeout",
    "RequestTimeoutException",
    "PriorRequestNotComplete",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "EC2ThrottledException",
];

/// The HTTP statuses that the CLI treats as transient.
const PASSING_STATUSES: [u16; 4] = [500, 502, 503, 504];

/// The number of retries after this error.
#[must_use]
pub fn retries(error: &ServiceError) -> u32 {
    let passes =
        PASSING.contains(&error.code.as_str()) || PASSING_STATUSES.contains(&error.http_status);
    if passes { RETRIES } else { 0 }
}

/// Formats a failure without a code: `aws: [ERROR]: <message>`, in every error format.
#[must_use]
pub fn plain(message: &str) -> String {
    match message.trim() {
        "" => "\naws: [ERROR]:\n".to_owned(),
        message => format!("\naws: [ERROR]: {message}\n"),
    }
}

/// Formats a refusal by the CLI under one of its own codes: `ParamValidation`, `NoRegion`,
/// `NoCredentials`, `Configuration`.
#[must_use]
pub fn coded(code: &str, message: &str, format: ErrorFormat, style: &ErrorStyle) -> String {
    let line = format!("An error occurred ({code}): {message}");
    let details = members([("Code", code), ("Message", message)]);
    in_format(&line, message, &details, format, style)
}

/// Formats a service's refusal of a call.
#[must_use]
pub fn service(
    error: &ServiceError,
    operation: &str,
    format: ErrorFormat,
    style: &ErrorStyle,
) -> String {
    let retried = match retries(error) {
        0 => String::new(),
        count => format!(" (reached max retries: {count})"),
    };
    let ServiceError { code, message, .. } = error;
    let line = format!(
        "An error occurred ({code}) when calling the {operation} operation{retried}: {message}"
    );
    let details = members([("Message", message), ("Code", code)]);
    in_format(&line, &line, &details, format, style)
}

/// The settings for printing structured errors as tables.
#[derive(Clone, Copy, Debug)]
pub struct ErrorStyle {
    /// The width of the terminal in columns.
    pub columns: usize,
    /// True if tables are coloured.
    pub color: bool,
}

impl Failure {
    /// Returns the exit status and the text of a failure of `operation`.
    #[must_use]
    pub fn report(&self, operation: &str, format: ErrorFormat, style: &ErrorStyle) -> CliFailure {
        match self {
            Self::Service(error) => CliFailure {
                exit: EXIT_SERVICE,
                stderr: service(error, operation, format, style),
            },
            Self::Runtime(message) => CliFailure {
                exit: EXIT_OTHER,
                stderr: plain(message),
            },
        }
    }
}

/// Checks the value of `--query`.
///
/// # Errors
/// The refusal (exit status 252).
pub fn checked_query(
    expression: &str,
    format: ErrorFormat,
    style: &ErrorStyle,
) -> Result<Query, CliFailure> {
    Query::from_option(expression).map_err(|message| CliFailure {
        exit: EXIT_LINE,
        stderr: coded("ParamValidation", &message, format, style),
    })
}

fn members<const N: usize>(members: [(&str, &str); N]) -> Value {
    let members = members
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.into()));
    Value::Object(members.collect::<Map<_, _>>())
}

/// Formats an error. `legacy` is the line that the legacy format shows instead of `line`.
fn in_format(
    line: &str,
    legacy: &str,
    details: &Value,
    format: ErrorFormat,
    style: &ErrorStyle,
) -> String {
    let structured = match format {
        ErrorFormat::Enhanced => return plain(line) + &additional(details),
        ErrorFormat::Legacy => return plain(legacy),
        ErrorFormat::Structured(structured) => structured,
    };
    let ErrorStyle { columns, color } = *style;
    let style = Style {
        format: structured,
        query: None,
        columns,
        color,
    };
    let mut text = String::new();
    match style.print("error", &Data::from(details), &mut text) {
        Ok(()) if structured != Output::Off => text,
        _ => plain(legacy),
    }
}

/// The members of an error besides code and message, shown below the line.
fn additional(details: &Value) -> String {
    let Value::Object(members) = details else {
        return String::new();
    };
    let is_more = |name: &str| !matches!(name.to_ascii_lowercase().as_str(), "code" | "message");
    let (mut text, mut hidden) = (String::new(), false);
    for (name, value) in members.iter().filter(|(name, _)| is_more(name)) {
        let value = Data::from(value);
        let shown = inline(&value);
        hidden |= shown.is_none();
        text.push_str(&format!(
            "{name}: {}\n",
            shown.as_deref().unwrap_or("<complex value>")
        ));
    }
    if text.is_empty() {
        return text;
    }
    if hidden {
        text.push_str(
            "Use \"--cli-error-format json\" or another error format to see the full details.\n",
        );
    }
    format!("\nAdditional error details:\n{text}")
}

/// A collection with fewer scalars than this is shown inline.
const INLINE_ITEMS: usize = 5;

fn inline(value: &Data) -> Option<String> {
    match value {
        Data::List(items) => {
            let is_small = items.len() < INLINE_ITEMS && items.iter().all(Data::is_scalar);
            let items: Vec<String> = items.iter().map(Data::python_str).collect();
            is_small.then(|| format!("[{}]", items.join(", ")))
        }
        Data::Map(members) => {
            let is_small =
                members.len() < INLINE_ITEMS && members.iter().all(|(_, value)| value.is_scalar());
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.python_str()))
                .collect();
            is_small.then(|| format!("{{{}}}", members.join(", ")))
        }
        scalar => Some(scalar.python_str()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const STYLE: ErrorStyle = ErrorStyle {
        columns: 100,
        color: false,
    };

    fn error(code: &str, http_status: u16) -> ServiceError {
        ServiceError {
            code: code.into(),
            message: "Cluster cluster-a not found".into(),
            http_status,
            remedy: String::new(),
        }
    }

    fn check(format: ErrorFormat, expected: &Expect) {
        let refused = service(
            &error("CloudHsmResourceNotFoundException", 400),
            "X",
            format,
            &STYLE,
        );
        let line = coded("NoRegion", "You must specify a region.", format, &STYLE);
        expected.assert_eq(&format!("{refused}{line}"));
    }

    #[test]
    fn every_error_format() {
        check(
            ErrorFormat::Enhanced,
            &expect![[r#"

                aws: [ERROR]: An error occurred (CloudHsmResourceNotFoundException) when calling the X operation: Cluster cluster-a not found

                aws: [ERROR]: An error occurred (NoRegion): You must specify a region.
            "#]],
        );
        check(
            ErrorFormat::Legacy,
            &expect![[r#"

                aws: [ERROR]: An error occurred (CloudHsmResourceNotFoundException) when calling the X operation: Cluster cluster-a not found

                aws: [ERROR]: You must specify a region.
            "#]],
        );
        check(
            ErrorFormat::Structured(Output::Json),
            &expect![[r#"
                {
                    "Message": "Cluster cluster-a not found",
                    "Code": "CloudHsmResourceNotFoundException"
                }
                {
                    "Code": "NoRegion",
                    "Message": "You must specify a region."
                }
            "#]],
        );
        check(
            ErrorFormat::Structured(Output::Text),
            &expect![[r#"
                CloudHsmResourceNotFoundException	Cluster cluster-a not found
                NoRegion	You must specify a region.
            "#]],
        );
        check(
            ErrorFormat::Structured(Output::Yaml),
            &expect![[r#"
                Code: CloudHsmResourceNotFoundException
                Message: Cluster cluster-a not found
                Code: NoRegion
                Message: You must specify a region.
            "#]],
        );
        check(
            ErrorFormat::Structured(Output::Table),
            &expect![[r#"
                ----------------------------------------------------------------------
                |                                error                               |
                +------------------------------------+-------------------------------+
                |                Code                |            Message            |
                +------------------------------------+-------------------------------+
                |  CloudHsmResourceNotFoundException |  Cluster cluster-a not found  |
                +------------------------------------+-------------------------------+
                --------------------------------------------
                |                   error                  |
                +-----------+------------------------------+
                |   Code    |           Message            |
                +-----------+------------------------------+
                |  NoRegion |  You must specify a region.  |
                +-----------+------------------------------+
            "#]],
        );
    }

    #[test]
    fn transient_errors_are_retried() {
        let text = service(
            &error("InternalFailure", 500),
            "X",
            ErrorFormat::Enhanced,
            &STYLE,
        );
        assert!(
            text.contains("the X operation (reached max retries: 2): Cluster"),
            "{text}"
        );
        assert_eq!(retries(&error("ThrottlingException", 400)), 2);
        assert_eq!(retries(&error("AccessDeniedException", 400)), 0);
    }

    #[test]
    fn further_members_are_printed_below() {
        let details = serde_json::json!({
            "Code": "C", "Message": "M", "a": "x", "list": [1, true], "map": {"k": null}, "deep": [[1]]
        });
        expect![[r#"

            aws: [ERROR]: M

            Additional error details:
            a: x
            list: [1, True]
            map: {k: None}
            deep: <complex value>
            Use "--cli-error-format json" or another error format to see the full details.
        "#]]
        .assert_eq(&in_format(
            "M",
            "M",
            &details,
            ErrorFormat::Enhanced,
            &STYLE,
        ));
    }
}
