//! Scheduled events and their effects.

use std::fmt;
use std::rc::Rc;

use super::lifecycle::{
    self, BackupEvent, BackupState, ClusterEvent, ClusterState, HsmEvent, HsmState,
};
use super::state::{Claim, Origin};
use super::{backups, faults, hsms, limits, migration, network, sync};
use crate::{Cloud, Env};
use hsmlab_hsm::Notice;
use hsmlab_sim::SimTime;

/// A scheduled event in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) region: String,
    pub(super) what: What,
}

/// The kinds of event, each with the id of the resource that it affects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    ClusterCreated(String),
    ClaimDone(String),
    Activated(String),
    ClusterDeleted(String),
    ClusterForgotten(String),
    HsmCreated {
        cluster_id: String,
        hsm_id: String,
    },
    /// The image for a new HSM is taken.
    Snapshot {
        cluster_id: String,
        hsm_id: String,
    },
    HsmDeleted {
        cluster_id: String,
        hsm_id: String,
    },
    /// A replacement of a failed HSM. `again` marks retries, which may continue forever.
    HsmReplaced {
        cluster_id: String,
        hsm_id: String,
        again: bool,
    },
    TypeChanged(String),
    RollbackWindowOver(String),
    /// Maintenance of one HSM.
    HsmMaintained {
        cluster_id: String,
        hsm_id: String,
    },
    MaintenanceDone(String),
    Daily(String),
    BackupMade(String),
    BackupDeleted(String),
    KeysSynchronised(String),
}

impl Event {
    /// True if the event completes an operation that a caller waits for, in contrast to daily
    /// routine.
    pub(super) fn is_progress(&self) -> bool {
        !matches!(
            self.what,
            What::Daily(_)
                | What::BackupDeleted(_)
                | What::ClusterForgotten(_)
                | What::RollbackWindowOver(_)
                | What::KeysSynchronised(_)
                | What::Snapshot { .. }
                | What::HsmReplaced { again: true, .. }
        )
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::ClusterCreated(id) => write!(f, "cluster {id} is created"),
            What::ClaimDone(id) => write!(f, "cluster {id} becomes INITIALIZED"),
            What::Activated(id) => write!(f, "cluster {id} becomes ACTIVE"),
            What::ClusterDeleted(id) => write!(f, "cluster {id} becomes DELETED"),
            What::ClusterForgotten(id) => write!(f, "cluster {id} is no longer listed"),
            What::HsmCreated { hsm_id, .. } => write!(f, "HSM {hsm_id} becomes ACTIVE"),
            What::Snapshot { hsm_id, .. } => write!(f, "the image for HSM {hsm_id} is taken"),
            What::HsmDeleted { hsm_id, .. } => write!(f, "HSM {hsm_id} is gone"),
            What::HsmReplaced { hsm_id, .. } => write!(f, "AWS replaces HSM {hsm_id}"),
            What::TypeChanged(id) => write!(f, "the next HSM of cluster {id} changes its type"),
            What::RollbackWindowOver(id) => {
                write!(
                    f,
                    "the type change of cluster {id} can no longer be rolled back"
                )
            }
            What::HsmMaintained { hsm_id, .. } => {
                write!(f, "AWS replaces HSM {hsm_id} for maintenance")
            }
            What::MaintenanceDone(id) => write!(f, "maintenance of cluster {id} ends"),
            What::Daily(id) => write!(f, "daily backup of cluster {id}"),
            What::BackupMade(id) => write!(f, "backup {id} becomes READY"),
            What::BackupDeleted(id) => write!(f, "backup {id} is permanently deleted"),
            What::KeysSynchronised(id) => {
                write!(f, "the keys of cluster {id} are synchronized")
            }
        }
    }
}

/// Schedules an event.
pub(super) fn at(cloud: &mut Cloud, at: SimTime, region: &str, what: What) {
    cloud.cloudhsmv2.schedule.push(
        at,
        Event {
            region: region.to_owned(),
            what,
        },
    );
}

/// Runs what is due: first the notices of the appliances, then the scheduled events.
pub fn advance(cloud: &mut Cloud, env: &mut Env<'_>) {
    for notice in env.fleet.take_notices() {
        let Notice::Activated { hsm_id, at: when } = notice;
        activation_reported(cloud, env, &hsm_id, when);
    }
    while let Some((_, event)) = cloud.cloudhsmv2.schedule.pop_due(env.now) {
        happen(cloud, env, &event.region, event.what);
    }
    sync::watch(cloud, env);
}

