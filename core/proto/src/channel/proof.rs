//! The certificate that a client presents inside the channel, like Certificate and CertificateVerify in
//! TLS 1.3 (RFC 8446, 4.4.2 and 4.4.3).

use sha2::{Digest as _, Sha256};

use super::{push_counted, take_counted};

/// A client's proof of identity: its certificates, its own first, and its key's signature over this
/// handshake. It travels encrypted; a client without a certificate sends an empty one.
///
/// ```text
/// count8  { len16 certificate } × count  len16 signature
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientProof {
    /// The certificates, DER.
    pub chain: Vec<Vec<u8>>,
    /// The signature over [`ClientProof::signed_bytes`].
    pub signature: Vec<u8>,
}

/// The prefix of the bytes that a client proof signs.
pub const PROOF_CONTEXT: &[u8] = b"hsmlab end-to-end channel, client proof, v1\0";

impl ClientProof {
    /// Returns the bytes that the client signs: the handshake and the certificates.
    #[must_use]
    pub fn signed_bytes(transcript: &[u8; 32], chain: &[Vec<u8>]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(transcript);
        for certificate in chain {
            hash.update((certificate.len() as u64).to_be_bytes());
            hash.update(certificate);
        }
        let mut signed = PROOF_CONTEXT.to_vec();
        signed.extend_from_slice(&hash.finalize());
        signed
    }

    /// Encodes the proof as a message; `None` if the certificates are too many or too long.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut out = vec![u8::try_from(self.chain.len()).ok()?];
        for certificate in &self.chain {
            push_counted(&mut out, certificate)?;
        }
        push_counted(&mut out, &self.signature)?;
        Some(out)
    }

    /// Parses a message; `None` if it is not a proof.
    #[must_use]
    pub fn parse(message: &[u8]) -> Option<Self> {
        let (count, mut rest) = message.split_first()?;
        let mut chain = Vec::new();
        for _ in 0..*count {
            let (certificate, after) = take_counted(rest)?;
            chain.push(certificate.to_vec());
            rest = after;
        }
        let (signature, rest) = take_counted(rest)?;
        rest.is_empty().then(|| Self {
            chain,
            signature: signature.to_vec(),
        })
    }
}
