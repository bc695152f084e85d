//! Elastic IP addresses.

use std::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::compute::lifecycle::InstanceState;
use super::compute_error as refuse;
use super::error::Ec2Error;
use super::filters::{self, Filter, many, one};
use super::instances::check_ids;
use super::parse;
use super::service::{Call, Row, operation};
use super::tags::{self, TagSpecification};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::{Interface, Kind, NetError, PublicIp};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("AllocateAddress", &allocate),
    operation!("AssociateAddress", &associate),
    operation!("DisassociateAddress", &disassociate),
    operation!("ReleaseAddress", &release),
    operation!("DescribeAddresses", &describe),
];

/// The most Elastic IP addresses of a region ("Elastic IP address quota": 5).
const ADDRESSES_MAX: usize = 5;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AllocateRequest {
    tag_specifications: Vec<TagSpecification>,
}

fn allocate(call: &mut Call<'_, '_>, request: &AllocateRequest) -> Result<Value, Ec2Error> {
    let tags = tags::check_specifications(&request.tag_specifications, "elastic-ip")?;
    if call.region.compute.addresses.len() >= ADDRESSES_MAX {
        return Err(refuse::address_limit());
    }
    let id = call.env.ids.ec2("eipalloc");
    let address = call.region.network.next_public_ip();
    call.region.compute.addresses.insert(id.clone(), address);
    tags::put(call.region, &id, tags);
    Ok(json!({
        "AllocationId": id,
        "PublicIpv4Pool": "amazon",
        "NetworkBorderGroup": call.region.network.region,
        "Domain": "vpc",
        "PublicIp": address,
    }))
}

