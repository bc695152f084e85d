//! The acts of a history, and their required answers.

use std::collections::BTreeSet;

use hsmlab_client::cluster::ClientError;
use hsmlab_proto::Secret;
use hsmlab_proto::key::*;
use hsmlab_proto::message::*;
use hsmlab_proto::role::Role;
use hsmlab_sim::SimDuration;

use super::checks::{create_user, mac, password, users_of};
use super::model::{Change, Copy};
use super::net::{ADMIN, Probe, login};
use super::{Client, HSMS_MAX, History};

impl History {
    pub(super) fn connect(&mut self, client: usize, user: &'static str) {
        self.close(client);
        let Some(mut cluster) = self.net.connect() else {
            assert!(self.net.reached().is_empty());
            return;
        };
        let command = login(user, Role::CryptoUser, &self.passwords[user]);
        let known = self.net.reached();
        let known = known
            .iter()
            .any(|id| self.model.hsms[id].users.contains(user));
        let logged_in = cluster.login(&command, &mut self.net);
        assert!(known || logged_in.is_err(), "{user} does not exist");
        self.clients[client] = Some(Client {
            cluster,
            user: logged_in.is_ok().then_some(user),
            session_keys: Vec::new(),
        });
    }

    pub(super) fn close(&mut self, client: usize) {
        if let Some(mut client) = self.clients[client].take() {
            client.cluster.close(&mut self.net);
        }
    }

    /// Logs out: a session key ends with its login and does not come back with the next.
    pub(super) fn logout(&mut self, client: usize) {
        let Some(client) = &mut self.clients[client] else {
            return;
        };
        let Some(user) = client.user else { return };
        if client.cluster.logout(&mut self.net).is_err() {
            client.user = None;
            return;
        }
        let again = login(user, Role::CryptoUser, &self.passwords[user]);
        if client.cluster.login(&again, &mut self.net).is_err() {
            client.user = None;
        }
        for key in std::mem::take(&mut client.session_keys) {
            let found = client
                .cluster
                .find(&[Term::Reference(key.info.handle)], &mut self.net);
            assert!(found.is_err() || found.is_ok_and(|keys| keys.is_empty()));
        }
    }

    pub(super) fn make(&mut self, client: usize, session: bool, share: bool, wrapped: bool) {
        let Some(client) = &mut self.clients[client] else {
            return;
        };
        let label = format!("key-{}", self.count);
        let other = if client.user == Some("bob") {
            "alice"
        } else {
            "bob"
        };
        let template = Template {
            label: label.clone(),
            session,
            share_with: if share { vec![other.into()] } else { vec![] },
            ..Template::default()
        };
        let (key_type, length_bytes) = if wrapped {
            (KeyType::GenericSecret, 40)
        } else {
            (KeyType::Aes, 32)
        };
        let command = Command::GenerateSymmetric {
            key_type,
            length_bytes,
            template,
        };
        let made = client
            .cluster
            .make_keys(None, &command, session, &mut self.net);
        let Ok(mut keys) = made else { return };
        let key = keys.remove(0);
        let user = client.user.expect("nobody makes keys without a login");
        assert_eq!(key.info.owner, user);
        if session {
            assert_eq!(key.holders.len(), 1, "a session key is on one HSM");
            client.session_keys.push(key);
            return;
        }
        let shared = if share {
            BTreeSet::from([other.to_owned()])
        } else {
            BTreeSet::new()
        };
        for holder in self.holders(&key) {
            let keys = &mut self.model.hsms.get_mut(&holder).unwrap().keys;
            let old = keys.insert(key.info.handle, Copy::new(user, &label, shared.clone()));
            assert!(old.is_none(), "a handle is never used twice");
        }
        self.made.push(key.info.handle);
    }

