//! Faults of clusters: failed hardware and its replacement, maintenance, zones without free
//! hardware. Labs cause them; no API call does.

use super::lifecycle::{self, ClusterEvent, ClusterState, HsmEvent, HsmState};
use super::schedule::{self, What};
use super::state::Hsm;
use super::{CloudHsm, Parts, backups, hsms, limits};
use crate::request::Env;

/// Fails the hardware of an active HSM: its content is lost, and AWS replaces it some minutes
/// later. False if there is no such HSM, or if its cluster is being changed.
pub fn fail_hsm(parts: &mut Parts<'_>, env: &mut Env<'_>, region: &str, hsm_id: &str) -> bool {
    let Some(part) = parts.cloudhsmv2.regions.get_mut(region) else {
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
    schedule::at(
        parts,
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

/// Creates a new HSM in the zone of a failed one and removes the failed one. If that is not
/// possible now, it is retried later.
pub(super) fn replace(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    cluster_id: &str,
    hsm_id: &str,
) {
    let Some(cluster) = parts.cloudhsmv2.cluster(region, cluster_id) else {
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
    let no_hardware = !parts.cloudhsmv2.region_mut(region).has_hardware(&zone);
    if busy || no_hardware || hsms::raise(parts, env, region, cluster_id, &zone, None).is_err() {
        let later = env.now + limits::REPLACEMENT_DELAY;
        let cluster = parts.cloudhsmv2.cluster_mut(region, cluster_id);
        if let Some(hsm) = cluster.and_then(|cluster| cluster.hsm_mut(hsm_id)) {
            hsm.until = Some(later);
        }
        let (cluster_id, hsm_id) = (cluster_id.to_owned(), hsm_id.to_owned());
        schedule::at(
            parts,
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
    hsms::remove(parts, env, region, cluster_id, hsm_id);
}

/// Starts AWS's maintenance of an active cluster. False if there is no such cluster, or if it is
/// not active.
pub fn begin_maintenance(
    parts: &mut Parts<'_>,
    env: &Env<'_>,
    region: &str,
    cluster_id: &str,
) -> bool {
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, cluster_id) else {
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
    let mut until = env.now;
    let mut turns = Vec::new();
    for hsm in &cluster.hsms {
        turns.push((until, hsm.id.clone()));
        until += each;
    }
    cluster.until = Some(until);
    for (at, hsm_id) in turns {
        let cluster_id = cluster_id.to_owned();
        schedule::at(
            parts,
            at,
            region,
            What::HsmMaintained { cluster_id, hsm_id },
        );
    }
    schedule::at(
        parts,
        until,
        region,
        What::MaintenanceDone(cluster_id.to_owned()),
    );
    true
}

/// Replaces an HSM for maintenance: removes it and creates another one in its zone with the same
/// users and keys (User Guide, "bp-cluster-management": another id; less capacity meanwhile). An
/// HSM stays as it is if it is unreachable or if there is no hardware for its successor.
pub(super) fn maintain(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    cluster_id: &str,
    hsm_id: &str,
) {
    let Some(cluster) = parts.cloudhsmv2.cluster(region, cluster_id) else {
        return;
    };
    let in_service = |hsm: &&Hsm| hsm.state == HsmState::Active;
    let Some(hsm) = cluster.hsm(hsm_id).filter(in_service) else {
        return;
    };
    let zone = hsm.zone.clone();
    if cluster.state != ClusterState::UpdateInProgress
        || !parts.cloudhsmv2.region_mut(region).has_hardware(&zone)
    {
        return;
    }
    // This backup holds the content of the cluster's only HSM.
    if backups::start(parts, env, region, cluster_id, hsm_id).is_some()
        && hsms::raise(parts, env, region, cluster_id, &zone, None).is_ok()
    {
        hsms::remove(parts, env, region, cluster_id, hsm_id);
    }
}

/// Cuts or restores the network of an HSM in service. While cut, the HSM continues to run, but
/// neither clients nor the service can reach it. False if there is no such HSM.
pub fn cut_hsm(
    parts: &mut Parts<'_>,
    env: &Env<'_>,
    region: &str,
    hsm_id: &str,
    cut: bool,
) -> bool {
    let Some(part) = parts.cloudhsmv2.regions.get_mut(region) else {
        return false;
    };
    let mut hsms = part
        .clusters
        .iter_mut()
        .flat_map(|cluster| &mut cluster.hsms);
    let Some(hsm) = hsms.find(|hsm| hsm.id == hsm_id) else {
        return false;
    };
    let possible = if cut {
        hsm.state == HsmState::Active
    } else {
        hsm.cut
    };
    if possible {
        hsm.cut = cut;
        settle_reach(parts, env, region);
    }
    possible
}

/// Fails or restores a whole zone. While lost, its HSMs continue to run but are unreachable, and
/// there is no hardware for new ones.
pub fn lose_zone(parts: &mut Parts<'_>, env: &Env<'_>, region: &str, zone: &str, lost: bool) {
    let zones = &mut parts.cloudhsmv2.region_mut(region).lost_zones;
    if lost {
        zones.insert(zone.to_owned());
    } else {
        zones.remove(zone);
    }
    settle_reach(parts, env, region);
}

/// Updates the states of a region's HSMs to their reachability.
pub(super) fn settle_reach(parts: &mut Parts<'_>, env: &Env<'_>, region: &str) {
    let Some(part) = parts.cloudhsmv2.regions.get_mut(region) else {
        return;
    };
    let mut changed = Vec::new();
    for cluster in &mut part.clusters {
        let (mut lost, mut back) = (false, false);
        for hsm in &mut cluster.hsms {
            let reached = !hsm.cut && !part.lost_zones.contains(&hsm.zone);
            // A degraded HSM without an appliance has failed: AWS replaces it.
            let lives = env.fleet.status(&hsm.id).is_some();
            lost |= !reached && hsm.enter(HsmEvent::Unreachable);
            back |= reached && lives && hsm.enter(HsmEvent::Recovered);
        }
        if lost {
            cluster.enter(ClusterEvent::HsmFailed);
        }
        if back {
            changed.push(cluster.id.clone());
        }
    }
    for cluster_id in changed {
        parts.cloudhsmv2.heal(region, &cluster_id);
    }
}

impl CloudHsm {
    /// True if the zone is lost.
    #[must_use]
    pub fn is_lost(&self, region: &str, zone: &str) -> bool {
        self.regions
            .get(region)
            .is_some_and(|region| region.lost_zones.contains(zone))
    }

    /// True if the zone lacks free hardware.
    #[must_use]
    pub fn is_exhausted(&self, region: &str, zone: &str) -> bool {
        self.regions
            .get(region)
            .is_some_and(|region| region.exhausted_zones.contains(zone))
    }

    /// Sets whether a zone has hardware for new HSMs: zones can run out of it.
    pub fn set_capacity(&mut self, region: &str, zone: &str, available: bool) {
        let zones = &mut self.region_mut(region).exhausted_zones;
        if available {
            zones.remove(zone);
        } else {
            zones.insert(zone.to_owned());
        }
    }
}
