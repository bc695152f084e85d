//! Services: the service of Client SDK 3, and some services of Windows on EC2.

use super::{Cmdlet, Output, Parameter};
use crate::call::Call;
use crate::evaluate::like;
use crate::failure::Failure;
use crate::run::Shell;
use crate::value::{Column, Value, View};
use hsmlab_shell::host::Host;
use hsmlab_shell::process::Io;
use hsmlab_tool_software::daemon;

/// The service of Client SDK 3 (User Guide of 2023, "configure-sdk-3", on Windows).
pub(super) const CLIENT: &str = "AWSCloudHSMClient";

/// The services that always run: name and display name.
const ALWAYS: [(&str, &str); 5] = [
    ("AmazonSSMAgent", "Amazon SSM Agent"),
    ("EC2Launch", "Amazon EC2Launch"),
    ("TermService", "Remote Desktop Services"),
    ("W32Time", "Windows Time"),
    ("WinRM", "Windows Remote Management (WS-Management)"),
];

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet {
        name: "Get-Service",
        parameters: &[Parameter::at("Name"), Parameter::one("DisplayName", &[])],
        run: get,
    },
    Cmdlet {
        name: "Start-Service",
        parameters: &[
            Parameter::at("Name").must().piped(),
            Parameter::switch("PassThru", &[]),
        ],
        run: |shell, call| change(shell, call, false, true),
    },
    Cmdlet {
        name: "Stop-Service",
        parameters: &[
            Parameter::at("Name").must().piped(),
            Parameter::switch("PassThru", &[]),
            Parameter::switch("Force", &[]),
        ],
        run: |shell, call| change(shell, call, true, false),
    },
    Cmdlet {
        name: "Restart-Service",
        parameters: &[
            Parameter::at("Name").must().piped(),
            Parameter::switch("PassThru", &[]),
            Parameter::switch("Force", &[]),
        ],
        run: |shell, call| change(shell, call, true, true),
    },
];

/// Every service: name, display name, and true if it is running.
pub(super) fn all(host: &Host) -> Vec<(&'static str, &'static str, bool)> {
    let mut all: Vec<(&str, &str, bool)> = ALWAYS
        .iter()
        .map(|(name, title)| (*name, *title, true))
        .collect();
    if daemon::installed(host) {
        all.insert(1, (CLIENT, CLIENT, daemon::runs(host)));
    }
    all
}

pub(super) fn find(host: &Host, name: &str) -> Option<(&'static str, &'static str, bool)> {
    all(host).into_iter().find(|(known, title, _)| {
        known.eq_ignore_ascii_case(name) || title.eq_ignore_ascii_case(name)
    })
}

fn record((name, title, runs): (&str, &str, bool)) -> Value {
    const COLUMNS: &[Column] = &[
        Column {
            field: "Status",
            title: "Status",
            width: 8,
            right: false,
        },
        Column {
            field: "Name",
            title: "Name",
            width: 18,
            right: false,
        },
        Column {
            field: "DisplayName",
            title: "DisplayName",
            width: 0,
            right: false,
        },
    ];
    let status = if runs { "Running" } else { "Stopped" };
    Value::record(
        "System.ServiceProcess.ServiceController",
        name,
        View::Table(COLUMNS),
        [
            ("Status", Value::from(status)),
            ("Name", name.into()),
            ("DisplayName", title.into()),
        ],
    )
}

fn unknown(call: &Call, name: &str) -> Failure {
    call.failure(
        &format!("Cannot find any service with service name '{name}'."),
        "ObjectNotFound",
        (name, "String"),
        "ServiceCommandException",
        "NoServiceFoundForGivenName",
    )
}

fn get(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let mut names = call.texts("Name");
    names.extend(call.texts("DisplayName"));
    let services = all(shell.io.host);
    if names.is_empty() {
        return Ok(services.into_iter().map(record).collect());
    }
    let mut found = Vec::new();
    for name in names {
        let fitting: Vec<Value> = services
            .iter()
            .filter(|(known, title, _)| like(known, &name) || like(title, &name))
            .map(|service| record(*service))
            .collect();
        if fitting.is_empty() && !name.contains(['*', '?']) {
            shell.report(&unknown(call, &name));
        }
        found.extend(fitting);
    }
    Ok(found)
}

/// Starts or stops a service; returns `false` if it did not start. Windows' own services always run.
pub(super) fn set(io: &mut Io<'_>, name: &str, runs: bool) -> bool {
    if name != CLIENT {
        return runs;
    }
    if runs {
        daemon::start(io);
    } else {
        daemon::stop(io.host);
    }
    daemon::runs(io.host) == runs
}

fn change(shell: &mut Shell<'_, '_>, call: &Call, stop: bool, start: bool) -> Output {
    let mut names = call.texts("Name");
    if names.is_empty() {
        let piped = call.input.clone().unwrap_or_default();
        names.extend(piped.iter().map(Value::text));
    }
    let mut changed = Vec::new();
    for name in names {
        let Some((known, title, _)) = find(shell.io.host, &name) else {
            shell.report(&unknown(call, &name));
            continue;
        };
        let mut done = true;
        if stop {
            done = set(shell.io, known, false);
        }
        if start && (done || known == CLIENT) {
            done = set(shell.io, known, true);
        }
        if !done {
            let verb = if start { "start" } else { "stop" };
            let id = if start {
                "StartServiceFailed"
            } else {
                "CouldNotStopService"
            };
            shell.report(&call.failure(
                &format!("Failed to {verb} service '{title} ({known})'."),
                "OpenError",
                (
                    "System.ServiceProcess.ServiceController",
                    "ServiceController",
                ),
                "ServiceCommandException",
                id,
            ));
        }
        changed.extend(find(shell.io.host, known).map(record));
    }
    if call.flag("PassThru") {
        return Ok(changed);
    }
    Ok(Vec::new())
}
