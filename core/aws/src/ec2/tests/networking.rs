//! Creating, describing, changing and deleting networks.

use serde_json::json;

use super::{Desk, column, hsm, instance, text};

#[test]
fn the_default_vpc() {
    let mut desk = Desk::new();
    let vpcs = desk.call("DescribeVpcs", json!({}));
    assert_eq!(column(&vpcs["Vpcs"], "CidrBlock"), ["172.31.0.0/16"]);
    assert_eq!(vpcs["Vpcs"][0]["IsDefault"], true);
    let subnets = desk.call("DescribeSubnets", json!({}));
    let subnets = &subnets["Subnets"];
    let mut zones = column(subnets, "AvailabilityZone");
    zones.sort();
    assert_eq!(
        zones,
        ["us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"]
    );
    for subnet in subnets.as_array().unwrap() {
        assert_eq!(subnet["AvailableIpAddressCount"], 4091);
        assert_eq!(subnet["MapPublicIpOnLaunch"], true);
        assert_eq!(subnet["DefaultForAz"], true);
    }
    let tables = desk.call("DescribeRouteTables", json!({}));
    let routes = &tables["RouteTables"][0]["Routes"];
    assert_eq!(
        column(routes, "DestinationCidrBlock"),
        ["172.31.0.0/16", "0.0.0.0/0"]
    );
    assert_eq!(routes[0]["GatewayId"], "local");
    assert_eq!(routes[1]["State"], "active");
    let names = desk.call("DescribeVpcAttribute", {
        json!({"VpcId": vpcs["Vpcs"][0]["VpcId"], "Attribute": "enableDnsHostnames"})
    });
    assert_eq!(names["EnableDnsHostnames"]["Value"], true);
}

#[test]
fn a_vpc_brings_its_defaults_and_takes_them_along() {
    let mut desk = Desk::new();
    let tag = json!([{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "lab"}]}]);
    let params = json!({"CidrBlock": "10.0.0.9/16", "TagSpecifications": tag});
    let answer = desk.call("CreateVpc", params);
    let vpc = text(&answer["Vpc"]["VpcId"]);
    // Host bits are cleared.
    assert_eq!(answer["Vpc"]["CidrBlock"], "10.0.0.0/16");
    assert_eq!(answer["Vpc"]["State"], "pending");
    assert_eq!(
        answer["Vpc"]["Tags"],
        json!([{"Key": "Name", "Value": "lab"}])
    );
    let filter = json!({"Filters": [{"Name": "vpc-id", "Values": [vpc]}]});
    let acls = desk.call("DescribeNetworkAcls", filter.clone());
    let entries = &acls["NetworkAcls"][0]["Entries"];
    let shown: Vec<_> = entries.as_array().unwrap().iter().collect();
    assert_eq!(shown.len(), 4);
    assert_eq!(
        *shown[0],
        json!({"CidrBlock": "0.0.0.0/0", "Egress": true, "Protocol": "-1",
            "RuleAction": "allow", "RuleNumber": 100})
    );
    assert_eq!(shown[1]["RuleNumber"], 32767);
    assert_eq!(shown[3]["Egress"], false);
    let groups = desk.call("DescribeSecurityGroups", filter.clone());
    let group = &groups["SecurityGroups"][0];
    assert_eq!(group["GroupName"], "default");
    let own = &group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"];
    assert_eq!(*own, group["GroupId"]);
    assert_eq!(
        group["IpPermissionsEgress"][0]["IpRanges"][0]["CidrIp"],
        "0.0.0.0/0"
    );
    desk.call("DeleteVpc", json!({"VpcId": vpc}));
    for (operation, root) in [
        ("DescribeVpcs", "Vpcs"),
        ("DescribeNetworkAcls", "NetworkAcls"),
        ("DescribeSecurityGroups", "SecurityGroups"),
        ("DescribeRouteTables", "RouteTables"),
    ] {
        assert_eq!(
            desk.call(operation, filter.clone())[root],
            json!([]),
            "{operation}"
        );
    }
    assert_eq!(desk.call("DescribeTags", json!({}))["Tags"], json!([]));
}

