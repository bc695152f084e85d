//! The lifecycles of clusters and HSMs, only through the API.

use serde_json::json;

use super::*;
use crate::cloudhsmv2::faults;
use crate::cloudhsmv2::lifecycle::HsmState;
use hsmlab_net::Direction;

#[test]
fn create_cluster_answers_and_makes_group_and_role() {
    let world = &mut World::new();
    let subnets = [world.subnet('a'), world.subnet('b')];
    let answer = world.ok(
        "CreateCluster",
        json!({ "HsmType": "hsm2m.medium", "SubnetIds": subnets, "Mode": "NON_FIPS",
            "BackupRetentionPolicy": { "Type": "DAYS", "Value": "30" },
            "TagList": [{ "Key": "Name", "Value": "lab" }] }),
    );
    let cluster = &answer["Cluster"];
    let id = text(&cluster["ClusterId"]);
    let group = world
        .network()
        .security_group(text(&cluster["SecurityGroup"]))
        .unwrap()
        .clone();
    assert_eq!(group.name, format!("cloudhsm-{id}-sg"));
    for direction in [Direction::Ingress, Direction::Egress] {
        let rules: Vec<_> = group
            .rules(direction)
            .iter()
            .map(|rule| rule.spec.plainly(direction))
            .collect();
        assert_eq!(rules.len(), 1, "{rules:?}");
        assert!(rules[0].contains("2223-2225"), "{rules:?}");
        assert!(group.refers_to(&group.id));
    }
    assert!(world.cloud.iam.has_linked_role("cloudhsm.amazonaws.com"));
    let vpc_id = world.network().default_vpc().unwrap().id.clone();
    let expected = json!({
        "BackupPolicy": "DEFAULT",
        "BackupRetentionPolicy": { "Type": "DAYS", "Value": "30" },
        "ClusterId": id,
        "CreateTimestamp": 1_795_514_400.0,
        "Hsms": [],
        "HsmType": "hsm2m.medium",
        "SecurityGroup": group.id,
        "State": "CREATE_IN_PROGRESS",
        "SubnetMapping": { "us-east-1a": subnets[0], "us-east-1b": subnets[1] },
        "VpcId": vpc_id,
        "NetworkType": "IPV4",
        "Certificates": {},
        "TagList": [{ "Key": "Name", "Value": "lab" }],
        "Mode": "NON_FIPS",
    });
    assert_eq!(cluster.to_string(), expected.to_string());
}

