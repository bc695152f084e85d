//! Tests of the whole service: a small world and the scenarios.

mod backups;
mod invariants;
mod model;
mod operations;
mod refusals;

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};

use super::Parts;
use super::lifecycle::ClusterState;
use super::state::Cluster;
use crate::iam;
use crate::request::{Env, Request};
use crate::services::Cloud;
use hsmlab_api::ServiceError;
use hsmlab_client::cluster::Cluster as Client;
use hsmlab_client::config::ClusterConfig;
use hsmlab_client::{Link, LinkError};
use hsmlab_crypto::cert::build::{CertificateSpec, Issuer};
use hsmlab_crypto::cert::{Certificate, Request as SigningRequest};
use hsmlab_crypto::hash::Hash;
use hsmlab_crypto::keys::{Curve, KeyKind, PrivateKey};
use hsmlab_crypto::name::Name;
use hsmlab_hsm::Fleet;
use hsmlab_net::Network;
use hsmlab_proto::Secret;
use hsmlab_proto::message::Command;
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Rng, Seed, SimDuration, SimTime};

const REGION: &str = "us-east-1";
const COMMON_NAME: &str = "2.5.4.3";

/// A world that has only the account.
struct World {
    cloud: Cloud,
    ids: Ids,
    seed: Seed,
    fleet: Fleet,
    now: SimTime,
    /// The access key of the caller.
    caller: String,
}

impl World {
    fn new() -> Self {
        Self::at("2026-11-24T10:00:00Z")
    }

    fn at(day: &str) -> Self {
        let seed = Seed::from_number(4);
        let mut ids = Ids::new(&seed);
        let now = SimTime::parse_rfc3339(day).unwrap();
        let cloud = Cloud::new(&seed, now, &mut ids);
        let fleet = Fleet::new(&seed);
        Self {
            cloud,
            ids,
            seed,
            fleet,
            now,
            caller: hsmlab_api::CLOUDSHELL_ACCESS_KEY_ID.into(),
        }
    }

    fn call(&mut self, operation: &str, params: Value) -> Result<Value, ServiceError> {
        self.call_in(REGION, operation, params)
    }

    #[expect(clippy::needless_pass_by_value, reason = "so that calls read as JSON")]
    fn call_in(
        &mut self,
        region: &str,
        operation: &str,
        params: Value,
    ) -> Result<Value, ServiceError> {
        let principal = self.cloud.iam.authenticate(&self.caller, self.now).unwrap();
        let request = Request {
            operation,
            params: &params,
            region,
            principal: &principal,
            source_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 5)),
        };
        let mut env = Env {
            now: self.now,
            ids: &mut self.ids,
            seed: &self.seed,
            fleet: &mut self.fleet,
        };
        super::handle(self.cloud.for_cloudhsmv2(), &mut env, &request)
    }

    /// Returns the answer of a call that must succeed.
    #[track_caller]
    fn ok(&mut self, operation: &str, params: Value) -> Value {
        self.call(operation, params).unwrap()
    }

    /// Returns code and message of a call that must be refused.
    #[track_caller]
    fn refused(&mut self, operation: &str, params: Value) -> (String, String) {
        let refusal = self.call(operation, params).unwrap_err();
        assert!(!refusal.remedy.is_empty(), "{refusal:?}");
        let declared = model::declared_errors(operation);
        assert!(
            declared.contains(&refusal.code),
            "{operation} does not declare {refusal:?}"
        );
        (refusal.code, refusal.message)
    }

    fn with_env<T>(&mut self, act: impl FnOnce(&mut Parts<'_>, &mut Env<'_>) -> T) -> T {
        let mut env = Env {
            now: self.now,
            ids: &mut self.ids,
            seed: &self.seed,
            fleet: &mut self.fleet,
        };
        act(&mut self.cloud.for_cloudhsmv2(), &mut env)
    }

    /// Steps from event to event until `until`.
    fn run_until(&mut self, until: SimTime) {
        self.with_env(super::advance);
        while let Some(at) = self.cloud.cloudhsmv2.next_at().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.with_env(super::advance);
        }
        self.now = until;
    }

    fn pass(&mut self, span: SimDuration) {
        self.run_until(self.now + span);
    }

    /// Advances time until nothing is in progress.
    fn settle(&mut self) {
        self.with_env(super::advance);
        while let Some(at) = self.cloud.cloudhsmv2.next_in_progress_at() {
            self.run_until(at);
        }
    }

    fn network(&self) -> &Network {
        &self.cloud.ec2.region(REGION).unwrap().network
    }

    fn network_mut(&mut self) -> (&mut Network, &mut Ids) {
        (
            &mut self.cloud.ec2.region_mut(REGION).unwrap().network,
            &mut self.ids,
        )
    }

    /// The default subnet of a zone, such as `a`.
    fn subnet(&self, zone: char) -> String {
        let zone = format!("{REGION}{zone}");
        let mut subnets = self.network().subnets.values();
        subnets
            .find(|s| s.zone == zone && s.default_for_zone)
            .unwrap()
            .id
            .clone()
    }

    /// Creates a cluster in the zones a and b and waits for it.
    fn cluster(&mut self) -> String {
        let subnets = [self.subnet('a'), self.subnet('b')];
        let answer = self.ok(
            "CreateCluster",
            json!({ "HsmType": "hsm2m.medium", "SubnetIds": subnets, "Mode": "FIPS" }),
        );
        self.settle();
        answer["Cluster"]["ClusterId"].as_str().unwrap().to_owned()
    }

    fn create_hsm(&mut self, cluster_id: &str, zone: char) -> Value {
        let zone = format!("{REGION}{zone}");
        let params = json!({ "ClusterId": cluster_id, "AvailabilityZone": zone });
        self.ok("CreateHsm", params)["Hsm"].take()
    }

    fn describe(&mut self, cluster_id: &str) -> Value {
        let filters = json!({ "Filters": { "clusterIds": [cluster_id] } });
        let answer = self.ok("DescribeClusters", filters);
        answer["Clusters"].get(0).cloned().unwrap_or_default()
    }

    fn state(&self, cluster_id: &str) -> ClusterState {
        self.record(cluster_id).state
    }

    fn record(&self, cluster_id: &str) -> &Cluster {
        let mut clusters = self.cloud.cloudhsmv2.clusters_in(REGION);
        clusters.find(|cluster| cluster.id == cluster_id).unwrap()
    }

    fn backups(&mut self) -> Vec<Value> {
        let answer = self.ok("DescribeBackups", json!({ "SortAscending": true }));
        answer["Backups"].as_array().unwrap().clone()
    }

    /// Signs the current CSR of a cluster with a new root; returns certificate and root, PEM.
    fn sign_csr(&mut self, cluster_id: &str) -> (String, String) {
        let csr = self.describe(cluster_id)["Certificates"]["ClusterCsr"].clone();
        sign(csr.as_str().unwrap(), self.now)
    }

    /// Creates a cluster with its first HSM, claimed.
    fn initialized(&mut self) -> (String, String) {
        let id = self.cluster();
        self.create_hsm(&id, 'a');
        self.settle();
        let (signed, anchor) = self.sign_csr(&id);
        let params = json!({ "ClusterId": id, "SignedCert": signed, "TrustAnchor": anchor });
        self.ok("InitializeCluster", params);
        self.settle();
        assert_eq!(self.state(&id), ClusterState::Initialized);
        (id, anchor)
    }

    /// Creates a cluster with its first HSM, activated by a client.
    fn active(&mut self) -> String {
        let (id, anchor) = self.initialized();
        self.activate(&id, &anchor);
        self.settle();
        assert_eq!(self.state(&id), ClusterState::Active);
        id
    }

    /// Sets the first administrator's password, as `cluster activate` does.
    fn activate(&mut self, cluster_id: &str, anchor: &str) {
        let hsm = self
            .record(cluster_id)
            .active_hsms()
            .next()
            .unwrap()
            .clone();
        let config = ClusterConfig {
            cluster_id: None,
            hsm_ca_file: String::new(),
            servers: vec![(hsm.ip.parse().unwrap(), 2223)],
            disable_key_availability_check: false,
            weak_hash: false,
            ecdh_without_kdf: false,
            disable_validate_key_at_init: false,
            retries: true,
            client_tls: None,
        };
        let rng = self.seed.stream("client");
        let address = hsm.ip.parse().unwrap();
        let mut wire = Wire {
            fleet: &mut self.fleet,
            hsm_id: hsm.id,
            address,
            now: self.now,
            rng,
        };
        let mut client = Client::connect(&config, anchor, &mut wire, &mut Vec::new()).unwrap();
        let password = Secret::new(&b"password1"[..]);
        client
            .user_command(&Command::Activate { password }, &mut wire)
            .unwrap();
    }
}

