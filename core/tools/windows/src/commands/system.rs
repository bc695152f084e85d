//! Cmdlets about the session: available commands, history, date and time.

use super::{Cmdlet, Output, Parameter, alias, find, names};
use crate::call::Call;
use crate::evaluate::like;
use crate::native;
use crate::run::Shell;
use crate::value::{Column, Value, View};
use hsmlab_shell::fs::windows_path;
use hsmlab_sim::SimDuration;

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet {
        name: "Get-Command",
        parameters: &[Parameter::at("Name")],
        run: get_command,
    },
    Cmdlet {
        name: "Get-Help",
        parameters: &[Parameter::at("Name"), Parameter::switch("Online", &[])],
        run: help,
    },
    Cmdlet {
        name: "Get-History",
        parameters: &[Parameter::one("Count", &[])],
        run: history,
    },
    Cmdlet {
        name: "Get-Date",
        parameters: &[Parameter::one("Format", &[])],
        run: date,
    },
    Cmdlet {
        name: "Start-Sleep",
        parameters: &[
            Parameter::at("Seconds"),
            Parameter::one("Milliseconds", &["m"]),
        ],
        run: sleep,
    },
];

fn command(kind: &str, name: &str, version: &str, source: &str) -> Value {
    const COLUMNS: &[Column] = &[
        Column {
            field: "CommandType",
            title: "CommandType",
            width: 15,
            right: false,
        },
        Column {
            field: "Name",
            title: "Name",
            width: 50,
            right: false,
        },
        Column {
            field: "Version",
            title: "Version",
            width: 10,
            right: false,
        },
        Column {
            field: "Source",
            title: "Source",
            width: 0,
            right: false,
        },
    ];
    Value::record(
        "System.Management.Automation.CommandInfo",
        name,
        View::Table(COLUMNS),
        [
            ("CommandType", Value::from(kind)),
            ("Name", name.into()),
            ("Version", version.into()),
            ("Source", source.into()),
        ],
    )
}

/// The module that provides a cmdlet.
fn module(name: &str) -> (&'static str, &'static str) {
    match name {
        "Test-NetConnection" => ("1.0.0.0", "NetTCPIP"),
        "mkdir" => ("", ""),
        "Where-Object" | "ForEach-Object" | "Out-Null" | "Out-Host" | "Get-Command"
        | "Get-Help" | "Get-History" => ("3.0.0.0", "Microsoft.PowerShell.Core"),
        _ if find(name).is_some_and(|_| {
            [
                "Item",
                "Location",
                "Content",
                "Path",
                "Service",
                "Process",
                "ChildItem",
            ]
            .iter()
            .any(|noun| name.ends_with(&format!("-{noun}")))
        }) =>
        {
            ("3.1.0.0", "Microsoft.PowerShell.Management")
        }
        _ => ("3.1.0.0", "Microsoft.PowerShell.Utility"),
    }
}

fn get_command(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let cmdlet = |name: &str| {
        let (version, source) = module(name);
        let kind = if name == "mkdir" {
            "Function"
        } else {
            "Cmdlet"
        };
        command(kind, name, version, source)
    };
    let Some(wanted) = call.text("Name") else {
        return Ok(names().into_iter().map(cmdlet).collect());
    };
    if wanted.contains('*') {
        return Ok(names()
            .into_iter()
            .filter(|name| like(name, &wanted))
            .map(cmdlet)
            .collect());
    }
    if let Some(target) = alias(&wanted) {
        return Ok(vec![command(
            "Alias",
            &format!("{wanted} -> {target}"),
            "",
            "",
        )]);
    }
    if let Some(found) = find(&wanted) {
        return Ok(vec![cmdlet(found.name)]);
    }
    if let Some(path) = native::locate(shell.io, &wanted) {
        let shown = windows_path(&path);
        let name = shown.rsplit('\\').next().unwrap_or(&shown).to_owned();
        return Ok(vec![command("Application", &name, "0.0.0.0", &shown)]);
    }
    Err(call.failure(
        &format!("The term '{wanted}' is not recognized as the name of a cmdlet, function, script file, or operable program. Check the spelling of the name, or if a path was included, verify that the path is correct and try again."),
        "ObjectNotFound",
        (&wanted, "String"),
        "CommandNotFoundException",
        "CommandNotFoundException",
    ))
}

