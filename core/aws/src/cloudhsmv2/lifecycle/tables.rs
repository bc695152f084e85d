//! The lifecycles of clusters, HSMs and backups as tables.

use super::states::{BackupEvent, BackupState, ClusterEvent, ClusterState, HsmEvent, HsmState};
use super::{Cause, Transition, row, seconds};
use hsmlab_sim::SimDuration;

/// The lifecycle of a cluster.
pub const CLUSTER: &[Transition<ClusterState, ClusterEvent>] = {
    use Cause::{AfterEachHsm, Aws, Call, Follows};
    use ClusterEvent as E;
    use ClusterState as S;
    const MIGRATION: SimDuration = SimDuration::from_minutes(30);
    &[
        row(
            S::CreateInProgress,
            E::Created,
            S::Uninitialized,
            seconds(180),
            "1-5 minutes in reports; creation and deletion together 244-322 s in Terraform's acceptance tests",
        ),
        row(
            S::CreateInProgress,
            E::CreatedFromBackup,
            S::Initialized,
            seconds(180),
            "User Guide, create a cluster from a backup; the state is a best guess",
        ),
        row(
            S::Uninitialized,
            E::ClaimSubmitted,
            S::InitializeInProgress,
            Call("InitializeCluster"),
            "User Guide, initialize the cluster",
        ),
        row(
            S::InitializeInProgress,
            E::Claimed,
            S::Initialized,
            seconds(120),
            "1-3 minutes; a best guess",
        ),
        row(
            S::InitializeInProgress,
            E::ClaimFailed,
            S::Uninitialized,
            seconds(120),
            "learners' reports; a best guess",
        ),
        row(
            S::Initialized,
            E::Activated,
            S::Active,
            seconds(80),
            "measured: describe-clusters says INITIALIZED for about 80 s more",
        ),
        row(
            S::Initialized,
            E::RestoredHsmActive,
            S::Active,
            Follows("the first HSM becomes ACTIVE"),
            "User Guide, create a cluster from a backup; a best guess",
        ),
        row(
            S::Active,
            E::MigrationStarted,
            S::ModifyInProgress,
            Call("ModifyCluster"),
            "User Guide, migrate from hsm1.medium to hsm2m.medium",
        ),
        row(
            S::ModifyInProgress,
            E::MigrationFinished,
            S::Active,
            AfterEachHsm(MIGRATION),
            "User Guide, migrate from hsm1.medium to hsm2m.medium: about 30 minutes an HSM",
        ),
        row(
            S::ModifyInProgress,
            E::RollbackStarted,
            S::RollbackInProgress,
            Call("ModifyCluster"),
            "User Guide, migrate from hsm1.medium to hsm2m.medium",
        ),
        row(
            S::Active,
            E::RollbackStarted,
            S::RollbackInProgress,
            Call("ModifyCluster"),
            "User Guide, migrate from hsm1.medium to hsm2m.medium: within 24 hours of the start",
        ),
        row(
            S::RollbackInProgress,
            E::RollbackFinished,
            S::Active,
            AfterEachHsm(MIGRATION),
            "as the migration; the time is a best guess",
        ),
        row(
            S::Active,
            E::HsmFailed,
            S::Degraded,
            Aws("an HSM's hardware fails"),
            "service model, ClusterState",
        ),
        row(
            S::Degraded,
            E::HsmsHealthy,
            S::Active,
            Follows("the last failed HSM is replaced or deleted"),
            "User Guide, managing clusters",
        ),
        row(
            S::Active,
            E::MaintenanceStarted,
            S::UpdateInProgress,
            Aws("AWS maintenance"),
            "service model, ClusterState",
        ),
        row(
            S::UpdateInProgress,
            E::MaintenanceFinished,
            S::Active,
            AfterEachHsm(MIGRATION),
            "as the migration; a best guess",
        ),
        row(
            S::Uninitialized,
            E::DeleteRequested,
            S::DeleteInProgress,
            Call("DeleteCluster"),
            "User Guide, delete a cluster",
        ),
        row(
            S::Initialized,
            E::DeleteRequested,
            S::DeleteInProgress,
            Call("DeleteCluster"),
            "User Guide, delete a cluster",
        ),
        row(
            S::Active,
            E::DeleteRequested,
            S::DeleteInProgress,
            Call("DeleteCluster"),
            "User Guide, delete a cluster",
        ),
        row(
            S::Degraded,
            E::DeleteRequested,
            S::DeleteInProgress,
            Call("DeleteCluster"),
            "User Guide, delete a cluster",
        ),
        row(
            S::DeleteInProgress,
            E::DeleteFinished,
            S::Deleted,
            seconds(80),
            "1-2 minutes, from the sums of Terraform's acceptance tests",
        ),
    ]
};

