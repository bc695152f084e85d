//! Wrapping: a key's value under another key, in the mechanisms of the CLI's `key wrap`.

use aes::cipher::consts::U12;
use aes_gcm::AesGcm;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use rand_core::Rng as _;
use zeroize::Zeroizing;

use super::material::{Material, check_mgf, rsa_public_key, with_hash};
use crate::proto::Secret;
use crate::proto::key::{Hash, PublicPart, WrapMechanism};
use crate::proto::message::Fault;
use crate::sim::Rng;

const IV_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Wraps `value`; gives the IV that was made (empty for mechanisms without) and the result.
///
/// # Errors
/// The key or the value does not go with the mechanism.
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
            let mut iv = [0; IV_BYTES];
            rng.fill_bytes(&mut iv);
            let sealed = gcm(material.symmetric()?, &iv, value, aad)?;
            Ok((iv.to_vec(), shorten(sealed, tag)))
        }
        WrapMechanism::CloudhsmAesGcm { tag_bits, aad } => {
            let tag = tag_bytes(*tag_bits)?;
            let mut iv = [0; IV_BYTES];
            rng.fill_bytes(&mut iv);
            let sealed = shorten(gcm(material.symmetric()?, &iv, value, aad)?, tag);
            Ok((Vec::new(), [iv.as_slice(), &sealed].concat()))
        }
        WrapMechanism::AesNoPad => Ok((Vec::new(), aes_kw(material.symmetric()?, value)?)),
        WrapMechanism::AesPkcs5Pad => {
            let pad = 8 - value.len() % 8;
            let mut padded = Zeroizing::new(value.to_vec());
            padded.resize(value.len() + pad, u8::try_from(pad).unwrap_or(8));
            Ok((Vec::new(), aes_kw(material.symmetric()?, &padded)?))
        }
        WrapMechanism::AesZeroPad => Ok((Vec::new(), aes_kwp(material.symmetric()?, value)?)),
        WrapMechanism::RsaOaep { hash, mgf } => {
            Ok((Vec::new(), oaep(rsa_key(public)?, *hash, *mgf, value, rng)?))
        }
        WrapMechanism::RsaAes { hash, mgf } => {
            let mut temporary = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut temporary[..]);
            let mut out = oaep(rsa_key(public)?, *hash, *mgf, &temporary[..], rng)?;
            out.extend_from_slice(&aes_kwp(&temporary[..], value)?);
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
/// The key does not go with the mechanism, or the data are not authentic or malformed.
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
            let (iv, wrapped) = wrapped.split_at_checked(IV_BYTES).ok_or(Fault::UnwrapFailed)?;
            gcm_open(material.symmetric()?, iv, wrapped, tag, aad)
        }
        WrapMechanism::AesNoPad => aes_kw_open(material.symmetric()?, wrapped),
        WrapMechanism::AesPkcs5Pad => {
            let padded = aes_kw_open(material.symmetric()?, wrapped)?;
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
        WrapMechanism::AesZeroPad => aes_kwp_open(material.symmetric()?, wrapped),
        WrapMechanism::RsaOaep { hash, mgf } => {
            oaep_open(&material.rsa()?, *hash, *mgf, wrapped, rng)
        }
        WrapMechanism::RsaAes { hash, mgf } => {
            use rsa::traits::PublicKeyParts as _;
            let key = material.rsa()?;
            let (temporary, wrapped) =
                wrapped.split_at_checked(key.size()).ok_or(Fault::UnwrapFailed)?;
            let temporary = oaep_open(&key, *hash, *mgf, temporary, rng)?;
            aes_kwp_open(temporary.expose(), wrapped)
        }
        WrapMechanism::RsaPkcs if fips => Err(Fault::NotInFips),
        WrapMechanism::RsaPkcs => material
            .rsa()?
            .decrypt_blinded(rng, rsa::Pkcs1v15Encrypt, wrapped)
            .map(Secret::new)
            .map_err(|_| Fault::UnwrapFailed),
    }
}

fn too_long() -> Fault {
    Fault::BadData("the key to wrap is too long for the wrapping key".into())
}

fn rsa_key(public: Option<&PublicPart>) -> Result<rsa::PublicKey, Fault> {
    rsa_public_key(public.ok_or(Fault::WrongKeyType)?)
}

/// The tag lengths of SP 800-38D, section 5.2.1.2.
fn tag_bytes(bits: u32) -> Result<usize, Fault> {
    match bits {
        32 | 64 | 96 | 104 | 112 | 120 | 128 => Ok((bits / 8) as usize),
        _ => Err(Fault::BadData("the tag length must be 32, 64, 96, 104, 112, 120 or 128 bits".into())),
    }
}

