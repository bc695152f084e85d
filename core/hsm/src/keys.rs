//! The keys of an appliance and the rules of their attributes.
//!
//! The rules are PKCS#11's, as in the User Guide's attribute tables
//! ("cloudhsm_cli-key-attributes-table", "pkcs11-attributes").

pub(super) mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::rc::Rc;

use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use rand_core::Rng as _;
use serde::{Deserialize, Serialize};
use sha1::Digest as _;

use self::store::{Index, Tombstone, Version};
use super::limits;
use super::material::Material;
use hsmlab_proto::Handle;
use hsmlab_proto::key::{
    Attributes, Class, Flag, Flags, KeyInfo, KeyType, PublicPart, Template, Term,
};
use hsmlab_proto::message::{AttributeChange, Fault, KEYS_PAGE_BYTES};
use hsmlab_proto::pure::PurePublic;
use hsmlab_proto::quorum::KeyQuorum;
use hsmlab_proto::role::Role;
use hsmlab_sim::{Rng, SharedMap};

/// A key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) owner: String,
    pub(super) shared: BTreeSet<String>,
    pub(super) attributes: Attributes,
    pub(super) material: Material,
    /// The connection that a session key ends with.
    pub(super) session: Option<u64>,
    /// The version of this copy, compared with those on the cluster's other HSMs.
    #[serde(default)]
    pub(super) version: Version,
    /// The numbers of approvals that its use and management need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) quorum: Option<KeyQuorum>,
    /// `CKA_WRAP_TEMPLATE`: the attributes that a key must have to be wrapped by this key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) wrap_template: Vec<(Flag, bool)>,
    /// `CKA_UNWRAP_TEMPLATE`: the attributes of keys that this key unwraps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unwrap_template: Vec<(Flag, bool)>,
}

/// All keys by handle, and the tombstones of deleted keys. A copy shares the keys.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "store::Stored")]
pub(super) struct Keys {
    by_handle: SharedMap<Handle, Rc<Key>>,
    tombstones: SharedMap<Handle, Tombstone>,
    /// The number of deletions so far.
    deletions: u64,
    #[serde(skip)]
    index: Index,
}

/// The user who asks for a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Caller {
    pub(super) username: String,
    pub(super) role: Role,
    pub(super) connection: u64,
}

/// The origin of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Generated,
    Unwrapped,
    Imported,
    /// Derived from another key.
    Derived,
}

impl Key {
    /// Creates a key of the caller's, with the default attributes of its kind and the template's changes.
    pub(super) fn new(
        caller: &Caller,
        key_type: KeyType,
        class: Class,
        (material, public): (Material, Option<PublicPart>),
        template: &Template,
        origin: Origin,
    ) -> Result<Self, Fault> {
        if template.label.len() > limits::LABEL_BYTES_MAX {
            return Err(Fault::LabelTooLong);
        }
        if template.id.len() > limits::ID_BYTES_MAX {
            return Err(Fault::BadData("the id is too long".into()));
        }
        let mut flags = default_flags(class, origin);
        for (flag, value) in &template.flags {
            check_at_creation(class, *flag, *value)?;
            flags.set(*flag, *value);
        }
        flags.set(Flag::Token, !template.session);
        let always_sensitive = origin == Origin::Generated && flags.has(Flag::Sensitive);
        flags.set(Flag::AlwaysSensitive, always_sensitive);
        let never_extractable = origin == Origin::Generated && !flags.has(Flag::Extractable);
        flags.set(
            Flag::NeverExtractable,
            never_extractable && class != Class::PublicKey,
        );
        let attributes = Attributes {
            key_type,
            label: template.label.clone(),
            id: template.id.clone(),
            check_value: check_value(key_type, &material, public.as_ref()),
            class,
            flags,
            key_length_bytes: length_bytes(&material, public.as_ref()),
            public,
        };
        Ok(Self {
            owner: caller.username.clone(),
            shared: BTreeSet::new(),
            attributes,
            material,
            session: template.session.then_some(caller.connection),
            version: Version::default(),
            quorum: None,
            wrap_template: Vec::new(),
            unwrap_template: Vec::new(),
        })
    }

    pub(super) fn info(&self, handle: Handle) -> KeyInfo {
        KeyInfo {
            handle,
            owner: self.owner.clone(),
            shared: self.shared.iter().cloned().collect(),
            attributes: self.attributes.clone(),
            quorum: self.quorum,
        }
    }

