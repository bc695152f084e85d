//! The refusals of the service, each of which must leave the world unchanged.

use serde_json::json;

use super::*;

const INVALID: &str = "CloudHsmInvalidRequestException";
const MISSING: &str = "CloudHsmResourceNotFoundException";
const SERVICE: &str = "CloudHsmServiceException";
const TAG: &str = "CloudHsmTagException";

/// Checks that calls are refused with this code and a message that contains this text.
#[track_caller]
fn all_refused(world: &mut World, rows: Vec<(&str, Value, &str, &str)>) {
    for (operation, params, code, fragment) in rows {
        let before = format!("{:?}", (&world.cloud, world.fleet.digest()));
        let refusal = world.refused(operation, params.clone());
        assert_eq!(refusal.0, code, "{operation} {params}: {}", refusal.1);
        assert!(
            refusal.1.contains(fragment),
            "{operation} {params}: {}",
            refusal.1
        );
        let after = format!("{:?}", (&world.cloud, world.fleet.digest()));
        assert!(
            before == after,
            "{operation} {params} has changed the world"
        );
    }
}

#[test]
fn create_cluster() {
    let world = &mut World::new();
    let (a, b) = (world.subnet('a'), world.subnet('b'));
    let (network, ids) = world.network_mut();
    let vpc = network
        .create_vpc(ids, "10.0.0.0/16".parse().unwrap(), "default", false)
        .unwrap();
    let mut subnet_in = |vpc: &str, zone: &str, cidr: &str| {
        let spec = hsmlab_net::SubnetSpec {
            vpc_id: vpc.to_owned(),
            zone: Some(zone.to_owned()),
            cidr: cidr.parse().unwrap(),
            ipv6_cidr: None,
        };
        network.create_subnet(ids, spec).unwrap()
    };
    let other = subnet_in(&vpc, "us-east-1b", "10.0.1.0/24");
    let twin = subnet_in(&vpc, "us-east-1b", "10.0.2.0/24");
    let with = |changes: Value| {
        let mut params = json!({ "HsmType": "hsm2m.medium", "SubnetIds": [a, b], "Mode": "FIPS" });
        for (name, value) in changes.as_object().unwrap() {
            params[name] = value.clone();
        }
        params
    };
    let days = |value: &str| json!({ "BackupRetentionPolicy": { "Type": "DAYS", "Value": value } });
    let tags = |keys: &[&str]| {
        let tags: Vec<_> = keys
            .iter()
            .map(|key| json!({ "Key": key, "Value": "" }))
            .collect();
        json!({ "TagList": tags })
    };
    let old = "Provided HsmType is not supported.";
    let rows = vec![
        (
            "CreateCluster",
            with(json!({ "HsmType": "hsm1.medium" })),
            INVALID,
            old,
        ),
        (
            "CreateCluster",
            with(json!({ "HsmType": "hsm9.large" })),
            INVALID,
            old,
        ),
        (
            "CreateCluster",
            with(json!({ "Mode": null })),
            INVALID,
            "Mode is a required argument for this hsm type.",
        ),
        ("CreateCluster", with(days("6")), INVALID, "value 6"),
        ("CreateCluster", with(days("380")), INVALID, "value 380"),
        ("CreateCluster", with(days("ten")), INVALID, "value ten"),
        (
            "CreateCluster",
            with(json!({ "SubnetIds": ["subnet-00000000"] })),
            INVALID,
            "'subnet-00000000'",
        ),
        (
            "CreateCluster",
            with(json!({ "SubnetIds": [a, other] })),
            INVALID,
            "same VPC",
        ),
        (
            "CreateCluster",
            with(json!({ "SubnetIds": [other, twin] })),
            INVALID,
            "us-east-1b",
        ),
        (
            "CreateCluster",
            with(json!({ "NetworkType": "DUALSTACK" })),
            INVALID,
            "IPv6",
        ),
        (
            "CreateCluster",
            with(json!({ "SourceBackupId": "backup-aaaaaaaaaaa" })),
            MISSING,
            "backup-aaaaaaaaaaa",
        ),
        ("CreateCluster", with(tags(&["aws:x"])), TAG, "aws:x"),
        ("CreateCluster", with(tags(&["x", "x"])), TAG, "'x'"),
        (
            "CreateCluster",
            json!({ "HsmType": "hsm2m.medium" }),
            INVALID,
            "SubnetIds",
        ),
    ];
    all_refused(world, rows);
    assert!(!world.cloud.iam.has_linked_role("cloudhsm.amazonaws.com"));
    for _ in 0..4 {
        world.cluster();
    }
    all_refused(
        world,
        vec![("CreateCluster", with(json!({})), SERVICE, "4 clusters")],
    );
}

