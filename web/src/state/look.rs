//! Queries of the lab screen's state.

use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::view::{StepState, TerminalView};

use super::LabState;
use crate::traffic::Seen;

impl LabState {
    /// Finds a terminal by its number.
    #[must_use]
    pub fn terminal(&self, id: TerminalId) -> Option<&TerminalView> {
        self.terminals.iter().find(|terminal| terminal.id == id)
    }

    /// True if a program that does not read a line is running in a terminal.
    #[must_use]
    pub fn runs(&self, id: TerminalId) -> bool {
        self.terminal(id).is_some_and(|terminal| terminal.running)
    }

    /// The hosts with a running program.
    #[must_use]
    pub fn running_hosts(&self) -> Vec<String> {
        let running = self.terminals.iter().filter(|terminal| terminal.running);
        running.map(|terminal| terminal.at.clone()).collect()
    }

    /// The part of the traffic that can be shown now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        Seen::of(&self.traffic, self.clock.now_ms)
    }

    /// The terminal that runs the console forms' commands.
    #[must_use]
    pub fn cloudshell(&self) -> Option<TerminalId> {
        let shells = self
            .terminals
            .iter()
            .filter(|terminal| terminal.host == "cloudshell");
        shells.map(|terminal| terminal.id).min()
    }

    /// The number of completed steps, and of all steps.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let done = self
            .lab
            .steps
            .iter()
            .filter(|step| step.state == StepState::Done)
            .count();
        (done, self.lab.steps.len())
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use hsmlab_protocol::event::ViewChange;
    use hsmlab_protocol::view::{TrafficSeries, TrafficView};
    use hsmlab_protocol::{Event, Request};
    use yew::Reducible;

    use super::*;
    use crate::state::Act;

    fn told(state: Rc<LabState>, change: ViewChange) -> Rc<LabState> {
        let event = Event::View(Box::new(change));
        state.reduce(Act::Answered(Request::SkipToNext, vec![event]))
    }

    fn terminals(running: bool) -> ViewChange {
        let terminal = TerminalView {
            id: 1,
            host: "i-1".to_owned(),
            at: "i-1".to_owned(),
            title: "client-1".to_owned(),
            prompt: "$ ".to_owned(),
            echo: true,
            connected: true,
            running,
        };
        ViewChange {
            terminals: Some(Rc::new(vec![terminal])),
            ..ViewChange::default()
        }
    }

    fn traffic(ids: &[&str]) -> ViewChange {
        let series = |id: &&str| TrafficSeries {
            id: (*id).to_owned(),
            ..TrafficSeries::default()
        };
        let traffic = TrafficView {
            hsms: ids.iter().map(series).collect(),
            ..TrafficView::default()
        };
        ViewChange {
            traffic: Some(Rc::new(traffic)),
            ..ViewChange::default()
        }
    }

    #[test]
    fn an_hsm_keeps_its_place_when_another_goes() {
        let state = told(Rc::default(), traffic(&["hsm-a", "hsm-b"]));
        let state = told(state, traffic(&["hsm-b", "hsm-c"]));
        assert_eq!(*state.hues, ["hsm-a", "hsm-b", "hsm-c"]);
        let again = told(state.clone(), traffic(&["hsm-c"]));
        assert!(again.hues == state.hues, "nothing new is no change");
    }

    #[test]
    fn ctrl_c_is_echoed_after_the_prompt_if_there_is_one() {
        let interrupt = |running| {
            let state = told(Rc::default(), terminals(running));
            let (terminal, text) = (1, "x".to_owned());
            let state = state.reduce(Act::Interrupted { terminal, text });
            let lines = state.screens.get(&1).map(crate::state::Screen::transcript);
            let spans = lines.into_iter().flatten().flatten();
            let text: String = spans.map(|span| span.1).collect();
            (text, state.running_hosts())
        };
        assert_eq!(interrupt(false), ("$ x^C".to_owned(), Vec::new()));
        assert_eq!(interrupt(true), ("x^C".to_owned(), vec!["i-1".to_owned()]));
    }
}
