//! Encryption, message authentication and derivation with the keys of an appliance.

use aes::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};
use cmac::Mac as _;
use rand_core::Rng as _;
use rsa::traits::PublicKeyParts as _;
use zeroize::Zeroizing;

use super::appliance::Appliance;
use super::keys::{Caller, Key, Origin};
use super::material::Material;
use super::rsa_raw::{fixed, rsa_decrypt, rsa_number};
use super::wrap::{gcm, gcm_open, iv_of, oaep, oaep_open, rsa_key, shorten, tag_bytes};
use super::{des3, limits};
use hsmlab_crypto::curves;
use hsmlab_crypto::seal::{self, SealError};
use hsmlab_proto::Secret;
use hsmlab_proto::cipher::{
    CBC_BYTES_MAX, CipherCommand, CipherMechanism, DeriveMechanism, GCM_BYTES_MAX, MacMechanism,
    RANDOM_BYTES_MAX, hmac_bytes_max,
};
use hsmlab_proto::key::{Class, Flag, Hash, KeyType};
use hsmlab_proto::message::{Answer, Fault, Reply};
use hsmlab_proto::role::Role;
use hsmlab_sim::Rng;

const BLOCK: usize = 16;

impl Appliance {
    /// Executes a command for a crypto user.
    pub(super) fn run_cipher(&mut self, caller: &Caller, command: CipherCommand) -> Answer {
        if caller.role != Role::CryptoUser {
            return Err(Fault::WrongRole(Role::CryptoUser));
        }
        let fips = self.spec.fips;
        match command {
            CipherCommand::Encrypt {
                handle,
                mechanism,
                data,
            } => {
                let key = self.state.keys.get(handle, caller)?;
                key.needs(Flag::Encrypt)?;
                let (iv, wrapped) = encrypt(key, &mechanism, &data, fips, &mut self.rng)?;
                Ok(Reply::Wrapped { iv, wrapped })
            }
            CipherCommand::Decrypt {
                handle,
                mechanism,
                data,
            } => {
                let key = self.state.keys.get(handle, caller)?;
                key.needs(Flag::Decrypt)?;
                let plain = decrypt(key, &mechanism, &data, fips, &mut self.rng)?;
                Ok(Reply::Bytes(plain.expose().to_vec()))
            }
            CipherCommand::Mac {
                handle,
                mechanism,
                data,
            } => {
                let key = self.state.keys.get(handle, caller)?;
                key.needs(Flag::Sign)?;
                mac(key, mechanism, &data).map(Reply::Bytes)
            }
            CipherCommand::VerifyMac {
                handle,
                mechanism,
                data,
                mac: given,
            } => {
                let key = self.state.keys.get(handle, caller)?;
                key.needs(Flag::Verify)?;
                let right = mac(key, mechanism, &data)?;
                let same = right.len() == given.len()
                    && right
                        .iter()
                        .zip(&given)
                        .fold(0, |all, (a, b)| all | (a ^ b))
                        == 0;
                if same {
                    Ok(Reply::Done)
                } else {
                    Err(Fault::SignatureMismatch)
                }
            }
            CipherCommand::Derive {
                handle,
                mechanism,
                key_type,
                length_bytes,
                template,
            } => {
                let key = self.state.keys.get(handle, caller)?;
                key.needs(Flag::Derive)?;
                check_length(key_type, length_bytes)?;
                // Guess: only AES keys and generic secrets can be derived.
                if key_type == KeyType::Des3 {
                    return Err(Fault::WrongKeyType);
                }
                let value = derive(key, &mechanism, length_bytes as usize)?;
                let parts = (Material::Symmetric(value), None);
                let origin = Origin::Derived;
                self.add(caller, key_type, Class::SecretKey, parts, &template, origin)
            }
            CipherCommand::Random { length_bytes } => {
                let length = length_bytes as usize;
                if length > RANDOM_BYTES_MAX {
                    return Err(Fault::DataLength(Some(RANDOM_BYTES_MAX)));
                }
                let mut bytes = vec![0; length];
                self.rng.fill_bytes(&mut bytes);
                Ok(Reply::Bytes(bytes))
            }
        }
    }
}

/// Checks that a secret key of that type can have that length.
///
/// # Errors
/// The length is not valid.
pub(super) fn check_length(key_type: KeyType, length_bytes: u32) -> Result<(), Fault> {
    match (key_type, length_bytes) {
        (KeyType::Aes, 16 | 24 | 32)
        | (KeyType::Des3, 24)
        | (KeyType::GenericSecret, 1..=limits::GENERIC_SECRET_BYTES_MAX) => Ok(()),
        (KeyType::Aes | KeyType::GenericSecret | KeyType::Des3, _) => Err(Fault::BadKeyLength),
        _ => Err(Fault::WrongKeyType),
    }
}

