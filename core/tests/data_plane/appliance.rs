//! Appliances and the client: channel, users, keys, backups.

use std::net::{IpAddr, Ipv4Addr};

use hsmlab_client::cluster::{ClientError, Cluster, ConnectError};
use hsmlab_client::config::ClusterConfig;
use hsmlab_crypto::cert::{Certificate, Request};
use hsmlab_crypto::hash::Hash as CryptoHash;
use hsmlab_crypto::keys::{PublicKey, SignatureAlgorithm};
use hsmlab_hsm::{ApplianceSpec, ClaimError, Notice};
use hsmlab_proto::Secret;
use hsmlab_proto::key::*;
use hsmlab_proto::message::*;
use hsmlab_proto::role::Role;
use hsmlab_sim::{Seed, SimDuration};

use crate::world::{World, config, customer_ca, initialized, spec};

fn connect(world: &mut World, config: &ClusterConfig, ca: &str) -> Result<Cluster, ConnectError> {
    Cluster::connect(config, ca, world, &mut Vec::new())
}

fn login(name: &str, role: Role, password: &str) -> Command {
    Command::Login {
        username: name.into(),
        role,
        password: Secret::new(password),
    }
}

/// Makes two activated HSMs with the crypto user alice, who is logged in.
fn two_hsms() -> (World, Cluster, String) {
    let (mut world, address, ca) = initialized();
    let mut cluster = connect(&mut world, &config(&[address]), &ca).unwrap();
    cluster
        .user_command(
            &Command::Activate {
                password: Secret::new("password1"),
            },
            &mut world,
        )
        .unwrap();
    cluster.close(&mut world);
    let image = world.fleet.backup("hsm-1", world.now).unwrap();
    world
        .fleet
        .restore(&spec("hsm-2"), &image, world.now)
        .unwrap();
    world.address("hsm-2");
    let mut cluster = connect(&mut world, &config(&[address]), &ca).unwrap();
    cluster
        .login(&login("admin", Role::Admin, "password1"), &mut world)
        .unwrap();
    for name in ["alice", "bob"] {
        let command = Command::CreateUser {
            username: name.into(),
            role: Role::CryptoUser,
            password: Secret::new("password2"),
        };
        cluster.user_command(&command, &mut world).unwrap();
    }
    cluster.logout(&mut world).unwrap();
    cluster
        .login(&login("alice", Role::CryptoUser, "password2"), &mut world)
        .unwrap();
    (world, cluster, ca)
}

fn template(label: &str, flags: &[(Flag, bool)]) -> Template {
    Template {
        label: label.into(),
        flags: flags.to_vec(),
        ..Template::default()
    }
}

fn label(label: &str, class: &str) -> Vec<Term> {
    vec![
        Term::Attribute("label".into(), label.into()),
        Term::Attribute("class".into(), class.into()),
    ]
}

fn make_pair(
    world: &mut World,
    cluster: &mut Cluster,
    kind: PairKind,
    name: &str,
) -> Vec<ClusterKeyOf> {
    let command = Command::GeneratePair {
        kind,
        public: template(name, &[(Flag::Verify, true)]),
        private: template(name, &[(Flag::Sign, true)]),
    };
    cluster.make_keys(None, &command, false, world).unwrap()
}

type ClusterKeyOf = hsmlab_client::cluster::ClusterKey;

#[test]
fn hardware_identity_verifies_with_both_roots() {
    let mut world = World::new();
    world.fleet.create(&spec("hsm-1"), world.now);
    let identity = world.fleet.identity("hsm-1").unwrap();
    let hsm = Certificate::from_pem(&identity.hsm_certificate).unwrap();
    for (hardware, root) in [
        (&identity.aws_hardware_certificate, world.fleet.aws_root()),
        (
            &identity.manufacturer_hardware_certificate,
            world.fleet.manufacturer_root(),
        ),
    ] {
        let hardware = Certificate::from_pem(hardware).unwrap();
        let root = Certificate::from_pem(&root).unwrap();
        assert!(root.is_self_signed() && hardware.is_ca());
        hardware.verify(&root.public_key().unwrap()).unwrap();
        hsm.verify(&hardware.public_key().unwrap()).unwrap();
        assert!(
            hardware.issuer().matches(root.subject()) && hsm.issuer().matches(hardware.subject())
        );
        for certificate in [&hsm, &hardware, &root] {
            assert!(certificate.is_valid_at(world.now));
        }
    }
    let request = Request::from_pem(&identity.cluster_csr).unwrap();
    request.verify().unwrap();
    assert_eq!(request.spki_der(), hsm.spki_der());
}

