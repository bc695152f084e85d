//! The texts of the refusals: the message of AWS and the remedy for the learner.
//!
//! AWS publishes hardly any of these texts. Those seen on AWS are marked "Seen"; all others are
//! guesses and are kept only here, so that a correction changes one line.

use super::{Denied, Fault, Invalid, Limit, Mismatch, Missing, Sharing, TagFault, WrongState};
use crate::cloudhsmv2::limits;
use hsmlab_hsm::ClaimError;

/// Message and remedy.
type Texts = (String, &'static str);

impl Invalid {
    pub(super) fn texts(&self) -> Texts {
        match self {
            // Guess: only malformed JSON gets here; the front door answers everything else.
            Self::Malformed(why) => (
                format!("The request is malformed: {why}"),
                "Check the names and types of the members.",
            ),
            // Seen: create-cluster with hsm1.medium, us-east-1, September 2026.
            Self::HsmTypeUnsupported => (
                "Provided HsmType is not supported.".into(),
                "Use hsm2m.medium. hsm1.medium could only be created before April 2025.",
            ),
            // Seen: create-cluster with hsm2m.medium and no mode.
            Self::ModeRequired => (
                "Mode is a required argument for this hsm type.".into(),
                "Add --mode FIPS or --mode NON_FIPS; it cannot be changed later.",
            ),
            // Guess: worded as the text above.
            Self::ModeUnsupported { hsm_type } => (
                format!("Provided Mode is not supported for hsm type {hsm_type}."),
                "hsm1.medium supports only FIPS mode. Omit --mode, or use hsm2m.medium.",
            ),
            // Guess: the range is from the service model.
            Self::RetentionOutOfRange(value) => (
                format!(
                    "Backup retention value {value} is invalid. Provide a value between {} and {} days.",
                    limits::RETENTION_DAYS.start(),
                    limits::RETENTION_DAYS.end()
                ),
                "Specify a whole number of days from 7 to 379.",
            ),
            // Guess.
            Self::IpAddressMalformed(ip) => (
                format!("Invalid IP address: {ip}"),
                "Specify an IPv4 address in the zone's subnet.",
            ),
            // Guess: the rule is from the API Reference.
            Self::HsmSelectors(0) => (
                "One of HsmId, EniId or EniIp must be specified.".into(),
                "Specify the HSM with --hsm-id, --eni-id or --eni-ip.",
            ),
            Self::HsmSelectors(_) => (
                "Only one of HsmId, EniId or EniIp can be specified.".into(),
                "Specify the HSM with exactly one of --hsm-id, --eni-id and --eni-ip.",
            ),
            // Guess: the answer to unknown filter names is not published.
            Self::FilterUnknown { name, known } => (
                format!(
                    "Invalid filter name '{name}'. Valid filter names are: {}",
                    known.join(", ")
                ),
                "Write the filter as name=value,value without spaces: clusterIds=cluster-….",
            ),
            // Guess.
            Self::NextTokenInvalid => (
                "Invalid NextToken.".into(),
                "Use the token of the previous page with the same parameters, or start again without one.",
            ),
            // Guess.
            Self::NothingToModify => (
                "At least one of HsmType or BackupRetentionPolicy must be specified.".into(),
                "Specify what to change with --hsm-type or --backup-retention-policy.",
            ),
            Self::Sharing(why) => why.texts(),
        }
    }
}

impl Sharing {
    fn texts(&self) -> Texts {
        match self {
            // Guess.
            Self::RegionUnknown(region) => (
                format!("Destination region '{region}' is not supported."),
                "Choose a region that has AWS CloudHSM, such as us-west-2.",
            ),
            // Guess.
            Self::RegionNotEnabled(region) => (
                format!("Destination region '{region}' is not enabled for this account."),
                "Choose a region that aws ec2 describe-regions lists.",
            ),
            // Guess.
            Self::RegionIsSource(region) => (
                format!("Destination region '{region}' must be different from the source region."),
                "Run copy-backup-to-region in the backup's region and specify another region as \
                 the destination.",
            ),
            // Guess: the rule is from the User Guide.
            Self::RegionOfOtherPartition(region) => (
                format!("Backups cannot be copied to region '{region}' in a different partition."),
                "Backups can be copied only within the public regions, or only within GovCloud.",
            ),
            // Guess: the rule is from the API Reference.
            Self::ResourceNotABackup(arn) => (
                format!("Resource policies are not supported for resource '{arn}'."),
                "Specify the ARN of a backup in this account and region.",
            ),
            // Guess.
            Self::PolicyMissing => (
                "ResourceArn and Policy must be specified.".into(),
                "Specify --resource-arn and --policy file://policy.json.",
            ),
            // Guess: the rules are from the User Guide, sharing backups.
            Self::PolicyMalformed(why) => (
                format!("The resource policy is not valid: {why}"),
                "Allow other accounts cloudhsm:CreateCluster and cloudhsm:DescribeBackups on the \
                 backup's ARN.",
            ),
        }
    }
}

impl Missing {
    pub(super) fn texts(&self) -> Texts {
        match self {
            // Guess.
            Self::Cluster(id) => (
                format!("Cluster '{id}' not found."),
                "List the clusters of this region with aws cloudhsmv2 describe-clusters, and check \
                 --region.",
            ),
            // Guess.
            Self::Hsm {
                selector,
                cluster_id,
            } => (
                format!("HSM '{selector}' not found in cluster '{cluster_id}'."),
                "List the cluster's HSMs with aws cloudhsmv2 describe-clusters.",
            ),
            // Guess.
            Self::Backup(id) => (
                format!("Backup '{id}' not found."),
                "List the backups of this region with aws cloudhsmv2 describe-backups, and check \
                 --region.",
            ),
            // Guess.
            Self::ResourcePolicy(arn) => (
                format!("Resource policy for '{arn}' not found."),
                "Attach a policy to the backup first with aws cloudhsmv2 put-resource-policy.",
            ),
        }
    }
}

impl WrongState {
    pub(super) fn texts(&self) -> Texts {
        match self {
            // Guess.
            Self::Cluster { cluster_id, state } => (
                format!(
                    "Cluster '{cluster_id}' is in state {state}, which does not allow this operation."
                ),
                "Wait until describe-clusters shows a state that allows this operation.",
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
                "Check BackupState: only a PENDING_DELETION backup can be restored, and only a \
                 READY backup can be used or deleted.",
            ),
        }
    }
}

impl Mismatch {
    pub(super) fn texts(&self) -> Texts {
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
                "DUALSTACK needs an IPv6 range on the VPC and on each subnet. Otherwise use IPV4.",
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
                "Backups of hsm2m.medium can only be restored to hsm2m.medium clusters.",
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
                "Choose a free address in the subnet. The first four and the last address are \
                 reserved.",
            ),
            // Guess.
            Self::IpAddressTaken(ip) => (
                format!("IP address '{ip}' is already in use."),
                "Choose an address that no interface uses, or omit --ip-address.",
            ),
            Self::Claim(why) => claim_texts(why),
            // Guess: the rules are from the User Guide, migrate from hsm1.medium.
            Self::MigrationImpossible { from, to } => (
                format!("Cluster HSM type cannot be changed from {from} to {to}."),
                "Only hsm1.medium can be changed to hsm2m.medium; it can be changed back within 24 \
                 hours.",
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
                "Create an HSM first. The migration replaces the HSMs of the cluster.",
            ),
        }
    }
}

