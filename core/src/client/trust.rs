//! Does the certificate that an HSM shows lead to the trust anchor of this client?

use crate::crypto::cert::Certificate;
use crate::sim::SimTime;

/// Certificates that are climbed, the cluster's own included: the service takes chains of four.
const DEPTH_MAX: usize = 5;

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

/// Climbs from `certificate` (DER) through the anchors (PEM) to a self-signed one; gives the RSA key
/// in the certificate.
///
/// # Errors
/// The first reason why not.
pub fn verify(certificate: &[u8], anchors: &str, now: SimTime) -> Result<rsa::PublicKey, TrustError> {
    let error = |code, depth, reason| Err(TrustError { code, depth, reason });
    let Ok(leaf) = Certificate::from_der(certificate) else {
        return error(13, 0, "unable to decode issuer public key");
    };
    let anchors = Certificate::bundle_from_pem(anchors).unwrap_or_default();
    let mut at = &leaf;
    let mut depth = 0;
    loop {
        if now < at.not_before() && !at.is_valid_at(now) {
            return error(9, depth, "certificate is not yet valid");
        }
        if !at.is_valid_at(now) {
            return error(10, depth, "certificate has expired");
        }
        if depth > 0 && at.is_self_signed() {
            break;
        }
        if depth + 1 >= DEPTH_MAX {
            return error(22, depth, "certificate chain too long");
        }
        let mut named = anchors.iter().filter(|anchor| at.issuer().matches(anchor.subject())).peekable();
        if named.peek().is_none() {
            return error(20, depth, "unable to get local issuer certificate");
        }
        let Some(issuer) =
            named.find(|anchor| anchor.public_key().is_ok_and(|key| at.verify(&key).is_ok()))
        else {
            return error(7, depth, "certificate signature failure");
        };
        if !issuer.is_ca() {
            return error(79, depth + 1, "invalid CA certificate");
        }
        at = issuer;
        depth += 1;
    }
    match leaf.public_key().ok().and_then(|key| key.as_rsa().cloned()) {
        Some(key) => Ok(key),
        None => error(6, 0, "unable to decode issuer public key"),
    }
}
