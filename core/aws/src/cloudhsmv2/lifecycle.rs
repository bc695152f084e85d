//! The lifecycles of clusters, HSMs and backups: their states and the tables of transitions, with
//! the cause and the duration of each.
//!
//! The service changes a state only through [`step`], so a transition that is not in a table cannot
//! happen. A test prints the tables into `docs/lifecycles.md`.

mod states;
mod tables;

pub use states::{BackupEvent, BackupState, ClusterEvent, ClusterState, HsmEvent, HsmState};
pub use tables::{BACKUP, CLUSTER, HSM};

use hsmlab_sim::SimDuration;

/// Declares an enum of AWS's words, with the list of all values and their names.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $value,)* }

        impl $name {
            /// All values, in the order of the service model or of the lifecycle.
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

/// The cause of a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A call of this operation.
    Call(&'static str),
    /// Time: this long after the state began.
    After(SimDuration),
    /// Time: this long for each HSM of the cluster, one after the other.
    AfterEachHsm(SimDuration),
    /// The end of something else, in words.
    Follows(&'static str),
    /// A failure or an action of AWS; no API call causes it.
    Aws(&'static str),
}

/// One row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition<S, E> {
    /// The state before.
    pub from: S,
    /// The event.
    pub event: E,
    /// The state after.
    pub to: S,
    /// The cause of the transition, and its duration.
    pub cause: Cause,
    /// The source of this knowledge.
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

/// The state that `event` leads to from `from`, and its row; `None` if the table has no such
/// transition.
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

/// The time from entering `from` until `event`; for a change of HSM type, the time per HSM. Zero if
/// the table has no time.
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

/// The message of describe-clusters for a cluster that entered `state` by `event`; `None` in normal
/// states.
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

/// The message of describe-clusters for an HSM after `event`.
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
        // Guess: the text is not published.
        HsmEvent::Unreachable => Some("HSM is not reachable."),
        HsmEvent::Recovered | HsmEvent::DeleteRequested | HsmEvent::DeleteFinished => None,
    }
}

/// The states of a cluster that allow each operation; all other states refuse it.
///
/// If the documentation says nothing, an operation is refused while another one is in progress: a
/// best guess. Describing and tagging are possible in every state.
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

/// True if a cluster in `state` allows `operation`.
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

    fn table<S, E>(title: &str, rows: &[Transition<S, E>]) -> String
    where
        S: Copy + fmt::Display,
        E: Copy + fmt::Display,
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
             (`core/aws/src/cloudhsmv2/lifecycle.rs`);\n`UPDATE_EXPECT=1 cargo test -p hsmlab-aws \
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
