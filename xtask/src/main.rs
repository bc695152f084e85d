//! Developer tasks: `cargo xtask TASK`.

mod bench;
mod build;
mod names;
mod setup;
mod sizes;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "Developer tasks of HSM Lab")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Serves the lab at http://127.0.0.1:8080; installs missing tools.
    Serve,
    /// Runs all tests, including those in a real browser; installs missing tools.
    Test {
        /// Only the parts whose names begin with this.
        only: Option<String>,
    },
    /// Builds dist/: static files for any web server, with compressed copies.
    Build {
        /// Prints what both wasm files consist of: bytes by crate, and the largest functions.
        #[arg(long)]
        sizes: bool,
    },
    /// Measures the figures of README.md: sizes, first prompt, replay, longest task. Build first.
    Bench,
    /// Checks the code rules that the compiler does not check.
    Tidy(tidy::Options),
    /// Makes the page's files smaller and gives the worker's names with a hash (a hook of Trunk).
    #[command(hide = true)]
    NameFiles,
    /// Runs captured lines of the real AWS CLI in the lab's `aws`.
    #[command(disable_help_flag = true)]
    Goldens(Passed),
    /// Makes docs/coverage.md: operations and errors of AWS, of the lab and of moto.
    #[command(disable_help_flag = true)]
    Coverage(Passed),
    /// Makes the service models in core/models from botocore's data.
    #[command(disable_help_flag = true)]
    Models(Passed),
}

/// Arguments of a task that needs the simulated world and therefore runs in another program.
#[derive(clap::Args)]
struct Passed {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// Starts the program for the tasks that need the world, with its arguments.
fn world(task: &str, passed: &Passed) -> Result<(), String> {
    let mut cargo = xtask::shell::command("cargo", WORLD);
    cargo.arg(task).args(&passed.words);
    xtask::shell::finish(&mut cargo)
}

const WORLD: &[&str] = &["run", "--quiet", "--package", "xtask-world", "--"];

fn build(sizes: bool) -> Result<(), String> {
    build::build()?;
    if sizes {
        sizes::print()?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let ended = match Arguments::parse().task {
        Task::Serve => build::serve(),
        Task::Test { only } => test::test(only.as_deref()),
        Task::Build { sizes } => build(sizes),
        Task::NameFiles => names::hook(),
        Task::Bench => bench::bench(),
        Task::Tidy(options) => tidy::tidy(options),
        Task::Goldens(passed) => world("goldens", &passed),
        Task::Coverage(passed) => world("coverage", &passed),
        Task::Models(passed) => world("models", &passed),
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