fn happen(cloud: &mut Cloud, env: &mut Env<'_>, region: &str, what: What) {
    match what {
        What::ClusterCreated(id) => cluster_created(cloud, region, &id),
        What::ClaimDone(id) => claim_done(cloud, env, region, &id),
        What::Activated(id) => activated(cloud, env, region, &id),
        What::ClusterDeleted(id) => cluster_deleted(cloud, env, region, &id),
        What::ClusterForgotten(id) => cluster_forgotten(cloud, region, &id),
        What::HsmCreated { cluster_id, hsm_id } => {
            hsm_created(cloud, env, region, &cluster_id, &hsm_id);
        }
        What::Snapshot { cluster_id, hsm_id } => {
            hsms::take_image(cloud, env, region, &cluster_id, &hsm_id);
        }
        What::KeysSynchronised(id) => sync::run(cloud, env, region, &id),
        What::HsmDeleted { cluster_id, hsm_id } => {
            hsm_deleted(cloud, region, &cluster_id, &hsm_id);
        }
        What::HsmReplaced {
            cluster_id, hsm_id, ..
        } => {
            faults::replace(cloud, env, region, &cluster_id, &hsm_id);
        }
        What::TypeChanged(id) => migration::advance(cloud, env, region, &id),
        What::RollbackWindowOver(id) => migration::window_over(cloud, region, &id),
        What::HsmMaintained { cluster_id, hsm_id } => {
            faults::maintain(cloud, env, region, &cluster_id, &hsm_id);
        }
        What::MaintenanceDone(id) => {
            if let Some(cluster) = cloud.cloudhsmv2.cluster_mut(region, &id)
                && cluster.enter(ClusterEvent::MaintenanceFinished)
                && cluster
                    .hsms
                    .iter()
                    .any(|hsm| hsm.state == HsmState::Degraded)
            {
                cluster.enter(ClusterEvent::HsmFailed);
            }
        }
        What::Daily(id) => daily(cloud, env, region, &id),
        What::BackupMade(id) => backup_made(cloud, env, region, &id),
        What::BackupDeleted(id) => {
            let region = cloud.cloudhsmv2.region_mut(region);
            if region
                .backups
                .get_mut(&id)
                .is_some_and(|b| b.enter(BackupEvent::DeleteFinished))
            {
                region.backups.remove(&id);
            }
        }
    }
}

fn cluster_created(cloud: &mut Cloud, region: &str, id: &str) {
    if let Some(cluster) = cloud.cloudhsmv2.cluster_mut(region, id) {
        let event = match cluster.source_backup_id {
            Some(_) => ClusterEvent::CreatedFromBackup,
            None => ClusterEvent::Created,
        };
        cluster.enter(event);
    }
}

fn claim_done(cloud: &mut Cloud, env: &mut Env<'_>, region: &str, id: &str) {
    let Some(cluster) = cloud.cloudhsmv2.cluster_mut(region, id) else {
        return;
    };
    let Some(claim) = cluster.claim.take() else {
        return;
    };
    let Claim {
        hsm_id,
        signed_certificate,
        trust_anchor,
    } = claim;
    if env
        .fleet
        .claim(&hsm_id, &signed_certificate, &trust_anchor, env.now)
        .is_err()
    {
        cluster.enter(ClusterEvent::ClaimFailed);
    } else if cluster.enter(ClusterEvent::Claimed) {
        cluster.identity = None;
        cluster.cluster_certificate = Some(signed_certificate);
        cluster.image = env.fleet.backup(&hsm_id, env.now).map(Rc::new);
    }
}

/// Handles the notice that an appliance's first administrator has set a password: the service
/// detects that a little later.
fn activation_reported(cloud: &mut Cloud, env: &mut Env<'_>, hsm_id: &str, when: SimTime) {
    let delay = lifecycle::duration(
        lifecycle::CLUSTER,
        ClusterState::Initialized,
        ClusterEvent::Activated,
    );
    let mut scheduled = None;
    for (name, region) in &mut cloud.cloudhsmv2.regions {
        let mut clusters = region.clusters.iter_mut();
        let waiting = clusters.find(|cluster| {
            cluster.state == ClusterState::Initialized
                && cluster.until.is_none()
                && cluster.hsm(hsm_id).is_some()
        });
        if let Some(cluster) = waiting {
            cluster.until = Some(when + delay);
            cluster.image = env.fleet.backup(hsm_id, env.now).map(Rc::new);
            scheduled = Some((name.clone(), cluster.id.clone()));
        }
    }
    if let Some((region, id)) = scheduled {
        at(cloud, when + delay, &region, What::Activated(id));
    }
}

fn activated(cloud: &mut Cloud, env: &mut Env<'_>, region: &str, id: &str) {
    let Some(cluster) = cloud.cloudhsmv2.cluster_mut(region, id) else {
        return;
    };
    if !cluster.enter(ClusterEvent::Activated) {
        return;
    }
    at(
        cloud,
        env.now + limits::BACKUP_INTERVAL,
        region,
        What::Daily(id.to_owned()),
    );
    if backups::start_of_any(cloud, env, region, id).is_some()
        && let Some(cluster) = cloud.cloudhsmv2.cluster_mut(region, id)
    {
        // From now on, new HSMs are created from the backups.
        cluster.image = None;
    }
}

fn cluster_deleted(cloud: &mut Cloud, env: &mut Env<'_>, region: &str, id: &str) {
    let Some(cluster) = cloud.cloudhsmv2.cluster_mut(region, id) else {
        return;
    };
    if !cluster.enter(ClusterEvent::DeleteFinished) {
        return;
    }
    let group = cluster.security_group.clone();
    network::delete_group(cloud, region, &group);
    let forgotten = env.now + limits::DELETED_CLUSTER_LISTED;
    at(
        cloud,
        forgotten,
        region,
        What::ClusterForgotten(id.to_owned()),
    );
}

