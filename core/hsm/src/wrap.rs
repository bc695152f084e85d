//! Wrapping: a key's value under another key, with the mechanisms of the CLI's `key wrap`.

use rand_core::Rng as _;
use zeroize::Zeroizing;

use super::material::{Material, check_mgf, rsa_public_key, with_hash};
use super::rsa_raw::rsa_decrypt;
use hsmlab_crypto::seal::{
    self, GCM_IV_BYTES as IV_BYTES, GCM_TAG_BYTES as TAG_BYTES, KeyWrap, SealError,
};
use hsmlab_proto::Secret;
use hsmlab_proto::key::{Hash, PublicPart, WrapMechanism};
use hsmlab_proto::message::Fault;
use hsmlab_sim::Rng;

/// Wraps `value`; returns the generated IV (empty for mechanisms without one) and the result.
///
/// # Errors
/// The key or the value does not match the mechanism.
pub(super) fn wrap(
    key: (&Material, Option<&PublicPart>),
    mechanism: &WrapMechanism,
    value: &Secret,
    fips: bool,
    rng: &mut Rng,
) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    let (material, public) = key;
    let value = value.expose();
    match mechanism {
        WrapMechanism::AesGcm { tag_bits, aad, .. } => {
            let tag = tag_bytes(*tag_bits)?;
            let iv = iv_of(rng);
            let sealed = gcm(material.symmetric()?, &iv, value, aad)?;
            Ok((iv.to_vec(), shorten(sealed, tag)))
        }
        WrapMechanism::CloudhsmAesGcm { tag_bits, aad } => {
            let tag = tag_bytes(*tag_bits)?;
            let iv = iv_of(rng);
            let sealed = shorten(gcm(material.symmetric()?, &iv, value, aad)?, tag);
            Ok((Vec::new(), [iv.as_slice(), &sealed].concat()))
        }
        WrapMechanism::AesNoPad => Ok((
            Vec::new(),
            aes_kw(KeyWrap::NoPad, material.symmetric()?, value)?,
        )),
        WrapMechanism::AesPkcs5Pad => {
            let pad = 8 - value.len() % 8;
            let mut padded = Zeroizing::new(value.to_vec());
            padded.resize(value.len() + pad, u8::try_from(pad).unwrap_or(8));
            Ok((
                Vec::new(),
                aes_kw(KeyWrap::NoPad, material.symmetric()?, &padded)?,
            ))
        }
        WrapMechanism::AesZeroPad => Ok((
            Vec::new(),
            aes_kw(KeyWrap::ZeroPad, material.symmetric()?, value)?,
        )),
        WrapMechanism::RsaOaep { hash, mgf } => Ok((
            Vec::new(),
            oaep(&rsa_key(public)?, *hash, *mgf, value, rng)?,
        )),
        WrapMechanism::RsaAes { hash, mgf } => {
            let mut temporary = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut temporary[..]);
            let mut out = oaep(&rsa_key(public)?, *hash, *mgf, &temporary[..], rng)?;
            out.extend_from_slice(&aes_kw(KeyWrap::ZeroPad, &temporary[..], value)?);
            Ok((Vec::new(), out))
        }
        WrapMechanism::RsaPkcs if fips => Err(Fault::NotInFips),
        WrapMechanism::RsaPkcs => rsa_key(public)?
            .encrypt(rng, rsa::Pkcs1v15Encrypt, value)
            .map(|out| (Vec::new(), out))
            .map_err(|_| too_long()),
    }
}

/// Unwraps.
///
/// # Errors
/// The key does not match the mechanism, or the data are not authentic or malformed.
pub(super) fn unwrap(
    material: &Material,
    mechanism: &WrapMechanism,
    wrapped: &[u8],
    fips: bool,
    rng: &mut Rng,
) -> Result<Secret, Fault> {
    match mechanism {
        WrapMechanism::AesGcm { tag_bits, aad, iv } => {
            let tag = tag_bytes(*tag_bits)?;
            gcm_open(material.symmetric()?, iv, wrapped, tag, aad)
        }
        WrapMechanism::CloudhsmAesGcm { tag_bits, aad } => {
            let tag = tag_bytes(*tag_bits)?;
            let (iv, wrapped) = wrapped
                .split_at_checked(IV_BYTES)
                .ok_or(Fault::UnwrapFailed)?;
            gcm_open(material.symmetric()?, iv, wrapped, tag, aad)
        }
        WrapMechanism::AesNoPad => aes_kw_open(KeyWrap::NoPad, material.symmetric()?, wrapped),
        WrapMechanism::AesPkcs5Pad => {
            let padded = aes_kw_open(KeyWrap::NoPad, material.symmetric()?, wrapped)?;
            let bytes = padded.expose();
            let pad = usize::from(*bytes.last().ok_or(Fault::UnwrapFailed)?);
            let (value, padding) = bytes
                .len()
                .checked_sub(pad)
                .and_then(|at| bytes.split_at_checked(at))
                .filter(|_| (1..=8).contains(&pad))
                .ok_or(Fault::UnwrapFailed)?;
            if padding.iter().any(|byte| usize::from(*byte) != pad) {
                return Err(Fault::UnwrapFailed);
            }
            Ok(Secret::new(value))
        }
        WrapMechanism::AesZeroPad => aes_kw_open(KeyWrap::ZeroPad, material.symmetric()?, wrapped),
        WrapMechanism::RsaOaep { hash, mgf } => {
            oaep_open(&material.rsa()?, *hash, *mgf, wrapped, rng)
        }
        WrapMechanism::RsaAes { hash, mgf } => {
            use rsa::traits::PublicKeyParts as _;
            let key = material.rsa()?;
            let (temporary, wrapped) = wrapped
                .split_at_checked(key.size())
                .ok_or(Fault::UnwrapFailed)?;
            let temporary = oaep_open(&key, *hash, *mgf, temporary, rng)?;
            aes_kw_open(KeyWrap::ZeroPad, temporary.expose(), wrapped)
        }
        WrapMechanism::RsaPkcs if fips => Err(Fault::NotInFips),
        WrapMechanism::RsaPkcs => material
            .rsa()?
            .decrypt_blinded(rng, rsa::Pkcs1v15Encrypt, wrapped)
            .map(Secret::new)
            .map_err(|_| Fault::UnwrapFailed),
    }
}

