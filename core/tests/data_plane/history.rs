//! Random histories of a cluster against a plain model: keys and users are made, changed and deleted,
//! HSMs are cut off, fail and are replaced, all of them are lost, records on the way are altered.
//!
//! After each history all HSMs must match the model exactly: an acknowledged token key exists as long as an
//! HSM that held it is alive or a backup has it, a deleted key stays deleted, no session key outlives its
//! session, no user has more permissions than the owner gave, and all HSMs agree.

mod acts;
mod checks;
mod model;
pub mod net;

use std::collections::BTreeMap;

use hsmlab_client::cluster::{Cluster, ClusterKey};
use hsmlab_hsm::BackupImage;
use hsmlab_proto::Handle;
use hsmlab_proto::message::Reply;
use hsmlab_proto::role::Role;
use proptest::prelude::*;

use self::checks::{create_user, password};
use self::model::{Hsm, Model};
use self::net::{ADMIN, Net};

const USERS: [&str; 3] = ["alice", "bob", "carol"];
/// The number of HSMs; a client connects to each.
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
    /// A user who is created, and makes a key, while an HSM is cut off.
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
        2 => (hsm.clone(), user).prop_map(|(h, u)| Op::Newcomer(h, u)),
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
    /// The newest backup, and the content of its HSM.
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

    /// Selects the HSM for a number: any, cut off or not.
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
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_history_ends_in_the_state_of_the_model(
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