fn cluster_forgotten(cloud: &mut Cloud, region: &str, id: &str) {
    let region = cloud.cloudhsmv2.region_mut(region);
    if let Some(cluster) = region.cluster(id) {
        let days = cluster.retention_days;
        region.retention_of_gone.insert(id.to_owned(), days);
        region.clusters.retain(|cluster| cluster.id != id);
    }
}

fn hsm_created(cloud: &mut Cloud, env: &mut Env<'_>, region: &str, cluster_id: &str, id: &str) {
    let Some(cluster) = cloud.cloudhsmv2.cluster_mut(region, cluster_id) else {
        return;
    };
    let Some(spec) = hsms::spec(cluster, id) else {
        return;
    };
    let Some(hsm) = cluster.hsm_mut(id) else {
        return;
    };
    let event = match std::mem::replace(&mut hsm.origin, Origin::Lost) {
        Origin::Empty => {
            env.fleet.create(&spec, env.now);
            HsmEvent::CreatedEmpty
        }
        Origin::Image(image) if env.fleet.restore(&spec, &image, env.now).is_ok() => {
            HsmEvent::CreatedFromBackup
        }
        Origin::Image(_) | Origin::Later | Origin::Lost => HsmEvent::CreationFailed,
    };
    if !hsm.enter(event) || hsm.state != HsmState::Active {
        return;
    }
    if let Ok(address) = hsm.ip.parse() {
        env.fleet.set_address(id, address);
    }
    if cluster.state == ClusterState::Uninitialized {
        cluster.identity = env.fleet.identity(id);
    }
    heal(cloud, region, cluster_id);
    faults::settle_reach(cloud, env, region);
    let Some(cluster) = cloud.cloudhsmv2.cluster_mut(region, cluster_id) else {
        return;
    };
    let restored = cluster.source_backup_id.is_some();
    if restored && cluster.enter(ClusterEvent::RestoredHsmActive) {
        let daily = What::Daily(cluster_id.to_owned());
        at(cloud, env.now + limits::BACKUP_INTERVAL, region, daily);
    }
}

fn hsm_deleted(cloud: &mut Cloud, region: &str, cluster_id: &str, id: &str) {
    let Some(cluster) = cloud.cloudhsmv2.cluster_mut(region, cluster_id) else {
        return;
    };
    let Some(hsm) = cluster.hsm_mut(id) else {
        return;
    };
    if !hsm.enter(HsmEvent::DeleteFinished) {
        return;
    }
    let eni_id = hsm.eni_id.clone();
    cluster.hsms.retain(|hsm| hsm.id != id);
    network::delete_interface(cloud, region, &eni_id);
    heal(cloud, region, cluster_id);
}

/// Returns a degraded cluster to active if no HSM has failed or is being created.
pub(super) fn heal(cloud: &mut Cloud, region: &str, cluster_id: &str) {
    let Some(cluster) = cloud.cloudhsmv2.cluster_mut(region, cluster_id) else {
        return;
    };
    let well = |state| matches!(state, HsmState::Active | HsmState::DeleteInProgress);
    if cluster.state == ClusterState::Degraded && cluster.hsms.iter().all(|hsm| well(hsm.state)) {
        cluster.enter(ClusterEvent::HsmsHealthy);
    }
}

/// Makes the daily backup of a cluster and applies the retention policy to its backups. It
/// continues after the deletion of the cluster while backups are left that retention can expire.
fn daily(cloud: &mut Cloud, env: &mut Env<'_>, region: &str, id: &str) {
    if cloud.cloudhsmv2.cluster(region, id).is_some_and(|cluster| {
        matches!(cluster.state, ClusterState::Active | ClusterState::Degraded)
    }) {
        backups::start_of_any(cloud, env, region, id);
    }
    backups::purge(cloud, env, region, id);
    let part = cloud.cloudhsmv2.region_mut(region);
    let of_cluster = part
        .backups
        .values()
        .filter(|b| b.cluster_id == id && b.source.is_none());
    if part.cluster(id).is_some() || of_cluster.count() > 1 {
        at(
            cloud,
            env.now + limits::BACKUP_INTERVAL,
            region,
            What::Daily(id.to_owned()),
        );
    }
}

fn backup_made(cloud: &mut Cloud, env: &mut Env<'_>, region: &str, id: &str) {
    let part = cloud.cloudhsmv2.region_mut(region);
    let Some(backup) = part.backups.get_mut(id) else {
        return;
    };
    let event = match (&backup.image, &backup.source) {
        (None, _) => BackupEvent::Failed,
        (Some(_), Some(_)) => BackupEvent::Copied,
        (Some(_), None) => BackupEvent::Made,
    };
    backup.enter(event);
    let cluster_id = backup.cluster_id.clone();
    if backup.state == BackupState::Deleted {
        part.backups.remove(id);
        return;
    }
    backups::purge(cloud, env, region, &cluster_id);
}
