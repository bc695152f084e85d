//! Random faults in a learner's world.

use std::collections::BTreeSet;

use hsmlab_protocol::Request;
use hsmlab_protocol::event::Stream;
use hsmlab_tests::learner::CLI;
use proptest::prelude::*;

use crate::world::World;

/// An event of a cluster.
#[derive(Clone, Copy, Debug)]
enum Op {
    Fault(&'static str, bool),
    Grow(&'static str),
    Shrink(usize),
    Make,
    Delete(usize),
    Pass(u64),
    Wait,
}

fn op() -> impl Strategy<Value = Op> {
    let faults = prop_oneof![
        2 => Just("fail-hsm/us-east-1a"),
        2 => Just("fail-hsm/us-east-1b"),
        2 => Just("cut-hsm/us-east-1a"),
        2 => Just("cut-hsm/us-east-1b"),
        1 => Just("lose-zone/us-east-1b"),
        1 => Just("no-hardware/us-east-1b"),
        1 => Just("maintenance"),
    ];
    let zones = prop_oneof![Just("us-east-1a"), Just("us-east-1b")];
    prop_oneof![
        4 => (faults, proptest::bool::weighted(0.6)).prop_map(|(id, on)| Op::Fault(id, on)),
        2 => zones.prop_map(Op::Grow),
        1 => (0..4_usize).prop_map(Op::Shrink),
        4 => Just(Op::Make),
        2 => (0..6_usize).prop_map(Op::Delete),
        2 => prop_oneof![Just(1), Just(40), Just(120), Just(3_000), Just(90_000)].prop_map(Op::Pass),
        2 => Just(Op::Wait),
    ]
}

/// The HSMs that hold a key, or know of its deletion: it counts as long as one of them is alive.
#[derive(Debug)]
struct Known {
    label: String,
    deleted: bool,
    on: BTreeSet<String>,
}

struct Random {
    world: World,
    keys: Vec<Known>,
}

impl Random {
    fn active(&mut self) -> BTreeSet<String> {
        let ids = self.world.cloud("aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[?State==`ACTIVE`].HsmId' --output text");
        let ids = ids.split_whitespace().filter(|id| *id != "None");
        ids.map(str::to_owned).collect()
    }

    /// Runs a line of alice's; returns whether it succeeded.
    fn alice(&mut self, command: &str) -> bool {
        if self.active().is_empty() {
            return false;
        }
        self.world.configure();
        let line = format!("{CLI} {command}");
        let played = self.world.0.at("client-1").types(&line);
        played.text(Stream::Stdout).contains("\"error_code\": 0")
    }

    /// Forgets HSMs that are gone.
    fn bury(&mut self) {
        let left: BTreeSet<String> = self.world.hsms().into_iter().collect();
        for key in &mut self.keys {
            key.on.retain(|id| left.contains(id));
        }
    }

    /// Spreads the knowledge of one active HSM to all, once the service had time.
    fn spread(&mut self) {
        self.world.pass(130);
        let active = self.active();
        for key in &mut self.keys {
            if !key.on.is_disjoint(&active) {
                key.on.extend(active.iter().cloned());
            }
        }
    }

    fn run(&mut self, op: Op) {
        match op {
            Op::Fault(id, on) => {
                let failing = self.active();
                let id = id.to_owned();
                self.world
                    .0
                    .driver
                    .send(Request::Fault { id: id.clone(), on });
                if id.starts_with("fail-hsm") {
                    let left = self.active();
                    for gone in failing.difference(&left) {
                        for key in &mut self.keys {
                            key.on.remove(gone);
                        }
                    }
                }
            }
            Op::Grow(zone) if self.world.hsms().len() < 4 => {
                let line = format!(
                    "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone {zone}"
                );
                self.world.0.at("cloudshell").types(&line);
            }
            Op::Grow(_) => {}
            Op::Shrink(which) => {
                let hsms = self.world.hsms();
                if let Some(id) = hsms.get(which) {
                    let line =
                        format!("aws cloudhsmv2 delete-hsm --cluster-id $CLUSTER --hsm-id {id}");
                    if self.world.0.at("cloudshell").types(&line).status == Some(0) {
                        for key in &mut self.keys {
                            key.on.remove(id);
                        }
                    }
                }
            }
            Op::Make => {
                let label = format!("key-{}", self.keys.len());
                let made = self.alice(&format!(
                    "key generate-symmetric aes --label {label} --key-length-bytes 32"
                ));
                let on = self.active();
                if made {
                    self.keys.push(Known {
                        label,
                        deleted: false,
                        on,
                    });
                }
            }
            Op::Delete(which) => {
                let Some(key) = self.keys.get(which) else {
                    return;
                };
                let label = key.label.clone();
                let done = self.alice(&format!("key delete --filter attr.label={label}"));
                let active = self.active();
                if done {
                    let key = &mut self.keys[which];
                    key.deleted = true;
                    // It was deleted where it was found: on the HSMs that certainly held it.
                    key.on.retain(|id| active.contains(id));
                }
            }
            Op::Pass(seconds) => drop(self.world.pass(seconds)),
            Op::Wait => {
                self.world.cloud("wait");
                self.spread();
            }
        }
        self.bury();
    }

    /// Repairs everything: the cluster is whole, and its HSMs agree on the keys that must exist.
    fn end(mut self) {
        for id in [
            "cut-hsm/us-east-1a",
            "cut-hsm/us-east-1b",
            "lose-zone/us-east-1b",
        ] {
            for _ in 0..4 {
                let id = id.to_owned();
                self.world.0.driver.send(Request::Fault { id, on: false });
            }
        }
        let id = "no-hardware/us-east-1b".to_owned();
        self.world.0.driver.send(Request::Fault { id, on: false });
        self.world.cloud("wait");
        self.world.pass(1_000);
        self.world.cloud("wait");
        self.bury();
        if self.world.hsms().is_empty() {
            self.world.cloud(
                "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone us-east-1a
                wait",
            );
        }
        self.spread();
        assert_eq!(self.world.0.state().trim(), "ACTIVE");
        assert_eq!(self.active().len(), self.world.hsms().len());
        self.world.configure();
        let found = self.world.keys();
        assert!(
            found.iter().all(|(_, coverage)| coverage == "full"),
            "{found:?}"
        );
        for key in self.keys.iter().filter(|key| !key.on.is_empty()) {
            let there = found.iter().any(|(label, _)| *label == key.label);
            assert_eq!(there, !key.deleted, "{key:?} in {found:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        max_shrink_iters: 30,
        ..ProptestConfig::default()
    })]

    #[test]
    fn after_random_faults_all_hsms_of_a_cluster_agree(
        ops in proptest::collection::vec(op(), 5..25),
    ) {
        let mut random = Random { world: World::two(), keys: Vec::new() };
        for op in ops {
            random.run(op);
        }
        random.end();
    }
}
