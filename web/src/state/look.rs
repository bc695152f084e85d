//! What can be read off the lab screen's state.

use hsmlab_core::session::request::TerminalId;
use hsmlab_core::session::view::{StepState, TerminalView};

use super::LabState;
use crate::traffic::Seen;

impl LabState {
    /// A terminal by its number.
    #[must_use]
    pub fn terminal(&self, id: TerminalId) -> Option<&TerminalView> {
        self.terminals.iter().find(|terminal| terminal.id == id)
    }

    /// Whether a program runs in a terminal that does not wait for a line.
    #[must_use]
    pub fn runs(&self, id: TerminalId) -> bool {
        self.terminal(id).is_some_and(|terminal| terminal.running)
    }

    /// The hosts on which a program runs.
    #[must_use]
    pub fn running_hosts(&self) -> Vec<String> {
        let running = self.terminals.iter().filter(|terminal| terminal.running);
        running.map(|terminal| terminal.host.clone()).collect()
    }

    /// How much of the traffic can be shown now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        Seen::of(&self.traffic, self.clock.now_ms)
    }

    /// The terminal that the console forms run in.
    #[must_use]
    pub fn cloudshell(&self) -> Option<TerminalId> {
        let shells = self
            .terminals
            .iter()
            .filter(|terminal| terminal.host == "cloudshell");
        shells.map(|terminal| terminal.id).min()
    }

    /// How many steps are done, and how many there are.
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
