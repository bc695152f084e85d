//! Seeded randomness: one seed per world, one named stream per consumer.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The random generator of the world: `ChaCha20`, a cryptographic generator, so that keys made with it
/// are as good as the seed.
pub type Rng = ChaCha20Rng;

/// The seed of a world: 32 bytes that a driver generates once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Makes a seed from a small number, as in `hsmlab run --seed 7`.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"hsmlab seed number\0");
        hash.update(number.to_be_bytes());
        Self(hash.finalize().into())
    }

    /// Makes a seed from 32 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the generator of the stream `name`. Streams of different names are independent: use of
    /// one never changes the values of another.
    #[must_use]
    pub fn stream(&self, name: &str) -> Rng {
        Rng::from_seed(self.derive(name))
    }

    /// Derives a seed from this one and `name`, for a part with its own streams.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        Self(self.derive(name))
    }

    fn derive(&self, name: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"hsmlab stream\0");
        hash.update(self.0);
        hash.update(name.as_bytes());
        hash.finalize().into()
    }
}

impl std::fmt::Debug for Seed {
    /// Hides the seed, because it reveals every key of the world.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(..)")
    }
}

#[cfg(test)]
mod tests {
    use rand_core::Rng as _;

    use super::*;

    #[test]
    fn streams_are_repeatable_and_independent() {
        let seed = Seed::from_number(7);
        assert_eq!(seed.stream("a").next_u64(), seed.stream("a").next_u64());
        assert_ne!(seed.stream("a").next_u64(), seed.stream("b").next_u64());
        assert_ne!(
            seed.stream("a").next_u64(),
            Seed::from_number(8).stream("a").next_u64()
        );
    }
}
