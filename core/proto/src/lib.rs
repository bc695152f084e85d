//! The protocol between a client and an appliance: the end-to-end encrypted channel and the messages in
//! it. Both ends import this module, and neither imports the other.
#![forbid(unsafe_code)]

pub mod channel;
pub mod cipher;
pub mod key;
pub mod message;
pub mod mfa;
pub mod policy;
pub mod pure;
pub mod quorum;
pub mod replicate;
pub mod role;
pub mod sdk3;
pub mod secret;

pub use secret::Secret;

/// Bytes as base64 text in JSON.
pub mod b64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer};

    /// Writes bytes as base64.
    ///
    /// # Errors
    /// An error of the serializer.
    pub fn serialize<S: Serializer>(bytes: &[u8], out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&STANDARD.encode(bytes))
    }

    /// Reads base64.
    ///
    /// # Errors
    /// Not a string, or not base64.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map_err(serde::de::Error::custom)
    }
}

/// A hash function as its name in JSON.
pub mod hash_name {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use hsmlab_crypto::hash::Hash;

    /// Writes the name.
    ///
    /// # Errors
    /// An error of the serializer.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(hash: &Hash, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(hash.name())
    }

    /// Reads the name.
    ///
    /// # Errors
    /// The name is not a hash function's.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Hash, D::Error> {
        let name = String::deserialize(from)?;
        Hash::from_name(&name).ok_or_else(|| serde::de::Error::custom("an unknown hash function"))
    }
}

/// A curve as its name in JSON.
pub mod curve_name {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use hsmlab_crypto::keys::Curve;

    /// Writes the name.
    ///
    /// # Errors
    /// An error of the serializer.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(curve: &Curve, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(curve.name())
    }

    /// Reads the name.
    ///
    /// # Errors
    /// The name is not a curve's.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Curve, D::Error> {
        let name = String::deserialize(from)?;
        Curve::from_name(&name).ok_or_else(|| serde::de::Error::custom("an unknown curve"))
    }
}

/// The handle of a key: the same on every HSM of a cluster.
pub type Handle = u64;
