//! Network interfaces in the form of describe answers.

use std::net::Ipv4Addr;

use crate::ec2::Region;
use crate::ec2::error::Ec2Error;
use crate::ec2::filters::{self, many, one};
use crate::ec2::service::{Call, seconds};
use crate::ec2::shapes::common::{Flag, Text};
use crate::ec2::shapes::interfaces::{
    Association, Attachment, DescribeNetworkInterfaceAttributeAnswer,
    DescribeNetworkInterfaceAttributeRequest, DescribeNetworkInterfacesAnswer,
    DescribeNetworkInterfacesRequest, GroupIdentifier, Ipv6Address, NetworkInterface,
    PrivateIpAddress,
};
use crate::ec2::tags;
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::{Interface, Kind, NetError, Network};

const FILTERS: [&str; 40] = [
    "addresses.association.owner-id",
    "addresses.association.public-ip",
    "addresses.primary",
    "addresses.private-ip-address",
    "association.allocation-id",
    "association.association-id",
    "association.ip-owner-id",
    "association.public-dns-name",
    "association.public-ip",
    "attachment.attach-time",
    "attachment.attachment-id",
    "attachment.delete-on-termination",
    "attachment.device-index",
    "attachment.instance-id",
    "attachment.instance-owner-id",
    "attachment.status",
    "availability-zone",
    "availability-zone-id",
    "description",
    "group-id",
    "group-name",
    "interface-type",
    "ipv6-addresses.ipv6-address",
    "mac-address",
    "network-interface-id",
    "operator.managed",
    "operator.principal",
    "owner-id",
    "private-dns-name",
    "private-ip-address",
    "requester-id",
    "requester-managed",
    "source-dest-check",
    "status",
    "subnet-id",
    "vpc-id",
    "attachment.nat-gateway-id",
    "association.carrier-ip",
    "association.customer-owned-ip",
    "attachment.network-card-index",
];

pub(super) fn describe_network_interfaces(
    call: &mut Call<'_, '_>,
    request: &DescribeNetworkInterfacesRequest,
) -> Result<DescribeNetworkInterfacesAnswer, Ec2Error> {
    let (ids, selection) = (&request.network_interface_ids, &request.selection);
    filters::check_names(&selection.filters, &FILTERS)?;
    let interfaces = &call.region.network.interfaces;
    filters::check_ids(Kind::Interface, ids, |id| interfaces.contains_key(id))?;
    let wanted = interfaces
        .values()
        .filter(|own| ids.is_empty() || ids.contains(&own.id));
    let found: Vec<NetworkInterface> = wanted
        .map(|interface| shape(call.region, interface))
        .filter(|interface| {
            let own = filters::tags(call.region, &interface.network_interface_id);
            let network = &call.region.network;
            filters::passes(own, &selection.filters, |name| {
                attribute(network, interface, name)
            })
        })
        .collect();
    let key = |interface: &NetworkInterface| interface.network_interface_id.clone();
    let (network_interfaces, next_token) =
        filters::page(found, &selection.paging, !ids.is_empty(), key)?;
    Ok(DescribeNetworkInterfacesAnswer {
        network_interfaces,
        next_token,
    })
}

