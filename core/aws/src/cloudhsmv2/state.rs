//! The service's state: clusters with their HSMs, and backups, by region.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::lifecycle::{
    self, BackupEvent, BackupState, ClusterEvent, ClusterState, HsmEvent, HsmState,
};
use super::limits::{HsmType, Mode, NetworkType};
use hsmlab_hsm::{BackupImage, Identity};
use hsmlab_sim::SimTime;

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// 0 to 256 characters.
    pub value: String,
}

/// A cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Such as `cluster-igklspoyj5v`.
    pub id: String,
    /// The current state.
    pub state: ClusterState,
    /// The message of describe-clusters about the state; absent in normal states.
    pub state_message: Option<String>,
    /// The instant at which the current state ends automatically.
    pub until: Option<SimTime>,
    /// The creation time.
    pub created_at: SimTime,
    /// The type of its HSMs.
    pub hsm_type: HsmType,
    /// FIPS or not.
    pub mode: Mode,
    /// IPv4 or dual-stack.
    pub network_type: NetworkType,
    /// The number of days for which backups are kept.
    pub retention_days: u16,
    /// The VPC of its subnets.
    pub vpc_id: String,
    /// Its security group in that VPC.
    pub security_group: String,
    /// Zone to subnet.
    pub subnets: BTreeMap<String, String>,
    /// Its HSMs, oldest first.
    pub hsms: Vec<Hsm>,
    /// Its tags, in the order in which they were set.
    pub tags: Vec<Tag>,
    /// The backup that it was created from.
    pub source_backup_id: Option<String>,
    /// The certificate issued by the owner's CA, PEM.
    pub cluster_certificate: Option<String>,
    /// The CSR and the hardware certificates of its first HSM, while it is not initialized.
    pub(super) identity: Option<Identity>,
    /// Certificates that are being installed.
    pub(super) claim: Option<Claim>,
    /// The origin of the next HSM if there is neither another HSM nor a backup: the image of the
    /// source backup, or of the first HSM when it was claimed.
    pub(super) image: Option<Rc<BackupImage>>,
    /// True if a synchronization of its HSMs' keys is scheduled.
    pub(super) key_sync_due: bool,
    /// A change of HSM type that is in progress or can be rolled back.
    pub(super) migration: Option<Migration>,
}

/// The certificates of an initialize-cluster call.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// The HSM that is claimed.
    pub(super) hsm_id: String,
    /// The signed cluster certificate, PEM.
    pub(super) signed_certificate: String,
    /// The root, or the chain to it, PEM.
    pub(super) trust_anchor: String,
}

/// A change of HSM type.
#[derive(Clone, Debug)]
pub(super) struct Migration {
    /// The old type.
    pub(super) from: HsmType,
    /// The instant until which the change can be rolled back.
    pub(super) rollback_until: SimTime,
    /// The image of the cluster before the change, which a rollback restores.
    pub(super) image: Rc<BackupImage>,
}

/// An HSM.
#[derive(Clone, Debug)]
pub struct Hsm {
    /// Such as `hsm-ted36yp5b2x`.
    pub id: String,
    /// The current state.
    pub state: HsmState,
    /// The message of describe-clusters about the state.
    pub state_message: Option<String>,
    /// The instant at which the current state ends automatically.
    pub until: Option<SimTime>,
    /// Such as `us-east-1a`.
    pub zone: String,
    /// The subnet of its interface.
    pub subnet_id: String,
    /// Its interface in the customer's subnet.
    pub eni_id: String,
    /// That interface's address.
    pub ip: String,
    /// Its IPv6 address, in dual-stack clusters.
    pub ipv6: Option<String>,
    /// Its type.
    pub hsm_type: HsmType,
    /// The source of its content.
    pub(super) origin: Origin,
    /// True if its network is cut off.
    pub(super) cut: bool,
}

/// The source of an HSM's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Nothing: the first HSM of a new cluster.
    Empty,
    /// The users and keys of its cluster; the image is taken a little later.
    Later,
    /// The users and keys of its cluster.
    Image(Rc<BackupImage>),
    /// The users and keys of its cluster, but there is no image: the creation fails.
    Lost,
}

/// The origin of a copied backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySource {
    /// The region.
    pub region: String,
    /// The backup.
    pub backup_id: String,
    /// The cluster of that backup.
    pub cluster_id: String,
    /// The time of the copy.
    pub copied_at: SimTime,
}

