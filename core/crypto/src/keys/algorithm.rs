//! Signature algorithms and their `AlgorithmIdentifier`s.

use super::Curve;
use crate::der::{self, DerError, Reader, tag};
use crate::hash::Hash;
use crate::oids;

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    RsaPkcs1(Hash),
    /// RSASSA-PSS (RFC 8017, 8.1) with MGF1 of the same hash.
    RsaPss {
        /// The hash of message and mask.
        hash: Hash,
        /// The salt's length in bytes.
        salt_bytes: usize,
    },
    /// ECDSA (FIPS 186-5), signature as DER.
    Ecdsa(Hash),
}

impl SignatureAlgorithm {
    /// Returns the algorithm that signs a TLS 1.3 handshake with this key (RFC 8446, 4.2.3): PSS for RSA,
    /// the curve's own hash for ECDSA. `None` for curves that TLS 1.3 does not support.
    #[must_use]
    pub const fn of_handshake(kind: super::KeyKind) -> Option<Self> {
        Some(match kind {
            super::KeyKind::Rsa(_) => Self::RsaPss {
                hash: Hash::Sha256,
                salt_bytes: 32,
            },
            super::KeyKind::Ec(Curve::P256) => Self::Ecdsa(Hash::Sha256),
            super::KeyKind::Ec(Curve::P384) => Self::Ecdsa(Hash::Sha384),
            super::KeyKind::Ec(Curve::P521) => Self::Ecdsa(Hash::Sha512),
            super::KeyKind::Ec(_) => return None,
        })
    }

    /// The hash of the message.
    #[must_use]
    pub const fn hash(self) -> Hash {
        match self {
            Self::RsaPkcs1(hash) | Self::RsaPss { hash, .. } | Self::Ecdsa(hash) => hash,
        }
    }

    /// The identifier, for example `1.2.840.113549.1.1.11`.
    #[must_use]
    pub const fn oid(self) -> &'static str {
        match self {
            Self::RsaPkcs1(Hash::Sha1) => "1.2.840.113549.1.1.5",
            Self::RsaPkcs1(Hash::Sha224) => "1.2.840.113549.1.1.14",
            Self::RsaPkcs1(Hash::Sha256) => "1.2.840.113549.1.1.11",
            Self::RsaPkcs1(Hash::Sha384) => "1.2.840.113549.1.1.12",
            Self::RsaPkcs1(Hash::Sha512) => "1.2.840.113549.1.1.13",
            Self::RsaPss { .. } => oids::RSA_PSS,
            Self::Ecdsa(Hash::Sha1) => "1.2.840.10045.4.1",
            Self::Ecdsa(Hash::Sha224) => "1.2.840.10045.4.3.1",
            Self::Ecdsa(Hash::Sha256) => "1.2.840.10045.4.3.2",
            Self::Ecdsa(Hash::Sha384) => "1.2.840.10045.4.3.3",
            Self::Ecdsa(Hash::Sha512) => "1.2.840.10045.4.3.4",
        }
    }

    /// The `AlgorithmIdentifier`.
    #[must_use]
    pub fn to_der(self) -> Vec<u8> {
        let oid = der::oid(self.oid()).unwrap_or_default();
        match self {
            Self::RsaPkcs1(_) => der::sequence(&[&oid, &der::null()]),
            Self::Ecdsa(_) => der::sequence(&[&oid]),
            Self::RsaPss { hash, salt_bytes } => {
                let hash_oid = der::oid(hash.oid()).unwrap_or_default();
                let hash_id = der::sequence(&[&hash_oid, &der::null()]);
                let mask = der::sequence(&[&der::oid(oids::MGF1).unwrap_or_default(), &hash_id]);
                let mut parameters = Vec::new();
                // DER requires the defaults of RFC 8017, A.2.3 (SHA-1, salt 20) to be omitted.
                if hash != Hash::Sha1 {
                    parameters.extend(der::tlv(der::context(0), &hash_id));
                    parameters.extend(der::tlv(der::context(1), &mask));
                }
                if salt_bytes != 20 {
                    let salt = der::small(u64::try_from(salt_bytes).unwrap_or(0));
                    parameters.extend(der::tlv(der::context(2), &salt));
                }
                der::sequence(&[&oid, &der::tlv(tag::SEQUENCE, &parameters)])
            }
        }
    }

    /// Reads an `AlgorithmIdentifier`; `Ok(Err(oid))` for one that is not supported.
    ///
    /// # Errors
    /// Malformed.
    pub fn from_der(bytes: &[u8]) -> Result<Result<Self, String>, DerError> {
        let mut reader = der::only(bytes, tag::SEQUENCE)?;
        let oid = reader.oid()?;
        if oid == oids::RSA_PSS {
            return Ok(pss_parameters(&mut reader)?.ok_or(oid));
        }
        let known = Hash::ALL
            .into_iter()
            .flat_map(|hash| [Self::RsaPkcs1(hash), Self::Ecdsa(hash)])
            .find(|algorithm| algorithm.oid() == oid);
        Ok(known.ok_or(oid))
    }
}

fn pss_parameters(reader: &mut Reader<'_>) -> Result<Option<SignatureAlgorithm>, DerError> {
    let (mut hash, mut mask, mut salt_bytes) = (Some(Hash::Sha1), Some(Hash::Sha1), 20);
    let mut parameters = reader.inside(tag::SEQUENCE)?;
    if let Some(field) = parameters.optional(der::context(0))? {
        hash = Hash::from_oid(&der::only(field.content, tag::SEQUENCE)?.oid()?);
    }
    if let Some(field) = parameters.optional(der::context(1))? {
        let mut mgf = der::only(field.content, tag::SEQUENCE)?;
        mask = match mgf.oid()?.as_str() {
            oids::MGF1 => Hash::from_oid(&mgf.inside(tag::SEQUENCE)?.oid()?),
            _ => None,
        };
    }
    if let Some(field) = parameters.optional(der::context(2))? {
        let salt = Reader::new(field.content).small_integer()?;
        salt_bytes = usize::try_from(salt).map_err(|_| DerError::BadValue("salt length"))?;
    }
    Ok(match hash {
        Some(hash) if mask == Some(hash) && salt_bytes <= 512 => {
            Some(SignatureAlgorithm::RsaPss { hash, salt_bytes })
        }
        _ => None,
    })
}
