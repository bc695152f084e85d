//! The options of an operation, taken from its model, and the conversion of their values to parameters.

use super::argparse::{Found, Given, OptionSpec, Reads, Takes};
use super::customizations::{self, Extra};
use super::failure::Problem;
use super::json;
use super::paramfile::Files;
use super::py::{Py, parse_float, parse_int};
use super::services;
use super::shorthand::{self, ShorthandError};
use hsmlab_api::model::{Kind, Operation, Service, Shape, ShapeId, xform_name};

/// An option of an operation.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The name without dashes: `cluster-id`.
    pub name: String,
    /// The meaning of the option.
    pub stands_for: StandsFor,
    /// True if the parser requires it.
    pub required: bool,
    /// True if help omits it.
    pub hidden: bool,
}

/// The meaning of an option.
#[derive(Clone, Debug, PartialEq)]
pub enum StandsFor {
    /// A member of the parameters.
    Member(Target),
    /// A boolean member: `--dry-run` (true) and `--no-dry-run` (false). The text is the key that both share
    /// in the parser's result.
    Flag(Target, bool, String),
    /// A member `{"Value": true}` that may be given as an option without a value.
    Raised(Target),
    /// The negative form of such a member.
    Lowered(Target),
    /// `--cli-input-json`.
    CliInputJson,
    /// `--cli-input-yaml`.
    CliInputYaml,
    /// `--generate-cli-skeleton`.
    Skeleton,
    /// `--starting-token`.
    StartingToken,
    /// `--page-size`.
    PageSize,
    /// `--max-items`.
    MaxItems,
    /// An option that the CLI adds to some of EC2's operations.
    Extra(Extra),
}

/// A member of the parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The member's name in the model.
    pub member: String,
    /// Its shape.
    pub shape: ShapeId,
}

impl Argument {
    /// The option with its dashes.
    #[must_use]
    pub fn flag(&self) -> String {
        format!("--{}", self.name)
    }

    /// The key of its value in the parser's result.
    #[must_use]
    pub fn dest(&self) -> String {
        match &self.stands_for {
            StandsFor::Flag(_, _, dest) => dest.clone(),
            _ => self.name.replace('-', "_"),
        }
    }

    /// The option's specification for the parser.
    #[must_use]
    pub fn spec(&self, service: &Service, operation: &Operation) -> OptionSpec {
        let mut spec = OptionSpec::new(self.flag());
        spec.dest = self.dest();
        spec.required = self.required;
        match &self.stands_for {
            StandsFor::Member(target) => match service.shape(target.shape).kind {
                Kind::List(_) => spec.takes = Takes::Any,
                Kind::Long => spec.reads = Reads::Int,
                Kind::Double | Kind::Float => spec.reads = Reads::Float,
                _ => {}
            },
            StandsFor::Flag(_, value, _) => spec.takes = Takes::Flag(*value),
            StandsFor::Raised(_) => spec.takes = Takes::Optional,
            StandsFor::Lowered(_) => spec.takes = Takes::Flag(true),
            StandsFor::Skeleton => {
                spec.takes = Takes::Optional;
                spec.constant = Some("input");
                spec.choices = &["input", "output", "yaml-input"];
            }
            StandsFor::PageSize | StandsFor::MaxItems => {
                spec.reads = limit_reads(service, operation);
            }
            StandsFor::Extra(extra) => customizations::spec(*extra, &mut spec),
            StandsFor::CliInputJson | StandsFor::CliInputYaml | StandsFor::StartingToken => {}
        }
        spec
    }
}

fn limit_reads(service: &Service, operation: &Operation) -> Reads {
    let limit = operation
        .paginator
        .as_ref()
        .and_then(|paginator| paginator.limit_key.as_ref());
    let shape = limit.and_then(|limit| service.input(operation).member(limit));
    match shape.map(|member| &service.shape(member.shape).kind) {
        Some(Kind::String) => Reads::Text,
        _ => Reads::Int,
    }
}

/// Returns the options of an operation in the CLI's order. `waiting` is for `aws … wait …`, which lacks
/// the options that the CLI adds for EC2.
#[must_use]
pub fn table(service: &Service, operation: &Operation, waiting: bool) -> Vec<Argument> {
    let mut table = Vec::new();
    let input = service.input(operation);
    for member in input.members() {
        let name = xform_name(&member.name);
        let target = Target {
            member: member.name.clone(),
            shape: member.shape,
        };
        let required = input.is_required(&member.name) && !member.idempotency_token;
        if matches!(service.shape(member.shape).kind, Kind::Boolean) {
            // The parser does not require booleans; the later check of the parameters does.
            let dest = name.replace('-', "_");
            for (name, value) in [(name.clone(), true), (format!("no-{name}"), false)] {
                let stands_for = StandsFor::Flag(target.clone(), value, dest.clone());
                table.push(Argument {
                    name,
                    stands_for,
                    required: false,
                    hidden: false,
                });
            }
        } else {
            let stands_for = StandsFor::Member(target);
            table.push(Argument {
                name,
                stands_for,
                required,
                hidden: false,
            });
        }
    }
    if services::is_customized(&service.cli_name) && !waiting {
        customizations::change(&mut table, service, operation);
    }
    let mut add = |name: &str, stands_for: StandsFor| {
        let argument = Argument {
            name: name.to_owned(),
            stands_for,
            required: false,
            hidden: false,
        };
        match table
            .iter_mut()
            .find(|known: &&mut Argument| known.name == name)
        {
            Some(known) => *known = argument,
            None => table.push(argument),
        }
    };
    add("cli-input-json", StandsFor::CliInputJson);
    add("cli-input-yaml", StandsFor::CliInputYaml);
    if let Some(paginator) = &operation.paginator {
        add("starting-token", StandsFor::StartingToken);
        if paginator.limit_key.is_some() {
            add("page-size", StandsFor::PageSize);
        }
        add("max-items", StandsFor::MaxItems);
    }
    add("generate-cli-skeleton", StandsFor::Skeleton);
    hide_paging_members(&mut table, operation);
    table
}

