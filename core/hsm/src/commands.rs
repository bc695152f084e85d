//! Execution of commands on keys.

use std::collections::BTreeSet;

use rand_core::Rng as _;

use super::appliance::Appliance;
use super::keys::{Caller, Key, Origin};
use super::users::fold;
use super::{limits, masking, material, quorum, wrap};
use hsmlab_proto::Handle;
use hsmlab_proto::Secret;
use hsmlab_proto::key::{
    Class, Flag, KeyType, PublicPart, SignMechanism, Template, Term, WrapMechanism,
};
use hsmlab_proto::message::{Answer, AttributeChange, Fault, PairKind, Reply, UnwrapKind};
use hsmlab_proto::pure::PurePublic;

impl Appliance {
    /// The keys that meet all terms, as far as the answer has room.
    pub(super) fn find_keys(&self, caller: &Caller, terms: &[Term], after: Handle) -> Reply {
        let (keys, more) = self.state.keys.find(terms, after, caller);
        Reply::Keys { keys, more }
    }

    pub(super) fn delete_key(&mut self, caller: &Caller, handle: Handle) -> Answer {
        self.state.keys.delete(handle, caller)?;
        Ok(Reply::Done)
    }

    pub(super) fn set_attribute(
        &mut self,
        caller: &Caller,
        handle: Handle,
        change: AttributeChange,
    ) -> Answer {
        self.state.keys.set_attribute(handle, change, caller)?;
        Ok(Reply::Done)
    }

    /// A token key for another HSM of the cluster.
    pub(super) fn extract_masked(&mut self, caller: &Caller, handle: Handle) -> Answer {
        let key = self.state.keys.get(handle, caller)?;
        if key.session.is_some() {
            return Err(Fault::NoSuchKey);
        }
        let sealed = masking::mask(&self.state.masking_key, handle, key, &mut self.rng);
        sealed.map(Reply::Bytes).ok_or(Fault::Malformed)
    }

    pub(super) fn insert_masked(&mut self, caller: &Caller, masked: &[u8]) -> Answer {
        let (handle, key) =
            masking::unmask(&self.state.masking_key, masked).ok_or(Fault::UnwrapFailed)?;
        // A key whose owner this HSM does not know cannot be copied here.
        if !self.state.users.is_crypto_user(&key.owner) {
            return Err(Fault::NoSuchUser);
        }
        let keys = &mut self.state.keys;
        keys.check_room(self.spec.is_hsm1(), 1, 0)?;
        keys.insert_copy(handle, key, caller)?;
        Ok(Reply::Done)
    }

    pub(super) fn import_public(
        &mut self,
        caller: &Caller,
        spki: &[u8],
        template: &Template,
    ) -> Answer {
        let public = material::public_from_spki(spki)?;
        self.takes(&public)?;
        let key_type = key_type_of(&public);
        let parts = (material::Material::Public, Some(public));
        self.add(
            caller,
            key_type,
            Class::PublicKey,
            parts,
            template,
            Origin::Imported,
        )
    }

    pub(super) fn sign(
        &mut self,
        caller: &Caller,
        handle: Handle,
        mechanism: SignMechanism,
        digest: &[u8],
    ) -> Answer {
        let key = self.state.keys.get(handle, caller)?;
        key.needs(Flag::Sign)?;
        key.material
            .sign(mechanism, digest, &mut self.rng)
            .map(Reply::Bytes)
    }

    /// Verifies a digest and its signature.
    pub(super) fn verify(
        &self,
        caller: &Caller,
        handle: Handle,
        mechanism: SignMechanism,
        (digest, signature): (&[u8], &[u8]),
    ) -> Answer {
        let key = self.state.keys.get(handle, caller)?;
        key.needs(Flag::Verify)?;
        material::verify(key.public()?, mechanism, digest, signature)?;
        Ok(Reply::Done)
    }

    pub(super) fn unwrap(
        &mut self,
        caller: &Caller,
        wrapping: Handle,
        (mechanism, wrapped): (&WrapMechanism, &[u8]),
        kind: UnwrapKind,
        template: Template,
    ) -> Answer {
        let key = self.state.keys.get(wrapping, caller)?;
        key.needs(Flag::Unwrap)?;
        let fips = self.spec.fips;
        let template = unite(&key.unwrap_template, template)?;
        let value = wrap::unwrap(&key.material, mechanism, wrapped, fips, &mut self.rng)?;
        self.add_unwrapped(caller, &value, kind, &template)
    }