/// The texts for a refused cluster certificate. All are guesses: the rules are from the User Guide
/// ("initialize the cluster"), the texts are not published.
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
            "Pass the certificate of your own root CA, created with openssl req -new -x509.",
        ),
        ClaimError::TrustAnchorNotCa => (
            "TrustAnchor must contain the Basic Constraints extension of a CA.".into(),
            "Create the root with basicConstraints=critical,CA:TRUE, as openssl req -new -x509 \
             does.",
        ),
        ClaimError::ChainMalformed(_) => (
            "TrustAnchor is not a valid certificate chain.".into(),
            "Order the chain from the signing CA to the root, with at most 4 certificates and 16 \
             KB.",
        ),
        ClaimError::SignatureMismatch => (
            "SignedCert was not signed by TrustAnchor.".into(),
            "Sign the cluster's CSR with the private key that belongs to the trust anchor \
             certificate.",
        ),
        ClaimError::KeyMismatch => (
            "SignedCert does not match the cluster's certificate signing request.".into(),
            "Download the current CSR of this cluster and sign it. A new first HSM has a new CSR.",
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
            "Check the state of the HSM. If it is DEGRADED, delete it and create a new one.",
        ),
    }
}

impl Denied {
    pub(super) fn texts(&self) -> Texts {
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
            Self::Action(action) => (
                format!(
                    "This operation requires that the caller have permission to call {action}."
                ),
                "Allow the ec2 actions that CloudHSM uses on the caller's behalf (User Guide, identity \
                 and access management).",
            ),
        }
    }
}

impl TagFault {
    pub(super) fn texts(&self) -> Texts {
        match self {
            // Guess: the rule is AWS-wide.
            Self::KeyReserved(key) => (
                format!("Tag key '{key}' is reserved: keys must not start with aws:."),
                "Choose another key.",
            ),
            // Guess.
            Self::KeyTwice(key) => (
                format!("Tag key '{key}' is given more than once."),
                "Specify each key only once.",
            ),
            // Guess: the sentence of the API Reference.
            Self::NotPermitted => (
                "The request was rejected because of a tagging failure. Verify the tag conditions in \
                 all applicable policies, and then retry the request."
                    .into(),
                "Allow the caller cloudhsm:TagResource, or omit the tags.",
            ),
        }
    }
}

impl Limit {
    /// Guesses: neither code nor text of a quota's refusal is published.
    pub(super) fn texts(self) -> Texts {
        match self {
            Self::Clusters => (
                format!(
                    "The limit of {} clusters in this region is reached.",
                    limits::CLUSTERS_PER_REGION
                ),
                "Delete a cluster, or request an increase in Service Quotas.",
            ),
            Self::Hsms => (
                format!(
                    "The limit of {} HSMs in this region is reached.",
                    limits::HSMS_PER_REGION
                ),
                "Delete an HSM, or request an increase in Service Quotas.",
            ),
            Self::HsmsOfCluster => (
                format!(
                    "The limit of {} HSMs in a cluster is reached.",
                    limits::HSMS_PER_CLUSTER
                ),
                "A cluster can have at most 28 HSMs. This limit cannot be raised.",
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
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::UnknownOperation(_) => "UnknownOperationException",
            Self::Capacity(_) | Self::NoFreeAddress(_) | Self::Network(_) => {
                "CloudHsmServiceException"
            }
        }
    }

    pub(super) fn texts(&self) -> Texts {
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
                "Free an address in the subnet, or use a larger subnet for a new cluster.",
            ),
            // Guess: the message is EC2's own text.
            Self::Network(why) => (why.clone(), "Check the resources of the VPC."),
            Self::UnknownOperation(_) => (String::new(), "Check the operation's name."),
        }
    }
}
