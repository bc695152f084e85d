//! Cmdlets that print values and that choose or measure the fields of objects.

use std::rc::Rc;

use super::{Cmdlet, Output, Parameter};
use crate::call::Call;
use crate::evaluate::picked;
use crate::render;
use crate::run::Shell;
use crate::value::{Record, Value, View};

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet {
        name: "Write-Output",
        parameters: &[
            Parameter::rest("InputObject").piped(),
            Parameter::switch("NoEnumerate", &[]),
        ],
        run: |_, call| Ok(given(call)),
    },
    Cmdlet {
        name: "Write-Host",
        parameters: &[
            Parameter::rest("Object").piped(),
            Parameter::switch("NoNewline", &[]),
            Parameter::one("ForegroundColor", &[]),
            Parameter::one("BackgroundColor", &[]),
        ],
        run: write_host,
    },
    Cmdlet {
        name: "Out-Null",
        parameters: &[Parameter::at("InputObject").piped()],
        run: |_, _| Ok(Vec::new()),
    },
    Cmdlet {
        name: "Out-Host",
        parameters: &[Parameter::switch("Paging", &[])],
        run: |shell, call| {
            let text = render::render(&call.input.clone().unwrap_or_default());
            shell.io.out(text);
            Ok(Vec::new())
        },
    },
    Cmdlet {
        name: "Out-String",
        parameters: &[
            Parameter::switch("Stream", &[]),
            Parameter::one("Width", &[]),
        ],
        run: |_, call| {
            let text = render::render(&call.input.clone().unwrap_or_default());
            if call.flag("Stream") {
                return Ok(text.lines().map(Value::from).collect());
            }
            Ok(vec![text.into()])
        },
    },
    Cmdlet {
        name: "Format-List",
        parameters: &[Parameter::rest("Property")],
        run: format_list,
    },
    Cmdlet {
        name: "Format-Table",
        parameters: &[
            Parameter::rest("Property"),
            Parameter::switch("AutoSize", &[]),
            Parameter::switch("Wrap", &[]),
            Parameter::switch("HideTableHeaders", &[]),
        ],
        run: format_table,
    },
    Cmdlet {
        name: "Select-Object",
        parameters: &[
            Parameter::rest("Property"),
            Parameter::one("First", &[]),
            Parameter::one("Last", &[]),
            Parameter::one("Skip", &[]),
            Parameter::one("ExpandProperty", &[]),
            Parameter::switch("Unique", &[]),
        ],
        run: select,
    },
    Cmdlet {
        name: "Measure-Object",
        parameters: &[
            Parameter::switch("Line", &[]),
            Parameter::switch("Character", &[]),
        ],
        run: measure,
    },
];

fn given(call: &Call) -> Vec<Value> {
    match call.value("InputObject") {
        Some(value) => value.clone().items(),
        None => call.input.clone().unwrap_or_default(),
    }
}

fn write_host(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let values = match call.value("Object") {
        Some(value) => value.clone().items(),
        None => call.input.clone().unwrap_or_default(),
    };
    let words: Vec<String> = values.iter().map(Value::text).collect();
    let end = if call.flag("NoNewline") { "" } else { "\n" };
    shell.io.out(format!("{}{end}", words.join(" ")));
    Ok(Vec::new())
}

/// The pipeline's input as records. A value that is not a record becomes a record with itself as its
/// only field.
fn records(call: &Call) -> Vec<Rc<Record>> {
    let values = call.input.clone().unwrap_or_default();
    values
        .into_iter()
        .filter_map(|value| match value {
            Value::Record(record) => Some(record),
            Value::Null => None,
            other => Some(Rc::new(Record {
                kind: "System.String",
                text: other.text(),
                fields: vec![("Length".into(), crate::evaluate::member(&other, "Length"))],
                view: View::List,
            })),
        })
        .collect()
}

/// Turns the text of a `Format-…` cmdlet into lines, which are shown unchanged.
fn shown(text: &str) -> Vec<Value> {
    text.lines().map(Value::from).collect()
}

fn format_list(_: &mut Shell<'_, '_>, call: &Call) -> Output {
    let records = records(call);
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let all: Vec<&Record> = records.iter().map(|record| &**record).collect();
    let names = call.texts("Property");
    let wanted = (!names.is_empty() && !names.contains(&"*".to_owned())).then_some(names);
    let mut text = String::new();
    render::list(&all, wanted.as_deref(), &mut text);
    Ok(shown(&text))
}

