//! VPCs and subnets, and the default VPC that every region starts with.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::error::{Kind, NetError, Quota};
use super::group::{Peer, Protocol, RuleSpec};
use super::{Network, limits};
use crate::sim::ids::Ids;

/// A block of addresses tied to a VPC or a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CidrAssociation<N> {
    /// As `vpc-cidr-assoc-…` or `subnet-cidr-assoc-…`.
    pub id: String,
    /// The block.
    pub cidr: N,
}

/// A virtual private cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    /// As `vpc-…`.
    pub id: String,
    /// IPv4 blocks; the first is the primary one and stays.
    pub cidrs: Vec<CidrAssociation<Ipv4Net>>,
    /// IPv6 blocks.
    pub ipv6_cidrs: Vec<CidrAssociation<Ipv6Net>>,
    /// Whether it is the region's default VPC.
    pub is_default: bool,
    /// Whether names can be resolved at the VPC's base + 2.
    pub dns_support: bool,
    /// Whether interfaces with a public address get a public name.
    pub dns_hostnames: bool,
    /// Whether network address usage is counted.
    pub address_usage_metrics: bool,
    /// `default` or `dedicated`.
    pub tenancy: String,
    /// The region's DHCP options.
    pub dhcp_options_id: String,
    /// The main route table.
    pub main_route_table: String,
    /// The tie of the main route table, `rtbassoc-…`.
    pub main_association: String,
    /// The default network ACL.
    pub default_acl: String,
    /// The default security group.
    pub default_group: String,
}

impl Vpc {
    /// The primary IPv4 block.
    #[must_use]
    pub fn cidr(&self) -> Ipv4Net {
        self.cidrs
            .first()
            .map_or_else(Ipv4Net::default, |first| first.cidr)
    }

    /// Whether `address` is in one of the VPC's blocks.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.blocks().any(|block| block.contains(&address))
    }

    /// All blocks, IPv4 first.
    pub fn blocks(&self) -> impl Iterator<Item = IpNet> + '_ {
        let v4 = self.cidrs.iter().map(|block| IpNet::V4(block.cidr));
        v4.chain(self.ipv6_cidrs.iter().map(|block| IpNet::V6(block.cidr)))
    }
}

/// A subnet: a part of a VPC's addresses in one availability zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// As `subnet-…`.
    pub id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// The availability zone's name, as `us-west-2a`.
    pub zone: String,
    /// The availability zone's id, as `usw2-az1`.
    pub zone_id: String,
    /// The IPv4 block.
    pub cidr: Ipv4Net,
    /// The IPv6 block, a /64.
    pub ipv6_cidr: Option<CidrAssociation<Ipv6Net>>,
    /// Whether an instance launched here gets a public IPv4 address.
    pub map_public_ip_on_launch: bool,
    /// Whether an interface made here gets an IPv6 address.
    pub assign_ipv6_on_creation: bool,
    /// Whether it is the zone's default subnet.
    pub default_for_zone: bool,
    /// `ip-name` or `resource-name`.
    pub hostname_type: String,
    /// Whether the resource's name resolves to its IPv4 address.
    pub resource_name_a_record: bool,
    /// Whether the resource's name resolves to its IPv6 address.
    pub resource_name_aaaa_record: bool,
    /// Whether IPv4 destinations get synthetic IPv6 addresses.
    pub dns64: bool,
    /// The network ACL; a subnet has exactly one.
    pub acl_id: String,
    /// The tie of the network ACL, `aclassoc-…`.
    pub acl_association: String,
    /// The explicit route table; without one the VPC's main table routes.
    pub route_table: Option<SubnetRouteTable>,
}

/// A subnet's explicit route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetRouteTable {
    /// As `rtbassoc-…`.
    pub association: String,
    /// The table.
    pub route_table_id: String,
}

