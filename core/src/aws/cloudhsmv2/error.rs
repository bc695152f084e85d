//! Everything that the service refuses, by who is to blame, and the AWS code, message and status of
//! each.
//!
//! The order of the kinds in [`Refusal`] is the order in which an operation checks: the request by
//! itself, then whether what it names exists, then whether that is in a state to be changed, then the
//! request against what it names, then permissions that the service needs of the caller, then
//! quotas, then what the cloud can give. The front door has checked the constraints of the service model and the
//! permission for the operation itself before.
//!
//! AWS publishes hardly any of these texts. Those seen on AWS are marked "Seen"; all others are
//! guesses and stand here alone, so that a correction is one line.

use super::lifecycle::{BackupState, ClusterState, HsmState};
use super::limits;
use crate::aws::wire::ServiceError;
use crate::hsm::ClaimError;

/// A refusal, by who is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request is wrong, whatever the state of the world.
    Invalid(Invalid),
    /// What the request names does not exist.
    Missing(Missing),
    /// What the request names is not in a state to be changed so.
    State(WrongState),
    /// The request does not fit what it names.
    Mismatch(Mismatch),
    /// The caller lacks a permission that the service uses on the caller's behalf.
    Denied(Denied),
    /// A tag cannot be given.
    Tag(TagFault),
    /// A quota of the account is used up.
    Limit(Limit),
    /// The cloud cannot do it now.
    Service(Fault),
}

/// The request is wrong, whatever the state of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// A member is missing or of the wrong type.
    Malformed(String),
    /// No such type, or not offered at this date.
    HsmTypeUnsupported,
    /// The type has two modes and none was named.
    ModeRequired,
    /// The type does not have this mode.
    ModeUnsupported {
        /// The type.
        hsm_type: &'static str,
    },
    /// Not a number of days from 7 to 379.
    RetentionOutOfRange(String),
    /// The IP address is none.
    IpAddressMalformed(String),
    /// Not exactly one of `HsmId`, `EniId` and `EniIp`.
    HsmSelectors(usize),
    /// A filter of this name does not exist.
    FilterUnknown {
        /// The name given.
        name: String,
        /// The names that there are.
        known: &'static [&'static str],
    },
    /// Not a token that this operation gave for these parameters.
    NextTokenInvalid,
    /// A call that would change nothing.
    NothingToModify,
    /// The service is not in this region.
    RegionUnknown(String),
    /// A copy into the region that the backup is in.
    RegionIsSource(String),
    /// A copy into another partition.
    RegionOfOtherPartition(String),
    /// A resource policy stands on backups alone.
    ResourceNotABackup(String),
    /// A resource policy must be given.
    PolicyMissing,
    /// The resource policy is not one, or grants what cannot be granted.
    PolicyMalformed(String),
}

/// What the request names does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A cluster, by id.
    Cluster(String),
    /// An HSM of a cluster, by what was given to find it.
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

/// What the request names is not in a state to be changed so.
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

/// The request does not fit what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// A subnet that this region does not have.
    SubnetUnknown(String),
    /// The subnets are of different VPCs.
    SubnetsOfSeveralVpcs,
    /// Two subnets of one availability zone.
    SubnetsOfOneZone(String),
    /// A dual-stack cluster in a subnet without an IPv6 range.
    SubnetWithoutIpv6(String),
    /// The backup is of the other mode.
    BackupMode {
        /// The backup.
        backup_id: String,
        /// Its mode.
        mode: &'static str,
    },
    /// The backup's HSM type cannot be restored on the type asked for.
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
    /// The address does not lie in the subnet, or is one of its five reserved ones.
    IpAddressOutside {
        /// The address.
        ip: String,
        /// The subnet.
        subnet_id: String,
    },
    /// The address belongs to another interface.
    IpAddressTaken(String),
    /// The certificates are not acceptable.
    Claim(ClaimError),
    /// No such change of HSM type.
    MigrationImpossible {
        /// The cluster's type.
        from: &'static str,
        /// The type asked for.
        to: String,
    },
    /// More HSMs than can be migrated.
    MigrationTooLarge(String),
    /// The change of type needs an HSM.
    MigrationWithoutHsms(String),
}

/// The caller lacks a permission that the service uses on the caller's behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The service-linked role does not exist and the caller may not create it.
    ServiceLinkedRole,
    /// Another permission.
    Action {
        /// The caller's ARN.
        principal: String,
        /// As `ec2:CreateNetworkInterface`.
        action: String,
    },
}

