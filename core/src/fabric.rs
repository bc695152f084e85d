//! Carries a client's bytes to an appliance over the network: the only module that names both ends.
//!
//! The fabric knows which connections are open, how long a message takes and how long one waits in
//! vain. Whether a way exists is asked of [`Ways`], before a connection and at every message on it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::client::LinkError;
use crate::hsm::Fleet;
use crate::net::{HopKind, Reach};
use crate::sim::{SimDuration, SimTime};

/// How long a client waits for an answer to its first packet before it gives up. Guess: the CloudHSM
/// client's own limit is not published; this is long enough to be felt, short enough to learn from.
pub const CONNECT_TIMEOUT: SimDuration = SimDuration::from_seconds(20);
/// A message there and its answer back, inside one region.
pub const ROUND_TRIP: SimDuration = SimDuration::from_ms(2);
/// The most connections that are open at once: far above the 900 clients of a cluster.
pub const CONNECTIONS_MAX: usize = 4096;

/// What stands at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// An appliance.
    Hsm(String),
    /// A host's SSH or RDP server: it takes the connection, and nothing more is simulated.
    Host(String),
}

/// What the fabric asks of the world: the way, and who stands at its end.
pub trait Ways {
    /// The way from a host to an address and port.
    fn reach(&self, host: &str, to: IpAddr, port: u16) -> Reach;
    /// Who answers there, if the way exists.
    fn peer(&self, host: &str, to: IpAddr, port: u16) -> Option<Peer>;
}

/// The open connections.
#[derive(Clone, Debug, Default)]
pub struct Fabric {
    open: BTreeMap<u64, Connection>,
    next: u64,
    last: BTreeMap<String, Attempt>,
}

#[derive(Clone, Debug)]
struct Connection {
    host: String,
    peer: Peer,
    to: IpAddr,
    port: u16,
}

/// A connection that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The host that tried.
    pub host: String,
    /// The address.
    pub to: IpAddr,
    /// The TCP port.
    pub port: u16,
    /// The way.
    pub reach: Reach,
    /// When.
    pub at: SimTime,
}

impl Fabric {
    /// Tries a connection. The time it takes is given back, for the caller to let pass.
    pub fn connect(
        &mut self,
        ways: &dyn Ways,
        host: &str,
        to: IpAddr,
        port: u16,
        now: SimTime,
    ) -> (Result<u64, LinkError>, SimDuration) {
        let reach = ways.reach(host, to, port);
        let refused = refusal(&reach);
        let attempt = Attempt {
            host: host.to_owned(),
            to,
            port,
            reach,
            at: now,
        };
        self.last.insert(host.to_owned(), attempt);
        if let Some(error) = refused {
            let span = if error == LinkError::TimedOut {
                CONNECT_TIMEOUT
            } else {
                ROUND_TRIP
            };
            return (Err(error), span);
        }
        let Some(peer) = ways
            .peer(host, to, port)
            .filter(|_| self.open.len() < CONNECTIONS_MAX)
        else {
            return (Err(LinkError::Refused), ROUND_TRIP);
        };
        self.next += 1;
        self.open.insert(
            self.next,
            Connection {
                host: host.to_owned(),
                peer,
                to,
                port,
            },
        );
        (Ok(self.next), ROUND_TRIP)
    }

    /// The ends of an open connection: the host, the address and the port.
    #[must_use]
    pub fn ends(&self, connection: u64) -> Option<(&str, IpAddr, u16)> {
        self.open
            .get(&connection)
            .map(|open| (open.host.as_str(), open.to, open.port))
    }

    /// Carries a message and its answer over a connection whose way is `reach` by now.
    pub fn exchange(
        &mut self,
        reach: Reach,
        fleet: &mut Fleet,
        connection: u64,
        message: &[u8],
        now: SimTime,
    ) -> (Result<Vec<u8>, LinkError>, SimDuration) {
        let Some(open) = self.open.get(&connection).cloned() else {
            return (Err(LinkError::Reset), SimDuration::ZERO);
        };
        // Security groups are stateful: a connection that was allowed goes on when its rule is gone.
        // Network ACLs and routes are not.
        let blocked = !reach.reachable && !only_groups_refuse(&reach);
        if blocked {
            let attempt = Attempt {
                host: open.host,
                to: open.to,
                port: open.port,
                reach,
                at: now,
            };
            self.last.insert(attempt.host.clone(), attempt);
            self.open.remove(&connection);
            return (Err(LinkError::TimedOut), CONNECT_TIMEOUT);
        }
        let Peer::Hsm(hsm_id) = &open.peer else {
            return (Err(LinkError::Reset), ROUND_TRIP);
        };
        match fleet.receive(hsm_id, connection, message, now) {
            Some(answer) => (Ok(answer), ROUND_TRIP),
            None => {
                self.open.remove(&connection);
                (Err(LinkError::Reset), ROUND_TRIP)
            }
        }
    }

    /// Closes a connection.
    pub fn close(&mut self, fleet: &mut Fleet, connection: u64) {
        if let Some(Connection {
            peer: Peer::Hsm(hsm_id),
            ..
        }) = self.open.remove(&connection)
        {
            fleet.disconnect(&hsm_id, connection);
        }
    }

    /// Closes the connections of a host, as when it stops.
    pub fn close_host(&mut self, fleet: &mut Fleet, host: &str) {
        let gone: Vec<u64> = self
            .open
            .iter()
            .filter(|(_, open)| open.host == host)
            .map(|(id, _)| *id)
            .collect();
        for connection in gone {
            self.close(fleet, connection);
        }
    }

    /// The last connection that a host tried.
    #[must_use]
    pub fn last_attempt(&self, host: &str) -> Option<&Attempt> {
        self.last.get(host)
    }

    /// The last connections of each host that were refused, at an instant or later.
    pub fn refused_since(&self, at: SimTime) -> impl Iterator<Item = &Attempt> {
        self.last
            .values()
            .filter(move |attempt| attempt.at >= at && !attempt.reach.reachable)
    }

    /// The last connection that anyone tried.
    #[must_use]
    pub fn newest_attempt(&self) -> Option<&Attempt> {
        self.last.values().max_by_key(|attempt| attempt.at)
    }
}

/// What a client sees of a way that does not exist: silence where packets are dropped, a refusal where
/// the last hop is a running host on which nothing listens.
fn refusal(reach: &Reach) -> Option<LinkError> {
    if reach.reachable {
        return None;
    }
    let last = reach.hops.last();
    let nobody_listens = last.is_some_and(|hop| {
        hop.kind == HopKind::Destination && hop.code.as_deref() == Some(NOT_LISTENING)
    });
    Some(if nobody_listens {
        LinkError::Refused
    } else {
        LinkError::TimedOut
    })
}

/// The code of a destination hop that is up but has no listener on the port.
pub const NOT_LISTENING: &str = "NOT_LISTENING";

fn only_groups_refuse(reach: &Reach) -> bool {
    reach.hops.last().is_some_and(|hop| {
        matches!(
            hop.kind,
            HopKind::SecurityGroupEgress | HopKind::SecurityGroupIngress
        )
    })
}
