//! Random histories of a cluster against a plain model: keys and users are made, changed and deleted,
//! HSMs are cut off, fail and are replaced, all of them are lost, records on the way are altered.
//!
//! After each history all HSMs must hold and allow exactly what the model says: an acknowledged token key
//! is there while one HSM that held it lives or a backup has it, a deleted one stays deleted, no session
//! key outlives its session, nobody may do more than the owner gave, and all HSMs agree.

mod model;
mod net;

use std::collections::{BTreeMap, BTreeSet};

use hsmlab_core::client::cluster::{ClientError, Cluster, ClusterKey};
use hsmlab_core::hsm::BackupImage;
use hsmlab_core::proto::Secret;
use hsmlab_core::proto::cipher::{CipherCommand, MacMechanism};
use hsmlab_core::proto::key::*;
use hsmlab_core::proto::message::*;
use hsmlab_core::sim::SimDuration;
use proptest::prelude::*;

use self::model::{Change, Copy, Hsm, Model};
use self::net::{ADMIN, Net, Probe, login};

const USERS: [&str; 3] = ["alice", "bob", "carol"];
/// HSMs at once: a client speaks to each.
const HSMS_MAX: usize = 3;
const CLIENTS: usize = 2;

#[derive(Clone, Debug)]
enum Op {
    Connect(usize, usize),
    Close(usize),
    Logout(usize),
    Make {
        client: usize,
        session: bool,
        share: bool,
        wrapped: bool,
    },
    Change {
        client: usize,
        key: usize,
        change: usize,
        who: usize,
    },
    Use(usize, usize),
    CreateUser(usize),
    DeleteUser(usize),
    Password(usize),
    Cut(usize),
    Mend(usize),
    /// A user who is made, and makes a key, while an HSM is cut off.
    Newcomer(usize, usize),
    Fail(usize),
    Join(usize),
    Backup(usize),
    Restore,
    Synchronise,
    Refused(usize, usize),
    Meddle(usize, usize),
}

fn op() -> impl Strategy<Value = Op> {
    let (client, key, user, hsm) = (0..CLIENTS, 0..12_usize, 0..USERS.len(), 0..HSMS_MAX);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    prop_oneof![
        3 => (client.clone(), user.clone()).prop_map(|(c, u)| Op::Connect(c, u)),
        1 => client.clone().prop_map(Op::Close),
        1 => client.clone().prop_map(Op::Logout),
        6 => (client.clone(), flags).prop_map(|(client, (session, share, wrapped))| Op::Make {
            client,
            // Session keys are the rarer ones.
            session: session && wrapped,
            share,
            wrapped: wrapped && !session,
        }),
        6 => (client.clone(), key.clone(), 0..5_usize, user.clone())
            .prop_map(|(client, key, change, who)| Op::Change { client, key, change, who }),
        2 => (client, key).prop_map(|(c, k)| Op::Use(c, k)),
        2 => user.clone().prop_map(Op::CreateUser),
        2 => user.clone().prop_map(Op::DeleteUser),
        1 => user.clone().prop_map(Op::Password),
        3 => hsm.clone().prop_map(Op::Cut),
        3 => hsm.clone().prop_map(Op::Mend),
        2 => (hsm.clone(), user.clone()).prop_map(|(h, u)| Op::Newcomer(h, u)),
        1 => hsm.clone().prop_map(Op::Fail),
        3 => hsm.clone().prop_map(Op::Join),
        1 => hsm.clone().prop_map(Op::Backup),
        1 => Just(Op::Restore),
        2 => Just(Op::Synchronise),
        2 => (hsm.clone(), 0..9_usize).prop_map(|(h, k)| Op::Refused(h, k)),
        1 => (hsm, 0..5_usize).prop_map(|(h, k)| Op::Meddle(h, k)),
    ]
}

struct Client {
    cluster: Cluster,
    user: Option<&'static str>,
    session_keys: Vec<ClusterKey>,
}

struct History {
    net: Net,
    model: Model,
    clients: [Option<Client>; CLIENTS],
    /// Handles of token keys, in the order in which they were made.
    made: Vec<Handle>,
    /// The newest backup, and what its HSM held.
    backup: (BackupImage, Hsm),
    passwords: BTreeMap<&'static str, String>,
    count: usize,
}

