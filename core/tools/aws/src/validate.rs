//! The checks that the CLI makes before it sends a call: required members, names, types, and minimum
//! lengths and values. The service makes all other checks.

use super::py::Py;
use hsmlab_api::model::{Kind, Service, Shape};

/// Checks parameters against their shape; an empty list means no problem.
#[must_use]
pub fn problems(params: &Py, shape: &Shape, service: &Service) -> Vec<String> {
    let mut problems = Vec::new();
    check(params, shape, service, "", &mut problems);
    problems
}

fn shown(path: &str) -> &str {
    if path.is_empty() {
        "input"
    } else {
        path.strip_prefix('.').unwrap_or(path)
    }
}

fn check(value: &Py, shape: &Shape, service: &Service, path: &str, problems: &mut Vec<String>) {
    match &shape.kind {
        Kind::Structure(_) => check_structure(value, shape, service, path, problems),
        Kind::List(element) => match value {
            Py::List(items) => {
                check_length(items.len(), shape, path, problems);
                for (index, item) in items.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    check(item, service.shape(*element), service, &path, problems);
                }
            }
            _ => wrong_type(
                value,
                path,
                &["<class 'list'>", "<class 'tuple'>"],
                problems,
            ),
        },
        Kind::Map(key_shape, value_shape) => match value.entries() {
            Some(entries) => {
                for (key, value) in entries {
                    let key_path = format!("{path} (key: {key})");
                    check(
                        &Py::str(key),
                        service.shape(*key_shape),
                        service,
                        &key_path,
                        problems,
                    );
                    let path = format!("{path}.{key}");
                    check(value, service.shape(*value_shape), service, &path, problems);
                }
            }
            None => wrong_type(value, path, &["<class 'dict'>"], problems),
        },
        Kind::String => match value {
            Py::Str(text) => check_length(text.chars().count(), shape, path, problems),
            _ => wrong_type(value, path, &["<class 'str'>"], problems),
        },
        Kind::Integer | Kind::Long => match value {
            Py::Int(number) => check_range(*number, value, shape, path, problems),
            Py::Bool(flag) => check_range(i128::from(*flag), value, shape, path, problems),
            _ => wrong_type(value, path, &["<class 'int'>"], problems),
        },
        Kind::Double | Kind::Float => check_float(value, shape, path, problems),
        Kind::Boolean if matches!(value, Py::Bool(_)) => {}
        Kind::Boolean => wrong_type(value, path, &["<class 'bool'>"], problems),
        Kind::Blob if matches!(value, Py::Bytes(_) | Py::Str(_)) => {}
        Kind::Blob => {
            let types = ["<class 'bytes'>", "<class 'bytearray'>", "file-like object"];
            wrong_type(value, path, &types, problems);
        }
        Kind::Timestamp if is_timestamp(value) => {}
        Kind::Timestamp => {
            let types = ["<class 'datetime.datetime'>", "timestamp-string"];
            wrong_type(value, path, &types, problems);
        }
    }
}

fn check_structure(
    value: &Py,
    shape: &Shape,
    service: &Service,
    path: &str,
    problems: &mut Vec<String>,
) {
    let Some(entries) = value.entries() else {
        wrong_type(value, path, &["<class 'dict'>"], problems);
        return;
    };
    let names = || -> Vec<&str> {
        shape
            .members()
            .iter()
            .map(|member| member.name.as_str())
            .collect()
    };
    if let Kind::Structure(structure) = &shape.kind {
        if structure.union && entries.is_empty() {
            problems.push(format!(
                "Must set one of the following keys for tagged unionstructure {}: {}.",
                shown(path),
                names().join(". ")
            ));
        } else if structure.union && entries.len() > 1 {
            problems.push(format!(
                "Invalid number of parameters set for tagged union structure {}. Can only set one of \
                 the following keys: {}.",
                shown(path),
                names().join(". ")
            ));
        }
    }
    for required in shape.required() {
        if value.get(required).is_none() {
            problems.push(format!(
                "Missing required parameter in {}: \"{required}\"",
                shown(path)
            ));
        }
    }
    for (name, _) in entries {
        if shape.member(name).is_none() {
            problems.push(format!(
                "Unknown parameter in {}: \"{name}\", must be one of: {}",
                shown(path),
                names().join(", ")
            ));
        }
    }
    for (name, value) in entries {
        if let Some(member) = shape.member(name) {
            let path = format!("{path}.{name}");
            check(value, service.shape(member.shape), service, &path, problems);
        }
    }
}

fn wrong_type(value: &Py, path: &str, types: &[&str], problems: &mut Vec<String>) {
    problems.push(format!(
        "Invalid type for parameter {}, value: {}, type: {}, valid types: {}",
        shown(path),
        value.display(),
        value.type_text(),
        types.join(", ")
    ));
}

fn check_length(length: usize, shape: &Shape, path: &str, problems: &mut Vec<String>) {
    if let Some(min) = shape
        .min
        .filter(|min| i64::try_from(length).is_ok_and(|length| length < *min))
    {
        problems.push(format!(
            "Invalid length for parameter {}, value: {length}, valid min length: {min}",
            shown(path)
        ));
    }
}

fn check_range(number: i128, value: &Py, shape: &Shape, path: &str, problems: &mut Vec<String>) {
    if let Some(min) = shape.min.filter(|min| number < i128::from(*min)) {
        problems.push(format!(
            "Invalid value for parameter {}, value: {}, valid min value: {min}",
            shown(path),
            value.display()
        ));
    }
}

#[expect(clippy::cast_precision_loss, reason = "limits are small")]
fn check_float(value: &Py, shape: &Shape, path: &str, problems: &mut Vec<String>) {
    let number = match value {
        Py::Float(number) => *number,
        Py::Int(number) => *number as f64,
        Py::Bool(flag) => f64::from(u8::from(*flag)),
        _ => {
            let types = [
                "<class 'float'>",
                "<class 'decimal.Decimal'>",
                "<class 'int'>",
            ];
            wrong_type(value, path, &types, problems);
            return;
        }
    };
    if let Some(min) = shape.min.filter(|min| number < *min as f64) {
        problems.push(format!(
            "Invalid value for parameter {}, value: {}, valid min value: {min}",
            shown(path),
            value.display()
        ));
    }
}

/// True if a value is a timestamp: a number of seconds, or a text with a date, a time or both.
#[must_use]
pub fn is_timestamp(value: &Py) -> bool {
    match value {
        Py::Int(_) | Py::Float(_) | Py::Date(..) | Py::Bool(_) => true,
        Py::Str(text) => super::timestamps::is_timestamp(text),
        _ => false,
    }
}