fn hide_paging_members(table: &mut [Argument], operation: &Operation) {
    let Some(paginator) = &operation.paginator else {
        return;
    };
    let members = paginator.input_token.iter().chain(&paginator.limit_key);
    for member in members {
        for argument in table.iter_mut() {
            if matches!(&argument.stands_for, StandsFor::Member(target) if target.member == *member)
            {
                argument.hidden = true;
            }
        }
    }
}

/// Converts the options of a line to parameters. Paging options are left out.
///
/// # Errors
/// The first value that cannot be parsed, in the order of the table.
pub fn params(
    table: &[Argument],
    found: &Found,
    service: &Service,
    files: &Files<'_>,
) -> Result<Py, Problem> {
    let mut params = Py::Dict(Vec::new());
    for argument in table {
        // The negative form of a flag shares the key of the positive form.
        if matches!(&argument.stands_for, StandsFor::Flag(_, false, _)) {
            continue;
        }
        let Some(given) = found.values.get(&argument.dest()) else {
            continue;
        };
        let value = loaded(given, argument, files)?;
        match &argument.stands_for {
            StandsFor::Member(target) => {
                if let Some(value) = unpack(value, target, argument, service, files)? {
                    params.set(&target.member, value);
                }
            }
            StandsFor::Flag(target, ..) => {
                if let Loaded::Value(value @ Py::Bool(_)) = value {
                    params.set(&target.member, value);
                }
            }
            StandsFor::Raised(target) => {
                let value = match value {
                    Loaded::Bare => value_of(true),
                    value => match unpack(value, target, argument, service, files)? {
                        Some(value) => value,
                        None => continue,
                    },
                };
                params.set(&target.member, value);
            }
            StandsFor::Lowered(target) => params.set(&target.member, value_of(false)),
            StandsFor::Extra(extra) => customizations::add(*extra, value, &mut params)?,
            _ => {}
        }
    }
    Ok(params)
}

fn value_of(flag: bool) -> Py {
    Py::Dict(vec![("Value".to_owned(), Py::Bool(flag))])
}

/// A value after `file://` and `fileb://` references were resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Loaded {
    /// One value.
    Value(Py),
    /// Several words.
    Words(Vec<String>),
    /// No value.
    Bare,
}

fn loaded(given: &Given, argument: &Argument, files: &Files<'_>) -> Result<Loaded, Problem> {
    let word = match given {
        Given::Flag(value) => return Ok(Loaded::Value(Py::Bool(*value))),
        Given::Int(number) => return Ok(Loaded::Value(Py::Int(*number))),
        Given::Float(number) => return Ok(Loaded::Value(Py::Float(*number))),
        Given::Bare => return Ok(Loaded::Bare),
        Given::List(words) if words.len() != 1 => return Ok(Loaded::Words(words.clone())),
        Given::List(words) => words.first().cloned().unwrap_or_default(),
        Given::Text(word) => word.clone(),
    };
    match files.load(&word) {
        Some(Ok(value)) => Ok(Loaded::Value(value)),
        Some(Err(message)) => Err(parameter(&argument.flag(), &message)),
        None => Ok(match given {
            Given::List(words) => Loaded::Words(words.clone()),
            _ => Loaded::Value(Py::Str(word)),
        }),
    }
}

/// The refusal of one option's value.
#[must_use]
pub fn parameter(flag: &str, message: &str) -> Problem {
    Problem::Param(format!("Error parsing parameter '{flag}': {message}"))
}

fn unpack(
    value: Loaded,
    target: &Target,
    argument: &Argument,
    service: &Service,
    files: &Files<'_>,
) -> Result<Option<Py>, Problem> {
    let shape = service.shape(target.shape);
    let flag = argument.flag();
    let unpacker = Unpacker {
        flag: &flag,
        service,
        files,
    };
    let unpacked = match value {
        Loaded::Bare => return Ok(None),
        Loaded::Value(value) => unpacker.value(value, shape)?,
        Loaded::Words(words) => unpacker.words(&words, shape)?,
    };
    Ok(Some(unpacked))
}

struct Unpacker<'a> {
    flag: &'a str,
    service: &'a Service,
    files: &'a Files<'a>,
}

