//! `hsmlab run`: plays lines and prints what a learner would see.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use hsmlab_protocol::Event;
use hsmlab_protocol::event::Stream;
use hsmlab_sim::SimTime;
use serde_json::{Value, json};

use hsmlab_core::session::drive::{Driver, Origin, Played};

use crate::seed::seed;
use crate::worlds;

/// Options of `hsmlab run`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The seed of the world; without it every run has another world.
    #[arg(long)]
    seed: Option<u64>,
    /// The lab in whose world the lines are typed; without it, the playground.
    #[arg(long, value_name = "LAB")]
    lab: Option<PathBuf>,
    /// The named world that the lines are typed in, as `ready-2`: a playground that begins there.
    #[arg(long, value_name = "NAME", conflicts_with = "lab")]
    world: Option<String>,
    /// The folder of the named worlds; without it the one next to the lab's folder, or static/worlds.
    #[arg(long, value_name = "FOLDER")]
    worlds: Option<PathBuf>,
    /// Print one JSON object per line: line, stdout, stderr, exit, time.
    #[arg(long)]
    json: bool,
    /// With --json, also print the calls that each line made to AWS: service, operation, parameters.
    #[arg(long, requires = "json")]
    wire: bool,
    /// Print the digest of the world at the end.
    #[arg(long)]
    fingerprint: bool,
    /// The lines; “-” reads standard input. A line `#@ NAME` continues in the terminal of the
    /// instance with that Name tag (or of cloudshell); lines that begin with `#! ` start faults and
    /// let time pass (docs/labs.md).
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Plays the lines; the exit status is 0 if the last command's was.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match play(arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "hsmlab: {message}");
            ExitCode::from(2)
        }
    }
}

fn play(arguments: &Arguments) -> Result<i32, String> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let lab = arguments.lab.as_ref().map(read).transpose()?;
    let text = if arguments.file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| format!("standard input: {error}"))?;
        text
    } else {
        read(&arguments.file)?
    };
    let folder = worlds::folder(arguments.worlds.as_deref(), arguments.lab.as_deref());
    let origin = Origin {
        lab,
        world: arguments.world.clone(),
        worlds: worlds::read(&folder)?,
    };
    let mut driver =
        Driver::start_in(seed(arguments.seed)?, origin).map_err(|faults| match &arguments.lab {
            Some(path) => faults
                .lines()
                .map(|fault| format!("{}: {fault}", path.display()))
                .collect::<Vec<_>>()
                .join("\n"),
            None => faults,
        })?;
    let mut terminal = 1;
    let mut last = 0;
    for line in text.lines() {
        if let Some(host) = line.strip_prefix("#@ ") {
            terminal = driver.terminal(host.trim())?;
            continue;
        }
        let played = match driver.directive(terminal, line) {
            Some(played) => played,
            None => driver.line(terminal, line),
        };
        last = played.status.unwrap_or(last);
        print(arguments, line, &played, driver.now_ms()).map_err(|error| error.to_string())?;
    }
    // As at the end of any script, wait for a running program.
    let rest = driver.wait(terminal);
    if !rest.events.is_empty() {
        last = rest.status.unwrap_or(last);
        print(arguments, "", &rest, driver.now_ms()).map_err(|error| error.to_string())?;
    }
    if driver.is_running(terminal) {
        let what = "a program is still running after an hour: end it with “#! interrupt”";
        return Err(what.to_owned());
    }
    if arguments.fingerprint {
        writeln!(std::io::stdout(), "{}", driver.fingerprint())
            .map_err(|error| error.to_string())?;
    }
    Ok(last)
}

fn print(arguments: &Arguments, line: &str, played: &Played, now_ms: u64) -> std::io::Result<()> {
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    if arguments.json {
        let mut object = json!({
            "line": line,
            "stdout": played.text(Stream::Stdout),
            "stderr": played.text(Stream::Stderr),
            "exit": played.status,
            "time": SimTime::from_unix_ms(now_ms).to_string(),
        });
        if let Some(refusal) = played.refusal() {
            object["refused"] = Value::String(refusal);
        }
        if arguments.wire {
            object["calls"] = played
                .events
                .iter()
                .filter_map(|event| match event {
                    Event::Called {
                        service,
                        operation,
                        params,
                    } => Some(
                        json!({ "service": service, "operation": operation, "params": params }),
                    ),
                    _ => None,
                })
                .collect();
        }
        return writeln!(out, "{object}");
    }
    for event in &played.events {
        match event {
            Event::Output {
                stream: Stream::Stdout,
                text,
                ..
            } => write!(out, "{text}")?,
            Event::Output {
                stream: Stream::Stderr,
                text,
                ..
            } => write!(err, "{text}")?,
            Event::Output {
                stream: Stream::Note,
                text,
                ..
            } => write!(err, "# {text}")?,
            Event::Failed { what, remedy } => writeln!(err, "hsmlab: {what} {remedy}")?,
            _ => {}
        }
        out.flush()?;
    }
    Ok(())
}
