//! Object identifiers with the names that OpenSSL prints for them.

/// An object identifier and its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oid {
    /// The dotted form, for example `2.5.4.3`.
    pub dotted: &'static str,
    /// The short name, for example `CN`.
    pub short: &'static str,
    /// The long name, for example `commonName`.
    pub long: &'static str,
}

/// commonName.
pub const COMMON_NAME: &str = "2.5.4.3";
/// countryName.
pub const COUNTRY: &str = "2.5.4.6";
/// localityName.
pub const LOCALITY: &str = "2.5.4.7";
/// stateOrProvinceName.
pub const STATE: &str = "2.5.4.8";
/// organizationName.
pub const ORGANIZATION: &str = "2.5.4.10";
/// organizationalUnitName.
pub const ORGANIZATIONAL_UNIT: &str = "2.5.4.11";
/// serialNumber.
pub const SERIAL_NUMBER: &str = "2.5.4.5";
/// dnQualifier.
pub const DN_QUALIFIER: &str = "2.5.4.46";
/// emailAddress (PKCS#9).
pub const EMAIL: &str = "1.2.840.113549.1.9.1";
/// domainComponent.
pub const DOMAIN_COMPONENT: &str = "0.9.2342.19200300.100.1.25";
/// rsaEncryption.
pub const RSA: &str = "1.2.840.113549.1.1.1";
/// rsassaPss.
pub const RSA_PSS: &str = "1.2.840.113549.1.1.10";
/// MGF1.
pub const MGF1: &str = "1.2.840.113549.1.1.8";
/// id-ecPublicKey.
pub const EC: &str = "1.2.840.10045.2.1";
/// prime256v1.
pub const P256: &str = "1.2.840.10045.3.1.7";
/// secp384r1.
pub const P384: &str = "1.3.132.0.34";
/// P-224.
pub const P224: &str = "1.3.132.0.33";
/// secp256k1.
pub const K256: &str = "1.3.132.0.10";
/// secp521r1.
pub const P521: &str = "1.3.132.0.35";
/// basicConstraints.
pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
/// keyUsage.
pub const KEY_USAGE: &str = "2.5.29.15";
/// extKeyUsage.
pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
/// subjectAltName.
pub const SUBJECT_ALT_NAME: &str = "2.5.29.17";
/// subjectKeyIdentifier.
pub const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
/// authorityKeyIdentifier.
pub const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
/// nsComment.
pub const NS_COMMENT: &str = "2.16.840.1.113730.1.13";
/// PKCS#9 extensionRequest.
pub const EXTENSION_REQUEST: &str = "1.2.840.113549.1.9.14";
/// PKCS#9 challengePassword.
pub const CHALLENGE_PASSWORD: &str = "1.2.840.113549.1.9.7";
/// PKCS#9 unstructuredName.
pub const UNSTRUCTURED_NAME: &str = "1.2.840.113549.1.9.2";
/// PBES2.
pub const PBES2: &str = "1.2.840.113549.1.5.13";
/// PBKDF2.
pub const PBKDF2: &str = "1.2.840.113549.1.5.12";
/// aes-128-cbc.
pub const AES_128_CBC: &str = "2.16.840.1.101.3.4.1.2";
/// aes-192-cbc.
pub const AES_192_CBC: &str = "2.16.840.1.101.3.4.1.22";
/// aes-256-cbc.
pub const AES_256_CBC: &str = "2.16.840.1.101.3.4.1.42";
/// hmacWithSHA1.
pub const HMAC_SHA1: &str = "1.2.840.113549.2.7";
/// hmacWithSHA256.
pub const HMAC_SHA256: &str = "1.2.840.113549.2.9";
/// hmacWithSHA384.
pub const HMAC_SHA384: &str = "1.2.840.113549.2.10";
/// hmacWithSHA512.
pub const HMAC_SHA512: &str = "1.2.840.113549.2.11";
/// serverAuth.
pub const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
/// clientAuth.
pub const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
/// emailProtection.
pub const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";
/// anyExtendedKeyUsage.
pub const ANY_EXTENDED_KEY_USAGE: &str = "2.5.29.37.0";

const fn oid(dotted: &'static str, short: &'static str, long: &'static str) -> Oid {
    Oid {
        dotted,
        short,
        long,
    }
}