impl Unpacker<'_> {
    fn words(&self, words: &[String], shape: &Shape) -> Result<Py, Problem> {
        let first_is_json = words.first().is_some_and(|word| looks_like_json(word));
        if !first_is_json && self.supports_shorthand(shape) {
            let mut parsed = Vec::new();
            for word in words {
                parsed.push(self.shorthand(word)?);
            }
            return self.fit(Py::List(parsed), shape);
        }
        if let [word] = words
            && word.trim().starts_with('[')
        {
            return self.json(word);
        }
        self.elements(words, shape)
    }

    fn value(&self, value: Py, shape: &Shape) -> Result<Py, Problem> {
        let Py::Str(text) = &value else {
            return self.not_text(value, shape);
        };
        if !looks_like_json(text) && self.supports_shorthand(shape) {
            if let [member] = shape.members() {
                let is_text = matches!(self.service.shape(member.shape).kind, Kind::String);
                if member.name == "Value" && is_text && !text.contains('=') {
                    return Ok(Py::Dict(vec![("Value".into(), value)]));
                }
            }
            let parsed = self.shorthand(text)?;
            return self.fit(parsed, shape);
        }
        self.plain(value, shape)
    }

    /// Converts bytes from `fileb://`, and numbers that the parser has converted already.
    fn not_text(&self, value: Py, shape: &Shape) -> Result<Py, Problem> {
        if matches!(value, Py::Bytes(_)) && shape.is_complex() {
            // Python's own message: shorthand parsing expects letters and finds numbers here.
            return Err(Problem::General(
                "'in <string>' requires string as left operand, not int".into(),
            ));
        }
        self.plain(value, shape)
    }

    fn shorthand(&self, text: &str) -> Result<Py, Problem> {
        shorthand::parse(text, self.files).map_err(|error| self.shorthand_problem(error))
    }

    fn fit(&self, value: Py, shape: &Shape) -> Result<Py, Problem> {
        shorthand::fit(value, shape, self.service).map_err(|error| self.shorthand_problem(error))
    }

    fn shorthand_problem(&self, error: ShorthandError) -> Problem {
        match error {
            ShorthandError::Syntax(message) => parameter(self.flag, &message),
            ShorthandError::Value(message) => Problem::General(message),
        }
    }

    /// True if a shape may be written in shorthand: structures, maps, and lists of these.
    fn supports_shorthand(&self, shape: &Shape) -> bool {
        match shape.kind {
            Kind::Structure(_) | Kind::Map(..) => true,
            Kind::List(element) => self.service.shape(element).is_complex(),
            _ => false,
        }
    }

    fn json(&self, text: &str) -> Result<Py, Problem> {
        json::loads(text, true).map_err(|error| {
            parameter(
                self.flag,
                &format!("Invalid JSON: {error}\nJSON received: {text}"),
            )
        })
    }

    /// Converts a value that is not in shorthand.
    fn plain(&self, value: Py, shape: &Shape) -> Result<Py, Problem> {
        let text = match &value {
            Py::Str(text) => text.clone(),
            Py::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => return Ok(value),
        };
        match &shape.kind {
            Kind::Structure(_) | Kind::Map(..) => match text.trim_start().chars().next() {
                Some('{') => self.json(&text),
                Some(_) => Err(parameter(self.flag, &format!("Invalid JSON:\n{text}"))),
                None => Err(Problem::General("string index out of range".into())),
            },
            Kind::List(_) => match text.trim_start().chars().next() {
                Some('[') => self.json(&text),
                // Python iterates over a string as over a list: each letter is an element.
                Some(_) => {
                    let letters: Vec<String> = text.chars().map(String::from).collect();
                    self.elements(&letters, shape)
                }
                None => Err(Problem::General("string index out of range".into())),
            },
            Kind::Integer | Kind::Long => parse_int(&text).map(Py::Int).map_err(Problem::General),
            Kind::Double | Kind::Float => {
                parse_float(&text).map(Py::Float).map_err(Problem::General)
            }
            Kind::Boolean => Ok(Py::Bool(!text.is_empty() && text.to_lowercase() != "false")),
            Kind::String | Kind::Timestamp | Kind::Blob => Ok(value),
        }
    }

    fn elements(&self, words: &[String], shape: &Shape) -> Result<Py, Problem> {
        let Kind::List(element) = &shape.kind else {
            return Ok(Py::None);
        };
        let element = self.service.shape(*element);
        let mut items = Vec::new();
        for word in words {
            match self.plain(Py::str(word), element) {
                Ok(item) => items.push(item),
                // Not a number: the CLI names the option and the first value instead.
                Err(Problem::General(message)) if message.starts_with("string index") => {
                    return Err(Problem::General(message));
                }
                Err(Problem::General(_)) => {
                    let first = words.first().map(String::as_str).unwrap_or_default();
                    return Err(parameter(self.flag, first));
                }
                Err(problem) => return Err(problem),
            }
        }
        Ok(Py::List(items))
    }
}

fn looks_like_json(text: &str) -> bool {
    text.trim().starts_with(['[', '{'])
}
