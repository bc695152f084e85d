//! The states of clusters, HSMs and backups in the words of the API, and what happens to them.

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
        /// Claimed by its owner, the administrator is not activated yet.
        Initialized = "INITIALIZED",
        /// Usable.
        Active = "ACTIVE",
        /// AWS changes firmware or software.
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        /// The HSMs are changed to another type, one after the other.
        ModifyInProgress = "MODIFY_IN_PROGRESS",
        /// The change of type is being undone.
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        /// Being deleted.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// Gone; listed a little longer.
        Deleted = "DELETED",
        /// At least one HSM has failed and is not replaced yet.
        Degraded = "DEGRADED",
    }
}

words! {
    /// What happens to a cluster.
    ClusterEvent {
        /// It has been made.
        Created = "created",
        /// It has been made from a backup.
        CreatedFromBackup = "created from a backup",
        /// Its owner submitted a cluster certificate.
        ClaimSubmitted = "certificate submitted",
        /// The HSM took the cluster certificate.
        Claimed = "certificate installed",
        /// The HSM did not take the cluster certificate.
        ClaimFailed = "certificate refused by the HSM",
        /// The service has seen that the administrator's first password was set.
        Activated = "activation seen",
        /// The first HSM of a cluster made from a backup is active.
        RestoredHsmActive = "first HSM restored",
        /// A change of HSM type was asked for.
        MigrationStarted = "change of HSM type asked for",
        /// All HSMs are of the new type.
        MigrationFinished = "all HSMs changed",
        /// The return to the old type was asked for.
        RollbackStarted = "return to the old HSM type asked for",
        /// All HSMs are of the old type again.
        RollbackFinished = "all HSMs changed back",
        /// An HSM failed.
        HsmFailed = "an HSM failed",
        /// No failed HSM is left.
        HsmsHealthy = "failed HSMs replaced or deleted",
        /// AWS began to update the HSMs.
        MaintenanceStarted = "maintenance begun",
        /// AWS has updated the HSMs.
        MaintenanceFinished = "maintenance done",
        /// Its owner asked for its end.
        DeleteRequested = "deletion asked for",
        /// It is gone.
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
        /// Gone: no longer listed.
        Deleted = "DELETED",
    }
}

words! {
    /// What happens to an HSM.
    HsmEvent {
        /// The first HSM of a cluster is in service, empty.
        CreatedEmpty = "created empty",
        /// An HSM with the users and keys of its cluster is in service.
        CreatedFromBackup = "created from a backup",
        /// The backup could not be restored on it.
        CreationFailed = "creation failed",
        /// Its hardware failed.
        Failed = "hardware failed",
        /// It runs, and neither clients nor the service reach it.
        Unreachable = "not reachable",
        /// It is reached again.
        Recovered = "reachable again",
        /// Its end was asked for, by its owner or by AWS's replacement of it.
        DeleteRequested = "deletion asked for",
        /// It is gone.
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
        /// Gone: no longer listed.
        Deleted = "DELETED",
        /// Kept for seven more days.
        PendingDeletion = "PENDING_DELETION",
    }
}

words! {
    /// What happens to a backup.
    BackupEvent {
        /// The image is stored.
        Made = "made",
        /// The image has arrived from another region.
        Copied = "copied",
        /// No image could be had.
        Failed = "failed",
        /// Its owner asked for its deletion.
        DeleteRequested = "deletion asked for",
        /// Its cluster's retention policy ended its time.
        Expired = "retention over",
        /// Its owner took the deletion back.
        Restored = "deletion taken back",
        /// It is gone.
        DeleteFinished = "deleted",
    }
}