#[test]
fn a_claim_needs_the_right_certificate() {
    let mut world = World::new();
    world.fleet.create(&spec("hsm-1"), world.now);
    world.fleet.create(&spec("hsm-2"), world.now);
    let now = world.now;
    let csr = |hsm: &str| world.fleet.identity(hsm).unwrap().cluster_csr;
    let (ca, certificate) = customer_ca(1, &csr("hsm-1"), now);
    let (_, other_hsm) = customer_ca(1, &csr("hsm-2"), now);
    let (other_ca, _) = customer_ca(2, &csr("hsm-1"), now);
    let check =
        |certificate: &str, ca: &str, now| world.fleet.check_claim("hsm-1", certificate, ca, now);
    assert_eq!(check(&certificate, &ca, now), Ok(()));
    assert_eq!(check(&other_hsm, &ca, now), Err(ClaimError::KeyMismatch));
    assert_eq!(
        check(&certificate, &other_ca, now),
        Err(ClaimError::SignatureMismatch)
    );
    assert_eq!(
        check(&certificate, &certificate, now),
        Err(ClaimError::TrustAnchorNotSelfSigned)
    );
    assert!(matches!(
        check("x", &ca, now),
        Err(ClaimError::CertificateUnreadable(_))
    ));
    assert!(matches!(
        check(&certificate, "x", now),
        Err(ClaimError::TrustAnchorUnreadable(_))
    ));
    let late = now + SimDuration::from_days(4000);
    assert!(matches!(
        check(&certificate, &ca, late),
        Err(ClaimError::NotValidNow(_))
    ));
    let twice = format!("{ca}{ca}");
    assert!(matches!(
        check(&certificate, &twice, now),
        Err(ClaimError::ChainMalformed(_))
    ));
    let five = ca.repeat(5);
    assert!(matches!(
        check(&certificate, &five, now),
        Err(ClaimError::ChainMalformed(_))
    ));
}

#[test]
fn no_channel_before_initialization_nor_with_a_foreign_ca() {
    let mut world = World::new();
    world.fleet.create(&spec("hsm-1"), world.now);
    let address = world.address("hsm-1");
    let csr = world.fleet.identity("hsm-1").unwrap().cluster_csr;
    let (ca, certificate) = customer_ca(1, &csr, world.now);
    assert_eq!(
        connect(&mut world, &config(&[address]), &ca).err(),
        Some(ConnectError::NotInitialized)
    );
    world
        .fleet
        .claim("hsm-1", &certificate, &ca, world.now)
        .unwrap();
    connect(&mut world, &config(&[address]), &ca).unwrap();
    let (foreign, _) = customer_ca(2, &csr, world.now);
    let refused = connect(&mut world, &config(&[address]), &foreign);
    assert!(matches!(refused, Err(ConnectError::Untrusted(error)) if error.code == 7));
    let refused = connect(&mut world, &config(&[address]), "");
    assert!(matches!(refused, Err(ConnectError::Untrusted(error)) if error.code == 20));
    let nowhere = IpAddr::V4(Ipv4Addr::new(10, 9, 9, 9));
    let refused = connect(&mut world, &config(&[nowhere]), &ca);
    assert!(matches!(refused, Err(ConnectError::Unreachable(_))));
    connect(&mut world, &config(&[nowhere, address]), &ca).unwrap();
}

#[test]
fn altered_records_end_the_connection_and_change_nothing() {
    let (mut world, address, ca) = initialized();
    let mut cluster = connect(&mut world, &config(&[address]), &ca).unwrap();
    world.meddle = Some(|message| *message.last_mut().unwrap() ^= 1);
    let activate = Command::Activate {
        password: Secret::new("password1"),
    };
    assert_eq!(
        cluster.user_command(&activate, &mut world),
        Err(ClientError::Disconnected)
    );
    assert!(!world.fleet.status("hsm-1").unwrap().activated);
    assert_eq!(world.fleet.status("hsm-1").unwrap().connections, 0);
}

