//! Verification of certificate chains, like `openssl verify`: the same order of checks, the same error
//! numbers and texts (RFC 5280, 6; OpenSSL's `crypto/x509/x509_vfy.c`).

use super::cert::Certificate;
use super::extension::{self, KeyUsage};
use super::keys::{KeyKind, SignatureAlgorithm};
use super::oids;
use hsmlab_sim::SimTime;

/// The intended use of a certificate (`-purpose`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A TLS client.
    SslClient,
    /// A TLS server.
    SslServer,
    /// Anything.
    Any,
}

/// The errors of `X509_V_ERR_*` that can occur here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainErrorKind {
    /// 2: the issuer of a certificate in the chain is missing.
    UnableToGetIssuer,
    /// 6: the issuer's key cannot be used.
    UnableToDecodeIssuerKey,
    /// 7: a signature is wrong.
    SignatureFailure,
    /// 9: not valid yet.
    NotYetValid,
    /// 10: expired.
    Expired,
    /// 18: the certificate is self-signed and not trusted.
    SelfSignedLeaf,
    /// 19: the chain ends in a root that is not trusted.
    SelfSignedInChain,
    /// 20: the issuer of the first certificate is missing.
    UnableToGetIssuerLocally,
    /// 21: the first certificate cannot be checked.
    UnableToVerifyLeaf,
    /// 25: more intermediate CAs than the path length allows.
    PathLengthExceeded,
    /// 26: not valid for this purpose.
    InvalidPurpose,
    /// 32: the issuer's key usage has no certificate signing.
    KeyUsageNoCertSign,
    /// 34: an unknown critical extension.
    UnhandledCriticalExtension,
    /// 79: an invalid CA certificate.
    InvalidCaCertificate,
}

impl ChainErrorKind {
    /// OpenSSL's number.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::UnableToGetIssuer => 2,
            Self::UnableToDecodeIssuerKey => 6,
            Self::SignatureFailure => 7,
            Self::NotYetValid => 9,
            Self::Expired => 10,
            Self::SelfSignedLeaf => 18,
            Self::SelfSignedInChain => 19,
            Self::UnableToGetIssuerLocally => 20,
            Self::UnableToVerifyLeaf => 21,
            Self::PathLengthExceeded => 25,
            Self::InvalidPurpose => 26,
            Self::KeyUsageNoCertSign => 32,
            Self::UnhandledCriticalExtension => 34,
            Self::InvalidCaCertificate => 79,
        }
    }

    /// OpenSSL's text (`X509_verify_cert_error_string`).
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::UnableToGetIssuer => "unable to get issuer certificate",
            Self::UnableToDecodeIssuerKey => "unable to decode issuer public key",
            Self::SignatureFailure => "certificate signature failure",
            Self::NotYetValid => "certificate is not yet valid",
            Self::Expired => "certificate has expired",
            Self::SelfSignedLeaf => "self-signed certificate",
            Self::SelfSignedInChain => "self-signed certificate in certificate chain",
            Self::UnableToGetIssuerLocally => "unable to get local issuer certificate",
            Self::UnableToVerifyLeaf => "unable to verify the first certificate",
            Self::PathLengthExceeded => "path length constraint exceeded",
            Self::InvalidPurpose => "unsuitable certificate purpose",
            Self::KeyUsageNoCertSign => "key usage does not include certificate signing",
            Self::UnhandledCriticalExtension => "unhandled critical extension",
            Self::InvalidCaCertificate => "invalid CA certificate",
        }
    }
}

/// An error and the certificate that causes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainError {
    /// The error.
    pub kind: ChainErrorKind,
    /// The position in the chain; 0 is the certificate to verify.
    pub depth: usize,
    /// The certificate at that position.
    pub certificate: Box<Certificate>,
}

impl std::fmt::Display for ChainError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (code, text) = (self.kind.code(), self.kind.text());
        write!(f, "error {code} at {} depth lookup: {text}", self.depth)
    }
}

