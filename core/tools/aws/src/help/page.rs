//! The layout of a manual page: headings at the margin, blocks separated by an empty line, text wrapped at
//! the width of a terminal.

/// The width of a page in columns.
const WIDTH: usize = 78;

/// The indent of the first level.
const FIRST_INDENT: usize = 7;

/// The indent that each further level adds.
const INDENT: usize = 3;

/// A page under construction.
pub(super) struct Page {
    name: String,
    text: String,
    in_lines: bool,
}

impl Page {
    /// Starts a page with its header.
    pub(super) fn new(name: &str) -> Self {
        let name = format!("{}()", name.to_uppercase());
        let gap = " ".repeat((WIDTH + 1).saturating_sub(2 * name.len()).max(2));
        Self {
            text: format!("{name}{gap}{name}\n\n\n\n"),
            name,
            in_lines: false,
        }
    }

    /// Adds a heading.
    pub(super) fn heading(&mut self, heading: &str) {
        self.text.push_str(heading);
        self.text.push('\n');
    }

    /// Adds a wrapped block of text.
    pub(super) fn paragraph(&mut self, level: usize, text: &str) {
        self.filled(indent(level), "", text);
    }

    /// Adds an item of a list.
    pub(super) fn bullet(&mut self, level: usize, text: &str) {
        self.filled(indent(level), "o ", text);
    }

    /// Adds a line without wrapping; [`Page::end_lines`] ends the block.
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

    /// Returns the page with its footer.
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

/// Returns the indent of a level. It has a maximum, so that deep levels keep room for text.
fn indent(level: usize) -> usize {
    (FIRST_INDENT + level.saturating_sub(1) * INDENT).min(WIDTH / 2)
}
