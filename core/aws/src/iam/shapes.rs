//! IAM's requests and answers, as in the service model.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use hsmlab_sim::SimTime;

/// The position and the length of a page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Paging {
    pub(super) marker: Option<String>,
    pub(super) max_items: Option<usize>,
}

/// An instant in IAM's form: whole seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant(pub(super) SimTime);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0.unix_seconds())
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

/// The request members of the operations on users, groups, roles and instance profiles, and on
/// their policies. Each operation uses only some of them; the wire has checked that against the
/// model.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Named {
    pub(super) user_name: Option<String>,
    pub(super) group_name: Option<String>,
    pub(super) role_name: Option<String>,
    pub(super) instance_profile_name: Option<String>,
    pub(super) policy_arn: Option<String>,
    pub(super) policy_name: Option<String>,
    pub(super) policy_document: Option<String>,
    pub(super) access_key_id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) path: Option<String>,
    pub(super) path_prefix: Option<String>,
    pub(super) tags: Option<Vec<Tag>>,
    pub(super) tag_keys: Option<Vec<String>>,
    #[serde(flatten)]
    pub(super) paging: Paging,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateUser {
    pub(super) path: Option<String>,
    pub(super) user_name: String,
    pub(super) permissions_boundary: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateRole {
    pub(super) path: Option<String>,
    pub(super) role_name: String,
    pub(super) assume_role_policy_document: String,
    pub(super) description: Option<String>,
    pub(super) max_session_duration: Option<u64>,
    pub(super) permissions_boundary: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CreateServiceLinkedRole {
    #[serde(rename = "AWSServiceName")]
    pub(super) service_name: String,
    #[serde(rename = "Description")]
    pub(super) description: Option<String>,
    #[serde(rename = "CustomSuffix")]
    pub(super) custom_suffix: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeletionStatus {
    pub(super) deletion_task_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreatePolicy {
    pub(super) policy_name: String,
    pub(super) path: Option<String>,
    pub(super) policy_document: String,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListPolicies {
    pub(super) scope: Option<String>,
    #[serde(default)]
    pub(super) only_attached: bool,
    pub(super) path_prefix: Option<String>,
    pub(super) policy_usage_filter: Option<String>,
    #[serde(flatten)]
    pub(super) paging: Paging,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListEntities {
    pub(super) policy_arn: String,
    pub(super) entity_filter: Option<String>,
    pub(super) path_prefix: Option<String>,
    pub(super) policy_usage_filter: Option<String>,
    #[serde(flatten)]
    pub(super) paging: Paging,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Version {
    pub(super) policy_arn: String,
    pub(super) version_id: Option<String>,
    pub(super) policy_document: Option<String>,
    #[serde(default)]
    pub(super) set_as_default: bool,
    #[serde(flatten)]
    pub(super) paging: Paging,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Simulate {
    pub(super) policy_source_arn: String,
    #[serde(default)]
    pub(super) policy_input_list: Vec<String>,
    #[serde(default)]
    pub(super) permissions_boundary_policy_input_list: Vec<String>,
    #[serde(default)]
    pub(super) policy_exclusion_list: Vec<PolicyIdentifier>,
    pub(super) action_names: Vec<String>,
    #[serde(default)]
    pub(super) resource_arns: Vec<String>,
    pub(super) resource_policy: Option<String>,
    pub(super) caller_arn: Option<String>,
    #[serde(default)]
    pub(super) context_entries: Vec<ContextEntry>,
    #[serde(flatten)]
    pub(super) paging: Paging,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyIdentifier {
    pub(super) policy_arn: Option<String>,
    pub(super) inline_policy_identifier: Option<InlineIdentifier>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InlineIdentifier {
    pub(super) policy_name: String,
    pub(super) attachment_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContextEntry {
    pub(super) context_key_name: String,
    #[serde(default)]
    pub(super) context_key_values: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct User {
    pub(super) path: String,
    pub(super) user_name: String,
    pub(super) user_id: String,
    pub(super) arn: String,
    pub(super) create_date: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permissions_boundary: Option<Boundary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Boundary {
    pub(super) permissions_boundary_type: &'static str,
    pub(super) permissions_boundary_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Group {
    pub(super) path: String,
    pub(super) group_name: String,
    pub(super) group_id: String,
    pub(super) arn: String,
    pub(super) create_date: Instant,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Role {
    pub(super) path: String,
    pub(super) role_name: String,
    pub(super) role_id: String,
    pub(super) arn: String,
    pub(super) create_date: Instant,
    pub(super) assume_role_policy_document: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_session_duration: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permissions_boundary: Option<Boundary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_last_used: Option<LastUsed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LastUsed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_used_date: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InstanceProfile {
    pub(super) path: String,
    pub(super) instance_profile_name: String,
    pub(super) instance_profile_id: String,
    pub(super) arn: String,
    pub(super) create_date: Instant,
    pub(super) roles: Vec<Role>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Policy {
    pub(super) policy_name: String,
    pub(super) policy_id: String,
    pub(super) arn: String,
    pub(super) path: String,
    pub(super) default_version_id: String,
    pub(super) attachment_count: usize,
    pub(super) permissions_boundary_usage_count: usize,
    pub(super) is_attachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) create_date: Instant,
    pub(super) update_date: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<Vec<Tag>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyVersion {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) document: Option<Value>,
    pub(super) version_id: String,
    pub(super) is_default_version: bool,
    pub(super) create_date: Instant,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccessKey {
    pub(super) user_name: String,
    pub(super) access_key_id: String,
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secret_access_key: Option<String>,
    pub(super) create_date: Instant,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachedPolicy {
    pub(super) policy_name: String,
    pub(super) policy_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EvaluationResult {
    pub(super) eval_action_name: String,
    pub(super) eval_resource_name: String,
    pub(super) eval_decision: &'static str,
    pub(super) matched_statements: Vec<MatchedStatement>,
    pub(super) missing_context_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permissions_boundary_decision_detail: Option<BoundaryDetail>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MatchedStatement {
    pub(super) source_policy_id: String,
    pub(super) source_policy_type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BoundaryDetail {
    pub(super) allowed_by_permissions_boundary: bool,
}
