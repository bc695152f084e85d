//! Clusters: create, describe, initialize, modify, delete.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::error::{Invalid, Limit, Mismatch, Missing, Refusal, WrongState};
use super::lifecycle::{self, BackupState, ClusterEvent, ClusterState};
use super::limits::{self, HsmType, Mode, NetworkType};
use super::network::Place;
use super::paging::page;
use super::schedule::{self, What};
use super::shapes::{
    ClusterOnly, ClusterOut, CreateCluster, Describe, InitializeCluster, ModifyCluster, read,
};
use super::state::{Claim, Cluster};
use super::{Call, backups, filters, migration, network, permissions, tags};
use hsmlab_hsm::BackupImage;

/// The properties that a cluster takes from its source backup.
struct Source {
    backup_id: String,
    image: Option<Rc<BackupImage>>,
    cluster_certificate: Option<String>,
}

/// `CreateCluster`.
pub(super) fn create(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: CreateCluster = read(call.request.params)?;
    let given_tags = request.tag_list.unwrap_or_default();
    let hsm_type = HsmType::from_name(&request.hsm_type)
        .filter(|kind| kind.offered(call.env.now))
        .ok_or(Invalid::HsmTypeUnsupported)?;
    let mode = mode(hsm_type, request.mode)?;
    let policy = request.backup_retention_policy;
    let retention_days =
        policy.map_or(Ok(limits::DEFAULT_RETENTION_DAYS), |policy| policy.days())?;
    tags::check(&given_tags)?;
    let network_type = request.network_type.unwrap_or(NetworkType::Ipv4);

    let source = request.source_backup_id.as_deref();
    let source = source
        .map(|id| restorable(call, id, hsm_type, mode))
        .transpose()?;
    let places = places(call, &request.subnet_ids, network_type)?;
    permissions::for_cluster(call)?;
    permissions::for_tags(call, !given_tags.is_empty())?;
    let clusters = &call.region_mut().clusters;
    let counted = clusters
        .iter()
        .filter(|cluster| cluster.state != ClusterState::Deleted);
    if counted.count() >= limits::CLUSTERS_PER_REGION {
        return Err(Limit::Clusters.into());
    }
    permissions::linked_role(call)?;

    let region = call.request.region;
    let id = call.env.ids.cloudhsm("cluster");
    let vpc_id = places
        .first()
        .map(|place| place.vpc_id.clone())
        .unwrap_or_default();
    let security_group = network::ensure_group(&mut call.parts, call.env, region, &vpc_id, &id)?;
    let event = match source {
        Some(_) => ClusterEvent::CreatedFromBackup,
        None => ClusterEvent::Created,
    };
    let until = call.env.now
        + lifecycle::duration(lifecycle::CLUSTER, ClusterState::CreateInProgress, event);
    let (source_backup_id, image, cluster_certificate) = match source {
        Some(source) => (
            Some(source.backup_id),
            source.image,
            source.cluster_certificate,
        ),
        None => (None, None, None),
    };
    let cluster = Cluster {
        id: id.clone(),
        state: ClusterState::CreateInProgress,
        state_message: None,
        until: Some(until),
        created_at: call.env.now,
        hsm_type,
        mode,
        network_type,
        retention_days,
        vpc_id,
        security_group,
        subnets: places
            .into_iter()
            .map(|place| (place.zone, place.subnet_id))
            .collect(),
        hsms: Vec::new(),
        tags: given_tags,
        source_backup_id,
        cluster_certificate,
        identity: None,
        claim: None,
        image,
        key_sync_due: false,
        migration: None,
    };
    let answer = json!({ "Cluster": ClusterOut::from(&cluster) });
    call.region_mut().clusters.push(cluster);
    schedule::at(&mut call.parts, until, region, What::ClusterCreated(id));
    Ok(answer)
}