    pub(super) fn change(&mut self, client: usize, key: usize, change: usize, who: &'static str) {
        let Some(handle) = self.made.get(key).copied() else {
            return;
        };
        let Some(client) = &mut self.clients[client] else {
            return;
        };
        let Some(user) = client.user else { return };
        if self.model.torn.contains(&handle) {
            return;
        }
        let found = client
            .cluster
            .find_one(&[Term::Reference(handle)], &mut self.net);
        let Ok(key) = found else { return };
        let (change, command) = match change {
            0 => (Change::Delete, Command::DeleteKey { handle }),
            1 | 2 => (
                Change::Share(who.into()),
                Command::Share {
                    handle,
                    username: who.into(),
                },
            ),
            3 => (
                Change::Unshare(who.into()),
                Command::Unshare {
                    handle,
                    username: who.into(),
                },
            ),
            _ => {
                let label = format!("label-{}", self.count);
                let change = AttributeChange::Label(label.clone());
                (
                    Change::Label(label),
                    Command::SetAttribute { handle, change },
                )
            }
        };
        let done = client.cluster.change_key(&key, &command, &mut self.net);
        let holders = self.holders(&key);
        for holder in &holders {
            assert!(
                self.model.hsms[holder].shows(handle, user),
                "{user} sees {handle} on {holder}"
            );
        }
        let expected = match self.model.change(&holders, handle, user, &change) {
            (Some(fault), _) => Err(ClientError::Fault(fault)),
            (None, on) if on == holders.len() => Ok(()),
            (None, on) => Err(ClientError::Partial {
                failed: holders.len() - on,
                of: holders.len(),
            }),
        };
        assert_eq!(done, expected, "{change:?} by {user}");
    }

    pub(super) fn use_key(&mut self, client: usize, key: usize) {
        let Some(handle) = self.made.get(key).copied() else {
            return;
        };
        let Some(client) = &mut self.clients[client] else {
            return;
        };
        let found = client
            .cluster
            .find_one(&[Term::Reference(handle)], &mut self.net);
        if let Ok(key) = found {
            let used = client
                .cluster
                .use_keys(&[&key], &mac(&key.info), &mut self.net);
            assert!(used.is_ok(), "{used:?}");
        }
    }

    /// Sends a user command to all reachable HSMs as an administrator.
    pub(super) fn administer(&mut self, command: &Command) -> Option<Result<(), ClientError>> {
        let mut cluster = self.net.connect()?;
        let admin = login("admin", Role::Admin, ADMIN);
        cluster.login(&admin, &mut self.net).unwrap();
        let done = cluster.user_command(command, &mut self.net);
        cluster.close(&mut self.net);
        Some(done)
    }

    pub(super) fn create_user(&mut self, name: &'static str) {
        let Some(done) = self.administer(&create_user(name, &self.passwords[name].clone())) else {
            return;
        };
        let mut new = 0;
        for id in self.net.reached() {
            let users = &mut self.model.hsms.get_mut(&id).unwrap().users;
            new += usize::from(users.insert(name.into()));
        }
        let exists = Err(ClientError::Fault(Fault::UserExists));
        assert_eq!(done, if new > 0 { Ok(()) } else { exists });
    }

    pub(super) fn delete_user(&mut self, name: &'static str) {
        let command = Command::DeleteUser {
            username: name.into(),
            role: Role::CryptoUser,
        };
        let Some(done) = self.administer(&command) else {
            return;
        };
        let reached = self.net.reached();
        for id in self.net.hsms.values().cloned().collect::<Vec<_>>() {
            let left = users_of(&mut self.net, &id).contains(name);
            let hsm = self.model.hsms.get_mut(&id).unwrap();
            if hsm.users.contains(name) && !left {
                assert!(reached.contains(&id) && !hsm.owns_any(name));
                assert!(!matches!(done, Err(ClientError::Fault(_))), "{done:?}");
                hsm.forget_user(name);
            }
            assert_eq!(hsm.users.contains(name), left);
            assert!(done.is_err() || !reached.contains(&id) || !left);
        }
    }