impl History {
    fn new(number: u64) -> Self {
        let hsm_type = ["hsm2m.medium", "hsm1.medium"][usize::from(number % 2 == 1)];
        let mut net = Net::new(number, hsm_type);
        let first = net.reached()[0].clone();
        let mut admin = net.probe_as(&first, "admin", Role::Admin, ADMIN).unwrap();
        let mut hsm = Hsm::default();
        for name in ["alice", "bob"] {
            let create = create_user(name, &password(name, 0));
            assert_eq!(admin.ask(&mut net, &create), Ok(Reply::Done));
            hsm.users.insert(name.into());
        }
        admin.close(&mut net);
        let image = net.fleet.backup(&first, net.now).unwrap();
        let mut model = Model::default();
        model.hsms.insert(first, hsm.clone());
        let second = net.join(&image);
        model.hsms.insert(second, hsm.clone());
        let passwords = USERS.map(|name| (name, password(name, 0)));
        let mut history = Self {
            net,
            model,
            clients: [None, None],
            made: Vec::new(),
            backup: (image, hsm),
            passwords: passwords.into(),
            count: 0,
        };
        history.connect(0, "alice");
        history.connect(1, "bob");
        history
    }

    /// The HSM meant by a number: any, cut off or not.
    fn hsm(&self, number: usize) -> Option<String> {
        let all: Vec<&String> = self.net.hsms.values().collect();
        (!all.is_empty()).then(|| all[number % all.len()].clone())
    }

    fn holders(&self, key: &ClusterKey) -> Vec<String> {
        let id = |address| self.net.hsms[address].clone();
        key.holders.iter().map(id).collect()
    }

    fn run(&mut self, op: &Op) {
        self.count += 1;
        match *op {
            Op::Connect(client, user) => self.connect(client, USERS[user]),
            Op::Close(client) => self.close(client),
            Op::Logout(client) => self.logout(client),
            Op::Make {
                client,
                session,
                share,
                wrapped,
            } => self.make(client, session, share, wrapped),
            Op::Change {
                client,
                key,
                change,
                who,
            } => self.change(client, key, change, USERS[who]),
            Op::Use(client, key) => self.use_key(client, key),
            Op::CreateUser(user) => self.create_user(USERS[user]),
            Op::DeleteUser(user) => self.delete_user(USERS[user]),
            Op::Password(user) => self.change_password(USERS[user]),
            Op::Cut(hsm) => {
                if let Some(id) = self.hsm(hsm) {
                    self.net.cut.insert(id);
                }
            }
            Op::Mend(hsm) => {
                if let Some(id) = self.hsm(hsm) {
                    self.net.cut.remove(&id);
                }
            }
            Op::Newcomer(hsm, user) => {
                self.run(&Op::Cut(hsm));
                self.create_user(USERS[user]);
                self.connect(0, USERS[user]);
                self.make(0, false, false, false);
                self.run(&Op::Mend(hsm));
            }
            Op::Fail(hsm) => {
                if let Some(id) = self.hsm(hsm) {
                    self.net.fail(&id);
                    self.model.hsms.remove(&id);
                }
            }
            Op::Join(source) => self.join(source),
            Op::Backup(hsm) => {
                if let Some(id) = self.hsm(hsm) {
                    let image = self.net.fleet.backup(&id, self.net.now).unwrap();
                    self.backup = (image, self.model.hsms[&id].clone());
                }
            }
            Op::Restore if self.net.hsms.is_empty() => self.restore(),
            Op::Restore => {}
            Op::Synchronise => self.synchronise(),
            Op::Refused(hsm, kind) => self.refused(hsm, kind),
            Op::Meddle(hsm, kind) => self.meddle(hsm, kind),
        }
    }

