//! The permission of each operation and the resources that it applies to: the Service Authorization
//! Reference as a table, for the operations of the lab.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::condition::Keys;
use super::linked_role::linked_service;
use hsmlab_api::ACCOUNT_ID;

/// The IAM action of an operation and the ARNs of the affected resources; an empty list means `*`.
///
/// `service` is the command line's name (`cloudhsmv2`), `operation` the model's (`CreateHsm`).
#[must_use]
pub fn action_and_resources(
    service: &str,
    operation: &str,
    params: &Value,
    region: &str,
) -> (String, Vec<String>) {
    let prefix = prefix(service);
    let resources = match service {
        "cloudhsmv2" => cloudhsm(operation, params, region),
        "iam" => iam(operation, params),
        "sts" => match operation {
            "AssumeRole" => text(params, "RoleArn")
                .map(str::to_owned)
                .into_iter()
                .collect(),
            _ => Vec::new(),
        },
        "ec2" => ec2(operation, params, region),
        "kms" => kms(operation, params, region),
        "logs" => logs(params, region),
        _ => Vec::new(),
    };
    (format!("{prefix}:{operation}"), resources)
}

/// The prefix of a service's actions: `cloudhsm` for `cloudhsmv2`.
#[must_use]
pub fn prefix(service: &str) -> &str {
    match service {
        "cloudhsmv2" => "cloudhsm",
        other => other,
    }
}

fn text<'a>(params: &'a Value, member: &str) -> Option<&'a str> {
    params.get(member).and_then(Value::as_str)
}

fn texts<'a>(params: &'a Value, member: &str) -> Vec<&'a str> {
    let list = params.get(member).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Service Authorization Reference, "Actions, resources, and condition keys for AWS `CloudHSM`".
fn cloudhsm(operation: &str, params: &Value, region: &str) -> Vec<String> {
    let arn = |kind: &str, id: &str| {
        if id.starts_with("arn:") {
            id.to_owned()
        } else {
            format!("arn:aws:cloudhsm:{region}:{ACCOUNT_ID}:{kind}/{id}")
        }
    };
    let named = match operation {
        "CreateCluster" => text(params, "SourceBackupId").map(|id| arn("backup", id)),
        "CreateHsm" | "DeleteCluster" | "InitializeCluster" | "ModifyCluster" => {
            text(params, "ClusterId").map(|id| arn("cluster", id))
        }
        "CopyBackupToRegion" | "DeleteBackup" | "RestoreBackup" | "ModifyBackupAttributes" => {
            text(params, "BackupId").map(|id| arn("backup", id))
        }
        "ListTags" | "TagResource" | "UntagResource" => text(params, "ResourceId").map(|id| {
            let kind = if id.starts_with("backup") {
                "backup"
            } else {
                "cluster"
            };
            arn(kind, id)
        }),
        "GetResourcePolicy" | "PutResourcePolicy" | "DeleteResourcePolicy" => {
            text(params, "ResourceArn").map(|id| arn("backup", id))
        }
        // DeleteHsm and the Describe operations have no resource.
        _ => None,
    };
    named.into_iter().collect()
}

/// IAM's resources have no region. An operation on a list has no resource.
fn iam(operation: &str, params: &Value) -> Vec<String> {
    let path = text(params, "Path").unwrap_or("/");
    let arn = |kind: &str, name: &str| super::state::arn(kind, path, name);
    if let Some(policy) = text(params, "PolicyArn")
        && !operation.starts_with("Attach")
        && !operation.starts_with("Detach")
    {
        return vec![policy.to_owned()];
    }
    if operation == "CreateServiceLinkedRole" {
        let service = text(params, "AWSServiceName").unwrap_or_default();
        let role = linked_service(service).map_or("*", |linked| linked.role);
        return vec![super::state::arn(
            "role",
            &format!("/aws-service-role/{service}/"),
            role,
        )];
    }
    if operation == "SimulatePrincipalPolicy" {
        return text(params, "PolicySourceArn")
            .map(str::to_owned)
            .into_iter()
            .collect();
    }
    let named = [
        ("InstanceProfileName", "instance-profile"),
        ("RoleName", "role"),
        ("GroupName", "group"),
        ("UserName", "user"),
    ];
    for (member, kind) in named {
        if let Some(name) = text(params, member) {
            return vec![arn(kind, name)];
        }
    }
    match (operation, text(params, "PolicyName")) {
        ("CreatePolicy", Some(name)) => vec![arn("policy", name)],
        _ => Vec::new(),
    }
}

