//! Keys that sign messages rather than digests: Ed25519 and ML-DSA (User Guide,
//! "`cloudhsm_cli-crypto-sign-ed25519`", "-ed25519ph", "-mldsa").

use serde::{Deserialize, Serialize};

use super::Handle;
pub use hsmlab_crypto::ml_dsa::ParameterSet;

/// Maximum length of a message for Ed25519 (User Guide, "`cloudhsm_cli-crypto-sign-ed25519`").
pub const ED25519_BYTES_MAX: usize = 16_000;
/// Maximum length of a message for ML-DSA. Guess: the same; longer ones are signed by representative.
pub const ML_DSA_BYTES_MAX: usize = 16_000;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PureCommand {
    /// Signs: [`super::message::Reply::Bytes`].
    Sign {
        /// The private key.
        handle: Handle,
        /// The mechanism.
        mechanism: PureMechanism,
        /// The input of the mechanism.
        #[serde(with = "super::b64")]
        message: Vec<u8>,
    },
    /// Verifies a signature.
    Verify {
        /// The public key.
        handle: Handle,
        /// The mechanism.
        mechanism: PureMechanism,
        /// The signed message.
        #[serde(with = "super::b64")]
        message: Vec<u8>,
        /// The signature.
        #[serde(with = "super::b64")]
        signature: Vec<u8>,
    },
}

/// A mechanism that signs a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PureMechanism {
    /// `PureEdDSA` over the message.
    Ed25519,
    /// `HashEdDSA`: the input is the message's SHA-512 digest.
    Ed25519ph,
    /// ML-DSA over the message, with an empty context.
    MlDsa,
    /// ML-DSA over the message's representative μ of 64 bytes.
    MlDsaMu,
}

/// The kind of pair to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PureKind {
    /// Ed25519.
    Ed25519,
    /// ML-DSA of a parameter set.
    MlDsa(#[serde(with = "set_name")] ParameterSet),
}

/// The public part of such a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PurePublic {
    /// The point (RFC 8032, 5.1.5).
    Ed25519(#[serde(with = "super::b64")] Vec<u8>),
    /// The parameter set and the encoded key (FIPS 204, algorithm 22).
    MlDsa(
        #[serde(with = "set_name")] ParameterSet,
        #[serde(with = "super::b64")] Vec<u8>,
    ),
}

impl PurePublic {
    /// Returns the key's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(bytes) | Self::MlDsa(_, bytes) => bytes,
        }
    }
}

/// A parameter set as its name in JSON.
pub mod set_name {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::ParameterSet;

    /// Writes the name.
    ///
    /// # Errors
    /// An error of the serializer.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(set: &ParameterSet, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(set.name())
    }

    /// Reads the name.
    ///
    /// # Errors
    /// The name is not a parameter set's.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ParameterSet, D::Error> {
        let name = String::deserialize(from)?;
        ParameterSet::from_name(&name)
            .ok_or_else(|| serde::de::Error::custom("an unknown parameter set"))
    }
}
