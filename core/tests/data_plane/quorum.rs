//! Quorum authentication and second factors: the appliances' rules, tested through the client.

use std::net::IpAddr;
use std::sync::LazyLock;

use hsmlab_client::Link as _;
use hsmlab_client::cluster::{
    Challenge, ClientError, Cluster, ClusterKey, ClusterUser, Registered, Subject,
};
use hsmlab_crypto::keys::{Curve as CryptoCurve, KeyKind, PrivateKey, SignatureAlgorithm};
use hsmlab_hsm::ApplianceSpec;
use hsmlab_proto::Secret;
use hsmlab_proto::cipher::{CipherCommand, CipherMechanism};
use hsmlab_proto::key::*;
use hsmlab_proto::message::*;
use hsmlab_proto::quorum::*;
use hsmlab_proto::role::Role;
use hsmlab_sim::{Seed, SimDuration};

use crate::world::{World, config, customer_ca, initialized, spec};

/// The key pairs of five users, made once.
static KEYS: LazyLock<Vec<PrivateKey>> = LazyLock::new(|| {
    let mut rng = Seed::from_number(5).stream("people");
    (0..5)
        .map(|_| PrivateKey::generate(KeyKind::Rsa(2048), &mut rng).unwrap())
        .collect()
});

/// The owner of each key.
const PEOPLE: [&str; 5] = ["admin", "admin2", "admin3", "alice", "bob"];

fn key_of(name: &str) -> &'static PrivateKey {
    let at = PEOPLE.iter().position(|person| *person == name).unwrap();
    &KEYS[at]
}

fn sign_with(key: &PrivateKey, token: &[u8]) -> Vec<u8> {
    let algorithm = SignatureAlgorithm::RsaPkcs1(Hash::Sha256);
    let mut rng = Seed::from_number(6).stream("blinding");
    key.sign_digest(algorithm, token, &mut rng).unwrap()
}

fn role_of(name: &str) -> Role {
    if name.starts_with("admin") {
        Role::Admin
    } else {
        Role::CryptoUser
    }
}

/// Makes a signature of `signer` in the name of `name`.
fn entry(name: &str, signer: &str, token: &[u8]) -> ApproverSignature {
    ApproverSignature {
        username: name.into(),
        role: Some(role_of(name)),
        signature: sign_with(key_of(signer), token),
    }
}

fn approval(data: &[u8], signers: &[&str]) -> Approval {
    let mut approval = Approval::of(data);
    approval.signatures = signers
        .iter()
        .map(|name| entry(name, name, &approval.token))
        .collect();
    approval
}

fn refused(fault: QuorumFault) -> ClientError {
    ClientError::Fault(Fault::Quorum(fault))
}

/// Two HSMs with three administrators and two crypto users.
struct Bench {
    world: World,
    address: IpAddr,
    ca: String,
}

impl Bench {
    fn new() -> Self {
        let (mut world, address, ca) = initialized();
        let mut cluster =
            Cluster::connect(&config(&[address]), &ca, &mut world, &mut Vec::new()).unwrap();
        let password = Secret::new("password1");
        let activate = Command::Activate { password };
        cluster.user_command(&activate, &mut world).unwrap();
        cluster.close(&mut world);
        let image = world.fleet.backup("hsm-1", world.now).unwrap();
        let restored = world.fleet.restore(&spec("hsm-2"), &image, world.now);
        restored.unwrap();
        world.address("hsm-2");
        let mut bench = Self { world, address, ca };
        let mut admin = bench.login("admin");
        for name in &PEOPLE[1..] {
            bench.create(&mut admin, name).unwrap();
        }
        admin.close(&mut bench.world);
        bench
    }

    /// Makes a bench where all five have registered their keys.
    fn registered() -> Self {
        let mut bench = Self::new();
        for name in PEOPLE {
            let mut cluster = bench.login(name);
            bench.register(&mut cluster, name).unwrap();
            cluster.close(&mut bench.world);
        }
        bench
    }

    fn connect(&mut self) -> Cluster {
        let config = config(&[self.address]);
        Cluster::connect(&config, &self.ca, &mut self.world, &mut Vec::new()).unwrap()
    }

    fn login(&mut self, name: &str) -> Cluster {
        let mut cluster = self.connect();
        let login = Command::Login {
            username: name.into(),
            role: role_of(name),
            password: Secret::new("password1"),
        };
        cluster.login(&login, &mut self.world).unwrap();
        cluster
    }

    fn create(&mut self, cluster: &mut Cluster, name: &str) -> Result<(), ClientError> {
        let command = Command::CreateUser {
            username: name.into(),
            role: role_of(name),
            password: Secret::new("password1"),
        };
        cluster.user_command(&command, &mut self.world)
    }

    fn register(&mut self, cluster: &mut Cluster, name: &str) -> Result<(), ClientError> {
        let data = cluster.new_token(Service::Registration, None, &mut self.world)?;
        let key = key_of(name);
        self.register_with(cluster, &data, &key.public_key().spki_der(), key)
    }

    fn register_with(
        &mut self,
        cluster: &mut Cluster,
        data: &[u8],
        public_key: &[u8],
        signer: &PrivateKey,
    ) -> Result<(), ClientError> {
        let command = QuorumCommand::Register {
            public_key: public_key.to_vec(),
            approval_data: data.to_vec(),
            signature: sign_with(signer, &Approval::of(data).token),
        };
        cluster.quorum_command(command, &mut self.world)
    }

