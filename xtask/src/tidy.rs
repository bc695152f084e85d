//! Rules of the code that the compiler does not hold.

use std::path::{Path, PathBuf};

use xtask::shell::{output, root, run};

/// What each module of the core may import: the table of ARCHITECTURE.md.
const MODULES: &[(&str, &[&str])] = &[
    ("sim", &[]),
    ("crypto", &["sim"]),
    ("net", &["sim"]),
    ("proto", &["crypto", "sim"]),
    ("hsm", &["sim", "crypto", "proto"]),
    ("client", &["sim", "crypto", "proto"]),
    ("fabric", &["sim", "net", "hsm", "client"]),
    ("aws", &["sim", "net", "crypto", "hsm"]),
    ("shell", &["sim", "crypto", "net", "proto", "client", "aws"]),
    ("lab", &["sim", "shell"]),
    (
        "world",
        &["sim", "net", "hsm", "client", "fabric", "aws", "shell"],
    ),
    (
        "session",
        &[
            "sim", "crypto", "net", "hsm", "fabric", "aws", "shell", "lab", "world",
        ],
    ),
];

/// Crates that the core must never pull in: a clock, the platform's randomness, the browser.
const FORBIDDEN: &[&str] = &["getrandom", "js-sys", "wasm-bindgen", "web-sys"];

/// Words that have no place in the repository's own files.
const MARKS: &[&str] = &["todo!(", "unimplemented!(", "dbg!("];

/// Checks the rules.
///
/// # Errors
/// Every breach, with its place.
pub(crate) fn tidy() -> Result<(), String> {
    let formatted = run("cargo", &["fmt", "--all", "--check"]);
    let mut breaches = Vec::new();
    let core = root().join("core/src");
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap_or_default();
    for (module, allowed) in MODULES {
        let names = if allowed.is_empty() {
            "-".to_owned()
        } else {
            allowed.join(", ")
        };
        if !architecture.contains(&format!("\n| `{module}` | {names} |\n")) {
            breaches.push(format!(
                "ARCHITECTURE.md lacks the row: | `{module}` | {names} |"
            ));
        }
        for file in module_files(&core, module) {
            imports(&file, module, allowed, &mut breaches);
        }
    }
    let fidelity = std::fs::read_to_string(root().join("docs/fidelity.md")).unwrap_or_default();
    for file in sources(&root()) {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let name = file
            .strip_prefix(root())
            .unwrap_or(&file)
            .display()
            .to_string();
        let guesses = text
            .lines()
            .any(|line| line.contains("//") && line.contains("Guess"));
        let short = name.strip_prefix("core/src/").unwrap_or(&name);
        if guesses && name != "xtask/src/tidy.rs" && !fidelity.contains(&format!("`{short}`")) {
            breaches.push(format!(
                "{name} has a guess: name the file in docs/fidelity.md"
            ));
        }
        if !text.starts_with("//!") && !text.starts_with("#!") {
            breaches.push(format!(
                "{name}: begin with a `//!` line that says what the file is about"
            ));
        }
        for (number, line) in text.lines().enumerate() {
            if name != "xtask/src/tidy.rs" && MARKS.iter().any(|mark| line.contains(mark)) {
                breaches.push(format!("{name}:{}: unfinished", number + 1));
            }
        }
    }
    for name in FORBIDDEN {
        let tree = [
            "tree",
            "-p",
            "hsmlab-core",
            "-e",
            "normal",
            "--target",
            "wasm32-unknown-unknown",
            "-i",
            name,
        ];
        if output("cargo", &tree).is_some_and(|printed| printed.contains("hsmlab-core")) {
            breaches.push(format!(
                "core pulls in {name}: see `cargo {}`",
                tree.join(" ")
            ));
        }
    }
    if let Err(error) = formatted {
        breaches.push(error);
    }
    if breaches.is_empty() {
        Ok(())
    } else {
        Err(breaches.join("\n"))
    }
}

fn module_files(core: &Path, module: &str) -> Vec<PathBuf> {
    let mut files = vec![core.join(format!("{module}.rs"))];
    walk(&core.join(module), &mut files);
    files
}

/// Every `crate::name` in a file must be of its own module or one that its row names.
fn imports(file: &Path, module: &str, allowed: &[&str], breaches: &mut Vec<String>) {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    // Tests may reach wherever they like.
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    if file
        .file_name()
        .is_some_and(|name| name == "tests.rs" || name == "testing.rs")
        || file.components().any(|part| part.as_os_str() == "tests")
    {
        return;
    }
    for (number, line) in code.lines().enumerate() {
        let line = line.split("//").next().unwrap_or_default();
        for rest in line.split("crate::").skip(1) {
            let name: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            let known = MODULES.iter().any(|(other, _)| *other == name);
            if known && name != module && !allowed.contains(&name.as_str()) {
                breaches.push(format!(
                    "core/src/{}:{}: `{module}` must not import `{name}`",
                    file.strip_prefix(root().join("core/src"))
                        .unwrap_or(file)
                        .display(),
                    number + 1
                ));
            }
        }
    }
}

fn sources(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in [
        "core/src",
        "core/primes/src",
        "web/src",
        "web/tests",
        "cli/src",
        "xtask/src",
        "tests",
    ] {
        walk(&root.join(folder), &mut files);
    }
    files
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}
