//! The requests and answers of the service model as types. Members are in the order of the model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Invalid;
use super::limits::{self, Mode, NetworkType};
use super::state::{Backup, Cluster, Hsm, Tag};
use hsmlab_sim::SimTime;

/// Reads a request.
///
/// # Errors
/// [`Invalid::Malformed`] if a member is missing or of the wrong type.
pub(super) fn read<'a, T: Deserialize<'a>>(params: &'a Value) -> Result<T, Invalid> {
    T::deserialize(params).map_err(|why| Invalid::Malformed(why.to_string()))
}

/// `CreateCluster`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreateCluster {
    pub(super) backup_retention_policy: Option<RetentionPolicy>,
    pub(super) hsm_type: String,
    pub(super) source_backup_id: Option<String>,
    pub(super) subnet_ids: Vec<String>,
    pub(super) network_type: Option<NetworkType>,
    pub(super) tag_list: Option<Vec<Tag>>,
    pub(super) mode: Option<Mode>,
}

/// A retention policy. Its type has one value, `DAYS`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct RetentionPolicy {
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    pub(super) value: Option<String>,
}

impl RetentionPolicy {
    /// The number of days.
    pub(super) fn days(&self) -> Result<u16, Invalid> {
        let text = self.value.as_deref().unwrap_or_default();
        let kind = self.kind.as_deref().unwrap_or("DAYS");
        match text.parse::<u16>() {
            Ok(days) if limits::RETENTION_DAYS.contains(&days) && kind == "DAYS" => Ok(days),
            _ => Err(Invalid::RetentionOutOfRange(text.to_owned())),
        }
    }
}

/// `CreateHsm`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreateHsm {
    pub(super) cluster_id: String,
    pub(super) availability_zone: String,
    pub(super) ip_address: Option<String>,
}

/// `DeleteHsm`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DeleteHsm {
    pub(super) cluster_id: String,
    pub(super) hsm_id: Option<String>,
    pub(super) eni_id: Option<String>,
    pub(super) eni_ip: Option<String>,
}

/// `InitializeCluster`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct InitializeCluster {
    pub(super) cluster_id: String,
    pub(super) signed_cert: String,
    pub(super) trust_anchor: String,
}

/// `ModifyCluster`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ModifyCluster {
    pub(super) hsm_type: Option<String>,
    pub(super) backup_retention_policy: Option<RetentionPolicy>,
    pub(super) cluster_id: String,
}

/// The request of an operation that names only a cluster.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ClusterOnly {
    pub(super) cluster_id: String,
}

/// The request of an operation that names only a backup.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct BackupOnly {
    pub(super) backup_id: String,
}

/// Filters by name. A resource matches a filter that has one of its values.
pub(super) type Filters = BTreeMap<String, Vec<String>>;

/// `DescribeClusters` and `DescribeBackups`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    #[serde(default)]
    pub(super) filters: Filters,
    #[serde(skip_serializing)]
    pub(super) next_token: Option<String>,
    #[serde(skip_serializing)]
    pub(super) max_results: Option<usize>,
    pub(super) shared: Option<bool>,
    pub(super) sort_ascending: Option<bool>,
}

/// `CopyBackupToRegion`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CopyBackupToRegion {
    pub(super) destination_region: String,
    pub(super) backup_id: String,
    pub(super) tag_list: Option<Vec<Tag>>,
}

/// `ModifyBackupAttributes`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ModifyBackupAttributes {
    pub(super) backup_id: String,
    pub(super) never_expires: bool,
}

/// `ListTags`, `TagResource` and `UntagResource`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tags {
    pub(super) resource_id: String,
    #[serde(default)]
    pub(super) tag_list: Vec<Tag>,
    #[serde(default)]
    pub(super) tag_key_list: Vec<String>,
    pub(super) next_token: Option<String>,
    pub(super) max_results: Option<usize>,
}

/// The operations on resource policies.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ResourcePolicy {
    pub(super) resource_arn: Option<String>,
    pub(super) policy: Option<String>,
}

/// Converts an instant to the form of the JSON protocol: seconds since 1970 with milliseconds.
fn timestamp(at: SimTime) -> f64 {
    // Exact: milliseconds up to the year 9999 are below 2^53.
    let ms = i64::try_from(at.unix_ms()).unwrap_or(i64::MAX);
    ms as f64 / 1000.0
}

/// An HSM as describe-clusters shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HsmOut<'a> {
    availability_zone: &'a str,
    cluster_id: &'a str,
    subnet_id: &'a str,
    eni_id: &'a str,
    eni_ip: &'a str,
    #[serde(rename = "EniIpV6", skip_serializing_if = "Option::is_none")]
    eni_ip_v6: Option<&'a str>,
    hsm_id: &'a str,
    hsm_type: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_message: Option<&'a str>,
}