fn at_most(data: &[u8], most: usize) -> Result<(), Fault> {
    if data.len() > most {
        Err(Fault::DataLength(Some(most)))
    } else {
        Ok(())
    }
}

fn aes_key(key: &Key) -> Result<&[u8], Fault> {
    if key.attributes.key_type == KeyType::Aes {
        key.material.symmetric()
    } else {
        Err(Fault::WrongKeyType)
    }
}

fn cbc_fault(error: SealError) -> Fault {
    match error {
        SealError::KeyLength => Fault::WrongKeyType,
        SealError::DataLength => Fault::DataLength(None),
        SealError::Inauthentic => Fault::DecryptFailed,
    }
}

fn encrypt(
    key: &Key,
    mechanism: &CipherMechanism,
    data: &[u8],
    fips: bool,
    rng: &mut Rng,
) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    let plain = |bytes| (Vec::new(), bytes);
    match mechanism {
        CipherMechanism::AesEcb => {
            at_most(data, CBC_BYTES_MAX)?;
            ecb(aes_key(key)?, data, true).map(plain)
        }
        CipherMechanism::AesCbc { iv } => {
            at_most(data, CBC_BYTES_MAX)?;
            seal::cbc_encrypt_blocks(aes_key(key)?, check_iv(iv, BLOCK)?, data.to_vec())
                .map(plain)
                .map_err(cbc_fault)
        }
        CipherMechanism::AesCbcPad { iv } => {
            at_most(data, CBC_BYTES_MAX)?;
            seal::cbc_encrypt(aes_key(key)?, check_iv(iv, BLOCK)?, data)
                .map(plain)
                .map_err(cbc_fault)
        }
        CipherMechanism::AesCtr {
            counter,
            counter_bits,
        } => {
            at_most(data, CBC_BYTES_MAX)?;
            ctr(aes_key(key)?, counter, *counter_bits, data).map(plain)
        }
        CipherMechanism::AesGcm { aad, tag_bits, .. } => {
            at_most(data, GCM_BYTES_MAX)?;
            let (tag, iv) = (tag_bytes(*tag_bits)?, iv_of(rng));
            let sealed = shorten(gcm(aes_key(key)?, &iv, data, aad)?, tag);
            Ok((iv.to_vec(), sealed))
        }
        CipherMechanism::CloudhsmAesGcm { aad, tag_bits } => {
            at_most(data, GCM_BYTES_MAX)?;
            let (tag, iv) = (tag_bytes(*tag_bits)?, iv_of(rng));
            let sealed = shorten(gcm(aes_key(key)?, &iv, data, aad)?, tag);
            Ok(plain([iv.as_slice(), &sealed].concat()))
        }
        CipherMechanism::Des3Ecb
        | CipherMechanism::Des3Cbc { .. }
        | CipherMechanism::Des3CbcPad { .. } => des3_encrypt(key, mechanism, data, fips).map(plain),
        CipherMechanism::RsaPkcs if fips => Err(Fault::NotInFips),
        CipherMechanism::RsaPkcs => rsa_key(key.attributes.public.as_ref())?
            .encrypt(rng, rsa::Pkcs1v15Encrypt, data)
            .map(plain)
            .map_err(|_| Fault::DataLength(None)),
        CipherMechanism::RsaOaep { hash, mgf } => {
            let public = rsa_key(key.attributes.public.as_ref())?;
            let most = public.size().saturating_sub(2 * hash.size() + 2);
            at_most(data, most)?;
            oaep(&public, *hash, *mgf, data, rng).map(plain)
        }
        CipherMechanism::RsaX509 => {
            let public = rsa_key(key.attributes.public.as_ref())?;
            let number = rsa_number(data, &public.n_bytes(), public.size())?;
            let sealed =
                rsa::hazmat::rsa_encrypt(&public, &number).map_err(|_| Fault::DataLength(None))?;
            Ok(plain(fixed(&sealed, public.size())))
        }
    }
}

