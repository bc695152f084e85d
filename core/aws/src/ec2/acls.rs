//! Network ACLs.

use ipnet::{IpNet, Ipv4Net};

use super::error::Ec2Error;
use super::filters::{self, many, one};
use super::parse;
use super::service::{Call, Row, operation};
use super::shapes::acls::{
    CreateNetworkAclRequest, DescribeNetworkAclsAnswer, DescribeNetworkAclsRequest, IcmpTypeCode,
    NetworkAcl, NetworkAclAnswer, NetworkAclAssociation, NetworkAclEntry, NetworkAclEntryRequest,
    NetworkAclIdRequest, ReplaceNetworkAclAssociationAnswer, ReplaceNetworkAclAssociationRequest,
};
use super::shapes::common::Ports;
use super::{Region, tags};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::limits::ACL_FINAL_ENTRY;
use hsmlab_net::{AclEntry, Kind, NetError, PortRange, Protocol};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("CreateNetworkAcl", create_network_acl),
    operation!("CreateNetworkAclEntry", &create_network_acl_entry),
    operation!("DeleteNetworkAcl", &delete_network_acl),
    operation!("DeleteNetworkAclEntry", &delete_network_acl_entry),
    operation!("DescribeNetworkAcls", &describe_network_acls),
    operation!(
        "ReplaceNetworkAclAssociation",
        &replace_network_acl_association
    ),
    operation!("ReplaceNetworkAclEntry", &replace_network_acl_entry),
];

fn create_network_acl(
    call: &mut Call<'_, '_>,
    request: CreateNetworkAclRequest,
) -> Result<NetworkAclAnswer, Ec2Error> {
    let tags = tags::check_specifications(&request.tag_specifications, "network-acl")?;
    filters::check_form(Kind::Vpc, &request.vpc_id)?;
    let (network, ids) = call.network_and_ids();
    let id = network.create_acl(ids, &request.vpc_id)?;
    tags::put(call.region, &id, tags);
    let acl = call.network().network_acls.get(&id);
    let acl = acl.ok_or_else(|| NetError::not_found(Kind::NetworkAcl, &id))?;
    Ok(NetworkAclAnswer {
        network_acl: shape(call.region, acl),
        client_token: request.client_token,
    })
}

fn delete_network_acl(
    call: &mut Call<'_, '_>,
    request: &NetworkAclIdRequest,
) -> Result<(), Ec2Error> {
    filters::check_form(Kind::NetworkAcl, &request.network_acl_id)?;
    call.region.network.delete_acl(&request.network_acl_id)?;
    call.region.tags.remove(&request.network_acl_id);
    Ok(())
}

fn create_network_acl_entry(
    call: &mut Call<'_, '_>,
    request: &NetworkAclEntryRequest,
) -> Result<(), Ec2Error> {
    let (number, entry) = entry_of(request)?;
    let network = &mut call.region.network;
    Ok(network.create_acl_entry(&request.network_acl_id, request.egress, number, entry)?)
}

fn replace_network_acl_entry(
    call: &mut Call<'_, '_>,
    request: &NetworkAclEntryRequest,
) -> Result<(), Ec2Error> {
    let (number, entry) = entry_of(request)?;
    let network = &mut call.region.network;
    Ok(network.replace_acl_entry(&request.network_acl_id, request.egress, number, entry)?)
}

fn delete_network_acl_entry(
    call: &mut Call<'_, '_>,
    request: &NetworkAclEntryRequest,
) -> Result<(), Ec2Error> {
    filters::check_form(Kind::NetworkAcl, &request.network_acl_id)?;
    let number = number_of(request.rule_number)?;
    let network = &mut call.region.network;
    Ok(network.delete_acl_entry(&request.network_acl_id, request.egress, number)?)
}

fn replace_network_acl_association(
    call: &mut Call<'_, '_>,
    request: &ReplaceNetworkAclAssociationRequest,
) -> Result<ReplaceNetworkAclAssociationAnswer, Ec2Error> {
    filters::check_form(Kind::NetworkAclAssociation, &request.association_id)?;
    filters::check_form(Kind::NetworkAcl, &request.network_acl_id)?;
    let (network, ids) = call.network_and_ids();
    let (association, acl) = (&request.association_id, &request.network_acl_id);
    let new_association_id = network.replace_acl_association(ids, association, acl)?;
    Ok(ReplaceNetworkAclAssociationAnswer { new_association_id })
}