/// The inputs of a verification.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trust<'a> {
    /// Trusted certificates (`-CAfile`). A chain ends in a self-signed one of them.
    pub trusted: &'a [Certificate],
    /// Possible intermediate certificates (`-untrusted`).
    pub untrusted: &'a [Certificate],
    /// The time at which all must be valid; `None` skips this check.
    pub at: Option<SimTime>,
    /// The purpose; `None` skips this check.
    pub purpose: Option<Purpose>,
    /// True if a trusted certificate that is not self-signed may end the chain (`-partial_chain`).
    pub partial_chain: bool,
}

/// The longest chain.
const DEPTH_MAX: usize = 100;

/// Verifies a certificate. Returns its chain, the certificate first.
///
/// # Errors
/// The first error found.
pub fn verify(leaf: &Certificate, trust: &Trust<'_>) -> Result<Vec<Certificate>, ChainError> {
    let mut first = None;
    let chain = judge(leaf, trust, &mut |error| {
        first.get_or_insert(error);
        false
    });
    first.map_or(Ok(chain), Err)
}

/// Verifies a certificate and passes each error to `on_error`, which decides whether to continue
/// (`openssl verify` does so after some errors). Returns the chain as far as it was built.
pub fn judge(
    leaf: &Certificate,
    trust: &Trust<'_>,
    on_error: &mut dyn FnMut(ChainError) -> bool,
) -> Vec<Certificate> {
    let (chain, error) = build(leaf, trust);
    let mut report = |kind: ChainErrorKind, depth: usize| {
        let certificate = Box::new(chain.get(depth).unwrap_or(leaf).clone());
        on_error(ChainError {
            kind,
            depth,
            certificate,
        })
    };
    let fine = error.is_none_or(|kind| report(kind, chain.len() - 1))
        && extensions_fit(&chain, trust, &mut report);
    if fine {
        signatures_hold(&chain, trust, &mut report);
    }
    chain
}

type Report<'a> = dyn FnMut(ChainErrorKind, usize) -> bool + 'a;

/// Builds the chain like `build_chain`: it searches the trusted certificates first, and once one of
/// them is in the chain, only they can follow.
fn build(leaf: &Certificate, trust: &Trust<'_>) -> (Vec<Certificate>, Option<ChainErrorKind>) {
    let mut chain = vec![leaf.clone()];
    if trust.partial_chain && trust.trusted.contains(leaf) {
        return (chain, None);
    }
    let mut untrusted_count = 1;
    while let (Some(last), true) = (chain.last(), chain.len() < DEPTH_MAX) {
        let self_signed = looks_self_signed(last);
        let all_untrusted = untrusted_count == chain.len();
        match best_issuer(last, trust.trusted, trust.at) {
            Some(issuer) if !self_signed => {
                let done = trust.partial_chain || looks_self_signed(issuer);
                chain.push(issuer.clone());
                if done {
                    return (chain, None);
                }
                continue;
            }
            Some(_) if all_untrusted && trust.trusted.contains(last) => return (chain, None),
            _ => {}
        }
        let next = best_issuer(last, trust.untrusted, trust.at);
        match next.filter(|_| !self_signed && all_untrusted) {
            Some(issuer) => {
                chain.push(issuer.clone());
                untrusted_count += 1;
            }
            None => break,
        }
    }
    let self_signed = chain.last().is_some_and(looks_self_signed);
    let error = match (self_signed, chain.len()) {
        (true, 1) => ChainErrorKind::SelfSignedLeaf,
        (true, _) => ChainErrorKind::SelfSignedInChain,
        (false, length) if untrusted_count < length => ChainErrorKind::UnableToGetIssuer,
        _ => ChainErrorKind::UnableToGetIssuerLocally,
    };
    (chain, Some(error))
}

/// True if a certificate appears self-signed before its signature is checked (`EXFLAG_SS`).
fn looks_self_signed(certificate: &Certificate) -> bool {
    may_have_issued(certificate, certificate)
}