    fn connect(&mut self, client: usize, user: &'static str) {
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

    fn close(&mut self, client: usize) {
        if let Some(mut client) = self.clients[client].take() {
            client.cluster.close(&mut self.net);
        }
    }

    /// A session key is gone with its login, and is not back with the next.
    fn logout(&mut self, client: usize) {
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

    fn make(&mut self, client: usize, session: bool, share: bool, wrapped: bool) {
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

    fn change(&mut self, client: usize, key: usize, change: usize, who: &'static str) {
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

    fn use_key(&mut self, client: usize, key: usize) {
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

    /// Gives a command about users to all HSMs in reach, as an administrator.
    fn administer(&mut self, command: &Command) -> Option<Result<(), ClientError>> {
        let mut cluster = self.net.connect()?;
        let admin = login("admin", Role::Admin, ADMIN);
        cluster.login(&admin, &mut self.net).unwrap();
        let done = cluster.user_command(command, &mut self.net);
        cluster.close(&mut self.net);
        Some(done)
    }

    fn create_user(&mut self, name: &'static str) {
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

    fn delete_user(&mut self, name: &'static str) {
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

    fn change_password(&mut self, name: &'static str) {
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

    fn join(&mut self, source: usize) {
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

    /// No HSM is left: what the last backup has is there again.
    fn restore(&mut self) {
        let (image, hsm) = self.backup.clone();
        let id = self.net.join(&image);
        self.model.hsms.insert(id, hsm);
    }

    fn synchronise(&mut self) {
        self.net.now += SimDuration::from_seconds(60);
        let members = self.net.reached();
        self.net.fleet.synchronise(&members);
        self.model.synchronise(&members);
    }

    /// What is refused has changed nothing.
    fn refused(&mut self, hsm: usize, kind: usize) {
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

    /// What is altered, cut short, sent twice or out of order ends the connection and does nothing.
    fn meddle(&mut self, hsm: usize, kind: usize) {
        let Some(id) = self.hsm(hsm) else { return };
        let mut probe = self.net.probe_as(&id, "admin", Role::Admin, ADMIN).unwrap();
        if kind == 0 {
            let list = probe.seal(&Command::ListUsers);
            let (connection, now) = (probe.connection, self.net.now);
            self.net.fleet.receive(&id, connection, &list, now).unwrap();
            self.assert_ends(&id, probe, &list);
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
        self.assert_ends(&id, probe, &record);
    }

    fn assert_ends(&mut self, id: &str, probe: Probe, record: &[u8]) {
        let mut closed = self.net.fleet.clone();
        closed.disconnect(id, probe.connection);
        let now = self.net.now;
        self.net.fleet.receive(id, probe.connection, record, now);
        assert_eq!(self.net.fleet.digest(), closed.digest());
    }

    /// Everything is mended and brought in line; then all HSMs must be as the model says.
    fn end(mut self) {
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
            hsmlab_core::hsm::sync::Synchronised::default(),
            "once more there is nothing to do"
        );
        self.check();
        self.check_agreement(&members);
        for id in &members {
            self.check_permissions(id);
        }
    }

    /// Each HSM holds the users and keys of the model and no others.
    fn check(&mut self) {
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
            // Nothing else: no session key is left of any client.
            let all = all_keys(&mut self.net, &id);
            assert!(
                all.is_none_or(|all| all == expected.len() as u64),
                "{all:?}"
            );
        }
    }

    /// What two HSMs both can hold they both hold, and the same.
    fn check_agreement(&mut self, members: &[String]) {
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

    /// Each user may use what the model says and delete nothing of others.
    fn check_permissions(&mut self, id: &str) {
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

fn password(name: &str, number: usize) -> String {
    format!("{name}-password-{number}")
}

fn create_user(name: &str, password: &str) -> Command {
    Command::CreateUser {
        username: name.into(),
        role: Role::CryptoUser,
        password: Secret::new(password),
    }
}

/// A use of a secret key.
fn mac(info: &KeyInfo) -> Command {
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
fn users_of(net: &mut Net, id: &str) -> BTreeSet<String> {
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
fn keys_of(net: &mut Net, id: &str) -> BTreeMap<Handle, KeyInfo> {
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

/// How many keys an HSM holds, session keys among them, where its type tells.
fn all_keys(net: &mut Net, id: &str) -> Option<u64> {
    use hsmlab_core::proto::sdk3::{Sdk3Command, Sdk3Reply};
    let mut probe = net.probe(id);
    let answer = probe.ask(net, &Command::Sdk3(Sdk3Command::Hello));
    probe.close(net);
    match answer {
        Ok(Reply::Sdk3(Sdk3Reply::Hello { keys, .. })) => Some(keys),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_history_ends_as_the_model_says(
        number in 0..4_u64,
        ops in proptest::collection::vec(op(), 10..60),
    ) {
        let mut history = History::new(number);
        for op in &ops {
            history.run(op);
        }
        history.end();
    }
}
