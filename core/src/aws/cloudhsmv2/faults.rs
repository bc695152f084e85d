//! What AWS or bad luck does to clusters: failing hardware and its replacement, maintenance, zones
//! without free hardware. Labs bring these about; no call of the API does.

use super::events::{self, What};
use super::lifecycle::{self, ClusterEvent, ClusterState, HsmEvent, HsmState};
use super::{CloudHsm, hsms, limits};
use crate::aws::{Cloud, Env};
use crate::sim::SimDuration;

/// Lets the hardware of an active HSM fail: what it holds is gone, and AWS replaces it some minutes
/// later. False where there is no such HSM, or its cluster is being changed.
pub fn fail_hsm(cloud: &mut Cloud, env: &mut Env<'_>, region: &str, hsm_id: &str) -> bool {
    let Some(part) = cloud.cloudhsmv2.regions.get_mut(region) else {
        return false;
    };
    let mut clusters = part.clusters.iter_mut();
    let Some(cluster) = clusters.find(|cluster| cluster.hsm(hsm_id).is_some()) else {
        return false;
    };
    if !lifecycle::allows("DeleteHsm", cluster.state) {
        return false;
    }
    let replaced = env.now + limits::REPLACEMENT_DELAY;
    let Some(hsm) = cluster.hsm_mut(hsm_id) else {
        return false;
    };
    if !hsm.enter(HsmEvent::Failed) {
        return false;
    }
    hsm.until = Some(replaced);
    cluster.identity = None;
    cluster.enter(ClusterEvent::HsmFailed);
    let cluster_id = cluster.id.clone();
    env.fleet.destroy(hsm_id);
    events::at(
        cloud,
        replaced,
        region,
        What::HsmReplaced {
            cluster_id,
            hsm_id: hsm_id.into(),
            again: false,
        },
    );
    true
}

/// Puts a new HSM in the zone of a failed one and takes the failed one away. Where that cannot be
/// done now, it is tried again later.
pub(super) fn replace(
    cloud: &mut Cloud,
    env: &mut Env<'_>,
    region: &str,
    cluster_id: &str,
    hsm_id: &str,
) {
    let Some(cluster) = cloud.cloudhsmv2.cluster(region, cluster_id) else {
        return;
    };
    let Some(hsm) = cluster.hsm(hsm_id) else {
        return;
    };
    if hsm.state != HsmState::Degraded {
        return;
    }
    let zone = hsm.zone.clone();
    let busy = !lifecycle::allows("DeleteHsm", cluster.state);
    let exhausted = cloud
        .cloudhsmv2
        .region_mut(region)
        .exhausted_zones
        .contains(&zone);
    if busy || exhausted || hsms::raise(cloud, env, region, cluster_id, &zone, None).is_err() {
        let later = env.now + limits::REPLACEMENT_DELAY;
        let cluster = cloud.cloudhsmv2.cluster_mut(region, cluster_id);
        if let Some(hsm) = cluster.and_then(|cluster| cluster.hsm_mut(hsm_id)) {
            hsm.until = Some(later);
        }
        let (cluster_id, hsm_id) = (cluster_id.to_owned(), hsm_id.to_owned());
        events::at(
            cloud,
            later,
            region,
            What::HsmReplaced {
                cluster_id,
                hsm_id,
                again: true,
            },
        );
        return;
    }
    hsms::remove(cloud, env, region, cluster_id, hsm_id);
}

/// Begins AWS's maintenance of an active cluster. False where there is no such cluster, or it is not
/// active.
pub fn begin_maintenance(cloud: &mut Cloud, env: &Env<'_>, region: &str, cluster_id: &str) -> bool {
    let Some(cluster) = cloud.cloudhsmv2.cluster_mut(region, cluster_id) else {
        return false;
    };
    if !cluster.enter(ClusterEvent::MaintenanceStarted) {
        return false;
    }
    let each = lifecycle::duration(
        lifecycle::CLUSTER,
        ClusterState::UpdateInProgress,
        ClusterEvent::MaintenanceFinished,
    );
    let until = cluster
        .hsms
        .iter()
        .fold(env.now + SimDuration::ZERO, |at, _| at + each);
    cluster.until = Some(until);
    events::at(
        cloud,
        until,
        region,
        What::MaintenanceDone(cluster_id.to_owned()),
    );
    true
}

impl CloudHsm {
    /// Says whether a zone has hardware for new HSMs: not every zone always does.
    pub fn set_capacity(&mut self, region: &str, zone: &str, available: bool) {
        let zones = &mut self.region_mut(region).exhausted_zones;
        if available {
            zones.remove(zone);
        } else {
            zones.insert(zone.to_owned());
        }
    }
}
