//! Invariants that hold for any sequence of calls and any passage of time.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::json;

use super::*;
use crate::cloudhsmv2::lifecycle::{BackupState, HsmState};
use crate::cloudhsmv2::{faults, limits};

/// Creates a world with `active` active clusters, on a day on which both HSM types are available,
/// so that migrations happen.
fn primed(active: u8) -> World {
    let mut world = World::at("2024-09-01T10:00:00Z");
    for _ in 0..active {
        world.act(Act::CreateCluster { from_backup: false });
        world.settle();
        let newest = world
            .cloud
            .cloudhsmv2
            .clusters_in(REGION)
            .last()
            .unwrap()
            .id
            .clone();
        world.create_hsm(&newest, 'a');
        world.settle();
        let cluster = world.record(&newest);
        let (signed, anchor) = sign(&cluster.identity.as_ref().unwrap().cluster_csr, world.now);
        let params = json!({ "ClusterId": newest, "SignedCert": signed, "TrustAnchor": anchor });
        world.ok("InitializeCluster", params);
        world.settle();
        world.activate(&newest, &anchor);
        world.settle();
    }
    world
}

/// A test action on the world. Numbers select among the existing resources.
#[derive(Clone, Copy, Debug)]
enum Act {
    CreateCluster { from_backup: bool },
    CreateHsm { cluster: u8, zone: char },
    DeleteHsm { hsm: u8 },
    DeleteCluster { cluster: u8 },
    Initialize { cluster: u8 },
    Activate { cluster: u8 },
    SetRetention { cluster: u8, days: u16 },
    ChangeType { cluster: u8, back: bool },
    DeleteBackup { backup: u8 },
    RestoreBackup { backup: u8 },
    CopyBackup { backup: u8 },
    FailHsm { hsm: u8 },
    Maintain { cluster: u8 },
    DeleteGroup { cluster: u8 },
    Wait { seconds: u32 },
    Settle,
}

fn act() -> impl Strategy<Value = Act> {
    let cluster = 0..3_u8;
    let other = 0..8_u8;
    prop_oneof![
        2 => any::<bool>().prop_map(|from_backup| Act::CreateCluster { from_backup }),
        6 => (cluster.clone(), prop::sample::select(vec!['a', 'b', 'c']))
            .prop_map(|(cluster, zone)| Act::CreateHsm { cluster, zone }),
        3 => other.clone().prop_map(|hsm| Act::DeleteHsm { hsm }),
        1 => cluster.clone().prop_map(|cluster| Act::DeleteCluster { cluster }),
        4 => cluster.clone().prop_map(|cluster| Act::Initialize { cluster }),
        4 => cluster.clone().prop_map(|cluster| Act::Activate { cluster }),
        1 => (cluster.clone(), 6..20_u16)
            .prop_map(|(cluster, days)| Act::SetRetention { cluster, days }),
        2 => (cluster.clone(), any::<bool>())
            .prop_map(|(cluster, back)| Act::ChangeType { cluster, back }),
        1 => other.clone().prop_map(|backup| Act::DeleteBackup { backup }),
        1 => other.clone().prop_map(|backup| Act::RestoreBackup { backup }),
        1 => other.clone().prop_map(|backup| Act::CopyBackup { backup }),
        2 => other.prop_map(|hsm| Act::FailHsm { hsm }),
        1 => cluster.clone().prop_map(|cluster| Act::Maintain { cluster }),
        1 => cluster.prop_map(|cluster| Act::DeleteGroup { cluster }),
        4 => (1..2_000_u32).prop_map(|seconds| Act::Wait { seconds }),
        1 => (1..30_u32).prop_map(|days| Act::Wait { seconds: days * 86_400 }),
        6 => Just(Act::Settle),
    ]
}

impl World {
    fn nth_cluster(&self, n: u8) -> Option<Cluster> {
        let clusters: Vec<_> = self.cloud.cloudhsmv2.clusters_in(REGION).collect();
        clusters
            .get(usize::from(n) % clusters.len().max(1))
            .map(|cluster| (*cluster).clone())
    }

    fn nth_hsm(&self, n: u8) -> Option<(String, String)> {
        let clusters = self.cloud.cloudhsmv2.clusters_in(REGION);
        let hsms: Vec<_> = clusters
            .flat_map(|c| c.hsms.iter().map(|h| (c.id.clone(), h.id.clone())))
            .collect();
        hsms.get(usize::from(n) % hsms.len().max(1)).cloned()
    }

    fn nth_backup(&self, n: u8) -> Option<String> {
        let backups: Vec<_> = self.cloud.cloudhsmv2.backups_in(REGION).collect();
        backups
            .get(usize::from(n) % backups.len().max(1))
            .map(|backup| backup.id.clone())
    }

