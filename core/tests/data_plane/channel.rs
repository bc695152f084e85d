//! Attacks on the inner channel: cryptography refuses altered, cut, repeated and reordered messages; they
//! end the connection and change nothing.

use hsmlab_client::identity::ClientIdentity;
use hsmlab_crypto::cert::Certificate;
use hsmlab_crypto::keys::{Curve, KeyKind};
use hsmlab_proto::Secret;
use hsmlab_proto::channel::{Alert, ChannelError, ClientHandshake, ClientProof, Opened};
use hsmlab_proto::message::Command;
use hsmlab_proto::policy::PolicyCommand;
use hsmlab_proto::role::Role;
use hsmlab_sim::Seed;

use crate::world::{World, client_ca, initialized};

const CONNECTION: u64 = 9;

fn send(world: &mut World, bytes: &[u8]) -> Vec<u8> {
    world
        .fleet
        .receive("hsm-1", CONNECTION, bytes, world.now)
        .unwrap()
}

fn alert(world: &mut World, bytes: &[u8]) -> Option<Alert> {
    let answer = send(world, bytes);
    let alert = Alert::parse(&answer);
    if alert.is_some() {
        assert_eq!(world.fleet.status("hsm-1").unwrap().connections, 0);
    }
    alert
}

fn start(number: u64) -> ClientHandshake {
    ClientHandshake::start(&mut Seed::from_number(number).stream("client"))
}

/// Processes a server hello without a check of the certificate's issuer.
pub fn finish(handshake: ClientHandshake, hello: &[u8]) -> Result<Opened, ChannelError> {
    handshake.finish(hello, |certificate| {
        let certificate =
            Certificate::from_der(certificate).map_err(|_| ChannelError::Malformed)?;
        let key = certificate.public_key();
        let key = key.ok().and_then(|key| key.as_rsa().cloned());
        key.ok_or(ChannelError::Malformed)
    })
}

fn opened(world: &mut World, number: u64) -> Opened {
    let handshake = start(number);
    let hello = send(world, handshake.hello());
    finish(handshake, &hello).unwrap()
}

fn activate() -> Vec<u8> {
    let password = Secret::new("password1");
    serde_json::to_vec(&Command::Activate { password }).unwrap()
}

#[test]
fn no_byte_of_the_hello_can_be_changed() {
    let (mut world, _, _) = initialized();
    let hello = send(&mut world, start(1).hello());
    for at in 0..hello.len() {
        let mut altered = hello.clone();
        altered[at] ^= 1;
        assert!(finish(start(1), &altered).is_err(), "byte {at}");
    }
    for length in [0, 1, 33, 98, hello.len() - 1] {
        assert!(finish(start(1), &hello[..length]).is_err());
    }
    assert!(finish(start(1), &[hello.as_slice(), &[0]].concat()).is_err());
    // The answer to another client's hello.
    assert!(matches!(
        finish(start(2), &hello),
        Err(ChannelError::NotProven)
    ));
}

#[test]
fn a_hello_that_was_changed_on_its_way_is_noticed_by_the_client() {
    let (mut world, _, _) = initialized();
    let hello = start(1).hello().to_vec();
    // In the random bytes, which the appliance accepts unchecked.
    let mut altered = hello.clone();
    altered[10] ^= 1;
    let answer = send(&mut world, &altered);
    assert!(matches!(
        finish(start(1), &answer),
        Err(ChannelError::NotProven)
    ));
    world.fleet.disconnect("hsm-1", CONNECTION);
    for bad in [&hello[..50], &[], &[1], &[hello.as_slice(), &[0]].concat()] {
        assert_eq!(alert(&mut world, bad), Some(Alert::Malformed));
    }
    // The protocol's mark, and an invalid point.
    for at in [1, 40] {
        let mut altered = hello.clone();
        altered[at] ^= 1;
        assert_eq!(alert(&mut world, &altered), Some(Alert::Malformed));
    }
}

#[test]
fn no_record_can_be_changed_cut_repeated_or_swapped() {
    let (mut world, _, _) = initialized();
    let before = world.fleet.status("hsm-1").unwrap();
    for attack in 0..6 {
        let mut channel = opened(&mut world, 10 + attack).channel;
        let first = channel.seal(&activate()).unwrap();
        let second = channel.seal(&activate()).unwrap();
        let sent = match attack {
            // The kind, the number, the ciphertext, the tag.
            0..=3 => {
                let mut altered = first.clone();
                let at = [0, 8, 9, first.len() - 1][attack as usize];
                altered[at] ^= 1;
                altered
            }
            4 => first[..first.len() - 1].to_vec(),
            _ => second,
        };
        assert_eq!(alert(&mut world, &sent), Some(Alert::BadRecord), "{attack}");
        // The real record comes too late: the connection is gone.
        assert_eq!(alert(&mut world, &first), Some(Alert::Malformed));
        assert_eq!(world.fleet.status("hsm-1").unwrap(), before);
    }
    // Another connection's record has other keys.
    let record = opened(&mut world, 20).channel.seal(&activate()).unwrap();
    world.fleet.disconnect("hsm-1", CONNECTION);
    opened(&mut world, 21);
    assert_eq!(alert(&mut world, &record), Some(Alert::BadRecord));
    assert_eq!(world.fleet.status("hsm-1").unwrap(), before);
}

