//! Symmetric cryptography: sealing with derived keys, AES modes, key wrap, HMAC, key derivation.

use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyInit as _, KeyIvInit as _};
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{AesGcm, Nonce};
use hmac::{Hmac, Mac as _};
use rand_core::Rng as _;
use zeroize::Zeroizing;

use super::hash::Hash;
use super::secret::Secret;
use hsmlab_sim::Rng;

/// Size of a GCM initialization vector.
pub const GCM_IV_BYTES: usize = 12;
/// Size of a GCM tag.
pub const GCM_TAG_BYTES: usize = 16;

/// The reasons that a symmetric operation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealError {
    /// The key does not have 16, 24 or 32 bytes.
    KeyLength,
    /// The mode does not accept this length of data (or initialization vector).
    DataLength,
    /// The data were modified, or the key is a different one.
    Inauthentic,
}

impl std::fmt::Display for SealError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::KeyLength => "the key has a wrong length",
            Self::DataLength => "the data has a wrong length",
            Self::Inauthentic => "the data was changed, or the key is another one",
        })
    }
}

/// Seals `plain` with AES-256-GCM under a key derived (HKDF-SHA256) from `secret` for `purpose`.
/// Returns the random IV, the ciphertext and the tag, bound to `aad`.
#[must_use]
pub fn seal(secret: &Secret, purpose: &str, aad: &[u8], plain: &[u8], rng: &mut Rng) -> Vec<u8> {
    let key = hkdf(secret.expose(), &[], purpose.as_bytes(), 32);
    let mut iv = [0; GCM_IV_BYTES];
    rng.fill_bytes(&mut iv);
    let mut out = iv.to_vec();
    out.extend(gcm_encrypt(key.expose(), &iv, aad, plain).unwrap_or_default());
    out
}

/// Opens the output of [`seal`].
///
/// # Errors
/// [`SealError::Inauthentic`]: another secret, purpose or `aad`, or modified bytes.
pub fn open(
    secret: &Secret,
    purpose: &str,
    aad: &[u8],
    sealed: &[u8],
) -> Result<Secret, SealError> {
    let key = hkdf(secret.expose(), &[], purpose.as_bytes(), 32);
    let (iv, body) = sealed
        .split_at_checked(GCM_IV_BYTES)
        .ok_or(SealError::DataLength)?;
    gcm_decrypt(key.expose(), iv, aad, body).map(Secret::new)
}

/// HKDF-SHA256 (RFC 5869): `length` bytes, at most 8160.
#[must_use]
pub fn hkdf(input: &[u8], salt: &[u8], info: &[u8], length: usize) -> Secret {
    let mut out = vec![0; length.min(255 * 32)];
    // The only error is a length beyond 255 blocks, which the line above prevents.
    let _ = hkdf::Hkdf::<sha2::Sha256>::new(Some(salt), input).expand(info, &mut out);
    Secret::new(out)
}

/// PBKDF2 with HMAC (RFC 8018).
#[must_use]
pub fn pbkdf2(hash: Hash, password: &[u8], salt: &[u8], rounds: u32, length: usize) -> Secret {
    let mut out = vec![0; length];
    match hash {
        Hash::Sha1 => pbkdf2::pbkdf2_hmac::<sha1::Sha1>(password, salt, rounds, &mut out),
        Hash::Sha224 => pbkdf2::pbkdf2_hmac::<sha2::Sha224>(password, salt, rounds, &mut out),
        Hash::Sha256 => pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, rounds, &mut out),
        Hash::Sha384 => pbkdf2::pbkdf2_hmac::<sha2::Sha384>(password, salt, rounds, &mut out),
        Hash::Sha512 => pbkdf2::pbkdf2_hmac::<sha2::Sha512>(password, salt, rounds, &mut out),
    }
    Secret::new(out)
}

