//! The identity of an appliance: hardware certificates of two roots, the HSM's certificate, and the
//! cluster's request.
//!
//! The subjects of the real roots and hardware certificates are not published; these are the lab's own.
//! The two roots and the hardware key are fixed and public (`public_test_keys/`). They are the same in
//! every world, so a learner can verify a chain outside the lab with a root downloaded once, and creating
//! a world is quick. They prove nothing outside the lab. The key of each HSM, which its certificate and
//! the cluster's request contain, comes from the world's seed.

use std::sync::OnceLock;

use rand_core::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

use super::{ApplianceSpec, Identity};
use hsmlab_crypto::cert::{Certificate, CertificateSpec, Issuer, Request, RequestSpec};
use hsmlab_crypto::hash::Hash;
use hsmlab_crypto::keyfile;
use hsmlab_crypto::keys::{KeyKind, PrivateKey, SignatureAlgorithm};
use hsmlab_crypto::name::Name;
use hsmlab_proto::Secret;
use hsmlab_sim::{Rng, SimTime};

const AWS_ROOT_KEY: &str = include_str!("public_test_keys/aws_root.pem");
const MANUFACTURER_ROOT_KEY: &str = include_str!("public_test_keys/manufacturer_root.pem");
const HARDWARE_KEY: &str = include_str!("public_test_keys/hardware.pem");

/// The roots are valid for 30 years from 2015-01-01: every world's date is within that time.
const ROOTS_FROM_MS: u64 = 1_420_070_400_000;
const ROOT_DAYS: u64 = 10_957;
/// Validity of hardware and HSM certificates: 20 years from the roots' first day, so that they also
/// verify with the learner's own clock, whatever the world's date.
const HARDWARE_DAYS: u64 = 7_305;

/// The HSM's key and its certificates, as stored in backups.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ClusterIdentity {
    /// The RSA key of the cluster certificate, PKCS#8.
    key: Secret,
    pub(super) shown: Identity,
}

/// The data of a model that `cluster hsm-info` prints.
pub(super) struct Model {
    pub(super) vendor: &'static str,
    pub(super) model: &'static str,
    pub(super) hardware: (&'static str, &'static str),
    pub(super) firmware: (&'static str, &'static str, &'static str),
    pub(super) firmware_id: &'static str,
}

/// Returns the model of an HSM type.
pub(super) fn model(hsm_type: &str) -> Model {
    if hsm_type == "hsm1.medium" {
        // User Guide, "cloudhsm_cli-cluster-hsm-info".
        Model {
            vendor: "Marvell Semiconductors, Inc.",
            model: "NITROX-III CNN35XX-NFBE",
            hardware: ("5", "3"),
            firmware: ("2", "6", "16"),
            firmware_id: "CNN35XX-NFBE-FW-2.06-16",
        }
    } else {
        // Guess: the guide has no sample of an hsm2m.medium; the CSR shows Marvell and OU LS2.
        Model {
            vendor: "Marvell Semiconductors, Inc.",
            model: "LIQUIDSECURITY2 LS2-G-NFBE",
            hardware: ("2", "0"),
            firmware: ("10", "2", "14"),
            firmware_id: "LS2-FW-10.02-14",
        }
    }
}

/// Generates a serial number in the type's format: `RCN2345B07362`, `5.3G1941-ICM000590`.
pub(super) fn serial_number(hsm_type: &str, rng: &mut Rng) -> String {
    let (lot, unit) = (rng.next_u32() % 40, rng.next_u32());
    if hsm_type == "hsm1.medium" {
        format!("5.3G{:04}-ICM{:06}", 1901 + lot, unit % 1_000_000)
    } else {
        format!("RCN{:04}B{:05}", 2301 + lot, unit % 100_000)
    }
}

struct Authorities {
    aws: Certificate,
    aws_key: PrivateKey,
    manufacturer: Certificate,
    manufacturer_key: PrivateKey,
    hardware_key: PrivateKey,
}

/// Returns the fixed authorities, decoded once. Never `None` with the committed keys; a test checks that.
fn authorities() -> Option<&'static Authorities> {
    static ONCE: OnceLock<Option<Authorities>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let aws_key = read_key(AWS_ROOT_KEY)?;
        let manufacturer_key = read_key(MANUFACTURER_ROOT_KEY)?;
        let hardware_key = read_key(HARDWARE_KEY)?;
        let aws = root(
            &aws_key,
            &[("CN", "AWS_CloudHSM_Root-G1"), ("OU", "AWS CloudHSM")],
            1,
        )?;
        let manufacturer = root(
            &manufacturer_key,
            &[("CN", "mrvl-ls2-root-AR-v1"), ("OU", "LS2")],
            2,
        )?;
        Some(Authorities {
            aws,
            aws_key,
            manufacturer,
            manufacturer_key,
            hardware_key,
        })
    })
    .as_ref()
}

fn read_key(pem: &str) -> Option<PrivateKey> {
    keyfile::from_pem(pem, None).ok()
}

