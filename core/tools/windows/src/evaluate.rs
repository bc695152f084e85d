//! Evaluates expressions (about_Operators, about_Comparison_Operators).

use regex_lite::RegexBuilder;

use super::failure::Failure;
use super::run::Shell;
use super::syntax::{Expression, Kind, Piece, Span, Variable};
use super::value::{Block, Record, Value, View};
use hsmlab_shell::fs::windows_path;

/// The longest string that an operator may create, in characters.
const TEXT_MAX: usize = 1 << 20;
/// The longest list that an operator may create.
const LIST_MAX: usize = 10_000;

impl Shell<'_, '_> {
    pub(super) fn evaluate(&mut self, expression: &Expression) -> Result<Value, Failure> {
        match &expression.kind {
            Kind::Text { pieces, .. } => Ok(Value::Text(self.pieces(pieces)?)),
            Kind::Number(number) => Ok(Value::Int(*number)),
            Kind::Variable(variable) => Ok(self.variable(variable)),
            Kind::Inner(list) => Ok(Value::from_items(self.block(list)?)),
            Kind::Group(pipeline) => Ok(Value::from_items(self.values(pipeline)?)),
            Kind::Array(list) => Ok(Value::List(self.block(list)?)),
            Kind::List(all) => {
                let all: Result<Vec<Value>, Failure> =
                    all.iter().map(|one| self.evaluate(one)).collect();
                all.map(Value::List)
            }
            Kind::Block(list) => Ok(Value::Block(Block(list.clone().into()))),
            Kind::Type(name) => super::methods::type_of(name, expression.span),
            Kind::Member(on, name) => {
                let on = self.evaluate(on)?;
                Ok(member(&on, name))
            }
            Kind::Call {
                on,
                name,
                arguments,
            } => {
                let on = self.evaluate(on)?;
                let arguments: Result<Vec<Value>, Failure> =
                    arguments.iter().map(|one| self.evaluate(one)).collect();
                super::methods::call(self, &on, name, &arguments?, expression.span)
            }
            Kind::Index(on, at) => {
                let on = self.evaluate(on)?;
                let at = self.evaluate(at)?;
                Ok(index(&on, &at))
            }
            Kind::Not(inner) => Ok(Value::Bool(!self.evaluate(inner)?.is_true())),
            Kind::Binary(operator, left, right) => {
                let left = self.evaluate(left)?;
                let right = self.evaluate(right)?;
                binary(operator, left, right, expression.span)
            }
        }
    }

    fn pieces(&mut self, pieces: &[Piece]) -> Result<String, Failure> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Variable(variable) => text.push_str(&self.variable(variable).text()),
                Piece::Inner(list) => {
                    let value = Value::from_items(self.block(list)?);
                    text.push_str(&value.text());
                }
            }
            if text.len() > TEXT_MAX {
                return Err(too_large(Span::default()));
            }
        }
        Ok(text)
    }

    pub(super) fn variable(&self, variable: &Variable) -> Value {
        if variable.environment {
            return self
                .io
                .login
                .variable(&variable.name.to_ascii_uppercase())
                .map_or(Value::Null, Value::from);
        }
        let name = variable.name.to_ascii_lowercase();
        match name.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            "_" | "psitem" => self.present.last().cloned().unwrap_or_default(),
            "?" => Value::Bool(self.succeeded()),
            "home" => windows_path(&self.io.login.home()).into(),
            "pwd" => windows_path(&self.io.login.cwd).into(),
            "psversiontable" => version_table(),
            _ => self
                .io
                .login
                .objects
                .get::<crate::Variables>()
                .and_then(|variables| variables.get(&name).cloned())
                .unwrap_or_default(),
        }
    }
}

/// `$PSVersionTable` of Windows Server 2022.
fn version_table() -> Value {
    Value::record(
        "System.Collections.Hashtable",
        "System.Collections.Hashtable",
        View::List,
        [
            ("PSVersion", Value::from("5.1.20348.4294")),
            ("PSEdition", Value::from("Desktop")),
            ("CLRVersion", Value::from("4.0.30319.42000")),
        ],
    )
}