/// Returns the issuer among `candidates`: one that is valid now, otherwise the one that expired last.
fn best_issuer<'a>(
    certificate: &Certificate,
    candidates: &'a [Certificate],
    at: Option<SimTime>,
) -> Option<&'a Certificate> {
    let mut best: Option<&Certificate> = None;
    for candidate in candidates
        .iter()
        .filter(|it| may_have_issued(it, certificate))
    {
        if at.is_none_or(|at| candidate.is_valid_at(at)) {
            return Some(candidate);
        }
        if best.is_none_or(|best| candidate.not_after() > best.not_after()) {
            best = Some(candidate);
        }
    }
    best
}

/// True if names, key identifiers and the kind of key allow `issuer` to be the issuer
fn may_have_issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    if !issuer.subject().matches(certificate.issuer()) {
        return false;
    }
    if let Some(extension) = certificate.extension(oids::AUTHORITY_KEY_IDENTIFIER)
        && let Ok(wanted) = extension::authority_key_identifier(&extension.value)
    {
        let key_id = issuer.subject_key_identifier();
        if let (Some(wanted), Some(has)) = (&wanted.key_id, &key_id)
            && wanted != has
        {
            return false;
        }
        if wanted
            .serial
            .as_ref()
            .is_some_and(|serial| serial != issuer.serial())
        {
            return false;
        }
        if wanted
            .issuer
            .as_ref()
            .is_some_and(|name| !name.matches(issuer.issuer()))
        {
            return false;
        }
    }
    match (
        issuer.public_key().map(|key| key.kind()),
        certificate.signature_algorithm(),
    ) {
        (Ok(KeyKind::Rsa(_)), Ok(algorithm)) => !matches!(algorithm, SignatureAlgorithm::Ecdsa(_)),
        (Ok(KeyKind::Ec(_)), Ok(algorithm)) => matches!(algorithm, SignatureAlgorithm::Ecdsa(_)),
        _ => true,
    }
}

/// The result of `check_ca` for a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CaKind {
    No,
    Yes,
    /// A self-signed certificate of version 1.
    V1Root,
    /// No basicConstraints, but a keyUsage with keyCertSign.
    ByKeyUsage,
}

fn ca_kind(certificate: &Certificate) -> CaKind {
    let usages = certificate.key_usage();
    if usages
        .as_ref()
        .is_some_and(|usages| !usages.contains(&KeyUsage::KeyCertSign))
    {
        return CaKind::No;
    }
    if certificate.extension(oids::BASIC_CONSTRAINTS).is_some() {
        let ca = certificate
            .basic_constraints()
            .is_some_and(|constraints| constraints.ca);
        return if ca { CaKind::Yes } else { CaKind::No };
    }
    if certificate.version() == 1 && looks_self_signed(certificate) {
        CaKind::V1Root
    } else if usages.is_some() {
        CaKind::ByKeyUsage
    } else {
        CaKind::No
    }
}

/// Critical extensions that the verification supports.
const KNOWN: [&str; 8] = [
    oids::BASIC_CONSTRAINTS,
    oids::KEY_USAGE,
    oids::EXTENDED_KEY_USAGE,
    oids::SUBJECT_ALT_NAME,
    "2.5.29.32",
    "2.5.29.36",
    "2.5.29.54",
    "2.16.840.1.113730.1.1",
];

