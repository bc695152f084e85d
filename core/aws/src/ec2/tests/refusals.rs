//! Refusals: the code and the message of each.

use serde_json::{Value, json};

use super::Desk;

/// A row: operation, parameters, code, message.
type Row = (&'static str, Value, &'static str, &'static str);

fn check(desk: &mut Desk, rows: &[Row]) {
    for (operation, params, code, message) in rows {
        let (own_code, own_message) = desk.refusal(operation, params.clone());
        assert_eq!(
            (own_code.as_str(), own_message.as_str()),
            (*code, *message),
            "{params}"
        );
    }
}

#[test]
fn unknown_and_malformed_ids() {
    let mut desk = Desk::new();
    check(
        &mut desk,
        &[
            (
                "DeleteVpc",
                json!({"VpcId": "vpc-0deadbeef00000000"}),
                "InvalidVpcID.NotFound",
                "The vpc ID 'vpc-0deadbeef00000000' does not exist",
            ),
            (
                "DescribeVpcs",
                json!({"VpcIds": ["vpc-0deadbeef00000000", "vpc-0deadbeef00000001"]}),
                "InvalidVpcID.NotFound",
                "The vpc IDs 'vpc-0deadbeef00000000, vpc-0deadbeef00000001' do not exist",
            ),
            (
                "DescribeVpcs",
                json!({"VpcIds": ["foo"]}),
                "InvalidVpcID.Malformed",
                "Invalid id: \"foo\" (expecting \"vpc-...\")",
            ),
            (
                "DescribeSubnets",
                json!({"SubnetIds": ["subnet-xyz"]}),
                "InvalidSubnetID.Malformed",
                "Invalid id: \"subnet-xyz\"",
            ),
            (
                "DeleteSubnet",
                json!({"SubnetId": "subnet-0deadbeef00000000"}),
                "InvalidSubnetID.NotFound",
                "The subnet ID 'subnet-0deadbeef00000000' does not exist",
            ),
            (
                "DeleteSecurityGroup",
                json!({"GroupId": "sg-0deadbeef00000000"}),
                "InvalidGroup.NotFound",
                "The security group 'sg-0deadbeef00000000' does not exist",
            ),
            (
                "DeleteInternetGateway",
                json!({"InternetGatewayId": "igw-0deadbeef00000000"}),
                "InvalidInternetGatewayID.NotFound",
                "The internetGateway ID 'igw-0deadbeef00000000' does not exist",
            ),
            (
                "DeleteRouteTable",
                json!({"RouteTableId": "rtb-0deadbeef00000000"}),
                "InvalidRouteTableID.NotFound",
                "The routeTable ID 'rtb-0deadbeef00000000' does not exist",
            ),
            (
                "DeleteNetworkInterface",
                json!({"NetworkInterfaceId": "eni-0deadbeef00000000"}),
                "InvalidNetworkInterfaceID.NotFound",
                "The networkInterface ID 'eni-0deadbeef00000000' does not exist",
            ),
            (
                "DeleteNetworkAcl",
                json!({"NetworkAclId": "acl-0deadbeef00000000"}),
                "InvalidNetworkAclID.NotFound",
                "The network acl ID 'acl-0deadbeef00000000' does not exist",
            ),
            (
                "DescribeVpcs",
                json!({"Filters": [{"Name": "vpcid", "Values": ["x"]}]}),
                "InvalidParameterValue",
                "The filter 'vpcid' is invalid",
            ),
            (
                "DescribeVpcs",
                json!({"MaxResults": 1}),
                "InvalidParameterValue",
                "Value ( 1 ) for parameter maxResults is invalid. Expecting a value greater than 5.",
            ),
        ],
    );
}

#[test]
fn addresses() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    desk.subnet(&vpc, "10.0.1.0/24");
    let subnet = |cidr: &str| json!({"VpcId": vpc, "CidrBlock": cidr});
    check(
        &mut desk,
        &[
            (
                "CreateVpc",
                json!({"CidrBlock": "10.0.0.0/8"}),
                "InvalidVpc.Range",
                "The CIDR '10.0.0.0/8' is invalid.",
            ),
            (
                "CreateVpc",
                json!({}),
                "MissingParameter",
                "The request must contain the parameter cidrBlock",
            ),
            (
                "CreateSubnet",
                subnet("10.1.1.0/24"),
                "InvalidSubnet.Range",
                "The CIDR '10.1.1.0/24' is invalid.",
            ),
            (
                "CreateSubnet",
                subnet("10.0.2.0/29"),
                "InvalidSubnet.Range",
                "The CIDR '10.0.2.0/29' is invalid.",
            ),
            (
                "CreateSubnet",
                subnet("10.0.1.0/25"),
                "InvalidSubnet.Conflict",
                "The CIDR '10.0.1.0/25' conflicts with another subnet",
            ),
            (
                "CreateSubnet",
                subnet("10.0.1.0/33"),
                "InvalidParameterValue",
                "Value (10.0.1.0/33) for parameter cidrBlock is invalid. This is not a valid CIDR \
                 block.",
            ),
            (
                "CreateSubnet",
                json!({"VpcId": vpc, "CidrBlock": "10.0.3.0/24", "AvailabilityZone": "us-west-2x"}),
                "InvalidParameterValue",
                "Value (us-west-2x) for parameter availabilityZone is invalid. Subnets can currently \
                 only be created in the following availability zones: us-west-2a, us-west-2b, \
                 us-west-2c, us-west-2d.",
            ),
        ],
    );
    let (code, message) = desk.refusal("DeleteVpc", json!({"VpcId": vpc}));
    assert_eq!(code, "DependencyViolation");
    assert_eq!(
        message,
        format!("The vpc '{vpc}' has dependencies and cannot be deleted.")
    );
    for _ in 0..3 {
        desk.vpc();
    }
    check(
        &mut desk,
        &[(
            "CreateVpc",
            json!({"CidrBlock": "10.0.0.0/16"}),
            "VpcLimitExceeded",
            "The maximum number of VPCs has been reached.",
        )],
    );
}