fn attribute(network: &Network, own: &NetworkInterface, name: &str) -> filters::Attribute {
    if let Some(name) = name.strip_prefix("association.") {
        return own
            .association
            .as_ref()
            .map_or_else(Vec::new, |own| association(own, name));
    }
    if let Some(name) = name.strip_prefix("attachment.") {
        return own
            .attachment
            .as_ref()
            .map_or_else(Vec::new, |own| attachment(own, name));
    }
    let addresses = &own.private_ip_addresses;
    let public = || {
        addresses
            .iter()
            .filter_map(|address| address.association.as_ref())
    };
    match name {
        "addresses.association.owner-id" => many(public().map(|own| own.ip_owner_id)),
        "addresses.association.public-ip" => many(public().map(|own| &own.public_ip)),
        "addresses.primary" => many(addresses.iter().map(|address| address.primary)),
        "addresses.private-ip-address" => {
            many(addresses.iter().map(|address| &address.private_ip_address))
        }
        "availability-zone" => one(&own.availability_zone),
        "availability-zone-id" => {
            let zone = network
                .zones
                .iter()
                .find(|zone| zone.name == own.availability_zone);
            many(zone.map(|zone| &zone.id))
        }
        "description" => one(&own.description),
        "group-id" => many(own.groups.iter().map(|group| &group.group_id)),
        "group-name" => many(own.groups.iter().map(|group| &group.group_name)),
        "interface-type" => one(own.interface_type),
        "ipv6-addresses.ipv6-address" => many(
            own.ipv6_addresses
                .iter()
                .map(|address| &address.ipv6_address),
        ),
        "mac-address" => one(&own.mac_address),
        "network-interface-id" => one(&own.network_interface_id),
        "operator.managed" => one(false),
        "owner-id" => one(own.owner_id),
        "private-dns-name" => many(&own.private_dns_name),
        "private-ip-address" => one(&own.private_ip_address),
        "requester-id" => many(&own.requester_id),
        "requester-managed" => one(own.requester_managed),
        "source-dest-check" => one(own.source_dest_check),
        "status" => one(own.status),
        "subnet-id" => one(&own.subnet_id),
        "vpc-id" => one(&own.vpc_id),
        _ => Vec::new(),
    }
}

fn association(own: &Association, name: &str) -> filters::Attribute {
    match name {
        "allocation-id" => many(&own.allocation_id),
        "association-id" => many(&own.association_id),
        "ip-owner-id" => one(own.ip_owner_id),
        "public-dns-name" => one(&own.public_dns_name),
        "public-ip" => one(&own.public_ip),
        _ => Vec::new(),
    }
}

fn attachment(own: &Attachment, name: &str) -> filters::Attribute {
    match name {
        "attachment-id" => one(&own.attachment_id),
        "delete-on-termination" => one(own.delete_on_termination),
        "device-index" => one(own.device_index),
        "instance-id" => many(&own.instance_id),
        "instance-owner-id" => one(own.instance_owner_id),
        "network-card-index" => many(own.network_card_index),
        "status" => one(own.status),
        _ => Vec::new(),
    }
}

pub(super) fn attribute_of(
    call: &mut Call<'_, '_>,
    request: DescribeNetworkInterfaceAttributeRequest,
) -> Result<DescribeNetworkInterfaceAttributeAnswer, Ec2Error> {
    let id = request.network_interface_id;
    filters::check_form(Kind::Interface, &id)?;
    let unknown = || NetError::not_found(Kind::Interface, &id);
    let interface = call.network().interface(&id).ok_or_else(unknown)?;
    let own = shape(call.region, interface);
    let mut answer = DescribeNetworkInterfaceAttributeAnswer {
        network_interface_id: own.network_interface_id,
        ..DescribeNetworkInterfaceAttributeAnswer::default()
    };
    match request.attribute.as_deref() {
        Some("attachment") => answer.attachment = own.attachment,
        Some("description") => {
            answer.description = Some(Text {
                value: own.description,
            });
        }
        Some("groupSet") => answer.groups = Some(own.groups),
        Some("sourceDestCheck") => {
            answer.source_dest_check = Some(Flag {
                value: own.source_dest_check,
            });
        }
        Some(other) => return Err(Ec2Error::value(other, "attribute", "Unknown attribute.")),
        None => return Err(Ec2Error::Missing("attribute")),
    }
    Ok(answer)
}