fn format_table(_: &mut Shell<'_, '_>, call: &Call) -> Output {
    let records = records(call);
    let Some(first) = records.first() else {
        return Ok(Vec::new());
    };
    let mut names = call.texts("Property");
    if names.is_empty() || names.contains(&"*".to_owned()) {
        if matches!(first.view, View::Files | View::Table(_)) && names.is_empty() {
            let values: Vec<Value> = records.into_iter().map(Value::Record).collect();
            return Ok(shown(&render::render(&values)));
        }
        names = first.fields.iter().map(|(name, _)| name.clone()).collect();
    }
    let titles: Vec<(String, usize, bool)> = picked(first, &names)
        .into_iter()
        .map(|(name, value)| (name, 0, matches!(value, Value::Int(_))))
        .collect();
    let rows: Vec<Vec<String>> = records
        .iter()
        .map(|record| {
            picked(record, &names)
                .into_iter()
                .map(|(_, value)| value.text())
                .collect()
        })
        .collect();
    let mut text = String::new();
    render::rows_below(&titles, &rows, &mut text);
    if call.flag("HideTableHeaders") {
        let rows: Vec<&str> = text.lines().skip(3).collect();
        text = format!("\n{}\n", rows.join("\n"));
    }
    Ok(shown(&text))
}

fn select(_: &mut Shell<'_, '_>, call: &Call) -> Output {
    let mut values = call.input.clone().unwrap_or_default();
    let count = |name: &str| {
        call.number(name)
            .and_then(|count| usize::try_from(count).ok())
    };
    if let Some(skip) = count("Skip") {
        values.drain(..skip.min(values.len()));
    }
    if let Some(first) = count("First") {
        values.truncate(first);
    }
    if let Some(last) = count("Last") {
        values.drain(..values.len().saturating_sub(last));
    }
    if let Some(name) = call.text("ExpandProperty") {
        values = values
            .iter()
            .flat_map(|value| crate::evaluate::member(value, &name).items())
            .collect();
    }
    let names = call.texts("Property");
    if !names.is_empty() {
        values = values
            .iter()
            .map(|value| match value {
                Value::Record(record) => {
                    let fields = picked(record, &names);
                    Value::Record(Rc::new(chosen(fields)))
                }
                other => {
                    let fields = names
                        .iter()
                        .map(|name| (name.clone(), crate::evaluate::member(other, name)))
                        .collect();
                    Value::Record(Rc::new(chosen(fields)))
                }
            })
            .collect();
    }
    if call.flag("Unique") {
        let mut seen = Vec::new();
        values.retain(|value| {
            let fresh = !seen.contains(value);
            if fresh {
                seen.push(value.clone());
            }
            fresh
        });
    }
    Ok(values)
}

/// A record of chosen fields. (PowerShell shows up to four in a table; the lab shows all in a list.)
fn chosen(fields: Vec<(String, Value)>) -> Record {
    let text: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", value.text()))
        .collect();
    Record {
        kind: "Selected.System.Management.Automation.PSCustomObject",
        text: format!("@{{{}}}", text.join("; ")),
        fields,
        view: View::List,
    }
}

fn measure(_: &mut Shell<'_, '_>, call: &Call) -> Output {
    let values = call.input.clone().unwrap_or_default();
    let number = |count: usize| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let lines: usize = values
        .iter()
        .map(|value| value.text().lines().count())
        .sum();
    let characters: usize = values
        .iter()
        .map(|value| value.text().chars().count())
        .sum();
    if call.flag("Line") || call.flag("Character") {
        let fields = [("Lines", number(lines)), ("Characters", number(characters))];
        return Ok(vec![Value::record(
            "Microsoft.PowerShell.Commands.TextMeasureInfo",
            "Microsoft.PowerShell.Commands.TextMeasureInfo",
            View::List,
            fields,
        )]);
    }
    let kind = "Microsoft.PowerShell.Commands.GenericMeasureInfo";
    let empty =
        ["Average", "Sum", "Maximum", "Minimum", "Property"].map(|name| (name, Value::Null));
    let fields = [("Count", number(values.len()))].into_iter().chain(empty);
    Ok(vec![Value::record(kind, kind, View::List, fields)])
}
