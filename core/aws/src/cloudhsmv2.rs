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
mod hsms;
mod migration;
mod network;
mod paging;
mod permissions;
mod policies;
mod shapes;
mod sync;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use self::error::{Fault, Missing, Refusal, WrongState};
use self::events::Event;
use self::state::{Cluster, Hsm, Region};
use super::wire::Request;
use super::{Cloud, Env};
use hsmlab_api::ServiceError;
use hsmlab_sim::{Schedule, SimTime};

pub use self::events::advance;

/// The operations in the order of the service model.
pub const OPERATIONS: [&str; 18] = [
    "CopyBackupToRegion",
    "CreateCluster",
    "CreateHsm",
    "DeleteBackup",
    "DeleteCluster",
    "DeleteHsm",
    "DeleteResourcePolicy",
    "DescribeBackups",
    "DescribeClusters",
    "GetResourcePolicy",
    "InitializeCluster",
    "ListTags",
    "ModifyBackupAttributes",
    "ModifyCluster",
    "PutResourcePolicy",
    "RestoreBackup",
    "TagResource",
    "UntagResource",
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
        let regions =
            hsmlab_api::regions::regions().map(|name| (name.to_owned(), Region::default()));
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

/// One call that is being answered: the world and the request.
struct Call<'a, 'e> {
    cloud: &'a mut Cloud,
    env: &'a mut Env<'e>,
    request: &'a Request<'a>,
}

impl Call<'_, '_> {
    fn region_mut(&mut self) -> &mut Region {
        self.cloud.cloudhsmv2.region_mut(self.request.region)
    }

    /// The cluster with that id. Recently deleted clusters are still listed but count as missing.
    fn cluster(&self, id: &str) -> Result<&Cluster, Refusal> {
        let found = self.cloud.cloudhsmv2.cluster(self.request.region, id);
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

/// Answers one request.
///
/// # Errors
/// The service's refusal; the world is then unchanged.
pub fn handle(
    cloud: &mut Cloud,
    env: &mut Env<'_>,
    request: &Request<'_>,
) -> Result<Value, ServiceError> {
    let call = &mut Call {
        cloud,
        env,
        request,
    };
    let answer = match request.operation {
        "CopyBackupToRegion" => backups::copy(call),
        "CreateCluster" => clusters::create(call),
        "CreateHsm" => hsms::create(call),
        "DeleteBackup" => backups::delete(call),
        "DeleteCluster" => clusters::delete(call),
        "DeleteHsm" => hsms::delete(call),
        "DeleteResourcePolicy" => policies::delete(call),
        "DescribeBackups" => backups::describe(call),
        "DescribeClusters" => clusters::describe(call),
        "GetResourcePolicy" => policies::get(call),
        "InitializeCluster" => clusters::initialize(call),
        "ListTags" => tags::list(call),
        "ModifyBackupAttributes" => backups::modify(call),
        "ModifyCluster" => clusters::modify(call),
        "PutResourcePolicy" => policies::put(call),
        "RestoreBackup" => backups::restore(call),
        "TagResource" => tags::tag(call),
        "UntagResource" => tags::untag(call),
        other => Err(Fault::UnknownOperation(other.to_owned()).into()),
    };
    answer.map_err(ServiceError::from)
}