#[test]
fn replayed_records_end_the_connection() {
    use hsmlab_proto::channel::{Alert, Channel, ClientHandshake};
    let (mut world, _, _) = initialized();
    let handshake = ClientHandshake::start(&mut Seed::from_number(3).stream("x"));
    let hello = world
        .fleet
        .receive("hsm-1", 9, handshake.hello(), world.now)
        .unwrap();
    let mut channel: Channel = handshake
        .finish(&hello, |certificate| {
            let key = Certificate::from_der(certificate)
                .unwrap()
                .public_key()
                .unwrap();
            Ok::<_, hsmlab_proto::channel::ChannelError>(key.as_rsa().unwrap().clone())
        })
        .unwrap()
        .channel;
    let record = channel
        .seal(&serde_json::to_vec(&Command::ListUsers).unwrap())
        .unwrap();
    let answer = world.fleet.receive("hsm-1", 9, &record, world.now).unwrap();
    assert!(channel.open(&answer).is_ok());
    // The client refuses the same answer again, the HSM the same record.
    assert!(channel.open(&answer).is_err());
    let answer = world.fleet.receive("hsm-1", 9, &record, world.now).unwrap();
    assert_eq!(Alert::parse(&answer), Some(Alert::BadRecord));
    assert_eq!(world.fleet.status("hsm-1").unwrap().connections, 0);
    // The same hello again begins a connection with other keys: recorded records do not open there.
    world
        .fleet
        .receive("hsm-1", 9, handshake_hello().as_slice(), world.now)
        .unwrap();
    let answer = world.fleet.receive("hsm-1", 9, &record, world.now).unwrap();
    assert_eq!(Alert::parse(&answer), Some(Alert::BadRecord));
}

fn handshake_hello() -> Vec<u8> {
    use hsmlab_proto::channel::ClientHandshake;
    ClientHandshake::start(&mut Seed::from_number(3).stream("x"))
        .hello()
        .to_vec()
}

#[test]
fn nine_hundred_clients_and_no_more() {
    use hsmlab_proto::channel::Alert;
    let (mut world, _, _) = initialized();
    let hello = handshake_hello();
    let greet = |world: &mut World, connection| {
        let answer = world.fleet.receive("hsm-1", connection, &hello, world.now);
        Alert::parse(&answer.unwrap())
    };
    for connection in 0..900 {
        assert_eq!(greet(&mut world, connection), None);
    }
    assert_eq!(greet(&mut world, 900), Some(Alert::Busy));
    assert_eq!(world.fleet.status("hsm-1").unwrap().connections, 900);
    world.fleet.disconnect("hsm-1", 17);
    assert_eq!(greet(&mut world, 901), None);
}

#[test]
fn activation_is_noticed_once() {
    let (mut world, address, ca) = initialized();
    let mut cluster = connect(&mut world, &config(&[address]), &ca).unwrap();
    let before = cluster.users(&mut world).unwrap();
    assert_eq!(before[0].role, Some(Role::UnactivatedAdmin));
    let activate = Command::Activate {
        password: Secret::new("password1"),
    };
    cluster.user_command(&activate, &mut world).unwrap();
    let at = world.now;
    assert_eq!(
        world.fleet.take_notices(),
        [Notice::Activated {
            hsm_id: "hsm-1".into(),
            at
        }]
    );
    let again = cluster.user_command(&activate, &mut world);
    assert_eq!(again, Err(ClientError::Fault(Fault::AlreadyActivated)));
    assert!(world.fleet.take_notices().is_empty());
}