/// HMAC (RFC 2104) of a message.
#[must_use]
pub fn hmac(hash: Hash, key: &[u8], message: &[u8]) -> Vec<u8> {
    macro_rules! mac {
        ($digest:ty) => {
            // HMAC takes keys of any length, so this cannot fail.
            Hmac::<$digest>::new_from_slice(key)
                .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
                .unwrap_or_default()
        };
    }
    match hash {
        Hash::Sha1 => mac!(sha1::Sha1),
        Hash::Sha224 => mac!(sha2::Sha224),
        Hash::Sha256 => mac!(sha2::Sha256),
        Hash::Sha384 => mac!(sha2::Sha384),
        Hash::Sha512 => mac!(sha2::Sha512),
    }
}

/// AES-GCM (NIST SP 800-38D) with a 12-byte IV: ciphertext and 16-byte tag.
///
/// # Errors
/// A wrong length of key or IV.
pub fn gcm_encrypt(key: &[u8], iv: &[u8], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let nonce = Nonce::<U12>::try_from(iv).map_err(|_| SealError::DataLength)?;
    macro_rules! encrypt {
        ($aes:ty) => {
            AesGcm::<$aes, U12>::new_from_slice(key)
                .map_err(|_| SealError::KeyLength)?
                .encrypt(&nonce, Payload { msg: plain, aad })
                .map_err(|_| SealError::DataLength)
        };
    }
    match key.len() {
        16 => encrypt!(aes::Aes128),
        24 => encrypt!(aes::Aes192),
        32 => encrypt!(aes::Aes256),
        _ => Err(SealError::KeyLength),
    }
}

/// Reverses [`gcm_encrypt`].
///
/// # Errors
/// A wrong length of key or IV, or data that is not authentic.
pub fn gcm_decrypt(key: &[u8], iv: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let nonce = Nonce::<U12>::try_from(iv).map_err(|_| SealError::DataLength)?;
    macro_rules! decrypt {
        ($aes:ty) => {
            AesGcm::<$aes, U12>::new_from_slice(key)
                .map_err(|_| SealError::KeyLength)?
                .decrypt(&nonce, Payload { msg: sealed, aad })
                .map_err(|_| SealError::Inauthentic)
        };
    }
    match key.len() {
        16 => decrypt!(aes::Aes128),
        24 => decrypt!(aes::Aes192),
        32 => decrypt!(aes::Aes256),
        _ => Err(SealError::KeyLength),
    }
}

/// AES-CBC with PKCS#7 padding.
///
/// # Errors
/// A wrong length of key or IV.
pub fn cbc_encrypt(key: &[u8], iv: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let fill = 16 - plain.len() % 16;
    let mut padded = plain.to_vec();
    padded.extend(std::iter::repeat_n(u8::try_from(fill).unwrap_or(16), fill));
    cbc_encrypt_blocks(key, iv, padded)
}

/// Reverses [`cbc_encrypt`]. A padding that is valid by chance gives garbage, not an error.
///
/// # Errors
/// A wrong length of key, IV or data, or a wrong padding ([`SealError::Inauthentic`]).
pub fn cbc_decrypt(key: &[u8], iv: &[u8], data: &[u8]) -> Result<Secret, SealError> {
    let mut plain = Zeroizing::new(cbc_decrypt_blocks(key, iv, data.to_vec())?);
    let fill = usize::from(plain.last().copied().ok_or(SealError::DataLength)?);
    let start = plain
        .len()
        .checked_sub(fill)
        .ok_or(SealError::Inauthentic)?;
    let padding = plain.get(start..).unwrap_or_default();
    if fill == 0 || fill > 16 || padding.iter().any(|&byte| usize::from(byte) != fill) {
        return Err(SealError::Inauthentic);
    }
    plain.truncate(start);
    Ok(Secret::new(std::mem::take(&mut *plain)))
}

