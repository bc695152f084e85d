//! Internet gateways and route tables.

use serde::{Deserialize, Serialize};

use super::common::{Selection, State};
use crate::ec2::tags::{Tag, TagSpecification};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateInternetGatewayRequest {
    pub(crate) tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InternetGateway {
    pub(crate) attachments: Vec<InternetGatewayAttachment>,
    pub(crate) internet_gateway_id: String,
    pub(crate) owner_id: &'static str,
    pub(crate) tags: Vec<Tag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InternetGatewayAttachment {
    pub(crate) state: &'static str,
    pub(crate) vpc_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InternetGatewayAnswer {
    pub(crate) internet_gateway: InternetGateway,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AttachInternetGatewayRequest {
    pub(crate) internet_gateway_id: String,
    pub(crate) vpc_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct InternetGatewayIdRequest {
    pub(crate) internet_gateway_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeInternetGatewaysRequest {
    pub(crate) internet_gateway_ids: Vec<String>,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeInternetGatewaysAnswer {
    pub(crate) internet_gateways: Vec<InternetGateway>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateRouteTableRequest {
    pub(crate) vpc_id: String,
    pub(crate) client_token: Option<String>,
    pub(crate) tag_specifications: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RouteTableAnswer {
    pub(crate) route_table: RouteTable,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RouteTable {
    pub(crate) associations: Vec<RouteTableAssociation>,
    pub(crate) propagating_vgws: [(); 0],
    pub(crate) route_table_id: String,
    pub(crate) routes: Vec<Route>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) vpc_id: String,
    pub(crate) owner_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RouteTableAssociation {
    pub(crate) main: bool,
    pub(crate) route_table_association_id: String,
    pub(crate) route_table_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnet_id: Option<String>,
    pub(crate) association_state: State,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Route {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_ipv6_cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_prefix_list_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gateway_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance_owner_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_interface_id: Option<String>,
    pub(crate) origin: &'static str,
    pub(crate) state: &'static str,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeRouteTablesRequest {
    pub(crate) route_table_ids: Vec<String>,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeRouteTablesAnswer {
    pub(crate) route_tables: Vec<RouteTable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RouteTableIdRequest {
    pub(crate) route_table_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AssociateRouteTableRequest {
    pub(crate) route_table_id: String,
    pub(crate) subnet_id: Option<String>,
    pub(crate) gateway_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssociateRouteTableAnswer {
    pub(crate) association_id: String,
    pub(crate) association_state: State,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ReplaceRouteTableAssociationRequest {
    pub(crate) association_id: String,
    pub(crate) route_table_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReplaceRouteTableAssociationAnswer {
    pub(crate) new_association_id: String,
    pub(crate) association_state: State,
}

/// `CreateRoute`, `ReplaceRoute` and `DeleteRoute`: the destination and the target.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RouteRequest {
    pub(crate) route_table_id: String,
    pub(crate) destination_cidr_block: Option<String>,
    pub(crate) destination_ipv6_cidr_block: Option<String>,
    pub(crate) destination_prefix_list_id: Option<String>,
    pub(crate) gateway_id: Option<String>,
    pub(crate) instance_id: Option<String>,
    pub(crate) network_interface_id: Option<String>,
    pub(crate) nat_gateway_id: Option<String>,
    pub(crate) transit_gateway_id: Option<String>,
    pub(crate) vpc_peering_connection_id: Option<String>,
    pub(crate) egress_only_internet_gateway_id: Option<String>,
    pub(crate) vpc_endpoint_id: Option<String>,
}
