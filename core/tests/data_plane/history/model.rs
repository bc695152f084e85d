//! The expected content and permissions of a cluster's HSMs after a history: a plain model of each HSM.

use std::collections::{BTreeMap, BTreeSet};

use hsmlab_proto::Handle;
use hsmlab_proto::message::Fault;

/// A token key on one HSM, or its tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    pub owner: String,
    pub shared: BTreeSet<String>,
    pub label: String,
    pub deleted: bool,
    changes: u32,
}

/// One HSM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hsm {
    pub users: BTreeSet<String>,
    pub keys: BTreeMap<Handle, Copy>,
}

/// A user's change of a key.
#[derive(Clone, Debug)]
pub enum Change {
    Delete,
    Share(String),
    Unshare(String),
    Label(String),
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub hsms: BTreeMap<String, Hsm>,
    /// Keys that two HSMs changed separately: one of the changes is lost.
    pub torn: BTreeSet<Handle>,
}

impl Copy {
    pub fn new(owner: &str, label: &str, shared: BTreeSet<String>) -> Self {
        Self {
            owner: owner.into(),
            shared,
            label: label.into(),
            deleted: false,
            changes: 0,
        }
    }

    /// True if a user may use the key.
    pub fn admits(&self, user: &str) -> bool {
        !self.deleted && (self.owner == user || self.shared.contains(user))
    }
}

impl Hsm {
    /// True if a user sees a key here.
    pub fn shows(&self, handle: Handle, user: &str) -> bool {
        self.keys.get(&handle).is_some_and(|key| key.admits(user))
    }

    pub fn owns_any(&self, user: &str) -> bool {
        let mut keys = self.keys.values();
        keys.any(|key| !key.deleted && key.owner == user)
    }

    /// Changes a key for a user who sees it.
    fn change(&mut self, handle: Handle, user: &str, change: &Change) -> Result<(), Fault> {
        let users = &self.users;
        let key = self.keys.get_mut(&handle).ok_or(Fault::NoSuchKey)?;
        if key.owner != user {
            return Err(Fault::NotOwner);
        }
        let before = key.clone();
        match change {
            Change::Delete => key.deleted = true,
            Change::Share(name) => {
                if !users.contains(name) || name == user {
                    return Err(Fault::NoSuchUser);
                }
                key.shared.insert(name.clone());
            }
            Change::Unshare(name) => {
                if !users.contains(name) || !key.shared.remove(name) {
                    return Err(Fault::NoSuchUser);
                }
            }
            Change::Label(label) => key.label.clone_from(label),
        }
        if *key != before {
            key.changes += 1;
        }
        Ok(())
    }

    /// Removes a user who owns no keys.
    pub fn forget_user(&mut self, user: &str) {
        self.users.remove(user);
        for key in self.keys.values_mut().filter(|key| !key.deleted) {
            if key.shared.remove(user) {
                key.changes += 1;
            }
        }
    }
}

impl Model {
    /// Changes a key on all HSMs that showed it, in the client's order: a refusal by the first one ends it.
    /// Returns the refusal, and the number of HSMs where it succeeded out of how many.
    pub fn change(
        &mut self,
        holders: &[String],
        handle: Handle,
        user: &str,
        change: &Change,
    ) -> (Option<Fault>, usize) {
        let mut done = 0;
        for (place, holder) in holders.iter().enumerate() {
            let hsm = self.hsms.get_mut(holder).unwrap();
            match hsm.change(handle, user, change) {
                Ok(()) => done += 1,
                Err(fault) if place == 0 => return (Some(fault), 0),
                Err(_) => {}
            }
        }
        (None, done)
    }

    /// Synchronises the keys of these HSMs like the service.
    pub fn synchronise(&mut self, members: &[String]) {
        if members.len() < 2 {
            return;
        }
        let rank = |key: &Copy| (key.deleted, if key.deleted { 0 } else { key.changes });
        let all: BTreeSet<Handle> = members
            .iter()
            .flat_map(|id| self.hsms[id].keys.keys().copied())
            .collect();
        for handle in all {
            let copies = || {
                members
                    .iter()
                    .filter_map(|id| self.hsms[id].keys.get(&handle))
            };
            let newest = copies().max_by_key(|key| rank(key)).unwrap().clone();
            let content = |key: &Copy| (key.shared.clone(), key.label.clone());
            let same = |key: &&Copy| rank(key) == rank(&newest);
            if !newest.deleted
                && copies()
                    .filter(same)
                    .any(|key| content(key) != content(&newest))
            {
                self.torn.insert(handle);
            }
            for id in members {
                let hsm = self.hsms.get_mut(id).unwrap();
                if newest.deleted || hsm.users.contains(&newest.owner) {
                    hsm.keys.insert(handle, newest.clone());
                }
            }
        }
    }
}