/// What a new subnet is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetSpec {
    /// The VPC.
    pub vpc_id: String,
    /// The zone's name or id; the first zone without one.
    pub zone: Option<String>,
    /// The IPv4 block.
    pub cidr: Ipv4Net,
    /// The IPv6 block.
    pub ipv6_cidr: Option<Ipv6Net>,
}

impl Subnet {
    /// Whether `address` is in the subnet's blocks.
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

    /// Whether `address` is one of the five that every subnet keeps for itself ("Subnet sizing", VPC
    /// User Guide): network, router, DNS, future use and broadcast.
    #[must_use]
    pub fn is_reserved(&self, address: Ipv4Addr) -> bool {
        let offset = u32::from(address).wrapping_sub(u32::from(self.cidr.network()));
        offset < 4 || address == self.cidr.broadcast()
    }

    /// How many addresses interfaces can have.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        (1u32 << (32 - u32::from(self.cidr.prefix_len())))
            .saturating_sub(limits::RESERVED_ADDRESSES)
    }
}

/// Whether two blocks share an address.
pub(super) fn overlap(one: &Ipv4Net, other: &Ipv4Net) -> bool {
    one.contains(other) || other.contains(one)
}

impl Network {
    /// Makes a VPC with its main route table, default network ACL and default security group.
    ///
    /// # Errors
    /// The block's size, or the quota.
    pub fn create_vpc(
        &mut self,
        ids: &mut Ids,
        cidr: Ipv4Net,
        tenancy: &str,
        amazon_ipv6: bool,
    ) -> Result<String, NetError> {
        if !limits::IPV4_PREFIX_LENGTHS.contains(&cidr.prefix_len()) {
            return Err(NetError::VpcCidrSize(cidr.to_string()));
        }
        if self.vpcs.len() >= limits::VPCS {
            return Err(NetError::QuotaReached(Quota::Vpcs));
        }
        let id = ids.ec2("vpc");
        let main_route_table = ids.ec2("rtb");
        let default_acl = ids.ec2("acl");
        let default_group = ids.ec2("sg");
        let vpc = Vpc {
            id: id.clone(),
            cidrs: vec![CidrAssociation {
                id: ids.ec2("vpc-cidr-assoc"),
                cidr: cidr.trunc(),
            }],
            ipv6_cidrs: Vec::new(),
            is_default: false,
            dns_support: true,
            dns_hostnames: false,
            address_usage_metrics: false,
            tenancy: tenancy.to_owned(),
            dhcp_options_id: self.dhcp_options_id.clone(),
            main_route_table: main_route_table.clone(),
            main_association: ids.ec2("rtbassoc"),
            default_acl: default_acl.clone(),
            default_group: default_group.clone(),
        };
        self.vpcs.insert(id.clone(), vpc);
        self.insert_route_table(&main_route_table, &id);
        self.insert_acl(&default_acl, &id, true);
        self.insert_group(&default_group, &id, "default", "default VPC security group");
        self.insert_rule(
            ids,
            &default_group,
            false,
            RuleSpec {
                protocol: Protocol::ALL,
                ports: None,
                peer: Peer::Group(default_group.clone()),
                description: None,
            },
        );
        self.insert_rule(ids, &default_group, true, RuleSpec::everything());
        if amazon_ipv6 {
            self.associate_amazon_ipv6(ids, &id)?;
        }
        Ok(id)
    }

