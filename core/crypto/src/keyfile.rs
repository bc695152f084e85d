//! Private key files in OpenSSL's forms: PKCS#8 (plain and encrypted), PKCS#1, SEC 1.

use rand_core::Rng as _;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};

use super::der::{self, DerError, Reader, tag};
use super::hash::Hash;
use super::keys::{KeyError, Private, PrivateKey, curve_of, ec_algorithm};
use super::pem::{self, PemError};
use super::secret::Secret;
use super::{oids, seal};
use hsmlab_sim::Rng;

/// The iterations of PBKDF2 that OpenSSL 3.0 writes into an encrypted key.
pub const PBKDF2_ROUNDS: u32 = 2048;
/// Maximum number of iterations: a file that asks for more is refused, because it would block the
/// whole world.
pub const PBKDF2_ROUNDS_MAX: u32 = 10_000_000;

/// The PEM labels of private keys.
pub const PRIVATE_KEY_LABELS: [&str; 4] = [
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
];

/// The reasons that a private key cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFileError {
    /// The text has no key or broken PEM.
    Pem(PemError),
    /// The structure or the numbers are wrong.
    Key(KeyError),
    /// The key is encrypted and no pass phrase was given.
    PassPhraseNeeded,
    /// Decryption failed: most likely a wrong pass phrase.
    BadDecrypt,
    /// The encryption is not PBES2 with PBKDF2 and AES-CBC.
    UnsupportedEncryption(String),
}

impl From<KeyError> for KeyFileError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<DerError> for KeyFileError {
    fn from(error: DerError) -> Self {
        Self::Key(KeyError::Malformed(error))
    }
}

/// The form of a written key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// `PRIVATE KEY`: what OpenSSL 3.0 writes.
    Pkcs8,
    /// `RSA PRIVATE KEY` or `EC PRIVATE KEY` (`-traditional`, `ecparam -genkey`).
    Traditional,
}

/// The ciphers of encrypted keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCipher {
    /// `-aes128`.
    Aes128,
    /// `-aes192`.
    Aes192,
    /// `-aes256`.
    Aes256,
}

impl KeyCipher {
    const ALL: [Self; 3] = [Self::Aes128, Self::Aes192, Self::Aes256];

    const fn key_bytes(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }

    const fn oid(self) -> &'static str {
        match self {
            Self::Aes128 => oids::AES_128_CBC,
            Self::Aes192 => oids::AES_192_CBC,
            Self::Aes256 => oids::AES_256_CBC,
        }
    }
}

/// True if the first key of a PEM text needs a pass phrase.
#[must_use]
pub fn is_encrypted(text: &str) -> bool {
    pem::find(text, &PRIVATE_KEY_LABELS).is_ok_and(|block| {
        block.label == "ENCRYPTED PRIVATE KEY"
            || block
                .headers
                .iter()
                .any(|(name, value)| name == "Proc-Type" && value.contains("ENCRYPTED"))
    })
}

/// Reads the first private key of a PEM text.
///
/// # Errors
/// See [`KeyFileError`].
pub fn from_pem(text: &str, pass_phrase: Option<&Secret>) -> Result<PrivateKey, KeyFileError> {
    let block = pem::find(text, &PRIVATE_KEY_LABELS).map_err(KeyFileError::Pem)?;
    let bytes = Secret::new(block.bytes);
    if let Some((_, value)) = block.headers.iter().find(|(name, _)| name == "DEK-Info") {
        // The old encryption (MD5 for key derivation) is not supported.
        return Err(KeyFileError::UnsupportedEncryption(value.clone()));
    }
    match block.label.as_str() {
        "RSA PRIVATE KEY" => Ok(rsa_from_pkcs1(bytes.expose())?),
        "EC PRIVATE KEY" => ec_from_sec1(bytes.expose(), None),
        "ENCRYPTED PRIVATE KEY" => {
            let pass_phrase = pass_phrase.ok_or(KeyFileError::PassPhraseNeeded)?;
            let plain = decrypt_pkcs8(bytes.expose(), pass_phrase)?;
            // A wrong pass phrase gives a valid padding once in 256 times. The structure is wrong then: the
            // same mistake.
            from_pkcs8(plain.expose()).map_err(|_| KeyFileError::BadDecrypt)
        }
        _ => from_pkcs8(bytes.expose()),
    }
}

/// Reads a `PrivateKeyInfo`.
///
/// # Errors
/// Malformed, or not supported.
pub fn from_pkcs8(bytes: &[u8]) -> Result<PrivateKey, KeyFileError> {
    let mut info = der::only(bytes, tag::SEQUENCE)?;
    info.small_integer()?;
    let mut algorithm = info.inside(tag::SEQUENCE)?;
    let name = algorithm.oid()?;
    let key = info.octet_string()?;
    match name.as_str() {
        oids::RSA | oids::RSA_PSS => Ok(rsa_from_pkcs1(key)?),
        oids::EC => ec_from_sec1(key, Some(&algorithm.oid()?)),
        other => Err(KeyError::Unsupported(oids::long_name(other).to_owned()).into()),
    }
}

