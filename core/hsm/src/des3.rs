//! Triple DES (SP 800-67) with the keys of an appliance. In FIPS mode it can only decrypt: key generation
//! and encryption ended in 2024 (User Guide, "compliance-dep-notif").

use des::TdesEde3;
use des::cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};
use zeroize::Zeroizing;

use hsmlab_proto::Secret;
use hsmlab_proto::cipher::{CipherMechanism, DES3_BYTES_MAX};
use hsmlab_proto::message::Fault;

const BLOCK: usize = 8;
/// Size of a key: three DES keys.
pub(super) const KEY_BYTES: usize = 24;

/// Encrypts a block of zeros, for the key check value.
pub(super) fn zero_block(key: &[u8]) -> Option<Vec<u8>> {
    run(key, &CipherMechanism::Des3Ecb, &[0; BLOCK], true).ok()
}

/// Encrypts.
///
/// # Errors
/// Another length of key, or data that do not fit.
pub(super) fn encrypt(
    key: &[u8],
    mechanism: &CipherMechanism,
    data: &[u8],
) -> Result<Vec<u8>, Fault> {
    run(key, mechanism, data, true)
}

/// Decrypts.
///
/// # Errors
/// Another length of key, or data that do not fit.
pub(super) fn decrypt(
    key: &[u8],
    mechanism: &CipherMechanism,
    data: &[u8],
) -> Result<Secret, Fault> {
    run(key, mechanism, data, false).map(Secret::new)
}

/// Encrypts or decrypts with the bytes of a key.
fn run(
    key: &[u8],
    mechanism: &CipherMechanism,
    data: &[u8],
    encrypt: bool,
) -> Result<Vec<u8>, Fault> {
    let (iv, padded) = match mechanism {
        CipherMechanism::Des3Ecb => (None, false),
        CipherMechanism::Des3Cbc { iv } => (Some(iv), false),
        CipherMechanism::Des3CbcPad { iv } => (Some(iv), true),
        _ => return Err(Fault::WrongKeyType),
    };
    let most = DES3_BYTES_MAX + if padded && !encrypt { BLOCK } else { 0 };
    if data.len() > most {
        return Err(Fault::DataLength(Some(most)));
    }
    let mut data = Zeroizing::new(data.to_vec());
    if padded && encrypt {
        let pad = BLOCK - data.len() % BLOCK;
        let length = data.len() + pad;
        data.resize(length, u8::try_from(pad).unwrap_or_default());
    }
    let iv = iv.map(|iv| <[u8; BLOCK]>::try_from(iv.as_slice()));
    let iv = iv.transpose().map_err(|_| Fault::BadIv(BLOCK))?;
    blocks(key, iv, &mut data, encrypt)?;
    if padded && !encrypt {
        unpad(&mut data)?;
    }
    Ok(std::mem::take(&mut *data))
}

/// Runs the cipher over whole blocks: chained from an IV (SP 800-38A, 6.2), or independently.
fn blocks(
    key: &[u8],
    iv: Option<[u8; BLOCK]>,
    data: &mut [u8],
    encrypt: bool,
) -> Result<(), Fault> {
    let cipher = TdesEde3::new_from_slice(key).map_err(|_| Fault::WrongKeyType)?;
    let (blocks, rest) = data.as_chunks_mut::<BLOCK>();
    if !rest.is_empty() {
        return Err(Fault::DataLength(None));
    }
    let chained = iv.is_some();
    let mut previous = iv.unwrap_or_default();
    for block in blocks {
        let before = *block;
        let mut state = if encrypt && chained {
            xor(*block, previous)
        } else {
            *block
        };
        if encrypt {
            cipher.encrypt_block((&mut state).into());
        } else {
            cipher.decrypt_block((&mut state).into());
        }
        if !encrypt && chained {
            state = xor(state, previous);
        }
        previous = if encrypt { state } else { before };
        *block = state;
    }
    Ok(())
}

fn xor(a: [u8; BLOCK], b: [u8; BLOCK]) -> [u8; BLOCK] {
    std::array::from_fn(|at| a.get(at).unwrap_or(&0) ^ b.get(at).unwrap_or(&0))
}

/// Removes PKCS#7 padding.
fn unpad(data: &mut Vec<u8>) -> Result<(), Fault> {
    let pad = usize::from(*data.last().ok_or(Fault::DecryptFailed)?);
    let length = data.len().checked_sub(pad).ok_or(Fault::DecryptFailed)?;
    let padding = data.get(length..).unwrap_or_default();
    if !(1..=BLOCK).contains(&pad) || padding.iter().any(|byte| usize::from(*byte) != pad) {
        return Err(Fault::DecryptFailed);
    }
    data.truncate(length);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SP 800-67, B.1.
    #[test]
    fn sp_800_67() {
        let key = hex::decode("0123456789abcdef23456789abcdef01456789abcdef0123").unwrap();
        let plain = b"The qufck brown fox jump";
        let sealed = run(&key, &CipherMechanism::Des3Ecb, plain, true).unwrap();
        assert_eq!(
            hex::encode(&sealed),
            "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900"
        );
        let back = run(&key, &CipherMechanism::Des3Ecb, &sealed, false).unwrap();
        assert_eq!(back, plain);
        let cbc = CipherMechanism::Des3CbcPad { iv: vec![3; 8] };
        for length in [0, 7, 8, 9] {
            let sealed = run(&key, &cbc, &plain[..length], true).unwrap();
            assert_eq!(run(&key, &cbc, &sealed, false).unwrap(), &plain[..length]);
        }
        assert!(run(&key, &cbc, &[1; 7], false).is_err());
        assert_eq!(
            run(
                &key,
                &CipherMechanism::Des3Cbc { iv: vec![3; 7] },
                &[1; 8],
                true
            ),
            Err(Fault::BadIv(8))
        );
        assert_eq!(
            run(&key[..16], &CipherMechanism::Des3Ecb, &[1; 8], true),
            Err(Fault::WrongKeyType)
        );
    }
}
