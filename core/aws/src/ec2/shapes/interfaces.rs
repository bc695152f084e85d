//! Network interfaces and prefix lists.

use serde::{Deserialize, Serialize};

use super::common::{Flag, Selection, Text};
use crate::ec2::tags::{Tag, TagSpecification};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateNetworkInterfaceRequest {
    pub(crate) subnet_id: String,
    pub(crate) description: Option<String>,
    pub(crate) private_ip_address: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) private_ip_addresses: Vec<PrivateIpAddressSpecification>,
    pub(crate) secondary_private_ip_address_count: Option<u32>,
    pub(crate) ipv6_address_count: Option<u32>,
    pub(crate) client_token: Option<String>,
    pub(crate) tag_specifications: Vec<TagSpecification>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PrivateIpAddressSpecification {
    pub(crate) primary: bool,
    pub(crate) private_ip_address: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkInterfaceAnswer {
    pub(crate) network_interface: NetworkInterface,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkInterface {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) association: Option<Association>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attachment: Option<Attachment>,
    pub(crate) availability_zone: String,
    pub(crate) description: String,
    pub(crate) groups: Vec<GroupIdentifier>,
    pub(crate) interface_type: &'static str,
    pub(crate) ipv6_addresses: Vec<Ipv6Address>,
    pub(crate) mac_address: String,
    pub(crate) network_interface_id: String,
    pub(crate) owner_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_dns_name: Option<String>,
    pub(crate) private_ip_address: String,
    pub(crate) private_ip_addresses: Vec<PrivateIpAddress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requester_id: Option<String>,
    pub(crate) requester_managed: bool,
    pub(crate) source_dest_check: bool,
    pub(crate) status: &'static str,
    pub(crate) subnet_id: String,
    pub(crate) tag_set: Vec<Tag>,
    pub(crate) vpc_id: String,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Association {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allocation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) association_id: Option<String>,
    pub(crate) ip_owner_id: &'static str,
    pub(crate) public_dns_name: String,
    pub(crate) public_ip: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attachment {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attach_time: Option<f64>,
    pub(crate) attachment_id: String,
    pub(crate) delete_on_termination: bool,
    pub(crate) device_index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_card_index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance_id: Option<String>,
    pub(crate) instance_owner_id: &'static str,
    pub(crate) status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GroupIdentifier {
    pub(crate) group_id: String,
    pub(crate) group_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Ipv6Address {
    pub(crate) ipv6_address: String,
    pub(crate) is_primary_ipv6: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PrivateIpAddress {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) association: Option<Association>,
    pub(crate) primary: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_dns_name: Option<String>,
    pub(crate) private_ip_address: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeNetworkInterfacesRequest {
    pub(crate) network_interface_ids: Vec<String>,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeNetworkInterfacesAnswer {
    pub(crate) network_interfaces: Vec<NetworkInterface>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct NetworkInterfaceIdRequest {
    pub(crate) network_interface_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AttachNetworkInterfaceRequest {
    pub(crate) network_interface_id: String,
    pub(crate) instance_id: String,
    pub(crate) device_index: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttachNetworkInterfaceAnswer {
    pub(crate) attachment_id: String,
    pub(crate) network_card_index: u32,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DetachNetworkInterfaceRequest {
    pub(crate) attachment_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifyNetworkInterfaceAttributeRequest {
    pub(crate) network_interface_id: String,
    pub(crate) description: Option<Text>,
    pub(crate) source_dest_check: Option<Flag>,
    pub(crate) groups: Option<Vec<String>>,
    pub(crate) attachment: Option<AttachmentChanges>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AttachmentChanges {
    pub(crate) attachment_id: String,
    pub(crate) delete_on_termination: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeNetworkInterfaceAttributeRequest {
    pub(crate) network_interface_id: String,
    pub(crate) attribute: Option<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeNetworkInterfaceAttributeAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attachment: Option<Attachment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) groups: Option<Vec<GroupIdentifier>>,
    pub(crate) network_interface_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_dest_check: Option<Flag>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateManagedPrefixListRequest {
    pub(crate) prefix_list_name: String,
    pub(crate) entries: Vec<PrefixListEntry>,
    pub(crate) max_entries: u32,
    pub(crate) address_family: String,
    pub(crate) tag_specifications: Vec<TagSpecification>,
}

#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PrefixListEntry {
    pub(crate) cidr: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ManagedPrefixList {
    pub(crate) prefix_list_id: String,
    pub(crate) address_family: &'static str,
    pub(crate) state: &'static str,
    pub(crate) prefix_list_arn: String,
    pub(crate) prefix_list_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_entries: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<u32>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) owner_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PrefixListAnswer {
    pub(crate) prefix_list: ManagedPrefixList,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeManagedPrefixListsRequest {
    pub(crate) prefix_list_ids: Vec<String>,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeManagedPrefixListsAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
    pub(crate) prefix_lists: Vec<ManagedPrefixList>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PrefixListIdRequest {
    pub(crate) prefix_list_id: String,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetManagedPrefixListEntriesAnswer {
    pub(crate) entries: Vec<PrefixListEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}