#[test]
fn one_hsm_is_too_few_for_a_token_key() {
    let (mut world, cluster, ca) = two_hsms();
    let (_, one) = (cluster, world.hsms.remove(1));
    world.fleet.destroy(&one.1);
    let address = world.hsms[0].0;
    let aes = Command::GenerateSymmetric {
        key_type: KeyType::Aes,
        length_bytes: 32,
        template: template("k", &[]),
    };
    let mut config = config(&[address]);
    for (disabled, made) in [(false, false), (true, true)] {
        config.disable_key_availability_check = disabled;
        let mut cluster = connect(&mut world, &config, &ca).unwrap();
        cluster
            .login(&login("alice", Role::CryptoUser, "password2"), &mut world)
            .unwrap();
        assert_eq!(
            cluster.make_keys(None, &aes, false, &mut world).is_ok(),
            made
        );
        assert_eq!(world.fleet.status("hsm-1").unwrap().keys, usize::from(made));
    }
}

#[test]
fn keys_are_on_all_hsms_sign_and_survive_a_restore() {
    let (mut world, mut cluster, ca) = two_hsms();
    let pair = make_pair(&mut world, &mut cluster, PairKind::Ec(Curve::P256), "ec");
    assert_eq!(
        (pair.len(), pair[0].holders.len(), pair[0].everywhere),
        (2, 2, true)
    );
    let aes = Command::GenerateSymmetric {
        key_type: KeyType::Aes,
        length_bytes: 32,
        template: template("aes", &[(Flag::Extractable, false)]),
    };
    let aes = cluster.make_keys(None, &aes, false, &mut world).unwrap();
    let flags = aes[0].info.attributes.flags;
    assert!(
        flags.has(Flag::NeverExtractable) && flags.has(Flag::Sensitive) && flags.has(Flag::Local)
    );

    let mechanism = SignMechanism::Ecdsa {
        hash: Hash::Sha256,
        weak_hash: false,
    };
    let digest = Hash::Sha256.digest(b"abc123");
    // The HSMs sign by turns, and each verifies the other's signature.
    for _ in 0..4 {
        let sign = Command::Sign {
            handle: pair[1].info.handle,
            mechanism,
            digest: digest.clone(),
        };
        let Reply::Bytes(signature) = cluster.use_keys(&[&pair[1]], &sign, &mut world).unwrap()
        else {
            panic!("no signature");
        };
        let verify = Command::Verify {
            handle: pair[0].info.handle,
            mechanism,
            digest: digest.clone(),
            signature: signature.clone(),
        };
        assert_eq!(
            cluster.use_keys(&[&pair[0]], &verify, &mut world),
            Ok(Reply::Done)
        );
        let wrong = Command::Verify {
            handle: pair[0].info.handle,
            mechanism,
            digest: Hash::Sha256.digest(b"abc124"),
            signature,
        };
        let refused = cluster.use_keys(&[&pair[0]], &wrong, &mut world);
        assert_eq!(refused, Err(ClientError::Fault(Fault::SignatureMismatch)));
    }

    let share = Command::Share {
        handle: pair[1].info.handle,
        username: "bob".into(),
    };
    cluster.change_key(&pair[1], &share, &mut world).unwrap();
    cluster.close(&mut world);

    let image = world.fleet.backup("hsm-1", world.now).unwrap();
    world.fleet.destroy("hsm-1");
    world.fleet.destroy("hsm-2");
    world.hsms.clear();
    for hsm in ["hsm-3", "hsm-4"] {
        world.fleet.restore(&spec(hsm), &image, world.now).unwrap();
        world.address(hsm);
    }
    let address = world.hsms[0].0;
    let mut cluster = connect(&mut world, &config(&[address]), &ca).unwrap();
    cluster
        .login(&login("bob", Role::CryptoUser, "password2"), &mut world)
        .unwrap();
    let found = cluster
        .find_one(&label("ec", "private-key"), &mut world)
        .unwrap();
    assert_eq!(
        (found.info.owner.as_str(), found.info.shared.as_slice()),
        ("alice", &["bob".to_owned()][..])
    );
    let sign = Command::Sign {
        handle: found.info.handle,
        mechanism,
        digest,
    };
    cluster.use_keys(&[&found], &sign, &mut world).unwrap();
    // A sharer may use it and do nothing else with it.
    let delete = Command::DeleteKey {
        handle: found.info.handle,
    };
    let refused = cluster.change_key(&found, &delete, &mut world);
    assert_eq!(refused, Err(ClientError::Fault(Fault::NotOwner)));
    assert!(matches!(
        cluster.find_one(&label("aes", "secret-key"), &mut world),
        Err(ClientError::NoKey)
    ));
}

