//! Existing objects in `pkcs11-tool`: listing, reading, writing, deleting, naming.

use super::{Done, Run, failed, fatal, hex_bytes};
use hsmlab_client::cluster::ClusterKey;
use hsmlab_client::cryptoki::KeyTemplate;
use hsmlab_client::cryptoki::rv::Rv;
use hsmlab_client::export;
use hsmlab_crypto::keys::PublicKey;
use hsmlab_crypto::pem;
use hsmlab_proto::key::{Class, Flag};
use hsmlab_proto::message::AttributeChange;
use hsmlab_shell::process::Io;

impl Run {
    /// `--list-objects`.
    pub(super) fn list_objects(&mut self, io: &mut Io<'_>) -> Done {
        let id = self.id.clone();
        let label = self.options.value("label").map(str::to_owned);
        // The HSM stores no certificates or data objects.
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

    /// `--write-object`: only public keys. The HSM accepts no other objects in plain form.
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
            // Private and secret keys can only be imported wrapped (User Guide, "pkcs11-apis":
            // `C_CreateObject`); certificates need the certificate storage. Guess: the return
            // value.
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
}