    /// Returns an upper bound for the key's information in a message: a modulus of 4,096 bits in base64,
    /// the attribute names, label and id with every character escaped, and the sharers' names.
    fn message_bytes(&self) -> usize {
        let attributes = &self.attributes;
        let public = match &attributes.public {
            Some(PublicPart::Pure(public)) => 2 * public.bytes().len(),
            _ => 0,
        };
        2048 + public
            + 6 * attributes.label.len()
            + 2 * attributes.id.len()
            + 40 * self.shared.len()
    }

    /// Returns the public part.
    pub(super) fn public(&self) -> Result<&PublicPart, Fault> {
        self.attributes.public.as_ref().ok_or(Fault::WrongKeyType)
    }

    pub(super) fn has(&self, flag: Flag) -> bool {
        self.attributes.flags.has(flag)
    }

    /// Checks that a flag is true.
    pub(super) fn needs(&self, flag: Flag) -> Result<(), Fault> {
        if self.has(flag) {
            Ok(())
        } else {
            Err(Fault::NotAllowed(flag))
        }
    }

    /// True if the caller may see the key. Crypto users see their own keys, those shared with them, and all
    /// public keys; administrators see all. A session key is visible only on its own connection.
    fn visible(&self, caller: &Caller) -> bool {
        if self
            .session
            .is_some_and(|connection| connection != caller.connection)
        {
            return false;
        }
        match caller.role {
            Role::CryptoUser => {
                self.owner == caller.username
                    || self.shared.contains(&caller.username)
                    || self.attributes.class == Class::PublicKey
            }
            _ => true,
        }
    }

    /// True if the other key is the same in everything that can change.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        self.owner == other.owner
            && self.shared == other.shared
            && self.attributes == other.attributes
            && self.quorum == other.quorum
            && self.wrap_template == other.wrap_template
            && self.unwrap_template == other.unwrap_template
    }
}

impl Keys {
    /// Returns the number of keys, session keys included.
    pub(super) fn len(&self) -> usize {
        self.by_handle.len()
    }

    /// Returns a key, for any caller.
    pub(super) fn any(&self, handle: Handle) -> Option<&Key> {
        self.by_handle.get(&handle).map(|key| &**key)
    }

    pub(super) fn owns_any(&self, user: &str) -> bool {
        self.by_handle.values().any(|key| key.owner == user)
    }

    /// Checks that there is room for `more` keys, `asymmetric` of them with two parts.
    pub(super) fn check_room(
        &self,
        hsm1: bool,
        more: usize,
        asymmetric: usize,
    ) -> Result<(), Fault> {
        let all = self.by_handle.len() + more;
        let pairs = self.asymmetric_keys() + asymmetric;
        let full = if hsm1 {
            all > limits::KEYS_MAX_HSM1
        } else {
            all > limits::KEYS_MAX_HSM2M
                || (asymmetric > 0 && pairs > limits::ASYMMETRIC_KEYS_MAX_HSM2M)
        };
        if full {
            Err(Fault::TooManyKeys)
        } else {
            Ok(())
        }
    }

    /// Inserts a key under a free handle. Handles are random, not counted, so that keys made on two HSMs of
    /// a cluster at the same time very rarely collide.
    pub(super) fn insert(&mut self, key: Key, rng: &mut Rng) -> Handle {
        loop {
            let handle = Handle::from(rng.next_u32() & 0x00ff_ffff);
            if handle >= 0x100 && self.is_free(handle) {
                self.put(handle, key);
                return handle;
            }
        }
    }

    /// Inserts a key that another HSM of the cluster has under this handle. Only its owner or an
    /// administrator can insert a key that was deleted here: a user with whom it was shared and who kept
    /// a copy cannot undo the deletion. Guess: AWS publishes no rule.
    pub(super) fn insert_copy(
        &mut self,
        handle: Handle,
        mut key: Key,
        caller: &Caller,
    ) -> Result<(), Fault> {
        match self.by_handle.get(&handle) {
            Some(present)
                if present.owner != key.owner
                    || present.attributes.class != key.attributes.class
                    || present.attributes.public != key.attributes.public
                    || present.attributes.check_value != key.attributes.check_value =>
            {
                Err(Fault::HandleTaken)
            }
            // Already here: later changes on this HSM are kept.
            Some(_) => Ok(()),
            None => {
                let may_revive = caller.role == Role::Admin || caller.username == key.owner;
                if self.is_deleted(handle, &key) && !may_revive {
                    return Err(Fault::NoSuchKey);
                }
                self.revive(handle, &mut key);
                self.put(handle, key);
                Ok(())
            }
        }
    }

    /// Returns a key that the caller may see.
    pub(super) fn get(&self, handle: Handle, caller: &Caller) -> Result<&Key, Fault> {
        self.any(handle)
            .filter(|key| key.visible(caller))
            .ok_or(Fault::NoSuchKey)
    }

