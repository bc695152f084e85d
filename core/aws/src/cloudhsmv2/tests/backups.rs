//! Backups: retention, deletion, copies, restoration, sharing.

use serde_json::json;

use super::*;

/// The one backup of a world with a newly activated cluster.
fn first_backup(world: &mut World) -> String {
    text(&world.backups()[0]["BackupId"]).to_owned()
}

#[test]
fn a_backup_as_it_is_described() {
    let world = &mut World::new();
    let cluster_id = world.active();
    let backup = world.backups()[0].clone();
    let id = text(&backup["BackupId"]);
    let expected = json!({
        "BackupId": id,
        "BackupArn": format!("arn:aws:cloudhsm:us-east-1:111122223333:backup/{id}"),
        "BackupState": "READY",
        "ClusterId": cluster_id,
        "CreateTimestamp": backup["CreateTimestamp"],
        "NeverExpires": false,
        "TagList": [],
        "HsmType": "hsm2m.medium",
        "Mode": "FIPS",
    });
    assert_eq!(backup.to_string(), expected.to_string());
}

#[test]
fn there_is_one_every_day_and_none_without_hsms() {
    let world = &mut World::new();
    let id = world.active();
    world.pass(SimDuration::from_days(5));
    assert_eq!(world.backups().len(), 6);
    let hsm_id = world.record(&id).hsms[0].id.clone();
    world.ok("DeleteHsm", json!({ "ClusterId": id, "HsmId": hsm_id }));
    world.pass(SimDuration::from_days(5));
    assert_eq!(
        world.backups().len(),
        7,
        "the one of the removal, and no more"
    );
}

#[test]
fn retention_ends_old_backups_but_never_the_last() {
    let world = &mut World::new();
    let id = world.active();
    let kept = first_backup(world);
    world.ok(
        "ModifyBackupAttributes",
        json!({ "BackupId": kept, "NeverExpires": true }),
    );
    let answer = world.ok(
        "ModifyCluster",
        json!({ "ClusterId": id, "BackupRetentionPolicy": { "Type": "DAYS", "Value": "7" } }),
    );
    assert_eq!(answer["Cluster"]["BackupRetentionPolicy"]["Value"], "7");
    world.pass(SimDuration::from_days(30));
    let backups = world.backups();
    let count = |state: &str| backups.iter().filter(|b| b["BackupState"] == state).count();
    assert_eq!(backups[0]["BackupId"], kept, "exempted");
    assert!((7..=9).contains(&count("READY")), "{}", count("READY"));
    assert!(
        (6..=8).contains(&count("PENDING_DELETION")),
        "{}",
        count("PENDING_DELETION")
    );

    let hsm_id = world.record(&id).hsms[0].id.clone();
    world.ok("DeleteHsm", json!({ "ClusterId": id, "HsmId": hsm_id }));
    world.settle();
    world.ok("DeleteCluster", json!({ "ClusterId": id }));
    world.pass(SimDuration::from_days(60));
    let left = world.backups();
    assert_eq!(left.len(), 2, "the exempted one and the last one");
}

#[test]
fn deletion_waits_seven_days_and_can_be_taken_back() {
    let world = &mut World::new();
    world.active();
    let id = first_backup(world);
    let answer = world.ok("DeleteBackup", json!({ "BackupId": id }));
    assert_eq!(answer["Backup"]["BackupState"], "PENDING_DELETION");
    let gone = answer["Backup"]["DeleteTimestamp"].as_f64().unwrap();
    assert!((gone - (world.now.unix_ms() as f64 / 1000.0 + 604_800.0)).abs() < 0.01);
    world.pass(SimDuration::from_days(6));
    let answer = world.ok("RestoreBackup", json!({ "BackupId": id }));
    assert_eq!(answer["Backup"]["BackupState"], "READY");
    assert!(answer["Backup"].get("DeleteTimestamp").is_none());
    world.pass(SimDuration::from_days(6));
    assert_eq!(first_backup(world), id);
    world.ok("DeleteBackup", json!({ "BackupId": id }));
    world.pass(SimDuration::from_days(7));
    assert!(world.backups().iter().all(|b| b["BackupId"] != *id));
    assert_eq!(
        world.refused("RestoreBackup", json!({ "BackupId": id })).0,
        "CloudHsmResourceNotFoundException"
    );
}

