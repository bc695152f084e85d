//! The effects of scheduled events.

use std::rc::Rc;

use super::lifecycle::{
    self, BackupEvent, BackupState, ClusterEvent, ClusterState, HsmEvent, HsmState,
};
use super::schedule::{What, at};
use super::state::{Claim, Origin};
use super::{Parts, backups, faults, hsms, limits, migration, network, sync};
use crate::request::Env;
use hsmlab_hsm::Notice;
use hsmlab_sim::SimTime;

/// Runs what is due: first the notices of the appliances, then the scheduled events.
pub fn advance(parts: &mut Parts<'_>, env: &mut Env<'_>) {
    for notice in env.fleet.take_notices() {
        let Notice::Activated { hsm_id, at: when } = notice;
        activation_reported(parts, env, &hsm_id, when);
    }
    while let Some((_, event)) = parts.cloudhsmv2.schedule.pop_due(env.now) {
        happen(parts, env, &event.region, event.what);
    }
    sync::watch(parts, env);
}

fn happen(parts: &mut Parts<'_>, env: &mut Env<'_>, region: &str, what: What) {
    match what {
        What::ClusterCreated(id) => cluster_created(parts, region, &id),
        What::ClaimDone(id) => claim_done(parts, env, region, &id),
        What::Activated(id) => activated(parts, env, region, &id),
        What::ClusterDeleted(id) => cluster_deleted(parts, env, region, &id),
        What::ClusterForgotten(id) => cluster_forgotten(parts, region, &id),
        What::HsmCreated { cluster_id, hsm_id } => {
            hsm_created(parts, env, region, &cluster_id, &hsm_id);
        }
        What::Snapshot { cluster_id, hsm_id } => {
            hsms::take_image(parts, env, region, &cluster_id, &hsm_id);
        }
        What::KeysSynchronised(id) => sync::run(parts, env, region, &id),
        What::HsmDeleted { cluster_id, hsm_id } => {
            hsm_deleted(parts, region, &cluster_id, &hsm_id);
        }
        What::HsmReplaced {
            cluster_id, hsm_id, ..
        } => {
            faults::replace(parts, env, region, &cluster_id, &hsm_id);
        }
        What::TypeChanged(id) => migration::advance(parts, env, region, &id),
        What::RollbackWindowOver(id) => migration::window_over(parts, region, &id),
        What::HsmMaintained { cluster_id, hsm_id } => {
            faults::maintain(parts, env, region, &cluster_id, &hsm_id);
        }
        What::MaintenanceDone(id) => {
            if let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, &id)
                && cluster.enter(ClusterEvent::MaintenanceFinished)
                && cluster
                    .hsms
                    .iter()
                    .any(|hsm| hsm.state == HsmState::Degraded)
            {
                cluster.enter(ClusterEvent::HsmFailed);
            }
        }
        What::Daily(id) => daily(parts, env, region, &id),
        What::BackupMade(id) => backup_made(parts, env, region, &id),
        What::BackupDeleted(id) => {
            let region = parts.cloudhsmv2.region_mut(region);
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

fn cluster_created(parts: &mut Parts<'_>, region: &str, id: &str) {
    if let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, id) {
        let event = match cluster.source_backup_id {
            Some(_) => ClusterEvent::CreatedFromBackup,
            None => ClusterEvent::Created,
        };
        cluster.enter(event);
    }
}

fn claim_done(parts: &mut Parts<'_>, env: &mut Env<'_>, region: &str, id: &str) {
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, id) else {
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
fn activation_reported(parts: &mut Parts<'_>, env: &mut Env<'_>, hsm_id: &str, when: SimTime) {
    let delay = lifecycle::duration(
        lifecycle::CLUSTER,
        ClusterState::Initialized,
        ClusterEvent::Activated,
    );
    let mut scheduled = None;
    for (name, region) in &mut parts.cloudhsmv2.regions {
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
        at(parts, when + delay, &region, What::Activated(id));
    }
}

fn activated(parts: &mut Parts<'_>, env: &mut Env<'_>, region: &str, id: &str) {
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, id) else {
        return;
    };
    if !cluster.enter(ClusterEvent::Activated) {
        return;
    }
    at(
        parts,
        env.now + limits::BACKUP_INTERVAL,
        region,
        What::Daily(id.to_owned()),
    );
    if backups::start_of_any(parts, env, region, id).is_some()
        && let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, id)
    {
        // From now on, new HSMs are created from the backups.
        cluster.image = None;
    }
}

fn cluster_deleted(parts: &mut Parts<'_>, env: &mut Env<'_>, region: &str, id: &str) {
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, id) else {
        return;
    };
    if !cluster.enter(ClusterEvent::DeleteFinished) {
        return;
    }
    let group = cluster.security_group.clone();
    network::delete_group(parts, region, &group);
    let forgotten = env.now + limits::DELETED_CLUSTER_LISTED;
    at(
        parts,
        forgotten,
        region,
        What::ClusterForgotten(id.to_owned()),
    );
}

fn cluster_forgotten(parts: &mut Parts<'_>, region: &str, id: &str) {
    let region = parts.cloudhsmv2.region_mut(region);
    if let Some(cluster) = region.cluster(id) {
        let days = cluster.retention_days;
        region.retention_of_gone.insert(id.to_owned(), days);
        region.clusters.retain(|cluster| cluster.id != id);
    }
}

fn hsm_created(parts: &mut Parts<'_>, env: &mut Env<'_>, region: &str, cluster_id: &str, id: &str) {
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, cluster_id) else {
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
    parts.cloudhsmv2.heal(region, cluster_id);
    faults::settle_reach(parts, env, region);
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, cluster_id) else {
        return;
    };
    let restored = cluster.source_backup_id.is_some();
    if restored && cluster.enter(ClusterEvent::RestoredHsmActive) {
        let daily = What::Daily(cluster_id.to_owned());
        at(parts, env.now + limits::BACKUP_INTERVAL, region, daily);
    }
}

fn hsm_deleted(parts: &mut Parts<'_>, region: &str, cluster_id: &str, id: &str) {
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, cluster_id) else {
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
    network::delete_interface(parts, region, &eni_id);
    parts.cloudhsmv2.heal(region, cluster_id);
}

/// Makes the daily backup of a cluster and applies the retention policy to its backups. It
/// continues after the deletion of the cluster while backups are left that retention can expire.
fn daily(parts: &mut Parts<'_>, env: &mut Env<'_>, region: &str, id: &str) {
    if parts.cloudhsmv2.cluster(region, id).is_some_and(|cluster| {
        matches!(cluster.state, ClusterState::Active | ClusterState::Degraded)
    }) {
        backups::start_of_any(parts, env, region, id);
    }
    backups::purge(parts, env, region, id);
    let part = parts.cloudhsmv2.region_mut(region);
    let of_cluster = part
        .backups
        .values()
        .filter(|b| b.cluster_id == id && b.source.is_none());
    if part.cluster(id).is_some() || of_cluster.count() > 1 {
        at(
            parts,
            env.now + limits::BACKUP_INTERVAL,
            region,
            What::Daily(id.to_owned()),
        );
    }
}

fn backup_made(parts: &mut Parts<'_>, env: &mut Env<'_>, region: &str, id: &str) {
    let part = parts.cloudhsmv2.region_mut(region);
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
    backups::purge(parts, env, region, &cluster_id);
}
