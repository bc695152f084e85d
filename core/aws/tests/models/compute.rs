//! Instances and their resources, an HSM's interface, and reachability: each operation once, with all
//! members.

use serde_json::{Value, json};

use super::bench::{Bench, REGION, at};

pub(crate) const IMAGE: &str =
    "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

/// A public key for SSH, base64 as `import-key-pair` accepts it.
const PUBLIC_KEY: &str = "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUxwRFBaRjFtN0QwdEZ3TkRvbU9VbldmSXBTbFFIU0grNjFvL2kwNTQ3N0MgbGFi";

pub(crate) fn play(bench: &mut Bench) {
    for operation in ["DescribeImages", "DescribeInstanceTypes"] {
        bench.ec2(operation, json!({}));
        bench.ec2(operation, json!({ "MaxResults": 5 }));
    }
    profile(bench);
    keys(bench);
    let vpcs = bench.ec2("DescribeVpcs", json!({}));
    let home = vpcs["Vpcs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|vpc| vpc["IsDefault"] == true);
    let home = home.unwrap()["VpcId"].clone();
    let filter = json!([{ "Name": "vpc-id", "Values": [home] },
        { "Name": "availability-zone", "Values": [format!("{REGION}a")] }]);
    let subnets = bench.ec2("DescribeSubnets", json!({ "Filters": filter }));
    let subnet = at(&subnets, "/Subnets/0/SubnetId");
    let instances = instances(bench, &subnet);
    addresses(bench, &instances[0]);
    attributes(bench, &instances[0]);
    attachment(bench, &instances[0], &subnet);
    let hsm = hsm(bench, &subnet);
    let table = bench.ec2("CreateRouteTable", json!({ "VpcId": home }));
    let table = at(&table, "/RouteTable/RouteTableId");
    let route = json!({ "RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0",
        "InstanceId": instances[0] });
    bench.ec2("CreateRoute", route);
    bench.ec2("DescribeRouteTables", json!({}));
    insights(bench, &instances[0], &hsm);
    power(bench, &instances);
}

fn profile(bench: &mut Bench) {
    let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
        "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" } });
    let role = json!({ "RoleName": "client", "AssumeRolePolicyDocument": trust.to_string() });
    bench.iam("CreateRole", role);
    let name = json!({ "InstanceProfileName": "client" });
    bench.iam("CreateInstanceProfile", name);
    let both = json!({ "InstanceProfileName": "client", "RoleName": "client" });
    bench.iam("AddRoleToInstanceProfile", both);
}

fn keys(bench: &mut Bench) {
    let tags = json!([{ "ResourceType": "key-pair", "Tags": [{ "Key": "Name", "Value": "k" }] }]);
    let params = json!({ "KeyName": "made", "KeyType": "ed25519", "TagSpecifications": tags });
    bench.ec2("CreateKeyPair", params);
    let params =
        json!({ "KeyName": "lab", "PublicKeyMaterial": PUBLIC_KEY, "TagSpecifications": tags });
    bench.ec2("ImportKeyPair", params);
    bench.ec2("DescribeKeyPairs", json!({ "IncludePublicKey": true }));
    bench.ec2("DeleteKeyPair", json!({ "KeyName": "made" }));
}

fn instances(bench: &mut Bench, subnet: &str) -> Vec<String> {
    let tags =
        json!([{ "ResourceType": "instance", "Tags": [{ "Key": "Name", "Value": "client" }] }]);
    let params = json!({ "ImageId": IMAGE, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1,
        "KeyName": "lab", "SubnetId": subnet, "TagSpecifications": tags, "ClientToken": "token",
        "IamInstanceProfile": { "Name": "client" } });
    let first = at(
        &bench.ec2("RunInstances", params),
        "/Instances/0/InstanceId",
    );
    let windows = bench.ec2(
        "DescribeImages",
        json!({ "Filters": [{ "Name": "platform", "Values": ["windows"] }] }),
    );
    let windows = at(&windows, "/Images/0/ImageId");
    let params = json!({ "ImageId": windows, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 5,
        "IamInstanceProfile": { "Name": "client" } });
    let made = bench.ec2("RunInstances", params);
    let mut ids = vec![first];
    ids.extend((0..5).map(|index| at(&made, &format!("/Instances/{index}/InstanceId"))));
    bench.pass(10);
    bench.ec2("DescribeInstances", json!({}));
    bench.ec2("DescribeInstances", json!({ "MaxResults": 5 }));
    bench.ec2("DescribeInstanceStatus", json!({ "MaxResults": 5 }));
    bench.ec2(
        "DescribeInstanceStatus",
        json!({ "IncludeAllInstances": true }),
    );
    ids
}

