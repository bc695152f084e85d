//! Permissions: every command of the protocol by every kind of caller, checked against the published table
//! (User Guide, "user-permissions-table-chsm-cli", and the pages of the commands).

use std::collections::{BTreeMap, BTreeSet};

use hsmlab_hsm::ApplianceSpec;
use hsmlab_proto::Handle;
use hsmlab_proto::Secret;
use hsmlab_proto::channel::{Channel, ClientHandshake};
use hsmlab_proto::cipher::*;
use hsmlab_proto::key::*;
use hsmlab_proto::message::*;
use hsmlab_proto::policy::{Enforcement, PolicyCommand, PolicyFault};
use hsmlab_proto::pure::{PureCommand, PureKind, PureMechanism};
use hsmlab_proto::quorum::{QuorumCommand, Service, Timeout};
use hsmlab_proto::replicate::ReplicateCommand;
use hsmlab_proto::role::Role;
use hsmlab_proto::sdk3::{CertificateKind, Sdk3Command};
use hsmlab_sim::Seed;

use crate::channel::finish;
use crate::world::{World, client_ca, customer_ca, spec};

/// Names every command once: the compiler refuses a command without a line.
macro_rules! commands {
    ($($pattern:pat => $name:literal,)*) => {
        const NAMES: &[&str] = &[$($name,)*];

        fn name(command: &Command) -> &'static str {
            match command {
                $($pattern => $name,)*
            }
        }
    };
}

commands! {
    Command::Info => "info",
    Command::Login { .. } => "login",
    Command::Logout => "logout",
    Command::Activate { .. } => "activate",
    Command::ListUsers => "list-users",
    Command::CreateUser { .. } => "create-user",
    Command::DeleteUser { .. } => "delete-user",
    Command::ChangePassword { .. } => "change-password",
    Command::GenerateSymmetric { .. } => "generate-symmetric",
    Command::GeneratePair { .. } => "generate-pair",
    Command::FindKeys { .. } => "find-keys",
    Command::DeleteKey { .. } => "delete-key",
    Command::SetAttribute { change: AttributeChange::Flag(Flag::Trusted, _), .. } => "set-trusted",
    Command::SetAttribute { .. } => "set-attribute",
    Command::Share { .. } => "share",
    Command::Unshare { .. } => "unshare",
    Command::ImportPublic { .. } => "import-public",
    Command::Sign { .. } => "sign",
    Command::Verify { .. } => "verify",
    Command::Wrap { .. } => "wrap",
    Command::Unwrap { .. } => "unwrap",
    Command::Cipher(CipherCommand::Encrypt { .. }) => "encrypt",
    Command::Cipher(CipherCommand::Decrypt { .. }) => "decrypt",
    Command::Cipher(CipherCommand::Mac { .. }) => "mac",
    Command::Cipher(CipherCommand::VerifyMac { .. }) => "verify-mac",
    Command::Cipher(CipherCommand::Derive { .. }) => "derive",
    Command::Cipher(CipherCommand::Random { .. }) => "random",
    Command::Pure(PureCommand::Sign { .. }) => "pure-sign",
    Command::Pure(PureCommand::Verify { .. }) => "pure-verify",
    Command::ExtractMasked { .. } => "extract-masked",
    Command::InsertMasked { .. } => "insert-masked",
    Command::Replicate(ReplicateCommand::ExtractUser { .. }) => "extract-user",
    Command::Replicate(ReplicateCommand::InsertUser { .. }) => "insert-user",
    Command::Replicate(ReplicateCommand::InsertKey { .. }) => "insert-key",
    Command::Policy(PolicyCommand::RegisterAnchor { .. }) => "register-anchor",
    Command::Policy(PolicyCommand::Anchors) => "anchors",
    Command::Policy(PolicyCommand::DeregisterAnchor { .. }) => "deregister-anchor",
    Command::Policy(PolicyCommand::SetEnforcement(_)) => "set-enforcement",
    Command::Policy(PolicyCommand::Enforcement) => "enforcement",
    Command::Quorum(QuorumCommand::Values) => "quorum-values",
    Command::Quorum(QuorumCommand::SetValue { .. }) => "set-quorum-value",
    Command::Quorum(QuorumCommand::Timeouts) => "quorum-timeouts",
    Command::Quorum(QuorumCommand::SetTimeout { .. }) => "set-quorum-timeout",
    Command::Quorum(QuorumCommand::Tokens) => "tokens",
    Command::Quorum(QuorumCommand::DeleteTokens { all: true }) => "delete-tokens",
    Command::Quorum(QuorumCommand::DeleteTokens { .. }) => "delete-own-tokens",
    Command::Quorum(
        QuorumCommand::NewToken { .. }
        | QuorumCommand::PlaceToken { .. }
        | QuorumCommand::DropToken { .. }
        | QuorumCommand::Approve(_)
        | QuorumCommand::Register { .. }
    ) => "own-token",
    Command::Mfa(_) => "second-factor",
    Command::Sdk3(Sdk3Command::Hello) => "sdk3-hello",
    Command::Sdk3(Sdk3Command::Users) => "sdk3-users",
    Command::Sdk3(Sdk3Command::KeyUsers { .. }) => "sdk3-key-users",
    Command::Sdk3(Sdk3Command::Certificate(_)) => "sdk3-certificate",
    Command::Sdk3(Sdk3Command::AesWrap { .. }) => "sdk3-aes-wrap",
    Command::Sdk3(Sdk3Command::AesUnwrap { .. }) => "sdk3-aes-unwrap",
    Command::Sdk3(Sdk3Command::ExtractUser { .. }) => "sdk3-extract-user",
    Command::Sdk3(Sdk3Command::InsertUser { .. }) => "sdk3-insert-user",
}

