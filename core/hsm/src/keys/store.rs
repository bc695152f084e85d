//! How keys are kept: by handle, with an index beside them, and what tells the copies of a key on several
//! HSMs apart.
//!
//! Each token key has a [`Version`]. A command that changes a key counts it up, so that the HSMs that
//! carried out the same commands have the same version, and one that missed some has a lower one. A
//! deleted token key leaves a [`Tombstone`]. [`Stand`] says which copy is the newest:
//!
//! 1. the later life: a deleted key that its owner or an administrator puts in again begins a new one;
//! 2. within a life deletion, however often the key was changed on an HSM that missed it;
//! 3. the copy that was changed more often;
//! 4. where two HSMs were changed apart from one another, the greater fingerprint: any rule would lose
//!    one of the changes, and this one is the same everywhere.
//!
//! Guess: AWS does not publish how its service decides; it says that keys are brought in line.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::super::limits;
use super::{Key, Keys};
use hsmlab_proto::Handle;
use hsmlab_proto::key::{Class, Term};
use hsmlab_sim::SharedMap;

/// How new a copy of a key is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Version {
    /// How often the key was put in again after a deletion.
    life: u32,
    /// How often it was changed in this life.
    changes: u32,
}

/// What is left of a deleted token key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tombstone {
    life: u32,
    /// Whose and what the key was: another key of that handle is not meant.
    identity: u64,
    /// Its place among the deletions on this HSM.
    order: u64,
}

/// Where a key stands on an HSM: the greatest of a cluster is the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stand {
    life: u32,
    /// It was deleted in this life.
    pub(crate) deleted: bool,
    changes: u32,
    content: u64,
    /// Whose and what the key is.
    pub(crate) identity: u64,
}

/// What is on disk of [`Keys`].
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

/// What would else be searched for among all keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// Of the token keys and the tombstones together: the same on HSMs that hold the same.
    digest: u64,
    entries: SharedMap<Handle, Entry>,
    /// The session keys, by connection.
    sessions: SharedMap<(u64, Handle), ()>,
    labels: SharedMap<(Rc<str>, Handle), ()>,
    asymmetric: usize,
    /// Keys that were handed out to be changed since [`Keys::settle`].
    touched: Vec<Handle>,
}

/// A key as it was when the index took it in.
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

/// The first eight bytes of SHA-256 over a value's JSON.
fn fingerprint(value: &impl Serialize) -> u64 {
    let text = serde_json::to_vec(value).unwrap_or_default();
    let hash = Sha256::digest(&text);
    hash.first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Everything of a key that may change. Nothing secret is in it.
fn content(key: &Key) -> u64 {
    // By its fields, so that a new one is not forgotten here.
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

/// Whose and what a key is.
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
    /// Puts a key in under a handle, in the place of one that is there.
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

    /// Takes a key out; it leaves nothing.
    pub(super) fn take(&mut self, handle: Handle) -> Option<Rc<Key>> {
        self.index.let_go(handle);
        self.by_handle.remove(&handle)
    }

    /// Takes a key out for good. A token key leaves a tombstone.
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

    /// Forgets the older half of the deletions.
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

    /// Notes that a key is handed out to be changed.
    pub(super) fn touch(&mut self, handle: Handle) {
        self.index.touched.push(handle);
    }

    /// Counts up the versions of the keys that were changed since the last time, and brings the index in
    /// line with them: after each command.
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

    /// The same on two HSMs that hold the same token keys and have deleted the same ones.
    pub(crate) const fn digest(&self) -> u64 {
        self.index.digest
    }

    /// Keys that live on: session keys are not counted.
    pub(crate) fn token_keys(&self) -> usize {
        self.by_handle.len() - self.index.sessions.len()
    }

    /// Keys with two parts.
    pub(super) const fn asymmetric_keys(&self) -> usize {
        self.index.asymmetric
    }

    /// Whether no key has a handle, nor had one that was deleted.
    pub(super) fn is_free(&self, handle: Handle) -> bool {
        !self.by_handle.contains_key(&handle) && !self.tombstones.contains_key(&handle)
    }

    /// Ends the session keys of a connection.
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

    /// The keys that a search has to look at, by handle from above `after` on: few where it names a
    /// handle or a label.
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

    /// The keys with a label, by handle from above `after` on.
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

    /// Takes a user out of all keys that are shared with it: a later user of the same name is another.
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

    /// Gives a key that is put in by hand a life of its own, where it was deleted here before.
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

    /// Whether a key of that handle and life was deleted here.
    pub(super) fn is_deleted(&self, handle: Handle, key: &Key) -> bool {
        let dead = self.tombstones.get(&handle);
        dead.is_some_and(|dead| dead.life >= key.version.life)
    }
}

/// What the service's synchronisation asks.
impl Keys {
    /// Where a key stands here; `None` where this HSM never heard of it.
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

    /// The handles of all token keys and of those that were deleted.
    pub(crate) fn known(&self) -> impl Iterator<Item = Handle> + '_ {
        let dead = self.tombstones.keys();
        self.by_handle.keys().chain(dead).copied()
    }

    /// Whether a session key has this handle.
    pub(crate) fn is_of_session(&self, handle: Handle) -> bool {
        let key = self.by_handle.get(&handle);
        key.is_some_and(|key| key.session.is_some())
    }

    /// Takes over the deletion of a key, whether it is here or not.
    pub(crate) fn bury_as(&mut self, handle: Handle, stand: Stand) {
        self.take(handle);
        self.bury(handle, stand.life, stand.identity);
    }

    /// Puts in another HSM's newer copy of a key.
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

    /// The handles of all session keys.
    pub(super) fn session_keys(&self) -> impl Iterator<Item = Handle> + '_ {
        self.sessions.keys().map(|(_, handle)| *handle)
    }
}

impl Key {
    fn asymmetric(&self) -> bool {
        self.attributes.class != Class::SecretKey
    }
}
