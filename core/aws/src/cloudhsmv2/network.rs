//! The service's resources in the customer's network: the cluster's security group and the HSMs'
//! interfaces. Only this file of the service depends on EC2.

use std::net::{IpAddr, Ipv4Addr};

use super::Parts;
use super::error::{Fault, Mismatch, Refusal};
use crate::request::Env;
use hsmlab_net::{Direction, InterfaceOwner, InterfaceSpec, NetError, Network, Peer, RuleSpec};

/// The requester of the interfaces in describe-network-interfaces. Guess: the value is not
/// published.
const REQUESTER_ID: &str = "amazon-cloudhsm";

/// The security group's description. Guess: the text is not published.
fn group_description(cluster_id: &str) -> String {
    format!("AWS CloudHSM security group for {cluster_id}")
}

/// The properties of a subnet that a cluster needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) subnet_id: String,
    pub(super) vpc_id: String,
    pub(super) zone: String,
    pub(super) has_ipv6: bool,
}

/// An HSM's interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) id: String,
    pub(super) ip: String,
    pub(super) ipv6: Option<String>,
}

fn network<'c>(parts: &'c Parts<'_>, region: &str) -> Option<&'c Network> {
    parts.ec2.region(region).map(|region| &region.network)
}

fn network_mut<'c>(parts: &'c mut Parts<'_>, region: &str) -> Result<&'c mut Network, Refusal> {
    let found = parts
        .ec2
        .region_mut(region)
        .map(|region| &mut region.network);
    found.ok_or_else(|| Fault::Network(format!("Region {region} has no network.")).into())
}

/// The subnet with that id.
pub(super) fn subnet(parts: &Parts<'_>, region: &str, id: &str) -> Option<Place> {
    network(parts, region)?.subnet(id).map(|subnet| Place {
        subnet_id: subnet.id.clone(),
        vpc_id: subnet.vpc_id.clone(),
        zone: subnet.zone.clone(),
        has_ipv6: subnet.ipv6_cidr.is_some(),
    })
}

/// Returns the cluster's security group and creates it if it is missing: `cloudhsm-<cluster id>-sg`
/// with TCP 2223-2225 from and to itself and nothing else (User Guide, configure the security
/// group). An existing group is not changed.
pub(super) fn ensure_group(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    vpc_id: &str,
    cluster_id: &str,
) -> Result<String, Refusal> {
    let name = format!("cloudhsm-{cluster_id}-sg");
    let network = network_mut(parts, region)?;
    let mut groups = network.security_groups.values();
    if let Some(group) = groups.find(|group| group.vpc_id == vpc_id && group.name == name) {
        return Ok(group.id.clone());
    }
    let description = group_description(cluster_id);
    let id = network
        .create_security_group(env.ids, vpc_id, &name, &description)
        .map_err(refusal)?;
    let rule = RuleSpec::tcp(2223, 2225, Peer::Group(id.clone()));
    for direction in [Direction::Ingress, Direction::Egress] {
        network
            .authorize(env.ids, &id, direction, rule.clone())
            .map_err(refusal)?;
    }
    network.revoke_default_egress(&id).map_err(refusal)?;
    Ok(id)
}

/// Deletes a cluster's security group. A group that something still uses is kept: it belongs to the
/// customer.
pub(super) fn delete_group(parts: &mut Parts<'_>, region: &str, id: &str) {
    if let Ok(network) = network_mut(parts, region) {
        let _in_use = network.delete_security_group(id);
    }
}

/// True if the group exists.
pub(super) fn group_exists(parts: &Parts<'_>, region: &str, id: &str) -> bool {
    network(parts, region).is_some_and(|network| network.security_group(id).is_some())
}

/// Checks that an HSM can get an interface in a subnet, with the address `wanted` if there is one.
pub(super) fn check_address(
    parts: &Parts<'_>,
    region: &str,
    subnet_id: &str,
    wanted: Option<Ipv4Addr>,
) -> Result<(), Refusal> {
    let Some(network) = network(parts, region) else {
        return Ok(());
    };
    match wanted {
        Some(ip) => network
            .address_is_free(subnet_id, ip)
            .map_err(|why| match why {
                NetError::AddressInUse(ip) => Mismatch::IpAddressTaken(ip.to_string()).into(),
                NetError::AddressOutsideSubnet { .. } | NetError::AddressReserved(_) => {
                    Mismatch::IpAddressOutside {
                        ip: ip.to_string(),
                        subnet_id: subnet_id.to_owned(),
                    }
                    .into()
                }
                other => refusal(other),
            }),
        None if network.free_address_count(subnet_id) == Some(0) => {
            Err(Fault::NoFreeAddress(subnet_id.to_owned()).into())
        }
        None => Ok(()),
    }
}

/// The specification of an HSM's interface.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) hsm_id: &'a str,
    pub(super) subnet_id: &'a str,
    pub(super) group: &'a str,
    pub(super) ip: Option<Ipv4Addr>,
    pub(super) ipv6: bool,
}

/// Creates the interface of an HSM.
pub(super) fn create_interface(
    parts: &mut Parts<'_>,
    env: &mut Env<'_>,
    region: &str,
    wanted: Wanted<'_>,
) -> Result<Interface, Refusal> {
    let spec = InterfaceSpec {
        subnet_id: wanted.subnet_id.to_owned(),
        groups: vec![wanted.group.to_owned()],
        private_ip: wanted.ip,
        ipv6: wanted.ipv6,
        description: String::new(),
        owner: InterfaceOwner::Service {
            requester_id: REQUESTER_ID.to_owned(),
            description: format!("CloudHsm ENI {}", wanted.hsm_id),
        },
        public_ip: None,
        now: env.now,
    };
    let network = network_mut(parts, region)?;
    let id = network.create_interface(env.ids, spec).map_err(refusal)?;
    let made = network.interface(&id);
    Ok(Interface {
        ip: made
            .map(|interface| interface.private_ip.to_string())
            .unwrap_or_default(),
        ipv6: made
            .and_then(|interface| interface.ipv6.first())
            .map(ToString::to_string),
        id,
    })
}

/// Deletes the interface of an HSM.
pub(super) fn delete_interface(parts: &mut Parts<'_>, region: &str, id: &str) {
    if let Ok(network) = network_mut(parts, region) {
        let _gone_already = network.delete_interface(id);
    }
}

/// Translates a refusal of EC2 that no earlier check of this service has caught.
fn refusal(why: NetError) -> Refusal {
    match why {
        NetError::SubnetFull(subnet) => Fault::NoFreeAddress(subnet).into(),
        NetError::AddressInUse(IpAddr::V4(ip)) => Mismatch::IpAddressTaken(ip.to_string()).into(),
        NetError::SubnetWithoutIpv6(subnet) => Mismatch::SubnetWithoutIpv6(subnet).into(),
        other => Fault::Network(format!("Amazon EC2 refused the request: {other:?}")).into(),
    }
}
