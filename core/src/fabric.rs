//! Carries a client's bytes to an appliance over the network: the only module that names both ends.
//!
//! The fabric knows which connections are open, how long a message takes and how long one waits in
//! vain. Whether a way exists is asked of [`Ways`], before a connection and at every message on it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use hsmlab_client::LinkError;
use hsmlab_hsm::{Fleet, Work};
use hsmlab_protocol::{HopKind, Reach};
use hsmlab_sim::{SharedMap, SimDuration, SimTime};

/// How long a client waits for an answer to its first packet before it gives up. Guess: the CloudHSM
/// client's own limit is not published; this is long enough to be felt, short enough to learn from.
pub const CONNECT_TIMEOUT: SimDuration = SimDuration::from_seconds(20);
/// How long a client waits on an open connection for an answer that does not come. Guess: the client's
/// own limit is not published.
pub const REQUEST_TIMEOUT_US: u64 = 5_000_000;
/// A message there and its answer back, between the zones of a region, in microseconds. Guess: AWS says
/// single-digit milliseconds.
pub const ROUND_TRIP_US: u64 = 2000;
/// The same within one zone. Guess: AWS says less than a millisecond.
pub const ROUND_TRIP_IN_ZONE_US: u64 = 500;
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
    /// Whether host and address are in one availability zone.
    fn same_zone(&self, host: &str, to: IpAddr) -> bool;
}

/// What came of a message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The answer.
    pub result: Result<Vec<u8>, LinkError>,
    /// How long the client waits for it, in microseconds.
    pub micros: u64,
    /// The HSM that it was for.
    pub hsm_id: Option<String>,
    /// What the HSM did with it, if it came there.
    pub work: Option<Work>,
}

impl Carried {
    /// A message on a connection that is not open.
    #[must_use]
    pub fn broken() -> Self {
        Self::failed(LinkError::Reset, 0)
    }

    fn failed(error: LinkError, micros: u64) -> Self {
        Self {
            result: Err(error),
            micros,
            hsm_id: None,
            work: None,
        }
    }
}

/// The open connections.
#[derive(Clone, Debug, Default)]
pub struct Fabric {
    open: SharedMap<u64, Connection>,
    next: u64,
    last: BTreeMap<String, Attempt>,
}

#[derive(Clone, Debug)]
struct Connection {
    host: String,
    peer: Peer,
    to: IpAddr,
    port: u16,
    round_trip_us: u64,
    /// When the client gives up, once nothing comes through any more: microseconds since 1970.
    silent_until: Option<u64>,
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
    /// Tries a connection. The time it takes, in microseconds, is given back for the caller to let
    /// pass.
    pub fn connect(
        &mut self,
        ways: &dyn Ways,
        host: &str,
        to: IpAddr,
        port: u16,
        now: SimTime,
    ) -> (Result<u64, LinkError>, u64) {
        let reach = ways.reach(host, to, port);
        let opened = self.open(ways, host, to, port, &reach);
        let attempt = Attempt {
            host: host.to_owned(),
            to,
            port,
            reach,
            at: now,
        };
        self.last.insert(host.to_owned(), attempt);
        opened
    }

    /// The same for a program in the background, which tries again and again: the attempt is not
    /// remembered for explanations.
    pub fn connect_quietly(
        &mut self,
        ways: &dyn Ways,
        host: &str,
        to: IpAddr,
        port: u16,
    ) -> (Result<u64, LinkError>, u64) {
        let reach = ways.reach(host, to, port);
        self.open(ways, host, to, port, &reach)
    }

    fn open(
        &mut self,
        ways: &dyn Ways,
        host: &str,
        to: IpAddr,
        port: u16,
        reach: &Reach,
    ) -> (Result<u64, LinkError>, u64) {
        let round_trip_us = if ways.same_zone(host, to) {
            ROUND_TRIP_IN_ZONE_US
        } else {
            ROUND_TRIP_US
        };
        if let Some(error) = refusal(reach) {
            let span = if error == LinkError::TimedOut {
                CONNECT_TIMEOUT.as_ms() * 1000
            } else {
                round_trip_us
            };
            return (Err(error), span);
        }
        let Some(peer) = ways
            .peer(host, to, port)
            .filter(|_| self.open.len() < CONNECTIONS_MAX)
        else {
            return (Err(LinkError::Refused), round_trip_us);
        };
        self.next += 1;
        self.open.insert(
            self.next,
            Connection {
                host: host.to_owned(),
                peer,
                to,
                port,
                round_trip_us,
                silent_until: None,
            },
        );
        (Ok(self.next), round_trip_us)
    }

    /// The ends of an open connection: the host, the address and the port.
    #[must_use]
    pub fn ends(&self, connection: u64) -> Option<(&str, IpAddr, u16)> {
        self.open
            .get(&connection)
            .map(|open| (open.host.as_str(), open.to, open.port))
    }

    /// Whether a connection is as it was opened: neither closed nor broken, and known at its other end.
    #[must_use]
    pub fn is_open(&self, fleet: &Fleet, connection: u64) -> bool {
        match self.open.get(&connection).map(|open| &open.peer) {
            Some(Peer::Hsm(hsm_id)) => fleet.knows(hsm_id, connection),
            Some(Peer::Host(_)) => true,
            None => false,
        }
    }

    /// Carries a message, `at_us` microseconds after 1970, and its answer over a connection whose way
    /// is `reach` by now. Where it does not get through, `quietly` leaves that out of explanations.
    pub fn exchange(
        &mut self,
        reach: Reach,
        fleet: &mut Fleet,
        connection: u64,
        message: &[u8],
        at_us: u64,
        quietly: bool,
    ) -> Carried {
        let Some(open) = self.open.get_mut(&connection) else {
            return Carried::broken();
        };
        let round_trip_us = open.round_trip_us;
        let hsm_id = match &open.peer {
            Peer::Hsm(hsm_id) => hsm_id.clone(),
            Peer::Host(_) => return Carried::failed(LinkError::Reset, round_trip_us),
        };
        // Failed hardware, or an HSM that was deleted, takes its connections down.
        if !fleet.has(&hsm_id) {
            self.open.remove(&connection);
            return Carried {
                hsm_id: Some(hsm_id),
                ..Carried::failed(LinkError::Reset, round_trip_us)
            };
        }
        // Security groups are stateful: a connection that was allowed goes on when its rule is gone.
        // Network ACLs and routes are not.
        if !reach.reachable && !only_groups_refuse(&reach) {
            let until = *open
                .silent_until
                .get_or_insert(at_us.saturating_add(REQUEST_TIMEOUT_US));
            if !quietly {
                let attempt = Attempt {
                    host: open.host.clone(),
                    to: open.to,
                    port: open.port,
                    reach,
                    at: SimTime::from_unix_ms(at_us / 1000),
                };
                self.last.insert(attempt.host.clone(), attempt);
            }
            return Carried {
                hsm_id: Some(hsm_id),
                ..Carried::failed(LinkError::TimedOut, until.saturating_sub(at_us))
            };
        }
        open.silent_until = None;
        // Half of the way there: what the appliance sees.
        let arrives = at_us.saturating_add(round_trip_us / 2);
        match fleet.serve(&hsm_id, connection, message, arrives) {
            Some(served) => Carried {
                result: Ok(served.bytes),
                micros: round_trip_us.saturating_add(served.micros),
                hsm_id: Some(hsm_id),
                work: Some(served.work),
            },
            None => {
                self.open.remove(&connection);
                Carried {
                    hsm_id: Some(hsm_id),
                    ..Carried::failed(LinkError::Reset, round_trip_us)
                }
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