    fn set_value(
        &mut self,
        cluster: &mut Cluster,
        service: Service,
        value: u8,
    ) -> Result<(), ClientError> {
        let command = QuorumCommand::SetValue { service, value };
        cluster.quorum_command(command, &mut self.world)
    }

    fn user(&mut self, name: &str) -> Option<ClusterUser> {
        let mut cluster = self.connect();
        let users = cluster.users(&mut self.world).unwrap();
        cluster.close(&mut self.world);
        users.into_iter().find(|user| user.username == name)
    }

    fn pass(&mut self, seconds: u64) {
        self.world.now += SimDuration::from_seconds(seconds);
    }

    /// Makes a key pair of alice's, shared with bob, with quorum values of two.
    fn pair(&mut self, alice: &mut Cluster) -> ClusterKey {
        let template = |flag, quorum| Template {
            label: "pair".into(),
            flags: vec![(flag, true)],
            share_with: vec!["bob".into()],
            quorum,
            ..Template::default()
        };
        let values = KeyQuorum {
            manage: 2,
            usage: 2,
        };
        let command = Command::GeneratePair {
            kind: PairKind::Ec(Curve::P256),
            public: template(Flag::Verify, None),
            private: template(Flag::Sign, Some(values)),
        };
        let made = alice.make_keys(None, &command, false, &mut self.world);
        let private = made.unwrap().pop().unwrap();
        assert_eq!(private.info.quorum, Some(values));
        private
    }

    fn sign(&mut self, cluster: &mut Cluster, key: &ClusterKey) -> Result<Reply, ClientError> {
        let command = Command::Sign {
            handle: key.info.handle,
            mechanism: SignMechanism::Ecdsa {
                hash: Hash::Sha256,
                weak_hash: false,
            },
            digest: Hash::Sha256.digest(b"abc123"),
        };
        cluster.use_keys(&[key], &command, &mut self.world)
    }
}

#[test]
fn a_key_is_registered_only_with_its_private_key() {
    let mut bench = Bench::new();
    let mut alice = bench.login("alice");
    let key = key_of("alice");
    let spki = key.public_key().spki_der();
    let new_token = |bench: &mut Bench, cluster: &mut Cluster| {
        let made = cluster.new_token(Service::Registration, None, &mut bench.world);
        made.unwrap()
    };
    let data = new_token(&mut bench, &mut alice);
    let invalid = Err(refused(QuorumFault::InvalidSignature));
    let wrong = bench.register_with(&mut alice, &data, &spki, key_of("bob"));
    assert_eq!(wrong, invalid);
    // Neither an EC key nor RSA of another size.
    let mut rng = Seed::from_number(8).stream("other");
    for kind in [KeyKind::Ec(CryptoCurve::P256), KeyKind::Rsa(3072)] {
        let other = PrivateKey::generate(kind, &mut rng).unwrap().public_key();
        let refusal = bench.register_with(&mut alice, &data, &other.spki_der(), key);
        assert_eq!(refusal, Err(refused(QuorumFault::PublicKey)));
    }
    let garbage = bench.register_with(&mut alice, &data, b"no key", key);
    assert_eq!(garbage, Err(refused(QuorumFault::PublicKey)));
    // Another user's token, and an expired one.
    let mut bob = bench.login("bob");
    let of_bob = new_token(&mut bench, &mut bob);
    let others = bench.register_with(&mut alice, &of_bob, &spki, key);
    assert_eq!(others, invalid);
    assert_eq!(bench.user("alice").unwrap().quorum, Registered::No);
    bench.pass(600);
    let expired = bench.register_with(&mut alice, &data, &spki, key);
    assert_eq!(expired, invalid);

    let data = new_token(&mut bench, &mut alice);
    bench.register_with(&mut alice, &data, &spki, key).unwrap();
    assert_eq!(bench.user("alice").unwrap().quorum, Registered::Yes);
    assert_eq!(bench.user("bob").unwrap().quorum, Registered::No);
    let again = bench.register_with(&mut alice, &data, &spki, key);
    assert_eq!(again, invalid);
}

