//! The key synchronization between the HSMs of a cluster (User Guide, "manage-key-sync":
//! periodically, no action needed). Users and policies are not synchronized.
//!
//! The service checks at fixed times, one every [`KEY_SYNC_INTERVAL`]. A check is scheduled only if
//! it would find a difference: a world without differences has no such events.

use super::Parts;
use super::lifecycle::ClusterState;
use super::limits::KEY_SYNC_INTERVAL;
use super::schedule::{self, What};
use super::state::Cluster;
use crate::request::Env;
use hsmlab_sim::SimTime;

/// The time of the service's next check.
fn next_look(now: SimTime) -> SimTime {
    let interval = KEY_SYNC_INTERVAL.as_ms();
    SimTime::from_unix_ms((now.unix_ms() / interval + 1) * interval)
}

/// The HSMs whose keys are synchronized: those in service. None during a rollback of the HSM type:
/// changes after the migration must be lost, and a synchronization would carry them over.
fn members_of(cluster: &Cluster) -> Vec<String> {
    if cluster.state == ClusterState::RollbackInProgress {
        return Vec::new();
    }
    cluster.active_hsms().map(|hsm| hsm.id.clone()).collect()
}

/// Schedules the next check for each cluster whose HSMs have different keys.
pub(super) fn watch(parts: &mut Parts<'_>, env: &Env<'_>) {
    let service = &mut parts.cloudhsmv2;
    let mut due = Vec::new();
    for (region, part) in &mut service.regions {
        for cluster in &mut part.clusters {
            if cluster.key_sync_due || cluster.hsms.len() < 2 {
                continue;
            }
            let members = members_of(cluster);
            if members.len() > 1 && env.fleet.is_out_of_step(&members) {
                cluster.key_sync_due = true;
                due.push((region.clone(), cluster.id.clone()));
            }
        }
    }
    for (region, id) in due {
        schedule::at(
            parts,
            next_look(env.now),
            &region,
            What::KeysSynchronised(id),
        );
    }
}

/// Synchronizes the keys of the HSMs in service. An unreachable HSM is left for later.
pub(super) fn run(parts: &mut Parts<'_>, env: &mut Env<'_>, region: &str, cluster_id: &str) {
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, cluster_id) else {
        return;
    };
    cluster.key_sync_due = false;
    let members = members_of(cluster);
    env.fleet.synchronise(&members);
}
