//! From a typed line to what is to be done: the CLI's parsers, one after another.

use super::argparse::{Ended, Found, Given, OptionSpec, Parser, Positional, Takes};
use super::arguments::{self, Argument, StandsFor};
use super::config::Config;
use super::failure::Problem;
use super::globals::{Color, ErrorFormat, Globals, Output};
use super::paramfile::Files;
use super::py::Py;
use super::{ParsedCommand, customizations, json, query, validate, yaml_input};
use crate::aws::model::{self, Kind, Operation, Service, Shape, Waiter};

/// What a line asks for.
#[derive(Clone, Debug)]
pub enum Command {
    /// A call whose answer is printed.
    Call(ParsedCommand),
    /// Calls until a state is reached.
    Wait(ParsedCommand, &'static Waiter),
    /// The example of a call's parameters: as YAML or as JSON.
    InputSkeleton(&'static Service, &'static Operation, bool),
    /// The example of a call's answer, after the parameters were checked.
    OutputSkeleton(ParsedCommand),
    /// The help page of the words after `aws`: none, a service, or a service and an operation.
    Help(Vec<String>),
    /// `--version`.
    Version,
    /// `aws configure …`: the words after it, and the profile.
    Configure(Vec<String>, Globals),
    /// A command that the AWS CLI has and the lab has not.
    NotOffered(Vec<String>),
}

/// A refusal, and the form that errors are to be printed in.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What is refused.
    pub problem: Problem,
    /// The form.
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

/// How long the CLI waits for a connection unless it is told otherwise (botocore's default).
const CONNECT_TIMEOUT_S: u32 = 60;

/// The names of the global options, as `--region`.
pub fn global_flags() -> impl Iterator<Item = &'static str> {
    GLOBALS.iter().map(|(flag, _)| *flag)
}

/// The words that a global option takes; empty for any.
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
        // Only the first parser knows `--version`, and it is asked about it there.
        Ended::Version => Problem::General(String::new()),
    }
}

fn names(names: &'static [String]) -> Vec<&'static str> {
    names.iter().map(String::as_str).collect()
}

/// Understands a line. `words` are those after `aws`.
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
        // With a profile that is not there, the CLI cannot look up the form of its errors.
        let unknown = profile_missing && line.text("cli_error_format").is_none();
        Refusal {
            problem,
            format: if unknown { ErrorFormat::Legacy } else { format },
        }
    })
}

/// Two options are looked at before all others.
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

/// A line whose global options were found.
struct Line<'a> {
    files: &'a Files<'a>,
    config: &'a Config,
    found: &'a Found,
}