/// Checks the extensions, like `check_extensions`.
fn extensions_fit(chain: &[Certificate], trust: &Trust<'_>, report: &mut Report<'_>) -> bool {
    let mut path_length = 0;
    for (depth, certificate) in chain.iter().enumerate() {
        let unknown = certificate
            .extensions()
            .iter()
            .any(|extension| extension.critical && !KNOWN.contains(&extension.oid.as_str()));
        if unknown && !report(ChainErrorKind::UnhandledCriticalExtension, depth) {
            return false;
        }
        let kind = ca_kind(certificate);
        let is_last = depth + 1 == chain.len();
        let no_ca = kind == CaKind::No || (!is_last && kind != CaKind::Yes);
        if depth > 0 && no_ca && !report(ChainErrorKind::InvalidCaCertificate, depth) {
            return false;
        }
        if let Some(purpose) = trust.purpose
            && !fits_purpose(certificate, purpose, depth > 0)
            && !report(ChainErrorKind::InvalidPurpose, depth)
        {
            return false;
        }
        let limit = certificate
            .basic_constraints()
            .and_then(|it| it.path_length);
        if depth > 1
            && limit.is_some_and(|limit| path_length > limit)
            && !report(ChainErrorKind::PathLengthExceeded, depth)
        {
            return false;
        }
        if depth > 0 && !certificate.is_self_issued() {
            path_length += 1;
        }
    }
    true
}

/// True if a certificate may be used for a purpose (`X509_check_purpose`), as an end entity or, with
/// `as_ca`, as an issuer of such certificates.
#[must_use]
pub fn fits_purpose(certificate: &Certificate, purpose: Purpose, as_ca: bool) -> bool {
    let (wanted, usages): (&str, &[KeyUsage]) = match purpose {
        Purpose::Any => return true,
        Purpose::SslClient => (
            oids::CLIENT_AUTH,
            &[KeyUsage::DigitalSignature, KeyUsage::KeyAgreement],
        ),
        Purpose::SslServer => (
            oids::SERVER_AUTH,
            &[
                KeyUsage::DigitalSignature,
                KeyUsage::KeyEncipherment,
                KeyUsage::KeyAgreement,
            ],
        ),
    };
    let extended = certificate.extended_key_usage();
    if extended.is_some_and(|purposes| !purposes.iter().any(|purpose| purpose == wanted)) {
        return false;
    }
    if as_ca {
        return ca_kind(certificate) != CaKind::No;
    }
    certificate
        .key_usage()
        .is_none_or(|has| usages.iter().any(|usage| has.contains(usage)))
}

/// Checks signatures and validity from the top of the chain down, like `internal_verify`.
fn signatures_hold(chain: &[Certificate], trust: &Trust<'_>, report: &mut Report<'_>) -> bool {
    let top = chain.len().saturating_sub(1);
    let self_issued_top = chain.last().is_some_and(looks_self_signed);
    if !self_issued_top && !trust.partial_chain && top == 0 {
        return report(ChainErrorKind::UnableToVerifyLeaf, 0);
    }
    for (depth, certificate) in chain.iter().enumerate().rev() {
        if depth == top && !self_issued_top && !trust.partial_chain {
            continue;
        }
        if let Some(issuer) = chain.get(depth + 1) {
            let usages = issuer.key_usage();
            if usages.is_some_and(|usages| !usages.contains(&KeyUsage::KeyCertSign))
                && !report(ChainErrorKind::KeyUsageNoCertSign, depth + 1)
            {
                return false;
            }
            let fine = match issuer.public_key() {
                Err(_) => report(ChainErrorKind::UnableToDecodeIssuerKey, depth + 1),
                Ok(key) => {
                    certificate.verify(&key).is_ok()
                        || report(ChainErrorKind::SignatureFailure, depth)
                }
            };
            if !fine {
                return false;
            }
        }
        let Some(at) = trust.at else { continue };
        if at.unix_seconds() < certificate.not_before().unix_seconds()
            && !report(ChainErrorKind::NotYetValid, depth)
        {
            return false;
        }
        if at.unix_seconds() > certificate.not_after().unix_seconds()
            && !report(ChainErrorKind::Expired, depth)
        {
            return false;
        }
    }
    true
}

/// True if a certificate may issue others according to `check_ca`, for any purpose.
#[must_use]
pub fn is_authority(certificate: &Certificate) -> bool {
    ca_kind(certificate) != CaKind::No
}

