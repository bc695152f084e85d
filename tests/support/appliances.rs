//! A cluster of appliances without the rest of the world: behind a network that never refuses and
//! takes no time. For figures and for tests of only the appliance and its client.

#![allow(clippy::unwrap_used, reason = "a test's helper panics with the reason")]

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use hsmlab_client::cluster::Cluster;
use hsmlab_client::config::{ClusterConfig, PORT};
use hsmlab_client::{Link, LinkError};
use hsmlab_crypto::cert::{Certificate, CertificateSpec, Issuer, Request};
use hsmlab_crypto::hash::Hash;
use hsmlab_crypto::keys::{Curve, KeyKind, PrivateKey};
use hsmlab_crypto::name::Name;
use hsmlab_hsm::{ApplianceSpec, Fleet};
use hsmlab_proto::Secret;
use hsmlab_proto::message::Command;
use hsmlab_proto::role::Role;
use hsmlab_sim::{Rng, Seed, SimDuration, SimTime};
use rand_core::Rng as _;

/// The cluster's id.
pub const CLUSTER: &str = "cluster-aaaaaaaaaaa";
/// The administrator's password.
pub const ADMIN: &str = "Admin-Pass-1";
/// The password of the crypto user `alice`.
pub const ALICE: &str = "Alice-Pass-1";

/// Appliances behind addresses.
pub struct Appliances {
    /// The appliances.
    pub fleet: Fleet,
    /// The address and id of each appliance.
    pub hsms: BTreeMap<IpAddr, String>,
    /// The customer's CA certificate, PEM.
    pub anchor: String,
    connections: BTreeMap<u64, String>,
    next: u64,
    fips: bool,
    now: SimTime,
    rng: Rng,
}

impl Appliances {
    /// Makes an initialized and activated cluster of `hsms` appliances with the crypto user `alice`.
    #[must_use]
    pub fn new(hsms: usize, fips: bool) -> Self {
        let seed = Seed::from_number(11);
        let mut all = Self {
            fleet: Fleet::new(&seed),
            hsms: BTreeMap::new(),
            anchor: String::new(),
            connections: BTreeMap::new(),
            next: 0,
            fips,
            now: SimTime::parse_rfc3339("2026-11-24T10:00:00Z").unwrap(),
            rng: seed.stream("host"),
        };
        all.fleet.create(&all.spec("hsm-1"), all.now);
        all.place("hsm-1");
        let csr = all.fleet.identity("hsm-1").unwrap().cluster_csr;
        let (anchor, certificate) = customer_ca(&csr, all.now);
        all.fleet
            .claim("hsm-1", &certificate, &anchor, all.now)
            .unwrap();
        all.anchor = anchor;
        let mut cluster = all.connect();
        let activate = Command::Activate {
            password: Secret::new(ADMIN),
        };
        cluster.user_command(&activate, &mut all).unwrap();
        all.log_in(&mut cluster, "admin", Role::Admin, ADMIN);
        let create = Command::CreateUser {
            username: "alice".into(),
            role: Role::CryptoUser,
            password: Secret::new(ALICE),
        };
        cluster.user_command(&create, &mut all).unwrap();
        cluster.close(&mut all);
        for number in 2..=hsms {
            all.join(&format!("hsm-{number}"));
        }
        all
    }

    fn spec(&self, hsm_id: &str) -> ApplianceSpec {
        ApplianceSpec {
            hsm_id: hsm_id.into(),
            cluster_id: CLUSTER.into(),
            hsm_type: "hsm2m.medium".into(),
            fips: self.fips,
        }
    }

    fn place(&mut self, hsm_id: &str) {
        let last = u8::try_from(self.hsms.len() + 10).unwrap();
        let address = IpAddr::V4(Ipv4Addr::new(10, 0, 1, last));
        self.fleet.set_address(hsm_id, address);
        self.hsms.insert(address, hsm_id.to_owned());
    }

    /// Adds an appliance from a backup of the first live one.
    pub fn join(&mut self, hsm_id: &str) {
        let source = self.hsms.values().next().unwrap().clone();
        let image = self.fleet.backup(&source, self.now).unwrap();
        self.fleet
            .restore(&self.spec(hsm_id), &image, self.now)
            .unwrap();
        self.place(hsm_id);
    }

    /// Connects to all appliances; no user is logged in.
    #[must_use]
    pub fn connect(&mut self) -> Cluster {
        let config = ClusterConfig {
            cluster_id: None,
            hsm_ca_file: String::new(),
            servers: self.hsms.keys().map(|address| (*address, PORT)).collect(),
            disable_key_availability_check: true,
            weak_hash: false,
            ecdh_without_kdf: false,
            disable_validate_key_at_init: false,
            retries: true,
            client_tls: None,
        };
        let anchor = self.anchor.clone();
        Cluster::connect(&config, &anchor, self, &mut Vec::new()).unwrap()
    }

    /// Logs in on all appliances.
    pub fn log_in(&mut self, cluster: &mut Cluster, name: &str, role: Role, password: &str) {
        let login = Command::Login {
            username: name.into(),
            role,
            password: Secret::new(password),
        };
        cluster.login(&login, self).unwrap();
    }
}

/// Makes a customer's CA and its certificate for a request.
fn customer_ca(csr: &str, now: SimTime) -> (String, String) {
    let mut rng = Seed::from_number(1).stream("customer");
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256), &mut rng).unwrap();
    let name = Name::of(&[("CN", "customer CA")]);
    let issuer = Issuer {
        name: &name,
        key: &key,
        algorithm: key.default_algorithm(Hash::Sha256),
    };
    let root = CertificateSpec::new(name.clone(), key.public_key(), now, 3652, &mut rng)
        .ca(&key.public_key(), None);
    let root = Certificate::issue(&root, &issuer, &mut rng).unwrap();
    let request = Request::from_pem(csr).unwrap();
    let leaf = CertificateSpec::new(
        request.subject().clone(),
        request.public_key().unwrap(),
        now,
        3652,
        &mut rng,
    );
    let leaf = Certificate::issue(&leaf, &issuer, &mut rng).unwrap();
    (root.to_pem(), leaf.to_pem())
}

impl Link for Appliances {
    fn connect(&mut self, to: IpAddr, _port: u16) -> Result<u64, LinkError> {
        let hsm = self.hsms.get(&to).ok_or(LinkError::TimedOut)?;
        self.next += 1;
        self.connections.insert(self.next, hsm.clone());
        Ok(self.next)
    }

    fn exchange(&mut self, connection: u64, message: &[u8]) -> Result<Vec<u8>, LinkError> {
        let hsm = self.connections.get(&connection).ok_or(LinkError::Reset)?;
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
