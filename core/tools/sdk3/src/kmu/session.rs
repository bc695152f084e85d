//! The connections that the tool gets from the daemon, and its output for replies.

use crate::shared::{codes, users};
use hsmlab_client::nodes::{Made, NodeState};
use hsmlab_proto::Handle;
use hsmlab_proto::key::{KeyInfo, Term};
use hsmlab_proto::message::{Answer, Command, Fault, Reply};
use hsmlab_proto::sdk3::{Sdk3Command, Sdk3User};
use hsmlab_shell::process::Io;
use hsmlab_tool_software::daemon::{self, Lent};

/// A session.
#[derive(Clone, Default)]
pub(super) struct Session {
    lent: Option<Lent>,
    /// The type of the logged-in user.
    pub(super) login: Option<&'static str>,
}

/// A number and its text.
pub(super) type Code = (u32, String);

/// The code of an HSM's state.
pub(super) fn code(state: Option<&Result<(), Fault>>) -> Code {
    match state {
        Some(Ok(())) => (0, codes::SUCCESS.to_owned()),
        Some(Err(fault)) => code_of(fault),
        None => (codes::UNAVAILABLE.0, codes::UNAVAILABLE.1.to_owned()),
    }
}

/// The code of a refusal.
pub(super) fn code_of(fault: &Fault) -> Code {
    let (number, text) = codes::fault(fault);
    (number, format!("HSM Error: {text}"))
}

/// The code of all states together: success if one HSM succeeded, otherwise the first refusal.
pub(super) fn together(states: &[NodeState]) -> Code {
    let did = states
        .iter()
        .find(|(_, state)| matches!(state, Some(Ok(()))))
        .or_else(|| states.iter().find(|(_, state)| state.is_some()));
    code(did.and_then(|(_, state)| state.as_ref()))
}

/// `Cfm3DeleteKey returned: 0x00 : HSM Return: SUCCESS`.
pub(super) fn returned(function: &str, (number, text): &Code) -> String {
    format!("{function} returned: {number:#04x} : {text}\n")
}

/// The heading of the states of the HSMs, as in the guide's sample of each command.
#[derive(Clone, Copy)]
pub(super) enum Heading {
    /// "`key_mgmt_util-loginHSM`".
    Login,
    /// Most commands.
    Usual,
    /// The usual heading without indentation ("`key_mgmt_util-sign`").
    Left,
    /// "`key_mgmt_util-genRSAKeyPair`".
    Rsa,
}

/// The states of the HSMs, after an empty line.
pub(super) fn cluster(heading: Heading, states: &[NodeState]) -> String {
    let (indent, title, verb) = match heading {
        Heading::Login => ("", "Cluster Status", "and err state"),
        Heading::Usual => ("        ", "Cluster Error Status", "and err state"),
        Heading::Left => ("", "Cluster Error Status", "and err state"),
        Heading::Rsa => ("        ", "Cluster Status:", "status:"),
    };
    let mut text = format!("\n{indent}{title}\n");
    for (id, state) in states {
        let (number, words) = code(state.as_ref());
        text += &format!("{indent}Node id {id} {verb} {number:#010x} : {words}\n");
    }
    text
}

/// The states in the answers of all HSMs.
pub(super) fn states(answers: &[(usize, Option<Answer>)]) -> Vec<NodeState> {
    answers
        .iter()
        .map(|(id, answer)| {
            let state = answer
                .as_ref()
                .map(|answer| answer.as_ref().map(|_| ()).map_err(Clone::clone));
            (*id, state)
        })
        .collect()
}

impl Session {
    /// Takes the daemon's connections. `false`: there are none.
    pub(super) fn open(&mut self, io: &mut Io<'_>) -> bool {
        self.lent = daemon::connect(io);
        self.lent.is_some()
    }

    /// Before a login: updates the set of the cluster's HSMs.
    pub(super) fn refresh(&mut self, io: &mut Io<'_>) {
        if self.login.is_none() {
            self.close(io);
            self.open(io);
        }
    }

    /// True if the daemon is still running and an HSM is reachable.
    pub(super) fn is_open(&self, io: &Io<'_>) -> bool {
        daemon::runs(io.host) && self.lent.as_ref().is_some_and(|lent| lent.nodes.is_open())
    }

    /// The number of HSMs that must hold a new key.
    pub(super) fn minimum(&self) -> usize {
        self.lent.as_ref().map_or(1, |lent| lent.minimum)
    }

