//! Private and public keys: RSA and elliptic curves, signing and verifying.

pub mod algorithm;

use rsa::pkcs1::{DecodeRsaPublicKey as _, EncodeRsaPublicKey as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Sign, Pss};

pub use algorithm::SignatureAlgorithm;

use super::der::{self, DerError, Reader, tag};
use super::hash::Hash;
use super::secret::Secret;
use super::{curves, oids, pem, rsa_key, rsa_sign};
use hsmlab_sim::Rng;

/// The public exponent of new RSA keys.
const RSA_EXPONENT: u64 = 65_537;

/// A curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Curve {
    /// P-224: secp224r1.
    P224,
    /// P-256: prime256v1, secp256r1.
    P256,
    /// secp256k1 (SEC 2).
    K256,
    /// P-384: secp384r1.
    P384,
    /// P-521: secp521r1.
    P521,
}

impl Curve {
    /// All curves.
    pub const ALL: [Self; 5] = [Self::P224, Self::P256, Self::K256, Self::P384, Self::P521];

    /// The identifier.
    #[must_use]
    pub const fn oid(self) -> &'static str {
        match self {
            Self::P224 => oids::P224,
            Self::P256 => oids::P256,
            Self::K256 => oids::K256,
            Self::P384 => oids::P384,
            Self::P521 => oids::P521,
        }
    }

    /// The name that OpenSSL prints: `prime256v1`, `secp384r1`, `secp521r1`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P224 => "secp224r1",
            Self::P256 => "prime256v1",
            Self::K256 => "secp256k1",
            Self::P384 => "secp384r1",
            Self::P521 => "secp521r1",
        }
    }

    /// NIST's name: `P-256`.
    #[must_use]
    pub const fn nist_name(self) -> &'static str {
        match self {
            Self::P224 => "P-224",
            Self::P256 => "P-256",
            // NIST lists it without its own name (SP 800-186, 3.2.2.1).
            Self::K256 => "secp256k1",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// Returns the curve with a name that OpenSSL accepts: its own, NIST's, or `secp256r1`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| {
            curve.name() == name
                || curve.nist_name() == name
                || (*curve == Self::P256 && name == "secp256r1")
        })
    }

    /// The size of a private key in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::P224 => 28,
            Self::P256 | Self::K256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The size in bits.
    #[must_use]
    pub const fn bits(self) -> usize {
        match self {
            Self::P224 => 224,
            Self::P256 | Self::K256 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }
}

/// The kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of this many bits.
    Rsa(usize),
    /// A key on a curve.
    Ec(Curve),
}

/// The reasons that a key cannot be made, read or used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The structure is not the expected one.
    Malformed(DerError),
    /// The algorithm, curve or size is not supported; with its name.
    Unsupported(String),
    /// The numbers do not make a key.
    BadNumbers,
    /// The signature is wrong.
    BadSignature,
    /// The signature algorithm does not match the key.
    WrongAlgorithm,
}

impl From<DerError> for KeyError {
    fn from(error: DerError) -> Self {
        Self::Malformed(error)
    }
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "the key is malformed: {error}"),
            Self::Unsupported(what) => write!(f, "{what} is not supported"),
            Self::BadNumbers => f.write_str("the numbers do not make a key"),
            Self::BadSignature => f.write_str("the signature does not verify"),
            Self::WrongAlgorithm => f.write_str("the signature algorithm does not fit the key"),
        }
    }
}

/// A private key. `Debug` only shows its kind.
#[derive(Clone)]
pub struct PrivateKey(pub(super) Private);

/// The data of a private key; each type wipes itself when it is dropped.
#[derive(Clone)]
pub(super) enum Private {
    Rsa(Box<rsa::PrivateKey>),
    /// The scalar, and the point that belongs to it.
    Ec(Curve, Secret, Vec<u8>),
}

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Public);

#[derive(Clone, PartialEq, Eq)]
enum Public {
    Rsa(Box<rsa::PublicKey>),
    /// The uncompressed point.
    Ec(Curve, Vec<u8>),
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateKey({:?}, ..)", self.kind())
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({:?})", self.kind())
    }
}

