//! The schedule: what will happen to clusters, HSMs and backups. The effects are in `events`.

use std::fmt;

use super::Parts;
use hsmlab_sim::SimTime;

/// A scheduled event in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) region: String,
    pub(super) what: What,
}

/// The kinds of event, each with the id of the resource that it affects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    ClusterCreated(String),
    ClaimDone(String),
    Activated(String),
    ClusterDeleted(String),
    ClusterForgotten(String),
    HsmCreated {
        cluster_id: String,
        hsm_id: String,
    },
    /// The image for a new HSM is taken.
    Snapshot {
        cluster_id: String,
        hsm_id: String,
    },
    HsmDeleted {
        cluster_id: String,
        hsm_id: String,
    },
    /// A replacement of a failed HSM. `again` marks retries, which may continue forever.
    HsmReplaced {
        cluster_id: String,
        hsm_id: String,
        again: bool,
    },
    TypeChanged(String),
    RollbackWindowOver(String),
    /// Maintenance of one HSM.
    HsmMaintained {
        cluster_id: String,
        hsm_id: String,
    },
    MaintenanceDone(String),
    Daily(String),
    BackupMade(String),
    BackupDeleted(String),
    KeysSynchronised(String),
}

impl Event {
    /// True if the event completes an operation that a caller waits for, in contrast to daily
    /// routine.
    pub(super) fn is_progress(&self) -> bool {
        !matches!(
            self.what,
            What::Daily(_)
                | What::BackupDeleted(_)
                | What::ClusterForgotten(_)
                | What::RollbackWindowOver(_)
                | What::KeysSynchronised(_)
                | What::Snapshot { .. }
                | What::HsmReplaced { again: true, .. }
        )
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::ClusterCreated(id) => write!(f, "cluster {id} is created"),
            What::ClaimDone(id) => write!(f, "cluster {id} becomes INITIALIZED"),
            What::Activated(id) => write!(f, "cluster {id} becomes ACTIVE"),
            What::ClusterDeleted(id) => write!(f, "cluster {id} becomes DELETED"),
            What::ClusterForgotten(id) => write!(f, "cluster {id} is no longer listed"),
            What::HsmCreated { hsm_id, .. } => write!(f, "HSM {hsm_id} becomes ACTIVE"),
            What::Snapshot { hsm_id, .. } => write!(f, "the image for HSM {hsm_id} is taken"),
            What::HsmDeleted { hsm_id, .. } => write!(f, "HSM {hsm_id} is gone"),
            What::HsmReplaced { hsm_id, .. } => write!(f, "AWS replaces HSM {hsm_id}"),
            What::TypeChanged(id) => write!(f, "the next HSM of cluster {id} changes its type"),
            What::RollbackWindowOver(id) => {
                write!(
                    f,
                    "the type change of cluster {id} can no longer be rolled back"
                )
            }
            What::HsmMaintained { hsm_id, .. } => {
                write!(f, "AWS replaces HSM {hsm_id} for maintenance")
            }
            What::MaintenanceDone(id) => write!(f, "maintenance of cluster {id} ends"),
            What::Daily(id) => write!(f, "daily backup of cluster {id}"),
            What::BackupMade(id) => write!(f, "backup {id} becomes READY"),
            What::BackupDeleted(id) => write!(f, "backup {id} is permanently deleted"),
            What::KeysSynchronised(id) => {
                write!(f, "the keys of cluster {id} are synchronized")
            }
        }
    }
}

/// Schedules an event.
pub(super) fn at(parts: &mut Parts<'_>, at: SimTime, region: &str, what: What) {
    parts.cloudhsmv2.schedule.push(
        at,
        Event {
            region: region.to_owned(),
            what,
        },
    );
}
