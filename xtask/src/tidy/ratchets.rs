//! Figures that may only fall: lengths of functions and files, and counts of banned words.
//!
//! Today's are in `xtask/ratchets.tsv`. A figure that is not there, or is larger, is a breach. One that fell
//! must be written down, so that it cannot rise again: `cargo xtask tidy --lower` does that.

use std::collections::BTreeMap;
use std::path::Path;

use super::File;
use super::source::functions;

/// The list, from the workspace's folder.
pub(super) const LIST: &str = "xtask/ratchets.tsv";

/// The most lines of a function, from its `fn` to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;
/// The most lines of a file.
const FILE_LINES_MAX: usize = 800;

/// What a figure is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// `circle`, `function`, `file` or `word`.
    pub(super) rule: String,
    /// The file or folder; `.` is the whole tree.
    pub(super) path: String,
    /// A function's name, a file's last name, a word.
    pub(super) item: String,
}

/// Figures above what the rule allows to everything that is new.
pub(super) type Figures = BTreeMap<Key, usize>;

/// The functions and files that are too long.
pub(super) fn figures(files: &[File]) -> Figures {
    let mut figures = Figures::new();
    for file in files {
        let key = |rule: &str, item: &str| Key {
            rule: rule.to_owned(),
            path: file.name.clone(),
            item: item.to_owned(),
        };
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX {
            let last = file.name.rsplit('/').next().unwrap_or_default();
            figures.insert(key("file", last), lines);
        }
        for function in functions(&file.text) {
            if function.lines <= FUNCTION_LINES_MAX {
                continue;
            }
            let mut item = key("function", &function.name);
            let mut number = 1;
            while figures.contains_key(&item) {
                number += 1;
                item.item = format!("{}#{number}", function.name);
            }
            figures.insert(item, function.lines);
        }
    }
    figures
}

/// Compares today's figures with the list; `lower` writes into the list what fell, vanished or moved.
///
/// # Errors
/// The list cannot be read or written.
pub(super) fn check(list: &Path, today: &Figures, lower: bool) -> Result<Vec<String>, String> {
    let said = |error: String| format!("{}: {error}", list.display());
    let text = std::fs::read_to_string(list).map_err(|error| said(error.to_string()))?;
    let mut limits = read(&text).map_err(said)?;
    if lower {
        limits = lowered(&limits, today);
        let text = write(&text, &limits);
        std::fs::write(list, text).map_err(|error| said(error.to_string()))?;
    }
    Ok(compare(&limits, today))
}

fn compare(limits: &Figures, today: &Figures) -> Vec<String> {
    let mut breaches = Vec::new();
    for (key, figure) in today {
        match limits.get(key) {
            None => breaches.push(grown(key, *figure, "not one of those that are listed")),
            Some(limit) if figure > limit => {
                breaches.push(grown(key, *figure, &format!("it was {limit}")));
            }
            Some(_) => {}
        }
    }
    let fallen = limits
        .iter()
        .filter(|(key, limit)| today.get(key).is_none_or(|figure| figure < limit))
        .map(|(key, limit)| match today.get(key) {
            Some(figure) => format!("{key}: {figure}, no longer {limit}"),
            None => format!("{key}: no longer {limit}"),
        });
    breaches
        .extend(fallen.map(|fell| {
            format!("{LIST}: {fell}: write that down with `cargo xtask tidy --lower`")
        }));
    breaches
}

fn grown(key: &Key, figure: usize, before: &str) -> String {
    let advice = match key.rule.as_str() {
        "function" => format!("lines are over {FUNCTION_LINES_MAX}: split the function"),
        "file" => format!("lines are over {FILE_LINES_MAX}: split the file"),
        "circle" => "files import one another: move what they share into a file below them \
             (`cargo xtask tidy --circles` prints the circles)"
            .into(),
        _ => "times: say it in plain English (`cargo xtask tidy --words` prints the places)".into(),
    };
    format!("{key}: {figure} {advice} ({before}; {LIST})")
}

/// The list after its figures fell. What moved to another file keeps its row, with the new path; nothing
/// else is added and nothing rises.
fn lowered(limits: &Figures, today: &Figures) -> Figures {
    let mut lowered = Figures::new();
    let mut vanished: Vec<(&Key, usize)> = Vec::new();
    for (key, limit) in limits {
        match today.get(key) {
            Some(figure) => {
                lowered.insert(key.clone(), *limit.min(figure));
            }
            None => vanished.push((key, *limit)),
        }
    }
    for (key, figure) in today {
        let moved = |(old, limit): &(&Key, usize)| {
            old.rule == key.rule && old.item == key.item && figure <= limit
        };
        if limits.contains_key(key) {
            continue;
        }
        if let Some(at) = vanished.iter().position(moved) {
            vanished.remove(at);
            lowered.insert(key.clone(), *figure);
        }
    }
    lowered
}

