//! The policies of an appliance on client certificates, and how it judges one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use hsmlab_crypto::cert::Certificate;
use hsmlab_crypto::chain::{self, Purpose, Trust};
use hsmlab_crypto::keys::{Curve, KeyKind, SignatureAlgorithm};
use hsmlab_proto::channel::{Alert, ClientProof};
use hsmlab_proto::policy::{ANCHOR_BYTES_MAX, ANCHORS_MAX, Anchor, Enforcement, PolicyFault};
use hsmlab_sim::SimTime;

/// The policies of an appliance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Policies {
    /// The trust anchors (PEM), by number.
    pub(super) anchors: BTreeMap<u32, String>,
    pub(super) enforcement: Enforcement,
}

impl Policies {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// True if clients are asked for a certificate.
    pub(super) fn wants_proof(&self) -> bool {
        !self.anchors.is_empty() || self.enforcement == Enforcement::Cluster
    }

    /// True if a connection whose certificate leads to `anchor` may continue.
    pub(super) fn welcomes(&self, anchor: Option<u32>) -> bool {
        match anchor {
            Some(anchor) => self.anchors.contains_key(&anchor),
            None => self.enforcement == Enforcement::None,
        }
    }

    /// Returns the anchor that a client's certificate leads to; `None` if it shows none and none is required.
    pub(super) fn judge(
        &self,
        proof: &ClientProof,
        transcript: &[u8; 32],
        now: SimTime,
    ) -> Result<Option<u32>, Alert> {
        let Some(leaf) = proof.chain.first() else {
            return match self.enforcement {
                Enforcement::None => Ok(None),
                Enforcement::Cluster => Err(Alert::CertificateRequired),
            };
        };
        let read = |der: &Vec<u8>| Certificate::from_der(der).map_err(|_| Alert::BadCertificate);
        let leaf = read(leaf)?;
        let rest: Vec<Certificate> = proof
            .chain
            .iter()
            .skip(1)
            .map(read)
            .collect::<Result<_, _>>()?;
        let key = leaf.public_key().map_err(|_| Alert::BadCertificate)?;
        let algorithm =
            SignatureAlgorithm::of_handshake(key.kind()).ok_or(Alert::BadCertificate)?;
        let signed = ClientProof::signed_bytes(transcript, &proof.chain);
        key.verify(algorithm, &signed, &proof.signature)
            .map_err(|_| Alert::BadCertificate)?;
        self.anchors
            .iter()
            .find(|(_, anchor)| leads_to(&leaf, &rest, anchor, now))
            .map(|(reference, _)| Some(*reference))
            // Guess: a certificate of another CA ends the connection even if none is required.
            .ok_or(Alert::BadCertificate)
    }

    /// Takes a trust anchor.
    pub(super) fn register(&mut self, pem: String, now: SimTime) -> Result<Anchor, PolicyFault> {
        if pem.len() > ANCHOR_BYTES_MAX {
            return Err(PolicyFault::TooLong);
        }
        check_anchor(&pem, now)?;
        let first = |pem: &str| Certificate::from_pem(pem).map(|it| it.der().to_vec()).ok();
        if self
            .anchors
            .values()
            .any(|other| first(other) == first(&pem))
        {
            return Err(PolicyFault::Exists);
        }
        if self.anchors.len() >= ANCHORS_MAX {
            return Err(PolicyFault::TooMany);
        }
        // Guess: the lowest free number.
        let reference = (1..)
            .find(|number| !self.anchors.contains_key(number))
            .ok_or(PolicyFault::TooMany)?;
        self.anchors.insert(reference, pem.clone());
        Ok(Anchor {
            reference,
            certificate: pem,
        })
    }
}

/// True if a client's certificate leads to an anchor through the certificates that it presented.
fn leads_to(leaf: &Certificate, shown: &[Certificate], anchor: &str, now: SimTime) -> bool {
    let Ok(anchor) = Certificate::from_pem(anchor) else {
        return false;
    };
    let anchor = [anchor];
    // A certificate made outside the lab begins at the learner's own date, which may be later than the
    // world's. So only the ends count.
    let at = anchor.iter().chain(shown).chain([leaf]);
    let at = at.map(Certificate::not_before).fold(now, SimTime::max);
    let trust = Trust {
        trusted: &anchor,
        untrusted: shown,
        at: Some(at),
        purpose: Some(Purpose::SslClient),
        partial_chain: true,
    };
    leaf != &anchor[0] && chain::verify(leaf, &trust).is_ok()
}

/// Checks that a PEM file can be a trust anchor: CA certificates, an intermediate with its whole chain
/// in order, keys on P-256, P-384 or P-521 or RSA with 2048, 3072 or 4096 bits (User Guide,
/// "`cloudhsm_cli-cluster-mtls-register-trust-anchor`"). Guess: the texts.
fn check_anchor(pem: &str, now: SimTime) -> Result<(), PolicyFault> {
    let invalid = |why: &str| Err(PolicyFault::Invalid(why.to_owned()));
    let Ok(chain) = Certificate::bundle_from_pem(pem) else {
        return invalid("Certificate is not in PEM format");
    };
    for certificate in &chain {
        let kind = certificate.public_key().map(|key| key.kind());
        if !matches!(
            kind,
            Ok(KeyKind::Rsa(2048 | 3072 | 4096)
                | KeyKind::Ec(Curve::P256 | Curve::P384 | Curve::P521))
        ) {
            return invalid("Key type is not supported");
        }
        if !certificate.is_ca() {
            return invalid("Certificate is not a CA certificate");
        }
        if certificate.not_after() < now {
            return invalid("Certificate has expired");
        }
    }
    for pair in chain.windows(2) {
        let [certificate, issuer] = pair else {
            continue;
        };
        let key = issuer.public_key();
        let issued = certificate.issuer().matches(issuer.subject())
            && key.is_ok_and(|key| certificate.verify(&key).is_ok());
        if !issued {
            return invalid("Certificate chain is not in order");
        }
    }
    if chain.last().is_some_and(Certificate::is_self_signed) {
        Ok(())
    } else {
        invalid("Certificate chain does not end in a self-signed certificate")
    }
}
