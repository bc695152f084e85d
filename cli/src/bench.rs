//! `hsmlab bench`: how long a lab's world and its replay take.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use hsmlab_core::lab::Lab;
use hsmlab_core::session::Session;
use hsmlab_core::session::drive::{Driver, Origin};
use hsmlab_protocol::{Event, Request};

use crate::seed::seed;
use crate::worlds;

/// Options of `hsmlab bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The lab file.
    #[arg(value_name = "LAB")]
    lab: PathBuf,
    /// The number of runs; the median is printed.
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

/// Plays a lab's solution several times and prints medians, in milliseconds.
pub(crate) fn bench(arguments: &Arguments) -> ExitCode {
    match measure(arguments) {
        Ok(figures) => {
            for (name, ms) in figures {
                let _ = writeln!(std::io::stdout(), "{name} {ms:.0}");
            }
            ExitCode::SUCCESS
        }
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "hsmlab: {message}");
            ExitCode::from(2)
        }
    }
}

/// The time until a lab's world is there, that of its whole solution, and that of restoring the save of
/// it in its owner's page.
fn measure(arguments: &Arguments) -> Result<[(&'static str, f64); 3], String> {
    let path = &arguments.lab;
    let source =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lab = Lab::parse(&source).map_err(|errors| {
        errors
            .iter()
            .map(|error| format!("{}: {error}", path.display()))
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    let worlds = worlds::read(&worlds::folder(None, Some(path)))?;
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..arguments.runs.max(1) {
        let origin = Origin {
            lab: Some(source.clone()),
            world: None,
            worlds: worlds.clone(),
        };
        let start = Instant::now();
        let mut driver = Driver::start_in(seed(Some(1))?, origin.clone())?;
        times[0].push(start.elapsed());
        driver.solve(&lab)?;
        times[1].push(start.elapsed());
        let saved = driver.send(Request::Save).events;
        let Some(Event::Saved { save }) = saved.into_iter().next() else {
            return Err("the session gives no save".into());
        };
        let start = Instant::now();
        let events = Session::with_saved_primes().handle(Request::Restore {
            save,
            lab: origin.lab,
            worlds: origin.worlds,
        });
        times[2].push(start.elapsed());
        if let Some(Event::Failed { what, .. }) = events.first() {
            return Err(what.clone());
        }
    }
    let [began, replayed, restored] = times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1000.0
    });
    Ok([
        ("start_native_ms", began),
        ("replay_native_ms", replayed),
        ("restore_native_ms", restored),
    ])
}