/// Generates the IV of AES-GCM: 12 random bytes, made only here (SP 800-38D, 8.2.2).
pub(super) fn iv_of(rng: &mut Rng) -> [u8; IV_BYTES] {
    let mut iv = [0; IV_BYTES];
    rng.fill_bytes(&mut iv);
    iv
}

fn too_long() -> Fault {
    Fault::BadData("the key to wrap is too long for the wrapping key".into())
}

pub(super) fn rsa_key(public: Option<&PublicPart>) -> Result<rsa::PublicKey, Fault> {
    rsa_public_key(public.ok_or(Fault::WrongKeyType)?)
}

/// Converts a tag length; SP 800-38D, section 5.2.1.2, lists the valid ones.
pub(super) fn tag_bytes(bits: u32) -> Result<usize, Fault> {
    match bits {
        32 | 64 | 96 | 104 | 112 | 120 | 128 => Ok((bits / 8) as usize),
        _ => Err(Fault::BadData(
            "the tag length must be 32, 64, 96, 104, 112, 120 or 128 bits".into(),
        )),
    }
}

pub(super) fn shorten(mut sealed: Vec<u8>, tag: usize) -> Vec<u8> {
    sealed.truncate(sealed.len().saturating_sub(TAG_BYTES - tag));
    sealed
}

/// Encrypts with AES-GCM and a full-length tag.
pub(super) fn gcm(key: &[u8], iv: &[u8], message: &[u8], aad: &[u8]) -> Result<Vec<u8>, Fault> {
    seal::gcm_encrypt(key, iv, aad, message).map_err(|error| match error {
        SealError::KeyLength => Fault::WrongKeyType,
        _ => Fault::BadData("the IV must have 12 bytes".into()),
    })
}

/// Decrypts AES-GCM with a tag that may be shortened: counter mode is its own inverse, so sealing the
/// ciphertext gives the plaintext, and sealing that gives the tag to compare.
pub(super) fn gcm_open(
    key: &[u8],
    iv: &[u8],
    sealed: &[u8],
    tag: usize,
    aad: &[u8],
) -> Result<Secret, Fault> {
    let at = sealed.len().checked_sub(tag).ok_or(Fault::UnwrapFailed)?;
    let (message, given) = sealed.split_at_checked(at).ok_or(Fault::UnwrapFailed)?;
    let mut plain = Zeroizing::new(gcm(key, iv, message, aad)?);
    plain.truncate(message.len());
    let again = gcm(key, iv, &plain, aad)?;
    let computed = again
        .get(message.len()..message.len() + tag)
        .ok_or(Fault::UnwrapFailed)?;
    let differs = computed
        .iter()
        .zip(given)
        .fold(0, |diff, (a, b)| diff | (a ^ b))
        != 0;
    if differs {
        Err(Fault::UnwrapFailed)
    } else {
        Ok(Secret::new(plain.as_slice()))
    }
}

fn aes_kw(mode: KeyWrap, key: &[u8], value: &[u8]) -> Result<Vec<u8>, Fault> {
    seal::wrap(mode, key, value).map_err(|error| match error {
        SealError::KeyLength => Fault::WrongKeyType,
        _ => {
            Fault::BadData("the key to wrap must be a multiple of 8 bytes, and at least 16".into())
        }
    })
}

fn aes_kw_open(mode: KeyWrap, key: &[u8], wrapped: &[u8]) -> Result<Secret, Fault> {
    seal::unwrap(mode, key, wrapped)
        .map(Secret::from)
        .map_err(|error| match error {
            SealError::KeyLength => Fault::WrongKeyType,
            _ => Fault::UnwrapFailed,
        })
}

pub(super) fn oaep(
    key: &rsa::PublicKey,
    hash: Hash,
    mgf: Hash,
    value: &[u8],
    rng: &mut Rng,
) -> Result<Vec<u8>, Fault> {
    check_mgf(hash, mgf)?;
    with_hash!(hash, D => {
        key.encrypt(rng, rsa::Oaep::<D>::new(), value).map_err(|_| too_long())
    })
}

pub(super) fn oaep_open(
    key: &rsa::PrivateKey,
    hash: Hash,
    mgf: Hash,
    wrapped: &[u8],
    rng: &mut Rng,
) -> Result<Secret, Fault> {
    check_mgf(hash, mgf)?;
    let encoded = rsa_decrypt(key, wrapped, rng).map_err(|_| Fault::UnwrapFailed)?;
    let message = hsmlab_crypto::oaep::decode(hash, encoded.expose());
    message
        .map(|message| Secret::new(message.expose()))
        .ok_or(Fault::UnwrapFailed)
}