/// A connection to one appliance.
struct Wire<'a> {
    fleet: &'a mut Fleet,
    hsm_id: String,
    address: IpAddr,
    now: SimTime,
    rng: Rng,
}

impl Link for Wire<'_> {
    fn connect(&mut self, to: IpAddr, _: u16) -> Result<u64, LinkError> {
        if to == self.address {
            Ok(1)
        } else {
            Err(LinkError::TimedOut)
        }
    }

    fn exchange(&mut self, connection: u64, message: &[u8]) -> Result<Vec<u8>, LinkError> {
        let answer = self
            .fleet
            .receive(&self.hsm_id, connection, message, self.now);
        answer.ok_or(LinkError::Reset)
    }

    fn close(&mut self, connection: u64) {
        self.fleet.disconnect(&self.hsm_id, connection);
    }

    fn now(&self) -> SimTime {
        self.now
    }

    fn sleep(&mut self, span: SimDuration) {
        self.now += span;
    }

    fn fill_random(&mut self, bytes: &mut [u8]) {
        rand_core::Rng::fill_bytes(&mut self.rng, bytes);
    }
}

/// Signs a CSR with a new root of the owner; returns certificate and root, PEM.
fn sign(csr: &str, now: SimTime) -> (String, String) {
    let rng = &mut Seed::from_number(9).stream("customer");
    let request = SigningRequest::from_pem(csr).unwrap();
    let key = PrivateKey::generate(KeyKind::Ec(Curve::P256), rng).unwrap();
    let name = Name::of(&[(COMMON_NAME, "customer root")]);
    let issuer = Issuer {
        name: &name,
        key: &key,
        algorithm: key.default_algorithm(Hash::Sha256),
    };
    let root = CertificateSpec::new(name.clone(), key.public_key(), now, 3652, rng)
        .ca(&key.public_key(), None);
    let root = Certificate::issue(&root, &issuer, rng).unwrap();
    let subject = request.public_key().unwrap();
    let leaf_name = Name::of(&[(COMMON_NAME, "the HSM")]);
    let leaf = CertificateSpec::new(leaf_name, subject, now, 3652, rng).leaf(&key.public_key());
    let leaf = Certificate::issue(&leaf, &issuer, rng).unwrap();
    (leaf.to_pem(), root.to_pem())
}

/// The text of a JSON string.
#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
