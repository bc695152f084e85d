//! The transport of a client's bytes to an appliance over the network: the only module that names both
//! ends.
//!
//! The fabric knows the open connections, a message's latency and the timeouts. It asks [`Ways`] whether a
//! path exists, before a connection and for every message on it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use hsmlab_client::LinkError;
use hsmlab_hsm::{Fleet, Work};
use hsmlab_protocol::{HopKind, Reach};
use hsmlab_sim::{SharedMap, SimDuration, SimTime};

/// Timeout of a client's first packet. Guess: the CloudHSM client's own limit is not published; this is
/// long enough to notice and short enough to learn from.
pub const CONNECT_TIMEOUT: SimDuration = SimDuration::from_seconds(20);
/// Timeout of a request on an open connection. Guess: the client's own limit is not published.
pub const REQUEST_TIMEOUT_US: u64 = 5_000_000;
/// Round-trip time between the zones of a region, in microseconds. Guess: AWS says single-digit
/// milliseconds.
pub const ROUND_TRIP_US: u64 = 2000;
/// The same within one zone. Guess: AWS says less than a millisecond.
pub const ROUND_TRIP_IN_ZONE_US: u64 = 500;
/// The most connections that are open at once: far above the 900 clients of a cluster.
pub const CONNECTIONS_MAX: usize = 4096;

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// An appliance.
    Hsm(String),
    /// A host's SSH or RDP server: it accepts the connection; nothing more is simulated.
    Host(String),
}

/// The fabric's questions to the world: the path, and the peer at its end.
pub trait Ways {
    /// Returns the path from a host to an address and port.
    fn reach(&self, host: &str, to: IpAddr, port: u16) -> Reach;
    /// Returns the peer at that address, if the path exists.
    fn peer(&self, host: &str, to: IpAddr, port: u16) -> Option<Peer>;
    /// True if host and address are in one availability zone.
    fn same_zone(&self, host: &str, to: IpAddr) -> bool;
}

/// The result of sending a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The answer.
    pub result: Result<Vec<u8>, LinkError>,
    /// The time that the client waits for it, in microseconds.
    pub micros: u64,
    /// The HSM that it was for.
    pub hsm_id: Option<String>,
    /// The HSM's work, if the message arrived.
    pub work: Option<Work>,
}

impl Carried {
    /// The result for a message on a connection that is not open.
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
    /// The time at which the client gives up, once nothing gets through: microseconds since 1970.
    silent_until: Option<u64>,
}

/// An attempt to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The host that made the attempt.
    pub host: String,
    /// The address.
    pub to: IpAddr,
    /// The TCP port.
    pub port: u16,
    /// The path.
    pub reach: Reach,
    /// The time.
    pub at: SimTime,
}

impl Fabric {
    /// Tries a connection. Returns the duration in microseconds, so that the caller can let that time
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

    /// The same for a background program that retries: the attempt is not remembered for explanations.
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

    /// Returns the ends of an open connection: the host, the address and the port.
    #[must_use]
    pub fn ends(&self, connection: u64) -> Option<(&str, IpAddr, u16)> {
        self.open
            .get(&connection)
            .map(|open| (open.host.as_str(), open.to, open.port))
    }

    /// True if a connection is intact: neither closed nor broken, and known at its other end.
    #[must_use]
    pub fn is_open(&self, fleet: &Fleet, connection: u64) -> bool {
        match self.open.get(&connection).map(|open| &open.peer) {
            Some(Peer::Hsm(hsm_id)) => fleet.knows(hsm_id, connection),
            Some(Peer::Host(_)) => true,
            None => false,
        }
    }

    /// Delivers a message, `at_us` microseconds after 1970, and its answer over a connection whose path
    /// is now `reach`. If `quietly` is true, a failure is not remembered for explanations.
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
        // Failed hardware and deleted HSMs close their connections.
        if !fleet.has(&hsm_id) {
            self.open.remove(&connection);
            return Carried {
                hsm_id: Some(hsm_id),
                ..Carried::failed(LinkError::Reset, round_trip_us)
            };
        }
        // Security groups are stateful: an accepted connection continues after its rule is removed.
        // Network ACLs and routes are stateless.
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
        // Half of the round trip: the time at which the message reaches the appliance.
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

    /// Closes the connections of a host, for example when it stops.
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

    /// Returns the last connection attempt of a host.
    #[must_use]
    pub fn last_attempt(&self, host: &str) -> Option<&Attempt> {
        self.last.get(host)
    }

    /// Returns each host's last attempt if it was refused, from an instant on.
    pub fn refused_since(&self, at: SimTime) -> impl Iterator<Item = &Attempt> {
        self.last
            .values()
            .filter(move |attempt| attempt.at >= at && !attempt.reach.reachable)
    }

    /// Returns the last connection attempt of any host.
    #[must_use]
    pub fn newest_attempt(&self) -> Option<&Attempt> {
        self.last.values().max_by_key(|attempt| attempt.at)
    }
}

/// Returns the error that a client sees if the path does not exist: a timeout if packets are dropped, a
/// refusal if the last hop is a running host without a listener.
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

/// The code of a destination hop that is running but has no listener on the port.
pub const NOT_LISTENING: &str = "NOT_LISTENING";

fn only_groups_refuse(reach: &Reach) -> bool {
    reach.hops.last().is_some_and(|hop| {
        matches!(
            hop.kind,
            HopKind::SecurityGroupEgress | HopKind::SecurityGroupIngress
        )
    })
}
