//! Keys as a client sees them: attributes, mechanisms, filters. The names come from the `CloudHSM` CLI's
//! attribute listing (User Guide, "cloudhsm_cli-key-attributes-table"); the meanings are PKCS#11's.

use serde::{Deserialize, Serialize};

use super::Handle;
use super::pure::PurePublic;
use super::quorum::KeyQuorum;
pub use hsmlab_crypto::hash::Hash;
pub use hsmlab_crypto::keys::Curve;

/// `CKA_CLASS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// `CKO_PUBLIC_KEY`.
    PublicKey,
    /// `CKO_PRIVATE_KEY`.
    PrivateKey,
    /// `CKO_SECRET_KEY`.
    SecretKey,
}

impl Class {
    /// Returns the CLI's name.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::PublicKey => "public-key",
            Self::PrivateKey => "private-key",
            Self::SecretKey => "secret-key",
        }
    }
}

/// `CKA_KEY_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyType {
    /// AES.
    Aes,
    /// A secret of 1 to 800 bytes, for HMAC or derivation.
    GenericSecret,
    /// RSA.
    Rsa,
    /// Elliptic curves.
    Ec,
    /// Triple DES: only generated in non-FIPS mode (User Guide, "compliance-dep-notif").
    Des3,
    /// ML-DSA.
    MlDsa,
}

impl KeyType {
    /// Returns the CLI's name.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Aes => "aes",
            Self::GenericSecret => "generic-secret",
            Self::Rsa => "rsa",
            Self::Ec => "ec",
            // Guess: the listing of such a key is not published; this is the CLI's name in `key unwrap`.
            Self::Des3 => "des3",
            Self::MlDsa => "ml-dsa",
        }
    }
}

/// Returns a curve's name in attribute listings.
#[must_use]
pub fn curve_text(curve: Curve) -> &'static str {
    match curve {
        // Guess: the listings use the curve's SEC name, like secp224r1.
        Curve::P256 => "secp256r1",
        other => other.name(),
    }
}

/// An attribute that is true or false.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is PKCS#11's CKA_ attribute of that name")]
pub enum Flag {
    Encrypt,
    Decrypt,
    Token,
    AlwaysSensitive,
    Derive,
    Destroyable,
    Extractable,
    Local,
    Modifiable,
    NeverExtractable,
    Private,
    Sensitive,
    Sign,
    Trusted,
    Unwrap,
    Verify,
    Wrap,
    WrapWithTrusted,
}

impl Flag {
    /// All flags, in the order in which the CLI lists them, with its names.
    pub const ALL: [(Self, &'static str); 18] = [
        (Self::Encrypt, "encrypt"),
        (Self::Decrypt, "decrypt"),
        (Self::Token, "token"),
        (Self::AlwaysSensitive, "always-sensitive"),
        (Self::Derive, "derive"),
        (Self::Destroyable, "destroyable"),
        (Self::Extractable, "extractable"),
        (Self::Local, "local"),
        (Self::Modifiable, "modifiable"),
        (Self::NeverExtractable, "never-extractable"),
        (Self::Private, "private"),
        (Self::Sensitive, "sensitive"),
        (Self::Sign, "sign"),
        (Self::Trusted, "trusted"),
        (Self::Unwrap, "unwrap"),
        (Self::Verify, "verify"),
        (Self::Wrap, "wrap"),
        (Self::WrapWithTrusted, "wrap-with-trusted"),
    ];

    /// Returns the CLI's name.
    #[must_use]
    pub fn text(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(flag, _)| *flag == self)
            .map_or("", |(_, name)| name)
    }

    /// Returns the flag with a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, text)| *text == name)
            .map(|(flag, _)| *flag)
    }
}

/// A set of [`Flag`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags(u32);

impl Flags {
    /// Makes a set of `flags`.
    #[must_use]
    pub fn of(flags: &[Flag]) -> Self {
        let mut set = Self::default();
        for flag in flags {
            set.set(*flag, true);
        }
        set
    }