/// The lifecycle of an HSM.
pub const HSM: &[Transition<HsmState, HsmEvent>] = {
    use Cause::{Aws, Call, Follows};
    use HsmEvent as E;
    use HsmState as S;
    &[
        row(
            S::CreateInProgress,
            E::CreatedEmpty,
            S::Active,
            seconds(360),
            "about 5-8 minutes, from the sums of Terraform's acceptance tests",
        ),
        row(
            S::CreateInProgress,
            E::CreatedFromBackup,
            S::Active,
            seconds(313),
            "measured on hsm2m.medium",
        ),
        row(
            S::CreateInProgress,
            E::CreationFailed,
            S::Degraded,
            Follows("the backup cannot be restored"),
            "reports: HSM creation failed. Please delete this HSM and try again.",
        ),
        row(
            S::Active,
            E::Failed,
            S::Degraded,
            Aws("the hardware fails"),
            "User Guide, managing clusters",
        ),
        row(
            S::Active,
            E::Unreachable,
            S::Degraded,
            Aws("its network or its zone fails"),
            "service model, HsmState; a best guess",
        ),
        row(
            S::Degraded,
            E::Recovered,
            S::Active,
            Aws("its network and its zone are restored"),
            "a best guess",
        ),
        row(
            S::Active,
            E::DeleteRequested,
            S::DeleteInProgress,
            Call("DeleteHsm"),
            "User Guide, remove an HSM",
        ),
        row(
            S::Degraded,
            E::DeleteRequested,
            S::DeleteInProgress,
            Call("DeleteHsm"),
            "reports: a DEGRADED HSM can be deleted",
        ),
        row(
            S::DeleteInProgress,
            E::DeleteFinished,
            S::Deleted,
            seconds(120),
            "measured: listed about 120 s more",
        ),
    ]
};

/// The lifecycle of a backup.
pub const BACKUP: &[Transition<BackupState, BackupEvent>] = {
    use BackupEvent as E;
    use BackupState as S;
    use Cause::{Call, Follows};
    &[
        row(
            S::CreateInProgress,
            E::Made,
            S::Ready,
            seconds(180),
            "minutes; a best guess",
        ),
        row(
            S::CreateInProgress,
            E::Copied,
            S::Ready,
            seconds(300),
            "minutes; a best guess",
        ),
        row(
            S::CreateInProgress,
            E::Failed,
            S::Deleted,
            Follows("the HSM provides no image"),
            "User Guide, copy a backup to another region: DELETED on failure",
        ),
        row(
            S::Ready,
            E::DeleteRequested,
            S::PendingDeletion,
            Call("DeleteBackup"),
            "API Reference, DeleteBackup",
        ),
        row(
            S::Ready,
            E::Expired,
            S::PendingDeletion,
            Follows("the cluster's retention policy expires it"),
            "User Guide, configure backup retention",
        ),
        row(
            S::PendingDeletion,
            E::Restored,
            S::Ready,
            Call("RestoreBackup"),
            "API Reference, RestoreBackup",
        ),
        row(
            S::PendingDeletion,
            E::DeleteFinished,
            S::Deleted,
            Cause::After(SimDuration::from_days(7)),
            "API Reference, DeleteBackup: up to 7 days",
        ),
    ]
};