/// A member of a value. A name that a list lacks is looked up in each of its values.
pub(super) fn member(on: &Value, name: &str) -> Value {
    let counts = name.eq_ignore_ascii_case("count");
    let length = name.eq_ignore_ascii_case("length");
    let size = |all: usize| Value::Int(i64::try_from(all).unwrap_or(i64::MAX));
    match on {
        Value::List(all) if counts || length => size(all.len()),
        Value::List(all) => Value::from_items(
            all.iter()
                .map(|one| member(one, name))
                .filter(|one| *one != Value::Null)
                .collect(),
        ),
        Value::Bytes(bytes) if counts || length => size(bytes.len()),
        Value::Text(text) if length => size(text.encode_utf16().count()),
        Value::Null if counts => Value::Int(0),
        Value::Record(record) => match record.field(name) {
            Some(value) => value.clone(),
            None if counts => Value::Int(1),
            None => Value::Null,
        },
        _ if counts => Value::Int(1),
        _ => Value::Null,
    }
}

fn index(on: &Value, at: &Value) -> Value {
    let Some(number) = at.number() else {
        return match on {
            Value::Record(record) => record.field(&at.text()).cloned().unwrap_or_default(),
            _ => Value::Null,
        };
    };
    let pick = |length: usize| {
        let length = i64::try_from(length).ok()?;
        let at = if number < 0 { length + number } else { number };
        usize::try_from(at).ok()
    };
    match on {
        Value::List(all) => pick(all.len()).and_then(|at| all.get(at)).cloned(),
        Value::Text(text) => pick(text.chars().count())
            .and_then(|at| text.chars().nth(at))
            .map(|c| Value::Text(c.to_string())),
        Value::Bytes(bytes) => pick(bytes.len())
            .and_then(|at| bytes.get(at))
            .map(|byte| Value::Int((*byte).into())),
        other if number == 0 => Some(other.clone()),
        _ => None,
    }
    .unwrap_or_default()
}

fn too_large(span: Span) -> Failure {
    Failure::runtime(
        "hsmlab: the value is larger than the lab's PowerShell allows",
        "OutOfMemory",
        span,
    )
}

/// Evaluates `+`; the left operand decides the type.
pub(super) fn add(left: Value, right: Value, span: Span) -> Result<Value, Failure> {
    match (left, right) {
        (Value::Null, right) => Ok(right),
        (Value::Int(left), right) => match right.number() {
            Some(right) => left
                .checked_add(right)
                .map(Value::Int)
                .ok_or_else(|| too_large(span)),
            None => Err(no_number(&right, span)),
        },
        (Value::List(mut left), right) => {
            left.extend(right.items());
            if left.len() > LIST_MAX {
                return Err(too_large(span));
            }
            Ok(Value::List(left))
        }
        (left, right) => {
            let mut text = left.text();
            text.push_str(&right.text());
            if text.len() > TEXT_MAX {
                return Err(too_large(span));
            }
            Ok(Value::Text(text))
        }
    }
}

fn no_number(value: &Value, span: Span) -> Failure {
    let message = format!(
        "Cannot convert value \"{}\" to type \"System.Int32\". Error: \"Input string was not in a correct format.\"",
        value.text()
    );
    Failure {
        category: "InvalidArgument",
        ..Failure::runtime(&message, "InvalidCastFromStringToInteger", span)
    }
}