#[test]
fn subnets_count_their_addresses() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    let params = json!({"VpcId": vpc, "CidrBlock": "10.0.1.0/28",
        "AvailabilityZone": "us-west-2b"});
    let answer = desk.call("CreateSubnet", params);
    let subnet = text(&answer["Subnet"]["SubnetId"]);
    assert_eq!(answer["Subnet"]["AvailabilityZoneId"], "usw2-az2");
    assert_eq!(answer["Subnet"]["AvailableIpAddressCount"], 11);
    let mut seen = Vec::new();
    for _ in 0..11 {
        let answer = desk.call("CreateNetworkInterface", json!({"SubnetId": subnet}));
        seen.push(text(&answer["NetworkInterface"]["PrivateIpAddress"]));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 11);
    assert!(!seen.contains(&"10.0.1.3".to_owned()) && !seen.contains(&"10.0.1.15".to_owned()));
    let (code, _) = desk.refusal("CreateNetworkInterface", json!({"SubnetId": subnet}));
    assert_eq!(code, "InsufficientFreeAddressesInSubnet");
    let shown = desk.call("DescribeSubnets", json!({"SubnetIds": [subnet]}));
    assert_eq!(shown["Subnets"][0]["AvailableIpAddressCount"], 0);
}

#[test]
fn rules_are_authorized_shown_and_revoked() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    let group = desk.group(&vpc, "lab");
    let cluster = json!([{"IpProtocol": "tcp", "FromPort": 2223, "ToPort": 2225,
        "UserIdGroupPairs": [{"GroupId": group}]}]);
    let params = json!({"GroupId": group, "IpPermissions": cluster});
    let answer = desk.call("AuthorizeSecurityGroupIngress", params.clone());
    let rule = &answer["SecurityGroupRules"][0];
    assert_eq!(rule["ReferencedGroupInfo"]["GroupId"], group);
    assert_eq!(rule["IsEgress"], false);
    assert_eq!(answer["Return"], true);
    let (code, message) = desk.refusal("AuthorizeSecurityGroupIngress", params.clone());
    assert_eq!(code, "InvalidPermission.Duplicate");
    assert_eq!(
        message,
        format!(
            "the specified rule \"peer: {group}, TCP, from port: 2223, to port: 2225, ALLOW\" \
             already exists"
        )
    );
    let shown = desk.call("DescribeSecurityGroups", json!({"GroupIds": [group]}));
    assert_eq!(
        shown["SecurityGroups"][0]["IpPermissions"][0]["ToPort"],
        2225
    );
    let filter = json!([{"Name": "group-id", "Values": [group]}]);
    let rules = desk.call("DescribeSecurityGroupRules", json!({"Filters": filter}));
    let rules = rules["SecurityGroupRules"].as_array().unwrap().clone();
    assert_eq!(rules.len(), 2);
    let egress = rules.iter().find(|rule| rule["IsEgress"] == true).unwrap();
    assert_eq!(
        (&egress["IpProtocol"], &egress["FromPort"]),
        (&json!("-1"), &json!(-1))
    );
    let ids = json!([egress["SecurityGroupRuleId"]]);
    let params_egress = json!({"GroupId": group, "SecurityGroupRuleIds": ids});
    let answer = desk.call("RevokeSecurityGroupEgress", params_egress);
    assert_eq!(
        answer["RevokedSecurityGroupRules"][0]["CidrIpv4"],
        "0.0.0.0/0"
    );
    desk.call("RevokeSecurityGroupIngress", params.clone());
    let (code, _) = desk.refusal("RevokeSecurityGroupIngress", params);
    assert_eq!(code, "InvalidPermission.NotFound");
}

#[test]
fn the_simple_form_is_a_permission() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    let group = desk.group(&vpc, "lab");
    let params = json!({"GroupId": group, "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
        "CidrIp": "203.0.113.5/32"});
    let answer = desk.call("AuthorizeSecurityGroupIngress", params);
    assert_eq!(
        answer["SecurityGroupRules"][0]["CidrIpv4"],
        "203.0.113.5/32"
    );
    let rule = text(&answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]);
    let update = json!([{"SecurityGroupRuleId": rule, "SecurityGroupRule":
        {"IpProtocol": "tcp", "FromPort": 3389, "ToPort": 3389, "CidrIpv4": "203.0.113.0/24",
         "Description": "office"}}]);
    let params = json!({"GroupId": group, "SecurityGroupRules": update});
    assert_eq!(
        desk.call("ModifySecurityGroupRules", params),
        json!({"Return": true})
    );
    let update = json!([{"SecurityGroupRuleId": rule, "Description": "home"}]);
    let params = json!({"GroupId": group, "SecurityGroupRuleDescriptions": update});
    desk.call("UpdateSecurityGroupRuleDescriptionsIngress", params);
    let shown = desk.call("DescribeSecurityGroups", json!({"GroupIds": [group]}));
    assert_eq!(
        shown["SecurityGroups"][0]["IpPermissions"],
        json!([{"IpProtocol": "tcp", "FromPort": 3389, "ToPort": 3389, "UserIdGroupPairs": [],
            "IpRanges": [{"Description": "home", "CidrIp": "203.0.113.0/24"}], "Ipv6Ranges": [],
            "PrefixListIds": []}])
    );
}

