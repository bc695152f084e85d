//! One operation of a line: converts its options to the call's parameters.

use super::super::argparse::{Found, Given, Parser, Positional};
use super::super::arguments::{self, Argument, StandsFor};
use super::super::failure::Problem;
use super::super::globals::Globals;
use super::super::py::Py;
use super::super::{ParsedCommand, customizations, json, services, validate, yaml_input};
use super::line::Line;
use super::{Command, usage};
use hsmlab_api::model::{self, Kind, Operation, Service, Shape, Waiter};

/// One operation of a line.
pub(super) struct Work<'a> {
    pub(super) line: &'a Line<'a>,
    pub(super) service: &'static Service,
    pub(super) operation: &'static Operation,
    pub(super) waiter: Option<&'static Waiter>,
    pub(super) profile_missing: bool,
}

impl Work<'_> {
    pub(super) fn run(&self, words: &[String], mut globals: Globals) -> Result<Command, Problem> {
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
        if self.waiter.is_none() && services::is_customized(&self.service.cli_name) {
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

    pub(super) fn help(&self) -> Command {
        let mut topic = vec![self.service.cli_name.clone()];
        match self.waiter {
            Some(waiter) => topic.extend(["wait".to_owned(), waiter.cli_name.clone()]),
            None => topic.push(self.operation.cli_name.clone()),
        }
        Command::Help(topic)
    }

    /// Applies the CLI's rule for paging: if a paging parameter of the service is given, the CLI does not
    /// paginate, and its own paging options are refused.
    pub(super) fn check_paging(
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
        // IAM has its own parameter called `--max-items`; it becomes available again.
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

    pub(super) fn take_paging(&self, table: &[Argument], found: &Found, globals: &mut Globals) {
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

    pub(super) fn add_input(&self, found: &Found, params: &mut Py) -> Result<(), Problem> {
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

    /// Applies the same rule to paging parameters from `--cli-input-json`.
    pub(super) fn check_paging_params(&self, params: &mut Py, globals: &mut Globals) {
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

    /// Performs every step between the given parameters and the call.
    pub(super) fn finish(
        &self,
        mut params: Py,
        mut globals: Globals,
    ) -> Result<ParsedCommand, Problem> {
        self.line
            .check_client(self.service, &globals, self.profile_missing)?;
        let input = self.service.input(self.operation);
        let format = self.line.text("cli_binary_format").map(str::to_owned);
        let format = format.or_else(|| self.line.setting("cli_binary_format"));
        if format.as_deref() != Some("raw-in-base64-out") {
            decode_blobs(&mut params, input, self.service)?;
        }
        if services::is_customized(&self.service.cli_name) {
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

/// Makes the required options optional where an option replaces them all. The CLI compares whole words.
pub(super) fn relax(table: &mut [Argument], words: &[String]) {
    let at = |flag: &str| words.iter().position(|word| word == flag);
    let skeleton = at("--generate-cli-skeleton")
        .is_some_and(|at| words.get(at + 1).is_none_or(|next| next != "output"));
    if skeleton || at("--cli-input-json").is_some() || at("--cli-input-yaml").is_some() {
        for argument in table {
            argument.required = false;
        }
    }
}

/// Replaces blobs given in base64 with their bytes.
pub(super) fn decode_blobs(
    value: &mut Py,
    shape: &Shape,
    service: &Service,
) -> Result<(), Problem> {
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

/// Decodes base64 as Python does: other characters are skipped, and the padding must fit.
pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, Problem> {
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
