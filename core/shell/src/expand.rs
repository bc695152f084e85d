//! Expansion of words: variables, command output, field splitting, `~` and wildcards.

use super::arithmetic;
use super::fs::{Fs, NodeKind};
use super::host::Login;
use super::syntax::{Item, Part, Word};
use hsmlab_sim::wildcard;

/// The services that expansion needs from the code that runs commands.
pub trait Substitute {
    /// Runs commands and returns their output.
    fn output_of(&mut self, list: &[Item]) -> String;
    /// Reserves this many more bytes of expanded text; false if the command has become too long.
    fn spend(&mut self, bytes: usize) -> bool;
    /// Marks the command as failed; `why` is in bash's words.
    fn fail(&mut self, why: String);
    /// The same as `fail`, and also ends a script.
    fn fail_shell(&mut self, why: String);
    /// The login whose variables are read; `:=` writes them.
    fn login(&mut self) -> &mut Login;
    /// The file system in which wildcards are matched.
    fn fs(&self) -> &Fs;
}

/// The longest value that `${NAME%pattern}` trims, in bytes: the code tries every possible end.
const TRIMMED_BYTES_MAX: usize = 8192;

/// A piece of expanded text, with a flag if it was quoted.
struct Piece {
    text: String,
    quoted: bool,
    split: bool,
    /// True if a field ends after it: between the parameters of `"$@"`.
    ends: bool,
}

impl Piece {
    const fn new(text: String, quoted: bool, split: bool) -> Self {
        Self {
            text,
            quoted,
            split,
            ends: false,
        }
    }
}

/// The fields that a word expands to: none, one or more.
pub fn fields(word: &Word, with: &mut dyn Substitute) -> Vec<String> {
    let pieces = pieces(word, with);
    let mut fields: Vec<Vec<(String, bool)>> = Vec::new();
    let mut open = false;
    for piece in pieces {
        if piece.split {
            let text = piece.text;
            if text.starts_with(char::is_whitespace) {
                open = false;
            }
            let mut first = true;
            for field in text.split_whitespace() {
                if !(first && open) {
                    fields.push(Vec::new());
                }
                first = false;
                open = true;
                if let Some(last) = fields.last_mut() {
                    last.push((field.to_owned(), false));
                }
            }
            if text.ends_with(char::is_whitespace) {
                open = false;
            }
        } else {
            if !open {
                fields.push(Vec::new());
            }
            if let Some(last) = fields.last_mut() {
                last.push((piece.text, piece.quoted));
            }
            open = !piece.ends;
        }
    }
    fields
        .into_iter()
        .flat_map(|field| globbed(&field, with))
        .collect()
}

/// The single text that a word expands to where fields are not split: assignments, redirections,
/// here-documents.
pub fn text(word: &Word, with: &mut dyn Substitute) -> String {
    pieces(word, with)
        .into_iter()
        .map(|piece| piece.text)
        .collect()
}

/// The pattern that a word expands to: quoted parts match only themselves.
pub fn pattern(word: &Word, with: &mut dyn Substitute) -> String {
    pieces(word, with)
        .into_iter()
        .map(|piece| {
            if piece.quoted {
                literal(&piece.text)
            } else {
                piece.text
            }
        })
        .collect()
}

/// A pattern that matches only this text.
fn literal(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if "*?[".contains(c) {
            pattern.push_str(&format!("[{c}]"));
        } else {
            pattern.push(c);
        }
    }
    pattern
}

/// The positional parameters as in `"$@"`: one field each.
fn parameters(with: &mut dyn Substitute, pieces: &mut Vec<Piece>) {
    let words: Vec<String> = with.login().positional.iter().skip(1).cloned().collect();
    let count = words.len();
    if count == 0 && pieces.last().is_some_and(|last| last.text.is_empty()) {
        // `"$@"` without parameters produces no field.
        pieces.pop();
    }
    for (at, text) in words.into_iter().enumerate() {
        pieces.push(Piece {
            ends: at + 1 < count,
            ..Piece::new(text, true, false)
        });
    }
}

