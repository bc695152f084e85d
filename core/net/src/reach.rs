//! Can A reach B? One walk along the way that a packet takes, and back.
//!
//! The order is that of the VPC: groups of the sender, ACL of its subnet, route table, (gateway,) ACL
//! of the receiver's subnet, groups of the receiver, the receiver, and for the reply the ACLs once
//! more: groups remember a connection, ACLs do not ("Infrastructure security", VPC User Guide).

mod walk;

use std::net::IpAddr;

use super::acl::AclEntry;
use super::rule::Protocol;
use hsmlab_protocol::{Hop, Reach};

use super::{Direction, Endpoint, Network};

/// Whether something answers at a port of the machine behind an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listening {
    /// Something accepts connections.
    Open,
    /// The machine runs and refuses: nothing listens on the port.
    Closed,
    /// Nothing answers at all; a sentence says why (the instance is stopped, the HSM is gone).
    Down(String),
}

/// The whole way from one end to the other and back, also beyond a hop that refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// From the source to the destination's door.
    pub forward: Vec<Step>,
    /// The end: the interface, or an address in the Internet.
    pub end: Step,
    /// The way back, as far as something on it could refuse.
    pub reply: Vec<Step>,
    /// The interface at the end, where there is one.
    pub target: Option<String>,
}

/// A hop with the things that stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The hop.
    pub hop: Hop,
    /// What decided.
    pub detail: Detail,
    /// The subnet whose ACL or route table this is, or in which the interface stands.
    pub subnet: Option<String>,
}

/// What decided at a hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Nothing more to say.
    None,
    /// A rule of a group.
    GroupRule {
        /// The group.
        group: String,
        /// The rule.
        rule: String,
        /// Which way.
        direction: Direction,
    },
    /// No rule of any of the groups.
    NoGroupRule {
        /// The groups.
        groups: Vec<String>,
        /// Which way.
        direction: Direction,
    },
    /// An entry of a network ACL; without one the final denial.
    AclEntry {
        /// Which way.
        egress: bool,
        /// The number.
        number: u16,
        /// The entry.
        entry: Option<AclEntry>,
    },
    /// A route: its destination, and its target's id (`local` in the VPC).
    Route {
        /// The destination as the route table shows it.
        destination: String,
        /// The target.
        target: String,
        /// Whether the target is there.
        active: bool,
    },
}

impl Network {
    /// Can `from` open a TCP connection to `to` on `port`? `listener` says what answers at a port of
    /// the machine behind an interface of this network.
    #[must_use]
    pub fn reach(
        &self,
        from: &Endpoint,
        to: IpAddr,
        port: u16,
        listener: &dyn Fn(&str, u16) -> Listening,
    ) -> Reach {
        let trace = self.trace(from, to, Protocol::TCP, port);
        let mut hops: Vec<Hop> = trace.forward.into_iter().map(|step| step.hop).collect();
        let mut end = trace.end.hop;
        let mut refused = false;
        if let (Some(target), true) = (&trace.target, end.allows) {
            match listener(target, port) {
                Listening::Open => {}
                Listening::Closed => {
                    end.why =
                        format!("Nothing listens on port {port}: the host refuses the connection.");
                    refused = true;
                }
                Listening::Down(why) => {
                    end.allows = false;
                    end.why = why;
                    end.code = Some("BAD_STATE".into());
                }
            }
        }
        let reply: Vec<Hop> = trace.reply.into_iter().map(|step| step.hop).collect();
        // A refusal is a reply too: where replies are lost, the caller sees a time-out.
        if refused && reply.iter().all(|hop| hop.allows) {
            end.allows = false;
        }
        hops.push(end);
        hops.extend(reply);
        let first_refusal = hops.iter().position(|hop| !hop.allows);
        if let Some(position) = first_refusal {
            hops.truncate(position + 1);
        }
        Reach {
            hops,
            reachable: first_refusal.is_none(),
        }
    }

    /// The whole way of a packet of `protocol` to `port` of `to`, and of its reply. Whether anything
    /// listens is not asked: Reachability Analyzer does not know either.
    #[must_use]
    pub fn trace(&self, from: &Endpoint, to: IpAddr, protocol: Protocol, port: u16) -> Trace {
        walk::trace(self, from, to, protocol, port)
    }
}

#[cfg(test)]
mod tests;
