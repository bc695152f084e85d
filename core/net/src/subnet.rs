//! Subnets: parts of a VPC's addresses, each in one availability zone.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use super::error::{Kind, NetError, Quota};
use super::vpc::{CidrAssociation, Vpc, overlap};
use super::{Network, limits};
use hsmlab_sim::ids::Ids;

/// A subnet: a part of a VPC's addresses in one availability zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// The id, for example `subnet-…`.
    pub id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// The availability zone's name, for example `us-west-2a`.
    pub zone: String,
    /// The availability zone's id, for example `usw2-az1`.
    pub zone_id: String,
    /// The IPv4 block.
    pub cidr: Ipv4Net,
    /// The IPv6 block, a /64.
    pub ipv6_cidr: Option<CidrAssociation<Ipv6Net>>,
    /// True if an instance launched here gets a public IPv4 address.
    pub map_public_ip_on_launch: bool,
    /// True if an interface made here gets an IPv6 address.
    pub assign_ipv6_on_creation: bool,
    /// True if it is the zone's default subnet.
    pub default_for_zone: bool,
    /// `ip-name` or `resource-name`.
    pub hostname_type: String,
    /// True if the resource's name resolves to its IPv4 address.
    pub resource_name_a_record: bool,
    /// True if the resource's name resolves to its IPv6 address.
    pub resource_name_aaaa_record: bool,
    /// True if IPv4 destinations get synthetic IPv6 addresses.
    pub dns64: bool,
    /// The network ACL; a subnet has exactly one.
    pub acl_id: String,
    /// The association of the network ACL, `aclassoc-…`.
    pub acl_association: String,
    /// The explicit route table; without one, the VPC's main table applies.
    pub route_table: Option<SubnetRouteTable>,
}

/// A subnet's explicit route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetRouteTable {
    /// The association's id, for example `rtbassoc-…`.
    pub association: String,
    /// The table.
    pub route_table_id: String,
}

/// The settings of a new subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetSpec {
    /// The VPC.
    pub vpc_id: String,
    /// The zone's name or id; `None` selects the first zone.
    pub zone: Option<String>,
    /// The IPv4 block.
    pub cidr: Ipv4Net,
    /// The IPv6 block.
    pub ipv6_cidr: Option<Ipv6Net>,
}

impl Subnet {
    /// True if `address` is in the subnet's blocks.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.cidr.contains(&address),
            IpAddr::V6(address) => self
                .ipv6_cidr
                .as_ref()
                .is_some_and(|block| block.cidr.contains(&address)),
        }
    }

    /// True if `address` is one of the five that every subnet reserves ("Subnet sizing", VPC User Guide):
    /// network, router, DNS, future use and broadcast.
    #[must_use]
    pub fn is_reserved(&self, address: Ipv4Addr) -> bool {
        let offset = u32::from(address).wrapping_sub(u32::from(self.cidr.network()));
        offset < 4 || address == self.cidr.broadcast()
    }

    /// The number of addresses available to interfaces.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        (1u32 << (32 - u32::from(self.cidr.prefix_len())))
            .saturating_sub(limits::RESERVED_ADDRESSES)
    }
}

impl Network {
    /// Makes a subnet with the VPC's default network ACL.
    ///
    /// # Errors
    /// The VPC or the zone is unknown, the block is outside the VPC or taken, or the quota is used up.
    pub fn create_subnet(&mut self, ids: &mut Ids, spec: SubnetSpec) -> Result<String, NetError> {
        let vpc = self
            .vpcs
            .get(&spec.vpc_id)
            .ok_or_else(|| NetError::not_found(Kind::Vpc, &spec.vpc_id))?;
        let zone = match &spec.zone {
            None => self.zones.first(),
            Some(name) => self
                .zones
                .iter()
                .find(|zone| zone.name == *name || zone.id == *name),
        };
        let zone = zone.cloned().ok_or_else(|| NetError::ZoneUnknown {
            zone: spec.zone.clone().unwrap_or_default(),
            zones: self.zones.iter().map(|zone| zone.name.clone()).collect(),
        })?;
        let cidr = spec.cidr.trunc();
        let inside = vpc.cidrs.iter().any(|block| block.cidr.contains(&cidr));
        if !inside || !limits::IPV4_PREFIX_LENGTHS.contains(&cidr.prefix_len()) {
            return Err(NetError::SubnetCidrRange(spec.cidr.to_string()));
        }
        let mut count = 0;
        for subnet in self.subnets.values().filter(|s| s.vpc_id == spec.vpc_id) {
            count += 1;
            if overlap(&subnet.cidr, &cidr) {
                return Err(NetError::SubnetCidrConflict(cidr.to_string()));
            }
        }
        if let Some(block) = &spec.ipv6_cidr {
            self.check_subnet_ipv6(vpc, block)?;
        }
        if count >= limits::SUBNETS_PER_VPC {
            return Err(NetError::QuotaReached(Quota::SubnetsPerVpc));
        }
        let id = ids.ec2("subnet");
        let subnet = Subnet {
            id: id.clone(),
            zone: zone.name,
            zone_id: zone.id,
            cidr,
            ipv6_cidr: spec.ipv6_cidr.map(|cidr| CidrAssociation {
                id: ids.ec2("subnet-cidr-assoc"),
                cidr,
            }),
            map_public_ip_on_launch: false,
            assign_ipv6_on_creation: false,
            default_for_zone: false,
            hostname_type: "ip-name".into(),
            resource_name_a_record: false,
            resource_name_aaaa_record: false,
            dns64: false,
            acl_id: vpc.default_acl.clone(),
            acl_association: ids.ec2("aclassoc"),
            route_table: None,
            vpc_id: spec.vpc_id,
        };
        self.subnets.insert(id.clone(), subnet);
        Ok(id)
    }

