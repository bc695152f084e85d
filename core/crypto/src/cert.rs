//! X.509 certificates and PKCS#10 requests: parsing, creation, and signature checks.
//!
//! Parsing keeps the bytes. [`super::chain`] decides whether a chain of certificates is trusted.

pub mod build;
mod request;

pub use build::{CertificateSpec, Issuer, Version};
pub use request::{Request, RequestAttribute, RequestSpec};

use super::der::{self, DerError, Reader, tag};
use super::extension::{self, BasicConstraints, Extension, KeyUsage};
use super::hash::Hash;
use super::keys::{KeyError, PublicKey, SignatureAlgorithm};
use super::name::Name;
use super::oids;
use super::pem::{self, PemError};
use hsmlab_sim::{Rng, SimTime};

/// The PEM labels that OpenSSL accepts for a certificate.
pub const CERTIFICATE_LABELS: [&str; 3] =
    ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];

/// The PEM labels that OpenSSL accepts for a request.
pub const REQUEST_LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/// The reasons that a certificate or request cannot be read or used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateError {
    /// The text is not PEM.
    Pem(PemError),
    /// The structure is wrong; with the place where parsing failed.
    Malformed {
        /// The place, for example `tbsCertificate.validity`.
        place: &'static str,
        /// The error at that place.
        error: DerError,
    },
    /// The structure is right, but the key in it cannot be used.
    Key(KeyError),
    /// The signature algorithm is not supported; with its name.
    UnsupportedSignature(String),
    /// The signature is wrong.
    BadSignature,
}

impl From<PemError> for CertificateError {
    fn from(error: PemError) -> Self {
        Self::Pem(error)
    }
}

impl From<KeyError> for CertificateError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::BadSignature => Self::BadSignature,
            error => Self::Key(error),
        }
    }
}

impl std::fmt::Display for CertificateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pem(error) => write!(f, "not PEM: {}", error.text()),
            Self::Malformed { place, error } => write!(f, "malformed at {place}: {error}"),
            Self::Key(error) => error.fmt(f),
            Self::UnsupportedSignature(name) => {
                write!(f, "the signature algorithm {name} is not supported")
            }
            Self::BadSignature => f.write_str("the signature does not verify"),
        }
    }
}

/// Adds the place where parsing failed to an error.
trait At<T> {
    fn at(self, place: &'static str) -> Result<T, CertificateError>;
}

impl<T> At<T> for Result<T, DerError> {
    fn at(self, place: &'static str) -> Result<T, CertificateError> {
        self.map_err(|error| CertificateError::Malformed { place, error })
    }
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    signed: Vec<u8>,
    version: u8,
    serial: Vec<u8>,
    issuer: Name,
    subject: Name,
    not_before: SimTime,
    not_after: SimTime,
    spki: Vec<u8>,
    extensions: Vec<Extension>,
    inner_algorithm: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, CertificateError> {
        let mut outer = der::only(bytes, tag::SEQUENCE).at("Certificate")?;
        let tbs = outer.expect(tag::SEQUENCE).at("tbsCertificate")?;
        let algorithm = outer.expect(tag::SEQUENCE).at("signatureAlgorithm")?;
        let signature = outer.bit_string().at("signatureValue")?;
        outer.end().at("Certificate")?;

        let mut fields = Reader::new(tbs.content);
        let version = match fields.optional(der::context(0)).at("version")? {
            Some(field) => Reader::new(field.content).small_integer().at("version")?,
            None => 0,
        };
        let serial = fields.integer().at("serialNumber")?.to_vec();
        let inner_algorithm = fields
            .expect(tag::SEQUENCE)
            .at("tbsCertificate.signature")?;
        let issuer = Name::read(&mut fields).at("issuer")?;
        let mut validity = fields.inside(tag::SEQUENCE).at("validity")?;
        let not_before = validity.time().at("validity.notBefore")?;
        let not_after = validity.time().at("validity.notAfter")?;
        let subject = Name::read(&mut fields).at("subject")?;
        let spki = fields.expect(tag::SEQUENCE).at("subjectPublicKeyInfo")?;
        for id in [1, 2] {
            fields.optional(der::context_primitive(id)).at("uniqueID")?;
        }
        let extensions = match fields.optional(der::context(3)).at("extensions")? {
            Some(field) => Extension::read_all(&mut Reader::new(field.content)).at("extensions")?,
            None => Vec::new(),
        };
        fields.end().at("tbsCertificate")?;
        Ok(Self {
            der: bytes.to_vec(),
            signed: tbs.raw.to_vec(),
            version: u8::try_from(version).unwrap_or(u8::MAX).saturating_add(1),
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            spki: spki.raw.to_vec(),
            extensions,
            inner_algorithm: inner_algorithm.raw.to_vec(),
            algorithm: algorithm.raw.to_vec(),
            signature: signature.to_vec(),
        })
    }

