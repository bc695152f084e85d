//! Wrapping, unwrapping and deriving keys with `pkcs11-tool`.

use super::keys::after;
use super::{Done, Run, failed, fatal, hex_bytes, names};
use hsmlab_client::cluster::ClusterKey;
use hsmlab_client::cryptoki::KeyTemplate;
use hsmlab_client::cryptoki::mechanism::ckm;
use hsmlab_client::cryptoki::rv::Rv;
use hsmlab_crypto::keys::{KeyKind, PublicKey};
use hsmlab_proto::cipher::{CipherMechanism, DeriveMechanism};
use hsmlab_proto::key::{Class, Flag, KeyType, Template, WrapMechanism};
use hsmlab_proto::message::UnwrapKind;
use hsmlab_shell::process::Io;

impl Run {
    /// The wrapping mechanism of `-m`. Mechanisms to which the tool passes no parameters cannot be
    /// used if the library requires parameters.
    fn wrap_mechanism(&self, io: &mut Io<'_>, function: &str, what: &str) -> Done<WrapMechanism> {
        let Some(number) = self.mechanism else {
            return fatal(format!("Unable to {what}, no mechanism specified\n"));
        };
        let refused = |rv| Err(failed(function, rv));
        match number {
            ckm::RSA_PKCS => Ok(WrapMechanism::RsaPkcs),
            ckm::CLOUDHSM_AES_KEY_WRAP_NO_PAD => Ok(WrapMechanism::AesNoPad),
            ckm::CLOUDHSM_AES_KEY_WRAP_PKCS5_PAD => Ok(WrapMechanism::AesPkcs5Pad),
            ckm::CLOUDHSM_AES_KEY_WRAP_ZERO_PAD => Ok(WrapMechanism::AesZeroPad),
            ckm::RSA_PKCS_OAEP | ckm::AES_GCM => match self.cipher(io, number)? {
                Ok(CipherMechanism::RsaOaep { hash, mgf }) => {
                    Ok(WrapMechanism::RsaOaep { hash, mgf })
                }
                Ok(CipherMechanism::AesGcm { iv, aad, tag_bits }) => {
                    // The same as for data: the HSM makes the IV and requires a buffer of zeros for
                    // it.
                    if iv.len() != 12 || (what == "wrap" && iv.iter().any(|byte| *byte != 0)) {
                        return refused(Rv::MECHANISM_PARAM_INVALID);
                    }
                    Ok(WrapMechanism::AesGcm { tag_bits, aad, iv })
                }
                Ok(_) => refused(Rv::MECHANISM_INVALID),
                Err(rv) => refused(rv),
            },
            ckm::RSA_AES_KEY_WRAP | ckm::CLOUDHSM_AES_GCM => refused(Rv::MECHANISM_PARAM_INVALID),
            _ => refused(Rv::MECHANISM_INVALID),
        }
    }

    /// The first object of one of the classes with this id.
    fn key_of_id(
        &mut self,
        io: &mut Io<'_>,
        classes: [Class; 2],
        id: &[u8],
        missing: &str,
    ) -> Done<ClusterKey> {
        for class in classes {
            if let Some(key) = self.find(io, Some(class), id, None)?.into_iter().next() {
                return Ok(key);
            }
        }
        fatal(missing)
    }

    /// `--wrap`: the key with the id `--application-id` under the one with the id `--id`.
    pub(super) fn wrap_key(&mut self, io: &mut Io<'_>) -> Done {
        let Some(typed) = self.options.value("application-id").map(str::to_owned) else {
            return fatal("Use --application-id to specify secret key (to be wrapped)");
        };
        let mechanism = self.wrap_mechanism(io, "C_WrapKey", "wrap")?;
        let Some(payload) = hex_bytes(&typed) else {
            return fatal(format!("Invalid application-id \"{typed}\"\n"));
        };
        let payload = self.key_of_id(
            io,
            [Class::SecretKey, Class::PrivateKey],
            &payload,
            "Key to be wrapped not found",
        )?;
        let id = self.id.clone();
        let classes = [Class::PublicKey, Class::SecretKey];
        let wrapping = self.key_of_id(io, classes, &id, "Wrapping key not found")?;
        let wrapped = self.call(io, "C_WrapKey", |token, link| {
            token.wrap(&wrapping, mechanism, &payload, link)
        })?;
        io.out("Key wrapped\n");
        self.output(io, &wrapped.data)
    }

