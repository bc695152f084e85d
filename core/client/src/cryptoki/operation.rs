//! The operations of an application on a key, with the mechanism's parameters: signatures and ciphers.

use super::mechanism::{Ckm, ckm, hashed};
use super::rv::Rv;
use hsmlab_crypto::der::{self, tag};
use hsmlab_proto::Handle;
use hsmlab_proto::cipher::{CipherCommand, CipherMechanism, MacMechanism};
use hsmlab_proto::key::{Hash, SignMechanism};
use hsmlab_proto::message::Command;

/// `CK_RSA_PKCS_PSS_PARAMS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PssParams {
    /// `hashAlg`.
    pub hash: Hash,
    /// `mgf`.
    pub mgf: Hash,
    /// `sLen`.
    pub salt_bytes: usize,
}

/// The way an application signs or verifies, and the input that it provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// The library hashes the message; the HSM sees its digest.
    Message(SignMechanism),
    /// The application hashes.
    Digest(SignMechanism),
    /// `CKM_RSA_PKCS`: the input is padded as it is; usually a `DigestInfo`.
    Plain,
    /// `CKM_ECDSA`: a digest of any hash.
    Ecdsa,
    /// A message authentication code.
    Mac(MacMechanism),
}

impl Signing {
    /// Returns the operation of a mechanism with its parameters; `weak_hash` permits ECDSA with a hash
    /// that is weaker than the curve.
    ///
    /// # Errors
    /// The mechanism does not sign, or its parameters are wrong or missing.
    pub fn of(mechanism: Ckm, pss: Option<PssParams>) -> Result<Self, Rv> {
        let pss_mechanism = |wanted: Option<Hash>| match pss {
            Some(params) if wanted.is_none_or(|hash| hash == params.hash) => {
                if params.hash == params.mgf {
                    Ok(SignMechanism::RsaPss {
                        hash: params.hash,
                        mgf: params.mgf,
                        salt_bytes: params.salt_bytes,
                    })
                } else {
                    Err(Rv::MECHANISM_PARAM_INVALID)
                }
            }
            _ => Err(Rv::MECHANISM_PARAM_INVALID),
        };
        match mechanism {
            ckm::RSA_PKCS => return Ok(Self::Plain),
            ckm::ECDSA => return Ok(Self::Ecdsa),
            ckm::RSA_PKCS_PSS => return Ok(Self::Digest(pss_mechanism(None)?)),
            ckm::AES_CMAC => return Ok(Self::Mac(MacMechanism::AesCmac)),
            _ => {}
        }
        match hashed(mechanism) {
            Some((hash, 1)) => Ok(Self::Mac(MacMechanism::Hmac { hash })),
            Some((hash, 2)) => Ok(Self::Message(SignMechanism::RsaPkcs { hash })),
            Some((hash, 3)) => Ok(Self::Message(pss_mechanism(Some(hash))?)),
            Some((hash, 4)) => Ok(Self::Message(SignMechanism::Ecdsa {
                hash,
                weak_hash: false,
            })),
            _ => Err(Rv::MECHANISM_INVALID),
        }
    }

    /// True if the data may come in parts (`C_SignUpdate`).
    #[must_use]
    pub const fn in_parts(self) -> bool {
        matches!(self, Self::Message(_) | Self::Mac(_))
    }

    /// Returns the command that signs `data`, or verifies it if a signature is given.
    ///
    /// # Errors
    /// The data's length does not match the mechanism.
    pub(super) fn command(
        self,
        handle: Handle,
        data: &[u8],
        weak_hash: bool,
        signature: Option<&[u8]>,
    ) -> Result<Command, Rv> {
        let (mechanism, digest) = match self {
            Self::Message(mechanism) => (mechanism, hash_of(mechanism).digest(data)),
            Self::Digest(mechanism) => (mechanism, data.to_vec()),
            Self::Plain => {
                let (hash, digest) = digest_info(data).ok_or(Rv::DATA_INVALID)?;
                (SignMechanism::RsaPkcs { hash }, digest)
            }
            Self::Ecdsa => {
                let hash = Hash::ALL
                    .into_iter()
                    .find(|hash| hash.size() == data.len())
                    .ok_or(Rv::DATA_LEN_RANGE)?;
                (
                    SignMechanism::Ecdsa {
                        hash,
                        weak_hash: true,
                    },
                    data.to_vec(),
                )
            }
            Self::Mac(mechanism) => return Ok(mac(handle, mechanism, data, signature)),
        };
        let mechanism = match mechanism {
            SignMechanism::Ecdsa {
                hash,
                weak_hash: own,
            } => SignMechanism::Ecdsa {
                hash,
                weak_hash: own || weak_hash,
            },
            other => other,
        };
        if digest.len() != hash_of(mechanism).size() {
            return Err(Rv::DATA_LEN_RANGE);
        }
        Ok(match signature {
            None => Command::Sign {
                handle,
                mechanism,
                digest,
            },
            Some(signature) => Command::Verify {
                handle,
                mechanism,
                digest,
                signature: signature.to_vec(),
            },
        })
    }
}

