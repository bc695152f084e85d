//! Amazon EC2: VPC networking, instances, key pairs and reachability analysis.

pub mod compute;
pub mod regions;

use std::collections::BTreeMap;

use serde_json::Value;

use super::wire::{Request, ServiceError};
use super::{Cloud, Env};
use crate::net::Network;
use crate::sim::ids::Ids;
use crate::sim::{Seed, SimTime};

/// EC2's state in all regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ec2 {
    /// The regions that the account has, by name.
    pub regions: BTreeMap<String, Region>,
}

/// EC2's state in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// VPCs and what is in them.
    pub network: Network,
    /// Instances and what they need.
    pub compute: compute::Compute,
    /// The tags of all resources: by resource id, then by key.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
}

impl Ec2 {
    /// The account's first day: every region has its default VPC.
    #[must_use]
    pub fn new(_seed: &Seed, _now: SimTime, ids: &mut Ids) -> Self {
        let mut regions = BTreeMap::new();
        for facts in &regions::REGIONS {
            let mut network = facts.network(ids);
            // Into an empty network it always fits.
            let _ = network.create_default_vpc(ids);
            let region = Region {
                network,
                compute: compute::Compute::default(),
                tags: BTreeMap::new(),
            };
            regions.insert(facts.name.to_owned(), region);
        }
        Self { regions }
    }

    /// The state of a region; `None` where the account does not have it.
    #[must_use]
    pub fn region(&self, name: &str) -> Option<&Region> {
        self.regions.get(name)
    }

    /// The state of a region, to change it.
    pub fn region_mut(&mut self, name: &str) -> Option<&mut Region> {
        self.regions.get_mut(name)
    }

    /// When the next thing happens by itself.
    #[must_use]
    pub fn next_at(&self) -> Option<SimTime> {
        None
    }
}

/// Answers one request.
///
/// # Errors
/// EC2's refusal.
pub fn handle(_: &mut Cloud, _: &mut Env<'_>, _: &Request<'_>) -> Result<Value, ServiceError> {
    Ok(Value::Null)
}

/// Lets happen what is due.
pub fn advance(_: &mut Cloud, _: &mut Env<'_>) {}
