//! HSM appliances: what stands in the AWS-owned VPC.
//!
//! An appliance is reached by bytes alone ([`Fleet::receive`]); those who provision appliances may
//! create, back up, restore and destroy one, but cannot open a session on it.

mod keys;
mod limits;
mod material;
mod users;
mod wrap;

use serde::{Deserialize, Serialize};

use crate::sim::{Seed, SimTime};

/// All appliances of the world, by HSM id.
#[derive(Clone, Debug)]
pub struct Fleet {
    seed: Seed,
}

/// What kind of appliance to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplianceSpec {
    /// As `hsm-ted36yp5b2x`.
    pub hsm_id: String,
    /// As `cluster-igklspoyj5v`.
    pub cluster_id: String,
    /// `hsm1.medium` or `hsm2m.medium`.
    pub hsm_type: String,
    /// FIPS mode, else non-FIPS.
    pub fips: bool,
}

/// The certificates and the request that a fresh appliance shows, PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Why a cluster certificate was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimError {
    /// The signed certificate is not PEM or not X.509.
    CertificateUnreadable(String),
    /// The trust anchor is not PEM or not X.509.
    TrustAnchorUnreadable(String),
    /// The trust anchor (the last of its chain) is not self-signed, or does not verify with itself.
    TrustAnchorNotSelfSigned,
    /// The trust anchor has X.509v3 extensions but no Basic Constraints, or they say it is no CA.
    TrustAnchorNotCa,
    /// The trust anchor's chain is too long, too large or out of order.
    ChainMalformed(String),
    /// The signed certificate does not verify with the trust anchor.
    SignatureMismatch,
    /// The signed certificate's key is not that of the cluster's CSR.
    KeyMismatch,
    /// A certificate is not valid at this time.
    NotValidNow(String),
    /// A key or a signature algorithm that is not supported.
    UnsupportedAlgorithm(String),
    /// No such appliance.
    NoSuchHsm,
}

/// An encrypted image of an appliance: users, keys, configuration. Only another appliance of the
/// manufacturer's can open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupImage(pub Vec<u8>);

/// Something that an appliance did and that the service notices from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The first administrator's password was set: the cluster can be used.
    Activated {
        /// The appliance.
        hsm_id: String,
        /// When.
        at: SimTime,
    },
}

/// What anyone may know of an appliance from outside, for the diagram and the inspector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplianceStatus {
    /// Token keys that it holds.
    pub keys: usize,
    /// Users that it has, the appliance user included.
    pub users: usize,
    /// Open client connections.
    pub connections: usize,
    /// Whether the first administrator's password has been set.
    pub activated: bool,
    /// Whether a cluster certificate is installed.
    pub claimed: bool,
}

impl Fleet {
    /// No appliances yet.
    #[must_use]
    pub fn new(seed: &Seed) -> Self {
        Self { seed: seed.child("fleet") }
    }

    /// Puts up a new, empty appliance; it makes its key pair and its identity.
    pub fn create(&mut self, spec: &ApplianceSpec, now: SimTime) {
        let _ = (spec, now, &self.seed);
    }

    /// The identity of an appliance.
    #[must_use]
    pub fn identity(&self, hsm_id: &str) -> Option<Identity> {
        let _ = hsm_id;
        None
    }

    /// The self-signed root that AWS offers for download (`AWS_CloudHSM_Root-G1.crt`), PEM.
    #[must_use]
    pub fn aws_root(&self) -> String {
        String::new()
    }

    /// The manufacturer's self-signed root, offered for download, PEM.
    #[must_use]
    pub fn manufacturer_root(&self) -> String {
        String::new()
    }

    /// Checks a signed cluster certificate against its trust anchor and this appliance's CSR, without
    /// changing anything: what `initialize-cluster` refuses at once.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check_claim(
        &self,
        hsm_id: &str,
        signed_certificate: &str,
        trust_anchor: &str,
        now: SimTime,
    ) -> Result<(), ClaimError> {
        let _ = (hsm_id, signed_certificate, trust_anchor, now);
        Err(ClaimError::NoSuchHsm)
    }

    /// Installs the cluster certificate: the appliance is claimed.
    ///
    /// # Errors
    /// As [`Fleet::check_claim`].
    pub fn claim(
        &mut self,
        hsm_id: &str,
        signed_certificate: &str,
        trust_anchor: &str,
        now: SimTime,
    ) -> Result<(), ClaimError> {
        self.check_claim(hsm_id, signed_certificate, trust_anchor, now)
    }

    /// An encrypted image of an appliance.
    #[must_use]
    pub fn backup(&mut self, hsm_id: &str, now: SimTime) -> Option<BackupImage> {
        let _ = (hsm_id, now);
        None
    }

    /// Puts up an appliance from an image: the same users, keys and cluster certificate.
    ///
    /// # Errors
    /// A sentence: the image was changed, or is of another mode or a type that cannot be restored.
    pub fn restore(
        &mut self,
        spec: &ApplianceSpec,
        image: &BackupImage,
        now: SimTime,
    ) -> Result<(), String> {
        let _ = (spec, image, now);
        Err(String::new())
    }

    /// Takes an appliance down; its keys are zeroized.
    pub fn destroy(&mut self, hsm_id: &str) {
        let _ = hsm_id;
    }

    /// Hands `bytes` of the connection `connection` to an appliance and gives its answer; `None`
    /// where there is no such appliance or it does not answer.
    pub fn receive(
        &mut self,
        hsm_id: &str,
        connection: u64,
        bytes: &[u8],
        now: SimTime,
    ) -> Option<Vec<u8>> {
        let _ = (hsm_id, connection, bytes, now);
        None
    }

    /// Forgets a connection: its sessions, logins and session keys are gone.
    pub fn disconnect(&mut self, hsm_id: &str, connection: u64) {
        let _ = (hsm_id, connection);
    }

    /// What happened since the last call that the service should know.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        Vec::new()
    }

    /// What can be seen of an appliance from outside.
    #[must_use]
    pub fn status(&self, hsm_id: &str) -> Option<ApplianceStatus> {
        let _ = hsm_id;
        None
    }

    /// A digest over the whole state of all appliances, secrets included, that tells two worlds
    /// apart and gives nothing away.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        [0; 32]
    }
}
