//! Appliances behind addresses, and a host that reaches all of them: a network without obstacles.

use std::net::{IpAddr, Ipv4Addr};

use hsmlab_api::{Call, ServiceError};
use hsmlab_client::config::ClusterConfig;
use hsmlab_client::{Link, LinkError};
use hsmlab_crypto::cert::{Certificate, CertificateSpec, Issuer, Request};
use hsmlab_crypto::hash::Hash as CryptoHash;
use hsmlab_crypto::keyfile;
use hsmlab_crypto::keys::{Curve as CryptoCurve, KeyKind, PrivateKey};
use hsmlab_crypto::name::Name;
use hsmlab_hsm::{ApplianceSpec, Fleet};
use hsmlab_protocol::Reach;
use hsmlab_shell::Sys;
use hsmlab_sim::{Rng, Seed, SimDuration, SimTime};
use rand_core::Rng as _;

pub const CLUSTER: &str = "cluster-aaaaaaaaaaa";
/// A cluster made from a backup of the other: its HSMs' names begin with `clone`.
pub const CLONE: &str = "cluster-bbbbbbbbbbb";

/// Appliances behind addresses on a network without obstacles.
pub struct World {
    pub fleet: Fleet,
    pub hsms: Vec<(IpAddr, String)>,
    pub connections: Vec<(u64, String)>,
    pub now: SimTime,
    pub rng: Rng,
    /// A hook that changes the messages to the HSM or its answers.
    pub meddle: Option<fn(&mut Vec<u8>)>,
}

impl World {
    pub fn new() -> Self {
        let seed = Seed::from_number(11);
        Self {
            fleet: Fleet::new(&seed),
            hsms: Vec::new(),
            connections: Vec::new(),
            now: SimTime::parse_rfc3339("2026-11-24T10:00:00Z").unwrap(),
            rng: seed.stream("test host"),
            meddle: None,
        }
    }

    pub fn address(&mut self, hsm_id: &str) -> IpAddr {
        let address = IpAddr::V4(Ipv4Addr::new(10, 0, 1, 10 + self.hsms.len() as u8));
        self.fleet.set_address(hsm_id, address);
        self.hsms.push((address, hsm_id.to_owned()));
        address
    }
}

impl Link for World {
    fn connect(&mut self, to: IpAddr, _port: u16) -> Result<u64, LinkError> {
        let found = self.hsms.iter().find(|(address, _)| *address == to);
        let Some((_, hsm)) = found else {
            self.now += SimDuration::from_seconds(30);
            return Err(LinkError::TimedOut);
        };
        let connection = self.connections.len() as u64;
        self.connections.push((connection, hsm.clone()));
        Ok(connection)
    }

    fn exchange(&mut self, connection: u64, message: &[u8]) -> Result<Vec<u8>, LinkError> {
        let (_, hsm) = &self.connections[connection as usize];
        let mut message = message.to_vec();
        if let Some(meddle) = self.meddle {
            meddle(&mut message);
        }
        self.fleet
            .receive(hsm, connection, &message, self.now)
            .ok_or(LinkError::Reset)
    }

