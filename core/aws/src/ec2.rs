//! Amazon EC2: VPC networking, instances, key pairs and reachability analysis.

#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod acls;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod addresses;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod catalog;
pub mod compute;
mod compute_error;
pub mod error;
pub mod filters;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod gateways;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
pub mod insights;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod instance_profiles;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod instances;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod interfaces;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod key_pairs;
pub mod limits;
mod parse;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod prefix_lists;
pub mod regions;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod routes;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod security_groups;
mod service;
mod shapes;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod subnets;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
pub mod tags;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod vpcs;
#[allow(clippy::needless_pass_by_value, reason = "a handler owns its request")]
mod zones;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use self::error::Ec2Error;
use self::service::{Call, Row};
use super::wire::Request;
use super::{Cloud, Env};
use hsmlab_api::ServiceError;
use hsmlab_net::Network;
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Seed, SimTime};

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
    pub fn new(_seed: &Seed, _now: SimTime, ids: &mut Ids) -> Self {
        let mut regions = BTreeMap::new();
        for facts in &regions::REGIONS {
            let mut network = facts.network(ids);
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
}

impl Region {
    fn next_at(&self) -> Option<SimTime> {
        let both = [self.insights.next_at(), self.compute.next_at()];
        both.into_iter().flatten().min()
    }
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
    cloud: &mut Cloud,
    env: &mut Env<'_>,
    request: &Request<'_>,
) -> Result<Value, ServiceError> {
    let Cloud { ec2, iam, .. } = cloud;
    let region = ec2
        .region_mut(request.region)
        .ok_or_else(|| Ec2Error::RegionUnknown(request.region.to_owned()))?;
    let (_, handler) = TABLE
        .iter()
        .flat_map(|rows| rows.iter())
        .find(|(name, _)| *name == request.operation)
        .ok_or_else(|| Ec2Error::OperationUnknown(request.operation.to_owned()))?;
    let principal = request.principal;
    if request.params.get("DryRun") == Some(&Value::Bool(true)) {
        let region = &mut region.clone();
        handler(
            &mut Call {
                region,
                env,
                iam,
                principal,
            },
            request.params,
        )?;
        return Err(dry_run());
    }
    let mut call = Call {
        region,
        env,
        iam,
        principal,
    };
    Ok(handler(&mut call, request.params)?)
}

/// EC2's answer to a dry run that would have succeeded.
fn dry_run() -> ServiceError {
    ServiceError {
        code: "DryRunOperation".into(),
        message: "Request would have succeeded, but DryRun flag is set.".into(),
        http_status: 412,
        remedy: "Omit --dry-run to make the change.".into(),
    }
}

/// Runs what is due.
pub fn advance(cloud: &mut Cloud, env: &mut Env<'_>) {
    for region in cloud.ec2.regions.values_mut() {
        // A region in which nothing is due is still shared with clones of the world.
        if region.next_at().is_none_or(|at| at > env.now) {
            continue;
        }
        let region = Rc::make_mut(region);
        region.insights.advance(env.now);
        for gone in region.compute.advance(&mut region.network, env.now) {
            region.tags.remove(&gone);
        }
    }
}

#[cfg(test)]
mod tests;
