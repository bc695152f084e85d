//! The secret part of a key, and the computations with it. It leaves the appliance only wrapped, masked or
//! inside a sealed backup.

use pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _};
use rsa::traits::PublicKeyParts as _;
use serde::{Deserialize, Serialize};
use signature::SignatureEncoding as _;
use signature::hazmat::{PrehashVerifier as _, RandomizedPrehashSigner as _};

use super::limits;
use hsmlab_crypto::keys::{KeyKind, PrivateKey, PublicKey};
use hsmlab_crypto::{curves, ed25519, keyfile, rsa_key};
use hsmlab_proto::Secret;
use hsmlab_proto::key::{Curve, Hash, PublicPart, SignMechanism};
use hsmlab_proto::message::Fault;
use hsmlab_proto::pure::{ParameterSet, PurePublic};
use hsmlab_sim::Rng;

/// The secret part of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Material {
    /// The bytes of an AES key or a generic secret.
    Symmetric(Secret),
    /// An RSA private key, PKCS#8.
    RsaPrivate(Secret),
    /// A private key on a curve: the scalar, big-endian.
    EcPrivate(#[serde(with = "hsmlab_proto::curve_name")] Curve, Secret),
    /// An Ed25519 private key: its seed.
    Ed25519Private(Secret),
    /// An ML-DSA private key: its seed.
    MlDsaPrivate(
        #[serde(with = "hsmlab_proto::pure::set_name")] ParameterSet,
        Secret,
    ),
    /// A public key has nothing secret.
    Public,
}

/// Runs `$body` with `$D` naming the digest type of `$hash`.
macro_rules! with_hash {
    ($hash:expr, $D:ident => $body:expr) => {
        match $hash {
            Hash::Sha1 => {
                type $D = sha1::Sha1;
                $body
            }
            Hash::Sha224 => {
                type $D = sha2::Sha224;
                $body
            }
            Hash::Sha256 => {
                type $D = sha2::Sha256;
                $body
            }
            Hash::Sha384 => {
                type $D = sha2::Sha384;
                $body
            }
            Hash::Sha512 => {
                type $D = sha2::Sha512;
                $body
            }
        }
    };
}
pub(super) use with_hash;

/// Makes an RSA key pair.
///
/// # Errors
/// The HSM does not support this size or exponent.
pub(super) fn generate_rsa(
    bits: u32,
    exponent: u64,
    rng: &mut Rng,
) -> Result<(Material, PublicPart), Fault> {
    let (min, max, step) = limits::RSA_BITS;
    if !(min..=max).contains(&bits) || !bits.is_multiple_of(step) {
        return Err(Fault::BadKeyLength);
    }
    if exponent < 65_537 || exponent.is_multiple_of(2) || exponent > u64::from(u32::MAX) {
        return Err(Fault::BadData(
            "the public exponent must be odd and at least 65537".into(),
        ));
    }
    let key = rsa_key::generate(bits, exponent, rng).map_err(|_| Fault::BadKeyLength)?;
    let public = rsa_public(key.as_public_key());
    Ok((rsa_material(&key)?, public))
}

fn rsa_material(key: &rsa::PrivateKey) -> Result<Material, Fault> {
    let der = key.to_pkcs8_der().map_err(|_| Fault::UnwrapFailed)?;
    Ok(Material::RsaPrivate(Secret::new(der.as_bytes())))
}

fn rsa_public(key: &rsa::PublicKey) -> PublicPart {
    let strip = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.get(zeros..).unwrap_or_default().to_vec()
    };
    let mut exponent = strip(&key.e_bytes());
    // The CLI writes 65537 as 0x010001.
    while exponent.len() < 3 {
        exponent.insert(0, 0);
    }
    PublicPart::Rsa {
        modulus: strip(&key.n_bytes()),
        exponent,
    }
}

/// Makes a key pair on a curve.
pub(super) fn generate_ec(curve: Curve, rng: &mut Rng) -> (Material, PublicPart) {
    let (scalar, point) = curves::generate(curve, rng);
    (
        Material::EcPrivate(curve, Secret::new(scalar.expose())),
        PublicPart::Ec { curve, point },
    )
}

