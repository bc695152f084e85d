//! Primes in saves: they avoid searches and change no world.

use hsmlab_core::session::Session;
use hsmlab_protocol::{Event, Request};
use hsmlab_sim::Seed;
use hsmlab_tests::worlds::worlds;
use serde_json::{Value, json};

/// The lab's set-up makes three RSA keys: two HSMs' and the customer CA's.
const LAB: &str = include_str!("../static/labs/failover.md");

fn started() -> Session {
    let mut session = Session::new();
    let lab = Some(LAB.to_owned());
    let seed = Seed::from_number(5);
    session.handle(Request::Start {
        seed,
        lab,
        world: None,
        worlds: worlds(),
        starts: None,
    });
    session
}

fn save_of(session: &mut Session) -> Value {
    let events = session.handle(Request::Save);
    let [Event::Saved { save }] = events.as_slice() else {
        panic!("{events:?}");
    };
    serde_json::from_str(save).unwrap()
}

/// Restores a save. Gives the fingerprint of the world and the count of searches.
fn restored(mut session: Session, save: &Value) -> (String, u64) {
    let events = session.handle(Request::Restore {
        save: save.to_string(),
        lab: Some(LAB.to_owned()),
        worlds: worlds(),
    });
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::Failed { .. }))
    );
    (session.fingerprint(), session.prime_searches())
}

/// Returns the save with each distance changed.
fn with_distances(save: &Value, change: impl Fn(u64) -> u64) -> Value {
    let mut save = save.clone();
    for entry in save["primes"].as_array_mut().unwrap() {
        entry[1] = json!(change(entry[1].as_u64().unwrap()));
    }
    save
}

#[test]
fn saved_primes_spare_the_searches_and_change_no_world() {
    let mut first = started();
    let (world, searches) = (first.fingerprint(), first.prime_searches());
    let save = save_of(&mut first);
    let listed = save["primes"].as_array().unwrap().len() as u64;
    assert!(searches >= 6 && listed == searches, "{searches} {listed}");
    let searched = (world.clone(), searches);
    let spared = (world, 0);

    // The owner's page uses the primes; code that judges the save does not.
    assert_eq!(restored(Session::with_saved_primes(), &save), spared);
    assert_eq!(restored(Session::new(), &save), searched);
    // A save in the format of older versions.
    let mut old = save.clone();
    old.as_object_mut().unwrap().remove("primes");
    assert_eq!(restored(Session::with_saved_primes(), &old), searched);

    // Distances that do not lead to a prime are detected.
    for wrong in [2, 1, 1 << 21] {
        let poisoned = with_distances(&save, |distance| distance + wrong);
        assert_eq!(restored(Session::with_saved_primes(), &poisoned), searched);
    }

    // Code that judges a save is not misled by a prime that is not the first one.
    let forged = with_distances(&save, |_| 1 << 19);
    assert_eq!(restored(Session::new(), &forged), searched);

    // A restored world lists its primes again.
    let mut second = Session::with_saved_primes();
    let lab = Some(LAB.to_owned());
    second.handle(Request::Restore {
        save: save.to_string(),
        lab,
        worlds: worlds(),
    });
    assert_eq!(save_of(&mut second), save);
}