fn decrypt(
    key: &Key,
    mechanism: &CipherMechanism,
    data: &[u8],
    fips: bool,
    rng: &mut Rng,
) -> Result<Secret, Fault> {
    let failed = |fault| match fault {
        Fault::UnwrapFailed => Fault::DecryptFailed,
        other => other,
    };
    match mechanism {
        CipherMechanism::AesEcb => {
            at_most(data, CBC_BYTES_MAX)?;
            ecb(aes_key(key)?, data, false).map(Secret::new)
        }
        CipherMechanism::AesCbc { iv } => {
            at_most(data, CBC_BYTES_MAX)?;
            seal::cbc_decrypt_blocks(aes_key(key)?, check_iv(iv, BLOCK)?, data.to_vec())
                .map(Secret::new)
                .map_err(cbc_fault)
        }
        CipherMechanism::AesCbcPad { iv } => {
            at_most(data, CBC_BYTES_MAX + BLOCK)?;
            seal::cbc_decrypt(aes_key(key)?, check_iv(iv, BLOCK)?, data)
                .map(|plain| Secret::new(plain.expose()))
                .map_err(cbc_fault)
        }
        CipherMechanism::AesCtr {
            counter,
            counter_bits,
        } => {
            at_most(data, CBC_BYTES_MAX)?;
            ctr(aes_key(key)?, counter, *counter_bits, data).map(Secret::new)
        }
        CipherMechanism::AesGcm { iv, aad, tag_bits } => {
            let tag = tag_bytes(*tag_bits)?;
            at_most(data, GCM_BYTES_MAX + tag)?;
            let iv = check_iv(iv, seal::GCM_IV_BYTES)?;
            gcm_open(aes_key(key)?, iv, data, tag, aad).map_err(failed)
        }
        CipherMechanism::CloudhsmAesGcm { aad, tag_bits } => {
            let tag = tag_bytes(*tag_bits)?;
            at_most(data, seal::GCM_IV_BYTES + GCM_BYTES_MAX + tag)?;
            let (iv, sealed) = data
                .split_at_checked(seal::GCM_IV_BYTES)
                .ok_or(Fault::DecryptFailed)?;
            gcm_open(aes_key(key)?, iv, sealed, tag, aad).map_err(failed)
        }
        CipherMechanism::Des3Ecb
        | CipherMechanism::Des3Cbc { .. }
        | CipherMechanism::Des3CbcPad { .. } => des3::decrypt(des3_key(key)?, mechanism, data),
        CipherMechanism::RsaPkcs if fips => Err(Fault::NotInFips),
        CipherMechanism::RsaPkcs => key
            .material
            .rsa()?
            .decrypt_blinded(rng, rsa::Pkcs1v15Encrypt, data)
            .map(Secret::new)
            .map_err(|_| Fault::DecryptFailed),
        CipherMechanism::RsaOaep { hash, mgf } => {
            oaep_open(&key.material.rsa()?, *hash, *mgf, data, rng).map_err(failed)
        }
        CipherMechanism::RsaX509 => rsa_decrypt(&key.material.rsa()?, data, rng),
    }
}

fn check_iv(iv: &[u8], bytes: usize) -> Result<&[u8], Fault> {
    if iv.len() == bytes {
        Ok(iv)
    } else {
        Err(Fault::BadIv(bytes))
    }
}

/// Encrypts or decrypts whole blocks independently.
fn ecb(key: &[u8], data: &[u8], encrypt: bool) -> Result<Vec<u8>, Fault> {
    let mut data = data.to_vec();
    let (blocks, rest) = aes::Block::slice_as_chunks_mut(&mut data);
    if !rest.is_empty() {
        return Err(Fault::DataLength(None));
    }
    macro_rules! run {
        ($aes:ty) => {{
            let cipher = <$aes>::new_from_slice(key).map_err(|_| Fault::WrongKeyType)?;
            if encrypt {
                cipher.encrypt_blocks(blocks);
            } else {
                cipher.decrypt_blocks(blocks);
            }
        }};
    }
    match key.len() {
        16 => run!(aes::Aes128),
        24 => run!(aes::Aes192),
        32 => run!(aes::Aes256),
        _ => return Err(Fault::WrongKeyType),
    }
    Ok(data)
}

/// Runs AES in counter mode (SP 800-38A) with a counter of `bits` bits at the block's end, as in
/// PKCS#11. Encryption and decryption are the same.
fn ctr(key: &[u8], counter: &[u8], bits: u32, data: &[u8]) -> Result<Vec<u8>, Fault> {
    let first: [u8; BLOCK] = counter.try_into().map_err(|_| Fault::BadIv(BLOCK))?;
    if !(1..=128).contains(&bits) {
        return Err(Fault::BadData("the counter must have 1 to 128 bits".into()));
    }
    let blocks = data.len().div_ceil(BLOCK) as u128;
    let mask = u128::MAX >> (128 - bits);
    // A counter that wraps around would use a block of the key stream twice.
    if blocks > 0 && blocks - 1 > mask {
        return Err(Fault::DataLength(None));
    }
    let first = u128::from_be_bytes(first);
    let counters: Vec<u8> = (0..blocks)
        .flat_map(|at| {
            let counted = first.wrapping_add(at) & mask;
            ((first & !mask) | counted).to_be_bytes()
        })
        .collect();
    let stream = Zeroizing::new(ecb(key, &counters, true)?);
    Ok(data.iter().zip(stream.iter()).map(|(a, b)| a ^ b).collect())
}

