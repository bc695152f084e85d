//! The cost of a copy of a world, and of the first command after it, by the size of the world.

#![allow(
    clippy::unwrap_used,
    reason = "a figure that cannot be taken ends with the reason"
)]

use hsmlab_core::world::{START, World};
use hsmlab_proto::key::{KeyType, Template};
use hsmlab_proto::message::Command;
use hsmlab_proto::role::Role;
use hsmlab_protocol::CLOUDSHELL;
use hsmlab_protocol::moments::{MOMENTS_MAX, MomentKind};
use hsmlab_sim::Seed;

use super::{Clock, Figure, rate};
use crate::appliances::{ALICE, Appliances};

/// The number of keys in each of two HSMs, and the number of files in CloudShell.
const SIZES: [(usize, usize); 2] = [(10, 10), (16_000, 4_000)];

fn make(label: String) -> Command {
    Command::GenerateSymmetric {
        key_type: KeyType::Aes,
        length_bytes: 32,
        template: Template {
            label,
            ..Template::default()
        },
    }
}

/// Measures copies of a small and of a large world.
pub(super) fn copies(now: Clock<'_>) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (keys, files) in SIZES {
        let mut take = |name: &str, rate: f64| {
            figures.push(Figure {
                name: format!("{name}, {keys} keys on each of 2 HSMs and {files} files"),
                value: 1e6 / rate,
                unit: "us",
            });
        };
        let mut all = Appliances::new(2, true);
        let mut cluster = all.connect();
        all.log_in(&mut cluster, "alice", Role::CryptoUser, ALICE);
        for number in 0..keys {
            let command = make(format!("key-{number}"));
            cluster.make_keys(None, &command, false, &mut all).unwrap();
        }
        let mut generate = |all: &mut Appliances| {
            let command = make("more".into());
            let made = cluster.make_keys(None, &command, false, all).unwrap();
            let handle = made[0].info.handle;
            let delete = Command::DeleteKey { handle };
            cluster.change_key(&made[0], &delete, all).unwrap();
        };
        let plain = rate(now, || generate(&mut all));
        take("generate and delete", plain);
        let copied = rate(now, || {
            let copy = all.fleet.clone();
            generate(&mut all);
            drop(copy);
        });
        take("copy, generate and delete", copied);

        let mut world = World::new(Seed::from_number(1), START);
        world.fleet = all.fleet;
        let host = world.host_mut(CLOUDSHELL).unwrap();
        for number in 0..files {
            let path = format!("/home/cloudshell-user/file-{number}");
            host.fs.write(&path, vec![7; 100], "root", START).unwrap();
        }
        for number in 0..MOMENTS_MAX {
            let about = Some("hsm-1".to_owned());
            world.note_moment(format!("moment {number}"), about, MomentKind::Change);
        }
        take("copy of a world", rate(now, || drop(world.clone())));
        let written = rate(now, || {
            let mut copy = world.clone();
            let host = copy.host_mut(CLOUDSHELL).unwrap();
            let path = "/home/cloudshell-user/new";
            host.fs.write(path, vec![7; 100], "root", START).unwrap();
        });
        take("copy of a world and a file", written);
    }
    figures
}
