//! The key of a second factor, and a signature with it.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::limits;
use hsmlab_crypto::keys::{KeyKind, PublicKey, SignatureAlgorithm};
use hsmlab_proto::key::Hash;
use hsmlab_proto::message::Fault;
use hsmlab_proto::quorum::QuorumFault;

/// A public key that a user signs tokens with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TokenKey(#[serde(with = "hsmlab_proto::b64")] Vec<u8>);

impl TokenKey {
    /// Takes an RSA public key with 2,048 bits, DER.
    ///
    /// # Errors
    /// Another kind, or none.
    pub(super) fn new(spki: &[u8]) -> Result<Self, Fault> {
        let key = PublicKey::from_spki_der(spki).ok();
        match key.map(|key| key.kind()) {
            Some(KeyKind::Rsa(limits::TOKEN_KEY_BITS)) => Ok(Self(spki.to_vec())),
            _ => Err(Fault::Quorum(QuorumFault::PublicKey)),
        }
    }

    /// Checks a signature over a token: RSASSA-PKCS1-v1.5 over the token as a SHA-256 digest.
    pub(super) fn verifies(&self, token: &[u8; 32], signature: &[u8]) -> bool {
        PublicKey::from_spki_der(&self.0).is_ok_and(|key| {
            let algorithm = SignatureAlgorithm::RsaPkcs1(Hash::Sha256);
            key.verify_digest(algorithm, token, signature).is_ok()
        })
    }

    /// SHA-256 of the key.
    pub(super) fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(&self.0))
    }
}

/// A second factor as it is shown at a login.
pub(super) struct Second {
    pub(super) challenge: [u8; 32],
    pub(super) signature: Vec<u8>,
}

impl Second {
    /// True if the user with this key has signed the challenge.
    pub(super) fn is_signed_with(&self, key: &TokenKey) -> bool {
        key.verifies(&self.challenge, &self.signature)
    }
}
