//! Secret bytes: wiped when they are dropped, and never printed.

use zeroize::Zeroizing;

/// Secret bytes. They are zeroed when dropped, and `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Wraps the bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Generates `length` random bytes.
    pub fn random(length: usize, rng: &mut hsmlab_sim::Rng) -> Self {
        use rand_core::Rng as _;
        let mut bytes = vec![0; length];
        rng.fill_bytes(&mut bytes);
        Self::new(bytes)
    }

    /// The bytes. The caller is responsible for where they go.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes.to_vec())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_gives_nothing_away() {
        assert_eq!(
            format!("{:?}", Secret::from(&b"topsecret"[..])),
            "Secret(..)"
        );
    }
}
