//! The identity that a client presents: its certificates and the key of the first one (User Guide,

use hsmlab_crypto::cert::Certificate;
use hsmlab_crypto::keyfile;
use hsmlab_crypto::keys::{PrivateKey, SignatureAlgorithm};
use hsmlab_proto::channel::ClientProof;
use hsmlab_sim::Rng;

/// A client's certificates and its key.
#[derive(Clone)]
pub struct ClientIdentity {
    chain: Vec<Vec<u8>>,
    key: PrivateKey,
}

impl std::fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientIdentity(..)")
    }
}

/// The reasons that files do not give an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityError {
    /// The certificate file is not PEM, or not certificates.
    Certificate,
    /// The key file is not PEM, or no key.
    Key,
    /// The key can only be read with a pass phrase.
    PassPhrase,
    /// The key does not belong to the certificate.
    Mismatch,
    /// This kind of key cannot sign handshakes.
    KeyKind,
}

impl ClientIdentity {
    /// Reads the certificate chain, the client's own first, and its key. The SDK requires a key without
    /// a pass phrase (User Guide, "ki-hsm2m-medium").
    ///
    /// # Errors
    /// See [`IdentityError`].
    pub fn from_pem(certificates: &str, key: &str) -> Result<Self, IdentityError> {
        let chain = Certificate::bundle_from_pem(certificates);
        let chain = chain.map_err(|_| IdentityError::Certificate)?;
        if keyfile::is_encrypted(key) {
            return Err(IdentityError::PassPhrase);
        }
        let key = keyfile::from_pem(key, None).map_err(|_| IdentityError::Key)?;
        let own = chain.first().ok_or(IdentityError::Certificate)?;
        if own.spki_der() != key.public_key().spki_der() {
            return Err(IdentityError::Mismatch);
        }
        if SignatureAlgorithm::of_handshake(key.kind()).is_none() {
            return Err(IdentityError::KeyKind);
        }
        let chain = chain.iter().map(|it| it.der().to_vec()).collect();
        Ok(Self { chain, key })
    }

    /// Returns the proof for a handshake.
    #[must_use]
    pub fn prove(&self, transcript: &[u8; 32], rng: &mut Rng) -> Option<ClientProof> {
        let algorithm = SignatureAlgorithm::of_handshake(self.key.kind())?;
        let signed = ClientProof::signed_bytes(transcript, &self.chain);
        Some(ClientProof {
            chain: self.chain.clone(),
            signature: self.key.sign(algorithm, &signed, rng).ok()?,
        })
    }
}
