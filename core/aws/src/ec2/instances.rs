//! Instances: launch, describe, start, stop, reboot, terminate, attributes.

pub(super) mod attributes;
pub(super) mod launch;
pub(super) mod shape;

use serde::Deserialize;
use serde_json::{Value, json};

use super::compute::lifecycle::{self, InstanceState, checks_last};
use super::compute::{Compute, Instance};
use super::compute_error as refuse;
use super::error::Ec2Error;
use super::filters::{self, Attribute, Filter, Paging, many, one};
use super::service::{Call, Row, operation};
use super::{Region, tags};
use hsmlab_sim::SimTime;

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("DescribeInstances", &describe),
    operation!("DescribeInstanceStatus", &describe_status),
    operation!("StartInstances", &start),
    operation!("StopInstances", &stop),
    operation!("RebootInstances", &reboot),
    operation!("TerminateInstances", &terminate),
];

/// Formats an instant as EC2 does: whole seconds.
pub(super) fn timestamp(at: SimTime) -> Value {
    at.unix_seconds().into()
}

/// Checks instance ids: first their form, then their existence.
pub(super) fn check_ids(compute: &Compute, ids: &[String]) -> Result<(), Ec2Error> {
    for id in ids {
        let digits = id.strip_prefix("i-").unwrap_or_default();
        let hexadecimal = digits
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !hexadecimal || !matches!(digits.len(), 8 | 17) {
            return Err(refuse::instance_malformed(id));
        }
    }
    let unknown: Vec<String> = ids
        .iter()
        .filter(|id| compute.instance(id).is_none())
        .cloned()
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(refuse::instances_unknown(unknown))
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeRequest {
    instance_ids: Vec<String>,
    filters: Vec<Filter>,
    #[serde(flatten)]
    paging: Paging,
}

/// The filters of describe-instances for which the lab's instances have values.
const FILTERS: [&str; 46] = [
    "affinity",
    "architecture",
    "availability-zone",
    "block-device-mapping.delete-on-termination",
    "block-device-mapping.device-name",
    "block-device-mapping.volume-id",
    "client-token",
    "dns-name",
    "hypervisor",
    "iam-instance-profile.arn",
    "image-id",
    "instance-id",
    "instance-lifecycle",
    "instance-state-code",
    "instance-state-name",
    "instance-type",
    "instance.group-id",
    "instance.group-name",
    "ip-address",
    "key-name",
    "launch-index",
    "launch-time",
    "metadata-options.http-tokens",
    "monitoring-state",
    "network-interface.addresses.association.public-ip",
    "network-interface.addresses.private-ip-address",
    "network-interface.group-id",
    "network-interface.network-interface-id",
    "network-interface.subnet-id",
    "network-interface.vpc-id",
    "owner-id",
    "platform",
    "platform-details",
    "private-dns-name",
    "private-ip-address",
    "reason",
    "requester-id",
    "reservation-id",
    "root-device-name",
    "root-device-type",
    "source-dest-check",
    "state-reason-code",
    "subnet-id",
    "tenancy",
    "virtualization-type",
    "vpc-id",
];

/// An instance's values for a filter, taken from its describe answer.
fn attribute(region: &Region, instance: &Instance, shown: &Value, name: &str) -> Attribute {
    let text = |pointer: &str| match shown.pointer(pointer) {
        Some(Value::String(text)) => one(text),
        Some(Value::Null) | None => Vec::new(),
        Some(other) => one(other),
    };
    let interfaces = || region.network.interfaces_of(&instance.id);
    match name {
        "architecture" => text("/Architecture"),
        "availability-zone" => one(&instance.zone),
        "block-device-mapping.device-name" => {
            many(instance.volumes.iter().map(|each| &each.device_name))
        }
        "block-device-mapping.volume-id" => many(instance.volumes.iter().map(|each| &each.id)),
        "block-device-mapping.delete-on-termination" => many(
            instance
                .volumes
                .iter()
                .map(|each| each.delete_on_termination),
        ),
        "client-token" => one(&instance.client_token),
        "dns-name" => text("/PublicDnsName"),
        "hypervisor" => text("/Hypervisor"),
        "iam-instance-profile.arn" => many(&instance.iam_instance_profile),
        "image-id" => one(&instance.image_id),
        "instance-id" => one(&instance.id),
        "instance-state-code" => one(instance.state.code()),
        "instance-state-name" => one(instance.state.name()),
        "instance-type" => one(instance.instance_type),
        "instance.group-id" | "network-interface.group-id" => {
            many(interfaces().iter().flat_map(|each| each.groups.clone()))
        }
        "instance.group-name" => {
            let groups = interfaces().into_iter().flat_map(|each| &each.groups);
            many(groups.filter_map(|id| Some(&region.network.security_group(id)?.name)))
        }
        "ip-address" | "network-interface.addresses.association.public-ip" => {
            let public = interfaces()
                .into_iter()
                .filter_map(|each| each.public_ip.as_ref());
            many(public.map(|public| public.address))
        }
        "key-name" => many(&instance.key_name),
        "launch-index" => one(instance.launch_index),
        "launch-time" => one(instance.launched),
        "metadata-options.http-tokens" => one(&instance.options.metadata.http_tokens),
        "monitoring-state" => text("/Monitoring/State"),
        "network-interface.addresses.private-ip-address" => many(
            interfaces()
                .iter()
                .flat_map(|each| each.private_ips().collect::<Vec<_>>()),
        ),
        "network-interface.network-interface-id" => many(interfaces().iter().map(|each| &each.id)),
        "network-interface.subnet-id" => many(interfaces().iter().map(|each| &each.subnet_id)),
        "network-interface.vpc-id" => many(interfaces().iter().map(|each| &each.vpc_id)),
        "owner-id" => one(hsmlab_api::ACCOUNT_ID),
        "platform" => text("/Platform"),
        "platform-details" => text("/PlatformDetails"),
        "private-dns-name" => text("/PrivateDnsName"),
        "private-ip-address" => text("/PrivateIpAddress"),
        "reason" => text("/StateTransitionReason"),
        "reservation-id" => one(&instance.reservation_id),
        "root-device-name" => text("/RootDeviceName"),
        "root-device-type" => text("/RootDeviceType"),
        "source-dest-check" => text("/SourceDestCheck"),
        "state-reason-code" => text("/StateReason/Code"),
        "subnet-id" => text("/SubnetId"),
        "tenancy" => one(&instance.options.tenancy),
        "virtualization-type" => text("/VirtualizationType"),
        "vpc-id" => text("/VpcId"),
        _ => Vec::new(),
    }
}

fn describe(call: &mut Call<'_, '_>, request: &DescribeRequest) -> Result<Value, Ec2Error> {
    let region = &*call.region;
    filters::check_names(&request.filters, &FILTERS)?;
    check_ids(&region.compute, &request.instance_ids)?;
    let mut found: Vec<(&Instance, Value)> = Vec::new();
    for instance in region.compute.instances() {
        if !request.instance_ids.is_empty() && !request.instance_ids.contains(&instance.id) {
            continue;
        }
        let shown = shape::instance(region, instance);
        let own = filters::tags(region, &instance.id);
        if filters::passes(own, &request.filters, |name| {
            attribute(region, instance, &shown, name)
        }) {
            found.push((instance, shown));
        }
    }
    let order = |id: &str| {
        region
            .compute
            .instances()
            .position(|each| each.id == id)
            .unwrap_or(0)
    };
    let key = |each: &(&Instance, Value)| format!("{:08}", order(&each.0.id));
    let given = !request.instance_ids.is_empty();
    let (page, token) = filters::page(found, &request.paging, given, key)?;
    let mut reservations: Vec<(String, Vec<Value>)> = Vec::new();
    for (instance, shown) in page {
        match reservations.last_mut() {
            Some((id, list)) if *id == instance.reservation_id => list.push(shown),
            _ => reservations.push((instance.reservation_id.clone(), vec![shown])),
        }
    }
    let list: Vec<Value> = reservations
        .into_iter()
        .map(|(id, shown)| shape::reservation(&id, &shown))
        .collect();
    let mut answer = json!({ "Reservations": list });
    if let Some(token) = token {
        answer["NextToken"] = token.into();
    }
    Ok(answer)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct StatusRequest {
    instance_ids: Vec<String>,
    include_all_instances: bool,
    filters: Vec<Filter>,
    #[serde(flatten)]
    paging: Paging,
}

fn describe_status(call: &mut Call<'_, '_>, request: &StatusRequest) -> Result<Value, Ec2Error> {
    const STATUS_FILTERS: [&str; 8] = [
        "availability-zone",
        "instance-state-code",
        "instance-state-name",
        "instance-status.reachability",
        "instance-status.status",
        "system-status.reachability",
        "system-status.status",
        "event.code",
    ];
    let now = call.now();
    let region = &*call.region;
    filters::check_names(&request.filters, &STATUS_FILTERS)?;
    check_ids(&region.compute, &request.instance_ids)?;
    let mut found = Vec::new();
    for instance in region.compute.instances() {
        let running = instance.state == InstanceState::Running;
        let named = request.instance_ids.contains(&instance.id);
        if (!request.instance_ids.is_empty() && !named)
            || (!running && !request.include_all_instances)
        {
            continue;
        }
        let (status, reachability) = checks(instance, now);
        let own = filters::tags(region, &instance.id);
        let passes = filters::passes(own, &request.filters, |name| match name {
            "availability-zone" => one(&instance.zone),
            "instance-state-code" => one(instance.state.code()),
            "instance-state-name" => one(instance.state.name()),
            "instance-status.status" | "system-status.status" => one(status),
            "instance-status.reachability" | "system-status.reachability" => many(reachability),
            _ => Vec::new(),
        });
        if passes {
            found.push(shape::status(region, instance, status, reachability));
        }
    }
    let key = |each: &Value| each["InstanceId"].as_str().unwrap_or_default().to_owned();
    let given = !request.instance_ids.is_empty();
    let (page, token) = filters::page(found, &request.paging, given, key)?;
    let mut answer = json!({ "InstanceStatuses": page });
    if let Some(token) = token {
        answer["NextToken"] = token.into();
    }
    Ok(answer)
}

/// The status of both status checks at `now`.
fn checks(instance: &Instance, now: SimTime) -> (&'static str, Option<&'static str>) {
    if instance.state != InstanceState::Running {
        return ("not-applicable", None);
    }
    if now < instance.booted + checks_last(instance.platform) {
        ("initializing", Some("initializing"))
    } else {
        ("ok", Some("passed"))
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct IdsRequest {
    instance_ids: Vec<String>,
}

/// One row of the answer to start, stop and terminate.
fn change(id: &str, before: InstanceState, after: InstanceState) -> Value {
    let state = |state: InstanceState| json!({ "Code": state.code(), "Name": state.name() });
    json!({ "InstanceId": id, "CurrentState": state(after), "PreviousState": state(before) })
}

/// Moves an instance into a transient state.
fn enter(instance: &mut Instance, state: InstanceState, now: SimTime) {
    instance.state = state;
    let span = lifecycle::lasts(state, &instance.id, instance.platform);
    instance.until = span.map(|span| now + span);
}

fn start(call: &mut Call<'_, '_>, request: &IdsRequest) -> Result<Value, Ec2Error> {
    check_ids(&call.region.compute, &request.instance_ids)?;
    for id in &request.instance_ids {
        let state = call.region.compute.instance(id).map(|each| each.state);
        let startable = [
            InstanceState::Stopped,
            InstanceState::Running,
            InstanceState::Pending,
        ]
        .map(Some);
        if !startable.contains(&state) {
            return Err(refuse::state(id, "started"));
        }
    }
    let now = call.now();
    let Region {
        compute, network, ..
    } = &mut *call.region;
    let mut rows = Vec::new();
    for id in &request.instance_ids {
        let Some(instance) = compute.instance_mut(id) else {
            continue;
        };
        let before = instance.state;
        if before == InstanceState::Stopped {
            enter(instance, InstanceState::Pending, now);
            instance.launched = now;
            instance.state_reason = Some(("pending", "pending"));
            instance.transition_reason.clear();
            let bare = network
                .interface(&instance.interface_id)
                .is_some_and(|interface| interface.public_ip.is_none());
            if instance.auto_public_ip && bare {
                let address = network.next_public_ip();
                let public = hsmlab_net::PublicIp {
                    address,
                    allocation_id: None,
                    association_id: None,
                };
                network.set_public_ip(&instance.interface_id, Some(public))?;
            }
        }
        rows.push(change(id, before, instance.state));
    }
    Ok(json!({ "StartingInstances": rows }))
}

/// Formats `User initiated (2026-11-24 10:00:00 GMT)`.
fn user_initiated(now: SimTime) -> String {
    let text = now.to_string();
    let (date, time) = text.split_once('T').unwrap_or_default();
    format!(
        "User initiated ({date} {} GMT)",
        time.get(..8).unwrap_or_default()
    )
}

fn stop(call: &mut Call<'_, '_>, request: &IdsRequest) -> Result<Value, Ec2Error> {
    check_ids(&call.region.compute, &request.instance_ids)?;
    for id in &request.instance_ids {
        let Some(instance) = call.region.compute.instance(id) else {
            continue;
        };
        let stoppable = [
            InstanceState::Running,
            InstanceState::Stopping,
            InstanceState::Stopped,
        ];
        if !stoppable.contains(&instance.state) {
            return Err(refuse::state(id, "stopped"));
        }
        if instance.options.disable_api_stop {
            return Err(refuse::protected(id, "stopped", "disableApiStop"));
        }
    }
    let now = call.now();
    let Region {
        compute, network, ..
    } = &mut *call.region;
    let mut rows = Vec::new();
    for id in &request.instance_ids {
        let Some(instance) = compute.instance_mut(id) else {
            continue;
        };
        let before = instance.state;
        if before == InstanceState::Running {
            enter(instance, InstanceState::Stopping, now);
            network.set_host_running(id, false);
            instance.state_reason = Some((
                "Client.UserInitiatedShutdown",
                "Client.UserInitiatedShutdown: User initiated shutdown",
            ));
            instance.transition_reason = user_initiated(now);
        }
        rows.push(change(id, before, instance.state));
    }
    Ok(json!({ "StoppingInstances": rows }))
}

fn reboot(call: &mut Call<'_, '_>, request: &IdsRequest) -> Result<(), Ec2Error> {
    check_ids(&call.region.compute, &request.instance_ids)?;
    for id in &request.instance_ids {
        let state = call.region.compute.instance(id).map(|each| each.state);
        if state != Some(InstanceState::Running) {
            return Err(refuse::state(id, "rebooted"));
        }
    }
    let now = call.now();
    for id in &request.instance_ids {
        if let Some(instance) = call.region.compute.instance_mut(id) {
            instance.booted = now;
        }
    }
    Ok(())
}

fn terminate(call: &mut Call<'_, '_>, request: &IdsRequest) -> Result<Value, Ec2Error> {
    check_ids(&call.region.compute, &request.instance_ids)?;
    for id in &request.instance_ids {
        let held = call.region.compute.instance(id);
        if held.is_some_and(|each| each.options.disable_api_termination) {
            return Err(refuse::protected(id, "terminated", "disableApiTermination"));
        }
    }
    let now = call.now();
    let Region {
        compute, network, ..
    } = &mut *call.region;
    let mut rows = Vec::new();
    for id in &request.instance_ids {
        let Some(instance) = compute.instance_mut(id) else {
            continue;
        };
        let before = instance.state;
        if !matches!(
            before,
            InstanceState::ShuttingDown | InstanceState::Terminated
        ) {
            enter(instance, InstanceState::ShuttingDown, now);
            network.set_host_running(id, false);
            instance.state_reason = Some((
                "Client.UserInitiatedShutdown",
                "Client.UserInitiatedShutdown: User initiated shutdown",
            ));
            instance.transition_reason = user_initiated(now);
        }
        rows.push(change(id, before, instance.state));
    }
    Ok(json!({ "TerminatingInstances": rows }))
}

/// The tags of an instance in the form of answers.
fn tag_list(region: &Region, id: &str) -> Vec<tags::Tag> {
    tags::list(region, id)
}

#[cfg(test)]
mod tests;
