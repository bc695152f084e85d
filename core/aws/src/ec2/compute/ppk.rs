//! Private keys in PuTTY's own format, version 2, not encrypted (PuTTY manual, appendix C).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::{Digest as _, Sha1};

use super::ssh_key::{KeyType, SshPublicKey, mpint, string};
use hsmlab_crypto::keys::PrivateKey;
use hsmlab_crypto::{der, ed25519, keyfile, pem};

/// The file of an RSA key.
pub(in crate::ec2) fn rsa(key: &PrivateKey, comment: &str) -> String {
    let public = SshPublicKey::of_rsa(&key.public_key());
    let (Some(public), Some(private)) = (public, rsa_numbers(key)) else {
        return String::new();
    };
    file(KeyType::Rsa, &public, &private, comment)
}

/// d, p, q and 1/q mod p, as PuTTY keeps them.
fn rsa_numbers(key: &PrivateKey) -> Option<Vec<u8>> {
    let secret = keyfile::to_traditional(key);
    let mut reader = der::only(secret.expose(), der::tag::SEQUENCE).ok()?;
    // RFC 8017, A.1.2: version, n, e, d, p, q, d mod (p-1), d mod (q-1), 1/q mod p.
    let mut numbers = Vec::new();
    for _ in 0..9 {
        numbers.push(reader.integer().ok()?);
    }
    let chosen = [
        numbers.get(3)?,
        numbers.get(4)?,
        numbers.get(5)?,
        numbers.get(8)?,
    ];
    Some(chosen.iter().flat_map(|number| mpint(number)).collect())
}

/// The file of an Ed25519 key.
pub(in crate::ec2) fn ed25519(secret: &[u8; 32], comment: &str) -> String {
    let public = SshPublicKey::of_ed25519(&ed25519::public_key(secret));
    file(KeyType::Ed25519, &public, &string(secret), comment)
}

fn file(kind: KeyType, public: &SshPublicKey, private: &[u8], comment: &str) -> String {
    let name = kind.ssh_name();
    let mut signed = Vec::new();
    for part in [
        name.as_bytes(),
        b"none",
        comment.as_bytes(),
        public.blob(),
        private,
    ] {
        signed.extend(string(part));
    }
    let key = Sha1::digest(b"putty-private-key-file-mac-key");
    let code = Hmac::<Sha1>::new_from_slice(&key).map(|mut mac| {
        mac.update(&signed);
        hex::encode(mac.finalize().into_bytes())
    });
    let lines = |bytes: &[u8]| {
        let text = pem::base64_lines(bytes, 64);
        (text.lines().count(), text)
    };
    let (public_lines, public_text) = lines(public.blob());
    let (private_lines, private_text) = lines(private);
    format!(
        "PuTTY-User-Key-File-2: {name}\nEncryption: none\nComment: {comment}\n\
         Public-Lines: {public_lines}\n{public_text}Private-Lines: {private_lines}\n{private_text}\
         Private-MAC: {}\n",
        code.unwrap_or_default()
    )
}