/// An interface in the form of answers.
pub(in crate::ec2) fn shape(region: &Region, interface: &Interface) -> NetworkInterface {
    let network = &region.network;
    let vpc = network.vpc(&interface.vpc_id);
    let names = vpc.is_some_and(|vpc| vpc.dns_hostnames);
    let association = interface.public_ip.as_ref().map(|public| Association {
        allocation_id: public.allocation_id.clone(),
        association_id: public.association_id.clone(),
        // Addresses that are not Elastic IP addresses belong to Amazon.
        ip_owner_id: if public.allocation_id.is_some() {
            ACCOUNT_ID
        } else {
            "amazon"
        },
        public_dns_name: if names {
            public_dns_name(&network.region, public.address)
        } else {
            String::new()
        },
        public_ip: public.address.to_string(),
    });
    let addresses = interface
        .private_ips()
        .enumerate()
        .map(|(number, address)| PrivateIpAddress {
            association: association.clone().filter(|_| number == 0),
            primary: number == 0,
            private_dns_name: names.then(|| private_dns_name(&network.region, address)),
            private_ip_address: address.to_string(),
        });
    let ipv6 = interface.ipv6.iter().map(|address| Ipv6Address {
        ipv6_address: address.to_string(),
        is_primary_ipv6: false,
    });
    NetworkInterface {
        attachment: attachment_shape(interface),
        availability_zone: interface.zone.clone(),
        description: interface.description.clone(),
        groups: group_identifiers(network, &interface.groups),
        interface_type: "interface",
        ipv6_addresses: ipv6.collect(),
        mac_address: interface.mac.clone(),
        network_interface_id: interface.id.clone(),
        owner_id: ACCOUNT_ID,
        private_dns_name: names.then(|| private_dns_name(&network.region, interface.private_ip)),
        private_ip_address: interface.private_ip.to_string(),
        private_ip_addresses: addresses.collect(),
        requester_id: interface.requester_id.clone(),
        requester_managed: interface.is_service_managed(),
        source_dest_check: interface.source_dest_check,
        status: if interface.attachment.is_some() {
            "in-use"
        } else {
            "available"
        },
        subnet_id: interface.subnet_id.clone(),
        tag_set: tags::list(region, &interface.id),
        vpc_id: interface.vpc_id.clone(),
        association,
    }
}

/// Guess: the form of a service's attachment (no instance, no time, owner `amazon-aws`).
fn attachment_shape(interface: &Interface) -> Option<Attachment> {
    let own = interface.attachment.as_ref()?;
    let customers = own.instance_id.is_some();
    Some(Attachment {
        attach_time: customers.then(|| seconds(own.attached)),
        attachment_id: own.id.clone(),
        delete_on_termination: own.delete_on_termination,
        device_index: own.device_index,
        network_card_index: customers.then_some(0),
        instance_id: own.instance_id.clone(),
        instance_owner_id: if customers { ACCOUNT_ID } else { "amazon-aws" },
        status: "attached",
    })
}

/// Groups by id and name.
fn group_identifiers(network: &Network, groups: &[String]) -> Vec<GroupIdentifier> {
    let named = |id: &String| GroupIdentifier {
        group_id: id.clone(),
        group_name: network
            .security_group(id)
            .map(|group| group.name.clone())
            .unwrap_or_default(),
    };
    groups.iter().map(named).collect()
}

/// `ip-10-0-1-12.us-west-2.compute.internal`; in us-east-1 `ip-10-0-1-12.ec2.internal` ("DNS
/// attributes for your VPC", VPC User Guide).
fn private_dns_name(region: &str, address: Ipv4Addr) -> String {
    let host = address.to_string().replace('.', "-");
    if region == "us-east-1" {
        format!("ip-{host}.ec2.internal")
    } else {
        format!("ip-{host}.{region}.compute.internal")
    }
}

/// `ec2-203-0-113-25.us-west-2.compute.amazonaws.com`; in us-east-1 `….compute-1.amazonaws.com`.
fn public_dns_name(region: &str, address: Ipv4Addr) -> String {
    let host = address.to_string().replace('.', "-");
    if region == "us-east-1" {
        format!("ec2-{host}.compute-1.amazonaws.com")
    } else {
        format!("ec2-{host}.{region}.compute.amazonaws.com")
    }
}
