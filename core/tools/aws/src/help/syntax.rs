//! The two notations of a structured parameter: shorthand and JSON.

use hsmlab_api::model::{Kind, Service, Shape};

/// The deepest nesting of examples.
const DEPTH_MAX: usize = 6;

/// The shorthand form, if the parameter is structured.
pub(super) fn shorthand(service: &Service, shape: &Shape) -> Option<String> {
    match &shape.kind {
        Kind::List(element) => {
            let element = service.shape(*element);
            Some(if element.is_complex() {
                format!("{} ...", part(service, element, 0))
            } else {
                let one = quoted(element);
                format!("{one} {one} ...")
            })
        }
        Kind::Structure(_) | Kind::Map(..) => Some(part(service, shape, 0)),
        _ => None,
    }
}

fn part(service: &Service, shape: &Shape, depth: usize) -> String {
    if depth > DEPTH_MAX {
        return "...".into();
    }
    let braced = |inner: String| {
        if depth > 0 {
            format!("{{{inner}}}")
        } else {
            inner
        }
    };
    match &shape.kind {
        Kind::Structure(structure) => {
            let members = structure.members.iter().map(|member| {
                let inner = part(service, service.shape(member.shape), depth + 1);
                format!("{}={inner}", member.name)
            });
            braced(members.collect::<Vec<_>>().join(","))
        }
        Kind::List(element) => {
            let element = service.shape(*element);
            let inner = part(service, element, depth + 1);
            if element.is_complex() || depth > 1 {
                format!("[{inner},{inner}]")
            } else {
                format!("{inner},{inner}")
            }
        }
        Kind::Map(_, value) => {
            let inner = part(service, service.shape(*value), depth + 1);
            braced(format!("KeyName1={inner},KeyName2={inner}"))
        }
        _ => shape.type_name().to_owned(),
    }
}

/// The JSON form, line by line.
pub(super) fn json(service: &Service, shape: &Shape) -> Vec<String> {
    let mut lines = vec![String::new()];
    write(service, shape, 0, 0, &mut lines);
    lines
}

fn write(service: &Service, shape: &Shape, column: usize, depth: usize, lines: &mut Vec<String>) {
    if depth > DEPTH_MAX {
        add(lines, "...");
        return;
    }
    let at = |column: usize, text: &str| format!("{}{text}", " ".repeat(column));
    match &shape.kind {
        Kind::Structure(structure) => {
            add(lines, "{");
            let last = structure.members.len();
            for (number, member) in structure.members.iter().enumerate() {
                lines.push(at(column + 2, &format!("\"{}\": ", member.name)));
                write(
                    service,
                    service.shape(member.shape),
                    column + 2,
                    depth + 1,
                    lines,
                );
                if number + 1 < last {
                    add(lines, ",");
                }
            }
            lines.push(at(column, "}"));
        }
        Kind::List(element) if service.shape(*element).is_complex() => {
            add(lines, "[");
            lines.push(at(column + 2, ""));
            write(
                service,
                service.shape(*element),
                column + 2,
                depth + 1,
                lines,
            );
            lines.push(at(column + 2, "..."));
            lines.push(at(column, "]"));
        }
        Kind::List(element) => {
            let one = quoted(service.shape(*element));
            add(lines, &format!("[{one}, ...]"));
        }
        Kind::Map(_, value) => {
            add(lines, "{\"string\": ");
            write(service, service.shape(*value), column + 2, depth + 1, lines);
            lines.push(at(column + 2, "...}"));
        }
        _ => add(lines, &quoted(shape)),
    }
}

fn add(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// The example of a scalar in JSON.
fn quoted(shape: &Shape) -> String {
    match shape.kind {
        Kind::String if shape.enumeration.is_empty() => "\"string\"".into(),
        Kind::String => {
            let values = shape.enumeration.iter().map(|value| format!("\"{value}\""));
            values.collect::<Vec<_>>().join("|")
        }
        Kind::Boolean => "true|false".into(),
        _ => shape.type_name().to_owned(),
    }
}
