//! All refusals of the service by cause, and the AWS code, message and status of each.
//!
//! An operation checks in the order of the kinds in [`Refusal`]: first the request itself, then the
//! existence of the named resources, then their state, then the request against them, then the
//! permissions that the service needs from the caller, then quotas, and last the capacity of the
//! cloud. Before that, the front door has checked the constraints of the service model and the
//! permission for the operation itself.
//! The texts are in `texts`.

mod texts;

use super::lifecycle::{BackupState, ClusterState, HsmState};
use hsmlab_api::ServiceError;
use hsmlab_hsm::ClaimError;

/// A refusal, by cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request is wrong, regardless of the state of the world.
    Invalid(Invalid),
    /// A resource that the request names does not exist.
    Missing(Missing),
    /// The state of the resource does not allow the change.
    State(WrongState),
    /// The request does not fit the resource.
    Mismatch(Mismatch),
    /// The caller lacks a permission that the service uses on the caller's behalf.
    Denied(Denied),
    /// A tag cannot be set.
    Tag(TagFault),
    /// A quota of the account is used up.
    Limit(Limit),
    /// The cloud cannot carry out the request now.
    Service(Fault),
}

/// The request is wrong, regardless of the state of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// A member is missing or of the wrong type.
    Malformed(String),
    /// The type does not exist, or is not available at this date.
    HsmTypeUnsupported,
    /// The type has two modes and the request names none.
    ModeRequired,
    /// The type does not have this mode.
    ModeUnsupported {
        /// The type.
        hsm_type: &'static str,
    },
    /// The value is not a number of days from 7 to 379.
    RetentionOutOfRange(String),
    /// The text is not an IP address.
    IpAddressMalformed(String),
    /// The request does not have exactly one of `HsmId`, `EniId` and `EniIp`.
    HsmSelectors(usize),
    /// A filter of this name does not exist.
    FilterUnknown {
        /// The given name.
        name: String,
        /// The known names.
        known: &'static [&'static str],
    },
    /// The token is not one that this operation returned for these parameters.
    NextTokenInvalid,
    /// The call would change nothing.
    NothingToModify,
    /// The target of a copy, or the sharing of a backup, is wrong.
    Sharing(Sharing),
}

/// The reasons why a backup cannot be copied or shared as requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// The region does not have the service.
    RegionUnknown(String),
    /// The target region of the copy is the backup's own region.
    RegionIsSource(String),
    /// The account has not enabled the target region.
    RegionNotEnabled(String),
    /// The target region of the copy is in another partition.
    RegionOfOtherPartition(String),
    /// Only backups can have a resource policy.
    ResourceNotABackup(String),
    /// The resource policy is missing.
    PolicyMissing,
    /// The resource policy is invalid, or grants actions that cannot be granted.
    PolicyMalformed(String),
}

/// A resource that the request names does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A cluster, by id.
    Cluster(String),
    /// An HSM of a cluster, by the given selector.
    Hsm {
        /// An HSM id, an interface id or an address.
        selector: String,
        /// The cluster that was searched.
        cluster_id: String,
    },
    /// A backup, by id or ARN.
    Backup(String),
    /// A backup that has no policy.
    ResourcePolicy(String),
}

/// The state of the resource does not allow the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrongState {
    /// The cluster's state forbids the operation.
    Cluster {
        /// The cluster.
        cluster_id: String,
        /// Its state.
        state: ClusterState,
    },
    /// A second HSM before activation.
    NotActivated(String),
    /// The cluster still has HSMs.
    HasHsms(String),
    /// There is no active HSM to initialize.
    NoActiveHsm(String),
    /// The HSM's state forbids the operation.
    Hsm {
        /// The HSM.
        hsm_id: String,
        /// Its state.
        state: HsmState,
    },
    /// The backup's state forbids the operation.
    Backup {
        /// The backup.
        backup_id: String,
        /// Its state.
        state: BackupState,
    },
}