/// The callers, in the order of the table's columns.
const CALLERS: [&str; 7] = [
    "nobody",
    "unactivated admin",
    "admin",
    "another admin",
    "owner",
    "sharer",
    "stranger",
];

/// `y`: permitted; `-`: refused. The appliance user has no column: no one can log in as it.
const TABLE: &[(&str, &str)] = &[
    ("info", "yyyyyyy"),
    // A user who is logged in cannot log in again.
    ("login", "y------"),
    ("logout", "-yyyyyy"),
    // Activation needs no login, and happens once.
    ("activate", "-y-----"),
    ("list-users", "yyyyyyy"),
    ("create-user", "--yy---"),
    ("delete-user", "--yy---"),
    // The password of another crypto user.
    ("change-password", "--yy---"),
    ("generate-symmetric", "----yyy"),
    ("generate-pair", "----yyy"),
    ("find-keys", "--yyyyy"),
    ("delete-key", "----y--"),
    ("set-trusted", "--yy---"),
    ("set-attribute", "----y--"),
    ("share", "----y--"),
    ("unshare", "----y--"),
    ("import-public", "----yyy"),
    ("sign", "----yy-"),
    // Everyone can use public keys.
    ("verify", "----yyy"),
    ("wrap", "----y--"),
    ("unwrap", "----yy-"),
    ("encrypt", "----yy-"),
    ("decrypt", "----yy-"),
    ("mac", "----yy-"),
    ("verify-mac", "----yy-"),
    ("derive", "----yy-"),
    ("random", "----yyy"),
    ("pure-sign", "----yy-"),
    ("pure-verify", "----yyy"),
    // Crypto users can mask the keys that they see, administrators any key.
    ("extract-masked", "--yyyy-"),
    ("insert-masked", "--yyyyy"),
    ("extract-user", "--yy---"),
    ("insert-user", "--yy---"),
    ("insert-key", "--yyy--"),
    ("register-anchor", "--yy---"),
    ("anchors", "yyyyyyy"),
    ("deregister-anchor", "--yy---"),
    // Only the administrator named admin.
    ("set-enforcement", "--y----"),
    ("enforcement", "yyyyyyy"),
    ("quorum-values", "yyyyyyy"),
    ("set-quorum-value", "--yy---"),
    ("quorum-timeouts", "yyyyyyy"),
    ("set-quorum-timeout", "--yy---"),
    ("tokens", "yyyyyyy"),
    ("delete-tokens", "--yy---"),
    ("delete-own-tokens", "-yyyyyy"),
    ("sdk3-hello", "yyyyyyy"),
    ("sdk3-users", "yyyyyyy"),
    ("sdk3-key-users", "y-yyyyy"),
    ("sdk3-certificate", "yyyyyyy"),
    ("sdk3-aes-wrap", "----yy-"),
    ("sdk3-aes-unwrap", "----yy-"),
    ("sdk3-extract-user", "--yy---"),
    ("sdk3-insert-user", "--yy---"),
];