/// Prints a cmdlet's syntax as its help: Microsoft's help texts are not copied.
fn help(_: &mut Shell<'_, '_>, call: &Call) -> Output {
    let Some(wanted) = call.text("Name") else {
        return Ok([
            "The lab's PowerShell has the commands that Get-Command lists. Get-Help NAME shows the syntax of a command.",
            "Microsoft's documentation: https://learn.microsoft.com/powershell/module/?view=powershell-5.1",
        ]
        .map(Value::from)
        .to_vec());
    };
    let Some(cmdlet) = find(&wanted) else {
        return Err(call.failure(
            &format!("Get-Help could not find {wanted} in a help file in this session."),
            "ObjectNotFound",
            ("", ""),
            "HelpNotFoundException",
            "HelpNotFound",
        ));
    };
    let mut syntax = format!("    {}", cmdlet.name);
    for parameter in cmdlet.parameters {
        let name = format!("-{}", parameter.name);
        let named = if parameter.positional {
            format!("[{name}]")
        } else {
            name
        };
        let whole = match parameter.takes {
            super::Takes::Nothing => named,
            _ => format!(
                "{named} <{}>",
                if parameter.takes == super::Takes::Rest {
                    "Object[]"
                } else {
                    "string"
                }
            ),
        };
        syntax.push_str(&if parameter.mandatory {
            format!(" {whole}")
        } else {
            format!(" [{whole}]")
        });
    }
    let lines = [
        "",
        "NAME",
        &format!("    {}", cmdlet.name),
        "",
        "SYNTAX",
        &syntax,
        "",
    ]
    .map(Value::from);
    Ok(lines.to_vec())
}

/// The lines of this session, except the current one.
fn history(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    const COLUMNS: &[Column] = &[
        Column {
            field: "Id",
            title: "  Id",
            width: 4,
            right: true,
        },
        Column {
            field: "CommandLine",
            title: "CommandLine",
            width: 0,
            right: false,
        },
    ];
    let lines = shell.io.login.history.clone();
    let before = lines.len().saturating_sub(1);
    let count = call
        .number("Count")
        .and_then(|count| usize::try_from(count).ok());
    let first = count.map_or(0, |count| before.saturating_sub(count));
    let row = |(at, line): (usize, &String)| {
        Value::record(
            "Microsoft.PowerShell.Commands.HistoryInfo",
            line,
            View::Table(COLUMNS),
            [
                ("Id", Value::from((at + 1).to_string().as_str())),
                ("CommandLine", line.as_str().into()),
            ],
        )
    };
    Ok(lines
        .iter()
        .enumerate()
        .take(before)
        .skip(first)
        .map(row)
        .collect())
}

fn date(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let at = shell.io.sys.now().to_utc();
    let (hour, half) = match at.hour() {
        0 => (12, "AM"),
        hour @ 1..=11 => (hour, "AM"),
        12 => (12, "PM"),
        hour => (hour - 12, "PM"),
    };
    if let Some(format) = call.text("Format") {
        let text = format
            .replace("yyyy", &format!("{:04}", at.year()))
            .replace("MM", &format!("{:02}", u8::from(at.month())))
            .replace("dd", &format!("{:02}", at.day()))
            .replace("HH", &format!("{:02}", at.hour()))
            .replace("mm", &format!("{:02}", at.minute()))
            .replace("ss", &format!("{:02}", at.second()));
        return Ok(vec![text.into()]);
    }
    let text = format!(
        "\n{}, {} {}, {} {hour}:{:02}:{:02} {half}\n\n",
        at.weekday(),
        at.month(),
        at.day(),
        at.year(),
        at.minute(),
        at.second()
    );
    Ok(vec![text.into()])
}

fn sleep(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    /// The longest sleep: a year, so that a typing error does not exhaust the world's calendar.
    const MS_MAX: u64 = 31_536_000_000;
    let ms = match (call.number("Seconds"), call.number("Milliseconds")) {
        (_, Some(ms)) => u64::try_from(ms).ok(),
        (Some(seconds), None) => u64::try_from(seconds)
            .ok()
            .and_then(|s| s.checked_mul(1000)),
        (None, None) => None,
    };
    let Some(ms) = ms else {
        let given = call.text("Seconds").unwrap_or_default();
        return Err(call.failure(
            &format!("Cannot bind parameter 'Seconds'. Cannot convert value \"{given}\" to type \"System.Int32\". Error: \"Input string was not in a correct format.\""),
            "InvalidArgument",
            ("", ""),
            "ParameterBindingException",
            "CannotConvertArgumentNoMessage",
        ));
    };
    shell.io.sys.sleep(SimDuration::from_ms(ms.min(MS_MAX)));
    Ok(Vec::new())
}