/// The table: the part of OpenSSL's `crypto/objects/objects.txt` that the lab needs.
const TABLE: &[Oid] = &[
    oid(COMMON_NAME, "CN", "commonName"),
    oid("2.5.4.4", "SN", "surname"),
    oid(SERIAL_NUMBER, "serialNumber", "serialNumber"),
    oid(COUNTRY, "C", "countryName"),
    oid(LOCALITY, "L", "localityName"),
    oid(STATE, "ST", "stateOrProvinceName"),
    oid("2.5.4.9", "street", "streetAddress"),
    oid(ORGANIZATION, "O", "organizationName"),
    oid(ORGANIZATIONAL_UNIT, "OU", "organizationalUnitName"),
    oid("2.5.4.12", "title", "title"),
    oid("2.5.4.13", "description", "description"),
    oid("2.5.4.15", "businessCategory", "businessCategory"),
    oid("2.5.4.17", "postalCode", "postalCode"),
    oid("2.5.4.41", "name", "name"),
    oid("2.5.4.42", "GN", "givenName"),
    oid("2.5.4.43", "initials", "initials"),
    oid("2.5.4.44", "generationQualifier", "generationQualifier"),
    oid(DN_QUALIFIER, "dnQualifier", "dnQualifier"),
    oid("2.5.4.65", "pseudonym", "pseudonym"),
    oid(EMAIL, "emailAddress", "emailAddress"),
    oid(DOMAIN_COMPONENT, "DC", "domainComponent"),
    oid("0.9.2342.19200300.100.1.1", "UID", "userId"),
    oid(RSA, "rsaEncryption", "rsaEncryption"),
    oid("1.2.840.113549.1.1.5", "RSA-SHA1", "sha1WithRSAEncryption"),
    oid(
        "1.2.840.113549.1.1.14",
        "RSA-SHA224",
        "sha224WithRSAEncryption",
    ),
    oid(
        "1.2.840.113549.1.1.11",
        "RSA-SHA256",
        "sha256WithRSAEncryption",
    ),
    oid(
        "1.2.840.113549.1.1.12",
        "RSA-SHA384",
        "sha384WithRSAEncryption",
    ),
    oid(
        "1.2.840.113549.1.1.13",
        "RSA-SHA512",
        "sha512WithRSAEncryption",
    ),
    oid("1.2.840.113549.1.1.4", "RSA-MD5", "md5WithRSAEncryption"),
    oid(RSA_PSS, "RSASSA-PSS", "rsassaPss"),
    oid(MGF1, "MGF1", "mgf1"),
    oid(EC, "id-ecPublicKey", "id-ecPublicKey"),
    oid(P256, "prime256v1", "prime256v1"),
    oid(P384, "secp384r1", "secp384r1"),
    oid(P224, "secp224r1", "secp224r1"),
    oid(K256, "secp256k1", "secp256k1"),
    oid(P521, "secp521r1", "secp521r1"),
    oid("1.2.840.10045.4.1", "ecdsa-with-SHA1", "ecdsa-with-SHA1"),
    oid(
        "1.2.840.10045.4.3.1",
        "ecdsa-with-SHA224",
        "ecdsa-with-SHA224",
    ),
    oid(
        "1.2.840.10045.4.3.2",
        "ecdsa-with-SHA256",
        "ecdsa-with-SHA256",
    ),
    oid(
        "1.2.840.10045.4.3.3",
        "ecdsa-with-SHA384",
        "ecdsa-with-SHA384",
    ),
    oid(
        "1.2.840.10045.4.3.4",
        "ecdsa-with-SHA512",
        "ecdsa-with-SHA512",
    ),
    oid("1.3.101.112", "ED25519", "ED25519"),
    oid("1.3.14.3.2.26", "SHA1", "sha1"),
    oid("2.16.840.1.101.3.4.2.4", "SHA224", "sha224"),
    oid("2.16.840.1.101.3.4.2.1", "SHA256", "sha256"),
    oid("2.16.840.1.101.3.4.2.2", "SHA384", "sha384"),
    oid("2.16.840.1.101.3.4.2.3", "SHA512", "sha512"),
    oid(PBES2, "PBES2", "PBES2"),
    oid(PBKDF2, "PBKDF2", "PBKDF2"),
    oid(AES_128_CBC, "AES-128-CBC", "aes-128-cbc"),
    oid(AES_192_CBC, "AES-192-CBC", "aes-192-cbc"),
    oid(AES_256_CBC, "AES-256-CBC", "aes-256-cbc"),
    oid(HMAC_SHA1, "hmacWithSHA1", "hmacWithSHA1"),
    oid(HMAC_SHA256, "hmacWithSHA256", "hmacWithSHA256"),
    oid(HMAC_SHA384, "hmacWithSHA384", "hmacWithSHA384"),
    oid(HMAC_SHA512, "hmacWithSHA512", "hmacWithSHA512"),
    oid(
        BASIC_CONSTRAINTS,
        "basicConstraints",
        "X509v3 Basic Constraints",
    ),
    oid(KEY_USAGE, "keyUsage", "X509v3 Key Usage"),
    oid(
        EXTENDED_KEY_USAGE,
        "extendedKeyUsage",
        "X509v3 Extended Key Usage",
    ),
    oid(
        SUBJECT_ALT_NAME,
        "subjectAltName",
        "X509v3 Subject Alternative Name",
    ),
    oid(
        "2.5.29.18",
        "issuerAltName",
        "X509v3 Issuer Alternative Name",
    ),
    oid(
        SUBJECT_KEY_IDENTIFIER,
        "subjectKeyIdentifier",
        "X509v3 Subject Key Identifier",
    ),
    oid(
        AUTHORITY_KEY_IDENTIFIER,
        "authorityKeyIdentifier",
        "X509v3 Authority Key Identifier",
    ),
    oid("2.5.29.30", "nameConstraints", "X509v3 Name Constraints"),
    oid(
        "2.5.29.31",
        "crlDistributionPoints",
        "X509v3 CRL Distribution Points",
    ),
    oid(
        "2.5.29.32",
        "certificatePolicies",
        "X509v3 Certificate Policies",
    ),
    oid(
        "2.5.29.36",
        "policyConstraints",
        "X509v3 Policy Constraints",
    ),
    oid(
        "1.3.6.1.5.5.7.1.1",
        "authorityInfoAccess",
        "Authority Information Access",
    ),
    oid("2.16.840.1.113730.1.1", "nsCertType", "Netscape Cert Type"),
    oid(NS_COMMENT, "nsComment", "Netscape Comment"),
    oid(SERVER_AUTH, "serverAuth", "TLS Web Server Authentication"),
    oid(CLIENT_AUTH, "clientAuth", "TLS Web Client Authentication"),
    oid("1.3.6.1.5.5.7.3.3", "codeSigning", "Code Signing"),
    oid(EMAIL_PROTECTION, "emailProtection", "E-mail Protection"),
    oid("1.3.6.1.5.5.7.3.8", "timeStamping", "Time Stamping"),
    oid("1.3.6.1.5.5.7.3.9", "OCSPSigning", "OCSP Signing"),
    oid(
        ANY_EXTENDED_KEY_USAGE,
        "anyExtendedKeyUsage",
        "Any Extended Key Usage",
    ),
    oid(EXTENSION_REQUEST, "extReq", "Extension Request"),
    oid(CHALLENGE_PASSWORD, "challengePassword", "challengePassword"),
    oid(UNSTRUCTURED_NAME, "unstructuredName", "unstructuredName"),
];

/// Returns the entry of a dotted identifier.
#[must_use]
pub fn find(dotted: &str) -> Option<&'static Oid> {
    TABLE.iter().find(|entry| entry.dotted == dotted)
}

/// Returns the entry with a short or long name, or of a known dotted identifier.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Oid> {
    TABLE
        .iter()
        .find(|entry| entry.short == name || entry.long == name || entry.dotted == name)
}

/// The long name, or the dotted form of an unknown identifier.
#[must_use]
pub fn long_name(dotted: &str) -> &str {
    find(dotted).map_or(dotted, |entry| entry.long)
}

/// The short name, or the dotted form of an unknown identifier.
#[must_use]
pub fn short_name(dotted: &str) -> &str {
    find(dotted).map_or(dotted, |entry| entry.short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_encodable_and_unique() {
        for entry in TABLE {
            assert!(
                super::super::der::oid(entry.dotted).is_some(),
                "{}",
                entry.dotted
            );
            assert_eq!(find(entry.dotted), Some(entry));
            assert_eq!(by_name(entry.short), Some(entry));
        }
    }
}
