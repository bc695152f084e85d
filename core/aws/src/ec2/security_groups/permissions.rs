//! `IpPermission`, EC2's older form of rules: one permission holds many peers, each of which is a rule.

use ipnet::{Ipv4Net, Ipv6Net};

use crate::ec2::error::Ec2Error;
use crate::ec2::filters;
use crate::ec2::shapes::groups::{
    IpPermission, IpRange, Ipv6Range, PermissionsRequest, PrefixListId, UserIdGroupPair,
};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::{Kind, NetError, Network, Peer, PortRange, Protocol, RuleSpec};

const PORTS_REMEDY: &str = "Write the ports as 22 or 2223-2225, from 0 to 65535.";

/// The permissions of a request: its list, or the one permission from its simple members.
pub(super) fn of_request(request: &PermissionsRequest) -> Result<Vec<IpPermission>, Ec2Error> {
    let simple = request.cidr_ip.is_some()
        || request.ip_protocol.is_some()
        || request.from_port.is_some()
        || request.to_port.is_some()
        || request.source_security_group_name.is_some();
    if !simple {
        return Ok(request.ip_permissions.clone());
    }
    if !request.ip_permissions.is_empty() {
        return Err(Ec2Error::Exclusive {
            one: "ipPermissions",
            other: "ipProtocol",
        });
    }
    let ranges = request.cidr_ip.iter();
    let pairs = request
        .source_security_group_name
        .iter()
        .map(|name| UserIdGroupPair {
            user_id: request.source_security_group_owner_id.clone(),
            group_name: Some(name.clone()),
            ..UserIdGroupPair::default()
        });
    // A source group without a protocol allows all traffic (AuthorizeSecurityGroupIngress).
    let everything = request
        .source_security_group_name
        .as_ref()
        .map(|_| "-1".to_owned());
    Ok(vec![IpPermission {
        ip_protocol: request.ip_protocol.clone().or(everything),
        from_port: request.from_port,
        to_port: request.to_port,
        user_id_group_pairs: pairs.collect(),
        ip_ranges: ranges
            .map(|cidr| IpRange {
                description: None,
                cidr_ip: cidr.clone(),
            })
            .collect(),
        ..IpPermission::default()
    }])
}

/// Converts permissions to rules.
pub(super) fn rules(
    network: &Network,
    permissions: &[IpPermission],
) -> Result<Vec<RuleSpec>, Ec2Error> {
    if permissions.is_empty() {
        return Err(Ec2Error::Missing("ipPermissions"));
    }
    let mut specs: Vec<RuleSpec> = Vec::new();
    for permission in permissions {
        let text = permission
            .ip_protocol
            .as_ref()
            .ok_or(Ec2Error::Missing("ipProtocol"))?;
        let (protocol, ports) = traffic(text, permission.from_port, permission.to_port)?;
        let peers = peers(network, permission)?;
        if peers.is_empty() {
            return Err(Ec2Error::Compute {
                code: "MissingParameter",
                message: "Missing source specification: include source security group or CIDR \
                          information"
                    .into(),
                remedy: "Specify the source (or destination) with --cidr, --source-group, or a \
                         peer in --ip-permissions.",
            });
        }
        for (peer, description) in peers {
            let spec = RuleSpec {
                protocol,
                ports,
                peer,
                description,
            };
            if specs.iter().any(|other| other.same_as(&spec)) {
                return Err(Ec2Error::invalid(
                    "The same permission must not appear multiple times",
                    "Specify each rule only once.",
                ));
            }
            specs.push(spec);
        }
    }
    Ok(specs)
}

/// The protocol and the ports of a rule.
pub(super) fn traffic(
    protocol: &str,
    from: Option<i32>,
    to: Option<i32>,
) -> Result<(Protocol, Option<PortRange>), Ec2Error> {
    let own = Protocol::parse(protocol).ok_or_else(|| {
        Ec2Error::invalid(
            format!("Invalid value '{protocol}' for IP protocol. Unknown protocol."),
            "Protocols are tcp, udp, icmp, icmpv6, -1 for all, or a number from 0 to 255.",
        )
    })?;
    if own.is_icmp() {
        let (from, to) = (from.unwrap_or(-1), to.unwrap_or(-1));
        for value in [from, to] {
            if !(-1..=255).contains(&value) {
                let message = format!("ICMP code ({value}) out of range");
                return Err(Ec2Error::invalid(
                    message,
                    "Types and codes are 0 to 255; -1 means all.",
                ));
            }
        }
        return Ok((own, Some(PortRange { from, to })));
    }
    if !own.has_ports() {
        return Ok((own, None));
    }
    let (Some(from), Some(to)) = (from, to) else {
        return Err(Ec2Error::invalid(
            "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
            PORTS_REMEDY,
        ));
    };
    for port in [from, to] {
        if !(0..=65_535).contains(&port) {
            return Err(Ec2Error::invalid(
                format!("TCP/UDP port ({port}) out of range"),
                PORTS_REMEDY,
            ));
        }
    }
    if from > to {
        let message = format!("Invalid TCP/UDP port range ({from}:{to})");
        return Err(Ec2Error::invalid(message, PORTS_REMEDY));
    }
    Ok((own, Some(PortRange { from, to })))
}

