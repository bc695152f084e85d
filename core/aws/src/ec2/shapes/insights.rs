//! Reachability Analyzer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::common::{Ports, Selection};
use crate::ec2::tags::{Tag, TagSpecification};

#[derive(Clone, Default, Deserialize, Serialize, PartialEq, Eq, Debug)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PathFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_port_range: Option<FilterPorts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_port_range: Option<FilterPorts>,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize, PartialEq, Eq, Debug)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct FilterPorts {
    pub(crate) from_port: i32,
    pub(crate) to_port: i32,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateNetworkInsightsPathRequest {
    pub(crate) source: String,
    pub(crate) destination: Option<String>,
    pub(crate) source_ip: Option<String>,
    pub(crate) destination_ip: Option<String>,
    pub(crate) protocol: String,
    pub(crate) destination_port: Option<i64>,
    pub(crate) tag_specifications: Vec<TagSpecification>,
    pub(crate) client_token: Option<String>,
    pub(crate) filter_at_source: Option<PathFilter>,
    pub(crate) filter_at_destination: Option<PathFilter>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkInsightsPathAnswer {
    pub(crate) network_insights_path: NetworkInsightsPath,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkInsightsPath {
    pub(crate) network_insights_path_id: String,
    pub(crate) network_insights_path_arn: String,
    pub(crate) created_date: f64,
    pub(crate) source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination: Option<String>,
    pub(crate) source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_ip: Option<String>,
    pub(crate) protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_port: Option<u16>,
    pub(crate) tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filter_at_source: Option<PathFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filter_at_destination: Option<PathFilter>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeNetworkInsightsPathsRequest {
    pub(crate) network_insights_path_ids: Vec<String>,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeNetworkInsightsPathsAnswer {
    pub(crate) network_insights_paths: Vec<NetworkInsightsPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

/// `DeleteNetworkInsightsPath`, request and answer.
#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PathId {
    pub(crate) network_insights_path_id: String,
}

/// `DeleteNetworkInsightsAnalysis`, request and answer.
#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AnalysisId {
    pub(crate) network_insights_analysis_id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct StartNetworkInsightsAnalysisRequest {
    pub(crate) network_insights_path_id: String,
    pub(crate) filter_in_arns: Vec<String>,
    pub(crate) filter_out_arns: Vec<String>,
    pub(crate) tag_specifications: Vec<TagSpecification>,
    pub(crate) client_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkInsightsAnalysisAnswer {
    pub(crate) network_insights_analysis: NetworkInsightsAnalysis,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NetworkInsightsAnalysis {
    pub(crate) network_insights_analysis_id: String,
    pub(crate) network_insights_analysis_arn: String,
    pub(crate) network_insights_path_id: String,
    pub(crate) start_date: f64,
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_path_found: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) forward_path_components: Vec<PathComponent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) return_path_components: Vec<PathComponent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) explanations: Vec<Explanation>,
    pub(crate) tags: Vec<Tag>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeNetworkInsightsAnalysesRequest {
    pub(crate) network_insights_analysis_ids: Vec<String>,
    pub(crate) network_insights_path_id: Option<String>,
    pub(crate) analysis_start_time: Option<Value>,
    pub(crate) analysis_end_time: Option<Value>,
    #[serde(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeNetworkInsightsAnalysesAnswer {
    pub(crate) network_insights_analyses: Vec<NetworkInsightsAnalysis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Component {
    pub(crate) id: String,
    pub(crate) arn: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PathComponent {
    pub(crate) sequence_number: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) acl_rule: Option<AclRule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) component: Option<Component>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_table_route: Option<RouteTableRoute>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) security_group_rule: Option<GroupRule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnet: Option<Component>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vpc: Option<Component>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AclRule {
    pub(crate) cidr: String,
    pub(crate) egress: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port_range: Option<Ports>,
    pub(crate) protocol: String,
    pub(crate) rule_action: &'static str,
    pub(crate) rule_number: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RouteTableRoute {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_cidr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_prefix_list_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gateway_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_interface_id: Option<String>,
    pub(crate) origin: &'static str,
    pub(crate) state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GroupRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr: Option<String>,
    pub(crate) direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) security_group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port_range: Option<Ports>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prefix_list_id: Option<String>,
    pub(crate) protocol: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Explanation {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) acl: Option<Component>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) acl_rule: Option<AclRule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) component: Option<Component>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) direction: Option<&'static str>,
    pub(crate) explanation_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) internet_gateway: Option<Component>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network_interface: Option<Component>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_table_route: Option<RouteTableRoute>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_table: Option<Component>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) security_groups: Vec<Component>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subnet: Option<Component>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vpc: Option<Component>,
}
