//! The developer tasks that need the simulated world. `cargo xtask` starts this program for them, so it
//! does not have to compile the world itself.

mod coverage;
mod goldens;
mod models;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer tasks of HSM Lab")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs captured lines of the real AWS CLI in the lab's `aws`.
    Goldens(goldens::Arguments),
    /// Makes docs/coverage.md: operations and errors of AWS, of the lab and of moto.
    Coverage(coverage::Arguments),
    /// Makes the service models in core/models from botocore's data.
    Models(models::Arguments),
}

fn main() -> ExitCode {
    let ended = match Arguments::parse().task {
        Task::Goldens(arguments) => goldens::run(&arguments),
        Task::Coverage(arguments) => coverage::run(&arguments),
        Task::Models(arguments) => models::run(&arguments),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
