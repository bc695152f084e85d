//! The connection pool of a long-running application: it sends requests to the least busy HSM, allows
//! requests that were lost with their HSM to be sent again, and connects to HSMs that return or are new
//! (User Guide, "cluster-high-availability-load-balancing", "cluster-connect").
//!
//! It counts time in microseconds and does not let time pass itself: a request is sent at one time and its
//! answer arrives at a later time, at which the caller settles it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Link;
use super::cluster::{AVAILABLE_ON, Cluster};
use super::config::{ClusterConfig, PORT};
use super::connection::{Member, exchange, open};
use super::identity::ClientIdentity;
use super::posting::Posting;
use hsmlab_proto::Handle;
use hsmlab_proto::message::{Answer, Command, Reply};

/// Delay before a failed connection is tried again: Client SDK 3's daemon waits 3 s
/// (`reconnect_interval`). Guess: nothing is published for Client SDK 5.
pub const RECONNECT_US: u64 = 3_000_000;
/// Interval at which an HSM is asked for the members of its cluster. Guess: not published.
pub const LOOK_US: u64 = 10_000_000;

/// The connections of one application to the HSMs of one cluster.
#[derive(Clone, Debug)]
pub struct Pool {
    config: ClusterConfig,
    anchors: String,
    /// The client certificate for HSMs that ask for one.
    identity: Option<ClientIdentity>,
    login: Command,
    seats: Vec<Seat>,
    /// The HSMs without a connection, and the time of the next attempt.
    away: BTreeMap<IpAddr, u64>,
    look_us: u64,
    /// The pending question for the cluster's members.
    looking: Option<Sent>,
    sent: u64,
}

#[derive(Clone, Debug)]
struct Seat {
    member: Member,
    /// The time from which it accepts requests.
    ready_us: u64,
    outstanding: u32,
    /// The number of the last request sent on it.
    last: u64,
}

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The HSM.
    pub address: IpAddr,
    /// The time at which the answer arrives or its loss is known: microseconds since 1970.
    pub done_us: u64,
    connection: u64,
    answer: Option<Answer>,
}

impl Pool {
    /// Takes over the connections of a cluster on which `login` has already run.
    #[must_use]
    pub fn new(
        cluster: Cluster,
        config: ClusterConfig,
        anchors: String,
        identity: Option<ClientIdentity>,
        login: Command,
        now_us: u64,
    ) -> Self {
        let members = cluster.into_members().into_iter();
        let mut pool = Self {
            config,
            anchors,
            identity,
            login,
            seats: members
                .filter(|member| member.logged_in)
                .map(|member| Seat {
                    member,
                    ready_us: now_us,
                    outstanding: 0,
                    last: 0,
                })
                .collect(),
            away: BTreeMap::new(),
            look_us: now_us,
            looking: None,
            sent: 0,
        };
        let configured: Vec<IpAddr> = pool.config.servers.iter().map(|(at, _)| *at).collect();
        pool.expect(&configured, now_us.saturating_add(RECONNECT_US));
        pool
    }

    /// True if requests that fail temporarily must be retried.
    #[must_use]
    pub const fn retries(&self) -> bool {
        self.config.retries
    }