#[test]
fn two_of_three_administrators_make_a_user() {
    let mut bench = Bench::registered();
    let mut admin = bench.login("admin");
    bench.set_value(&mut admin, Service::User, 2).unwrap();
    let needed = Err(refused(QuorumFault::ApprovalRequired));
    assert_eq!(bench.create(&mut admin, "carol"), needed);

    let made = admin.new_token(Service::User, None, &mut bench.world);
    let data = made.unwrap();
    assert!(data.len() <= 245);
    let one = admin.new_token(Service::User, None, &mut bench.world);
    assert_eq!(one, Err(refused(QuorumFault::ActiveToken)));
    let good = approval(&data, &["admin", "admin2"]);
    let mut approve = |bench: &mut Bench, approval: &Approval| {
        admin.approve(std::slice::from_ref(approval), &mut bench.world)
    };

    let few = |have| Err(refused(QuorumFault::TooFew { have, need: 2 }));
    let pair = Err(refused(QuorumFault::InvalidPair));
    let with = |signatures: Vec<ApproverSignature>| Approval {
        signatures,
        ..good.clone()
    };
    let token = good.token.clone();
    let by = |name: &str, signer: &str| entry(name, signer, &token);
    let cases = [
        (with(Vec::new()), few(0)),
        (with(vec![by("admin", "admin")]), few(1)),
        // The same signer twice, also in another spelling.
        (
            with(vec![by("admin", "admin"), by("admin", "admin")]),
            few(1),
        ),
        (
            with(
                vec![by("admin", "admin"), by("ADMIN", "admin")]
                    .into_iter()
                    .map(|it| ApproverSignature { role: None, ..it })
                    .collect(),
            ),
            few(1),
        ),
        // In another user's name, by a crypto user, by an unknown user.
        (
            with(vec![by("admin", "admin"), by("admin2", "admin")]),
            pair.clone(),
        ),
        (
            with(vec![by("admin", "admin"), by("alice", "alice")]),
            pair.clone(),
        ),
        (
            with(vec![
                by("admin", "admin"),
                ApproverSignature {
                    username: "nobody".into(),
                    ..by("admin2", "admin2")
                },
            ]),
            pair.clone(),
        ),
        // Over other bytes than the token's.
        (
            with(vec![
                by("admin", "admin"),
                entry("admin2", "admin2", &Hash::Sha256.digest(&token)),
            ]),
            pair.clone(),
        ),
        // An additional valid signature does not make up for an invalid one.
        (
            with(vec![
                by("admin", "admin"),
                by("admin2", "admin2"),
                by("admin3", "admin"),
            ]),
            pair,
        ),
    ];
    for (case, expected) in cases {
        assert_eq!(approve(&mut bench, &case), expected, "{case:?}");
    }
    // Changed approval data, and a changed token.
    let invalid = Err(refused(QuorumFault::InvalidSignature));
    for at in [0, 4, 20, data.len() - 1] {
        let mut changed = good.clone();
        changed.approval_data[at] ^= 1;
        assert_eq!(approve(&mut bench, &changed), invalid);
        let token = Approval::of(&changed.approval_data).token;
        let rehashed = Approval { token, ..changed };
        assert!(approve(&mut bench, &rehashed).is_err());
    }
    assert_eq!(bench.create(&mut admin, "carol"), needed);
    assert_eq!(bench.user("carol"), None);

    admin
        .approve(std::slice::from_ref(&good), &mut bench.world)
        .unwrap();
    bench.create(&mut admin, "carol").unwrap();
    assert!(bench.user("carol").unwrap().everywhere);
    // It is valid once.
    let again = admin.approve(&[good], &mut bench.world);
    assert_eq!(again, needed);
    assert_eq!(bench.create(&mut admin, "dave"), needed);
    assert_eq!(admin.tokens(&mut bench.world), Ok(Vec::new()));
}

#[test]
fn a_token_is_bound_to_its_user_service_and_session() {
    let mut bench = Bench::registered();
    let (mut admin, mut admin2) = (bench.login("admin"), bench.login("admin2"));
    for service in [Service::Quorum, Service::User] {
        // `quorum` first: a token of a service needs a value above 1 for that service.
        let early = admin.new_token(service, None, &mut bench.world);
        assert_eq!(early, Err(refused(QuorumFault::NotControlled)));
    }
    bench.set_value(&mut admin, Service::User, 2).unwrap();
    // Lowering a value needs as many approvals as the current value.
    let needed = Err(refused(QuorumFault::ApprovalRequired));
    assert_eq!(bench.set_value(&mut admin, Service::User, 1), needed);
    bench.set_value(&mut admin, Service::Quorum, 2).unwrap();
    let new = |bench: &mut Bench, cluster: &mut Cluster, service| {
        let made = cluster.new_token(service, None, &mut bench.world);
        approval(&made.unwrap(), &["admin2", "admin3"])
    };
    let of_quorum = new(&mut bench, &mut admin, Service::Quorum);
    let of_user = new(&mut bench, &mut admin, Service::User);
    // Another user's token.
    let stolen = admin2.approve(std::slice::from_ref(&of_user), &mut bench.world);
    assert_eq!(stolen, needed);
    // Another service's token.
    admin
        .approve(std::slice::from_ref(&of_quorum), &mut bench.world)
        .unwrap();
    assert_eq!(bench.create(&mut admin, "carol"), needed);
    bench.set_value(&mut admin, Service::User, 3).unwrap();
    // Two approvals are now too few for both services.
    let few = Err(refused(QuorumFault::TooFew { have: 2, need: 3 }));
    let late = admin.approve(std::slice::from_ref(&of_user), &mut bench.world);
    assert_eq!(late, few);
    let of_quorum = new(&mut bench, &mut admin, Service::Quorum);
    admin.approve(&[of_quorum], &mut bench.world).unwrap();
    assert_eq!(bench.set_value(&mut admin, Service::User, 2), few);
    assert_eq!(
        admin.quorum_values(&mut bench.world).unwrap(),
        [
            (Service::User, Some(3)),
            (Service::Quorum, Some(2)),
            (Service::Cluster, Some(1))
        ]
    );
    // Crypto users cannot make tokens of administrators, and vice versa.
    let mut alice = bench.login("alice");
    let role = alice.new_token(Service::User, None, &mut bench.world);
    assert_eq!(role, Err(ClientError::Fault(Fault::WrongRole(Role::Admin))));
    let role = admin.new_token(Service::KeyUsage, Some(1), &mut bench.world);
    let crypto_user = Fault::WrongRole(Role::CryptoUser);
    assert_eq!(role, Err(ClientError::Fault(crypto_user)));
    let role = bench.set_value(&mut alice, Service::User, 1);
    assert_eq!(role, Err(ClientError::Fault(Fault::WrongRole(Role::Admin))));

    // A token ends with the login and with the connection.
    assert_eq!(admin.tokens(&mut bench.world).unwrap().len(), 2);
    admin.logout(&mut bench.world).unwrap();
    assert_eq!(admin.tokens(&mut bench.world), Ok(Vec::new()));
    let of_two = new(&mut bench, &mut admin2, Service::User);
    assert_eq!(admin.tokens(&mut bench.world).unwrap().len(), 1);
    admin2.close(&mut bench.world);
    assert_eq!(admin.tokens(&mut bench.world), Ok(Vec::new()));
    let mut admin2 = bench.login("admin2");
    let dead = admin2.approve(&[of_two], &mut bench.world);
    assert_eq!(dead, needed);
}

