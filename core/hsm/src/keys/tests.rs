//! The limits at their edges, and the rule for the newest copy of a key.

use super::*;
use crate::material::Material;
use hsmlab_proto::Secret;
use hsmlab_sim::Seed;

fn caller() -> Caller {
    Caller {
        username: "alice".into(),
        role: Role::CryptoUser,
        connection: 1,
    }
}

fn secret(label: &str, session: bool) -> Key {
    let template = Template {
        label: label.into(),
        session,
        ..Template::default()
    };
    Key::new(
        &caller(),
        KeyType::GenericSecret,
        Class::SecretKey,
        (Material::Symmetric(Secret::new([7; 16])), None),
        &template,
        Origin::Generated,
    )
    .unwrap()
}

fn public() -> Key {
    let part = PublicPart::Rsa {
        modulus: vec![9; 256],
        exponent: vec![1, 0, 1],
    };
    Key::new(
        &caller(),
        KeyType::Rsa,
        Class::PublicKey,
        (Material::Public, Some(part)),
        &Template::default(),
        Origin::Imported,
    )
    .unwrap()
}

fn filled(secrets: usize, publics: usize) -> Keys {
    let mut keys = Keys::default();
    let mut rng = Seed::from_number(3).stream("keys");
    for _ in 0..secrets {
        keys.insert(secret("k", false), &mut rng);
    }
    for _ in 0..publics {
        keys.insert(public(), &mut rng);
    }
    keys
}

#[test]
fn as_many_keys_as_the_guide_says_and_no_more() {
    let full = Err(Fault::TooManyKeys);
    let mut keys = filled(limits::KEYS_MAX_HSM1 - 1, 0);
    assert_eq!(keys.check_room(true, 1, 0), Ok(()));
    assert_eq!(keys.check_room(true, 2, 2), full, "a pair is two keys");
    let mut rng = Seed::from_number(4).stream("more");
    keys.insert(secret("last", true), &mut rng);
    assert_eq!(keys.check_room(true, 1, 0), full, "session keys count");
    assert_eq!(keys.check_room(false, 1, 0), Ok(()));
    keys.end_session(1);
    assert_eq!(keys.check_room(true, 1, 0), Ok(()));

    let (most, pairs) = (limits::KEYS_MAX_HSM2M, limits::ASYMMETRIC_KEYS_MAX_HSM2M);
    let keys = filled(100, pairs - 1);
    assert_eq!(keys.check_room(false, 1, 1), Ok(()));
    assert_eq!(keys.check_room(false, 2, 2), full);
    assert_eq!(
        keys.check_room(false, 2, 0),
        Ok(()),
        "secret keys still fit"
    );
    let keys = filled(most - pairs, pairs - 1);
    assert_eq!(
        (keys.len(), keys.check_room(false, 1, 1)),
        (most - 1, Ok(()))
    );
    assert_eq!(keys.check_room(false, 2, 0), full);
}

#[test]
fn hsms_that_did_the_same_have_the_same_digest() {
    let (mut one, mut two) = (Keys::default(), Keys::default());
    assert_eq!(one.digest(), two.digest());
    for handle in [300, 301, 302] {
        one.put(handle, secret("k", false));
    }
    assert_ne!(one.digest(), two.digest());
    for handle in [302, 300, 301] {
        two.put(handle, secret("k", false));
    }
    assert_eq!(one.digest(), two.digest(), "the order does not count");
    one.put(400, secret("s", true));
    assert_eq!(one.digest(), two.digest(), "session keys do not count");

    let label = |text: &str| AttributeChange::Label(text.into());
    one.set_attribute(300, label("x"), &caller()).unwrap();
    one.settle();
    assert_ne!(one.digest(), two.digest());
    assert!(one.stand(300) > two.stand(300));
    two.set_attribute(300, label("x"), &caller()).unwrap();
    two.settle();
    assert_eq!(one.digest(), two.digest());
    // A change without effect does not count.
    one.set_attribute(300, label("x"), &caller()).unwrap();
    one.settle();
    assert_eq!(one.digest(), two.digest());
    // A deletion beats any number of changes.
    one.delete(301, &caller()).unwrap();
    for text in ["a", "b", "c"] {
        two.set_attribute(301, label(text), &caller()).unwrap();
        two.settle();
    }
    assert!(one.stand(301) > two.stand(301));
    two.delete(301, &caller()).unwrap();
    assert_eq!(one.digest(), two.digest());
    // The same after a backup.
    let text = serde_json::to_vec(&one.persistent()).unwrap();
    let again: Keys = serde_json::from_slice(&text).unwrap();
    assert_eq!(again.digest(), one.digest());
    assert_eq!((again.len(), again.token_keys()), (2, 2));
}

#[test]
fn a_deleted_key_comes_back_only_for_its_owner() {
    let mut keys = Keys::default();
    keys.put(300, secret("k", false));
    let copy = keys.any(300).unwrap().clone();
    keys.delete(300, &caller()).unwrap();
    let bob = Caller {
        username: "bob".into(),
        ..caller()
    };
    let refused = keys.insert_copy(300, copy.clone(), &bob);
    assert_eq!(refused, Err(Fault::NoSuchKey));
    let dead = keys.stand(300);
    keys.insert_copy(300, copy, &caller()).unwrap();
    assert!(keys.stand(300) > dead, "it lives again on all HSMs");
    assert_eq!(keys.token_keys(), 1);
}

#[test]
fn old_deletions_are_forgotten() {
    let mut keys = Keys::default();
    let empty = keys.digest();
    for handle in 0..limits::TOMBSTONES_MAX as Handle + 10 {
        keys.put(0x100 + handle, secret("k", false));
        keys.delete(0x100 + handle, &caller()).unwrap();
    }
    assert!(keys.tombstones.len() <= limits::TOMBSTONES_MAX);
    assert!(keys.tombstones.len() >= limits::TOMBSTONES_MAX / 2);
    let newest = 0x100 + limits::TOMBSTONES_MAX as Handle + 9;
    assert!(keys.tombstones.contains_key(&newest));
    assert_ne!(keys.digest(), empty);
    let text = serde_json::to_vec(&keys).unwrap();
    let again: Keys = serde_json::from_slice(&text).unwrap();
    assert_eq!(again.digest(), keys.digest());
}

#[test]
fn indexed_searches_find_the_same_keys_as_a_full_scan() {
    let mut keys = filled(50, 5);
    let mut rng = Seed::from_number(5).stream("labels");
    for number in 0..40 {
        let key = secret(&format!("label-{}", number % 7), number % 3 == 0);
        keys.insert(key, &mut rng);
    }
    let handle = *keys.by_handle.keys().nth(11).unwrap();
    let label = |text: &str| Term::Attribute("label".into(), text.into());
    let class = Term::Attribute("class".into(), "secret-key".into());
    for terms in [
        vec![],
        vec![label("label-3")],
        vec![class.clone(), label("label-3")],
        vec![label("nothing")],
        vec![Term::Reference(handle)],
        vec![Term::Reference(handle), label("label-3")],
        vec![class],
    ] {
        for after in [0, handle - 1, handle] {
            let (found, more) = keys.find(&terms, after, &caller());
            assert!(!more);
            let found: Vec<Handle> = found.iter().map(|info| info.handle).collect();
            let all = keys.by_handle.iter().filter(|(other, key)| {
                **other > after
                    && key.visible(&caller())
                    && terms
                        .iter()
                        .all(|term| term.matches(**other, &key.attributes))
            });
            let expected: Vec<Handle> = all.map(|(other, _)| *other).collect();
            assert_eq!(found, expected, "{terms:?} after {after}");
        }
    }
}
