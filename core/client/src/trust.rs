//! Does the certificate that an HSM shows lead to the trust anchor of this client?

use hsmlab_crypto::cert::Certificate;
use hsmlab_crypto::chain::{self, ChainErrorKind, Trust};
use hsmlab_sim::SimTime;

/// Why a certificate is not trusted: OpenSSL's code and reason, as the SDK's log prints them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustError {
    /// `X509_V_ERR_…`.
    pub code: u32,
    /// Which certificate: 0 is the HSM's.
    pub depth: usize,
    /// OpenSSL's text.
    pub reason: &'static str,
}

impl TrustError {
    fn new(kind: ChainErrorKind, depth: usize) -> Self {
        Self {
            code: kind.code(),
            depth,
            reason: kind.text(),
        }
    }
}

/// Verifies `certificate` (DER) against the anchors (PEM); gives the RSA key in it.
///
/// # Errors
/// The first reason why it is not trusted.
pub fn verify(
    certificate: &[u8],
    anchors: &str,
    now: SimTime,
) -> Result<rsa::PublicKey, TrustError> {
    let undecodable = || TrustError::new(ChainErrorKind::UnableToDecodeIssuerKey, 0);
    let leaf = Certificate::from_der(certificate).map_err(|_| undecodable())?;
    let anchors = Certificate::bundle_from_pem(anchors).unwrap_or_default();
    // Certificates that were made outside begin at the learner's own date, which may be later than the
    // world's: only their ends count.
    let at = anchors
        .iter()
        .chain([&leaf])
        .map(Certificate::not_before)
        .fold(now, SimTime::max);
    let trust = Trust {
        trusted: &anchors,
        at: Some(at),
        ..Trust::default()
    };
    chain::verify(&leaf, &trust).map_err(|error| TrustError::new(error.kind, error.depth))?;
    leaf.public_key()
        .ok()
        .and_then(|key| key.as_rsa().cloned())
        .ok_or_else(undecodable)
}