/// Checks a rule number against the range for customers (`CreateNetworkAclEntry`: 1 to 32766).
fn number_of(number: i64) -> Result<u16, Ec2Error> {
    let own = u16::try_from(number)
        .ok()
        .filter(|own| (1..ACL_FINAL_ENTRY).contains(own));
    own.ok_or_else(|| {
        Ec2Error::value(
            number,
            "ruleNumber",
            "Must be an integer value from 1 to 32766.",
        )
    })
}

fn entry_of(request: &NetworkAclEntryRequest) -> Result<(u16, AclEntry), Ec2Error> {
    filters::check_form(Kind::NetworkAcl, &request.network_acl_id)?;
    let number = number_of(request.rule_number)?;
    let protocol = Protocol::parse(&request.protocol).ok_or_else(|| {
        Ec2Error::value(
            &request.protocol,
            "protocol",
            "Must be a protocol name or number.",
        )
    })?;
    let allow = match request.rule_action.as_str() {
        "allow" => true,
        "deny" => false,
        other => {
            return Err(Ec2Error::value(
                other,
                "ruleAction",
                "Must be allow or deny.",
            ));
        }
    };
    let (v4, v6) = (
        request.cidr_block.as_ref(),
        request.ipv6_cidr_block.as_ref(),
    );
    let cidr = parse::block_of(v4, v6, ("cidrBlock", "ipv6CidrBlock"))?;
    let cidr = cidr.ok_or(Ec2Error::Missing("cidrBlock"))?;
    let ports = if protocol.has_ports() {
        Some(ports_of(request.port_range)?)
    } else {
        None
    };
    let icmp = match (protocol.is_icmp(), request.icmp_type_code) {
        (false, _) => None,
        (true, Some(icmp)) => Some(PortRange {
            from: icmp.r#type,
            to: icmp.code,
        }),
        // "Required if specifying protocol 1 (ICMP)" (CreateNetworkAclEntry).
        (true, None) => return Err(Ec2Error::Missing("icmpTypeCode.type")),
    };
    Ok((
        number,
        AclEntry {
            allow,
            protocol,
            cidr,
            ports,
            icmp,
        },
    ))
}

fn ports_of(range: Option<Ports>) -> Result<PortRange, Ec2Error> {
    const REMEDY: &str = "Specify a range of ports from 0 to 65535, for example From=443,To=443.";
    // "Required if specifying protocol 6 (TCP) or 17 (UDP)" (CreateNetworkAclEntry).
    let range = range.ok_or(Ec2Error::Missing("portRange.from"))?;
    let (Some(from), Some(to)) = (range.from, range.to) else {
        return Err(Ec2Error::invalid(
            "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.",
            REMEDY,
        ));
    };
    for port in [from, to] {
        if !(0..=65_535).contains(&port) {
            return Err(Ec2Error::invalid(
                format!("TCP/UDP port ({port}) out of range"),
                REMEDY,
            ));
        }
    }
    if from > to {
        let message = format!("Invalid TCP/UDP port range ({from}:{to})");
        return Err(Ec2Error::invalid(message, REMEDY));
    }
    Ok(PortRange { from, to })
}

fn describe_network_acls(
    call: &mut Call<'_, '_>,
    request: &DescribeNetworkAclsRequest,
) -> Result<DescribeNetworkAclsAnswer, Ec2Error> {
    const FILTERS: [&str; 16] = [
        "association.association-id",
        "association.network-acl-id",
        "association.subnet-id",
        "default",
        "entry.cidr",
        "entry.egress",
        "entry.icmp.code",
        "entry.icmp.type",
        "entry.ipv6-cidr",
        "entry.port-range.from",
        "entry.port-range.to",
        "entry.protocol",
        "entry.rule-action",
        "entry.rule-number",
        "network-acl-id",
        "owner-id",
    ];
    let (ids, selection) = (&request.network_acl_ids, &request.selection);
    let names: Vec<&str> = FILTERS.into_iter().chain(["vpc-id"]).collect();
    filters::check_names(&selection.filters, &names)?;
    let acls = &call.region.network.network_acls;
    filters::check_ids(Kind::NetworkAcl, ids, |id| acls.contains_key(id))?;
    let wanted = acls
        .values()
        .filter(|acl| ids.is_empty() || ids.contains(&acl.id));
    let found: Vec<NetworkAcl> = wanted
        .map(|acl| shape(call.region, acl))
        .filter(|acl| {
            let own = filters::tags(call.region, &acl.network_acl_id);
            filters::passes(own, &selection.filters, |name| attribute(acl, name))
        })
        .collect();
    let key = |acl: &NetworkAcl| acl.network_acl_id.clone();
    let (network_acls, next_token) = filters::page(found, &selection.paging, !ids.is_empty(), key)?;
    Ok(DescribeNetworkAclsAnswer {
        network_acls,
        next_token,
    })
}

