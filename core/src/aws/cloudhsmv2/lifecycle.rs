//! The lives of clusters, HSMs and backups: their states and the tables of what leads from one to the
//! next, by what, and how long it takes.
//!
//! The service changes a state only through [`step`], so what is not in a table cannot happen. The
//! tables are printed into `docs/lifecycles.md` by a test.

use serde::{Deserialize, Serialize};

use crate::sim::SimDuration;

/// Declares an enum whose values are AWS's words, with the list of all values and their names.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $value,)* }

        impl $name {
            /// All values, in the order of the service model or of the life.
            pub const ALL: &'static [Self] = &[$(Self::$value,)*];

            /// The word as the API spells it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(super) use words;

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

/// What makes a transition happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A call of this operation.
    Call(&'static str),
    /// Nothing but time: so long after the state began.
    After(SimDuration),
    /// For each HSM of the cluster so long, one after the other.
    AfterEachHsm(SimDuration),
    /// The end of something else, in words.
    Follows(&'static str),
    /// A failure or AWS's own doing; no call brings it about.
    Aws(&'static str),
}

/// One row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition<S, E> {
    /// The state before.
    pub from: S,
    /// What happens.
    pub event: E,
    /// The state after.
    pub to: S,
    /// What makes it happen, and how long that takes.
    pub cause: Cause,
    /// Where it is known from.
    pub source: &'static str,
}

const fn row<S: Copy, E: Copy>(
    from: S,
    event: E,
    to: S,
    cause: Cause,
    source: &'static str,
) -> Transition<S, E> {
    Transition {
        from,
        event,
        to,
        cause,
        source,
    }
}

const fn seconds(seconds: u64) -> Cause {
    Cause::After(SimDuration::from_seconds(seconds))
}

/// A cluster's life.
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

/// An HSM's life.
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

/// A backup's life.
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
            Follows("no image can be had from the HSM"),
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
            Follows("the cluster's retention policy"),
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

/// The state that `event` leads to from `from`, and the row that says so; `None` where the life has
/// no such step.
#[must_use]
pub fn step<S: Copy + PartialEq, E: Copy + PartialEq>(
    table: &'static [Transition<S, E>],
    from: S,
    event: E,
) -> Option<&'static Transition<S, E>> {
    table
        .iter()
        .find(|row| row.from == from && row.event == event)
}

/// How long `from` lasts before `event` ends it by itself; for a change of HSM type, how long one HSM
/// takes. Zero where no time is named.
#[must_use]
pub fn duration<S: Copy + PartialEq, E: Copy + PartialEq>(
    table: &'static [Transition<S, E>],
    from: S,
    event: E,
) -> SimDuration {
    match step(table, from, event).map(|row| row.cause) {
        Some(Cause::After(span) | Cause::AfterEachHsm(span)) => span,
        _ => SimDuration::ZERO,
    }
}

/// What describe-clusters says about a cluster in the state that `event` led to; nothing in normal states.
#[must_use]
pub fn cluster_message(state: ClusterState, event: ClusterEvent) -> Option<&'static str> {
    match (state, event) {
        // User Guide, initialize the cluster.
        (ClusterState::InitializeInProgress, _) => {
            Some("Cluster is initializing. State will change to INITIALIZED upon completion.")
        }
        // User Guide, delete a cluster.
        (ClusterState::DeleteInProgress, _) => Some("The cluster is being deleted."),
        // Guess: the text is not published.
        (_, ClusterEvent::ClaimFailed) => {
            Some("Cluster initialization failed. Sign the present CSR and try again.")
        }
        _ => None,
    }
}

/// What describe-clusters says about an HSM after `event`.
#[must_use]
pub fn hsm_message(event: HsmEvent) -> Option<&'static str> {
    match event {
        // KMS Developer Guide, fix a key store (sample answer).
        HsmEvent::CreatedEmpty | HsmEvent::CreatedFromBackup => Some("HSM created."),
        // Seen: aws-cloudhsm-cloudformation-template issue 17.
        HsmEvent::CreationFailed => {
            Some("HSM creation failed. Please delete this HSM and try again.")
        }
        // Guess: the text is not published.
        HsmEvent::Failed => Some("HSM is unhealthy and will be replaced."),
        HsmEvent::DeleteRequested | HsmEvent::DeleteFinished => None,
    }
}

/// In which states of a cluster an operation that changes it is taken; all others refuse it.
///
/// Where the documentation is silent the operation is refused while something else is in progress:
/// a best guess. Describing and tagging are possible in every state.
pub const ALLOWED: &[(&str, &[ClusterState])] = {
    use ClusterState as S;
    &[
        (
            "CreateHsm",
            &[S::Uninitialized, S::Initialized, S::Active, S::Degraded],
        ),
        (
            "DeleteCluster",
            &[S::Uninitialized, S::Initialized, S::Active, S::Degraded],
        ),
        (
            "DeleteHsm",
            &[S::Uninitialized, S::Initialized, S::Active, S::Degraded],
        ),
        ("InitializeCluster", &[S::Uninitialized]),
        (
            "ModifyCluster",
            &[
                S::Uninitialized,
                S::InitializeInProgress,
                S::Initialized,
                S::Active,
                S::UpdateInProgress,
                S::ModifyInProgress,
                S::RollbackInProgress,
                S::Degraded,
            ],
        ),
    ]
};