    fn close(&mut self, connection: u64) {
        let (_, hsm) = &self.connections[connection as usize];
        self.fleet.disconnect(hsm, connection);
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

fn cluster_of(hsm_id: &str) -> &'static str {
    if hsm_id.starts_with("clone") {
        CLONE
    } else {
        CLUSTER
    }
}

pub fn spec(hsm_id: &str) -> ApplianceSpec {
    ApplianceSpec {
        hsm_id: hsm_id.into(),
        cluster_id: cluster_of(hsm_id).into(),
        hsm_type: "hsm2m.medium".into(),
        fips: true,
    }
}

/// Makes a customer's CA: its certificate, and a certificate for a request.
pub fn customer_ca(number: u64, csr: &str, now: SimTime) -> (String, String) {
    let mut rng = Seed::from_number(number).stream("customer");
    let key = PrivateKey::generate(KeyKind::Ec(CryptoCurve::P256), &mut rng).unwrap();
    let name = Name::of(&[("C", "AU"), ("CN", "customer CA")]);
    let algorithm = key.default_algorithm(CryptoHash::Sha256);
    let issuer = Issuer {
        name: &name,
        key: &key,
        algorithm,
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

pub fn config(addresses: &[IpAddr]) -> ClusterConfig {
    ClusterConfig {
        cluster_id: None,
        hsm_ca_file: String::new(),
        servers: addresses.iter().map(|address| (*address, 2223)).collect(),
        disable_key_availability_check: false,
        weak_hash: false,
        ecdh_without_kdf: false,
        disable_validate_key_at_init: false,
        retries: true,
        client_tls: None,
    }
}

/// Makes one initialized HSM: the world, its address, the customer's CA.
pub fn initialized() -> (World, IpAddr, String) {
    initialized_as(&spec("hsm-1"))
}

/// Makes the same with an HSM of a given type.
pub fn initialized_type(hsm_type: &str) -> (World, IpAddr, String) {
    initialized_as(&ApplianceSpec {
        hsm_type: hsm_type.into(),
        ..spec("hsm-1")
    })
}

/// Makes the same with another specification, whose id must be `hsm-1`.
pub fn initialized_as(spec: &ApplianceSpec) -> (World, IpAddr, String) {
    let mut world = World::new();
    world.fleet.create(spec, world.now);
    let address = world.address("hsm-1");
    let csr = world.fleet.identity("hsm-1").unwrap().cluster_csr;
    let (ca, certificate) = customer_ca(1, &csr, world.now);
    world
        .fleet
        .claim("hsm-1", &certificate, &ca, world.now)
        .unwrap();
    (world, address, ca)
}

/// Makes a CA of clients: its certificate; a client's certificate followed by the CA's; the client's key.
pub fn client_ca(number: u64, kind: KeyKind, now: SimTime) -> (String, String, String) {
    let mut rng = Seed::from_number(number).stream("client ca");
    let ca = PrivateKey::generate(kind, &mut rng).unwrap();
    let name = Name::of(&[("C", "AU"), ("CN", &format!("clients {number}"))]);
    let issuer = Issuer {
        name: &name,
        key: &ca,
        algorithm: ca.default_algorithm(CryptoHash::Sha256),
    };
    let root = CertificateSpec::new(name.clone(), ca.public_key(), now, 9130, &mut rng)
        .ca(&ca.public_key(), None);
    let root = Certificate::issue(&root, &issuer, &mut rng).unwrap();
    let key = PrivateKey::generate(kind, &mut rng).unwrap();
    let subject = Name::of(&[("CN", "client")]);
    let leaf = CertificateSpec::new(subject, key.public_key(), now, 1826, &mut rng);
    let leaf = Certificate::issue(&leaf, &issuer, &mut rng).unwrap();
    let chain = leaf.to_pem() + &root.to_pem();
    (
        root.to_pem(),
        chain,
        keyfile::to_pem(&key, keyfile::KeyForm::Pkcs8),
    )
}

/// A borrowed world as a host's network.
struct Borrowed<'a>(&'a mut World);

impl Link for Borrowed<'_> {
    fn connect(&mut self, to: IpAddr, port: u16) -> Result<u64, LinkError> {
        self.0.connect(to, port)
    }
    fn exchange(&mut self, connection: u64, message: &[u8]) -> Result<Vec<u8>, LinkError> {
        self.0.exchange(connection, message)
    }
    fn close(&mut self, connection: u64) {
        self.0.close(connection);
    }
    fn now(&self) -> SimTime {
        self.0.now
    }
    fn sleep(&mut self, span: SimDuration) {
        self.0.now += span;
    }
    fn fill_random(&mut self, bytes: &mut [u8]) {
        self.0.rng.fill_bytes(bytes);
    }
}

impl Sys for World {
    fn software(&self) -> &'static hsmlab_shell::software::Software {
        &hsmlab_core::programs::SOFTWARE
    }

    fn now(&self) -> SimTime {
        self.now
    }
    fn sleep(&mut self, span: SimDuration) {
        self.now += span;
    }
    fn next_change(&self) -> Option<(SimTime, String)> {
        None
    }
    fn aws(&mut self, call: &Call) -> Result<serde_json::Value, ServiceError> {
        assert_eq!(call.operation, "DescribeClusters");
        let id = call.params["Filters"]["clusterIds"][0].as_str().unwrap();
        let hsms: Vec<_> = self
            .hsms
            .iter()
            .filter(|(_, hsm)| cluster_of(hsm) == id)
            .map(|(address, hsm)| serde_json::json!({ "HsmId": hsm, "EniIp": address.to_string() }))
            .collect();
        Ok(serde_json::json!({ "Clusters": [{ "ClusterId": id, "Hsms": hsms }] }))
    }
    fn link(&mut self, _host: &str) -> Box<dyn Link + '_> {
        Box::new(Borrowed(self))
    }
    fn reach(&self, _host: &str, _to: IpAddr, _port: u16) -> Reach {
        Reach {
            hops: Vec::new(),
            reachable: true,
        }
    }
    fn last_reach(&self, _host: &str) -> Option<(IpAddr, u16, Reach)> {
        None
    }
    fn has_internet(&self, _host: &str) -> bool {
        true
    }
    fn host_at(&self, _host: &str, _address: IpAddr) -> Option<String> {
        None
    }
    fn download(&self, _url: &str) -> Option<Vec<u8>> {
        None
    }
    fn instance_credentials(&mut self, _host: &str) -> Option<String> {
        None
    }
    fn fill_random(&mut self, _host: &str, bytes: &mut [u8]) {
        self.rng.fill_bytes(bytes);
    }
}
