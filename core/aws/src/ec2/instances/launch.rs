//! `RunInstances`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::shape;
use crate::ec2::compute::images::{self, Image};
use crate::ec2::compute::lifecycle::{self, InstanceState};
use crate::ec2::compute::types::{self, InstanceType};
use crate::ec2::compute::{Instance, MetadataOptions, Options, Volume};
use crate::ec2::compute_error as refuse;
use crate::ec2::error::Ec2Error;
use crate::ec2::instance_profiles::{self, ProfileSpecification};
use crate::ec2::service::{Call, Row, operation};
use crate::ec2::tags::{self, TagSpecification};
use crate::ec2::{filters, parse};
use hsmlab_net::{InterfaceOwner, InterfaceSpec, Kind, NetError, Network, Subnet};
use hsmlab_sim::SimTime;

/// The operations of this file.
pub(in crate::ec2) const OPERATIONS: &[Row] = &[operation!("RunInstances", &run)];

/// The most virtual processors of all running instances of a region ("EC2 On-Demand instance
/// quotas": Standard instances). A new account starts with 5; AWS raises the quota automatically
/// with use.
const VCPUS_MAX: u32 = 32;

/// The most bytes of user data before base64 (`RunInstances`).
const USER_DATA_MAX: usize = 16384;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RunRequest {
    image_id: Option<String>,
    instance_type: Option<String>,
    min_count: Option<u64>,
    max_count: Option<u64>,
    key_name: Option<String>,
    subnet_id: Option<String>,
    security_group_ids: Vec<String>,
    security_groups: Vec<String>,
    private_ip_address: Option<String>,
    ipv6_address_count: Option<u64>,
    network_interfaces: Vec<InterfaceSpecification>,
    iam_instance_profile: Option<ProfileSpecification>,
    tag_specifications: Vec<TagSpecification>,
    block_device_mappings: Vec<BlockDeviceMapping>,
    user_data: Option<String>,
    client_token: Option<String>,
    placement: Placement,
    monitoring: Enabled,
    ebs_optimized: bool,
    disable_api_termination: bool,
    disable_api_stop: bool,
    instance_initiated_shutdown_behavior: Option<String>,
    metadata_options: MetadataRequest,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InterfaceSpecification {
    associate_public_ip_address: Option<bool>,
    delete_on_termination: Option<bool>,
    description: Option<String>,
    device_index: Option<u32>,
    groups: Vec<String>,
    ipv6_address_count: Option<u64>,
    network_interface_id: Option<String>,
    private_ip_address: Option<String>,
    subnet_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct BlockDeviceMapping {
    device_name: Option<String>,
    ebs: Option<Ebs>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Ebs {
    delete_on_termination: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Placement {
    availability_zone: Option<String>,
    tenancy: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Enabled {
    enabled: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct MetadataRequest {
    http_tokens: Option<String>,
    http_put_response_hop_limit: Option<u64>,
    http_endpoint: Option<String>,
    http_protocol_ipv6: Option<String>,
    instance_metadata_tags: Option<String>,
}

/// The resolved request.
struct Plan {
    image: &'static Image,
    image_id: String,
    kind: &'static InstanceType,
    count: u64,
    interfaces: Vec<PlannedInterface>,
}

/// One interface of each instance.
#[derive(Clone)]
struct PlannedInterface {
    existing: Option<String>,
    subnet_id: String,
    groups: Vec<String>,
    address: Option<Ipv4Addr>,
    public: bool,
    ipv6: bool,
    description: String,
    device_index: u32,
    delete_on_termination: bool,
}

fn run(call: &mut Call<'_, '_>, request: &RunRequest) -> Result<Value, Ec2Error> {
    if let Some(answer) = repeated(call, request) {
        return Ok(answer);
    }
    let plan = plan(call, request)?;
    let profile = match &request.iam_instance_profile {
        Some(given) => Some(instance_profiles::find(call, given)?),
        None => None,
    };
    let tags = split_tags(&request.tag_specifications)?;
    // All or nothing: the launch is first tried on a copy of the network.
    let mut network = call.region.network.clone();
    let reservation_id = call.env.ids.ec2("r");
    let mut made = Vec::new();
    for index in 0..plan.count {
        made.push(launch(
            call,
            &mut network,
            request,
            &plan,
            index,
            &reservation_id,
        )?);
    }
    call.region.network = network;
    let mut shown = Vec::new();
    for instance in made {
        put_tags(call, &instance, &tags);
        let id = instance.id.clone();
        call.region.compute.instances.push(instance);
        if let Some((arn, profile_id)) = &profile {
            instance_profiles::associate_new(call, &id, arn, profile_id);
        }
        if let Some(instance) = call.region.compute.instance(&id) {
            shown.push(shape::instance(call.region, instance));
        }
    }
    Ok(shape::reservation(&reservation_id, &shown))
}

/// The answer to a request with the client token of an earlier one: the instances of that launch.
fn repeated(call: &Call<'_, '_>, request: &RunRequest) -> Option<Value> {
    let token = request
        .client_token
        .as_ref()
        .filter(|token| !token.is_empty())?;
    let of_token = call
        .region
        .compute
        .instances()
        .filter(|each| each.client_token == *token);
    let earlier: Vec<&Instance> = of_token.collect();
    let id = earlier.first()?.reservation_id.clone();
    let shown: Vec<Value> = earlier
        .iter()
        .map(|each| shape::instance(call.region, each))
        .collect();
    Some(shape::reservation(&id, &shown))
}

fn plan(call: &Call<'_, '_>, request: &RunRequest) -> Result<Plan, Ec2Error> {
    let region = &call.region.network.region;
    let given = request
        .image_id
        .as_deref()
        .ok_or(Ec2Error::Missing("ImageId"))?;
    let image = find_image(region, given, call.now())?;
    let name = request.instance_type.as_deref().unwrap_or(types::DEFAULT);
    let kind = types::find(name).ok_or_else(|| refuse::type_unknown(name))?;
    if kind.architecture != image.architecture {
        return Err(refuse::architecture(kind.architecture, image.architecture));
    }
    if let Some(key) = &request.key_name
        && !call.region.compute.key_pairs.contains_key(key)
    {
        return Err(refuse::key_pair_unknown(key));
    }
    let (least, most) = (
        request.min_count.unwrap_or(1),
        request.max_count.unwrap_or(1),
    );
    if least < 1 {
        return Err(Ec2Error::value(
            least,
            "minCount",
            "The value must be at least 1.",
        ));
    }
    if most < least {
        let why = "The maximum count must not be less than the minimum count.";
        return Err(Ec2Error::value(most, "maxCount", why));
    }
    let count = affordable(call, kind, least, most)?;
    if let Some(data) = &request.user_data {
        let bytes = STANDARD.decode(data).map_err(|_| {
            Ec2Error::invalid(
                "Invalid BASE64 encoding of user data.",
                "Encode the user data as base64.",
            )
        })?;
        if bytes.len() > USER_DATA_MAX {
            return Err(refuse::user_data_long());
        }
    }
    let interfaces = plan_interfaces(call, request)?;
    if count > 1
        && interfaces
            .iter()
            .any(|each| each.address.is_some() || each.existing.is_some())
    {
        return Err(refuse::combination(
            "A private IP address or a network interface can be specified for only one instance",
        ));
    }
    Ok(Plan {
        image,
        image_id: image.id(region),
        kind,
        count,
        interfaces,
    })
}

/// The number of instances: as many as requested and as the quota allows.
fn affordable(
    call: &Call<'_, '_>,
    kind: &InstanceType,
    least: u64,
    most: u64,
) -> Result<u64, Ec2Error> {
    let live = call
        .region
        .compute
        .instances()
        .filter(|each| matches!(each.state, InstanceState::Pending | InstanceState::Running));
    let used: u32 = live
        .filter_map(|each| types::find(each.instance_type))
        .map(|each| each.vcpus)
        .sum();
    let room = u64::from(VCPUS_MAX.saturating_sub(used) / kind.vcpus.max(1));
    if room < least {
        Err(refuse::vcpu_limit(VCPUS_MAX))
    } else {
        Ok(most.min(room))
    }
}

fn find_image(region: &str, given: &str, now: SimTime) -> Result<&'static Image, Ec2Error> {
    if let Some(path) = given.strip_prefix("resolve:ssm:") {
        return images::of_parameter(path, now).ok_or_else(|| refuse::parameter_unresolved(path));
    }
    if !given.starts_with("ami-") {
        return Err(refuse::image_malformed(given));
    }
    images::find_published(region, given, now).ok_or_else(|| refuse::image_unknown(given))
}

fn plan_interfaces(
    call: &Call<'_, '_>,
    request: &RunRequest,
) -> Result<Vec<PlannedInterface>, Ec2Error> {
    if request.network_interfaces.is_empty() {
        let whole = InterfaceSpecification {
            groups: request.security_group_ids.clone(),
            subnet_id: request.subnet_id.clone(),
            private_ip_address: request.private_ip_address.clone(),
            ipv6_address_count: request.ipv6_address_count,
            ..InterfaceSpecification::default()
        };
        return Ok(vec![plan_interface(call, request, &whole, 0)?]);
    }
    if request.subnet_id.is_some() {
        return Err(refuse::combination(
            "Network interfaces and an instance-level subnet ID may not be specified on the same \
             request",
        ));
    }
    if !request.security_group_ids.is_empty() || !request.security_groups.is_empty() {
        return Err(refuse::combination(
            "Network interfaces and an instance-level security groups may not be specified on the \
             same request",
        ));
    }
    let mut planned = Vec::new();
    for (position, given) in (0_u32..).zip(&request.network_interfaces) {
        planned.push(plan_interface(call, request, given, position)?);
    }
    planned.sort_by_key(|each| each.device_index);
    if planned.first().is_none_or(|first| first.device_index != 0) {
        let message = "An interface at device index 0 is required";
        return Err(refuse::combination(message));
    }
    if planned.len() > 1 && planned.iter().any(|each| each.public) {
        return Err(refuse::combination(
            "The associatePublicIPAddress parameter cannot be specified when launching with multiple \
             network interfaces.",
        ));
    }
    Ok(planned)
}

fn plan_interface(
    call: &Call<'_, '_>,
    request: &RunRequest,
    given: &InterfaceSpecification,
    position: u32,
) -> Result<PlannedInterface, Ec2Error> {
    let network = call.network();
    let device_index = given.device_index.unwrap_or(position);
    if let Some(id) = &given.network_interface_id {
        filters::check_form(Kind::Interface, id)?;
        let interface = network.customers_interface(id)?;
        network.check_deletable(id)?;
        return Ok(PlannedInterface {
            existing: Some(id.clone()),
            subnet_id: interface.subnet_id.clone(),
            groups: Vec::new(),
            address: None,
            public: false,
            ipv6: false,
            description: String::new(),
            device_index,
            delete_on_termination: false,
        });
    }
    let subnet = subnet_of(network, request, given.subnet_id.as_deref())?;
    let groups = groups_of(network, request, given, subnet)?;
    let address = match &given.private_ip_address {
        Some(text) => Some(parse::ipv4_address(text, "privateIpAddress")?),
        None => None,
    };
    Ok(PlannedInterface {
        existing: None,
        subnet_id: subnet.id.clone(),
        groups,
        address,
        public: given
            .associate_public_ip_address
            .unwrap_or(subnet.map_public_ip_on_launch && request.network_interfaces.len() < 2),
        ipv6: given
            .ipv6_address_count
            .map_or(subnet.assign_ipv6_on_creation, |count| count > 0),
        description: given.description.clone().unwrap_or_default(),
        device_index,
        delete_on_termination: given.delete_on_termination.unwrap_or(true),
    })
}

/// The named subnet, or the default subnet of the zone, or of the first zone that has one.
fn subnet_of<'n>(
    network: &'n Network,
    request: &RunRequest,
    named: Option<&str>,
) -> Result<&'n Subnet, Ec2Error> {
    if let Some(id) = named {
        filters::check_form(Kind::Subnet, id)?;
        return Ok(network
            .subnet(id)
            .ok_or_else(|| NetError::not_found(Kind::Subnet, id))?);
    }
    let vpc = network.default_vpc().ok_or(Ec2Error::DefaultVpcMissing)?;
    let zone = request.placement.availability_zone.as_deref();
    if let Some(zone) = zone
        && !network.zones.iter().any(|each| each.name == zone)
    {
        return Err(Ec2Error::invalid(
            format!("Invalid availability zone: [{zone}]"),
            "List the zones of the region with describe-availability-zones.",
        ));
    }
    let mut defaults: Vec<&Subnet> = network
        .subnets
        .values()
        .filter(|each| each.vpc_id == vpc.id && each.default_for_zone)
        .filter(|each| zone.is_none_or(|zone| each.zone == zone))
        .collect();
    defaults.sort_by(|a, b| a.zone.cmp(&b.zone));
    defaults
        .first()
        .copied()
        .ok_or_else(|| refuse::no_default_subnet(&vpc.id))
}

/// The ids of the groups. Group names are allowed only without a subnet.
fn groups_of(
    network: &Network,
    request: &RunRequest,
    given: &InterfaceSpecification,
    subnet: &Subnet,
) -> Result<Vec<String>, Ec2Error> {
    for id in &given.groups {
        filters::check_form(Kind::SecurityGroup, id)?;
    }
    let mut groups = given.groups.clone();
    if !request.security_groups.is_empty() && given.subnet_id.is_some() {
        let message = "The parameter groupName cannot be used with the parameter subnet";
        return Err(refuse::combination(message));
    }
    for name in &request.security_groups {
        let mut all = network.security_groups.values();
        let found = all.find(|each| each.name == *name && each.vpc_id == subnet.vpc_id);
        let missing = || NetError::not_found(Kind::SecurityGroup, name);
        groups.push(found.ok_or_else(missing)?.id.clone());
    }
    Ok(groups)
}

fn launch(
    call: &mut Call<'_, '_>,
    network: &mut Network,
    request: &RunRequest,
    plan: &Plan,
    index: u64,
    reservation_id: &str,
) -> Result<Instance, Ec2Error> {
    let now = call.now();
    let id = call.env.ids.ec2("i");
    let mut primary = None;
    for planned in &plan.interfaces {
        let interface_id = match &planned.existing {
            Some(existing) => {
                adopt(call, network, existing, &id, planned)?;
                existing.clone()
            }
            None => {
                let public_ip = planned.public.then(|| network.next_public_ip());
                let spec = InterfaceSpec {
                    subnet_id: planned.subnet_id.clone(),
                    groups: planned.groups.clone(),
                    private_ip: planned.address,
                    ipv6: planned.ipv6,
                    description: planned.description.clone(),
                    owner: InterfaceOwner::Instance {
                        id: id.clone(),
                        device_index: planned.device_index,
                    },
                    public_ip,
                    now,
                };
                network.create_interface(call.env.ids, spec)?
            }
        };
        if let Some(attachment) = network
            .interfaces
            .get_mut(&interface_id)
            .and_then(|interface| interface.attachment.as_mut())
        {
            attachment.delete_on_termination = planned.delete_on_termination;
        }
        primary.get_or_insert((interface_id, planned));
    }
    network.set_host_running(&id, false);
    let (interface_id, planned) = primary.ok_or(Ec2Error::Missing("NetworkInterface"))?;
    let interface = network.interface(&interface_id);
    let zone = interface.map(|each| each.zone.clone()).unwrap_or_default();
    let state = InstanceState::Pending;
    Ok(Instance {
        until: lifecycle::lasts(state, &id, plan.image.platform).map(|span| now + span),
        id,
        state,
        interface_id,
        platform: plan.image.platform,
        key_name: request.key_name.clone(),
        iam_instance_profile: None,
        launched: now,
        image_id: plan.image_id.clone(),
        instance_type: plan.kind.name,
        zone,
        reservation_id: reservation_id.to_owned(),
        launch_index: index,
        client_token: request.client_token.clone().unwrap_or_default(),
        auto_public_ip: planned.public,
        volumes: volumes(call, request, plan.image),
        options: options(request),
        state_reason: Some(("pending", "pending")),
        transition_reason: String::new(),
        booted: now,
    })
}

/// Attaches an existing interface of the customer.
fn adopt(
    call: &mut Call<'_, '_>,
    network: &mut Network,
    interface_id: &str,
    instance_id: &str,
    planned: &PlannedInterface,
) -> Result<(), Ec2Error> {
    if planned.device_index > 0 {
        let index = planned.device_index;
        network.attach_interface(call.env.ids, interface_id, instance_id, index, call.env.now)?;
        return Ok(());
    }
    // The primary interface: the instance that it would be attached to does not exist yet.
    let attachment = hsmlab_net::Attachment {
        id: call.env.ids.ec2("eni-attach"),
        instance_id: Some(instance_id.to_owned()),
        device_index: 0,
        delete_on_termination: false,
        attached: call.env.now,
    };
    network.check_deletable(interface_id)?;
    if let Some(interface) = network.interfaces.get_mut(interface_id) {
        interface.attachment = Some(attachment);
    }
    Ok(())
}

fn volumes(call: &mut Call<'_, '_>, request: &RunRequest, image: &Image) -> Vec<Volume> {
    let now = call.now();
    let root_override = request
        .block_device_mappings
        .iter()
        .find(|each| each.device_name.as_deref() == Some(image.root_device));
    let deleted = |mapping: Option<&BlockDeviceMapping>| {
        let ebs = mapping.and_then(|each| each.ebs.as_ref());
        ebs.and_then(|ebs| ebs.delete_on_termination)
            .unwrap_or(true)
    };
    let mut volumes = vec![(image.root_device.to_owned(), deleted(root_override))];
    for mapping in &request.block_device_mappings {
        if let (Some(name), Some(_)) = (&mapping.device_name, &mapping.ebs)
            && name != image.root_device
        {
            volumes.push((name.clone(), deleted(Some(mapping))));
        }
    }
    volumes
        .into_iter()
        .map(|(device_name, delete_on_termination)| Volume {
            device_name,
            id: call.env.ids.ec2("vol"),
            attached: now,
            delete_on_termination,
        })
        .collect()
}

fn options(request: &RunRequest) -> Options {
    let or = |given: &Option<String>, usual: &str| given.clone().unwrap_or_else(|| usual.into());
    let metadata = &request.metadata_options;
    Options {
        tenancy: or(&request.placement.tenancy, "default"),
        monitoring: request.monitoring.enabled,
        ebs_optimized: request.ebs_optimized,
        disable_api_termination: request.disable_api_termination,
        disable_api_stop: request.disable_api_stop,
        shutdown_behavior: or(&request.instance_initiated_shutdown_behavior, "stop"),
        user_data: request.user_data.clone(),
        metadata: MetadataOptions {
            // All images of the lab require version 2 (ImdsSupport v2.0).
            http_tokens: or(&metadata.http_tokens, "required"),
            hop_limit: metadata.http_put_response_hop_limit.unwrap_or(2),
            http_endpoint: or(&metadata.http_endpoint, "enabled"),
            http_protocol_ipv6: or(&metadata.http_protocol_ipv6, "disabled"),
            instance_metadata_tags: or(&metadata.instance_metadata_tags, "disabled"),
        },
    }
}

type TagMap = BTreeMap<String, String>;

/// Groups tags by the kind of resource that they are for.
fn split_tags(given: &[TagSpecification]) -> Result<BTreeMap<&'static str, TagMap>, Ec2Error> {
    const KINDS: [&str; 4] = [
        "instance",
        "volume",
        "network-interface",
        "spot-instances-request",
    ];
    let mut found = BTreeMap::new();
    for specification in given {
        let kind = KINDS
            .iter()
            .find(|kind| specification.resource_type.as_deref() == Some(**kind));
        let kind = kind.copied().unwrap_or("instance");
        let checked = tags::check_specifications(std::slice::from_ref(specification), kind)?;
        found
            .entry(kind)
            .or_insert_with(TagMap::new)
            .extend(checked);
    }
    Ok(found)
}

fn put_tags(call: &mut Call<'_, '_>, instance: &Instance, all: &BTreeMap<&'static str, TagMap>) {
    let of = |kind: &str| all.get(kind).cloned().unwrap_or_default();
    tags::put(call.region, &instance.id, of("instance"));
    for volume in &instance.volumes {
        tags::put(call.region, &volume.id, of("volume"));
    }
    let own = call.region.network.interfaces_of(&instance.id);
    let interfaces: Vec<String> = own.iter().map(|each| each.id.clone()).collect();
    for id in interfaces {
        tags::put(call.region, &id, of("network-interface"));
    }
}
