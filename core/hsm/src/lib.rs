//! HSM appliances: the machines in the AWS-owned VPC.
//!
//! An appliance is reachable only through bytes ([`Fleet::receive`]). Code that provisions appliances
//! can create, back up, restore and destroy one, but cannot open a session on it.
#![forbid(unsafe_code)]

mod appliance;
pub mod audit;
mod backup;
pub mod capacity;
mod cipher;
mod claim;
mod commands;
mod des3;
mod factor;
mod identity;
mod keys;
pub mod limits;
mod masking;
mod material;
mod mfa;
mod policies;
mod policy;
mod pure;
mod quorum;
mod replicate;
mod rsa_raw;
mod sdk3;
pub mod sync;
mod table;
mod users;
mod wrap;

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use rand_core::Rng as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use self::appliance::{Appliance, State};
use self::audit::{AuditEntry, AuditLog, Details, Opcode};
use self::identity::ClusterIdentity;
use self::keys::Keys;
use self::users::Users;
use hsmlab_protocol::ApplianceStatus;
use hsmlab_sim::{Rng, Seed, SimTime};

/// All appliances of the world, by HSM id.
#[derive(Clone, Debug)]
pub struct Fleet {
    seed: Seed,
    appliances: BTreeMap<String, Appliance>,
    notices: Vec<Notice>,
    /// Per cluster: the state of its HSMs after the last key synchronisation.
    seen: BTreeMap<String, sync::Seen>,
    /// The results of synchronisations, by cluster, until someone takes them.
    synchronised: Vec<(String, sync::Synchronised)>,
    /// The logs of appliances that are gone, the newest last.
    ended: VecDeque<(String, AuditLog)>,
}

/// The specification of a new appliance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplianceSpec {
    /// The HSM's id, for example `hsm-ted36yp5b2x`.
    pub hsm_id: String,
    /// The cluster's id, for example `cluster-igklspoyj5v`.
    pub cluster_id: String,
    /// `hsm1.medium` or `hsm2m.medium`.
    pub hsm_type: String,
    /// True in FIPS mode, false in non-FIPS mode.
    pub fips: bool,
}

/// The certificates and the request that a new appliance presents, PEM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// PKCS#10 request for the cluster certificate.
    pub cluster_csr: String,
    /// The hardware's certificate for this HSM; both hardware certificates verify it.
    pub hsm_certificate: String,
    /// AWS root -> hardware.
    pub aws_hardware_certificate: String,
    /// Manufacturer root -> hardware.
    pub manufacturer_hardware_certificate: String,
}

/// The reasons to reject a cluster certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimError {
    /// The signed certificate is not PEM or not X.509.
    CertificateUnreadable(String),
    /// The trust anchor is not PEM or not X.509.
    TrustAnchorUnreadable(String),
    /// The trust anchor (the last of its chain) is not self-signed, or does not verify with itself.
    TrustAnchorNotSelfSigned,
    /// The trust anchor has X.509v3 extensions but no Basic Constraints, or they do not mark it as a CA.
    TrustAnchorNotCa,
    /// The trust anchor's chain is too long, too large or out of order.
    ChainMalformed(String),
    /// The signed certificate does not verify with the trust anchor.
    SignatureMismatch,
    /// The signed certificate's key is not the key of the cluster's CSR.
    KeyMismatch,
    /// A certificate is not valid at this time.
    NotValidNow(String),
    /// The key or the signature algorithm is not supported.
    UnsupportedAlgorithm(String),
    /// No such appliance.
    NoSuchHsm,
}

/// An encrypted image of an appliance: users, keys, configuration. Only another appliance of the same
/// manufacturer can open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupImage(pub Vec<u8>);

/// An event in an appliance that the service notices from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The first administrator's password was set: the cluster can now be used.
    Activated {
        /// The appliance.
        hsm_id: String,
        /// The time of the activation.
        at: SimTime,
    },
}

/// An appliance's answer and its cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The bytes to send back.
    pub bytes: Vec<u8>,
    /// The kind of work done.
    pub work: Work,
    /// Latency from the message's arrival to the answer, time in the queue included, in microseconds of
    /// simulated time.
    pub micros: u64,
}

