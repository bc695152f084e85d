//! PKCS#10 certification requests (RFC 2986).

use super::{At as _, CertificateError, REQUEST_LABELS, signature_algorithm};
use crate::der::{self, Reader, tag};
use crate::extension::{self, Extension};
use crate::keys::{KeyError, PrivateKey, PublicKey, SignatureAlgorithm};
use crate::name::Name;
use crate::{oids, pem};
use hsmlab_sim::Rng;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    der: Vec<u8>,
    signed: Vec<u8>,
    version: u64,
    subject: Name,
    spki: Vec<u8>,
    attributes: Vec<RequestAttribute>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

/// An attribute of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestAttribute {
    /// The type's identifier.
    pub oid: String,
    /// The values, each as DER.
    pub values: Vec<Vec<u8>>,
}

/// The content of a new request.
#[derive(Clone, Debug)]
pub struct RequestSpec {
    /// The name for the certificate's subject.
    pub subject: Name,
    /// The requested extensions.
    pub extensions: Vec<Extension>,
    /// Other attributes, before the extensions.
    pub attributes: Vec<RequestAttribute>,
}

impl RequestSpec {
    /// Makes a request for a name and nothing else.
    #[must_use]
    pub const fn new(subject: Name) -> Self {
        Self {
            subject,
            extensions: Vec::new(),
            attributes: Vec::new(),
        }
    }
}

impl Request {
    /// Reads DER.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, CertificateError> {
        let mut outer = der::only(bytes, tag::SEQUENCE).at("CertificationRequest")?;
        let info = outer.expect(tag::SEQUENCE).at("certificationRequestInfo")?;
        let algorithm = outer.expect(tag::SEQUENCE).at("signatureAlgorithm")?;
        let signature = outer.bit_string().at("signature")?;
        outer.end().at("CertificationRequest")?;
        let mut fields = Reader::new(info.content);
        let version = fields.small_integer().at("version")?;
        let subject = Name::read(&mut fields).at("subject")?;
        let spki = fields.expect(tag::SEQUENCE).at("subjectPKInfo")?;
        let mut attributes = Vec::new();
        if let Some(field) = fields.optional(der::context(0)).at("attributes")? {
            let mut list = Reader::new(field.content);
            while !list.is_empty() {
                let mut pair = list.inside(tag::SEQUENCE).at("attributes")?;
                let oid = pair.oid().at("attributes")?;
                let mut set = pair.inside(tag::SET).at("attributes")?;
                let mut values = Vec::new();
                while !set.is_empty() {
                    values.push(set.any().at("attributes")?.raw.to_vec());
                }
                attributes.push(RequestAttribute { oid, values });
            }
        }
        Ok(Self {
            der: bytes.to_vec(),
            signed: info.raw.to_vec(),
            version: version.saturating_add(1),
            subject,
            spki: spki.raw.to_vec(),
            attributes,
            algorithm: algorithm.raw.to_vec(),
            signature: signature.to_vec(),
        })
    }

    /// Reads the first request of a PEM text.
    ///
    /// # Errors
    /// Not PEM, or malformed.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        Self::from_der(&pem::find(text, &REQUEST_LABELS)?.bytes)
    }

    /// Makes a request and signs it.
    ///
    /// # Errors
    /// The key does not match the algorithm.
    pub fn make(
        spec: &RequestSpec,
        key: &PrivateKey,
        algorithm: SignatureAlgorithm,
        rng: &mut Rng,
    ) -> Result<Self, CertificateError> {
        let info = Self::to_sign(spec, &key.public_key());
        let signature = key.sign(algorithm, &info, rng)?;
        Self::assemble(&info, algorithm, &signature)
    }

    /// Returns the bytes to sign: the `CertificationRequestInfo`.
    #[must_use]
    pub fn to_sign(spec: &RequestSpec, key: &PublicKey) -> Vec<u8> {
        let mut attributes: Vec<Vec<u8>> = spec.attributes.iter().map(attribute_der).collect();
        if !spec.extensions.is_empty() {
            attributes.push(attribute_der(&RequestAttribute {
                oid: oids::EXTENSION_REQUEST.to_owned(),
                values: vec![extension::list_to_der(&spec.extensions)],
            }));
        }
        attributes.sort();
        der::sequence(&[
            &der::small(0),
            &spec.subject.to_der(),
            &key.spki_der(),
            &der::tlv(der::context(0), &attributes.concat()),
        ])
    }

    /// Makes a request from the signed bytes and their signature.
    ///
    /// # Errors
    /// [`CertificateError::Malformed`].
    pub fn assemble(
        info: &[u8],
        algorithm: SignatureAlgorithm,
        signature: &[u8],
    ) -> Result<Self, CertificateError> {
        let bits = der::bit_string(signature);
        Self::from_der(&der::sequence(&[info, &algorithm.to_der(), &bits]))
    }

    /// The DER bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The request as PEM: `-----BEGIN CERTIFICATE REQUEST-----`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("CERTIFICATE REQUEST", &self.der)
    }

    /// The version: 1.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The name for the certificate's subject.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
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

    /// Its attributes.
    #[must_use]
    pub fn attributes(&self) -> &[RequestAttribute] {
        &self.attributes
    }

    /// The requested extensions.
    #[must_use]
    pub fn extensions(&self) -> Vec<Extension> {
        let values = self
            .attributes
            .iter()
            .filter(|attribute| attribute.oid == oids::EXTENSION_REQUEST)
            .flat_map(|attribute| &attribute.values);
        values
            .filter_map(|der| Extension::read_all(&mut Reader::new(der)).ok())
            .flatten()
            .collect()
    }

    /// The `AlgorithmIdentifier` of its signature.
    #[must_use]
    pub fn signature_algorithm_der(&self) -> &[u8] {
        &self.algorithm
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Checks that the requester has the private key.
    ///
    /// # Errors
    /// A key or an algorithm that is not supported, or [`CertificateError::BadSignature`].
    pub fn verify(&self) -> Result<(), CertificateError> {
        let algorithm = signature_algorithm(&self.algorithm)?;
        Ok(self
            .public_key()?
            .verify(algorithm, &self.signed, &self.signature)?)
    }
}

fn attribute_der(attribute: &RequestAttribute) -> Vec<u8> {
    let oid = der::oid(&attribute.oid).unwrap_or_default();
    der::sequence(&[&oid, &der::set_of(attribute.values.clone())])
}
