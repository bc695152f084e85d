//! The HSMs of a cluster as the daemon of Client SDK 3 sees them: it finds them from one address, keeps
//! one connection to each, and copies keys made on one HSM to the others (User Guide of 2023,
//! "manage-key-sync").

use std::net::IpAddr;

use super::Link;
use super::sdk3::{Server, ServerError};
use hsmlab_proto::Handle;
use hsmlab_proto::key::{KeyInfo, Term};
use hsmlab_proto::message::{Answer, Command, Fault, Reply};

/// The connections.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// The addresses of the cluster's HSMs, as the first one reported them.
    pub members: Vec<IpAddr>,
    nodes: Vec<Node>,
    turn: usize,
}

/// An HSM of the cluster; without a connection if it is lost.
#[derive(Clone, Debug)]
struct Node {
    id: usize,
    server: Option<Server>,
}

/// An HSM's result for a command: `None` if the connection is gone.
pub type NodeState = (usize, Option<Result<(), Fault>>);

/// The result of making keys.
#[derive(Clone, Debug)]
pub struct Made {
    /// One key, or the public and the private key of a pair.
    pub keys: Vec<KeyInfo>,
    /// Each HSM's result.
    pub states: Vec<NodeState>,
}

impl Nodes {
    /// Connects to the first of `seeds` that answers, asks it for the cluster's HSMs, and connects to
    /// those. An HSM's number is its position among their addresses.
    ///
    /// # Errors
    /// Each seed with its reason.
    pub fn open(
        seeds: &[IpAddr],
        port: u16,
        anchors: &str,
        link: &mut dyn Link,
    ) -> Result<Self, Vec<(IpAddr, ServerError)>> {
        let mut failures = Vec::new();
        for seed in seeds {
            let mut first = match Server::open(*seed, port, anchors, link) {
                Ok(server) => server,
                Err(error) => {
                    failures.push((*seed, error));
                    continue;
                }
            };
            let Some(info) = first.info(link) else {
                first.close(link);
                failures.push((*seed, ServerError::Link(super::LinkError::Reset)));
                continue;
            };
            let mut members = info.members;
            members.sort();
            let mut first = Some(first);
            let mut nodes = Vec::new();
            for (id, address) in members.iter().enumerate() {
                let server = match first.take_if(|server| server.address() == *address) {
                    Some(server) => Some(server),
                    // An address that just timed out is not tried again.
                    None if failures.iter().any(|(failed, _)| failed == address) => None,
                    None => Server::open(*address, port, anchors, link).ok(),
                };
                if server.is_some() {
                    nodes.push(Node { id, server });
                }
            }
            if let Some(stray) = first {
                stray.close(link);
            }
            return Ok(Self {
                members,
                nodes,
                turn: 0,
            });
        }
        Err(failures)
    }

    /// Closes the connections.
    pub fn close(&mut self, link: &mut dyn Link) {
        for server in self.nodes.drain(..).filter_map(|node| node.server) {
            server.close(link);
        }
    }