#[cfg(test)]
mod tests {
    use super::super::cert::{CertificateSpec, Issuer};
    use super::super::hash::Hash;
    use super::super::keys::{Curve, PrivateKey};
    use super::super::name::Name;
    use super::*;
    use hsmlab_sim::{Rng, Seed, SimDuration};

    /// Leaf, trusted certificates, instant, and the expected error number and depth.
    type Case<'a> = (
        &'a Certificate,
        &'a [Certificate],
        SimTime,
        Option<(u32, usize)>,
    );

    struct Ca {
        key: PrivateKey,
        certificate: Certificate,
    }

    fn name(text: &str) -> Name {
        Name::of(&[("CN", text)])
    }

    /// Makes a CA with this name, issued by `issuer` or self-signed.
    fn ca(text: &str, issuer: Option<&Ca>, path: Option<u64>, now: SimTime, rng: &mut Rng) -> Ca {
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256), rng).unwrap();
        let signer = issuer.map_or(&key, |issuer| &issuer.key);
        let spec = CertificateSpec::new(name(text), key.public_key(), now, 100, rng)
            .ca(&signer.public_key(), path);
        let by = issuer.map_or_else(|| name(text), |issuer| issuer.certificate.subject().clone());
        let algorithm = signer.default_algorithm(Hash::Sha256);
        let issuer = Issuer {
            name: &by,
            key: signer,
            algorithm,
        };
        let certificate = Certificate::issue(&spec, &issuer, rng).unwrap();
        Ca { key, certificate }
    }

    #[test]
    fn errors_have_openssl_numbers_and_depths() {
        let rng = &mut Seed::from_number(5).stream("chain");
        let now = SimTime::parse_rfc3339("2026-11-24T10:00:00Z").unwrap();
        let root = ca("root", None, Some(0), now, rng);
        let first = ca("first", Some(&root), None, now, rng);
        let second = ca("second", Some(&first), None, now, rng);
        let twin = ca("root", None, None, now, rng);
        let all = [root.certificate.clone(), first.certificate.clone()];
        let day = SimDuration::from_days(1);
        let late = now + SimDuration::from_days(101);
        let root_alone = std::slice::from_ref(&root.certificate);
        let cases: [Case<'_>; 8] = [
            (&first.certificate, root_alone, now, None),
            (&root.certificate, root_alone, now, None),
            (&root.certificate, &[], now, Some((18, 0))),
            (&first.certificate, &[], now, Some((20, 0))),
            (&second.certificate, &all[1..], now, Some((2, 1))),
            (&second.certificate, &all, now, Some((25, 2))),
            (&first.certificate, root_alone, late, Some((10, 1))),
            (&first.certificate, root_alone, now - day, Some((9, 1))),
        ];
        for (number, (leaf, trusted, at, expected)) in cases.into_iter().enumerate() {
            let trust = Trust {
                trusted,
                at: Some(at),
                ..Trust::default()
            };
            let found = verify(leaf, &trust)
                .err()
                .map(|error| (error.kind.code(), error.depth));
            assert_eq!(found, expected, "case {number}");
        }
        // A CA of the same name with another key is distinguished by its key identifier.
        let trusted = std::slice::from_ref(&twin.certificate);
        let trust = Trust {
            trusted,
            ..Trust::default()
        };
        assert_eq!(
            verify(&first.certificate, &trust).unwrap_err().kind.code(),
            20
        );
    }

    #[test]
    fn one_changed_bit_is_found() {
        let rng = &mut Seed::from_number(6).stream("chain");
        let now = SimTime::default();
        let root = ca("root", None, None, now, rng);
        let key = root.key.public_key();
        let der = root.certificate.der();
        for bit in (0..der.len() * 8).step_by(7) {
            let mut changed = der.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            let accepted = Certificate::from_der(&changed).is_ok_and(|it| it.verify(&key).is_ok());
            assert!(!accepted, "bit {bit}");
        }
    }
}
