//! The input line of a terminal: the actions of its keys.

use std::cell::RefCell;
use std::rc::Rc;

use hsmlab_protocol::Request;
use hsmlab_protocol::request::TerminalId;
use yew::{NodeRef, hook, use_mut_ref, use_node_ref};

use crate::complete;
use crate::edit::{self, History, Kill, Text};
use crate::hooks::boxed::{UseStateHandle, use_effect_with, use_state_eq};
use crate::prefs;
use crate::state::{Act, Completions, Insertion, Shared};
use crate::verbs::Verbs;

pub mod field;
pub mod keys;

/// The maximum number of listed completions.
const OFFERED_MAX: usize = 120;

/// The settings of an input line.
#[derive(Clone, PartialEq)]
pub struct LineSetup {
    /// The commands of the page.
    pub verbs: Verbs,
    /// The terminal.
    pub terminal: TerminalId,
    /// True if typed text is visible.
    pub echo: bool,
    /// The key under which the history is stored.
    pub history_key: String,
}

/// A search back through the history (Ctrl-R).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The search text.
    pub what: String,
    /// The number of skipped matches.
    pub skip: usize,
    /// The found line.
    pub found: Option<String>,
}

/// An input line.
#[derive(Clone)]
pub struct LineInput {
    /// The text field: a `textarea`, or an `input` for hidden text.
    pub field: NodeRef,
    /// The current search.
    pub search: UseStateHandle<Option<Search>>,
    /// The words that Tab offers.
    pub offered: UseStateHandle<Rc<[String]>>,
    setup: LineSetup,
    history: Rc<RefCell<History>>,
    killed: Rc<RefCell<String>>,
}

/// The input line of a terminal. New `insertion` and `completions` are applied.
#[hook]
pub fn use_line_input(
    setup: &LineSetup,
    insertion: Option<&Shared<Insertion>>,
    completions: Option<&Shared<Completions>>,
) -> LineInput {
    let key = setup.history_key.clone();
    let line = LineInput {
        field: use_node_ref(),
        search: use_state_eq(|| None),
        offered: use_state_eq(|| Rc::from([])),
        setup: setup.clone(),
        history: use_mut_ref(move || prefs::get(&key).unwrap_or_default()),
        killed: use_mut_ref(String::new),
    };
    let inserted = line.clone();
    use_effect_with(insertion.cloned(), move |insertion| {
        if let Some(insertion) = insertion
            && insertion.terminal == inserted.setup.terminal
        {
            inserted.insert(&insertion.text);
        }
    });
    let completed = line.clone();
    use_effect_with(completions.cloned(), move |completions| {
        if let Some(completions) = completions
            && completions.terminal == completed.setup.terminal
        {
            completed.completed(completions);
        }
    });
    line
}

impl LineInput {
    fn shows(&self) -> bool {
        self.setup.echo
    }

    /// Runs the text in the field.
    pub fn submit(&self) {
        let text = field::read(&self.field).text;
        self.reset();
        self.run(&text);
    }

    fn run(&self, text: &str) {
        if self.setup.echo {
            let mut history = self.history.borrow_mut();
            history.add(text);
            prefs::set(&self.setup.history_key, &*history);
        }
        self.setup
            .verbs
            .run(self.setup.terminal, text.split('\n').map(str::to_owned));
    }

    /// Handles a paste of several lines: complete lines run. A paste within a line is left to the
    /// browser (`false`).
    pub fn paste(&self, pasted: &str) -> bool {
        if !pasted.contains(['\n', '\r']) {
            return false;
        }
        let (lines, rest) = edit::paste(&field::read(&self.field), pasted);
        self.reset();
        for line in &lines {
            self.run(line);
        }
        self.write(&rest);
        true
    }

    /// Handles an edit of the text in the field.
    pub fn changed(&self) {
        self.offered.set(Rc::from([]));
        field::fit(&self.field);
    }

    fn write(&self, text: &Text) {
        field::write(&self.field, text);
        self.offered.set(Rc::from([]));
    }

    fn reset(&self) {
        self.write(&Text::default());
        self.search.set(None);
    }

    fn insert(&self, text: &str) {
        let at = field::read(&self.field);
        let new = if at.text.trim().is_empty() {
            Text::new(text)
        } else {
            at.with(text)
        };
        self.write(&new);
        field::focus(&self.field);
    }

    fn completed(&self, completions: &Completions) {
        let at = field::read(&self.field);
        let start = line_start(&at);
        let asked = at
            .text
            .get(start..)
            .and_then(|rest| rest.split('\n').next());
        if asked != Some(completions.text.as_str()) || at.cursor - start != completions.cursor {
            // The learner continued to type.
            return;
        }
        let new = complete::apply(&at, start + completions.from, &completions.candidates);
        self.write(&new);
        if completions.candidates.len() > 1 {
            let shown = completions
                .candidates
                .iter()
                .take(OFFERED_MAX)
                .cloned()
                .collect();
            self.offered.set(shown);
        }
    }

    fn complete(&self) {
        let at = field::read(&self.field);
        let start = line_start(&at);
        let text = at
            .text
            .get(start..)
            .and_then(|rest| rest.split('\n').next());
        self.setup.verbs.send(Request::Complete {
            terminal: self.setup.terminal,
            text: text.unwrap_or_default().to_owned(),
            cursor: at.cursor - start,
        });
    }

    /// Handles Ctrl-C: drops the typed text and ends the running program.
    pub fn interrupt(&self) {
        let text = field::read(&self.field).text;
        self.reset();
        let shown = if self.setup.echo { text } else { String::new() };
        self.setup.verbs.interrupt(self.setup.terminal, shown);
    }

    fn end_of_input(&self) {
        self.setup.verbs.end_of_input(self.setup.terminal);
    }

    fn clear_screen(&self) {
        self.setup.verbs.act(Act::Cleared(self.setup.terminal));
    }

    fn kill(&self, how: Kill) {
        let (left, taken) = edit::kill(&field::read(&self.field), how);
        self.write(&left);
        if !taken.is_empty() {
            self.killed.replace(taken);
        }
    }

    fn yank(&self) {
        let new = field::read(&self.field).with(&self.killed.borrow());
        self.write(&new);
    }

    fn recall(&self, older: bool) {
        let draft = field::read(&self.field).text;
        let mut history = self.history.borrow_mut();
        let line = if older {
            history.older(&draft)
        } else {
            history.newer()
        };
        drop(history);
        if let Some(line) = line {
            self.write(&Text::new(line));
        }
    }

    fn search_for(&self, what: String, skip: usize) {
        let found = self.history.borrow().search(&what, skip).map(str::to_owned);
        // Past the oldest match, the last one remains.
        let stays = found.is_none() && skip > 0;
        if !stays {
            self.search.set(Some(Search { what, skip, found }));
        }
    }
}

/// The start of the cursor's line, in bytes.
fn line_start(at: &Text) -> usize {
    at.text
        .get(..at.cursor)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |end| end + 1)
}