/// AES-CBC of whole blocks, without padding.
///
/// # Errors
/// A wrong length of key, IV or data.
pub fn cbc_encrypt_blocks(key: &[u8], iv: &[u8], mut data: Vec<u8>) -> Result<Vec<u8>, SealError> {
    let (blocks, rest) = aes::Block::slice_as_chunks_mut(&mut data);
    if !rest.is_empty() {
        return Err(SealError::DataLength);
    }
    macro_rules! encrypt {
        ($aes:ty) => {
            cbc::Encryptor::<$aes>::new_from_slices(key, iv)
                .map_err(|_| SealError::DataLength)?
                .encrypt_blocks(blocks)
        };
    }
    match key.len() {
        16 => encrypt!(aes::Aes128),
        24 => encrypt!(aes::Aes192),
        32 => encrypt!(aes::Aes256),
        _ => return Err(SealError::KeyLength),
    }
    Ok(data)
}

/// Reverses [`cbc_encrypt_blocks`].
///
/// # Errors
/// A wrong length of key, IV or data.
pub fn cbc_decrypt_blocks(key: &[u8], iv: &[u8], mut data: Vec<u8>) -> Result<Vec<u8>, SealError> {
    let (blocks, rest) = aes::Block::slice_as_chunks_mut(&mut data);
    if !rest.is_empty() {
        return Err(SealError::DataLength);
    }
    macro_rules! decrypt {
        ($aes:ty) => {
            cbc::Decryptor::<$aes>::new_from_slices(key, iv)
                .map_err(|_| SealError::DataLength)?
                .decrypt_blocks(blocks)
        };
    }
    match key.len() {
        16 => decrypt!(aes::Aes128),
        24 => decrypt!(aes::Aes192),
        32 => decrypt!(aes::Aes256),
        _ => return Err(SealError::KeyLength),
    }
    Ok(data)
}

/// The mode of AES key wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyWrap {
    /// KW: RFC 3394, whole semiblocks (`aes-no-pad`).
    NoPad,
    /// KWP: RFC 5649, any length (`aes-zero-pad`).
    ZeroPad,
}

/// AES key wrap (NIST SP 800-38F).
///
/// # Errors
/// A wrong length of key or data.
pub fn wrap(mode: KeyWrap, key: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let least = match mode {
        KeyWrap::NoPad => 16,
        KeyWrap::ZeroPad => 1,
    };
    if plain.len() < least {
        return Err(SealError::DataLength);
    }
    let mut out = vec![0; plain.len().next_multiple_of(8) + 8];
    macro_rules! wrap {
        ($kw:ty) => {
            <$kw>::new_from_slice(key)
                .map_err(|_| SealError::KeyLength)?
                .wrap_key(plain, &mut out)
                .map(<[u8]>::to_vec)
        };
    }
    use aes_kw::{KwAes128, KwAes192, KwAes256, KwpAes128, KwpAes192, KwpAes256};
    match (mode, key.len()) {
        (KeyWrap::NoPad, 16) => wrap!(KwAes128),
        (KeyWrap::NoPad, 24) => wrap!(KwAes192),
        (KeyWrap::NoPad, 32) => wrap!(KwAes256),
        (KeyWrap::ZeroPad, 16) => wrap!(KwpAes128),
        (KeyWrap::ZeroPad, 24) => wrap!(KwpAes192),
        (KeyWrap::ZeroPad, 32) => wrap!(KwpAes256),
        _ => return Err(SealError::KeyLength),
    }
    .map_err(|_| SealError::DataLength)
}

