//! Binds a cmdlet's arguments to its parameters (about_Parameters), and reports binding errors.

use std::collections::BTreeMap;

use super::commands::{Cmdlet, Parameter, Takes};
use super::failure::Failure;
use super::run::Shell;
use super::syntax::{Argument, Command, Span};
use super::value::{Block, Value};
use hsmlab_shell::fs::FsError;

/// A call of a cmdlet.
pub(super) struct Call {
    pub(super) cmdlet: &'static Cmdlet,
    /// The name as it was typed.
    pub(super) by: String,
    pub(super) span: Span,
    values: BTreeMap<&'static str, Value>,
    /// The input from the pipeline.
    pub(super) input: Option<Vec<Value>>,
}

/// The parameters that every cmdlet has (about_CommonParameters) and the lab honours or ignores.
const COMMON: [Parameter; 4] = [
    Parameter::one("ErrorAction", &["ea"]),
    Parameter::one("WarningAction", &["wa"]),
    Parameter::switch("Verbose", &["vb"]),
    Parameter::switch("Debug", &["db"]),
];

pub(super) fn bind(
    shell: &mut Shell<'_, '_>,
    (cmdlet, by): (&'static Cmdlet, String),
    command: &Command,
    input: Option<Vec<Value>>,
) -> Result<Call, Failure> {
    let mut call = Call {
        cmdlet,
        by,
        span: command.span,
        values: BTreeMap::new(),
        input,
    };
    let mut loose = Vec::new();
    let mut arguments = command.arguments.iter().peekable();
    while let Some(argument) = arguments.next() {
        match argument {
            Argument::Value(value) => loose.push((shell.evaluate(value)?, value.span)),
            Argument::Verbatim(text) => loose.push((Value::from(text.as_str()), command.span)),
            Argument::Parameter {
                name, value, span, ..
            } => {
                let at = |failure: Failure| Failure {
                    span: *span,
                    ..failure
                };
                let parameter = call.find(name).map_err(at)?;
                let given = match (parameter.takes, value) {
                    (Takes::Nothing, None) => Value::Bool(true),
                    (_, Some(value)) => shell.evaluate(value)?,
                    (_, None) => match arguments.peek() {
                        Some(Argument::Value(value)) => {
                            let value = shell.evaluate(value)?;
                            arguments.next();
                            value
                        }
                        _ => {
                            return Err(at(call.binding(
                                &format!("Missing an argument for parameter '{}'. Specify a parameter of type 'System.String' and try again.", parameter.name),
                                "MissingArgument",
                            )));
                        }
                    },
                };
                call.values.insert(parameter.name, given);
            }
        }
    }
    call.place(loose)?;
    call.require()?;
    Ok(call)
}

impl Call {
    fn find(&self, name: &str) -> Result<Parameter, Failure> {
        let all = || self.cmdlet.parameters.iter().chain(&COMMON);
        let exact = all().find(|known| {
            known.name.eq_ignore_ascii_case(name)
                || known
                    .aliases
                    .iter()
                    .any(|alias| alias.eq_ignore_ascii_case(name))
        });
        if let Some(found) = exact {
            return Ok(*found);
        }
        let begins = |known: &&Parameter| {
            known
                .name
                .get(..name.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(name))
        };
        let found: Vec<&Parameter> = all().filter(begins).collect();
        match found.as_slice() {
            [one] => Ok(**one),
            [] => Err(self.binding(
                &format!("A parameter cannot be found that matches parameter name '{name}'."),
                "NamedParameterNotFound",
            )),
            several => {
                let names: Vec<String> =
                    several.iter().map(|one| format!("-{}", one.name)).collect();
                Err(self.binding(
                    &format!("Parameter cannot be processed because the parameter name '{name}' is ambiguous. Possible matches include: {}.", names.join(" ")),
                    "AmbiguousParameter",
                ))
            }
        }
    }

    /// Binds positional values to the parameters that accept them, in order.
    fn place(&mut self, loose: Vec<(Value, Span)>) -> Result<(), Failure> {
        let mut open: Vec<Parameter> = self
            .cmdlet
            .parameters
            .iter()
            .filter(|known| known.positional && !self.values.contains_key(known.name))
            .copied()
            .collect();
        for (value, _) in loose {
            let Some(parameter) = open.first().copied() else {
                return Err(self.binding(
                    &format!(
                        "A positional parameter cannot be found that accepts argument '{}'.",
                        value.text()
                    ),
                    "PositionalParameterNotFound",
                ));
            };
            if parameter.takes == Takes::Rest {
                let old = self.values.remove(parameter.name).unwrap_or_default();
                let mut all = old.items();
                all.extend(value.items());
                self.values.insert(parameter.name, Value::List(all));
            } else {
                open.remove(0);
                self.values.insert(parameter.name, value);
            }
        }
        Ok(())
    }

    /// Checks the mandatory parameters. PowerShell prompts for missing ones; the lab answers as in a
    /// non-interactive session.
    fn require(&self) -> Result<(), Failure> {
        let missing: Vec<&str> = self
            .cmdlet
            .parameters
            .iter()
            .filter(|known| known.mandatory && !self.values.contains_key(known.name))
            .filter(|known| !(known.piped && self.input.is_some()))
            .map(|known| known.name)
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(self.binding(
            &format!(
                "Cannot process command because of one or more missing mandatory parameters: {}.",
                missing.join(" ")
            ),
            "MissingMandatoryParameter",
        ))
    }

    fn binding(&self, message: &str, id: &str) -> Failure {
        self.failure(
            message,
            "InvalidArgument",
            ("", ""),
            "ParameterBindingException",
            id,
        )
    }

    /// Returns an error of this cmdlet; `about` is the error's target and the target's type.
    pub(super) fn failure(
        &self,
        message: &str,
        category: &'static str,
        about: (&str, &str),
        exception: &'static str,
        id: &str,
    ) -> Failure {
        let class = self.cmdlet.name.replace('-', "");
        Failure {
            by: self.by.clone(),
            message: message.to_owned(),
            category,
            target: about.0.to_owned(),
            target_type: about.1.to_owned(),
            activity: self.cmdlet.name.to_owned(),
            exception,
            id: format!("{id},Microsoft.PowerShell.Commands.{class}Command"),
            span: self.span,
        }
    }

    /// Returns `Cannot find path …`.
    pub(super) fn no_path(&self, path: &str) -> Failure {
        self.failure(
            &format!("Cannot find path '{path}' because it does not exist."),
            "ObjectNotFound",
            (path, "String"),
            "ItemNotFoundException",
            "PathNotFound",
        )
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.values.get(name).map(Value::text)
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.values
            .get(name)
            .cloned()
            .unwrap_or_default()
            .items()
            .iter()
            .map(Value::text)
            .collect()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(Value::is_true)
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.values.get(name).and_then(Value::number)
    }

    pub(super) fn script(&self, name: &str) -> Option<&Block> {
        match self.values.get(name) {
            Some(Value::Block(block)) => Some(block),
            _ => None,
        }
    }

    pub(super) fn silent(&self) -> bool {
        self.text("ErrorAction").is_some_and(|wanted| {
            wanted.eq_ignore_ascii_case("SilentlyContinue") || wanted.eq_ignore_ascii_case("Ignore")
        })
    }
}

/// Returns .NET's message for a file that cannot be opened.
pub(super) fn file_words(error: FsError, path: &str) -> String {
    match error {
        FsError::NotFound | FsError::NotAFolder => {
            format!("Could not find a part of the path '{path}'.")
        }
        FsError::PermissionDenied | FsError::IsAFolder => {
            format!("Access to the path '{path}' is denied.")
        }
        FsError::Exists => format!("The file '{path}' already exists."),
        FsError::NotEmpty => "The directory is not empty.".into(),
        FsError::NoSpace => "There is not enough space on the disk.".into(),
    }
}