/// Commands on the caller's own objects; their refusals are in `quorum.rs`.
const ELSEWHERE: [&str; 2] = ["own-token", "second-factor"];

/// A world and a connection into its only HSM.
struct Line {
    world: World,
    channel: Channel,
    connection: u64,
}

impl Line {
    fn open(world: World, connection: u64) -> Self {
        let mut world = world;
        let handshake = ClientHandshake::start(&mut Seed::from_number(connection).stream("line"));
        let hello = world
            .fleet
            .receive("hsm-1", connection, handshake.hello(), world.now);
        let channel = finish(handshake, &hello.unwrap()).unwrap().channel;
        Self {
            world,
            channel,
            connection,
        }
    }

    fn ask(&mut self, command: &Command) -> Answer {
        let record = self
            .channel
            .seal(&serde_json::to_vec(command).unwrap())
            .unwrap();
        let now = self.world.now;
        let answer = self
            .world
            .fleet
            .receive("hsm-1", self.connection, &record, now);
        let message = self.channel.open(&answer.unwrap()).unwrap();
        serde_json::from_slice(&message).unwrap()
    }

    fn log_in(&mut self, name: &str, role: Role, password: &str) {
        assert_eq!(self.ask(&login(name, role, password)), Ok(Reply::Done));
    }

    fn key(&mut self, command: &Command) -> Handle {
        match self.ask(command) {
            Ok(Reply::Key(info)) => info.handle,
            other => panic!("no key: {other:?}"),
        }
    }

    fn pair(&mut self, kind: PairKind, flag: Flag) -> (Handle, Handle) {
        let public = if flag == Flag::Sign {
            Flag::Verify
        } else {
            flag
        };
        let command = Command::GeneratePair {
            kind,
            public: template(&[public]),
            private: shared(&[flag]),
        };
        match self.ask(&command) {
            Ok(Reply::Pair(pair)) => (pair.0.handle, pair.1.handle),
            other => panic!("no pair: {other:?}"),
        }
    }

    fn bytes(&mut self, command: &Command) -> Vec<u8> {
        match self.ask(command) {
            Ok(Reply::Bytes(bytes) | Reply::Wrapped { wrapped: bytes, .. }) => bytes,
            other => panic!("no bytes: {other:?}"),
        }
    }
}

fn login(name: &str, role: Role, password: &str) -> Command {
    Command::Login {
        username: name.into(),
        role,
        password: Secret::new(password),
    }
}

fn template(flags: &[Flag]) -> Template {
    Template {
        label: "k".into(),
        flags: flags.iter().map(|flag| (*flag, true)).collect(),
        ..Template::default()
    }
}

fn shared(flags: &[Flag]) -> Template {
    Template {
        share_with: vec!["bob".into()],
        ..template(flags)
    }
}