impl PrivateKey {
    /// Generates a key. RSA keys have the exponent 65537.
    ///
    /// # Errors
    /// An RSA size below 1024 or above 8192 bits.
    pub fn generate(kind: KeyKind, rng: &mut Rng) -> Result<Self, KeyError> {
        Ok(Self(match kind {
            KeyKind::Rsa(bits) => {
                let size = u32::try_from(bits).ok();
                let Some(size) = size.filter(|size| (1024..=8192).contains(size)) else {
                    return Err(KeyError::Unsupported(format!("RSA with {bits} bits")));
                };
                let key = rsa_key::generate(size, RSA_EXPONENT, rng);
                let key = key.map_err(|_| KeyError::BadNumbers)?;
                Private::Rsa(Box::new(key))
            }
            KeyKind::Ec(curve) => {
                let (scalar, point) = curves::generate(curve, rng);
                Private::Ec(curve, scalar, point)
            }
        }))
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.public_key().kind()
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(match &self.0 {
            Private::Rsa(key) => Public::Rsa(Box::new(key.to_public_key())),
            Private::Ec(curve, _, point) => Public::Ec(*curve, point.clone()),
        })
    }

    /// The signature algorithm that OpenSSL uses by default for this key and hash.
    #[must_use]
    pub fn default_algorithm(&self, hash: Hash) -> SignatureAlgorithm {
        match &self.0 {
            Private::Rsa(_) => SignatureAlgorithm::RsaPkcs1(hash),
            _ => SignatureAlgorithm::Ecdsa(hash),
        }
    }

