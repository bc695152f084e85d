//! The names of mechanisms, mask generation functions and curves in `pkcs11-tool`.

use hsmlab_client::cryptoki::mechanism::{Ckm, ckm};
use hsmlab_proto::key::{Curve, Hash};

/// Number, name, short name, and whether the key must be a secret key.
const MECHANISMS: &[(Ckm, &str, &str, bool)] = &[
    (
        ckm::RSA_PKCS_KEY_PAIR_GEN,
        "RSA-PKCS-KEY-PAIR-GEN",
        "",
        false,
    ),
    (ckm::RSA_PKCS, "RSA-PKCS", "", false),
    (ckm::RSA_X_509, "RSA-X-509", "", false),
    (ckm::SHA1_RSA_PKCS, "SHA1-RSA-PKCS", "rsa-sha1", false),
    (ckm::SHA224_RSA_PKCS, "SHA224-RSA-PKCS", "rsa-sha224", false),
    (ckm::SHA256_RSA_PKCS, "SHA256-RSA-PKCS", "rsa-sha256", false),
    (ckm::SHA384_RSA_PKCS, "SHA384-RSA-PKCS", "rsa-sha384", false),
    (ckm::SHA512_RSA_PKCS, "SHA512-RSA-PKCS", "rsa-sha512", false),
    (ckm::RSA_PKCS_OAEP, "RSA-PKCS-OAEP", "", false),
    (
        ckm::RSA_X9_31_KEY_PAIR_GEN,
        "RSA-X9-31-KEY-PAIR-GEN",
        "",
        false,
    ),
    (ckm::RSA_PKCS_PSS, "RSA-PKCS-PSS", "", false),
    (
        ckm::SHA1_RSA_PKCS_PSS,
        "SHA1-RSA-PKCS-PSS",
        "rsa-pss-sha1",
        false,
    ),
    (
        ckm::SHA224_RSA_PKCS_PSS,
        "SHA224-RSA-PKCS-PSS",
        "rsa-pss-sha224",
        false,
    ),
    (
        ckm::SHA256_RSA_PKCS_PSS,
        "SHA256-RSA-PKCS-PSS",
        "rsa-pss-sha256",
        false,
    ),
    (
        ckm::SHA384_RSA_PKCS_PSS,
        "SHA384-RSA-PKCS-PSS",
        "rsa-pss-sha384",
        false,
    ),
    (
        ckm::SHA512_RSA_PKCS_PSS,
        "SHA512-RSA-PKCS-PSS",
        "rsa-pss-sha512",
        false,
    ),
    (ckm::SHA_1, "SHA-1", "", false),
    (ckm::SHA_1_HMAC, "SHA-1-HMAC", "", true),
    (ckm::SHA224, "SHA224", "", false),
    (ckm::SHA224_HMAC, "SHA224-HMAC", "", true),
    (ckm::SHA256, "SHA256", "", false),
    (ckm::SHA256_HMAC, "SHA256-HMAC", "", true),
    (ckm::SHA384, "SHA384", "", false),
    (ckm::SHA384_HMAC, "SHA384-HMAC", "", true),
    (ckm::SHA512, "SHA512", "", false),
    (ckm::SHA512_HMAC, "SHA512-HMAC", "", true),
    (
        ckm::GENERIC_SECRET_KEY_GEN,
        "GENERIC-SECRET-KEY-GEN",
        "",
        false,
    ),
    (ckm::EC_KEY_PAIR_GEN, "ECDSA-KEY-PAIR-GEN", "", false),
    (ckm::ECDSA, "ECDSA", "", false),
    (ckm::ECDSA_SHA1, "ECDSA-SHA1", "", false),
    (ckm::ECDSA_SHA224, "ECDSA-SHA224", "", false),
    (ckm::ECDSA_SHA256, "ECDSA-SHA256", "", false),
    (ckm::ECDSA_SHA384, "ECDSA-SHA384", "", false),
    (ckm::ECDSA_SHA512, "ECDSA-SHA512", "", false),
    (ckm::ECDH1_DERIVE, "ECDH1-DERIVE", "", false),
    (ckm::AES_KEY_GEN, "AES-KEY-GEN", "", false),
    (ckm::AES_ECB, "AES-ECB", "", false),
    (ckm::AES_CBC, "AES-CBC", "", false),
    (ckm::AES_CBC_PAD, "AES-CBC-PAD", "", false),
    (ckm::AES_CTR, "AES-CTR", "", false),
    (ckm::AES_GCM, "AES-GCM", "", false),
    (ckm::AES_CMAC, "AES-CMAC", "", true),
    // Mechanisms of PKCS#11 that AWS's library does not have.
    (0x210, "MD5", "", false),
    (0x2109, "AES-KEY-WRAP", "", false),
    (0x210a, "AES-KEY-WRAP-PAD", "", false),
];

