//! Can A reach B? One walk along the path of a packet and back.
//!
//! The order is that of the VPC: groups of the sender, ACL of its subnet, route table, (gateway,) ACL of the
//! receiver's subnet, groups of the receiver, the receiver, and for the reply the ACLs again: groups
//! remember a connection, ACLs do not ("Infrastructure security", VPC User Guide).

mod walk;

use std::net::IpAddr;

use super::acl::AclEntry;
use super::rule::Protocol;
use hsmlab_protocol::{Hop, Reach};

use super::{Direction, Endpoint, Network};

/// The state of a port of the machine behind an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listening {
    /// A program accepts connections.
    Open,
    /// The machine is running and refuses: nothing listens on the port.
    Closed,
    /// The machine does not answer; a sentence gives the reason (the instance is stopped, the HSM is gone).
    Down(String),
}

/// The whole path from one end to the other and back, also beyond a hop that refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The hops from the source to the destination's interface.
    pub forward: Vec<Step>,
    /// The end: the interface, or an address in the Internet.
    pub end: Step,
    /// The hops back that could refuse.
    pub reply: Vec<Step>,
    /// The interface at the end, if there is one.
    pub target: Option<String>,
}

/// A hop with its details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The hop.
    pub hop: Hop,
    /// The decision's details.
    pub detail: Detail,
    /// The subnet of the ACL, the route table or the interface.
    pub subnet: Option<String>,
}

/// The rule or entry that decided at a hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// No details.
    None,
    /// A rule of a group.
    GroupRule {
        /// The group.
        group: String,
        /// The rule.
        rule: String,
        /// The direction.
        direction: Direction,
    },
    /// No rule of any of the groups matched.
    NoGroupRule {
        /// The groups.
        groups: Vec<String>,
        /// The direction.
        direction: Direction,
    },
    /// An entry of a network ACL; without one, the final denial.
    AclEntry {
        /// The direction.
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
        /// True if the target exists.
        active: bool,
    },
}

impl Network {
    /// Can `from` open a TCP connection to `to` on `port`? `listener` returns the state of a port of the
    /// machine behind an interface of this network.
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
        // A refusal is a reply too: if replies are lost, the caller times out.
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

    /// Returns the whole path of a packet of `protocol` to `port` of `to`, and of its reply. It does not
    /// check for a listener, just as Reachability Analyzer does not.
    #[must_use]
    pub fn trace(&self, from: &Endpoint, to: IpAddr, protocol: Protocol, port: u16) -> Trace {
        walk::trace(self, from, to, protocol, port)
    }
}

#[cfg(test)]
mod tests;
