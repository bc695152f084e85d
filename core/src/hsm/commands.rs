//! Execution of commands on keys.

use std::collections::BTreeSet;

use rand_core::Rng as _;

use super::appliance::Appliance;
use super::keys::{Caller, Key, Origin};
use super::users::fold;
use super::{limits, masking, material, quorum, wrap};
use crate::proto::Secret;
use crate::proto::key::{Class, Flag, Handle, KeyType, PublicPart, Template, WrapMechanism};
use crate::proto::message::{Answer, Command, Fault, PairKind, Reply, Role, UnwrapKind};
use crate::proto::pure::PurePublic;

impl Appliance {
    /// Executes a command on keys for a logged-in user.
    pub(super) fn run_key(&mut self, caller: &Caller, command: Command) -> Answer {
        // Before activation the first administrator can do nothing but activate.
        if caller.role == Role::UnactivatedAdmin {
            return Err(Fault::NotActivated);
        }
        let keys = &mut self.state.keys;
        match command {
            Command::FindKeys { terms, after } => {
                let (keys, more) = keys.find(&terms, after, caller);
                return Ok(Reply::Keys { keys, more });
            }
            Command::Replicate(command) => return self.run_replicate(caller, command),
            Command::SetAttribute { handle, change } => {
                keys.set_attribute(handle, change, caller)?;
                return Ok(Reply::Done);
            }
            Command::ExtractMasked { handle } => {
                let key = keys.get(handle, caller)?;
                if key.session.is_some() {
                    return Err(Fault::NoSuchKey);
                }
                let sealed = masking::mask(&self.state.masking_key, handle, key, &mut self.rng);
                return sealed.map(Reply::Bytes).ok_or(Fault::Malformed);
            }
            Command::InsertMasked { masked } => {
                let (handle, key) =
                    masking::unmask(&self.state.masking_key, &masked).ok_or(Fault::UnwrapFailed)?;
                // A key whose owner this HSM does not know cannot be copied here.
                if !self.state.users.is_crypto_user(&key.owner) {
                    return Err(Fault::NoSuchUser);
                }
                keys.check_room(self.spec.is_hsm1(), 1, 0)?;
                keys.insert_copy(handle, key, caller)?;
                return Ok(Reply::Done);
            }
            _ => {}
        }
        if caller.role != Role::CryptoUser {
            return Err(Fault::WrongRole(Role::CryptoUser));
        }
        match command {
            Command::Cipher(command) => self.run_cipher(caller, command),
            Command::Pure(command) => self.run_pure(caller, command),
            Command::GenerateSymmetric {
                key_type,
                length_bytes,
                template,
            } => self.generate_symmetric(caller, key_type, length_bytes, &template),
            Command::GeneratePair {
                kind,
                public,
                private,
            } => self.generate_pair(caller, &kind, &public, &private),
            Command::DeleteKey { handle } => {
                keys.delete(handle, caller)?;
                Ok(Reply::Done)
            }
            Command::Share { handle, username } => self.share(caller, handle, &username, true),
            Command::Unshare { handle, username } => self.share(caller, handle, &username, false),
            Command::ImportPublic { spki, template } => {
                let public = material::public_from_spki(&spki)?;
                self.takes(&public)?;
                let key_type = key_type_of(&public);
                let parts = (material::Material::Public, Some(public));
                self.add(
                    caller,
                    key_type,
                    Class::PublicKey,
                    parts,
                    &template,
                    Origin::Imported,
                )
            }
            Command::Sign {
                handle,
                mechanism,
                digest,
            } => {
                let key = keys.get(handle, caller)?;
                key.needs(Flag::Sign)?;
                key.material
                    .sign(mechanism, &digest, &mut self.rng)
                    .map(Reply::Bytes)
            }
            Command::Verify {
                handle,
                mechanism,
                digest,
                signature,
            } => {
                let key = keys.get(handle, caller)?;
                key.needs(Flag::Verify)?;
                material::verify(key.public()?, mechanism, &digest, &signature)?;
                Ok(Reply::Done)
            }
            Command::Wrap {
                payload,
                wrapping,
                mechanism,
            } => self.wrap(caller, payload, wrapping, &mechanism),
            Command::Unwrap {
                wrapping,
                mechanism,
                wrapped,
                kind,
                template,
            } => {
                let key = keys.get(wrapping, caller)?;
                key.needs(Flag::Unwrap)?;
                let fips = self.spec.fips;
                let template = unite(&key.unwrap_template, template)?;
                let value = wrap::unwrap(&key.material, &mechanism, &wrapped, fips, &mut self.rng)?;
                self.add_unwrapped(caller, &value, kind, &template)
            }
            _ => Err(Fault::Malformed),
        }
    }

    fn generate_symmetric(
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

    fn generate_pair(
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

    fn share(&mut self, caller: &Caller, handle: Handle, username: &str, on: bool) -> Answer {
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

    fn wrap(
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