#[test]
fn tokens_expire_before_and_after_their_approval() {
    let mut bench = Bench::registered();
    let mut admin = bench.login("admin");
    bench.set_value(&mut admin, Service::User, 2).unwrap();
    let needed = Err(refused(QuorumFault::ApprovalRequired));
    let new = |bench: &mut Bench, admin: &mut Cluster| {
        let made = admin.new_token(Service::User, None, &mut bench.world);
        approval(&made.unwrap(), &["admin2", "admin3"])
    };
    let token = new(&mut bench, &mut admin);
    bench.pass(599);
    assert_eq!(admin.tokens(&mut bench.world).unwrap()[0].info.seconds, 1);
    bench.pass(1);
    let late = admin.approve(&[token], &mut bench.world);
    assert_eq!(late, needed);
    // The expired token is not in the way.
    let token = new(&mut bench, &mut admin);
    bench.pass(599);
    admin
        .approve(std::slice::from_ref(&token), &mut bench.world)
        .unwrap();
    bench.pass(599);
    // A second approval does not extend its life.
    admin
        .approve(std::slice::from_ref(&token), &mut bench.world)
        .unwrap();
    let info = &admin.tokens(&mut bench.world).unwrap()[0].info;
    assert_eq!((info.required, info.approvals, info.seconds), (2, 2, 1));
    bench.pass(1);
    assert_eq!(bench.create(&mut admin, "carol"), needed);
    // An operation that fails for another reason does not use up the approval.
    let token = new(&mut bench, &mut admin);
    admin.approve(&[token], &mut bench.world).unwrap();
    let taken = bench.create(&mut admin, "bob");
    assert_eq!(taken, Err(ClientError::Fault(Fault::UserExists)));
    bench.create(&mut admin, "carol").unwrap();

    for (which, seconds) in [(Timeout::Generated, 30), (Timeout::Approved, 20)] {
        let set = QuorumCommand::SetTimeout { which, seconds };
        admin.quorum_command(set, &mut bench.world).unwrap();
    }
    assert_eq!(admin.token_timeouts(&mut bench.world), Ok((30, 20)));
    for seconds in [0, 86_401] {
        let which = Timeout::Approved;
        let set = QuorumCommand::SetTimeout { which, seconds };
        let refusal = admin.quorum_command(set, &mut bench.world);
        assert_eq!(refusal, Err(refused(QuorumFault::InvalidTimeout)));
    }
    new(&mut bench, &mut admin);
    bench.pass(30);
    assert_eq!(admin.tokens(&mut bench.world), Ok(Vec::new()));
    // Everyone can delete their own tokens; administrators can delete all.
    new(&mut bench, &mut admin);
    let mut admin2 = bench.login("admin2");
    let delete = |all| QuorumCommand::DeleteTokens { all };
    admin2
        .quorum_command(delete(false), &mut bench.world)
        .unwrap();
    assert_eq!(admin2.tokens(&mut bench.world).unwrap().len(), 1);
    let mut alice = bench.login("alice");
    let role = alice.quorum_command(delete(true), &mut bench.world);
    assert_eq!(role, Err(ClientError::Fault(Fault::WrongRole(Role::Admin))));
    admin2
        .quorum_command(delete(true), &mut bench.world)
        .unwrap();
    assert_eq!(admin2.tokens(&mut bench.world), Ok(Vec::new()));
}

