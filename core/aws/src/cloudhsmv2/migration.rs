//! The change of a cluster's HSM type from hsm1.medium to hsm2m.medium, one HSM after the other,
//! and the rollback (User Guide, migrate from hsm1.medium to hsm2m.medium).

use std::rc::Rc;

use super::error::{Invalid, Mismatch, Refusal, WrongState};
use super::lifecycle::{self, ClusterEvent, ClusterState, HsmEvent, HsmState};
use super::limits::{self, HsmType};
use super::schedule::{self, What};
use super::state::{Hsm, Migration, Origin};
use super::{Call, Parts, backups, hsms, network};
use crate::request::Env;
use hsmlab_hsm::BackupImage;
use hsmlab_sim::SimDuration;

/// The time per HSM.
fn step_time() -> SimDuration {
    lifecycle::duration(
        lifecycle::CLUSTER,
        ClusterState::ModifyInProgress,
        ClusterEvent::MigrationFinished,
    )
}

/// Starts the change to another type, or the rollback to the old one.
pub(super) fn start(call: &mut Call<'_, '_>, id: &str, wanted: &str) -> Result<(), Refusal> {
    let cluster = call.cluster(id)?;
    let to = HsmType::from_name(wanted)
        .filter(|kind| *kind == HsmType::Hsm1Medium || kind.offered(call.env.now))
        .ok_or(Invalid::HsmTypeUnsupported)?;
    if cluster
        .migration
        .as_ref()
        .is_some_and(|migration| migration.from == to)
    {
        return start_return(call, id);
    }
    let from = cluster.hsm_type;
    if cluster.state != ClusterState::Active {
        return Err(WrongState::Cluster {
            cluster_id: id.to_owned(),
            state: cluster.state,
        }
        .into());
    }
    if (from, to) != (HsmType::Hsm1Medium, HsmType::Hsm2mMedium) {
        let to = wanted.to_owned();
        return Err(Mismatch::MigrationImpossible {
            from: from.name(),
            to,
        }
        .into());
    }
    if cluster.hsms.len() > limits::HSMS_FOR_MIGRATION {
        return Err(Mismatch::MigrationTooLarge(id.to_owned()).into());
    }
    all_active(&cluster.hsms)?;
    let region = call.request.region;
    let image = backups::start_of_any(&mut call.parts, call.env, region, id);
    let image = image.ok_or_else(|| Mismatch::MigrationWithoutHsms(id.to_owned()))?;
    let rollback_until = call.env.now + limits::ROLLBACK_WINDOW;
    begin(
        &mut call.parts,
        call.env,
        region,
        id,
        ClusterEvent::MigrationStarted,
        to,
    );
    if let Some(cluster) = call.parts.cloudhsmv2.cluster_mut(region, id) {
        cluster.migration = Some(Migration {
            from,
            rollback_until,
            image,
        });
    }
    schedule::at(
        &mut call.parts,
        rollback_until,
        region,
        What::RollbackWindowOver(id.to_owned()),
    );
    Ok(())
}

fn start_return(call: &mut Call<'_, '_>, id: &str) -> Result<(), Refusal> {
    let cluster = call.cluster(id)?;
    let Some(migration) = &cluster.migration else {
        return Ok(());
    };
    let (to, state) = (migration.from, cluster.state);
    if lifecycle::step(lifecycle::CLUSTER, state, ClusterEvent::RollbackStarted).is_none() {
        return Err(WrongState::Cluster {
            cluster_id: id.to_owned(),
            state,
        }
        .into());
    }
    all_active(&cluster.hsms)?;
    begin(
        &mut call.parts,
        call.env,
        call.request.region,
        id,
        ClusterEvent::RollbackStarted,
        to,
    );
    Ok(())
}

fn all_active(hsms: &[Hsm]) -> Result<(), WrongState> {
    match hsms.iter().find(|hsm| hsm.state != HsmState::Active) {
        Some(hsm) => Err(WrongState::Hsm {
            hsm_id: hsm.id.clone(),
            state: hsm.state,
        }),
        None => Ok(()),
    }
}

/// Starts the transition of a cluster to the type `to`.
fn begin(
    parts: &mut Parts<'_>,
    env: &Env<'_>,
    region: &str,
    id: &str,
    event: ClusterEvent,
    to: HsmType,
) {
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, id) else {
        return;
    };
    if !cluster.enter(event) {
        return;
    }
    cluster.hsm_type = to;
    let mut steps = SimDuration::ZERO;
    for hsm in &mut cluster.hsms {
        if hsm.hsm_type != to {
            steps = steps + step_time();
            hsm.until = Some(env.now + steps);
        } else {
            hsm.until = None;
        }
    }
    cluster.until = Some(env.now + steps);
    // A rollback replaces the scheduled steps of the change that it ends.
    let step = schedule::Event {
        region: region.to_owned(),
        what: What::TypeChanged(id.to_owned()),
    };
    parts.cloudhsmv2.schedule.cancel(|event| *event == step);
    let first = if steps == SimDuration::ZERO {
        steps
    } else {
        step_time()
    };
    schedule::at(
        parts,
        env.now + first,
        region,
        What::TypeChanged(id.to_owned()),
    );
}

