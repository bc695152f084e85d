//! `index.json` in a folder of labs or worlds: what the page lists without reading each file.

use std::path::{Path, PathBuf};

use hsmlab_core::lab::Lab;
use hsmlab_core::lab::prove::{Flaw, Proof};
use hsmlab_core::lab::start::WorldFile;
use serde_json::{Map, Value, json};

/// Whether a file is a list.
pub(crate) fn is_index(file: &Path) -> bool {
    file.ends_with("index.json")
}

/// Proves a list: it has a row for each file of its folder, and each row says what its file says.
pub(crate) fn prove(path: &Path) -> Proof {
    let mut flaws = Vec::new();
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let rows: Vec<Map<String, Value>> = match serde_json::from_str(&text) {
        Ok(rows) => rows,
        Err(error) => {
            let line = error.line();
            let what = format!("this is no list of objects: {error}");
            flaws.push(Flaw { line, what });
            Vec::new()
        }
    };
    let mut listed = Vec::new();
    for row in &rows {
        let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
        let name = row.get("file").and_then(Value::as_str);
        let file = name.map_or_else(|| format!("{id}.md"), str::to_owned);
        let at = text
            .lines()
            .position(|line| line.contains(&format!("\"{id}\"")));
        let mut flaw = |what| {
            let line = at.map_or(1, |at| at + 1);
            flaws.push(Flaw { line, what });
        };
        // A file that cannot be read has its own complaint.
        if let Some(expected) = row_of(&path.with_file_name(&file), name.is_some()) {
            for (key, value) in &expected {
                let given = row.get(key).unwrap_or(&Value::Null);
                if given != value {
                    flaw(format!(
                        "“{key}” of {id} is {given} here and {value} in {file}"
                    ));
                }
            }
        }
        listed.push(file);
    }
    for file in files(path) {
        if !listed.contains(&file) {
            let what = format!("{file} has no row");
            flaws.push(Flaw { line: 1, what });
        }
    }
    Proof {
        flaws,
        ..Proof::default()
    }
}

/// The names of the labs or worlds next to a list.
fn files(index: &Path) -> Vec<String> {
    let folder = index.parent().unwrap_or(index);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| PathBuf::from(entry.file_name()));
    let mut names: Vec<String> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "md"))
        .map(|file| file.display().to_string())
        .collect();
    names.sort();
    names
}

/// The row that a file calls for.
fn row_of(file: &Path, is_lab: bool) -> Option<Map<String, Value>> {
    let source = std::fs::read_to_string(file).ok()?;
    let row = if is_lab {
        let lab = Lab::parse(&source).ok()?;
        json!({
            "id": lab.id, "title": lab.title, "topic": lab.topic, "minutes": lab.minutes,
            "summary": lab.summary, "world": lab.start.world,
        })
    } else {
        let id = file.file_stem()?.to_str()?;
        let world = WorldFile::parse(id, &source).ok()?;
        json!({
            "id": world.id, "title": world.title, "holds": world.holds,
            "extends": world.start.world,
        })
    };
    row.as_object().cloned()
}
