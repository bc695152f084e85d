//! Backups: creation by the service, retention, copy, deletion and restore.

use std::rc::Rc;

use serde_json::{Value, json};

use super::error::{Missing, Refusal, Sharing, WrongState};
use super::lifecycle::{self, BackupEvent, BackupState};
use super::limits;
use super::paging::page;
use super::schedule::{self, Event, What};
use super::shapes::{
    BackupOnly, BackupOut, CopyBackupToRegion, Describe, DestinationBackup, ModifyBackupAttributes,
    read,
};
use super::state::{Backup, CopySource};
use super::{Call, Parts, filters, permissions, tags};
use crate::request::Env;
use hsmlab_api::regions::{Partition, enabled_region};
use hsmlab_hsm::BackupImage;
use hsmlab_sim::SimDuration;

/// Starts a backup of an HSM and returns its image, which is taken immediately.
pub(super) fn start(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    cluster_id: &str,
    hsm_id: &str,
) -> Option<Rc<BackupImage>> {
    let part = parts.cloudhsmv2.region_mut(region);
    let cluster = part.cluster(cluster_id)?;
    let hsm_type = cluster.hsm(hsm_id)?.hsm_type;
    let image = env.fleet.backup(hsm_id, env.now).map(Rc::new);
    let backup = Backup {
        id: env.ids.cloudhsm("backup"),
        state: BackupState::CreateInProgress,
        cluster_id: cluster_id.to_owned(),
        created_at: env.now,
        never_expires: false,
        source: None,
        delete_at: None,
        tags: Vec::new(),
        hsm_type,
        mode: cluster.mode,
        image: image.clone(),
        cluster_certificate: cluster.cluster_certificate.clone(),
        policy: None,
    };
    let made = lifecycle::duration(
        lifecycle::BACKUP,
        BackupState::CreateInProgress,
        BackupEvent::Made,
    );
    let what = What::BackupMade(backup.id.clone());
    part.backups.insert(backup.id.clone(), backup);
    schedule::at(parts, env.now + made, region, what);
    image
}

/// Starts a backup of a cluster from its oldest HSM in service; `None` if no HSM is in service.
pub(super) fn start_of_any(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    cluster_id: &str,
) -> Option<Rc<BackupImage>> {
    let cluster = parts.cloudhsmv2.cluster(region, cluster_id)?;
    let hsm_id = cluster.active_hsms().next()?.id.clone();
    start(parts, env, region, cluster_id, &hsm_id)
}

/// Expires backups that are older than the retention period of their cluster. The newest backup of
/// a cluster, copies and exempted backups are always kept (User Guide, configure backup retention).
pub(super) fn purge(parts: &mut Parts<'_>, env: &Env<'_>, region: &str, cluster_id: &str) {
    let part = parts.cloudhsmv2.region_mut(region);
    let days = part
        .cluster(cluster_id)
        .map(|cluster| cluster.retention_days);
    let days = days.or_else(|| part.retention_of_gone.get(cluster_id).copied());
    let Some(days) = days else { return };
    let retention = SimDuration::from_days(u64::from(days));
    let mut ready: Vec<_> = part
        .backups
        .values_mut()
        .filter(|b| b.cluster_id == cluster_id && b.source.is_none())
        .filter(|b| b.state == BackupState::Ready)
        .collect();
    ready.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    ready.pop();
    let mut ended = Vec::new();
    for backup in ready {
        let expired = backup.created_at + retention <= env.now;
        if expired && !backup.never_expires && backup.enter(BackupEvent::Expired) {
            backup.delete_at = Some(env.now + kept_while_pending());
            ended.push(backup.id.clone());
        }
    }
    for id in ended {
        schedule::at(
            parts,
            env.now + kept_while_pending(),
            region,
            What::BackupDeleted(id),
        );
    }
}

fn kept_while_pending() -> SimDuration {
    lifecycle::duration(
        lifecycle::BACKUP,
        BackupState::PendingDeletion,
        BackupEvent::DeleteFinished,
    )
}

/// The filter names of describe-backups (API Reference, DescribeBackups).
const FILTERS: &[&str] = &[
    "backupIds",
    "sourceBackupIds",
    "clusterIds",
    "states",
    "neverExpires",
];

/// `DescribeBackups`: newest first unless the request asks for the other order (the default order
/// is a best guess). No backup is ever shared with the account: the world has no other account.
pub(super) fn describe(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: Describe = read(call.request.params)?;
    filters::check(&request.filters, FILTERS)?;
    let query = serde_json::to_string(&request).unwrap_or_default();
    let size = request.max_results.unwrap_or(limits::BACKUPS_PER_PAGE);
    let size = size.min(limits::BACKUPS_PER_PAGE);
    let descending = !request.sort_ascending.unwrap_or(false);
    let own = !request.shared.unwrap_or(false);
    let region = call.request.region;
    let shown = call
        .region_mut()
        .backups
        .values()
        .filter(|backup| own && passes(&request, backup));
    let mut items: Vec<_> = shown
        .map(|backup| {
            (
                format!("{:016x}{}", backup.created_at.unix_ms(), backup.id),
                backup,
            )
        })
        .collect();
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    if descending {
        items.reverse();
    }
    let (backups, next) = page(
        items,
        descending,
        &query,
        request.next_token.as_deref(),
        size,
    )?;
    let backups: Vec<_> = backups
        .into_iter()
        .map(|b| BackupOut::new(region, b))
        .collect();
    let mut answer = json!({ "Backups": backups });
    if let (Some(next), Some(answer)) = (next, answer.as_object_mut()) {
        answer.insert("NextToken".into(), next.into());
    }
    Ok(answer)
}