fn initialized(spec: &ApplianceSpec) -> World {
    let mut world = World::new();
    world.fleet.create(spec, world.now);
    world.address("hsm-1");
    let csr = world.fleet.identity("hsm-1").unwrap().cluster_csr;
    let (ca, certificate) = customer_ca(1, &csr, world.now);
    let now = world.now;
    world.fleet.claim("hsm-1", &certificate, &ca, now).unwrap();
    world
}

const PASSWORD: &str = "password1";

fn users(line: &mut Line) {
    let password = || Secret::new(PASSWORD);
    assert_eq!(
        line.ask(&Command::Activate {
            password: password()
        }),
        Ok(Reply::Done)
    );
    line.log_in("admin", Role::Admin, PASSWORD);
    let people = [
        ("admin2", Role::Admin),
        ("alice", Role::CryptoUser),
        ("bob", Role::CryptoUser),
        ("carol", Role::CryptoUser),
        ("dora", Role::CryptoUser),
    ];
    for (username, role) in people {
        let create = Command::CreateUser {
            username: username.into(),
            role,
            password: password(),
        };
        assert_eq!(line.ask(&create), Ok(Reply::Done));
    }
}

/// Makes the objects for the commands: alice's keys, shared with bob, and one command of each kind that
/// succeeds for a permitted caller.
fn commands_on(line: &mut Line, hsm1: bool) -> BTreeMap<&'static str, Command> {
    users(line);
    let (anchor, _, _) = client_ca(
        1,
        hsmlab_crypto::keys::KeyKind::Ec(Curve::P256),
        line.world.now,
    );
    let dora = (String::from("dora"), Role::CryptoUser);
    let mut all = vec![
        Command::Info,
        login("dora", Role::CryptoUser, PASSWORD),
        Command::Logout,
        Command::Activate {
            password: Secret::new(PASSWORD),
        },
        Command::ListUsers,
        Command::CreateUser {
            username: "eve".into(),
            role: Role::CryptoUser,
            password: Secret::new(PASSWORD),
        },
        Command::DeleteUser {
            username: dora.0.clone(),
            role: dora.1,
        },
        Command::ChangePassword {
            username: dora.0.clone(),
            role: dora.1,
            password: Secret::new("password9"),
        },
    ];
    if hsm1 {
        let user = Sdk3Command::ExtractUser {
            username: "dora".into(),
        };
        let masked = line.bytes(&Command::Sdk3(user.clone()));
        all.push(Command::Sdk3(user));
        let gone = Command::DeleteUser {
            username: dora.0.clone(),
            role: dora.1,
        };
        assert_eq!(line.ask(&gone), Ok(Reply::Done));
        all.push(Command::Sdk3(Sdk3Command::InsertUser { masked }));
        all.retain(|command| {
            !matches!(
                name(command),
                "login" | "delete-user" | "change-password" | "sdk3-extract-user"
            )
        });
        all.push(Command::Sdk3(Sdk3Command::ExtractUser {
            username: "carol".into(),
        }));
    } else {
        let user = ReplicateCommand::ExtractUser {
            username: dora.0,
            role: dora.1,
        };
        let masked = line.bytes(&Command::Replicate(user.clone()));
        all.push(Command::Replicate(user));
        all.push(Command::Replicate(ReplicateCommand::InsertUser { masked }));
        let register = PolicyCommand::RegisterAnchor {
            certificate: anchor.clone(),
        };
        assert!(line.ask(&Command::Policy(register)).is_ok());
        let (other, _, _) = client_ca(
            2,
            hsmlab_crypto::keys::KeyKind::Ec(Curve::P256),
            line.world.now,
        );
        for command in [
            PolicyCommand::RegisterAnchor { certificate: other },
            PolicyCommand::Anchors,
            PolicyCommand::DeregisterAnchor { reference: 1 },
            PolicyCommand::SetEnforcement(Enforcement::None),
            PolicyCommand::Enforcement,
        ] {
            all.push(Command::Policy(command));
        }
    }
    all.extend(quorum_commands());
    assert_eq!(line.ask(&Command::Logout), Ok(Reply::Done));
    line.log_in("alice", Role::CryptoUser, PASSWORD);
    all.extend(key_commands(line));
    if hsm1 {
        all.extend(sdk3_commands(line));
    } else {
        all.extend(pure_commands(line));
    }
    all.iter()
        .map(|command| (name(command), command.clone()))
        .collect()
}