#[test]
fn the_main_path_from_nothing_to_active() {
    let world = &mut World::new();
    let id = world.cluster();
    assert_eq!(world.state(&id), ClusterState::Uninitialized);
    assert_eq!(world.describe(&id)["Certificates"], json!({}));

    let hsm = world.create_hsm(&id, 'a');
    let hsm_id = text(&hsm["HsmId"]).to_owned();
    assert_eq!(hsm["State"], "CREATE_IN_PROGRESS");
    let interface = world.network().interface(text(&hsm["EniId"])).unwrap();
    assert_eq!(interface.description, format!("CloudHsm ENI {hsm_id}"));
    assert_eq!(interface.groups, [world.record(&id).security_group.clone()]);
    assert!(interface.is_service_managed());
    assert_eq!(interface.subnet_id, world.subnet('a'));
    assert_eq!(
        world.cloud.cloudhsmv2.upcoming(REGION).unwrap().1,
        format!("HSM {hsm_id} becomes ACTIVE")
    );
    assert!(
        world.describe(&id)["Certificates"]
            .get("ClusterCsr")
            .is_none()
    );

    world.settle();
    let shown = world.describe(&id);
    assert_eq!(shown["Hsms"][0]["State"], "ACTIVE");
    assert_eq!(shown["Hsms"][0]["StateMessage"], "HSM created.");
    let names: Vec<_> = shown["Certificates"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let expected = [
        "ClusterCsr",
        "HsmCertificate",
        "AwsHardwareCertificate",
        "ManufacturerHardwareCertificate",
    ];
    assert_eq!(names, expected);

    let (signed, anchor) = world.sign_csr(&id);
    let params = json!({ "ClusterId": id, "SignedCert": signed, "TrustAnchor": anchor });
    let answer = world.ok("InitializeCluster", params);
    let message = "Cluster is initializing. State will change to INITIALIZED upon completion.";
    assert_eq!(
        answer,
        json!({ "State": "INITIALIZE_IN_PROGRESS", "StateMessage": message })
    );
    world.settle();
    assert_eq!(world.state(&id), ClusterState::Initialized);
    let certificates = &world.describe(&id)["Certificates"];
    assert_eq!(*certificates, json!({ "ClusterCertificate": signed }));

    world.activate(&id, &anchor);
    world.pass(SimDuration::from_seconds(79));
    assert_eq!(
        world.state(&id),
        ClusterState::Initialized,
        "the service sees it 80 s later"
    );
    world.pass(SimDuration::from_seconds(1));
    assert_eq!(world.state(&id), ClusterState::Active);
    world.settle();
    let backups = world.backups();
    assert_eq!(backups.len(), 1, "activation makes a backup");
    assert_eq!(backups[0]["BackupState"], "READY");
}

#[test]
fn a_second_hsm_has_what_the_first_has() {
    let world = &mut World::new();
    let id = world.active();
    world.create_hsm(&id, 'b');
    assert_eq!(world.backups().len(), 1, "not at once");
    world.pass(SimDuration::from_seconds(50));
    assert_eq!(world.backups().len(), 2, "adding an HSM makes a backup");
    world.settle();
    let cluster = world.record(&id).clone();
    assert_eq!(cluster.active_hsms().count(), 2);
    let [first, second] = [0, 1].map(|index| world.fleet.status(&cluster.hsms[index].id).unwrap());
    assert!(second.activated && second.claimed);
    assert_eq!((first.users, first.keys), (second.users, second.keys));
}

#[test]
fn hsm_and_cluster_are_deleted_and_leave_the_backups() {
    let world = &mut World::new();
    let id = world.active();
    let hsm = world.describe(&id)["Hsms"][0].clone();
    let answer = world.ok(
        "DeleteHsm",
        json!({ "ClusterId": id, "EniIp": hsm["EniIp"] }),
    );
    assert_eq!(answer, json!({ "HsmId": hsm["HsmId"] }));
    assert!(world.fleet.status(text(&hsm["HsmId"])).is_none());
    assert_eq!(
        world.describe(&id)["Hsms"][0]["State"],
        "DELETE_IN_PROGRESS"
    );
    world.settle();
    let shown = world.describe(&id);
    assert_eq!(
        (&shown["Hsms"], &shown["State"]),
        (&json!([]), &json!("ACTIVE"))
    );
    assert!(world.network().interface(text(&hsm["EniId"])).is_none());
    assert_eq!(world.backups().len(), 2, "removing an HSM makes a backup");

    let answer = world.ok("DeleteCluster", json!({ "ClusterId": id }));
    assert_eq!(answer["Cluster"]["State"], "DELETE_IN_PROGRESS");
    assert_eq!(
        answer["Cluster"]["StateMessage"],
        "The cluster is being deleted."
    );
    world.settle();
    assert_eq!(world.describe(&id)["State"], "DELETED");
    assert!(
        world
            .network()
            .security_group(text(&shown["SecurityGroup"]))
            .is_none()
    );
    world.pass(SimDuration::from_days(1));
    assert!(world.describe(&id).is_null());
    assert_eq!(world.backups().len(), 2);
}

#[test]
fn an_emptied_active_cluster_comes_back_from_its_newest_backup() {
    let world = &mut World::new();
    let id = world.active();
    let hsm_id = world.record(&id).hsms[0].id.clone();
    world.ok("DeleteHsm", json!({ "ClusterId": id, "HsmId": hsm_id }));
    world.settle();
    let hsm = world.create_hsm(&id, 'b');
    world.settle();
    assert_eq!(world.state(&id), ClusterState::Active);
    assert!(world.fleet.status(text(&hsm["HsmId"])).unwrap().activated);
}

#[test]
fn an_uninitialized_cluster_gets_a_new_csr_with_a_new_first_hsm() {
    let world = &mut World::new();
    let id = world.cluster();
    let hsm = world.create_hsm(&id, 'a');
    world.settle();
    let (signed, anchor) = world.sign_csr(&id);
    world.ok(
        "DeleteHsm",
        json!({ "ClusterId": id, "HsmId": hsm["HsmId"] }),
    );
    assert_eq!(world.describe(&id)["Certificates"], json!({}));
    world.settle();
    world.create_hsm(&id, 'a');
    world.settle();
    let params = json!({ "ClusterId": id, "SignedCert": signed, "TrustAnchor": anchor });
    let (code, message) = world.refused("InitializeCluster", params);
    assert_eq!(code, "CloudHsmInvalidRequestException");
    assert!(message.contains("certificate signing request"), "{message}");
}

#[test]
fn a_claimed_cluster_stays_claimed_when_its_only_hsm_is_replaced() {
    let world = &mut World::new();
    let (id, anchor) = world.initialized();
    let hsm_id = world.record(&id).hsms[0].id.clone();
    world.ok("DeleteHsm", json!({ "ClusterId": id, "HsmId": hsm_id }));
    world.settle();
    world.create_hsm(&id, 'b');
    world.settle();
    assert_eq!(world.state(&id), ClusterState::Initialized);
    world.activate(&id, &anchor);
    world.settle();
    assert_eq!(world.state(&id), ClusterState::Active);
}

#[test]
fn the_wanted_address_is_given() {
    let world = &mut World::new();
    let id = world.cluster();
    let params =
        |ip: &str| json!({ "ClusterId": id, "AvailabilityZone": "us-east-1a", "IpAddress": ip });
    let subnet = world.network().subnet(&world.subnet('a')).unwrap().cidr;
    let host = |n: u32| Ipv4Addr::from(u32::from(subnet.network()) + n).to_string();
    let outside = world.refused("CreateHsm", params("192.0.2.1")).1;
    assert_eq!(
        outside,
        format!(
            "IP address '192.0.2.1' is not available in subnet '{}'.",
            world.subnet('a')
        )
    );
    world.refused("CreateHsm", params(&host(3)));
    assert!(
        world
            .refused("CreateHsm", params("ten"))
            .1
            .contains("Invalid IP address")
    );
    let hsm = world.ok("CreateHsm", params(&host(77)))["Hsm"].take();
    assert_eq!(hsm["EniIp"], host(77));
}

#[test]
fn dual_stack_hsms_have_both_addresses() {
    let world = &mut World::new();
    let (network, ids) = world.network_mut();
    let vpc_id = network.default_vpc().unwrap().id.clone();
    let subnet_id = network
        .subnets
        .values()
        .find(|s| s.vpc_id == vpc_id)
        .unwrap()
        .id
        .clone();
    network.associate_amazon_ipv6(ids, &vpc_id).unwrap();
    let block = network.vpc(&vpc_id).unwrap().ipv6_cidrs[0].cidr;
    let cidr = ipnet::Ipv6Net::new(block.network(), 64).unwrap();
    network
        .associate_subnet_ipv6(ids, &subnet_id, cidr)
        .unwrap();
    let zone = network.subnet(&subnet_id).unwrap().zone.clone();
    let params = json!({ "HsmType": "hsm2m.medium", "SubnetIds": [subnet_id], "Mode": "FIPS",
        "NetworkType": "DUALSTACK" });
    let id = text(&world.ok("CreateCluster", params)["Cluster"]["ClusterId"]).to_owned();
    world.settle();
    let hsm = world.ok(
        "CreateHsm",
        json!({ "ClusterId": id, "AvailabilityZone": zone }),
    );
    let ipv6: std::net::Ipv6Addr = text(&hsm["Hsm"]["EniIpV6"]).parse().unwrap();
    assert!(cidr.contains(&ipv6));
}

#[test]
fn clusters_are_listed_filtered_and_paged() {
    let world = &mut World::new();
    let ids: Vec<_> = (0..3).map(|_| world.cluster()).collect();
    world.create_hsm(&ids[1], 'a');
    let listed = |answer: &Value| -> Vec<String> {
        let clusters = answer["Clusters"].as_array().unwrap();
        clusters
            .iter()
            .map(|c| text(&c["ClusterId"]).to_owned())
            .collect()
    };
    assert_eq!(listed(&world.ok("DescribeClusters", json!({}))), ids);
    let first = world.ok("DescribeClusters", json!({ "MaxResults": 2 }));
    assert_eq!(listed(&first), ids[..2]);
    let token = &first["NextToken"];
    let rest = world.ok(
        "DescribeClusters",
        json!({ "MaxResults": 2, "NextToken": token }),
    );
    assert_eq!(
        (listed(&rest), rest.get("NextToken")),
        (ids[2..].to_vec(), None)
    );
    let cases = [
        (
            json!({ "clusterIds": [ids[2], "cluster-aaaaaaaaaaa"] }),
            vec![ids[2].clone()],
        ),
        (json!({ "clusterIds": ["cluster-aaaaaaaaaaa"] }), vec![]),
        (json!({ "states": ["ACTIVE"] }), vec![]),
        (
            json!({ "states": ["ACTIVE", "UNINITIALIZED"], "clusterIds": [ids[0]] }),
            vec![ids[0].clone()],
        ),
        (json!({ "vpcIds": ["vpc-0"] }), vec![]),
    ];
    for (filters, expected) in cases {
        let answer = world.ok("DescribeClusters", json!({ "Filters": filters }));
        assert_eq!(listed(&answer), expected, "{filters}");
    }
    assert_eq!(
        world
            .call_in("us-west-2", "DescribeClusters", json!({}))
            .unwrap(),
        json!({ "Clusters": [] })
    );
}

#[test]
fn tags_are_set_listed_and_removed() {
    let world = &mut World::new();
    let id = world.cluster();
    let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value });
    let params = json!({ "ResourceId": id, "TagList": [tag("b", "1"), tag("a", "1")] });
    assert_eq!(world.ok("TagResource", params), json!({}));
    world.ok(
        "TagResource",
        json!({ "ResourceId": id, "TagList": [tag("a", "2")] }),
    );
    let first = world.ok("ListTags", json!({ "ResourceId": id, "MaxResults": 1 }));
    assert_eq!(first["TagList"], json!([tag("a", "2")]));
    let params = json!({ "ResourceId": id, "NextToken": first["NextToken"] });
    assert_eq!(
        world.ok("ListTags", params),
        json!({ "TagList": [tag("b", "1")] })
    );
    world.ok(
        "UntagResource",
        json!({ "ResourceId": id, "TagKeyList": ["a", "nothing"] }),
    );
    assert_eq!(world.describe(&id)["TagList"], json!([tag("b", "1")]));
}