#[test]
fn a_key_of_two_signs_when_both_of_its_users_approve() {
    let mut bench = Bench::registered();
    let mut alice = bench.login("alice");
    let key = bench.pair(&mut alice);
    let handle = Some(key.info.handle);
    let failed = Err(refused(QuorumFault::KeyApprovalRequired));
    assert_eq!(bench.sign(&mut alice, &key), failed);
    let new = |bench: &mut Bench, alice: &mut Cluster, service| {
        alice.new_token(service, handle, &mut bench.world).unwrap()
    };
    let data = new(&mut bench, &mut alice, Service::KeyUsage);
    // The same token is on both HSMs; a key may have several.
    new(&mut bench, &mut alice, Service::KeyUsage);
    let tokens = alice.tokens(&mut bench.world).unwrap();
    assert_eq!(tokens.len(), 2);
    assert!(
        tokens
            .iter()
            .all(|token| token.everywhere && token.fewest == 2)
    );
    let few = QuorumFault::TooFew { have: 1, need: 2 };
    let one = alice.approve(&[approval(&data, &["alice"])], &mut bench.world);
    assert_eq!(one, Err(refused(few)));
    // An administrator is not one of the key's users.
    let other = alice.approve(&[approval(&data, &["alice", "admin"])], &mut bench.world);
    let pair = Err(refused(QuorumFault::InvalidPair));
    assert_eq!(other, pair);
    let good = approval(&data, &["alice", "bob"]);
    alice
        .approve(std::slice::from_ref(&good), &mut bench.world)
        .unwrap();
    // A token for its use is not valid for its management.
    let share = Command::Unshare {
        handle: key.info.handle,
        username: "bob".into(),
    };
    let refusal = alice.change_key(&key, &share, &mut bench.world);
    assert_eq!(refusal, failed.clone().map(|_| ()));
    assert!(bench.sign(&mut alice, &key).is_ok());
    alice.clear_tokens(std::slice::from_ref(&good), &mut bench.world);
    for _ in 0..2 {
        assert_eq!(bench.sign(&mut alice, &key), failed);
    }
    let again = alice.approve(&[good], &mut bench.world);
    assert_eq!(again, pair);

    // With both approvals bob could be unshared; but then no one could approve any more.
    let data = new(&mut bench, &mut alice, Service::KeyManagement);
    let good = approval(&data, &["alice", "bob"]);
    alice.approve(&[good], &mut bench.world).unwrap();
    let refusal = alice.change_key(&key, &share, &mut bench.world);
    assert_eq!(refusal, Err(refused(QuorumFault::InvalidValue)));
    let label = Command::SetAttribute {
        handle: key.info.handle,
        change: AttributeChange::Label("renamed".into()),
    };
    alice.change_key(&key, &label, &mut bench.world).unwrap();
    let refusal = alice.change_key(&key, &label, &mut bench.world);
    assert_eq!(refusal, failed.map(|_| ()));
    // Bob is a user of the key: he may ask for approvals of its use.
    let mut bob = bench.login("bob");
    let data = new(&mut bench, &mut bob, Service::KeyUsage);
    bob.approve(&[approval(&data, &["alice", "bob"])], &mut bench.world)
        .unwrap();
    assert!(bench.sign(&mut bob, &key).is_ok());
}

#[test]
fn a_key_has_at_least_as_many_users_as_its_quorum_values() {
    let mut bench = Bench::registered();
    let mut alice = bench.login("alice");
    let mut aes = |manage, usage, share: &[&str]| {
        let command = Command::GenerateSymmetric {
            key_type: KeyType::Aes,
            length_bytes: 32,
            template: Template {
                label: format!("{manage}{usage}"),
                flags: vec![(Flag::Encrypt, true), (Flag::Wrap, true)],
                share_with: share.iter().map(|name| (*name).to_owned()).collect(),
                quorum: Some(KeyQuorum { manage, usage }),
                ..Template::default()
            },
        };
        alice.make_keys(None, &command, false, &mut bench.world)
    };
    let low = Err(refused(QuorumFault::KeyValues));
    assert_eq!(aes(2, 1, &["bob"]), low);
    assert_eq!(aes(0, 2, &["bob"]), low);
    let many = Err(refused(QuorumFault::InvalidValue));
    assert_eq!(aes(2, 2, &[]), many);
    assert_eq!(aes(2, 3, &["bob"]), many);
    assert_eq!(aes(2, 2, &["alice"]), many);
    assert_eq!(aes(9, 9, &["bob"]), many);
    let key = aes(2, 2, &["bob"]).unwrap().pop().unwrap();
    // No other tool can present approvals: the key does not encrypt.
    let encrypt = Command::Cipher(CipherCommand::Encrypt {
        handle: key.info.handle,
        mechanism: CipherMechanism::AesEcb,
        data: vec![0; 16],
    });
    let failed = Err(refused(QuorumFault::KeyApprovalRequired));
    assert_eq!(alice.use_keys(&[&key], &encrypt, &mut bench.world), failed);
    // To wrap, the payload and the wrapping key each need a token.
    let other = Command::GenerateSymmetric {
        key_type: KeyType::Aes,
        length_bytes: 16,
        template: Template {
            label: "payload".into(),
            share_with: vec!["bob".into()],
            quorum: key.info.quorum,
            ..Template::default()
        },
    };
    let made = alice.make_keys(None, &other, false, &mut bench.world);
    let payload = made.unwrap().pop().unwrap();
    let wrap = Command::Wrap {
        payload: payload.info.handle,
        wrapping: key.info.handle,
        mechanism: WrapMechanism::AesZeroPad,
    };
    let keys = [&payload, &key];
    assert_eq!(alice.use_keys(&keys, &wrap, &mut bench.world), failed);
    let mut approvals = Vec::new();
    for key in keys {
        assert_eq!(alice.use_keys(&keys, &wrap, &mut bench.world), failed);
        let handle = Some(key.info.handle);
        let made = alice.new_token(Service::KeyManagement, handle, &mut bench.world);
        let signed = approval(&made.unwrap(), &["bob", "alice"]);
        alice
            .approve(std::slice::from_ref(&signed), &mut bench.world)
            .unwrap();
        approvals.push(signed);
    }
    assert!(alice.use_keys(&keys, &wrap, &mut bench.world).is_ok());
    alice.clear_tokens(&approvals, &mut bench.world);
    assert_eq!(alice.tokens(&mut bench.world), Ok(Vec::new()));
}

