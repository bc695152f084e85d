//! VPCs, subnets, zones and regions.

use serde::{Deserialize, Serialize};

use super::common::{Flag, Selection, State};
use crate::ec2::filters::Filter;
use crate::ec2::tags::{Tag, TagSpecification};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateVpcRequest {
    pub(crate) cidr_block: Option<String>,
    pub(crate) ipv6_cidr_block: Option<String>,
    pub(crate) ipv4_ipam_pool_id: Option<String>,
    pub(crate) instance_tenancy: Option<String>,
    pub(crate) amazon_provided_ipv6_cidr_block: bool,
    pub(crate) tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Vpc {
    pub(crate) owner_id: &'static str,
    pub(crate) instance_tenancy: String,
    pub(crate) ipv6_cidr_block_association_set: Vec<VpcIpv6CidrBlockAssociation>,
    pub(crate) cidr_block_association_set: Vec<VpcCidrBlockAssociation>,
    pub(crate) is_default: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    pub(crate) vpc_id: String,
    pub(crate) state: &'static str,
    pub(crate) cidr_block: String,
    pub(crate) dhcp_options_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VpcCidrBlockAssociation {
    pub(crate) association_id: String,
    pub(crate) cidr_block: String,
    pub(crate) cidr_block_state: State,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VpcIpv6CidrBlockAssociation {
    pub(crate) association_id: String,
    pub(crate) ipv6_cidr_block: String,
    pub(crate) ipv6_cidr_block_state: State,
    pub(crate) network_border_group: String,
    pub(crate) ipv6_pool: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VpcAnswer {
    pub(crate) vpc: Vpc,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeVpcsRequest {
    pub(crate) vpc_ids: Vec<String>,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeVpcsAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
    pub(crate) vpcs: Vec<Vpc>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct VpcIdRequest {
    pub(crate) vpc_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifyVpcAttributeRequest {
    pub(crate) vpc_id: String,
    pub(crate) enable_dns_hostnames: Option<Flag>,
    pub(crate) enable_dns_support: Option<Flag>,
    pub(crate) enable_network_address_usage_metrics: Option<Flag>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeVpcAttributeRequest {
    pub(crate) vpc_id: String,
    pub(crate) attribute: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeVpcAttributeAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enable_dns_hostnames: Option<Flag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enable_dns_support: Option<Flag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enable_network_address_usage_metrics: Option<Flag>,
    pub(crate) vpc_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AssociateVpcCidrBlockRequest {
    pub(crate) vpc_id: String,
    pub(crate) cidr_block: Option<String>,
    pub(crate) amazon_provided_ipv6_cidr_block: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AssociationIdRequest {
    pub(crate) association_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VpcCidrBlockAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ipv6_cidr_block_association: Option<VpcIpv6CidrBlockAssociation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_block_association: Option<VpcCidrBlockAssociation>,
    pub(crate) vpc_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateSubnetRequest {
    pub(crate) vpc_id: String,
    pub(crate) cidr_block: Option<String>,
    pub(crate) ipv6_cidr_block: Option<String>,
    pub(crate) availability_zone: Option<String>,
    pub(crate) availability_zone_id: Option<String>,
    pub(crate) tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Subnet {
    pub(crate) availability_zone_id: String,
    pub(crate) map_customer_owned_ip_on_launch: bool,
    pub(crate) owner_id: &'static str,
    pub(crate) assign_ipv6_address_on_creation: bool,
    pub(crate) ipv6_cidr_block_association_set: Vec<SubnetIpv6CidrBlockAssociation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
    pub(crate) subnet_arn: String,
    pub(crate) enable_dns64: bool,
    pub(crate) ipv6_native: bool,
    pub(crate) private_dns_name_options_on_launch: PrivateDnsNameOptions,
    pub(crate) subnet_id: String,
    pub(crate) state: &'static str,
    pub(crate) vpc_id: String,
    pub(crate) cidr_block: String,
    pub(crate) available_ip_address_count: u32,
    pub(crate) availability_zone: String,
    pub(crate) default_for_az: bool,
    pub(crate) map_public_ip_on_launch: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SubnetIpv6CidrBlockAssociation {
    pub(crate) association_id: String,
    pub(crate) ipv6_cidr_block: String,
    pub(crate) ipv6_cidr_block_state: State,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PrivateDnsNameOptions {
    pub(crate) hostname_type: String,
    #[serde(rename = "EnableResourceNameDnsARecord")]
    pub(crate) a_record: bool,
    #[serde(rename = "EnableResourceNameDnsAAAARecord")]
    pub(crate) aaaa_record: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SubnetAnswer {
    pub(crate) subnet: Subnet,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeSubnetsRequest {
    pub(crate) subnet_ids: Vec<String>,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeSubnetsAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
    pub(crate) subnets: Vec<Subnet>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SubnetIdRequest {
    pub(crate) subnet_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifySubnetAttributeRequest {
    pub(crate) subnet_id: String,
    pub(crate) assign_ipv6_address_on_creation: Option<Flag>,
    pub(crate) map_public_ip_on_launch: Option<Flag>,
    pub(crate) enable_dns64: Option<Flag>,
    pub(crate) private_dns_hostname_type_on_launch: Option<String>,
    #[serde(rename = "EnableResourceNameDnsARecordOnLaunch")]
    pub(crate) a_record: Option<Flag>,
    #[serde(rename = "EnableResourceNameDnsAAAARecordOnLaunch")]
    pub(crate) aaaa_record: Option<Flag>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AssociateSubnetCidrBlockRequest {
    pub(crate) subnet_id: String,
    pub(crate) ipv6_cidr_block: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SubnetCidrBlockAnswer {
    pub(crate) ipv6_cidr_block_association: SubnetIpv6CidrBlockAssociation,
    pub(crate) subnet_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeAvailabilityZonesRequest {
    pub(crate) zone_names: Vec<String>,
    pub(crate) zone_ids: Vec<String>,
    pub(crate) filters: Vec<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AvailabilityZone {
    pub(crate) opt_in_status: &'static str,
    pub(crate) messages: [(); 0],
    pub(crate) region_name: String,
    pub(crate) zone_name: String,
    pub(crate) zone_id: String,
    pub(crate) group_name: String,
    pub(crate) network_border_group: String,
    pub(crate) zone_type: &'static str,
    pub(crate) group_long_name: String,
    pub(crate) state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeAvailabilityZonesAnswer {
    pub(crate) availability_zones: Vec<AvailabilityZone>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeRegionsRequest {
    pub(crate) region_names: Vec<String>,
    pub(crate) filters: Vec<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Region {
    pub(crate) opt_in_status: &'static str,
    pub(crate) region_name: &'static str,
    pub(crate) endpoint: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeRegionsAnswer {
    pub(crate) regions: Vec<Region>,
}
