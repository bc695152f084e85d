//! `pkcs11-tool` and objects: making, wrapping, deriving, listing, reading, writing and deleting keys.

use super::{Done, Run, Stop, failed, fatal, hex_bytes, names};
use crate::client::cluster::ClusterKey;
use crate::client::cryptoki::KeyTemplate;
use crate::client::cryptoki::mechanism::ckm;
use crate::client::cryptoki::rv::Rv;
use crate::client::export;
use crate::crypto::keys::{KeyKind, PublicKey};
use crate::crypto::pem;
use crate::proto::cipher::{CipherMechanism, DeriveMechanism};
use crate::proto::key::{Class, Flag, KeyType, Template, WrapMechanism};
use crate::proto::message::{AttributeChange, PairKind, UnwrapKind};
use crate::shell::process::Io;

/// The public exponent of the tool's RSA keys.
const EXPONENT: u64 = 65_537;

/// As C's `atol`: the digits at the beginning, and 0 without any.
fn leading_number(text: &str) -> u32 {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// What follows a prefix, whatever its case.
fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (front, rest) = text.split_at_checked(prefix.len())?;
    front.eq_ignore_ascii_case(prefix).then_some(rest)
}

impl Run {
    /// Whether keys may be used for this: by the option, or by the default where no usage was given.
    fn usage(&self, name: &str, by_default: bool) -> bool {
        let none = !["sign", "decrypt", "derive", "wrap"]
            .iter()
            .any(|usage| self.options.has(&format!("usage-{usage}")));
        self.options.has(&format!("usage-{name}")) || (by_default && none)
    }

    fn template(&self, flags: Vec<(Flag, bool)>) -> Template {
        Template {
            label: self.options.value("label").unwrap_or_default().to_owned(),
            id: self.id.clone(),
            flags,
            ..Template::default()
        }
    }

    /// Flags that are set, each where its condition holds.
    fn flags(conditions: &[(bool, &[Flag])]) -> Vec<(Flag, bool)> {
        let flags = conditions.iter().filter(|(holds, _)| *holds);
        flags
            .flat_map(|(_, flags)| flags.iter().map(|flag| (*flag, true)))
            .collect()
    }

    /// `--keygen`.
    pub(super) fn generate_key(&mut self, io: &mut Io<'_>) -> Done {
        // The tool's own default is AES without a length, which no library takes.
        let typed = self.options.value("key-type").unwrap_or_default();
        let (key_type, form, length) = if let Some(length) = after(typed, "AES:") {
            (KeyType::Aes, "AES", leading_number(length))
        } else if let Some(length) = after(typed, "GENERIC:") {
            (KeyType::GenericSecret, "GENERIC", leading_number(length))
        } else if ["DES:", "DES3:"]
            .iter()
            .any(|name| after(typed, name).is_some())
        {
            return fatal("Generate Key mechanism not supported\n");
        } else {
            return fatal(format!("Unknown key type {typed}"));
        };
        if length == 0 {
            return fatal(format!(
                "Unknown key type {typed}, expecting {form}:<nbytes>"
            ));
        }
        let mut flags = vec![
            (Flag::Sensitive, self.options.has("sensitive")),
            (Flag::Extractable, self.options.has("extractable")),
            (Flag::Derive, self.options.has("usage-derive")),
        ];
        flags.extend(Self::flags(&[
            (self.usage("decrypt", true), &[Flag::Encrypt, Flag::Decrypt]),
            (self.usage("wrap", false), &[Flag::Wrap, Flag::Unwrap]),
            (self.usage("sign", false), &[Flag::Sign, Flag::Verify]),
        ]));
        let asked = KeyTemplate {
            private: Some(self.options.has("private")),
            template: self.template(flags),
        };
        let key = self.call(io, "C_GenerateKey", |token, link| {
            token.generate_key(key_type, length, &asked, link)
        })?;
        io.out("Key generated:\n");
        self.show(io, &key);
        Ok(())
    }