/// The mode of a new cluster. hsm1.medium supports only FIPS mode; all other types require a mode
/// (User Guide, create a cluster).
fn mode(hsm_type: HsmType, given: Option<Mode>) -> Result<Mode, Invalid> {
    match (hsm_type, given) {
        (HsmType::Hsm1Medium, None) => Ok(Mode::Fips),
        (HsmType::Hsm1Medium, Some(Mode::NonFips)) => Err(Invalid::ModeUnsupported {
            hsm_type: hsm_type.name(),
        }),
        (_, Some(mode)) => Ok(mode),
        (HsmType::Hsm2mMedium, None) => Err(Invalid::ModeRequired),
    }
}

/// Resolves the subnets of a new cluster. They must exist, be in one VPC and in different zones,
/// and have IPv6 if the cluster is dual-stack.
fn places(
    call: &Call<'_, '_>,
    ids: &[String],
    network_type: NetworkType,
) -> Result<Vec<Place>, Mismatch> {
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    let mut vpc_id: Option<String> = None;
    for id in ids {
        let place = network::subnet(&call.parts, call.request.region, id);
        let place = place.ok_or_else(|| Mismatch::SubnetUnknown(id.clone()))?;
        if vpc_id.get_or_insert_with(|| place.vpc_id.clone()) != &place.vpc_id {
            return Err(Mismatch::SubnetsOfSeveralVpcs);
        }
        if places.contains_key(&place.zone) {
            return Err(Mismatch::SubnetsOfOneZone(place.zone));
        }
        if network_type == NetworkType::Dualstack && !place.has_ipv6 {
            return Err(Mismatch::SubnetWithoutIpv6(place.subnet_id));
        }
        places.insert(place.zone.clone(), place);
    }
    Ok(places.into_values().collect())
}

/// The source backup of a new cluster, by id or ARN. It must exist, be ready, have the same mode
/// and be of a type that can be restored.
fn restorable(
    call: &mut Call<'_, '_>,
    given: &str,
    hsm_type: HsmType,
    mode: Mode,
) -> Result<Source, Refusal> {
    let arn_start = limits::arn(call.request.region, "backup", "");
    let id = given.strip_prefix(&arn_start).unwrap_or(given);
    let backup = call.region_mut().backups.get(id);
    let backup = backup.ok_or_else(|| Missing::Backup(given.to_owned()))?;
    let backup_id = backup.id.clone();
    if backup.state != BackupState::Ready {
        return Err(WrongState::Backup {
            backup_id,
            state: backup.state,
        }
        .into());
    }
    if backup.mode != mode {
        return Err(Mismatch::BackupMode {
            backup_id,
            mode: backup.mode.name(),
        }
        .into());
    }
    if !backup.hsm_type.restores_on(hsm_type) {
        let hsm_type = backup.hsm_type.name();
        return Err(Mismatch::BackupType {
            backup_id,
            hsm_type,
        }
        .into());
    }
    let (image, cluster_certificate) = (backup.image.clone(), backup.cluster_certificate.clone());
    Ok(Source {
        backup_id,
        image,
        cluster_certificate,
    })
}

/// The filter names of describe-clusters (API Reference, DescribeClusters).
const FILTERS: &[&str] = &["clusterIds", "vpcIds", "states"];

/// `DescribeClusters`: oldest first. An unknown id gives an empty list.
pub(super) fn describe(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: Describe = read(call.request.params)?;
    filters::check(&request.filters, FILTERS)?;
    let query = serde_json::to_string(&request).unwrap_or_default();
    let size = request.max_results.unwrap_or(limits::CLUSTERS_PER_PAGE);
    let size = size.min(limits::CLUSTERS_PER_PAGE);
    let clusters = &call.region_mut().clusters;
    let shown = clusters.iter().filter(|cluster| {
        filters::matches(&request.filters, "clusterIds", &cluster.id)
            && filters::matches(&request.filters, "vpcIds", &cluster.vpc_id)
            && filters::matches(&request.filters, "states", cluster.state.name())
    });
    let mut items: Vec<_> = shown
        .map(|cluster| {
            (
                format!("{:016x}{}", cluster.created_at.unix_ms(), cluster.id),
                cluster,
            )
        })
        .collect();
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    let (clusters, next) = page(items, false, &query, request.next_token.as_deref(), size)?;
    let clusters: Vec<_> = clusters.into_iter().map(ClusterOut::from).collect();
    let mut answer = json!({ "Clusters": clusters });
    if let (Some(next), Some(answer)) = (next, answer.as_object_mut()) {
        answer.insert("NextToken".into(), next.into());
    }
    Ok(answer)
}

