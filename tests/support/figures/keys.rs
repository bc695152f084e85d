//! The cost of an operation on one key among 10, 1,000 and 16,000 others.

#![allow(
    clippy::unwrap_used,
    reason = "a figure that cannot be taken ends with the reason"
)]

use hsmlab_proto::Handle;
use hsmlab_proto::key::{KeyType, Template, Term};
use hsmlab_proto::message::Command;
use hsmlab_proto::role::Role;

use super::{Clock, Figure, rate};
use crate::appliances::{ALICE, Appliances};

/// The numbers of keys.
const KEYS: [usize; 3] = [10, 1_000, 16_000];

/// Measures common commands by number of keys.
pub(super) fn keys(now: Clock<'_>) -> Vec<Figure> {
    let mut figures = Vec::new();
    for count in KEYS {
        let mut all = Appliances::new(1, true);
        let mut cluster = all.connect();
        all.log_in(&mut cluster, "alice", Role::CryptoUser, ALICE);
        let mut handles: Vec<Handle> = Vec::new();
        let make = |label: String, session| Command::GenerateSymmetric {
            key_type: KeyType::Aes,
            length_bytes: 32,
            template: Template {
                label,
                session,
                ..Template::default()
            },
        };
        for number in 0..count {
            let command = make(format!("key-{number}"), false);
            let made = cluster.make_keys(None, &command, false, &mut all).unwrap();
            handles.push(made[0].info.handle);
        }
        let handle = handles[count / 2];
        let mut take = |name: &str, rate: f64| {
            figures.push(Figure {
                name: format!("{name}, {count} keys"),
                value: 1e6 / rate,
                unit: "us",
            });
        };
        let by_handle = [Term::Reference(handle)];
        take(
            "find by reference",
            rate(now, || {
                cluster.find_one(&by_handle, &mut all).unwrap();
            }),
        );
        let by_label = [Term::Attribute(
            "label".into(),
            format!("key-{}", count / 2),
        )];
        take(
            "find by label",
            rate(now, || {
                cluster.find_one(&by_label, &mut all).unwrap();
            }),
        );
        take(
            "generate and delete",
            rate(now, || {
                let command = make("more".into(), false);
                let made = cluster.make_keys(None, &command, false, &mut all).unwrap();
                let delete = Command::DeleteKey {
                    handle: made[0].info.handle,
                };
                cluster.change_key(&made[0], &delete, &mut all).unwrap();
            }),
        );
    }
    figures
}
