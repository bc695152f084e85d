//! Network ACLs.

use serde::{Deserialize, Serialize};

use super::common::{Ports, Selection};
use crate::aws::ec2::tags::{Tag, TagSpecification};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateNetworkAclRequest {
    pub vpc_id: String,
    pub client_token: Option<String>,
    pub tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAclAnswer {
    pub network_acl: NetworkAcl,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAcl {
    pub associations: Vec<NetworkAclAssociation>,
    pub entries: Vec<NetworkAclEntry>,
    pub is_default: bool,
    pub network_acl_id: String,
    pub tags: Vec<Tag>,
    pub vpc_id: String,
    pub owner_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAclAssociation {
    pub network_acl_association_id: String,
    pub network_acl_id: String,
    pub subnet_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAclEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_block: Option<String>,
    pub egress: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp_type_code: Option<IcmpTypeCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_range: Option<Ports>,
    pub protocol: String,
    pub rule_action: &'static str,
    pub rule_number: u16,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct IcmpTypeCode {
    pub code: i32,
    pub r#type: i32,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkAclEntryRequest {
    pub network_acl_id: String,
    pub rule_number: i64,
    pub protocol: String,
    pub rule_action: String,
    pub egress: bool,
    pub cidr_block: Option<String>,
    pub ipv6_cidr_block: Option<String>,
    pub icmp_type_code: Option<IcmpTypeCode>,
    pub port_range: Option<Ports>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkAclIdRequest {
    pub network_acl_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ReplaceNetworkAclAssociationRequest {
    pub association_id: String,
    pub network_acl_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplaceNetworkAclAssociationAnswer {
    pub new_association_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeNetworkAclsRequest {
    pub network_acl_ids: Vec<String>,
    #[serde(flatten)]
    pub selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkAclsAnswer {
    pub network_acls: Vec<NetworkAcl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}
