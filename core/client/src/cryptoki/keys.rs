//! Keys as Cryptoki's objects: making, wrapping, deriving, changing and destroying them.

use super::rv::Rv;
use super::{Done, Encrypted, KeyTemplate, Token};
use crate::Link;
use crate::cluster::ClusterKey;
use hsmlab_proto::cipher::{CipherCommand, DeriveMechanism};
use hsmlab_proto::key::{KeyType, WrapMechanism};
use hsmlab_proto::message::{AttributeChange, Command, PairKind, UnwrapKind};

impl Token {
    fn make(
        &mut self,
        from: Option<&ClusterKey>,
        command: &Command,
        session: bool,
        link: &mut dyn Link,
    ) -> Done<Vec<ClusterKey>> {
        self.run(link, |cluster, link| {
            cluster.make_keys(from, command, session, link)
        })
    }

    /// `C_GenerateKey`.
    ///
    /// # Errors
    /// The refusal.
    pub fn generate_key(
        &mut self,
        key_type: KeyType,
        length_bytes: u32,
        asked: &KeyTemplate,
        link: &mut dyn Link,
    ) -> Done<ClusterKey> {
        let template = asked.check()?.clone();
        let session = template.session;
        let command = Command::GenerateSymmetric {
            key_type,
            length_bytes,
            template,
        };
        one(self.make(None, &command, session, link)?)
    }

    /// `C_GenerateKeyPair`: the public and the private key.
    ///
    /// # Errors
    /// The refusal.
    pub fn generate_pair(
        &mut self,
        kind: PairKind,
        public: &KeyTemplate,
        private: &KeyTemplate,
        link: &mut dyn Link,
    ) -> Done<(ClusterKey, ClusterKey)> {
        let (public, private) = (public.check()?.clone(), private.check()?.clone());
        let session = private.session;
        let command = Command::GeneratePair {
            kind,
            public,
            private,
        };
        let mut keys = self.make(None, &command, session, link)?.into_iter();
        match (keys.next(), keys.next()) {
            (Some(public), Some(private)) => Ok((public, private)),
            _ => Err(Rv::DEVICE_ERROR),
        }
    }

    /// `C_CreateObject` of a public key (`SubjectPublicKeyInfo`).
    ///
    /// # Errors
    /// The refusal.
    pub fn create_public(
        &mut self,
        spki: &[u8],
        asked: &KeyTemplate,
        link: &mut dyn Link,
    ) -> Done<ClusterKey> {
        let command = Command::ImportPublic {
            spki: spki.to_vec(),
            template: asked.check()?.clone(),
        };
        one(self.make(None, &command, false, link)?)
    }

    /// `C_WrapKey`.
    ///
    /// # Errors
    /// The refusal.
    pub fn wrap(
        &mut self,
        wrapping: &ClusterKey,
        mechanism: WrapMechanism,
        payload: &ClusterKey,
        link: &mut dyn Link,
    ) -> Done<Encrypted> {
        let command = Command::Wrap {
            payload: payload.info.handle,
            wrapping: wrapping.info.handle,
            mechanism,
        };
        self.bytes(&[payload, wrapping], &command, link)
    }

    /// `C_UnwrapKey`.
    ///
    /// # Errors
    /// The refusal.
    pub fn unwrap_key(
        &mut self,
        wrapping: &ClusterKey,
        mechanism: WrapMechanism,
        wrapped: &[u8],
        kind: UnwrapKind,
        asked: &KeyTemplate,
        link: &mut dyn Link,
    ) -> Done<ClusterKey> {
        let template = asked.check()?.clone();
        let session = template.session;
        let command = Command::Unwrap {
            wrapping: wrapping.info.handle,
            mechanism,
            wrapped: wrapped.to_vec(),
            kind,
            template,
        };
        one(self.make(Some(wrapping), &command, session, link)?)
    }

    /// `C_DeriveKey`. The library refuses ECDH without a key derivation function (`CKD_NULL`), unless
    /// the configuration permits it (`configure-pkcs11 --enable-ecdh-without-kdf`).
    ///
    /// # Errors
    /// The refusal.
    pub fn derive(
        &mut self,
        base: &ClusterKey,
        mechanism: DeriveMechanism,
        (key_type, length_bytes): (KeyType, u32),
        asked: &KeyTemplate,
        link: &mut dyn Link,
    ) -> Done<ClusterKey> {
        if matches!(mechanism, DeriveMechanism::EcdhRaw { .. }) && !self.raw_ecdh {
            return Err(Rv::MECHANISM_PARAM_INVALID);
        }
        let template = asked.check()?.clone();
        let session = template.session;
        let command = Command::Cipher(CipherCommand::Derive {
            handle: base.info.handle,
            mechanism,
            key_type,
            length_bytes,
            template,
        });
        one(self.make(Some(base), &command, session, link)?)
    }

    /// `C_DestroyObject`.
    ///
    /// # Errors
    /// The refusal.
    pub fn destroy(&mut self, key: &ClusterKey, link: &mut dyn Link) -> Done<()> {
        let handle = key.info.handle;
        self.run(link, |cluster, link| {
            cluster.change_key(key, &Command::DeleteKey { handle }, link)
        })
    }

    /// `C_SetAttributeValue`.
    ///
    /// # Errors
    /// The refusal.
    pub fn set_attribute(
        &mut self,
        key: &ClusterKey,
        change: AttributeChange,
        link: &mut dyn Link,
    ) -> Done<()> {
        let command = Command::SetAttribute {
            handle: key.info.handle,
            change,
        };
        self.run(link, |cluster, link| {
            cluster.change_key(key, &command, link)
        })
    }
}

fn one(keys: Vec<ClusterKey>) -> Done<ClusterKey> {
    keys.into_iter().next().ok_or(Rv::DEVICE_ERROR)
}
