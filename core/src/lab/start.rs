//! Named starting worlds: files in `static/worlds/` that labs, the playground and tests begin with.
//!
//! A world file is written like a lab file: TOML front matter, prose for authors, and `setup` blocks.
//! `extends` names the world whose lines come first. `[set]` lists shell variables with their values;
//! a world or lab that builds on it can give them other values. docs/labs.md is the author's guide.

use hsmlab_protocol::request::Worlds;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::parse::{self, error};
use super::{Command, FORMAT, LabError};

/// The largest world file, in bytes.
pub const WORLD_BYTES_MAX: usize = 64 * 1024;
/// The longest chain of worlds, each of which extends the next.
pub const DEPTH_MAX: usize = 16;

/// The world that a lab, a playground or another world begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The id; `None` is an empty account.
    pub world: Option<String>,
    /// Values for the world's variables.
    pub set: BTreeMap<String, String>,
    /// The line of the file that names the world, from 1 on.
    pub line: usize,
}

/// A world file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldFile {
    /// The id: the file's name without `.md`.
    pub id: String,
    /// The title, for the list of worlds.
    pub title: String,
    /// What the world holds, in a sentence or two.
    pub holds: String,
    /// The world that it extends, and the variables that it sets.
    pub start: Start,
    /// The lines that build it.
    pub setup: Vec<Fragment>,
}

/// Lines of a set-up and where they are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The id of the world file; empty for the lab's own lines.
    pub world: String,
    /// The line of the file on which they begin, from 1 on; 0 for lines that no file has.
    pub line: usize,
    /// The lines and their host.
    pub command: Command,
}

/// What is wrong in a world file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldError {
    /// The id of the world file; `None` is the lab or playground that names a world.
    pub world: Option<String>,
    /// The line and what is wrong on it.
    pub error: LabError,
}

impl std::fmt::Display for WorldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.world {
            Some(id) => write!(f, "{id}.md {}", self.error),
            // A playground has no file.
            None if self.error.line == 0 => f.write_str(&self.error.what),
            None => write!(f, "{}", self.error),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    format: u32,
    id: String,
    title: String,
    holds: String,
    extends: Option<String>,
    #[serde(default)]
    set: BTreeMap<String, String>,
}

impl parse::FrontMatter for Front {
    const FORMAT: u32 = FORMAT;
    const WHAT: &'static str = "world";

    fn format(&self) -> u32 {
        self.format
    }
}

impl WorldFile {
    /// Reads a world file.
    ///
    /// # Errors
    /// Everything that is wrong in it, each with its line.
    pub fn parse(id: &str, source: &str) -> Result<Self, Vec<LabError>> {
        if source.len() > WORLD_BYTES_MAX {
            return Err(vec![error(
                1,
                format!(
                    "the file has {} bytes; {WORLD_BYTES_MAX} is the most",
                    source.len()
                ),
            )]);
        }
        let lines: Vec<&str> = source.lines().collect();
        let (front, body): (Front, usize) = parse::front_matter(&lines)?;
        let mut errors = Vec::new();
        let line = |key| parse::line_of(&lines, key);
        if front.id != id || !parse::is_plain(id) {
            let what = format!(
                "the id “{}” must be the file's name, {id}, of a-z, 0-9 and hyphens",
                front.id
            );
            errors.push(error(line("id"), what));
        }
        for (key, value) in [("title", &front.title), ("holds", &front.holds)] {
            if value.trim().is_empty() {
                errors.push(error(line(key), format!("“{key}” is empty")));
            }
        }
        let start = Start {
            world: front.extends,
            set: front.set,
            line: line("extends"),
        };
        check_set(&start.set, &lines, &mut errors);
        let world = Self {
            setup: setup(id, &lines, body, &mut errors),
            id: front.id,
            title: front.title,
            holds: front.holds,
            start,
        };
        if errors.is_empty() {
            Ok(world)
        } else {
            errors.sort_by_key(|error| error.line);
            Err(errors)
        }
    }
}