fn pieces(word: &Word, with: &mut dyn Substitute) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, part) in word.0.iter().enumerate() {
        if pieces
            .last()
            .is_some_and(|last| !with.spend(last.text.len()))
        {
            return Vec::new();
        }
        match part {
            Part::Text { text, quoted } => {
                let mut text = text.clone();
                if index == 0 && !quoted && (text == "~" || text.starts_with("~/")) {
                    text = format!("{}{}", with.login().home(), &text[1..]);
                }
                pieces.push(Piece::new(text, *quoted, false));
            }
            Part::Variable {
                name,
                operator: None,
                quoted: true,
            } if name == "@" => parameters(with, &mut pieces),
            Part::Variable {
                name,
                operator,
                quoted,
            } => {
                let text = variable(name, operator.as_ref(), with);
                if *quoted {
                    pieces.push(Piece::new(text, true, false));
                } else if !text.is_empty() {
                    pieces.push(Piece::new(text, false, true));
                }
            }
            Part::Commands { list, quoted } => {
                let text = with.output_of(list).trim_end_matches('\n').to_owned();
                if *quoted {
                    pieces.push(Piece::new(text, true, false));
                } else if !text.is_empty() {
                    pieces.push(Piece::new(text, false, true));
                }
            }
            Part::Arithmetic { expression, quoted } => {
                let expression = text(expression, with);
                let result = arithmetic::evaluate(&expression, &mut |name| {
                    with.login().variables.get(name).cloned()
                });
                match result {
                    Ok(number) => pieces.push(Piece::new(number.to_string(), *quoted, false)),
                    Err(why) => {
                        with.fail(format!("{}: {why}", expression.trim()));
                        return Vec::new();
                    }
                }
            }
        }
    }
    if pieces
        .last()
        .is_some_and(|last| !with.spend(last.text.len()))
    {
        return Vec::new();
    }
    pieces
}

fn variable(name: &str, operator: Option<&(String, Word)>, with: &mut dyn Substitute) -> String {
    if let Some(name) = name.strip_prefix('#').filter(|name| !name.is_empty()) {
        if matches!(name, "@" | "*") {
            return value("#", with).unwrap_or_default();
        }
        return value(name, with)
            .unwrap_or_default()
            .chars()
            .count()
            .to_string();
    }
    let set = value(name, with);
    let Some((operator, word)) = operator else {
        if set.is_none() && with.login().options.nounset && !matches!(name, "@" | "*") {
            with.fail_shell(format!("{name}: unbound variable"));
        }
        return set.unwrap_or_default();
    };
    let filled = set
        .clone()
        .filter(|value| !value.is_empty() || !operator.starts_with(':'));
    match operator.as_str() {
        ":-" | "-" => filled.unwrap_or_else(|| text(word, with)),
        ":=" | "=" => filled.unwrap_or_else(|| {
            let value = text(word, with);
            with.login()
                .variables
                .insert(name.to_owned(), value.clone());
            value
        }),
        ":?" | "?" => filled.unwrap_or_else(|| {
            let text = text(word, with);
            let why = match (text.is_empty(), operator.as_str()) {
                (false, _) => text,
                (true, "?") => "parameter not set".to_owned(),
                (true, _) => "parameter null or not set".to_owned(),
            };
            with.fail_shell(format!("{name}: {why}"));
            String::new()
        }),
        ":+" | "+" => filled.map(|_| text(word, with)).unwrap_or_default(),
        "#" | "##" | "%" | "%%" => {
            let pattern = text(word, with);
            if set
                .as_ref()
                .is_some_and(|value| value.len() > TRIMMED_BYTES_MAX)
            {
                with.fail(format!("{name}: value too long for ${{{name}{operator}…}}"));
                return String::new();
            }
            trimmed(&set.unwrap_or_default(), operator, &pattern)
        }
        _ => set.unwrap_or_default(),
    }
}

