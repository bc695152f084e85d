//! The key store: keys by handle, an index, and versions that order the copies of a key on several HSMs.
//!
//! Each token key has a [`Version`]. A command that changes a key increments it, so HSMs that executed
//! the same commands have the same version, and an HSM that missed some has a lower one. A deleted token
//! key leaves a [`Tombstone`]. [`Stand`] decides which copy is the newest:
//!
//! 1. the later life: a deleted key that its owner or an administrator inserts again begins a new one;
//! 2. within a life the deletion, however often the key was changed on an HSM that missed it;
//! 3. the copy that was changed more often;
//! 4. if two HSMs were changed separately, the greater fingerprint: any rule would lose one of the
//!    changes, and this one gives the same result everywhere.
//!
//! Guess: AWS only says that keys are synchronised, not how its service decides.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::super::limits;
use super::{Key, Keys};
use hsmlab_proto::Handle;
use hsmlab_proto::key::{Class, Term};
use hsmlab_sim::SharedMap;

/// The version of a copy of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Version {
    /// The number of times the key was inserted again after a deletion.
    life: u32,
    /// The number of changes in this life.
    changes: u32,
}

/// The record of a deleted token key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tombstone {
    life: u32,
    /// A fingerprint of the key's owner and type; guards against handle reuse.
    identity: u64,
    /// The position among the deletions on this HSM.
    order: u64,
}

/// The state of a key on an HSM, ordered: the greatest in a cluster is the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stand {
    life: u32,
    /// True if it was deleted in this life.
    pub(crate) deleted: bool,
    changes: u32,
    content: u64,
    /// A fingerprint of the key's owner and type.
    pub(crate) identity: u64,
}

/// The stored form of [`Keys`].
#[derive(Deserialize)]
pub(super) struct Stored {
    by_handle: BTreeMap<Handle, Key>,
    #[serde(default)]
    tombstones: BTreeMap<Handle, Tombstone>,
    #[serde(default)]
    deletions: u64,
}

impl From<Stored> for Keys {
    fn from(stored: Stored) -> Self {
        let mut keys = Self {
            tombstones: stored.tombstones.into_iter().collect(),
            deletions: stored.deletions,
            ..Self::default()
        };
        for (handle, tombstone) in &keys.tombstones {
            keys.index.digest ^= tombstone.mark(*handle);
        }
        for (handle, key) in stored.by_handle {
            keys.put(handle, key);
        }
        keys
    }
}

/// An index of values that would otherwise need a search through all keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// A digest of the token keys and the tombstones: equal on HSMs that hold the same.
    digest: u64,
    entries: SharedMap<Handle, Entry>,
    /// The session keys, by connection.
    sessions: SharedMap<(u64, Handle), ()>,
    labels: SharedMap<(Rc<str>, Handle), ()>,
    asymmetric: usize,
    /// Keys handed out for modification since the last [`Keys::settle`].
    touched: Vec<Handle>,
}

/// The indexed fields of a key when it was added to the index.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    session: Option<u64>,
    asymmetric: bool,
    label: Rc<str>,
    version: Version,
    content: u64,
}

impl Entry {
    fn of(key: &Key) -> Self {
        Self {
            session: key.session,
            asymmetric: key.asymmetric(),
            label: key.attributes.label.as_str().into(),
            version: key.version,
            content: content(key),
        }
    }

    fn mark(&self, handle: Handle) -> u64 {
        let Version { life, changes } = self.version;
        fingerprint(&(handle, life, changes, self.content))
    }
}

impl Tombstone {
    fn mark(&self, handle: Handle) -> u64 {
        fingerprint(&(handle, self.life, self.identity))
    }
}

