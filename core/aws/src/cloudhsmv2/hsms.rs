//! HSMs: create-hsm and delete-hsm, and the origin of an HSM's interface and content.

use std::net::Ipv4Addr;
use std::rc::Rc;

use serde_json::{Value, json};

use super::error::{Fault, Invalid, Limit, Mismatch, Missing, Refusal, WrongState};
use super::lifecycle::{self, ClusterState, HsmEvent, HsmState};
use super::limits::{
    HSMS_PER_CLUSTER, HSMS_PER_REGION, HsmType, Mode, NetworkType, SNAPSHOT_DELAY,
};
use super::network::Wanted;
use super::schedule::{self, What};
use super::shapes::{CreateHsm, DeleteHsm, HsmOut, read};
use super::state::{Cluster, Hsm, Origin};
use super::{Call, Parts, backups, network, permissions};
use crate::request::Env;
use hsmlab_hsm::ApplianceSpec;
use hsmlab_sim::SimTime;

/// `CreateHsm`.
pub(super) fn create(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: CreateHsm = read(call.request.params)?;
    let ip = request.ip_address.as_deref().map(address).transpose()?;
    let region = call.request.region;
    let cluster_id = request.cluster_id.as_str();
    let zone = request.availability_zone.as_str();

    let cluster = call.cluster_to_change(cluster_id)?;
    let activated = matches!(cluster.state, ClusterState::Active | ClusterState::Degraded);
    if !activated && !cluster.hsms.is_empty() {
        return Err(WrongState::NotActivated(cluster_id.to_owned()).into());
    }
    let subnet_id = cluster
        .subnets
        .get(zone)
        .ok_or_else(|| Mismatch::ZoneNotInCluster {
            zone: zone.to_owned(),
            cluster_id: cluster_id.to_owned(),
        })?;
    if network::subnet(&call.parts, region, subnet_id).is_none() {
        return Err(Mismatch::SubnetUnknown(subnet_id.clone()).into());
    }
    let hsms_of_cluster = cluster.hsms.len();
    if ip.is_some() {
        network::check_address(&call.parts, region, subnet_id, ip)?;
    }
    permissions::for_hsm(call)?;
    if hsms_of_cluster >= HSMS_PER_CLUSTER {
        return Err(Limit::HsmsOfCluster.into());
    }
    let part = call.region_mut();
    if part.hsm_count() >= HSMS_PER_REGION {
        return Err(Limit::Hsms.into());
    }
    if !part.has_hardware(zone) {
        return Err(Fault::Capacity(zone.to_owned()).into());
    }
    let id = raise(&mut call.parts, call.env, region, cluster_id, zone, ip)?;
    let cluster = call.cluster(cluster_id)?;
    let hsm = cluster.hsm(&id).ok_or_else(|| missing(&id, cluster_id))?;
    Ok(json!({ "Hsm": HsmOut::new(cluster_id, hsm) }))
}

fn address(text: &str) -> Result<Ipv4Addr, Invalid> {
    text.parse()
        .map_err(|_| Invalid::IpAddressMalformed(text.to_owned()))
}

fn missing(selector: &str, cluster_id: &str) -> Missing {
    Missing::Hsm {
        selector: selector.to_owned(),
        cluster_id: cluster_id.to_owned(),
    }
}

/// The specification of an HSM's appliance.
pub(super) fn spec(cluster: &Cluster, hsm_id: &str) -> Option<ApplianceSpec> {
    let hsm = cluster.hsm(hsm_id)?;
    Some(ApplianceSpec {
        hsm_id: hsm_id.to_owned(),
        cluster_id: cluster.id.clone(),
        hsm_type: hsm.hsm_type.name().to_owned(),
        fips: cluster.mode == Mode::Fips,
    })
}