fn rsa_from_pkcs1(bytes: &[u8]) -> Result<PrivateKey, KeyError> {
    rsa::PrivateKey::from_pkcs1_der(bytes)
        .map(|key| PrivateKey(Private::Rsa(Box::new(key))))
        .map_err(|_| KeyError::BadNumbers)
}

fn ec_from_sec1(bytes: &[u8], curve: Option<&str>) -> Result<PrivateKey, KeyFileError> {
    let mut fields = der::only(bytes, tag::SEQUENCE)?;
    fields.small_integer()?;
    let scalar = fields.octet_string()?;
    let named = match fields.optional(der::context(0))? {
        Some(parameters) => Some(Reader::new(parameters.content).oid()?),
        None => None,
    };
    let curve = named
        .as_deref()
        .or(curve)
        .ok_or(DerError::BadValue("EC private key"))?;
    Ok(PrivateKey::from_scalar(curve_of(curve)?, scalar)?)
}

/// Reads any private key in DER: PKCS#8, PKCS#1 or SEC 1.
///
/// # Errors
/// The same as for [`from_pkcs8`].
pub fn from_der(bytes: &[u8]) -> Result<PrivateKey, KeyFileError> {
    from_pkcs8(bytes)
        .or_else(|_| Ok(rsa_from_pkcs1(bytes)?))
        .or_else(|_: KeyFileError| ec_from_sec1(bytes, None))
}

/// Encodes a key as `PrivateKeyInfo`.
#[must_use]
pub fn to_pkcs8(key: &PrivateKey) -> Secret {
    let algorithm = match key.kind() {
        super::keys::KeyKind::Rsa(_) => {
            der::sequence(&[&der::oid(oids::RSA).unwrap_or_default(), &der::null()])
        }
        super::keys::KeyKind::Ec(curve) => ec_algorithm(curve),
    };
    let inner = traditional(key, false);
    let octets = Secret::new(der::octet_string(inner.expose()));
    Secret::new(der::sequence(&[
        &der::small(0),
        &algorithm,
        octets.expose(),
    ]))
}

/// Encodes a key as `RSAPrivateKey` or `ECPrivateKey`.
#[must_use]
pub fn to_traditional(key: &PrivateKey) -> Secret {
    traditional(key, true)
}

fn traditional(key: &PrivateKey, with_curve: bool) -> Secret {
    if let Some(rsa) = key.as_rsa() {
        let der = rsa.to_pkcs1_der().map(|der| der.as_bytes().to_vec());
        return Secret::new(der.unwrap_or_default());
    }
    let (Some(scalar), super::keys::KeyKind::Ec(curve)) = (key.scalar(), key.kind()) else {
        return Secret::new(Vec::new());
    };
    let point = key.public_key().point().unwrap_or_default();
    let mut parts = der::small(1);
    parts.extend(der::octet_string(scalar.expose()));
    if with_curve {
        parts.extend(der::tlv(
            der::context(0),
            &der::oid(curve.oid()).unwrap_or_default(),
        ));
    }
    parts.extend(der::tlv(der::context(1), &der::bit_string(&point)));
    let parts = Secret::new(parts);
    Secret::new(der::tlv(tag::SEQUENCE, parts.expose()))
}

/// Encodes a key as PEM, not encrypted.
#[must_use]
pub fn to_pem(key: &PrivateKey, form: KeyForm) -> String {
    match (form, key.as_rsa().is_some()) {
        (KeyForm::Pkcs8, _) => pem::encode("PRIVATE KEY", to_pkcs8(key).expose()),
        (KeyForm::Traditional, true) => {
            pem::encode("RSA PRIVATE KEY", to_traditional(key).expose())
        }
        (KeyForm::Traditional, false) => {
            pem::encode("EC PRIVATE KEY", to_traditional(key).expose())
        }
    }
}

/// Encodes a key as PEM, encrypted like OpenSSL 3.0: PBES2 with PBKDF2-HMAC-SHA256.
pub fn to_encrypted_pem(
    key: &PrivateKey,
    cipher: KeyCipher,
    pass_phrase: &Secret,
    rng: &mut Rng,
) -> String {
    let (mut salt, mut iv) = ([0; 8], [0; 16]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut iv);
    let secret = seal::pbkdf2(
        Hash::Sha256,
        pass_phrase.expose(),
        &salt,
        PBKDF2_ROUNDS,
        cipher.key_bytes(),
    );
    let body = seal::cbc_encrypt(secret.expose(), &iv, to_pkcs8(key).expose());
    let oid = |dotted| der::oid(dotted).unwrap_or_default();
    let prf = der::sequence(&[&oid(oids::HMAC_SHA256), &der::null()]);
    let parameters = der::sequence(&[
        &der::octet_string(&salt),
        &der::small(u64::from(PBKDF2_ROUNDS)),
        &prf,
    ]);
    let derivation = der::sequence(&[&oid(oids::PBKDF2), &parameters]);
    let scheme = der::sequence(&[&oid(cipher.oid()), &der::octet_string(&iv)]);
    let pbes2 = der::sequence(&[&oid(oids::PBES2), &der::sequence(&[&derivation, &scheme])]);
    let octets = der::octet_string(&body.unwrap_or_default());
    pem::encode("ENCRYPTED PRIVATE KEY", &der::sequence(&[&pbes2, &octets]))
}