/// A mechanism's name, or its number.
pub(super) fn mechanism(number: Ckm) -> String {
    MECHANISMS
        .iter()
        .find(|row| row.0 == number)
        .map_or_else(|| format!("mechtype-0x{number:X}"), |row| row.1.to_owned())
}

/// The mechanism of a name, or of a number as `0x80001087`.
pub(super) fn mechanism_named(name: &str) -> Option<Ckm> {
    if let Some(digits) = name.strip_prefix("0x").or_else(|| name.strip_prefix("0X")) {
        return Ckm::from_str_radix(digits, 16).ok();
    }
    MECHANISMS
        .iter()
        .find(|row| {
            row.1.eq_ignore_ascii_case(name)
                || (!row.2.is_empty() && row.2.eq_ignore_ascii_case(name))
        })
        .map(|row| row.0)
}

/// True if a mechanism is known to take a secret key.
pub(super) fn takes_secret_key(number: Ckm) -> bool {
    MECHANISMS.iter().any(|row| row.0 == number && row.3)
}

/// `MGF1-SHA256`.
pub(super) fn mgf(hash: Hash) -> String {
    format!("MGF1-{}", hash.name().to_uppercase())
}

/// The hash of `MGF1-SHA256`.
pub(super) fn mgf_named(name: &str) -> Option<Hash> {
    Hash::ALL
        .into_iter()
        .find(|hash| mgf(*hash).eq_ignore_ascii_case(name))
}

/// A digest's name: `SHA-1`, `SHA256`.
pub(super) fn hash(hash: Hash) -> String {
    match hash {
        Hash::Sha1 => "SHA-1".into(),
        other => other.name().to_uppercase(),
    }
}

/// The names of the curves; the first name of a curve is the one that is shown.
pub(super) const CURVES: &[(&str, Curve)] = &[
    ("secp224r1", Curve::P224),
    ("nistp224", Curve::P224),
    ("prime256v1", Curve::P256),
    ("secp256r1", Curve::P256),
    ("nistp256", Curve::P256),
    ("ansiX9p256r1", Curve::P256),
    ("secp384r1", Curve::P384),
    ("prime384v1", Curve::P384),
    ("ansiX9p384r1", Curve::P384),
    ("prime521v1", Curve::P521),
    ("secp521r1", Curve::P521),
    ("nistp521", Curve::P521),
    ("secp256k1", Curve::K256),
];

/// The curve of a name or an object identifier.
pub(super) fn curve_named(name: &str) -> Option<Curve> {
    CURVES
        .iter()
        .find(|(known, curve)| known.eq_ignore_ascii_case(name) || curve.oid() == name)
        .map(|(_, curve)| *curve)
}

/// The name under which a curve is shown.
pub(super) fn curve(curve: Curve) -> &'static str {
    CURVES
        .iter()
        .find(|(_, known)| *known == curve)
        .map_or("", |(name, _)| *name)
}
