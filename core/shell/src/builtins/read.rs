//! `read`: splits a line of standard input into variables.

use crate::process::{Input, Io, Process, Step};

/// A `read` that waits for its line.
#[derive(Clone)]
struct Read {
    names: Vec<String>,
    prompt: String,
    echo: bool,
    raw: bool,
    /// Earlier lines that ended with a backslash.
    before: String,
}

/// Creates the process of a `read`. `voice` is the prefix of bash's messages; `asks`: a person
/// answers, so the prompt is shown.
///
/// # Errors
/// The message, with its line end, and the exit status: an option that the lab does not have, or
/// bash's complaint.
pub fn start(argv: &[String], voice: &str, asks: bool) -> Result<Box<dyn Process>, (String, i32)> {
    let mut read = Read {
        names: Vec::new(),
        prompt: String::new(),
        echo: true,
        raw: false,
        before: String::new(),
    };
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|_| read.names.is_empty()) else {
            if !is_name(word) {
                let message = format!("{voice}read: `{word}': not a valid identifier\n");
                return Err((message, 1));
            }
            read.names.push(word.clone());
            continue;
        };
        for (at, letter) in letters.char_indices() {
            match letter {
                'r' => read.raw = true,
                's' => read.echo = false,
                'p' => {
                    let rest = &letters[at + 1..];
                    let text = if rest.is_empty() {
                        words.next().map(String::as_str)
                    } else {
                        Some(rest)
                    };
                    let Some(text) = text else {
                        let message = format!("{voice}read: -p: option requires an argument\n");
                        return Err((message, 2));
                    };
                    if asks {
                        text.clone_into(&mut read.prompt);
                    }
                    break;
                }
                other => {
                    let message = format!("hsmlab: this lab's read does not have -{other}\n");
                    return Err((message, 2));
                }
            }
        }
    }
    if read.names.is_empty() {
        read.names.push("REPLY".to_owned());
    }
    Ok(Box::new(read))
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Read {
    fn wait(&self) -> Step {
        Step::Read {
            prompt: self.prompt.clone(),
            echo: self.echo,
        }
    }

    fn assign(&self, line: &str, io: &mut Io<'_>) {
        let separators = io.login.variable("IFS").unwrap_or(" \t\n").to_owned();
        let whole = self.names.len() == 1 && self.names[0] == "REPLY";
        let values = if whole {
            vec![line.to_owned()]
        } else {
            split(line, &separators, self.names.len(), self.raw)
        };
        let mut values = values.into_iter();
        for name in &self.names {
            let value = values.next().unwrap_or_default();
            io.login.variables.insert(name.clone(), value);
        }
    }
}

impl Process for Read {
    fn resume(&mut self, io: &mut Io<'_>, input: Input) -> Step {
        match input {
            Input::Start => self.wait(),
            Input::Line(line) => {
                let continues =
                    !self.raw && line.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
                if continues {
                    self.before.push_str(&line[..line.len() - 1]);
                    return self.wait();
                }
                let line = std::mem::take(&mut self.before) + &line;
                self.assign(&line, io);
                Step::Exit(0)
            }
            Input::End => {
                let line = std::mem::take(&mut self.before);
                self.assign(&line, io);
                Step::Exit(1)
            }
            Input::Interrupt => Step::Exit(130),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Process> {
        Box::new(self.clone())
    }
}

/// Splits a line at the characters of IFS into at most `count` fields; the last one takes the rest.
/// Leading and trailing blanks are dropped and a run of blanks counts once; every other separator
/// counts (POSIX, "read").
fn split(line: &str, separators: &str, count: usize, raw: bool) -> Vec<String> {
    let is_blank = |c: char| c.is_ascii_whitespace() && separators.contains(c);
    let is_other = |c: char| !c.is_ascii_whitespace() && separators.contains(c);
    let mut fields = Vec::new();
    let mut rest = line.trim_matches(is_blank);
    while fields.len() + 1 < count && !rest.is_empty() {
        let end = field_end(rest, raw, &|c| is_blank(c) || is_other(c));
        fields.push(unescaped(&rest[..end], raw));
        rest = rest[end..].trim_start_matches(is_blank);
        if rest.starts_with(is_other) {
            rest = rest
                .get(1..)
                .unwrap_or_default()
                .trim_start_matches(is_blank);
        }
    }
    fields.push(unescaped(rest, raw));
    fields
}

/// The end of the first field; a backslash keeps the character after it.
fn field_end(text: &str, raw: bool, ends: &dyn Fn(char) -> bool) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && ends(c) {
            return at;
        }
        escaped = !raw && !escaped && c == '\\';
    }
    text.len()
}

fn unescaped(text: &str, raw: bool) -> String {
    if raw {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            out.extend(chars.next());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_split_as_posix_says() {
        for (line, separators, count, fields) in [
            ("  one  two three ", " \t\n", 2, vec!["one", "two three"]),
            ("1,2", ",", 2, vec!["1", "2"]),
            ("a,,b", ",", 3, vec!["a", "", "b"]),
            ("a", " ", 2, vec!["a", ""]),
            (r"a\ b c", " ", 2, vec!["a b", "c"]),
            ("x:y:z", ":", 2, vec!["x", "y:z"]),
        ] {
            let split = split(line, separators, count, false);
            assert_eq!(split, fields, "{line}");
        }
    }
}
