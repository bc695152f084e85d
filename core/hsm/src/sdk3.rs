//! The commands that an `hsm1.medium` offers only to the tools of Client SDK 3.

use zeroize::Zeroizing;

use super::appliance::Appliance;
use super::keys::Caller;
use super::users::fold;
use hsmlab_crypto::cert::Certificate;
use hsmlab_crypto::seal;
use hsmlab_proto::Handle;
use hsmlab_proto::Secret;
use hsmlab_proto::key::Flag;
use hsmlab_proto::message::{Answer, Fault, Reply};
use hsmlab_proto::role::Role;
use hsmlab_proto::sdk3::{CertificateKind, Sdk3Command, Sdk3Reply};

/// The sealing purpose of a masked user.
const MASKED_USER: &str = "hsmlab masked user v1";

impl Appliance {
    /// Answers a command of the Client SDK 3 tools.
    pub(super) fn run_sdk3(&mut self, caller: Option<&Caller>, command: Sdk3Command) -> Answer {
        if !self.spec.is_hsm1() {
            return Err(Fault::Malformed);
        }
        let caller = || caller.ok_or(Fault::NotLoggedIn);
        match command {
            Sdk3Command::Hello => Ok(Reply::Sdk3(Sdk3Reply::Hello {
                hsm_id: self.spec.hsm_id.clone(),
                keys: self.state.keys.len() as u64,
            })),
            Sdk3Command::Users => Ok(Reply::Sdk3(Sdk3Reply::Users(self.state.users.numbered()))),
            Sdk3Command::KeyUsers { handle } => {
                let key = self.state.keys.any(handle).ok_or(Fault::NoSuchKey)?;
                Ok(Reply::Sdk3(Sdk3Reply::KeyUsers {
                    owner: key.owner.clone(),
                    shared: key.shared.iter().cloned().collect(),
                    token: key.session.is_none(),
                }))
            }
            Sdk3Command::Certificate(kind) => self.certificate(kind),
            Sdk3Command::AesWrap { wrapping, iv, data } => {
                let key = self.aes_key(caller()?, wrapping, Flag::Wrap)?;
                let out = wrap(key.expose(), iv, data.expose()).ok_or_else(bad_length)?;
                Ok(Reply::Sdk3(Sdk3Reply::Data(Secret::new(out))))
            }
            Sdk3Command::AesUnwrap { wrapping, iv, data } => {
                let key = self.aes_key(caller()?, wrapping, Flag::Unwrap)?;
                let (found, out) = unwrap(key.expose(), data.expose()).ok_or_else(bad_length)?;
                if found == iv {
                    Ok(Reply::Sdk3(Sdk3Reply::Data(Secret::new(out.as_slice()))))
                } else {
                    Err(Fault::UnwrapFailed)
                }
            }
            Sdk3Command::ExtractUser { username } => {
                admin(caller()?)?;
                let name = fold(&username);
                let user = self.state.users.record(&name).ok_or(Fault::NoSuchUser)?;
                let message = serde_json::to_vec(&(name, user)).map_err(|_| Fault::Malformed)?;
                let message = Zeroizing::new(message);
                let key = self.state.masking_key.inner();
                let masked = seal::seal(key, MASKED_USER, &[], &message, &mut self.rng);
                Ok(Reply::Bytes(masked))
            }
            Sdk3Command::InsertUser { masked } => {
                admin(caller()?)?;
                let key = self.state.masking_key.inner();
                let message =
                    seal::open(key, MASKED_USER, &[], &masked).map_err(|_| Fault::UnwrapFailed)?;
                let (name, user) =
                    serde_json::from_slice(message.expose()).map_err(|_| Fault::UnwrapFailed)?;
                self.state.users.check_room(true)?;
                self.state.users.insert_record(name, user)?;
                Ok(Reply::Done)
            }
        }
    }

    fn aes_key(&self, caller: &Caller, handle: Handle, needed: Flag) -> Result<Secret, Fault> {
        if caller.role != Role::CryptoUser {
            return Err(Fault::WrongRole(Role::CryptoUser));
        }
        let key = self.state.keys.get(handle, caller)?;
        key.needs(needed)?;
        Ok(Secret::new(key.material.symmetric()?))
    }

