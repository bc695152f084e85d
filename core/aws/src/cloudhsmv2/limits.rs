//! Quotas, dates and the lists of available regions and types, each with its source.

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

/// The most HSMs of a cluster whose HSM type is changed (User Guide, migrate from hsm1.medium).
pub const HSMS_FOR_MIGRATION: usize = 27;

/// The time in which a change of HSM type can be rolled back (User Guide, migrate from
/// hsm1.medium).
pub const ROLLBACK_WINDOW: SimDuration = SimDuration::from_days(1);

/// Tags of one resource (User Guide, tagging; service model: `TagList` 1..50).
pub const TAGS_PER_RESOURCE: usize = 50;

/// The range of days that backups can be retained (service model: "a value between 7 - 379").
pub const RETENTION_DAYS: std::ops::RangeInclusive<u16> = 7..=379;

/// The default retention of backups in days (User Guide, backup retention).
pub const DEFAULT_RETENTION_DAYS: u16 = 90;

/// The longest time between two backups of an active cluster (User Guide, managing backups).
pub const BACKUP_INTERVAL: SimDuration = SimDuration::from_days(1);

/// The most clusters on a page (service model, `ClustersMaxSize`).
pub const CLUSTERS_PER_PAGE: usize = 25;

/// The most backups on a page (service model, `BackupsMaxSize`).
pub const BACKUPS_PER_PAGE: usize = 50;

/// The most tags on a page (service model, `MaxSize`).
pub const TAGS_PER_PAGE: usize = 100;

/// The time for which a deleted cluster is still listed. Guess: the documentation says only that
/// the state exists.
pub const DELETED_CLUSTER_LISTED: SimDuration = SimDuration::from_minutes(60);

/// The interval at which the service compares and synchronizes the keys of a cluster's HSMs. Guess:
/// the guide says "periodically" and gives no time.
pub const KEY_SYNC_INTERVAL: SimDuration = SimDuration::from_seconds(60);

/// The time from create-hsm until the image for the new HSM is taken. Measured: at 34 s a new user
/// was still in it, at 65 s no longer.
pub const SNAPSHOT_DELAY: SimDuration = SimDuration::from_seconds(50);

/// The time until AWS starts to replace a failed HSM. Guess: no time is published.
pub const REPLACEMENT_DELAY: SimDuration = SimDuration::from_minutes(5);

words! {
    /// The HSM types (User Guide, HSM types).
    HsmType {
        /// The older type: FIPS mode only.
        Hsm1Medium = "hsm1.medium",
        /// The current type.
        Hsm2mMedium = "hsm2m.medium",
    }
}

words! {
    /// A cluster's mode (service model, `ClusterMode`).
    Mode {
        /// Only FIPS 140 approved functions.
        Fips = "FIPS",
        /// All functions of the HSM.
        NonFips = "NON_FIPS",
    }
}

words! {
    /// The addresses of a cluster's HSMs (service model, `NetworkType`).
    NetworkType {
        /// Only IPv4.
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

    /// True if a new cluster of this type can be created at `now`: hsm1.medium before April 2025,
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

    /// True if a backup of an HSM of the type `self` can be restored on `target` (User Guide, HSM
    /// types: hsm1 to hsm1 or to hsm2m in FIPS mode, hsm2m only to hsm2m).
    #[must_use]
    pub fn restores_on(self, target: Self) -> bool {
        self == target || (self, target) == (Self::Hsm1Medium, Self::Hsm2mMedium)
    }
}

/// The ARN of a resource of this service, such as
/// `arn:aws:cloudhsm:us-west-2:111122223333:backup/backup-…`.
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
