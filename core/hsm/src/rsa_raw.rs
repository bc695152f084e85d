//! The bare permutations of RSA.

use hsmlab_proto::Secret;
use hsmlab_proto::message::Fault;
use hsmlab_sim::Rng;
use rsa::traits::PublicKeyParts as _;

/// The bare permutation with the private key: RSADP (RFC 8017, 5.1.2).
///
/// # Errors
/// Data that are not as long as the modulus, or no number below it.
pub(super) fn rsa_decrypt(
    key: &rsa::PrivateKey,
    data: &[u8],
    rng: &mut Rng,
) -> Result<Secret, Fault> {
    let number = rsa_number(data, &key.n_bytes(), key.size())?;
    let plain = rsa::hazmat::rsa_decrypt_and_check(key, Some(rng), &number)
        .map_err(|_| Fault::DecryptFailed)?;
    Ok(Secret::new(fixed(&plain, key.size())))
}

/// A number as long as the modulus and below it.
pub(super) fn rsa_number(
    data: &[u8],
    modulus: &[u8],
    size: usize,
) -> Result<rsa::BoxedUint, Fault> {
    if data.len() != size {
        return Err(Fault::DataLength(None));
    }
    let zeros = modulus.len().saturating_sub(size);
    if modulus.get(zeros..).is_none_or(|modulus| data >= modulus) {
        return Err(Fault::BadData("the number is not below the modulus".into()));
    }
    let bits = u32::try_from(size * 8).unwrap_or(u32::MAX);
    rsa::BoxedUint::from_be_slice(data, bits).map_err(|_| Fault::DataLength(None))
}

/// A number as bytes of just that length.
pub(super) fn fixed(number: &rsa::BoxedUint, size: usize) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let skip = bytes.len().saturating_sub(size);
    let mut out = vec![0; size.saturating_sub(bytes.len())];
    out.extend_from_slice(bytes.get(skip..).unwrap_or_default());
    out
}
