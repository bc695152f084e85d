//! The actions of keys: the keys of GNU Readline that a text field lacks.

use web_sys::KeyboardEvent;

use super::{LineInput, Search, field};
use crate::edit::{Kill, Text};

impl LineInput {
    /// Handles a key; all other keys are left to the browser.
    pub fn key(&self, event: &KeyboardEvent) {
        if event.is_composing() {
            return;
        }
        let ours = match &*self.search {
            Some(search) => self.search_key(event, search),
            None if self.shows() => self.plain_key(event),
            None => self.password_key(event),
        };
        if ours {
            event.prevent_default();
        }
    }

    /// Handles a key of a hidden line. Hidden text goes only to its program: no completion, no history,
    /// nothing to reinsert.
    fn password_key(&self, event: &KeyboardEvent) -> bool {
        match (is_ctrl(event), event.key().as_str()) {
            (false, "Enter") => self.submit(),
            (true, "c" | "C") => self.interrupt(),
            (true, "d" | "D") if field::read(&self.field).text.is_empty() => self.end_of_input(),
            (true, "u" | "U") => field::write(&self.field, &Text::default()),
            _ => return false,
        }
        true
    }

    fn plain_key(&self, event: &KeyboardEvent) -> bool {
        let key = event.key();
        if is_ctrl(event) {
            return self.ctrl_key(&key.to_ascii_lowercase());
        }
        match key.as_str() {
            "Enter" if !event.shift_key() => self.submit(),
            "ArrowUp" if on_first_line(&field::read(&self.field)) => self.recall(true),
            "ArrowDown" if on_last_line(&field::read(&self.field)) => self.recall(false),
            // Without text, Tab leaves the terminal, as keyboard users expect.
            "Tab" if !event.shift_key() && !field::read(&self.field).text.is_empty() => {
                self.complete();
            }
            "Escape" => self.changed(),
            _ => return false,
        }
        true
    }

    fn ctrl_key(&self, key: &str) -> bool {
        match key {
            "c" if field::selects(&self.field) => return false,
            "c" => self.interrupt(),
            "d" if field::read(&self.field).text.is_empty() => self.end_of_input(),
            "l" => self.clear_screen(),
            "u" => self.kill(Kill::ToStart),
            "k" => self.kill(Kill::ToEnd),
            "w" => self.kill(Kill::Word),
            "y" => self.yank(),
            "p" => self.recall(true),
            "n" => self.recall(false),
            "r" => self.search_for(String::new(), 0),
            "a" => self.move_to(|_| 0),
            "e" => self.move_to(|at| at.text.len()),
            "b" => self.move_to(|at| at.cursor - last_len(at.text.get(..at.cursor))),
            "f" => self.move_to(|at| at.cursor + first_len(at.text.get(at.cursor..))),
            _ => return false,
        }
        true
    }

    fn move_to(&self, place: impl Fn(&Text) -> usize) {
        let at = field::read(&self.field);
        let cursor = place(&at);
        field::write(&self.field, &Text { cursor, ..at });
    }

    fn search_key(&self, event: &KeyboardEvent, search: &Search) -> bool {
        let key = event.key();
        let Search { what, skip, found } = search.clone();
        match (is_ctrl(event), key.as_str()) {
            (true, "r" | "R") => self.search_for(what, skip + 1),
            (true, "c" | "C" | "g" | "G") | (false, "Escape") => self.search.set(None),
            (false, "Backspace") => {
                let mut shorter = what;
                shorter.pop();
                self.search_for(shorter, 0);
            }
            (false, text) if text.chars().count() == 1 => {
                self.search_for(format!("{what}{text}"), 0);
            }
            (_, "Shift" | "Control" | "Alt" | "Meta") => return false,
            // Any other key accepts the line; Enter also runs it.
            (_, key) => {
                self.search.set(None);
                if let Some(found) = found {
                    self.write(&Text::new(found));
                }
                if key == "Enter" {
                    self.submit();
                }
            }
        }
        true
    }
}

fn is_ctrl(event: &KeyboardEvent) -> bool {
    event.ctrl_key() && !event.alt_key() && !event.meta_key() && !event.shift_key()
}

fn on_first_line(at: &Text) -> bool {
    at.text
        .get(..at.cursor)
        .is_none_or(|before| !before.contains('\n'))
}

fn on_last_line(at: &Text) -> bool {
    at.text
        .get(at.cursor..)
        .is_none_or(|after| !after.contains('\n'))
}

fn last_len(text: Option<&str>) -> usize {
    text.and_then(|text| text.chars().next_back())
        .map_or(0, char::len_utf8)
}

fn first_len(text: Option<&str>) -> usize {
    text.and_then(|text| text.chars().next())
        .map_or(0, char::len_utf8)
}
