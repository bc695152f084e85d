//! Network interfaces and prefix lists.

use serde::{Deserialize, Serialize};

use super::common::{Flag, Selection, Text};
use crate::aws::ec2::tags::{Tag, TagSpecification};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateNetworkInterfaceRequest {
    pub subnet_id: String,
    pub description: Option<String>,
    pub private_ip_address: Option<String>,
    pub groups: Vec<String>,
    pub private_ip_addresses: Vec<PrivateIpAddressSpecification>,
    pub secondary_private_ip_address_count: Option<u32>,
    pub ipv6_address_count: Option<u32>,
    pub client_token: Option<String>,
    pub tag_specifications: Vec<TagSpecification>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PrivateIpAddressSpecification {
    pub primary: bool,
    pub private_ip_address: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkInterfaceAnswer {
    pub network_interface: NetworkInterface,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkInterface {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association: Option<Association>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    pub availability_zone: String,
    pub description: String,
    pub groups: Vec<GroupIdentifier>,
    pub interface_type: &'static str,
    pub ipv6_addresses: Vec<Ipv6Address>,
    pub mac_address: String,
    pub network_interface_id: String,
    pub owner_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_dns_name: Option<String>,
    pub private_ip_address: String,
    pub private_ip_addresses: Vec<PrivateIpAddress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requester_id: Option<String>,
    pub requester_managed: bool,
    pub source_dest_check: bool,
    pub status: &'static str,
    pub subnet_id: String,
    pub tag_set: Vec<Tag>,
    pub vpc_id: String,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Association {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association_id: Option<String>,
    pub ip_owner_id: &'static str,
    pub public_dns_name: String,
    pub public_ip: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attachment {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attach_time: Option<f64>,
    pub attachment_id: String,
    pub delete_on_termination: bool,
    pub device_index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_card_index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    pub instance_owner_id: &'static str,
    pub status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupIdentifier {
    pub group_id: String,
    pub group_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv6Address {
    pub ipv6_address: String,
    pub is_primary_ipv6: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrivateIpAddress {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association: Option<Association>,
    pub primary: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_dns_name: Option<String>,
    pub private_ip_address: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeNetworkInterfacesRequest {
    pub network_interface_ids: Vec<String>,
    #[serde(flatten)]
    pub selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkInterfacesAnswer {
    pub network_interfaces: Vec<NetworkInterface>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkInterfaceIdRequest {
    pub network_interface_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AttachNetworkInterfaceRequest {
    pub network_interface_id: String,
    pub instance_id: String,
    pub device_index: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachNetworkInterfaceAnswer {
    pub attachment_id: String,
    pub network_card_index: u32,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DetachNetworkInterfaceRequest {
    pub attachment_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ModifyNetworkInterfaceAttributeRequest {
    pub network_interface_id: String,
    pub description: Option<Text>,
    pub source_dest_check: Option<Flag>,
    pub groups: Option<Vec<String>>,
    pub attachment: Option<AttachmentChanges>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AttachmentChanges {
    pub attachment_id: String,
    pub delete_on_termination: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeNetworkInterfaceAttributeRequest {
    pub network_interface_id: String,
    pub attribute: Option<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkInterfaceAttributeAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<GroupIdentifier>>,
    pub network_interface_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_dest_check: Option<Flag>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateManagedPrefixListRequest {
    pub prefix_list_name: String,
    pub entries: Vec<PrefixListEntry>,
    pub max_entries: u32,
    pub address_family: String,
    pub tag_specifications: Vec<TagSpecification>,
}

#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PrefixListEntry {
    pub cidr: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ManagedPrefixList {
    pub prefix_list_id: String,
    pub address_family: &'static str,
    pub state: &'static str,
    pub prefix_list_arn: String,
    pub prefix_list_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_entries: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    pub tags: Vec<Tag>,
    pub owner_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrefixListAnswer {
    pub prefix_list: ManagedPrefixList,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeManagedPrefixListsRequest {
    pub prefix_list_ids: Vec<String>,
    #[serde(flatten)]
    pub selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeManagedPrefixListsAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    pub prefix_lists: Vec<ManagedPrefixList>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PrefixListIdRequest {
    pub prefix_list_id: String,
    #[serde(flatten)]
    pub selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetManagedPrefixListEntriesAnswer {
    pub entries: Vec<PrefixListEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}
