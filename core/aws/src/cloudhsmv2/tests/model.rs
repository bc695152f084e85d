//! The service compared with its service model: operations, members, errors.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::*;
use crate::cloudhsmv2::operations;
use hsmlab_api::model::{Kind, Service, ShapeId, service};

fn model() -> &'static Service {
    service("cloudhsmv2").unwrap()
}

fn members(shape: ShapeId) -> Vec<String> {
    match &model().shape(shape).kind {
        Kind::Structure(structure) => structure.members.iter().map(|m| m.name.clone()).collect(),
        _ => Vec::new(),
    }
}

/// The codes of the errors that the model declares for an operation.
pub(super) fn declared_errors(operation: &str) -> BTreeSet<String> {
    let operation = model().operation(operation).unwrap();
    let codes = operation
        .errors
        .iter()
        .filter_map(|shape| match &model().shape(*shape).kind {
            Kind::Structure(structure) => structure.error.as_ref().map(|error| error.code.clone()),
            _ => None,
        });
    codes.collect()
}

#[test]
fn the_operations_are_the_models() {
    let names = model().operations.iter().map(|operation| &operation.name);
    assert!(names.eq(operations()));
}

#[test]
fn every_member_of_a_request_is_read() {
    let world = &mut World::new();
    let mut unknown = |operation: &str, member: &str| {
        let answer = world.call(operation, json!({ member: null }));
        answer.is_err_and(|refusal| refusal.message.contains("unknown field"))
    };
    for operation in &model().operations {
        assert!(unknown(&operation.name, "Nonsense"), "{}", operation.name);
        for member in operation.input.map(members).unwrap_or_default() {
            assert!(
                !unknown(&operation.name, &member),
                "{} {member}",
                operation.name
            );
        }
    }
}