/// Reads a PKCS#8 private key, as found inside a wrapped key.
///
/// # Errors
/// The bytes are not such a key.
pub(super) fn private_from_pkcs8(der: &[u8], rsa: bool) -> Result<(Material, PublicPart), Fault> {
    if rsa {
        let key = rsa::PrivateKey::from_pkcs8_der(der).map_err(|_| Fault::UnwrapFailed)?;
        let public = rsa_public(key.as_public_key());
        check_rsa_size(&public)?;
        return Ok((rsa_material(&key)?, public));
    }
    if let Some(seed) = ed25519::from_pkcs8(der) {
        let point = ed25519::point_of(seed.expose()).ok_or(Fault::UnwrapFailed)?;
        let public = PublicPart::Pure(PurePublic::Ed25519(point));
        return Ok((Material::Ed25519Private(seed.into()), public));
    }
    let key = keyfile::from_der(der).map_err(|_| Fault::UnwrapFailed)?;
    let (KeyKind::Ec(curve), Some(scalar)) = (key.kind(), key.scalar()) else {
        return Err(Fault::UnwrapFailed);
    };
    let point = key.public_key().point().ok_or(Fault::UnwrapFailed)?;
    let material = Material::EcPrivate(curve, Secret::new(scalar.expose()));
    Ok((material, PublicPart::Ec { curve, point }))
}

/// Reads a `SubjectPublicKeyInfo`.
///
/// # Errors
/// The bytes are not a key of a supported kind.
pub(super) fn public_from_spki(der: &[u8]) -> Result<PublicPart, Fault> {
    if let Ok(key) = rsa::PublicKey::from_public_key_der(der) {
        let public = rsa_public(&key);
        check_rsa_size(&public)?;
        return Ok(public);
    }
    if let Ok(key) = PublicKey::from_spki_der(der)
        && let (KeyKind::Ec(curve), Some(point)) = (key.kind(), key.point())
    {
        return Ok(PublicPart::Ec { curve, point });
    }
    if let Some(point) = ed25519::from_spki_der(der) {
        return Ok(PublicPart::Pure(PurePublic::Ed25519(point)));
    }
    Err(Fault::BadData(
        "the public key is not of a supported type".into(),
    ))
}

fn check_rsa_size(public: &PublicPart) -> Result<(), Fault> {
    let PublicPart::Rsa { modulus, .. } = public else {
        return Err(Fault::WrongKeyType);
    };
    let bits = u32::try_from(modulus.len() * 8).unwrap_or(u32::MAX);
    if (limits::RSA_BITS.0..=limits::RSA_BITS.1).contains(&bits) {
        Ok(())
    } else {
        Err(Fault::BadKeyLength)
    }
}

/// Returns the RSA public key of a public part.
///
/// # Errors
/// The key is not an RSA key.
pub(super) fn rsa_public_key(public: &PublicPart) -> Result<rsa::PublicKey, Fault> {
    let PublicPart::Rsa { modulus, exponent } = public else {
        return Err(Fault::WrongKeyType);
    };
    let number = |bytes: &[u8]| {
        let bits = u32::try_from(bytes.len() * 8).unwrap_or(u32::MAX);
        rsa::BoxedUint::from_be_slice(bytes, bits.max(64)).map_err(|_| Fault::WrongKeyType)
    };
    rsa::PublicKey::new(number(modulus)?, number(exponent)?).map_err(|_| Fault::WrongKeyType)
}

impl Material {
    /// Returns the RSA private key.
    ///
    /// # Errors
    /// The key is not an RSA private key.
    pub(super) fn rsa(&self) -> Result<rsa::PrivateKey, Fault> {
        let Self::RsaPrivate(der) = self else {
            return Err(Fault::WrongKeyType);
        };
        rsa::PrivateKey::from_pkcs8_der(der.expose()).map_err(|_| Fault::WrongKeyType)
    }

    /// Returns the bytes of a secret key.
    ///
    /// # Errors
    /// The key is not a secret key.
    pub(super) fn symmetric(&self) -> Result<&[u8], Fault> {
        match self {
            Self::Symmetric(bytes) => Ok(bytes.expose()),
            _ => Err(Fault::WrongKeyType),
        }
    }

    /// Returns the bytes to wrap: a secret key's bytes, a private key's PKCS#8.
    ///
    /// # Errors
    /// The key is a public key.
    pub(super) fn encode(&self) -> Result<Secret, Fault> {
        match self {
            Self::Symmetric(bytes) | Self::RsaPrivate(bytes) => Ok(bytes.clone()),
            Self::EcPrivate(curve, scalar) => {
                let key = PrivateKey::from_scalar(*curve, scalar.expose())
                    .map_err(|_| Fault::WrongKeyType)?;
                Ok(Secret::new(keyfile::to_pkcs8(&key).expose()))
            }
            Self::Ed25519Private(seed) => Ok(ed25519::to_pkcs8(seed.expose()).into()),
            // Guess: `key unwrap` has no class for ML-DSA keys, so they are not wrapped either.
            Self::MlDsaPrivate(..) | Self::Public => Err(Fault::WrongKeyType),
        }
    }