    /// `--unwrap`.
    pub(super) fn unwrap_key(&mut self, io: &mut Io<'_>) -> Done {
        let id = self.id.clone();
        let classes = [Class::PrivateKey, Class::SecretKey];
        let wrapping = self.key_of_id(io, classes, &id, "Private/secret key not found")?;
        let mechanism = self.wrap_mechanism(io, "C_UnwrapKey", "unwrap")?;
        let wrapped = self.input(io)?;
        let Some(typed) = self.options.value("key-type").map(str::to_owned) else {
            return fatal("Key type must be specified");
        };
        let kinds = [
            ("AES:", UnwrapKind::Aes),
            ("GENERIC:", UnwrapKind::GenericSecret),
            ("RSA:", UnwrapKind::RsaPrivate),
            ("EC:", UnwrapKind::EcPrivate),
        ];
        let kind = kinds
            .iter()
            .find(|(name, _)| after(&typed, name).is_some())
            .map(|(_, kind)| *kind);
        let Some(kind) = kind else {
            return fatal(format!("Unsupported key type {typed}"));
        };
        let secret = matches!(kind, UnwrapKind::Aes | UnwrapKind::GenericSecret);
        let mut flags = vec![
            (Flag::Sensitive, self.options.has("sensitive")),
            (Flag::Extractable, self.options.has("extractable")),
        ];
        flags.extend(Self::flags(&[
            (secret && self.usage("decrypt", true), &[Flag::Encrypt]),
            (self.usage("decrypt", true), &[Flag::Decrypt]),
            (secret && self.usage("wrap", false), &[Flag::Wrap]),
            (self.usage("wrap", false), &[Flag::Unwrap]),
            (secret && self.usage("sign", false), &[Flag::Verify]),
            (self.usage("sign", false), &[Flag::Sign]),
        ]));
        let asked = KeyTemplate {
            private: None,
            template: Template {
                label: self
                    .options
                    .value("application-label")
                    .unwrap_or_default()
                    .to_owned(),
                id: self
                    .options
                    .value("application-id")
                    .and_then(hex_bytes)
                    .unwrap_or_default(),
                flags,
                ..Template::default()
            },
        };
        let key = self.call(io, "C_UnwrapKey", |token, link| {
            token.unwrap_key(&wrapping, mechanism, &wrapped, kind, &asked, link)
        })?;
        io.out("Key unwrapped\n");
        self.show(io, &key);
        Ok(())
    }

    /// `--derive`: ECDH without a key derivation function, the only derivation on curves that the
    /// tool supports. The tool would print the key's value, but CloudHSM never returns it.
    pub(super) fn derive_key(&mut self, io: &mut Io<'_>) -> Done {
        let classes = [Class::PrivateKey, Class::SecretKey];
        let key = self.key(io, &classes, "Private/secret key not found")?;
        let number = self.mechanism.unwrap_or(ckm::ECDH1_DERIVE);
        if number != ckm::ECDH1_DERIVE {
            // `CKK_RSA`, `CKK_EC`, `CKK_GENERIC_SECRET`, `CKK_AES`.
            let key_type = match key.info.attributes.key_type {
                KeyType::Rsa => 0,
                KeyType::Ec => 3,
                KeyType::GenericSecret => 16,
                KeyType::Des3 => 21,
                KeyType::Aes => 31,
                KeyType::MlDsa => 0x4a,
            };
            return fatal(format!("Key type {key_type} does not support derive"));
        }
        let name = names::mechanism(number);
        io.out(format!("Using derive algorithm 0x{number:08x} {name}\n"));
        let Some(path) = self.options.value("input-file").map(str::to_owned) else {
            return fatal("Derive operation needs --input-file");
        };
        let content = self.input(io)?;
        let Ok(peer) = PublicKey::from_spki_der(&content) else {
            return fatal(format!("Cannot read peer EC key from {path}"));
        };
        let (KeyKind::Ec(curve), Some(point)) = (peer.kind(), peer.point()) else {
            return fatal("Peer key not usable with derive or unknown 6");
        };
        let flags = [
            Flag::Extractable,
            Flag::Encrypt,
            Flag::Decrypt,
            Flag::Wrap,
            Flag::Unwrap,
        ];
        let mut flags: Vec<(Flag, bool)> = flags.map(|flag| (flag, true)).to_vec();
        flags.push((Flag::Sensitive, false));
        let asked = KeyTemplate {
            private: None,
            template: Template {
                flags,
                session: true,
                ..Template::default()
            },
        };
        let new = (
            KeyType::GenericSecret,
            u32::try_from(curve.bytes()).unwrap_or(0),
        );
        let mechanism = DeriveMechanism::EcdhRaw { peer: point };
        self.call(io, "C_DeriveKey", |token, link| {
            token.derive(&key, mechanism, new, &asked, link)
        })?;
        Ok(())
    }
}