#[test]
fn hsm1_had_one_mode() {
    let world = &mut World::at("2024-09-01T00:00:00Z");
    let subnets = [world.subnet('a')];
    let params = json!({ "HsmType": "hsm1.medium", "SubnetIds": subnets, "Mode": "NON_FIPS" });
    all_refused(
        world,
        vec![("CreateCluster", params, INVALID, "hsm1.medium")],
    );
    let world = &mut World::at("2024-08-01T00:00:00Z");
    let params = json!({ "HsmType": "hsm2m.medium", "SubnetIds": subnets, "Mode": "FIPS" });
    all_refused(
        world,
        vec![("CreateCluster", params, INVALID, "not supported")],
    );
}

#[test]
fn unknown_resources_are_refused() {
    let world = &mut World::new();
    let id = "cluster-aaaaaaaaaaa";
    let backup = "backup-aaaaaaaaaaa";
    let arn = "arn:aws:cloudhsm:us-east-1:111122223333:backup/backup-aaaaaaaaaaa";
    let cluster_arn = "arn:aws:cloudhsm:us-east-1:111122223333:cluster/cluster-aaaaaaaaaaa";
    let policy = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
        "Principal": { "AWS": "123456789012" }, "Action": "cloudhsm:DescribeBackups", "Resource": arn } });
    let certificates = json!({ "ClusterId": id, "SignedCert": "x", "TrustAnchor": "x" });
    let rows = vec![
        (
            "CreateHsm",
            json!({ "ClusterId": id, "AvailabilityZone": "us-east-1a" }),
            MISSING,
            id,
        ),
        (
            "DeleteHsm",
            json!({ "ClusterId": id, "HsmId": "hsm-aaaaaaaaaaa" }),
            MISSING,
            id,
        ),
        ("DeleteCluster", json!({ "ClusterId": id }), MISSING, id),
        ("InitializeCluster", certificates, MISSING, id),
        (
            "ModifyCluster",
            json!({ "ClusterId": id, "HsmType": "hsm2m.medium" }),
            MISSING,
            id,
        ),
        (
            "ModifyCluster",
            json!({ "ClusterId": id }),
            INVALID,
            "HsmType or BackupRetentionPolicy",
        ),
        ("ListTags", json!({ "ResourceId": id }), MISSING, id),
        (
            "TagResource",
            json!({ "ResourceId": backup, "TagList": [] }),
            MISSING,
            backup,
        ),
        (
            "UntagResource",
            json!({ "ResourceId": id, "TagKeyList": ["a"] }),
            MISSING,
            id,
        ),
        (
            "DeleteBackup",
            json!({ "BackupId": backup }),
            MISSING,
            backup,
        ),
        (
            "RestoreBackup",
            json!({ "BackupId": backup }),
            MISSING,
            backup,
        ),
        (
            "ModifyBackupAttributes",
            json!({ "BackupId": backup, "NeverExpires": true }),
            MISSING,
            backup,
        ),
        (
            "CopyBackupToRegion",
            json!({ "BackupId": backup, "DestinationRegion": "us-west-2" }),
            MISSING,
            backup,
        ),
        (
            "GetResourcePolicy",
            json!({ "ResourceArn": arn }),
            MISSING,
            backup,
        ),
        ("GetResourcePolicy", json!({}), INVALID, "ResourceArn"),
        (
            "PutResourcePolicy",
            json!({ "ResourceArn": arn, "Policy": policy.to_string() }),
            MISSING,
            backup,
        ),
        (
            "PutResourcePolicy",
            json!({ "ResourceArn": arn, "Policy": "{" }),
            INVALID,
            "not JSON",
        ),
        (
            "DeleteResourcePolicy",
            json!({ "ResourceArn": cluster_arn }),
            INVALID,
            "not supported",
        ),
        (
            "DescribeClusters",
            json!({ "Filters": { "Name": ["clusterIds"] } }),
            INVALID,
            "'Name'",
        ),
        (
            "DescribeBackups",
            json!({ "Filters": { "vpcIds": ["x"] } }),
            INVALID,
            "'vpcIds'",
        ),
        (
            "DescribeBackups",
            json!({ "NextToken": "tok1" }),
            INVALID,
            "NextToken",
        ),
    ];
    all_refused(world, rows);
}