#[test]
fn backups_contain_keys_values_and_timeouts_but_no_tokens() {
    let mut bench = Bench::registered();
    let mut admin = bench.login("admin");
    bench.set_value(&mut admin, Service::User, 2).unwrap();
    let which = Timeout::Generated;
    let set = QuorumCommand::SetTimeout {
        which,
        seconds: 900,
    };
    admin.quorum_command(set, &mut bench.world).unwrap();
    let mut alice = bench.login("alice");
    let key = bench.pair(&mut alice);
    let made = admin.new_token(Service::User, None, &mut bench.world);
    let token = approval(&made.unwrap(), &["admin", "admin2"]);
    let image = bench.world.fleet.backup("hsm-1", bench.world.now).unwrap();
    for hsm in ["hsm-1", "hsm-2"] {
        bench.world.fleet.destroy(hsm);
    }
    bench.world.hsms.clear();
    for hsm in ["hsm-3", "hsm-4"] {
        let now = bench.world.now;
        bench.world.fleet.restore(&spec(hsm), &image, now).unwrap();
        bench.world.address(hsm);
    }
    let mut admin = bench.login("admin");
    assert_eq!(admin.tokens(&mut bench.world), Ok(Vec::new()));
    assert_eq!(admin.token_timeouts(&mut bench.world), Ok((900, 600)));
    let needed = Err(refused(QuorumFault::ApprovalRequired));
    assert_eq!(admin.approve(&[token], &mut bench.world), needed);
    assert_eq!(bench.create(&mut admin, "carol"), needed);
    let made = admin.new_token(Service::User, None, &mut bench.world);
    let token = approval(&made.unwrap(), &["admin", "admin2"]);
    admin.approve(&[token], &mut bench.world).unwrap();
    bench.create(&mut admin, "carol").unwrap();
    let mut alice = bench.login("alice");
    let failed = Err(refused(QuorumFault::KeyApprovalRequired));
    assert_eq!(bench.sign(&mut alice, &key), failed);
}

fn signed(challenges: &[Challenge], key: &PrivateKey) -> Vec<Challenge> {
    challenges
        .iter()
        .map(|(address, challenge)| (*address, sign_with(key, challenge)))
        .collect()
}

fn subject(name: &str) -> Subject {
    Subject {
        username: name.into(),
        role: role_of(name),
        password: Secret::new("password1"),
    }
}

impl Bench {
    fn enrol(
        &mut self,
        cluster: &mut Cluster,
        name: &str,
        quorum: bool,
    ) -> Result<(), ClientError> {
        let challenges = cluster.challenges(&mut self.world)?;
        let key = key_of(name);
        let spki = key.public_key().spki_der();
        let signed = signed(&challenges, key);
        let factor = Some((spki.as_slice(), signed.as_slice()));
        cluster.set_factor(&subject(name), factor, quorum, &mut self.world)
    }

    fn login_with(&mut self, name: &str, key: &PrivateKey) -> Result<Cluster, ClientError> {
        let mut cluster = self.connect();
        let challenges = cluster.challenges(&mut self.world)?;
        let signed = signed(&challenges, key);
        let done = cluster.login_with_factor(&subject(name), &signed, &mut self.world);
        done.map(|()| cluster)
    }
}

#[test]
fn a_second_factor_is_asked_at_each_login() {
    let mut bench = Bench::new();
    let mut bob = bench.login("bob");
    let mut alice = bench.login("alice");
    // Not for another user, not without the key, and not with a used challenge.
    let role = bench.enrol(&mut bob, "alice", false);
    assert_eq!(role, Err(ClientError::Fault(Fault::WrongRole(Role::Admin))));
    let challenges = alice.challenges(&mut bench.world).unwrap();
    let spki = key_of("alice").public_key().spki_der();
    let wrong = signed(&challenges, key_of("bob"));
    let mut set = |signed: &[Challenge]| {
        let factor = Some((spki.as_slice(), signed));
        alice.set_factor(&subject("alice"), factor, true, &mut bench.world)
    };
    let failed = Err(refused(QuorumFault::MfaFailed));
    assert_eq!(set(&wrong), failed);
    let right = signed(&challenges, key_of("alice"));
    assert_eq!(set(&right), failed, "the challenge has been used");
    assert_eq!(bench.user("alice").unwrap().mfa, Registered::No);

    bench.enrol(&mut alice, "alice", true).unwrap();
    let user = bench.user("alice").unwrap();
    assert_eq!((user.mfa, user.quorum), (Registered::Yes, Registered::Yes));
    alice.logout(&mut bench.world).unwrap();
    let login = Command::Login {
        username: "alice".into(),
        role: Role::CryptoUser,
        password: Secret::new("password1"),
    };
    let without = alice.login(&login, &mut bench.world);
    assert_eq!(without, Err(refused(QuorumFault::MfaRequired)));
    let wrong = bench.login_with("alice", key_of("bob"));
    assert_eq!(wrong.err(), failed.err());
    let unset = bench.login_with("bob", key_of("bob"));
    assert_eq!(unset.err(), Some(refused(QuorumFault::MfaNotSet)));
    let mut alice = bench.login_with("alice", key_of("alice")).unwrap();
    // One key serves both purposes.
    let other = key_of("bob");
    let made = alice.new_token(Service::Registration, None, &mut bench.world);
    let refusal = bench.register_with(
        &mut alice,
        &made.unwrap(),
        &other.public_key().spki_der(),
        other,
    );
    assert_eq!(refusal, Err(refused(QuorumFault::OtherKey)));
    // Without it, the password is enough, and the registration is gone too.
    alice
        .set_factor(&subject("alice"), None, false, &mut bench.world)
        .unwrap();
    let user = bench.user("alice").unwrap();
    assert_eq!((user.mfa, user.quorum), (Registered::No, Registered::No));
    alice.close(&mut bench.world);
    bench.login("alice");
}

