//! AWS CloudHSM V2: clusters, HSMs, backups.
//!
//! [`handle`] answers the calls of the service model's 18 operations, [`advance`] runs the events
//! that are due, and [`faults`] holds what happens to a cluster without an API call.

pub mod error;
pub mod faults;
pub mod lifecycle;
pub mod limits;
pub mod state;

mod backups;
mod clusters;
mod events;
mod filters;
mod hsms;
mod migration;
mod network;
mod paging;
pub(crate) mod permissions;
mod policies;
mod schedule;
mod shapes;
mod sync;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use self::error::{Fault, Missing, Refusal, WrongState};
use self::lifecycle::{ClusterEvent, ClusterState, HsmState};
use self::schedule::Event;
use self::state::{Cluster, Hsm, Region};
use crate::ec2::Ec2;
use crate::iam::{Iam, RoleUsage, Tags};
use crate::request::{Env, Request};
use hsmlab_api::regions::{self, Enabled};
use hsmlab_api::{ACCOUNT_ID, ServiceError};
use hsmlab_sim::{Schedule, SimTime};

pub use self::events::advance;

/// A handler.
type Handler = fn(&mut Call<'_, '_>) -> Result<Value, Refusal>;

/// The operations in the order of the service model, and their handlers.
const OPERATIONS: [(&str, Handler); 18] = [
    ("CopyBackupToRegion", backups::copy),
    ("CreateCluster", clusters::create),
    ("CreateHsm", hsms::create),
    ("DeleteBackup", backups::delete),
    ("DeleteCluster", clusters::delete),
    ("DeleteHsm", hsms::delete),
    ("DeleteResourcePolicy", policies::delete),
    ("DescribeBackups", backups::describe),
    ("DescribeClusters", clusters::describe),
    ("GetResourcePolicy", policies::get),
    ("InitializeCluster", clusters::initialize),
    ("ListTags", tags::list),
    ("ModifyBackupAttributes", backups::modify),
    ("ModifyCluster", clusters::modify),
    ("PutResourcePolicy", policies::put),
    ("RestoreBackup", backups::restore),
    ("TagResource", tags::tag),
    ("UntagResource", tags::untag),
];

/// The state of CloudHSM in all regions.
#[derive(Clone, Debug)]
pub struct CloudHsm {
    regions: BTreeMap<String, Region>,
    schedule: Schedule<Event>,
}