#[test]
fn the_default_vpc_forgives_unknown_rules() {
    let mut desk = Desk::new();
    let params = json!({"GroupName": "default", "IpProtocol": "tcp", "FromPort": 9, "ToPort": 9,
        "CidrIp": "10.0.0.0/8"});
    let answer = desk.call("RevokeSecurityGroupIngress", params);
    assert_eq!(answer["UnknownIpPermissions"][0]["FromPort"], 9);
}

#[test]
fn routes_lead_out_and_become_black_holes() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    let subnet = desk.subnet(&vpc, "10.0.1.0/24");
    let answer = desk.call("CreateInternetGateway", json!({}));
    let gateway = text(&answer["InternetGateway"]["InternetGatewayId"]);
    let attach = json!({"InternetGatewayId": gateway, "VpcId": vpc});
    let table =
        text(&desk.call("CreateRouteTable", json!({"VpcId": vpc}))["RouteTable"]["RouteTableId"]);
    let route = json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": gateway});
    let (code, _) = desk.refusal("CreateRoute", route.clone());
    assert_eq!(code, "InvalidParameterValue");
    desk.call("AttachInternetGateway", attach.clone());
    assert_eq!(
        desk.call("CreateRoute", route.clone()),
        json!({"Return": true})
    );
    let (code, message) = desk.refusal("CreateRoute", route);
    let expected = "The route identified by 0.0.0.0/0 already exists.";
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("RouteAlreadyExists", expected)
    );
    let tie = json!({"RouteTableId": table, "SubnetId": subnet});
    let answer = desk.call("AssociateRouteTable", tie);
    assert_eq!(answer["AssociationState"]["State"], "associated");
    let filter = json!([{"Name": "association.subnet-id", "Values": [subnet]}]);
    let shown = desk.call("DescribeRouteTables", json!({"Filters": filter}));
    assert_eq!(
        column(&shown["RouteTables"], "RouteTableId"),
        [table.as_str()]
    );
    let (code, _) = desk.refusal("DeleteRouteTable", json!({"RouteTableId": table}));
    assert_eq!(code, "DependencyViolation");
    desk.call("DetachInternetGateway", attach);
    let shown = desk.call("DescribeRouteTables", json!({"RouteTableIds": [table]}));
    assert_eq!(shown["RouteTables"][0]["Routes"][1]["State"], "blackhole");
    desk.call(
        "DisassociateRouteTable",
        json!({"AssociationId": answer["AssociationId"]}),
    );
    desk.call("DeleteRouteTable", json!({"RouteTableId": table}));
}

#[test]
fn hsm_interfaces_are_cloudhsms_own() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    let subnet = desk.subnet(&vpc, "10.0.1.0/24");
    let group = desk.group(&vpc, "cloudhsm-cluster-igklspoyj5v-sg");
    let eni = desk.interface(&subnet, &group, hsm());
    let shown = desk.call(
        "DescribeNetworkInterfaces",
        json!({"NetworkInterfaceIds": [eni]}),
    );
    let own = &shown["NetworkInterfaces"][0];
    assert_eq!(own["Description"], "CloudHsm ENI hsm-ted36yp5b2x");
    assert_eq!(own["RequesterManaged"], true);
    assert_eq!(own["Status"], "in-use");
    assert_eq!(own["Attachment"]["InstanceOwnerId"], "amazon-aws");
    assert!(own["Attachment"].get("InstanceId").is_none());
    assert_eq!(
        own["Groups"][0]["GroupName"],
        "cloudhsm-cluster-igklspoyj5v-sg"
    );
    let attachment = text(&own["Attachment"]["AttachmentId"]);
    for (operation, params) in [
        ("DeleteNetworkInterface", json!({"NetworkInterfaceId": eni})),
        (
            "DetachNetworkInterface",
            json!({"AttachmentId": attachment}),
        ),
        (
            "ModifyNetworkInterfaceAttribute",
            json!({"NetworkInterfaceId": eni, "Groups": [group]}),
        ),
    ] {
        assert_eq!(
            desk.refusal(operation, params).0,
            "AuthFailure",
            "{operation}"
        );
    }
    assert_eq!(
        desk.refusal("DeleteSubnet", json!({"SubnetId": subnet})).1,
        format!("The subnet '{subnet}' has dependencies and cannot be deleted.")
    );
    assert_eq!(
        desk.refusal("DeleteSecurityGroup", json!({"GroupId": group}))
            .1,
        format!("resource {group} has a dependent object")
    );
    desk.region().network.delete_interface(&eni).unwrap();
    desk.call("DeleteSubnet", json!({"SubnetId": subnet}));
    let answer = desk.call("DeleteSecurityGroup", json!({"GroupId": group}));
    assert_eq!(answer, json!({"Return": true, "GroupId": group}));
}