#[test]
fn a_changed_backup_is_refused() {
    let (mut world, _, _) = initialized();
    let mut image = world.fleet.backup("hsm-1", world.now).unwrap();
    let other_mode = ApplianceSpec {
        fips: false,
        ..spec("hsm-2")
    };
    assert!(world.fleet.restore(&other_mode, &image, world.now).is_err());
    image.0[40] ^= 1;
    assert!(
        world
            .fleet
            .restore(&spec("hsm-2"), &image, world.now)
            .is_err()
    );
    assert!(world.fleet.status("hsm-2").is_none());
}

#[test]
fn signatures_verify_with_the_exported_public_key() {
    let (mut world, mut cluster, _) = two_hsms();
    let rsa = PairKind::Rsa {
        bits: 2048,
        exponent: 65_537,
    };
    let digest = Hash::Sha256.digest(b"message");
    for (kind, name) in [
        (rsa, "rsa"),
        (PairKind::Ec(Curve::P256), "p256"),
        (PairKind::Ec(Curve::P384), "p384"),
        (PairKind::Ec(Curve::P521), "p521"),
    ] {
        let pair = make_pair(&mut world, &mut cluster, kind, name);
        let (public, checks) = match pair[0].info.attributes.public.clone().unwrap() {
            PublicPart::Rsa { .. } => {
                let pem = hsmlab_client::export::public_pem(&pair[0].info.attributes).unwrap();
                let der = hsmlab_crypto::pem::find(&pem, &["PUBLIC KEY"])
                    .unwrap()
                    .bytes;
                let pss = SignMechanism::RsaPss {
                    hash: Hash::Sha256,
                    mgf: Hash::Sha256,
                    salt_bytes: 32,
                };
                (
                    PublicKey::from_spki_der(&der).unwrap(),
                    vec![
                        (
                            SignMechanism::RsaPkcs { hash: Hash::Sha256 },
                            SignatureAlgorithm::RsaPkcs1(CryptoHash::Sha256),
                        ),
                        (
                            pss,
                            SignatureAlgorithm::RsaPss {
                                hash: CryptoHash::Sha256,
                                salt_bytes: 32,
                            },
                        ),
                    ],
                )
            }
            PublicPart::Ec { .. } => {
                let pem = hsmlab_client::export::public_pem(&pair[0].info.attributes).unwrap();
                let der = hsmlab_crypto::pem::find(&pem, &["PUBLIC KEY"])
                    .unwrap()
                    .bytes;
                let ecdsa = SignMechanism::Ecdsa {
                    hash: Hash::Sha256,
                    weak_hash: true,
                };
                (
                    PublicKey::from_spki_der(&der).unwrap(),
                    vec![(ecdsa, SignatureAlgorithm::Ecdsa(CryptoHash::Sha256))],
                )
            }
            PublicPart::Pure(_) => unreachable!("no such pair was made"),
        };
        for (mechanism, algorithm) in checks {
            let sign = Command::Sign {
                handle: pair[1].info.handle,
                mechanism,
                digest: digest.clone(),
            };
            let Ok(Reply::Bytes(mut signature)) = cluster.use_keys(&[&pair[1]], &sign, &mut world)
            else {
                panic!("no signature for {name}");
            };
            if matches!(mechanism, SignMechanism::Ecdsa { .. }) {
                signature = ecdsa_der(&signature);
            }
            public
                .verify_digest(algorithm, &digest, &signature)
                .unwrap();
        }
    }
}

/// Encodes `r ‖ s` as the DER that OpenSSL expects.
fn ecdsa_der(raw: &[u8]) -> Vec<u8> {
    use hsmlab_crypto::der;
    let (r, s) = raw.split_at(raw.len() / 2);
    der::sequence(&[&der::unsigned(r), &der::unsigned(s)])
}

