//! Rules of the code that the compiler does not hold.

mod circles;
mod crates;
mod edges;
mod imports;
mod lines;
mod ratchets;
pub(crate) mod source;
mod words;

use std::path::{Path, PathBuf};

use crate::setup;
use xtask::shell::{root, run, say};

/// What `tidy` does besides checking.
#[derive(Clone, Copy, Default, clap::Args)]
pub(crate) struct Options {
    /// Writes the figures that fell into xtask/ratchets.tsv.
    #[arg(long)]
    lower: bool,
    /// Prints each place of a banned word.
    #[arg(long)]
    words: bool,
    /// Prints each circle of files that import one another.
    #[arg(long)]
    circles: bool,
}

/// A file of the tree.
struct File {
    /// The path from the workspace's folder, with `/`.
    name: String,
    text: String,
}

/// Checks the rules.
///
/// # Errors
/// Every breach, with its place.
pub(crate) fn tidy(options: Options) -> Result<(), String> {
    let root = root();
    let sources = files(&root, SOURCES, &["rs"]);
    let spoken = words::places(&files(&root, words::FOLDERS, words::ENDINGS), &root)?;
    if options.words {
        for place in &spoken.places {
            say(&place.shown());
        }
    }
    if options.circles {
        for circle in circles::shown(&sources) {
            say(&circle);
        }
    }
    let mut figures = ratchets::figures(&sources);
    figures.extend(spoken.figures());
    figures.extend(circles::figures(&sources));
    let mut breaches = spoken.breaches;
    let list = root.join(ratchets::LIST);
    breaches.extend(ratchets::check(&list, &figures, options.lower)?);
    breaches.extend(crates::breaches(&root));
    breaches.extend(imports::breaches(&root));
    breaches.extend(lines::breaches(&root, &sources));
    breaches.extend(edges::breaches());
    breaches.extend(run("cargo", &["fmt", "--all", "--check"]).err());
    breaches.extend(dead_dependencies().err());
    if breaches.is_empty() {
        Ok(())
    } else {
        Err(breaches.join("\n"))
    }
}

/// A dependency that no source names is dead.
fn dead_dependencies() -> Result<(), String> {
    setup::machete()?;
    run("cargo-machete", &["--skip-target-dir"])
}

/// The folders of the workspace's crates.
const SOURCES: &[&str] = &["core", "web", "cli", "xtask", "tests"];

/// Folders that hold no source of ours.
const SKIPPED: &[&str] = &["core/models", "tests/data"];

/// All files with one of these endings in the folders (or the files themselves), in order of their names.
fn files(root: &Path, folders: &[&str], endings: &[&str]) -> Vec<File> {
    let mut paths = Vec::new();
    for folder in folders {
        walk(root, &root.join(folder), &mut paths);
    }
    let mut files: Vec<File> = paths
        .into_iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted))
        })
        .map(|path| File {
            name: name(root, &path),
            text: std::fs::read_to_string(&path).unwrap_or_default(),
        })
        .collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}

fn walk(root: &Path, path: &Path, paths: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        paths.push(path.to_owned());
        return;
    }
    let hidden = path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.') || name == "target");
    if hidden || SKIPPED.contains(&name(root, path).as_str()) {
        return;
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        walk(root, &entry.path(), paths);
    }
}

fn name(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .display()
        .to_string()
        .replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_of_every_crate_are_found() {
        let root = std::env::temp_dir().join(format!("hsmlab-tidy-{}", std::process::id()));
        for file in [
            "core/hsm/src/lib.rs",
            "core/hsm/benches/a.rs",
            "core/models/b.rs",
            "core/hsm/Cargo.toml",
            "tests/c.rs",
            "tests/data/d.rs",
            "web/target/e.rs",
        ] {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, "").expect("a file");
        }
        let found = files(&root, SOURCES, &["rs"]);
        std::fs::remove_dir_all(&root).expect("removed");
        let names: Vec<_> = found.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            names,
            ["core/hsm/benches/a.rs", "core/hsm/src/lib.rs", "tests/c.rs"]
        );
    }
}
