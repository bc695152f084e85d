//! The conditions at the end of a history.

use std::collections::{BTreeMap, BTreeSet};

use hsmlab_hsm::sync::Synchronised;
use hsmlab_proto::Handle;
use hsmlab_proto::Secret;
use hsmlab_proto::cipher::{CipherCommand, MacMechanism};
use hsmlab_proto::key::*;
use hsmlab_proto::message::*;
use hsmlab_proto::role::Role;

use super::net::{ADMIN, Net};
use super::{CLIENTS, History};

impl History {
    /// Repairs and synchronises everything; then all HSMs must match the model.
    pub(super) fn end(mut self) {
        for client in 0..CLIENTS {
            self.close(client);
        }
        if self.net.hsms.is_empty() {
            self.restore();
        }
        self.check();
        self.net.cut.clear();
        self.synchronise();
        let members = self.net.reached();
        assert!(!self.net.fleet.is_out_of_step(&members));
        assert_eq!(
            self.net.fleet.synchronise(&members),
            Synchronised::default(),
            "once more there is nothing to do"
        );
        self.check();
        self.check_agreement(&members);
        for id in &members {
            self.check_permissions(id);
        }
    }

    /// Checks that each HSM holds exactly the users and keys of the model.
    pub(super) fn check(&mut self) {
        for id in self.net.hsms.values().cloned().collect::<Vec<_>>() {
            let users = users_of(&mut self.net, &id);
            let hsm = self.model.hsms[&id].clone();
            assert_eq!(users, hsm.users, "users of {id}");
            let found = keys_of(&mut self.net, &id);
            let expected: BTreeSet<Handle> = hsm
                .keys
                .iter()
                .filter(|(_, key)| !key.deleted)
                .map(|(handle, _)| *handle)
                .collect();
            assert_eq!(found.keys().copied().collect::<BTreeSet<_>>(), expected);
            for (handle, info) in found {
                if self.model.torn.contains(&handle) {
                    continue;
                }
                let key = &hsm.keys[&handle];
                let shared: BTreeSet<String> = info.shared.into_iter().collect();
                assert_eq!(
                    (&info.owner, &shared),
                    (&key.owner, &key.shared),
                    "{handle} on {id}"
                );
                assert_eq!(info.attributes.label, key.label);
            }
            // Nothing else: no client's session key is left.
            let all = all_keys(&mut self.net, &id);
            assert!(
                all.is_none_or(|all| all == expected.len() as u64),
                "{all:?}"
            );
        }
    }

    /// Checks that two HSMs hold equal copies of the keys that both can hold.
    pub(super) fn check_agreement(&mut self, members: &[String]) {
        let all: Vec<_> = members
            .iter()
            .map(|id| keys_of(&mut self.net, id))
            .collect();
        for (one, keys) in members.iter().zip(&all) {
            for (other, others) in members.iter().zip(&all) {
                for (handle, info) in keys {
                    let knows = self.model.hsms[other].users.contains(&info.owner);
                    let same = others.get(handle) == Some(info);
                    assert!(same || !knows, "{handle} on {one} and {other}");
                }
            }
        }
    }

    /// Checks that each user may use the keys that the model allows and delete only own keys.
    pub(super) fn check_permissions(&mut self, id: &str) {
        let hsm = self.model.hsms[id].clone();
        let infos = keys_of(&mut self.net, id);
        for user in &hsm.users {
            let mut admin = self.net.probe_as(id, "admin", Role::Admin, ADMIN).unwrap();
            let reset = Command::ChangePassword {
                username: user.clone(),
                role: Role::CryptoUser,
                password: Secret::new("password0"),
            };
            assert_eq!(admin.ask(&mut self.net, &reset), Ok(Reply::Done));
            admin.close(&mut self.net);
            let mut probe = self
                .net
                .probe_as(id, user, Role::CryptoUser, "password0")
                .unwrap();
            for (handle, info) in &infos {
                let key = &hsm.keys[handle];
                let used = probe.ask(&mut self.net, &mac(info));
                if !self.model.torn.contains(handle) {
                    assert_eq!(used.is_ok(), key.admits(user), "{user} uses {handle}");
                }
                if key.owner != *user {
                    let before = self.net.fleet.digest();
                    let delete = Command::DeleteKey { handle: *handle };
                    assert!(probe.ask(&mut self.net, &delete).is_err());
                    assert_eq!(self.net.fleet.digest(), before);
                }
            }
            probe.close(&mut self.net);
        }
    }
}

pub(super) fn password(name: &str, number: usize) -> String {
    format!("{name}-password-{number}")
}

pub(super) fn create_user(name: &str, password: &str) -> Command {
    Command::CreateUser {
        username: name.into(),
        role: Role::CryptoUser,
        password: Secret::new(password),
    }
}

/// Makes a command that uses a secret key.
pub(super) fn mac(info: &KeyInfo) -> Command {
    let mechanism = match info.attributes.key_type {
        KeyType::Aes => MacMechanism::AesCmac,
        _ => MacMechanism::Hmac { hash: Hash::Sha256 },
    };
    Command::Cipher(CipherCommand::Mac {
        handle: info.handle,
        mechanism,
        data: b"data".to_vec(),
    })
}

/// The crypto users of an HSM.
pub(super) fn users_of(net: &mut Net, id: &str) -> BTreeSet<String> {
    let mut probe = net.probe(id);
    let answer = probe.ask(net, &Command::ListUsers);
    probe.close(net);
    let Ok(Reply::Users(users)) = answer else {
        panic!("no users")
    };
    let crypto = users
        .into_iter()
        .filter(|user| user.role == Role::CryptoUser);
    crypto.map(|user| user.username).collect()
}

/// The token keys of an HSM.
pub(super) fn keys_of(net: &mut Net, id: &str) -> BTreeMap<Handle, KeyInfo> {
    let mut probe = net.probe_as(id, "admin", Role::Admin, ADMIN).unwrap();
    let find = Command::FindKeys {
        terms: vec![],
        after: 0,
    };
    let answer = probe.ask(net, &find);
    probe.close(net);
    let Ok(Reply::Keys { keys, more: false }) = answer else {
        panic!("no keys")
    };
    keys.into_iter().map(|key| (key.handle, key)).collect()
}

/// Returns the number of keys in an HSM, session keys included, if its type reports it.
pub(super) fn all_keys(net: &mut Net, id: &str) -> Option<u64> {
    use hsmlab_proto::sdk3::{Sdk3Command, Sdk3Reply};
    let mut probe = net.probe(id);
    let answer = probe.ask(net, &Command::Sdk3(Sdk3Command::Hello));
    probe.close(net);
    match answer {
        Ok(Reply::Sdk3(Sdk3Reply::Hello { keys, .. })) => Some(keys),
        _ => None,
    }
}