impl Line<'_> {
    fn text(&self, dest: &str) -> Option<&str> {
        match self.found.values.get(dest) {
            Some(Given::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn flag(&self, dest: &str) -> bool {
        self.found.values.contains_key(dest)
    }

    /// The profile that is named by the line or the environment.
    fn profile(&self) -> Option<String> {
        self.text("profile")
            .filter(|profile| !profile.is_empty())
            .map(str::to_owned)
            .or_else(|| self.files.variable("AWS_PROFILE"))
            .or_else(|| self.files.variable("AWS_DEFAULT_PROFILE"))
    }

    fn setting(&self, name: &str) -> Option<String> {
        let profile = self.profile().unwrap_or_else(|| "default".into());
        self.config.get(&profile, name).map(str::to_owned)
    }

    fn globals(&self) -> Result<Globals, Problem> {
        let query = self.text("query").map(str::to_owned);
        if let Some(query) = &query {
            query::Query::from_option(query).map_err(Problem::Param)?;
        }
        let endpoint_url = self.text("endpoint_url").map(str::to_owned);
        if let Some(url) = &endpoint_url {
            check_endpoint_url(url)?;
        }
        let mut connect_timeout_s = CONNECT_TIMEOUT_S;
        for dest in ["cli_read_timeout", "cli_connect_timeout"] {
            if let Some(text) = self.text(dest) {
                let seconds = super::py::parse_int(text).map_err(Problem::General)?;
                if dest == "cli_connect_timeout" && seconds > 0 {
                    connect_timeout_s = u32::try_from(seconds).unwrap_or(u32::MAX);
                }
            }
        }
        let wire_timestamps = match self.setting("cli_timestamp_format").as_deref() {
            None | Some("iso8601") => false,
            Some("wire") => true,
            Some(other) => {
                return Err(Problem::Configuration(format!(
                    "Unknown cli_timestamp_format value: {other}, valid values are \"wire\" or \
                     \"iso8601\""
                )));
            }
        };
        let region = self
            .text("region")
            .map(str::to_owned)
            .or_else(|| self.files.variable("AWS_REGION"))
            .or_else(|| self.files.variable("AWS_DEFAULT_REGION"))
            .or_else(|| self.setting("region"));
        Ok(Globals {
            output: Output::default(),
            query,
            region,
            profile: self.profile(),
            no_paginate: self.flag("no_paginate"),
            max_items: None,
            page_size: None,
            starting_token: None,
            cli_error_format: error_format(self.text("cli_error_format"), self.files, self.config),
            color: match self.text("color") {
                Some("on") => Color::On,
                Some("off") => Color::Off,
                _ => Color::Auto,
            },
            no_sign_request: self.flag("no_sign_request"),
            endpoint_url,
            wire_timestamps,
            connect_timeout_s,
        })
    }

    /// The form of the answer: looked up last, when there is an answer.
    fn output(&self) -> Result<Output, Problem> {
        let name = self
            .text("output")
            .map(str::to_owned)
            .or_else(|| self.files.variable("AWS_DEFAULT_OUTPUT"))
            .or_else(|| self.setting("output"))
            .unwrap_or_else(|| "json".into());
        Output::of(&name).ok_or_else(|| Problem::General(format!("Unknown output type: {name}")))
    }

    fn dispatch(&self, profile_missing: bool) -> Result<Command, Problem> {
        let globals = self.globals()?;
        let name = self.found.positional.clone().unwrap_or_default();
        let rest = &self.found.rest;
        match name.as_str() {
            "help" => return Ok(Command::Help(Vec::new())),
            "configure" => return Ok(Command::Configure(rest.clone(), globals)),
            _ => {}
        }
        let Some(service) = model::service(&name) else {
            return match rest.as_slice() {
                [help] if help == "help" => Ok(Command::Help(vec![name])),
                _ => Ok(Command::NotOffered(vec![name])),
            };
        };
        let mut parser = Parser::default();
        let choices = names(&service.commands);
        parser.set_positional(Positional {
            name: "operation",
            optional: false,
            choices,
        });
        let found = parser.parse(rest).map_err(usage)?;
        let operation_name = found.positional.unwrap_or_default();
        match operation_name.as_str() {
            "help" => Ok(Command::Help(vec![name])),
            "wait" => self.wait(service, &found.rest, globals, profile_missing),
            _ => match service.operation_by_cli_name(&operation_name) {
                None => Ok(Command::NotOffered(vec![name, operation_name])),
                Some(operation) => {
                    let work = Work {
                        line: self,
                        service,
                        operation,
                        waiter: None,
                        profile_missing,
                    };
                    work.run(&found.rest, globals)
                }
            },
        }
    }

    fn wait(
        &self,
        service: &'static Service,
        words: &[String],
        globals: Globals,
        profile_missing: bool,
    ) -> Result<Command, Problem> {
        let mut parser = Parser::default();
        let choices = service
            .waiters
            .iter()
            .map(|waiter| waiter.cli_name.as_str())
            .collect();
        parser.set_positional(Positional {
            name: "subcommand",
            optional: true,
            choices,
        });
        if words.first().is_some_and(|word| word == "help") {
            return Ok(Command::Help(vec![service.cli_name.clone(), "wait".into()]));
        }
        let found = parser.parse(words).map_err(usage)?;
        let Some(name) = found.positional else {
            if !found.rest.is_empty() {
                return Err(Problem::UnknownOptions(found.rest));
            }
            return Err(Problem::Param(format!(
                "usage: aws [options] {} wait <subcommand> [parameters]\naws: [ERROR]: too few \
                 arguments",
                service.cli_name
            )));
        };
        let waiter = service.waiter(&name);
        let operation = waiter.and_then(|waiter| service.operation(&waiter.operation));
        let (Some(waiter), Some(operation)) = (waiter, operation) else {
            return Ok(Command::NotOffered(vec![
                service.cli_name.clone(),
                "wait".into(),
                name,
            ]));
        };
        let work = Work {
            line: self,
            service,
            operation,
            waiter: Some(waiter),
            profile_missing,
        };
        work.run(&found.rest, globals)
    }

    /// What stands in the way of a client of the service, before anything is sent.
    fn check_client(
        &self,
        service: &Service,
        globals: &Globals,
        missing: bool,
    ) -> Result<(), Problem> {
        if missing {
            let profile = globals.profile.clone().unwrap_or_default();
            return Err(Problem::General(format!(
                "The config profile ({profile}) could not be found"
            )));
        }
        let Some(region) = &globals.region else {
            // IAM and STS have an endpoint outside all regions.
            let global = service.global_endpoint.is_some();
            return if global {
                Ok(())
            } else {
                Err(Problem::NoRegion)
            };
        };
        if region.is_empty() {
            if service.endpoint_prefix == "iam" {
                return Ok(());
            }
            return Err(Problem::General(format!(
                "Invalid endpoint: https://{}..amazonaws.com",
                service.endpoint_prefix
            )));
        }
        let letters = region
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-');
        let digits_only = region.chars().all(|c| c.is_ascii_digit());
        let edge = region.starts_with('-') || region.ends_with('-');
        if !letters || digits_only || edge || region.len() > 63 {
            return Err(Problem::General(format!(
                "Provided region_name '{region}' doesn't match a supported format."
            )));
        }
        Ok(())
    }
}

fn check_endpoint_url(url: &str) -> Result<(), Problem> {
    let scheme = url
        .split_once(':')
        .map(|(scheme, _)| scheme)
        .unwrap_or_default();
    let well_formed = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if well_formed {
        return Ok(());
    }
    Err(Problem::Param(format!(
        "Bad value for --endpoint-url \"{url}\": scheme is missing.  Must be of the form \
         http://<hostname>/ or https://<hostname>/"
    )))
}

/// One operation of a line.
struct Work<'a> {
    line: &'a Line<'a>,
    service: &'static Service,
    operation: &'static Operation,
    waiter: Option<&'static Waiter>,
    profile_missing: bool,
}

impl Work<'_> {
    fn run(&self, words: &[String], mut globals: Globals) -> Result<Command, Problem> {
        if matches!(words, [help] if help == "help") {
            return Ok(self.help());
        }
        let mut table = arguments::table(self.service, self.operation, self.waiter.is_some());
        relax(&mut table, words);
        let mut parser = Parser::default();
        for argument in &table {
            parser.add(argument.spec(self.service, self.operation));
        }
        parser.set_positional(Positional {
            name: "help",
            optional: true,
            choices: Vec::new(),
        });
        let mut found = parser.parse(words).map_err(usage)?;
        match found.positional.take() {
            Some(word) if word == "help" => return Ok(self.help()),
            Some(word) => found.rest.push(word),
            None => {}
        }
        if !found.rest.is_empty() {
            return Err(Problem::UnknownOptions(found.rest));
        }
        if self.waiter.is_none() && self.service.cli_name == "ec2" {
            customizations::check(&table, &found, self.operation)?;
        }
        self.check_paging(&mut table, &found, &mut globals)?;
        let mut params = arguments::params(&table, &found, self.service, self.line.files)?;
        self.take_paging(&table, &found, &mut globals);
        self.add_input(&found, &mut params)?;
        self.check_paging_params(&mut params, &mut globals);
        match found.values.get("generate_cli_skeleton") {
            Some(Given::Text(kind)) if kind != "output" => {
                let yaml = kind == "yaml-input";
                return Ok(Command::InputSkeleton(self.service, self.operation, yaml));
            }
            Some(_) => {
                let command = self.finish(params, globals)?;
                return Ok(Command::OutputSkeleton(command));
            }
            None => {}
        }
        let command = self.finish(params, globals)?;
        Ok(match self.waiter {
            Some(waiter) => Command::Wait(command, waiter),
            None => Command::Call(command),
        })
    }

    fn help(&self) -> Command {
        let mut topic = vec![self.service.cli_name.clone()];
        match self.waiter {
            Some(waiter) => topic.extend(["wait".to_owned(), waiter.cli_name.clone()]),
            None => topic.push(self.operation.cli_name.clone()),
        }
        Command::Help(topic)
    }

    /// Paging parameters that are given by hand turn the CLI's own paging off, which then must not be
    /// asked for.
    fn check_paging(
        &self,
        table: &mut [Argument],
        found: &Found,
        globals: &mut Globals,
    ) -> Result<(), Problem> {
        let Some(paginator) = &self.operation.paginator else {
            return Ok(());
        };
        for member in paginator.input_token.iter().chain(&paginator.limit_key) {
            let dest = model::xform_name(member).replace('-', "_");
            if dest != "max_items" && found.values.contains_key(&dest) {
                globals.no_paginate = true;
            }
        }
        if !globals.no_paginate {
            return Ok(());
        }
        // IAM has a parameter of its own under the name of `--max-items`, which then comes back.
        let own = self.service.input(self.operation).member("MaxItems");
        let mut used = Vec::new();
        for (flag, dest) in [
            ("--starting-token", "starting_token"),
            ("--page-size", "page_size"),
            ("--max-items", "max_items"),
        ] {
            let given = match found.values.get(dest) {
                Some(Given::Int(number)) => *number != 0,
                Some(Given::Text(text)) => !text.is_empty(),
                _ => false,
            };
            if given && !(flag == "--max-items" && own.is_some()) {
                used.push(flag);
            }
        }
        if !used.is_empty() {
            return Err(Problem::Param(format!(
                "Cannot specify --no-paginate along with pagination arguments: {}",
                used.join(", ")
            )));
        }
        if let Some(member) = own {
            for argument in table.iter_mut().filter(|known| known.name == "max-items") {
                let target = arguments::Target {
                    member: member.name.clone(),
                    shape: member.shape,
                };
                argument.stands_for = StandsFor::Member(target);
            }
        }
        Ok(())
    }

    fn take_paging(&self, table: &[Argument], found: &Found, globals: &mut Globals) {
        if globals.no_paginate || self.operation.paginator.is_none() {
            return;
        }
        let number = |name: &str| match found.values.get(name) {
            Some(Given::Int(number)) => i64::try_from(*number).ok(),
            Some(Given::Text(text)) => text.parse().ok(),
            _ => None,
        };
        let has =
            |stands_for: &StandsFor| table.iter().any(|known| known.stands_for == *stands_for);
        if has(&StandsFor::MaxItems) {
            globals.max_items = number("max_items");
        }
        globals.page_size = number("page_size");
        if let Some(Given::Text(token)) = found.values.get("starting_token") {
            globals.starting_token = Some(match self.line.files.load(token) {
                Some(Ok(Py::Str(content))) => content,
                _ => token.clone(),
            });
        }
    }

    fn add_input(&self, found: &Found, params: &mut Py) -> Result<(), Problem> {
        let inputs = [("cli-input-json", false), ("cli-input-yaml", true)];
        let given: Vec<(&str, bool, &str)> = inputs
            .iter()
            .filter_map(
                |(name, yaml)| match found.values.get(&name.replace('-', "_")) {
                    Some(Given::Text(text)) => Some((*name, *yaml, text.as_str())),
                    _ => None,
                },
            )
            .collect();
        let [(name, yaml, text)] = given.as_slice() else {
            return if given.is_empty() {
                Ok(())
            } else {
                Err(Problem::Param(
                    "Only one --cli-input- parameter may be specified.".into(),
                ))
            };
        };
        let text = match self.line.files.load(text) {
            None => (*text).to_owned(),
            Some(Ok(Py::Str(content))) => content,
            Some(Ok(Py::Bytes(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
            Some(Ok(_)) => String::new(),
            Some(Err(message)) => {
                return Err(arguments::parameter(&format!("--{name}"), &message));
            }
        };
        let loaded = if *yaml {
            yaml_input::load(&text)
        } else {
            json::loads(&text, false).ok()
        };
        let Some(loaded) = loaded else {
            let kind = if *yaml { "YAML" } else { "JSON" };
            return Err(arguments::parameter(
                name,
                &format!("Invalid {kind} received."),
            ));
        };
        let Some(entries) = loaded.entries() else {
            let message = format!(
                "Invalid type: expecting map, received {}",
                loaded.type_text()
            );
            return Err(arguments::parameter(&format!("--{name}"), &message));
        };
        for (key, value) in entries {
            if params.get(key).is_none() {
                params.set(key, value.clone());
            }
        }
        Ok(())
    }

    /// The same rule for paging parameters that came with `--cli-input-json`.
    fn check_paging_params(&self, params: &mut Py, globals: &mut Globals) {
        let Some(paginator) = &self.operation.paginator else {
            return;
        };
        let mut members = paginator.input_token.iter().chain(&paginator.limit_key);
        if members.any(|member| params.get(member).is_some()) {
            globals.no_paginate = true;
            return;
        }
        if globals.no_paginate {
            return;
        }
        if let Some(config) = params.remove("PaginationConfig") {
            let number = |name: &str| match config.get(name) {
                Some(Py::Int(number)) => i64::try_from(*number).ok(),
                Some(Py::Str(text)) => text.parse().ok(),
                _ => None,
            };
            globals.max_items = globals.max_items.or_else(|| number("MaxItems"));
            globals.page_size = globals.page_size.or_else(|| number("PageSize"));
            if let (None, Some(Py::Str(token))) =
                (&globals.starting_token, config.get("StartingToken"))
            {
                globals.starting_token = Some(token.clone());
            }
        }
    }

    /// Everything between the parameters as they were given and the call.
    fn finish(&self, mut params: Py, mut globals: Globals) -> Result<ParsedCommand, Problem> {
        self.line
            .check_client(self.service, &globals, self.profile_missing)?;
        let input = self.service.input(self.operation);
        let format = self.line.text("cli_binary_format").map(str::to_owned);
        let format = format.or_else(|| self.line.setting("cli_binary_format"));
        if format.as_deref() != Some("raw-in-base64-out") {
            decode_blobs(&mut params, input, self.service)?;
        }
        if self.service.cli_name == "ec2" {
            customizations::finish(self.operation, &mut params);
        }
        let paginator = self
            .operation
            .paginator
            .as_ref()
            .filter(|_| !globals.no_paginate);
        let limit = paginator.and_then(|paginator| paginator.limit_key.as_ref());
        let mut checked = params.clone();
        if let (Some(limit), Some(size)) = (limit, globals.page_size) {
            checked.set(limit, Py::Int(i128::from(size)));
        }
        for member in input
            .members()
            .iter()
            .filter(|member| member.idempotency_token)
        {
            if checked.get(&member.name).is_none() {
                checked.set(&member.name, Py::str("0"));
            }
        }
        let problems = validate::problems(&checked, input, self.service);
        if !problems.is_empty() {
            return Err(Problem::Param(format!(
                "Parameter validation failed:\n{}",
                problems.join("\n")
            )));
        }
        globals.output = self.line.output()?;
        Ok(ParsedCommand {
            service: self.service,
            operation: self.operation,
            params: params.to_json(),
            globals,
        })
    }
}

/// Some options take the place of all required ones. The CLI looks for the whole word.
fn relax(table: &mut [Argument], words: &[String]) {
    let at = |flag: &str| words.iter().position(|word| word == flag);
    let skeleton = at("--generate-cli-skeleton")
        .is_some_and(|at| words.get(at + 1).is_none_or(|next| next != "output"));
    if skeleton || at("--cli-input-json").is_some() || at("--cli-input-yaml").is_some() {
        for argument in table {
            argument.required = false;
        }
    }
}

/// Blobs are given in base64: puts their bytes in place.
fn decode_blobs(value: &mut Py, shape: &Shape, service: &Service) -> Result<(), Problem> {
    match (&shape.kind, value) {
        (Kind::Structure(structure), Py::Dict(entries) | Py::Ordered(entries)) => {
            for member in &structure.members {
                if let Some((_, value)) = entries.iter_mut().find(|(name, _)| *name == member.name)
                {
                    decode_blobs(value, service.shape(member.shape), service)?;
                }
            }
        }
        (Kind::List(element), Py::List(items)) => {
            for item in items {
                decode_blobs(item, service.shape(*element), service)?;
            }
        }
        (Kind::Map(_, inner), Py::Dict(entries) | Py::Ordered(entries)) => {
            for (_, value) in entries {
                decode_blobs(value, service.shape(*inner), service)?;
            }
        }
        (Kind::Blob, value) => {
            if let Py::Str(text) = value {
                *value = Py::Bytes(decode_base64(text)?);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Base64 as Python decodes it: other characters are skipped, the padding must fit.
fn decode_base64(text: &str) -> Result<Vec<u8>, Problem> {
    if !text.is_ascii() {
        return Err(Problem::General(
            "string argument should contain only ASCII characters".into(),
        ));
    }
    let invalid = || Problem::General(format!("Invalid base64: \"{text}\""));
    let (mut bits, mut count, mut padding) = (0_u32, 0_u32, 0);
    let mut bytes = Vec::new();
    for character in text.bytes() {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                if count >= 2 && count + padding >= 4 {
                    return Ok(bytes);
                }
                continue;
            }
            _ => continue,
        };
        padding = 0;
        bits = (bits << 6) | u32::from(value);
        count += 1;
        if count > 1 {
            bytes.push(u8::try_from((bits >> (8 - 2 * count)) & 0xff).unwrap_or(0));
        }
        if count == 4 {
            (bits, count) = (0, 0);
        }
    }
    if count == 0 {
        Ok(bytes)
    } else {
        Err(invalid())
    }
}