    /// Signs a message. The random source blinds RSA and salts PSS.
    ///
    /// # Errors
    /// The algorithm does not match the key, or the key is too small for it.
    pub fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        rng: &mut Rng,
    ) -> Result<Vec<u8>, KeyError> {
        self.sign_digest(algorithm, &algorithm.hash().digest(message), rng)
    }

    /// Signs a digest that was made with the algorithm's hash.
    ///
    /// # Errors
    /// The same as for [`PrivateKey::sign`]; also a digest of another length.
    pub fn sign_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        rng: &mut Rng,
    ) -> Result<Vec<u8>, KeyError> {
        if digest.len() != algorithm.hash().size() {
            return Err(KeyError::WrongAlgorithm);
        }
        let signed = match (&self.0, algorithm) {
            (Private::Rsa(key), SignatureAlgorithm::RsaPkcs1(hash)) => {
                rsa_sign::sign(key, pkcs1_scheme(hash), digest, rng).ok()
            }
            (Private::Rsa(key), SignatureAlgorithm::RsaPss { hash, salt_bytes }) => {
                sign_pss(key, hash, salt_bytes, digest, rng)
            }
            (Private::Ec(curve, scalar, _), SignatureAlgorithm::Ecdsa(_)) => {
                curves::sign(*curve, scalar.expose(), digest)
                    .and_then(|signature| curves::signature_to_der(*curve, &signature))
            }
            _ => None,
        };
        signed.ok_or(KeyError::WrongAlgorithm)
    }
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// Malformed, or an algorithm or curve that is not supported.
    pub fn from_spki_der(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut spki = der::only(bytes, tag::SEQUENCE)?;
        let mut algorithm = spki.inside(tag::SEQUENCE)?;
        let name = algorithm.oid()?;
        match name.as_str() {
            oids::RSA | oids::RSA_PSS => Self::from_pkcs1_der(spki.bit_string()?),
            oids::EC => {
                let curve = curve_of(&algorithm.oid()?)?;
                Self::from_point(curve, spki.bit_string()?)
            }
            other => Err(KeyError::Unsupported(oids::long_name(other).to_owned())),
        }
    }

    /// Reads an `RSAPublicKey` (PKCS#1).
    ///
    /// # Errors
    /// Malformed, or a size that is not supported.
    pub fn from_pkcs1_der(bytes: &[u8]) -> Result<Self, KeyError> {
        rsa::PublicKey::from_pkcs1_der(bytes)
            .map(|key| Self(Public::Rsa(Box::new(key))))
            .map_err(|_| KeyError::BadNumbers)
    }

    /// Reads a point of a curve (SEC 1).
    ///
    /// # Errors
    /// Not a point of the curve.
    pub fn from_point(curve: Curve, point: &[u8]) -> Result<Self, KeyError> {
        curves::uncompressed(curve, point)
            .map(|point| Self(Public::Ec(curve, point)))
            .ok_or(KeyError::BadNumbers)
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match &self.0 {
            Public::Rsa(key) => KeyKind::Rsa(key.n().bit_width() as usize),
            Public::Ec(curve, _) => KeyKind::Ec(*curve),
        }
    }

    /// The RSA modulus and exponent, big-endian; `None` for other keys.
    #[must_use]
    pub fn rsa_numbers(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        match &self.0 {
            Public::Rsa(key) => Some((key.n_bytes().to_vec(), key.e_bytes().to_vec())),
            _ => None,
        }
    }

    /// The RSA key itself, for encryption; `None` for other keys.
    #[must_use]
    pub fn as_rsa(&self) -> Option<&rsa::PublicKey> {
        match &self.0 {
            Public::Rsa(key) => Some(key),
            _ => None,
        }
    }

    /// The uncompressed point of an EC key; `None` for RSA.
    #[must_use]
    pub fn point(&self) -> Option<Vec<u8>> {
        match &self.0 {
            Public::Rsa(_) => None,
            Public::Ec(_, point) => Some(point.clone()),
        }
    }

    /// The content of the `subjectPublicKey` bits: `RSAPublicKey` or the point. Key identifiers are
    /// the SHA-1 of it (RFC 5280, 4.2.1.2, method 1).
    #[must_use]
    pub fn key_bits(&self) -> Vec<u8> {
        match &self.0 {
            Public::Rsa(key) => key
                .to_pkcs1_der()
                .map(|der| der.as_bytes().to_vec())
                .unwrap_or_default(),
            _ => self.point().unwrap_or_default(),
        }
    }

    /// The `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki_der(&self) -> Vec<u8> {
        let algorithm = match self.kind() {
            KeyKind::Rsa(_) => {
                der::sequence(&[&der::oid(oids::RSA).unwrap_or_default(), &der::null()])
            }
            KeyKind::Ec(curve) => ec_algorithm(curve),
        };
        der::sequence(&[&algorithm, &der::bit_string(&self.key_bits())])
    }

    /// `-----BEGIN PUBLIC KEY-----`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.spki_der())
    }

    /// Checks a signature over a message.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`], or an algorithm that does not match.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), KeyError> {
        self.verify_digest(algorithm, &algorithm.hash().digest(message), signature)
    }

    /// Checks a signature over a digest that was made with the algorithm's hash.
    ///
    /// # Errors
    /// The same as for [`PublicKey::verify`].
    pub fn verify_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), KeyError> {
        let verified = match (&self.0, algorithm) {
            (Public::Rsa(key), SignatureAlgorithm::RsaPkcs1(hash)) => {
                key.verify(pkcs1_scheme(hash), digest, signature).is_ok()
            }
            (Public::Rsa(key), SignatureAlgorithm::RsaPss { hash, salt_bytes }) => {
                verify_pss(key, hash, salt_bytes, digest, signature)
            }
            (Public::Ec(curve, point), SignatureAlgorithm::Ecdsa(_)) => {
                curves::signature_from_der(*curve, signature)
                    .is_some_and(|signature| curves::verify(*curve, point, digest, &signature))
            }
            _ => return Err(KeyError::WrongAlgorithm),
        };
        if verified {
            Ok(())
        } else {
            Err(KeyError::BadSignature)
        }
    }
}

/// Returns the curve with an identifier.
pub(super) fn curve_of(dotted: &str) -> Result<Curve, KeyError> {
    Curve::ALL
        .into_iter()
        .find(|curve| curve.oid() == dotted)
        .ok_or_else(|| KeyError::Unsupported(format!("the curve {}", oids::short_name(dotted))))
}