    fn certificate(&self, kind: CertificateKind) -> Answer {
        let shown = &self.state.identity.shown;
        let pem = match kind {
            CertificateKind::ManufacturerRoot => Some(super::identity::manufacturer_root()),
            CertificateKind::ManufacturerHardware => {
                Some(shown.manufacturer_hardware_certificate.clone())
            }
            CertificateKind::CustomerRoot => self.state.trust_anchor.clone(),
            CertificateKind::Cluster => self
                .state
                .certificate
                .as_deref()
                .and_then(|der| Certificate::from_der(der).ok())
                .map(|certificate| certificate.to_pem()),
            CertificateKind::ClusterOfManufacturer => Some(shown.hsm_certificate.clone()),
        };
        pem.map(|pem| Reply::Sdk3(Sdk3Reply::Certificate(pem)))
            .ok_or(Fault::Malformed)
    }
}

fn admin(caller: &Caller) -> Result<(), Fault> {
    if caller.role == Role::Admin {
        Ok(())
    } else {
        Err(Fault::WrongRole(Role::Admin))
    }
}

fn bad_length() -> Fault {
    Fault::BadData("the data must be a multiple of 8 bytes, and at least 16".into())
}

/// Encrypts or decrypts one block of AES: CBC with a zero IV is the block cipher itself.
fn block(key: &[u8], block: [u8; 16], decrypt: bool) -> Option<[u8; 16]> {
    let run = if decrypt {
        seal::cbc_decrypt_blocks
    } else {
        seal::cbc_encrypt_blocks
    };
    let out = Zeroizing::new(run(key, &[0; 16], block.to_vec()).ok()?);
    out.first_chunk().copied()
}

/// Wraps with AES key wrap and the caller's initial value (RFC 3394, 2.2.1); `None` for a wrong length.
fn wrap(key: &[u8], iv: [u8; 8], plain: &[u8]) -> Option<Vec<u8>> {
    let (parts, rest) = plain.as_chunks::<8>();
    if !rest.is_empty() || parts.len() < 2 {
        return None;
    }
    let (mut check, mut parts) = (u64::from_be_bytes(iv), parts.to_vec());
    let mut step = 0u64;
    for _ in 0..6 {
        for part in &mut parts {
            step += 1;
            let input = u128::from(check) << 64 | u128::from(u64::from_be_bytes(*part));
            let output = block(key, input.to_be_bytes(), false)?;
            check = u64::from_be_bytes(*output.first_chunk()?) ^ step;
            *part = *output.last_chunk()?;
        }
    }
    Some([check.to_be_bytes().as_slice(), parts.as_flattened()].concat())
}

/// Reverses [`wrap`] (RFC 3394, 2.2.2): returns the initial value found and the data.
fn unwrap(key: &[u8], wrapped: &[u8]) -> Option<([u8; 8], Zeroizing<Vec<u8>>)> {
    let (iv, parts) = wrapped.split_first_chunk::<8>()?;
    let (parts, rest) = parts.as_chunks::<8>();
    if !rest.is_empty() || parts.len() < 2 {
        return None;
    }
    let (mut check, mut parts) = (u64::from_be_bytes(*iv), parts.to_vec());
    let mut step = 6 * parts.len() as u64;
    for _ in 0..6 {
        for part in parts.iter_mut().rev() {
            let input = u128::from(check ^ step) << 64 | u128::from(u64::from_be_bytes(*part));
            let output = block(key, input.to_be_bytes(), true)?;
            check = u64::from_be_bytes(*output.first_chunk()?);
            *part = *output.last_chunk()?;
            step -= 1;
        }
    }
    Some((
        check.to_be_bytes(),
        Zeroizing::new(parts.as_flattened().to_vec()),
    ))
}

#[cfg(test)]
mod tests {
    use super::{unwrap, wrap};

    /// RFC 3394, 4.6, and the reverse with another initial value.
    #[test]
    fn rfc_3394() {
        let key: Vec<u8> = (0..32).collect();
        let plain = hex::decode("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
        let plain = plain.unwrap();
        let wrapped = wrap(&key, [0xa6; 8], &plain).unwrap();
        assert_eq!(
            hex::encode(&wrapped),
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
        );
        for iv in [[0xa6; 8], [1, 2, 3, 4, 5, 6, 7, 8]] {
            let wrapped = wrap(&key, iv, &plain).unwrap();
            let (found, back) = unwrap(&key, &wrapped).unwrap();
            assert_eq!((found, back.as_slice()), (iv, plain.as_slice()));
        }
        assert_eq!(wrap(&key, [0xa6; 8], &plain[..9]), None);
        assert!(unwrap(&key, &wrapped[..16]).is_none());
        assert!(wrap(&key[..5], [0xa6; 8], &plain).is_none());
    }
}