#[test]
fn wrapped_keys_can_be_unwrapped() {
    let (mut world, mut cluster, _) = two_hsms();
    let usage = [(Flag::Wrap, true), (Flag::Unwrap, true)];
    let make =
        |key_type, length_bytes, label: &str, flags: &[(Flag, bool)]| Command::GenerateSymmetric {
            key_type,
            length_bytes,
            template: template(label, flags),
        };
    let mut one = |command, world: &mut World| {
        cluster
            .make_keys(None, &command, false, world)
            .unwrap()
            .remove(0)
    };
    let wrapping = one(make(KeyType::Aes, 32, "wrapping", &usage), &mut world);
    let payload = one(make(KeyType::Aes, 24, "payload", &[]), &mut world);
    let odd = one(make(KeyType::GenericSecret, 13, "odd", &[]), &mut world);
    let rsa = Command::GeneratePair {
        kind: PairKind::Rsa {
            bits: 2048,
            exponent: 65_537,
        },
        public: template("rsa", &[(Flag::Wrap, true)]),
        private: template("rsa", &[(Flag::Unwrap, true)]),
    };
    let rsa = cluster.make_keys(None, &rsa, false, &mut world).unwrap();
    let oaep = (Hash::Sha256, Hash::Sha256);
    let aad = vec![0x10];
    let cases = [
        (
            WrapMechanism::AesGcm {
                tag_bits: 64,
                aad: aad.clone(),
                iv: vec![],
            },
            false,
        ),
        (WrapMechanism::CloudhsmAesGcm { tag_bits: 128, aad }, false),
        (WrapMechanism::AesNoPad, false),
        (WrapMechanism::AesPkcs5Pad, false),
        (WrapMechanism::AesZeroPad, false),
        (
            WrapMechanism::RsaOaep {
                hash: oaep.0,
                mgf: oaep.1,
            },
            true,
        ),
        (
            WrapMechanism::RsaAes {
                hash: oaep.0,
                mgf: oaep.1,
            },
            true,
        ),
    ];
    for (mechanism, with_rsa) in cases {
        let (wrapper, unwrapper) = if with_rsa {
            (&rsa[0], &rsa[1])
        } else {
            (&wrapping, &wrapping)
        };
        for (key, kind) in [
            (&payload, UnwrapKind::Aes),
            (&odd, UnwrapKind::GenericSecret),
        ] {
            let wrap = Command::Wrap {
                payload: key.info.handle,
                wrapping: wrapper.info.handle,
                mechanism: mechanism.clone(),
            };
            let wrapped = cluster.use_keys(&[key, wrapper], &wrap, &mut world);
            if key.info.handle == odd.info.handle && mechanism == WrapMechanism::AesNoPad {
                assert!(matches!(
                    wrapped,
                    Err(ClientError::Fault(Fault::BadData(_)))
                ));
                continue;
            }
            let Ok(Reply::Wrapped { iv, wrapped }) = wrapped else {
                panic!("{mechanism:?}: {wrapped:?}")
            };
            let mechanism = match mechanism.clone() {
                WrapMechanism::AesGcm { tag_bits, aad, .. } => {
                    WrapMechanism::AesGcm { tag_bits, aad, iv }
                }
                other => other,
            };
            let unwrap = |wrapped: Vec<u8>| Command::Unwrap {
                wrapping: unwrapper.info.handle,
                mechanism: mechanism.clone(),
                wrapped,
                kind,
                template: template("again", &[]),
            };
            let again = cluster
                .make_keys(Some(unwrapper), &unwrap(wrapped.clone()), false, &mut world)
                .unwrap();
            assert_eq!(
                again[0].info.attributes.check_value, key.info.attributes.check_value,
                "{mechanism:?}"
            );
            assert!(!again[0].info.attributes.flags.has(Flag::Local) && again[0].everywhere);
            let mut altered = wrapped;
            *altered.last_mut().unwrap() ^= 1;
            assert!(
                cluster
                    .make_keys(Some(unwrapper), &unwrap(altered), false, &mut world)
                    .is_err(),
                "{mechanism:?} took altered data"
            );
        }
    }
}