/// Records the members of each structure of an answer, and checks their order.
fn note(shape: ShapeId, answer: &Value, seen: &mut BTreeMap<ShapeId, BTreeSet<String>>) {
    match (&model().shape(shape).kind, answer) {
        (Kind::Structure(structure), Value::Object(object)) => {
            let place = |name: &String| {
                let place = structure
                    .members
                    .iter()
                    .position(|member| member.name == *name);
                place.unwrap_or_else(|| panic!("{name} is not in the model"))
            };
            assert!(object.keys().map(place).is_sorted(), "{object:?}");
            for (name, value) in object {
                seen.entry(shape).or_default().insert(name.clone());
                note(structure.members[place(name)].shape, value, seen);
            }
        }
        (Kind::List(element), Value::Array(values)) => {
            for value in values {
                note(*element, value, seen);
            }
        }
        (Kind::Map(_, value_shape), Value::Object(object)) => {
            for value in object.values() {
                note(*value_shape, value, seen);
            }
        }
        (Kind::Timestamp, Value::Number(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::String, Value::String(_)) => {}
        (kind, other) => panic!("{other} is not {kind:?}"),
    }
}

#[test]
fn every_member_of_an_answer_is_given_in_the_models_order() {
    let world = &mut World::at("2025-01-15T10:00:00Z");
    let mut seen = BTreeMap::new();
    let mut call = |world: &mut World, region: &str, operation: &str, params: Value| -> Value {
        let answer = world.call_in(region, operation, params).unwrap();
        let output = model().operation(operation).unwrap().output.unwrap();
        note(output, &answer, &mut seen);
        answer
    };
    let (network, ids) = world.network_mut();
    let vpc_id = network.default_vpc().unwrap().id.clone();
    network.associate_amazon_ipv6(ids, &vpc_id).unwrap();
    let block = network.vpc(&vpc_id).unwrap().ipv6_cidrs[0].cidr;
    let subnet = world.subnet('a');
    let (network, ids) = world.network_mut();
    let cidr = ipnet::Ipv6Net::new(block.network(), 64).unwrap();
    network.associate_subnet_ipv6(ids, &subnet, cidr).unwrap();

    let create = json!({ "HsmType": "hsm1.medium", "SubnetIds": [subnet], "NetworkType": "DUALSTACK",
        "TagList": [{ "Key": "k", "Value": "v" }] });
    let id = call(world, REGION, "CreateCluster", create.clone())["Cluster"]["ClusterId"].take();
    call(world, REGION, "CreateCluster", create.clone());
    world.settle();
    let in_zone = json!({ "ClusterId": id, "AvailabilityZone": "us-east-1a" });
    call(world, REGION, "CreateHsm", in_zone);
    world.settle();
    call(
        world,
        REGION,
        "DescribeClusters",
        json!({ "MaxResults": 1 }),
    );
    call(world, REGION, "DescribeClusters", json!({}));
    let (signed, anchor) = world.sign_csr(text(&id));
    let params = json!({ "ClusterId": id, "SignedCert": signed, "TrustAnchor": anchor });
    call(world, REGION, "InitializeCluster", params);
    world.settle();
    world.activate(text(&id), &anchor);
    world.settle();
    let change = json!({ "ClusterId": id, "HsmType": "hsm2m.medium" });
    call(world, REGION, "ModifyCluster", change);
    world.settle();
    let page = call(world, REGION, "DescribeBackups", json!({ "MaxResults": 1 }));
    let (backup, arn) = (
        &page["Backups"][0]["BackupId"],
        &page["Backups"][0]["BackupArn"],
    );
    let policy = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Resource": arn,
        "Principal": { "AWS": "123456789012" }, "Action": "cloudhsm:DescribeBackups" } });
    let put = json!({ "ResourceArn": arn, "Policy": policy.to_string() });
    call(world, REGION, "PutResourcePolicy", put);
    call(
        world,
        REGION,
        "GetResourcePolicy",
        json!({ "ResourceArn": arn }),
    );
    call(
        world,
        REGION,
        "DeleteResourcePolicy",
        json!({ "ResourceArn": arn }),
    );
    let never = json!({ "BackupId": backup, "NeverExpires": true });
    call(world, REGION, "ModifyBackupAttributes", never);
    let tags = json!([{ "Key": "a", "Value": "1" }, { "Key": "b", "Value": "2" }]);
    call(
        world,
        REGION,
        "TagResource",
        json!({ "ResourceId": backup, "TagList": tags }),
    );
    call(
        world,
        REGION,
        "ListTags",
        json!({ "ResourceId": backup, "MaxResults": 1 }),
    );
    call(
        world,
        REGION,
        "UntagResource",
        json!({ "ResourceId": backup, "TagKeyList": ["a"] }),
    );
    let copy = json!({ "BackupId": backup, "DestinationRegion": "us-west-2" });
    call(world, REGION, "CopyBackupToRegion", copy);
    call(world, "us-west-2", "DescribeBackups", json!({}));
    let mut restored = create;
    restored["HsmType"] = "hsm2m.medium".into();
    restored["Mode"] = "FIPS".into();
    restored["SourceBackupId"] = backup.clone();
    call(world, REGION, "CreateCluster", restored);
    call(world, REGION, "DeleteBackup", json!({ "BackupId": backup }));
    call(
        world,
        REGION,
        "RestoreBackup",
        json!({ "BackupId": backup }),
    );
    let hsm = world.record(text(&id)).hsms[0].id.clone();
    call(
        world,
        REGION,
        "DeleteHsm",
        json!({ "ClusterId": id, "HsmId": hsm }),
    );
    world.settle();
    call(world, REGION, "DeleteCluster", json!({ "ClusterId": id }));

    let mut missing = BTreeSet::new();
    for operation in &model().operations {
        let output = operation.output.unwrap();
        assert!(
            members(output).is_empty() || seen.contains_key(&output),
            "{}",
            operation.name
        );
    }
    for (shape, names) in &seen {
        missing.extend(
            members(*shape)
                .into_iter()
                .filter(|name| !names.contains(name)),
        );
    }
    // PreCoPassword: AWS does not show it in its answers.
    assert_eq!(missing, BTreeSet::from(["PreCoPassword".to_owned()]));
}
