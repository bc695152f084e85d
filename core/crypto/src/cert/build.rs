//! Making certificates.

use rand_core::Rng as _;

use crate::der;
use crate::extension::{self, BasicConstraints, Extension, KeyUsage};
use crate::keys::{PrivateKey, PublicKey, SignatureAlgorithm};
use crate::name::Name;
use hsmlab_sim::{Rng, SimDuration, SimTime};

/// The version of a certificate to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Version 1: no extensions.
    V1,
    /// Version 3.
    V3,
}

/// The issuer.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    /// The issuer's name.
    pub name: &'a Name,
    /// The issuer's key.
    pub key: &'a PrivateKey,
    /// The signature algorithm; [`PrivateKey::default_algorithm`] returns the usual one.
    pub algorithm: SignatureAlgorithm,
}

/// The content of a new certificate.
#[derive(Clone, Debug)]
pub struct CertificateSpec {
    /// The version; V1 omits the extensions.
    pub version: Version,
    /// The serial number, big-endian and not negative.
    pub serial: Vec<u8>,
    /// The subject's name.
    pub subject: Name,
    /// The subject's key.
    pub key: PublicKey,
    /// The start of validity.
    pub not_before: SimTime,
    /// The end of validity, inclusive.
    pub not_after: SimTime,
    /// Extensions, in order.
    pub extensions: Vec<Extension>,
}

impl CertificateSpec {
    /// Makes a template without extensions, valid for `days` days, with a random serial number.
    #[must_use]
    pub fn new(subject: Name, key: PublicKey, now: SimTime, days: u64, rng: &mut Rng) -> Self {
        Self {
            version: Version::V3,
            serial: random_serial(rng),
            subject,
            key,
            not_before: now,
            not_after: now + SimDuration::from_days(days),
            extensions: Vec::new(),
        }
    }

    /// Adds the extensions of a root or intermediate CA: key identifiers, critical basicConstraints and
    /// keyUsage (keyCertSign, cRLSign). `issuer_key` is the root's own key for a root.
    #[must_use]
    pub fn ca(mut self, issuer_key: &PublicKey, path_length: Option<u64>) -> Self {
        let constraints = BasicConstraints {
            ca: true,
            path_length,
        };
        self.identify(issuer_key);
        self.extensions
            .push(Extension::basic_constraints(true, constraints));
        let usages = [KeyUsage::KeyCertSign, KeyUsage::CrlSign];
        self.extensions.push(Extension::key_usage(true, &usages));
        self
    }

    /// Adds the extensions of an end entity: key identifiers, basicConstraints CA:FALSE, and keyUsage
    #[must_use]
    pub fn leaf(mut self, issuer_key: &PublicKey) -> Self {
        self.identify(issuer_key);
        self.extensions.push(Extension::basic_constraints(
            true,
            BasicConstraints::default(),
        ));
        let usages = [KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment];
        self.extensions.push(Extension::key_usage(true, &usages));
        self
    }

    fn identify(&mut self, issuer_key: &PublicKey) {
        self.extensions
            .push(Extension::subject_key_identifier(&self.key));
        let issuer = extension::key_identifier(issuer_key);
        self.extensions
            .push(Extension::authority_key_identifier(&issuer));
    }
}

/// Generates a serial number like OpenSSL: 159 random bits without leading zeros.
#[must_use]
pub fn random_serial(rng: &mut Rng) -> Vec<u8> {
    let mut serial = vec![0; 20];
    rng.fill_bytes(&mut serial);
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    serial
}

/// Returns the bytes to sign: the `TBSCertificate`.
pub(super) fn to_sign(
    spec: &CertificateSpec,
    issuer: &Name,
    algorithm: SignatureAlgorithm,
) -> Vec<u8> {
    let mut content = Vec::new();
    if spec.version == Version::V3 {
        content.extend(der::tlv(der::context(0), &der::small(2)));
    }
    content.extend(der::unsigned(&spec.serial));
    content.extend(algorithm.to_der());
    content.extend(issuer.to_der());
    content.extend(der::sequence(&[
        &der::time(spec.not_before),
        &der::time(spec.not_after),
    ]));
    content.extend(spec.subject.to_der());
    content.extend(spec.key.spki_der());
    if spec.version == Version::V3 && !spec.extensions.is_empty() {
        content.extend(der::tlv(
            der::context(3),
            &extension::list_to_der(&spec.extensions),
        ));
    }
    der::tlv(der::tag::SEQUENCE, &content)
}