    /// Runs the action; refused calls are allowed.
    fn act(&mut self, act: Act) -> Option<()> {
        let (operation, params) = match act {
            Act::CreateCluster { from_backup } => {
                let source = self.nth_backup(0).filter(|_| from_backup);
                let params = json!({ "HsmType": "hsm1.medium", "SourceBackupId": source,
                    "SubnetIds": [self.subnet('a'), self.subnet('b')] });
                ("CreateCluster", params)
            }
            Act::CreateHsm { cluster, zone } => {
                let id = self.nth_cluster(cluster)?.id;
                let zone = format!("{REGION}{zone}");
                (
                    "CreateHsm",
                    json!({ "ClusterId": id, "AvailabilityZone": zone }),
                )
            }
            Act::DeleteHsm { hsm } => {
                let (cluster, hsm) = self.nth_hsm(hsm)?;
                ("DeleteHsm", json!({ "ClusterId": cluster, "HsmId": hsm }))
            }
            Act::DeleteCluster { cluster } => (
                "DeleteCluster",
                json!({ "ClusterId": self.nth_cluster(cluster)?.id }),
            ),
            Act::Initialize { cluster } => {
                let cluster = self.nth_cluster(cluster)?;
                let (signed, anchor) = sign(&cluster.identity?.cluster_csr, self.now);
                let params =
                    json!({ "ClusterId": cluster.id, "SignedCert": signed, "TrustAnchor": anchor });
                ("InitializeCluster", params)
            }
            Act::SetRetention { cluster, days } => {
                let policy = json!({ "Type": "DAYS", "Value": days.to_string() });
                let id = self.nth_cluster(cluster)?.id;
                (
                    "ModifyCluster",
                    json!({ "ClusterId": id, "BackupRetentionPolicy": policy }),
                )
            }
            Act::ChangeType { cluster, back } => {
                let to = if back { "hsm1.medium" } else { "hsm2m.medium" };
                let id = self.nth_cluster(cluster)?.id;
                ("ModifyCluster", json!({ "ClusterId": id, "HsmType": to }))
            }
            Act::DeleteBackup { backup } => (
                "DeleteBackup",
                json!({ "BackupId": self.nth_backup(backup)? }),
            ),
            Act::RestoreBackup { backup } => (
                "RestoreBackup",
                json!({ "BackupId": self.nth_backup(backup)? }),
            ),
            Act::CopyBackup { backup } => {
                let id = self.nth_backup(backup)?;
                (
                    "CopyBackupToRegion",
                    json!({ "BackupId": id, "DestinationRegion": "us-west-2" }),
                )
            }
            other => return self.act_by_itself(other),
        };
        let _refused_or_not = self.call(operation, params);
        Some(())
    }

    /// Runs an action that is not an API call.
    fn act_by_itself(&mut self, act: Act) -> Option<()> {
        match act {
            Act::Activate { cluster } => {
                let cluster = self.nth_cluster(cluster)?;
                let hsm = cluster.active_hsms().next()?;
                let status = self.fleet.status(&hsm.id)?;
                if status.claimed && !status.activated {
                    // The customer's root is always the same: it is made from one seed.
                    let csr = SigningRequest::from_pem(&self.fleet.identity(&hsm.id)?.cluster_csr);
                    let made = cluster.created_at;
                    let (_, anchor) = sign(&csr.ok()?.to_pem(), made);
                    self.activate(&cluster.id, &anchor);
                }
            }
            Act::FailHsm { hsm } => {
                let (_, id) = self.nth_hsm(hsm)?;
                self.with_env(|cloud, env| faults::fail_hsm(cloud, env, REGION, &id));
            }
            Act::Maintain { cluster } => {
                let id = self.nth_cluster(cluster)?.id;
                self.with_env(|cloud, env| faults::begin_maintenance(cloud, env, REGION, &id));
            }
            Act::DeleteGroup { cluster } => {
                let group = self.nth_cluster(cluster)?.security_group;
                let _in_use = self.network_mut().0.delete_security_group(&group);
            }
            Act::Wait { seconds } => self.pass(SimDuration::from_seconds(seconds.into())),
            _ => self.settle(),
        }
        Some(())
    }

    /// Checks what must be true at any moment.
    fn check(&self) {
        let clusters: Vec<_> = self.cloud.cloudhsmv2.clusters_in(REGION).collect();
        let network = self.network();
        let mut interfaces = BTreeSet::new();
        for cluster in &clusters {
            for hsm in &cluster.hsms {
                let subnet = cluster.subnets.get(&hsm.zone);
                assert_eq!(
                    subnet,
                    Some(&hsm.subnet_id),
                    "the zone is one of the cluster's"
                );
                assert_eq!(network.subnet(&hsm.subnet_id).unwrap().zone, hsm.zone);
                let interface = network.interface(&hsm.eni_id).unwrap();
                assert_eq!(interface.subnet_id, hsm.subnet_id);
                assert_eq!(interface.private_ip.to_string(), hsm.ip);
                assert_eq!(
                    interface.groups.as_slice(),
                    std::slice::from_ref(&cluster.security_group)
                );
                assert!(
                    interfaces.insert(hsm.eni_id.clone()),
                    "one interface, one HSM"
                );
                let status = self.fleet.status(&hsm.id);
                if is_in_use(cluster.state) {
                    assert!(
                        status.as_ref().is_none_or(|status| status.activated),
                        "{}",
                        hsm.id
                    );
                }
                let there = status.is_some();
                assert_eq!(
                    there,
                    hsm.state == HsmState::Active,
                    "{} {}",
                    hsm.id,
                    hsm.state
                );
                assert_ne!(hsm.state, HsmState::Deleted);
                assert!(hsm.until.is_none_or(|until| until >= self.now), "{hsm:?}");
            }
            check_state(cluster);
            assert!(
                cluster.until.is_none_or(|until| until >= self.now),
                "{cluster:?}"
            );
        }
        let services = network
            .interfaces
            .values()
            .filter(|i| i.is_service_managed());
        let orphans: Vec<_> = services.filter(|i| !interfaces.contains(&i.id)).collect();
        assert!(orphans.is_empty(), "{orphans:?}");
        let counted = clusters
            .iter()
            .filter(|c| c.state != ClusterState::Deleted)
            .count();
        assert!(counted <= limits::CLUSTERS_PER_REGION);
        for backup in self.cloud.cloudhsmv2.backups_in(REGION) {
            assert_ne!(backup.state, BackupState::Deleted);
            let pending = backup.state == BackupState::PendingDeletion;
            assert_eq!(backup.delete_at.is_some(), pending, "{}", backup.id);
        }
    }
}