    /// Returns the public part of a key for any caller; it determines the processing time.
    pub(super) fn public_of(&self, handle: Handle) -> Option<&PublicPart> {
        self.by_handle.get(&handle)?.attributes.public.as_ref()
    }

    /// Returns a key that the caller may see, owned by any user, for modification.
    pub(super) fn get_mut(&mut self, handle: Handle, caller: &Caller) -> Result<&mut Key, Fault> {
        self.touch(handle);
        self.by_handle
            .get_mut(&handle)
            .map(Rc::make_mut)
            .filter(|key| key.visible(caller))
            .ok_or(Fault::NoSuchKey)
    }

    /// Returns one of the caller's own keys.
    pub(super) fn owned(&mut self, handle: Handle, caller: &Caller) -> Result<&mut Key, Fault> {
        let key = self.get_mut(handle, caller)?;
        if key.owner == caller.username {
            Ok(key)
        } else {
            Err(Fault::NotOwner)
        }
    }

    /// Returns a page of the keys that match all terms.
    pub(super) fn find(
        &self,
        terms: &[Term],
        after: Handle,
        caller: &Caller,
    ) -> (Vec<KeyInfo>, bool) {
        let found = self
            .candidates(terms, after)
            .filter(|(_, key)| key.visible(caller))
            .filter(|(handle, key)| {
                let mut terms = terms.iter();
                terms.all(|term| term.matches(*handle, &key.attributes))
            });
        let (mut page, mut bytes) = (Vec::new(), 0);
        for (handle, key) in found {
            if bytes > KEYS_PAGE_BYTES {
                return (page, true);
            }
            bytes += key.message_bytes();
            page.push(key.info(handle));
        }
        (page, false)
    }

    /// Deletes one of the caller's keys; the other key of a pair stays.
    pub(super) fn delete(&mut self, handle: Handle, caller: &Caller) -> Result<(), Fault> {
        self.owned(handle, caller)?.needs(Flag::Destroyable)?;
        self.remove(handle);
        Ok(())
    }

    /// Returns the keys that a backup contains: all except session keys.
    pub(super) fn persistent(&self) -> Self {
        let mut keys = self.clone();
        for handle in self.index.session_keys() {
            keys.take(handle);
        }
        keys
    }

    /// Changes an attribute: an administrator may set `trusted`, the owner the others.
    pub(super) fn set_attribute(
        &mut self,
        handle: Handle,
        change: AttributeChange,
        caller: &Caller,
    ) -> Result<(), Fault> {
        if caller.role == Role::Admin {
            let key = self.get_mut(handle, caller)?;
            return match change {
                AttributeChange::Flag(Flag::Trusted, value) => {
                    key.attributes.flags.set(Flag::Trusted, value);
                    Ok(())
                }
                _ => Err(Fault::WrongRole(Role::CryptoUser)),
            };
        }
        let key = self.owned(handle, caller)?;
        if let AttributeChange::Flag(flag, value) = change {
            check_change(key, flag, value)?;
        } else {
            key.needs(Flag::Modifiable)?;
        }
        match change {
            AttributeChange::Label(label) if label.len() > limits::LABEL_BYTES_MAX => {
                return Err(Fault::LabelTooLong);
            }
            AttributeChange::Id(id) if id.len() > limits::ID_BYTES_MAX => {
                return Err(Fault::BadData("the id is too long".into()));
            }
            AttributeChange::WrapTemplate(template) => {
                check_template(key, Flag::Wrap, &template)?;
                key.wrap_template = template;
            }
            AttributeChange::UnwrapTemplate(template) => {
                check_template(key, Flag::Unwrap, &template)?;
                key.unwrap_template = template;
            }
            AttributeChange::Label(label) => key.attributes.label = label,
            AttributeChange::Id(id) => key.attributes.id = id,
            AttributeChange::Flag(flag, value) => {
                key.attributes.flags.set(flag, value);
                if flag == Flag::Token && value {
                    key.session = None;
                }
            }
        }
        Ok(())
    }
}

fn default_flags(class: Class, origin: Origin) -> Flags {
    let mut flags = Flags::of(&[
        Flag::Token,
        Flag::Destroyable,
        Flag::Extractable,
        Flag::Modifiable,
        Flag::Private,
    ]);
    flags.set(Flag::Local, origin == Origin::Generated);
    flags.set(Flag::Sensitive, class != Class::PublicKey);
    flags.set(Flag::Sign, class == Class::SecretKey);
    flags.set(Flag::Verify, class == Class::SecretKey);
    flags
}

fn refused(flag: Flag, value: bool) -> Fault {
    Fault::AttributeRefused(flag.text().to_owned(), value.to_string())
}

