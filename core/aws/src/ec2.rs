//! Amazon EC2: VPC networking, instances, key pairs and reachability analysis.

mod acls;
mod addresses;
mod catalog;
pub mod compute;
mod compute_error;
mod encoded;
pub mod error;
pub mod filters;
mod gateways;
pub mod insights;
mod instance_profiles;
mod instances;
mod interfaces;
mod key_pairs;
pub mod limits;
mod parse;
pub(crate) mod permissions;
mod prefix_lists;
mod routes;
mod security_groups;
mod service;
mod shapes;
mod subnets;
pub mod tags;
mod vpcs;
mod zones;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use ipnet::{Ipv4Net, Ipv6Net};
use serde_json::Value;

use self::error::Ec2Error;
use self::service::{Call, Row};
use crate::iam::Iam;
use crate::request::{Basics, Request};
use hsmlab_api::ServiceError;
use hsmlab_api::regions::{self, Enabled};
use hsmlab_net::{Network, Zone};
use hsmlab_sim::SimTime;
use hsmlab_sim::ids::Ids;

/// The operations, by subject.
const TABLE: &[&[Row]] = &[
    acls::OPERATIONS,
    addresses::OPERATIONS,
    catalog::OPERATIONS,
    gateways::OPERATIONS,
    insights::OPERATIONS,
    instance_profiles::OPERATIONS,
    instances::OPERATIONS,
    instances::attributes::OPERATIONS,
    instances::launch::OPERATIONS,
    interfaces::OPERATIONS,
    key_pairs::OPERATIONS,
    prefix_lists::OPERATIONS,
    routes::OPERATIONS,
    security_groups::OPERATIONS,
    subnets::OPERATIONS,
    tags::OPERATIONS,
    vpcs::OPERATIONS,
    zones::OPERATIONS,
];

/// EC2's state in all regions. Clones share the regions until one of them changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ec2 {
    /// The regions of the account, by name.
    pub regions: BTreeMap<&'static str, Rc<Region>>,
}

/// EC2's state in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// VPCs and their resources.
    pub network: Network,
    /// Instances and their resources.
    pub compute: compute::Compute,
    /// Reachability Analyzer's paths and analyses.
    pub insights: insights::Insights,
    /// The tags of all resources: by resource id, then by key.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
}

impl Ec2 {
    /// Creates the state of the first day: every region has its default VPC.
    #[must_use]
    pub fn new(ids: &mut Ids) -> Self {
        let mut regions = BTreeMap::new();
        for facts in regions::enabled() {
            let mut network = network(facts, ids);
            // An empty network always has room for it.
            let _ = network.create_default_vpc(ids);
            let region = Region {
                network,
                compute: compute::Compute::default(),
                insights: insights::Insights::default(),
                tags: BTreeMap::new(),
            };
            regions.insert(facts.name, Rc::new(region));
        }
        Self { regions }
    }

    /// The state of a region; `None` if the account does not have the region.
    #[must_use]
    pub fn region(&self, name: &str) -> Option<&Region> {
        self.regions.get(name).map(|region| &**region)
    }

    /// The mutable state of a region.
    pub fn region_mut(&mut self, name: &str) -> Option<&mut Region> {
        self.regions.get_mut(name).map(Rc::make_mut)
    }

    /// The instant of the next event.
    #[must_use]
    pub fn next_at(&self) -> Option<SimTime> {
        let soonest = |region: &Rc<Region>| region.next_at();
        self.regions.values().filter_map(soonest).min()
    }

    /// Runs all events that are due at `now`.
    pub fn advance(&mut self, now: SimTime) {
        for region in self.regions.values_mut() {
            // A region in which nothing is due is still shared with clones of the world.
            if region.next_at().is_none_or(|at| at > now) {
                continue;
            }
            let region = Rc::make_mut(region);
            region.insights.advance(now);
            for gone in region.compute.advance(&mut region.network, now) {
                region.tags.remove(&gone);
            }
        }
    }
}

impl Region {
    fn next_at(&self) -> Option<SimTime> {
        let both = [self.insights.next_at(), self.compute.next_at()];
        both.into_iter().flatten().min()
    }
}

/// Creates the empty network of a region. On AWS the mapping of the zones' letters to their ids
/// differs between accounts; here letters and numbers are in the same order.
fn network(region: &Enabled, ids: &mut Ids) -> Network {
    let zone = |(number, letter): (usize, char)| Zone {
        name: format!("{}{letter}", region.name),
        id: format!("{}-az{}", region.zone_prefix, number + 1),
    };
    let [a, b] = region.public_pool;
    let [c, d] = region.ipv6_pool;
    Network::new(
        region.name,
        region.zones.chars().enumerate().map(zone).collect(),
        Ipv4Net::new_assert(Ipv4Addr::new(a, b, 0, 0), 16),
        Ipv6Net::new_assert(Ipv6Addr::new(c, d, 0, 0, 0, 0, 0, 0), 32),
        ids.ec2("dopt"),
    )
}

/// The names of the operations that have a handler.
pub fn operations() -> impl Iterator<Item = &'static str> {
    TABLE
        .iter()
        .flat_map(|rows| rows.iter().map(|(name, _)| *name))
}

/// Answers one request.
///
/// # Errors
/// EC2's refusal; nothing has changed then.
pub fn handle(
    ec2: &mut Ec2,
    iam: &Iam,
    env: &mut Basics<'_>,
    request: &Request<'_>,
) -> Result<Value, ServiceError> {
    let region = ec2
        .region_mut(request.region)
        .ok_or_else(|| Ec2Error::RegionUnknown(request.region.to_owned()))?;
    let (_, handler) = TABLE
        .iter()
        .flat_map(|rows| rows.iter())
        .find(|(name, _)| *name == request.operation)
        .ok_or_else(|| Ec2Error::OperationUnknown(request.operation.to_owned()))?;
    if request.params.get("DryRun") != Some(&Value::Bool(true)) {
        let mut call = Call { region, env, iam };
        return Ok(handler(&mut call, request.params)?);
    }
    // A dry run changes copies.
    let (region, ids) = (&mut region.clone(), &mut env.ids.clone());
    let env = &mut Basics {
        ids,
        now: env.now,
        seed: env.seed,
    };
    handler(&mut Call { region, env, iam }, request.params)?;
    Err(would_have_succeeded())
}

/// The answer to a dry run that would have succeeded.
fn would_have_succeeded() -> ServiceError {
    ServiceError {
        code: "DryRunOperation".into(),
        message: "Request would have succeeded, but DryRun flag is set.".into(),
        http_status: 412,
        remedy: "Omit --dry-run to make the change.".into(),
    }
}

#[cfg(test)]
mod tests;