/// The request does not fit the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The subnet does not exist in this region.
    SubnetUnknown(String),
    /// The subnets are in different VPCs.
    SubnetsOfSeveralVpcs,
    /// Two subnets are in the same availability zone.
    SubnetsOfOneZone(String),
    /// The cluster is dual-stack and a subnet has no IPv6 range.
    SubnetWithoutIpv6(String),
    /// The backup has the other mode.
    BackupMode {
        /// The backup.
        backup_id: String,
        /// Its mode.
        mode: &'static str,
    },
    /// A backup of this HSM type cannot be restored on the requested type.
    BackupType {
        /// The backup.
        backup_id: String,
        /// Its HSM type.
        hsm_type: &'static str,
    },
    /// The cluster has no subnet in the zone.
    ZoneNotInCluster {
        /// The zone.
        zone: String,
        /// The cluster.
        cluster_id: String,
    },
    /// The address is outside of the subnet, or is one of its five reserved addresses.
    IpAddressOutside {
        /// The address.
        ip: String,
        /// The subnet.
        subnet_id: String,
    },
    /// The address belongs to another interface.
    IpAddressTaken(String),
    /// The certificates are rejected.
    Claim(ClaimError),
    /// The HSM type cannot be changed in this way.
    MigrationImpossible {
        /// The cluster's type.
        from: &'static str,
        /// The requested type.
        to: String,
    },
    /// The cluster has too many HSMs for a migration.
    MigrationTooLarge(String),
    /// A change of type needs at least one HSM.
    MigrationWithoutHsms(String),
}

/// The caller lacks a permission that the service uses on the caller's behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The service-linked role does not exist and the caller may not create it.
    ServiceLinkedRole,
    /// Another permission, such as `ec2:CreateNetworkInterface`.
    Action(String),
}

/// A tag cannot be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagFault {
    /// Keys that begin with `aws:` are reserved for AWS.
    KeyReserved(String),
    /// The request has the same key twice.
    KeyTwice(String),
    /// The caller is not allowed to tag.
    NotPermitted,
}

/// A quota of the account is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`limits::CLUSTERS_PER_REGION`].
    Clusters,
    /// [`limits::HSMS_PER_REGION`].
    Hsms,
    /// [`limits::HSMS_PER_CLUSTER`].
    HsmsOfCluster,
    /// [`limits::TAGS_PER_RESOURCE`].
    Tags,
}

/// The cloud cannot carry out the request now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The zone has no free hardware.
    Capacity(String),
    /// The subnet has no free address.
    NoFreeAddress(String),
    /// EC2 refused a request of the service.
    Network(String),
    /// The operation does not exist.
    UnknownOperation(String),
}

macro_rules! refused_by {
    ($($kind:ident),*) => { $(
        impl From<$kind> for Refusal {
            fn from(why: $kind) -> Self { Self::$kind(why) }
        }
    )* };
}
refused_by!(Invalid, Missing, Mismatch, Denied, Limit);

impl From<Sharing> for Refusal {
    fn from(why: Sharing) -> Self {
        Self::Invalid(Invalid::Sharing(why))
    }
}

impl From<WrongState> for Refusal {
    fn from(why: WrongState) -> Self {
        Self::State(why)
    }
}

impl From<TagFault> for Refusal {
    fn from(why: TagFault) -> Self {
        Self::Tag(why)
    }
}

impl From<Fault> for Refusal {
    fn from(why: Fault) -> Self {
        Self::Service(why)
    }
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        refusal.to_service_error()
    }
}