/// Reverses [`wrap`].
///
/// # Errors
/// A wrong length of key or data, or [`SealError::Inauthentic`].
pub fn unwrap(mode: KeyWrap, key: &[u8], wrapped: &[u8]) -> Result<Secret, SealError> {
    // RFC 3394 does not allow a single block; RFC 5649 does.
    let least = match mode {
        KeyWrap::NoPad => 24,
        KeyWrap::ZeroPad => 16,
    };
    if !wrapped.len().is_multiple_of(8) || wrapped.len() < least {
        return Err(SealError::DataLength);
    }
    let mut out = Zeroizing::new(vec![0; wrapped.len()]);
    macro_rules! unwrap {
        ($kw:ty) => {
            <$kw>::new_from_slice(key)
                .map_err(|_| SealError::KeyLength)?
                .unwrap_key(wrapped, &mut out)
                .map(Secret::from)
        };
    }
    use aes_kw::{KwAes128, KwAes192, KwAes256, KwpAes128, KwpAes192, KwpAes256};
    match (mode, key.len()) {
        (KeyWrap::NoPad, 16) => unwrap!(KwAes128),
        (KeyWrap::NoPad, 24) => unwrap!(KwAes192),
        (KeyWrap::NoPad, 32) => unwrap!(KwAes256),
        (KeyWrap::ZeroPad, 16) => unwrap!(KwpAes128),
        (KeyWrap::ZeroPad, 24) => unwrap!(KwpAes192),
        (KeyWrap::ZeroPad, 32) => unwrap!(KwpAes256),
        _ => return Err(SealError::KeyLength),
    }
    .map_err(|_| SealError::Inauthentic)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use hsmlab_sim::Seed;

    /// RFC 3394, 4.6, RFC 5649, 6, and RFC 4231, 4.3.
    #[test]
    fn published_vectors() {
        let key: Vec<u8> = (0..32).collect();
        let plain = hex::decode("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
        let wrapped = wrap(KeyWrap::NoPad, &key, &plain.unwrap()).unwrap();
        assert_eq!(
            hex::encode(wrapped),
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
        );
        let key = hex::decode("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8").unwrap();
        let wrapped = wrap(
            KeyWrap::ZeroPad,
            &key,
            &hex::decode("466f7250617369").unwrap(),
        );
        assert_eq!(
            hex::encode(wrapped.unwrap()),
            "afbeb0f07dfbf5419200f2ccb50bb24f"
        );
        let mac = hmac(Hash::Sha256, b"Jefe", b"what do ya want for nothing?");
        assert_eq!(
            hex::encode(mac),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    proptest! {
        #[test]
        fn round_trips(plain in proptest::collection::vec(any::<u8>(), 1..100), size in 2usize..5, seed in any::<u64>()) {
            let mut rng = Seed::from_number(seed).stream("test");
            let secret = Secret::random(size * 8, &mut rng);
            let key = secret.expose();
            let sealed = seal(&secret, "p", b"a", &plain, &mut rng);
            let opened = open(&secret, "p", b"a", &sealed).unwrap();
            prop_assert_eq!(opened.expose(), &plain[..]);
            prop_assert_eq!(open(&secret, "q", b"a", &sealed), Err(SealError::Inauthentic));
            prop_assert_eq!(open(&secret, "p", b"b", &sealed), Err(SealError::Inauthentic));
            let cbc = cbc_encrypt(key, &[7; 16], &plain).unwrap();
            let opened = cbc_decrypt(key, &[7; 16], &cbc).unwrap();
            prop_assert_eq!(opened.expose(), &plain[..]);
            let wrapped = wrap(KeyWrap::ZeroPad, key, &plain).unwrap();
            let opened = unwrap(KeyWrap::ZeroPad, key, &wrapped).unwrap();
            prop_assert_eq!(opened.expose(), &plain[..]);
            let mut changed = wrapped;
            changed[0] ^= 1;
            prop_assert_eq!(unwrap(KeyWrap::ZeroPad, key, &changed), Err(SealError::Inauthentic));
        }

        #[test]
        fn junk_never_panics(key in proptest::collection::vec(any::<u8>(), 0..40), iv in proptest::collection::vec(any::<u8>(), 0..20), data in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = gcm_encrypt(&key, &iv, b"", &data);
            let _ = gcm_decrypt(&key, &iv, b"", &data);
            let _ = cbc_encrypt(&key, &iv, &data);
            let _ = cbc_decrypt(&key, &iv, &data);
            for mode in [KeyWrap::NoPad, KeyWrap::ZeroPad] {
                let _ = wrap(mode, &key, &data);
                let _ = unwrap(mode, &key, &data);
            }
        }
    }
}
