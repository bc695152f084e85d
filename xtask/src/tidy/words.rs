//! Words that plain English does without, in comments, strings and documents.

use std::collections::BTreeMap;
use std::path::Path;

use super::File;
use super::ratchets::{Figures, Key};
use super::source::{Language, Part, parts};

/// What is searched.
pub(super) const FOLDERS: &[&str] = &[
    "core",
    "web",
    "cli",
    "xtask",
    "tests",
    "static",
    "docs",
    "README.md",
    "ARCHITECTURE.md",
];
/// The files that are searched there, by their endings.
pub(super) const ENDINGS: &[&str] = &["rs", "js", "mjs", "md", "html", "css", "toml", "json"];

/// The banned words; how to say it in plain English.
const BANNED: &[(&str, &str)] = &[
    ("alone", "only"),
    ("anew", "again"),
    ("are to be", "must be"),
    ("at hand", "current"),
    ("befall", "affect"),
    ("befallen", "affected"),
    ("befalls", "affects"),
    ("befell", "affected"),
    ("beside", "next to, besides"),
    ("by itself", "automatically"),
    ("could not be had", "failed to load"),
    ("goes on", "continues"),
    ("is to be", "must be"),
    ("likewise", "the same for"),
    ("nobody who", "no one"),
    ("stand", "be, be listed, be in"),
    ("stands", "is, is listed, is in"),
    ("stood", "was, was listed, was in"),
    ("which there are", "the list of"),
];

/// Uses that are right: rows of a path (`*`: anywhere), a phrase and why.
const EXCEPTIONS: &str = "xtask/words.tsv";

/// This file and the list of exceptions name the words to ban them.
const SELF: &str = "xtask/src/tidy/words.rs";

/// A banned word in the tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) word: &'static str,
}

/// The banned words of the tree.
#[derive(Default)]
pub(super) struct Spoken {
    pub(super) places: Vec<Place>,
    pub(super) breaches: Vec<String>,
}

impl Place {
    /// The place with what plain English says instead.
    pub(super) fn shown(&self) -> String {
        let Self { file, line, word } = self;
        let instead = BANNED.iter().find(|(banned, _)| banned == word);
        let instead = instead.map_or("", |(_, instead)| *instead);
        format!("{file}:{line}: {word} (say: {instead})")
    }
}

impl Spoken {
    /// How often each word occurs.
    pub(super) fn figures(&self) -> Figures {
        let mut figures = BTreeMap::new();
        for place in &self.places {
            let key = Key {
                rule: "word".into(),
                path: ".".into(),
                item: place.word.into(),
            };
            *figures.entry(key).or_default() += 1;
        }
        figures
    }
}

/// Finds the banned words of all files.
///
/// # Errors
/// The exceptions cannot be read.
pub(super) fn places(files: &[File], root: &Path) -> Result<Spoken, String> {
    let text = std::fs::read_to_string(root.join(EXCEPTIONS))
        .map_err(|error| format!("{EXCEPTIONS}: {error}"))?;
    let exceptions = read(&text)?;
    Ok(spoken(files, &exceptions))
}

/// A use that is right.
struct Exception<'a> {
    path: &'a str,
    phrase: Vec<&'a str>,
}

fn read(text: &str) -> Result<Vec<Exception<'_>>, String> {
    let rows = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        match cells[..] {
            [path, phrase, why] if !why.trim().is_empty() => Ok(Exception {
                path,
                phrase: phrase.split_whitespace().collect(),
            }),
            _ => Err(format!(
                "{EXCEPTIONS}: not a path, a phrase and a reason with tabs between: {line}"
            )),
        }
    })
    .collect()
}

fn spoken(files: &[File], exceptions: &[Exception<'_>]) -> Spoken {
    let mut spoken = Spoken::default();
    let mut used = vec![false; exceptions.len()];
    for file in files.iter().filter(|file| file.name != SELF) {
        for words in passages(file) {
            let mut excused = vec![false; words.len()];
            for (at, exception) in exceptions.iter().enumerate() {
                if exception.path != "*" && exception.path != file.name {
                    continue;
                }
                for found in matches(&words, &exception.phrase) {
                    excused[found..found + exception.phrase.len()].fill(true);
                    used[at] = true;
                }
            }
            for (at, word) in banned(&words) {
                let length = word.split(' ').count();
                if !excused[at..at + length].iter().all(|excused| *excused) {
                    spoken.places.push(Place {
                        file: file.name.clone(),
                        line: words[at].line,
                        word,
                    });
                }
            }
        }
    }
    let dead = exceptions.iter().zip(used).filter(|(_, used)| !used);
    spoken.breaches = dead
        .map(|(exception, _)| {
            let phrase = exception.phrase.join(" ");
            format!(
                "{EXCEPTIONS}: nothing in {} says \"{phrase}\" now: remove the row",
                exception.path
            )
        })
        .collect();
    spoken
}

/// A word with its line; `joined`: nothing but space and comment marks is between it and the one before.
#[derive(Debug)]
struct Word {
    text: String,
    line: usize,
    joined: bool,
}

/// The banned words of a passage and where they begin.
fn banned(words: &[Word]) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for at in 0..words.len() {
        for (word, _) in BANNED {
            // Most words differ from all of these in the first letter.
            if word.as_bytes()[0] != words[at].text.as_bytes()[0].to_ascii_lowercase() {
                continue;
            }
            let phrase: Vec<&str> = word.split(' ').collect();
            let end = (at + phrase.len()).min(words.len());
            if !matches(&words[at..end], &phrase).is_empty() {
                found.push((at, *word));
            }
        }
    }
    found
}