#[test]
fn before_the_cluster_is_made() {
    let world = &mut World::new();
    let subnets = [world.subnet('a')];
    let params = json!({ "HsmType": "hsm2m.medium", "SubnetIds": subnets, "Mode": "FIPS" });
    let id = text(&world.ok("CreateCluster", params)["Cluster"]["ClusterId"]).to_owned();
    let state = "CREATE_IN_PROGRESS";
    let certificates = json!({ "ClusterId": id, "SignedCert": "x", "TrustAnchor": "x" });
    let rows = vec![
        (
            "CreateHsm",
            json!({ "ClusterId": id, "AvailabilityZone": "us-east-1a" }),
            INVALID,
            state,
        ),
        ("DeleteCluster", json!({ "ClusterId": id }), INVALID, state),
        ("InitializeCluster", certificates, INVALID, state),
    ];
    all_refused(world, rows);
}

#[test]
fn the_order_of_the_first_steps() {
    let world = &mut World::new();
    let id = world.cluster();
    let in_zone = |zone: &str| json!({ "ClusterId": id, "AvailabilityZone": zone });
    let certificates = |signed: &str, anchor: &str| json!({ "ClusterId": id, "SignedCert": signed, "TrustAnchor": anchor });
    let rows = vec![
        ("CreateHsm", in_zone("us-east-1c"), INVALID, "'us-east-1c'"),
        (
            "InitializeCluster",
            certificates("x", "x"),
            INVALID,
            "active HSM",
        ),
    ];
    all_refused(world, rows);
    let hsm = world.create_hsm(&id, 'a');
    let second =
        format!("Cluster '{id}' already contains an HSM but has not yet been fully activated");
    let rows = vec![
        ("CreateHsm", in_zone("us-east-1b"), INVALID, second.as_str()),
        (
            "DeleteHsm",
            json!({ "ClusterId": id, "HsmId": hsm["HsmId"] }),
            INVALID,
            "CREATE_IN_PROGRESS",
        ),
        (
            "DeleteCluster",
            json!({ "ClusterId": id }),
            INVALID,
            "contains HSMs",
        ),
        (
            "InitializeCluster",
            certificates("x", "x"),
            INVALID,
            "active HSM",
        ),
    ];
    all_refused(world, rows);
    world.settle();
    let (signed, anchor) = world.sign_csr(&id);
    let csr = text(&world.describe(&id)["Certificates"]["ClusterCsr"]).to_owned();
    let other_root = {
        let (_, root) = sign(&csr, world.now - SimDuration::from_days(3653));
        root
    };
    let rows = vec![
        ("CreateHsm", in_zone("us-east-1b"), INVALID, second.as_str()),
        (
            "InitializeCluster",
            certificates("a.crt", &anchor),
            INVALID,
            "SignedCert",
        ),
        (
            "InitializeCluster",
            certificates(&signed, "customerCA.crt"),
            INVALID,
            "TrustAnchor",
        ),
        (
            "InitializeCluster",
            certificates(&signed, &signed),
            INVALID,
            "TrustAnchor",
        ),
        (
            "InitializeCluster",
            certificates(&anchor, &anchor),
            INVALID,
            "signing request",
        ),
        (
            "InitializeCluster",
            certificates(&signed, &other_root),
            INVALID,
            "not valid at the current time",
        ),
        ("DeleteHsm", json!({ "ClusterId": id }), INVALID, "One of"),
        (
            "DeleteHsm",
            json!({ "ClusterId": id, "HsmId": "hsm-aaaaaaaaaaa", "EniIp": "10.0.0.1" }),
            INVALID,
            "Only one",
        ),
        (
            "DeleteHsm",
            json!({ "ClusterId": id, "HsmId": "hsm-aaaaaaaaaaa" }),
            MISSING,
            "hsm-aaaaaaaaaaa",
        ),
        (
            "ModifyCluster",
            json!({ "ClusterId": id, "HsmType": "hsm2m.medium" }),
            INVALID,
            "UNINITIALIZED",
        ),
    ];
    all_refused(world, rows);
    world.ok("InitializeCluster", certificates(&signed, &anchor));
    let state = "INITIALIZE_IN_PROGRESS";
    let rows = vec![
        (
            "InitializeCluster",
            certificates(&signed, &anchor),
            INVALID,
            state,
        ),
        (
            "DeleteHsm",
            json!({ "ClusterId": id, "HsmId": hsm["HsmId"] }),
            INVALID,
            state,
        ),
        ("CreateHsm", in_zone("us-east-1b"), INVALID, state),
        ("DeleteCluster", json!({ "ClusterId": id }), INVALID, state),
    ];
    all_refused(world, rows);
    world.settle();
    let rows = vec![
        (
            "InitializeCluster",
            certificates(&signed, &anchor),
            INVALID,
            "INITIALIZED",
        ),
        ("CreateHsm", in_zone("us-east-1b"), INVALID, second.as_str()),
    ];
    all_refused(world, rows);
}

