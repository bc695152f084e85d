//! Appliances whose network can be cut, and their state as seen from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use hsmlab_client::cluster::Cluster;
use hsmlab_client::{Link, LinkError};
use hsmlab_crypto::cert::Certificate;
use hsmlab_hsm::{ApplianceSpec, Fleet};
use hsmlab_proto::Secret;
use hsmlab_proto::channel::{Channel, ChannelError, ClientHandshake};
use hsmlab_proto::message::{Answer, Command};
use hsmlab_proto::role::Role;
use hsmlab_sim::{Rng, Seed, SimDuration, SimTime};
use rand_core::Rng as _;

use crate::world::{CLUSTER, config, customer_ca};

pub const ADMIN: &str = "Admin-Pass-1";

pub fn login(name: &str, role: Role, password: &str) -> Command {
    Command::Login {
        username: name.into(),
        role,
        password: Secret::new(password),
    }
}

pub struct Net {
    pub fleet: Fleet,
    pub hsms: BTreeMap<IpAddr, String>,
    pub cut: BTreeSet<String>,
    pub now: SimTime,
    pub rng: Rng,
    pub hsm_type: &'static str,
    anchor: String,
    connections: BTreeMap<u64, String>,
    next: u64,
    made: u8,
}

impl Net {
    /// Makes an activated cluster of one HSM with the crypto users alice and bob.
    pub fn new(number: u64, hsm_type: &'static str) -> Self {
        let seed = Seed::from_number(number);
        let mut net = Self {
            fleet: Fleet::new(&seed),
            hsms: BTreeMap::new(),
            cut: BTreeSet::new(),
            now: SimTime::parse_rfc3339("2026-11-24T10:00:00Z").unwrap(),
            rng: seed.stream("host"),
            hsm_type,
            anchor: String::new(),
            connections: BTreeMap::new(),
            next: 0,
            made: 0,
        };
        let id = net.name();
        net.fleet.create(&net.spec(&id), net.now);
        net.place(&id);
        let csr = net.fleet.identity(&id).unwrap().cluster_csr;
        let (anchor, certificate) = customer_ca(1, &csr, net.now);
        net.fleet
            .claim(&id, &certificate, &anchor, net.now)
            .unwrap();
        net.anchor = anchor;
        let mut cluster = net.connect().unwrap();
        let activate = Command::Activate {
            password: Secret::new(ADMIN),
        };
        cluster.user_command(&activate, &mut net).unwrap();
        cluster.close(&mut net);
        net
    }

    fn name(&mut self) -> String {
        self.made += 1;
        format!("hsm-{}", self.made)
    }

    fn spec(&self, hsm_id: &str) -> ApplianceSpec {
        ApplianceSpec {
            hsm_id: hsm_id.into(),
            cluster_id: CLUSTER.into(),
            hsm_type: self.hsm_type.into(),
            fips: true,
        }
    }

    fn place(&mut self, hsm_id: &str) {
        let address = IpAddr::V4(Ipv4Addr::new(10, 0, 1, 10 + self.made));
        self.fleet.set_address(hsm_id, address);
        self.hsms.insert(address, hsm_id.to_owned());
    }

    /// Adds an HSM from an image.
    pub fn join(&mut self, image: &hsmlab_hsm::BackupImage) -> String {
        let id = self.name();
        self.fleet
            .restore(&self.spec(&id), image, self.now)
            .unwrap();
        self.place(&id);
        id
    }

    /// Fails the HSM's hardware.
    pub fn fail(&mut self, id: &str) {
        self.fleet.destroy(id);
        self.cut.remove(id);
        self.hsms.retain(|_, own| own != id);
    }

    /// Returns the HSMs that clients and the service can reach, in the order in which clients ask them.
    pub fn reached(&self) -> Vec<String> {
        let all = self.hsms.values();
        all.filter(|id| !self.cut.contains(*id)).cloned().collect()
    }

    /// Makes a client of all reachable HSMs; `None` if there are none.
    pub fn connect(&mut self) -> Option<Cluster> {
        let addresses: Vec<IpAddr> = self.hsms.keys().copied().collect();
        let mut config = config(&addresses);
        config.disable_key_availability_check = true;
        let anchor = self.anchor.clone();
        Cluster::connect(&config, &anchor, self, &mut Vec::new()).ok()
    }

    /// Makes a client of one HSM that ignores all cuts; no user is logged in.
    pub fn probe(&mut self, hsm: &str) -> Probe {
        let handshake = ClientHandshake::start(&mut self.rng);
        self.next += 1;
        let (connection, fleet) = (self.next, &mut self.fleet);
        let hello = handshake.hello().to_vec();
        let answer = fleet.receive(hsm, connection, &hello, self.now).unwrap();
        let channel = handshake.finish(&answer, |certificate| {
            let certificate = Certificate::from_der(certificate).unwrap();
            let key = certificate.public_key().unwrap();
            Ok::<_, ChannelError>(key.as_rsa().unwrap().clone())
        });
        Probe {
            hsm: hsm.to_owned(),
            connection,
            channel: channel.unwrap().channel,
        }
    }

    /// The same, logged in; `None` if that is refused.
    pub fn probe_as(&mut self, hsm: &str, name: &str, role: Role, password: &str) -> Option<Probe> {
        let mut probe = self.probe(hsm);
        let answer = probe.ask(self, &login(name, role, password));
        if answer.is_err() {
            probe.close(self);
            return None;
        }
        Some(probe)
    }
}

/// A direct connection to one HSM.
pub struct Probe {
    pub hsm: String,
    pub connection: u64,
    channel: Channel,
}

impl Probe {
    pub fn seal(&mut self, command: &Command) -> Vec<u8> {
        let message = serde_json::to_vec(command).unwrap();
        self.channel.seal(&message).unwrap()
    }

    pub fn ask(&mut self, net: &mut Net, command: &Command) -> Answer {
        let record = self.seal(command);
        let (connection, now) = (self.connection, net.now);
        let answer = net.fleet.receive(&self.hsm, connection, &record, now);
        let message = self.channel.open(&answer.unwrap()).unwrap();
        serde_json::from_slice(&message).unwrap()
    }

    pub fn close(self, net: &mut Net) {
        net.fleet.disconnect(&self.hsm, self.connection);
    }
}

impl Link for Net {
    fn connect(&mut self, to: IpAddr, _port: u16) -> Result<u64, LinkError> {
        let hsm = self.hsms.get(&to).filter(|id| !self.cut.contains(*id));
        let hsm = hsm.ok_or(LinkError::TimedOut)?;
        self.next += 1;
        self.connections.insert(self.next, hsm.clone());
        Ok(self.next)
    }

    fn exchange(&mut self, connection: u64, message: &[u8]) -> Result<Vec<u8>, LinkError> {
        let hsm = self.connections.get(&connection).ok_or(LinkError::Reset)?;
        if self.cut.contains(hsm) {
            return Err(LinkError::TimedOut);
        }
        self.now += SimDuration::from_ms(2);
        self.fleet
            .receive(hsm, connection, message, self.now)
            .ok_or(LinkError::Reset)
    }

    fn close(&mut self, connection: u64) {
        if let Some(hsm) = self.connections.remove(&connection) {
            self.fleet.disconnect(&hsm, connection);
        }
    }

    fn now(&self) -> SimTime {
        self.now
    }

    fn sleep(&mut self, span: SimDuration) {
        self.now += span;
    }

    fn fill_random(&mut self, bytes: &mut [u8]) {
        self.rng.fill_bytes(bytes);
    }
}
