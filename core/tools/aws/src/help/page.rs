//! The layout of a manual page: headings at the margin, blocks with an empty line between them, text
//! filled to the width of a terminal.

/// The columns of a page.
const WIDTH: usize = 78;

/// The columns of the first level; each further one has fewer.
const FIRST_INDENT: usize = 7;

/// The columns that each level after the first adds.
const INDENT: usize = 3;

/// A page that is being written.
pub(super) struct Page {
    name: String,
    text: String,
    in_lines: bool,
}

impl Page {
    /// A page with its head.
    pub(super) fn new(name: &str) -> Self {
        let name = format!("{}()", name.to_uppercase());
        let gap = " ".repeat((WIDTH + 1).saturating_sub(2 * name.len()).max(2));
        Self {
            text: format!("{name}{gap}{name}\n\n\n\n"),
            name,
            in_lines: false,
        }
    }

    /// A heading.
    pub(super) fn heading(&mut self, heading: &str) {
        self.text.push_str(heading);
        self.text.push('\n');
    }

    /// A block of text, filled.
    pub(super) fn paragraph(&mut self, level: usize, text: &str) {
        self.filled(indent(level), "", text);
    }

    /// An item of a list.
    pub(super) fn bullet(&mut self, level: usize, text: &str) {
        self.filled(indent(level), "o ", text);
    }

    /// A line as it is; [`Page::end_lines`] ends the block.
    pub(super) fn line(&mut self, level: usize, line: &str) {
        self.in_lines = true;
        self.text.push_str(&" ".repeat(indent(level)));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Ends a block of lines.
    pub(super) fn end_lines(&mut self) {
        if std::mem::take(&mut self.in_lines) {
            self.text.push('\n');
        }
    }

    /// The page with its foot.
    pub(super) fn finish(mut self) -> String {
        let gap = " ".repeat((WIDTH + 1).saturating_sub(self.name.len()));
        self.text.push_str(&format!("\n\n{gap}{}\n", self.name));
        self.text
    }

    fn filled(&mut self, indent: usize, mark: &str, text: &str) {
        let mut line = format!("{}{mark}", " ".repeat(indent));
        let start = indent + mark.len();
        let mut used = start;
        for word in text.split_whitespace() {
            let length = word.chars().count();
            if used > start && used + 1 + length > WIDTH {
                self.text.push_str(&line);
                self.text.push('\n');
                line = " ".repeat(start);
                used = start;
            }
            if used > start {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
        self.text.push_str(&line);
        self.text.push_str("\n\n");
    }
}

/// Deep levels stop moving right, so that text keeps some room.
fn indent(level: usize) -> usize {
    (FIRST_INDENT + level.saturating_sub(1) * INDENT).min(WIDTH / 2)
}