    /// Reads the first certificate of a PEM text and skips other blocks and surrounding text.
    ///
    /// # Errors
    /// Not PEM, or malformed.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        Self::from_der(&pem::find(text, &CERTIFICATE_LABELS)?.bytes)
    }

    /// Reads all certificates of a PEM text, in order.
    ///
    /// # Errors
    /// The same as for [`Certificate::from_pem`]; also if there are none.
    pub fn bundle_from_pem(text: &str) -> Result<Vec<Self>, CertificateError> {
        let blocks = pem::all(text, &CERTIFICATE_LABELS)?;
        if blocks.is_empty() {
            return Err(PemError::NoStartLine.into());
        }
        blocks
            .iter()
            .map(|block| Self::from_der(&block.bytes))
            .collect()
    }

    /// The DER bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as PEM: `-----BEGIN CERTIFICATE-----`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.der)
    }

    /// The version: 1 or 3.
    #[must_use]
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// The serial number, big-endian two's complement.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The issuer's name.
    #[must_use]
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// The subject's name.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// The first instant at which it is valid.
    #[must_use]
    pub const fn not_before(&self) -> SimTime {
        self.not_before
    }

    /// The last second in which it is valid.
    #[must_use]
    pub const fn not_after(&self) -> SimTime {
        self.not_after
    }

    /// Its `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// Its key.
    ///
    /// # Errors
    /// A key that is malformed or not supported.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        PublicKey::from_spki_der(&self.spki)
    }

    /// Its extensions, in their order.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The extension of a type.
    #[must_use]
    pub fn extension(&self, oid: &str) -> Option<&Extension> {
        self.extensions
            .iter()
            .find(|extension| extension.oid == oid)
    }

    /// Its basic constraints; `None` if there are none or they are malformed.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        extension::basic_constraints(&self.extension(oids::BASIC_CONSTRAINTS)?.value).ok()
    }

    /// Its key usages; `None` if it has no such extension.
    #[must_use]
    pub fn key_usage(&self) -> Option<Vec<KeyUsage>> {
        extension::key_usage(&self.extension(oids::KEY_USAGE)?.value).ok()
    }

    /// Its extended key usages, as identifiers; `None` if it has no such extension.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<Vec<String>> {
        extension::extended_key_usage(&self.extension(oids::EXTENDED_KEY_USAGE)?.value).ok()
    }

    /// Its subject key identifier.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<Vec<u8>> {
        let extension = self.extension(oids::SUBJECT_KEY_IDENTIFIER)?;
        extension::subject_key_identifier(&extension.value).ok()
    }

    /// The `AlgorithmIdentifier` of its signature.
    #[must_use]
    pub fn signature_algorithm_der(&self) -> &[u8] {
        &self.algorithm
    }

    /// The algorithm of its signature.
    ///
    /// # Errors
    /// Malformed, or not supported.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, CertificateError> {
        signature_algorithm(&self.algorithm)
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// True if issuer and subject are the same name. This does not check the signature: see
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer.matches(&self.subject)
    }

    /// True if it is self-issued and its own key verifies it.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.is_self_issued() && self.public_key().is_ok_and(|key| self.verify(&key).is_ok())
    }

    /// True if it may issue certificates according to OpenSSL and RFC 5280: by basicConstraints; a
    /// self-signed v1 certificate may too.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        if let Some(usages) = self.key_usage()
            && !usages.contains(&KeyUsage::KeyCertSign)
        {
            return false;
        }
        match self.extension(oids::BASIC_CONSTRAINTS) {
            Some(_) => self
                .basic_constraints()
                .is_some_and(|constraints| constraints.ca),
            None => self.version == 1 && self.is_self_issued(),
        }
    }

    /// True if it is valid at an instant: from `notBefore` to the end of the second `notAfter`.
    #[must_use]
    pub fn is_valid_at(&self, at: SimTime) -> bool {
        self.not_before.unix_seconds() <= at.unix_seconds()
            && at.unix_seconds() <= self.not_after.unix_seconds()
    }

    /// Checks its signature with the key of the expected issuer.
    ///
    /// # Errors
    /// [`CertificateError::BadSignature`], or an algorithm that is not supported.
    pub fn verify(&self, issuer_key: &PublicKey) -> Result<(), CertificateError> {
        if self.inner_algorithm != self.algorithm {
            return Err(CertificateError::BadSignature);
        }
        let algorithm = self.signature_algorithm()?;
        Ok(issuer_key.verify(algorithm, &self.signed, &self.signature)?)
    }

    /// The fingerprint: the digest of the whole certificate.
    #[must_use]
    pub fn fingerprint(&self, hash: Hash) -> Vec<u8> {
        hash.digest(&self.der)
    }

    /// Makes a certificate and signs it.
    ///
    /// # Errors
    /// The issuer's key does not match the algorithm.
    pub fn issue(
        spec: &CertificateSpec,
        issuer: &Issuer<'_>,
        rng: &mut Rng,
    ) -> Result<Self, CertificateError> {
        let tbs = Self::to_sign(spec, issuer.name, issuer.algorithm);
        let signature = issuer.key.sign(issuer.algorithm, &tbs, rng)?;
        Self::assemble(&tbs, issuer.algorithm, &signature)
    }

    /// Returns the bytes to sign: the `TBSCertificate`.
    #[must_use]
    pub fn to_sign(
        spec: &CertificateSpec,
        issuer: &Name,
        algorithm: SignatureAlgorithm,
    ) -> Vec<u8> {
        build::to_sign(spec, issuer, algorithm)
    }

    /// Makes a certificate from the signed bytes and their signature.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`].
    pub fn assemble(
        tbs: &[u8],
        algorithm: SignatureAlgorithm,
        signature: &[u8],
    ) -> Result<Self, CertificateError> {
        Self::from_der(&der::sequence(&[
            tbs,
            &algorithm.to_der(),
            &der::bit_string(signature),
        ]))
    }
}

