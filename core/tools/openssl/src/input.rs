//! Reads keys, certificates and requests from the files that the user names.

use super::context::{Context, Done};
use super::texts;
use hsmlab_client::reference;
use hsmlab_crypto::cert::{
    CERTIFICATE_LABELS, Certificate, CertificateError, REQUEST_LABELS, Request,
};
use hsmlab_crypto::keyfile::{self, KeyFileError};
use hsmlab_crypto::keys::{PrivateKey, PublicKey};
use hsmlab_crypto::{der, pem};

/// True if `-inform` selects DER.
pub(super) fn is_der(form: Option<&str>) -> bool {
    form.is_some_and(|form| form.eq_ignore_ascii_case("der"))
}

/// Reads a file or standard input, with the errors of OpenSSL's store, which loads keys and certificates.
fn store_bytes(cx: &mut Context<'_, '_>, path: Option<&str>, what: &str) -> Done<Vec<u8>> {
    let Some(path) = path.filter(|path| *path != "-") else {
        return cx.stdin();
    };
    match cx.io.read_file(path) {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(error) => cx.fail(&texts::store_cannot_open(what, path, error)),
    }
}

/// Reads a file or standard input.
pub(super) fn bytes(cx: &mut Context<'_, '_>, path: Option<&str>) -> Done<Vec<u8>> {
    let Some(path) = path.filter(|path| *path != "-") else {
        return cx.all_stdin();
    };
    match cx.io.read_file(path) {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(error) => cx.fail(&texts::cannot_read(path, error)),
    }
}

/// True if a text contains a key: OpenSSL parses it, cannot use it here, and reports that.
fn holds_key(text: &str) -> bool {
    text.contains("KEY-----")
}

/// The name of standard input in messages.
fn shown(path: Option<&str>) -> &str {
    path.filter(|path| *path != "-").unwrap_or("<stdin>")
}

/// Reads a private key. `pass_argument` is the value of `-passin`.
pub(super) fn private_key(
    cx: &mut Context<'_, '_>,
    path: Option<&str>,
    pass_argument: Option<&str>,
    what: &str,
) -> Done<PrivateKey> {
    let pass_phrase = pass_argument
        .map(|argument| cx.pass_argument(argument))
        .transpose()?;
    let content = store_bytes(cx, path, what)?;
    let path = shown(path);
    if content.first() == Some(&der::tag::SEQUENCE) {
        return match keyfile::from_der(&content) {
            Ok(key) => Ok(key),
            Err(_) => cx.fail(&texts::store_cannot_read(what, path, true)),
        };
    }
    let text = String::from_utf8_lossy(&content);
    // Guess: OpenSSL's error for a reference to an HSM's key without the engine. The numbers in it are not a
    // key, so they cannot sign anything.
    if reference::parse(&text).is_some() {
        return cx.fail(&texts::store_cannot_read(what, path, true));
    }
    let pass_phrase = match pass_phrase {
        None if keyfile::is_encrypted(&text) => Some(
            cx.ask(&format!("Enter pass phrase for {path}:"), false)?
                .into_bytes()
                .into(),
        ),
        given => given,
    };
    match keyfile::from_pem(&text, pass_phrase.as_ref()) {
        Ok(key) => Ok(key),
        Err(KeyFileError::BadDecrypt) => {
            let empty = pass_phrase.is_none_or(|phrase| phrase.is_empty());
            cx.fail(&texts::bad_decrypt(what, path, empty))
        }
        Err(_) => cx.fail(&texts::store_cannot_read(what, path, holds_key(&text))),
    }
}

/// Reads a public key from a public key file.
pub(super) fn public_key(
    cx: &mut Context<'_, '_>,
    path: Option<&str>,
    what: &str,
) -> Done<PublicKey> {
    let content = store_bytes(cx, path, what)?;
    let text = String::from_utf8_lossy(&content);
    let found = if content.first() == Some(&der::tag::SEQUENCE) {
        PublicKey::from_spki_der(&content).ok()
    } else {
        match pem::find(&text, &["PUBLIC KEY", "RSA PUBLIC KEY"]) {
            Ok(block) if block.label == "PUBLIC KEY" => PublicKey::from_spki_der(&block.bytes).ok(),
            Ok(block) => PublicKey::from_pkcs1_der(&block.bytes).ok(),
            Err(_) => None,
        }
    };
    match found {
        Some(key) => Ok(key),
        None => {
            let found = holds_key(&text);
            cx.fail(&texts::store_cannot_read(what, shown(path), found))
        }
    }
}

/// Reads the first certificate of a file, whatever its format.
pub(super) fn certificate(
    cx: &mut Context<'_, '_>,
    path: Option<&str>,
    what: &str,
) -> Done<Certificate> {
    let content = match store_bytes(cx, path, what) {
        Ok(content) => content,
        Err(stop @ super::context::Stop::Ask(_)) => return Err(stop),
        Err(stop) => {
            cx.err(&format!("Unable to load {what}\n"));
            return Err(stop);
        }
    };
    let text = String::from_utf8_lossy(&content);
    let found = if content.first() == Some(&der::tag::SEQUENCE) {
        Certificate::from_der(&content)
    } else {
        Certificate::from_pem(&text)
    };
    match found {
        Ok(certificate) => Ok(certificate),
        Err(_) => {
            let message = if pem::find(&text, &REQUEST_LABELS).is_ok() {
                texts::request_instead(what, shown(path))
            } else {
                texts::store_cannot_read(what, shown(path), holds_key(&text))
            };
            cx.fail(&format!("{message}Unable to load {what}\n"))
        }
    }
}

/// Reads a request. `failure` is the message that names the object that failed to load.
pub(super) fn request(
    cx: &mut Context<'_, '_>,
    path: Option<&str>,
    form: Option<&str>,
    failure: &str,
) -> Done<Request> {
    let content = match bytes(cx, path) {
        Ok(content) => content,
        Err(stop @ super::context::Stop::Ask(_)) => return Err(stop),
        Err(stop) => {
            cx.err(failure);
            return Err(stop);
        }
    };
    let found = if is_der(form) {
        Request::from_der(&content)
    } else {
        Request::from_pem(&String::from_utf8_lossy(&content))
    };
    match found {
        Ok(request) => Ok(request),
        Err(CertificateError::Pem(error)) => cx.fail(&format!(
            "{failure}{}",
            texts::pem(error, first(&REQUEST_LABELS))
        )),
        Err(_) => cx.fail(&format!("{failure}{}", texts::asn1())),
    }
}

/// Parses all certificates of a file.
pub(super) fn bundle(text: &str) -> Option<Vec<Certificate>> {
    let blocks = pem::all(text, &CERTIFICATE_LABELS).ok()?;
    let all: Result<Vec<_>, _> = blocks
        .iter()
        .map(|block| Certificate::from_der(&block.bytes))
        .collect();
    all.ok().filter(|all| !all.is_empty())
}

fn first<'a>(labels: &[&'a str]) -> &'a str {
    labels.first().copied().unwrap_or_default()
}
