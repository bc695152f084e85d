//! The mechanisms of the PKCS#11 library: numbers, uses, key sizes, and their parameters (User Guide,
//! "pkcs11-mechanisms" and "pkcs11-key-types"; numbers from PKCS#11 2.40 and, for AWS's own mechanisms,
//! from `cloudhsm_pkcs11_vendor_defs.h`).

use hsmlab_proto::key::Hash;

/// `CK_MECHANISM_TYPE`.
pub type Ckm = u32;

macro_rules! mechanisms {
    ($($constant:ident = $code:literal;)*) => {
        /// The numbers of mechanisms, named as in PKCS#11 without `CKM_`.
        #[allow(missing_docs, reason = "each is PKCS#11's CKM_ constant of that name")]
        pub mod ckm {
            $(pub const $constant: super::Ckm = $code;)*
        }
    };
}

mechanisms! {
    RSA_PKCS_KEY_PAIR_GEN = 0x0;
    RSA_PKCS = 0x1;
    RSA_X_509 = 0x3;
    SHA1_RSA_PKCS = 0x6;
    RSA_PKCS_OAEP = 0x9;
    RSA_X9_31_KEY_PAIR_GEN = 0xa;
    RSA_PKCS_PSS = 0xd;
    SHA1_RSA_PKCS_PSS = 0xe;
    SHA256_RSA_PKCS = 0x40;
    SHA384_RSA_PKCS = 0x41;
    SHA512_RSA_PKCS = 0x42;
    SHA256_RSA_PKCS_PSS = 0x43;
    SHA384_RSA_PKCS_PSS = 0x44;
    SHA512_RSA_PKCS_PSS = 0x45;
    SHA224_RSA_PKCS = 0x46;
    SHA224_RSA_PKCS_PSS = 0x47;
    SHA_1 = 0x220;
    SHA_1_HMAC = 0x221;
    SHA256 = 0x250;
    SHA256_HMAC = 0x251;
    SHA224 = 0x255;
    SHA224_HMAC = 0x256;
    SHA384 = 0x260;
    SHA384_HMAC = 0x261;
    SHA512 = 0x270;
    SHA512_HMAC = 0x271;
    GENERIC_SECRET_KEY_GEN = 0x350;
    EC_KEY_PAIR_GEN = 0x1040;
    ECDSA = 0x1041;
    ECDSA_SHA1 = 0x1042;
    ECDSA_SHA224 = 0x1043;
    ECDSA_SHA256 = 0x1044;
    ECDSA_SHA384 = 0x1045;
    ECDSA_SHA512 = 0x1046;
    ECDH1_DERIVE = 0x1050;
    RSA_AES_KEY_WRAP = 0x1054;
    AES_KEY_GEN = 0x1080;
    AES_ECB = 0x1081;
    AES_CBC = 0x1082;
    AES_CBC_PAD = 0x1085;
    AES_CTR = 0x1086;
    AES_GCM = 0x1087;
    AES_CMAC = 0x108a;
    SP800_108_COUNTER_KDF = 0x8000_0001;
    CLOUDHSM_AES_GCM = 0x8000_1087;
    CLOUDHSM_AES_KEY_WRAP_NO_PAD = 0x8000_2109;
    CLOUDHSM_AES_KEY_WRAP_PKCS5_PAD = 0x8000_210a;
    CLOUDHSM_AES_KEY_WRAP_ZERO_PAD = 0x8000_216f;
}

/// The uses of a mechanism: the flags of `CK_MECHANISM_INFO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is PKCS#11's CKF_ flag of that name")]
pub enum Use {
    Encrypt,
    Decrypt,
    Digest,
    Sign,
    Verify,
    Generate,
    GenerateKeyPair,
    Wrap,
    Unwrap,
    Derive,
}

/// `CK_MECHANISM_INFO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MechanismInfo {
    /// The mechanism.
    pub mechanism: Ckm,
    /// The smallest and the largest key: bits for asymmetric keys, bytes for secret ones, as in PKCS#11;
    /// 0 if the mechanism uses no key.
    pub key_sizes: (u32, u32),
    /// The uses.
    pub uses: &'static [Use],
}

const SIGN: &[Use] = &[Use::Sign, Use::Verify];
const CIPHER: &[Use] = &[Use::Encrypt, Use::Decrypt];
const WRAPPING: &[Use] = &[Use::Wrap, Use::Unwrap];
const BOTH: &[Use] = &[Use::Encrypt, Use::Decrypt, Use::Wrap, Use::Unwrap];
const RSA: (u32, u32) = (2048, 4096);
const EC: (u32, u32) = (224, 521);
const AES: (u32, u32) = (16, 32);
const GENERIC: (u32, u32) = (1, 800);

