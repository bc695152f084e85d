//! Server-side key synchronisation: AWS's appliance user copies token keys between a cluster's HSMs as
//! masked objects (User Guide, "manage-key-sync"). Users and policies are not synchronised (User Guide,
//! "cluster-synchronization"), and nothing of it is logged.
//!
//! Synchronisation inserts keys that an HSM lacks and applies the attribute changes, shares and deletions
//! that it missed. [`Stand`] decides which copy is the newest. A key is not inserted into an HSM that
//! does not know its owner, that is full, or that has a different key with the same handle.

use std::collections::BTreeMap;

use super::appliance::Appliance;
use super::keys::store::Stand;
use super::{Fleet, masking};
use hsmlab_proto::Handle;
use hsmlab_proto::key::Class;

/// The result of a synchronisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Synchronised {
    /// Keys inserted or changed, on all HSMs together.
    pub copied: usize,
    /// Keys deleted.
    pub deleted: usize,
    /// Copies that failed.
    pub left: usize,
}

/// The state of a cluster's HSMs after a synchronisation: a cluster in this state needs no new one. Per
/// HSM: its id, the digest of its keys and the digest of its crypto users.
pub(super) type Seen = Vec<(String, u64, u64)>;

impl Fleet {
    /// True if the token keys of these HSMs differ in a way that no synchronisation has handled yet. The
    /// cost does not depend on the number of keys.
    #[must_use]
    pub fn is_out_of_step(&self, members: &[String]) -> bool {
        let mut digests = members
            .iter()
            .filter_map(|hsm_id| self.appliances.get(hsm_id))
            .map(|appliance| appliance.state.keys.digest());
        let Some(first) = digests.next() else {
            return false;
        };
        let differ = digests.any(|digest| digest != first);
        differ
            && self.cluster_of(members).is_some_and(|cluster_id| {
                self.seen.get(cluster_id) != Some(&self.seen_now(members))
            })
    }

    fn cluster_of(&self, members: &[String]) -> Option<&String> {
        let first = members.iter().find_map(|id| self.appliances.get(id))?;
        Some(&first.spec.cluster_id)
    }

    fn seen_now(&self, members: &[String]) -> Seen {
        let seen = |hsm_id: &String| {
            let state = &self.appliances.get(hsm_id)?.state;
            let users = state.users.crypto_users_digest();
            Some((hsm_id.clone(), state.keys.digest(), users))
        };
        members.iter().filter_map(seen).collect()
    }

    /// Synchronises the token keys of these HSMs of one cluster.
    pub fn synchronise(&mut self, members: &[String]) -> Synchronised {
        let mut done = Synchronised::default();
        if !self.is_out_of_step(members) {
            return done;
        }
        for (handle, stand, holder) in self.newest(members) {
            for member in members {
                self.bring_in_line(handle, stand, &holder, member, &mut done);
            }
        }
        if let Some(cluster_id) = self.cluster_of(members).cloned() {
            let seen = self.seen_now(members);
            self.seen.insert(cluster_id.clone(), seen);
            if done.copied + done.deleted > 0 {
                self.synchronised.push((cluster_id, done));
            }
        }
        done
    }

    /// Returns the results since the last call, with the cluster's id.
    pub fn take_synchronised(&mut self) -> Vec<(String, Synchronised)> {
        std::mem::take(&mut self.synchronised)
    }

    /// Returns, for each key whose copies differ, the newest version and the HSM that holds it.
    fn newest(&self, members: &[String]) -> Vec<(Handle, Stand, String)> {
        let mut best: BTreeMap<Handle, (Stand, &String, usize, bool)> = BTreeMap::new();
        for member in members {
            let Some(keys) = self.appliances.get(member).map(|each| &each.state.keys) else {
                continue;
            };
            for handle in keys.known() {
                let Some(stand) = keys.stand(handle) else {
                    continue;
                };
                let slot = best.entry(handle).or_insert((stand, member, 0, false));
                slot.2 += 1;
                slot.3 |= slot.0 != stand;
                if stand > slot.0 {
                    (slot.0, slot.1) = (stand, member);
                }
            }
        }
        let of = members.len();
        let differing = best
            .into_iter()
            .filter(|(_, (_, _, known, differ))| *differ || *known < of);
        differing
            .map(|(handle, (stand, member, _, _))| (handle, stand, member.clone()))
            .collect()
    }

    fn bring_in_line(
        &mut self,
        handle: Handle,
        newest: Stand,
        holder: &str,
        member: &str,
        done: &mut Synchronised,
    ) {
        let Some(keys) = self.appliances.get(member).map(|each| &each.state.keys) else {
            return;
        };
        let own = keys.stand(handle);
        if own == Some(newest) {
            return;
        }
        let another = own.is_some_and(|own| own.identity != newest.identity);
        if another || keys.is_of_session(handle) {
            done.left += 1;
            return;
        }
        if newest.deleted {
            if let Some(appliance) = self.appliances.get_mut(member) {
                done.deleted += usize::from(own.is_some_and(|own| !own.deleted));
                appliance.state.keys.bury_as(handle, newest);
            }
            return;
        }
        let masked = self
            .appliances
            .get_mut(holder)
            .and_then(|appliance| appliance.mask_for_sister(handle));
        let taken = masked.is_some_and(|masked| {
            let appliance = self.appliances.get_mut(member);
            appliance.is_some_and(|appliance| appliance.take_from_sister(&masked))
        });
        if taken {
            done.copied += 1;
        } else {
            done.left += 1;
        }
    }
}

impl Appliance {
    /// Returns a token key as a masked object, for the appliance user.
    fn mask_for_sister(&mut self, handle: Handle) -> Option<Vec<u8>> {
        let key = self.state.keys.any(handle)?;
        if key.session.is_some() {
            return None;
        }
        masking::mask(&self.state.masking_key, handle, key, &mut self.rng)
    }

    /// Inserts a copy from another HSM of the cluster, in place of an older copy.
    fn take_from_sister(&mut self, masked: &[u8]) -> bool {
        let Some((handle, key)) = masking::unmask(&self.state.masking_key, masked) else {
            return false;
        };
        let state = &mut self.state;
        let is_new = state.keys.any(handle).is_none();
        let asymmetric = usize::from(key.attributes.class != Class::SecretKey);
        let room = || {
            let hsm1 = state.hsm_type == "hsm1.medium";
            state.keys.check_room(hsm1, 1, asymmetric).is_ok()
        };
        let possible = state.users.is_crypto_user(&key.owner) && (!is_new || room());
        if possible {
            state.keys.put_copy(handle, key);
        }
        possible
    }
}
