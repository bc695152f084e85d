//! How the CLI's refusals are said, and with which exit status.

use super::CliFailure;
use super::errors::{self, ErrorStyle};
use super::globals::ErrorFormat;
use hsmlab_api::ServiceError;

/// What follows a refusal of the line's syntax.
pub const USAGE: &str =
    "usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  aws help
  aws <command> help
  aws <command> <subcommand> help
";

/// What follows a refusal of the two options that are looked at first.
const FIRST_LOOK_USAGE: &str = "usage: aws [--profile PROFILE] [--debug]\n";

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The line's syntax: the usage follows.
    Usage(String),
    /// The syntax of `--profile` and `--debug`, which are looked at before everything else.
    FirstLook(String),
    /// A parameter.
    Param(String),
    /// Words that no parser wanted.
    UnknownOptions(Vec<String>),
    /// No region is configured.
    NoRegion,
    /// No credentials are configured.
    NoCredentials,
    /// A setting of the configuration file.
    Configuration(String),
    /// The service said no: the operation and its answer.
    Service(String, ServiceError),
    /// Anything else.
    General(String),
}

impl Problem {
    /// The exit status, as the CLI's return codes are documented.
    #[must_use]
    pub fn exit(&self) -> i32 {
        match self {
            Self::Usage(_) | Self::FirstLook(_) | Self::Param(_) | Self::UnknownOptions(_) => 252,
            Self::NoRegion | Self::NoCredentials | Self::Configuration(_) => 253,
            Self::Service(..) => 254,
            Self::General(_) => 255,
        }
    }

    /// The code and the message, where the problem has a code of the CLI's own.
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

    /// The text that is printed.
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