fn shorten(mut sealed: Vec<u8>, tag: usize) -> Vec<u8> {
    sealed.truncate(sealed.len().saturating_sub(TAG_BYTES - tag));
    sealed
}

/// AES-GCM with a whole tag.
fn gcm(key: &[u8], iv: &[u8], message: &[u8], aad: &[u8]) -> Result<Vec<u8>, Fault> {
    let iv: [u8; IV_BYTES] =
        iv.try_into().map_err(|_| Fault::BadData("the IV must have 12 bytes".into()))?;
    let payload = Payload { msg: message, aad };
    macro_rules! seal {
        ($aes:ty) => {
            AesGcm::<$aes, U12>::new_from_slice(key)
                .map_err(|_| Fault::WrongKeyType)?
                .encrypt(&iv.into(), payload)
                .map_err(|_| too_long())
        };
    }
    match key.len() {
        16 => seal!(aes::Aes128),
        24 => seal!(aes::Aes192),
        32 => seal!(aes::Aes256),
        _ => Err(Fault::WrongKeyType),
    }
}

/// Opens AES-GCM with a tag that may be short: counter mode is its own inverse, so sealing the
/// ciphertext gives the plaintext, and sealing that gives the tag to compare.
fn gcm_open(key: &[u8], iv: &[u8], sealed: &[u8], tag: usize, aad: &[u8]) -> Result<Secret, Fault> {
    let at = sealed.len().checked_sub(tag).ok_or(Fault::UnwrapFailed)?;
    let (message, given) = sealed.split_at_checked(at).ok_or(Fault::UnwrapFailed)?;
    let mut plain = Zeroizing::new(gcm(key, iv, message, aad)?);
    plain.truncate(message.len());
    let again = gcm(key, iv, &plain, aad)?;
    let computed = again.get(message.len()..message.len() + tag).ok_or(Fault::UnwrapFailed)?;
    let differs = computed.iter().zip(given).fold(0, |diff, (a, b)| diff | (a ^ b)) != 0;
    if differs { Err(Fault::UnwrapFailed) } else { Ok(Secret::new(plain.as_slice())) }
}

macro_rules! key_wrap {
    ($name:ident, $type:ident, $method:ident, $input:ident, $room:expr, $fault:expr) => {
        fn $name(key: &[u8], $input: &[u8]) -> Result<Vec<u8>, Fault> {
            let mut room = Zeroizing::new(vec![0; $room]);
            macro_rules! run {
                ($aes:ty) => {
                    aes_kw::$type::<$aes>::new_from_slice(key)
                        .map_err(|_| Fault::WrongKeyType)?
                        .$method($input, &mut room)
                        .map(<[u8]>::to_vec)
                        .map_err(|_| $fault)
                };
            }
            match key.len() {
                16 => run!(aes::Aes128),
                24 => run!(aes::Aes192),
                32 => run!(aes::Aes256),
                _ => Err(Fault::WrongKeyType),
            }
        }
    };
}

fn unaligned() -> Fault {
    Fault::BadData("the key to wrap must be a multiple of 8 bytes, and at least 16".into())
}

key_wrap!(aes_kw, AesKw, wrap_key, value, value.len() + 8, unaligned());
key_wrap!(aes_kwp, AesKwp, wrap_key, value, value.len().next_multiple_of(8) + 8, unaligned());
key_wrap!(aes_kw_raw, AesKw, unwrap_key, wrapped, wrapped.len(), Fault::UnwrapFailed);
key_wrap!(aes_kwp_raw, AesKwp, unwrap_key, wrapped, wrapped.len(), Fault::UnwrapFailed);

fn aes_kw_open(key: &[u8], wrapped: &[u8]) -> Result<Secret, Fault> {
    aes_kw_raw(key, wrapped).map(Secret::new)
}

fn aes_kwp_open(key: &[u8], wrapped: &[u8]) -> Result<Secret, Fault> {
    aes_kwp_raw(key, wrapped).map(Secret::new)
}

fn oaep(
    key: rsa::PublicKey,
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

fn oaep_open(
    key: &rsa::PrivateKey,
    hash: Hash,
    mgf: Hash,
    wrapped: &[u8],
    rng: &mut Rng,
) -> Result<Secret, Fault> {
    check_mgf(hash, mgf)?;
    with_hash!(hash, D => {
        key.decrypt_blinded(rng, rsa::Oaep::<D>::new(), wrapped)
            .map(Secret::new)
            .map_err(|_| Fault::UnwrapFailed)
    })
}