/// The `AlgorithmIdentifier` of EC keys.
pub(super) fn ec_algorithm(curve: Curve) -> Vec<u8> {
    der::sequence(&[
        &der::oid(oids::EC).unwrap_or_default(),
        &der::oid(curve.oid()).unwrap_or_default(),
    ])
}

fn pkcs1_scheme(hash: Hash) -> Pkcs1v15Sign {
    match hash {
        Hash::Sha1 => Pkcs1v15Sign::new::<sha1::Sha1>(),
        Hash::Sha224 => Pkcs1v15Sign::new::<sha2::Sha224>(),
        Hash::Sha256 => Pkcs1v15Sign::new::<sha2::Sha256>(),
        Hash::Sha384 => Pkcs1v15Sign::new::<sha2::Sha384>(),
        Hash::Sha512 => Pkcs1v15Sign::new::<sha2::Sha512>(),
    }
}

fn sign_pss(
    key: &rsa::PrivateKey,
    hash: Hash,
    salt: usize,
    digest: &[u8],
    rng: &mut Rng,
) -> Option<Vec<u8>> {
    match hash {
        Hash::Sha1 => key.sign_with_rng(rng, Pss::<sha1::Sha1>::new_with_salt(salt), digest),
        Hash::Sha224 => key.sign_with_rng(rng, Pss::<sha2::Sha224>::new_with_salt(salt), digest),
        Hash::Sha256 => key.sign_with_rng(rng, Pss::<sha2::Sha256>::new_with_salt(salt), digest),
        Hash::Sha384 => key.sign_with_rng(rng, Pss::<sha2::Sha384>::new_with_salt(salt), digest),
        Hash::Sha512 => key.sign_with_rng(rng, Pss::<sha2::Sha512>::new_with_salt(salt), digest),
    }
    .ok()
}

fn verify_pss(
    key: &rsa::PublicKey,
    hash: Hash,
    salt: usize,
    digest: &[u8],
    signature: &[u8],
) -> bool {
    match hash {
        Hash::Sha1 => key.verify(Pss::<sha1::Sha1>::new_with_salt(salt), digest, signature),
        Hash::Sha224 => key.verify(Pss::<sha2::Sha224>::new_with_salt(salt), digest, signature),
        Hash::Sha256 => key.verify(Pss::<sha2::Sha256>::new_with_salt(salt), digest, signature),
        Hash::Sha384 => key.verify(Pss::<sha2::Sha384>::new_with_salt(salt), digest, signature),
        Hash::Sha512 => key.verify(Pss::<sha2::Sha512>::new_with_salt(salt), digest, signature),
    }
    .is_ok()
}

/// Returns the RSA key itself, for key files; `None` for other keys.
pub(super) fn rsa_of(key: &PrivateKey) -> Option<&rsa::PrivateKey> {
    match &key.0 {
        Private::Rsa(key) => Some(key),
        _ => None,
    }
}

impl PrivateKey {
    /// The RSA key itself, for decryption and printing; `None` for other keys.
    #[must_use]
    pub fn as_rsa(&self) -> Option<&rsa::PrivateKey> {
        rsa_of(self)
    }

    /// The private number of an EC key, padded to the field's length; `None` for RSA.
    #[must_use]
    pub fn scalar(&self) -> Option<Secret> {
        match &self.0 {
            Private::Rsa(_) => None,
            Private::Ec(_, scalar, _) => Some(scalar.clone()),
        }
    }

    /// Makes an EC key from its private number.
    ///
    /// # Errors
    /// Zero, or beyond the curve's order.
    pub fn from_scalar(curve: Curve, scalar: &[u8]) -> Result<Self, KeyError> {
        curves::point_of(curve, scalar)
            .map(|point| Self(Private::Ec(curve, scalar.into(), point)))
            .ok_or(KeyError::BadNumbers)
    }
}

/// Reads the numbers of an `RSAPublicKey`; used to print keys that are too large to use.
///
/// # Errors
/// Malformed.
pub fn rsa_public_numbers(bytes: &[u8]) -> Result<(&[u8], &[u8]), DerError> {
    let mut key: Reader<'_> = der::only(bytes, tag::SEQUENCE)?;
    Ok((key.integer()?, key.integer()?))
}