#[test]
fn an_hsm1_cluster_of_its_day_is_migrated_and_taken_back() {
    let world = &mut World::at("2025-01-15T10:00:00Z");
    let subnets = [world.subnet('a'), world.subnet('b')];
    let params = json!({ "HsmType": "hsm1.medium", "SubnetIds": subnets });
    let id = text(&world.ok("CreateCluster", params)["Cluster"]["ClusterId"]).to_owned();
    world.settle();
    world.create_hsm(&id, 'a');
    world.settle();
    let (signed, anchor) = world.sign_csr(&id);
    let params = json!({ "ClusterId": id, "SignedCert": signed, "TrustAnchor": anchor });
    world.ok("InitializeCluster", params);
    world.settle();
    world.activate(&id, &anchor);
    world.settle();
    world.create_hsm(&id, 'b');
    world.settle();
    let before: Vec<_> = world
        .record(&id)
        .hsms
        .iter()
        .map(|h| (h.id.clone(), h.ip.clone()))
        .collect();

    let change = |to: &str| json!({ "ClusterId": id, "HsmType": to });
    let answer = world.ok("ModifyCluster", change("hsm2m.medium"));
    assert_eq!(answer["Cluster"]["State"], "MODIFY_IN_PROGRESS");
    assert_eq!(answer["Cluster"]["HsmType"], "hsm2m.medium");
    let expiry = answer["Cluster"]["HsmTypeRollbackExpiration"]
        .as_f64()
        .unwrap();
    assert!((expiry - (world.now.unix_ms() as f64 / 1000.0 + 86_400.0)).abs() < 0.01);
    world.pass(SimDuration::from_minutes(31));
    let types: Vec<_> = world
        .record(&id)
        .hsms
        .iter()
        .map(|h| h.hsm_type.name())
        .collect();
    assert_eq!(types, ["hsm2m.medium", "hsm1.medium"]);
    world.settle();
    assert_eq!(world.state(&id), ClusterState::Active);
    let after = world.record(&id).clone();
    for (old, new) in before.iter().zip(&after.hsms) {
        assert!(
            old.0 != new.id && old.1 == new.ip,
            "another id, the same address"
        );
        assert!(world.fleet.status(&new.id).unwrap().activated);
        assert!(world.fleet.status(&old.0).is_none());
        assert_eq!(
            world
                .network()
                .interface(&new.eni_id)
                .unwrap()
                .private_ip
                .to_string(),
            new.ip
        );
    }

    let answer = world.ok("ModifyCluster", change("hsm1.medium"));
    assert_eq!(answer["Cluster"]["State"], "ROLLBACK_IN_PROGRESS");
    world.settle();
    let shown = world.describe(&id);
    assert_eq!(
        (&shown["State"], &shown["HsmType"]),
        (&json!("ACTIVE"), &json!("hsm1.medium"))
    );
    assert!(shown.get("HsmTypeRollbackExpiration").is_none());
    world.ok("ModifyCluster", change("hsm2m.medium"));
    world.pass(SimDuration::from_days(2));
    let (code, _) = world.refused("ModifyCluster", change("hsm1.medium"));
    assert_eq!(code, "CloudHsmInvalidRequestException");
}