fn binary(operator: &str, left: Value, right: Value, span: Span) -> Result<Value, Failure> {
    match operator {
        "-and" => Ok(Value::Bool(left.is_true() && right.is_true())),
        "-or" => Ok(Value::Bool(left.is_true() || right.is_true())),
        "-xor" => Ok(Value::Bool(left.is_true() != right.is_true())),
        "+" => add(left, right, span),
        "-" | "*" | "/" | "%" => arithmetic(operator, &left, &right, span),
        "-join" => {
            let all: Vec<String> = left.items().iter().map(Value::text).collect();
            Ok(Value::Text(all.join(&right.text())))
        }
        "-f" => Ok(Value::Text(format_text(&left.text(), &right.items()))),
        "-split" => {
            let pattern = pattern(&right.text(), span)?;
            let text = left.text();
            let parts = pattern
                .split(&text)
                .map(Value::from)
                .take(LIST_MAX)
                .collect();
            Ok(Value::List(parts))
        }
        "-replace" => {
            let mut words = right.items().into_iter();
            let pattern = pattern(&words.next().unwrap_or_default().text(), span)?;
            let by = words.next().unwrap_or_default().text();
            let replaced = |value: &Value| {
                Value::Text(pattern.replace_all(&value.text(), by.as_str()).into_owned())
            };
            Ok(match left {
                Value::List(all) => Value::List(all.iter().map(replaced).collect()),
                one => replaced(&one),
            })
        }
        "-contains" | "-notcontains" => {
            let found = left.items().iter().any(|one| equal(one, &right));
            Ok(Value::Bool(found == (operator == "-contains")))
        }
        "-in" | "-notin" => {
            let found = right.items().iter().any(|one| equal(one, &left));
            Ok(Value::Bool(found == (operator == "-in")))
        }
        _ => match left {
            Value::List(all) => {
                let mut kept = Vec::new();
                for one in all {
                    if compare(operator, &one, &right, span)? {
                        kept.push(one);
                    }
                }
                Ok(Value::List(kept))
            }
            one => compare(operator, &one, &right, span).map(Value::Bool),
        },
    }
}

fn arithmetic(operator: &str, left: &Value, right: &Value, span: Span) -> Result<Value, Failure> {
    let a = left.number().ok_or_else(|| no_number(left, span))?;
    let b = right.number().ok_or_else(|| no_number(right, span))?;
    if b == 0 && matches!(operator, "/" | "%") {
        return Err(Failure {
            category: "NotSpecified",
            ..Failure::runtime("Attempted to divide by zero.", "RuntimeException", span)
        });
    }
    let done = match operator {
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    done.map(Value::Int).ok_or_else(|| too_large(span))
}

/// Evaluates `-f`, which fills in `{0}`, `{1}` …
fn format_text(form: &str, values: &[Value]) -> String {
    let mut text = form.to_owned();
    for (at, value) in values.iter().enumerate() {
        text = text.replace(&format!("{{{at}}}"), &value.text());
    }
    text
}

pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Int(left), right) => right.number() == Some(*left),
        (left, right) => left.text().to_lowercase() == right.text().to_lowercase(),
    }
}

fn compare(operator: &str, left: &Value, right: &Value, span: Span) -> Result<bool, Failure> {
    let order = || match (left.number(), right.number()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.text().to_lowercase().cmp(&right.text().to_lowercase()),
    };
    Ok(match operator {
        "-eq" => equal(left, right),
        "-ne" => !equal(left, right),
        "-gt" => order().is_gt(),
        "-lt" => order().is_lt(),
        "-ge" => order().is_ge(),
        "-le" => order().is_le(),
        "-like" => like(&left.text(), &right.text()),
        "-notlike" => !like(&left.text(), &right.text()),
        "-match" => pattern(&right.text(), span)?.is_match(&left.text()),
        _ => !pattern(&right.text(), span)?.is_match(&left.text()),
    })
}

/// Compiles a regular expression that ignores case.
pub(super) fn pattern(text: &str, span: Span) -> Result<regex_lite::Regex, Failure> {
    RegexBuilder::new(text)
        .case_insensitive(true)
        .size_limit(1 << 20)
        .build()
        .map_err(|_| {
            let message = format!("parsing \"{text}\" - the pattern is not valid.");
            Failure {
                category: "OperationStopped",
                exception: "ArgumentException",
                ..Failure::runtime(&message, "System.ArgumentException", span)
            }
        })
}

/// True if a text matches a pattern of `*` and `?` (about_Wildcards).
pub(super) fn like(text: &str, pattern: &str) -> bool {
    hsmlab_sim::wildcard::matches_classes(&pattern.to_lowercase(), &text.to_lowercase())
}

/// The named fields of a record, or all.
pub(super) fn picked(record: &Record, names: &[String]) -> Vec<(String, Value)> {
    if names.iter().any(|name| name == "*") {
        return record.fields.clone();
    }
    names
        .iter()
        .map(|name| {
            let known = record
                .fields
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            match known {
                Some((known, value)) => (known.clone(), value.clone()),
                None => (name.clone(), Value::Null),
            }
        })
        .collect()
}