fn read(text: &str) -> Result<Figures, String> {
    let rows = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(|line| {
        let wrong = || format!("not rule, path, item and figure with tabs between: {line}");
        let cells: Vec<&str> = line.split('\t').collect();
        let [rule, path, item, figure] = cells[..] else {
            return Err(wrong());
        };
        let key = Key {
            rule: rule.to_owned(),
            path: path.to_owned(),
            item: item.to_owned(),
        };
        Ok((key, figure.parse().map_err(|_| wrong())?))
    })
    .collect()
}

/// The list as text, with the comments of the old text first.
fn write(old: &str, limits: &Figures) -> String {
    let mut text = String::new();
    for line in old.lines().take_while(|line| line.starts_with('#')) {
        text += &format!("{line}\n");
    }
    for (key, limit) in limits {
        text += &format!("{}\t{}\t{}\t{limit}\n", key.rule, key.path, key.item);
    }
    text
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.rule.as_str() {
            "function" => write!(f, "{}: fn {}", self.path, self.item),
            "file" | "circle" => write!(f, "{}", self.path),
            _ => write!(f, "the word `{}`", self.item),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures_of(rows: &[(&str, &str, &str, usize)]) -> Figures {
        rows.iter()
            .map(|(rule, path, item, figure)| {
                let key = Key {
                    rule: (*rule).into(),
                    path: (*path).into(),
                    item: (*item).into(),
                };
                (key, *figure)
            })
            .collect()
    }

    #[test]
    fn long_functions_and_files_are_found() {
        let long = format!("fn long() {{\n{}}}\n", "    f();\n".repeat(69));
        let fits = format!("fn fits() {{\n{}}}\n", "    f();\n".repeat(68));
        let file = |text: String| File {
            name: "core/src/a.rs".into(),
            text,
        };
        let found = figures(&[file(format!("{long}{fits}{long}"))]);
        let wanted = figures_of(&[
            ("function", "core/src/a.rs", "long", 71),
            ("function", "core/src/a.rs", "long#2", 71),
        ]);
        assert_eq!(found, wanted);
        assert_eq!(figures(&[file("\n".repeat(800))]), Figures::new());
        let wanted = figures_of(&[("file", "core/src/a.rs", "a.rs", 801)]);
        assert_eq!(figures(&[file("\n".repeat(801))]), wanted);
    }

    #[test]
    fn a_new_figure_and_a_larger_one_are_breaches() {
        let limits = figures_of(&[("function", "a.rs", "f", 80)]);
        assert_eq!(compare(&limits, &limits), Vec::<String>::new());
        let today = figures_of(&[("function", "a.rs", "f", 81), ("file", "b.rs", "b.rs", 900)]);
        let breaches = compare(&limits, &today);
        assert_eq!(breaches.len(), 2, "{breaches:?}");
        assert!(breaches[0].starts_with("b.rs: 900 lines are over 800"));
        assert!(breaches[1].starts_with("a.rs: fn f: 81 lines are over 70"));
        assert_eq!(compare(&lowered(&limits, &today), &today), breaches);
    }

    #[test]
    fn a_figure_that_fell_must_be_written_down() {
        let limits = figures_of(&[
            ("function", "a.rs", "f", 80),
            ("function", "a.rs", "g", 90),
            ("word", ".", "hence", 12),
        ]);
        let today = figures_of(&[("function", "a.rs", "f", 75), ("word", ".", "hence", 3)]);
        let breaches = compare(&limits, &today);
        assert_eq!(breaches.len(), 3, "{breaches:?}");
        assert!(breaches.iter().all(|breach| breach.contains("--lower")));
        assert_eq!(lowered(&limits, &today), today);
    }

    #[test]
    fn a_function_that_moves_keeps_its_row() {
        let limits = figures_of(&[("function", "core/old/src/a.rs", "f", 80)]);
        let moved = figures_of(&[("function", "core/hsm/src/a.rs", "f", 80)]);
        assert_eq!(lowered(&limits, &moved), moved);
        let grown = figures_of(&[("function", "core/hsm/src/a.rs", "f", 81)]);
        assert_eq!(lowered(&limits, &grown), Figures::new());
    }

    #[test]
    fn the_list_is_read_as_it_is_written() {
        let limits = figures_of(&[("function", "a.rs", "f", 80), ("word", ".", "as of yet", 2)]);
        let text = write("# Why.\nfunction\told.rs\tf\t99\n", &limits);
        assert!(text.starts_with("# Why.\nfunction\ta.rs\tf\t80\n"));
        assert_eq!(read(&text), Ok(limits));
        assert!(read("function\ta.rs\t80\n").is_err());
    }
}