fn signature_algorithm(bytes: &[u8]) -> Result<SignatureAlgorithm, CertificateError> {
    SignatureAlgorithm::from_der(bytes)
        .at("signatureAlgorithm")?
        .map_err(|oid| CertificateError::UnsupportedSignature(oids::long_name(&oid).to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::keys::{Curve, KeyKind, PrivateKey};
    use super::*;
    use hsmlab_sim::Seed;

    fn request() -> Request {
        let rng = &mut Seed::from_number(1).stream("request");
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P384), rng).unwrap();
        let spec = RequestSpec::new(Name::of(&[("CN", "x")]));
        Request::make(&spec, &key, key.default_algorithm(Hash::Sha384), rng).unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_request() {
        assert_eq!(request().to_pem(), request().to_pem());
        assert_eq!(request().verify(), Ok(()));
        assert_eq!(Request::from_pem(&request().to_pem()), Ok(request()));
    }

    proptest! {
        #[test]
        fn junk_never_panics(at in 0usize..200, bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut der = request().der().to_vec();
            for (offset, byte) in bytes.iter().enumerate() {
                if let Some(place) = der.get_mut(at + offset) {
                    *place = *byte;
                }
            }
            if let Ok(read) = Request::from_der(&der) {
                let _ = (read.verify(), read.extensions(), read.subject().to_string());
            }
            let _ = Certificate::from_der(&der);
            let _ = Certificate::from_der(&bytes);
        }
    }
}
