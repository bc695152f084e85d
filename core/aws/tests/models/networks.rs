//! VPCs, subnets, security groups and network interfaces: each operation once, with all members.

use serde_json::{Value, json};

use super::bench::{Bench, at};

pub(crate) fn play(bench: &mut Bench) {
    let tags =
        |kind: &str| json!([{ "ResourceType": kind, "Tags": [{ "Key": "Name", "Value": "lab" }] }]);
    bench.ec2("DescribeRegions", json!({}));
    bench.ec2("DescribeAvailabilityZones", json!({}));
    let made = bench.ec2(
        "CreateVpc",
        json!({ "CidrBlock": "10.1.0.0/16", "AmazonProvidedIpv6CidrBlock": true,
            "TagSpecifications": tags("vpc") }),
    );
    let vpc = at(&made, "/Vpc/VpcId");
    let shown = bench.ec2("DescribeVpcs", json!({ "VpcIds": [vpc] }));
    bench.ec2("DescribeVpcs", json!({}));
    let block = at(
        &shown,
        "/Vpcs/0/Ipv6CidrBlockAssociationSet/0/Ipv6CidrBlock",
    );
    let block = block.replace("/56", "/64");
    for attribute in [
        "EnableDnsHostnames",
        "EnableDnsSupport",
        "EnableNetworkAddressUsageMetrics",
    ] {
        let change = json!({ "VpcId": vpc, attribute: { "Value": true } });
        bench.ec2("ModifyVpcAttribute", change);
        let named = attribute.replacen('E', "e", 1);
        bench.ec2(
            "DescribeVpcAttribute",
            json!({ "VpcId": vpc, "Attribute": named }),
        );
    }
    let subnet = json!({ "VpcId": vpc, "CidrBlock": "10.1.1.0/24", "Ipv6CidrBlock": block,
        "TagSpecifications": tags("subnet") });
    let subnet = at(&bench.ec2("CreateSubnet", subnet), "/Subnet/SubnetId");
    let change = json!({ "SubnetId": subnet, "MapPublicIpOnLaunch": { "Value": true } });
    bench.ec2("ModifySubnetAttribute", change);
    bench.ec2("DescribeSubnets", json!({ "MaxResults": 5 }));
    pages(bench, &vpc);
    let groups = security_groups(bench, &vpc, &tags("security-group"));
    interfaces(bench, &subnet, &groups, &tags("network-interface"));
    bench.ec2(
        "CreateTags",
        json!({ "Resources": [vpc], "Tags": [{ "Key": "a", "Value": "b" }] }),
    );
    bench.ec2("DescribeTags", json!({ "MaxResults": 5 }));
    bench.ec2(
        "DeleteTags",
        json!({ "Resources": [vpc], "Tags": [{ "Key": "a" }] }),
    );
    let other = bench.ec2("CreateVpc", json!({ "CidrBlock": "10.2.0.0/16" }));
    let other = at(&other, "/Vpc/VpcId");
    let subnet = json!({ "VpcId": other, "CidrBlock": "10.2.1.0/24" });
    let subnet = at(&bench.ec2("CreateSubnet", subnet), "/Subnet/SubnetId");
    bench.ec2("DeleteSubnet", json!({ "SubnetId": subnet }));
    bench.ec2("DeleteVpc", json!({ "VpcId": other }));
}

/// Makes more resources of each kind than one page holds.
fn pages(bench: &mut Bench, vpc: &str) {
    for number in 0..6 {
        let subnet = json!({ "VpcId": vpc, "CidrBlock": format!("10.1.{}.0/24", 100 + number) });
        let subnet = at(&bench.ec2("CreateSubnet", subnet), "/Subnet/SubnetId");
        bench.ec2("CreateNetworkAcl", json!({ "VpcId": vpc }));
        bench.ec2("CreateRouteTable", json!({ "VpcId": vpc }));
        let tags = json!([{ "Key": "Name", "Value": "lab" }]);
        bench.ec2("CreateTags", json!({ "Resources": [subnet], "Tags": tags }));
        let group = json!({ "GroupName": format!("g{number}"), "Description": "d", "VpcId": vpc });
        bench.ec2("CreateSecurityGroup", group);
        bench.ec2("CreateNetworkInterface", json!({ "SubnetId": subnet }));
    }
    for operation in [
        "DescribeSubnets",
        "DescribeNetworkAcls",
        "DescribeRouteTables",
        "DescribeSecurityGroups",
        "DescribeSecurityGroupRules",
        "DescribeNetworkInterfaces",
        "DescribeTags",
    ] {
        bench.ec2(operation, json!({ "MaxResults": 5 }));
    }
}