    pub(super) fn generate_symmetric(
        &mut self,
        caller: &Caller,
        key_type: KeyType,
        length_bytes: u32,
        template: &Template,
    ) -> Answer {
        super::cipher::check_length(key_type, length_bytes)?;
        // User Guide, "compliance-dep-notif".
        if key_type == KeyType::Des3 && self.spec.fips {
            return Err(Fault::NotInFips);
        }
        let mut bytes = zeroize::Zeroizing::new(vec![0; length_bytes as usize]);
        self.rng.fill_bytes(&mut bytes);
        let parts = (
            material::Material::Symmetric(Secret::new(bytes.as_slice())),
            None,
        );
        self.add(
            caller,
            key_type,
            Class::SecretKey,
            parts,
            template,
            Origin::Generated,
        )
    }

    pub(super) fn generate_pair(
        &mut self,
        caller: &Caller,
        kind: &PairKind,
        public: &Template,
        private: &Template,
    ) -> Answer {
        self.state.keys.check_room(self.spec.is_hsm1(), 2, 2)?;
        self.check_shares(private)?;
        let (material, part) = match kind {
            PairKind::Rsa { bits, exponent } => {
                material::generate_rsa(*bits, *exponent, &mut self.rng)?
            }
            PairKind::Ec(curve) => material::generate_ec(*curve, &mut self.rng),
            PairKind::Pure(kind) => self.generate_pure(*kind)?,
        };
        let key_type = key_type_of(&part);
        let public = Key::new(
            caller,
            key_type,
            Class::PublicKey,
            (material::Material::Public, Some(part.clone())),
            public,
            Origin::Generated,
        )?;
        let mut private_key = Key::new(
            caller,
            key_type,
            Class::PrivateKey,
            (material, Some(part)),
            private,
            Origin::Generated,
        )?;
        private_key.shared = shares(private, caller);
        private_key.quorum = quorum::of_key(private.quorum, private_key.shared.len())?;
        let (public_info, private_info) = (public.clone(), private_key.clone());
        let public_handle = self.state.keys.insert(public, &mut self.rng);
        let private_handle = self.state.keys.insert(private_key, &mut self.rng);
        Ok(Reply::Pair(Box::new((
            public_info.info(public_handle),
            private_info.info(private_handle),
        ))))
    }

    fn add_unwrapped(
        &mut self,
        caller: &Caller,
        value: &Secret,
        kind: UnwrapKind,
        template: &Template,
    ) -> Answer {
        let bytes = value.expose();
        let symmetric = || (material::Material::Symmetric(value.clone()), None);
        let (key_type, class, parts) = match kind {
            UnwrapKind::Aes if matches!(bytes.len(), 16 | 24 | 32) => {
                (KeyType::Aes, Class::SecretKey, symmetric())
            }
            UnwrapKind::GenericSecret
                if (1..=limits::GENERIC_SECRET_BYTES_MAX as usize).contains(&bytes.len()) =>
            {
                (KeyType::GenericSecret, Class::SecretKey, symmetric())
            }
            UnwrapKind::Des3 if bytes.len() == super::des3::KEY_BYTES => {
                (KeyType::Des3, Class::SecretKey, symmetric())
            }
            UnwrapKind::Aes | UnwrapKind::GenericSecret | UnwrapKind::Des3 => {
                return Err(Fault::BadKeyLength);
            }
            UnwrapKind::RsaPrivate | UnwrapKind::EcPrivate => {
                let rsa = kind == UnwrapKind::RsaPrivate;
                let (material, public) = material::private_from_pkcs8(bytes, rsa)?;
                self.takes(&public)?;
                (
                    key_type_of(&public),
                    Class::PrivateKey,
                    (material, Some(public)),
                )
            }
        };
        self.add(caller, key_type, class, parts, template, Origin::Unwrapped)
    }

