//! Insertion of a step's text: into the terminal of its host, never into another one.

use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::text::asks;
use hsmlab_protocol::view::{DiagramView, InstanceView, TerminalView};

use super::{Insertion, LabState, Notice, Shared};

/// The host of blocks that name none.
pub const CLOUDSHELL: &str = "cloudshell";

/// Text to insert into an input line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// The target host: `cloudshell`, an instance's name or its id. `None` is the active terminal.
    pub host: Option<String>,
    /// The prompt that it answers.
    pub prompt: Option<String>,
}

/// A terminal that is being opened for an insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The host's id.
    pub host: String,
    /// The piece.
    pub piece: Piece,
}

/// A host's name for the learner.
#[must_use]
pub fn host_name(host: &str) -> &str {
    if host == CLOUDSHELL {
        "CloudShell"
    } else {
        host
    }
}

impl LabState {
    pub(super) fn insert(&mut self, piece: Piece) {
        let Some(name) = piece.host.clone() else {
            return self.put(self.front, piece.text);
        };
        let instance = instance(&self.diagram, &name);
        let id = instance.map_or(name.as_str(), |instance| instance.id.as_str());
        let id = id.to_owned();
        let shown = host_name(&name);
        if let Some(terminal) = self.terminal_at(&id) {
            let (terminal, prompt) = (terminal.id, terminal.prompt.clone());
            return self.put_at(terminal, &prompt, piece, shown);
        }
        // A second CloudShell would not know the variables of the first.
        let mut away = self.terminals.iter().filter(|open| open.host == id);
        if let Some(away) = away.next().map(|open| open.id) {
            self.front = away;
            let what = format!("The terminal of {shown} is logged in to another host.");
            return self.refuse(what, "Type exit there first; nothing was inserted.");
        }
        if piece.prompt.is_some() {
            return self.asks_nothing(shown, &piece);
        }
        match instance.map(|instance| instance.state.as_str()) {
            // If a login is impossible, the world says why.
            Some("running") => self.opening = Some(Shared::new(Opening { host: id, piece })),
            None if name == CLOUDSHELL => {
                self.opening = Some(Shared::new(Opening { host: id, piece }));
            }
            Some(state) => {
                let remedy = format!("It is {state}; nothing was inserted.");
                self.refuse(format!("{shown} is not running yet."), &remedy);
            }
            None => {
                let what = format!("There is no {shown} yet.");
                self.refuse(what, "An earlier step launches it; nothing was inserted.");
            }
        }
    }

    /// Handles a new terminal: inserts the text that waited for it.
    pub(super) fn opened(&mut self) {
        let Some(opening) = self.opening.take() else {
            return;
        };
        let host = opening.piece.host.as_deref().unwrap_or(&opening.host);
        let what = format!("Opened a terminal on {} for this.", host_name(host));
        self.say(what);
        self.put(self.front, opening.piece.text.clone());
    }

    /// Finds a terminal that is on a host now: the active one, else one at its shell prompt, else
    /// any.
    fn terminal_at(&self, host: &str) -> Option<&TerminalView> {
        let at = || self.terminals.iter().filter(|open| open.at == host);
        at().find(|open| open.id == self.front)
            .or_else(|| at().find(|open| open.echo && !open.running))
            .or_else(|| at().next())
    }

    fn put_at(&mut self, terminal: TerminalId, shown: &str, piece: Piece, name: &str) {
        let moved = self.front != terminal;
        self.front = terminal;
        if let Some(prompt) = &piece.prompt
            && !asks(shown, prompt)
        {
            return self.asks_nothing(name, &piece);
        }
        if moved {
            self.say(format!("This is for {name}: its terminal is in front now."));
        }
        self.put(terminal, piece.text);
    }

    /// Refuses an answer to another prompt: it would run as a command, and expose a password.
    fn asks_nothing(&mut self, name: &str, piece: &Piece) {
        let prompt = piece.prompt.as_deref().unwrap_or_default();
        let what = format!("{name} does not ask “{prompt}” now.");
        self.refuse(
            what,
            "Run the command before it first; nothing was inserted.",
        );
    }

    fn put(&mut self, terminal: TerminalId, text: String) {
        self.counter += 1;
        let number = self.counter;
        self.insertion = Some(Shared::new(Insertion {
            number,
            terminal,
            text,
        }));
    }

    fn say(&mut self, what: String) {
        self.notice = Some(Shared::new(Notice {
            what,
            remedy: String::new(),
            bad: false,
        }));
    }

    fn refuse(&mut self, what: String, remedy: &str) {
        self.notice = Some(Shared::new(Notice {
            what,
            remedy: remedy.to_owned(),
            bad: true,
        }));
    }
}

