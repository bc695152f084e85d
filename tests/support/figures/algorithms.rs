//! Operations a second through the whole client: command, encrypted record, appliance, answer.

#![allow(clippy::unwrap_used)] // A figure that cannot be taken ends with the reason.

use hsmlab_core::proto::key::{Curve, Flag, Hash, SignMechanism, Template};
use hsmlab_core::proto::message::{Command, PairKind, Role};

use super::{Clock, Figure, rate};
use crate::appliances::{ALICE, Appliances};

/// Sizes of clusters.
const HSMS: [usize; 5] = [1, 2, 3, 6, 28];

/// The rate of each algorithm, by size of the cluster.
pub(super) fn algorithms(now: Clock<'_>) -> Vec<Figure> {
    let mut figures = Vec::new();
    for hsms in HSMS {
        let mut all = Appliances::new(hsms, true);
        let mut cluster = all.connect();
        all.log_in(&mut cluster, "alice", Role::CryptoUser, ALICE);
        let signs = Template {
            flags: vec![(Flag::Sign, true)],
            ..Template::default()
        };
        let kinds = [
            (
                "rsa-2048 sign",
                PairKind::Rsa {
                    bits: 2048,
                    exponent: 65_537,
                },
                SignMechanism::RsaPkcs { hash: Hash::Sha256 },
            ),
            (
                "ecdsa p-256 sign",
                PairKind::Ec(Curve::P256),
                SignMechanism::Ecdsa {
                    hash: Hash::Sha256,
                    weak_hash: false,
                },
            ),
        ];
        for (name, kind, mechanism) in kinds {
            let make = Command::GeneratePair {
                kind,
                public: Template::default(),
                private: signs.clone(),
            };
            let pair = cluster.make_keys(None, &make, false, &mut all).unwrap();
            let sign = Command::Sign {
                handle: pair[1].info.handle,
                mechanism,
                digest: vec![7; 32],
            };
            figures.push(Figure {
                name: format!("{name}, {hsms} HSMs"),
                value: rate(now, || {
                    cluster.use_keys(&[&pair[1]], &sign, &mut all).unwrap();
                }),
                unit: "ops/s",
            });
        }
    }
    figures
}