    pub(super) fn add(
        &mut self,
        caller: &Caller,
        key_type: KeyType,
        class: Class,
        parts: (material::Material, Option<PublicPart>),
        template: &Template,
        origin: Origin,
    ) -> Answer {
        let asymmetric = usize::from(class != Class::SecretKey);
        self.state
            .keys
            .check_room(self.spec.is_hsm1(), 1, asymmetric)?;
        self.check_shares(template)?;
        let mut key = Key::new(caller, key_type, class, parts, template, origin)?;
        if class == Class::PublicKey {
            quorum::of_public_key(template.quorum)?;
        } else {
            key.shared = shares(template, caller);
            key.quorum = quorum::of_key(template.quorum, key.shared.len())?;
        }
        let copy = key.clone();
        let handle = self.state.keys.insert(key, &mut self.rng);
        Ok(Reply::Key(Box::new(copy.info(handle))))
    }

    fn check_shares(&self, template: &Template) -> Result<(), Fault> {
        let known = |name: &String| self.state.users.is_crypto_user(name);
        if template.share_with.iter().all(known) {
            Ok(())
        } else {
            Err(Fault::NoSuchUser)
        }
    }

    pub(super) fn share(
        &mut self,
        caller: &Caller,
        handle: Handle,
        username: &str,
        on: bool,
    ) -> Answer {
        let known = self.state.users.is_crypto_user(username);
        let key = self.state.keys.owned(handle, caller)?;
        if key.attributes.class == Class::PublicKey {
            return Err(Fault::WrongKeyType);
        }
        let name = fold(username);
        if !known || name == caller.username || (!on && !key.shared.contains(&name)) {
            return Err(Fault::NoSuchUser);
        }
        if on {
            key.shared.insert(name);
        } else {
            quorum::check_sharers(key.quorum, key.shared.len() - 1)?;
            key.shared.remove(&name);
        }
        Ok(Reply::Done)
    }

    pub(super) fn wrap(
        &mut self,
        caller: &Caller,
        payload: Handle,
        wrapping: Handle,
        mechanism: &WrapMechanism,
    ) -> Answer {
        let value = {
            let key = self.state.keys.owned(payload, caller)?;
            key.needs(Flag::Extractable)?;
            let flags = key.attributes.flags;
            (
                key.material.encode()?,
                key.has(Flag::WrapWithTrusted),
                flags,
            )
        };
        let key = self.state.keys.get(wrapping, caller)?;
        key.needs(Flag::Wrap)?;
        if value.1 {
            key.needs(Flag::Trusted)?;
        }
        for (flag, wanted) in &key.wrap_template {
            if value.2.has(*flag) != *wanted {
                return Err(refused(*flag, value.2.has(*flag)));
            }
        }
        let parts = (&key.material, key.attributes.public.as_ref());
        let (iv, wrapped) = wrap::wrap(parts, mechanism, &value.0, self.spec.fips, &mut self.rng)?;
        Ok(Reply::Wrapped { iv, wrapped })
    }
}

/// Returns the crypto users that a template shares the key with, without the owner.
fn shares(template: &Template, caller: &Caller) -> BTreeSet<String> {
    template
        .share_with
        .iter()
        .map(|name| fold(name))
        .filter(|name| *name != caller.username)
        .collect()
}

/// Combines what the caller asks for with what the unwrapping key demands. A contradiction makes the
/// unwrapping fail (User Guide, "`cloudhsm_using_trusted_keys_control_key_wrap`").
fn unite(demanded: &[(Flag, bool)], mut asked: Template) -> Result<Template, Fault> {
    for (flag, value) in demanded {
        match asked.flags.iter().find(|(other, _)| other == flag) {
            Some((_, other)) if other != value => return Err(refused(*flag, *other)),
            Some(_) => {}
            None => asked.flags.push((*flag, *value)),
        }
    }
    Ok(asked)
}

fn refused(flag: Flag, value: bool) -> Fault {
    Fault::AttributeRefused(flag.text().to_owned(), value.to_string())
}

fn key_type_of(public: &PublicPart) -> KeyType {
    match public {
        PublicPart::Rsa { .. } => KeyType::Rsa,
        PublicPart::Ec { .. } | PublicPart::Pure(PurePublic::Ed25519(_)) => KeyType::Ec,
        PublicPart::Pure(PurePublic::MlDsa(..)) => KeyType::MlDsa,
    }
}
