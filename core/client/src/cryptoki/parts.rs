//! Encryption and decryption of data in parts (`C_EncryptUpdate`, `C_DecryptUpdate`): each part is an
//! operation of the HSM, chained to the previous one.

use super::rv::Rv;
use super::{Done, Token};
use crate::Link;
use crate::cluster::ClusterKey;
use hsmlab_proto::Secret;
use hsmlab_proto::cipher::CipherMechanism;

const BLOCK: usize = 16;

/// The chaining state: the IV or counter for the next part.
struct Chain<'a> {
    mechanism: &'a CipherMechanism,
    /// The IV of the next part, or its first counter block.
    next: Vec<u8>,
}

impl<'a> Chain<'a> {
    fn new(mechanism: &'a CipherMechanism) -> Self {
        let next = match mechanism {
            CipherMechanism::AesCbc { iv } | CipherMechanism::AesCbcPad { iv } => iv.clone(),
            CipherMechanism::AesCtr { counter, .. } => counter.clone(),
            _ => Vec::new(),
        };
        Self { mechanism, next }
    }

    /// Returns the mechanism of the next part; only the last one pads.
    fn mechanism(&self, last: bool) -> CipherMechanism {
        let iv = self.next.clone();
        match self.mechanism {
            CipherMechanism::AesCbcPad { .. } if last => CipherMechanism::AesCbcPad { iv },
            CipherMechanism::AesCbc { .. } | CipherMechanism::AesCbcPad { .. } => {
                CipherMechanism::AesCbc { iv }
            }
            CipherMechanism::AesCtr { counter_bits, .. } => CipherMechanism::AesCtr {
                counter: iv,
                counter_bits: *counter_bits,
            },
            other => other.clone(),
        }
    }

    /// Updates the state with a part's ciphertext.
    fn pass(&mut self, ciphertext: &[u8]) {
        match self.mechanism {
            CipherMechanism::AesCbc { .. } | CipherMechanism::AesCbcPad { .. } => {
                if let Some(block) = ciphertext.last_chunk::<BLOCK>() {
                    self.next = block.to_vec();
                }
            }
            CipherMechanism::AesCtr { counter_bits, .. } => {
                if let Ok(counter) = <[u8; BLOCK]>::try_from(self.next.as_slice()) {
                    let counter = u128::from_be_bytes(counter);
                    let blocks = (ciphertext.len() / BLOCK) as u128;
                    let mask = u128::MAX >> (128 - (*counter_bits).clamp(1, 128));
                    let counted = counter.wrapping_add(blocks) & mask;
                    self.next = ((counter & !mask) | counted).to_be_bytes().to_vec();
                }
            }
            _ => {}
        }
    }
}

/// Cuts data into parts of whole blocks; the last one may be shorter and exists for empty data too.
fn cut(data: &[u8], part: usize) -> Vec<&[u8]> {
    let part = (part / BLOCK).max(1) * BLOCK;
    let mut parts: Vec<&[u8]> = data.chunks(part).collect();
    if parts.is_empty() {
        parts.push(&[]);
    }
    parts
}

impl Token {
    /// `C_EncryptUpdate` with parts of `part` bytes, and `C_EncryptFinal`.
    ///
    /// # Errors
    /// The mechanism does not support parts, or a refusal.
    pub fn encrypt_parts(
        &mut self,
        key: &ClusterKey,
        mechanism: &CipherMechanism,
        data: &[u8],
        part: usize,
        link: &mut dyn Link,
    ) -> Done<Vec<u8>> {
        if !super::operation::cipher_in_parts(mechanism) {
            return Err(Rv::FUNCTION_NOT_SUPPORTED);
        }
        let (mut chain, mut out) = (Chain::new(mechanism), Vec::new());
        let parts = cut(data, part);
        for (at, piece) in parts.iter().enumerate() {
            let how = chain.mechanism(at + 1 == parts.len());
            let sealed = self.encrypt(key, &how, piece, link)?.data;
            chain.pass(&sealed);
            out.extend_from_slice(&sealed);
        }
        Ok(out)
    }

    /// `C_DecryptUpdate` with parts of `part` bytes, and `C_DecryptFinal`.
    ///
    /// # Errors
    /// The mechanism does not support parts, or a refusal.
    pub fn decrypt_parts(
        &mut self,
        key: &ClusterKey,
        mechanism: &CipherMechanism,
        data: &[u8],
        part: usize,
        link: &mut dyn Link,
    ) -> Done<Secret> {
        if !super::operation::cipher_in_parts(mechanism) {
            return Err(Rv::FUNCTION_NOT_SUPPORTED);
        }
        let mut chain = Chain::new(mechanism);
        let mut out = zeroize::Zeroizing::new(Vec::new());
        let parts = cut(data, part);
        for (at, piece) in parts.iter().enumerate() {
            let how = chain.mechanism(at + 1 == parts.len());
            let plain = self.decrypt(key, &how, piece, link)?;
            out.extend_from_slice(plain.expose());
            chain.pass(piece);
        }
        Ok(Secret::new(out.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_blocks_and_the_last_is_there() {
        let sizes = |length: usize| -> Vec<usize> {
            let data = vec![0; length];
            cut(&data, 1024).iter().map(|part| part.len()).collect()
        };
        assert_eq!(sizes(0), [0]);
        assert_eq!(sizes(1024), [1024]);
        assert_eq!(sizes(2050), [1024, 1024, 2]);
    }

    #[test]
    fn counters_continue_and_wrap_within_their_bits() {
        let mechanism = CipherMechanism::AesCtr {
            counter: [vec![0xaa; 14], vec![0xff, 0xff]].concat(),
            counter_bits: 16,
        };
        let mut chain = Chain::new(&mechanism);
        chain.pass(&[0; 32]);
        assert_eq!(chain.next, [vec![0xaa; 14], vec![0x00, 0x01]].concat());
    }

    #[test]
    fn padding_comes_with_the_last_part() {
        let mechanism = CipherMechanism::AesCbcPad { iv: vec![1; 16] };
        let mut chain = Chain::new(&mechanism);
        assert_eq!(
            chain.mechanism(false),
            CipherMechanism::AesCbc { iv: vec![1; 16] }
        );
        chain.pass(&[[2; 16], [3; 16]].concat());
        assert_eq!(
            chain.mechanism(true),
            CipherMechanism::AesCbcPad { iv: vec![3; 16] }
        );
    }
}
