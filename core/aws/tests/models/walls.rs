//! The obstacles that Reachability Analyzer can name, one after another on the same path, and the path's
//! components once they are gone.

use serde_json::{Value, json};

use super::bench::{Bench, at};
use super::compute::IMAGE;

pub(crate) fn play(bench: &mut Bench) {
    let vpc = at(
        &bench.ec2("CreateVpc", json!({ "CidrBlock": "10.4.0.0/16" })),
        "/Vpc/VpcId",
    );
    let subnet = json!({ "VpcId": vpc, "CidrBlock": "10.4.1.0/24" });
    let subnet = at(&bench.ec2("CreateSubnet", subnet), "/Subnet/SubnetId");
    let groups = json!({ "Filters": [{ "Name": "vpc-id", "Values": [vpc] }] });
    let own = at(
        &bench.ec2("DescribeSecurityGroups", groups),
        "/SecurityGroups/0/GroupId",
    );
    let mut interface = || {
        let made = bench.ec2("CreateNetworkInterface", json!({ "SubnetId": subnet }));
        at(&made, "/NetworkInterface/NetworkInterfaceId")
    };
    let (near, router) = (interface(), interface());
    // A detached interface sends nothing.
    let path = json!({ "Source": near, "DestinationIp": "198.51.100.7", "Protocol": "tcp" });
    let made = bench.ec2("CreateNetworkInsightsPath", path);
    let path = made["NetworkInsightsPath"]["NetworkInsightsPathId"].clone();
    bench.ec2(
        "StartNetworkInsightsAnalysis",
        json!({ "NetworkInsightsPathId": path }),
    );
    bench.pass(10);
    bench.ec2("DescribeNetworkInsightsAnalyses", json!({}));
    let launch = json!({ "ImageId": IMAGE, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1,
        "NetworkInterfaces": [{ "DeviceIndex": 0, "NetworkInterfaceId": near }] });
    bench.ec2("RunInstances", launch);
    bench.pass(10);
    let list = json!({ "PrefixListName": "outside", "AddressFamily": "IPv4", "MaxEntries": 1,
        "Entries": [{ "Cidr": "198.51.100.0/24" }] });
    let list = at(
        &bench.ec2("CreateManagedPrefixList", list),
        "/PrefixList/PrefixListId",
    );
    let path = json!({ "Source": near, "DestinationIp": "198.51.100.7", "DestinationPort": 443,
        "Protocol": "tcp" });
    let made = bench.ec2("CreateNetworkInsightsPath", path);
    let path = at(&made, "/NetworkInsightsPath/NetworkInsightsPathId");
    let try_it = |bench: &mut Bench| {
        bench.ec2(
            "StartNetworkInsightsAnalysis",
            json!({ "NetworkInsightsPathId": path }),
        );
        bench.pass(60);
        let own = json!({ "NetworkInsightsPathId": path });
        bench.ec2("DescribeNetworkInsightsAnalyses", own);
    };
    rules(bench, &own, &list);
    try_it(bench);
    no_route(bench, &vpc, &subnet, &router, &list, &try_it);
    let made = bench.ec2("AllocateAddress", json!({}));
    let tie = json!({ "AllocationId": at(&made, "/AllocationId"), "NetworkInterfaceId": near });
    bench.ec2("AssociateAddress", tie);
    shut(bench, &subnet, &try_it);
}

/// The rules of a group, by prefix list only.
fn rules(bench: &mut Bench, group: &str, list: &str) {
    let all = json!([{ "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }]);
    let params = json!({ "GroupId": group, "IpPermissions": all });
    bench.ec2("RevokeSecurityGroupEgress", params);
    let listed = json!([{ "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
        "PrefixListIds": [{ "PrefixListId": list, "Description": "outside" }] }]);
    let params = json!({ "GroupId": group, "IpPermissions": listed });
    let made = bench.ec2("AuthorizeSecurityGroupEgress", params.clone());
    bench.ec2("DescribeSecurityGroups", json!({ "GroupIds": [group] }));
    let rule = at(&made, "/SecurityGroupRules/0/SecurityGroupRuleId");
    let gone = json!({ "GroupId": group, "SecurityGroupRuleIds": [rule] });
    bench.ec2("RevokeSecurityGroupEgress", gone);
    bench.ec2("AuthorizeSecurityGroupEgress", params);
}

/// Makes routes without a target, a gateway that lets nothing out, and one that does.
fn no_route(
    bench: &mut Bench,
    vpc: &str,
    subnet: &str,
    router: &str,
    list: &str,
    try_it: &dyn Fn(&mut Bench),
) {
    let table = at(
        &bench.ec2("CreateRouteTable", json!({ "VpcId": vpc })),
        "/RouteTable/RouteTableId",
    );
    bench.ec2(
        "AssociateRouteTable",
        json!({ "RouteTableId": table, "SubnetId": subnet }),
    );
    let to = |target: &str, id: &str| {
        json!({ "RouteTableId": table,
        "DestinationPrefixListId": list, target: id })
    };
    bench.ec2("CreateRoute", to("NetworkInterfaceId", router));
    bench.ec2("DescribeRouteTables", json!({ "RouteTableIds": [table] }));
    try_it(bench);
    let made = bench.ec2("CreateInternetGateway", json!({}));
    let gateway = at(&made, "/InternetGateway/InternetGatewayId");
    let tie = json!({ "InternetGatewayId": gateway, "VpcId": vpc });
    bench.ec2("AttachInternetGateway", tie);
    bench.ec2("ReplaceRoute", to("GatewayId", &gateway));
    try_it(bench);
}

/// Makes a network ACL that refuses.
fn shut(bench: &mut Bench, subnet: &str, try_it: &dyn Fn(&mut Bench)) {
    let filter = json!([{ "Name": "association.subnet-id", "Values": [subnet] }]);
    let shown = bench.ec2("DescribeNetworkAcls", json!({ "Filters": filter }));
    let acl = at(&shown, "/NetworkAcls/0/NetworkAclId");
    let entry = |allow: bool, number: u32| -> Value {
        json!({ "NetworkAclId": acl, "RuleNumber": number, "Protocol": "tcp", "Egress": true,
            "RuleAction": if allow { "allow" } else { "deny" }, "CidrBlock": "0.0.0.0/0",
            "PortRange": { "From": 443, "To": 443 } })
    };
    bench.ec2("CreateNetworkAclEntry", entry(true, 50));
    try_it(bench);
    bench.ec2("CreateNetworkAclEntry", entry(false, 40));
    try_it(bench);
}