/// Returns all mechanisms. Guess: their order, here by number.
#[must_use]
pub fn all() -> Vec<MechanismInfo> {
    let of = |mechanism, key_sizes, uses| MechanismInfo {
        mechanism,
        key_sizes,
        uses,
    };
    let mut all = vec![
        of(ckm::RSA_PKCS_KEY_PAIR_GEN, RSA, &[Use::GenerateKeyPair]),
        of(
            ckm::RSA_PKCS,
            RSA,
            &[
                Use::Encrypt,
                Use::Decrypt,
                Use::Sign,
                Use::Verify,
                Use::Wrap,
                Use::Unwrap,
            ],
        ),
        of(ckm::RSA_X_509, RSA, CIPHER),
        of(ckm::RSA_PKCS_OAEP, RSA, BOTH),
        of(ckm::RSA_X9_31_KEY_PAIR_GEN, RSA, &[Use::GenerateKeyPair]),
        of(ckm::RSA_PKCS_PSS, RSA, SIGN),
        of(ckm::GENERIC_SECRET_KEY_GEN, GENERIC, &[Use::Generate]),
        of(ckm::EC_KEY_PAIR_GEN, EC, &[Use::GenerateKeyPair]),
        of(ckm::ECDSA, EC, SIGN),
        of(ckm::ECDH1_DERIVE, EC, &[Use::Derive]),
        of(ckm::RSA_AES_KEY_WRAP, RSA, WRAPPING),
        of(ckm::AES_KEY_GEN, AES, &[Use::Generate]),
        of(ckm::AES_ECB, AES, CIPHER),
        of(ckm::AES_CBC, AES, CIPHER),
        of(ckm::AES_CBC_PAD, AES, CIPHER),
        of(ckm::AES_CTR, AES, CIPHER),
        of(ckm::AES_GCM, AES, BOTH),
        of(ckm::AES_CMAC, AES, SIGN),
        of(ckm::SP800_108_COUNTER_KDF, GENERIC, &[Use::Derive]),
        of(ckm::CLOUDHSM_AES_GCM, AES, BOTH),
        of(ckm::CLOUDHSM_AES_KEY_WRAP_NO_PAD, AES, WRAPPING),
        of(ckm::CLOUDHSM_AES_KEY_WRAP_PKCS5_PAD, AES, WRAPPING),
        of(ckm::CLOUDHSM_AES_KEY_WRAP_ZERO_PAD, AES, WRAPPING),
    ];
    for [digest, hmac, rsa, pss, ecdsa] in HASHED.map(|(_, numbers)| numbers) {
        all.push(of(digest, (0, 0), &[Use::Digest]));
        all.push(of(hmac, GENERIC, SIGN));
        all.push(of(rsa, RSA, SIGN));
        all.push(of(pss, RSA, SIGN));
        all.push(of(ecdsa, EC, SIGN));
    }
    all.sort_by_key(|info| info.mechanism);
    all
}

/// The mechanisms of each hash that digest, authenticate with HMAC, and sign with RSASSA-PKCS1-v1.5,
/// RSASSA-PSS and ECDSA.
const HASHED: [(Hash, [Ckm; 5]); 5] = [
    (
        Hash::Sha1,
        [
            ckm::SHA_1,
            ckm::SHA_1_HMAC,
            ckm::SHA1_RSA_PKCS,
            ckm::SHA1_RSA_PKCS_PSS,
            ckm::ECDSA_SHA1,
        ],
    ),
    (
        Hash::Sha224,
        [
            ckm::SHA224,
            ckm::SHA224_HMAC,
            ckm::SHA224_RSA_PKCS,
            ckm::SHA224_RSA_PKCS_PSS,
            ckm::ECDSA_SHA224,
        ],
    ),
    (
        Hash::Sha256,
        [
            ckm::SHA256,
            ckm::SHA256_HMAC,
            ckm::SHA256_RSA_PKCS,
            ckm::SHA256_RSA_PKCS_PSS,
            ckm::ECDSA_SHA256,
        ],
    ),
    (
        Hash::Sha384,
        [
            ckm::SHA384,
            ckm::SHA384_HMAC,
            ckm::SHA384_RSA_PKCS,
            ckm::SHA384_RSA_PKCS_PSS,
            ckm::ECDSA_SHA384,
        ],
    ),
    (
        Hash::Sha512,
        [
            ckm::SHA512,
            ckm::SHA512_HMAC,
            ckm::SHA512_RSA_PKCS,
            ckm::SHA512_RSA_PKCS_PSS,
            ckm::ECDSA_SHA512,
        ],
    ),
];

/// Returns the hash of a mechanism and its column in [`HASHED`].
pub(super) fn hashed(mechanism: Ckm) -> Option<(Hash, usize)> {
    HASHED.iter().find_map(|(hash, numbers)| {
        let at = numbers.iter().position(|number| *number == mechanism)?;
        Some((*hash, at))
    })
}

/// Returns the hash that a digest mechanism computes.
#[must_use]
pub fn digest(mechanism: Ckm) -> Option<Hash> {
    hashed(mechanism)
        .filter(|(_, at)| *at == 0)
        .map(|(hash, _)| hash)
}

/// Returns the hash of a mechanism that hashes the message and signs with RSASSA-PSS.
#[must_use]
pub fn pss_hash(mechanism: Ckm) -> Option<Hash> {
    hashed(mechanism)
        .filter(|(_, at)| *at == 3)
        .map(|(hash, _)| hash)
}