/// The peers of a permission, each with its description.
fn peers(
    network: &Network,
    permission: &IpPermission,
) -> Result<Vec<(Peer, Option<String>)>, Ec2Error> {
    let mut peers = Vec::new();
    for range in &permission.ip_ranges {
        peers.push((
            Peer::Ipv4(ipv4(&range.cidr_ip)?),
            description(&range.description)?,
        ));
    }
    for range in &permission.ipv6_ranges {
        peers.push((
            Peer::Ipv6(ipv6(&range.cidr_ipv6)?),
            description(&range.description)?,
        ));
    }
    for list in &permission.prefix_list_ids {
        filters::check_form(Kind::PrefixList, &list.prefix_list_id)?;
        let peer = Peer::PrefixList(list.prefix_list_id.clone());
        peers.push((peer, description(&list.description)?));
    }
    for pair in &permission.user_id_group_pairs {
        peers.push((
            Peer::Group(peer_group(network, pair)?),
            description(&pair.description)?,
        ));
    }
    Ok(peers)
}

pub(super) fn ipv4(text: &str) -> Result<Ipv4Net, Ec2Error> {
    let block: Option<Ipv4Net> = text.parse().ok();
    block
        .map(|block| block.trunc())
        .ok_or_else(|| malformed(text))
}

pub(super) fn ipv6(text: &str) -> Result<Ipv6Net, Ec2Error> {
    let block: Option<Ipv6Net> = text.parse().ok();
    block
        .map(|block| block.trunc())
        .ok_or_else(|| malformed(text))
}

fn malformed(text: &str) -> Ec2Error {
    Ec2Error::invalid(
        format!("CIDR block {text} is malformed"),
        "Write a block such as 203.0.113.0/24, or 203.0.113.5/32 for one address.",
    )
}

/// Checks a description: up to 255 characters of a set (`IpRange`).
pub(super) fn description(text: &Option<String>) -> Result<Option<String>, Ec2Error> {
    let Some(text) = text.as_ref().filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if text.chars().count() > 255 || !text.chars().all(allowed) {
        return Err(Ec2Error::invalid(
            "Invalid rule description. Valid descriptions are strings less than 256 characters from \
             the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
            "Shorten the description, or remove the special characters.",
        ));
    }
    Ok(Some(text.clone()))
}

fn peer_group(network: &Network, pair: &UserIdGroupPair) -> Result<String, Ec2Error> {
    let unknown = |id: &str| Ec2Error::from(NetError::not_found(Kind::SecurityGroup, id));
    let id = match (&pair.group_id, &pair.group_name) {
        (Some(id), _) => {
            filters::check_form(Kind::SecurityGroup, id)?;
            id.clone()
        }
        (None, Some(name)) => super::named_group(network, name)?.id.clone(),
        (None, None) => return Err(Ec2Error::Missing("groupId")),
    };
    if network.security_group(&id).is_none() {
        return Err(unknown(&id));
    }
    match pair.user_id.as_deref() {
        Some(user) if user != ACCOUNT_ID => Err(unknown(&id)),
        _ => Ok(id),
    }
}

/// Converts rules to permissions: rules with the same protocol and ports share one.
pub(super) fn join<'a>(specs: impl Iterator<Item = &'a RuleSpec>) -> Vec<IpPermission> {
    let mut joined: Vec<IpPermission> = Vec::new();
    for spec in specs {
        let protocol = spec.protocol.to_string();
        let (from, to) = (spec.ports.map(|p| p.from), spec.ports.map(|p| p.to));
        let same = |own: &&mut IpPermission| {
            own.ip_protocol.as_deref() == Some(&protocol)
                && (own.from_port, own.to_port) == (from, to)
        };
        let place = joined.iter_mut().find(same);
        if let Some(own) = place {
            add_peer(own, spec);
            continue;
        }
        let mut permission = IpPermission {
            ip_protocol: Some(protocol),
            from_port: from,
            to_port: to,
            ..IpPermission::default()
        };
        add_peer(&mut permission, spec);
        joined.push(permission);
    }
    joined
}

fn add_peer(permission: &mut IpPermission, spec: &RuleSpec) {
    let description = spec.description.clone();
    match &spec.peer {
        Peer::Ipv4(block) => {
            permission.ip_ranges.push(IpRange {
                description,
                cidr_ip: block.to_string(),
            });
        }
        Peer::Ipv6(block) => {
            permission.ipv6_ranges.push(Ipv6Range {
                description,
                cidr_ipv6: block.to_string(),
            });
        }
        Peer::Group(id) => permission.user_id_group_pairs.push(UserIdGroupPair {
            description,
            user_id: Some(ACCOUNT_ID.to_owned()),
            group_name: None,
            group_id: Some(id.clone()),
        }),
        Peer::PrefixList(id) => {
            permission.prefix_list_ids.push(PrefixListId {
                description,
                prefix_list_id: id.clone(),
            });
        }
    }
}