fn mac(handle: Handle, mechanism: MacMechanism, data: &[u8], mac: Option<&[u8]>) -> Command {
    let data = data.to_vec();
    Command::Cipher(match mac {
        None => CipherCommand::Mac {
            handle,
            mechanism,
            data,
        },
        Some(mac) => CipherCommand::VerifyMac {
            handle,
            mechanism,
            data,
            mac: mac.to_vec(),
        },
    })
}

fn hash_of(mechanism: SignMechanism) -> Hash {
    match mechanism {
        SignMechanism::Ecdsa { hash, .. }
        | SignMechanism::RsaPkcs { hash }
        | SignMechanism::RsaPss { hash, .. } => hash,
    }
}

/// Returns the hash and the digest in a `DigestInfo` (RFC 8017, A.2.4). Guess: the HSM accepts nothing
/// else for `CKM_RSA_PKCS`; PKCS#11 lets a token sign any short data.
fn digest_info(data: &[u8]) -> Option<(Hash, Vec<u8>)> {
    let mut info = der::only(data, tag::SEQUENCE).ok()?;
    let oid = info.inside(tag::SEQUENCE).ok()?.oid().ok()?;
    let digest = info.octet_string().ok()?;
    info.end().ok()?;
    Some((Hash::from_oid(&oid)?, digest.to_vec()))
}

/// Checks the parameters of a cipher like `C_EncryptInit` and `C_DecryptInit`.
///
/// # Errors
/// `CKR_MECHANISM_PARAM_INVALID`.
pub(super) fn check_cipher(mechanism: &CipherMechanism, encrypt: bool) -> Result<(), Rv> {
    let tag_fits = |bits: u32| matches!(bits, 32 | 64 | 96 | 104 | 112 | 120 | 128);
    let fits = match mechanism {
        CipherMechanism::AesCbc { iv } | CipherMechanism::AesCbcPad { iv } => iv.len() == 16,
        CipherMechanism::Des3Cbc { iv } | CipherMechanism::Des3CbcPad { iv } => iv.len() == 8,
        CipherMechanism::AesCtr {
            counter,
            counter_bits,
        } => counter.len() == 16 && (1..=128).contains(counter_bits),
        // The HSM writes the IV that it generates into the buffer, which must be all zeros ("Mechanism
        // annotations" in the guide). Guess: a buffer of another length is refused too.
        CipherMechanism::AesGcm { iv, tag_bits, .. } => {
            tag_fits(*tag_bits) && iv.len() == 12 && (!encrypt || iv.iter().all(|byte| *byte == 0))
        }
        CipherMechanism::CloudhsmAesGcm { tag_bits, .. } => tag_fits(*tag_bits),
        CipherMechanism::RsaOaep { hash, mgf } => hash == mgf,
        CipherMechanism::AesEcb
        | CipherMechanism::Des3Ecb
        | CipherMechanism::RsaPkcs
        | CipherMechanism::RsaX509 => true,
    };
    if fits {
        Ok(())
    } else {
        Err(Rv::MECHANISM_PARAM_INVALID)
    }
}

/// True if data may come in parts (`C_EncryptUpdate`): AES in ECB, CBC and counter mode. "No
/// multipart GCM" (User Guide, "ki-pkcs11-sdk"), and never RSA.
#[must_use]
pub const fn cipher_in_parts(mechanism: &CipherMechanism) -> bool {
    matches!(
        mechanism,
        CipherMechanism::AesEcb
            | CipherMechanism::AesCbc { .. }
            | CipherMechanism::AesCbcPad { .. }
            | CipherMechanism::AesCtr { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_checked() {
        let gcm = |iv: &[u8], tag_bits| CipherMechanism::AesGcm {
            iv: iv.to_vec(),
            aad: Vec::new(),
            tag_bits,
        };
        let bad = Err(Rv::MECHANISM_PARAM_INVALID);
        let cases = [
            (gcm(&[0; 12], 128), true, Ok(())),
            (gcm(&[1; 12], 128), true, bad),
            (gcm(&[1; 12], 128), false, Ok(())),
            (gcm(&[0; 16], 128), false, bad),
            (gcm(&[0; 12], 100), true, bad),
            (CipherMechanism::AesCbc { iv: vec![0; 15] }, true, bad),
            (CipherMechanism::AesEcb, true, Ok(())),
        ];
        for (mechanism, encrypt, expected) in cases {
            assert_eq!(check_cipher(&mechanism, encrypt), expected, "{mechanism:?}");
        }
    }

    #[test]
    fn only_a_digest_info_is_taken_apart() {
        let digest = Hash::Sha256.digest(b"abc");
        let algorithm = der::sequence(&[&der::oid(Hash::Sha256.oid()).unwrap(), &der::null()]);
        let info = der::sequence(&[&algorithm, &der::octet_string(&digest)]);
        let command = |data: &[u8]| Signing::Plain.command(1, data, false, None);
        assert_eq!(
            command(&info),
            Ok(Command::Sign {
                handle: 1,
                mechanism: SignMechanism::RsaPkcs { hash: Hash::Sha256 },
                digest: digest.clone(),
            })
        );
        assert_eq!(command(&digest), Err(Rv::DATA_INVALID));
        assert_eq!(
            Signing::Ecdsa.command(1, &digest[1..], false, None),
            Err(Rv::DATA_LEN_RANGE)
        );
    }
}
