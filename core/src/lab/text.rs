//! A lab's prose as plain data: what Markdown says, without any HTML. A screen draws these nodes; text
//! is only ever text.

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
        /// Its language, empty where none is given. Commands are `sh`.
        language: String,
        /// Its text.
        text: String,
        /// The host that the commands are meant for, where the block names one: `cloudshell`, or an
        /// instance's name.
        host: Option<String>,
    },
    /// A list.
    List {
        /// Numbered from this number; `None` has bullets.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// A quotation or a remark.
    Quote {
        /// What stands in it.
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
        /// What stands in it.
        text: Vec<Inline>,
    },
    /// Emphasised text.
    Emphasis {
        /// What stands in it.
        text: Vec<Inline>,
    },
    /// A link to an `https:` address; anything else is shown as text.
    Link {
        /// The address.
        href: String,
        /// What stands in it.
        text: Vec<Inline>,
    },
    /// A line break.
    Break,
}