/// The kind of work that a message caused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A command was executed, or refused for its own reasons.
    Command,
    /// A command was refused because the queue is full ([`capacity::QUEUE_MAX`]).
    Busy,
    /// Not a command: a channel was opened, or the message was unreadable.
    Channel,
}

impl ApplianceSpec {
    fn is_hsm1(&self) -> bool {
        self.hsm_type == "hsm1.medium"
    }
}

impl Fleet {
    /// Returns a fleet without appliances.
    #[must_use]
    pub fn new(seed: &Seed) -> Self {
        Self {
            seed: seed.child("fleet"),
            appliances: BTreeMap::new(),
            notices: Vec::new(),
            seen: BTreeMap::new(),
            synchronised: Vec::new(),
            ended: VecDeque::new(),
        }
    }

    /// Creates a new, empty appliance; it generates its key pair and its identity. Further appliances of
    /// an initialized cluster are created with [`Fleet::restore`].
    pub fn create(&mut self, spec: &ApplianceSpec, now: SimTime) {
        let mut rng = self.stream(&spec.hsm_id);
        let serial_number = identity::serial_number(&spec.hsm_type, &mut rng);
        let Some(identity) = ClusterIdentity::new(spec, &serial_number, &mut rng) else {
            return;
        };
        let state = State {
            hsm_type: spec.hsm_type.clone(),
            fips: spec.fips,
            users: Users::new(),
            keys: Keys::default(),
            identity,
            certificate: None,
            trust_anchor: None,
            masking_key: hsmlab_crypto::secret::Secret::random(32, &mut rng).into(),
            quorum: quorum::settings::Settings::default(),
            policies: policies::Policies::default(),
        };
        let mut audit = self.audit_log_of(spec, now);
        let app_user = users::APPLIANCE_USER.to_owned();
        let app_user = Details::User(app_user, hsmlab_proto::role::Role::ApplianceUser);
        for (opcode, details) in [
            (Opcode::InitToken, Details::Minimal),
            (Opcode::GenPasswordKey, Details::Minimal),
            (Opcode::CreateApplianceUser, app_user),
            (Opcode::InitDone, Details::Minimal),
        ] {
            audit.note_own(opcode, details);
        }
        let appliance = Appliance::new(spec.clone(), serial_number, state, rng, audit);
        self.appliances.insert(spec.hsm_id.clone(), appliance);
    }

    fn audit_log_of(&self, spec: &ApplianceSpec, now: SimTime) -> AuditLog {
        let stream = format!("audit log/{}", spec.hsm_id);
        AuditLog::new(self.seed.stream(&stream), now)
    }

    /// Returns the appliance's own random stream: events elsewhere never change its keys.
    fn stream(&self, hsm_id: &str) -> Rng {
        self.seed.stream(&format!("appliance/{hsm_id}"))
    }

    /// Tells an appliance the address of its network interface. Clients learn the addresses of a
    /// cluster's other HSMs from the first HSM that they reach.
    pub fn set_address(&mut self, hsm_id: &str, address: IpAddr) {
        if let Some(appliance) = self.appliances.get_mut(hsm_id) {
            appliance.address = Some(address);
        }
    }

    /// Returns the identity of an appliance.
    #[must_use]
    pub fn identity(&self, hsm_id: &str) -> Option<Identity> {
        self.appliances
            .get(hsm_id)
            .map(|appliance| appliance.state.identity.shown.clone())
    }

    /// Returns the self-signed root that AWS offers for download (`AWS_CloudHSM_Root-G1.crt`), PEM.
    #[must_use]
    pub fn aws_root(&self) -> String {
        identity::aws_root()
    }

    /// Returns the manufacturer's self-signed root, offered for download, PEM.
    #[must_use]
    pub fn manufacturer_root(&self) -> String {
        identity::manufacturer_root()
    }

    /// Checks a signed cluster certificate against its trust anchor and this appliance's CSR, without
    /// changing anything. `initialize-cluster` refuses immediately on these errors.
    ///
    /// # Errors
    /// The first problem found.
    pub fn check_claim(
        &self,
        hsm_id: &str,
        signed_certificate: &str,
        trust_anchor: &str,
        now: SimTime,
    ) -> Result<(), ClaimError> {
        self.checked(hsm_id, signed_certificate, trust_anchor, now)
            .map(|_| ())
    }

