//! The regions of AWS: partitions, availability zones, and which services have endpoints in them.

use serde::{Deserialize, Serialize};

use crate::model::Service;

/// A region.
#[derive(Clone, Copy, Debug)]
struct Region {
    name: &'static str,
    partition: Partition,
    /// The facts of a region that the account has without opt-in.
    enabled: Option<Enabled>,
}

/// The facts of a region that an account has without opt-in ("AWS Regions" and "Availability Zone
/// IDs", AWS Regions and Availability Zones User Guide).
#[derive(Clone, Copy, Debug)]
pub struct Enabled {
    /// Such as `us-west-2`.
    pub name: &'static str,
    /// The prefix of its zone ids, such as `usw2`.
    pub zone_prefix: &'static str,
    /// The letters of its zones in a new account.
    pub zones: &'static str,
    /// Its location.
    pub place: &'static str,
    /// The first two octets of the lab's public addresses in the region, from Amazon's ranges
    /// (ip-ranges.json).
    pub public_pool: [u8; 2],
    /// The first two groups of its IPv6 blocks (ip-ranges.json).
    pub ipv6_pool: [u16; 2],
}

const fn enabled_in_aws(
    name: &'static str,
    zone_prefix: &'static str,
    zones: &'static str,
    place: &'static str,
    public_pool: [u8; 2],
    ipv6_pool: [u16; 2],
) -> Region {
    Region {
        name,
        partition: Partition::Aws,
        enabled: Some(Enabled {
            name,
            zone_prefix,
            zones,
            place,
            public_pool,
            ipv6_pool,
        }),
    }
}

const fn not_enabled(partition: Partition, name: &'static str) -> Region {
    Region {
        name,
        partition,
        enabled: None,
    }
}

/// The regions that have CloudHSM, by partition and name (endpoint rules of its service model and
/// the AWS General Reference).
#[rustfmt::skip]
static REGIONS: [Region; 34] = [
    not_enabled(Partition::Aws, "af-south-1"),
    not_enabled(Partition::Aws, "ap-east-1"),
    enabled_in_aws("ap-northeast-1", "apne1", "acd", "Asia Pacific (Tokyo)", [54, 178], [0x2406, 0xda14]),
    enabled_in_aws("ap-northeast-2", "apne2", "abcd", "Asia Pacific (Seoul)", [52, 78], [0x2406, 0xda12]),
    enabled_in_aws("ap-northeast-3", "apne3", "abc", "Asia Pacific (Osaka)", [13, 208], [0x2406, 0xda16]),
    enabled_in_aws("ap-south-1", "aps1", "abc", "Asia Pacific (Mumbai)", [13, 232], [0x2406, 0xda1a]),
    not_enabled(Partition::Aws, "ap-south-2"),
    enabled_in_aws("ap-southeast-1", "apse1", "abc", "Asia Pacific (Singapore)", [54, 169], [0x2406, 0xda18]),
    enabled_in_aws("ap-southeast-2", "apse2", "abc", "Asia Pacific (Sydney)", [54, 206], [0x2406, 0xda1c]),
    not_enabled(Partition::Aws, "ap-southeast-3"),
    not_enabled(Partition::Aws, "ap-southeast-5"),
    not_enabled(Partition::Aws, "ap-southeast-6"),
    not_enabled(Partition::Aws, "ap-southeast-7"),
    enabled_in_aws("ca-central-1", "cac1", "abd", "Canada (Central)", [35, 182], [0x2600, 0x1f11]),
    not_enabled(Partition::Aws, "ca-west-1"),
    enabled_in_aws("eu-central-1", "euc1", "abc", "Europe (Frankfurt)", [18, 196], [0x2a05, 0xd014]),
    not_enabled(Partition::Aws, "eu-central-2"),
    enabled_in_aws("eu-north-1", "eun1", "abc", "Europe (Stockholm)", [13, 48], [0x2a05, 0xd016]),
    not_enabled(Partition::Aws, "eu-south-1"),
    not_enabled(Partition::Aws, "eu-south-2"),
    enabled_in_aws("eu-west-1", "euw1", "abc", "Europe (Ireland)", [54, 171], [0x2a05, 0xd018]),
    enabled_in_aws("eu-west-2", "euw2", "abc", "Europe (London)", [18, 130], [0x2a05, 0xd01c]),
    enabled_in_aws("eu-west-3", "euw3", "abc", "Europe (Paris)", [35, 180], [0x2a05, 0xd012]),
    not_enabled(Partition::Aws, "il-central-1"),
    not_enabled(Partition::Aws, "me-central-1"),
    not_enabled(Partition::Aws, "me-south-1"),
    not_enabled(Partition::Aws, "mx-central-1"),
    enabled_in_aws("sa-east-1", "sae1", "abc", "South America (Sao Paulo)", [54, 207], [0x2600, 0x1f1e]),
    enabled_in_aws("us-east-1", "use1", "abcdef", "US East (N. Virginia)", [54, 164], [0x2600, 0x1f18]),
    enabled_in_aws("us-east-2", "use2", "abc", "US East (Ohio)", [18, 188], [0x2600, 0x1f16]),
    enabled_in_aws("us-west-1", "usw1", "ac", "US West (N. California)", [54, 183], [0x2600, 0x1f1c]),
    enabled_in_aws("us-west-2", "usw2", "abcd", "US West (Oregon)", [54, 213], [0x2600, 0x1f14]),
    not_enabled(Partition::UsGov, "us-gov-east-1"),
    not_enabled(Partition::UsGov, "us-gov-west-1"),
];

/// The names of all regions that have CloudHSM.
pub fn regions() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().map(|region| region.name)
}

/// The regions that the account has without opt-in, by name.
pub fn enabled() -> impl Iterator<Item = &'static Enabled> {
    REGIONS.iter().filter_map(|region| region.enabled.as_ref())
}

/// The region with this name, if the account has it.
#[must_use]
pub fn enabled_region(name: &str) -> Option<&'static Enabled> {
    enabled().find(|region| region.name == name)
}

/// A partition of AWS. Backups cannot be copied between partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Partition {
    /// The public regions.
    Aws,
    /// AWS `GovCloud` (US).
    UsGov,
}

impl Partition {
    /// The partition of a region that has CloudHSM.
    #[must_use]
    pub fn of(region: &str) -> Option<Self> {
        REGIONS
            .iter()
            .find(|each| each.name == region)
            .map(|each| each.partition)
    }

    /// The name in ARNs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::UsGov => "aws-us-gov",
        }
    }
}

/// True if a service has an endpoint in a region. Host names of other endpoints do not resolve.
#[must_use]
pub fn has_endpoint(service: &Service, region: &str) -> bool {
    service.is_global() || regions().any(|name| name == region)
}