fn mac(key: &Key, mechanism: MacMechanism, data: &[u8]) -> Result<Vec<u8>, Fault> {
    match mechanism {
        MacMechanism::AesCmac => {
            at_most(data, CBC_BYTES_MAX)?;
            let key = aes_key(key)?;
            macro_rules! run {
                ($aes:ty) => {
                    cmac::Cmac::<$aes>::new_from_slice(key)
                        .map_err(|_| Fault::WrongKeyType)?
                        .chain_update(data)
                        .finalize()
                        .into_bytes()
                        .to_vec()
                };
            }
            Ok(match key.len() {
                16 => run!(aes::Aes128),
                24 => run!(aes::Aes192),
                32 => run!(aes::Aes256),
                _ => return Err(Fault::WrongKeyType),
            })
        }
        MacMechanism::Hmac { hash } => {
            at_most(data, hmac_bytes_max(hash))?;
            if key.attributes.key_type != KeyType::GenericSecret {
                return Err(Fault::WrongKeyType);
            }
            Ok(seal::hmac(hash, key.material.symmetric()?, data))
        }
    }
}

fn derive(key: &Key, mechanism: &DeriveMechanism, length: usize) -> Result<Secret, Fault> {
    match mechanism {
        DeriveMechanism::Ecdh {
            kdf,
            peer,
            shared_info,
        } => {
            let shared = shared_secret(key, peer)?;
            Ok(x963(*kdf, shared.expose(), shared_info, length))
        }
        DeriveMechanism::EcdhRaw { peer } => {
            let shared = shared_secret(key, peer)?;
            let cut = shared
                .len()
                .checked_sub(length)
                .ok_or(Fault::BadKeyLength)?;
            Ok(Secret::new(shared.expose().get(cut..).unwrap_or_default()))
        }
        DeriveMechanism::Sp800108Counter {
            hash,
            counter_bits,
            fixed,
        } => {
            if !matches!(
                key.attributes.key_type,
                KeyType::GenericSecret | KeyType::Aes
            ) {
                return Err(Fault::WrongKeyType);
            }
            sp800_108(
                *hash,
                key.material.symmetric()?,
                *counter_bits,
                fixed,
                length,
            )
        }
    }
}

fn shared_secret(key: &Key, peer: &[u8]) -> Result<hsmlab_crypto::secret::Secret, Fault> {
    let Material::EcPrivate(curve, scalar) = &key.material else {
        return Err(Fault::WrongKeyType);
    };
    curves::shared_secret(*curve, scalar.expose(), peer)
        .ok_or_else(|| Fault::BadData("the other side's point is not on the curve".into()))
}

/// Derives bytes with the KDF of ANSI X9.63 (SEC 1, 3.6.1).
fn x963(hash: Hash, shared: &[u8], info: &[u8], length: usize) -> Secret {
    let mut out = Zeroizing::new(Vec::new());
    for counter in 1_u32.. {
        if out.len() >= length {
            break;
        }
        let input = Zeroizing::new([shared, &counter.to_be_bytes(), info].concat());
        out.extend_from_slice(&hash.digest(&input));
    }
    out.truncate(length);
    Secret::new(out.as_slice())
}

/// Derives bytes with the KDF in counter mode of SP 800-108 with HMAC; the counter precedes the fixed data.
fn sp800_108(
    hash: Hash,
    key: &[u8],
    counter_bits: u32,
    fixed: &[u8],
    length: usize,
) -> Result<Secret, Fault> {
    if !matches!(counter_bits, 8 | 16 | 24 | 32) {
        return Err(Fault::BadData(
            "the counter must have 8, 16, 24 or 32 bits".into(),
        ));
    }
    let bytes = (counter_bits / 8) as usize;
    let rounds = length.div_ceil(hash.size()) as u64;
    if rounds >= 1 << counter_bits {
        return Err(Fault::BadKeyLength);
    }
    let mut out = Zeroizing::new(Vec::new());
    for counter in 1..=rounds {
        let counter = counter.to_be_bytes();
        let counter = counter.get(8 - bytes..).unwrap_or_default();
        out.extend_from_slice(&seal::hmac(hash, key, &[counter, fixed].concat()));
    }
    out.truncate(length);
    Ok(Secret::new(out.as_slice()))
}

/// Encrypts with Triple DES, which FIPS mode does not allow.
fn des3_encrypt(
    key: &Key,
    mechanism: &CipherMechanism,
    data: &[u8],
    fips: bool,
) -> Result<Vec<u8>, Fault> {
    if fips {
        return Err(Fault::NotInFips);
    }
    des3::encrypt(des3_key(key)?, mechanism, data)
}

fn des3_key(key: &Key) -> Result<&[u8], Fault> {
    if key.attributes.key_type == KeyType::Des3 {
        key.material.symmetric()
    } else {
        Err(Fault::WrongKeyType)
    }
}