#[test]
fn attributes_follow_their_rules() {
    let (mut world, mut cluster, _) = two_hsms();
    let pair = make_pair(&mut world, &mut cluster, PairKind::Ec(Curve::P256), "ec");
    let mut set = |flag, value| {
        let change = AttributeChange::Flag(flag, value);
        let command = Command::SetAttribute {
            handle: pair[1].info.handle,
            change,
        };
        cluster.change_key(&pair[1], &command, &mut world)
    };
    let refused = |flag: &str, value: &str| {
        Err(ClientError::Fault(Fault::AttributeRefused(
            flag.into(),
            value.into(),
        )))
    };
    assert_eq!(set(Flag::Extractable, true), refused("extractable", "true"));
    assert_eq!(
        set(Flag::NeverExtractable, false),
        refused("never-extractable", "false")
    );
    assert_eq!(set(Flag::Trusted, true), refused("trusted", "true"));
    assert_eq!(set(Flag::Token, false), refused("token", "false"));
    assert_eq!(set(Flag::Sign, false), Ok(()));
    assert_eq!(set(Flag::Modifiable, false), Ok(()));
    assert_eq!(
        set(Flag::Sign, true),
        Err(ClientError::Fault(Fault::NotAllowed(Flag::Modifiable)))
    );
}

#[test]
fn only_owners_and_sharers_may_use_a_key() {
    let (mut world, mut cluster, _) = two_hsms();
    let create = |name: &str| Command::CreateUser {
        username: name.into(),
        role: Role::CryptoUser,
        password: Secret::new("password3"),
    };
    let aes = Command::GenerateSymmetric {
        key_type: KeyType::Aes,
        length_bytes: 16,
        template: template("k", &[]),
    };
    let wrong = |role| Err(ClientError::Fault(Fault::WrongRole(role)));
    assert_eq!(
        cluster.user_command(&create("eve"), &mut world),
        wrong(Role::Admin)
    );
    let key = cluster
        .make_keys(None, &aes, false, &mut world)
        .unwrap()
        .remove(0);
    cluster.logout(&mut world).unwrap();
    let nobody = Err(ClientError::Fault(Fault::NotLoggedIn));
    assert_eq!(cluster.user_command(&create("eve"), &mut world), nobody);
    assert!(matches!(
        cluster.find(&[], &mut world),
        Err(ClientError::Fault(Fault::NotLoggedIn))
    ));
    assert_eq!(cluster.users(&mut world).unwrap().len(), 4);

    cluster
        .login(&login("admin", Role::Admin, "password1"), &mut world)
        .unwrap();
    assert!(matches!(
        cluster.make_keys(None, &aes, false, &mut world),
        Err(ClientError::Fault(Fault::WrongRole(Role::CryptoUser)))
    ));
    let handle = key.info.handle;
    let delete = Command::DeleteKey { handle };
    assert_eq!(
        cluster.change_key(&key, &delete, &mut world),
        wrong(Role::CryptoUser)
    );
    let set = |flag| Command::SetAttribute {
        handle,
        change: AttributeChange::Flag(flag, true),
    };
    assert_eq!(
        cluster.change_key(&key, &set(Flag::Encrypt), &mut world),
        wrong(Role::CryptoUser)
    );
    assert_eq!(
        cluster.change_key(&key, &set(Flag::Trusted), &mut world),
        Ok(())
    );
    let remove = |name: &str| Command::DeleteUser {
        username: name.into(),
        role: Role::CryptoUser,
    };
    let owner = cluster.user_command(&remove("alice"), &mut world);
    assert_eq!(owner, Err(ClientError::Fault(Fault::UserOwnsKeys)));
    assert_eq!(cluster.user_command(&remove("bob"), &mut world), Ok(()));
    let gone = cluster.user_command(&remove("bob"), &mut world);
    assert_eq!(gone, Err(ClientError::Fault(Fault::NoSuchUser)));
}