fn quorum_commands() -> Vec<Command> {
    [
        QuorumCommand::Values,
        QuorumCommand::SetValue {
            service: Service::User,
            value: 2,
        },
        QuorumCommand::Timeouts,
        QuorumCommand::SetTimeout {
            which: Timeout::Generated,
            seconds: 60,
        },
        QuorumCommand::Tokens,
        QuorumCommand::DeleteTokens { all: true },
        QuorumCommand::DeleteTokens { all: false },
    ]
    .map(Command::Quorum)
    .to_vec()
}

fn key_commands(line: &mut Line) -> Vec<Command> {
    let usage = [
        Flag::Encrypt,
        Flag::Decrypt,
        Flag::Wrap,
        Flag::Unwrap,
        Flag::Derive,
    ];
    let symmetric = |key_type, length_bytes, flags: &[Flag]| Command::GenerateSymmetric {
        key_type,
        length_bytes,
        template: shared(flags),
    };
    let aes = line.key(&symmetric(KeyType::Aes, 32, &usage));
    let payload = line.key(&symmetric(KeyType::Aes, 16, &[]));
    let secret = line.key(&symmetric(KeyType::GenericSecret, 20, &[Flag::Derive]));
    let (public, private) = line.pair(PairKind::Ec(Curve::P256), Flag::Sign);
    let mechanism = SignMechanism::Ecdsa {
        hash: Hash::Sha256,
        weak_hash: false,
    };
    let digest = Hash::Sha256.digest(b"x");
    let sign = Command::Sign {
        handle: private,
        mechanism,
        digest: digest.clone(),
    };
    let signature = line.bytes(&sign);
    let wrap = Command::Wrap {
        payload,
        wrapping: aes,
        mechanism: WrapMechanism::AesZeroPad,
    };
    let wrapped = line.bytes(&wrap);
    let cbc = CipherMechanism::AesCbc { iv: vec![0; 16] };
    let cipher = |encrypt| {
        let (handle, mechanism, data) = (aes, cbc.clone(), vec![0; 16]);
        Command::Cipher(if encrypt {
            CipherCommand::Encrypt {
                handle,
                mechanism,
                data,
            }
        } else {
            CipherCommand::Decrypt {
                handle,
                mechanism,
                data,
            }
        })
    };
    let hmac = MacMechanism::Hmac { hash: Hash::Sha256 };
    let mac = CipherCommand::Mac {
        handle: secret,
        mechanism: hmac,
        data: vec![1],
    };
    let code = line.bytes(&Command::Cipher(mac.clone()));
    let extract = Command::ExtractMasked { handle: payload };
    let masked = line.bytes(&extract);
    let spki = client_ca(
        3,
        hsmlab_crypto::keys::KeyKind::Ec(Curve::P256),
        line.world.now,
    )
    .0;
    let spki = hsmlab_crypto::cert::Certificate::from_pem(&spki)
        .unwrap()
        .spki_der()
        .to_vec();
    vec![
        symmetric(KeyType::Aes, 16, &[]),
        Command::GeneratePair {
            kind: PairKind::Ec(Curve::P256),
            public: template(&[]),
            private: template(&[]),
        },
        Command::FindKeys {
            terms: vec![],
            after: 0,
        },
        Command::DeleteKey { handle: aes },
        Command::SetAttribute {
            handle: aes,
            change: AttributeChange::Flag(Flag::Trusted, true),
        },
        Command::SetAttribute {
            handle: aes,
            change: AttributeChange::Label("l".into()),
        },
        Command::Share {
            handle: aes,
            username: "carol".into(),
        },
        Command::Unshare {
            handle: aes,
            username: "bob".into(),
        },
        Command::ImportPublic {
            spki,
            template: template(&[]),
        },
        Command::Verify {
            handle: public,
            mechanism,
            digest,
            signature,
        },
        sign,
        wrap,
        Command::Unwrap {
            wrapping: aes,
            mechanism: WrapMechanism::AesZeroPad,
            wrapped,
            kind: UnwrapKind::Aes,
            template: template(&[]),
        },
        cipher(true),
        cipher(false),
        Command::Cipher(mac),
        Command::Cipher(CipherCommand::VerifyMac {
            handle: secret,
            mechanism: hmac,
            data: vec![1],
            mac: code,
        }),
        Command::Cipher(CipherCommand::Derive {
            handle: secret,
            mechanism: DeriveMechanism::Sp800108Counter {
                hash: Hash::Sha256,
                counter_bits: 32,
                fixed: vec![1],
            },
            key_type: KeyType::Aes,
            length_bytes: 16,
            template: template(&[]),
        }),
        Command::Cipher(CipherCommand::Random { length_bytes: 8 }),
        extract,
        Command::InsertMasked {
            masked: masked.clone(),
        },
        Command::Replicate(ReplicateCommand::InsertKey { masked }),
    ]
}