#[test]
fn an_active_cluster_and_its_backups() {
    let world = &mut World::new();
    let id = world.active();
    let backup = text(&world.backups()[0]["BackupId"]).to_owned();
    let subnets = [world.subnet('a')];
    let from_backup = |mode: &str| json!({ "HsmType": "hsm2m.medium", "SubnetIds": subnets, "Mode": mode, "SourceBackupId": backup });
    let to_region = |region: &str| json!({ "BackupId": backup, "DestinationRegion": region });
    let rows = vec![
        (
            "CreateCluster",
            from_backup("NON_FIPS"),
            INVALID,
            "FIPS mode",
        ),
        (
            "RestoreBackup",
            json!({ "BackupId": backup }),
            INVALID,
            "READY",
        ),
        (
            "CopyBackupToRegion",
            to_region("us-east-1"),
            INVALID,
            "different",
        ),
        (
            "CopyBackupToRegion",
            to_region("us-gov-west-1"),
            INVALID,
            "partition",
        ),
        (
            "CopyBackupToRegion",
            to_region("xx-north-1"),
            INVALID,
            "xx-north-1",
        ),
        (
            "ModifyCluster",
            json!({ "ClusterId": id, "HsmType": "hsm2m.medium" }),
            INVALID,
            "hsm2m.medium",
        ),
    ];
    all_refused(world, rows);
    world.ok("DeleteBackup", json!({ "BackupId": backup }));
    let pending = "PENDING_DELETION";
    let rows = vec![
        ("CreateCluster", from_backup("FIPS"), INVALID, pending),
        (
            "DeleteBackup",
            json!({ "BackupId": backup }),
            INVALID,
            pending,
        ),
        (
            "CopyBackupToRegion",
            to_region("us-west-2"),
            INVALID,
            pending,
        ),
        (
            "ModifyBackupAttributes",
            json!({ "BackupId": backup, "NeverExpires": true }),
            INVALID,
            pending,
        ),
    ];
    all_refused(world, rows);
    world
        .cloud
        .cloudhsmv2
        .set_capacity(REGION, "us-east-1b", false);
    let in_zone = json!({ "ClusterId": id, "AvailabilityZone": "us-east-1b" });
    all_refused(
        world,
        vec![("CreateHsm", in_zone.clone(), SERVICE, "capacity")],
    );
    world
        .cloud
        .cloudhsmv2
        .set_capacity(REGION, "us-east-1b", true);
    for _ in 0..5 {
        world.ok("CreateHsm", in_zone.clone());
    }
    let taken = json!({ "ClusterId": id, "AvailabilityZone": "us-east-1b",
        "IpAddress": world.record(&id).hsms[1].ip });
    let rows = vec![
        ("CreateHsm", in_zone, SERVICE, "6 HSMs"),
        ("CreateHsm", taken, INVALID, "already in use"),
    ];
    all_refused(world, rows);
}

