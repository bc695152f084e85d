//! Parses a typed line into a [`Command`]. The CLI runs several parsers, one after the other.

mod line;
mod operation;

use self::line::Line;
use super::ParsedCommand;
use super::argparse::{Ended, OptionSpec, Parser, Positional, Takes};
use super::config::Config;
use super::failure::Problem;
use super::globals::{ErrorFormat, Globals, Output};
use super::paramfile::Files;
use hsmlab_api::model::{self, Operation, Service, Waiter};

/// The action that a line requests.
#[derive(Clone, Debug)]
pub enum Command {
    /// A call whose answer is printed.
    Call(ParsedCommand),
    /// Repeated calls until a resource reaches a state.
    Wait(ParsedCommand, &'static Waiter),
    /// The skeleton of a call's parameters; `true` for YAML, `false` for JSON.
    InputSkeleton(&'static Service, &'static Operation, bool),
    /// The skeleton of a call's answer, printed after the parameters were checked.
    OutputSkeleton(ParsedCommand),
    /// A help page. The words are those after `aws`: none, a service, or a service and an operation.
    Help(Vec<String>),
    /// `--version`.
    Version,
    /// `aws configure …`: the words after it, and the global settings.
    Configure(Vec<String>, Globals),
    /// A command that the AWS CLI has and the lab does not.
    NotOffered(Vec<String>),
}

/// A refusal, and the format for errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The problem.
    pub problem: Problem,
    /// The error format.
    pub format: ErrorFormat,
}

/// The global options, in the CLI's order.
const GLOBALS: [(&str, Takes); 19] = [
    ("--debug", Takes::Flag(true)),
    ("--endpoint-url", Takes::One),
    ("--no-verify-ssl", Takes::Flag(false)),
    ("--no-paginate", Takes::Flag(false)),
    ("--output", Takes::One),
    ("--query", Takes::One),
    ("--profile", Takes::One),
    ("--region", Takes::One),
    ("--color", Takes::One),
    ("--no-sign-request", Takes::Flag(false)),
    ("--ca-bundle", Takes::One),
    ("--cli-read-timeout", Takes::One),
    ("--cli-connect-timeout", Takes::One),
    ("--cli-binary-format", Takes::One),
    ("--no-cli-pager", Takes::Flag(true)),
    ("--cli-auto-prompt", Takes::Flag(true)),
    ("--no-cli-auto-prompt", Takes::Flag(true)),
    ("--cli-error-format", Takes::One),
    ("--version", Takes::Version),
];

/// The default timeout of a connection attempt (botocore's default).
const CONNECT_TIMEOUT_S: u32 = 60;

/// The names of the global options, as `--region`.
pub fn global_flags() -> impl Iterator<Item = &'static str> {
    GLOBALS.iter().map(|(flag, _)| *flag)
}

/// The values that a global option accepts; empty for any.
#[must_use]
pub fn global_choices(flag: &str) -> &'static [&'static str] {
    match flag {
        "--output" => &Output::NAMES,
        "--color" => &["on", "off", "auto"],
        "--cli-binary-format" => &["base64", "raw-in-base64-out"],
        "--cli-error-format" => &["legacy", "json", "yaml", "text", "table", "enhanced"],
        _ => &[],
    }
}

fn usage(ended: Ended) -> Problem {
    match ended {
        Ended::Refused(message) => Problem::Usage(message),
        // Only the first parser knows `--version`, and `parse` handles it there.
        Ended::Version => Problem::General(String::new()),
    }
}

fn names(names: &'static [String]) -> Vec<&'static str> {
    names.iter().map(String::as_str).collect()
}

/// Parses a line. `words` are the words after `aws`.
///
/// # Errors
/// The CLI's refusal.
pub fn parse(words: &[String], files: &Files<'_>) -> Result<Command, Refusal> {
    let plain = |problem| Refusal {
        problem,
        format: ErrorFormat::Enhanced,
    };
    first_look(words).map_err(plain)?;
    let auto = |flag: &str| words.iter().any(|word| word == flag);
    if auto("--cli-auto-prompt") && auto("--no-cli-auto-prompt") {
        return Err(plain(Problem::Param(
            "Both --cli-auto-prompt and --no-cli-auto-prompt cannot be specified at the same time."
                .into(),
        )));
    }
    let found = match main_parser().parse(words) {
        Ok(found) => found,
        Err(Ended::Version) => return Ok(Command::Version),
        Err(ended) => {
            let format = error_format(None, files, &Config::read(files));
            return Err(Refusal {
                problem: usage(ended),
                format,
            });
        }
    };
    let config = Config::read(files);
    let line = Line {
        files,
        config: &config,
        found: &found,
    };
    let format = error_format(line.text("cli_error_format"), files, &config);
    let profile_missing = line
        .profile()
        .is_some_and(|profile| !config.has_profile(&profile));
    line.dispatch(profile_missing).map_err(|problem| {
        // If the profile does not exist, the CLI cannot look up its error format.
        let unknown = profile_missing && line.text("cli_error_format").is_none();
        Refusal {
            problem,
            format: if unknown { ErrorFormat::Legacy } else { format },
        }
    })
}

/// Parses two options that the CLI reads before all others.
fn first_look(words: &[String]) -> Result<(), Problem> {
    let mut parser = Parser::default();
    parser.add(OptionSpec::new("--profile"));
    parser.add(OptionSpec {
        takes: Takes::Flag(true),
        ..OptionSpec::new("--debug")
    });
    match parser.parse(words) {
        Err(Ended::Refused(message)) => Err(Problem::FirstLook(message)),
        _ => Ok(()),
    }
}

fn main_parser() -> Parser {
    let mut parser = Parser::default();
    for (flag, takes) in GLOBALS {
        let mut option = OptionSpec::new(flag);
        option.takes = takes;
        option.choices = global_choices(flag);
        parser.add(option);
    }
    let choices = names(&model::catalog().commands);
    parser.set_positional(Positional {
        name: "command",
        optional: false,
        choices,
    });
    parser
}

fn error_format(given: Option<&str>, files: &Files<'_>, config: &Config) -> ErrorFormat {
    let profile = files
        .variable("AWS_PROFILE")
        .or_else(|| files.variable("AWS_DEFAULT_PROFILE"))
        .unwrap_or_else(|| "default".into());
    let name = given
        .map(str::to_owned)
        .or_else(|| files.variable("AWS_CLI_ERROR_FORMAT"))
        .or_else(|| config.get(&profile, "cli_error_format").map(str::to_owned))
        .unwrap_or_default();
    match name.to_lowercase().as_str() {
        "legacy" => ErrorFormat::Legacy,
        "json" => ErrorFormat::Structured(Output::Json),
        "yaml" => ErrorFormat::Structured(Output::Yaml),
        "text" => ErrorFormat::Structured(Output::Text),
        "table" => ErrorFormat::Structured(Output::Table),
        _ => ErrorFormat::Enhanced,
    }
}