fn pure_commands(line: &mut Line) -> Vec<Command> {
    let kind = PairKind::Pure(PureKind::MlDsa(hsmlab_proto::pure::ParameterSet::MlDsa44));
    let (public, private) = line.pair(kind, Flag::Sign);
    let (mechanism, message) = (PureMechanism::MlDsa, b"x".to_vec());
    let sign = PureCommand::Sign {
        handle: private,
        mechanism,
        message: message.clone(),
    };
    let sign = Command::Pure(sign);
    let signature = line.bytes(&sign);
    let verify = PureCommand::Verify {
        handle: public,
        mechanism,
        message,
        signature,
    };
    vec![sign, Command::Pure(verify)]
}

fn sdk3_commands(line: &mut Line) -> Vec<Command> {
    let generate = Command::GenerateSymmetric {
        key_type: KeyType::Aes,
        length_bytes: 16,
        template: shared(&[Flag::Wrap, Flag::Unwrap]),
    };
    let wrapping = line.key(&generate);
    let (iv, data) = ([0xa6; 8], Secret::new([7; 16]));
    let wrap = Sdk3Command::AesWrap { wrapping, iv, data };
    let Ok(Reply::Sdk3(hsmlab_proto::sdk3::Sdk3Reply::Data(data))) =
        line.ask(&Command::Sdk3(wrap.clone()))
    else {
        panic!("not wrapped");
    };
    [
        Sdk3Command::Hello,
        Sdk3Command::Users,
        Sdk3Command::KeyUsers { handle: wrapping },
        Sdk3Command::Certificate(CertificateKind::Cluster),
        wrap,
        Sdk3Command::AesUnwrap { wrapping, iv, data },
    ]
    .map(Command::Sdk3)
    .to_vec()
}

/// True if an answer refuses this caller.
fn forbids(answer: &Answer) -> bool {
    matches!(
        answer,
        Err(Fault::NotLoggedIn
            | Fault::AlreadyLoggedIn
            | Fault::WrongRole(_)
            | Fault::NotActivated
            | Fault::AlreadyActivated
            | Fault::NotOwner
            | Fault::NoSuchKey
            | Fault::AttributeRefused(..)
            | Fault::Policy(PolicyFault::NotFirstAdmin))
    )
}