    fn checked(
        &self,
        hsm_id: &str,
        signed_certificate: &str,
        trust_anchor: &str,
        now: SimTime,
    ) -> Result<Vec<u8>, ClaimError> {
        let appliance = self.appliances.get(hsm_id).ok_or(ClaimError::NoSuchHsm)?;
        let request = &appliance.state.identity.shown.cluster_csr;
        claim::check(request, signed_certificate, trust_anchor, now)
    }

    /// Installs the cluster certificate: the appliance is claimed.
    ///
    /// # Errors
    /// The same as for [`Fleet::check_claim`].
    pub fn claim(
        &mut self,
        hsm_id: &str,
        signed_certificate: &str,
        trust_anchor: &str,
        now: SimTime,
    ) -> Result<(), ClaimError> {
        let certificate = self.checked(hsm_id, signed_certificate, trust_anchor, now)?;
        let appliance = self
            .appliances
            .get_mut(hsm_id)
            .ok_or(ClaimError::NoSuchHsm)?;
        appliance.audit.set_now(now);
        let opcode = Opcode::StoreCertificate;
        appliance.audit.note_own(opcode, Details::Minimal);
        appliance.state.certificate = Some(certificate);
        appliance.state.trust_anchor = Some(trust_anchor.to_owned());
        Ok(())
    }

    /// Creates an encrypted image of an appliance.
    #[must_use]
    pub fn backup(&mut self, hsm_id: &str, now: SimTime) -> Option<BackupImage> {
        let appliance = self.appliances.get_mut(hsm_id)?;
        appliance.audit.set_now(now);
        for opcode in [Opcode::BackupBegin, Opcode::BackupEnd] {
            appliance.audit.note_own(opcode, Details::Minimal);
        }
        backup::seal(&self.seed, &appliance.state, &mut appliance.rng)
    }

    /// Creates an appliance from an image: the same users, keys and cluster certificate.
    ///
    /// # Errors
    /// A sentence: the image was modified, or its mode or its type does not match.
    pub fn restore(
        &mut self,
        spec: &ApplianceSpec,
        image: &BackupImage,
        now: SimTime,
    ) -> Result<(), String> {
        let state = backup::open(&self.seed, spec, image)?;
        let mut rng = self.stream(&spec.hsm_id);
        let serial_number = identity::serial_number(&spec.hsm_type, &mut rng);
        let mut audit = self.audit_log_of(spec, now);
        for opcode in [Opcode::RestoreBegin, Opcode::RestoreEnd] {
            audit.note_own(opcode, Details::Minimal);
        }
        let appliance = Appliance::new(spec.clone(), serial_number, state, rng, audit);
        self.appliances.insert(spec.hsm_id.clone(), appliance);
        Ok(())
    }

    /// Destroys an appliance; its keys are zeroized. Its log only records the end itself.
    pub fn destroy(&mut self, hsm_id: &str) {
        let Some(mut appliance) = self.appliances.remove(hsm_id) else {
            return;
        };
        let log = &mut appliance.audit;
        log.note_own(Opcode::EndMarker, Details::Minimal);
        self.ended.push_back((hsm_id.to_owned(), appliance.audit));
        if self.ended.len() > limits::AUDIT_LOGS_ENDED_MAX {
            self.ended.pop_front();
        }
    }

    fn log_of(&self, hsm_id: &str) -> Option<&AuditLog> {
        let living = self.appliances.get(hsm_id).map(|each| &each.audit);
        living.or_else(|| {
            let mut ended = self.ended.iter().rev();
            ended.find(|(id, _)| id == hsm_id).map(|(_, log)| log)
        })
    }

    /// Returns the audit log of an appliance as in the HSM's CloudWatch log stream. The log of a destroyed
    /// appliance is available as long as it is kept.
    #[must_use]
    pub fn audit_log(&self, hsm_id: &str) -> Option<String> {
        self.log_of(hsm_id).map(AuditLog::text)
    }

