//! Further blocks of VPCs and subnets, the default VPC, and prefix lists: each operation once, with all
//! members.

use serde_json::json;

use super::bench::{Bench, at};

pub(crate) fn play(bench: &mut Bench) {
    let mut fresh = Bench::new();
    further(&mut fresh);
    default_vpc(&mut fresh);
    lists(&mut fresh);
    bench.answers.append(&mut fresh.answers);
}

fn further(bench: &mut Bench) {
    let made = bench.ec2("CreateVpc", json!({ "CidrBlock": "10.1.0.0/16" }));
    let vpc = at(&made, "/Vpc/VpcId");
    let more = json!({ "VpcId": vpc, "CidrBlock": "10.2.0.0/16" });
    let made = bench.ec2("AssociateVpcCidrBlock", more);
    let four = at(&made, "/CidrBlockAssociation/AssociationId");
    let more = json!({ "VpcId": vpc, "AmazonProvidedIpv6CidrBlock": true });
    let made = bench.ec2("AssociateVpcCidrBlock", more);
    let six = at(&made, "/Ipv6CidrBlockAssociation/AssociationId");
    let shown = bench.ec2("DescribeVpcs", json!({ "VpcIds": [vpc] }));
    let block = at(
        &shown,
        "/Vpcs/0/Ipv6CidrBlockAssociationSet/0/Ipv6CidrBlock",
    );
    let subnet = json!({ "VpcId": vpc, "CidrBlock": "10.1.1.0/24" });
    let subnet = at(&bench.ec2("CreateSubnet", subnet), "/Subnet/SubnetId");
    let more = json!({ "SubnetId": subnet, "Ipv6CidrBlock": block.replace("/56", "/64") });
    let made = bench.ec2("AssociateSubnetCidrBlock", more);
    let tie = at(&made, "/Ipv6CidrBlockAssociation/AssociationId");
    bench.ec2(
        "DisassociateSubnetCidrBlock",
        json!({ "AssociationId": tie }),
    );
    for tie in [four, six] {
        bench.ec2("DisassociateVpcCidrBlock", json!({ "AssociationId": tie }));
    }
}

/// Deletes the default VPC and creates it again.
fn default_vpc(bench: &mut Bench) {
    let filter = json!({ "Filters": [{ "Name": "is-default", "Values": ["true"] }] });
    let vpc = at(&bench.ec2("DescribeVpcs", filter), "/Vpcs/0/VpcId");
    let filter = json!({ "Filters": [{ "Name": "vpc-id", "Values": [vpc] }] });
    let subnets = bench.ec2("DescribeSubnets", filter);
    for subnet in subnets["Subnets"].as_array().unwrap() {
        bench.ec2("DeleteSubnet", json!({ "SubnetId": subnet["SubnetId"] }));
    }
    let filter = json!({ "Filters": [{ "Name": "attachment.vpc-id", "Values": [vpc] }] });
    let gateway = bench.ec2("DescribeInternetGateways", filter);
    let gateway = at(&gateway, "/InternetGateways/0/InternetGatewayId");
    let tie = json!({ "InternetGatewayId": gateway, "VpcId": vpc });
    bench.ec2("DetachInternetGateway", tie);
    bench.ec2("DeleteVpc", json!({ "VpcId": vpc }));
    bench.ec2("CreateDefaultVpc", json!({}));
}

fn lists(bench: &mut Bench) {
    let tags = json!([{ "ResourceType": "prefix-list", "Tags": [{ "Key": "a", "Value": "b" }] }]);
    let entries: Vec<_> = (0..6)
        .map(|number| json!({ "Cidr": format!("192.0.2.{number}/32"), "Description": "d" }))
        .collect();
    let mut own = String::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let params = json!({ "PrefixListName": name, "AddressFamily": "IPv4", "MaxEntries": 6,
            "TagSpecifications": tags, "Entries": entries });
        own = at(
            &bench.ec2("CreateManagedPrefixList", params),
            "/PrefixList/PrefixListId",
        );
    }
    bench.ec2("DescribeManagedPrefixLists", json!({ "MaxResults": 5 }));
    let params = json!({ "PrefixListId": own, "MaxResults": 5 });
    bench.ec2("GetManagedPrefixListEntries", params);
    bench.ec2("DeleteManagedPrefixList", json!({ "PrefixListId": own }));
}