    pub(super) fn change_password(&mut self, name: &'static str) {
        let password = password(name, self.count);
        let command = Command::ChangePassword {
            username: name.into(),
            role: Role::CryptoUser,
            password: Secret::new(password.clone()),
        };
        if self.administer(&command) == Some(Ok(())) {
            self.passwords.insert(name, password);
        }
    }

    pub(super) fn join(&mut self, source: usize) {
        if self.net.hsms.len() >= HSMS_MAX {
            return;
        }
        if let Some(source) = self.hsm(source) {
            let image = self.net.fleet.backup(&source, self.net.now).unwrap();
            let id = self.net.join(&image);
            let hsm = self.model.hsms[&source].clone();
            self.model.hsms.insert(id, hsm);
        } else {
            self.restore();
        }
    }

    /// Restores the last backup when no HSM is left.
    pub(super) fn restore(&mut self) {
        let (image, hsm) = self.backup.clone();
        let id = self.net.join(&image);
        self.model.hsms.insert(id, hsm);
    }

    pub(super) fn synchronise(&mut self) {
        self.net.now += SimDuration::from_seconds(60);
        let members = self.net.reached();
        self.net.fleet.synchronise(&members);
        self.model.synchronise(&members);
    }

    /// Checks that a refused command changed nothing.
    pub(super) fn refused(&mut self, hsm: usize, kind: usize) {
        let Some(id) = self.hsm(hsm) else { return };
        let handle = self.made.last().copied().unwrap_or(0x123);
        let command = match kind {
            0 => create_user("a-b", "password1"),
            1 => create_user("dave", "short"),
            2 => create_user("admin", "password1"),
            3 => Command::DeleteUser {
                username: "admin".into(),
                role: Role::Admin,
            },
            4 => Command::DeleteKey { handle },
            5 => Command::InsertMasked {
                masked: vec![7; 80],
            },
            6 => Command::Activate {
                password: Secret::new("password9"),
            },
            7 => Command::Share {
                handle,
                username: "bob".into(),
            },
            _ => Command::GenerateSymmetric {
                key_type: KeyType::Aes,
                length_bytes: 32,
                template: Template::default(),
            },
        };
        for logged_in in [false, true] {
            let mut probe = self.net.probe(&id);
            if logged_in {
                let admin = login("admin", Role::Admin, ADMIN);
                probe.ask(&mut self.net, &admin).unwrap();
            }
            let before = self.net.fleet.digest();
            let answer = probe.ask(&mut self.net, &command);
            assert!(answer.is_err(), "{command:?}");
            assert_eq!(self.net.fleet.digest(), before, "{command:?}");
            probe.close(&mut self.net);
        }
    }

    /// Alters, cuts, repeats or reorders a record: this ends the connection and has no other effect.
    pub(super) fn meddle(&mut self, hsm: usize, kind: usize) {
        let Some(id) = self.hsm(hsm) else { return };
        let mut probe = self.net.probe_as(&id, "admin", Role::Admin, ADMIN).unwrap();
        if kind == 0 {
            let list = probe.seal(&Command::ListUsers);
            let (connection, now) = (probe.connection, self.net.now);
            self.net.fleet.receive(&id, connection, &list, now).unwrap();
            self.assert_ends(&id, &probe, &list);
            return;
        }
        let mut record = probe.seal(&create_user("mallory", "password1"));
        match kind {
            1 => {
                let at = self.count % record.len();
                record[at] ^= 1;
            }
            2 => record.truncate(record.len() - 1 - self.count % (record.len() - 1)),
            3 => record = probe.seal(&create_user("eve", "password1")),
            _ => record.push(0),
        }
        self.assert_ends(&id, &probe, &record);
    }

    pub(super) fn assert_ends(&mut self, id: &str, probe: &Probe, record: &[u8]) {
        let mut closed = self.net.fleet.clone();
        closed.disconnect(id, probe.connection);
        let now = self.net.now;
        self.net.fleet.receive(id, probe.connection, record, now);
        assert_eq!(self.net.fleet.digest(), closed.digest());
    }
}
