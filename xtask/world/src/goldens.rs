//! `cargo xtask goldens [FOLDER]`: runs captured lines of the real AWS CLI in the lab's `aws`.
//!
//! Fails if a row differs that is not listed in the folder's `KNOWN.tsv` with a reason, and if a listed row
//! no longer differs.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use hsmlab_tests::awscli::{Difference, folder, known, play_folder};

/// The arguments of `cargo xtask goldens`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A folder with rows, instead of tests/data/awscli.
    folder: Option<PathBuf>,
    /// Print each row that differs: the line, the expected and the actual result.
    #[arg(long)]
    verbose: bool,
}

/// Runs the rows and prints `FILE: N of M` for each file.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let folder = arguments.folder.clone().unwrap_or_else(folder);
    let known = known(&folder)?;
    let mut out = std::io::stdout().lock();
    let mut print = |text: String| writeln!(out, "{text}").map_err(|error| error.to_string());
    let (mut unexplained, mut differing) = (0, BTreeSet::new());
    let played = play_folder(&folder)?;
    if played.is_empty() {
        return Err(format!("{}: no *.jsonl in it", folder.display()));
    }
    for file in played {
        print(format!("{}: {} of {}", file.file, file.passed(), file.rows))?;
        for difference in &file.differences {
            differing.insert(difference.line.clone());
            let reason = known.get(&difference.line);
            unexplained += usize::from(reason.is_none());
            if arguments.verbose {
                print(description(difference, reason.map(String::as_str)))?;
            }
        }
    }
    let stale: Vec<&String> = known
        .keys()
        .filter(|line| !differing.contains(*line))
        .collect();
    for line in &stale {
        print(format!("KNOWN.tsv: does not differ: {line}"))?;
    }
    match (unexplained, stale.len()) {
        (0, 0) => Ok(()),
        (rows, 0) => Err(format!("{rows} rows differ without a reason")),
        (rows, stale) => Err(format!(
            "{rows} rows differ without a reason, {stale} reasons without a row"
        )),
    }
}

fn description(difference: &Difference, reason: Option<&str>) -> String {
    let mut text = format!("\n{}", difference.line);
    if let Some(reason) = reason {
        text.push_str(&format!("\n  known: {reason}"));
    }
    for (part, expected, got) in &difference.parts {
        let indented = |text: &str| text.replace('\n', "\n    | ");
        text.push_str(&format!(
            "\n  {part} expected:\n    | {}\n  {part} got:\n    | {}",
            indented(expected),
            indented(got)
        ));
    }
    text
}
