//! Network ACLs.

use serde::{Deserialize, Serialize};

use super::common::{Ports, Selection};
use crate::ec2::tags::{Tag, TagSpecification};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateNetworkAclRequest {
    pub(crate) vpc_id: String,
    pub(crate) client_token: Option<String>,
    pub(crate) tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkAclAnswer {
    pub(crate) network_acl: NetworkAcl,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkAcl {
    pub(crate) associations: Vec<NetworkAclAssociation>,
    pub(crate) entries: Vec<NetworkAclEntry>,
    pub(crate) is_default: bool,
    pub(crate) network_acl_id: String,
    pub(crate) tags: Vec<Tag>,
    pub(crate) vpc_id: String,
    pub(crate) owner_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkAclAssociation {
    pub(crate) network_acl_association_id: String,
    pub(crate) network_acl_id: String,
    pub(crate) subnet_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkAclEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_block: Option<String>,
    pub(crate) egress: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) icmp_type_code: Option<IcmpTypeCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ipv6_cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port_range: Option<Ports>,
    pub(crate) protocol: String,
    pub(crate) rule_action: &'static str,
    pub(crate) rule_number: u16,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct IcmpTypeCode {
    pub(crate) code: i32,
    pub(crate) r#type: i32,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct NetworkAclEntryRequest {
    pub(crate) network_acl_id: String,
    pub(crate) rule_number: i64,
    pub(crate) protocol: String,
    pub(crate) rule_action: String,
    pub(crate) egress: bool,
    pub(crate) cidr_block: Option<String>,
    pub(crate) ipv6_cidr_block: Option<String>,
    pub(crate) icmp_type_code: Option<IcmpTypeCode>,
    pub(crate) port_range: Option<Ports>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct NetworkAclIdRequest {
    pub(crate) network_acl_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ReplaceNetworkAclAssociationRequest {
    pub(crate) association_id: String,
    pub(crate) network_acl_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReplaceNetworkAclAssociationAnswer {
    pub(crate) new_association_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeNetworkAclsRequest {
    pub(crate) network_acl_ids: Vec<String>,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeNetworkAclsAnswer {
    pub(crate) network_acls: Vec<NetworkAcl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}