#[test]
fn interfaces_are_attached_changed_and_detached() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    let subnet = desk.subnet(&vpc, "10.0.1.0/24");
    let group = desk.group(&vpc, "app");
    let primary = desk.interface(&subnet, &group, instance("i-0123456789abcdef0"));
    let params = json!({"SubnetId": subnet, "PrivateIpAddress": "10.0.1.77", "Groups": [group],
        "Description": "second"});
    let answer = desk.call("CreateNetworkInterface", params.clone());
    let eni = text(&answer["NetworkInterface"]["NetworkInterfaceId"]);
    assert_eq!(answer["NetworkInterface"]["Status"], "pending");
    assert_eq!(
        desk.refusal("CreateNetworkInterface", params).0,
        "InvalidIPAddress.InUse"
    );
    let attach = json!({"NetworkInterfaceId": eni, "InstanceId": "i-0123456789abcdef0",
        "DeviceIndex": 1});
    let answer = desk.call("AttachNetworkInterface", attach.clone());
    assert!(text(&answer["AttachmentId"]).starts_with("eni-attach-"));
    assert_eq!(
        desk.refusal("AttachNetworkInterface", attach).1,
        format!("Network interface '{eni}' is currently in use.")
    );
    let filter = json!([{"Name": "attachment.instance-id", "Values": ["i-0123*"]}]);
    let shown = desk.call("DescribeNetworkInterfaces", json!({"Filters": filter}));
    assert_eq!(shown["NetworkInterfaces"].as_array().unwrap().len(), 2);
    desk.call(
        "DetachNetworkInterface",
        json!({"AttachmentId": answer["AttachmentId"]}),
    );
    desk.call("DeleteNetworkInterface", json!({"NetworkInterfaceId": eni}));
    let own = desk
        .region()
        .network
        .interface(&primary)
        .unwrap()
        .attachment
        .clone()
        .unwrap();
    let (code, _) = desk.refusal("DetachNetworkInterface", json!({"AttachmentId": own.id}));
    assert_eq!(code, "OperationNotPermitted");
    let mut groups = vec![group.clone()];
    groups.extend((0..5).map(|number| desk.group(&vpc, &format!("group-{number}"))));
    let change = json!({"NetworkInterfaceId": primary, "Groups": groups});
    let (code, _) = desk.refusal("ModifyNetworkInterfaceAttribute", change);
    assert_eq!(code, "SecurityGroupsPerInterfaceLimitExceeded");
    let change = json!({"NetworkInterfaceId": primary, "Groups": &groups[1..]});
    desk.call("ModifyNetworkInterfaceAttribute", change);
    assert_eq!(
        desk.region().network.interface(&primary).unwrap().groups,
        &groups[1..]
    );
}

