//! `hsmlab bench`: measures the time of a lab's replay.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use hsmlab_core::lab::Lab;
use hsmlab_core::session::drive::Driver;

use crate::seed::seed;

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

/// Plays a lab's solution several times and prints the median, in milliseconds.
pub(crate) fn bench(arguments: &Arguments) -> ExitCode {
    match measure(arguments) {
        Ok(ms) => {
            let _ = writeln!(std::io::stdout(), "replay_native_ms {ms:.0}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "hsmlab: {message}");
            ExitCode::from(2)
        }
    }
}

fn measure(arguments: &Arguments) -> Result<f64, String> {
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
    let mut times = Vec::new();
    for _ in 0..arguments.runs.max(1) {
        let start = Instant::now();
        let mut driver = Driver::start(seed(Some(1))?, Some(source.clone()))?;
        driver.solve(&lab)?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