    /// True if a flag is set.
    #[must_use]
    pub const fn has(self, flag: Flag) -> bool {
        self.0 & (1 << flag as u32) != 0
    }

    /// Sets a flag.
    pub const fn set(&mut self, flag: Flag, value: bool) {
        if value {
            self.0 |= 1 << flag as u32;
        } else {
            self.0 &= !(1 << flag as u32);
        }
    }
}

/// The public part of an asymmetric key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublicPart {
    /// `CKA_MODULUS` and `CKA_PUBLIC_EXPONENT`, big-endian.
    Rsa {
        /// The modulus.
        #[serde(with = "super::b64")]
        modulus: Vec<u8>,
        /// The public exponent.
        #[serde(with = "super::b64")]
        exponent: Vec<u8>,
    },
    /// `CKA_EC_POINT`, uncompressed, without a DER header.
    Ec {
        /// The curve.
        #[serde(with = "super::curve_name")]
        curve: Curve,
        /// The point.
        #[serde(with = "super::b64")]
        point: Vec<u8>,
    },
    /// Ed25519 or ML-DSA.
    Pure(super::pure::PurePublic),
}

/// A key's attributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// `CKA_KEY_TYPE`.
    pub key_type: KeyType,
    /// `CKA_LABEL`.
    pub label: String,
    /// `CKA_ID`.
    #[serde(with = "super::b64")]
    pub id: Vec<u8>,
    /// The key check value; generic secrets have none.
    pub check_value: Option<[u8; 3]>,
    /// `CKA_CLASS`.
    pub class: Class,
    /// The attributes that are true or false.
    pub flags: Flags,
    /// `CKA_VALUE_LEN`, or the length of the encoding for asymmetric keys.
    pub key_length_bytes: u32,
    /// The public part of an asymmetric key.
    pub public: Option<PublicPart>,
}

impl Attributes {
    /// Returns the value of an attribute as the CLI writes it, for filters; `None` for a name that the
    /// key does not have.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        if let Some(flag) = Flag::parse(name) {
            return Some(self.flags.has(flag).to_string());
        }
        let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        Some(match (name, &self.public) {
            ("key-type", _) => self.key_type.text().to_owned(),
            ("label", _) => self.label.clone(),
            ("id", _) => hex(&self.id),
            ("check-value", _) => hex(&self.check_value?),
            ("class", _) => self.class.text().to_owned(),
            ("key-length-bytes", _) => self.key_length_bytes.to_string(),
            ("modulus", Some(PublicPart::Rsa { modulus, .. })) => hex(modulus),
            ("public-exponent", Some(PublicPart::Rsa { exponent, .. })) => hex(exponent),
            ("modulus-size-bits", Some(PublicPart::Rsa { modulus, .. })) => {
                (modulus.len() * 8).to_string()
            }
            ("ec-point", Some(PublicPart::Ec { point, .. })) => hex(point),
            ("curve", Some(PublicPart::Ec { curve, .. })) => curve_text(*curve).to_owned(),
            ("ec-point", Some(PublicPart::Pure(PurePublic::Ed25519(point)))) => hex(point),
            ("curve", Some(PublicPart::Pure(PurePublic::Ed25519(_)))) => "ed25519".to_owned(),
            ("mldsa-algorithm", Some(PublicPart::Pure(PurePublic::MlDsa(set, _)))) => {
                set.name().to_owned()
            }
            _ => return None,
        })
    }
}

/// The attributes that a caller requests for a new key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// `CKA_LABEL`.
    pub label: String,
    /// `CKA_ID`.
    #[serde(with = "super::b64")]
    pub id: Vec<u8>,
    /// Flags that differ from the defaults.
    pub flags: Vec<(Flag, bool)>,
    /// True for a session key: it ends with the connection.
    pub session: bool,
    /// Crypto users with whom the key is shared.
    pub share_with: Vec<String>,
    /// The quorum values; `None` if no approvals are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<KeyQuorum>,
}