#[test]
fn a_new_password_removes_registrations_as_documented() {
    use hsmlab_proto::mfa::MfaCommand;
    let mut bench = Bench::registered();
    let mut admin = bench.login("admin");
    let change = |name: &str| Command::ChangePassword {
        username: name.into(),
        role: role_of(name),
        password: Secret::new("password1"),
    };
    // Without a second factor the registration remains.
    admin
        .user_command(&change("bob"), &mut bench.world)
        .unwrap();
    assert_eq!(bench.user("bob").unwrap().quorum, Registered::Yes);
    bench.enrol(&mut admin, "alice", true).unwrap();
    admin
        .user_command(&change("alice"), &mut bench.world)
        .unwrap();
    let user = bench.user("alice").unwrap();
    assert_eq!((user.mfa, user.quorum), (Registered::Yes, Registered::No));
    for (name, mfa) in [("alice", true), ("bob", false)] {
        let command = Command::Mfa(MfaCommand::ChangePassword {
            username: name.into(),
            role: Role::CryptoUser,
            password: Secret::new("password1"),
            deregister_mfa: mfa,
            deregister_quorum: true,
        });
        admin.user_command(&command, &mut bench.world).unwrap();
        let user = bench.user(name).unwrap();
        assert_eq!((user.mfa, user.quorum), (Registered::No, Registered::No));
    }
    // With a quorum of two one administrator can do none of this; the own password is free.
    bench.set_value(&mut admin, Service::User, 2).unwrap();
    let needed = Err(refused(QuorumFault::ApprovalRequired));
    let alone = admin.user_command(&change("bob"), &mut bench.world);
    assert_eq!(alone, needed);
    assert_eq!(bench.enrol(&mut admin, "alice", false), needed);
    admin
        .user_command(&change("admin"), &mut bench.world)
        .unwrap();
    // A crypto user's own second factor needs none either.
    let mut bob = bench.login("bob");
    bench.enrol(&mut bob, "bob", false).unwrap();
}

#[test]
fn a_registration_that_one_hsm_missed_is_shown() {
    let mut bench = Bench::new();
    let mut alice = bench.login("alice");
    bench.enrol(&mut alice, "alice", false).unwrap();
    let image = bench.world.fleet.backup("hsm-1", bench.world.now).unwrap();
    bench.register(&mut alice, "alice").unwrap();
    let now = bench.world.now;
    bench.world.fleet.destroy("hsm-2");
    bench
        .world
        .fleet
        .restore(&spec("hsm-2"), &image, now)
        .unwrap();
    bench.world.address("hsm-2");
    bench.world.hsms.remove(1);
    let user = bench.user("alice").unwrap();
    assert_eq!(
        (user.mfa, user.quorum),
        (Registered::Yes, Registered::Inconsistent)
    );
}

#[test]
fn tokens_and_keys_are_useless_in_another_cluster() {
    let mut bench = Bench::registered();
    let mut admin = bench.login("admin");
    bench.set_value(&mut admin, Service::User, 2).unwrap();
    let nonsense = [vec![], b"x".to_vec(), vec![7; 300]];
    for bytes in nonsense {
        let command = QuorumCommand::PlaceToken {
            masked: bytes.clone(),
        };
        let refusal = admin.quorum_command(command, &mut bench.world);
        assert_eq!(refusal, Err(refused(QuorumFault::InvalidSignature)));
        let approval = approval(&bytes, &["admin", "admin2"]);
        let refusal = admin.approve(&[approval], &mut bench.world);
        assert_eq!(refusal, Err(refused(QuorumFault::InvalidSignature)));
    }
    let nobody = bench
        .connect()
        .new_token(Service::User, None, &mut bench.world);
    assert_eq!(nobody, Err(ClientError::Fault(Fault::NotLoggedIn)));
    for service in [Service::KeyUsage, Service::KeyManagement] {
        let mut alice = bench.login("alice");
        let none = alice.new_token(service, Some(77), &mut bench.world);
        assert_eq!(none, Err(ClientError::Fault(Fault::NoSuchKey)));
    }
    for value in [0, 9] {
        let refusal = bench.set_value(&mut admin, Service::Quorum, value);
        assert_eq!(refusal, Err(refused(QuorumFault::InvalidValue)));
    }
    let refusal = bench.set_value(&mut admin, Service::KeyUsage, 2);
    assert_eq!(refusal, Err(refused(QuorumFault::NoSuchService)));
    bench.world.now();
}