/// A tag cannot be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagFault {
    /// Keys that begin with `aws:` are AWS's own.
    KeyReserved(String),
    /// The same key twice in one request.
    KeyTwice(String),
    /// The caller may not tag.
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

/// The cloud cannot do it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No free hardware in the zone.
    Capacity(String),
    /// No free address in the subnet.
    NoFreeAddress(String),
    /// EC2 refused what the service asked of it.
    Network(String),
    /// No such operation.
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
    /// The refusal as AWS words it: code, message and HTTP status, and what a learner can do.
    #[must_use]
    pub fn to_service_error(&self) -> ServiceError {
        let (code, (message, remedy)) = match self {
            Self::Invalid(why) => ("CloudHsmInvalidRequestException", why.texts()),
            Self::Missing(why) => ("CloudHsmResourceNotFoundException", why.texts()),
            Self::State(why) => ("CloudHsmInvalidRequestException", why.texts()),
            Self::Mismatch(why) => ("CloudHsmInvalidRequestException", why.texts()),
            Self::Denied(why) => ("CloudHsmAccessDeniedException", why.texts()),
            Self::Tag(why) => ("CloudHsmTagException", why.texts()),
            // TagResource alone declares the limit exception; the code for the other quotas is a guess.
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

type Texts = (String, &'static str);

impl Invalid {
    fn texts(&self) -> Texts {
        match self {
            // Guess: only malformed JSON leads here, the front door answers everything else.
            Self::Malformed(why) => (
                format!("The request is malformed: {why}"),
                "Check the names and types of the members.",
            ),
            // Seen: create-cluster with hsm1.medium, us-east-1, September 2026.
            Self::HsmTypeUnsupported => (
                "Provided HsmType is not supported.".into(),
                "Use hsm2m.medium; hsm1.medium could be created before April 2025 only.",
            ),
            // Seen: create-cluster with hsm2m.medium and no mode.
            Self::ModeRequired => (
                "Mode is a required argument for this hsm type.".into(),
                "Add --mode FIPS or --mode NON_FIPS; it cannot be changed later.",
            ),
            // Guess: worded as the text above.
            Self::ModeUnsupported { hsm_type } => (
                format!("Provided Mode is not supported for hsm type {hsm_type}."),
                "hsm1.medium has FIPS mode only; leave --mode out or use hsm2m.medium.",
            ),
            // Guess: the range is from the service model.
            Self::RetentionOutOfRange(value) => (
                format!(
                    "Backup retention value {value} is invalid. Provide a value between {} and {} days.",
                    limits::RETENTION_DAYS.start(),
                    limits::RETENTION_DAYS.end()
                ),
                "Give a whole number of days from 7 to 379.",
            ),
            // Guess.
            Self::IpAddressMalformed(ip) => (
                format!("Invalid IP address: {ip}"),
                "Give an IPv4 address of the zone's subnet.",
            ),
            // Guess: the rule is from the API Reference.
            Self::HsmSelectors(0) => (
                "One of HsmId, EniId or EniIp must be specified.".into(),
                "Name the HSM by --hsm-id, --eni-id or --eni-ip.",
            ),
            Self::HsmSelectors(_) => (
                "Only one of HsmId, EniId or EniIp can be specified.".into(),
                "Name the HSM by exactly one of --hsm-id, --eni-id and --eni-ip.",
            ),
            // Guess: the answer to unknown filter names is not published.
            Self::FilterUnknown { name, known } => (
                format!(
                    "Invalid filter name '{name}'. Valid filter names are: {}",
                    known.join(", ")
                ),
                "Write the filter as name=value,value in one word: clusterIds=cluster-….",
            ),
            // Guess.
            Self::NextTokenInvalid => (
                "Invalid NextToken.".into(),
                "Use the token of the previous page with the same parameters, or start again without one.",
            ),
            other => other.more_texts(),
        }
    }

    fn more_texts(&self) -> Texts {
        match self {
            // Guess.
            Self::NothingToModify => (
                "At least one of HsmType or BackupRetentionPolicy must be specified.".into(),
                "Say what to change: --hsm-type or --backup-retention-policy.",
            ),
            // Guess.
            Self::RegionUnknown(region) => (
                format!("Destination region '{region}' is not supported."),
                "Choose a region that has AWS CloudHSM, as us-west-2.",
            ),
            // Guess.
            Self::RegionIsSource(region) => (
                format!("Destination region '{region}' must be different from the source region."),
                "Call copy-backup-to-region in the backup's region and name another one.",
            ),
            // Guess: the rule is from the User Guide.
            Self::RegionOfOtherPartition(region) => (
                format!("Backups cannot be copied to region '{region}' in a different partition."),
                "Backups stay within the public regions, or within GovCloud.",
            ),
            // Guess: the rule is from the API Reference.
            Self::ResourceNotABackup(arn) => (
                format!("Resource policies are not supported for resource '{arn}'."),
                "Name a backup of this account and region by its ARN.",
            ),
            // Guess.
            Self::PolicyMissing => (
                "ResourceArn and Policy must be specified.".into(),
                "Give --resource-arn and --policy file://policy.json.",
            ),
            // Guess: the rules are from the User Guide, sharing backups.
            Self::PolicyMalformed(why) => (
                format!("The resource policy is not valid: {why}"),
                "Allow cloudhsm:CreateCluster and cloudhsm:DescribeBackups on the backup's ARN to other accounts.",
            ),
            _ => (String::new(), ""),
        }
    }
}

impl Missing {
    fn texts(&self) -> Texts {
        match self {
            // Guess.
            Self::Cluster(id) => (
                format!("Cluster '{id}' not found."),
                "List the clusters of this region with aws cloudhsmv2 describe-clusters; check --region.",
            ),
            // Guess.
            Self::Hsm {
                selector,
                cluster_id,
            } => (
                format!("HSM '{selector}' not found in cluster '{cluster_id}'."),
                "Look the cluster's HSMs up with aws cloudhsmv2 describe-clusters.",
            ),
            // Guess.
            Self::Backup(id) => (
                format!("Backup '{id}' not found."),
                "List the backups of this region with aws cloudhsmv2 describe-backups; check --region.",
            ),
            // Guess.
            Self::ResourcePolicy(arn) => (
                format!("Resource policy for '{arn}' not found."),
                "Give the backup a policy with aws cloudhsmv2 put-resource-policy first.",
            ),
        }
    }
}

impl WrongState {
    fn texts(&self) -> Texts {
        match self {
            // Guess.
            Self::Cluster { cluster_id, state } => (
                format!(
                    "Cluster '{cluster_id}' is in state {state}, which does not allow this operation."
                ),
                "Wait until describe-clusters shows a state that takes this operation.",
            ),
            // Seen: terraform-provider-aws issue 7437.
            Self::NotActivated(cluster_id) => (
                format!(
                    "Cluster '{cluster_id}' already contains an HSM but has not yet been fully activated"
                ),
                "Initialize and activate the cluster with its first HSM, then add the second.",
            ),
            // Guess: the rule is from the API Reference.
            Self::HasHsms(cluster_id) => (
                format!("Cluster '{cluster_id}' contains HSMs and cannot be deleted."),
                "Delete all HSMs with delete-hsm and wait until they are gone from describe-clusters.",
            ),
            // Guess.
            Self::NoActiveHsm(cluster_id) => (
                format!("Cluster '{cluster_id}' does not have an active HSM."),
                "Create the first HSM with create-hsm and wait until its state is ACTIVE.",
            ),
            // Guess.
            Self::Hsm { hsm_id, state } => (
                format!("HSM '{hsm_id}' is in state {state}, which does not allow this operation."),
                "Wait until the HSM is ACTIVE.",
            ),
            // Guess.
            Self::Backup { backup_id, state } => (
                format!(
                    "Backup '{backup_id}' is in state {state}, which does not allow this operation."
                ),
                "Look at BackupState: only PENDING_DELETION can be restored, only READY can be used or deleted.",
            ),
        }
    }
}

impl Mismatch {
    fn texts(&self) -> Texts {
        match self {
            // Guess: worded as EC2 words it.
            Self::SubnetUnknown(id) => (
                format!("The subnet ID '{id}' does not exist"),
                "List the subnets of this region with aws ec2 describe-subnets.",
            ),
            // Guess: the rules on subnets are from the API Reference.
            Self::SubnetsOfSeveralVpcs => (
                "All subnets must belong to the same VPC.".into(),
                "Choose subnets of one VPC.",
            ),
            // Guess.
            Self::SubnetsOfOneZone(zone) => (
                format!("Only one subnet can be specified per Availability Zone: {zone}."),
                "Choose one subnet in each availability zone.",
            ),
            // Guess.
            Self::SubnetWithoutIpv6(subnet_id) => (
                format!("Subnet '{subnet_id}' does not have an IPv6 CIDR block."),
                "DUALSTACK needs an IPv6 range on the VPC and on each subnet; or use IPV4.",
            ),
            // Guess: the rules are from the User Guide, HSM types.
            Self::BackupMode { backup_id, mode } => (
                format!("Backup '{backup_id}' can only be restored to a cluster in {mode} mode."),
                "Use the mode that the backup's cluster had.",
            ),
            // Guess.
            Self::BackupType {
                backup_id,
                hsm_type,
            } => (
                format!(
                    "Backup '{backup_id}' of hsm type {hsm_type} cannot be restored to this hsm type."
                ),
                "hsm2m.medium backups are restored to hsm2m.medium clusters only.",
            ),
            // Guess.
            Self::ZoneNotInCluster { zone, cluster_id } => (
                format!(
                    "Cluster '{cluster_id}' does not have a subnet in Availability Zone '{zone}'."
                ),
                "Choose a zone of the cluster's SubnetMapping.",
            ),
            // Guess.
            Self::IpAddressOutside { ip, subnet_id } => (
                format!("IP address '{ip}' is not available in subnet '{subnet_id}'."),
                "Choose a free address of the subnet; its first four and its last are reserved.",
            ),
            // Guess.
            Self::IpAddressTaken(ip) => (
                format!("IP address '{ip}' is already in use."),
                "Choose an address that no interface has, or leave --ip-address out.",
            ),
            Self::Claim(why) => claim_texts(why),
            // Guess: the rules are from the User Guide, migrate from hsm1.medium.
            Self::MigrationImpossible { from, to } => (
                format!("Cluster HSM type cannot be changed from {from} to {to}."),
                "Only hsm1.medium can be changed, to hsm2m.medium, and back within 24 hours.",
            ),
            // Guess.
            Self::MigrationTooLarge(cluster_id) => (
                format!(
                    "Cluster '{cluster_id}' has more than {} HSMs.",
                    limits::HSMS_FOR_MIGRATION
                ),
                "Delete HSMs until 27 are left.",
            ),
            // Guess.
            Self::MigrationWithoutHsms(cluster_id) => (
                format!("Cluster '{cluster_id}' does not have an active HSM."),
                "Create an HSM first; it is the one that is migrated.",
            ),
        }
    }
}

/// The texts of a refused cluster certificate. Guesses, all of them: the rules are from the User
/// Guide ("initialize the cluster"), the texts are not published.
fn claim_texts(why: &ClaimError) -> Texts {
    match why {
        ClaimError::CertificateUnreadable(_) => (
            "SignedCert is not a valid PEM-encoded certificate.".into(),
            "Pass the file with file://: --signed-cert file://<cluster ID>_CustomerHsmCertificate.crt.",
        ),
        ClaimError::TrustAnchorUnreadable(_) => (
            "TrustAnchor is not a valid PEM-encoded certificate.".into(),
            "Pass the file with file://: --trust-anchor file://customerCA.crt.",
        ),
        ClaimError::TrustAnchorNotSelfSigned => (
            "TrustAnchor must be a self-signed root certificate.".into(),
            "Pass the certificate of your own root CA, made with openssl req -new -x509.",
        ),
        ClaimError::TrustAnchorNotCa => (
            "TrustAnchor must contain the Basic Constraints extension of a CA.".into(),
            "Make the root with basicConstraints=critical,CA:TRUE, as openssl req -new -x509 does.",
        ),
        ClaimError::ChainMalformed(_) => (
            "TrustAnchor is not a valid certificate chain.".into(),
            "Order the chain from the CA that signed to the root; at most 4 certificates and 16 KB.",
        ),
        ClaimError::SignatureMismatch => (
            "SignedCert was not signed by TrustAnchor.".into(),
            "Sign the cluster's CSR with the key of the certificate that you pass as trust anchor.",
        ),
        ClaimError::KeyMismatch => (
            "SignedCert does not match the cluster's certificate signing request.".into(),
            "Download the present CSR of this cluster and sign that; a new first HSM has a new CSR.",
        ),
        ClaimError::NotValidNow(_) => (
            "A certificate is not valid at the current time.".into(),
            "Check notBefore and notAfter of both certificates against the date of the lab.",
        ),
        ClaimError::UnsupportedAlgorithm(_) => (
            "A certificate uses an unsupported key or signature algorithm.".into(),
            "Use RSA of 2048 bits or more, or ECDSA on P-256, P-384 or P-521, with SHA-2.",
        ),
        ClaimError::NoSuchHsm => (
            "The HSM of the cluster is not available.".into(),
            "Look at the HSM's state; delete it and create it again if it is DEGRADED.",
        ),
    }
}

impl Denied {
    fn texts(&self) -> Texts {
        match self {
            // Seen: User Guide, troubleshooting cluster creation (the sentence is part of the text).
            Self::ServiceLinkedRole => (
                "This operation requires that the caller have permission to call \
                 iam:CreateServiceLinkedRole to create the CloudHSM Service Linked Role."
                    .into(),
                "Allow iam:CreateServiceLinkedRole, or let an administrator create the role: \
                 aws iam create-service-linked-role --aws-service-name cloudhsm.amazonaws.com.",
            ),
            // Guess: worded as the text above.
            Self::Action { principal, action } => (
                format!(
                    "This operation requires that the caller have permission to call {action}. \
                     User: {principal}"
                ),
                "Allow the ec2 actions that CloudHSM uses on the caller's behalf (User Guide, identity \
                 and access management).",
            ),
        }
    }
}

impl TagFault {
    fn texts(&self) -> Texts {
        match self {
            // Guess: the rule is AWS-wide.
            Self::KeyReserved(key) => (
                format!("Tag key '{key}' is reserved: keys must not start with aws:."),
                "Choose another key.",
            ),
            // Guess.
            Self::KeyTwice(key) => (
                format!("Tag key '{key}' is given more than once."),
                "Give each key once.",
            ),
            // Guess: the sentence of the API Reference.
            Self::NotPermitted => (
                "The request was rejected because of a tagging failure. Verify the tag conditions in \
                 all applicable policies, and then retry the request."
                    .into(),
                "Allow cloudhsm:TagResource to the caller, or leave the tags out.",
            ),
        }
    }
}

impl Limit {
    /// Guesses: neither code nor text of a quota's refusal is published.
    fn texts(self) -> Texts {
        match self {
            Self::Clusters => (
                format!(
                    "The limit of {} clusters in this region is reached.",
                    limits::CLUSTERS_PER_REGION
                ),
                "Delete a cluster, or ask Service Quotas for more.",
            ),
            Self::Hsms => (
                format!(
                    "The limit of {} HSMs in this region is reached.",
                    limits::HSMS_PER_REGION
                ),
                "Delete an HSM, or ask Service Quotas for more.",
            ),
            Self::HsmsOfCluster => (
                format!(
                    "The limit of {} HSMs in a cluster is reached.",
                    limits::HSMS_PER_CLUSTER
                ),
                "A cluster has 28 HSMs at most; the limit is fixed.",
            ),
            Self::Tags => (
                format!(
                    "The limit of {} tags for a resource is reached.",
                    limits::TAGS_PER_RESOURCE
                ),
                "Remove tags with untag-resource first.",
            ),
        }
    }
}

impl Fault {
    const fn code(&self) -> &'static str {
        match self {
            Self::UnknownOperation(_) => "UnknownOperationException",
            Self::Capacity(_) | Self::NoFreeAddress(_) | Self::Network(_) => {
                "CloudHsmServiceException"
            }
        }
    }

    fn texts(&self) -> Texts {
        match self {
            // Guess.
            Self::Capacity(zone) => (
                format!(
                    "There is not enough capacity in Availability Zone '{zone}'. Please try again later."
                ),
                "Create the HSM in another zone of the cluster.",
            ),
            // Guess: worded as EC2 words it.
            Self::NoFreeAddress(subnet_id) => (
                format!("Insufficient free addresses in subnet '{subnet_id}'."),
                "Free an address of the subnet, or use a larger subnet for a new cluster.",
            ),
            // Guess: EC2's own text, handed on.
            Self::Network(why) => (why.clone(), "Look at the VPC's resources."),
            Self::UnknownOperation(_) => (String::new(), "Check the operation's name."),
        }
    }
}