/// Whether `operation` is taken while a cluster is in `state`.
#[must_use]
pub fn allows(operation: &str, state: ClusterState) -> bool {
    ALLOWED
        .iter()
        .any(|(name, states)| *name == operation && states.contains(&state))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::{self, Write as _};

    use expect_test::expect_file;

    use super::*;

    /// The states that can be reached from `start`.
    fn reachable<S: Copy + Ord, E>(table: &[Transition<S, E>], start: S) -> BTreeSet<S> {
        let mut seen = BTreeSet::from([start]);
        loop {
            let next: BTreeSet<S> = table
                .iter()
                .filter(|row| seen.contains(&row.from))
                .map(|row| row.to)
                .collect();
            let before = seen.len();
            seen.extend(next);
            if seen.len() == before {
                return seen;
            }
        }
    }

    fn all<S: Copy + Ord>(states: &[S]) -> BTreeSet<S> {
        states.iter().copied().collect()
    }

    #[test]
    fn every_state_is_reachable() {
        let cluster = reachable(CLUSTER, ClusterState::CreateInProgress);
        assert_eq!(cluster, all(ClusterState::ALL));
        assert_eq!(
            reachable(HSM, HsmState::CreateInProgress),
            all(HsmState::ALL)
        );
        assert_eq!(
            reachable(BACKUP, BackupState::CreateInProgress),
            all(BackupState::ALL)
        );
    }

    #[test]
    fn every_life_can_end_and_the_end_is_final() {
        for state in ClusterState::ALL {
            assert!(
                reachable(CLUSTER, *state).contains(&ClusterState::Deleted),
                "{state}"
            );
        }
        for state in HsmState::ALL {
            assert!(
                reachable(HSM, *state).contains(&HsmState::Deleted),
                "{state}"
            );
        }
        for state in BackupState::ALL {
            assert!(
                reachable(BACKUP, *state).contains(&BackupState::Deleted),
                "{state}"
            );
        }
        assert_eq!(reachable(CLUSTER, ClusterState::Deleted).len(), 1);
        assert_eq!(reachable(HSM, HsmState::Deleted).len(), 1);
        assert_eq!(reachable(BACKUP, BackupState::Deleted).len(), 1);
    }

    #[test]
    fn an_event_leads_to_one_state_only() {
        fn unique<S: Copy + Ord, E: Copy + Ord>(table: &[Transition<S, E>]) -> bool {
            let keys: BTreeSet<_> = table.iter().map(|row| (row.from, row.event)).collect();
            keys.len() == table.len()
        }
        assert!(unique(CLUSTER) && unique(HSM) && unique(BACKUP));
    }

    #[test]
    fn what_is_not_in_a_table_is_refused() {
        let cases = [
            (ClusterState::Uninitialized, ClusterEvent::Activated),
            (
                ClusterState::CreateInProgress,
                ClusterEvent::DeleteRequested,
            ),
            (ClusterState::Active, ClusterEvent::ClaimSubmitted),
            (ClusterState::Deleted, ClusterEvent::DeleteRequested),
        ];
        for (from, event) in cases {
            assert_eq!(step(CLUSTER, from, event), None, "{from} {event}");
        }
        assert_eq!(
            step(HSM, HsmState::CreateInProgress, HsmEvent::DeleteRequested),
            None
        );
        assert_eq!(
            step(BACKUP, BackupState::Ready, BackupEvent::Restored),
            None
        );
    }

    #[test]
    fn nothing_changes_a_cluster_that_is_going_or_gone() {
        for (operation, _) in ALLOWED {
            for state in [ClusterState::DeleteInProgress, ClusterState::Deleted] {
                assert!(!allows(operation, state), "{operation} {state}");
            }
        }
    }

    fn cause(cause: Cause) -> String {
        let time = |span: SimDuration| match span.as_ms() / 1000 {
            s if s % 86_400 == 0 => format!("{} days", s / 86_400),
            s if s % 60 == 0 => format!("{} min", s / 60),
            s => format!("{s} s"),
        };
        match cause {
            Cause::Call(operation) => format!("`{operation}`"),
            Cause::After(span) => format!("after {}", time(span)),
            Cause::AfterEachHsm(span) => format!("after {} an HSM", time(span)),
            Cause::Follows(what) => format!("when {what}"),
            Cause::Aws(what) => what.to_owned(),
        }
    }

    fn table<S: fmt::Display, E: fmt::Display>(title: &str, rows: &[Transition<S, E>]) -> String
    where
        S: Copy,
        E: Copy,
    {
        let mut text = format!("\n## {title}\n\n| from | what happens | to | when | source |\n");
        text.push_str("| --- | --- | --- | --- | --- |\n");
        for row in rows {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                row.from,
                row.event,
                row.to,
                cause(row.cause),
                row.source
            );
        }
        text
    }

    #[test]
    fn the_printed_tables() {
        let mut text = String::from(
            "# Lifecycles\n\nThe states of clusters, HSMs and backups, as the service's code has them \
             (`core/src/aws/cloudhsmv2/lifecycle.rs`);\n`UPDATE_EXPECT=1 cargo test -p hsmlab-core \
             lifecycle` writes this file. Times are of the simulated clock.\n",
        );
        text.push_str(&table("Cluster", CLUSTER));
        text.push_str(&table("HSM", HSM));
        text.push_str(&table("Backup", BACKUP));
        text.push_str("\n## Which operations a cluster takes, by its state\n\n");
        text.push_str("| operation | states |\n| --- | --- |\n");
        for (operation, states) in ALLOWED {
            let names: Vec<_> = states.iter().map(|state| state.name()).collect();
            let _ = writeln!(text, "| `{operation}` | {} |", names.join(", "));
        }
        expect_file!["../../../../docs/lifecycles.md"].assert_eq(&text);
    }
}