    /// Returns the HSMs with a connection.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.seats.iter().map(|seat| seat.member.address)
    }

    /// True if enough HSMs are connected to make usable token keys, or that is not checked.
    #[must_use]
    pub fn can_make_keys(&self) -> bool {
        self.config.disable_key_availability_check || self.seats.len() >= AVAILABLE_ON
    }

    /// Returns the time at which [`Pool::tend`] has work to do.
    #[must_use]
    pub fn next_us(&self) -> u64 {
        let tries = self.away.values().copied().min().unwrap_or(u64::MAX);
        match &self.looking {
            Some(sent) => tries.min(sent.done_us),
            None if self.seats.is_empty() => tries,
            None => tries.min(self.look_us),
        }
    }

    /// Asks for the cluster's members and connects to those without a connection, when it is time.
    pub fn tend(&mut self, at_us: u64, link: &mut dyn Link) {
        self.learn(at_us, link);
        if self.look_us <= at_us && self.looking.is_none() && !self.seats.is_empty() {
            self.look_us = at_us.saturating_add(LOOK_US);
            self.looking = self.send(&Command::Info, &[], at_us, link);
        }
        let due: Vec<IpAddr> = self
            .away
            .iter()
            .filter(|(_, at)| **at <= at_us)
            .map(|(address, _)| *address)
            .collect();
        for address in due {
            let mut posting = Posting { link, at_us };
            let identity = self.identity.as_ref();
            match connect(address, &self.anchors, identity, &self.login, &mut posting) {
                Some(member) => {
                    self.away.remove(&address);
                    self.seats.push(Seat {
                        member,
                        ready_us: posting.at_us,
                        outstanding: 0,
                        last: self.sent,
                    });
                    self.look_us = posting.at_us;
                }
                None => {
                    let again = posting.at_us.saturating_add(RECONNECT_US);
                    self.away.insert(address, again);
                }
            }
        }
    }

    /// Processes the answer with the cluster's members.
    fn learn(&mut self, at_us: u64, link: &mut dyn Link) {
        let Some(sent) = self.looking.take_if(|sent| sent.done_us <= at_us) else {
            return;
        };
        if let Some(Ok(Reply::Info(info))) = self.settle(sent, at_us, link) {
            self.away
                .retain(|address, _| info.members.contains(address));
            self.expect(&info.members, at_us);
        }
    }

    /// Adds addresses that should have a connection: those without one are tried at `at_us`.
    fn expect(&mut self, addresses: &[IpAddr], at_us: u64) {
        for address in addresses {
            if !self.addresses().any(|own| own == *address) {
                self.away.entry(*address).or_insert(at_us);
            }
        }
    }

    /// Returns the connection with the fewest open requests, among those the least recently used; not
    /// to `avoid` if there is another.
    fn least_busy(&mut self, avoid: &[IpAddr], at_us: u64) -> Option<&mut Seat> {
        let ready = |seat: &&mut Seat| seat.ready_us <= at_us;
        self.seats.iter_mut().filter(ready).min_by_key(|seat| {
            let avoided = avoid.contains(&seat.member.address);
            (avoided, seat.outstanding, seat.last)
        })
    }

    /// True if there is an HSM other than `tried` to send a request to.
    #[must_use]
    pub fn has_other(&self, tried: &[IpAddr], at_us: u64) -> bool {
        self.seats
            .iter()
            .any(|seat| seat.ready_us <= at_us && !tried.contains(&seat.member.address))
    }

    /// Sends a request to the least busy HSM, to one of `avoid` only if there is no other. `None`: there
    /// is no connection.
    pub fn send(
        &mut self,
        command: &Command,
        avoid: &[IpAddr],
        at_us: u64,
        link: &mut dyn Link,
    ) -> Option<Sent> {
        self.sent += 1;
        let number = self.sent;
        let seat = self.least_busy(avoid, at_us)?;
        seat.outstanding += 1;
        seat.last = number;
        let mut posting = Posting { link, at_us };
        let answer = exchange(&mut seat.member, command, &mut posting);
        Some(Sent {
            address: seat.member.address,
            connection: seat.member.connection,
            done_us: posting.at_us,
            answer,
        })
    }

    /// True if the connection of a request is still in use here.
    #[must_use]
    pub fn holds(&self, sent: &Sent) -> bool {
        let connection = sent.connection;
        self.seats
            .iter()
            .any(|seat| seat.member.connection == connection)
    }

    /// Returns the answer to a request at its end. `None`: it was lost with its connection.
    pub fn settle(&mut self, sent: Sent, at_us: u64, link: &mut dyn Link) -> Option<Answer> {
        let connection = sent.connection;
        let seat = self
            .seats
            .iter_mut()
            .find(|seat| seat.member.connection == connection)?;
        seat.outstanding = seat.outstanding.saturating_sub(1);
        if sent.answer.is_none() || !link.is_open(connection) {
            self.lose(sent.address, at_us, link);
            return None;
        }
        sent.answer
    }

    /// Copies a key from the HSM that made it to the other reachable ones, as far as possible; returns
    /// the time at which that is done.
    pub fn spread(&mut self, key: Handle, from: IpAddr, at_us: u64, link: &mut dyn Link) -> u64 {
        let mut posting = Posting { link, at_us };
        let extract = Command::ExtractMasked { handle: key };
        let mut seats = self.seats.iter_mut();
        let maker = seats.find(|seat| seat.member.address == from);
        let masked = maker.and_then(|seat| exchange(&mut seat.member, &extract, &mut posting));
        let Some(Ok(Reply::Bytes(masked))) = masked else {
            return posting.at_us;
        };
        let insert = Command::InsertMasked { masked };
        for seat in &mut self.seats {
            if seat.member.address != from && seat.ready_us <= at_us {
                // A connection lost here is noticed at the next request on it.
                let _ = exchange(&mut seat.member, &insert, &mut posting);
            }
        }
        posting.at_us
    }

    /// Drops a broken connection and asks for the cluster's current members.
    fn lose(&mut self, address: IpAddr, at_us: u64, link: &mut dyn Link) {
        let gone = |seat: &Seat| seat.member.address == address;
        for seat in self.seats.extract_if(.., |seat| gone(seat)) {
            link.close(seat.member.connection);
        }
        let again = at_us.saturating_add(RECONNECT_US);
        self.away.insert(address, again);
        self.look_us = self.look_us.min(at_us);
    }

    /// Closes all connections.
    pub fn close(&mut self, link: &mut dyn Link) {
        for seat in self.seats.drain(..) {
            link.close(seat.member.connection);
        }
    }
}

/// Connects to an HSM and logs in.
fn connect(
    address: IpAddr,
    anchors: &str,
    identity: Option<&ClientIdentity>,
    login: &Command,
    posting: &mut Posting<'_>,
) -> Option<Member> {
    let mut member = open(address, PORT, anchors, identity, posting, &mut Vec::new()).ok()?;
    match exchange(&mut member, login, posting) {
        Some(Ok(_)) => {
            member.logged_in = true;
            Some(member)
        }
        _ => {
            posting.link.close(member.connection);
            None
        }
    }
}