/// The `setup` blocks of a world file.
fn setup(id: &str, lines: &[&str], body: usize, errors: &mut Vec<LabError>) -> Vec<Fragment> {
    let mut setup = Vec::new();
    let (_, fences) = parse::split(lines, body.min(lines.len())..lines.len(), errors);
    for fence in fences {
        if fence.info.split_whitespace().next() == Some("setup") {
            parse::check_directives(&fence, true, errors);
            setup.push(Fragment {
                world: id.to_owned(),
                line: fence.line,
                command: parse::command(&fence),
            });
        } else {
            errors.push(error(fence.line, "a world has only “setup” blocks"));
        }
    }
    setup
}

/// Checks the names and values of a `[set]` table.
pub(super) fn check_set(
    set: &BTreeMap<String, String>,
    lines: &[&str],
    errors: &mut Vec<LabError>,
) {
    for (name, value) in set {
        let line = parse::line_of(lines, name);
        let is_letter = |c: char| c.is_ascii_uppercase() || c == '_';
        if !name.starts_with(is_letter) || !name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
        {
            let what = format!("the variable “{name}” may have A-Z, 0-9 and _ only");
            errors.push(error(line, what));
        }
        if value.chars().any(|c| c.is_control() && c != '\n') {
            let what = format!("the value of {name} has a control character");
            errors.push(error(line, what));
        }
    }
}

/// Resolves the world that `start` names: the lines that build it, those of the first world first.
///
/// # Errors
/// A world that is unknown, cannot be read, extends itself, or does not have a variable that is set.
pub fn resolve(start: &Start, worlds: &Worlds) -> Result<Vec<Fragment>, Vec<WorldError>> {
    let chain = chain(start, worlds)?;
    let mut set = BTreeMap::new();
    for world in &chain {
        set.extend(world.start.set.clone());
    }
    let unknown = |name: &&String| !set.contains_key(*name);
    if let Some(name) = start.set.keys().find(unknown) {
        let named = match &start.world {
            Some(world) => format!("the world {world} has no variable {name}"),
            None => format!("{name} is set, and no world is named that has it"),
        };
        return Err(fault(None, start.line, &named));
    }
    set.extend(start.set.clone());
    let mut fragments = Vec::new();
    if !set.is_empty() {
        let lines: Vec<String> = set.iter().map(assignment).collect();
        fragments.push(Fragment {
            world: chain
                .last()
                .map(|world| world.id.clone())
                .unwrap_or_default(),
            line: 0,
            command: Command {
                on: None,
                text: lines.join("\n"),
            },
        });
    }
    fragments.extend(chain.into_iter().flat_map(|world| world.setup));
    Ok(fragments)
}

/// The worlds that `start` builds on, the one that extends no other first.
fn chain(start: &Start, worlds: &Worlds) -> Result<Vec<WorldFile>, Vec<WorldError>> {
    let mut chain: Vec<WorldFile> = Vec::new();
    loop {
        // What names the next world: the last one read, or the lab itself.
        let last = chain.last();
        let (by, next) = match last {
            Some(last) => (Some(last.id.clone()), &last.start),
            None => (None, start),
        };
        let Some(id) = &next.world else { break };
        if chain.iter().any(|world| world.id == *id) {
            let what = format!("the world {id} extends itself");
            return Err(fault(by, next.line, &what));
        }
        if chain.len() == DEPTH_MAX {
            let what = format!("more than {DEPTH_MAX} worlds extend one another");
            return Err(fault(by, next.line, &what));
        }
        let Some(source) = worlds.get(id) else {
            let what = format!("there is no world “{id}”");
            return Err(fault(by, next.line, &what));
        };
        let world = WorldFile::parse(id, source).map_err(|errors| {
            let of_file = |error| WorldError {
                world: Some(id.clone()),
                error,
            };
            errors.into_iter().map(of_file).collect::<Vec<_>>()
        })?;
        chain.push(world);
    }
    chain.reverse();
    Ok(chain)
}

fn fault(world: Option<String>, line: usize, what: &str) -> Vec<WorldError> {
    let error = error(line, what);
    vec![WorldError { world, error }]
}

