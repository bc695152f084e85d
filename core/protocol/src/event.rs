//! The events of a session. As JSON: `{"type":"output","terminal":1,"stream":"stdout","text":"…"}`.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::request::TerminalId;
use super::view::{
    ClockView, DiagramView, FaultsView, FormView, LabView, TallyView, TerminalView, TimelineView,
    TrafficView, View,
};
use crate::reach::Reach;

/// A result of a request; results come in order.
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
        /// The stream on which it was printed.
        stream: Stream,
        /// The text, including line ends.
        text: String,
    },
    /// A terminal's command has ended.
    Exit {
        /// The terminal.
        terminal: TerminalId,
        /// Its exit status.
        status: i32,
    },
    /// A terminal's screen must be cleared (`clear`).
    Clear {
        /// The terminal.
        terminal: TerminalId,
    },
    /// The completions that Tab offers.
    Completions {
        /// The terminal.
        terminal: TerminalId,
        /// The start of the word to replace, in bytes from the line's start.
        from: usize,
        /// The candidates, as whole words, sorted.
        candidates: Vec<String>,
    },
    /// A requested file.
    File {
        /// Its name, without a folder.
        name: String,
        /// Its bytes in base64.
        content: String,
    },
    /// The changed parts of the view, each complete.
    View(Box<ViewChange>),
    /// The requested data for the inspector.
    Inspected(Box<Inspected>),
    /// The answer to [`super::Request::Reach`].
    Reached {
        /// The source, as requested.
        from: String,
        /// The target, as requested.
        to: String,
        /// The port, as requested.
        port: u16,
        /// The path.
        reach: Reach,
    },
    /// The requested form.
    Form(Box<FormView>),
    /// The requested save.
    Saved {
        /// The text to keep; opaque to a driver.
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
    /// The request failed; the world is unchanged.
    Failed {
        /// The problem, and its place.
        what: String,
        /// The remedy.
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
    /// The lab's own message (an explanation of a failure), not the program's.
    Note,
}

/// The changed slices of the view since the last event; `None` means unchanged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewChange {
    /// Counts the changes of the view, from 1 on.
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
    /// The recent traffic of the HSMs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub traffic: Option<Rc<TrafficView>>,
    /// The faults.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub faults: Option<Rc<FaultsView>>,
    /// The summary of the work in the lab so far.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tally: Option<Rc<TallyView>>,
}

impl ViewChange {
    /// Returns the difference between two views.
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

/// The data of a part of the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspected {
    /// The requested id.
    pub id: String,
    /// Its kind, in words: `HSM`, `Network interface`.
    pub kind: String,
    /// The command that shows the same.
    pub command: String,
    /// The data of the API: the JSON that the command prints.
    pub api: serde_json::Value,
    /// The data of the appliance itself, for an HSM.
    pub appliance: Option<serde_json::Value>,
    /// The possible actions: a label and a command each.
    pub actions: Vec<InspectedAction>,
}

/// An action on an inspected part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectedAction {
    /// The label, such as `Delete HSM`.
    pub label: String,
    /// The command line that does it.
    pub command: String,
    /// True if it destroys something.
    pub destructive: bool,
}
