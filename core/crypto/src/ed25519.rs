//! Ed25519 and Ed25519ph (RFC 8032) as bytes: a private key is its seed, a public key its point.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use rand_core::Rng as _;
use sha2::digest::{
    self, FixedOutput, HashMarker, OutputSizeUser, Update, array::Array, consts::U64,
};
use zeroize::Zeroizing;

use super::der::{self, Reader, tag};
use super::secret::Secret;
use hsmlab_sim::Rng;

/// `id-Ed25519` (RFC 8410, 3).
pub const OID: &str = "1.3.101.112";
/// Size of a seed and of a point.
pub const KEY_BYTES: usize = 32;
/// Size of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// The SHA-512 digest of a message hashed elsewhere, in the type that Ed25519ph requires.
#[derive(Clone)]
struct Hashed([u8; 64]);

impl Default for Hashed {
    fn default() -> Self {
        Self([0; 64])
    }
}
impl HashMarker for Hashed {}
impl OutputSizeUser for Hashed {
    type OutputSize = U64;
}
impl Update for Hashed {
    fn update(&mut self, _: &[u8]) {}
}
impl FixedOutput for Hashed {
    fn finalize_into(self, out: &mut digest::Output<Self>) {
        *out = Array::from(self.0);
    }
}

/// Makes a key pair: the seed and the point.
#[must_use]
pub fn generate(rng: &mut Rng) -> (Secret, Vec<u8>) {
    let mut seed = Zeroizing::new([0; KEY_BYTES]);
    rng.fill_bytes(&mut seed[..]);
    let point = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
    (seed.to_vec().into(), point.to_vec())
}

fn private(seed: &[u8]) -> Option<SigningKey> {
    let seed = Zeroizing::new(<[u8; KEY_BYTES]>::try_from(seed).ok()?);
    Some(SigningKey::from_bytes(&seed))
}

/// The point of a private key; `None` for a seed of another length.
#[must_use]
pub fn point_of(seed: &[u8]) -> Option<Vec<u8>> {
    Some(private(seed)?.verifying_key().to_bytes().to_vec())
}

/// The public key of a seed.
#[must_use]
pub fn public_key(seed: &[u8; KEY_BYTES]) -> [u8; KEY_BYTES] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// True if the bytes are a point that can be a public key.
#[must_use]
pub fn is_point(point: &[u8]) -> bool {
    public(point).is_some()
}

fn public(point: &[u8]) -> Option<VerifyingKey> {
    let key = VerifyingKey::from_bytes(point.try_into().ok()?).ok()?;
    (!key.is_weak()).then_some(key)
}

/// Signs a message (PureEdDSA, RFC 8032, 5.1.6).
#[must_use]
pub fn sign(seed: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    Some(private(seed)?.sign(message).to_bytes().to_vec())
}

/// Signs the SHA-512 digest of a message (HashEdDSA, RFC 8032, 5.1, without a context).
#[must_use]
pub fn sign_hashed(seed: &[u8], digest: &[u8]) -> Option<Vec<u8>> {
    let digest = Hashed(digest.try_into().ok()?);
    let signature = private(seed)?.sign_prehashed(digest, None).ok()?;
    Some(signature.to_bytes().to_vec())
}

/// True if a signature fits the message.
#[must_use]
pub fn verify(point: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Some(key), Ok(signature)) = (public(point), Signature::from_slice(signature)) else {
        return false;
    };
    key.verify_strict(message, &signature).is_ok()
}

/// True if a signature fits the message with this SHA-512 digest.
#[must_use]
pub fn verify_hashed(point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let (Some(key), Ok(signature), Ok(digest)) = (
        public(point),
        Signature::from_slice(signature),
        digest.try_into(),
    ) else {
        return false;
    };
    key.verify_prehashed_strict(Hashed(digest), None, &signature)
        .is_ok()
}

/// The `SubjectPublicKeyInfo` (RFC 8410, 4).
#[must_use]
pub fn spki_der(point: &[u8]) -> Vec<u8> {
    let algorithm = der::sequence(&[&der::oid(OID).unwrap_or_default()]);
    der::sequence(&[&algorithm, &der::bit_string(point)])
}

/// The point of a `SubjectPublicKeyInfo`; `None` for another key.
#[must_use]
pub fn from_spki_der(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut spki = der::only(bytes, tag::SEQUENCE).ok()?;
    let mut algorithm = spki.inside(tag::SEQUENCE).ok()?;
    let point = (algorithm.oid().ok()? == OID).then(|| spki.bit_string().ok())??;
    is_point(point).then(|| point.to_vec())
}

/// The `PrivateKeyInfo` (RFC 8410, 7).
#[must_use]
pub fn to_pkcs8(seed: &[u8]) -> Secret {
    let algorithm = der::sequence(&[&der::oid(OID).unwrap_or_default()]);
    let inner = Zeroizing::new(der::octet_string(seed));
    let outer = Zeroizing::new(der::octet_string(&inner));
    der::sequence(&[&der::small(0), &algorithm, &outer]).into()
}

/// The seed of a `PrivateKeyInfo`; `None` for another key.
#[must_use]
pub fn from_pkcs8(bytes: &[u8]) -> Option<Secret> {
    let mut info = der::only(bytes, tag::SEQUENCE).ok()?;
    info.small_integer().ok()?;
    let mut algorithm = info.inside(tag::SEQUENCE).ok()?;
    if algorithm.oid().ok()? != OID {
        return None;
    }
    let seed = Reader::new(info.octet_string().ok()?).octet_string().ok()?;
    (seed.len() == KEY_BYTES).then(|| seed.to_vec().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Hash;

    /// RFC 8032, 7.1 (test 2) and 7.3.
    #[test]
    fn rfc_8032() {
        let seed = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let seed = seed.unwrap();
        let point = point_of(&seed).unwrap();
        assert_eq!(
            hex::encode(&point),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        let signature = sign(&seed, &[0x72]).unwrap();
        assert_eq!(
            hex::encode(&signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
        assert!(verify(&point, &[0x72], &signature));
        assert!(!verify(&point, &[0x73], &signature));

        let seed = hex::decode("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42");
        let seed = seed.unwrap();
        let digest = Hash::Sha512.digest(b"abc");
        let signature = sign_hashed(&seed, &digest).unwrap();
        assert_eq!(
            hex::encode(&signature),
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41\
             31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
        );
        let point = point_of(&seed).unwrap();
        assert!(verify_hashed(&point, &digest, &signature));
        // A signature of one variant does not fit the other.
        assert!(!verify(&point, b"abc", &signature));
        assert!(!verify_hashed(&point, &digest[..63], &signature));
    }

    #[test]
    fn files_come_back_and_bad_ones_do_not() {
        let (seed, point) = generate(&mut hsmlab_sim::Seed::from_number(3).stream("ed25519"));
        let pkcs8 = to_pkcs8(seed.expose());
        assert_eq!(from_pkcs8(pkcs8.expose()).unwrap().expose(), seed.expose());
        let spki = spki_der(&point);
        assert_eq!(from_spki_der(&spki), Some(point));
        assert!(from_spki_der(&spki[..20]).is_none() && from_pkcs8(&spki).is_none());
        // The neutral element is a point that verifies anything.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert!(!is_point(&neutral));
    }
}