fn passes(request: &Describe, backup: &Backup) -> bool {
    let given = &request.filters;
    let source = backup
        .source
        .as_ref()
        .map_or("", |source| &source.backup_id);
    // The value is case-insensitive: command-line users write both True and true.
    let never_expires = given.get("neverExpires").is_none_or(|wanted| {
        let own = backup.never_expires.to_string();
        wanted
            .iter()
            .any(|wanted| wanted.eq_ignore_ascii_case(&own))
    });
    filters::matches(given, "backupIds", &backup.id)
        && filters::matches(given, "sourceBackupIds", source)
        && filters::matches(given, "clusterIds", &backup.cluster_id)
        && filters::matches(given, "states", backup.state.name())
        && never_expires
}

/// The backup with that id, which must be in the state `wanted`.
fn of_state<'c>(
    call: &'c mut Call<'_, '_>,
    id: &str,
    wanted: BackupState,
) -> Result<&'c mut Backup, Refusal> {
    let backup = call.region_mut().backups.get_mut(id);
    let backup = backup.ok_or_else(|| Missing::Backup(id.to_owned()))?;
    if backup.state == wanted {
        return Ok(backup);
    }
    Err(WrongState::Backup {
        backup_id: id.to_owned(),
        state: backup.state,
    }
    .into())
}

/// `DeleteBackup`: the backup is deleted after seven days and can be restored until then.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: BackupOnly = read(call.request.params)?;
    let gone = call.env.now + kept_while_pending();
    let region = call.request.region;
    let backup = of_state(call, &request.backup_id, BackupState::Ready)?;
    backup.enter(BackupEvent::DeleteRequested);
    backup.delete_at = Some(gone);
    let answer = json!({ "Backup": BackupOut::new(region, backup) });
    schedule::at(
        &mut call.parts,
        gone,
        region,
        What::BackupDeleted(request.backup_id),
    );
    Ok(answer)
}

/// `RestoreBackup`: cancels a pending deletion.
pub(super) fn restore(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: BackupOnly = read(call.request.params)?;
    let region = call.request.region;
    let backup = of_state(call, &request.backup_id, BackupState::PendingDeletion)?;
    backup.enter(BackupEvent::Restored);
    backup.delete_at = None;
    let answer = json!({ "Backup": BackupOut::new(region, backup) });
    let end = Event {
        region: region.to_owned(),
        what: What::BackupDeleted(request.backup_id),
    };
    call.parts.cloudhsmv2.schedule.cancel(|event| *event == end);
    Ok(answer)
}

/// `ModifyBackupAttributes`.
pub(super) fn modify(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: ModifyBackupAttributes = read(call.request.params)?;
    let region = call.request.region;
    let backup = of_state(call, &request.backup_id, BackupState::Ready)?;
    backup.never_expires = request.never_expires;
    Ok(json!({ "Backup": BackupOut::new(region, backup) }))
}

/// `CopyBackupToRegion`: called in the region of the source.
pub(super) fn copy(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: CopyBackupToRegion = read(call.request.params)?;
    let (from, to) = (call.request.region, request.destination_region.as_str());
    let partition = Partition::of(to).ok_or_else(|| Sharing::RegionUnknown(to.to_owned()))?;
    if to == from {
        return Err(Sharing::RegionIsSource(to.to_owned()).into());
    }
    if Partition::of(from).is_some_and(|own| own != partition) {
        return Err(Sharing::RegionOfOtherPartition(to.to_owned()).into());
    }
    if enabled_region(to).is_none() {
        return Err(Sharing::RegionNotEnabled(to.to_owned()).into());
    }
    tags::check(request.tag_list.as_deref().unwrap_or_default())?;
    let now = call.env.now;
    let source = of_state(call, &request.backup_id, BackupState::Ready)?.clone();
    permissions::for_tags(call, request.tag_list.is_some())?;

    let id = call.env.ids.cloudhsm("backup");
    let copy = Backup {
        id: id.clone(),
        state: BackupState::CreateInProgress,
        never_expires: false,
        source: Some(CopySource {
            region: from.to_owned(),
            backup_id: source.id.clone(),
            cluster_id: source.cluster_id.clone(),
            copied_at: now,
        }),
        delete_at: None,
        tags: request.tag_list.unwrap_or_else(|| source.tags.clone()),
        policy: None,
        ..source.clone()
    };
    call.parts
        .cloudhsmv2
        .region_mut(to)
        .backups
        .insert(id.clone(), copy);
    let copied = lifecycle::duration(
        lifecycle::BACKUP,
        BackupState::CreateInProgress,
        BackupEvent::Copied,
    );
    schedule::at(&mut call.parts, now + copied, to, What::BackupMade(id));
    Ok(json!({ "DestinationBackup": DestinationBackup::new(from, &source) }))
}
