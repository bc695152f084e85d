//! Imports between the modules of `hsmlab-core`.

use std::path::{Path, PathBuf};

/// The modules that each module may import: the second table of ARCHITECTURE.md.
const MODULES: &[(&str, &[&str])] = &[
    ("fabric", &[]),
    ("programs", &[]),
    ("lab", &["programs"]),
    ("world", &["fabric", "programs"]),
    ("session", &["fabric", "lab", "programs", "world"]),
];

/// Imports that the table does not allow, and rows that ARCHITECTURE.md lacks.
pub(super) fn breaches(root: &Path) -> Vec<String> {
    let core = root.join("core/src");
    let architecture = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap_or_default();
    let mut breaches = Vec::new();
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
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            let place = super::name(root, &file);
            // Tests may reach wherever they like.
            if !is_test(&file) {
                breaches.extend(imports(&place, &text, module, allowed));
            }
        }
    }
    breaches
}

fn module_files(core: &Path, module: &str) -> Vec<PathBuf> {
    let mut files = vec![core.join(format!("{module}.rs"))];
    super::walk(core, &core.join(module), &mut files);
    files
}

fn is_test(file: &Path) -> bool {
    file.file_name()
        .is_some_and(|name| name == "tests.rs" || name == "testing.rs")
        || file.components().any(|part| part.as_os_str() == "tests")
}

/// Every `crate::name` in a file must be of its own module or one that its row names.
fn imports(place: &str, text: &str, module: &str, allowed: &[&str]) -> Vec<String> {
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let mut breaches = Vec::new();
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
                    "{place}:{}: `{module}` must not import `{name}`",
                    number + 1
                ));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_outside_of_the_row_is_a_breach() {
        let of = |text| imports("core/src/world.rs", text, "world", &["fabric"]);
        assert_eq!(
            of("use crate::fabric::Ways;\nuse crate::world::World;"),
            [""; 0]
        );
        assert_eq!(
            of("//!\nuse crate::session::Session;"),
            ["core/src/world.rs:2: `world` must not import `session`"]
        );
        assert_eq!(
            of("#[cfg(test)]\nmod tests {\nuse crate::session::Session;"),
            [""; 0]
        );
    }
}