fn root(key: &PrivateKey, name: &[(&str, &str)], serial: u8) -> Option<Certificate> {
    let names: Vec<(&str, &str)> = [("C", "US"), ("O", "HSM Lab (simulated)")]
        .iter()
        .chain(name.iter().rev())
        .copied()
        .collect();
    let name = Name::of(&names);
    let mut rng = Rng::from_seed([serial; 32]);
    let public = key.public_key();
    let from = SimTime::from_unix_ms(ROOTS_FROM_MS);
    let mut spec = CertificateSpec::new(name.clone(), public.clone(), from, ROOT_DAYS, &mut rng);
    spec = spec.ca(&public, None);
    let algorithm = key.default_algorithm(Hash::Sha256);
    Certificate::issue(
        &spec,
        &Issuer {
            name: &name,
            key,
            algorithm,
        },
        &mut rng,
    )
    .ok()
}

/// Returns the AWS root, PEM.
pub(super) fn aws_root() -> String {
    authorities()
        .map(|authorities| authorities.aws.to_pem())
        .unwrap_or_default()
}

/// Returns the manufacturer's root, PEM.
pub(super) fn manufacturer_root() -> String {
    authorities()
        .map(|authorities| authorities.manufacturer.to_pem())
        .unwrap_or_default()
}

impl ClusterIdentity {
    /// Generates the key of a new HSM, its certificates and its request.
    pub(super) fn new(spec: &ApplianceSpec, serial_number: &str, rng: &mut Rng) -> Option<Self> {
        let authorities = authorities()?;
        let key = PrivateKey::generate(KeyKind::Rsa(2048), rng).ok()?;
        let hardware = hardware_name(&spec.hsm_type, serial_number);
        let partition = 1 + rng.next_u32() % 32;
        let subject = cluster_name(spec, serial_number, partition);

        let from = SimTime::from_unix_ms(ROOTS_FROM_MS);
        let hardware_certificate =
            |issuer: &Certificate, issuer_key: &PrivateKey, rng: &mut Rng| {
                let public = authorities.hardware_key.public_key();
                let spec = CertificateSpec::new(hardware.clone(), public, from, HARDWARE_DAYS, rng)
                    .ca(&issuer_key.public_key(), Some(0));
                issue(&spec, issuer.subject(), issuer_key, rng)
            };
        let aws = hardware_certificate(&authorities.aws, &authorities.aws_key, rng)?;
        let manufacturer = hardware_certificate(
            &authorities.manufacturer,
            &authorities.manufacturer_key,
            rng,
        )?;
        let hardware_key = &authorities.hardware_key;
        let hsm = CertificateSpec::new(subject.clone(), key.public_key(), from, HARDWARE_DAYS, rng)
            .leaf(&hardware_key.public_key());
        let hsm = issue(&hsm, &hardware, hardware_key, rng)?;
        let algorithm = key.default_algorithm(Hash::Sha256);
        let request = Request::make(&RequestSpec::new(subject), &key, algorithm, rng).ok()?;
        Some(Self {
            key: keyfile::to_pkcs8(&key).into(),
            shown: Identity {
                cluster_csr: request.to_pem(),
                hsm_certificate: hsm.to_pem(),
                aws_hardware_certificate: aws.to_pem(),
                manufacturer_hardware_certificate: manufacturer.to_pem(),
            },
        })
    }

    /// Signs for the channel's handshake with the key of the cluster certificate.
    pub(super) fn sign(&self, rng: &mut Rng, message: &[u8]) -> Option<Vec<u8>> {
        let key = keyfile::from_pkcs8(self.key.expose()).ok()?;
        key.sign(SignatureAlgorithm::RsaPkcs1(Hash::Sha256), message, rng)
            .ok()
    }
}

fn issue(
    spec: &CertificateSpec,
    name: &Name,
    key: &PrivateKey,
    rng: &mut Rng,
) -> Option<Certificate> {
    let algorithm = key.default_algorithm(Hash::Sha256);
    Certificate::issue(
        spec,
        &Issuer {
            name,
            key,
            algorithm,
        },
        rng,
    )
    .ok()
}

fn maker(hsm_type: &str) -> [(&'static str, &'static str); 5] {
    if hsm_type == "hsm1.medium" {
        [
            ("C", "US"),
            ("ST", "CA"),
            ("O", "Cavium"),
            ("OU", "N3FIPS"),
            ("L", "SanJose"),
        ]
    } else {
        [
            ("C", "US"),
            ("ST", "CA"),
            ("OU", "LS2"),
            ("L", "SanJose"),
            ("O", "Marvell"),
        ]
    }
}

fn hardware_name(hsm_type: &str, serial_number: &str) -> Name {
    // Guess: the hardware is named by its serial number.
    let common = format!("HSM:{serial_number}");
    Name::of_sets(&[&maker(hsm_type), &[("CN", &common)]])
}

/// Returns the subject of certificate and request: maker in one RDN, then the common name.
fn cluster_name(spec: &ApplianceSpec, serial_number: &str, partition: u32) -> Name {
    // Guess: AWS does not publish how a non-FIPS cluster's common name ends.
    let mode = if spec.fips {
        "for FIPS mode"
    } else {
        "for non-FIPS mode"
    };
    let common = format!("HSM:{serial_number}:PARTN:{partition}, {mode}");
    Name::of_sets(&[&maker(&spec.hsm_type), &[("CN", &common)]])
}
