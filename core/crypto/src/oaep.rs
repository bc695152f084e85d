//! The decoding half of RSAES-OAEP (RFC 8017, 7.1.2, step 3).
//!
//! The `rsa` crate (0.10) decodes too, but does not look at the first byte, which must be zero: a
//! Wycheproof case (`InvalidOaepPadding`, "First byte is 1") found it.

use zeroize::Zeroizing;

use super::hash::Hash;
use super::secret::Secret;

/// Decodes a message with an empty label; `encoded` is as long as the modulus. `None` if any check fails;
/// the result does not reveal which one.
#[must_use]
pub fn decode(hash: Hash, encoded: &[u8]) -> Option<Secret> {
    let size = hash.size();
    let (first, rest) = encoded.split_first()?;
    let (seed, block) = rest.split_at_checked(size)?;
    if block.len() < size + 1 {
        return None;
    }
    let seed = xor(seed, &mask(hash, block, size));
    let block = xor(block, &mask(hash, &seed, block.len()));
    let (label, padded) = block.split_at_checked(size)?;
    let mut wrong = *first;
    for (a, b) in label.iter().zip(hash.digest(b"")) {
        wrong |= a ^ b;
    }
    // Zeros, a one, the message: every byte is examined, whatever precedes it.
    let (mut searching, mut at) = (true, 0);
    for (index, byte) in padded.iter().enumerate() {
        let one = searching && *byte == 1;
        wrong |= u8::from(searching && *byte > 1);
        at = if one { index + 1 } else { at };
        searching &= !one;
    }
    wrong |= u8::from(searching);
    if wrong != 0 {
        return None;
    }
    padded.get(at..).map(Secret::from)
}

/// MGF1 (RFC 8017, B.2.1).
fn mask(hash: Hash, seed: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(length + hash.size()));
    for counter in 0_u32.. {
        if out.len() >= length {
            break;
        }
        let input = Zeroizing::new([seed, &counter.to_be_bytes()].concat());
        out.extend_from_slice(&hash.digest(&input));
    }
    out.truncate(length);
    out
}

fn xor(a: &[u8], b: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(a.iter().zip(b).map(|(a, b)| a ^ b).collect())
}
