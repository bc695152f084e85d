//! Gateways, route tables and network ACLs: each operation once, with all members.

use serde_json::json;

use super::bench::{Bench, at};

pub(crate) fn play(bench: &mut Bench) {
    let made = bench.ec2("CreateVpc", json!({ "CidrBlock": "10.3.0.0/16" }));
    let vpc = at(&made, "/Vpc/VpcId");
    let subnet = json!({ "VpcId": vpc, "CidrBlock": "10.3.1.0/24" });
    let subnet = at(&bench.ec2("CreateSubnet", subnet), "/Subnet/SubnetId");
    let tags =
        json!([{ "ResourceType": "internet-gateway", "Tags": [{ "Key": "Name", "Value": "g" }] }]);
    let made = bench.ec2(
        "CreateInternetGateway",
        json!({ "TagSpecifications": tags }),
    );
    let gateway = at(&made, "/InternetGateway/InternetGatewayId");
    let tie = json!({ "InternetGatewayId": gateway, "VpcId": vpc });
    bench.ec2("AttachInternetGateway", tie.clone());
    bench.ec2("DescribeInternetGateways", json!({}));
    tables(bench, &vpc, &subnet, &gateway);
    acls(bench, &vpc, &subnet);
    bench.ec2("DetachInternetGateway", tie);
    bench.ec2(
        "DeleteInternetGateway",
        json!({ "InternetGatewayId": gateway }),
    );
}

fn tables(bench: &mut Bench, vpc: &str, subnet: &str, gateway: &str) {
    let tags =
        json!([{ "ResourceType": "route-table", "Tags": [{ "Key": "Name", "Value": "t" }] }]);
    let params = json!({ "VpcId": vpc, "ClientToken": "token", "TagSpecifications": tags });
    let table = at(
        &bench.ec2("CreateRouteTable", params),
        "/RouteTable/RouteTableId",
    );
    let route = |target: &str, id: &str| {
        json!({ "RouteTableId": table,
        "DestinationCidrBlock": "0.0.0.0/0", target: id })
    };
    bench.ec2("CreateRoute", route("GatewayId", gateway));
    let six =
        json!({ "RouteTableId": table, "DestinationIpv6CidrBlock": "::/0", "GatewayId": gateway });
    bench.ec2("CreateRoute", six);
    let interface = bench.ec2("CreateNetworkInterface", json!({ "SubnetId": subnet }));
    let interface = at(&interface, "/NetworkInterface/NetworkInterfaceId");
    bench.ec2("ReplaceRoute", route("NetworkInterfaceId", &interface));
    let tie = json!({ "RouteTableId": table, "SubnetId": subnet });
    let tie = at(&bench.ec2("AssociateRouteTable", tie), "/AssociationId");
    bench.ec2("DescribeRouteTables", json!({}));
    let params = json!({ "AssociationId": tie, "RouteTableId": table });
    let tie = at(
        &bench.ec2("ReplaceRouteTableAssociation", params),
        "/NewAssociationId",
    );
    bench.ec2("DisassociateRouteTable", json!({ "AssociationId": tie }));
    let gone = json!({ "RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0" });
    bench.ec2("DeleteRoute", gone);
    bench.ec2("DeleteRouteTable", json!({ "RouteTableId": table }));
    bench.ec2(
        "DeleteNetworkInterface",
        json!({ "NetworkInterfaceId": interface }),
    );
}

fn acls(bench: &mut Bench, vpc: &str, subnet: &str) {
    let tags =
        json!([{ "ResourceType": "network-acl", "Tags": [{ "Key": "Name", "Value": "a" }] }]);
    let params = json!({ "VpcId": vpc, "ClientToken": "token", "TagSpecifications": tags });
    let acl = at(
        &bench.ec2("CreateNetworkAcl", params),
        "/NetworkAcl/NetworkAclId",
    );
    let entry = |number: u32| {
        json!({ "NetworkAclId": acl, "RuleNumber": number, "Protocol": "tcp",
        "RuleAction": "allow", "Egress": false, "CidrBlock": "10.0.0.0/16",
        "PortRange": { "From": 2223, "To": 2225 } })
    };
    bench.ec2("CreateNetworkAclEntry", entry(100));
    bench.ec2("ReplaceNetworkAclEntry", entry(100));
    let icmp = json!({ "NetworkAclId": acl, "RuleNumber": 110, "Protocol": "1", "RuleAction": "deny",
        "Egress": true, "CidrBlock": "0.0.0.0/0", "IcmpTypeCode": { "Code": -1, "Type": -1 } });
    bench.ec2("CreateNetworkAclEntry", icmp);
    let six = json!({ "NetworkAclId": acl, "RuleNumber": 120, "Protocol": "-1", "RuleAction": "deny",
        "Egress": true, "Ipv6CidrBlock": "::/0" });
    bench.ec2("CreateNetworkAclEntry", six);
    let filter = json!([{ "Name": "association.subnet-id", "Values": [subnet] }]);
    let shown = bench.ec2("DescribeNetworkAcls", json!({ "Filters": filter }));
    let own = at(&shown, "/NetworkAcls/0/NetworkAclId");
    let tie = at(
        &shown,
        "/NetworkAcls/0/Associations/0/NetworkAclAssociationId",
    );
    let params = json!({ "AssociationId": tie, "NetworkAclId": acl });
    let tie = at(
        &bench.ec2("ReplaceNetworkAclAssociation", params),
        "/NewAssociationId",
    );
    bench.ec2("DescribeNetworkAcls", json!({}));
    let params = json!({ "AssociationId": tie, "NetworkAclId": own });
    bench.ec2("ReplaceNetworkAclAssociation", params);
    let gone = json!({ "NetworkAclId": acl, "RuleNumber": 100, "Egress": false });
    bench.ec2("DeleteNetworkAclEntry", gone);
    bench.ec2("DeleteNetworkAcl", json!({ "NetworkAclId": acl }));
}