#[test]
fn acls_are_replaced_and_numbered() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    let subnet = desk.subnet(&vpc, "10.0.1.0/24");
    let answer = desk.call("CreateNetworkAcl", json!({"VpcId": vpc}));
    let acl = text(&answer["NetworkAcl"]["NetworkAclId"]);
    assert_eq!(answer["NetworkAcl"]["Entries"].as_array().unwrap().len(), 2);
    let entry = json!({"NetworkAclId": acl, "RuleNumber": 100, "Protocol": "tcp",
        "RuleAction": "allow", "Egress": false, "CidrBlock": "10.0.0.0/16",
        "PortRange": {"From": 2223, "To": 2225}});
    desk.call("CreateNetworkAclEntry", entry.clone());
    let (code, message) = desk.refusal("CreateNetworkAclEntry", entry.clone());
    let expected = "The network acl entry identified by 100 already exists.";
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("NetworkAclEntryAlreadyExists", expected)
    );
    let mut denied = entry;
    denied["RuleAction"] = json!("deny");
    desk.call("ReplaceNetworkAclEntry", denied);
    let filter = json!([{"Name": "association.subnet-id", "Values": [subnet]}]);
    let shown = desk.call("DescribeNetworkAcls", json!({"Filters": filter}));
    let tie = &shown["NetworkAcls"][0]["Associations"][0]["NetworkAclAssociationId"];
    let params = json!({"AssociationId": tie, "NetworkAclId": acl});
    let answer = desk.call("ReplaceNetworkAclAssociation", params);
    assert_ne!(answer["NewAssociationId"], *tie);
    let shown = desk.call("DescribeNetworkAcls", json!({"NetworkAclIds": [acl]}));
    let entry = &shown["NetworkAcls"][0]["Entries"][1];
    assert_eq!(
        (&entry["Protocol"], &entry["RuleAction"]),
        (&json!("6"), &json!("deny"))
    );
    let (code, _) = desk.refusal("DeleteNetworkAcl", json!({"NetworkAclId": acl}));
    assert_eq!(code, "DependencyViolation");
    let params = json!({"NetworkAclId": acl, "RuleNumber": 100, "Egress": false});
    desk.call("DeleteNetworkAclEntry", params.clone());
    assert_eq!(
        desk.refusal("DeleteNetworkAclEntry", params).0,
        "InvalidNetworkAclEntry.NotFound"
    );
}

#[test]
fn tags_filter() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    let names = ["lab-a", "lab-b", "other"];
    for (number, name) in names.iter().enumerate() {
        let subnet = desk.subnet(&vpc, &format!("10.0.{number}.0/24"));
        let tags = json!([{"Key": "Name", "Value": name}]);
        desk.call("CreateTags", json!({"Resources": [subnet], "Tags": tags}));
    }
    let count = |desk: &mut Desk, filters: serde_json::Value| {
        let shown = desk.call("DescribeSubnets", json!({"Filters": filters}));
        shown["Subnets"].as_array().unwrap().len()
    };
    for (filters, expected) in [
        (json!([{"Name": "tag:Name", "Values": ["lab-*"]}]), 2),
        (
            json!([{"Name": "tag:Name", "Values": ["lab-?", "other"]}]),
            3,
        ),
        (json!([{"Name": "tag-key", "Values": ["Name"]}]), 3),
        (json!([{"Name": "tag:name", "Values": ["*"]}]), 0),
        (
            json!([{"Name": "tag:Name", "Values": ["lab-*"]},
                {"Name": "cidr-block", "Values": ["10.0.1.0/24"]}]),
            1,
        ),
        (json!([{"Name": "vpc-id", "Values": [vpc]}]), 3),
        (json!([{"Name": "vpc-id", "Values": []}]), 0),
    ] {
        assert_eq!(count(&mut desk, filters.clone()), expected, "{filters}");
    }
    let shown = desk.call(
        "DescribeTags",
        json!({"Filters":
        [{"Name": "resource-type", "Values": ["subnet"]}]}),
    );
    assert_eq!(shown["Tags"].as_array().unwrap().len(), 3);
    let subnet = shown["Tags"][0]["ResourceId"].clone();
    desk.call(
        "DeleteTags",
        json!({"Resources": [subnet], "Tags": [{"Key": "Name"}]}),
    );
    assert_eq!(
        count(&mut desk, json!([{"Name": "tag-key", "Values": ["Name"]}])),
        2
    );
}