#[test]
fn a_failed_hsm_is_replaced_by_aws() {
    let world = &mut World::new();
    let id = world.active();
    world.create_hsm(&id, 'b');
    world.settle();
    let old = world.record(&id).hsms[0].clone();
    assert!(world.with_env(|cloud, env| faults::fail_hsm(cloud, env, REGION, &old.id)));
    let shown = world.describe(&id);
    assert_eq!(
        (&shown["State"], &shown["Hsms"][0]["State"]),
        (&json!("DEGRADED"), &json!("DEGRADED"))
    );
    world.settle();
    let cluster = world.record(&id).clone();
    assert_eq!(
        (cluster.state, cluster.hsms.len()),
        (ClusterState::Active, 2)
    );
    let new = cluster
        .hsms
        .iter()
        .find(|hsm| hsm.zone == old.zone)
        .unwrap();
    assert!(new.id != old.id && new.eni_id != old.eni_id && new.state == HsmState::Active);
    assert!(world.fleet.status(&new.id).unwrap().activated);
    assert!(world.network().interface(&old.eni_id).is_none());
}

#[test]
fn maintenance_ends_automatically() {
    let world = &mut World::new();
    let id = world.active();
    assert!(world.with_env(|cloud, env| faults::begin_maintenance(cloud, env, REGION, &id)));
    assert_eq!(world.state(&id), ClusterState::UpdateInProgress);
    world.settle();
    assert_eq!(world.state(&id), ClusterState::Active);
}