/// The allocation that a request names by id or by address.
fn find(
    call: &Call<'_, '_>,
    allocation_id: Option<&String>,
    public_ip: Option<&String>,
) -> Result<(String, Ipv4Addr), Ec2Error> {
    let addresses = &call.region.compute.addresses;
    match (allocation_id, public_ip) {
        (Some(id), _) => {
            let found = addresses
                .get(id)
                .ok_or_else(|| refuse::allocation_unknown(id))?;
            Ok((id.clone(), *found))
        }
        (None, Some(ip)) => {
            let address = parse::ipv4_address(ip, "publicIp")?;
            let found = addresses.iter().find(|(_, each)| **each == address);
            let (id, address) = found.ok_or_else(|| refuse::address_unknown(ip))?;
            Ok((id.clone(), *address))
        }
        (None, None) => Err(Ec2Error::Missing("AllocationId")),
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AssociateRequest {
    allocation_id: Option<String>,
    public_ip: Option<String>,
    instance_id: Option<String>,
    network_interface_id: Option<String>,
    allow_reassociation: Option<bool>,
}

fn associate(call: &mut Call<'_, '_>, request: &AssociateRequest) -> Result<Value, Ec2Error> {
    let given = (request.allocation_id.as_ref(), request.public_ip.as_ref());
    let (allocation_id, address) = find(call, given.0, given.1)?;
    let interface_id = target(call, request)?;
    let region = &*call.region;
    let interface = region.network.customers_interface(&interface_id)?;
    if region.network.gateway_of(&interface.vpc_id).is_none() {
        return Err(refuse::no_gateway(&interface.vpc_id));
    }
    let holder = region.compute.holder(&region.network, &allocation_id);
    if let Some((_, public)) = holder
        && request.allow_reassociation == Some(false)
    {
        let association = public.association_id.as_deref().unwrap_or_default();
        return Err(refuse::address_associated(&allocation_id, association));
    }
    let holder = holder.map(|(interface, _)| interface.id.clone());
    if let Some(holder) = holder.filter(|holder| *holder != interface_id) {
        free(call, &holder)?;
    }
    let association_id = call.env.ids.ec2("eipassoc");
    let public = PublicIp {
        address,
        allocation_id: Some(allocation_id),
        association_id: Some(association_id.clone()),
    };
    call.region
        .network
        .set_public_ip(&interface_id, Some(public))?;
    Ok(json!({ "AssociationId": association_id }))
}

/// The interface to associate an address with.
fn target(call: &Call<'_, '_>, request: &AssociateRequest) -> Result<String, Ec2Error> {
    if let Some(id) = &request.network_interface_id {
        filters::check_form(Kind::Interface, id)?;
        return Ok(id.clone());
    }
    let id = request
        .instance_id
        .as_ref()
        .ok_or(Ec2Error::Missing("InstanceId"))?;
    check_ids(&call.region.compute, std::slice::from_ref(id))?;
    let instance = call.region.compute.instance(id);
    let live = instance.filter(|each| {
        matches!(
            each.state,
            InstanceState::Running | InstanceState::Stopped | InstanceState::Pending
        )
    });
    let live = live.ok_or_else(|| refuse::state(id, "associated with an address"))?;
    if call.region.network.interfaces_of(id).len() > 1 {
        return Err(refuse::several_interfaces(id));
    }
    Ok(live.interface_id.clone())
}

/// Removes the Elastic IP address from an interface. A running instance that was launched with a
/// public address gets a new one from Amazon's pool.
fn free(call: &mut Call<'_, '_>, interface_id: &str) -> Result<(), NetError> {
    let region = &mut *call.region;
    let auto = region.compute.instances().any(|each| {
        each.interface_id == interface_id
            && each.auto_public_ip
            && matches!(each.state, InstanceState::Pending | InstanceState::Running)
    });
    let public = auto.then(|| PublicIp {
        address: region.network.next_public_ip(),
        allocation_id: None,
        association_id: None,
    });
    region.network.set_public_ip(interface_id, public)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DisassociateRequest {
    association_id: Option<String>,
    public_ip: Option<String>,
}

fn disassociate(call: &mut Call<'_, '_>, request: &DisassociateRequest) -> Result<(), Ec2Error> {
    let tied = |interface: &&Interface| {
        let public = interface.public_ip.as_ref();
        public.is_some_and(|public| {
            public.allocation_id.is_some()
                && match (&request.association_id, &request.public_ip) {
                    (Some(id), _) => public.association_id.as_ref() == Some(id),
                    (None, Some(ip)) => public.address.to_string() == *ip,
                    (None, None) => false,
                }
        })
    };
    let interface = call.region.network.interfaces.values().find(tied);
    let id = match (interface, &request.association_id, &request.public_ip) {
        (Some(interface), _, _) => interface.id.clone(),
        (None, Some(id), _) => return Err(refuse::address_association_unknown(id)),
        (None, None, Some(ip)) => return Err(refuse::address_unknown(ip)),
        (None, None, None) => return Err(Ec2Error::Missing("AssociationId")),
    };
    free(call, &id)?;
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ReleaseRequest {
    allocation_id: Option<String>,
    public_ip: Option<String>,
}

fn release(call: &mut Call<'_, '_>, request: &ReleaseRequest) -> Result<(), Ec2Error> {
    let given = (request.allocation_id.as_ref(), request.public_ip.as_ref());
    let (id, address) = find(call, given.0, given.1)?;
    if call
        .region
        .compute
        .holder(&call.region.network, &id)
        .is_some()
    {
        return Err(refuse::address_in_use(&address.to_string()));
    }
    call.region.compute.addresses.remove(&id);
    call.region.tags.remove(&id);
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeRequest {
    allocation_ids: Vec<String>,
    public_ips: Vec<String>,
    filters: Vec<Filter>,
}

fn describe(call: &mut Call<'_, '_>, request: &DescribeRequest) -> Result<Value, Ec2Error> {
    const FILTERS: [&str; 9] = [
        "allocation-id",
        "association-id",
        "domain",
        "instance-id",
        "network-border-group",
        "network-interface-id",
        "network-interface-owner-id",
        "private-ip-address",
        "public-ip",
    ];
    filters::check_names(&request.filters, &FILTERS)?;
    for id in &request.allocation_ids {
        find(call, Some(id), None)?;
    }
    for ip in &request.public_ips {
        find(call, None, Some(ip))?;
    }
    let region = &*call.region;
    let all = request.allocation_ids.is_empty() && request.public_ips.is_empty();
    let mut list = Vec::new();
    for (id, address) in &region.compute.addresses {
        let named = request.allocation_ids.contains(id)
            || request.public_ips.contains(&address.to_string());
        if !all && !named {
            continue;
        }
        let holder = region.compute.holder(&region.network, id);
        let interface = holder.map(|(interface, _)| interface);
        let association = holder.and_then(|(_, public)| public.association_id.clone());
        let instance = interface.and_then(Interface::instance_id);
        let passes = filters::passes(
            filters::tags(region, id),
            &request.filters,
            |name| match name {
                "allocation-id" => one(id),
                "association-id" => many(&association),
                "domain" => one("vpc"),
                "instance-id" => many(instance),
                "network-border-group" => one(&region.network.region),
                "network-interface-id" => many(interface.map(|each| &each.id)),
                "network-interface-owner-id" => many(interface.map(|_| ACCOUNT_ID)),
                "private-ip-address" => many(interface.map(|each| each.private_ip)),
                _ => one(address),
            },
        );
        if !passes {
            continue;
        }
        let mut shown = Map::new();
        shown.insert("AllocationId".into(), id.clone().into());
        let mut add = |member: &str, value: Option<String>| {
            if let Some(value) = value {
                shown.insert(member.into(), value.into());
            }
        };
        add("AssociationId", association);
        add("Domain", Some("vpc".into()));
        add("NetworkInterfaceId", interface.map(|each| each.id.clone()));
        add(
            "NetworkInterfaceOwnerId",
            interface.map(|_| ACCOUNT_ID.into()),
        );
        add(
            "PrivateIpAddress",
            interface.map(|each| each.private_ip.to_string()),
        );
        add("PublicIpv4Pool", Some("amazon".into()));
        add("NetworkBorderGroup", Some(region.network.region.clone()));
        add("InstanceId", instance.map(str::to_owned));
        add("PublicIp", Some(address.to_string()));
        let tags = tags::list(region, id);
        if !tags.is_empty() {
            shown.insert(
                "Tags".into(),
                serde_json::to_value(tags).unwrap_or_default(),
            );
        }
        list.push(Value::Object(shown));
    }
    Ok(json!({ "Addresses": list }))
}