/// Where a phrase begins in a passage, whatever its case.
fn matches(words: &[Word], phrase: &[&str]) -> Vec<usize> {
    words
        .windows(phrase.len())
        .enumerate()
        .filter(|(_, window)| {
            window
                .iter()
                .zip(phrase)
                .all(|(word, wanted)| word.text.eq_ignore_ascii_case(wanted))
                && window.iter().skip(1).all(|word| word.joined)
        })
        .map(|(at, _)| at)
        .collect()
}

/// What a file says, passage by passage: its comments, each of its strings, or all of it.
fn passages(file: &File) -> Vec<Vec<Word>> {
    let language = match file.name.rsplit('.').next() {
        Some("rs") => Language::Rust,
        Some("js" | "mjs") => Language::JavaScript,
        _ => {
            let mut words = Vec::new();
            say(&file.text, 1, &mut words);
            return vec![words];
        }
    };
    let mut comments = Vec::new();
    let mut passages = Vec::new();
    let mut line = 1;
    for (part, text) in parts(&file.text, language) {
        match part {
            Part::Code => {}
            Part::Comment => say(text, line, &mut comments),
            Part::Text => {
                let mut words = Vec::new();
                say(text, line, &mut words);
                passages.push(words);
            }
        }
        line += text.matches('\n').count();
    }
    passages.push(comments);
    passages
}

/// Adds the words of a text that begins at a line.
fn say(text: &str, mut line: usize, words: &mut Vec<Word>) {
    let mut word = String::new();
    let mut joined = true;
    let mut escaped = false;
    for c in text.chars().chain(['\n']) {
        // `\n` in a string is no letter.
        let letter = !escaped && (c.is_alphanumeric() || "'’_-".contains(c));
        escaped = c == '\\' && !escaped;
        if letter {
            word.push(c);
            continue;
        }
        let bare = word.trim_matches(['\'', '’', '-']).to_owned();
        word.clear();
        if !bare.is_empty() {
            words.push(Word {
                text: bare,
                line,
                joined,
            });
            joined = true;
        }
        joined &= c.is_whitespace() || "/*!\\".contains(c);
        line += usize::from(c == '\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str, exceptions: &str) -> (Vec<(usize, &'static str)>, usize) {
        let file = File {
            name: name.into(),
            text: text.into(),
        };
        let spoken = spoken(&[file], &read(exceptions).expect("rows"));
        let places = spoken.places.iter();
        (
            places.map(|place| (place.line, place.word)).collect(),
            spoken.breaches.len(),
        )
    }

    #[test]
    fn words_are_found_in_comments_and_strings_but_not_in_code() {
        let text = "\
//! It stands here, and goes
//! on. Understand: stand-alone.
fn alone() {
    say(\"All is\\nto be: Alone\"); // is: to be
}
";
        let found = vec![(1, "goes on"), (1, "stands"), (4, "alone")];
        let (mut places, _) = of("core/src/a.rs", text, "");
        places.sort_unstable();
        assert_eq!(places, found);
        assert_eq!(
            of("tests/e2e/a.mjs", "alone(t); // anew", "").0,
            [(1, "anew")]
        );
        assert_eq!(of("docs/a.md", "It is\nto be.", "").0, [(1, "is to be")]);
    }

    #[test]
    fn a_right_use_is_excused_with_a_reason() {
        let text = "// Leave me alone, alone.\n";
        let row = "*\tleave me alone\ta quotation\n";
        assert_eq!(of("cli/src/a.rs", text, row), (vec![(1, "alone")], 0));
        let row = "cli/src/b.rs\tleave me alone\ta quotation\n";
        assert_eq!(of("cli/src/a.rs", text, row).1, 1, "a dead exception");
        assert!(read("*\tleave me alone\t \n").is_err());
    }
}
