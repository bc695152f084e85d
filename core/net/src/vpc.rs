//! VPCs, and the default VPC that every region starts with.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::error::{Kind, NetError, Quota};
use super::rule::{Peer, Protocol, RuleSpec};
use super::subnet::SubnetSpec;
use super::{Network, limits};
use hsmlab_sim::ids::Ids;

/// A block of addresses associated with a VPC or a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CidrAssociation<N> {
    /// The id, for example `vpc-cidr-assoc-…` or `subnet-cidr-assoc-…`.
    pub id: String,
    /// The block.
    pub cidr: N,
}

/// A virtual private cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    /// The id, for example `vpc-…`.
    pub id: String,
    /// IPv4 blocks; the first is the primary one and cannot be removed.
    pub cidrs: Vec<CidrAssociation<Ipv4Net>>,
    /// IPv6 blocks.
    pub ipv6_cidrs: Vec<CidrAssociation<Ipv6Net>>,
    /// True if it is the region's default VPC.
    pub is_default: bool,
    /// True if names can be resolved at the VPC's base + 2.
    pub dns_support: bool,
    /// True if interfaces with a public address get a public name.
    pub dns_hostnames: bool,
    /// True if network address usage is counted.
    pub address_usage_metrics: bool,
    /// `default` or `dedicated`.
    pub tenancy: String,
    /// The region's DHCP options.
    pub dhcp_options_id: String,
    /// The main route table.
    pub main_route_table: String,
    /// The association of the main route table, `rtbassoc-…`.
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

    /// True if `address` is in one of the VPC's blocks.
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

/// True if two blocks share an address.
pub(super) fn overlap(one: &Ipv4Net, other: &Ipv4Net) -> bool {
    one.contains(other) || other.contains(one)
}

impl Network {
    /// Makes a VPC with its main route table, default network ACL and default security group.
    ///
    /// # Errors
    /// The block's size is wrong, or the quota is used up.
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

    /// Makes the default VPC like AWS: 172.31.0.0/16, in every zone a /20 subnet that assigns public
    /// addresses, and an internet gateway as the default route of the main route table.
    ///
    /// # Errors
    /// One already exists, or a quota is used up.
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
    /// The VPC is unknown, the block's size is wrong, it overlaps one of the VPC's, or the quota is used
    /// up.
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

    /// Adds a /56 of Amazon's IPv6 addresses to a VPC.
    ///
    /// # Errors
    /// The VPC is unknown, or the quota is used up.
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

    /// Removes a block from a VPC; returns the VPC's id.
    ///
    /// # Errors
    /// The association is unknown, the block is the primary one, or a subnet lies in the block.
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
    /// It is unknown, or contains something else.
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
}