    /// `--keypairgen`.
    pub(super) fn generate_pair(&mut self, io: &mut Io<'_>) -> Done {
        let typed = self
            .options
            .value("key-type")
            .unwrap_or("RSA:1024")
            .to_owned();
        let (mut public, mut private) = (Vec::new(), Vec::new());
        let sign = self.usage("sign", true);
        public.extend(Self::flags(&[(sign, &[Flag::Verify])]));
        private.extend(Self::flags(&[(sign, &[Flag::Sign])]));
        let kind = if let Some(bits) = after(&typed, "RSA:") {
            let bits = leading_number(bits);
            if bits == 0 {
                return fatal(format!(
                    "Unknown key pair type {typed}, expecting RSA:<nbytes>"
                ));
            }
            let decrypt = self.usage("decrypt", true);
            let wrap = self.usage("wrap", false);
            public.extend(Self::flags(&[
                (decrypt, &[Flag::Encrypt]),
                (wrap, &[Flag::Wrap]),
            ]));
            private.extend(Self::flags(&[
                (decrypt, &[Flag::Decrypt]),
                (wrap, &[Flag::Unwrap]),
            ]));
            PairKind::Rsa {
                bits,
                exponent: EXPONENT,
            }
        } else if let Some(name) = after(&typed, "EC:") {
            let Some(curve) = names::curve_named(name) else {
                return unknown_curve(io, name);
            };
            let derive = self.usage("derive", true);
            let decrypt = self.options.has("usage-decrypt");
            public.extend(Self::flags(&[
                (derive, &[Flag::Derive]),
                (decrypt, &[Flag::Encrypt]),
            ]));
            private.extend(Self::flags(&[
                (derive, &[Flag::Derive]),
                (decrypt, &[Flag::Decrypt]),
            ]));
            PairKind::Ec(curve)
        } else {
            return fatal(format!("Unknown key pair type {typed}"));
        };
        private.push((Flag::Sensitive, true));
        private.extend(Self::flags(&[(
            self.options.has("extractable"),
            &[Flag::Extractable],
        )]));
        let public = KeyTemplate {
            private: Some(self.options.has("private")),
            template: self.template(public),
        };
        let private = KeyTemplate {
            private: Some(true),
            template: self.template(private),
        };
        let (public, private) = self.call(io, "C_GenerateKeyPair", |token, link| {
            token.generate_pair(kind, &public, &private, link)
        })?;
        io.out("Key pair generated:\n");
        self.show(io, &private);
        self.show(io, &public);
        Ok(())
    }

    /// `--list-objects`.
    pub(super) fn list_objects(&mut self, io: &mut Io<'_>) -> Done {
        let id = self.id.clone();
        let label = self.options.value("label").map(str::to_owned);
        // Certificates and data are no objects of the HSM's.
        if self.class.is_none() && self.options.has("type") {
            return Ok(());
        }
        let found = self.find(io, self.class, &id, label.as_deref())?;
        for key in &found {
            self.show(io, key);
        }
        Ok(())
    }

    /// The one object that `--type`, `--id` and `--label` name, for reading and deleting.
    fn object(&mut self, io: &mut Io<'_>, verb: &str) -> Done<ClusterKey> {
        if !self.options.has("type") {
            return fatal(format!("You should specify type of the object to {verb}"));
        }
        let label = self.options.value("label").map(str::to_owned);
        if self.id.is_empty() && label.is_none() {
            let tail = if verb == "delete" {
                ", application label, application ID or object index"
            } else {
                ", application label or application ID"
            };
            return fatal(format!(
                "You should specify at least one of the object ID, object label{tail}"
            ));
        }
        let id = self.id.clone();
        let found = match self.class {
            None => Vec::new(),
            class => self.find(io, class, &id, label.as_deref())?,
        };
        match found.into_iter().next() {
            Some(key) => Ok(key),
            None => fatal("object not found"),
        }
    }

    /// `--read-object`.
    pub(super) fn read_object(&mut self, io: &mut Io<'_>) -> Done {
        let key = self.object(io, "read")?;
        match key.info.attributes.class {
            Class::PrivateKey => {
                io.err("sorry, reading private keys not (yet) supported\n");
                Ok(())
            }
            Class::SecretKey => {
                io.err(format!(
                    "warning: PKCS11 function C_GetAttributeValue(VALUE) failed: rv = {}\n\n",
                    Rv::ATTRIBUTE_SENSITIVE
                ));
                fatal("get CKA_VALUE failed")
            }
            Class::PublicKey => {
                let public = key.info.attributes.public.as_ref();
                match public.and_then(export::public_key) {
                    Some(public) => self.output(io, &public.spki_der()),
                    None => fatal("cannot write public key to output"),
                }
            }
        }
    }

