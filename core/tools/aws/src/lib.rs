//! `aws`: the AWS CLI, version 2.36.7, driven by the service models.
//!
//! The program parses a line against the models ([`ParsedCommand`]), makes its calls through [`Service`],
//! and prints the answer in the requested format.
#![forbid(unsafe_code)]

pub mod answer;
pub mod argparse;
pub mod arguments;
pub mod command;
pub mod complete;
pub mod config;
pub mod configure;
pub mod credentials;
pub mod customizations;
pub mod errors;
pub mod failure;
pub mod form;
pub mod globals;
pub mod help;
pub mod help_texts;
pub mod json;
pub mod output;
pub mod paginate;
pub mod paramfile;
pub mod py;
mod services;
pub mod shorthand;
pub mod skeleton;
pub mod suggest;
pub mod timestamps;
pub mod validate;
pub mod wait;
pub mod yaml_input;

pub mod live;
#[cfg(test)]
mod recorded;

use hsmlab_shell::software::{Completion, Place, Program, Start, Systems};
use serde_json::Value;

use command::Command;
use errors::{ErrorStyle, Failure};
use failure::Problem;
pub use globals::{Color, ErrorFormat, Globals, Output};
use hsmlab_api::ServiceError;
use hsmlab_api::model;
use hsmlab_shell::process::{Answers, Asking, Io, Process, Question};
use output::Style;
use paramfile::Files;

/// The programs of this family.
pub static PROGRAMS: [Program; 1] = [Program {
    name: "aws",
    place: Place::System(Systems::Linux, "/usr/local/bin"),
    start: Start::Process(start),
    complete: completion,
}];

fn completion(typed: &mut Completion<'_>) -> Vec<String> {
    let region = typed
        .login
        .variable("AWS_REGION")
        .unwrap_or(hsmlab_api::HOME_REGION);
    let mut looking = live::Looking {
        region: region.to_owned(),
        host: &typed.host.id,
        sys: typed.sys,
    };
    complete::complete(typed.words, typed.last, &mut |member| {
        complete::live_ids(member, &mut looking)
    })
}

/// The version of the CLI that this program imitates.
pub const VERSION: &str = "2.36.7";

/// Answers the calls: the lab's services, or a recorded answer in tests.
pub trait Service {
    /// Makes one call. `service` is the command-line name, `operation` the model name.
    ///
    /// # Errors
    /// The service's refusal.
    fn call(
        &mut self,
        service: &str,
        operation: &str,
        params: &Value,
    ) -> Result<Value, ServiceError>;

    /// Prepares the calls of a command: credentials, a connection.
    ///
    /// # Errors
    /// The reason why no call can be made.
    fn prepare(&mut self, command: &ParsedCommand) -> Result<(), Problem> {
        let _ = command;
        Ok(())
    }

    /// Waits between two polls of a waiter.
    fn sleep(&mut self, seconds: u32) {
        let _ = seconds;
    }

    /// Returns a random token for an idempotency parameter that was not given; `None` leaves it out.
    fn token(&mut self) -> Option<String> {
        None
    }
}

/// A parsed command that is ready to be sent.
#[derive(Clone, Debug)]
pub struct ParsedCommand {
    /// The service.
    pub service: &'static model::Service,
    /// The operation.
    pub operation: &'static model::Operation,
    /// The parameters under their model names; blobs are base64 strings.
    pub params: Value,
    /// The global settings.
    pub globals: Globals,
}

/// The failure of a command of the CLI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CliFailure {
    /// The exit status: 252 for a line that the CLI refuses, 253 for missing configuration, 254 for a
    /// service's refusal, 255 for the rest.
    pub exit: i32,
    /// The text for standard error.
    pub stderr: String,
}

/// The destination of the answer.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// The width in columns.
    pub columns: usize,
    /// True for a terminal, false for a file or a pipe.
    pub tty: bool,
}

/// The output of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// The text on standard output.
    pub stdout: String,
    /// The text on standard error.
    pub stderr: String,
}

/// Creates a process of the `aws` command.
#[must_use]
pub fn start(argv: &[String]) -> Box<dyn Process> {
    Box::new(Asking::new(argv.to_vec(), main))
}