/// Starts the creation of an HSM in a zone of a cluster and returns its id. The interface is
/// created immediately, the content when the HSM becomes active. A refusal changes nothing.
pub(super) fn raise(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    cluster_id: &str,
    zone: &str,
    ip: Option<Ipv4Addr>,
) -> Result<String, Refusal> {
    let unknown = || Missing::Cluster(cluster_id.to_owned());
    let cluster = parts
        .cloudhsmv2
        .cluster(region, cluster_id)
        .ok_or_else(unknown)?;
    let hsm_type = cluster.hsm_type;
    let interface = attach(parts, env, region, cluster_id, zone, ip)?;
    let origin = origin(parts, region, cluster_id);
    let later = origin == Origin::Later;
    let event = match origin {
        Origin::Empty => HsmEvent::CreatedEmpty,
        // A failed restore becomes visible only at the end of the restore time.
        Origin::Image(_) | Origin::Later | Origin::Lost => HsmEvent::CreatedFromBackup,
    };
    let until = env.now + lifecycle::duration(lifecycle::HSM, HsmState::CreateInProgress, event);
    let hsm = interface.into_hsm(zone, hsm_type, origin, until);
    let id = hsm.id.clone();
    if let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, cluster_id) {
        cluster.hsms.push(hsm);
    }
    let what = What::HsmCreated {
        cluster_id: cluster_id.to_owned(),
        hsm_id: id.clone(),
    };
    schedule::at(parts, until, region, what);
    if later {
        let what = What::Snapshot {
            cluster_id: cluster_id.to_owned(),
            hsm_id: id.clone(),
        };
        schedule::at(parts, env.now + SNAPSHOT_DELAY, region, what);
    }
    Ok(id)
}

/// The id and the interface of a new HSM.
pub(super) struct Attached {
    pub(super) hsm_id: String,
    subnet_id: String,
    interface: network::Interface,
}

impl Attached {
    /// Builds the HSM, in the state of being created.
    pub(super) fn into_hsm(
        self,
        zone: &str,
        hsm_type: HsmType,
        origin: Origin,
        until: SimTime,
    ) -> Hsm {
        Hsm {
            id: self.hsm_id,
            state: HsmState::CreateInProgress,
            state_message: None,
            until: Some(until),
            zone: zone.to_owned(),
            subnet_id: self.subnet_id,
            eni_id: self.interface.id,
            ip: self.interface.ip,
            ipv6: self.interface.ipv6,
            hsm_type,
            origin,
            cut: false,
        }
    }
}

/// Creates the interface of a new HSM, and the cluster's security group if it is missing.
pub(super) fn attach(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    cluster_id: &str,
    zone: &str,
    ip: Option<Ipv4Addr>,
) -> Result<Attached, Refusal> {
    let unknown = || Missing::Cluster(cluster_id.to_owned());
    let cluster = parts
        .cloudhsmv2
        .cluster(region, cluster_id)
        .ok_or_else(unknown)?;
    let no_subnet = || Mismatch::ZoneNotInCluster {
        zone: zone.to_owned(),
        cluster_id: cluster_id.to_owned(),
    };
    let subnet_id = cluster.subnets.get(zone).ok_or_else(no_subnet)?.clone();
    let ipv6 = cluster.network_type == NetworkType::Dualstack;
    let vpc_id = cluster.vpc_id.clone();
    let old_group = cluster.security_group.clone();
    network::check_address(parts, region, &subnet_id, ip)?;

    let group = if network::group_exists(parts, region, &old_group) {
        old_group.clone()
    } else {
        network::ensure_group(parts, env, region, &vpc_id, cluster_id)?
    };
    let hsm_id = env.ids.cloudhsm("hsm");
    let wanted = Wanted {
        hsm_id: &hsm_id,
        subnet_id: &subnet_id,
        group: &group,
        ip,
        ipv6,
    };
    let made = network::create_interface(parts, env, region, wanted);
    let interface = made.inspect_err(|_| {
        if group != old_group {
            network::delete_group(parts, region, &group);
        }
    })?;
    if let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, cluster_id) {
        cluster.security_group = group;
    }
    Ok(Attached {
        hsm_id,
        subnet_id,
        interface,
    })
}

/// The origin of a cluster's next HSM. The first HSM is empty; before activation the only image is
/// the one taken when the cluster was claimed.
fn origin(parts: &Parts<'_>, region: &str, cluster_id: &str) -> Origin {
    let Some(cluster) = parts.cloudhsmv2.cluster(region, cluster_id) else {
        return Origin::Lost;
    };
    match cluster.state {
        ClusterState::Uninitialized | ClusterState::InitializeInProgress => Origin::Empty,
        ClusterState::Initialized => cluster.image.clone().map_or(Origin::Lost, Origin::Image),
        _ => Origin::Later,
    }
}