#[test]
fn an_analysis_runs_and_explains() {
    let mut desk = Desk::new();
    let vpc = desk.vpc();
    let subnet = desk.subnet(&vpc, "10.0.1.0/24");
    let (app, cluster) = (desk.group(&vpc, "app"), desk.group(&vpc, "cluster"));
    let pair = json!([{"IpProtocol": "tcp", "FromPort": 2223, "ToPort": 2225,
        "UserIdGroupPairs": [{"GroupId": cluster}]}]);
    let params = json!({"GroupId": cluster, "IpPermissions": pair});
    desk.call("AuthorizeSecurityGroupIngress", params);
    let client = desk.interface(&subnet, &app, instance("i-0123456789abcdef0"));
    let eni = desk.interface(&subnet, &cluster, hsm());
    let params = json!({"Source": "i-0123456789abcdef0", "Destination": eni, "Protocol": "tcp",
        "DestinationPort": 2223, "ClientToken": "token"});
    let answer = desk.call("CreateNetworkInsightsPath", params.clone());
    let path = text(&answer["NetworkInsightsPath"]["NetworkInsightsPathId"]);
    let again = desk.call("CreateNetworkInsightsPath", params);
    assert_eq!(again["NetworkInsightsPath"]["NetworkInsightsPathId"], path);
    let run = |desk: &mut Desk| {
        let start = json!({"NetworkInsightsPathId": path});
        let started = desk.call("StartNetworkInsightsAnalysis", start);
        let own = &started["NetworkInsightsAnalysis"];
        assert_eq!(own["Status"], "running");
        assert!(own.get("NetworkPathFound").is_none());
        assert!(desk.cloud.ec2.next_at().is_some());
        desk.wait(600);
        assert_eq!(desk.cloud.ec2.next_at(), None);
        let ids = json!([own["NetworkInsightsAnalysisId"]]);
        let shown = desk.call(
            "DescribeNetworkInsightsAnalyses",
            json!({"NetworkInsightsAnalysisIds": ids}),
        );
        shown["NetworkInsightsAnalyses"][0].clone()
    };
    let found = run(&mut desk);
    assert_eq!(
        (&found["Status"], &found["NetworkPathFound"]),
        (&json!("succeeded"), &json!(false))
    );
    let explanation = &found["Explanations"][0];
    assert_eq!(explanation["ExplanationCode"], "ENI_SG_RULES_MISMATCH");
    assert_eq!(explanation["Direction"], "ingress");
    assert_eq!(explanation["NetworkInterface"]["Id"], eni);
    assert_eq!(
        column(&explanation["SecurityGroups"], "Id"),
        [cluster.as_str()]
    );
    desk.region()
        .network
        .set_interface_groups(&client, &[app, cluster])
        .unwrap();
    let found = run(&mut desk);
    assert_eq!(found["NetworkPathFound"], true);
    assert!(found.get("Explanations").is_none());
    let steps = found["ForwardPathComponents"].as_array().unwrap();
    assert_eq!(steps[0]["Component"]["Id"], client);
    assert_eq!(steps.last().unwrap()["Component"]["Id"], eni);
    let (code, _) = desk.refusal(
        "DeleteNetworkInsightsPath",
        json!({"NetworkInsightsPathId": path}),
    );
    assert_eq!(code, "AnalysisExistsForNetworkInsightsPath");
}

#[test]
fn regions_and_zones() {
    let mut desk = Desk::new();
    let zones = desk.call("DescribeAvailabilityZones", json!({}));
    let zones = column(&zones["AvailabilityZones"], "ZoneId");
    assert_eq!(zones, ["usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4"]);
    let filter = json!([{"Name": "region-name", "Values": ["eu-*"]}]);
    let regions = desk.call("DescribeRegions", json!({"Filters": filter}));
    assert_eq!(regions["Regions"].as_array().unwrap().len(), 5);
}

#[test]
fn dual_stack() {
    let mut desk = Desk::new();
    let params = json!({"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": true});
    let answer = desk.call("CreateVpc", params);
    let vpc = text(&answer["Vpc"]["VpcId"]);
    let shown = desk.call("DescribeVpcs", json!({"VpcIds": [vpc]}));
    let block = text(&shown["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]);
    let block: ipnet::Ipv6Net = block.parse().unwrap();
    assert_eq!(block.prefix_len(), 56);
    let first = block.subnets(64).unwrap().next().unwrap();
    let params = json!({"VpcId": vpc, "CidrBlock": "10.0.1.0/24",
        "Ipv6CidrBlock": first.to_string()});
    let answer = desk.call("CreateSubnet", params);
    let subnet = text(&answer["Subnet"]["SubnetId"]);
    let params = json!({"SubnetId": subnet, "Ipv6AddressCount": 1});
    let answer = desk.call("CreateNetworkInterface", params);
    let address = text(&answer["NetworkInterface"]["Ipv6Addresses"][0]["Ipv6Address"]);
    assert!(first.contains(&address.parse::<std::net::Ipv6Addr>().unwrap()));
    let plain = desk.subnet(&vpc, "10.0.2.0/24");
    let params = json!({"SubnetId": plain, "Ipv6AddressCount": 1});
    assert_eq!(
        desk.refusal("CreateNetworkInterface", params).0,
        "InvalidParameterValue"
    );
}
