//! `openssl verify`.

use super::context::{Context, Done, Stop};
use super::input;
use super::options::{Command, HELP, Parsed, Unknown, flag, number, value};
use super::{text, texts};
use hsmlab_crypto::cert::Certificate;
use hsmlab_crypto::chain::{self, ChainErrorKind, Purpose, Trust};
use hsmlab_sim::SimTime;

/// `openssl verify`.
pub(super) const VERIFY: Command = Command {
    name: "verify",
    usage: "verify [options] [cert...]",
    unknown: Unknown::Nothing,
    options: &[
        HELP,
        flag(
            "verbose",
            "Print extra information about the operations being performed.",
        ),
        value(
            "nameopt",
            "Certificate subject/issuer name printing options",
        ),
        value("trusted", "A file of trusted certificates"),
        value("CAfile", "A file of trusted certificates"),
        flag(
            "no-CAfile",
            "Do not load the default trusted certificates file",
        ),
        flag(
            "no-CApath",
            "Do not load trusted certificates from the default directory",
        ),
        flag(
            "no-CAstore",
            "Do not load trusted certificates from the default certificates store",
        ),
        value("untrusted", "A file of untrusted certificates"),
        flag(
            "show_chain",
            "Display information about the certificate chain",
        ),
        value("purpose", "certificate chain purpose"),
        number("attime", "verification epoch time"),
        flag("ignore_critical", "permit unhandled critical extensions"),
        flag(
            "x509_strict",
            "disable certificate compatibility work-arounds",
        ),
        flag("trusted_first", "search trust store first (default)"),
        flag(
            "partial_chain",
            "accept chains anchored by intermediate trust-store CAs",
        ),
        flag("no_check_time", "ignore certificate validity time"),
    ],
    run: verify,
};

/// The exit status if a certificate does not verify.
const FAILED: i32 = 2;

fn verify(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let purpose = match parsed.value("purpose") {
        None => None,
        Some("sslserver" | "nssslserver") => Some(Purpose::SslServer),
        Some("sslclient") => Some(Purpose::SslClient),
        Some("any" | "crlsign" | "ocsphelper" | "smimesign" | "smimeencrypt" | "timestampsign") => {
            Some(Purpose::Any)
        }
        Some(other) => return cx.fail(&format!("verify: Invalid purpose {other}\n")),
    };
    let mut trusted = Vec::new();
    for path in parsed.values("CAfile") {
        trusted.extend(trust_file(cx, path)?);
    }
    for path in parsed.values("trusted") {
        trusted.extend(certificates(cx, path, "trusted certificates")?);
    }
    let mut untrusted = Vec::new();
    for path in parsed.values("untrusted") {
        untrusted.extend(certificates(cx, path, "untrusted certificates")?);
    }
    let at = match parsed.number("attime") {
        Some(seconds) => SimTime::from_unix_ms(u64::try_from(seconds).unwrap_or(0) * 1000),
        None => cx.now(),
    };
    let trust = Trust {
        trusted: &trusted,
        untrusted: &untrusted,
        at: (!parsed.has("no_check_time")).then_some(at),
        purpose,
        partial_chain: parsed.has("partial_chain"),
    };
    let mut status = 0;
    let files: Vec<Option<&str>> = match parsed.rest.as_slice() {
        [] => vec![None],
        files => files.iter().map(|file| Some(file.as_str())).collect(),
    };
    for file in files {
        let fine = match input::certificate(cx, file, "certificate file") {
            Ok(certificate) => check(cx, parsed, file, &certificate, &trust),
            Err(Stop::Exit(_)) => false,
            Err(stop) => return Err(stop),
        };
        if !fine {
            status = FAILED;
        }
    }
    if status == 0 {
        Ok(())
    } else {
        Err(Stop::Exit(status))
    }
}

fn check(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    file: Option<&str>,
    certificate: &Certificate,
    trust: &Trust<'_>,
) -> bool {
    let style = text::name_style(parsed.value("nameopt"));
    let name = file.unwrap_or("stdin");
    let mut messages = String::new();
    let mut unsigned = None;
    let chain = chain::judge(certificate, trust, &mut |error| {
        let ignored = error.kind == ChainErrorKind::UnhandledCriticalExtension
            && parsed.has("ignore_critical");
        if ignored {
            return true;
        }
        messages += &format!("{}\n{error}\n", error.certificate.subject().to_text(style));
        if error.kind == ChainErrorKind::SignatureFailure {
            unsigned = Some(error.depth);
        }
        goes_on(error.kind)
    });
    if !messages.is_empty() {
        cx.err(&messages);
        cx.err(&format!("error {name}: verification failed\n"));
        if let Some(depth) = unsigned {
            cx.err(&signature_failure(&chain, depth));
        }
        return false;
    }
    cx.out(&format!("{name}: OK\n"));
    if parsed.has("show_chain") {
        cx.out("Chain:\n");
        for (depth, certificate) in chain.iter().enumerate() {
            let subject = certificate.subject().to_text(style);
            let untrusted = trust.trusted.contains(certificate);
            let mark = if untrusted { "" } else { " (untrusted)" };
            cx.out(&format!("depth={depth}: {subject}{mark}\n"));
        }
    }
    true
}

/// The error stack for a signature that does not match the issuer's key.
fn signature_failure(chain: &[Certificate], depth: usize) -> String {
    let key = chain
        .get(depth + 1)
        .and_then(|issuer| issuer.public_key().ok());
    let modulus = key
        .and_then(|key| key.rsa_numbers())
        .map(|(modulus, _)| modulus);
    let signature = chain
        .get(depth)
        .map(Certificate::signature)
        .unwrap_or_default();
    match modulus {
        None => texts::signature_failure(None),
        // For numbers of equal length, the bytes decide which is larger.
        Some(modulus) => texts::signature_failure(Some(
            signature.len() == modulus.len() && signature >= modulus.as_slice(),
        )),
    }
}

/// True for errors after which `verify` continues its checks (`apps/verify.c`).
const fn goes_on(kind: ChainErrorKind) -> bool {
    matches!(
        kind,
        ChainErrorKind::Expired
            | ChainErrorKind::SelfSignedLeaf
            | ChainErrorKind::InvalidCaCertificate
            | ChainErrorKind::PathLengthExceeded
            | ChainErrorKind::InvalidPurpose
            | ChainErrorKind::UnhandledCriticalExtension
    )
}

fn trust_file(cx: &mut Context<'_, '_>, path: &str) -> Done<Vec<Certificate>> {
    let bytes = match cx.io.read_file(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let lines = texts::trust_file_unreadable(path, error);
            return cx.fail(&lines);
        }
    };
    match input::bundle(&String::from_utf8_lossy(&bytes)) {
        Some(certificates) => Ok(certificates),
        None => cx.fail(&texts::trust_file_empty(path)),
    }
}

fn certificates(cx: &mut Context<'_, '_>, path: &str, what: &str) -> Done<Vec<Certificate>> {
    let bytes = match cx.io.read_file(path) {
        Ok(bytes) => bytes,
        Err(error) => return cx.fail(&texts::store_cannot_open(what, path, error)),
    };
    match input::bundle(&String::from_utf8_lossy(&bytes)) {
        Some(certificates) => Ok(certificates),
        None => cx.fail(&texts::store_cannot_read(what, path, false)),
    }
}