fn addresses(bench: &mut Bench, instance: &str) {
    let tags = json!([{ "ResourceType": "elastic-ip", "Tags": [{ "Key": "Name", "Value": "a" }] }]);
    let made = bench.ec2("AllocateAddress", json!({ "TagSpecifications": tags }));
    let id = at(&made, "/AllocationId");
    let tie = json!({ "AllocationId": id, "InstanceId": instance });
    let tie = at(&bench.ec2("AssociateAddress", tie), "/AssociationId");
    bench.ec2("DescribeAddresses", json!({}));
    bench.ec2("DescribeInstances", json!({ "InstanceIds": [instance] }));
    bench.ec2("DescribeNetworkInterfaces", json!({}));
    bench.ec2("DisassociateAddress", json!({ "AssociationId": tie }));
    bench.ec2("ReleaseAddress", json!({ "AllocationId": id }));
}

fn attributes(bench: &mut Bench, instance: &str) {
    for attribute in [
        "instanceType",
        "kernel",
        "ramdisk",
        "userData",
        "disableApiTermination",
        "disableApiStop",
        "instanceInitiatedShutdownBehavior",
        "rootDeviceName",
        "blockDeviceMapping",
        "productCodes",
        "sourceDestCheck",
        "groupSet",
        "ebsOptimized",
        "sriovNetSupport",
        "enaSupport",
        "enclaveOptions",
    ] {
        let params = json!({ "InstanceId": instance, "Attribute": attribute });
        bench.ec2("DescribeInstanceAttribute", params);
    }
    let change = json!({ "InstanceId": instance, "DisableApiTermination": { "Value": false } });
    bench.ec2("ModifyInstanceAttribute", change);
    bench.ec2(
        "DescribeIamInstanceProfileAssociations",
        json!({ "MaxResults": 5 }),
    );
    let filter = json!([{ "Name": "instance-id", "Values": [instance] }]);
    let params = json!({ "Filters": filter });
    let shown = bench.ec2("DescribeIamInstanceProfileAssociations", params);
    let tie = at(&shown, "/IamInstanceProfileAssociations/0/AssociationId");
    bench.ec2(
        "DisassociateIamInstanceProfile",
        json!({ "AssociationId": tie }),
    );
    let tie = json!({ "InstanceId": instance, "IamInstanceProfile": { "Name": "client" } });
    bench.ec2("AssociateIamInstanceProfile", tie);
}

fn attachment(bench: &mut Bench, instance: &str, subnet: &str) {
    let made = bench.ec2("CreateNetworkInterface", json!({ "SubnetId": subnet }));
    let id = at(&made, "/NetworkInterface/NetworkInterfaceId");
    let tie = json!({ "NetworkInterfaceId": id, "InstanceId": instance, "DeviceIndex": 1 });
    let tie = at(&bench.ec2("AttachNetworkInterface", tie), "/AttachmentId");
    let params = json!({ "NetworkInterfaceId": id, "Attribute": "attachment" });
    bench.ec2("DescribeNetworkInterfaceAttribute", params);
    bench.ec2("DetachNetworkInterface", json!({ "AttachmentId": tie }));
}

/// Makes the interface of an HSM, like CloudHSM.
fn hsm(bench: &mut Bench, subnet: &str) -> String {
    let cluster = json!({ "HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": [subnet] });
    let made = bench.call("cloudhsmv2", "CreateCluster", cluster);
    let cluster = at(&made, "/Cluster/ClusterId");
    bench.pass(30);
    let hsm = json!({ "ClusterId": cluster, "AvailabilityZone": format!("{REGION}a") });
    let made = bench.call("cloudhsmv2", "CreateHsm", hsm);
    bench.pass(30);
    bench.ec2("DescribeNetworkInterfaces", json!({}));
    at(&made, "/Hsm/EniId")
}