impl<'a> HsmOut<'a> {
    pub(super) fn new(cluster_id: &'a str, hsm: &'a Hsm) -> Self {
        Self {
            availability_zone: &hsm.zone,
            cluster_id,
            subnet_id: &hsm.subnet_id,
            eni_id: &hsm.eni_id,
            eni_ip: &hsm.ip,
            eni_ip_v6: hsm.ipv6.as_deref(),
            hsm_id: &hsm.id,
            hsm_type: hsm.hsm_type.name(),
            state: hsm.state.name(),
            state_message: hsm.state_message.as_deref(),
        }
    }
}

/// A cluster's certificates: before initialization those of the hardware and the CSR, afterwards
/// only the owner's.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CertificatesOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_csr: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hsm_certificate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_hardware_certificate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer_hardware_certificate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_certificate: Option<&'a str>,
}

/// A cluster as the operations return it. `PreCoPassword` is never in an answer: AWS does not show
/// it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClusterOut<'a> {
    backup_policy: &'static str,
    backup_retention_policy: RetentionPolicy,
    cluster_id: &'a str,
    create_timestamp: f64,
    hsms: Vec<HsmOut<'a>>,
    hsm_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hsm_type_rollback_expiration: Option<f64>,
    security_group: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_backup_id: Option<&'a str>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_message: Option<&'a str>,
    subnet_mapping: &'a BTreeMap<String, String>,
    vpc_id: &'a str,
    network_type: &'static str,
    certificates: CertificatesOut<'a>,
    tag_list: &'a [Tag],
    mode: &'static str,
}

impl<'a> From<&'a Cluster> for ClusterOut<'a> {
    fn from(cluster: &'a Cluster) -> Self {
        let identity = cluster.identity.as_ref();
        Self {
            backup_policy: "DEFAULT",
            backup_retention_policy: RetentionPolicy {
                kind: Some("DAYS".into()),
                value: Some(cluster.retention_days.to_string()),
            },
            cluster_id: &cluster.id,
            create_timestamp: timestamp(cluster.created_at),
            hsms: cluster
                .hsms
                .iter()
                .map(|hsm| HsmOut::new(&cluster.id, hsm))
                .collect(),
            hsm_type: cluster.hsm_type.name(),
            hsm_type_rollback_expiration: cluster
                .migration
                .as_ref()
                .map(|migration| timestamp(migration.rollback_until)),
            security_group: &cluster.security_group,
            source_backup_id: cluster.source_backup_id.as_deref(),
            state: cluster.state.name(),
            state_message: cluster.state_message.as_deref(),
            subnet_mapping: &cluster.subnets,
            vpc_id: &cluster.vpc_id,
            network_type: cluster.network_type.name(),
            certificates: CertificatesOut {
                cluster_csr: identity.map(|i| i.cluster_csr.as_str()),
                hsm_certificate: identity.map(|i| i.hsm_certificate.as_str()),
                aws_hardware_certificate: identity.map(|i| i.aws_hardware_certificate.as_str()),
                manufacturer_hardware_certificate: identity
                    .map(|i| i.manufacturer_hardware_certificate.as_str()),
                cluster_certificate: cluster.cluster_certificate.as_deref(),
            },
            tag_list: &cluster.tags,
            mode: cluster.mode.name(),
        }
    }
}

/// A backup as the operations return it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BackupOut<'a> {
    backup_id: &'a str,
    backup_arn: String,
    backup_state: &'static str,
    cluster_id: &'a str,
    create_timestamp: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy_timestamp: Option<f64>,
    never_expires: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_backup: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_cluster: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_timestamp: Option<f64>,
    tag_list: &'a [Tag],
    hsm_type: &'static str,
    mode: &'static str,
}

impl<'a> BackupOut<'a> {
    pub(super) fn new(region: &str, backup: &'a Backup) -> Self {
        let source = backup.source.as_ref();
        Self {
            backup_id: &backup.id,
            backup_arn: limits::arn(region, "backup", &backup.id),
            backup_state: backup.state.name(),
            cluster_id: &backup.cluster_id,
            create_timestamp: timestamp(backup.created_at),
            copy_timestamp: source.map(|s| timestamp(s.copied_at)),
            never_expires: backup.never_expires,
            source_region: source.map(|s| s.region.as_str()),
            source_backup: source.map(|s| s.backup_id.as_str()),
            source_cluster: source.map(|s| s.cluster_id.as_str()),
            delete_timestamp: backup.delete_at.map(timestamp),
            tag_list: &backup.tags,
            hsm_type: backup.hsm_type.name(),
            mode: backup.mode.name(),
        }
    }
}

/// The source of a copied backup.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DestinationBackup<'a> {
    create_timestamp: f64,
    source_region: &'a str,
    source_backup: &'a str,
    source_cluster: &'a str,
}

impl<'a> DestinationBackup<'a> {
    pub(super) fn new(region: &'a str, source: &'a Backup) -> Self {
        Self {
            create_timestamp: timestamp(source.created_at),
            source_region: region,
            source_backup: &source.id,
            source_cluster: &source.cluster_id,
        }
    }
}