/// Takes the image for a new HSM (User Guide, add an HSM): a backup of an HSM in service, made now,
/// or the newest backup if none is in service. The image does not hold later changes: keys are
/// synchronized once the HSM is active, users are not.
pub(super) fn take_image(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    cluster_id: &str,
    hsm_id: &str,
) {
    let waits = |hsm: &Hsm| hsm.state == HsmState::CreateInProgress && hsm.origin == Origin::Later;
    let cluster = parts.cloudhsmv2.cluster(region, cluster_id);
    if !cluster
        .and_then(|cluster| cluster.hsm(hsm_id))
        .is_some_and(waits)
    {
        return;
    }
    let image = backups::start_of_any(parts, env, region, cluster_id).or_else(|| {
        let part = parts.cloudhsmv2.region_mut(region);
        let newest = part.newest_backup(cluster_id);
        let newest = newest.and_then(|backup| backup.image.clone());
        newest.or_else(|| part.cluster(cluster_id)?.image.clone())
    });
    let cluster = parts.cloudhsmv2.cluster_mut(region, cluster_id);
    if let Some(hsm) = cluster.and_then(|cluster| cluster.hsm_mut(hsm_id)) {
        hsm.origin = image.map_or(Origin::Lost, Origin::Image);
    }
}

/// `DeleteHsm`.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: DeleteHsm = read(call.request.params)?;
    let selectors = [&request.hsm_id, &request.eni_id, &request.eni_ip];
    let given: Vec<&str> = selectors
        .iter()
        .filter_map(|given| given.as_deref())
        .collect();
    let [selector] = given[..] else {
        return Err(Invalid::HsmSelectors(given.len()).into());
    };

    let cluster_id = request.cluster_id.as_str();
    let cluster = call.cluster(cluster_id)?;
    let mut hsms = cluster.hsms.iter();
    let hsm = hsms.find(|hsm| match selectors {
        [Some(id), _, _] => hsm.id == *id,
        [_, Some(id), _] => hsm.eni_id == *id,
        _ => hsm.ip == selector,
    });
    let hsm = hsm.ok_or_else(|| missing(selector, cluster_id))?;
    call.cluster_to_change(cluster_id)?;
    if lifecycle::step(lifecycle::HSM, hsm.state, HsmEvent::DeleteRequested).is_none() {
        return Err(WrongState::Hsm {
            hsm_id: hsm.id.clone(),
            state: hsm.state,
        }
        .into());
    }
    let id = hsm.id.clone();
    permissions::for_hsm_deletion(call)?;
    remove(
        &mut call.parts,
        call.env,
        call.request.region,
        cluster_id,
        &id,
    );
    Ok(json!({ "HsmId": id }))
}

/// Starts the deletion of an HSM. If the cluster is in use, the content of the HSM is backed up
/// first. The appliance is destroyed immediately, so that the backup holds everything that the
/// appliance has acknowledged.
pub(super) fn remove(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    cluster_id: &str,
    id: &str,
) {
    let Some(cluster) = parts.cloudhsmv2.cluster(region, cluster_id) else {
        return;
    };
    let in_service = cluster
        .hsm(id)
        .is_some_and(|hsm| hsm.state == HsmState::Active);
    match cluster.state {
        ClusterState::Active | ClusterState::Degraded if in_service => {
            backups::start(parts, env, region, cluster_id, id);
        }
        ClusterState::Initialized if in_service => {
            // Guess: the documentation does not say what happens to a claimed cluster that loses
            // its only HSM before activation; it stays claimed.
            let image = env.fleet.backup(id, env.now).map(Rc::new);
            if let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, cluster_id) {
                cluster.image = image.or(cluster.image.take());
            }
        }
        _ => {}
    }
    let gone = env.now
        + lifecycle::duration(
            lifecycle::HSM,
            HsmState::DeleteInProgress,
            HsmEvent::DeleteFinished,
        );
    let Some(cluster) = parts.cloudhsmv2.cluster_mut(region, cluster_id) else {
        return;
    };
    let Some(hsm) = cluster.hsm_mut(id) else {
        return;
    };
    if !hsm.enter(HsmEvent::DeleteRequested) {
        return;
    }
    hsm.until = Some(gone);
    if in_service {
        // The next first HSM has a new key pair and CSR.
        cluster.identity = None;
    }
    env.fleet.destroy(id);
    let what = What::HsmDeleted {
        cluster_id: cluster_id.to_owned(),
        hsm_id: id.to_owned(),
    };
    schedule::at(parts, gone, region, what);
    parts.cloudhsmv2.heal(region, cluster_id);
}
