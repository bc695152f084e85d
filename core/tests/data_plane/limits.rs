//! The limits of an HSM of each type, tested at the edge (User Guide, "limits").

use hsmlab_proto::Secret;
use hsmlab_proto::key::*;
use hsmlab_proto::message::*;
use hsmlab_proto::role::Role;

use crate::history::net::{ADMIN, Net, Probe};

fn user(number: usize) -> Command {
    Command::CreateUser {
        username: format!("user{number}"),
        role: Role::CryptoUser,
        password: Secret::new("password1"),
    }
}

/// Returns the cluster's HSM with its administrator logged in.
fn administered(hsm_type: &'static str) -> (Net, Probe) {
    let mut net = Net::new(1, hsm_type);
    let id = net.reached()[0].clone();
    let admin = net.probe_as(&id, "admin", Role::Admin, ADMIN).unwrap();
    (net, admin)
}

#[test]
fn users() {
    for (hsm_type, most) in [("hsm1.medium", 250), ("hsm2m.medium", 1_024)] {
        let (mut net, mut admin) = administered(hsm_type);
        // The administrator and AWS's own user already exist.
        for number in 2..most {
            assert_eq!(admin.ask(&mut net, &user(number)), Ok(Reply::Done));
        }
        let before = net.fleet.digest();
        let refused = admin.ask(&mut net, &user(most));
        assert_eq!(refused, Err(Fault::TooManyUsers), "{hsm_type}");
        assert_eq!(net.fleet.digest(), before);
        let delete = Command::DeleteUser {
            username: "user7".into(),
            role: Role::CryptoUser,
        };
        assert_eq!(admin.ask(&mut net, &delete), Ok(Reply::Done));
        assert_eq!(admin.ask(&mut net, &user(most)), Ok(Reply::Done));
    }
}

#[test]
fn keys_of_an_hsm1() {
    let (mut net, mut admin) = administered("hsm1.medium");
    admin.ask(&mut net, &user(1)).unwrap();
    let id = admin.hsm.clone();
    let mut probe = net
        .probe_as(&id, "user1", Role::CryptoUser, "password1")
        .unwrap();
    let make = |session| Command::GenerateSymmetric {
        key_type: KeyType::Aes,
        length_bytes: 16,
        template: Template {
            session,
            ..Template::default()
        },
    };
    for number in 0..3_299 {
        probe.ask(&mut net, &make(number % 2 == 0)).unwrap();
    }
    let pair = Command::GeneratePair {
        kind: PairKind::Ec(Curve::P256),
        public: Template::default(),
        private: Template::default(),
    };
    let full = Err(Fault::TooManyKeys);
    let before = net.fleet.digest();
    assert_eq!(probe.ask(&mut net, &pair), full, "a pair is two keys");
    assert_eq!(net.fleet.digest(), before);
    probe.ask(&mut net, &make(false)).unwrap();
    assert_eq!(probe.ask(&mut net, &make(true)), full);
    // The session keys end with their session, which makes room.
    probe.close(&mut net);
    assert_eq!(net.fleet.status(&id).unwrap().keys, 1_650);
    let mut probe = net
        .probe_as(&id, "user1", Role::CryptoUser, "password1")
        .unwrap();
    probe.ask(&mut net, &pair).unwrap();
}
