//! Circles of files that import one another. A parent and its children may.

use std::collections::{BTreeMap, BTreeSet};

use super::File;
use super::ratchets::{Figures, Key};
use super::source::{Language, Part, parts};

/// A module by the names from the crate's root; the root is empty.
type Module = Vec<String>;

/// How many files of each crate are in circles.
pub(super) fn figures(sources: &[File]) -> Figures {
    let found = found(sources).into_iter();
    found
        .map(|(root, circles)| {
            let key = Key {
                rule: "circle".to_owned(),
                path: format!("{root}/src"),
                item: "files".to_owned(),
            };
            (key, circles.iter().map(Vec::len).sum())
        })
        .collect()
}

/// Each circle in a line.
pub(super) fn shown(sources: &[File]) -> Vec<String> {
    let found = found(sources).into_iter();
    found
        .flat_map(|(root, circles)| {
            circles
                .into_iter()
                .map(move |files| format!("{root}/src: circle of {}", files.join(", ")))
        })
        .collect()
}

/// The crates with circles, and the files of each circle.
fn found(sources: &[File]) -> BTreeMap<&str, Vec<Vec<String>>> {
    let mut crates: BTreeMap<&str, BTreeMap<Module, String>> = BTreeMap::new();
    for file in sources {
        if let Some((root, below)) = file.name.split_once("/src/")
            && let Some(module) = module(below)
        {
            let files = crates.entry(root).or_default();
            files.insert(module, code(&file.text));
        }
    }
    let of = |files| {
        let names = |circle: Vec<&Module>| circle.iter().map(|module| module.join("/")).collect();
        circles(&edges(files)).into_iter().map(names).collect()
    };
    crates
        .iter()
        .map(|(root, files)| (*root, of(files)))
        .filter(|(_, circles): &(_, Vec<_>)| !circles.is_empty())
        .collect()
}

/// The module of a file below `src/`; `None` for tests.
fn module(below: &str) -> Option<Module> {
    let stem = below.strip_suffix(".rs")?;
    let names: Module = stem.split('/').map(str::to_owned).collect();
    let test = names
        .iter()
        .any(|name| name == "tests" || name == "testing");
    match stem {
        _ if test => None,
        "lib" | "main" => Some(Vec::new()),
        _ => Some(names),
    }
}

/// The code of a file without comments, strings and unit tests.
fn code(text: &str) -> String {
    parts(text, Language::Rust)
        .into_iter()
        .filter(|(part, _)| *part == Part::Code)
        .map(|(_, text)| text)
        .collect::<String>()
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Which module imports which, without edges between parents and children.
fn edges(files: &BTreeMap<Module, String>) -> BTreeMap<&Module, BTreeSet<&Module>> {
    let mut edges = BTreeMap::new();
    for (module, code) in files {
        let targets = paths(code)
            .into_iter()
            .filter_map(|path| resolve(module, &path))
            .filter_map(|path| nearest(files, path))
            .filter(|target| !target.starts_with(module) && !module.starts_with(target))
            .collect();
        edges.insert(module, targets);
    }
    edges
}

/// All paths in a text that begin with `crate`, `super` or `self`; those of a `use` with braces once
/// for each name in them.
fn paths(code: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    for head in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(head) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let length = code[at..]
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                .unwrap_or(code.len() - at);
            let path: Vec<&str> = code[at..at + length]
                .split("::")
                .filter(|name| !name.is_empty())
                .collect();
            let rest = &code[at + length..];
            if let Some(inside) = rest.strip_prefix('{') {
                let inside = inside.split(';').next().unwrap_or_default();
                for name in inside.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
                    found.push([path.clone(), vec![name]].concat());
                }
            }
            found.push(path);
        }
    }
    found
}

/// The names from the root that a path in a module means.
fn resolve(module: &Module, path: &[&str]) -> Option<Module> {
    let mut at = module.clone();
    let mut names = path.iter().copied().peekable();
    match names.next()? {
        "crate" => at.clear(),
        "super" => {
            at.pop();
        }
        _ => {}
    }
    while names.next_if_eq(&"super").is_some() {
        at.pop();
    }
    at.extend(names.map(str::to_owned));
    Some(at)
}

/// The file that a path leads to: its longest beginning that is a file.
fn nearest(files: &BTreeMap<Module, String>, mut path: Module) -> Option<&Module> {
    loop {
        if let Some((module, _)) = files.get_key_value(&path) {
            return Some(module);
        }
        path.pop()?;
    }
}

/// The groups of modules of which each reaches each other one.
fn circles<'a>(edges: &BTreeMap<&'a Module, BTreeSet<&'a Module>>) -> Vec<Vec<&'a Module>> {
    let mut reach: BTreeMap<&Module, BTreeSet<&Module>> = BTreeMap::new();
    for module in edges.keys() {
        let mut seen = BTreeSet::new();
        let mut open = vec![*module];
        while let Some(next) = open.pop() {
            for target in edges.get(next).into_iter().flatten() {
                if seen.insert(*target) {
                    open.push(target);
                }
            }
        }
        reach.insert(module, seen);
    }
    let mut groups: Vec<Vec<&Module>> = Vec::new();
    for (module, seen) in &reach {
        if !seen.contains(*module) || groups.iter().flatten().any(|other| other == module) {
            continue;
        }
        let of_both = |other: &&&Module| {
            reach
                .get(**other)
                .is_some_and(|back| back.contains(*module))
        };
        groups.push(seen.iter().filter(of_both).copied().collect());
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> = files
            .iter()
            .map(|(name, text)| File {
                name: (*name).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        shown(&files)
    }

    #[test]
    fn files_that_import_one_another_are_a_circle() {
        let circle = "core/x/src: circle of a, b";
        for b in [
            "use super::a::A;",
            "fn f() -> crate::a::A {}",
            "use crate::{c, a};",
        ] {
            let files = [
                ("core/x/src/lib.rs", "mod a; mod b;"),
                ("core/x/src/a.rs", "use super::b::B;"),
                ("core/x/src/b.rs", b),
            ];
            assert_eq!(lines(&files), [circle], "{b}");
        }
    }

    #[test]
    fn parents_comments_and_tests_make_no_circle() {
        let files = [
            ("core/x/src/a.rs", "mod b; use self::b::B; use crate::c::C;"),
            ("core/x/src/a/b.rs", "use super::A;"),
            (
                "core/x/src/c.rs",
                "// crate::a\n#[cfg(test)]\nmod tests {\n use crate::a::A; }",
            ),
            ("core/x/src/c/tests.rs", "use crate::a::A;"),
            ("core/y/src/c.rs", "use crate::a::A;"),
        ];
        assert_eq!(lines(&files), [""; 0]);
    }
}