#[test]
fn the_commands_and_their_replies() {
    let mut desk = crate::cli::Desk::configured();
    desk.cli("cluster activate --password password1", &[]);
    let said = desk.cli(
        "interactive",
        &[
            "quorum token-sign list-quorum-values",
            "quorum token-sign list-timeouts",
            "quorum token-sign list",
            "quorum token-sign set-quorum-value --service user --value 2",
            "login --username admin --role admin --password password1",
            "quorum token-sign set-quorum-value --service user --value 9",
            "quorum token-sign set-quorum-value --service user --value 2",
            "quorum token-sign set-timeout --generated 900",
            "quorum token-sign generate --service key-usage --token /tmp/t",
            "quorum token-sign generate --service quorum --token /tmp/t",
            "quorum token-sign generate --service user --token /nowhere/t",
            "quorum token-sign generate --service user --token /tmp/t",
            "quorum token-sign generate --service user --token /tmp/t",
            "quorum token-sign list",
            "user create --username bob --role crypto-user --password password2 --approval /tmp/t",
            "user create --username bob --role crypto-user --password password2 --approval /tmp/no",
            "quorum token-sign delete --scope user",
            "quorum token-sign list",
            "user change-mfa token-sign --username admin --role admin",
            "help user change-password",
            "quit",
        ],
    );
    expect_test::expect_file!["quorum.txt"].assert_eq(&said);
    let file = desk.host.fs.read("/tmp/t", "root").unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let members: Vec<&String> = file.as_object().unwrap().keys().collect();
    assert_eq!(members, ["version", "approval_data", "token", "signatures"]);
}

#[test]
fn a_second_factor_is_asked_for_in_single_command_mode_too() {
    let mut desk = crate::cli::Desk::configured();
    desk.cli("cluster activate --password password1", &[]);
    for (name, value) in [
        ("CLOUDHSM_ROLE", "admin"),
        ("CLOUDHSM_PIN", "admin:password1"),
    ] {
        desk.login.variables.insert(name.into(), value.into());
        desk.login.exported.insert(name.into());
    }
    let now = desk.world.now;
    let public = key_of("admin").public_key().to_pem();
    let fs = &mut desk.host.fs;
    fs.write("/tmp/admin.pub", public.as_bytes(), "root", now)
        .unwrap();
    let change = "user change-mfa token-sign --token /tmp/t --username admin --role admin";
    // If the passwords differ, it ends before a file is written.
    let said = desk.cli(change, &["password2", "password3"]);
    assert!(said.contains("Passwords do not match"), "{said}");
    assert!(desk.host.fs.read("/tmp/t", "root").is_err());
    let said = desk.cli(change, &["password2", "password2", "", "/tmp/admin.pub"]);
    expect_test::expect![[r#"
        Enter password:
        Confirm password:
        Enter signed token file path (press enter if same as the unsigned token file):
        Enter public key PEM file path:/tmp/admin.pub
        {
          "error_code": 1,
          "data": "The signed token file must hold a signature for each unsigned token"
        }
        [1]
    "#]]
    .assert_eq(&said);
    assert_eq!(desk.world.fleet.status("hsm-1").unwrap().connections, 0);
    // The old password is still valid.
    assert!(
        desk.cli("quorum token-sign delete --scope all", &[])
            .ends_with("[0]\n")
    );
}

#[test]
fn completion_knows_the_commands() {
    use hsmlab_tool_sdk5::cloudhsm_cli;
    let complete = |line: &str, last: &str| {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        cloudhsm_cli::complete(&words, last).join(" ")
    };
    assert_eq!(
        complete("cloudhsm-cli quorum token-sign", "list"),
        "list list-quorum-values list-timeouts"
    );
    assert_eq!(
        complete("cloudhsm-cli quorum token-sign generate --service", "key"),
        "key-management key-usage"
    );
    assert_eq!(complete("cloudhsm-cli user create", "--app"), "--approval");
}

#[test]
fn an_hsm1_has_no_cluster_service() {
    let mut world = World::new();
    let spec = ApplianceSpec {
        hsm_type: "hsm1.medium".into(),
        ..spec("hsm-1")
    };
    world.fleet.create(&spec, world.now);
    let address = world.address("hsm-1");
    let csr = world.fleet.identity("hsm-1").unwrap().cluster_csr;
    let (ca, certificate) = customer_ca(1, &csr, world.now);
    let now = world.now;
    world.fleet.claim("hsm-1", &certificate, &ca, now).unwrap();
    let mut bench = Bench { world, address, ca };
    let mut cluster = bench.connect();
    let password = Secret::new("password1");
    let activate = Command::Activate { password };
    cluster.user_command(&activate, &mut bench.world).unwrap();
    let values = cluster.quorum_values(&mut bench.world).unwrap();
    assert_eq!(
        values,
        [(Service::User, Some(1)), (Service::Quorum, Some(1))]
    );
    let mut admin = bench.login("admin");
    let refusal = bench.set_value(&mut admin, Service::Cluster, 2);
    assert_eq!(refusal, Err(refused(QuorumFault::NoSuchService)));
}
