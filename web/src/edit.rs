//! Editing of an input line beyond the features of a text field: the history, reverse search, and the
//! keys of GNU Readline. Pure; the component holds the text field.

use serde::Serialize;
use wasm_bindgen::prelude::JsValue;

use crate::bridge::read::{Flaw, Read};

/// The maximum number of lines in a history: bash's `HISTSIZE`.
pub const HISTORY_LINES_MAX: usize = 500;

/// A text with a cursor, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The cursor, in bytes, at the start of a character.
    pub cursor: usize,
}

impl Text {
    /// Creates a text with the cursor at its end.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            cursor: text.len(),
            text,
        }
    }

    fn split(&self) -> (&str, &str) {
        self.text
            .split_at_checked(self.cursor)
            .unwrap_or((&self.text, ""))
    }

    /// Returns the text with `middle` inserted at the cursor.
    #[must_use]
    pub fn with(&self, middle: &str) -> Self {
        let (before, after) = self.split();
        Self {
            text: format!("{before}{middle}{after}"),
            cursor: before.len() + middle.len(),
        }
    }

    /// Returns the text with the bytes from `from` to the cursor replaced.
    #[must_use]
    pub fn replaced(&self, from: usize, middle: &str) -> Self {
        let (before, after) = self.split();
        let kept = before.get(..from).unwrap_or(before);
        Self {
            text: format!("{kept}{middle}{after}"),
            cursor: kept.len() + middle.len(),
        }
    }
}

/// Deletions of Readline that text fields lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kill {
    /// Ctrl-U: to the line's start.
    ToStart,
    /// Ctrl-K: to the line's end.
    ToEnd,
    /// Ctrl-W: the word before the cursor, delimited by spaces.
    Word,
}

/// Deletes; returns the remaining text and the deleted text, for Ctrl-Y.
#[must_use]
pub fn kill(at: &Text, kill: Kill) -> (Text, String) {
    let (before, after) = at.split();
    match kill {
        Kill::ToStart => (
            Text {
                text: after.to_owned(),
                cursor: 0,
            },
            before.to_owned(),
        ),
        Kill::ToEnd => (Text::new(before), after.to_owned()),
        Kill::Word => {
            let trimmed = before.trim_end();
            let start = trimmed.rfind(char::is_whitespace).map_or(0, |blank| {
                blank + trimmed[blank..].chars().next().map_or(1, char::len_utf8)
            });
            let kept = &before[..start];
            (
                Text {
                    text: format!("{kept}{after}"),
                    cursor: start,
                },
                before[start..].to_owned(),
            )
        }
    }
}

/// The typed lines, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct History {
    lines: Vec<String>,
    /// The position of Up and Down: `None` is the line being typed.
    #[serde(skip)]
    at: Option<usize>,
    /// The line that was being typed when Up was first pressed.
    #[serde(skip)]
    draft: String,
}

impl Read for History {
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        Self {
            lines: Read::take(value, flaw),
            ..Self::default()
        }
    }
}

impl History {
    /// Adds a line, unless it is blank or repeats the last one.
    pub fn add(&mut self, line: &str) {
        self.at = None;
        if line.trim().is_empty() || self.lines.last().is_some_and(|last| last == line) {
            return;
        }
        self.lines.push(line.to_owned());
        if self.lines.len() > HISTORY_LINES_MAX {
            self.lines.remove(0);
        }
    }

    /// Returns the previous line; `draft` is the line being typed.
    pub fn older(&mut self, draft: &str) -> Option<String> {
        let at = match self.at {
            None => {
                draft.clone_into(&mut self.draft);
                self.lines.len().checked_sub(1)?
            }
            Some(at) => at.checked_sub(1)?,
        };
        self.at = Some(at);
        self.lines.get(at).cloned()
    }

