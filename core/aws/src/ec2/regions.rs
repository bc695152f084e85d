//! The regions that an account has without opt-in, and their availability zones.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use hsmlab_net::{Network, Zone};
use hsmlab_sim::ids::Ids;

/// The facts of a region ("AWS Regions" and "Availability Zone IDs", AWS Regions and Availability
/// Zones User Guide).
#[derive(Clone, Copy, Debug)]
pub struct RegionFacts {
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
    public_pool: [u8; 2],
    /// The first two groups of its IPv6 blocks (ip-ranges.json).
    ipv6_pool: [u16; 2],
}

const fn facts(
    name: &'static str,
    zone_prefix: &'static str,
    zones: &'static str,
    place: &'static str,
    public_pool: [u8; 2],
    ipv6_pool: [u16; 2],
) -> RegionFacts {
    RegionFacts {
        name,
        zone_prefix,
        zones,
        place,
        public_pool,
        ipv6_pool,
    }
}

/// The regions, by name. On AWS the mapping of letters to zone ids differs between accounts; here
/// letters and numbers are in the same order.
pub const REGIONS: [RegionFacts; 17] = [
    facts(
        "ap-northeast-1",
        "apne1",
        "acd",
        "Asia Pacific (Tokyo)",
        [54, 178],
        [0x2406, 0xda14],
    ),
    facts(
        "ap-northeast-2",
        "apne2",
        "abcd",
        "Asia Pacific (Seoul)",
        [52, 78],
        [0x2406, 0xda12],
    ),
    facts(
        "ap-northeast-3",
        "apne3",
        "abc",
        "Asia Pacific (Osaka)",
        [13, 208],
        [0x2406, 0xda16],
    ),
    facts(
        "ap-south-1",
        "aps1",
        "abc",
        "Asia Pacific (Mumbai)",
        [13, 232],
        [0x2406, 0xda1a],
    ),
    facts(
        "ap-southeast-1",
        "apse1",
        "abc",
        "Asia Pacific (Singapore)",
        [54, 169],
        [0x2406, 0xda18],
    ),
    facts(
        "ap-southeast-2",
        "apse2",
        "abc",
        "Asia Pacific (Sydney)",
        [54, 206],
        [0x2406, 0xda1c],
    ),
    facts(
        "ca-central-1",
        "cac1",
        "abd",
        "Canada (Central)",
        [35, 182],
        [0x2600, 0x1f11],
    ),
    facts(
        "eu-central-1",
        "euc1",
        "abc",
        "Europe (Frankfurt)",
        [18, 196],
        [0x2a05, 0xd014],
    ),
    facts(
        "eu-north-1",
        "eun1",
        "abc",
        "Europe (Stockholm)",
        [13, 48],
        [0x2a05, 0xd016],
    ),
    facts(
        "eu-west-1",
        "euw1",
        "abc",
        "Europe (Ireland)",
        [54, 171],
        [0x2a05, 0xd018],
    ),
    facts(
        "eu-west-2",
        "euw2",
        "abc",
        "Europe (London)",
        [18, 130],
        [0x2a05, 0xd01c],
    ),
    facts(
        "eu-west-3",
        "euw3",
        "abc",
        "Europe (Paris)",
        [35, 180],
        [0x2a05, 0xd012],
    ),
    facts(
        "sa-east-1",
        "sae1",
        "abc",
        "South America (Sao Paulo)",
        [54, 207],
        [0x2600, 0x1f1e],
    ),
    facts(
        "us-east-1",
        "use1",
        "abcdef",
        "US East (N. Virginia)",
        [54, 164],
        [0x2600, 0x1f18],
    ),
    facts(
        "us-east-2",
        "use2",
        "abc",
        "US East (Ohio)",
        [18, 188],
        [0x2600, 0x1f16],
    ),
    facts(
        "us-west-1",
        "usw1",
        "ac",
        "US West (N. California)",
        [54, 183],
        [0x2600, 0x1f1c],
    ),
    facts(
        "us-west-2",
        "usw2",
        "abcd",
        "US West (Oregon)",
        [54, 213],
        [0x2600, 0x1f14],
    ),
];

impl RegionFacts {
    /// The region's availability zones.
    #[must_use]
    pub fn availability_zones(&self) -> Vec<Zone> {
        let zone = |(number, letter): (usize, char)| Zone {
            name: format!("{}{letter}", self.name),
            id: format!("{}-az{}", self.zone_prefix, number + 1),
        };
        self.zones.chars().enumerate().map(zone).collect()
    }

    /// Creates the region's empty network.
    #[must_use]
    pub fn network(&self, ids: &mut Ids) -> Network {
        let [a, b] = self.public_pool;
        let [c, d] = self.ipv6_pool;
        Network::new(
            self.name,
            self.availability_zones(),
            Ipv4Net::new_assert(Ipv4Addr::new(a, b, 0, 0), 16),
            Ipv6Net::new_assert(Ipv6Addr::new(c, d, 0, 0, 0, 0, 0, 0), 32),
            ids.ec2("dopt"),
        )
    }
}

/// The region with this name.
#[must_use]
pub fn region_facts(name: &str) -> Option<&'static RegionFacts> {
    REGIONS.iter().find(|facts| facts.name == name)
}