/// Returns the first eight bytes of SHA-256 over a value's JSON.
fn fingerprint(value: &impl Serialize) -> u64 {
    let text = serde_json::to_vec(value).unwrap_or_default();
    let hash = Sha256::digest(&text);
    hash.first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Returns a fingerprint of everything in a key that can change. It contains nothing secret.
fn content(key: &Key) -> u64 {
    // Destructured, so that a new field cannot be forgotten here.
    let Key {
        owner,
        shared,
        attributes,
        material: _,
        session: _,
        version: _,
        quorum,
        wrap_template,
        unwrap_template,
    } = key;
    fingerprint(&(
        owner,
        shared,
        attributes,
        quorum,
        wrap_template,
        unwrap_template,
    ))
}

/// Returns a fingerprint of a key's owner and type.
fn identity(key: &Key) -> u64 {
    let of = &key.attributes;
    fingerprint(&(
        &key.owner,
        of.class,
        of.key_type,
        of.check_value,
        &of.public,
    ))
}

impl Keys {
    /// Stores a key under a handle and replaces any key there.
    pub(super) fn put(&mut self, handle: Handle, key: Key) {
        self.take(handle);
        let dead = self.tombstones.get(&handle);
        if dead.is_some_and(|dead| dead.life < key.version.life)
            && let Some(dead) = self.tombstones.remove(&handle)
        {
            self.index.digest ^= dead.mark(handle);
        }
        self.index.take_in(handle, Entry::of(&key));
        self.by_handle.insert(handle, Rc::new(key));
    }

    /// Removes a key without a trace.
    pub(super) fn take(&mut self, handle: Handle) -> Option<Rc<Key>> {
        self.index.let_go(handle);
        self.by_handle.remove(&handle)
    }

    /// Deletes a key. A token key leaves a tombstone.
    pub(super) fn remove(&mut self, handle: Handle) {
        if let Some(key) = self.take(handle)
            && key.session.is_none()
        {
            self.bury(handle, key.version.life, identity(&key));
        }
    }

    fn bury(&mut self, handle: Handle, life: u32, identity: u64) {
        self.deletions += 1;
        let tombstone = Tombstone {
            life,
            identity,
            order: self.deletions,
        };
        self.index.digest ^= tombstone.mark(handle);
        if let Some(old) = self.tombstones.insert(handle, tombstone) {
            self.index.digest ^= old.mark(handle);
        }
        if self.tombstones.len() > limits::TOMBSTONES_MAX {
            self.forget_deletions();
        }
    }

    /// Drops the older half of the tombstones.
    fn forget_deletions(&mut self) {
        let mut orders: Vec<u64> = self.tombstones.values().map(|dead| dead.order).collect();
        orders.sort_unstable();
        let from = orders.get(orders.len() / 2).copied().unwrap_or(0);
        let digest = &mut self.index.digest;
        self.tombstones.retain(|handle, dead| {
            let kept = dead.order >= from;
            if !kept {
                *digest ^= dead.mark(*handle);
            }
            kept
        });
    }

    /// Records that a key is handed out for modification.
    pub(super) fn touch(&mut self, handle: Handle) {
        self.index.touched.push(handle);
    }

    /// Increments the versions of the keys changed since the last call and updates the index. Runs after
    /// each command.
    pub(crate) fn settle(&mut self) {
        for handle in std::mem::take(&mut self.index.touched) {
            let (Some(key), Some(old)) =
                (self.by_handle.get(&handle), self.index.entries.get(&handle))
            else {
                continue;
            };
            let mut new = Entry::of(key);
            if *old == new {
                continue;
            }
            if old.session.is_none() && new.session.is_none() && old.content != new.content {
                let changes = &mut new.version.changes;
                *changes = changes.saturating_add(1);
                if let Some(key) = self.by_handle.get_mut(&handle) {
                    Rc::make_mut(key).version = new.version;
                }
            }
            self.index.let_go(handle);
            self.index.take_in(handle, new);
        }
    }

    /// Returns a digest that is equal on two HSMs with the same token keys and the same deletions.
    pub(crate) const fn digest(&self) -> u64 {
        self.index.digest
    }

    /// Returns the number of token keys; session keys do not count.
    pub(crate) fn token_keys(&self) -> usize {
        self.by_handle.len() - self.index.sessions.len()
    }

    /// Returns the number of keys with two parts.
    pub(super) const fn asymmetric_keys(&self) -> usize {
        self.index.asymmetric
    }

    /// True if the handle is unused and was never used by a deleted key.
    pub(super) fn is_free(&self, handle: Handle) -> bool {
        !self.by_handle.contains_key(&handle) && !self.tombstones.contains_key(&handle)
    }

    /// Deletes the session keys of a connection.
    pub(crate) fn end_session(&mut self, connection: u64) {
        let own = self
            .index
            .sessions
            .iter_from(|(open, _)| *open < connection);
        let own = own.take_while(|((open, _), ())| *open == connection);
        let ended: Vec<Handle> = own.map(|((_, handle), ())| *handle).collect();
        for handle in ended {
            self.take(handle);
        }
    }

    /// Returns the keys that a search must check, by handle and starting after `after`: only few if the
    /// search names a handle or a label.
    pub(super) fn candidates<'a>(
        &'a self,
        terms: &[Term],
        after: Handle,
    ) -> Box<dyn Iterator<Item = (Handle, &'a Key)> + 'a> {
        for term in terms {
            match term {
                Term::Reference(handle) => {
                    let found = self.any(*handle).filter(|_| *handle > after);
                    let handle = *handle;
                    return Box::new(found.into_iter().map(move |key| (handle, key)));
                }
                Term::Attribute(name, value) if name == "label" => {
                    return Box::new(self.labelled(value, after));
                }
                Term::Attribute(..) => {}
            }
        }
        let all = self.by_handle.iter_from(move |handle| *handle <= after);
        Box::new(all.map(|(handle, key)| (*handle, &**key)))
    }

    /// Returns the keys with a label, by handle and starting after `after`.
    fn labelled<'a>(
        &'a self,
        label: &str,
        after: Handle,
    ) -> impl Iterator<Item = (Handle, &'a Key)> + use<'a> {
        let label: Rc<str> = label.into();
        let labels = &self.index.labels;
        let from = labels.iter_from(|(other, handle)| (other, *handle) <= (&label, after));
        let same = from.take_while(move |((other, _), ())| *other == label);
        same.filter_map(|((_, handle), ())| Some((*handle, self.any(*handle)?)))
    }

    /// Removes a user from all keys shared with it: a later user of the same name is a different user.
    pub(crate) fn forget_sharer(&mut self, user: &str) {
        let shared = self.by_handle.iter();
        let shared = shared.filter(|(_, key)| key.shared.contains(user));
        let handles: Vec<Handle> = shared.map(|(handle, _)| *handle).collect();
        for handle in handles {
            if let Some(key) = self.by_handle.get_mut(&handle) {
                Rc::make_mut(key).shared.remove(user);
                self.index.touched.push(handle);
            }
        }
    }

    /// Starts a new life for a key that is inserted explicitly after a deletion here.
    pub(super) fn revive(&self, handle: Handle, key: &mut Key) {
        if let Some(dead) = self.tombstones.get(&handle)
            && dead.life >= key.version.life
        {
            key.version = Version {
                life: dead.life.saturating_add(1),
                changes: 0,
            };
        }
    }

    /// True if a key with that handle and life was deleted here.
    pub(super) fn is_deleted(&self, handle: Handle, key: &Key) -> bool {
        let dead = self.tombstones.get(&handle);
        dead.is_some_and(|dead| dead.life >= key.version.life)
    }
}

/// The queries of the service's synchronisation.
impl Keys {
    /// Returns the state of a key here; `None` if this HSM has never seen it.
    pub(crate) fn stand(&self, handle: Handle) -> Option<Stand> {
        if let Some(key) = self.by_handle.get(&handle) {
            let entry = self.index.entries.get(&handle)?;
            return key.session.is_none().then(|| Stand {
                life: entry.version.life,
                deleted: false,
                changes: entry.version.changes,
                content: entry.content,
                identity: identity(key),
            });
        }
        self.tombstones.get(&handle).map(|dead| Stand {
            life: dead.life,
            deleted: true,
            changes: 0,
            content: 0,
            identity: dead.identity,
        })
    }

    /// Returns the handles of all token keys and of the deleted ones.
    pub(crate) fn known(&self) -> impl Iterator<Item = Handle> + '_ {
        let dead = self.tombstones.keys();
        self.by_handle.keys().chain(dead).copied()
    }

    /// True if a session key has this handle.
    pub(crate) fn is_of_session(&self, handle: Handle) -> bool {
        let key = self.by_handle.get(&handle);
        key.is_some_and(|key| key.session.is_some())
    }

    /// Applies another HSM's deletion of a key, whether or not the key is here.
    pub(crate) fn bury_as(&mut self, handle: Handle, stand: Stand) {
        self.take(handle);
        self.bury(handle, stand.life, stand.identity);
    }

    /// Stores another HSM's newer copy of a key.
    pub(crate) fn put_copy(&mut self, handle: Handle, key: Key) {
        self.put(handle, key);
    }
}

impl Index {
    fn take_in(&mut self, handle: Handle, entry: Entry) {
        self.asymmetric += usize::from(entry.asymmetric);
        self.labels.insert((entry.label.clone(), handle), ());
        match entry.session {
            Some(connection) => {
                self.sessions.insert((connection, handle), ());
            }
            None => self.digest ^= entry.mark(handle),
        }
        self.entries.insert(handle, entry);
    }

    fn let_go(&mut self, handle: Handle) {
        let Some(entry) = self.entries.remove(&handle) else {
            return;
        };
        self.asymmetric -= usize::from(entry.asymmetric);
        self.labels.remove(&(entry.label.clone(), handle));
        match entry.session {
            Some(connection) => {
                self.sessions.remove(&(connection, handle));
            }
            None => self.digest ^= entry.mark(handle),
        }
    }

    /// Returns the handles of all session keys.
    pub(super) fn session_keys(&self) -> impl Iterator<Item = Handle> + '_ {
        self.sessions.keys().map(|(_, handle)| *handle)
    }
}

impl Key {
    fn asymmetric(&self) -> bool {
        self.attributes.class != Class::SecretKey
    }
}