fn value(name: &str, with: &mut dyn Substitute) -> Option<String> {
    match name {
        "?" => Some(with.login().status.to_string()),
        "$" => Some("4242".into()),
        "#" => {
            let count = with.login().positional.len().saturating_sub(1);
            Some(count.to_string())
        }
        "@" | "*" => {
            let words: Vec<String> = with.login().positional.iter().skip(1).cloned().collect();
            Some(words.join(" "))
        }
        digits if digits.starts_with(|c: char| c.is_ascii_digit()) => {
            let at: usize = digits.parse().ok()?;
            with.login().positional.get(at).cloned()
        }
        _ => with.login().variables.get(name).cloned(),
    }
}

fn trimmed(value: &str, operator: &str, pattern: &str) -> String {
    let ends: Vec<usize> = value
        .char_indices()
        .map(|(at, _)| at)
        .chain([value.len()])
        .collect();
    let (prefix, longest) = (operator.starts_with('#'), operator.len() == 2);
    let fits = |at: &&usize| {
        if prefix {
            wildcard::matches_classes(pattern, &value[..**at])
        } else {
            wildcard::matches_classes(pattern, &value[**at..])
        }
    };
    // The shortest prefix is the first match; the shortest suffix is the last one.
    let found = if prefix == longest {
        ends.iter().rev().find(fits)
    } else {
        ends.iter().find(fits)
    };
    match found {
        Some(&at) if prefix => value[at..].to_owned(),
        Some(&at) => value[..at].to_owned(),
        None => value.to_owned(),
    }
}

/// The paths that match a field with unquoted wildcards; the field itself if there are none.
fn globbed(field: &[(String, bool)], with: &mut dyn Substitute) -> Vec<String> {
    let plain: String = field.iter().map(|(text, _)| text.as_str()).collect();
    let wild = field
        .iter()
        .any(|(text, quoted)| !quoted && text.contains(['*', '?', '[']));
    if !wild {
        return vec![plain];
    }
    let pattern: String = field
        .iter()
        .map(
            |(text, quoted)| {
                if *quoted { literal(text) } else { text.clone() }
            },
        )
        .collect();
    let found = paths(&pattern, with);
    if found.is_empty() { vec![plain] } else { found }
}

fn paths(pattern: &str, with: &mut dyn Substitute) -> Vec<String> {
    let (cwd, user) = (with.login().cwd.clone(), with.login().user.clone());
    let fs = with.fs();
    let mut found: Vec<String> = vec![if pattern.starts_with('/') {
        "/".into()
    } else {
        String::new()
    }];
    let segments: Vec<&str> = pattern
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    for (index, segment) in segments.iter().enumerate() {
        let mut next = Vec::new();
        for base in &found {
            let folder = super::fs::resolve(&cwd, "/", base);
            if !segment.contains(['*', '?', '[']) {
                if fs.exists(&super::fs::resolve(&folder, "/", segment)) {
                    next.push(format!("{base}{segment}"));
                }
                continue;
            }
            let Ok(entries) = fs.list(&folder, &user) else {
                continue;
            };
            for (name, node) in entries {
                let hidden = name.starts_with('.') && !segment.starts_with('.');
                let last = index + 1 == segments.len();
                if !hidden
                    && wildcard::matches_classes(segment, name)
                    && (last || node.kind == NodeKind::Folder)
                {
                    next.push(format!("{base}{name}"));
                }
            }
        }
        found = next;
        if index + 1 < segments.len() {
            for base in &mut found {
                base.push('/');
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_suffixes_are_trimmed() {
        for (operator, pattern, result) in [
            ("#", "*/", "b/c.tar.gz"),
            ("##", "*/", "c.tar.gz"),
            ("%", ".*", "a/b/c.tar"),
            ("%%", ".*", "a/b/c"),
        ] {
            assert_eq!(trimmed("a/b/c.tar.gz", operator, pattern), result);
        }
    }
}