fn check(hsm1: bool, covered: &mut BTreeSet<&'static str>) {
    let mut kind = spec("hsm-1");
    if hsm1 {
        kind.hsm_type = "hsm1.medium".into();
    }
    let fresh = initialized(&kind);
    let mut line = Line::open(initialized(&kind), 1);
    let commands = commands_on(&mut line, hsm1);
    line.world.fleet.disconnect("hsm-1", 1);
    let mut busy = line.world;
    for (at, caller) in CALLERS.iter().enumerate() {
        for (name, command) in &commands {
            let row = TABLE.iter().find(|(row, _)| row == name).unwrap();
            let allowed = row.1.as_bytes()[at] == b'y';
            let mut world = World::new();
            world.fleet = if at == 1 {
                fresh.fleet.clone()
            } else {
                busy.fleet.clone()
            };
            let mut line = Line::open(world, 50 + at as u64);
            // The table is about users: all of them connect without a client certificate.
            prove_nothing(&mut line, at != 1 && !hsm1);
            match at {
                0 => {}
                1 => line.log_in("admin", Role::UnactivatedAdmin, "password"),
                2 => line.log_in("admin", Role::Admin, PASSWORD),
                3 => line.log_in("admin2", Role::Admin, PASSWORD),
                _ => line.log_in(
                    ["alice", "bob", "carol"][at - 4],
                    Role::CryptoUser,
                    PASSWORD,
                ),
            }
            let answer = line.ask(command);
            if allowed {
                assert!(
                    answer.is_ok(),
                    "{caller} must be able to {name}: {answer:?}"
                );
            } else {
                assert!(forbids(&answer), "{caller} must not {name}: {answer:?}");
            }
            covered.insert(*name);
        }
    }
    busy.fleet.destroy("hsm-1");
}

/// Answers the request for a client's certificate with none.
fn prove_nothing(line: &mut Line, asked: bool) {
    if !asked {
        return;
    }
    let proof = hsmlab_proto::channel::ClientProof::default()
        .to_bytes()
        .unwrap();
    let record = line.channel.seal_proof(&proof).unwrap();
    let now = line.world.now;
    let answer = line
        .world
        .fleet
        .receive("hsm-1", line.connection, &record, now);
    line.channel.open(&answer.unwrap()).unwrap();
}

#[test]
fn the_table_is_complete_and_correct() {
    let rows: BTreeSet<&str> = TABLE.iter().map(|(name, _)| *name).collect();
    let named = NAMES.iter().filter(|name| !ELSEWHERE.contains(name));
    assert_eq!(rows, named.copied().collect());
    assert!(TABLE.iter().all(|(_, row)| row.len() == CALLERS.len()));
    let mut covered = BTreeSet::new();
    check(false, &mut covered);
    check(true, &mut covered);
    assert_eq!(covered, rows);
}

#[test]
fn no_one_can_log_in_as_the_appliance_user() {
    let mut line = Line::open(initialized(&spec("hsm-1")), 1);
    users(&mut line);
    line.ask(&Command::Logout).unwrap();
    for password in ["", "password", PASSWORD] {
        for role in [Role::ApplianceUser, Role::Admin, Role::CryptoUser] {
            let answer = line.ask(&login("app_user", role, password));
            assert!(
                matches!(
                    answer,
                    Err(Fault::NoSuchUser | Fault::LoginFailed | Fault::UserLocked)
                ),
                "{answer:?}"
            );
        }
    }
}

#[test]
fn users_change_only_their_own_password() {
    for name in ["alice", "admin2"] {
        let mut line = Line::open(initialized(&spec("hsm-1")), 1);
        users(&mut line);
        line.ask(&Command::Logout).unwrap();
        let role = if name == "alice" {
            Role::CryptoUser
        } else {
            Role::Admin
        };
        line.log_in(name, role, PASSWORD);
        let change = Command::ChangePassword {
            username: name.into(),
            role,
            password: Secret::new("password2"),
        };
        assert_eq!(line.ask(&change), Ok(Reply::Done));
    }
}