    /// True if a connection is left.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.nodes.iter().any(|node| node.server.is_some())
    }

    fn ask(&mut self, at: usize, command: &Command, link: &mut dyn Link) -> Option<Answer> {
        let node = self.nodes.get_mut(at)?;
        let answer = node.server.as_mut()?.ask(command, link);
        if answer.is_none()
            && let Some(server) = node.server.take()
        {
            server.close(link);
        }
        answer
    }

    /// Sends a command to every HSM.
    pub fn all(&mut self, command: &Command, link: &mut dyn Link) -> Vec<(usize, Option<Answer>)> {
        (0..self.nodes.len())
            .map(|at| (self.id(at), self.ask(at, command, link)))
            .collect()
    }

    fn id(&self, at: usize) -> usize {
        self.nodes.get(at).map_or(at, |node| node.id)
    }

    /// Returns the order in which to try the HSMs: round robin.
    fn order(&mut self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        if !order.is_empty() {
            let turn = self.turn % order.len();
            order.rotate_left(turn);
            self.turn = self.turn.wrapping_add(1);
        }
        order
    }

    /// Sends a command to one HSM, round robin; tries the others if the HSM is gone or lacks the key.
    /// `None`: no connection is left.
    pub fn one(&mut self, command: &Command, link: &mut dyn Link) -> Option<(usize, Answer)> {
        let found = self.try_each(command, link)?;
        Some((self.id(found.0), found.1))
    }

    fn try_each(&mut self, command: &Command, link: &mut dyn Link) -> Option<(usize, Answer)> {
        let mut last = None;
        for at in self.order() {
            match self.ask(at, command, link) {
                None => {}
                Some(Err(fault @ (Fault::NoSuchKey | Fault::NotLoggedIn))) => {
                    last = last.or(Some((at, Err(fault))));
                }
                Some(answer) => return Some((at, answer)),
            }
        }
        last
    }

    /// Makes, imports or unwraps keys on one HSM and copies token keys to the others.
    ///
    /// # Errors
    /// The refusal with the number of the HSM, or `None` if no connection is left.
    pub fn make(
        &mut self,
        command: &Command,
        session: bool,
        link: &mut dyn Link,
    ) -> Result<Made, Option<(usize, Fault)>> {
        let (at, answer) = self.try_each(command, link).ok_or(None)?;
        let id = self.id(at);
        let keys = match answer {
            Ok(Reply::Key(info)) => vec![*info],
            Ok(Reply::Pair(pair)) => vec![pair.0, pair.1],
            Ok(_) => return Err(Some((id, Fault::Malformed))),
            Err(fault) => return Err(Some((id, fault))),
        };
        let mut states = vec![(id, Some(Ok(())))];
        if !session {
            for key in &keys {
                merge(&mut states, self.carry(at, key.handle, link));
            }
        }
        states.sort_by_key(|(id, _)| *id);
        Ok(Made { keys, states })
    }

    /// Copies a token key from the HSM that has it to the others.
    pub fn spread(&mut self, handle: Handle, link: &mut dyn Link) -> Vec<NodeState> {
        let from = self
            .nodes
            .iter()
            .position(|node| node.server.is_some())
            .and_then(|_| self.holder(handle, link));
        match from {
            Some(at) => {
                let mut states = vec![(self.id(at), Some(Ok(())))];
                merge(&mut states, self.carry(at, handle, link));
                states.sort_by_key(|(id, _)| *id);
                states
            }
            None => Vec::new(),
        }
    }

    fn holder(&mut self, handle: Handle, link: &mut dyn Link) -> Option<usize> {
        let find = Command::FindKeys {
            terms: vec![Term::Reference(handle)],
            after: 0,
        };
        (0..self.nodes.len()).find(|at| {
            matches!(self.ask(*at, &find, link), Some(Ok(Reply::Keys { keys, .. })) if !keys.is_empty())
        })
    }

    fn carry(&mut self, from: usize, handle: Handle, link: &mut dyn Link) -> Vec<NodeState> {
        let extracted = self.ask(from, &Command::ExtractMasked { handle }, link);
        let insert = match extracted {
            Some(Ok(Reply::Bytes(masked))) => Ok(Command::InsertMasked { masked }),
            Some(Err(fault)) => Err(Some(fault)),
            _ => Err(None),
        };
        let others = (0..self.nodes.len()).filter(|at| *at != from);
        others
            .map(|at| {
                let state = match &insert {
                    Ok(insert) => self.ask(at, insert, link).map(|answer| answer.map(drop)),
                    Err(fault) => fault.clone().map(Err),
                };
                (self.id(at), state)
            })
            .collect()
    }
}

/// Adds the results of a further command: each HSM's first failure is kept.
fn merge(states: &mut Vec<NodeState>, more: Vec<NodeState>) {
    for (id, state) in more {
        match states.iter_mut().find(|(known, _)| *known == id) {
            Some((_, known)) if *known == Some(Ok(())) => *known = state,
            Some(_) => {}
            None => states.push((id, state)),
        }
    }
}