/// A backup.
#[derive(Clone, Debug)]
pub struct Backup {
    /// Such as `backup-ro5c4er4aac`.
    pub id: String,
    /// The current state.
    pub state: BackupState,
    /// The cluster of the backup.
    pub cluster_id: String,
    /// The creation time.
    pub created_at: SimTime,
    /// True if it is exempt from its cluster's retention policy.
    pub never_expires: bool,
    /// The origin of a copy.
    pub source: Option<CopySource>,
    /// The instant of the permanent deletion, while it is pending.
    pub delete_at: Option<SimTime>,
    /// Its tags, in the order in which they were set.
    pub tags: Vec<Tag>,
    /// The HSM type of its cluster.
    pub hsm_type: HsmType,
    /// The mode of its cluster.
    pub mode: Mode,
    /// The encrypted image; `None` if the HSM provided none.
    pub(super) image: Option<Rc<BackupImage>>,
    /// The cluster certificate in the image.
    pub(super) cluster_certificate: Option<String>,
    /// Its resource policy, JSON.
    pub(super) policy: Option<String>,
}

/// The state of one region.
#[derive(Clone, Debug, Default)]
pub(super) struct Region {
    /// Clusters, oldest first, including recently deleted ones.
    pub(super) clusters: Vec<Cluster>,
    /// Backups by id.
    pub(super) backups: BTreeMap<String, Backup>,
    /// Retention days of clusters that are no longer listed but have backups.
    pub(super) retention_of_gone: BTreeMap<String, u16>,
    /// Zones without free hardware.
    pub(super) exhausted_zones: BTreeSet<String>,
    /// Zones that are lost as a whole.
    pub(super) lost_zones: BTreeSet<String>,
}

impl Region {
    /// True if the zone has hardware for a new HSM now.
    pub(super) fn has_hardware(&self, zone: &str) -> bool {
        !self.exhausted_zones.contains(zone) && !self.lost_zones.contains(zone)
    }

    pub(super) fn cluster(&self, id: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.id == id)
    }

    pub(super) fn cluster_mut(&mut self, id: &str) -> Option<&mut Cluster> {
        self.clusters.iter_mut().find(|cluster| cluster.id == id)
    }

    /// HSMs that count against the region's quota.
    pub(super) fn hsm_count(&self) -> usize {
        self.clusters.iter().map(|cluster| cluster.hsms.len()).sum()
    }

    /// The newest backup of a cluster that can be restored.
    pub(super) fn newest_backup(&self, cluster_id: &str) -> Option<&Backup> {
        self.backups
            .values()
            .filter(|b| b.cluster_id == cluster_id && b.source.is_none())
            .filter(|b| b.state == BackupState::Ready || b.state == BackupState::CreateInProgress)
            .filter(|b| b.image.is_some())
            .max_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)))
    }
}

impl Cluster {
    /// The HSM with that id.
    #[must_use]
    pub fn hsm(&self, id: &str) -> Option<&Hsm> {
        self.hsms.iter().find(|hsm| hsm.id == id)
    }

    pub(super) fn hsm_mut(&mut self, id: &str) -> Option<&mut Hsm> {
        self.hsms.iter_mut().find(|hsm| hsm.id == id)
    }

    /// The HSMs that are in service.
    pub fn active_hsms(&self) -> impl Iterator<Item = &Hsm> {
        self.hsms.iter().filter(|hsm| hsm.state == HsmState::Active)
    }
}

impl Cluster {
    /// Applies `event`. Returns false and changes nothing if the state does not allow it.
    pub(super) fn enter(&mut self, event: ClusterEvent) -> bool {
        let Some(row) = lifecycle::step(lifecycle::CLUSTER, self.state, event) else {
            return false;
        };
        self.state = row.to;
        self.state_message = lifecycle::cluster_message(row.to, event).map(str::to_owned);
        self.until = None;
        true
    }
}

impl Hsm {
    /// True if its network is cut off.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// Applies `event`. Returns false and changes nothing if the state does not allow it.
    pub(super) fn enter(&mut self, event: HsmEvent) -> bool {
        let Some(row) = lifecycle::step(lifecycle::HSM, self.state, event) else {
            return false;
        };
        self.state = row.to;
        self.state_message = lifecycle::hsm_message(event).map(str::to_owned);
        self.until = None;
        true
    }
}

impl Backup {
    /// Applies `event`. Returns false and changes nothing if the state does not allow it.
    pub(super) fn enter(&mut self, event: BackupEvent) -> bool {
        let Some(row) = lifecycle::step(lifecycle::BACKUP, self.state, event) else {
            return false;
        };
        self.state = row.to;
        true
    }
}
