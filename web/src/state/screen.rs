//! The contents of a terminal's screen: lines in chunks, append-only. New output changes only the last
//! chunk.

use std::collections::VecDeque;

use serde::Serialize;

use super::Shared;

/// The maximum number of lines on a screen: about the default of terminal programs, and more than the
/// longest lab prints.
pub const SCROLLBACK_LINES_MAX: usize = 5_000;

/// Lines per chunk. The browser skips the layout of invisible chunks; static/styles/terminal.css
/// estimates a chunk's height from the same number.
const CHUNK_LINES: usize = 64;

/// The maximum number of a screen's lines in a save.
pub const TRANSCRIPT_LINES_MAX: usize = 1_000;

const _: () = assert!(TRANSCRIPT_LINES_MAX <= SCROLLBACK_LINES_MAX);
const _: () = assert!(CHUNK_LINES < SCROLLBACK_LINES_MAX);

/// The source of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Ink {
    /// A program's standard output.
    Out,
    /// A program's standard error.
    Err,
    /// The lab itself.
    Note,
    /// A prompt.
    Prompt,
    /// The learner.
    Typed,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Span(pub Ink, pub String);

/// A line.
pub type Line = Vec<Span>;

/// Some consecutive lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// The chunk's number, counted from the screen's beginning.
    pub number: usize,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Screen {
    chunks: VecDeque<Shared<Chunk>>,
    /// True if the last line is still incomplete.
    open: bool,
    identity: Identity,
}

/// Distinguishes a new screen from one with new output. A clone with new output keeps its identity.
pub type Identity = Shared<()>;

impl Screen {
    /// Prints text, continuing an incomplete line.
    pub fn print(&mut self, ink: Ink, text: &str) {
        if text.is_empty() {
            return;
        }
        let clean = without_escapes(text);
        for piece in clean.split_inclusive('\n') {
            let ends = piece.ends_with('\n');
            self.piece(ink, piece.strip_suffix('\n').unwrap_or(piece));
            self.open = !ends;
        }
        while self.len() > SCROLLBACK_LINES_MAX + CHUNK_LINES {
            self.chunks.pop_front();
        }
    }

    fn piece(&mut self, ink: Ink, text: &str) {
        let full = self
            .chunks
            .back()
            .is_none_or(|chunk| chunk.lines.len() >= CHUNK_LINES);
        if full && !self.open {
            let number = self.chunks.back().map_or(0, |chunk| chunk.number + 1);
            self.chunks.push_back(Shared::new(Chunk {
                number,
                lines: Vec::new(),
            }));
        }
        let Some(last) = self.chunks.back_mut() else {
            return;
        };
        let chunk = last.make_mut();
        let span = Span(ink, text.to_owned());
        match chunk.lines.last_mut() {
            Some(line) if self.open => line.push(span),
            _ => chunk.lines.push(vec![span]),
        }
    }

    fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.lines.len()).sum()
    }

    /// The chunks, oldest first.
    pub fn chunks(&self) -> impl Iterator<Item = &Shared<Chunk>> {
        self.chunks.iter()
    }

    /// The screen's identity; a cleared or restored screen has a new one.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The last lines, for a save.
    #[must_use]
    pub fn transcript(&self) -> Vec<Line> {
        let skip = self.len().saturating_sub(TRANSCRIPT_LINES_MAX);
        self.chunks
            .iter()
            .flat_map(|chunk| chunk.lines.iter())
            .skip(skip)
            .cloned()
            .collect()
    }

    /// Creates a screen that shows the lines of a save.
    #[must_use]
    pub fn from_transcript(lines: Vec<Line>) -> Self {
        let mut screen = Self::default();
        for line in lines {
            let Some((last, before)) = line.split_last() else {
                continue;
            };
            for span in before {
                screen.print(span.0, &span.1);
            }
            screen.print(last.0, &format!("{}\n", last.1));
        }
        screen
    }
}

/// Removes control sequences (ECMA-48): printed files must not restyle or hide parts of the page.
fn without_escapes(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(ch) = chars.next() {
        match ch {
            '\u{1b}' if chars.next_if_eq(&'[').is_some() => {
                // Skip parameters and intermediates, up to the final byte.
                while chars
                    .next_if(|ch| ('\u{20}'..='\u{3f}').contains(ch))
                    .is_some()
                {}
                chars.next_if(|ch| ('\u{40}'..='\u{7e}').contains(ch));
            }
            '\n' | '\t' => clean.push(ch),
            ch if ch.is_control() => {}
            ch => clean.push(ch),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(screen: &Screen) -> Vec<String> {
        let lines = screen.transcript();
        lines
            .iter()
            .map(|line| line.iter().map(|span| span.1.as_str()).collect())
            .collect()
    }

    #[test]
    fn output_continues_an_incomplete_line() {
        let mut screen = Screen::default();
        screen.print(Ink::Prompt, "$ ");
        screen.print(Ink::Typed, "echo hi\n");
        screen.print(Ink::Out, "hi\n\nthere");
        screen.print(Ink::Err, "!\n");
        assert_eq!(text(&screen), ["$ echo hi", "hi", "", "there!"]);
        assert_eq!(
            text(&Screen::from_transcript(screen.transcript())),
            text(&screen)
        );
    }

    #[test]
    fn the_scrollback_is_bounded() {
        let mut screen = Screen::default();
        for number in 0..3 * SCROLLBACK_LINES_MAX {
            screen.print(Ink::Out, &format!("{number}\n"));
        }
        assert!(screen.len() <= SCROLLBACK_LINES_MAX + CHUNK_LINES);
        assert_eq!(text(&screen).last().map(String::as_str), Some("14999"));
        assert_eq!(text(&screen).len(), TRANSCRIPT_LINES_MAX);
    }

    #[test]
    fn a_new_line_does_not_change_full_chunks() {
        let mut screen = Screen::default();
        for _ in 0..CHUNK_LINES {
            screen.print(Ink::Out, "x\n");
        }
        let before = screen.chunks.front().cloned();
        screen.print(Ink::Out, "y\n");
        assert!(before == screen.chunks.front().cloned());
        assert_eq!(screen.chunks.len(), 2);
    }

    #[test]
    fn a_screen_that_is_printed_on_keeps_its_identity() {
        let mut screen = Screen::default();
        let before = screen.clone();
        screen.print(Ink::Out, "x\n");
        assert!(before.identity() == screen.identity());
        assert!(before != screen);
        assert!(before.identity() != Screen::default().identity());
    }

    #[test]
    fn printing_leaves_earlier_copies_unchanged() {
        let mut screen = Screen::default();
        screen.print(Ink::Out, "x\n");
        let before = screen.clone();
        screen.print(Ink::Out, "y\n");
        assert_eq!(text(&before), ["x"]);
        assert_eq!(text(&screen), ["x", "y"]);
    }

    #[test]
    fn control_sequences_are_taken_out() {
        assert_eq!(
            without_escapes("\u{1b}[31mred\u{1b}[0m\r\n\tx\u{7}"),
            "red\n\tx"
        );
        assert_eq!(without_escapes("\u{1b}["), "");
    }
}