fn attribute(acl: &NetworkAcl, name: &str) -> filters::Attribute {
    let (ties, entries) = (&acl.associations, &acl.entries);
    let ports = || entries.iter().filter_map(|entry| entry.port_range);
    let icmp = || entries.iter().filter_map(|entry| entry.icmp_type_code);
    match name {
        "association.association-id" => {
            many(ties.iter().map(|tie| &tie.network_acl_association_id))
        }
        "association.network-acl-id" => many(ties.iter().map(|tie| &tie.network_acl_id)),
        "association.subnet-id" => many(ties.iter().map(|tie| &tie.subnet_id)),
        "default" => one(acl.is_default),
        "entry.cidr" => many(entries.iter().filter_map(|entry| entry.cidr_block.as_ref())),
        "entry.egress" => many(entries.iter().map(|entry| entry.egress)),
        "entry.icmp.code" => many(icmp().map(|icmp| icmp.code)),
        "entry.icmp.type" => many(icmp().map(|icmp| icmp.r#type)),
        "entry.ipv6-cidr" => many(entries.iter().filter_map(|e| e.ipv6_cidr_block.as_ref())),
        "entry.port-range.from" => many(ports().filter_map(|range| range.from)),
        "entry.port-range.to" => many(ports().filter_map(|range| range.to)),
        "entry.protocol" => many(entries.iter().map(|entry| &entry.protocol)),
        "entry.rule-action" => many(entries.iter().map(|entry| entry.rule_action)),
        "entry.rule-number" => many(entries.iter().map(|entry| entry.rule_number)),
        "network-acl-id" => one(&acl.network_acl_id),
        "owner-id" => one(ACCOUNT_ID),
        "vpc-id" => one(&acl.vpc_id),
        _ => Vec::new(),
    }
}

fn shape(region: &Region, acl: &hsmlab_net::NetworkAcl) -> NetworkAcl {
    let subnets = region
        .network
        .subnets
        .values()
        .filter(|subnet| subnet.acl_id == acl.id);
    let associations = subnets.map(|subnet| NetworkAclAssociation {
        network_acl_association_id: subnet.acl_association.clone(),
        network_acl_id: acl.id.clone(),
        subnet_id: subnet.id.clone(),
    });
    let mut entries = Vec::new();
    // Outbound first, as EC2 lists them. Each direction ends with the entry that denies all
    // traffic.
    for egress in [true, false] {
        let own = acl.entries.iter().filter(|((out, _), _)| *out == egress);
        entries.extend(own.map(|((_, number), entry)| entry_shape(egress, *number, entry)));
        let everything = AclEntry::allow_all(Ipv4Net::default().into());
        let denial = AclEntry {
            allow: false,
            ..everything
        };
        entries.push(entry_shape(egress, ACL_FINAL_ENTRY, &denial));
    }
    NetworkAcl {
        associations: associations.collect(),
        entries,
        is_default: acl.is_default,
        network_acl_id: acl.id.clone(),
        tags: tags::list(region, &acl.id),
        vpc_id: acl.vpc_id.clone(),
        owner_id: ACCOUNT_ID,
    }
}

fn entry_shape(egress: bool, number: u16, entry: &AclEntry) -> NetworkAclEntry {
    let (cidr_block, ipv6_cidr_block) = match entry.cidr {
        IpNet::V4(block) => (Some(block.to_string()), None),
        IpNet::V6(block) => (None, Some(block.to_string())),
    };
    NetworkAclEntry {
        cidr_block,
        egress,
        icmp_type_code: entry.icmp.map(|icmp| IcmpTypeCode {
            code: icmp.to,
            r#type: icmp.from,
        }),
        ipv6_cidr_block,
        port_range: entry.ports.map(|range| Ports {
            from: Some(range.from),
            to: Some(range.to),
        }),
        protocol: entry.protocol.number(),
        rule_action: if entry.allow { "allow" } else { "deny" },
        rule_number: number,
    }
}