    /// Makes the default VPC as AWS makes it: 172.31.0.0/16, a /20 subnet in every zone that gives
    /// public addresses, and an internet gateway that the main route table leads to.
    ///
    /// # Errors
    /// There is one, or a quota is reached.
    pub fn create_default_vpc(&mut self, ids: &mut Ids) -> Result<String, NetError> {
        if self.vpcs.values().any(|vpc| vpc.is_default) {
            return Err(NetError::DefaultVpcExists);
        }
        if self.internet_gateways.len() >= limits::INTERNET_GATEWAYS {
            return Err(NetError::QuotaReached(Quota::InternetGateways));
        }
        let base = Ipv4Addr::new(172, 31, 0, 0);
        let cidr = Ipv4Net::new_assert(base, 16);
        let id = self.create_vpc(ids, cidr, "default", false)?;
        let gateway = self.create_internet_gateway(ids)?;
        self.attach_internet_gateway(&gateway, &id)?;
        if let Some(vpc) = self.vpcs.get_mut(&id) {
            vpc.is_default = true;
            vpc.dns_hostnames = true;
            let table = vpc.main_route_table.clone();
            self.create_route(
                &table,
                super::route::Destination::anywhere_v4(),
                super::route::Target::InternetGateway(gateway),
            )?;
        }
        for (number, zone) in (0u32..).zip(self.zones.clone()) {
            let network = Ipv4Addr::from(u32::from(base) + (number << 12));
            let subnet = self.create_subnet(
                ids,
                SubnetSpec {
                    vpc_id: id.clone(),
                    zone: Some(zone.name),
                    cidr: Ipv4Net::new_assert(network, 20),
                    ipv6_cidr: None,
                },
            )?;
            if let Some(subnet) = self.subnets.get_mut(&subnet) {
                subnet.default_for_zone = true;
                subnet.map_public_ip_on_launch = true;
            }
        }
        Ok(id)
    }

    /// Adds an IPv4 block to a VPC.
    ///
    /// # Errors
    /// The VPC is unknown, the block's size is wrong or it overlaps one of the VPC's, or the quota.
    pub fn associate_cidr(
        &mut self,
        ids: &mut Ids,
        vpc_id: &str,
        cidr: Ipv4Net,
    ) -> Result<String, NetError> {
        let vpc = self
            .vpcs
            .get_mut(vpc_id)
            .ok_or_else(|| NetError::not_found(Kind::Vpc, vpc_id))?;
        if !limits::IPV4_PREFIX_LENGTHS.contains(&cidr.prefix_len()) {
            return Err(NetError::VpcCidrSize(cidr.to_string()));
        }
        if vpc.cidrs.iter().any(|block| overlap(&block.cidr, &cidr)) {
            return Err(NetError::VpcCidrConflict(cidr.to_string()));
        }
        if vpc.cidrs.len() >= limits::IPV4_CIDR_BLOCKS_PER_VPC {
            return Err(NetError::QuotaReached(Quota::CidrBlocksPerVpc));
        }
        let id = ids.ec2("vpc-cidr-assoc");
        vpc.cidrs.push(CidrAssociation {
            id: id.clone(),
            cidr: cidr.trunc(),
        });
        Ok(id)
    }

    /// Gives a VPC a /56 of Amazon's IPv6 addresses.
    ///
    /// # Errors
    /// The VPC is unknown, or the quota.
    pub fn associate_amazon_ipv6(
        &mut self,
        ids: &mut Ids,
        vpc_id: &str,
    ) -> Result<String, NetError> {
        let number = self.ipv6_blocks_given;
        let base = self.ipv6_pool;
        let vpc = self
            .vpcs
            .get_mut(vpc_id)
            .ok_or_else(|| NetError::not_found(Kind::Vpc, vpc_id))?;
        if vpc.ipv6_cidrs.len() >= limits::IPV6_CIDR_BLOCKS_PER_VPC {
            return Err(NetError::QuotaReached(Quota::CidrBlocksPerVpc));
        }
        let id = ids.ec2("vpc-cidr-assoc");
        let network = u128::from(base.network()) | (u128::from(number) << 72);
        let cidr = Ipv6Net::new_assert(network.into(), 56).trunc();
        vpc.ipv6_cidrs.push(CidrAssociation {
            id: id.clone(),
            cidr,
        });
        self.ipv6_blocks_given = number.wrapping_add(1);
        Ok(id)
    }

