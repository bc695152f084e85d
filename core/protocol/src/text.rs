//! A lab's prose as plain data: the content of the Markdown, without any HTML. A screen draws these
//! nodes; text is only ever text.

use serde::{Deserialize, Serialize};

/// A block of prose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Block {
    /// A heading below the step's title: level 3 to 6.
    Heading {
        /// 3 to 6.
        level: u8,
        /// Its text.
        text: Vec<Inline>,
    },
    /// A paragraph.
    Paragraph {
        /// Its text.
        text: Vec<Inline>,
    },
    /// A code block.
    Code {
        /// Its language, empty if it has none. Commands are `sh` or `powershell`.
        language: String,
        /// Its text, with answers as the typed lines.
        text: String,
        /// The host on which the commands run: `cloudshell`, or an instance's name. `None` if the
        /// block has no commands.
        host: Option<String>,
        /// The commands one by one; empty if the block has none.
        rows: Vec<Row>,
    },
    /// A list.
    List {
        /// The first number; `None` has bullets.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// A quotation or a remark.
    Quote {
        /// Its content.
        blocks: Vec<Block>,
    },
    /// A table.
    Table {
        /// The cells of its head.
        head: Vec<Vec<Inline>>,
        /// The rows.
        rows: Vec<Vec<Vec<Inline>>>,
    },
}

/// A row of a block of commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Row {
    /// A command, of one line or several.
    Command {
        /// Its lines.
        text: String,
    },
    /// The answer to a question that the command before it asks.
    Answer {
        /// The prompt, such as `Enter password:`.
        prompt: String,
        /// The answer.
        text: String,
    },
    /// A remark: nothing to type.
    Remark {
        /// Its text.
        text: String,
    },
}

/// A piece of running text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Inline {
    /// Plain text.
    Text {
        /// The text.
        text: String,
    },
    /// Code.
    Code {
        /// The text.
        text: String,
    },
    /// Strong text.
    Strong {
        /// Its content.
        text: Vec<Inline>,
    },
    /// Emphasised text.
    Emphasis {
        /// Its content.
        text: Vec<Inline>,
    },
    /// A link to an `https:` address; anything else is shown as text.
    Link {
        /// The address.
        href: String,
        /// Its content.
        text: Vec<Inline>,
    },
    /// A line break.
    Break,
}

/// Returns the commands of all code blocks, each with its host, in order.
#[must_use]
pub fn commands(blocks: &[Block]) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for block in blocks {
        match block {
            Block::Code {
                host: Some(host),
                rows,
                ..
            } => found.extend(rows.iter().filter_map(|row| match row {
                Row::Command { text } => Some((host.as_str(), text.as_str())),
                Row::Answer { .. } | Row::Remark { .. } => None,
            })),
            Block::List { items, .. } => {
                found.extend(items.iter().flat_map(|item| commands(item)));
            }
            Block::Quote { blocks } => found.extend(commands(blocks)),
            _ => {}
        }
    }
    found
}

/// True if the text before a terminal's cursor is the prompt that an answer expects.
#[must_use]
pub fn asks(shown: &str, prompt: &str) -> bool {
    shown.lines().last().unwrap_or_default().trim() == prompt
}

#[cfg(test)]
mod tests {
    use super::asks;

    #[test]
    fn a_prompt_is_the_last_line_that_is_shown() {
        assert!(asks("Again\nEnter password: ", "Enter password:"));
        assert!(!asks("aws-cloudhsm > ", "Enter password:"));
        assert!(!asks("", "Enter password:"));
    }
}
