//! The rules of `initialize-cluster`: the certificates and trust anchors that an HSM accepts.
//!
//! Documented (User Guide, "initialize-cluster"): RFC 5280 certificates; Basic Constraints are required
//! if there are v3 extensions; the root is self-signed; at most four certificates and 16 KB; RSA
//! 2048/3072/4096 or P-256/384/521 with SHA-224 to SHA-512.

use super::ClaimError;
use hsmlab_crypto::cert::{Certificate, Request};
use hsmlab_crypto::hash::Hash;
use hsmlab_crypto::keys::{Curve, KeyKind};
use hsmlab_sim::SimTime;

/// Maximum number of certificates in a chain, the root included.
const CHAIN_MAX: usize = 4;
/// Maximum size of a chain's PEM text.
const CHAIN_BYTES_MAX: usize = 16 * 1024;

/// Checks a signed cluster certificate against its trust anchor and the request; returns its DER.
pub(super) fn check(
    request: &str,
    signed_certificate: &str,
    trust_anchor: &str,
    now: SimTime,
) -> Result<Vec<u8>, ClaimError> {
    let certificate = Certificate::from_pem(signed_certificate)
        .map_err(|error| ClaimError::CertificateUnreadable(error.to_string()))?;
    let chain = Certificate::bundle_from_pem(trust_anchor)
        .map_err(|error| ClaimError::TrustAnchorUnreadable(error.to_string()))?;
    check_chain(&chain, trust_anchor.len())?;
    for certificate in chain.iter().chain([&certificate]) {
        check_algorithms(certificate)?;
    }
    let issuer = chain
        .first()
        .ok_or_else(|| ClaimError::TrustAnchorUnreadable(String::new()))?;
    if !issued_by(&certificate, issuer) {
        return Err(ClaimError::SignatureMismatch);
    }
    let request = Request::from_pem(request).map_err(|_| ClaimError::NoSuchHsm)?;
    if request.spki_der() != certificate.spki_der() {
        return Err(ClaimError::KeyMismatch);
    }
    let named = [(&certificate, "the signed certificate")];
    let anchors = chain
        .iter()
        .map(|certificate| (certificate, "the trust anchor"));
    for (certificate, name) in named.into_iter().chain(anchors) {
        // A certificate made outside the lab begins at the learner's own date, which may be later than the
        // world's. So only its end counts.
        if certificate.not_after() < now {
            return Err(ClaimError::NotValidNow(format!(
                "{name} is valid from {} to {}",
                certificate.not_before(),
                certificate.not_after()
            )));
        }
    }
    Ok(certificate.der().to_vec())
}

fn check_chain(chain: &[Certificate], bytes: usize) -> Result<(), ClaimError> {
    if chain.len() > CHAIN_MAX {
        return Err(ClaimError::ChainMalformed(format!(
            "it holds {} certificates, and {CHAIN_MAX} are the most",
            chain.len()
        )));
    }
    if bytes > CHAIN_BYTES_MAX {
        return Err(ClaimError::ChainMalformed(format!(
            "it has {bytes} bytes, and {CHAIN_BYTES_MAX} are the most"
        )));
    }
    if !chain.last().is_some_and(Certificate::is_self_signed) {
        return Err(ClaimError::TrustAnchorNotSelfSigned);
    }
    for certificate in chain {
        let is_ca = certificate
            .basic_constraints()
            .is_some_and(|constraints| constraints.ca);
        if !certificate.extensions().is_empty() && !is_ca {
            return Err(ClaimError::TrustAnchorNotCa);
        }
    }
    for pair in chain.windows(2) {
        if let [certificate, issuer] = pair
            && (certificate.is_self_signed() || !issued_by(certificate, issuer))
        {
            return Err(ClaimError::ChainMalformed(
                "each certificate must be followed by its issuer's, and the root must come last"
                    .into(),
            ));
        }
    }
    Ok(())
}

fn issued_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    certificate.issuer().matches(issuer.subject())
        && issuer
            .public_key()
            .is_ok_and(|key| certificate.verify(&key).is_ok())
}

fn check_algorithms(certificate: &Certificate) -> Result<(), ClaimError> {
    let unsupported = |what: String| Err(ClaimError::UnsupportedAlgorithm(what));
    match certificate.public_key().map(|key| key.kind()) {
        Ok(
            KeyKind::Rsa(2048 | 3072 | 4096) | KeyKind::Ec(Curve::P256 | Curve::P384 | Curve::P521),
        ) => {}
        Ok(KeyKind::Rsa(bits)) => return unsupported(format!("an RSA key of {bits} bits")),
        Ok(KeyKind::Ec(curve)) => return unsupported(format!("the curve {}", curve.name())),
        Err(error) => return unsupported(error.to_string()),
    }
    match certificate
        .signature_algorithm()
        .map(|algorithm| algorithm.hash())
    {
        Ok(Hash::Sha1) => unsupported("a signature with SHA-1".into()),
        Ok(_) => Ok(()),
        Err(error) => unsupported(error.to_string()),
    }
}
