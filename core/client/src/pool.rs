//! The connections of an application that runs for long: requests go to the HSM that is least busy,
//! what is lost with its HSM can be sent again elsewhere, HSMs that come back or are new are connected
//! to (User Guide, "cluster-high-availability-load-balancing", "cluster-connect").
//!
//! It keeps time in microseconds and lets none pass itself: a request is sent at an instant and has its
//! answer at a later one, at which the caller settles it.

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

/// How long after a failure a connection is tried again: Client SDK 3's daemon waits 3 s
/// (`reconnect_interval`). Guess: of Client SDK 5 nothing is published.
pub const RECONNECT_US: u64 = 3_000_000;
/// How often an HSM is asked who else is in its cluster. Guess: not published.
pub const LOOK_US: u64 = 10_000_000;

/// The connections of one application to the HSMs of one cluster.
#[derive(Clone, Debug)]
pub struct Pool {
    config: ClusterConfig,
    anchors: String,
    /// What it shows of itself to HSMs that ask.
    identity: Option<ClientIdentity>,
    login: Command,
    seats: Vec<Seat>,
    /// The HSMs without a connection, and when each is tried next.
    away: BTreeMap<IpAddr, u64>,
    look_us: u64,
    /// The question that is under way.
    looking: Option<Sent>,
    sent: u64,
}

#[derive(Clone, Debug)]
struct Seat {
    member: Member,
    /// From when on it takes requests.
    ready_us: u64,
    outstanding: u32,
    /// The number of the request that was sent on it last.
    last: u64,
}

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The HSM.
    pub address: IpAddr,
    /// When the answer is there, or it is known that none comes: microseconds since 1970.
    pub done_us: u64,
    connection: u64,
    answer: Option<Answer>,
}

impl Pool {
    /// Takes over the connections of a cluster on which `login` has been carried out.
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

    /// Whether what fails for a reason that passes is to be tried again.
    #[must_use]
    pub const fn retries(&self) -> bool {
        self.config.retries
    }

    /// The HSMs that it is connected to.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.seats.iter().map(|seat| seat.member.address)
    }

    /// Whether token keys can be made: on enough HSMs to be used, unless that is not checked.
    #[must_use]
    pub fn can_make_keys(&self) -> bool {
        self.config.disable_key_availability_check || self.seats.len() >= AVAILABLE_ON
    }

    /// When [`Pool::tend`] has something to do next.
    #[must_use]
    pub fn next_us(&self) -> u64 {
        let tries = self.away.values().copied().min().unwrap_or(u64::MAX);
        match &self.looking {
            Some(sent) => tries.min(sent.done_us),
            None if self.seats.is_empty() => tries,
            None => tries.min(self.look_us),
        }
    }

    /// Asks who is in the cluster, and connects to those without a connection, where it is time.
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

    /// What the HSM that was asked says of its cluster's members.
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

    /// Addresses that are to have a connection: those without are tried at `at_us`.
    fn expect(&mut self, addresses: &[IpAddr], at_us: u64) {
        for address in addresses {
            if !self.addresses().any(|own| own == *address) {
                self.away.entry(*address).or_insert(at_us);
            }
        }
    }

    /// The connection with the fewest open requests, of those the one that was used longest ago;
    /// not to `avoid` if there is another.
    fn least_busy(&mut self, avoid: &[IpAddr], at_us: u64) -> Option<&mut Seat> {
        let ready = |seat: &&mut Seat| seat.ready_us <= at_us;
        self.seats.iter_mut().filter(ready).min_by_key(|seat| {
            let avoided = avoid.contains(&seat.member.address);
            (avoided, seat.outstanding, seat.last)
        })
    }

    /// Whether there is an HSM besides `tried` to send a request to.
    #[must_use]
    pub fn has_other(&self, tried: &[IpAddr], at_us: u64) -> bool {
        self.seats
            .iter()
            .any(|seat| seat.ready_us <= at_us && !tried.contains(&seat.member.address))
    }

    /// Sends a request to the least busy HSM, one of `avoid` only where there is no other. `None`:
    /// there is no connection.
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

    /// Whether the connection of a request is still in use here.
    #[must_use]
    pub fn holds(&self, sent: &Sent) -> bool {
        let connection = sent.connection;
        self.seats
            .iter()
            .any(|seat| seat.member.connection == connection)
    }

    /// What became of a request, at its end. `None`: it was lost with its connection.
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

    /// Carries a key that one HSM made to the others in reach, as far as that works; gives the instant
    /// at which that is done.
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
                // One that is lost here is noticed at the next request to it.
                let _ = exchange(&mut seat.member, &insert, &mut posting);
            }
        }
        posting.at_us
    }

    /// Drops a connection that is of no more use, and looks who is in the cluster now.
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
