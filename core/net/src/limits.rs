//! Quotas of a network: AWS's defaults ("Amazon VPC quotas", VPC User Guide), per region unless said.

/// VPCs.
pub const VPCS: usize = 5;
/// IPv4 CIDR blocks of a VPC.
pub const IPV4_CIDR_BLOCKS_PER_VPC: usize = 5;
/// IPv6 CIDR blocks of a VPC.
pub const IPV6_CIDR_BLOCKS_PER_VPC: usize = 5;
/// Subnets of a VPC.
pub const SUBNETS_PER_VPC: usize = 200;
/// Internet gateways.
pub const INTERNET_GATEWAYS: usize = 5;
/// Route tables of a VPC, the main table included.
pub const ROUTE_TABLES_PER_VPC: usize = 200;
/// Routes of a route table that a customer adds.
pub const ROUTES_PER_ROUTE_TABLE: usize = 50;
/// Network ACLs of a VPC.
pub const NETWORK_ACLS_PER_VPC: usize = 200;
/// Entries of a network ACL in one direction, the final denial not counted.
pub const ENTRIES_PER_NETWORK_ACL: usize = 20;
/// Security groups.
pub const SECURITY_GROUPS: usize = 2500;
/// Rules of a security group in one direction.
pub const RULES_PER_SECURITY_GROUP: usize = 60;
/// Security groups of an interface.
pub const GROUPS_PER_INTERFACE: usize = 5;
/// Network interfaces.
pub const INTERFACES: usize = 5000;
/// Customer-managed prefix lists.
pub const PREFIX_LISTS: usize = 100;
/// Longest and shortest prefix of a VPC's or a subnet's IPv4 block ("VPC CIDR blocks").
pub const IPV4_PREFIX_LENGTHS: std::ops::RangeInclusive<u8> = 16..=28;
/// Addresses that every subnet reserves: network, router, DNS, future use, broadcast ("Subnet sizing").
pub const RESERVED_ADDRESSES: u32 = 5;
/// The number of a network ACL's final entry, which denies everything and shows as `*`.
pub const ACL_FINAL_ENTRY: u16 = 32767;

// AWS's own limit on the product: rules per group times groups per interface is at most 1,000.
const _: () = assert!(RULES_PER_SECURITY_GROUP * GROUPS_PER_INTERFACE <= 1000);