#[test]
fn an_old_masked_copy_does_not_restore_a_deleted_key() {
    let (mut world, mut cluster, _) = two_hsms();
    let pair = make_pair(&mut world, &mut cluster, PairKind::Ec(Curve::P256), "ec");
    let handle = pair[1].info.handle;
    let share = |on| {
        let username = "bob".to_owned();
        if on {
            Command::Share { handle, username }
        } else {
            Command::Unshare { handle, username }
        }
    };
    cluster
        .change_key(&pair[1], &share(true), &mut world)
        .unwrap();
    cluster.logout(&mut world).unwrap();
    cluster
        .login(&login("bob", Role::CryptoUser, "password2"), &mut world)
        .unwrap();
    let extract = Command::ExtractMasked { handle };
    let Ok(Reply::Bytes(masked)) = cluster.use_keys(&[&pair[1]], &extract, &mut world) else {
        panic!("no masked object");
    };
    cluster.logout(&mut world).unwrap();
    cluster
        .login(&login("alice", Role::CryptoUser, "password2"), &mut world)
        .unwrap();
    cluster
        .change_key(&pair[1], &share(false), &mut world)
        .unwrap();
    cluster.logout(&mut world).unwrap();
    cluster
        .login(&login("bob", Role::CryptoUser, "password2"), &mut world)
        .unwrap();
    let mut altered = masked.clone();
    altered[20] ^= 1;
    let refused = cluster.user_command(&Command::InsertMasked { masked: altered }, &mut world);
    assert_eq!(refused, Err(ClientError::Fault(Fault::UnwrapFailed)));
    cluster
        .user_command(&Command::InsertMasked { masked }, &mut world)
        .unwrap();
    let private = cluster.find_one(&label("ec", "private-key"), &mut world);
    assert!(matches!(private, Err(ClientError::NoKey)));
}

#[test]
fn session_keys_end_with_their_connection() {
    let (mut world, mut cluster, _) = two_hsms();
    let command = Command::GenerateSymmetric {
        key_type: KeyType::Aes,
        length_bytes: 16,
        template: Template {
            session: true,
            ..template("s", &[])
        },
    };
    cluster.make_keys(None, &command, true, &mut world).unwrap();
    assert_eq!(cluster.find(&[], &mut world).unwrap().len(), 1);
    cluster.logout(&mut world).unwrap();
    cluster
        .login(&login("alice", Role::CryptoUser, "password2"), &mut world)
        .unwrap();
    assert!(cluster.find(&[], &mut world).unwrap().is_empty());
}

#[test]
fn after_the_loss_of_one_hsm_the_other_keeps_working() {
    let (mut world, mut cluster, _) = two_hsms();
    let pair = make_pair(&mut world, &mut cluster, PairKind::Ec(Curve::P256), "ec");
    world.fleet.destroy("hsm-1");
    let mechanism = SignMechanism::Ecdsa {
        hash: Hash::Sha256,
        weak_hash: false,
    };
    for _ in 0..3 {
        let digest = Hash::Sha256.digest(b"x");
        let sign = Command::Sign {
            handle: pair[1].info.handle,
            mechanism,
            digest,
        };
        cluster.use_keys(&[&pair[1]], &sign, &mut world).unwrap();
    }
}

#[test]
fn the_same_seed_gives_the_same_appliances() {
    let (a, _, _) = two_hsms();
    let (b, _, _) = two_hsms();
    assert_eq!(a.fleet.digest(), b.fleet.digest());
    let (mut c, _, _) = two_hsms();
    c.fleet.destroy("hsm-2");
    assert_ne!(a.fleet.digest(), c.fleet.digest());
}

#[test]
fn nothing_secret_in_debug_output() {
    let (mut world, mut cluster, _) = two_hsms();
    make_pair(&mut world, &mut cluster, PairKind::Ec(Curve::P256), "ec");
    let text = format!("{:?} {:?}", world.fleet, cluster);
    for secret in ["password1", "password2", &hex::encode("password2")] {
        assert!(!text.contains(secret));
    }
    assert!(text.contains("Secret(..)"));
    let login = login("alice", Role::CryptoUser, "password2");
    assert!(!format!("{login:?}").contains("password2"));
}

proptest::proptest! {
    #[test]
    fn random_bytes_do_not_panic(messages in proptest::collection::vec(
        proptest::collection::vec(proptest::num::u8::ANY, 0..200), 1..8)
    ) {
        thread_local! {
            static WORLD: std::cell::RefCell<World> = std::cell::RefCell::new(initialized().0);
        }
        WORLD.with_borrow_mut(|world| {
            let before = world.fleet.status("hsm-1");
            for message in messages {
                world.fleet.receive("hsm-1", 1, &message, world.now);
            }
            world.fleet.disconnect("hsm-1", 1);
            assert_eq!(world.fleet.status("hsm-1"), before);
        });
    }
}