/// Decrypts an `EncryptedPrivateKeyInfo` (RFC 5958) with PBES2 (RFC 8018).
///
/// # Errors
/// Malformed, another scheme, or a wrong pass phrase.
pub fn decrypt_pkcs8(bytes: &[u8], pass_phrase: &Secret) -> Result<Secret, KeyFileError> {
    let mut outer = der::only(bytes, tag::SEQUENCE)?;
    let mut algorithm = outer.inside(tag::SEQUENCE)?;
    let body = outer.octet_string()?;
    let unsupported =
        |oid: &str| KeyFileError::UnsupportedEncryption(oids::long_name(oid).to_owned());
    let name = algorithm.oid()?;
    if name != oids::PBES2 {
        return Err(unsupported(&name));
    }
    let mut pbes2 = algorithm.inside(tag::SEQUENCE)?;
    let mut derivation = pbes2.inside(tag::SEQUENCE)?;
    let name = derivation.oid()?;
    if name != oids::PBKDF2 {
        return Err(unsupported(&name));
    }
    let mut parameters = derivation.inside(tag::SEQUENCE)?;
    let salt = parameters.octet_string()?;
    let rounds = u32::try_from(parameters.small_integer()?).unwrap_or(u32::MAX);
    if rounds == 0 || rounds > PBKDF2_ROUNDS_MAX {
        return Err(KeyFileError::UnsupportedEncryption(format!(
            "{rounds} iterations"
        )));
    }
    parameters.optional(tag::INTEGER)?;
    let prf = match parameters.optional(tag::SEQUENCE)? {
        Some(field) => Reader::new(field.content).oid()?,
        None => oids::HMAC_SHA1.to_owned(),
    };
    let hash = match prf.as_str() {
        oids::HMAC_SHA1 => Hash::Sha1,
        oids::HMAC_SHA256 => Hash::Sha256,
        oids::HMAC_SHA384 => Hash::Sha384,
        oids::HMAC_SHA512 => Hash::Sha512,
        other => return Err(unsupported(other)),
    };
    let mut scheme = pbes2.inside(tag::SEQUENCE)?;
    let name = scheme.oid()?;
    let cipher = KeyCipher::ALL
        .into_iter()
        .find(|cipher| cipher.oid() == name);
    let cipher = cipher.ok_or_else(|| unsupported(&name))?;
    let iv = scheme.octet_string()?;
    let key = seal::pbkdf2(hash, pass_phrase.expose(), salt, rounds, cipher.key_bytes());
    seal::cbc_decrypt(key.expose(), iv, body).map_err(|_| KeyFileError::BadDecrypt)
}

#[cfg(test)]
mod tests {
    use super::super::keys::{Curve, KeyKind};
    use super::*;
    use hsmlab_sim::Seed;

    #[test]
    fn every_form_is_read_back() {
        let mut rng = Seed::from_number(3).stream("keys");
        let kinds = [
            KeyKind::Rsa(1024),
            KeyKind::Ec(Curve::P256),
            KeyKind::Ec(Curve::P384),
            KeyKind::Ec(Curve::P521),
        ];
        for kind in kinds {
            let key = PrivateKey::generate(kind, &mut rng).unwrap();
            let same = |other: PrivateKey| assert_eq!(other.public_key(), key.public_key());
            same(from_pem(&to_pem(&key, KeyForm::Pkcs8), None).unwrap());
            same(from_pem(&to_pem(&key, KeyForm::Traditional), None).unwrap());
            same(from_der(to_pkcs8(&key).expose()).unwrap());
            same(from_der(to_traditional(&key).expose()).unwrap());
            let right = Secret::from(&b"right"[..]);
            for cipher in KeyCipher::ALL {
                let text = to_encrypted_pem(&key, cipher, &right, &mut rng);
                assert!(is_encrypted(&text));
                same(from_pem(&text, Some(&right)).unwrap());
                let wrong = Secret::from(&b"wrong"[..]);
                assert_eq!(
                    from_pem(&text, Some(&wrong)).unwrap_err(),
                    KeyFileError::BadDecrypt
                );
                assert_eq!(
                    from_pem(&text, None).unwrap_err(),
                    KeyFileError::PassPhraseNeeded
                );
            }
            assert!(!format!("{key:?}").contains("P256("));
        }
    }
}