/// Changes the next HSM, or ends the change if all HSMs have the new type.
pub(super) fn advance(parts: &mut Parts<'_>, env: &mut Env<'_>, region: &str, id: &str) {
    let Some(cluster) = parts.cloudhsmv2.cluster(region, id) else {
        return;
    };
    let returning = cluster.state == ClusterState::RollbackInProgress;
    let to = cluster.hsm_type;
    let next = cluster
        .hsms
        .iter()
        .find(|hsm| hsm.hsm_type != to)
        .map(|hsm| hsm.id.clone());
    if let Some(old) = next {
        let before = cluster
            .migration
            .as_ref()
            .map(|migration| migration.image.clone());
        let image = match before {
            // A rollback loses all changes that were made after the migration.
            Some(image) if returning => Some(image),
            _ => backups::start(parts, env, region, id, &old),
        };
        let changed = image.is_some_and(|image| swap(parts, env, region, id, &old, &image));
        if !changed && !returning {
            // The service rolls back automatically if an HSM cannot be changed.
            let from = parts
                .cloudhsmv2
                .cluster(region, id)
                .and_then(|c| c.migration.as_ref());
            if let Some(from) = from.map(|migration| migration.from) {
                begin(parts, env, region, id, ClusterEvent::RollbackStarted, from);
            }
            return;
        }
        if !changed {
            give_up(parts, env, region, id, &old, to);
        }
    }
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, id) else {
        return;
    };
    if cluster.hsms.iter().any(|hsm| hsm.hsm_type != to) {
        schedule::at(
            parts,
            env.now + step_time(),
            region,
            What::TypeChanged(id.to_owned()),
        );
    } else if returning {
        cluster.enter(ClusterEvent::RollbackFinished);
        cluster.migration = None;
    } else {
        cluster.enter(ClusterEvent::MigrationFinished);
    }
}

/// Replaces `old` by an HSM of the cluster's type: another id and interface, the same address.
fn swap(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    id: &str,
    old: &str,
    image: &Rc<BackupImage>,
) -> bool {
    let Some(cluster) = parts.cloudhsmv2.cluster(region, id) else {
        return false;
    };
    let (to, Some(hsm)) = (cluster.hsm_type, cluster.hsm(old)) else {
        return false;
    };
    let (zone, ip, eni_id) = (hsm.zone.clone(), hsm.ip.parse().ok(), hsm.eni_id.clone());
    network::delete_interface(parts, region, &eni_id);
    let Ok(attached) = hsms::attach(parts, env, region, id, &zone, ip) else {
        return false;
    };
    let mut new = attached.into_hsm(&zone, to, Origin::Lost, env.now);
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, id) else {
        return false;
    };
    let new_id = new.id.clone();
    let Some(place) = cluster.hsms.iter().position(|hsm| hsm.id == old) else {
        return false;
    };
    cluster.hsms.insert(place, new.clone());
    let restored = hsms::spec(cluster, &new_id)
        .is_some_and(|spec| env.fleet.restore(&spec, image, env.now).is_ok());
    if !restored {
        // The old HSM continues, behind the new interface.
        cluster.hsms.retain(|hsm| hsm.id != new_id);
        if let Some(hsm) = cluster.hsm_mut(old) {
            hsm.eni_id = new.eni_id;
            hsm.ipv6 = new.ipv6;
        }
        return false;
    }
    if let Ok(address) = new.ip.parse() {
        env.fleet.set_address(&new_id, address);
    }
    new.enter(HsmEvent::CreatedFromBackup);
    if let Some(slot) = cluster.hsm_mut(&new_id) {
        *slot = new;
    }
    cluster.hsms.retain(|hsm| hsm.id != old);
    env.fleet.destroy(old);
    true
}

/// Marks an HSM that cannot be changed back as failed.
fn give_up(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    id: &str,
    old: &str,
    to: HsmType,
) {
    env.fleet.destroy(old);
    let cluster = parts.cloudhsmv2.cluster_mut(region, id);
    if let Some(hsm) = cluster.and_then(|cluster| cluster.hsm_mut(old)) {
        hsm.hsm_type = to;
        hsm.enter(HsmEvent::Failed);
    }
}

/// Ends the period in which the change can be rolled back.
pub(super) fn window_over(parts: &mut Parts<'_>, region: &str, id: &str) {
    if let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, id)
        && cluster.state != ClusterState::RollbackInProgress
    {
        cluster.migration = None;
    }
}