/// A line of bash that sets a variable; its value may have several lines.
fn assignment((name, value): (&String, &String)) -> String {
    format!("{name}='{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str, more: &str, lines: &str) -> (String, String) {
        let text = format!(
            "+++\nformat = 1\nid = \"{id}\"\ntitle = \"T\"\nholds = \"H.\"\n{more}+++\nProse.\n\n```setup\n{lines}\n```\n"
        );
        (id.to_owned(), text)
    }

    fn worlds() -> Worlds {
        Worlds::from([
            file("a", "[set]\nX = \"1\"\n", "a1\na2"),
            file(
                "b",
                "extends = \"a\"\n[set]\nX = \"it's\"\nY = \"2\"\n",
                "b1",
            ),
        ])
    }

    fn start(world: &str, set: &[(&str, &str)]) -> Start {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Start {
            world: Some(world.to_owned()),
            set: set.iter().map(own).collect(),
            line: 4,
        }
    }

    fn texts(fragments: &[Fragment]) -> Vec<&str> {
        fragments
            .iter()
            .map(|fragment| fragment.command.text.as_str())
            .collect()
    }

    #[test]
    fn lines_of_the_extended_world_come_first_and_the_last_value_counts() {
        let fragments = resolve(&start("b", &[]), &worlds()).unwrap();
        assert_eq!(texts(&fragments), ["X='it'\\''s'\nY='2'", "a1\na2", "b1"]);
        assert_eq!((fragments[2].world.as_str(), fragments[2].line), ("b", 14));
        let fragments = resolve(&start("b", &[("X", "3\n4")]), &worlds()).unwrap();
        assert_eq!(texts(&fragments)[0], "X='3\n4'\nY='2'");
        assert_eq!(resolve(&Start::default(), &Worlds::new()), Ok(Vec::new()));
    }

    #[test]
    fn what_cannot_be_resolved_names_its_file_and_line() {
        let mut some = worlds();
        some.extend([
            file("no-base", "extends = \"none\"\n", "x"),
            file("round", "extends = \"trip\"\n", "x"),
            file("trip", "extends = \"round\"\n", "x"),
            file("shown", "", "x\n```\n```sh\nls"),
            file("fault", "", "x\n#! fualt y"),
            file("name", "[set]\nx = \"1\"\n", "x"),
        ]);
        some.insert("renamed".into(), some.get("a").cloned().unwrap_or_default());
        some.insert("large".into(), "x".repeat(WORLD_BYTES_MAX + 1));
        for (world, set, expected) in [
            ("none", &[][..], "line 4: there is no world “none”"),
            ("a", &[("Y", "1")], "line 4: the world a has no variable Y"),
            (
                "no-base",
                &[],
                "no-base.md line 6: there is no world “none”",
            ),
            (
                "round",
                &[],
                "trip.md line 6: the world round extends itself",
            ),
            (
                "shown",
                &[],
                "shown.md line 13: a world has only “setup” blocks",
            ),
            ("fault", &[], "fault.md line 11: “#! fualt y” is none of"),
            ("name", &[], "name.md line 7: the variable “x” may have"),
            ("renamed", &[], "renamed.md line 3: the id “a” must be"),
            ("large", &[], "large.md line 1: the file has 65537 bytes"),
        ] {
            let errors = resolve(&start(world, set), &some).unwrap_err();
            let first = errors[0].to_string();
            assert!(first.starts_with(expected), "{first}");
        }
    }

    #[test]
    fn a_chain_that_is_too_long_is_refused() {
        let mut long = Worlds::from([file("w0", "", "x")]);
        for at in 1..=DEPTH_MAX {
            let base = format!("extends = \"w{}\"\n", at - 1);
            long.extend([file(&format!("w{at}"), &base, "x")]);
        }
        let below = format!("w{}", DEPTH_MAX - 1);
        assert!(resolve(&start(&below, &[]), &long).is_ok());
        let errors = resolve(&start(&format!("w{DEPTH_MAX}"), &[]), &long).unwrap_err();
        assert!(errors[0].error.what.contains("extend one another"));
    }
}
