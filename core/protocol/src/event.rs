//! What a session answers. As JSON: `{"type":"output","terminal":1,"stream":"stdout","text":"…"}`.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::request::TerminalId;
use super::view::{
    ClockView, DiagramView, FaultsView, FormView, LabView, TallyView, TerminalView, TimelineView,
    TrafficView, View,
};
use crate::reach::Reach;

/// One thing that a request led to, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// Text for a terminal's screen.
    Output {
        /// The terminal.
        terminal: TerminalId,
        /// Where it was printed.
        stream: Stream,
        /// The text, with its line ends.
        text: String,
    },
    /// A terminal's command has ended.
    Exit {
        /// The terminal.
        terminal: TerminalId,
        /// Its exit status.
        status: i32,
    },
    /// A terminal's screen is to be cleared (`clear`).
    Clear {
        /// The terminal.
        terminal: TerminalId,
    },
    /// What Tab offers.
    Completions {
        /// The terminal.
        terminal: TerminalId,
        /// Where the word to replace begins, in bytes from the line's start.
        from: usize,
        /// Whole words, sorted.
        candidates: Vec<String>,
    },
    /// A file that was asked for.
    File {
        /// Its name, without a folder.
        name: String,
        /// Its bytes in base64.
        content: String,
    },
    /// The parts of the view that changed, each whole.
    View(Box<ViewChange>),
    /// What the inspector asked for.
    Inspected(Box<Inspected>),
    /// What [`super::Request::Reach`] asked for.
    Reached {
        /// As asked.
        from: String,
        /// As asked.
        to: String,
        /// As asked.
        port: u16,
        /// The way.
        reach: Reach,
    },
    /// The form that was asked for.
    Form(Box<FormView>),
    /// The save that was asked for.
    Saved {
        /// Text to keep; opaque to a driver.
        save: String,
    },
    /// Calls that a command made to AWS, for `hsmlab run --wire`.
    Called {
        /// The service's command-line name.
        service: String,
        /// The operation's model name.
        operation: String,
        /// The parameters.
        params: serde_json::Value,
    },
    /// The request could not be carried out; the world is as it was.
    Failed {
        /// What was wrong, and where.
        what: String,
        /// What to do.
        remedy: String,
    },
}

/// A program's output stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The lab's own words (an explanation of what failed), not the program's.
    Note,
}

/// The slices of the view that are new since the last event; `None` is "as it was".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewChange {
    /// Counts the view's changes, from 1 on.
    pub revision: u64,
    /// The clock.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub clock: Option<Rc<ClockView>>,
    /// The diagram.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub diagram: Option<Rc<DiagramView>>,
    /// The lab and its steps.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lab: Option<Rc<LabView>>,
    /// The terminals and their prompts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub terminals: Option<Rc<Vec<TerminalView>>>,
    /// The timeline.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeline: Option<Rc<TimelineView>>,
    /// What the HSMs did lately.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub traffic: Option<Rc<TrafficView>>,
    /// What can be broken on purpose.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub faults: Option<Rc<FaultsView>>,
    /// What was done in the lab so far.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tally: Option<Rc<TallyView>>,
}

impl ViewChange {
    /// What differs between two views.
    #[must_use]
    pub fn between(old: &View, new: &View, revision: u64) -> Option<Self> {
        fn changed<T: PartialEq>(old: &Rc<T>, new: &Rc<T>) -> Option<Rc<T>> {
            (!Rc::ptr_eq(old, new) && old != new).then(|| new.clone())
        }
        let View {
            clock,
            diagram,
            lab,
            terminals,
            timeline,
            traffic,
            faults,
            tally,
        } = new;
        let change = Self {
            revision,
            clock: changed(&old.clock, clock),
            diagram: changed(&old.diagram, diagram),
            lab: changed(&old.lab, lab),
            terminals: changed(&old.terminals, terminals),
            timeline: changed(&old.timeline, timeline),
            traffic: changed(&old.traffic, traffic),
            faults: changed(&old.faults, faults),
            tally: changed(&old.tally, tally),
        };
        (change
            != Self {
                revision,
                ..Self::default()
            })
        .then_some(change)
    }
}

/// What is known of a part of the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspected {
    /// The id that was asked for.
    pub id: String,
    /// What it is, in words: `HSM`, `Network interface`.
    pub kind: String,
    /// The command that shows the same.
    pub command: String,
    /// What the API knows: the JSON that the command prints.
    pub api: serde_json::Value,
    /// What the appliance itself knows, for an HSM.
    pub appliance: Option<serde_json::Value>,
    /// What can be done to it: a label and the command that does it.
    pub actions: Vec<InspectedAction>,
}

/// Something that can be done to an inspected part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectedAction {
    /// As `Delete HSM`.
    pub label: String,
    /// The command line that does it.
    pub command: String,
    /// Whether it destroys something.
    pub destructive: bool,
}