#[test]
fn maintenance_replaces_one_hsm_after_the_other() {
    let world = &mut World::new();
    let id = world.active();
    world.create_hsm(&id, 'b');
    world.settle();
    let ids = |world: &World| -> Vec<String> {
        let hsms = world.record(&id).hsms.iter();
        hsms.map(|hsm| hsm.id.clone()).collect()
    };
    let before = ids(world);
    assert!(world.with_env(|cloud, env| faults::begin_maintenance(cloud, env, REGION, &id)));
    for minute in 1..=60 {
        world.pass(SimDuration::from_minutes(1));
        let serving = world.record(&id).active_hsms().count();
        let busy = minute % 30 < 6 && minute < 60;
        assert_eq!(serving, if busy { 1 } else { 2 }, "minute {minute}");
    }
    world.settle();
    assert_eq!(world.state(&id), ClusterState::Active);
    let after = ids(world);
    assert_eq!(after.len(), 2);
    assert!(after.iter().all(|id| !before.contains(id)), "{after:?}");
    for id in &after {
        assert!(world.fleet.status(id).unwrap().activated);
    }
}

#[test]
fn the_group_is_made_again_where_it_is_missing_and_stays_where_it_is_used() {
    let world = &mut World::new();
    let id = world.cluster();
    let group = world.record(&id).security_group.clone();
    world.network_mut().0.delete_security_group(&group).unwrap();
    let hsm = world.create_hsm(&id, 'a');
    let again = world.record(&id).security_group.clone();
    assert_ne!(again, group);
    let interface = world.network().interface(text(&hsm["EniId"])).unwrap();
    assert_eq!(interface.groups.as_slice(), std::slice::from_ref(&again));
    world.settle();
    world.ok(
        "DeleteHsm",
        json!({ "ClusterId": id, "EniId": hsm["EniId"] }),
    );
    world.settle();
    let subnet = world.subnet('a');
    let (network, ids) = world.network_mut();
    let spec = hsmlab_net::InterfaceSpec {
        subnet_id: subnet,
        groups: vec![again.clone()],
        private_ip: None,
        ipv6: false,
        description: String::new(),
        owner: hsmlab_net::InterfaceOwner::Customer,
        public_ip: None,
        now: SimTime::default(),
    };
    network.create_interface(ids, spec).unwrap();
    world.ok("DeleteCluster", json!({ "ClusterId": id }));
    world.settle();
    assert!(world.network().security_group(&again).is_some());
}
