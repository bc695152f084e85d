//! VPCs, subnets, zones and regions.

use serde::{Deserialize, Serialize};

use super::common::{Flag, Selection, State};
use crate::aws::ec2::filters::Filter;
use crate::aws::ec2::tags::{Tag, TagSpecification};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateVpcRequest {
    pub cidr_block: Option<String>,
    pub ipv6_cidr_block: Option<String>,
    pub ipv4_ipam_pool_id: Option<String>,
    pub instance_tenancy: Option<String>,
    pub amazon_provided_ipv6_cidr_block: bool,
    pub tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Vpc {
    pub owner_id: &'static str,
    pub instance_tenancy: String,
    pub ipv6_cidr_block_association_set: Vec<VpcIpv6CidrBlockAssociation>,
    pub cidr_block_association_set: Vec<VpcCidrBlockAssociation>,
    pub is_default: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    pub vpc_id: String,
    pub state: &'static str,
    pub cidr_block: String,
    pub dhcp_options_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcCidrBlockAssociation {
    pub association_id: String,
    pub cidr_block: String,
    pub cidr_block_state: State,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcIpv6CidrBlockAssociation {
    pub association_id: String,
    pub ipv6_cidr_block: String,
    pub ipv6_cidr_block_state: State,
    pub network_border_group: String,
    pub ipv6_pool: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcAnswer {
    pub vpc: Vpc,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeVpcsRequest {
    pub vpc_ids: Vec<String>,
    #[serde(flatten)]
    pub selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVpcsAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    pub vpcs: Vec<Vpc>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct VpcIdRequest {
    pub vpc_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ModifyVpcAttributeRequest {
    pub vpc_id: String,
    pub enable_dns_hostnames: Option<Flag>,
    pub enable_dns_support: Option<Flag>,
    pub enable_network_address_usage_metrics: Option<Flag>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeVpcAttributeRequest {
    pub vpc_id: String,
    pub attribute: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVpcAttributeAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_dns_hostnames: Option<Flag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_dns_support: Option<Flag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_network_address_usage_metrics: Option<Flag>,
    pub vpc_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AssociateVpcCidrBlockRequest {
    pub vpc_id: String,
    pub cidr_block: Option<String>,
    pub amazon_provided_ipv6_cidr_block: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AssociationIdRequest {
    pub association_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcCidrBlockAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_cidr_block_association: Option<VpcIpv6CidrBlockAssociation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_block_association: Option<VpcCidrBlockAssociation>,
    pub vpc_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateSubnetRequest {
    pub vpc_id: String,
    pub cidr_block: Option<String>,
    pub ipv6_cidr_block: Option<String>,
    pub availability_zone: Option<String>,
    pub availability_zone_id: Option<String>,
    pub tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subnet {
    pub availability_zone_id: String,
    pub map_customer_owned_ip_on_launch: bool,
    pub owner_id: &'static str,
    pub assign_ipv6_address_on_creation: bool,
    pub ipv6_cidr_block_association_set: Vec<SubnetIpv6CidrBlockAssociation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    pub subnet_arn: String,
    pub enable_dns64: bool,
    pub ipv6_native: bool,
    pub private_dns_name_options_on_launch: PrivateDnsNameOptions,
    pub subnet_id: String,
    pub state: &'static str,
    pub vpc_id: String,
    pub cidr_block: String,
    pub available_ip_address_count: u32,
    pub availability_zone: String,
    pub default_for_az: bool,
    pub map_public_ip_on_launch: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubnetIpv6CidrBlockAssociation {
    pub association_id: String,
    pub ipv6_cidr_block: String,
    pub ipv6_cidr_block_state: State,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrivateDnsNameOptions {
    pub hostname_type: String,
    #[serde(rename = "EnableResourceNameDnsARecord")]
    pub a_record: bool,
    #[serde(rename = "EnableResourceNameDnsAAAARecord")]
    pub aaaa_record: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubnetAnswer {
    pub subnet: Subnet,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeSubnetsRequest {
    pub subnet_ids: Vec<String>,
    #[serde(flatten)]
    pub selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSubnetsAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    pub subnets: Vec<Subnet>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SubnetIdRequest {
    pub subnet_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ModifySubnetAttributeRequest {
    pub subnet_id: String,
    pub assign_ipv6_address_on_creation: Option<Flag>,
    pub map_public_ip_on_launch: Option<Flag>,
    pub enable_dns64: Option<Flag>,
    pub private_dns_hostname_type_on_launch: Option<String>,
    #[serde(rename = "EnableResourceNameDnsARecordOnLaunch")]
    pub a_record: Option<Flag>,
    #[serde(rename = "EnableResourceNameDnsAAAARecordOnLaunch")]
    pub aaaa_record: Option<Flag>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AssociateSubnetCidrBlockRequest {
    pub subnet_id: String,
    pub ipv6_cidr_block: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubnetCidrBlockAnswer {
    pub ipv6_cidr_block_association: SubnetIpv6CidrBlockAssociation,
    pub subnet_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeAvailabilityZonesRequest {
    pub zone_names: Vec<String>,
    pub zone_ids: Vec<String>,
    pub filters: Vec<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AvailabilityZone {
    pub opt_in_status: &'static str,
    pub messages: [(); 0],
    pub region_name: String,
    pub zone_name: String,
    pub zone_id: String,
    pub group_name: String,
    pub network_border_group: String,
    pub zone_type: &'static str,
    pub group_long_name: String,
    pub state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAvailabilityZonesAnswer {
    pub availability_zones: Vec<AvailabilityZone>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeRegionsRequest {
    pub region_names: Vec<String>,
    pub filters: Vec<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Region {
    pub opt_in_status: &'static str,
    pub region_name: &'static str,
    pub endpoint: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRegionsAnswer {
    pub regions: Vec<Region>,
}