    /// Takes a block from a VPC; gives the VPC's id.
    ///
    /// # Errors
    /// The tie is unknown, it is the primary block's, or a subnet lies in the block.
    pub fn disassociate_cidr(&mut self, association: &str) -> Result<String, NetError> {
        let unknown = || NetError::not_found(Kind::VpcCidrAssociation, association);
        let vpc = self
            .vpcs
            .values()
            .find(|vpc| {
                vpc.cidrs.iter().any(|b| b.id == association)
                    || vpc.ipv6_cidrs.iter().any(|b| b.id == association)
            })
            .ok_or_else(unknown)?;
        if vpc
            .cidrs
            .first()
            .is_some_and(|first| first.id == association)
        {
            return Err(NetError::VpcPrimaryCidr(association.to_owned()));
        }
        let id = vpc.id.clone();
        let v4 = vpc
            .cidrs
            .iter()
            .find(|b| b.id == association)
            .map(|b| b.cidr);
        let v6 = vpc
            .ipv6_cidrs
            .iter()
            .find(|b| b.id == association)
            .map(|b| b.cidr);
        let user = self.subnets.values().find(|subnet| {
            subnet.vpc_id == id
                && (v4.is_some_and(|block| block.contains(&subnet.cidr))
                    || v6.is_some_and(|block| {
                        subnet
                            .ipv6_cidr
                            .as_ref()
                            .is_some_and(|own| block.contains(&own.cidr))
                    }))
        });
        if let Some(subnet) = user {
            return Err(NetError::InUse {
                kind: Kind::VpcCidrAssociation,
                id: association.to_owned(),
                by: Some(subnet.id.clone()),
            });
        }
        if let Some(vpc) = self.vpcs.get_mut(&id) {
            vpc.cidrs.retain(|b| b.id != association);
            vpc.ipv6_cidrs.retain(|b| b.id != association);
        }
        Ok(id)
    }

    /// Deletes a VPC with its main route table, default ACL and default group.
    ///
    /// # Errors
    /// It is unknown, or something else is in it.
    pub fn delete_vpc(&mut self, id: &str) -> Result<(), NetError> {
        let vpc = self
            .vpcs
            .get(id)
            .ok_or_else(|| NetError::not_found(Kind::Vpc, id))?;
        let subnet = self
            .subnets
            .values()
            .find(|s| s.vpc_id == id)
            .map(|s| &s.id);
        let gateway = self
            .internet_gateways
            .values()
            .find(|g| g.vpc_id.as_deref() == Some(id))
            .map(|g| &g.id);
        let group = self
            .security_groups
            .values()
            .find(|g| g.vpc_id == id && g.id != vpc.default_group)
            .map(|g| &g.id);
        let table = self
            .route_tables
            .values()
            .find(|t| t.vpc_id == id && t.id != vpc.main_route_table)
            .map(|t| &t.id);
        let acl = self
            .network_acls
            .values()
            .find(|a| a.vpc_id == id && !a.is_default)
            .map(|a| &a.id);
        if let Some(by) = subnet.or(gateway).or(group).or(table).or(acl) {
            return Err(NetError::InUse {
                kind: Kind::Vpc,
                id: id.to_owned(),
                by: Some(by.clone()),
            });
        }
        self.route_tables.retain(|_, t| t.vpc_id != id);
        self.network_acls.retain(|_, a| a.vpc_id != id);
        self.security_groups.retain(|_, g| g.vpc_id != id);
        self.vpcs.remove(id);
        Ok(())
    }

    /// Makes a subnet under the VPC's default network ACL.
    ///
    /// # Errors
    /// The VPC or the zone is unknown, the block is outside the VPC or taken, or the quota.
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

    /// Gives a subnet an IPv6 block.
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

    /// Takes a subnet's IPv6 block; gives the subnet's id.
    ///
    /// # Errors
    /// The tie is unknown, or an interface has an address of the block.
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

    /// An IPv6 block for a subnet: a /64 of the VPC's that no other subnet has.
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

    /// Addresses that interfaces may still have in a subnet; `None` for an unknown subnet.
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

    /// Whether an interface could have `address` in a subnet.
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
