//! The table of crates in ARCHITECTURE.md says what the Cargo.toml files say.

use std::path::Path;

use super::{File, files};

/// Rows of the table that are missing or wrong.
pub(super) fn breaches(root: &Path) -> Vec<String> {
    let architecture = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap_or_default();
    let manifests = files(root, &["core", "web", "cli"], &["toml"]);
    manifests
        .iter()
        .filter_map(row)
        .filter(|row| !architecture.contains(&format!("\n{row}\n")))
        .map(|row| format!("ARCHITECTURE.md lacks the row: {row}"))
        .collect()
}

/// The row of a crate: its folder and the crates of the workspace that it depends on.
fn row(manifest: &File) -> Option<String> {
    let folder = manifest.name.strip_suffix("/Cargo.toml")?;
    let dependencies = manifest
        .text
        .split("\n[dependencies]\n")
        .nth(1)
        .unwrap_or_default();
    let names: Vec<String> = dependencies
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.strip_prefix("hsmlab-"))
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect();
    let names = if names.is_empty() {
        "-".to_owned()
    } else {
        names.join(", ")
    };
    Some(format!("| `{folder}` | {names} |"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_names_the_dependencies_without_those_of_tests() {
        let text = "[package]\nname = \"hsmlab-net\"\n\n[dependencies]\nhsmlab-sim = { workspace = true }\nipnet = \"2\"\n\n[dev-dependencies]\nhsmlab-hsm = { workspace = true }\n";
        let file = |text: &str| File {
            name: "core/net/Cargo.toml".into(),
            text: text.into(),
        };
        assert_eq!(row(&file(text)).as_deref(), Some("| `core/net` | sim |"));
        let bare = "[package]\n\n[dependencies]\nserde = \"1\"\n";
        assert_eq!(row(&file(bare)).as_deref(), Some("| `core/net` | - |"));
    }
}
