//! Network interfaces.

mod describe;

pub(in crate::ec2) use describe::shape;

use super::error::Ec2Error;
use super::filters;
use super::parse;
use super::service::{Call, Row, operation};
use super::shapes::interfaces::{
    AttachNetworkInterfaceAnswer, AttachNetworkInterfaceRequest, CreateNetworkInterfaceRequest,
    DetachNetworkInterfaceRequest, ModifyNetworkInterfaceAttributeRequest, NetworkInterfaceAnswer,
    NetworkInterfaceIdRequest,
};
use super::{limits, tags};
use hsmlab_net::{InterfaceOwner, InterfaceSpec, Kind, NetError};

/// The operations of this file and of [`describe`].
pub(super) const OPERATIONS: &[Row] = &[
    operation!("AttachNetworkInterface", &attach_network_interface),
    operation!("CreateNetworkInterface", create_network_interface),
    operation!("DeleteNetworkInterface", delete_network_interface),
    operation!("DescribeNetworkInterfaceAttribute", describe::attribute_of),
    operation!(
        "DescribeNetworkInterfaces",
        &describe::describe_network_interfaces
    ),
    operation!("DetachNetworkInterface", &detach_network_interface),
    operation!(
        "ModifyNetworkInterfaceAttribute",
        modify_network_interface_attribute
    ),
];

fn create_network_interface(
    call: &mut Call<'_, '_>,
    request: CreateNetworkInterfaceRequest,
) -> Result<NetworkInterfaceAnswer, Ec2Error> {
    let tags = tags::check_specifications(&request.tag_specifications, "network-interface")?;
    filters::check_form(Kind::Subnet, &request.subnet_id)?;
    for group in &request.groups {
        filters::check_form(Kind::SecurityGroup, group)?;
    }
    let mut primary = request.private_ip_address.clone();
    let mut secondary = Vec::new();
    for address in &request.private_ip_addresses {
        if !address.primary {
            secondary.push(parse::ipv4_address(
                &address.private_ip_address,
                "privateIpAddresses",
            )?);
        } else if primary
            .replace(address.private_ip_address.clone())
            .is_some()
        {
            return Err(Ec2Error::Exclusive {
                one: "privateIpAddress",
                other: "privateIpAddresses.primary",
            });
        }
    }
    let primary = primary
        .map(|text| parse::ipv4_address(&text, "privateIpAddress"))
        .transpose()?;
    let count = request.secondary_private_ip_address_count.unwrap_or(0);
    if count > limits::SECONDARY_ADDRESSES || secondary.len() > 49 {
        // Guess: the words; the bound is that of the largest instances.
        let why = "An interface has at most 50 private addresses.";
        return Err(Ec2Error::value(
            count,
            "secondaryPrivateIpAddressCount",
            why,
        ));
    }
    let subnet = call.network().subnet(&request.subnet_id);
    let assigned = subnet.is_some_and(|subnet| subnet.assign_ipv6_on_creation);
    let spec = InterfaceSpec {
        subnet_id: request.subnet_id,
        groups: request.groups,
        private_ip: primary,
        ipv6: request
            .ipv6_address_count
            .map_or(assigned, |count| count > 0),
        description: check_description(request.description.unwrap_or_default())?,
        owner: InterfaceOwner::Customer,
        public_ip: None,
        now: call.now(),
    };
    let (network, ids) = call.network_and_ids();
    let id = network.create_interface(ids, spec)?;
    if let Err(error) = network.add_private_ips(&id, &secondary, count) {
        // The request is refused as a whole.
        network.delete_interface(&id)?;
        return Err(error.into());
    }
    tags::put(call.region, &id, tags);
    let interface = call.network().interface(&id);
    let interface = interface.ok_or_else(|| NetError::not_found(Kind::Interface, &id))?;
    let mut network_interface = shape(call.region, interface);
    // A new interface is pending in its first answer, and available in describe answers.
    network_interface.status = "pending";
    Ok(NetworkInterfaceAnswer {
        network_interface,
        client_token: request.client_token,
    })
}