/// The members of EC2 requests that name resources, with the resource type in their ARN.
const EC2_MEMBERS: [(&str, &str); 26] = [
    ("VpcId", "vpc"),
    ("SubnetId", "subnet"),
    ("InternetGatewayId", "internet-gateway"),
    ("GatewayId", "internet-gateway"),
    ("RouteTableId", "route-table"),
    ("NetworkAclId", "network-acl"),
    ("GroupId", "security-group"),
    ("NetworkInterfaceId", "network-interface"),
    ("InstanceId", "instance"),
    ("InstanceIds", "instance"),
    ("Groups", "security-group"),
    ("SecurityGroupIds", "security-group"),
    ("SecurityGroupRuleIds", "security-group-rule"),
    ("ImageId", "image"),
    ("KeyName", "key-pair"),
    ("KeyPairId", "key-pair"),
    ("AllocationId", "elastic-ip"),
    ("NatGatewayId", "natgateway"),
    ("VpcPeeringConnectionId", "vpc-peering-connection"),
    ("NetworkInsightsPathId", "network-insights-path"),
    ("NetworkInsightsAnalysisId", "network-insights-analysis"),
    ("PrefixListId", "prefix-list"),
    ("FlowLogIds", "vpc-flow-log"),
    ("DhcpOptionsId", "dhcp-options"),
    ("Resources", ""),
    ("PeerVpcId", "vpc"),
];

/// The resource types that an EC2 operation creates.
pub(super) fn ec2_made(operation: &str) -> &'static [&'static str] {
    match operation {
        "RunInstances" => &["instance", "network-interface", "volume"],
        "CreateVpc" => &["vpc"],
        "CreateSubnet" => &["subnet"],
        "CreateInternetGateway" => &["internet-gateway"],
        "CreateRouteTable" => &["route-table"],
        "CreateNetworkAcl" => &["network-acl"],
        "CreateSecurityGroup" => &["security-group"],
        "CreateNetworkInterface" => &["network-interface"],
        "CreateNatGateway" => &["natgateway"],
        "CreateNetworkInsightsPath" => &["network-insights-path"],
        "StartNetworkInsightsAnalysis" => &["network-insights-analysis"],
        "AllocateAddress" => &["elastic-ip"],
        _ => &[],
    }
}

fn ec2(operation: &str, params: &Value, region: &str) -> Vec<String> {
    // Most Describe and Get operations have no resource-level permissions.
    if operation.starts_with("Describe") && operation != "DescribeInstanceAttribute" {
        return Vec::new();
    }
    let arn = |kind: &str, id: &str| {
        // The ARNs of Amazon's images contain no account.
        let account = if kind == "image" { "" } else { ACCOUNT_ID };
        format!("arn:aws:ec2:{region}:{account}:{kind}/{id}")
    };
    let mut found: Vec<String> = ec2_made(operation)
        .iter()
        .map(|kind| arn(kind, "*"))
        .collect();
    for (member, kind) in EC2_MEMBERS {
        let ids = text(params, member)
            .into_iter()
            .chain(texts(params, member));
        for id in ids {
            let kind = if kind.is_empty() { ec2_kind(id) } else { kind };
            found.push(arn(kind, id));
        }
    }
    found
}

/// The resource type of an id, for example `vpc` for `vpc-0a1b2c3d`.
#[must_use]
pub fn ec2_kind(id: &str) -> &'static str {
    let prefix = id.rsplit_once('-').map_or(id, |(prefix, _)| prefix);
    match prefix {
        "vpc" => "vpc",
        "subnet" => "subnet",
        "igw" => "internet-gateway",
        "rtb" => "route-table",
        "acl" => "network-acl",
        "sg" => "security-group",
        "sgr" => "security-group-rule",
        "eni" => "network-interface",
        "i" => "instance",
        "vol" => "volume",
        "key" => "key-pair",
        "ami" => "image",
        "eipalloc" => "elastic-ip",
        "nat" => "natgateway",
        "nip" => "network-insights-path",
        "nia" => "network-insights-analysis",
        "pl" => "prefix-list",
        "dopt" => "dhcp-options",
        _ => "*",
    }
}

fn kms(operation: &str, params: &Value, region: &str) -> Vec<String> {
    let no_resource = ["CreateKey", "ListKeys", "ListAliases", "GenerateRandom"];
    if no_resource.contains(&operation) || operation.contains("CustomKeyStore") {
        return Vec::new();
    }
    let arn = |id: &str| {
        if id.starts_with("arn:") {
            id.to_owned()
        } else if id.starts_with("alias/") {
            format!("arn:aws:kms:{region}:{ACCOUNT_ID}:{id}")
        } else {
            format!("arn:aws:kms:{region}:{ACCOUNT_ID}:key/{id}")
        }
    };
    let members = [
        "AliasName",
        "KeyId",
        "TargetKeyId",
        "SourceKeyId",
        "DestinationKeyId",
    ];
    members
        .iter()
        .filter_map(|member| text(params, member))
        .map(arn)
        .collect()
}

fn logs(params: &Value, region: &str) -> Vec<String> {
    let members = ["logGroupName", "logGroupIdentifier"];
    let named = members.iter().find_map(|member| text(params, member));
    let arn = |name: &str| format!("arn:aws:logs:{region}:{ACCOUNT_ID}:log-group:{name}:*");
    named.map(arn).into_iter().collect()
}