    /// `--write-object`: public keys. The HSM takes no others in the clear.
    pub(super) fn write_object(&mut self, io: &mut Io<'_>) -> Done {
        let path = self.options.value("write-object").unwrap_or_default();
        let content = match io.read_file(path) {
            Ok(bytes) => bytes.to_vec(),
            Err(_) => return fatal(format!("Couldn't open file \"{path}\"")),
        };
        match self.class {
            None if !self.options.has("type") => {
                return fatal("You should specify the object type with the -y option");
            }
            Some(Class::PublicKey) => {}
            // Private and secret keys come in wrapped, or not at all (User Guide, "pkcs11-apis":
            // `C_CreateObject`); certificates need the certificate storage. Guess: the return value.
            _ => return Err(failed("C_CreateObject", Rv::ATTRIBUTE_VALUE_INVALID)),
        }
        let spki = match pem::find(&String::from_utf8_lossy(&content), &["PUBLIC KEY"]) {
            Ok(block) => block.bytes,
            Err(_) => content,
        };
        if PublicKey::from_spki_der(&spki).is_err() {
            return fatal("Cannot read public key");
        }
        let flags = Self::flags(&[
            (self.options.has("usage-sign"), &[Flag::Verify]),
            (self.options.has("usage-decrypt"), &[Flag::Encrypt]),
            (self.options.has("usage-derive"), &[Flag::Derive]),
            (self.options.has("usage-wrap"), &[Flag::Wrap]),
        ]);
        let asked = KeyTemplate {
            private: Some(self.options.has("private")),
            template: self.template(flags),
        };
        let key = self.call(io, "C_CreateObject", |token, link| {
            token.create_public(&spki, &asked, link)
        })?;
        io.out("Created public key:\n");
        self.show(io, &key);
        Ok(())
    }

    /// `--delete-object`.
    pub(super) fn delete_object(&mut self, io: &mut Io<'_>) -> Done {
        let key = self.object(io, "delete")?;
        self.call(io, "C_DestroyObject()", |token, link| {
            token.destroy(&key, link)
        })
    }

    /// `--set-id`.
    pub(super) fn set_id(&mut self, io: &mut Io<'_>) -> Done {
        if !self.options.has("type") {
            return fatal("You should specify the object type with the -y option");
        }
        let label = self.options.value("label").map(str::to_owned);
        if self.id.is_empty() && label.is_none() {
            return fatal("You should specify the current object with the -d or -a option");
        }
        let id = self.id.clone();
        let found = self.find(io, self.class, &id, label.as_deref())?;
        let Some(mut key) = found.into_iter().next() else {
            io.err("set_id(): couldn't find the object by id or label\n");
            return Ok(());
        };
        let new = hex_bytes(self.options.value("set-id").unwrap_or_default()).unwrap_or_default();
        let change = AttributeChange::Id(new.clone());
        self.call(io, "C_SetAttributeValue", |token, link| {
            token.set_attribute(&key, change, link)
        })?;
        key.info.attributes.id = new;
        io.out("Result:");
        self.show(io, &key);
        Ok(())
    }

    /// The wrapping mechanism that `-m` names. Mechanisms that the tool gives no parameters cannot be
    /// used where the library needs some.
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
                    // As for data: the HSM makes the IV and wants a buffer of zeros for it.
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

    /// `--derive`: ECDH without a key derivation function, which is all that the tool can do on
    /// curves. The key's value would be printed; a CloudHSM key's is never given.
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
                KeyType::Aes => 31,
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

fn unknown_curve(io: &mut Io<'_>, name: &str) -> Done {
    io.err(
        "EC key parameters may be specified by their canonic name or object identifier. Possible \
         values are:\n",
    );
    for (known, curve) in names::CURVES {
        io.err(format!("{known} ({})\n", curve.oid()));
    }
    Err(Stop::Fatal(format!("Unknown EC key parameter '{name}'")))
}