    /// Returns the next line, and after the last the line that was being typed.
    pub fn newer(&mut self) -> Option<String> {
        let at = self.at? + 1;
        if at < self.lines.len() {
            self.at = Some(at);
            self.lines.get(at).cloned()
        } else {
            self.at = None;
            Some(std::mem::take(&mut self.draft))
        }
    }

    /// Finds the newest line that contains `what`, skipping `skip` matches.
    #[must_use]
    pub fn search(&self, what: &str, skip: usize) -> Option<&str> {
        self.lines
            .iter()
            .rev()
            .filter(|line| line.contains(what))
            .nth(skip)
            .map(String::as_str)
    }
}

/// Splits a paste: the complete lines, to run in order, and the rest to edit.
#[must_use]
pub fn paste(at: &Text, pasted: &str) -> (Vec<String>, Text) {
    let pasted = pasted.replace("\r\n", "\n").replace('\r', "\n");
    let Text { text, cursor } = at.with(&pasted);
    let (before, after) = text.split_at_checked(cursor).unwrap_or((&text, ""));
    let mut lines: Vec<String> = before.split('\n').map(str::to_owned).collect();
    let rest = lines.pop().unwrap_or_default();
    let cursor = rest.len();
    (
        lines,
        Text {
            text: format!("{rest}{after}"),
            cursor,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(marked: &str) -> Text {
        let cursor = marked.find('|').unwrap_or(marked.len());
        Text {
            text: marked.replacen('|', "", 1),
            cursor,
        }
    }

    fn marked(text: &Text) -> String {
        text.replaced(text.cursor, "|").text
    }

    #[test]
    fn kills_delete_the_same_text_as_readline() {
        for (before, how, after, taken) in [
            ("aws ec2|", Kill::ToStart, "|", "aws ec2"),
            ("aws |ec2", Kill::ToStart, "|ec2", "aws "),
            ("aws |ec2", Kill::ToEnd, "aws |", "ec2"),
            ("aws ec2 |x", Kill::Word, "aws |x", "ec2 "),
            ("aws|", Kill::Word, "|", "aws"),
            ("|", Kill::Word, "|", ""),
            ("ä ö|", Kill::Word, "ä |", "ö"),
        ] {
            let (left, cut) = kill(&at(before), how);
            assert_eq!(
                (marked(&left).as_str(), cut.as_str()),
                (after, taken),
                "{before}"
            );
        }
    }

    #[test]
    fn up_and_down_walk_the_history_and_come_back_to_the_draft() {
        let mut history = History::default();
        for line in ["one", "two", "two", "  "] {
            history.add(line);
        }
        assert_eq!(history.older("dra").as_deref(), Some("two"));
        assert_eq!(history.older("two").as_deref(), Some("one"));
        assert_eq!(history.older("one"), None);
        assert_eq!(history.newer().as_deref(), Some("two"));
        assert_eq!(history.newer().as_deref(), Some("dra"));
        assert_eq!(history.newer(), None);
    }

    #[test]
    fn search_goes_back_from_the_newest() {
        let mut history = History::default();
        for line in ["aws sts", "ls", "aws ec2"] {
            history.add(line);
        }
        assert_eq!(history.search("aws", 0), Some("aws ec2"));
        assert_eq!(history.search("aws", 1), Some("aws sts"));
        assert_eq!(history.search("aws", 2), None);
    }

    #[test]
    fn a_history_is_bounded() {
        let mut history = History::default();
        for number in 0..2 * HISTORY_LINES_MAX {
            history.add(&number.to_string());
        }
        assert_eq!(history.lines.len(), HISTORY_LINES_MAX);
    }

    #[test]
    fn a_paste_runs_its_complete_lines() {
        let (lines, rest) = paste(&at("a|z"), "1\r\n2\n3");
        assert_eq!(lines, ["a1", "2"]);
        assert_eq!(marked(&rest), "3|z");
        assert_eq!(paste(&at("|"), "one").0, Vec::<String>::new());
    }
}
