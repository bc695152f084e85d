//! Helpers that run programs and print what runs.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns the folder of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Prints a message to the user of the task.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Makes a command in the workspace's folder, with the tools' folders on its PATH.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(root())
        .env("PATH", path());
    command
}

/// Returns PATH with the tools' install folders in front.
pub fn path() -> OsString {
    let mut folders = vec![root().join("node_modules/.bin"), cargo_bin()];
    folders.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    std::env::join_paths(folders).unwrap_or_default()
}

/// Returns the folder of `cargo install`.
fn cargo_bin() -> PathBuf {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))
        .unwrap_or_default()
        .join("bin")
}

/// Runs a command to its end.
///
/// # Errors
/// It did not start, or it failed.
pub fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    finish(&mut command(program, arguments))
}

/// Runs a prepared command to its end.
///
/// # Errors
/// It did not start, or it failed.
pub fn finish(command: &mut Command) -> Result<(), String> {
    let shown = shown(command);
    say(&format!("$ {shown}"));
    let status = command
        .status()
        .map_err(|error| format!("{shown}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{shown}: {status}"))
    }
}

/// Returns a command's trimmed output; `None` if it does not start or fails.
pub fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = command(program, arguments)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where cargo and Trunk put what they build.
///
/// # Errors
/// Cargo does not say.
pub fn target_folder() -> Result<PathBuf, String> {
    let metadata = [
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ];
    output("cargo", &metadata)
        .as_deref()
        .and_then(|printed| {
            printed
                .split_once("\"target_directory\":\"")?
                .1
                .split('"')
                .next()
        })
        .map(PathBuf::from)
        .ok_or_else(|| "`cargo metadata` failed".into())
}

fn shown(command: &Command) -> String {
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.join(" ")
}