#[test]
fn a_cluster_from_a_copy_in_another_region_has_the_users_and_needs_no_activation() {
    let world = &mut World::new();
    let source_cluster = world.active();
    let id = first_backup(world);
    world.ok(
        "TagResource",
        json!({ "ResourceId": id, "TagList": [{ "Key": "k", "Value": "v" }] }),
    );
    let created = world.backups()[0]["CreateTimestamp"].clone();
    let params = json!({ "BackupId": id, "DestinationRegion": "us-west-2" });
    let answer = world.ok("CopyBackupToRegion", params);
    let expected = json!({ "DestinationBackup": { "CreateTimestamp": created,
        "SourceRegion": "us-east-1", "SourceBackup": id, "SourceCluster": source_cluster } });
    assert_eq!(answer.to_string(), expected.to_string());
    let there = json!({ "Filters": { "sourceBackupIds": [id] } });
    let copy = world
        .call_in("us-west-2", "DescribeBackups", there.clone())
        .unwrap();
    assert_eq!(copy["Backups"][0]["BackupState"], "CREATE_IN_PROGRESS");
    world.settle();
    let copy = world
        .call_in("us-west-2", "DescribeBackups", there)
        .unwrap()["Backups"][0]
        .take();
    assert_eq!(copy["BackupState"], "READY");
    assert_eq!(copy["TagList"], json!([{ "Key": "k", "Value": "v" }]));
    assert_ne!(copy["BackupId"], *id);
    assert_eq!(copy["SourceRegion"], "us-east-1");

    let network = &world.cloud.ec2.region("us-west-2").unwrap().network;
    let subnet = network.subnets.values().next().unwrap().clone();
    let params = json!({ "HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": [subnet.id],
        "SourceBackupId": copy["BackupArn"] });
    let cluster = world.call_in("us-west-2", "CreateCluster", params).unwrap()["Cluster"].take();
    assert_eq!(cluster["State"], "CREATE_IN_PROGRESS");
    assert_eq!(cluster["SourceBackupId"], copy["BackupId"]);
    assert!(cluster["Certificates"].get("ClusterCertificate").is_some());
    world.settle();
    let cluster_id = text(&cluster["ClusterId"]).to_owned();
    let state = |world: &World| {
        world
            .cloud
            .cloudhsmv2
            .cluster("us-west-2", &cluster_id)
            .unwrap()
            .state
    };
    assert_eq!(state(world), ClusterState::Initialized);
    let params = json!({ "ClusterId": cluster_id, "AvailabilityZone": subnet.zone });
    let hsm = world.call_in("us-west-2", "CreateHsm", params).unwrap();
    world.settle();
    assert_eq!(state(world), ClusterState::Active);
    assert!(
        world
            .fleet
            .status(text(&hsm["Hsm"]["HsmId"]))
            .unwrap()
            .activated
    );
}

#[test]
fn backups_are_sorted_filtered_and_paged() {
    let world = &mut World::new();
    let cluster_id = world.active();
    world.pass(SimDuration::from_days(3));
    let mut newest_first = world.backups();
    newest_first.reverse();
    assert_eq!(newest_first.len(), 4);
    let mut params = json!({ "MaxResults": 3 });
    let mut paged = Vec::new();
    loop {
        let answer = world.ok("DescribeBackups", params.clone());
        paged.extend(answer["Backups"].as_array().unwrap().clone());
        match answer.get("NextToken") {
            Some(token) => params["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(paged, newest_first);
    let id = first_backup(world);
    world.ok(
        "ModifyBackupAttributes",
        json!({ "BackupId": id, "NeverExpires": true }),
    );
    let cases = [
        (json!({ "backupIds": [id] }), 1),
        (json!({ "clusterIds": [cluster_id] }), 4),
        (json!({ "clusterIds": ["cluster-aaaaaaaaaaa"] }), 0),
        (json!({ "neverExpires": ["True"] }), 1),
        (json!({ "neverExpires": ["false"] }), 3),
        (json!({ "states": ["PENDING_DELETION"] }), 0),
        (json!({ "sourceBackupIds": [id] }), 0),
    ];
    for (filters, count) in cases {
        let answer = world.ok("DescribeBackups", json!({ "Filters": filters }));
        assert_eq!(
            answer["Backups"].as_array().unwrap().len(),
            count,
            "{filters}"
        );
    }
    assert_eq!(
        world.ok("DescribeBackups", json!({ "Shared": true })),
        json!({ "Backups": [] })
    );
}

#[test]
fn a_backup_is_shared_by_its_resource_policy() {
    let world = &mut World::new();
    world.active();
    let arn = text(&world.backups()[0]["BackupArn"]).to_owned();
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "AWS": ["123456789012"] },
        "Action": ["cloudhsm:CreateCluster", "cloudhsm:DescribeBackups"], "Resource": arn }] })
    .to_string();
    let named = json!({ "ResourceArn": arn });
    let none = world.refused("GetResourcePolicy", named.clone());
    assert_eq!(none.0, "CloudHsmResourceNotFoundException");
    let put = json!({ "ResourceArn": arn, "Policy": policy });
    assert_eq!(world.ok("PutResourcePolicy", put.clone()), put);
    assert_eq!(
        world.ok("GetResourcePolicy", named.clone()),
        json!({ "Policy": policy })
    );
    assert_eq!(world.ok("DeleteResourcePolicy", named.clone()), put);
    world.refused("DeleteResourcePolicy", named);
    for (from, to) in [
        ("CreateCluster", "DeleteBackup"),
        ("Allow", "Deny"),
        ("2012", "2008"),
        ("AWS", "X"),
    ] {
        let params = json!({ "ResourceArn": arn, "Policy": policy.replace(from, to) });
        let (code, message) = world.refused("PutResourcePolicy", params);
        assert_eq!(code, "CloudHsmInvalidRequestException", "{from}");
        assert!(
            message.starts_with("The resource policy is not valid:"),
            "{message}"
        );
    }
}
