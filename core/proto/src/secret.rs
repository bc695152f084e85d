//! Secrets in messages and in an appliance's state: [`hsmlab_crypto::secret::Secret`] with
//! serialization. It crosses the wire only as base64 inside an encrypted record.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use hsmlab_crypto::secret;

/// Secret bytes: a password, a key. Wiped when dropped, never in `Debug` output.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(secret::Secret);

impl Secret {
    /// Wraps the bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(secret::Secret::new(bytes.into()))
    }

    /// Returns the bytes, for code that must use them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// Returns the secret as the `crypto` module's type.
    #[must_use]
    pub const fn inner(&self) -> &secret::Secret {
        &self.0
    }
}

impl From<secret::Secret> for Secret {
    fn from(secret: secret::Secret) -> Self {
        Self(secret)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        super::b64::serialize(self.expose(), out)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        super::b64::deserialize(from).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_it() {
        assert_eq!(format!("{:?}", Secret::new("hunter22")), "Secret(..)");
    }
}