    /// Adds an IPv6 block to a subnet.
    ///
    /// # Errors
    /// The subnet is unknown or has a block, or the block is outside the VPC's or taken.
    pub fn associate_subnet_ipv6(
        &mut self,
        ids: &mut Ids,
        subnet_id: &str,
        cidr: Ipv6Net,
    ) -> Result<String, NetError> {
        let unknown = || NetError::not_found(Kind::Subnet, subnet_id);
        let subnet = self.subnets.get(subnet_id).ok_or_else(unknown)?;
        if subnet.ipv6_cidr.is_some() {
            return Err(NetError::SubnetHasIpv6(subnet_id.to_owned()));
        }
        let vpc = self
            .vpcs
            .get(&subnet.vpc_id)
            .ok_or_else(|| NetError::not_found(Kind::Vpc, &subnet.vpc_id))?;
        self.check_subnet_ipv6(vpc, &cidr)?;
        let id = ids.ec2("subnet-cidr-assoc");
        if let Some(subnet) = self.subnets.get_mut(subnet_id) {
            subnet.ipv6_cidr = Some(CidrAssociation {
                id: id.clone(),
                cidr,
            });
        }
        Ok(id)
    }

    /// Removes a subnet's IPv6 block; returns the subnet's id.
    ///
    /// # Errors
    /// The association is unknown, or an interface has an address of the block.
    pub fn disassociate_subnet_ipv6(&mut self, association: &str) -> Result<String, NetError> {
        let tied = |subnet: &&Subnet| {
            subnet
                .ipv6_cidr
                .as_ref()
                .is_some_and(|block| block.id == association)
        };
        let id = self
            .subnets
            .values()
            .find(tied)
            .map(|subnet| subnet.id.clone())
            .ok_or_else(|| NetError::not_found(Kind::SubnetCidrAssociation, association))?;
        let user = self
            .interfaces
            .values()
            .find(|i| i.subnet_id == id && !i.ipv6.is_empty());
        if let Some(user) = user {
            return Err(NetError::InUse {
                kind: Kind::SubnetCidrAssociation,
                id: association.to_owned(),
                by: Some(user.id.clone()),
            });
        }
        if let Some(subnet) = self.subnets.get_mut(&id) {
            subnet.ipv6_cidr = None;
            subnet.assign_ipv6_on_creation = false;
        }
        Ok(id)
    }

    /// Checks an IPv6 block for a subnet: a /64 of the VPC's block that no other subnet has.
    fn check_subnet_ipv6(&self, vpc: &Vpc, cidr: &Ipv6Net) -> Result<(), NetError> {
        let inside = vpc.ipv6_cidrs.iter().any(|block| block.cidr.contains(cidr));
        if !inside || cidr.prefix_len() != 64 {
            return Err(NetError::SubnetCidrRange(cidr.to_string()));
        }
        let taken = |subnet: &Subnet| {
            subnet.vpc_id == vpc.id
                && subnet
                    .ipv6_cidr
                    .as_ref()
                    .is_some_and(|own| own.cidr.contains(cidr))
        };
        if self.subnets.values().any(taken) {
            return Err(NetError::SubnetCidrConflict(cidr.to_string()));
        }
        Ok(())
    }

    /// Deletes a subnet.
    ///
    /// # Errors
    /// It is unknown, or an interface is in it.
    pub fn delete_subnet(&mut self, id: &str) -> Result<(), NetError> {
        if !self.subnets.contains_key(id) {
            return Err(NetError::not_found(Kind::Subnet, id));
        }
        if let Some(interface) = self.interfaces.values().find(|i| i.subnet_id == id) {
            return Err(NetError::InUse {
                kind: Kind::Subnet,
                id: id.to_owned(),
                by: Some(interface.id.clone()),
            });
        }
        self.subnets.remove(id);
        Ok(())
    }

    /// The number of free addresses in a subnet; `None` for an unknown subnet.
    #[must_use]
    pub fn free_address_count(&self, subnet_id: &str) -> Option<u32> {
        let subnet = self.subnets.get(subnet_id)?;
        let in_subnet = self
            .interfaces
            .values()
            .filter(|i| i.subnet_id == subnet_id);
        let used: usize = in_subnet.map(|i| i.private_ips().count()).sum();
        Some(
            subnet
                .capacity()
                .saturating_sub(u32::try_from(used).unwrap_or(u32::MAX)),
        )
    }

    /// Checks that an interface can get `address` in a subnet.
    ///
    /// # Errors
    /// The subnet is unknown, or the address is outside it, reserved or taken.
    pub fn address_is_free(&self, subnet_id: &str, address: Ipv4Addr) -> Result<(), NetError> {
        let subnet = self
            .subnets
            .get(subnet_id)
            .ok_or_else(|| NetError::not_found(Kind::Subnet, subnet_id))?;
        if !subnet.cidr.contains(&address) {
            return Err(NetError::AddressOutsideSubnet {
                address: address.into(),
                cidr: subnet.cidr.to_string(),
            });
        }
        if subnet.is_reserved(address) {
            return Err(NetError::AddressReserved(address.into()));
        }
        let mut others = self
            .interfaces
            .values()
            .filter(|i| i.subnet_id == subnet_id);
        if others.any(|i| i.private_ips().any(|own| own == address)) {
            return Err(NetError::AddressInUse(address.into()));
        }
        Ok(())
    }
}
