//! PKCS #1 v1.5 signatures by RSA keys.
//!
//! [`sign`] gives the signature that `rsa::PrivateKey::sign_with_rng` gives, and draws the same bytes.
//! `rsa` draws them to blind the operation against whoever measures its time. A simulated world has
//! no such observer, so the bytes are drawn and dropped, and the operation takes a fraction of the time.

use rand_core::Rng as _;
use rsa::Pkcs1v15Sign;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use zeroize::Zeroizing;

use hsmlab_sim::Rng;

/// The drawn factors of exponents and moduli: two of each, of 128 bits.
const BLINDERS: usize = 4;

/// Signs a digest. `scheme` is that of the digest's hash.
///
/// # Errors
/// A digest of another length, or a key that is too short for it.
pub fn sign(
    key: &rsa::PrivateKey,
    scheme: Pkcs1v15Sign,
    digest: &[u8],
    rng: &mut Rng,
) -> rsa::Result<Vec<u8>> {
    let padded = padded(&scheme, digest, key.size());
    let is_whole = |padded: &Vec<u8>| {
        scheme.hash_len.is_none_or(|length| length == digest.len()) && padded.len() == key.size()
    };
    let Some(signature) = padded
        .filter(is_whole)
        .and_then(|padded| private_power(key, &padded))
    else {
        return key.sign_with_rng(rng, scheme, digest);
    };
    draw_blinders(key, rng);
    Ok(signature)
}

/// The encoded message (RFC 8017, section 9.2): `00 01 ff … ff 00 prefix digest`.
fn padded(scheme: &Pkcs1v15Sign, digest: &[u8], size: usize) -> Option<Vec<u8>> {
    let content = scheme.prefix.len() + digest.len();
    let filled = size
        .checked_sub(content + 3)
        .filter(|filled| *filled >= 8)?;
    let mut padded = vec![0, 1];
    padded.resize(2 + filled, 0xff);
    padded.push(0);
    padded.extend_from_slice(&scheme.prefix);
    padded.extend_from_slice(digest);
    Some(padded)
}

fn private_power(key: &rsa::PrivateKey, number: &[u8]) -> Option<Vec<u8>> {
    if key.primes().len() != 2 {
        return None;
    }
    let bytes = |number: &rsa::BoxedUint| Zeroizing::new(number.to_be_bytes().to_vec());
    let (p, q) = (bytes(key.primes().first()?), bytes(key.primes().get(1)?));
    let (dp, dq) = (bytes(key.dp()?), bytes(key.dq()?));
    let qinv = bytes(&key.qinv()?.retrieve());
    let parts = hsmlab_primes::TwoPrimes {
        p: &p,
        q: &q,
        dp: &dp,
        dq: &dq,
        qinv: &qinv,
    };
    let power = hsmlab_primes::private_power(number, parts)?;
    // The number is below the modulus, so all before its length is zero.
    let surplus = power.len().checked_sub(key.size());
    match surplus {
        Some(surplus) => power.get(surplus..).map(<[u8]>::to_vec),
        None => Some([vec![0; key.size() - power.len()], power].concat()),
    }
}

/// Draws what `rsa` draws: a number below the modulus, then the factors.
fn draw_blinders(key: &rsa::PrivateKey, rng: &mut Rng) {
    let modulus = key.n_bytes();
    let spare = modulus.first().map_or(0, |top| top.leading_zeros());
    let mut number = vec![0; modulus.len()];
    loop {
        // `rsa` draws the lowest byte first.
        rng.fill_bytes(&mut number);
        if let Some(top) = number.last_mut() {
            *top &= 0xff >> spare;
        }
        if number.iter().rev().lt(modulus.iter()) {
            break;
        }
    }
    for _ in 0..BLINDERS {
        rng.fill_bytes(&mut [0; 16]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rsa_key;
    use hsmlab_sim::Seed;

    #[test]
    fn a_signature_is_the_one_that_rsa_makes_and_the_stream_goes_on_from_the_same_place() {
        for (seed, bits) in [
            (1, 1024),
            (2, 1031),
            (3, 2048),
            (4, 2048),
            (5, 2304),
            (6, 3072),
        ] {
            let mut rng = Seed::from_number(seed).stream("key");
            let key = rsa_key::generate(bits, 65_537, &mut rng).unwrap();
            let stream = || Seed::from_number(seed).stream("sign");
            let (mut ours, mut theirs) = (stream(), stream());
            for round in 0..3_u8 {
                let digest = [round; 32];
                let scheme = Pkcs1v15Sign::new::<sha2::Sha256>;
                let signature = sign(&key, scheme(), &digest, &mut ours).unwrap();
                let expected = key.sign_with_rng(&mut theirs, scheme(), &digest).unwrap();
                assert_eq!(signature, expected, "{bits} bits");
                assert_eq!(ours.next_u64(), theirs.next_u64());
            }
            let scheme = Pkcs1v15Sign::new::<sha2::Sha256>();
            assert!(sign(&key, scheme, &[0; 31], &mut ours).is_err());
        }
    }
}
