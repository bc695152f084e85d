//! X.509 v3 extensions (RFC 5280, 4.2) that the lab writes and checks.

use super::der::{self, DerError, Reader, tag};
use super::hash::Hash;
use super::keys::PublicKey;
use super::oids;

/// An extension: its value is DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The identifier, for example `2.5.29.19`.
    pub oid: String,
    /// True if software that does not know it must refuse the certificate.
    pub critical: bool,
    /// The content of `extnValue`.
    pub value: Vec<u8>,
}

/// The bits of `KeyUsage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUsage {
    /// digitalSignature.
    DigitalSignature,
    /// nonRepudiation.
    NonRepudiation,
    /// keyEncipherment.
    KeyEncipherment,
    /// dataEncipherment.
    DataEncipherment,
    /// keyAgreement.
    KeyAgreement,
    /// keyCertSign.
    KeyCertSign,
    /// cRLSign.
    CrlSign,
    /// encipherOnly.
    EncipherOnly,
    /// decipherOnly.
    DecipherOnly,
}

impl KeyUsage {
    /// All bits in order, with the name in configurations and the printed name.
    pub const ALL: [(Self, &'static str, &'static str); 9] = [
        (
            Self::DigitalSignature,
            "digitalSignature",
            "Digital Signature",
        ),
        (Self::NonRepudiation, "nonRepudiation", "Non Repudiation"),
        (Self::KeyEncipherment, "keyEncipherment", "Key Encipherment"),
        (
            Self::DataEncipherment,
            "dataEncipherment",
            "Data Encipherment",
        ),
        (Self::KeyAgreement, "keyAgreement", "Key Agreement"),
        (Self::KeyCertSign, "keyCertSign", "Certificate Sign"),
        (Self::CrlSign, "cRLSign", "CRL Sign"),
        (Self::EncipherOnly, "encipherOnly", "Encipher Only"),
        (Self::DecipherOnly, "decipherOnly", "Decipher Only"),
    ];

    /// The number of the bit.
    #[must_use]
    pub const fn bit(self) -> usize {
        self as usize
    }
}

/// `BasicConstraints`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BasicConstraints {
    /// True for a CA.
    pub ca: bool,
    /// The number of intermediate CAs that may follow.
    pub path_length: Option<u64>,
}

/// `AuthorityKeyIdentifier`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier {
    /// The issuer's key identifier.
    pub key_id: Option<Vec<u8>>,
    /// The name of the issuer's issuer, from the directory name among the general names.
    pub issuer: Option<super::name::Name>,
    /// The issuer's serial number.
    pub serial: Option<Vec<u8>>,
}

impl Extension {
    /// Makes an extension of any type.
    #[must_use]
    pub fn new(oid: &str, critical: bool, value: Vec<u8>) -> Self {
        Self {
            oid: oid.to_owned(),
            critical,
            value,
        }
    }

    /// Makes a basicConstraints extension.
    #[must_use]
    pub fn basic_constraints(critical: bool, constraints: BasicConstraints) -> Self {
        let mut content = Vec::new();
        if constraints.ca {
            content.extend(der::boolean(true));
        }
        if let Some(length) = constraints.path_length {
            content.extend(der::small(length));
        }
        Self::new(
            oids::BASIC_CONSTRAINTS,
            critical,
            der::tlv(tag::SEQUENCE, &content),
        )
    }

    /// Makes a keyUsage extension.
    #[must_use]
    pub fn key_usage(critical: bool, usages: &[KeyUsage]) -> Self {
        let bits: Vec<usize> = usages.iter().map(|usage| usage.bit()).collect();
        Self::new(oids::KEY_USAGE, critical, der::named_bits(&bits))
    }

    /// Makes an extendedKeyUsage extension from identifiers.
    #[must_use]
    pub fn extended_key_usage(critical: bool, purposes: &[&str]) -> Self {
        let oids: Vec<Vec<u8>> = purposes.iter().filter_map(|oid| der::oid(oid)).collect();
        let value = der::tlv(tag::SEQUENCE, &oids.concat());
        Self::new(oids::EXTENDED_KEY_USAGE, critical, value)
    }

    /// Makes a subjectKeyIdentifier extension: the SHA-1 of the key's bits.
    #[must_use]
    pub fn subject_key_identifier(key: &PublicKey) -> Self {
        let value = der::octet_string(&key_identifier(key));
        Self::new(oids::SUBJECT_KEY_IDENTIFIER, false, value)
    }