/// Finds the instance with a name or id; terminated ones do not count.
fn instance<'a>(diagram: &'a DiagramView, name: &str) -> Option<&'a InstanceView> {
    let subnets = diagram.vpcs.iter().flat_map(|vpc| vpc.subnets.iter());
    let interfaces = subnets.flat_map(|subnet| subnet.interfaces.iter());
    interfaces
        .filter_map(|interface| interface.instance.as_ref())
        .filter(|instance| !matches!(instance.state.as_str(), "terminated" | "shutting-down"))
        .find(|instance| instance.id == name || instance.name == name)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use hsmlab_protocol::event::ViewChange;
    use hsmlab_protocol::{Event, Request};
    use yew::Reducible;

    use super::*;
    use crate::diagram::sample;
    use crate::state::Act;

    fn open(id: TerminalId, host: &str, at: &str, prompt: &str) -> TerminalView {
        TerminalView {
            id,
            host: host.to_owned(),
            at: at.to_owned(),
            title: host.to_owned(),
            prompt: prompt.to_owned(),
            echo: true,
            connected: true,
            running: false,
        }
    }

    fn answered(state: Rc<LabState>, request: Request, change: ViewChange) -> Rc<LabState> {
        let event = Event::View(Box::new(change));
        state.reduce(Act::Answered(request, vec![event]))
    }

    /// A state with these terminals, the pending `client-clientb0` and the running `client-clienta0`.
    fn state(terminals: Vec<TerminalView>) -> Rc<LabState> {
        let mut diagram = sample(2, 1, 1);
        let interfaces = &mut diagram.vpcs[0].subnets[1].interfaces;
        for instance in interfaces
            .iter_mut()
            .filter_map(|each| each.instance.as_mut())
        {
            instance.state = "pending".to_owned();
        }
        let change = ViewChange {
            diagram: Some(Rc::new(diagram)),
            terminals: Some(Rc::new(terminals)),
            ..ViewChange::default()
        };
        answered(Rc::default(), Request::SkipToNext, change)
    }

    fn piece(host: &str, prompt: Option<&str>) -> Act {
        Act::Insert(Piece {
            text: "ls".to_owned(),
            host: Some(host.to_owned()),
            prompt: prompt.map(str::to_owned),
        })
    }

    fn told(state: &LabState) -> String {
        let notice = state.notice.as_ref();
        notice.map_or_else(String::new, |notice| notice.what.clone())
    }

    fn inserted(state: &LabState) -> Option<TerminalId> {
        state.insertion.as_ref().map(|new| new.terminal)
    }

    #[test]
    fn a_block_goes_to_the_terminal_of_its_host() {
        let both = vec![
            open(1, "cloudshell", "cloudshell", "$ "),
            open(2, "i-clienta0", "i-clienta0", "$ "),
        ];
        let state = state(both).reduce(piece("client-clienta0", None));
        assert_eq!((state.front, inserted(&state)), (2, Some(2)));
        assert!(told(&state).contains("client-clienta0"), "{}", told(&state));
        let state = state.reduce(piece("cloudshell", None));
        assert_eq!((state.front, inserted(&state)), (1, Some(1)));
        assert!(told(&state).contains("CloudShell"));
        // No message without a move.
        let state = state
            .reduce(Act::Tell(None))
            .reduce(piece("cloudshell", None));
        assert_eq!(told(&state), "");
    }

    #[test]
    fn a_terminal_is_opened_where_the_instance_runs() {
        let shell = open(1, "cloudshell", "cloudshell", "$ ");
        let state = state(vec![shell.clone()]).reduce(piece("client-clienta0", None));
        assert_eq!(inserted(&state), None);
        let host = state.opening.as_ref().map(|opening| opening.host.clone());
        assert_eq!(host.as_deref(), Some("i-clienta0"));
        let change = ViewChange {
            terminals: Some(Rc::new(vec![
                shell,
                open(2, "i-clienta0", "i-clienta0", "$ "),
            ])),
            ..ViewChange::default()
        };
        let host = host.unwrap_or_default();
        let state = answered(state, Request::OpenTerminal { host }, change);
        assert_eq!((state.front, inserted(&state)), (2, Some(2)));
        assert!(state.opening.is_none());
        assert!(told(&state).starts_with("Opened a terminal on client-clienta0"));
    }

    #[test]
    fn a_refused_login_inserts_nothing_later() {
        let state = state(vec![open(1, "cloudshell", "cloudshell", "$ ")]);
        let state = state.reduce(piece("client-clienta0", None));
        let request = Request::OpenTerminal {
            host: "i-clienta0".to_owned(),
        };
        let failed = Event::Failed {
            what: "SSH timed out.".to_owned(),
            remedy: String::new(),
        };
        let state = state.reduce(Act::Answered(request, vec![failed]));
        assert!(state.opening.is_none() && state.insertion.is_none());
        assert_eq!(told(&state), "SSH timed out.");
    }

    #[test]
    fn nothing_is_inserted_for_a_host_that_is_not_running() {
        let shell = || vec![open(1, "cloudshell", "cloudshell", "$ ")];
        for (host, words) in [
            ("client-clientb0", "client-clientb0 is not running yet."),
            ("client-9", "There is no client-9 yet."),
        ] {
            let state = state(shell()).reduce(piece(host, None));
            assert_eq!(told(&state), words);
            assert!(state.insertion.is_none() && state.opening.is_none());
        }
        let away = vec![open(1, "cloudshell", "i-clienta0", "$ ")];
        let state = state(away).reduce(piece("cloudshell", None));
        assert!(told(&state).contains("another host"), "{}", told(&state));
        assert!(state.insertion.is_none() && state.opening.is_none());
    }

    #[test]
    fn an_answer_goes_to_its_question_only() {
        let asked = |prompt: &str| {
            let state = state(vec![open(1, "i-clienta0", "i-clienta0", prompt)]);
            let state = state.reduce(piece("client-clienta0", Some("Enter password:")));
            (inserted(&state), told(&state))
        };
        assert_eq!(asked("Enter password: "), (Some(1), String::new()));
        let (terminal, words) = asked("$ ");
        assert_eq!(terminal, None);
        assert!(words.contains("does not ask “Enter password:”"), "{words}");
    }
}
