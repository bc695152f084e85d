//! Security groups and their rules.

use serde::{Deserialize, Serialize};

use super::common::Selection;
use crate::ec2::tags::{Tag, TagSpecification};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateSecurityGroupRequest {
    pub(crate) description: String,
    pub(crate) group_name: String,
    pub(crate) vpc_id: Option<String>,
    pub(crate) tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateSecurityGroupAnswer {
    pub(crate) group_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    pub(crate) security_group_arn: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteSecurityGroupRequest {
    pub(crate) group_id: Option<String>,
    pub(crate) group_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteSecurityGroupAnswer {
    pub(crate) r#return: bool,
    pub(crate) group_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeSecurityGroupsRequest {
    pub(crate) group_ids: Vec<String>,
    pub(crate) group_names: Vec<String>,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeSecurityGroupsAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
    pub(crate) security_groups: Vec<SecurityGroup>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SecurityGroup {
    pub(crate) group_id: String,
    pub(crate) ip_permissions_egress: Vec<IpPermission>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    pub(crate) vpc_id: String,
    pub(crate) security_group_arn: String,
    pub(crate) owner_id: &'static str,
    pub(crate) group_name: String,
    pub(crate) description: String,
    pub(crate) ip_permissions: Vec<IpPermission>,
}

#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct IpPermission {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip_protocol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from_port: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to_port: Option<i32>,
    pub(crate) user_id_group_pairs: Vec<UserIdGroupPair>,
    pub(crate) ip_ranges: Vec<IpRange>,
    pub(crate) ipv6_ranges: Vec<Ipv6Range>,
    pub(crate) prefix_list_ids: Vec<PrefixListId>,
}

#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct UserIdGroupPair {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_id: Option<String>,
}

#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct IpRange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) cidr_ip: String,
}

#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Ipv6Range {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) cidr_ipv6: String,
}

#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PrefixListId {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) prefix_list_id: String,
}

/// `Authorize…` and `Revoke…`, for both directions.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PermissionsRequest {
    pub(crate) cidr_ip: Option<String>,
    pub(crate) from_port: Option<i32>,
    pub(crate) group_id: Option<String>,
    pub(crate) group_name: Option<String>,
    pub(crate) ip_permissions: Vec<IpPermission>,
    pub(crate) ip_protocol: Option<String>,
    pub(crate) source_security_group_name: Option<String>,
    pub(crate) source_security_group_owner_id: Option<String>,
    pub(crate) to_port: Option<i32>,
    pub(crate) tag_specifications: Vec<TagSpecification>,
    pub(crate) security_group_rule_ids: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AuthorizeAnswer {
    pub(crate) r#return: bool,
    pub(crate) security_group_rules: Vec<SecurityGroupRule>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SecurityGroupRule {
    pub(crate) security_group_rule_id: String,
    pub(crate) group_id: String,
    pub(crate) group_owner_id: &'static str,
    pub(crate) is_egress: bool,
    pub(crate) ip_protocol: String,
    pub(crate) from_port: i32,
    pub(crate) to_port: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_ipv4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_ipv6: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prefix_list_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) referenced_group_info: Option<ReferencedSecurityGroup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<Vec<Tag>>,
    pub(crate) security_group_rule_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReferencedSecurityGroup {
    pub(crate) group_id: String,
    pub(crate) user_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RevokeAnswer {
    pub(crate) r#return: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unknown_ip_permissions: Vec<IpPermission>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) revoked_security_group_rules: Vec<RevokedSecurityGroupRule>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RevokedSecurityGroupRule {
    pub(crate) security_group_rule_id: String,
    pub(crate) group_id: String,
    pub(crate) is_egress: bool,
    pub(crate) ip_protocol: String,
    pub(crate) from_port: i32,
    pub(crate) to_port: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_ipv4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_ipv6: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prefix_list_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) referenced_group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeSecurityGroupRulesRequest {
    pub(crate) security_group_rule_ids: Vec<String>,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeSecurityGroupRulesAnswer {
    pub(crate) security_group_rules: Vec<SecurityGroupRule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifySecurityGroupRulesRequest {
    pub(crate) group_id: String,
    pub(crate) security_group_rules: Vec<SecurityGroupRuleUpdate>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SecurityGroupRuleUpdate {
    pub(crate) security_group_rule_id: String,
    pub(crate) security_group_rule: Option<SecurityGroupRuleRequest>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SecurityGroupRuleRequest {
    pub(crate) ip_protocol: Option<String>,
    pub(crate) from_port: Option<i32>,
    pub(crate) to_port: Option<i32>,
    pub(crate) cidr_ipv4: Option<String>,
    pub(crate) cidr_ipv6: Option<String>,
    pub(crate) prefix_list_id: Option<String>,
    pub(crate) referenced_group_id: Option<String>,
    pub(crate) description: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct UpdateDescriptionsRequest {
    pub(crate) group_id: Option<String>,
    pub(crate) group_name: Option<String>,
    pub(crate) ip_permissions: Vec<IpPermission>,
    pub(crate) security_group_rule_descriptions: Vec<SecurityGroupRuleDescription>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SecurityGroupRuleDescription {
    pub(crate) security_group_rule_id: String,
    pub(crate) description: Option<String>,
}
