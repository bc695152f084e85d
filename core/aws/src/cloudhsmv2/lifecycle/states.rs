//! The states of clusters, HSMs and backups in the words of the API, and the events that change
//! them.

use serde::{Deserialize, Serialize};

use super::words;

words! {
    /// A cluster's state (service model, `ClusterState`).
    ClusterState {
        /// Being made.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Ready for its first HSM; the CSR exists once that HSM is active.
        Uninitialized = "UNINITIALIZED",
        /// The cluster certificate was submitted.
        InitializeInProgress = "INITIALIZE_IN_PROGRESS",
        /// Claimed by its owner; the administrator is not activated yet.
        Initialized = "INITIALIZED",
        /// Usable.
        Active = "ACTIVE",
        /// AWS updates firmware or software.
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        /// The HSMs are being changed to another type, one after the other.
        ModifyInProgress = "MODIFY_IN_PROGRESS",
        /// The change of type is being rolled back.
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        /// Being deleted.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// Deleted; listed for a short time.
        Deleted = "DELETED",
        /// At least one HSM has failed and is not replaced yet.
        Degraded = "DEGRADED",
    }
}

words! {
    /// An event of a cluster.
    ClusterEvent {
        /// The cluster was created.
        Created = "created",
        /// The cluster was created from a backup.
        CreatedFromBackup = "created from a backup",
        /// The owner submitted a cluster certificate.
        ClaimSubmitted = "certificate submitted",
        /// The HSM installed the cluster certificate.
        Claimed = "certificate installed",
        /// The HSM rejected the cluster certificate.
        ClaimFailed = "certificate refused by the HSM",
        /// The service detected that the administrator's first password was set.
        Activated = "activation detected",
        /// The first HSM of a cluster made from a backup is active.
        RestoredHsmActive = "first HSM restored",
        /// The owner requested a change of HSM type.
        MigrationStarted = "HSM type change requested",
        /// All HSMs have the new type.
        MigrationFinished = "all HSMs changed",
        /// The owner requested the rollback to the old type.
        RollbackStarted = "rollback requested",
        /// All HSMs have the old type again.
        RollbackFinished = "all HSMs changed back",
        /// An HSM failed.
        HsmFailed = "an HSM failed",
        /// No failed HSM is left.
        HsmsHealthy = "failed HSMs replaced or deleted",
        /// AWS started to update the HSMs.
        MaintenanceStarted = "maintenance started",
        /// AWS has updated the HSMs.
        MaintenanceFinished = "maintenance done",
        /// The owner requested the deletion.
        DeleteRequested = "deletion requested",
        /// The cluster was deleted.
        DeleteFinished = "deleted",
    }
}

words! {
    /// An HSM's state (service model, `HsmState`).
    HsmState {
        /// Being made.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// In service.
        Active = "ACTIVE",
        /// Failed.
        Degraded = "DEGRADED",
        /// Being deleted.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// Deleted: no longer listed.
        Deleted = "DELETED",
    }
}

words! {
    /// An event of an HSM.
    HsmEvent {
        /// The first HSM of a cluster is in service, empty.
        CreatedEmpty = "created empty",
        /// An HSM with the users and keys of its cluster is in service.
        CreatedFromBackup = "created from a backup",
        /// The backup could not be restored on the HSM.
        CreationFailed = "creation failed",
        /// The hardware failed.
        Failed = "hardware failed",
        /// The HSM runs, but neither clients nor the service can reach it.
        Unreachable = "not reachable",
        /// The HSM is reachable again.
        Recovered = "reachable again",
        /// Its owner, or a replacement by AWS, requested the deletion.
        DeleteRequested = "deletion requested",
        /// The HSM was deleted.
        DeleteFinished = "deleted",
    }
}

words! {
    /// A backup's state (service model, `BackupState`).
    BackupState {
        /// Being made or copied.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Can be restored from.
        Ready = "READY",
        /// Deleted: no longer listed.
        Deleted = "DELETED",
        /// Kept for seven more days.
        PendingDeletion = "PENDING_DELETION",
    }
}

words! {
    /// An event of a backup.
    BackupEvent {
        /// The image is stored.
        Made = "made",
        /// The image has arrived from another region.
        Copied = "copied",
        /// No image was available.
        Failed = "failed",
        /// The owner requested the deletion.
        DeleteRequested = "deletion requested",
        /// The retention policy of its cluster expired it.
        Expired = "retention expired",
        /// The owner canceled the deletion.
        Restored = "deletion canceled",
        /// The backup was deleted.
        DeleteFinished = "deleted",
    }
}