    /// Returns the connections.
    pub(super) fn close(&mut self, io: &mut Io<'_>) {
        if let Some(mut lent) = self.lent.take() {
            let mut link = io.sys.link(&io.host.id);
            lent.nodes.close(&mut *link);
        }
    }

    /// Sends a command to every HSM.
    pub(super) fn all(
        &mut self,
        io: &mut Io<'_>,
        command: &Command,
    ) -> Vec<(usize, Option<Answer>)> {
        let Some(lent) = &mut self.lent else {
            return Vec::new();
        };
        let mut link = io.sys.link(&io.host.id);
        lent.nodes.all(command, &mut *link)
    }

    /// Sends a command to one HSM.
    ///
    /// # Errors
    /// The code, and the HSM that returned it.
    pub(super) fn one(
        &mut self,
        io: &mut Io<'_>,
        command: &Command,
    ) -> Result<(usize, Reply), (Code, Vec<NodeState>)> {
        let answer = self.lent.as_mut().and_then(|lent| {
            let mut link = io.sys.link(&io.host.id);
            lent.nodes.one(command, &mut *link)
        });
        match answer {
            Some((id, Ok(reply))) => Ok((id, reply)),
            Some((id, Err(fault))) => Err((code_of(&fault), vec![(id, Some(Err(fault)))])),
            None => Err((code(None), Vec::new())),
        }
    }

    /// Makes keys.
    ///
    /// # Errors
    /// The same as [`Self::one`].
    pub(super) fn make(
        &mut self,
        io: &mut Io<'_>,
        command: &Command,
        session: bool,
    ) -> Result<Made, (Code, Vec<NodeState>)> {
        let made = match &mut self.lent {
            Some(lent) => {
                let mut link = io.sys.link(&io.host.id);
                lent.nodes.make(command, session, &mut *link)
            }
            None => Err(None),
        };
        made.map_err(|error| match error {
            Some((id, fault)) => (code_of(&fault), vec![(id, Some(Err(fault)))]),
            None => (code(None), Vec::new()),
        })
    }

    /// Copies a token key to all HSMs.
    pub(super) fn spread(&mut self, io: &mut Io<'_>, handle: Handle) -> Vec<NodeState> {
        let Some(lent) = &mut self.lent else {
            return Vec::new();
        };
        let mut link = io.sys.link(&io.host.id);
        lent.nodes.spread(handle, &mut *link)
    }

    /// The keys that match the terms, by handle, and the states of the HSMs.
    pub(super) fn find(
        &mut self,
        io: &mut Io<'_>,
        terms: &[Term],
    ) -> (Vec<KeyInfo>, Vec<NodeState>) {
        let mut found: Vec<KeyInfo> = Vec::new();
        let (mut after, mut first) = (0, None);
        loop {
            let command = Command::FindKeys {
                terms: terms.to_vec(),
                after,
            };
            let answers = self.all(io, &command);
            let seen = states(&answers);
            let (mut last, mut any_more) = (None, false);
            for (_, answer) in answers {
                let Some(Ok(Reply::Keys { keys, more })) = answer else {
                    continue;
                };
                any_more |= more;
                // If one HSM's page ends earlier, the later keys of the other HSMs come again with
                // the next page.
                if more {
                    let end = keys.last().map(|key| key.handle);
                    last = last.map_or(end, |known: Handle| end.map(|end| end.min(known)));
                }
                for key in keys {
                    if !found.iter().any(|known| known.handle == key.handle) {
                        found.push(key);
                    }
                }
            }
            let first = first.get_or_insert(seen);
            match last.filter(|last| any_more && *last > after) {
                Some(last) => after = last,
                None => {
                    found.sort_by_key(|key| key.handle);
                    return (found, std::mem::take(first));
                }
            }
        }
    }

    /// One key.
    ///
    /// # Errors
    /// No such key, or it is not visible to this user.
    pub(super) fn key(&mut self, io: &mut Io<'_>, handle: Handle) -> Result<KeyInfo, Code> {
        let (mut keys, states) = self.find(io, &[Term::Reference(handle)]);
        match keys.pop() {
            Some(key) => Ok(key),
            None if together(&states).0 != 0 => Err(together(&states)),
            None => Err(code_of(&Fault::NoSuchKey)),
        }
    }

    /// The users of an HSM.
    ///
    /// # Errors
    /// No HSM can be reached.
    pub(super) fn users(&mut self, io: &mut Io<'_>) -> Result<Vec<Sdk3User>, Code> {
        let (_, reply) = self
            .one(io, &Command::Sdk3(Sdk3Command::Users))
            .map_err(|(code, _)| code)?;
        Ok(users(&reply).to_vec())
    }
}
