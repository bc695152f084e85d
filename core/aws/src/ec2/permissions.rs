//! The permissions of EC2's operations (Service Authorization Reference, "Actions, resources, and
//! condition keys for Amazon EC2"), and EC2's words for a denial.

use serde_json::Value;

use super::encoded;
use crate::iam::{Context, Denial, Iam};
use crate::params::{text, texts};
use crate::request::Request;
use hsmlab_api::{ACCOUNT_ID, ServiceError};

/// The members of EC2 requests that name resources, with the resource type in their ARN.
const MEMBERS: [(&str, &str); 26] = [
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
fn made(operation: &str) -> &'static [&'static str] {
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

/// The ARNs of the resources of a request.
pub(crate) fn resources(request: &Request<'_>) -> Vec<String> {
    let Request {
        operation,
        params,
        region,
        ..
    } = *request;
    // Most Describe and Get operations have no resource-level permissions.
    if operation.starts_with("Describe") && operation != "DescribeInstanceAttribute" {
        return Vec::new();
    }
    let arn = |kind: &str, id: &str| {
        // The ARNs of Amazon's images contain no account.
        let account = if kind == "image" { "" } else { ACCOUNT_ID };
        format!("arn:aws:ec2:{region}:{account}:{kind}/{id}")
    };
    let mut found: Vec<String> = made(operation).iter().map(|kind| arn(kind, "*")).collect();
    for (member, kind) in MEMBERS {
        let ids = text(params, member)
            .into_iter()
            .chain(texts(params, member));
        for id in ids {
            let kind = if kind.is_empty() { kind_of(id) } else { kind };
            found.push(arn(kind, id));
        }
    }
    found
}

/// The resource type of an id, for example `vpc` for `vpc-0a1b2c3d`.
fn kind_of(id: &str) -> &'static str {
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

/// The members of an operation's requests that set condition keys, each with its key.
pub(crate) fn keys(operation: &str) -> &'static [(&'static str, &'static str)] {
    match operation {
        "RunInstances" => &[("InstanceType", "ec2:InstanceType")],
        _ => &[],
    }
}

/// Checks the permissions of a call besides the one for the operation: to tag new resources, and to
/// pass a role.
pub(crate) fn further(iam: &Iam, request: &Request<'_>, context: &Context) -> Result<(), Denial> {
    let Request {
        operation,
        params,
        region,
        principal,
        ..
    } = *request;
    if params.get("TagSpecifications").is_some() && !operation.starts_with("Describe") {
        // "Grant permission to tag Amazon EC2 resources during creation", EC2 user guide.
        let kind = made(operation).first().copied().unwrap_or("*");
        let new = format!("arn:aws:ec2:{region}:{}:{kind}/*", hsmlab_api::ACCOUNT_ID);
        let mut context = context.clone();
        context.service_keys.set("ec2:CreateAction", operation);
        iam.authorize(principal, "ec2:CreateTags", &[new], &context)?;
    }
    let given = params.get("IamInstanceProfile");
    let named = given.and_then(|given| given.get("Arn").or_else(|| given.get("Name")));
    let profile = named
        .and_then(Value::as_str)
        .and_then(|name| iam.find_instance_profile(name));
    match profile.and_then(|(arn, _)| iam.instance_profile_role_arn(&arn)) {
        Some(role) => iam.authorize_pass_role(principal, &role, "ec2.amazonaws.com", context),
        None => Ok(()),
    }
}

/// Words a denial. If the call changes something, EC2 adds an encoded copy of the decision, which
/// `sts decode-authorization-message` decodes.
pub(crate) fn denied(denial: &Denial) -> ServiceError {
    let read_only =
        denial.action.starts_with("ec2:Describe") || denial.action.starts_with("ec2:Get");
    let mut message = format!(
        "You are not authorized to perform this operation. {}",
        denial.message()
    );
    if !read_only {
        message += ". Encoded authorization failure message: ";
        message += &encoded::encode(denial);
    }
    denial.refusal("UnauthorizedOperation", 403, message)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use serde_json::json;

    use super::*;
    use crate::iam::evaluate::{Reason, Source};
    use crate::request::Principal;

    #[test]
    fn operations_name_their_resources() {
        let table = [
            (
                "CreateTags",
                json!({"Resources": ["vpc-0a", "i-0b"]}),
                vec![
                    "arn:aws:ec2:us-west-2:111122223333:vpc/vpc-0a",
                    "arn:aws:ec2:us-west-2:111122223333:instance/i-0b",
                ],
            ),
            ("DescribeVpcs", json!({"VpcIds": ["vpc-0a"]}), vec![]),
        ];
        let principal = Principal {
            arn: "arn:aws:iam::111122223333:user/alice".into(),
            user_id: "AIDA".into(),
        };
        for (operation, params, expected) in table {
            let request = Request {
                operation,
                params: &params,
                region: "us-west-2",
                principal: &principal,
                source_ip: IpAddr::from([203, 0, 113, 5]),
            };
            assert_eq!(resources(&request), expected, "{operation}");
        }
    }

    #[test]
    fn a_denial_can_be_decoded() {
        let denial = Denial {
            principal: "arn:aws:iam::111122223333:user/alice".into(),
            action: "ec2:RunInstances".into(),
            resource: "arn:aws:ec2:us-east-1:111122223333:instance/*".into(),
            reason: Reason::Implicit(Source::Identity),
        };
        let error = denied(&denial);
        assert_eq!(
            (error.code.as_str(), error.http_status),
            ("UnauthorizedOperation", 403)
        );
        let (_, encoded) = error
            .message
            .split_once("Encoded authorization failure message: ")
            .unwrap();
        let decoded = encoded::tests::decode(encoded).unwrap();
        assert_eq!(decoded["context"]["action"], "ec2:RunInstances");
    }
}