#[test]
fn a_resource_has_fifty_tags() {
    let world = &mut World::new();
    let id = world.cluster();
    let tags = |range: std::ops::Range<u32>| {
        let tags: Vec<_> = range
            .map(|n| json!({ "Key": n.to_string(), "Value": "" }))
            .collect();
        json!({ "ResourceId": id, "TagList": tags })
    };
    world.ok("TagResource", tags(0..50));
    world.ok("TagResource", tags(10..20));
    let code = "CloudHsmResourceLimitExceededException";
    all_refused(world, vec![("TagResource", tags(50..51), code, "50 tags")]);
}

#[test]
fn an_unknown_operation_is_refused() {
    let refusal = World::new()
        .call("CreateLunaClient", json!({}))
        .unwrap_err();
    assert_eq!(refusal.code, "UnknownOperationException");
}

/// Creates a user with this policy and makes it the caller.
fn act_as(world: &mut World, actions: &Value) {
    let policy = json!({ "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": actions, "Resource": "*" } });
    let principal = world
        .cloud
        .iam
        .authenticate(hsmlab_api::CLOUDSHELL_ACCESS_KEY_ID, world.now)
        .unwrap();
    let mut iam = |operation: &str, params: Value| {
        let request = Request {
            operation,
            params: &params,
            region: REGION,
            principal: &principal,
            source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        world
            .with_env(|parts, env| {
                let usage = iam::RoleUsage::new();
                iam::handle(parts.iam, &mut env.basics(), &request, usage)
            })
            .unwrap()
    };
    iam("CreateUser", json!({ "UserName": "alice" }));
    let policy = policy.to_string();
    iam(
        "PutUserPolicy",
        json!({ "UserName": "alice", "PolicyName": "p", "PolicyDocument": policy }),
    );
    let key = iam("CreateAccessKey", json!({ "UserName": "alice" }));
    world.caller = text(&key["AccessKey"]["AccessKeyId"]).to_owned();
}

#[test]
fn the_callers_permissions_that_the_service_uses() {
    const DENIED: &str = "CloudHsmAccessDeniedException";
    let group = [
        "cloudhsm:CreateCluster",
        "cloudhsm:CreateHsm",
        "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups",
        "ec2:CreateSecurityGroup",
        "ec2:AuthorizeSecurityGroup*",
        "ec2:RevokeSecurityGroupEgress",
    ];
    let sentence = "This operation requires that the caller have permission to call";
    let role = format!(
        "{sentence} iam:CreateServiceLinkedRole to create the CloudHSM Service Linked Role."
    );
    let eni = format!("{sentence} ec2:CreateNetworkInterface.");
    let no_group = format!("{sentence} ec2:CreateSecurityGroup.");

    let world = &mut World::new();
    let subnets = [world.subnet('a')];
    let create = json!({ "HsmType": "hsm2m.medium", "SubnetIds": subnets, "Mode": "FIPS" });
    let mut tagged = create.clone();
    tagged["TagList"] = json!([{ "Key": "Name", "Value": "lab" }]);
    act_as(world, &json!(["cloudhsm:*", "ec2:Describe*"]));
    all_refused(
        world,
        vec![("CreateCluster", create.clone(), DENIED, no_group.as_str())],
    );

    let world = &mut World::new();
    act_as(world, &json!(group));
    let rows = vec![
        ("CreateCluster", create.clone(), DENIED, role.as_str()),
        ("CreateCluster", tagged, TAG, "tagging failure"),
    ];
    all_refused(world, rows);
    let mut owner = hsmlab_api::CLOUDSHELL_ACCESS_KEY_ID.to_owned();
    std::mem::swap(&mut world.caller, &mut owner);
    let id = world.cluster();
    std::mem::swap(&mut world.caller, &mut owner);
    // The role exists now, so no caller needs to create it.
    world.ok("CreateCluster", create);
    let in_zone = json!({ "ClusterId": id, "AvailabilityZone": "us-east-1a" });
    all_refused(world, vec![("CreateHsm", in_zone, DENIED, eni.as_str())]);
    std::mem::swap(&mut world.caller, &mut owner);
    let hsm = world.create_hsm(&id, 'a');
    world.settle();
    std::mem::swap(&mut world.caller, &mut owner);
    let named = json!({ "ClusterId": id, "HsmId": hsm["HsmId"] });
    all_refused(
        world,
        vec![("DeleteHsm", named, DENIED, "ec2:DeleteNetworkInterface")],
    );
}
