//! The cost to compare the keys of two HSMs, and to synchronise them.

#![allow(
    clippy::unwrap_used,
    reason = "a figure that cannot be taken ends with the reason"
)]

use hsmlab_proto::key::{KeyType, Template};
use hsmlab_proto::message::Command;
use hsmlab_proto::role::Role;

use super::{Clock, Figure, rate};
use crate::appliances::{ALICE, Appliances};

/// The number of keys that the replacement lacks.
const KEYS: usize = 3_000;

/// Measures the service's synchronisation.
pub(super) fn sync(now: Clock<'_>) -> Vec<Figure> {
    let mut all = Appliances::new(2, true);
    let members: Vec<String> = all.hsms.values().cloned().collect();
    // A client of only the first HSM: the second misses what is made.
    let second = all.hsms.pop_last().unwrap();
    let mut cluster = all.connect();
    all.log_in(&mut cluster, "alice", Role::CryptoUser, ALICE);
    for number in 0..KEYS {
        let command = Command::GenerateSymmetric {
            key_type: KeyType::Aes,
            length_bytes: 32,
            template: Template {
                label: format!("key-{number}"),
                ..Template::default()
            },
        };
        cluster.make_keys(None, &command, false, &mut all).unwrap();
    }
    all.hsms.insert(second.0, second.1);
    let compare = |all: &mut Appliances| {
        rate(now, || {
            std::hint::black_box(all.fleet.is_out_of_step(&members));
        })
    };
    let figure = |name: String, value, unit| Figure { name, value, unit };
    let apart = compare(&mut all);
    let start = now();
    let done = all.fleet.synchronise(&members);
    let spent = now() - start;
    assert_eq!((done.copied, done.left), (KEYS, 0));
    let in_line = compare(&mut all);
    vec![
        figure(format!("synchronise {KEYS} keys onto an HSM"), spent, "ms"),
        figure(
            format!("compare 2 HSMs, {KEYS} keys apart"),
            1e6 / apart,
            "us",
        ),
        figure(
            format!("compare 2 HSMs, {KEYS} keys in line"),
            1e6 / in_line,
            "us",
        ),
    ]
}