fn check_description(text: String) -> Result<String, Ec2Error> {
    if text.chars().count() > limits::DESCRIPTION_CHARACTERS {
        return Err(Ec2Error::value(
            text,
            "description",
            "At most 255 characters are allowed.",
        ));
    }
    Ok(text)
}

fn delete_network_interface(
    call: &mut Call<'_, '_>,
    request: NetworkInterfaceIdRequest,
) -> Result<(), Ec2Error> {
    let id = request.network_interface_id;
    filters::check_form(Kind::Interface, &id)?;
    let network = &mut call.region.network;
    network.check_deletable(&id)?;
    network.delete_interface(&id)?;
    call.region.tags.remove(&id);
    Ok(())
}

fn attach_network_interface(
    call: &mut Call<'_, '_>,
    request: &AttachNetworkInterfaceRequest,
) -> Result<AttachNetworkInterfaceAnswer, Ec2Error> {
    let id = &request.network_interface_id;
    filters::check_form(Kind::Interface, id)?;
    let now = call.now();
    let (network, ids) = call.network_and_ids();
    let (instance, index) = (&request.instance_id, request.device_index);
    let attachment_id = network.attach_interface(ids, id, instance, index, now)?;
    Ok(AttachNetworkInterfaceAnswer {
        attachment_id,
        network_card_index: 0,
    })
}

fn detach_network_interface(
    call: &mut Call<'_, '_>,
    request: &DetachNetworkInterfaceRequest,
) -> Result<(), Ec2Error> {
    call.region
        .network
        .detach_interface(&request.attachment_id)?;
    Ok(())
}

fn modify_network_interface_attribute(
    call: &mut Call<'_, '_>,
    request: ModifyNetworkInterfaceAttributeRequest,
) -> Result<(), Ec2Error> {
    let id = &request.network_interface_id;
    filters::check_form(Kind::Interface, id)?;
    for group in request.groups.iter().flatten() {
        filters::check_form(Kind::SecurityGroup, group)?;
    }
    let given = usize::from(request.description.is_some())
        + usize::from(request.source_dest_check.is_some())
        + usize::from(request.groups.is_some())
        + usize::from(request.attachment.is_some());
    match given {
        0 => return Err(Ec2Error::Missing("groups")),
        1 => {}
        // "You can specify only one attribute at a time" (ModifyNetworkInterfaceAttribute).
        // Guess: the words.
        _ => {
            return Err(Ec2Error::Compute {
                code: "InvalidParameterCombination",
                message: "Fields for multiple attribute types specified".into(),
                remedy: "Change one attribute at a time.",
            });
        }
    }
    let network = &mut call.region.network;
    let own = network.customers_interface(id)?;
    let attachment = own
        .attachment
        .as_ref()
        .map(|attachment| attachment.id.clone());
    if let Some(groups) = &request.groups {
        return Ok(network.set_interface_groups(id, groups)?);
    }
    if let Some(changes) = &request.attachment
        && attachment.as_ref() != Some(&changes.attachment_id)
    {
        return Err(NetError::not_found(Kind::Attachment, &changes.attachment_id).into());
    }
    let description = request
        .description
        .map(|text| check_description(text.value))
        .transpose()?;
    let Some(interface) = network.interfaces.get_mut(id) else {
        return Ok(());
    };
    if let Some(text) = description {
        interface.description = text;
    }
    if let Some(flag) = request.source_dest_check {
        interface.source_dest_check = flag.value;
    }
    let keep = request
        .attachment
        .and_then(|changes| changes.delete_on_termination);
    if let (Some(keep), Some(attachment)) = (keep, &mut interface.attachment) {
        attachment.delete_on_termination = keep;
    }
    Ok(())
}
