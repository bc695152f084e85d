//! The parts of a line besides its operation: global options, profile, service, waiter.

use super::super::argparse::{Found, Given, Parser, Positional};
use super::super::config::Config;
use super::super::failure::Problem;
use super::super::globals::{Color, Globals, Output};
use super::super::paramfile::Files;
use super::operation::Work;
use super::{CONNECT_TIMEOUT_S, Command, error_format, names, usage};
use hsmlab_api::model::{self, Service};
use hsmlab_jmespath::query;

/// A line whose global options are parsed.
pub(super) struct Line<'a> {
    pub(super) files: &'a Files<'a>,
    pub(super) config: &'a Config,
    pub(super) found: &'a Found,
}

impl Line<'_> {
    pub(super) fn text(&self, dest: &str) -> Option<&str> {
        match self.found.values.get(dest) {
            Some(Given::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn flag(&self, dest: &str) -> bool {
        self.found.values.contains_key(dest)
    }

    /// The profile that the line or the environment names.
    pub(super) fn profile(&self) -> Option<String> {
        self.text("profile")
            .filter(|profile| !profile.is_empty())
            .map(str::to_owned)
            .or_else(|| self.files.variable("AWS_PROFILE"))
            .or_else(|| self.files.variable("AWS_DEFAULT_PROFILE"))
    }

    pub(super) fn setting(&self, name: &str) -> Option<String> {
        let profile = self.profile().unwrap_or_else(|| "default".into());
        self.config.get(&profile, name).map(str::to_owned)
    }

    pub(super) fn globals(&self) -> Result<Globals, Problem> {
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
                let seconds = super::super::py::parse_int(text).map_err(Problem::General)?;
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

    /// The output format. It is looked up last, when there is an answer.
    pub(super) fn output(&self) -> Result<Output, Problem> {
        let name = self
            .text("output")
            .map(str::to_owned)
            .or_else(|| self.files.variable("AWS_DEFAULT_OUTPUT"))
            .or_else(|| self.setting("output"))
            .unwrap_or_else(|| "json".into());
        Output::of(&name).ok_or_else(|| Problem::General(format!("Unknown output type: {name}")))
    }

    pub(super) fn dispatch(&self, profile_missing: bool) -> Result<Command, Problem> {
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

    pub(super) fn wait(
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

    /// Checks that a client of the service can be created, before anything is sent.
    pub(super) fn check_client(
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
            // IAM and STS have a global endpoint.
            let global = service.global_endpoint.is_some();
            return if global {
                Ok(())
            } else {
                Err(Problem::NoRegion)
            };
        };
        if region.is_empty() {
            if service.is_global() {
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

pub(super) fn check_endpoint_url(url: &str) -> Result<(), Problem> {
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