/// True if a cluster in this state has been activated.
fn is_in_use(state: ClusterState) -> bool {
    matches!(
        state,
        ClusterState::Active
            | ClusterState::Degraded
            | ClusterState::UpdateInProgress
            | ClusterState::ModifyInProgress
            | ClusterState::RollbackInProgress
    )
}

/// Checks that the cluster is consistent with its state.
fn check_state(cluster: &Cluster) {
    let state = cluster.state;
    let working = cluster
        .hsms
        .iter()
        .filter(|hsm| matches!(hsm.state, HsmState::CreateInProgress | HsmState::Active));
    match state {
        ClusterState::CreateInProgress | ClusterState::DeleteInProgress | ClusterState::Deleted => {
            assert!(cluster.hsms.is_empty(), "{state}");
        }
        ClusterState::Uninitialized | ClusterState::InitializeInProgress => {
            assert!(working.count() <= 1, "{state}");
            assert!(cluster.cluster_certificate.is_none());
        }
        ClusterState::Initialized => assert!(working.count() <= 1, "{state}"),
        ClusterState::Degraded => {
            let sick = |hsm: &&super::super::state::Hsm| {
                matches!(hsm.state, HsmState::Degraded | HsmState::CreateInProgress)
            };
            assert!(cluster.hsms.iter().any(|hsm| sick(&hsm)));
        }
        _ => {}
    }
    let claimed = !matches!(
        state,
        ClusterState::CreateInProgress
            | ClusterState::Uninitialized
            | ClusterState::InitializeInProgress
            | ClusterState::DeleteInProgress
            | ClusterState::Deleted
    );
    assert!(!claimed || cluster.cluster_certificate.is_some(), "{state}");
    assert!(!claimed || cluster.identity.is_none(), "{state}");
    let migrating = matches!(
        state,
        ClusterState::ModifyInProgress | ClusterState::RollbackInProgress
    );
    assert!(!migrating || cluster.migration.is_some());
    assert!(
        migrating
            || cluster
                .hsms
                .iter()
                .all(|hsm| hsm.hsm_type == cluster.hsm_type)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn histories_keep_the_invariants(active in 0..3_u8, acts in prop::collection::vec(act(), 1..60)) {
        let world = &mut primed(active);
        for act in acts {
            world.act(act);
            world.check();
        }
        world.settle();
        world.check();
        let busy = world.cloud.cloudhsmv2.clusters_in(REGION).any(|cluster| cluster.until.is_some());
        prop_assert!(!busy, "nothing is in progress once all has settled");
    }
}

/// Checks that the histories above reach every state: otherwise they would prove little.
#[test]
fn random_histories_reach_every_state() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let histories = (0..3_u8, prop::collection::vec(act(), 1..60));
    let mut clusters = BTreeSet::new();
    let mut hsms = BTreeSet::new();
    let mut backups = BTreeSet::new();
    for _ in 0..24 {
        let (active, acts) = histories.new_tree(&mut runner).unwrap().current();
        let world = &mut primed(active);
        for act in acts {
            world.act(act);
            for cluster in world.cloud.cloudhsmv2.clusters_in(REGION) {
                clusters.insert(cluster.state);
                hsms.extend(cluster.hsms.iter().map(|hsm| hsm.state));
            }
            backups.extend(
                world
                    .cloud
                    .cloudhsmv2
                    .backups_in(REGION)
                    .map(|backup| backup.state),
            );
        }
    }
    assert_eq!(clusters, ClusterState::ALL.iter().copied().collect());
    // A DELETED resource is no longer listed.
    let listed = HsmState::ALL
        .iter()
        .copied()
        .filter(|state| *state != HsmState::Deleted);
    assert_eq!(hsms, listed.collect());
    let listed = BackupState::ALL
        .iter()
        .copied()
        .filter(|state| *state != BackupState::Deleted);
    assert_eq!(backups, listed.collect());
}