/// Checks that a caller may set a flag on a new key of a class.
fn check_at_creation(class: Class, flag: Flag, value: bool) -> Result<(), Fault> {
    let allowed = match flag {
        Flag::Token
        | Flag::Trusted
        | Flag::Local
        | Flag::NeverExtractable
        | Flag::AlwaysSensitive => false,
        Flag::Sensitive => value == (class != Class::PublicKey) || class == Class::PrivateKey,
        Flag::Wrap | Flag::Encrypt | Flag::Verify => class != Class::PrivateKey || !value,
        Flag::Unwrap | Flag::Decrypt | Flag::Sign => class != Class::PublicKey || !value,
        _ => true,
    };
    if allowed {
        Ok(())
    } else {
        Err(refused(flag, value))
    }
}

/// Checks that the owner of a key may change a flag later.
fn check_change(key: &Key, flag: Flag, value: bool) -> Result<(), Fault> {
    let class = key.attributes.class;
    let allowed = match flag {
        Flag::Token => value,
        Flag::Modifiable => !value,
        Flag::Wrap | Flag::Encrypt | Flag::Verify => class != Class::PrivateKey || !value,
        Flag::Unwrap | Flag::Decrypt | Flag::Sign => class != Class::PublicKey || !value,
        Flag::Derive | Flag::Destroyable | Flag::WrapWithTrusted => true,
        _ => false,
    };
    if !allowed {
        return Err(refused(flag, value));
    }
    key.needs(Flag::Modifiable)
}

/// Checks that a key can have a template for keys that it wraps or unwraps: a public key does not
/// unwrap, a private key does not wrap; and each flag may occur only once.
fn check_template(key: &Key, verb: Flag, template: &[(Flag, bool)]) -> Result<(), Fault> {
    let class = key.attributes.class;
    let refused = match verb {
        Flag::Wrap => class == Class::PrivateKey,
        _ => class == Class::PublicKey,
    };
    if refused {
        return Err(Fault::WrongKeyType);
    }
    let twice = |(at, (flag, _)): (usize, &(Flag, bool))| {
        template.iter().skip(at + 1).any(|(other, _)| other == flag)
    };
    if template.iter().enumerate().any(twice) {
        return Err(Fault::BadData(
            "an attribute occurs twice in the template".into(),
        ));
    }
    Ok(())
}

/// Returns the key check value: three bytes of an encrypted zero block, or of SHA-1 of the public key
/// (User Guide, "key-attribute-table").
fn check_value(
    key_type: KeyType,
    material: &Material,
    public: Option<&PublicPart>,
) -> Option<[u8; 3]> {
    let bytes = match (key_type, material, public) {
        (KeyType::Aes, Material::Symmetric(key), _) => {
            let mut block = aes::Block::default();
            match key.expose().len() {
                16 => aes::Aes128::new_from_slice(key.expose())
                    .ok()?
                    .encrypt_block(&mut block),
                24 => aes::Aes192::new_from_slice(key.expose())
                    .ok()?
                    .encrypt_block(&mut block),
                _ => aes::Aes256::new_from_slice(key.expose())
                    .ok()?
                    .encrypt_block(&mut block),
            }
            block.to_vec()
        }
        (KeyType::Des3, Material::Symmetric(key), _) => super::des3::zero_block(key.expose())?,
        // Guess: for Ed25519 and ML-DSA keys the public key is hashed, as for the others.
        (_, _, Some(PublicPart::Pure(public))) => sha1::Sha1::digest(public.bytes()).to_vec(),
        (_, _, Some(PublicPart::Rsa { modulus, .. })) => sha1::Sha1::digest(modulus).to_vec(),
        (_, _, Some(PublicPart::Ec { point, .. })) => sha1::Sha1::digest(point).to_vec(),
        _ => return None,
    };
    bytes.first_chunk().copied()
}

/// Returns `key-length-bytes`: a secret's length; a private key's PKCS#8 length, a public point's length,
/// and twice the modulus length for an RSA public key, as in the guide's samples (1217, 57, 512).
fn length_bytes(material: &Material, public: Option<&PublicPart>) -> u32 {
    let length = match (material, public) {
        (Material::Public, Some(PublicPart::Rsa { modulus, .. })) => modulus.len() * 2,
        (Material::Public, Some(PublicPart::Ec { point, .. })) => point.len(),
        (Material::Public, Some(PublicPart::Pure(public))) => public.bytes().len(),
        (_, Some(PublicPart::Pure(PurePublic::MlDsa(set, _)))) => set.private_bytes(),
        _ => material.encode().map_or(0, |secret| secret.expose().len()),
    };
    u32::try_from(length).unwrap_or(u32::MAX)
}
