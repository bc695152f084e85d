//! PowerShell's error records, and their output in Windows PowerShell 5.1 (about_Error; the format of the
//! position is that of PowerShell's public source, `Position.cs`).

use super::syntax::Span;
use hsmlab_shell::host::TERMINAL_COLUMNS;

/// An error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// The command as it was typed; empty for errors of the language.
    pub(super) by: String,
    pub(super) message: String,
    /// The category: `ObjectNotFound`.
    pub(super) category: &'static str,
    /// The error's target and its type: `(C:\x:String)`; empty parts give `(:)`.
    pub(super) target: String,
    pub(super) target_type: String,
    /// The cmdlet: `Get-Content`.
    pub(super) activity: String,
    /// The exception: `ItemNotFoundException`.
    pub(super) exception: &'static str,
    /// The error id: `PathNotFound,Microsoft.PowerShell.Commands.GetContentCommand`.
    pub(super) id: String,
    pub(super) span: Span,
}

impl Failure {
    /// A syntax error.
    pub(super) fn parser(message: &str, id: &str, span: Span) -> Self {
        Self {
            by: String::new(),
            message: message.to_owned(),
            category: "ParserError",
            target: String::new(),
            target_type: String::new(),
            activity: String::new(),
            exception: "ParentContainsErrorRecordException",
            id: id.to_owned(),
            span,
        }
    }

    /// An error raised while an expression is evaluated.
    pub(super) fn runtime(message: &str, id: &str, span: Span) -> Self {
        Self {
            category: "InvalidOperation",
            exception: "RuntimeException",
            ..Self::parser(message, id, span)
        }
    }

    /// The error for an unknown command.
    pub(super) fn not_recognized(name: &str, span: Span) -> Self {
        let message = format!(
            "The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program. Check the spelling of the name, or if a path was included, verify that the path is correct and try again."
        );
        Self {
            by: name.to_owned(),
            category: "ObjectNotFound",
            target: name.to_owned(),
            target_type: "String".into(),
            exception: "CommandNotFoundException",
            ..Self::parser(&message, "CommandNotFoundException", span)
        }
    }

    /// Returns the text to print; `source` is the text that was typed.
    pub(super) fn render(&self, source: &str) -> String {
        let position = position(source, self.span);
        let target = if self.target.is_empty() && self.target_type.is_empty() {
            "(:)".to_owned()
        } else {
            format!("({}:{})", shorten(&self.target), self.target_type)
        };
        let details = format!(
            "    + CategoryInfo          : {}: {target} [{}], {}\n    + FullyQualifiedErrorId : {}\n\n",
            self.category, self.activity, self.exception, self.id
        );
        if self.category == "ParserError" {
            return format!("{position}\n{}\n{details}", wrap(&self.message));
        }
        let text = if self.by.is_empty() {
            self.message.clone()
        } else {
            format!("{} : {}", self.by, self.message)
        };
        format!("{}\n{position}\n{details}", wrap(&text))
    }
}

/// Shortens a target of more than 40 characters to its two ends.
fn shorten(text: &str) -> String {
    let all: Vec<char> = text.chars().collect();
    if all.len() <= 40 {
        return text.to_owned();
    }
    let first: String = all.iter().take(15).collect();
    let last: String = all.iter().skip(all.len() - 15).collect();
    format!("{first}...{last}")
}

/// Breaks a message at the width of the screen.
fn wrap(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        for word in line.split(' ') {
            let longer = current.chars().count() + 1 + word.chars().count();
            if !current.is_empty() && longer >= TERMINAL_COLUMNS {
                lines.push(std::mem::take(&mut current));
            } else if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    lines.join("\n")
}

/// The most characters of a line that are shown.
const SHOWN: usize = 69;

/// Returns `At line:1 char:1`, the line, and the marks under the faulty part.
fn position(source: &str, span: Span) -> String {
    let before = source.get(..span.start).unwrap_or(source);
    let number = before.matches('\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line: Vec<char> = source
        .get(line_start..)
        .unwrap_or_default()
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end()
        .chars()
        .collect();
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    let meant = source.get(span.start..span.end).unwrap_or_default();
    let length = meant
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        .min(line.len().saturating_sub(column));
    let (shown, from, length) = cut(&line, column, length);
    format!(
        "At line:{number} char:{}\n+ {shown}\n+ {}{}",
        column + 1,
        " ".repeat(from),
        "~".repeat(length.max(1))
    )
}

/// Cuts a long line to the part around the fault.
fn cut(line: &[char], column: usize, length: usize) -> (String, usize, usize) {
    if line.len() <= SHOWN {
        return (line.iter().collect(), column, length);
    }
    let behind = line.len().saturating_sub(column + length);
    let (mut prefix, mut suffix) = (column.min(12), behind.min(8));
    let mut length = length;
    let whole = prefix + length + suffix;
    let too_long = whole >= SHOWN;
    if too_long {
        length = length.min(SHOWN - prefix);
    } else {
        let spare = SHOWN - whole;
        let more = (column - prefix).min(spare);
        prefix += more;
        suffix += (behind - suffix).min(spare - more);
    }
    let start = column - prefix;
    let end = (start + SHOWN).min(line.len());
    let (lead, tail) = (start > 0, too_long || suffix < behind);
    let mut shown = String::new();
    if lead {
        shown.push_str("... ");
    }
    shown.extend(line.get(start..end).unwrap_or_default());
    if tail {
        shown.push_str(" ...");
    }
    let from = prefix + if lead { 4 } else { 0 };
    (shown, from, length)
}