/// A key as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyInfo {
    /// The handle.
    pub handle: Handle,
    /// The crypto user who owns it.
    pub owner: String,
    /// The crypto users with whom it is shared.
    pub shared: Vec<String>,
    /// The attributes.
    pub attributes: Attributes,
    /// The quorum values; `None` if no approvals are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<KeyQuorum>,
}

/// One condition of a search: all must hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Term {
    /// The key of this handle.
    Reference(Handle),
    /// An attribute has this value, written as the CLI writes it.
    Attribute(String, String),
}

impl Term {
    /// True if a key meets the condition.
    #[must_use]
    pub fn matches(&self, handle: Handle, attributes: &Attributes) -> bool {
        match self {
            Self::Reference(wanted) => handle == *wanted,
            Self::Attribute(name, value) => match attributes.text(name) {
                None => false,
                Some(text) if name == "label" => text == *value,
                // The two names of the curve P-256.
                Some(text) if name == "curve" && value == "prime256v1" => text == "secp256r1",
                Some(text) if text.starts_with("0x") => {
                    let bare = |text: &str| text.trim_start_matches("0x").to_ascii_lowercase();
                    bare(&text) == bare(value)
                }
                Some(text) => text == *value,
            },
        }
    }
}

/// A mechanism that signs a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignMechanism {
    /// ECDSA (FIPS 186-5); the signature is `r ‖ s`.
    Ecdsa {
        /// The hash function of the digest.
        #[serde(with = "super::hash_name")]
        hash: Hash,
        /// True if a hash weaker than the curve is permitted.
        weak_hash: bool,
    },
    /// RSASSA-PKCS1-v1.5 (RFC 8017).
    RsaPkcs {
        /// The hash function of the digest.
        #[serde(with = "super::hash_name")]
        hash: Hash,
    },
    /// RSASSA-PSS (RFC 8017).
    RsaPss {
        /// The hash function of the digest.
        #[serde(with = "super::hash_name")]
        hash: Hash,
        /// The hash in MGF1.
        #[serde(with = "super::hash_name")]
        mgf: Hash,
        /// The salt's length in bytes.
        salt_bytes: usize,
    },
}

/// A mechanism that wraps a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrapMechanism {
    /// AES-GCM (SP 800-38D); the HSM generates the IV.
    AesGcm {
        /// The length of the tag.
        tag_bits: u32,
        /// Additional data.
        #[serde(with = "super::b64")]
        aad: Vec<u8>,
        /// The IV; only used to unwrap.
        #[serde(with = "super::b64")]
        iv: Vec<u8>,
    },
    /// AES-GCM with the IV before the ciphertext.
    CloudhsmAesGcm {
        /// The length of the tag.
        tag_bits: u32,
        /// Additional data.
        #[serde(with = "super::b64")]
        aad: Vec<u8>,
    },
    /// AES key wrap (RFC 3394).
    AesNoPad,
    /// AES key wrap of a value with PKCS#5 padding to eight bytes.
    AesPkcs5Pad,
    /// AES key wrap with padding (RFC 5649).
    AesZeroPad,
    /// RSAES-OAEP (RFC 8017).
    RsaOaep {
        /// The hash of the label.
        #[serde(with = "super::hash_name")]
        hash: Hash,
        /// The hash in MGF1.
        #[serde(with = "super::hash_name")]
        mgf: Hash,
    },
    /// A temporary AES-256 key under RSAES-OAEP, then the value under AES key wrap with padding
    /// (PKCS#11 `CKM_RSA_AES_KEY_WRAP`).
    RsaAes {
        /// The hash of the label.
        #[serde(with = "super::hash_name")]
        hash: Hash,
        /// The hash in MGF1.
        #[serde(with = "super::hash_name")]
        mgf: Hash,
    },
    /// RSAES-PKCS1-v1.5: not in FIPS mode.
    RsaPkcs,
}