    /// Makes an authorityKeyIdentifier extension with only a key identifier.
    #[must_use]
    pub fn authority_key_identifier(key_id: &[u8]) -> Self {
        let value = der::sequence(&[&der::tlv(der::context_primitive(0), key_id)]);
        Self::new(oids::AUTHORITY_KEY_IDENTIFIER, false, value)
    }

    /// Reads one `Extension`.
    ///
    /// # Errors
    /// Malformed.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, DerError> {
        let mut fields = reader.inside(tag::SEQUENCE)?;
        let oid = fields.oid()?;
        let critical = fields.peek() == Some(tag::BOOLEAN) && fields.boolean()?;
        let value = fields.octet_string()?.to_vec();
        fields.end()?;
        Ok(Self {
            oid,
            critical,
            value,
        })
    }

    /// Reads `Extensions`.
    ///
    /// # Errors
    /// Malformed.
    pub fn read_all(reader: &mut Reader<'_>) -> Result<Vec<Self>, DerError> {
        let mut list = reader.inside(tag::SEQUENCE)?;
        let mut extensions = Vec::new();
        while !list.is_empty() {
            extensions.push(Self::read(&mut list)?);
        }
        Ok(extensions)
    }

    /// Encodes the `Extension`.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let mut content = der::oid(&self.oid).unwrap_or_default();
        if self.critical {
            content.extend(der::boolean(true));
        }
        content.extend(der::octet_string(&self.value));
        der::tlv(tag::SEQUENCE, &content)
    }
}

/// Encodes `Extensions`: a SEQUENCE of them.
#[must_use]
pub fn list_to_der(extensions: &[Extension]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = extensions.iter().map(Extension::to_der).collect();
    der::tlv(tag::SEQUENCE, &parts.concat())
}

/// The key identifier of a key: the SHA-1 of its bits (RFC 5280, 4.2.1.2, method 1).
#[must_use]
pub fn key_identifier(key: &PublicKey) -> Vec<u8> {
    Hash::Sha1.digest(&key.key_bits())
}

/// Reads a basicConstraints value.
///
/// # Errors
/// Malformed.
pub fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, DerError> {
    let mut fields = der::only(value, tag::SEQUENCE)?;
    let ca = fields.peek() == Some(tag::BOOLEAN) && fields.boolean()?;
    let path_length = if fields.is_empty() {
        None
    } else {
        Some(fields.small_integer()?)
    };
    fields.end()?;
    Ok(BasicConstraints { ca, path_length })
}

/// Reads a keyUsage value: the bits that are set.
///
/// # Errors
/// Malformed.
pub fn key_usage(value: &[u8]) -> Result<Vec<KeyUsage>, DerError> {
    let content = Reader::new(value).expect(tag::BIT_STRING)?.content;
    let set = der::bits_set(content);
    Ok(KeyUsage::ALL
        .iter()
        .map(|it| it.0)
        .filter(|usage| set.contains(&usage.bit()))
        .collect())
}

/// Reads an extendedKeyUsage value: the identifiers.
///
/// # Errors
/// Malformed.
pub fn extended_key_usage(value: &[u8]) -> Result<Vec<String>, DerError> {
    let mut list = der::only(value, tag::SEQUENCE)?;
    let mut purposes = Vec::new();
    while !list.is_empty() {
        purposes.push(list.oid()?);
    }
    Ok(purposes)
}

/// Reads a subjectKeyIdentifier value.
///
/// # Errors
/// Malformed.
pub fn subject_key_identifier(value: &[u8]) -> Result<Vec<u8>, DerError> {
    Ok(Reader::new(value).octet_string()?.to_vec())
}

/// Reads an authorityKeyIdentifier value.
///
/// # Errors
/// Malformed.
pub fn authority_key_identifier(value: &[u8]) -> Result<AuthorityKeyIdentifier, DerError> {
    let mut fields = der::only(value, tag::SEQUENCE)?;
    let mut found = AuthorityKeyIdentifier::default();
    if let Some(field) = fields.optional(der::context_primitive(0))? {
        found.key_id = Some(field.content.to_vec());
    }
    if let Some(field) = fields.optional(der::context(1))? {
        let mut names = Reader::new(field.content);
        while !names.is_empty() {
            let name = names.any()?;
            if name.tag == der::context(4) {
                found.issuer = Some(super::name::Name::read(&mut Reader::new(name.content))?);
            }
        }
    }
    if let Some(field) = fields.optional(der::context_primitive(2))? {
        found.serial = Some(field.content.to_vec());
    }
    Ok(found)
}
