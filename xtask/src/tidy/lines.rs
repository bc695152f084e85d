//! Rules that a look at one source file decides.

use std::path::Path;

use super::File;
use super::source::{Language, Part, blanked, parts};

/// Marks of unfinished work.
const MARKS: &[&str] = &["todo!(", "unimplemented!(", "dbg!("];

/// The page that names each file with a guess.
const FIDELITY: &str = "docs/fidelity.md";

/// The breaches of all files.
pub(super) fn breaches(root: &Path, files: &[File]) -> Vec<String> {
    let fidelity = std::fs::read_to_string(root.join(FIDELITY)).unwrap_or_default();
    files
        .iter()
        .flat_map(|file| breaches_of(file, &fidelity))
        .collect()
}

fn breaches_of(file: &File, fidelity: &str) -> Vec<String> {
    let File { name, text } = file;
    let mut breaches = Vec::new();
    let short = short(name);
    if guesses(text) && !fidelity.contains(&format!("`{short}`")) {
        breaches.push(format!(
            "{name} has a guess: name the file in {FIDELITY}, as `{short}`"
        ));
    }
    if !text.starts_with("//!") && !text.starts_with("#!") {
        breaches.push(format!(
            "{name}: begin with a `//!` line that says what the file is about"
        ));
    }
    let code = blanked(text);
    for (number, line) in code.lines().enumerate() {
        if MARKS.iter().any(|mark| line.contains(mark)) {
            breaches.push(format!("{name}:{}: unfinished", number + 1));
        }
    }
    for number in unreasoned(&code) {
        breaches.push(format!(
            "{name}:{number}: an `allow` needs a `reason`; better an `expect` with one"
        ));
    }
    breaches
}

/// How docs/fidelity.md names a file: of the core the path below `core/`, without its `src/`.
fn short(name: &str) -> String {
    match name.strip_prefix("core/") {
        Some(below) => below
            .split('/')
            .filter(|folder| *folder != "src")
            .collect::<Vec<_>>()
            .join("/"),
        None => name.to_owned(),
    }
}

/// Whether a comment calls something a guess.
fn guesses(text: &str) -> bool {
    parts(text, Language::Rust)
        .iter()
        .any(|(part, text)| *part == Part::Comment && text.contains("Guess"))
}

/// The lines of attributes that allow without a reason. Strings are blank here: `reason =` is not.
fn unreasoned(code: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    for opening in ["#[", "#!["] {
        for (at, _) in code.match_indices(opening) {
            let attribute = attribute(&code[at..]);
            let allows = attribute.match_indices("allow").any(|(at, _)| {
                attribute[at + 5..].trim_start().starts_with('(')
                    && !attribute[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
            });
            if allows && !attribute.contains("reason =") {
                lines.push(1 + code[..at].matches('\n').count());
            }
        }
    }
    lines
}

/// An attribute up to its closing bracket.
fn attribute(code: &str) -> &str {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '[' => depth += 1,
            ']' if depth == 1 => return &code[..at],
            ']' => depth -= 1,
            _ => {}
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> Vec<String> {
        let file = File {
            name: name.into(),
            text: text.into(),
        };
        breaches_of(&file, "| the words | `hsm/audit.rs` | the sentence |")
    }

    #[test]
    fn a_file_says_what_it_is_about() {
        assert_eq!(of("cli/src/a.rs", "//! Lines.\n"), [""; 0]);
        assert_eq!(of("cli/src/a.rs", "use std::fmt;\n").len(), 1);
    }

    #[test]
    fn a_file_with_a_guess_is_named() {
        let guess = "//! Lines.\n// Guess: the words.\n";
        assert_eq!(of("core/hsm/src/audit.rs", guess), [""; 0]);
        assert_eq!(of("core/hsm/src/audit.rs", guess), [""; 0]);
        assert!(of("core/hsm/src/sync.rs", guess)[0].ends_with("as `hsm/sync.rs`"));
        assert!(of("cli/src/audit.rs", guess)[0].ends_with("as `cli/src/audit.rs`"));
        assert_eq!(
            of("cli/src/audit.rs", "//! Lines.\nlet a = \"Guess\";\n"),
            [""; 0]
        );
    }

    #[test]
    fn unfinished_code_is_a_breach() {
        let todo = "//! Lines.\nfn f() {\n    todo!()\n}\n";
        assert_eq!(of("cli/src/a.rs", todo), ["cli/src/a.rs:3: unfinished"]);
        assert_eq!(of("cli/src/a.rs", "//! No todo!() here.\n"), [""; 0]);
    }

    #[test]
    fn an_allow_needs_a_reason() {
        let lines = |text| of("cli/src/a.rs", text).len();
        assert_eq!(lines("//! A.\n#[allow(dead_code)]\nfn f() {}\n"), 1);
        assert_eq!(lines("//! A.\n#![allow(\n    dead_code\n)]\n"), 1);
        assert_eq!(lines("//! A.\n#[cfg_attr(test, allow(dead_code))]\n"), 1);
        assert_eq!(lines("//! A.\n#[allow(dead_code, reason = \"[a]\")]\n"), 0);
        assert_eq!(lines("//! A.\n// #[allow(dead_code)]\n"), 0);
        assert_eq!(lines("//! A.\n#[allowed(f)]\n"), 0);
    }
}
