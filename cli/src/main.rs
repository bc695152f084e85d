//! `hsmlab`: HSM Lab without a browser. It plays scripts of terminal lines, and proves labs.

mod bench;
mod check;
mod index;
mod run;
mod seed;
mod starts;
mod worlds;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// HSM Lab without a browser: the same simulated world that runs in the page.
#[derive(Parser)]
#[command(name = "hsmlab", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play terminal lines and print what a learner would see.
    Run(run::Arguments),
    /// Play a lab's solution and wrong attempts: each check fails before its step and passes after it, and no wrong attempt does a step. Build named worlds: each line succeeds.
    Check(check::Arguments),
    /// Search for the primes of the prepared starts of all labs and worlds, and write them to starts.json.
    Starts(starts::Arguments),
    /// Measure how long a lab's replay takes.
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Starts(arguments) => starts::starts(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
    }
}
