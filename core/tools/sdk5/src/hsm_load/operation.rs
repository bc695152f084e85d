//! The operations that `hsm-load` sends to the HSMs, and their keys.

use hsmlab_proto::Handle;
use hsmlab_proto::cipher::{CipherCommand, CipherMechanism, MacMechanism};
use hsmlab_proto::key::{Class, Curve, Flag, Hash, KeyInfo, KeyType, SignMechanism, Template};
use hsmlab_proto::message::{Command, PairKind};

/// The data to encrypt or authenticate; signatures are over a digest.
const DATA: [u8; 64] = [0x5a; 64];
/// SHA-256 of the empty text (FIPS 180-4): the digest to sign.
const DIGEST: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// `CKM_AES_GCM`, 64 bytes.
    AesGcmEncrypt,
    /// `CKM_RSA_PKCS` over a SHA-256 digest.
    RsaSign,
    /// `CKM_ECDSA` over a SHA-256 digest.
    EcdsaSign,
    /// `CKM_SHA256_HMAC`, 64 bytes.
    Hmac,
    /// `CKM_AES_KEY_GEN`: token keys of 256 bits.
    GenerateAes,
}

impl Operation {
    pub(super) const ALL: [Self; 5] = [
        Self::AesGcmEncrypt,
        Self::RsaSign,
        Self::EcdsaSign,
        Self::Hmac,
        Self::GenerateAes,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AesGcmEncrypt => "aes-gcm-encrypt",
            Self::RsaSign => "rsa-sign",
            Self::EcdsaSign => "ecdsa-sign",
            Self::Hmac => "hmac",
            Self::GenerateAes => "generate-aes",
        }
    }

    /// The default rate per second: low enough that a browser, which really executes the
    /// operations, can skip the quarter of an hour that the replacement of an HSM takes.
    pub(super) const fn usual_rate(self) -> u32 {
        match self {
            Self::RsaSign => 2,
            _ => 20,
        }
    }

    /// The library function of the operation.
    pub(super) const fn call(self) -> &'static str {
        match self {
            Self::AesGcmEncrypt => "C_Encrypt",
            Self::RsaSign | Self::EcdsaSign | Self::Hmac => "C_Sign",
            Self::GenerateAes => "C_GenerateKey",
        }
    }

    /// The function that generates its key.
    pub(super) const fn generate_call(self) -> &'static str {
        match self {
            Self::RsaSign | Self::EcdsaSign => "C_GenerateKeyPair",
            _ => "C_GenerateKey",
        }
    }

    /// True if a key can be used for it.
    pub(super) fn takes(self, info: &KeyInfo) -> bool {
        let attributes = &info.attributes;
        let (key_type, class, flag) = match self {
            Self::AesGcmEncrypt => (KeyType::Aes, Class::SecretKey, Flag::Encrypt),
            Self::RsaSign => (KeyType::Rsa, Class::PrivateKey, Flag::Sign),
            Self::EcdsaSign => (KeyType::Ec, Class::PrivateKey, Flag::Sign),
            Self::Hmac => (KeyType::GenericSecret, Class::SecretKey, Flag::Sign),
            Self::GenerateAes => return false,
        };
        attributes.key_type == key_type && attributes.class == class && attributes.flags.has(flag)
    }

    /// The command that generates a token key for it.
    pub(super) fn generate(self, label: &str) -> Command {
        let template = |flags: &[Flag]| Template {
            label: label.to_owned(),
            flags: flags.iter().map(|flag| (*flag, true)).collect(),
            ..Template::default()
        };
        let pair = |kind| Command::GeneratePair {
            kind,
            public: template(&[Flag::Verify]),
            private: template(&[Flag::Sign]),
        };
        let symmetric = |key_type, flags: &[Flag]| Command::GenerateSymmetric {
            key_type,
            length_bytes: 32,
            template: template(flags),
        };
        match self {
            Self::RsaSign => pair(PairKind::Rsa {
                bits: 2048,
                exponent: 65_537,
            }),
            Self::EcdsaSign => pair(PairKind::Ec(Curve::P256)),
            Self::Hmac => symmetric(KeyType::GenericSecret, &[Flag::Sign, Flag::Verify]),
            Self::AesGcmEncrypt | Self::GenerateAes => {
                symmetric(KeyType::Aes, &[Flag::Encrypt, Flag::Decrypt])
            }
        }
    }

    /// The command of request number `number`.
    pub(super) fn command(self, key: Option<Handle>, label: &str, number: u32) -> Command {
        let handle = key.unwrap_or_default();
        let hash = Hash::Sha256;
        let sign = |mechanism| Command::Sign {
            handle,
            mechanism,
            digest: DIGEST.to_vec(),
        };
        match self {
            Self::AesGcmEncrypt => Command::Cipher(CipherCommand::Encrypt {
                handle,
                mechanism: CipherMechanism::AesGcm {
                    iv: Vec::new(),
                    aad: Vec::new(),
                    tag_bits: 128,
                },
                data: DATA.to_vec(),
            }),
            Self::RsaSign => sign(SignMechanism::RsaPkcs { hash }),
            Self::EcdsaSign => sign(SignMechanism::Ecdsa {
                hash,
                weak_hash: false,
            }),
            Self::Hmac => Command::Cipher(CipherCommand::Mac {
                handle,
                mechanism: MacMechanism::Hmac { hash },
                data: DATA.to_vec(),
            }),
            Self::GenerateAes => self.generate(&format!("{label}-{number}")),
        }
    }
}
