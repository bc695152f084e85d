//! Verification of an HSM's certificate against this client's trust anchor.

use hsmlab_crypto::cert::Certificate;
use hsmlab_crypto::chain::{self, ChainErrorKind, Trust};
use hsmlab_sim::SimTime;

/// The reason that a certificate is not trusted: OpenSSL's code and text, as the SDK's log prints them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustError {
    /// `X509_V_ERR_…`.
    pub code: u32,
    /// The certificate's depth: 0 is the HSM's.
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

/// Verifies `certificate` (DER) against the anchors (PEM); returns its RSA key.
///
/// # Errors
/// The first reason that it is not trusted.
pub fn verify(
    certificate: &[u8],
    anchors: &str,
    now: SimTime,
) -> Result<rsa::PublicKey, TrustError> {
    let undecodable = || TrustError::new(ChainErrorKind::UnableToDecodeIssuerKey, 0);
    let leaf = Certificate::from_der(certificate).map_err(|_| undecodable())?;
    let anchors = Certificate::bundle_from_pem(anchors).unwrap_or_default();
    // A certificate made outside the lab begins at the learner's own date, which may be later than the
    // world's. So only the ends count.
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
