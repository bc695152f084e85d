//! Quotas, dates and the lists of what the service offers, each with its source.

use hsmlab_api::regions::Partition;
use serde::{Deserialize, Serialize};

use super::lifecycle::words;
use hsmlab_sim::{SimDuration, SimTime};

/// Clusters in one region (User Guide, quotas: 4, adjustable).
pub const CLUSTERS_PER_REGION: usize = 4;

/// HSMs in one region (User Guide, quotas: 6, adjustable).
pub const HSMS_PER_REGION: usize = 6;

/// HSMs in one cluster (User Guide, quotas: 28, fixed).
pub const HSMS_PER_CLUSTER: usize = 28;

/// HSMs that a cluster may have when its HSM type is changed (User Guide, migrate from hsm1.medium).
pub const HSMS_FOR_MIGRATION: usize = 27;

/// How long a change of HSM type can be taken back (User Guide, migrate from hsm1.medium).
pub const ROLLBACK_WINDOW: SimDuration = SimDuration::from_days(1);

/// Tags of one resource (User Guide, tagging; service model: `TagList` 1..50).
pub const TAGS_PER_RESOURCE: usize = 50;

/// Fewest and most days that backups can be retained (service model: "a value between 7 - 379").
pub const RETENTION_DAYS: std::ops::RangeInclusive<u16> = 7..=379;

/// Days that backups are retained where nothing else is said (User Guide, backup retention).
pub const DEFAULT_RETENTION_DAYS: u16 = 90;

/// How often an active cluster is backed up at least (User Guide, managing backups).
pub const BACKUP_INTERVAL: SimDuration = SimDuration::from_days(1);

/// Clusters on a page at most (service model, `ClustersMaxSize`).
pub const CLUSTERS_PER_PAGE: usize = 25;

/// Backups on a page at most (service model, `BackupsMaxSize`).
pub const BACKUPS_PER_PAGE: usize = 50;

/// Tags on a page at most (service model, `MaxSize`).
pub const TAGS_PER_PAGE: usize = 100;

/// How long a deleted cluster is still listed. Guess: the documentation says only that the state
/// exists.
pub const DELETED_CLUSTER_LISTED: SimDuration = SimDuration::from_minutes(60);

/// How often the service compares the keys of a cluster's HSMs and brings them in line. Guess: the guide
/// says "periodically" and gives no time.
pub const KEY_SYNC_INTERVAL: SimDuration = SimDuration::from_seconds(60);

/// How long after create-hsm the image is taken that the new HSM is made from: measured between 34 s,
/// when a new user was still in it, and 65 s, when one was not.
pub const SNAPSHOT_DELAY: SimDuration = SimDuration::from_seconds(50);

/// How long AWS takes to begin the replacement of a failed HSM. Guess: no time is published.
pub const REPLACEMENT_DELAY: SimDuration = SimDuration::from_minutes(5);

words! {
    /// The types of HSM that there are (User Guide, HSM types).
    HsmType {
        /// The older type: FIPS mode only.
        Hsm1Medium = "hsm1.medium",
        /// The present type.
        Hsm2mMedium = "hsm2m.medium",
    }
}

words! {
    /// A cluster's mode (service model, `ClusterMode`).
    Mode {
        /// Only what FIPS 140 approves.
        Fips = "FIPS",
        /// Everything that the HSM can do.
        NonFips = "NON_FIPS",
    }
}

words! {
    /// How a cluster's HSMs are addressed (service model, `NetworkType`).
    NetworkType {
        /// IPv4 alone.
        Ipv4 = "IPV4",
        /// IPv4 and IPv6.
        Dualstack = "DUALSTACK",
    }
}

impl HsmType {
    /// The type of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether a new cluster of this type can be made on the day `now`: hsm1.medium before April 2025,
    /// hsm2m.medium from 20 August 2024 (User Guide, HSM types and deprecation notices).
    #[must_use]
    pub fn offered(self, now: SimTime) -> bool {
        // Milliseconds since 1970 of 2024-08-20T00:00:00Z and of 2025-04-01T00:00:00Z.
        const HSM2M_LAUNCH: SimTime = SimTime::from_unix_ms(1_724_112_000_000);
        const HSM1_END: SimTime = SimTime::from_unix_ms(1_743_465_600_000);
        match self {
            Self::Hsm1Medium => now < HSM1_END,
            Self::Hsm2mMedium => now >= HSM2M_LAUNCH,
        }
    }

    /// Whether a backup of an HSM of the type `self` can be restored on `target` (User Guide, HSM
    /// types: hsm1 to hsm1 or to hsm2m in FIPS mode, hsm2m to hsm2m alone).
    #[must_use]
    pub fn restores_on(self, target: Self) -> bool {
        self == target || (self, target) == (Self::Hsm1Medium, Self::Hsm2mMedium)
    }
}

/// The ARN of a resource of this service, as `arn:aws:cloudhsm:us-west-2:111122223333:backup/backup-…`.
#[must_use]
pub fn arn(region: &str, kind: &str, id: &str) -> String {
    let partition = Partition::of(region).unwrap_or(Partition::Aws).name();
    format!(
        "arn:{partition}:cloudhsm:{region}:{}:{kind}/{id}",
        hsmlab_api::ACCOUNT_ID
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_by_date() {
        let rows = [
            ("2019-01-01T00:00:00Z", true, false),
            ("2024-08-19T23:59:59.999Z", true, false),
            ("2024-08-20T00:00:00Z", true, true),
            ("2025-03-31T23:59:59.999Z", true, true),
            ("2025-04-01T00:00:00Z", false, true),
            ("2026-11-24T00:00:00Z", false, true),
        ];
        for (day, hsm1, hsm2m) in rows {
            let now = SimTime::parse_rfc3339(day).unwrap();
            let offered = (
                HsmType::Hsm1Medium.offered(now),
                HsmType::Hsm2mMedium.offered(now),
            );
            assert_eq!(offered, (hsm1, hsm2m), "{day}");
        }
    }

    #[test]
    fn restorable_types() {
        use HsmType::{Hsm1Medium, Hsm2mMedium};
        let rows = [
            (Hsm1Medium, Hsm1Medium, true),
            (Hsm1Medium, Hsm2mMedium, true),
            (Hsm2mMedium, Hsm2mMedium, true),
            (Hsm2mMedium, Hsm1Medium, false),
        ];
        for (from, to, can) in rows {
            assert_eq!(from.restores_on(to), can, "{from} on {to}");
        }
    }

    #[test]
    fn arns_name_the_partition() {
        let arn_of = |region| arn(region, "backup", "backup-ro5c4er4aac");
        assert_eq!(
            arn_of("us-west-2"),
            "arn:aws:cloudhsm:us-west-2:111122223333:backup/backup-ro5c4er4aac"
        );
        assert!(arn_of("us-gov-west-1").starts_with("arn:aws-us-gov:cloudhsm:us-gov-west-1:"));
        assert_eq!(Partition::of("us-east-9"), None);
    }
}