fn main(argv: &[String], io: &mut Io<'_>, answers: &mut Answers) -> Result<i32, Question> {
    let words = argv.get(1..).unwrap_or_default();
    let columns = io
        .login
        .variable("COLUMNS")
        .and_then(|columns| columns.parse().ok());
    let terminal = Terminal {
        columns: columns.unwrap_or(80),
        // The lab's terminal does not show colours.
        tty: false,
    };
    let parsed = command::parse(words, &Files::of(io));
    if let Ok(Command::Configure(words, globals)) = &parsed {
        return match configure::run(words, globals, io, answers) {
            Ok(status) => Ok(status),
            Err(configure::Stopped::Asks(question)) => Err(question),
            Err(configure::Stopped::Refused(problem)) => {
                let failure =
                    problem.say(globals.cli_error_format, &error_style(globals, terminal));
                io.err(failure.stderr);
                Ok(failure.exit)
            }
        };
    }
    if matches!(parsed, Ok(Command::Version)) && io.host.os.is_windows() {
        io.out(format!(
            "aws-cli/{VERSION} Python/3.13.11 Windows/2022Server exe/AMD64\n"
        ));
        return Ok(0);
    }
    let mut printed = Printed::default();
    let status = match parsed {
        Ok(command) => {
            let mut live = live::Live::new(io);
            carry_out(&command, &mut live, terminal, &mut printed)
        }
        Err(refusal) => refuse(&refusal, terminal, &mut printed),
    };
    io.out(printed.stdout);
    io.err(printed.stderr);
    Ok(status)
}

/// Runs a whole line against `service`; returns the exit status. `words` are the words after `aws`.
pub fn run(
    words: &[String],
    files: &Files<'_>,
    service: &mut dyn Service,
    terminal: Terminal,
    printed: &mut Printed,
) -> i32 {
    match command::parse(words, files) {
        Ok(command) => carry_out(&command, service, terminal, printed),
        Err(refusal) => refuse(&refusal, terminal, printed),
    }
}

fn refuse(refusal: &command::Refusal, terminal: Terminal, printed: &mut Printed) -> i32 {
    let style = ErrorStyle {
        columns: terminal.columns,
        color: false,
    };
    let failure = refusal.problem.say(refusal.format, &style);
    printed.stderr += &failure.stderr;
    failure.exit
}

fn is_coloured(globals: &Globals, terminal: Terminal) -> bool {
    match globals.color {
        Color::On => true,
        Color::Off => false,
        Color::Auto => terminal.tty,
    }
}

fn error_style(globals: &Globals, terminal: Terminal) -> ErrorStyle {
    ErrorStyle {
        columns: terminal.columns,
        color: is_coloured(globals, terminal),
    }
}

fn style(globals: &Globals, terminal: Terminal) -> Style {
    Style {
        format: globals.output,
        query: globals
            .query
            .as_deref()
            .and_then(|query| hsmlab_jmespath::Query::parse(query).ok()),
        columns: terminal.columns,
        color: is_coloured(globals, terminal),
    }
}

/// Executes a parsed command; returns the exit status.
pub fn carry_out(
    command: &Command,
    service: &mut dyn Service,
    terminal: Terminal,
    printed: &mut Printed,
) -> i32 {
    let problem = match command {
        Command::Version => {
            printed.stdout += &format!(
                "aws-cli/{VERSION} Python/3.13.11 Linux/6.1.0 exec-env/CloudShell exe/x86_64.amzn.2023\n"
            );
            return 0;
        }
        Command::InputSkeleton(service, operation, yaml) => {
            let skeleton = if *yaml {
                skeleton::input_yaml
            } else {
                skeleton::input_json
            };
            printed.stdout += &skeleton(service, operation);
            return 0;
        }
        Command::Help(topic) => match help::page(topic) {
            Some(page) => {
                printed.stdout += &page;
                return 0;
            }
            None => Problem::General(format!(
                "HSM Lab has no help page for 'aws {}'.",
                topic.join(" ")
            )),
        },
        Command::Configure(..) => {
            Problem::General("HSM Lab offers 'aws configure' only in a terminal.".into())
        }
        Command::NotOffered(words) => Problem::General(not_offered(words)),
        Command::Call(parsed) => return call(parsed, None, service, terminal, printed),
        Command::Wait(parsed, waiter) => {
            return call(parsed, Some(waiter), service, terminal, printed);
        }
        Command::OutputSkeleton(parsed) => {
            let failed = match print_output_skeleton(parsed, terminal, printed) {
                Ok(()) => return 0,
                Err(problem) => problem,
            };
            let style = error_style(&parsed.globals, terminal);
            let failure = failed.say(parsed.globals.cli_error_format, &style);
            printed.stderr += &failure.stderr;
            return failure.exit;
        }
    };
    let failure = problem.say(
        ErrorFormat::Enhanced,
        &ErrorStyle {
            columns: terminal.columns,
            color: false,
        },
    );
    printed.stderr += &failure.stderr;
    failure.exit
}

