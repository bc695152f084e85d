//! The CLI's refusals: their texts and exit statuses.

use super::CliFailure;
use super::errors::{self, ErrorStyle};
use super::globals::ErrorFormat;
use hsmlab_api::ServiceError;

/// The text after a refusal of the line's syntax.
pub const USAGE: &str =
    "usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  aws help
  aws <command> help
  aws <command> <subcommand> help
";

/// The text after a refusal of the two options that are parsed first.
const FIRST_LOOK_USAGE: &str = "usage: aws [--profile PROFILE] [--debug]\n";

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A syntax error of the line; the usage follows it.
    Usage(String),
    /// A syntax error of `--profile` or `--debug`, which are parsed before everything else.
    FirstLook(String),
    /// An invalid parameter.
    Param(String),
    /// Words that no parser recognized.
    UnknownOptions(Vec<String>),
    /// No region is configured.
    NoRegion,
    /// No credentials are configured.
    NoCredentials,
    /// An invalid setting of the configuration file.
    Configuration(String),
    /// The service refused: the operation and the service's answer.
    Service(String, ServiceError),
    /// Anything else.
    General(String),
}

impl Problem {
    /// The exit status, as the CLI documents its return codes.
    #[must_use]
    pub fn exit(&self) -> i32 {
        match self {
            Self::Usage(_) | Self::FirstLook(_) | Self::Param(_) | Self::UnknownOptions(_) => 252,
            Self::NoRegion | Self::NoCredentials | Self::Configuration(_) => 253,
            Self::Service(..) => 254,
            Self::General(_) => 255,
        }
    }

    /// The code and the message, if the CLI has a code for the problem.
    fn code_and_message(&self) -> Option<(&'static str, String)> {
        Some(match self {
            Self::Usage(message) => ("ParamValidation", format!("{message}\n\n{USAGE}")),
            Self::FirstLook(message) => {
                ("ParamValidation", format!("{message}\n\n{FIRST_LOOK_USAGE}"))
            }
            Self::Param(message) => ("ParamValidation", message.clone()),
            Self::NoRegion => (
                "NoRegion",
                "You must specify a region. You can also configure your region by running \"aws \
                 configure\"."
                    .into(),
            ),
            Self::NoCredentials => (
                "NoCredentials",
                "Unable to locate credentials. You can configure credentials by running \"aws login\"."
                    .into(),
            ),
            Self::Configuration(message) => ("Configuration", message.clone()),
            Self::Service(..) | Self::UnknownOptions(_) | Self::General(_) => return None,
        })
    }

    /// Formats the text to print.
    #[must_use]
    pub fn say(&self, format: ErrorFormat, style: &ErrorStyle) -> CliFailure {
        let stderr = match self {
            Self::UnknownOptions(words) => {
                let line = errors::plain(&format!("Unknown options: {}", words.join(", ")));
                format!("\n{USAGE}\n{line}")
            }
            Self::General(message) => errors::plain(message),
            Self::Service(operation, error) => errors::service(error, operation, format, style),
            other => match other.code_and_message() {
                Some((code, message)) => errors::coded(code, &message, format, style),
                None => String::new(),
            },
        };
        CliFailure {
            exit: self.exit(),
            stderr,
        }
    }
}