impl Refusal {
    /// Returns the refusal as AWS words it (code, message and HTTP status) and the remedy for the
    /// learner.
    #[must_use]
    pub fn to_service_error(&self) -> ServiceError {
        let (code, (message, remedy)) = match self {
            Self::Invalid(why) => ("CloudHsmInvalidRequestException", why.texts()),
            Self::Missing(why) => ("CloudHsmResourceNotFoundException", why.texts()),
            Self::State(why) => ("CloudHsmInvalidRequestException", why.texts()),
            Self::Mismatch(why) => ("CloudHsmInvalidRequestException", why.texts()),
            Self::Denied(why) => ("CloudHsmAccessDeniedException", why.texts()),
            Self::Tag(why) => ("CloudHsmTagException", why.texts()),
            // Only TagResource declares the limit exception; the code for the other quotas is a
            // guess.
            Self::Limit(Limit::Tags) => (
                "CloudHsmResourceLimitExceededException",
                Limit::Tags.texts(),
            ),
            Self::Limit(why) => ("CloudHsmServiceException", why.texts()),
            Self::Service(why) => (why.code(), why.texts()),
        };
        ServiceError {
            code: code.to_owned(),
            message,
            // API Reference: 400 for all but the internal failure.
            http_status: 400,
            remedy: remedy.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::expect_file;

    use super::*;

    /// One of each kind.
    fn all() -> Vec<Refusal> {
        let id = || "cluster-igklspoyj5v".to_owned();
        let backup_id = || "backup-ro5c4er4aac".to_owned();
        let text = |text: &str| text.to_owned();
        let hsm1 = "hsm1.medium";
        let mut all: Vec<Refusal> = [
            Invalid::Malformed(text("missing field `ClusterId`")),
            Invalid::HsmTypeUnsupported,
            Invalid::ModeRequired,
            Invalid::ModeUnsupported { hsm_type: hsm1 },
            Invalid::RetentionOutOfRange(text("6")),
            Invalid::IpAddressMalformed(text("300.1.1.1")),
            Invalid::HsmSelectors(0),
            Invalid::HsmSelectors(2),
            Invalid::FilterUnknown {
                name: text("Name"),
                known: &["clusterIds", "states"],
            },
            Invalid::NextTokenInvalid,
            Invalid::NothingToModify,
        ]
        .map(Refusal::from)
        .into();
        all.extend(
            [
                Sharing::RegionUnknown(text("xx-north-1")),
                Sharing::RegionIsSource(text("us-east-1")),
                Sharing::RegionNotEnabled(text("af-south-1")),
                Sharing::RegionOfOtherPartition(text("us-gov-west-1")),
                Sharing::ResourceNotABackup(text(
                    "arn:aws:cloudhsm:us-west-2:111122223333:hsm/hsm-…",
                )),
                Sharing::PolicyMissing,
                Sharing::PolicyMalformed(text("it is not JSON")),
            ]
            .map(Refusal::from),
        );
        all.extend(
            [
                Missing::Cluster(id()),
                Missing::Hsm {
                    selector: text("10.0.1.12"),
                    cluster_id: id(),
                },
                Missing::Backup(backup_id()),
                Missing::ResourcePolicy(text("arn:aws:cloudhsm:us-west-2:111122223333:backup/…")),
            ]
            .map(Refusal::from),
        );
        all.extend(
            [
                WrongState::Cluster {
                    cluster_id: id(),
                    state: ClusterState::CreateInProgress,
                },
                WrongState::NotActivated(id()),
                WrongState::HasHsms(id()),
                WrongState::NoActiveHsm(id()),
                WrongState::Hsm {
                    hsm_id: text("hsm-ted36yp5b2x"),
                    state: HsmState::CreateInProgress,
                },
                WrongState::Backup {
                    backup_id: backup_id(),
                    state: BackupState::PendingDeletion,
                },
            ]
            .map(Refusal::from),
        );
        all.extend(
            [
                Mismatch::SubnetUnknown(text("subnet-0aa11aa11aa11aa11")),
                Mismatch::SubnetsOfSeveralVpcs,
                Mismatch::SubnetsOfOneZone(text("us-west-2a")),
                Mismatch::SubnetWithoutIpv6(text("subnet-0aa11aa11aa11aa11")),
                Mismatch::BackupMode {
                    backup_id: backup_id(),
                    mode: "FIPS",
                },
                Mismatch::BackupType {
                    backup_id: backup_id(),
                    hsm_type: "hsm2m.medium",
                },
                Mismatch::ZoneNotInCluster {
                    zone: text("us-west-2c"),
                    cluster_id: id(),
                },
                Mismatch::IpAddressOutside {
                    ip: text("10.0.9.9"),
                    subnet_id: text("subnet-0aa11aa11aa11aa11"),
                },
                Mismatch::IpAddressTaken(text("10.0.1.12")),
                Mismatch::Claim(ClaimError::CertificateUnreadable(String::new())),
                Mismatch::Claim(ClaimError::TrustAnchorUnreadable(String::new())),
                Mismatch::Claim(ClaimError::TrustAnchorNotSelfSigned),
                Mismatch::Claim(ClaimError::TrustAnchorNotCa),
                Mismatch::Claim(ClaimError::ChainMalformed(String::new())),
                Mismatch::Claim(ClaimError::SignatureMismatch),
                Mismatch::Claim(ClaimError::KeyMismatch),
                Mismatch::Claim(ClaimError::NotValidNow(String::new())),
                Mismatch::Claim(ClaimError::UnsupportedAlgorithm(String::new())),
                Mismatch::Claim(ClaimError::NoSuchHsm),
                Mismatch::MigrationImpossible {
                    from: "hsm2m.medium",
                    to: text(hsm1),
                },
                Mismatch::MigrationTooLarge(id()),
                Mismatch::MigrationWithoutHsms(id()),
            ]
            .map(Refusal::from),
        );
        all.extend(
            [
                Denied::ServiceLinkedRole,
                Denied::Action(text("ec2:CreateNetworkInterface")),
            ]
            .map(Refusal::from),
        );
        all.extend(
            [
                TagFault::KeyReserved(text("aws:x")),
                TagFault::KeyTwice(text("Name")),
                TagFault::NotPermitted,
            ]
            .map(Refusal::from),
        );
        let limits = [
            Limit::Clusters,
            Limit::Hsms,
            Limit::HsmsOfCluster,
            Limit::Tags,
        ];
        all.extend(limits.map(Refusal::from));
        all.extend(
            [
                Fault::Capacity(text("us-west-2a")),
                Fault::NoFreeAddress(text("subnet-0aa11aa11aa11aa11")),
                Fault::Network(text("Amazon EC2 refused the request")),
                Fault::UnknownOperation(text("CreateLunaClient")),
            ]
            .map(Refusal::from),
        );
        all
    }

    #[test]
    fn the_printed_table() {
        let mut table = String::from(
            "# Refusals of CloudHSM V2\n\nAll refusals of the service in the order of its checks, \
             with the code and the text of the answer and the advice of the \
             lab.\n`core/aws/src/cloudhsmv2/error/texts.rs` marks the texts that were seen on AWS \
             and those that are guesses.\n`UPDATE_EXPECT=1 cargo test -p hsmlab-aws \
             cloudhsmv2::error` writes this file.\n\n| code | message | what to do |\n| --- | --- \
             | --- |\n",
        );
        for refusal in all() {
            let error = refusal.to_service_error();
            let _ = writeln!(
                table,
                "| {} | {} | {} |",
                error.code, error.message, error.remedy
            );
        }
        expect_file!["../../../../docs/cloudhsmv2-errors.md"].assert_eq(&table);
    }

    #[test]
    fn every_refusal_has_its_own_texts() {
        let all = all();
        let mut messages = std::collections::BTreeSet::new();
        for refusal in &all {
            let error = refusal.to_service_error();
            assert_eq!(error.http_status, 400, "{refusal:?}");
            assert!(error.remedy.ends_with('.'), "{refusal:?}: {}", error.remedy);
            // MigrationWithoutHsms has the same message as NoActiveHsm: the cause is the same.
            if !matches!(
                refusal,
                Refusal::Mismatch(Mismatch::MigrationWithoutHsms(_))
            ) {
                assert!(messages.insert(error.message), "{refusal:?}");
            }
        }
    }
}
