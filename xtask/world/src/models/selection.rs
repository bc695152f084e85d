//! `core/models/selection.txt`: the services and operations that the lab models.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The whole file.
#[derive(Default)]
pub(crate) struct Selection {
    /// The CLI's own changes to its top-level commands.
    pub(crate) commands: Changes,
    /// The services.
    pub(crate) services: Vec<Chosen>,
}

/// One service of the selection.
#[derive(Default)]
pub(crate) struct Chosen {
    /// The name in botocore.
    pub(crate) name: String,
    /// True if the lab answers its calls.
    pub(crate) offered: bool,
    /// The operations' model names; empty means all.
    pub(crate) operations: BTreeSet<String>,
    /// The CLI's own changes to the service's commands.
    pub(crate) changes: Changes,
}

/// Commands that the CLI adds or omits.
#[derive(Default)]
pub(crate) struct Changes {
    added: Vec<String>,
    removed: Vec<String>,
}

impl Changes {
    /// The names as the CLI uses them, sorted.
    pub(crate) fn apply(&self, mut names: BTreeSet<String>) -> Vec<String> {
        names.extend(self.added.iter().cloned());
        for name in &self.removed {
            names.remove(name);
        }
        names.into_iter().collect()
    }

    fn take(&mut self, word: &str) -> bool {
        if let Some(name) = word.strip_prefix('+') {
            self.added.push(name.to_owned());
        } else if let Some(name) = word.strip_prefix('-') {
            self.removed.push(name.to_owned());
        } else {
            return false;
        }
        true
    }
}

/// Reads the file.
pub(crate) fn read(path: &Path) -> Result<Selection, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut selection = Selection::default();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
    {
        if line.starts_with(' ') {
            take_words(&mut selection, line);
            continue;
        }
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        if name == "commands" {
            continue;
        }
        let offered = match words.next() {
            Some("offered") => true,
            Some("parsed") => false,
            other => return Err(format!("{name}: `offered` or `parsed`, not {other:?}")),
        };
        selection.services.push(Chosen {
            name: name.to_owned(),
            offered,
            ..Chosen::default()
        });
    }
    Ok(selection)
}

fn take_words(selection: &mut Selection, line: &str) {
    for word in line.split_whitespace() {
        match selection.services.last_mut() {
            None => {
                selection.commands.take(word);
            }
            Some(service) => {
                if !service.changes.take(word) && word != "*" {
                    service.operations.insert(word.to_owned());
                }
            }
        }
    }
}
