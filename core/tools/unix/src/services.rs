//! Services: `service`, `systemctl` and `journalctl`, for the services that packages install. The
//! texts are systemd's.

use hsmlab_shell::host::{Host, Os};
use hsmlab_shell::process::Io;
use hsmlab_sim::SimTime;
use hsmlab_tool_software::daemon;

pub(super) fn service(argv: &[String], io: &mut Io<'_>) -> i32 {
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).collect();
    let [name, verb, ..] = words.as_slice() else {
        io.err("Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]\n");
        return 1;
    };
    let (name, verb) = ((*name).to_owned(), (*verb).to_owned());
    if !io.host.os.is_debian() {
        io.err(format!(
            "Redirecting to /bin/systemctl {verb} {name}.service\n"
        ));
    }
    control(&verb, &name, io)
}

pub(super) fn systemctl(argv: &[String], io: &mut Io<'_>) -> i32 {
    let words: Vec<&str> = argv
        .iter()
        .skip(1)
        .map(String::as_str)
        .filter(|word| !word.starts_with('-'))
        .collect();
    match words.as_slice() {
        [verb, name, ..] => {
            let (verb, name) = ((*verb).to_owned(), (*name).to_owned());
            control(&verb, name.strip_suffix(".service").unwrap_or(&name), io)
        }
        [verb] => {
            io.err(format!(
                "hsmlab: this lab's systemctl {verb} needs the name of a service\n"
            ));
            1
        }
        [] => {
            io.err("hsmlab: this lab's systemctl needs an action and the name of a service\n");
            1
        }
    }
}

fn known(host: &Host, name: &str) -> bool {
    name == daemon::SERVICE && daemon::installed(host)
}

fn control(verb: &str, name: &str, io: &mut Io<'_>) -> i32 {
    let unit = format!("{name}.service");
    if !known(io.host, name) {
        return match verb {
            "status" => {
                io.err(format!("Unit {unit} could not be found.\n"));
                4
            }
            "is-active" => {
                io.out("inactive\n");
                3
            }
            verb => {
                io.err(format!("Failed to {verb} {unit}: Unit {unit} not found.\n"));
                5
            }
        };
    }
    match verb {
        "status" => status(name, io),
        "is-active" => {
            let runs = daemon::runs(io.host);
            io.out(if runs { "active\n" } else { "inactive\n" });
            if runs { 0 } else { 3 }
        }
        "start" | "stop" | "restart" | "reload" | "enable" | "disable" => {
            if io.login.user != "root" {
                io.err(format!(
                    "Failed to {verb} {unit}: Interactive authentication required.\n\
                     See system logs and 'systemctl status {unit}' for details.\n"
                ));
                return 1;
            }
            if matches!(verb, "stop" | "restart") {
                daemon::stop(io.host);
            }
            if matches!(verb, "start" | "restart") {
                daemon::start(io);
            }
            0
        }
        other => {
            io.err(format!("Unknown operation {other}.\n"));
            1
        }
    }
}

/// `Mon 2023-05-01 10:00:00 UTC`.
fn stamp(at: SimTime) -> String {
    let utc = at.to_utc();
    let weekday = utc.weekday().to_string();
    format!(
        "{} {:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
        weekday.get(..3).unwrap_or_default(),
        utc.year(),
        u8::from(utc.month()),
        utc.day(),
        utc.hour(),
        utc.minute(),
        utc.second()
    )
}

/// The time format at the beginning of journal lines: `May 01 10:00:00`.
fn short_stamp(at: SimTime) -> String {
    let utc = at.to_utc();
    let month = utc.month().to_string();
    format!(
        "{} {:02} {:02}:{:02}:{:02}",
        month.get(..3).unwrap_or_default(),
        utc.day(),
        utc.hour(),
        utc.minute(),
        utc.second()
    )
}

/// The lab has no process ids, but journal lines have one.
const PROCESS_ID: u32 = 2517;

fn journal(name: &str, io: &Io<'_>, lines: usize) -> String {
    let Some(service) = io.host.services.get(name) else {
        return String::new();
    };
    let from = service.log.len().saturating_sub(lines);
    let shown = service.log.get(from..).unwrap_or_default();
    shown
        .iter()
        .map(|(at, line)| {
            // The daemon's own lines begin with its own time: `2018-12-24T18:28:54Z liquidSecurity ERR:`.
            let own = at.to_string();
            let own = own.split('.').next().unwrap_or_default();
            let own = own.strip_suffix('Z').unwrap_or(own);
            format!(
                "{} {} cloudhsm_client[{PROCESS_ID}]: {own}Z {line}\n",
                short_stamp(*at),
                io.host.name
            )
        })
        .collect()
}

fn status(name: &str, io: &mut Io<'_>) -> i32 {
    let service = io.host.services.get(name).cloned().unwrap_or_default();
    // Guess: the unit's description and path.
    let head = format!(
        "● {name}.service - AWS CloudHSM client\n   \
         Loaded: loaded (/etc/systemd/system/{name}.service; enabled; vendor preset: {})\n",
        if matches!(io.host.os, Os::Ubuntu2204 | Os::Ubuntu2404) {
            "enabled"
        } else {
            "disabled"
        }
    );
    let (active, code) = match service.started {
        Some(at) => (
            format!(
                "   Active: active (running) since {}\n Main PID: {PROCESS_ID} (cloudhsm_client)\n   \
                 CGroup: /system.slice/{name}.service\n           \
                 └─{PROCESS_ID} /opt/cloudhsm/bin/cloudhsm_client {}\n",
                stamp(at),
                daemon::config_path(io.host.os)
            ),
            0,
        ),
        None if service.failed => ("   Active: failed (Result: exit-code)\n".to_owned(), 3),
        None => ("   Active: inactive (dead)\n".to_owned(), 3),
    };
    let lines = journal(name, io, 10);
    let gap = if lines.is_empty() { "" } else { "\n" };
    io.out(format!("{head}{active}{gap}{lines}"));
    code
}

pub(super) fn journalctl(argv: &[String], io: &mut Io<'_>) -> i32 {
    let mut words = argv.iter().skip(1);
    let (mut unit, mut lines) = (None, usize::MAX);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-u" | "--unit" => unit = words.next().cloned(),
            "-n" | "--lines" => {
                lines = words
                    .next()
                    .and_then(|count| count.parse().ok())
                    .unwrap_or(10);
            }
            other => {
                if let Some(name) = other.strip_prefix("--unit=") {
                    unit = Some(name.to_owned());
                } else if let Some(name) = other.strip_prefix("-fu").filter(|name| !name.is_empty())
                {
                    unit = Some(name.to_owned());
                } else if other == "-fu" || other == "-xeu" {
                    unit = words.next().cloned();
                }
            }
        }
    }
    let unit = unit.unwrap_or_else(|| daemon::SERVICE.to_owned());
    let name = unit.strip_suffix(".service").unwrap_or(&unit);
    let text = journal(name, io, lines);
    if text.is_empty() {
        io.out("-- No entries --\n");
    } else {
        io.out(text);
    }
    0
}
