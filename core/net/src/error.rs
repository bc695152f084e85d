//! The reasons to refuse a change of a network. The service that was called turns them into its own
//! codes and texts.

use std::net::IpAddr;

/// A kind of resource in a network, for errors that name one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A virtual private cloud, `vpc-…`.
    Vpc,
    /// A subnet, `subnet-…`.
    Subnet,
    /// An internet gateway, `igw-…`.
    InternetGateway,
    /// A route table, `rtb-…`.
    RouteTable,
    /// The association of a route table to a subnet or to the VPC, `rtbassoc-…`.
    RouteTableAssociation,
    /// A network ACL, `acl-…`.
    NetworkAcl,
    /// The association of a network ACL to a subnet, `aclassoc-…`.
    NetworkAclAssociation,
    /// A security group, `sg-…`.
    SecurityGroup,
    /// A rule of a security group, `sgr-…`.
    SecurityGroupRule,
    /// A network interface, `eni-…`.
    Interface,
    /// The association of an interface to an instance, `eni-attach-…`.
    Attachment,
    /// A prefix list, `pl-…`.
    PrefixList,
    /// The association of a CIDR block to a VPC, `vpc-cidr-assoc-…`.
    VpcCidrAssociation,
    /// The association of an IPv6 CIDR block to a subnet, `subnet-cidr-assoc-…`.
    SubnetCidrAssociation,
}

/// A quota of [`super::limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quota {
    /// VPCs in a region.
    Vpcs,
    /// CIDR blocks of a VPC.
    CidrBlocksPerVpc,
    /// Subnets of a VPC.
    SubnetsPerVpc,
    /// Internet gateways in a region.
    InternetGateways,
    /// Route tables of a VPC.
    RouteTablesPerVpc,
    /// Routes of a route table.
    RoutesPerRouteTable,
    /// Network ACLs of a VPC.
    NetworkAclsPerVpc,
    /// Entries of a network ACL in one direction.
    EntriesPerNetworkAcl,
    /// Security groups in a region.
    SecurityGroups,
    /// Rules of a security group in one direction.
    RulesPerSecurityGroup,
    /// Security groups of an interface.
    GroupsPerInterface,
    /// Network interfaces in a region.
    Interfaces,
    /// Prefix lists in a region.
    PrefixLists,
}

/// The reasons to refuse a change of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetError {
    /// No resource has this id.
    NotFound {
        /// The kind of resource.
        kind: Kind,
        /// The unknown id.
        id: String,
    },
    /// Another resource still needs it.
    InUse {
        /// The kind of the resource to delete.
        kind: Kind,
        /// Its id.
        id: String,
        /// The id of the other resource, if there is a single one.
        by: Option<String>,
    },
    /// A quota is used up.
    QuotaReached(Quota),
    /// The interface belongs to an AWS service: only that service may change it.
    ServiceManaged(String),
    /// A VPC's block is not between /16 and /28.
    VpcCidrSize(String),
    /// A block overlaps one that the VPC has.
    VpcCidrConflict(String),
    /// The VPC's first block cannot be removed.
    VpcPrimaryCidr(String),
    /// A subnet's block is outside its VPC's, or not between /16 and /28.
    SubnetCidrRange(String),
    /// A subnet's block overlaps another subnet's of the VPC.
    SubnetCidrConflict(String),
    /// The region has no zone of this name.
    ZoneUnknown {
        /// The name as given.
        zone: String,
        /// The zones of the region.
        zones: Vec<String>,
    },
    /// The subnet has no IPv6 block, so its interfaces get no IPv6 address.
    SubnetWithoutIpv6(String),
    /// The subnet has an IPv6 block already.
    SubnetHasIpv6(String),
    /// The region has a default VPC already.
    DefaultVpcExists,
    /// The gateway is attached to a VPC already.
    GatewayAttached {
        /// The gateway.
        gateway: String,
        /// The VPC that it is attached to.
        vpc: String,
    },
    /// The VPC has an internet gateway already.
    VpcHasGateway(String),
    /// The gateway is not attached to this VPC.
    GatewayNotAttached {
        /// The gateway.
        gateway: String,
        /// The VPC.
        vpc: String,
    },
    /// Interfaces of the VPC have public addresses, which need the gateway.
    PublicAddressesMapped(String),
    /// The gateway and the route table are of different networks.
    GatewayOfOtherVpc {
        /// The gateway.
        gateway: String,
        /// The route table.
        route_table: String,
    },
    /// A route to this destination already exists.
    RouteExists(String),
    /// No route has this destination.
    RouteUnknown {
        /// The destination.
        destination: String,
        /// The route table.
        route_table: String,
    },
    /// The local route is the VPC's own: it cannot be removed.
    RouteLocal(String),
    /// A route more specific than the VPC's own block needs another kind of target.
    RouteInsideVpc(String),
    /// The subnet has an explicit route table already.
    SubnetRouted {
        /// The subnet.
        subnet: String,
        /// The association that it has.
        association: String,
    },
    /// A VPC always has a main route table: its association can be replaced, not removed.
    MainAssociation(String),
    /// The route table and the subnet are in different VPCs.
    DifferentVpcs {
        /// One thing.
        one: String,
        /// The other thing.
        other: String,
    },
    /// The VPC's default network ACL cannot be deleted.
    DefaultNetworkAcl(String),
    /// The ACL has an entry of this number already.
    AclEntryExists(u16),
    /// The ACL has no entry of this number.
    AclEntryUnknown {
        /// The number.
        number: u16,
        /// The network ACL.
        acl: String,
    },
    /// The VPC has a group of this name already.
    GroupNameTaken {
        /// The name.
        name: String,
        /// The VPC.
        vpc: String,
    },
    /// The VPC's default group cannot be deleted.
    DefaultGroup(String),
    /// The rule already exists, in EC2's wording of a rule.
    RuleExists(String),
    /// The group that a rule names is in another VPC.
    PeerOfOtherVpc(String),
    /// The group has no such rule.
    RuleUnknown,
    /// The group and the subnet are in different VPCs.
    GroupOfOtherVpc {
        /// The group.
        group: String,
        /// The subnet.
        subnet: String,
    },
    /// An interface needs at least one group.
    GroupsEmpty,
    /// The address belongs to another interface.
    AddressInUse(IpAddr),
    /// The address is not in the subnet.
    AddressOutsideSubnet {
        /// The address.
        address: IpAddr,
        /// The subnet's block.
        cidr: String,
    },
    /// The address is one of the five that every subnet reserves.
    AddressReserved(IpAddr),
    /// All addresses of the subnet are taken.
    SubnetFull(String),
    /// The interface is attached to an instance.
    InterfaceAttached(String),
    /// The instance has no interface in this network: it does not exist.
    InstanceUnknown(String),
    /// The instance has an interface at this device index already.
    DeviceIndexTaken {
        /// The instance.
        instance: String,
        /// The index.
        index: u32,
    },
    /// An instance's first interface stays until the instance ends.
    PrimaryInterface(String),
    /// The instance and the interface are in different zones.
    DifferentZones {
        /// The instance.
        instance: String,
        /// The interface.
        interface: String,
    },
}

impl NetError {
    /// A [`NetError::NotFound`].
    #[must_use]
    pub fn not_found(kind: Kind, id: &str) -> Self {
        Self::NotFound {
            kind,
            id: id.to_owned(),
        }
    }
}