fn insights(bench: &mut Bench, instance: &str, hsm: &str) {
    let tags =
        |kind: &str| json!([{ "ResourceType": kind, "Tags": [{ "Key": "Name", "Value": "i" }] }]);
    let path = |bench: &mut Bench, more: Value| {
        let mut params = json!({ "Source": instance, "Protocol": "tcp",
            "TagSpecifications": tags("network-insights-path") });
        let object = params.as_object_mut().unwrap();
        object.extend(more.as_object().unwrap().clone());
        let made = bench.ec2("CreateNetworkInsightsPath", params);
        at(&made, "/NetworkInsightsPath/NetworkInsightsPathId")
    };
    let paths = [
        path(
            bench,
            json!({ "Destination": hsm, "DestinationPort": 2223 }),
        ),
        path(
            bench,
            json!({ "DestinationIp": "198.51.100.7", "SourceIp": "10.9.9.9" }),
        ),
        path(
            bench,
            json!({ "Destination": hsm, "FilterAtSource": { "SourceAddress": "172.31.0.9",
            "SourcePortRange": { "FromPort": 1, "ToPort": 9 }, "DestinationAddress": "172.31.0.8",
            "DestinationPortRange": { "FromPort": 1, "ToPort": 9 } } }),
        ),
        path(
            bench,
            json!({ "Destination": hsm, "FilterAtDestination": { "DestinationPortRange":
                { "FromPort": 2223, "ToPort": 2223 } } }),
        ),
    ];
    let run = |bench: &mut Bench, path: &str| {
        let params = json!({ "NetworkInsightsPathId": path,
            "TagSpecifications": tags("network-insights-analysis") });
        bench.ec2("StartNetworkInsightsAnalysis", params);
        bench.pass(60);
        bench.ec2("DescribeNetworkInsightsAnalyses", json!({}))
    };
    for path in &paths {
        run(bench, path);
    }
    let shown = bench.ec2(
        "DescribeNetworkInterfaces",
        json!({ "NetworkInterfaceIds": [hsm] }),
    );
    let cluster = at(&shown, "/NetworkInterfaces/0/Groups/0/GroupId");
    let change = json!({ "InstanceId": instance, "Groups": [cluster] });
    bench.ec2("ModifyInstanceAttribute", change);
    run(bench, &paths[0]);
    for number in 0..3 {
        path(
            bench,
            json!({ "Destination": hsm, "DestinationPort": 3000 + number }),
        );
    }
    bench.ec2("DescribeNetworkInsightsPaths", json!({ "MaxResults": 5 }));
    for path in &paths[..2] {
        run(bench, path);
    }
    let shown = bench.ec2(
        "DescribeNetworkInsightsAnalyses",
        json!({ "MaxResults": 5 }),
    );
    assert!(shown["NextToken"].is_string());
    let shown = bench.ec2(
        "DescribeNetworkInsightsAnalyses",
        json!({ "NetworkInsightsPathId": paths[3] }),
    );
    let analysis = at(
        &shown,
        "/NetworkInsightsAnalyses/0/NetworkInsightsAnalysisId",
    );
    let gone = json!({ "NetworkInsightsAnalysisId": analysis });
    bench.ec2("DeleteNetworkInsightsAnalysis", gone);
    bench.ec2(
        "DeleteNetworkInsightsPath",
        json!({ "NetworkInsightsPathId": paths[3] }),
    );
}

fn power(bench: &mut Bench, instances: &[String]) {
    let first = json!({ "InstanceIds": [instances[0]] });
    bench.ec2("RebootInstances", first.clone());
    bench.ec2("StopInstances", first.clone());
    bench.pass(10);
    bench.ec2("DescribeInstances", json!({}));
    bench.ec2("StartInstances", first);
    bench.pass(10);
    bench.ec2("TerminateInstances", json!({ "InstanceIds": instances }));
    bench.ec2("DescribeInstances", json!({}));
}