#[test]
fn groups_and_rules() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    let group = desk.group(&vpc, "lab");
    let create = |name: &str| json!({"GroupName": name, "Description": "d", "VpcId": vpc});
    let rule = |permission: Value| json!({"GroupId": group, "IpPermissions": [permission]});
    let exists = format!("The security group 'lab' already exists for VPC '{vpc}'");
    assert_eq!(desk.refusal("CreateSecurityGroup", create("lab")).1, exists);
    let ingress = "AuthorizeSecurityGroupIngress";
    let value = "InvalidParameterValue";
    check(
        &mut desk,
        &[
            (
                "CreateSecurityGroup",
                create("sg-lab"),
                value,
                "Value (sg-lab) for parameter GroupName is invalid. Group names may not be in the \
                 format sg-*.",
            ),
            (
                ingress,
                rule(json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22})),
                "MissingParameter",
                "Missing source specification: include source security group or CIDR information",
            ),
            (
                ingress,
                rule(json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
                    "IpRanges": [{"CidrIp": "1.2.3.4"}]})),
                value,
                "CIDR block 1.2.3.4 is malformed",
            ),
            (
                ingress,
                rule(json!({"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "1.2.3.4/32"}]})),
                value,
                "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
            ),
            (
                ingress,
                rule(json!({"IpProtocol": "-1",
                    "IpRanges": [{"CidrIp": "1.2.3.4/32"}, {"CidrIp": "1.2.3.4/32"}]})),
                value,
                "The same permission must not appear multiple times",
            ),
            (
                "AuthorizeSecurityGroupEgress",
                rule(json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]})),
                "InvalidPermission.Duplicate",
                "the specified rule \"peer: 0.0.0.0/0, ALL, ALLOW\" already exists",
            ),
        ],
    );
    let filter = json!([{"Name": "group-name", "Values": ["default"]},
        {"Name": "vpc-id", "Values": [vpc]}]);
    let shown = desk.call("DescribeSecurityGroups", json!({"Filters": filter}));
    let default = super::text(&shown["SecurityGroups"][0]["GroupId"]);
    assert_eq!(
        desk.refusal("DeleteSecurityGroup", json!({"GroupId": default}))
            .1,
        format!("the specified group: \"{default}\" name: \"default\" cannot be deleted by a user")
    );
    let ranges: Vec<Value> = (0..61)
        .map(|number| json!({"CidrIp": format!("10.9.{number}.0/24")}))
        .collect();
    let (code, _) = desk.refusal(
        ingress,
        rule(json!({"IpProtocol": "-1", "IpRanges": ranges})),
    );
    assert_eq!(code, "RulesPerSecurityGroupLimitExceeded");
    // A group of another VPC is not allowed as a peer.
    let other = desk.vpc();
    let foreign = desk.group(&other, "foreign");
    let pairs = json!([{"GroupId": foreign}]);
    let (code, _) = desk.refusal(
        ingress,
        rule(json!({"IpProtocol": "-1", "UserIdGroupPairs": pairs})),
    );
    assert_eq!(code, "InvalidGroup.NotFound");
}

#[test]
fn gateways() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    let answer = desk.call("CreateInternetGateway", json!({}));
    let gateway = super::text(&answer["InternetGateway"]["InternetGatewayId"]);
    let params = json!({"InternetGatewayId": gateway, "VpcId": vpc});
    assert_eq!(
        desk.refusal("DetachInternetGateway", params.clone()),
        (
            "Gateway.NotAttached".to_owned(),
            format!("resource {gateway} is not attached to network {vpc}")
        )
    );
    desk.call("AttachInternetGateway", params.clone());
    assert_eq!(
        desk.refusal("AttachInternetGateway", params),
        (
            "Resource.AlreadyAssociated".to_owned(),
            format!("resource {gateway} is already attached to network {vpc}")
        )
    );
    let (code, _) = desk.refusal(
        "DeleteInternetGateway",
        json!({"InternetGatewayId": gateway}),
    );
    assert_eq!(code, "DependencyViolation");
}
