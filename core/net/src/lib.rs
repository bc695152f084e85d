//! Virtual networks as values, and one question about them: can A reach B on port P, and if not, which
//! hop refuses?
#![forbid(unsafe_code)]

pub mod acl;
pub mod error;
pub mod gateway;
pub mod group;
pub mod interface;
pub mod limits;
pub mod prefix;
pub mod reach;
pub mod route;
pub mod rule;
pub mod subnet;
pub mod vpc;

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::{Ipv4Net, Ipv6Net};

pub use acl::{AclEntry, NetworkAcl};
pub use error::{Kind, NetError, Quota};
pub use gateway::InternetGateway;
pub use group::{SecurityGroup, SecurityGroupRule};
pub use interface::{Attachment, Interface, InterfaceOwner, InterfaceSpec, PublicIp};
pub use prefix::{PrefixEntry, PrefixList};
pub use reach::Listening;
pub use route::{Destination, Route, RouteTable, Target};
pub use rule::{Direction, Peer, PortRange, Protocol, RuleSpec};
pub use subnet::{Subnet, SubnetSpec};
pub use vpc::Vpc;

/// The networks of one account in one region. All maps are keyed by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The region, as `us-west-2`.
    pub region: String,
    /// The availability zones, in order.
    pub zones: Vec<Zone>,
    /// VPCs.
    pub vpcs: BTreeMap<String, Vpc>,
    /// Subnets.
    pub subnets: BTreeMap<String, Subnet>,
    /// Internet gateways.
    pub internet_gateways: BTreeMap<String, InternetGateway>,
    /// Route tables.
    pub route_tables: BTreeMap<String, RouteTable>,
    /// Network ACLs.
    pub network_acls: BTreeMap<String, NetworkAcl>,
    /// Security groups.
    pub security_groups: BTreeMap<String, SecurityGroup>,
    /// Network interfaces.
    pub interfaces: BTreeMap<String, Interface>,
    /// Prefix lists.
    pub prefix_lists: BTreeMap<String, PrefixList>,
    /// The DHCP options of all VPCs of the region.
    pub dhcp_options_id: String,
    public_pool: Ipv4Net,
    ipv6_pool: Ipv6Net,
    public_ips_given: u32,
    ipv6_blocks_given: u32,
    rule_sequence: u64,
}

/// An availability zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The name, for example `us-west-2a`.
    pub name: String,
    /// The id, for example `usw2-az1`: the same location in every account.
    pub id: String,
}

impl Network {
    /// Makes a region without networks. `public_pool` (a /16) provides public addresses, `ipv6_pool` (a /36
    /// or shorter) provides IPv6 blocks.
    #[must_use]
    pub fn new(
        region: &str,
        zones: Vec<Zone>,
        public_pool: Ipv4Net,
        ipv6_pool: Ipv6Net,
        dhcp_options_id: String,
    ) -> Self {
        Self {
            region: region.to_owned(),
            zones,
            vpcs: BTreeMap::new(),
            subnets: BTreeMap::new(),
            internet_gateways: BTreeMap::new(),
            route_tables: BTreeMap::new(),
            network_acls: BTreeMap::new(),
            security_groups: BTreeMap::new(),
            interfaces: BTreeMap::new(),
            prefix_lists: BTreeMap::new(),
            dhcp_options_id,
            public_pool,
            ipv6_pool,
            public_ips_given: 0,
            ipv6_blocks_given: 0,
            rule_sequence: 0,
        }
    }

    /// The subnet `id`.
    #[must_use]
    pub fn subnet(&self, id: &str) -> Option<&Subnet> {
        self.subnets.get(id)
    }

    /// The VPC `id`.
    #[must_use]
    pub fn vpc(&self, id: &str) -> Option<&Vpc> {
        self.vpcs.get(id)
    }

    /// The security group `id`.
    #[must_use]
    pub fn security_group(&self, id: &str) -> Option<&SecurityGroup> {
        self.security_groups.get(id)
    }

    /// The default VPC.
    #[must_use]
    pub fn default_vpc(&self) -> Option<&Vpc> {
        self.vpcs.values().find(|vpc| vpc.is_default)
    }
}

/// One end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A network interface of a VPC, by id (`eni-…`).
    Interface(String),
    /// An address on the Internet.
    Internet(IpAddr),
}