    /// Signs a digest.
    ///
    /// # Errors
    /// The key or the digest does not match the mechanism.
    pub(super) fn sign(
        &self,
        mechanism: SignMechanism,
        digest: &[u8],
        rng: &mut Rng,
    ) -> Result<Vec<u8>, Fault> {
        check_digest(mechanism, digest)?;
        match (mechanism, self) {
            (SignMechanism::Ecdsa { hash, weak_hash }, Self::EcPrivate(curve, scalar)) => {
                check_strength(*curve, hash, weak_hash)?;
                curves::sign(*curve, scalar.expose(), digest).ok_or_else(digest_length)
            }
            (SignMechanism::RsaPkcs { hash }, Self::RsaPrivate(_)) => with_hash!(hash, D => {
                self.rsa()?
                    .sign_with_rng(rng, rsa::Pkcs1v15Sign::new::<D>(), digest)
                    .map_err(|_| digest_length())
            }),
            (
                SignMechanism::RsaPss {
                    hash,
                    mgf,
                    salt_bytes,
                },
                Self::RsaPrivate(_),
            ) => {
                check_mgf(hash, mgf)?;
                with_hash!(hash, D => {
                    rsa::pss::SigningKey::<D>::new_with_salt_len(self.rsa()?, salt_bytes)
                        .sign_prehash_with_rng(rng, digest)
                        .map(|signature| signature.to_vec())
                        .map_err(|_| Fault::BadData("the salt is too long for the key".into()))
                })
            }
            _ => Err(Fault::WrongKeyType),
        }
    }
}

/// Verifies the signature of a digest.
///
/// # Errors
/// The signature is wrong, or the key or the digest does not match the mechanism.
pub(super) fn verify(
    public: &PublicPart,
    mechanism: SignMechanism,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), Fault> {
    check_digest(mechanism, digest)?;
    let mismatch = |_| Fault::SignatureMismatch;
    match (mechanism, public) {
        (SignMechanism::Ecdsa { hash, weak_hash }, PublicPart::Ec { curve, point }) => {
            check_strength(*curve, hash, weak_hash)?;
            if curves::verify(*curve, point, digest, signature) {
                Ok(())
            } else {
                Err(Fault::SignatureMismatch)
            }
        }
        (SignMechanism::RsaPkcs { hash }, PublicPart::Rsa { .. }) => with_hash!(hash, D => {
            rsa_public_key(public)?
                .verify(rsa::Pkcs1v15Sign::new::<D>(), digest, signature)
                .map_err(|_| Fault::SignatureMismatch)
        }),
        (
            SignMechanism::RsaPss {
                hash,
                mgf,
                salt_bytes,
            },
            PublicPart::Rsa { .. },
        ) => {
            check_mgf(hash, mgf)?;
            with_hash!(hash, D => {
                let key = rsa::pss::VerifyingKey::<D>::new_with_salt_len(
                    rsa_public_key(public)?,
                    salt_bytes,
                );
                let signature = rsa::pss::Signature::try_from(signature).map_err(mismatch)?;
                key.verify_prehash(digest, &signature).map_err(mismatch)
            })
        }
        _ => Err(Fault::WrongKeyType),
    }
}

fn check_digest(mechanism: SignMechanism, digest: &[u8]) -> Result<(), Fault> {
    let (SignMechanism::Ecdsa { hash, .. }
    | SignMechanism::RsaPkcs { hash }
    | SignMechanism::RsaPss { hash, .. }) = mechanism;
    if digest.len() == hash.size() {
        Ok(())
    } else {
        Err(digest_length())
    }
}

fn digest_length() -> Fault {
    Fault::BadData("the digest's length does not go with the hash function".into())
}

pub(super) fn check_mgf(hash: Hash, mgf: Hash) -> Result<(), Fault> {
    if hash == mgf {
        Ok(())
    } else {
        Err(Fault::BadData(
            "the hash of the mask generation function must be the hash function".into(),
        ))
    }
}

/// Refuses a hash weaker than the curve, as since SDK 5.16 (User Guide, "ki-all").
fn check_strength(curve: Curve, hash: Hash, weak_hash: bool) -> Result<(), Fault> {
    // Collision resistance: half the digest, in bits.
    let strength = hash.size() * 4;
    // SP 800-57 part 1, table 2: half the curve's bits, and 256 at most.
    let needed = (curve.bits() / 2).min(256);
    if weak_hash || strength >= needed {
        Ok(())
    } else {
        Err(Fault::WeakHash(strength, needed))
    }
}
