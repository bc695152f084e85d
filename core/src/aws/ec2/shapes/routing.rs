//! Internet gateways and route tables.

use serde::{Deserialize, Serialize};

use super::common::{Selection, State};
use crate::aws::ec2::tags::{Tag, TagSpecification};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateInternetGatewayRequest {
    pub tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InternetGateway {
    pub attachments: Vec<InternetGatewayAttachment>,
    pub internet_gateway_id: String,
    pub owner_id: &'static str,
    pub tags: Vec<Tag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InternetGatewayAttachment {
    pub state: &'static str,
    pub vpc_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InternetGatewayAnswer {
    pub internet_gateway: InternetGateway,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AttachInternetGatewayRequest {
    pub internet_gateway_id: String,
    pub vpc_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InternetGatewayIdRequest {
    pub internet_gateway_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeInternetGatewaysRequest {
    pub internet_gateway_ids: Vec<String>,
    #[serde(flatten)]
    pub selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInternetGatewaysAnswer {
    pub internet_gateways: Vec<InternetGateway>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateRouteTableRequest {
    pub vpc_id: String,
    pub client_token: Option<String>,
    pub tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTableAnswer {
    pub route_table: RouteTable,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTable {
    pub associations: Vec<RouteTableAssociation>,
    pub propagating_vgws: [(); 0],
    pub route_table_id: String,
    pub routes: Vec<Route>,
    pub tags: Vec<Tag>,
    pub vpc_id: String,
    pub owner_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTableAssociation {
    pub main: bool,
    pub route_table_association_id: String,
    pub route_table_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
    pub association_state: State,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Route {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_ipv6_cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_prefix_list_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_owner_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interface_id: Option<String>,
    pub origin: &'static str,
    pub state: &'static str,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeRouteTablesRequest {
    pub route_table_ids: Vec<String>,
    #[serde(flatten)]
    pub selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRouteTablesAnswer {
    pub route_tables: Vec<RouteTable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RouteTableIdRequest {
    pub route_table_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AssociateRouteTableRequest {
    pub route_table_id: String,
    pub subnet_id: Option<String>,
    pub gateway_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateRouteTableAnswer {
    pub association_id: String,
    pub association_state: State,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ReplaceRouteTableAssociationRequest {
    pub association_id: String,
    pub route_table_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplaceRouteTableAssociationAnswer {
    pub new_association_id: String,
    pub association_state: State,
}

/// `CreateRoute`, `ReplaceRoute` and `DeleteRoute`: which packets, and where to.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RouteRequest {
    pub route_table_id: String,
    pub destination_cidr_block: Option<String>,
    pub destination_ipv6_cidr_block: Option<String>,
    pub destination_prefix_list_id: Option<String>,
    pub gateway_id: Option<String>,
    pub instance_id: Option<String>,
    pub network_interface_id: Option<String>,
    pub nat_gateway_id: Option<String>,
    pub transit_gateway_id: Option<String>,
    pub vpc_peering_connection_id: Option<String>,
    pub egress_only_internet_gateway_id: Option<String>,
    pub vpc_endpoint_id: Option<String>,
}
