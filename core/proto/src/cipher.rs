//! Commands that encrypt, authenticate and derive. The names and limits come from the PKCS#11 library
//! of Client SDK 5 (User Guide, "pkcs11-mechanisms"); the CLI has no such commands.

use serde::{Deserialize, Serialize};

use super::Handle;
use super::key::{Hash, KeyType, Template};

/// Maximum data of one AES-GCM operation, in bytes (User Guide, "pkcs11-mechanisms").
pub const GCM_BYTES_MAX: usize = 16_224;
/// The same for AES-CBC; also used for AES-ECB, AES-CTR and AES-CMAC, which have no published numbers.
pub const CBC_BYTES_MAX: usize = 16_272;
/// The same for Triple DES in CBC.
pub const DES3_BYTES_MAX: usize = 16_280;
/// Maximum number of random bytes of one command. Guess: the same as a command's data.
pub const RANDOM_BYTES_MAX: usize = 16_288;

/// Returns the maximum data of one HMAC operation, in bytes (User Guide, "pkcs11-mechanisms").
#[must_use]
pub const fn hmac_bytes_max(hash: Hash) -> usize {
    match hash {
        Hash::Sha1 | Hash::Sha256 => 16_288,
        Hash::Sha224 => 16_256,
        Hash::Sha384 | Hash::Sha512 => 16_224,
    }
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CipherCommand {
    /// Encrypts: [`super::message::Reply::Wrapped`] with the IV that the HSM generated, and the ciphertext.
    Encrypt {
        /// The key: `encrypt` must be set.
        handle: Handle,
        /// The mechanism.
        mechanism: CipherMechanism,
        /// The plaintext.
        #[serde(with = "super::b64")]
        data: Vec<u8>,
    },
    /// Decrypts: [`super::message::Reply::Bytes`].
    Decrypt {
        /// The key: `decrypt` must be set.
        handle: Handle,
        /// The mechanism.
        mechanism: CipherMechanism,
        /// The ciphertext, with its tag if it has one.
        #[serde(with = "super::b64")]
        data: Vec<u8>,
    },
    /// Computes a message authentication code: [`super::message::Reply::Bytes`].
    Mac {
        /// The key: `sign` must be set.
        handle: Handle,
        /// The mechanism.
        mechanism: MacMechanism,
        /// The message.
        #[serde(with = "super::b64")]
        data: Vec<u8>,
    },
    /// Verifies a message authentication code.
    VerifyMac {
        /// The key: `verify` must be set.
        handle: Handle,
        /// The mechanism.
        mechanism: MacMechanism,
        /// The message.
        #[serde(with = "super::b64")]
        data: Vec<u8>,
        /// The code.
        #[serde(with = "super::b64")]
        mac: Vec<u8>,
    },
    /// Derives a secret key: [`super::message::Reply::Key`].
    Derive {
        /// The key to derive from: `derive` must be set.
        handle: Handle,
        /// The mechanism.
        mechanism: DeriveMechanism,
        /// AES or a generic secret.
        key_type: KeyType,
        /// The new key's length.
        length_bytes: u32,
        /// The new key's attributes.
        template: Template,
    },
    /// Returns random bytes from the HSM: [`super::message::Reply::Bytes`].
    Random {
        /// The number of bytes: up to [`RANDOM_BYTES_MAX`].
        length_bytes: u32,
    },
}

/// A mechanism that encrypts data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CipherMechanism {
    /// `CKM_AES_ECB`: only whole blocks.
    AesEcb,
    /// `CKM_AES_CBC`: only whole blocks.
    AesCbc {
        /// 16 bytes.
        #[serde(with = "super::b64")]
        iv: Vec<u8>,
    },
    /// `CKM_AES_CBC_PAD`: with PKCS#7 padding.
    AesCbcPad {
        /// 16 bytes.
        #[serde(with = "super::b64")]
        iv: Vec<u8>,
    },
    /// `CKM_AES_CTR`.
    AesCtr {
        /// The first counter block, 16 bytes.
        #[serde(with = "super::b64")]
        counter: Vec<u8>,
        /// The number of its last bits that count (PKCS#11 `ulCounterBits`); they wrap around.
        counter_bits: u32,
    },
    /// `CKM_AES_GCM`: the HSM generates the IV.
    AesGcm {
        /// The 12 bytes that the HSM returned, for decryption. Ignored for encryption.
        #[serde(with = "super::b64")]
        iv: Vec<u8>,
        /// Additional data.
        #[serde(with = "super::b64")]
        aad: Vec<u8>,
        /// The tag's length.
        tag_bits: u32,
    },
    /// `CKM_CLOUDHSM_AES_GCM`: the IV precedes the ciphertext.
    CloudhsmAesGcm {
        /// Additional data.
        #[serde(with = "super::b64")]
        aad: Vec<u8>,
        /// The tag's length.
        tag_bits: u32,
    },
    /// `CKM_DES3_ECB`: only whole blocks of eight bytes. In FIPS mode Triple DES decrypts and does not
    /// encrypt (User Guide, "compliance-dep-notif").
    Des3Ecb,
    /// `CKM_DES3_CBC`: the same.
    Des3Cbc {
        /// 8 bytes.
        #[serde(with = "super::b64")]
        iv: Vec<u8>,
    },
    /// `CKM_DES3_CBC_PAD`: with PKCS#7 padding.
    Des3CbcPad {
        /// 8 bytes.
        #[serde(with = "super::b64")]
        iv: Vec<u8>,
    },
    /// `CKM_RSA_PKCS`; not in FIPS mode.
    RsaPkcs,
    /// `CKM_RSA_PKCS_OAEP`.
    RsaOaep {
        /// The hash of the label.
        #[serde(with = "super::hash_name")]
        hash: Hash,
        /// The hash in MGF1.
        #[serde(with = "super::hash_name")]
        mgf: Hash,
    },
    /// `CKM_RSA_X_509`: the bare permutation, for data as long as the modulus.
    RsaX509,
}

/// A mechanism that authenticates a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MacMechanism {
    /// `CKM_AES_CMAC` (SP 800-38B).
    AesCmac,
    /// `CKM_SHA…_HMAC` (FIPS 198-1).
    Hmac {
        /// The hash.
        #[serde(with = "super::hash_name")]
        hash: Hash,
    },
}

/// A mechanism that derives a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeriveMechanism {
    /// `CKM_ECDH1_DERIVE` with `CKD_CLOUDHSM_X963_SHA…_KDF` (ANSI X9.63, SEC 1 3.6.1).
    Ecdh {
        /// The KDF's hash.
        #[serde(with = "super::hash_name")]
        kdf: Hash,
        /// The other side's point (SEC 1).
        #[serde(with = "super::b64")]
        peer: Vec<u8>,
        /// `SharedInfo`.
        #[serde(with = "super::b64")]
        shared_info: Vec<u8>,
    },
    /// `CKM_ECDH1_DERIVE` with `CKD_NULL`: the last bytes of the shared secret (PKCS#11 2.40, 2.3.8).
    EcdhRaw {
        /// The other side's point (SEC 1).
        #[serde(with = "super::b64")]
        peer: Vec<u8>,
    },
    /// `CKM_SP800_108_COUNTER_KDF` with HMAC.
    Sp800108Counter {
        /// The hash of the HMAC.
        #[serde(with = "super::hash_name")]
        hash: Hash,
        /// The size of the counter before the fixed data: 8, 16, 24 or 32 bits.
        counter_bits: u32,
        /// The fixed input data.
        #[serde(with = "super::b64")]
        fixed: Vec<u8>,
    },
}