#[test]
fn a_hello_on_an_open_connection_ends_it() {
    let (mut world, _, _) = initialized();
    opened(&mut world, 1);
    assert_eq!(alert(&mut world, start(2).hello()), Some(Alert::BadRecord));
}

/// Makes an appliance with a trust anchor, and a client's identity.
fn with_anchor() -> (World, ClientIdentity, ClientIdentity) {
    let (mut world, _, _) = initialized();
    let (ca, chain, key) = client_ca(1, KeyKind::Ec(Curve::P256), world.now);
    let (_, other_chain, other_key) = client_ca(2, KeyKind::Ec(Curve::P384), world.now);
    let mut channel = opened(&mut world, 1).channel;
    let login = Command::Login {
        username: "admin".into(),
        role: Role::Admin,
        password: Secret::new("password1"),
    };
    let register = Command::Policy(PolicyCommand::RegisterAnchor { certificate: ca });
    for message in [
        activate(),
        serde_json::to_vec(&login).unwrap(),
        serde_json::to_vec(&register).unwrap(),
    ] {
        let record = channel.seal(&message).unwrap();
        let answer = send(&mut world, &record);
        assert!(channel.open(&answer).unwrap().starts_with(b"{\"Ok\""));
    }
    world.fleet.disconnect("hsm-1", CONNECTION);
    let identity = ClientIdentity::from_pem(&chain, &key).unwrap();
    let other = ClientIdentity::from_pem(&other_chain, &other_key).unwrap();
    (world, identity, other)
}

#[test]
fn a_client_proof_holds_for_one_handshake_and_one_key() {
    let (mut world, identity, other) = with_anchor();
    let mut rng = Seed::from_number(5).stream("proofs");
    let proof = |opened: &Opened, identity: &ClientIdentity, rng: &mut _| {
        identity.prove(&opened.transcript, rng).unwrap()
    };
    let mut try_proof = |change: &dyn Fn(ClientProof) -> ClientProof, identity, number| {
        let mut opened = opened(&mut world, number);
        assert!(opened.wants_proof);
        let proof = change(proof(&opened, identity, &mut rng));
        let record = opened
            .channel
            .seal_proof(&proof.to_bytes().unwrap())
            .unwrap();
        let answer = send(&mut world, &record);
        let outcome = opened.channel.open(&answer).map(|message| message.len());
        world.fleet.disconnect("hsm-1", CONNECTION);
        outcome
    };
    let refused = Err(ChannelError::Alerted(Alert::BadCertificate));
    assert_eq!(try_proof(&|proof| proof, &identity, 30), Ok(0));
    // No certificate is fine while none is required.
    assert_eq!(try_proof(&|_| ClientProof::default(), &identity, 31), Ok(0));
    // Another CA's certificate; a signature of another handshake, of another key, no valid signature.
    assert_eq!(try_proof(&|proof| proof, &other, 32), refused);
    let old = std::cell::RefCell::new(Vec::new());
    let keep = |proof: ClientProof| {
        old.replace(proof.signature.clone());
        proof
    };
    assert_eq!(try_proof(&keep, &identity, 33), Ok(0));
    let replay = |mut proof: ClientProof| {
        proof.signature.clone_from(&old.borrow());
        proof
    };
    assert_eq!(try_proof(&replay, &identity, 34), refused);
    let flip = |mut proof: ClientProof| {
        *proof.signature.last_mut().unwrap() ^= 1;
        proof
    };
    assert_eq!(try_proof(&flip, &identity, 35), refused);
    let without_chain_end = |mut proof: ClientProof| {
        proof.chain.pop();
        proof
    };
    // The certificates are signed too.
    assert_eq!(try_proof(&without_chain_end, &identity, 36), refused);
    let garbage = |mut proof: ClientProof| {
        proof.chain[0] = vec![0x30, 0];
        proof
    };
    assert_eq!(try_proof(&garbage, &identity, 37), refused);
}

#[test]
fn the_client_proof_must_come_first_and_only_once() {
    let (mut world, identity, _) = with_anchor();
    let mut rng = Seed::from_number(5).stream("proofs");
    // A command before the proof.
    let mut first = opened(&mut world, 40);
    let record = first.channel.seal(&activate()).unwrap();
    assert_eq!(alert(&mut world, &record), Some(Alert::BadRecord));
    // An invalid proof.
    for bad in [&b""[..], b"\x01", b"\x00\x00\x01", b"\x00\x00\x00\x00"] {
        let mut opened = opened(&mut world, 41);
        let record = opened.channel.seal_proof(bad).unwrap();
        assert_eq!(
            alert(&mut world, &record),
            Some(Alert::Malformed),
            "{bad:?}"
        );
    }
    // The same proof again.
    let mut opened = opened(&mut world, 42);
    let proof = identity.prove(&opened.transcript, &mut rng).unwrap();
    let proof = proof.to_bytes().unwrap();
    let record = opened.channel.seal_proof(&proof).unwrap();
    assert_eq!(alert(&mut world, &record), None);
    let again = opened.channel.seal_proof(&proof).unwrap();
    assert_eq!(alert(&mut world, &again), Some(Alert::BadRecord));
}