/// `InitializeCluster`: faults of the certificates are refused immediately; the HSM installs the
/// certificates a little later.
pub(super) fn initialize(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: InitializeCluster = read(call.request.params)?;
    let id = request.cluster_id.as_str();
    let cluster = call.cluster_to_change(id)?;
    let hsm_id = cluster.active_hsms().next().map(|hsm| hsm.id.clone());
    let hsm_id = hsm_id.ok_or_else(|| WrongState::NoActiveHsm(id.to_owned()))?;
    let (signed, anchor) = (&request.signed_cert, &request.trust_anchor);
    call.env
        .fleet
        .check_claim(&hsm_id, signed, anchor, call.env.now)
        .map_err(Mismatch::Claim)?;

    let until = call.env.now
        + lifecycle::duration(
            lifecycle::CLUSTER,
            ClusterState::InitializeInProgress,
            ClusterEvent::Claimed,
        );
    let region = call.request.region;
    let unknown = || Missing::Cluster(id.to_owned());
    let cluster = call
        .parts
        .cloudhsmv2
        .cluster_mut(region, id)
        .ok_or_else(unknown)?;
    cluster.enter(ClusterEvent::ClaimSubmitted);
    cluster.until = Some(until);
    cluster.claim = Some(Claim {
        hsm_id,
        signed_certificate: request.signed_cert,
        trust_anchor: request.trust_anchor,
    });
    let answer = json!({ "State": cluster.state.name(), "StateMessage": cluster.state_message });
    schedule::at(
        &mut call.parts,
        until,
        region,
        What::ClaimDone(id.to_owned()),
    );
    Ok(answer)
}

/// `ModifyCluster`: changes the retention of backups, the type of the HSMs, or both.
pub(super) fn modify(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: ModifyCluster = read(call.request.params)?;
    let id = request.cluster_id.as_str();
    let days = request
        .backup_retention_policy
        .as_ref()
        .map(|policy| policy.days())
        .transpose()?;
    if days.is_none() && request.hsm_type.is_none() {
        return Err(Invalid::NothingToModify.into());
    }
    call.cluster_to_change(id)?;
    if let Some(hsm_type) = &request.hsm_type {
        migration::start(call, id, hsm_type)?;
    }
    let region = call.request.region;
    if let Some(days) = days {
        if let Some(cluster) = call.parts.cloudhsmv2.cluster_mut(region, id) {
            cluster.retention_days = days;
        }
        backups::purge(&mut call.parts, call.env, region, id);
    }
    let cluster = call.cluster(id)?;
    Ok(json!({ "Cluster": ClusterOut::from(cluster) }))
}

/// `DeleteCluster`. The cluster's security group is deleted too, unless something else uses it. The
/// backups stay.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: ClusterOnly = read(call.request.params)?;
    let id = request.cluster_id.as_str();
    let cluster = call.cluster_to_change(id)?;
    if !cluster.hsms.is_empty() {
        return Err(WrongState::HasHsms(id.to_owned()).into());
    }
    let until = call.env.now
        + lifecycle::duration(
            lifecycle::CLUSTER,
            ClusterState::DeleteInProgress,
            ClusterEvent::DeleteFinished,
        );
    let region = call.request.region;
    let unknown = || Missing::Cluster(id.to_owned());
    let cluster = call
        .parts
        .cloudhsmv2
        .cluster_mut(region, id)
        .ok_or_else(unknown)?;
    cluster.enter(ClusterEvent::DeleteRequested);
    cluster.until = Some(until);
    let answer = json!({ "Cluster": ClusterOut::from(&*cluster) });
    schedule::at(
        &mut call.parts,
        until,
        region,
        What::ClusterDeleted(id.to_owned()),
    );
    Ok(answer)
}
