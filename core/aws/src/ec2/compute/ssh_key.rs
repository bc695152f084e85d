//! Public keys in SSH's format ([RFC 4253, section 6.6]), and EC2's fingerprints of them.
//!
//! [RFC 4253, section 6.6]: https://www.rfc-editor.org/rfc/rfc4253#section-6.6

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use hsmlab_crypto::hash::Hash;
use hsmlab_crypto::keys::{PrivateKey, PublicKey};
use hsmlab_crypto::{der, keyfile};
use md5::{Digest as _, Md5};

/// A public key as SSH sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshPublicKey {
    blob: Vec<u8>,
}

/// The two key types of EC2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// `rsa`.
    Rsa,
    /// `ed25519`.
    Ed25519,
}

impl KeyType {
    /// The API's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }

    pub(super) const fn ssh_name(self) -> &'static str {
        match self {
            Self::Rsa => "ssh-rsa",
            Self::Ed25519 => "ssh-ed25519",
        }
    }
}

impl SshPublicKey {
    /// The SSH form of an RSA key; `None` for other kinds of key.
    #[must_use]
    pub fn of_rsa(key: &PublicKey) -> Option<Self> {
        let (modulus, exponent) = key.rsa_numbers()?;
        let mut blob = string(KeyType::Rsa.ssh_name().as_bytes());
        blob.extend(mpint(&exponent));
        blob.extend(mpint(&modulus));
        Some(Self { blob })
    }

    /// The SSH form of an Ed25519 key of 32 bytes (RFC 8709, section 4).
    #[must_use]
    pub fn of_ed25519(key: &[u8; 32]) -> Self {
        let mut blob = string(KeyType::Ed25519.ssh_name().as_bytes());
        blob.extend(string(key));
        Self { blob }
    }

    /// Parses the input of import-key-pair: an OpenSSH line, only its base64 part, or the file
    /// format of RFC 4716.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let base64 = if text.starts_with("---- BEGIN SSH2 PUBLIC KEY ----") {
            let lines = text
                .lines()
                .filter(|line| !line.contains("----") && !line.contains(':'));
            lines.map(str::trim).collect::<String>()
        } else {
            let mut words = text.split_whitespace();
            let first = words.next()?;
            if first.starts_with("ssh-") {
                words.next()?.to_owned()
            } else {
                first.to_owned()
            }
        };
        let key = Self {
            blob: STANDARD.decode(base64).ok()?,
        };
        // The parts must form a key of one of EC2's types.
        match key.key_type()? {
            KeyType::Rsa => key.as_rsa().map(|_| ())?,
            KeyType::Ed25519 => (key.parts()?.get(1)?.len() == 32).then_some(())?,
        }
        Some(key)
    }

    /// The key type.
    #[must_use]
    pub fn key_type(&self) -> Option<KeyType> {
        let parts = self.parts()?;
        let name = *parts.first()?;
        let kinds = [KeyType::Rsa, KeyType::Ed25519];
        kinds
            .into_iter()
            .find(|kind| kind.ssh_name().as_bytes() == name)
    }

    /// The size of the RSA modulus in bits.
    #[must_use]
    pub fn modulus_bits(&self) -> Option<usize> {
        let (modulus, _) = self.as_rsa()?.rsa_numbers()?;
        let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
        let first = modulus.get(zeros)?;
        Some((modulus.len() - zeros) * 8 - first.leading_zeros() as usize)
    }

    /// The line `ssh-rsa AAAA… comment`.
    #[must_use]
    pub fn line(&self, comment: &str) -> String {
        let kind = self.key_type().map_or("", KeyType::ssh_name);
        format!("{kind} {} {comment}", STANDARD.encode(&self.blob))
    }

    /// The bytes as SSH sends them.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The fingerprint of an imported key (EC2 user guide, "Verify the fingerprint of your key
    /// pair"): MD5 of the DER public key for RSA, SHA-256 in base64 for Ed25519.
    #[must_use]
    pub fn fingerprint_imported(&self) -> String {
        match self.as_rsa() {
            Some(key) => colons(&Md5::digest(key.spki_der())),
            None => self.sha256(),
        }
    }

    /// The SHA-256 of the key in base64, with padding as EC2 writes it.
    #[must_use]
    pub fn sha256(&self) -> String {
        STANDARD.encode(Hash::Sha256.digest(&self.blob))
    }

    fn as_rsa(&self) -> Option<PublicKey> {
        let parts = self.parts()?;
        let [name, exponent, modulus] = parts.as_slice() else {
            return None;
        };
        if *name != KeyType::Rsa.ssh_name().as_bytes() {
            return None;
        }
        let numbers = der::sequence(&[&der::unsigned(modulus), &der::unsigned(exponent)]);
        PublicKey::from_pkcs1_der(&numbers).ok()
    }

    fn parts(&self) -> Option<Vec<&[u8]>> {
        let mut parts = Vec::new();
        let mut rest = self.blob.as_slice();
        while !rest.is_empty() {
            let (length, tail) = rest.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            parts.push(tail.get(..length)?);
            rest = tail.get(length..)?;
        }
        Some(parts)
    }
}

/// The fingerprint of an RSA key pair that EC2 created: SHA-1 of the DER private key.
#[must_use]
pub fn fingerprint_made(key: &PrivateKey) -> String {
    colons(&Hash::Sha1.digest(keyfile::to_pkcs8(key).expose()))
}

/// The SHA-256 of a key as `ssh-keygen -l` writes it, without padding.
#[must_use]
pub fn openssh_fingerprint(key: &SshPublicKey) -> String {
    format!(
        "SHA256:{}",
        STANDARD_NO_PAD.encode(Hash::Sha256.digest(key.blob()))
    )
}

fn colons(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(":")
}

/// A string with its length prefix (RFC 4251, section 5).
pub(super) fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], bytes].concat()
}

/// A non-negative number (RFC 4251, section 5).
pub(super) fn mpint(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(zeros..).unwrap_or_default();
    if digits.first().is_some_and(|first| *first >= 0x80) {
        return string(&[&[0], digits].concat());
    }
    string(digits)
}