/// Prints an example answer. The CLI validates the example as it validates parameters, and fails on it
/// if a name is shorter than the model allows.
fn print_output_skeleton(
    parsed: &ParsedCommand,
    terminal: Terminal,
    printed: &mut Printed,
) -> Result<(), Problem> {
    let answer = skeleton::output(parsed.service, parsed.operation);
    let shape = parsed.service.output(parsed.operation);
    let checked = json::loads(&answer.to_string(), false).unwrap_or(py::Py::None);
    let problems = validate::problems(&checked, shape, parsed.service);
    if !problems.is_empty() {
        return Err(Problem::Param(format!(
            "Parameter validation failed:\n{}",
            problems.join("\n")
        )));
    }
    let answer = hsmlab_jmespath::Data::from(&answer);
    let name = &parsed.operation.name;
    style(&parsed.globals, terminal)
        .print(name, &answer, &mut printed.stdout)
        .map_err(Problem::General)
}

/// The message for a command that the AWS CLI has and the lab does not.
fn not_offered(words: &[String]) -> String {
    let services = model::catalog().services.iter();
    let offered = services.filter(|service| service.offered);
    let names: Vec<&str> = offered.map(|service| service.cli_name.as_str()).collect();
    let names = match names.as_slice() {
        [names @ .., last] if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        names => names.concat(),
    };
    format!(
        "HSM Lab does not offer 'aws {}'. It offers {names}: see 'aws help'.",
        words.join(" ")
    )
}

fn call(
    parsed: &ParsedCommand,
    waiter: Option<&model::Waiter>,
    service: &mut dyn Service,
    terminal: Terminal,
    printed: &mut Printed,
) -> i32 {
    let globals = &parsed.globals;
    let say =
        |problem: Problem| problem.say(globals.cli_error_format, &error_style(globals, terminal));
    let mut parsed_with_tokens = parsed.clone();
    let ended = match service.prepare(parsed) {
        Err(problem) => Err(say(problem)),
        Ok(()) => {
            fill_tokens(&mut parsed_with_tokens, service);
            let parsed = &parsed_with_tokens;
            match waiter {
                Some(waiter) => wait::run(parsed, waiter, service).map_err(say),
                None => {
                    if let Some(warning) = paginate::max_items_warning(parsed) {
                        printed.stderr += warning;
                    }
                    let style = style(globals, terminal);
                    paginate::run(parsed, service, &style, &mut printed.stdout).map_err(|failure| {
                        report(&failure, parsed, &error_style(globals, terminal))
                    })
                }
            }
        }
    };
    match ended {
        Ok(()) => 0,
        Err(failure) => {
            printed.stderr += &failure.stderr;
            failure.exit
        }
    }
}

fn report(failure: &Failure, parsed: &ParsedCommand, style: &ErrorStyle) -> CliFailure {
    failure.report(
        &parsed.operation.name,
        parsed.globals.cli_error_format,
        style,
    )
}

/// Generates a random idempotency token for each token parameter that was not given.
fn fill_tokens(parsed: &mut ParsedCommand, service: &mut dyn Service) {
    let input = parsed.service.input(parsed.operation);
    let Value::Object(params) = &mut parsed.params else {
        return;
    };
    for member in input
        .members()
        .iter()
        .filter(|member| member.idempotency_token)
    {
        if !params.contains_key(&member.name)
            && let Some(token) = service.token()
        {
            params.insert(member.name.clone(), Value::String(token));
        }
    }
}