    /// Returns the entries of that log from a sequence number on, oldest first.
    pub fn audit_entries(&self, hsm_id: &str, from: u64) -> impl Iterator<Item = &AuditEntry> {
        let log = self.log_of(hsm_id).into_iter();
        log.flat_map(move |log| log.entries_from(from))
    }

    /// Delivers `bytes` on the connection `connection` to an appliance and returns its answer; `None`
    /// if the appliance does not exist or does not answer.
    pub fn receive(
        &mut self,
        hsm_id: &str,
        connection: u64,
        bytes: &[u8],
        now: SimTime,
    ) -> Option<Vec<u8>> {
        self.hand_over(hsm_id, connection, bytes, now, None)
            .map(|served| served.bytes)
    }

    /// The same with simulated time: the message arrives `at_us` microseconds after 1970 and waits for
    /// earlier ones. If the queue is full, it is refused.
    pub fn serve(
        &mut self,
        hsm_id: &str,
        connection: u64,
        bytes: &[u8],
        at_us: u64,
    ) -> Option<Served> {
        let now = SimTime::from_unix_ms(at_us / 1000);
        self.hand_over(hsm_id, connection, bytes, now, Some(at_us))
    }

    fn hand_over(
        &mut self,
        hsm_id: &str,
        connection: u64,
        bytes: &[u8],
        now: SimTime,
        at_us: Option<u64>,
    ) -> Option<Served> {
        let cluster_id = self.appliances.get(hsm_id)?.spec.cluster_id.clone();
        let members: Vec<IpAddr> = self
            .appliances
            .values()
            .filter(|appliance| appliance.spec.cluster_id == cluster_id)
            .filter_map(|appliance| appliance.address)
            .collect();
        let appliance = self.appliances.get_mut(hsm_id)?;
        appliance.audit.set_now(now);
        appliance.now = now;
        let served = appliance.receive(connection, bytes, &members, at_us);
        if std::mem::take(&mut appliance.newly_activated) {
            self.notices.push(Notice::Activated {
                hsm_id: hsm_id.to_owned(),
                at: now,
            });
        }
        Some(served)
    }

    /// True if an appliance with that id exists.
    #[must_use]
    pub fn has(&self, hsm_id: &str) -> bool {
        self.appliances.contains_key(hsm_id)
    }

    /// True if the appliance knows the connection.
    #[must_use]
    pub fn knows(&self, hsm_id: &str, connection: u64) -> bool {
        let appliance = self.appliances.get(hsm_id);
        appliance.is_some_and(|appliance| appliance.knows(connection))
    }

    /// Forgets a connection: its sessions, logins and session keys are gone.
    pub fn disconnect(&mut self, hsm_id: &str, connection: u64) {
        if let Some(appliance) = self.appliances.get_mut(hsm_id) {
            appliance.disconnect(connection);
        }
    }

    /// Returns the events since the last call that the service must know.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Returns the facts about an appliance that are visible from outside.
    #[must_use]
    pub fn status(&self, hsm_id: &str) -> Option<ApplianceStatus> {
        let appliance = self.appliances.get(hsm_id)?;
        Some(ApplianceStatus {
            keys: appliance.state.keys.token_keys(),
            users: appliance.state.users.len(),
            connections: appliance.connections(),
            activated: appliance.state.users.activated(),
            claimed: appliance.state.certificate.is_some(),
        })
    }

    /// Returns a digest of the complete state of all appliances, secrets included. It distinguishes two
    /// worlds and reveals nothing.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (hsm_id, appliance) in &self.appliances {
            let state =
                zeroize::Zeroizing::new(serde_json::to_vec(&appliance.state).unwrap_or_default());
            hash.update((hsm_id.len() as u64).to_be_bytes());
            hash.update(hsm_id);
            hash.update((state.len() as u64).to_be_bytes());
            hash.update(state.as_slice());
            hash.update((appliance.connections() as u64).to_be_bytes());
            hash.update(appliance.tokens.digest());
            // The position of the appliance's random stream.
            hash.update(appliance.rng.clone().next_u64().to_be_bytes());
        }
        hash.finalize().into()
    }
}