/// The tags that a request sets on new or existing resources.
#[must_use]
pub fn request_tags(params: &Value) -> BTreeMap<String, String> {
    let specifications = params.get("TagSpecifications").and_then(Value::as_array);
    let nested = specifications
        .into_iter()
        .flatten()
        .filter_map(|each| each.get("Tags"));
    let lists = ["Tags", "TagList"]
        .iter()
        .filter_map(|member| params.get(*member))
        .chain(nested);
    lists
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|tag| {
            let key = text(tag, "Key").or_else(|| text(tag, "TagKey"))?;
            let value = text(tag, "Value")
                .or_else(|| text(tag, "TagValue"))
                .unwrap_or_default();
            Some((key.to_owned(), value.to_owned()))
        })
        .collect()
}

/// The keys of the tags that a request removes.
#[must_use]
pub fn untag_keys(operation: &str, params: &Value) -> BTreeSet<String> {
    if operation == "DeleteTags" {
        return request_tags(params).into_keys().collect();
    }
    let lists = ["TagKeys", "TagKeyList"]
        .iter()
        .flat_map(|member| texts(params, member));
    lists.map(str::to_owned).collect()
}

/// The service-specific condition keys that a request sets.
#[must_use]
pub fn service_keys(service: &str, operation: &str, params: &Value) -> Keys {
    let table: &[(&str, &str)] = match (service, operation) {
        ("iam", "CreateServiceLinkedRole") => &[("AWSServiceName", "iam:AWSServiceName")],
        ("iam", "CreateUser" | "CreateRole") => {
            &[("PermissionsBoundary", "iam:PermissionsBoundary")]
        }
        ("iam", _) => &[("PolicyArn", "iam:PolicyARN")],
        ("sts", "AssumeRole") => &[
            ("ExternalId", "sts:ExternalId"),
            ("RoleSessionName", "sts:RoleSessionName"),
        ],
        ("ec2", "RunInstances") => &[("InstanceType", "ec2:InstanceType")],
        _ => &[],
    };
    let mut keys = Keys::default();
    for (member, key) in table {
        if let Some(value) = text(params, member) {
            keys.set(key, value);
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn table() {
        let table = [
            (
                "cloudhsmv2",
                "DescribeClusters",
                json!({}),
                "cloudhsm:DescribeClusters",
                vec![],
            ),
            (
                "cloudhsmv2",
                "CreateHsm",
                json!({"ClusterId": "cluster-igklspoyj5v"}),
                "cloudhsm:CreateHsm",
                vec!["arn:aws:cloudhsm:us-west-2:111122223333:cluster/cluster-igklspoyj5v"],
            ),
            (
                "cloudhsmv2",
                "TagResource",
                json!({"ResourceId": "backup-ro5c4er4aac"}),
                "cloudhsm:TagResource",
                vec!["arn:aws:cloudhsm:us-west-2:111122223333:backup/backup-ro5c4er4aac"],
            ),
            (
                "cloudhsmv2",
                "DeleteHsm",
                json!({"ClusterId": "cluster-igklspoyj5v"}),
                "cloudhsm:DeleteHsm",
                vec![],
            ),
            (
                "iam",
                "CreateServiceLinkedRole",
                json!({"AWSServiceName": "cloudhsm.amazonaws.com"}),
                "iam:CreateServiceLinkedRole",
                vec![
                    "arn:aws:iam::111122223333:role/aws-service-role/cloudhsm.amazonaws.com/AWSServiceRoleForCloudHSM",
                ],
            ),
            (
                "iam",
                "AttachUserPolicy",
                json!({"UserName": "alice", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
                "iam:AttachUserPolicy",
                vec!["arn:aws:iam::111122223333:user/alice"],
            ),
            (
                "ec2",
                "CreateTags",
                json!({"Resources": ["vpc-0a", "i-0b"]}),
                "ec2:CreateTags",
                vec![
                    "arn:aws:ec2:us-west-2:111122223333:vpc/vpc-0a",
                    "arn:aws:ec2:us-west-2:111122223333:instance/i-0b",
                ],
            ),
            (
                "ec2",
                "DescribeVpcs",
                json!({"VpcIds": ["vpc-0a"]}),
                "ec2:DescribeVpcs",
                vec![],
            ),
            (
                "kms",
                "Encrypt",
                json!({"KeyId": "alias/a"}),
                "kms:Encrypt",
                vec!["arn:aws:kms:us-west-2:111122223333:alias/a"],
            ),
        ];
        for (service, operation, params, action, resources) in table {
            let found = action_and_resources(service, operation, &params, "us-west-2");
            let resources: Vec<String> = resources.into_iter().map(str::to_owned).collect();
            assert_eq!(
                found,
                (action.to_owned(), resources),
                "{service} {operation}"
            );
        }
    }
}