impl CloudHsm {
    /// Creates the service without clusters.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "an empty service knows all regions"
    )]
    pub fn new() -> Self {
        let regions = regions::regions().map(|name| (name.to_owned(), Region::default()));
        Self {
            regions: regions.collect(),
            schedule: Schedule::default(),
        }
    }

    /// The instant of the next event.
    #[must_use]
    pub fn next_at(&self) -> Option<SimTime> {
        self.schedule.next_at()
    }

    /// The instant of the next event that completes an operation in progress; `None` if no cluster,
    /// HSM or backup is in progress. Daily backups and the end of retention do not count.
    #[must_use]
    pub fn next_in_progress_at(&self) -> Option<SimTime> {
        self.schedule
            .iter()
            .find(|(_, event)| event.is_progress())
            .map(|(at, _)| at)
    }

    /// The next operation in progress in `region` that completes, in words: `HSM hsm-… becomes
    /// ACTIVE`. Daily backups and similar events do not count: see
    /// [`CloudHsm::next_in_progress_at`].
    #[must_use]
    pub fn upcoming(&self, region: &str) -> Option<(SimTime, String)> {
        let mut events = self
            .schedule
            .iter()
            .filter(|(_, event)| event.region == region && event.is_progress())
            .peekable();
        let (next, _) = *events.peek()?;
        let what: Vec<String> = events
            .take_while(|(at, _)| *at == next)
            .map(|(_, event)| event.to_string())
            .collect();
        Some((next, what.join(", ")))
    }

    /// The clusters of a region, oldest first, including recently deleted ones.
    pub fn clusters_in(&self, region: &str) -> impl Iterator<Item = &Cluster> {
        self.regions
            .get(region)
            .into_iter()
            .flat_map(|region| &region.clusters)
    }

    /// The backups of a region, by id.
    pub fn backups_in(&self, region: &str) -> impl Iterator<Item = &state::Backup> {
        self.regions
            .get(region)
            .into_iter()
            .flat_map(|region| region.backups.values())
    }

    /// The HSM behind a network interface, and its cluster.
    #[must_use]
    pub fn hsm_of_interface(&self, region: &str, eni_id: &str) -> Option<(&Cluster, &Hsm)> {
        self.clusters_in(region).find_map(|cluster| {
            let hsm = cluster.hsms.iter().find(|hsm| hsm.eni_id == eni_id)?;
            Some((cluster, hsm))
        })
    }

    /// The tags of a cluster or a backup.
    pub(crate) fn tags(&self, region: &str, id: &str) -> Option<Tags> {
        let cluster = self.clusters_in(region).find(|each| each.id == id);
        let backup = || self.backups_in(region).find(|each| each.id == id);
        let tags = match cluster {
            Some(cluster) => &cluster.tags,
            None => &backup()?.tags,
        };
        let pair = |tag: &state::Tag| (tag.key.clone(), tag.value.clone());
        Some(tags.iter().map(pair).collect())
    }

    /// The clusters that need the service-linked role with this name, by region.
    pub(crate) fn role_usage(&self, role: &str) -> RoleUsage {
        if role != permissions::LINKED_ROLE {
            return RoleUsage::new();
        }
        let in_region = |region: &Enabled| {
            let name = region.name;
            let arn = |id: &str| format!("arn:aws:cloudhsm:{name}:{ACCOUNT_ID}:cluster/{id}");
            let clusters = self.clusters_in(name).map(|cluster| arn(&cluster.id));
            (name.to_owned(), clusters.collect::<Vec<_>>())
        };
        regions::enabled()
            .map(in_region)
            .filter(|(_, clusters)| !clusters.is_empty())
            .collect()
    }

    /// Returns a degraded cluster to active if no HSM has failed or is being created.
    fn heal(&mut self, region: &str, cluster_id: &str) {
        let Some(cluster) = self.cluster_mut(region, cluster_id) else {
            return;
        };
        let well = |state| matches!(state, HsmState::Active | HsmState::DeleteInProgress);
        let degraded = cluster.state == ClusterState::Degraded;
        if degraded && cluster.hsms.iter().all(|hsm| well(hsm.state)) {
            cluster.enter(ClusterEvent::HsmsHealthy);
        }
    }

    fn region_mut(&mut self, region: &str) -> &mut Region {
        self.regions.entry(region.to_owned()).or_default()
    }

    fn cluster(&self, region: &str, id: &str) -> Option<&Cluster> {
        self.regions.get(region)?.cluster(id)
    }

    fn cluster_mut(&mut self, region: &str, id: &str) -> Option<&mut Cluster> {
        self.regions.get_mut(region)?.cluster_mut(id)
    }
}

/// The parts of the account that CloudHSM works with: its own state, the customer's networks, and
/// the permissions and roles.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The service's own state.
    pub cloudhsmv2: &'a mut CloudHsm,
    /// EC2, for the networks.
    pub ec2: &'a mut Ec2,
    /// IAM, for further permissions and the service-linked role.
    pub iam: &'a mut Iam,
}

/// One call that is being answered: the parts of the account and the request.
struct Call<'a, 'e> {
    parts: Parts<'a>,
    env: &'a mut Env<'e>,
    request: &'a Request<'a>,
}

impl Call<'_, '_> {
    fn region_mut(&mut self) -> &mut Region {
        self.parts.cloudhsmv2.region_mut(self.request.region)
    }

    /// The cluster with that id. Recently deleted clusters are still listed but count as missing.
    fn cluster(&self, id: &str) -> Result<&Cluster, Refusal> {
        let found = self.parts.cloudhsmv2.cluster(self.request.region, id);
        let found = found.filter(|cluster| cluster.state != lifecycle::ClusterState::Deleted);
        found.ok_or_else(|| Missing::Cluster(id.to_owned()).into())
    }

    /// The cluster with that id, if its state allows the current operation.
    fn cluster_to_change(&self, id: &str) -> Result<&Cluster, Refusal> {
        let cluster = self.cluster(id)?;
        if lifecycle::allows(self.request.operation, cluster.state) {
            return Ok(cluster);
        }
        Err(WrongState::Cluster {
            cluster_id: id.to_owned(),
            state: cluster.state,
        }
        .into())
    }
}

/// The names of the operations that have a handler.
pub fn operations() -> impl Iterator<Item = &'static str> {
    OPERATIONS.iter().map(|(name, _)| *name)
}

/// Answers one request.
///
/// # Errors
/// The service's refusal; the world is then unchanged.
pub fn handle(
    parts: Parts<'_>,
    env: &mut Env<'_>,
    request: &Request<'_>,
) -> Result<Value, ServiceError> {
    let operation = request.operation;
    let row = OPERATIONS.iter().find(|(name, _)| *name == operation);
    let (_, handler) =
        row.ok_or_else(|| Refusal::from(Fault::UnknownOperation(operation.to_owned())))?;
    let call = &mut Call {
        parts,
        env,
        request,
    };
    handler(call).map_err(ServiceError::from)
}