fn security_groups(bench: &mut Bench, vpc: &str, tags: &Value) -> [String; 2] {
    let mut group = |name: &str| {
        let params = json!({ "GroupName": name, "Description": name, "VpcId": vpc,
            "TagSpecifications": tags });
        at(&bench.ec2("CreateSecurityGroup", params), "/GroupId")
    };
    let (app, cluster) = (group("app"), group("cluster"));
    let rules = json!([{ "IpProtocol": "tcp", "FromPort": 2223, "ToPort": 2225,
        "IpRanges": [{ "CidrIp": "10.0.0.0/8", "Description": "a" }],
        "Ipv6Ranges": [{ "CidrIpv6": "2001:db8::/32", "Description": "b" }],
        "UserIdGroupPairs": [{ "GroupId": app, "Description": "c" }] }]);
    let tags = json!([{ "ResourceType": "security-group-rule",
        "Tags": [{ "Key": "Name", "Value": "lab" }] }]);
    let params = json!({ "GroupId": cluster, "IpPermissions": rules, "TagSpecifications": tags });
    let made = bench.ec2("AuthorizeSecurityGroupIngress", params.clone());
    bench.ec2("AuthorizeSecurityGroupEgress", params);
    bench.ec2("DescribeSecurityGroupRules", json!({}));
    bench.ec2("DescribeSecurityGroups", json!({}));
    let rule = at(&made, "/SecurityGroupRules/0/SecurityGroupRuleId");
    let update = json!([{ "SecurityGroupRuleId": rule, "SecurityGroupRule": { "IpProtocol": "tcp",
        "FromPort": 22, "ToPort": 22, "CidrIpv4": "203.0.113.25/32", "Description": "mine" } }]);
    bench.ec2(
        "ModifySecurityGroupRules",
        json!({ "GroupId": cluster, "SecurityGroupRules": update }),
    );
    let words = json!([{ "SecurityGroupRuleId": rule, "Description": "home" }]);
    let params = json!({ "GroupId": cluster, "SecurityGroupRuleDescriptions": words });
    bench.ec2("UpdateSecurityGroupRuleDescriptionsIngress", params);
    let egress = bench.ec2(
        "DescribeSecurityGroupRules",
        json!({ "Filters": [{ "Name": "group-id", "Values": [cluster] }] }),
    );
    let (mut ingress, mut outward) = (Vec::new(), Vec::new());
    for rule in egress["SecurityGroupRules"].as_array().unwrap() {
        let side = if rule["IsEgress"] == true {
            &mut outward
        } else {
            &mut ingress
        };
        side.push(rule["SecurityGroupRuleId"].clone());
    }
    let words = json!([{ "SecurityGroupRuleId": outward[0], "Description": "out" }]);
    let params = json!({ "GroupId": cluster, "SecurityGroupRuleDescriptions": words });
    bench.ec2("UpdateSecurityGroupRuleDescriptionsEgress", params);
    let params = json!({ "GroupId": cluster, "SecurityGroupRuleIds": ingress });
    bench.ec2("RevokeSecurityGroupIngress", params);
    let params = json!({ "GroupId": cluster, "SecurityGroupRuleIds": outward });
    bench.ec2("RevokeSecurityGroupEgress", params);
    // The default VPC accepts the removal of missing rules and lists them.
    for operation in ["RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"] {
        let groups = bench.ec2(
            "DescribeSecurityGroups",
            json!({ "Filters": [{ "Name": "group-name", "Values": ["default"] }] }),
        );
        let vpcs = bench.ec2("DescribeVpcs", json!({}));
        let home = vpcs["Vpcs"]
            .as_array()
            .unwrap()
            .iter()
            .find(|vpc| vpc["IsDefault"] == true);
        let home = home.unwrap()["VpcId"].clone();
        let all = groups["SecurityGroups"].as_array().unwrap();
        let own = all.iter().find(|group| group["VpcId"] == home).unwrap();
        let rule = json!([{ "IpProtocol": "tcp", "FromPort": 9, "ToPort": 9,
            "IpRanges": [{ "CidrIp": "10.0.0.0/8" }] }]);
        bench.ec2(
            operation,
            json!({ "GroupId": own["GroupId"], "IpPermissions": rule }),
        );
    }
    let gone = json!({ "GroupName": "gone", "Description": "gone", "VpcId": vpc });
    let gone = at(&bench.ec2("CreateSecurityGroup", gone), "/GroupId");
    bench.ec2("DeleteSecurityGroup", json!({ "GroupId": gone }));
    [app, cluster]
}

fn interfaces(bench: &mut Bench, subnet: &str, groups: &[String; 2], tags: &Value) {
    let params = json!({ "SubnetId": subnet, "Description": "second", "Groups": groups,
        "SecondaryPrivateIpAddressCount": 1, "Ipv6AddressCount": 1, "ClientToken": "token",
        "TagSpecifications": tags });
    let made = bench.ec2("CreateNetworkInterface", params);
    let id = at(&made, "/NetworkInterface/NetworkInterfaceId");
    for attribute in ["description", "groupSet", "sourceDestCheck", "attachment"] {
        let params = json!({ "NetworkInterfaceId": id, "Attribute": attribute });
        bench.ec2("DescribeNetworkInterfaceAttribute", params);
    }
    let change = json!({ "NetworkInterfaceId": id, "SourceDestCheck": { "Value": false } });
    bench.ec2("ModifyNetworkInterfaceAttribute", change);
    bench.ec2(
        "DescribeNetworkInterfaces",
        json!({ "NetworkInterfaceIds": [id] }),
    );
    bench.ec2(
        "DeleteNetworkInterface",
        json!({ "NetworkInterfaceId": id }),
    );
}
