//! Instances, key pairs, images and addresses through their handlers.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::ec2::Region;
use crate::ec2::compute::InstanceState;
use crate::ec2::compute::lifecycle::{self, Transition};
use crate::iam::tests::Bench;
use hsmlab_api::CLOUDSHELL_ACCESS_KEY_ID;
use hsmlab_api::model;

const AL2023: &str =
    "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

/// Its public key is imported: created with ssh-keygen.
const PUBLIC_KEY: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAILpDPZF1m7D0tFwNDomOUnWfIpSlQHSH+61o/i05477C lab";
const RSA_PUBLIC_KEY: &str = "ssh-rsa \
    AAAAB3NzaC1yc2EAAAADAQABAAABAQCgj/T3DOegIHVEvY08jCVTiwKPgl7uzau0rCH2p7J8qVPbZEm6ZTMCsLsaaXrON9aH\
    FtbHg41MFe+DRVjl7BE9Feb0ky4k3ZEYD/zSCyvLauBEZe70qJdRPxCLzBXGLvAOumiWoCR+c78XfqaWBdDRU4oLTTnT2rUF\
    4O6nZihip0f+5uucfN6X/IQNqd/TvmwFvrj2mLsWHJW1koUB85tcAT/6TcvpJu9l/QX4CfdoqRHxROYisCGEH8IkZK569P23\
    nybFynp0KWbEp1S2Ql1HvfPZ9NRJwt97j44iieGhMSBj7BZa53NSGoMgU6yHTkAu2HFGxH9jvpqT2cNbZ/eR lab";

fn ec2(bench: &mut Bench, operation: &str, params: Value) -> Value {
    bench.call("ec2", operation, params).unwrap()
}

fn refusal(bench: &mut Bench, operation: &str, params: Value) -> String {
    let error = bench.call("ec2", operation, params).unwrap_err();
    format!("{} {}", error.code, error.message)
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn region(bench: &Bench) -> &Region {
    bench.cloud.ec2.region("us-east-1").unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "so that calls read as JSON")]
fn run(bench: &mut Bench, more: Value) -> String {
    let mut params =
        json!({"ImageId": AL2023, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1});
    params
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let made = ec2(bench, "RunInstances", params);
    made["Instances"][0]["InstanceId"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn shown(bench: &mut Bench, id: &str) -> Value {
    let found = ec2(bench, "DescribeInstances", json!({"InstanceIds": [id]}));
    found["Reservations"][0]["Instances"][0].clone()
}

#[test]
fn every_offered_operation_on_compute_has_a_handler() {
    let offered = &model::service("ec2").unwrap().operations;
    let known: Vec<&str> = crate::ec2::operations().collect();
    let words = ["Instance", "Image", "KeyPair", "Address"];
    for operation in offered.iter().map(|each| each.name.as_str()) {
        if words.iter().any(|word| operation.contains(word)) {
            assert!(known.contains(&operation), "{operation}");
        }
    }
}

#[test]
fn answers_have_only_members_of_the_model() {
    let mut bench = Bench::new();
    let tags = json!([{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "client"}]}]);
    let id = run(&mut bench, json!({"TagSpecifications": tags}));
    bench.pass(60);
    let key = json!({"KeyName": "lab", "PublicKeyMaterial": base64(PUBLIC_KEY)});
    ec2(&mut bench, "ImportKeyPair", key);
    ec2(&mut bench, "AllocateAddress", json!({}));
    let service = model::service("ec2").unwrap();
    for (operation, params) in [
        ("DescribeInstances", json!({"InstanceIds": [id]})),
        ("DescribeInstanceStatus", json!({})),
        ("DescribeInstanceTypes", json!({})),
        ("DescribeImages", json!({})),
        ("DescribeKeyPairs", json!({"IncludePublicKey": true})),
        ("DescribeAddresses", json!({})),
        ("StopInstances", json!({"InstanceIds": [id]})),
    ] {
        let answer = ec2(&mut bench, operation, params);
        let shape = service.output(service.operation(operation).unwrap());
        known(service, shape, &answer, operation);
    }
}

/// Compares an answer with its shape.
fn known(service: &model::Service, shape: &model::Shape, value: &Value, at: &str) {
    match (&shape.kind, value) {
        (model::Kind::Structure(structure), Value::Object(members)) => {
            for (name, member) in members {
                let of_model = structure.members.iter().find(|each| each.name == *name);
                let of_model = of_model.unwrap_or_else(|| panic!("{at}.{name}"));
                known(
                    service,
                    service.shape(of_model.shape),
                    member,
                    &format!("{at}.{name}"),
                );
            }
        }
        (model::Kind::List(member), Value::Array(items)) => {
            for item in items {
                known(service, service.shape(*member), item, &format!("{at}[]"));
            }
        }
        _ => assert!(!value.is_object() && !value.is_array(), "{at}: {value}"),
    }
}

#[test]
fn an_instance_runs_stops_starts_and_goes() {
    let mut bench = Bench::new();
    let id = run(&mut bench, json!({}));
    let state = |bench: &mut Bench| shown(bench, &id)["State"]["Name"].clone();
    assert_eq!(state(&mut bench), "pending");
    assert_eq!(
        refusal(&mut bench, "StopInstances", json!({"InstanceIds": [id]})),
        format!(
            "IncorrectInstanceState The instance '{id}' is not in a state from which it can be stopped."
        )
    );
    bench.pass(30);
    assert_eq!(state(&mut bench), "running");
    let first = shown(&mut bench, &id);
    assert!(first["PublicIpAddress"].is_string(), "{first}");
    assert!(
        first["PublicDnsName"]
            .as_str()
            .unwrap()
            .ends_with(".compute-1.amazonaws.com")
    );
    let status = ec2(
        &mut bench,
        "DescribeInstanceStatus",
        json!({"InstanceIds": [id]}),
    );
    assert_eq!(
        status["InstanceStatuses"][0]["SystemStatus"]["Status"],
        "initializing"
    );
    bench.pass(300);
    let status = ec2(
        &mut bench,
        "DescribeInstanceStatus",
        json!({"InstanceIds": [id]}),
    );
    assert_eq!(
        status["InstanceStatuses"][0]["SystemStatus"]["Status"],
        "ok"
    );

    let change = ec2(&mut bench, "StopInstances", json!({"InstanceIds": [id]}));
    assert_eq!(
        change,
        json!({"StoppingInstances": [{"InstanceId": id,
            "CurrentState": {"Code": 64, "Name": "stopping"},
            "PreviousState": {"Code": 16, "Name": "running"}}]})
    );
    bench.pass(60);
    let stopped = shown(&mut bench, &id);
    assert_eq!(stopped["State"]["Code"], 80);
    assert_eq!(stopped["PublicIpAddress"], Value::Null);
    assert_eq!(stopped["PrivateIpAddress"], first["PrivateIpAddress"]);
    ec2(&mut bench, "StartInstances", json!({"InstanceIds": [id]}));
    bench.pass(60);
    let again = shown(&mut bench, &id);
    assert_eq!(again["State"]["Code"], 16);
    assert_ne!(again["PublicIpAddress"], first["PublicIpAddress"]);

    ec2(
        &mut bench,
        "TerminateInstances",
        json!({"InstanceIds": [id]}),
    );
    assert_eq!(state(&mut bench), "shutting-down");
    bench.pass(60);
    assert_eq!(state(&mut bench), "terminated");
    assert!(region(&bench).network.interfaces.is_empty());
    bench.pass(3700);
    assert_eq!(
        refusal(
            &mut bench,
            "DescribeInstances",
            json!({"InstanceIds": [id]})
        ),
        format!("InvalidInstanceID.NotFound The instance ID '{id}' does not exist")
    );
    assert!(region(&bench).tags.is_empty());
}

#[test]
fn refusals() {
    let mut bench = Bench::new();
    let id = run(&mut bench, json!({"DisableApiTermination": true}));
    let before = region(&bench).clone();
    let table = [
        (
            "RunInstances",
            json!({"ImageId": "ami-00000000000000000"}),
            "InvalidAMIID.NotFound The image id '[ami-00000000000000000]' does not exist",
        ),
        (
            "RunInstances",
            json!({"ImageId": "foo"}),
            "InvalidAMIID.Malformed Invalid id: \"foo\" (expecting \"ami-...\")",
        ),
        (
            "RunInstances",
            json!({}),
            "MissingParameter The request must contain the parameter ImageId",
        ),
        (
            "RunInstances",
            json!({"ImageId": AL2023, "InstanceType": "t9.tiny"}),
            "InvalidParameterValue Invalid value 't9.tiny' for InstanceType.",
        ),
        (
            "RunInstances",
            json!({"ImageId": AL2023, "KeyName": "nokey"}),
            "InvalidKeyPair.NotFound The key pair 'nokey' does not exist",
        ),
        (
            "RunInstances",
            json!({"ImageId": AL2023, "SubnetId": "subnet-0deadbeef00000000"}),
            "InvalidSubnetID.NotFound The subnet ID 'subnet-0deadbeef00000000' does not exist",
        ),
        (
            "RunInstances",
            json!({"ImageId": AL2023, "SecurityGroupIds": ["sg-0deadbeef00000000"]}),
            "InvalidGroup.NotFound The security group 'sg-0deadbeef00000000' does not exist",
        ),
        (
            "RunInstances",
            json!({"ImageId": AL2023, "IamInstanceProfile": {"Name": "x"}}),
            "InvalidParameterValue Value (x) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        ),
        (
            "RunInstances",
            json!({"ImageId": AL2023, "SubnetId": "subnet-0deadbeef00000000", "NetworkInterfaces": [{"DeviceIndex": 0}]}),
            "InvalidParameterCombination Network interfaces and an instance-level subnet ID may not be specified on the same request",
        ),
        (
            "DescribeInstances",
            json!({"InstanceIds": ["i-0deadbeef00000000"]}),
            "InvalidInstanceID.NotFound The instance ID 'i-0deadbeef00000000' does not exist",
        ),
        (
            "DescribeInstances",
            json!({"InstanceIds": ["foo"]}),
            "InvalidInstanceID.Malformed Invalid id: \"foo\" (expecting \"i-...\")",
        ),
        (
            "DescribeInstances",
            json!({"Filters": [{"Name": "colour", "Values": ["red"]}]}),
            "InvalidParameterValue The filter 'colour' is invalid",
        ),
        (
            "DescribeKeyPairs",
            json!({"KeyNames": ["nokey"]}),
            "InvalidKeyPair.NotFound The key pair 'nokey' does not exist",
        ),
        (
            "ImportKeyPair",
            json!({"KeyName": "k", "PublicKeyMaterial": base64("hello")}),
            "InvalidKey.Format Key is not in valid OpenSSH public key format",
        ),
        (
            "ReleaseAddress",
            json!({"AllocationId": "eipalloc-0deadbeef00000000"}),
            "InvalidAllocationID.NotFound The allocation ID 'eipalloc-0deadbeef00000000' does not exist",
        ),
        (
            "StartInstances",
            json!({"InstanceIds": [id], "DryRun": true}),
            "DryRunOperation Request would have succeeded, but DryRun flag is set.",
        ),
    ];
    for (operation, params, expected) in table {
        assert_eq!(
            refusal(&mut bench, operation, params),
            expected,
            "{operation}"
        );
    }
    let protected = refusal(
        &mut bench,
        "TerminateInstances",
        json!({"InstanceIds": [id]}),
    );
    assert_eq!(
        protected,
        format!(
            "OperationNotPermitted The instance '{id}' may not be terminated. Modify its \
             'disableApiTermination' instance attribute and try again."
        )
    );
    assert_eq!(*region(&bench), before);
}

#[test]
fn groups_are_replaced_not_added() {
    let mut bench = Bench::new();
    let id = run(&mut bench, json!({}));
    let group = ec2(
        &mut bench,
        "CreateSecurityGroup",
        json!({"GroupName": "own", "Description": "d"}),
    );
    let group = group["GroupId"].as_str().unwrap().to_owned();
    ec2(
        &mut bench,
        "ModifyInstanceAttribute",
        json!({"InstanceId": id, "Groups": [group]}),
    );
    let attribute = ec2(
        &mut bench,
        "DescribeInstanceAttribute",
        json!({"InstanceId": id, "Attribute": "groupSet"}),
    );
    assert_eq!(
        attribute["Groups"],
        json!([{"GroupId": group, "GroupName": "own"}])
    );
    assert_eq!(
        refusal(
            &mut bench,
            "ModifyInstanceAttribute",
            json!({"InstanceId": id, "InstanceType": {"Value": "t3.small"}})
        ),
        format!("IncorrectInstanceState The instance '{id}' is not in the 'stopped' state.")
    );
}

#[test]
fn key_pairs_open_what_their_private_half_fits() {
    let mut bench = Bench::new();
    for (kind, fingerprint_length, begins) in [
        ("rsa", 59, "-----BEGIN RSA PRIVATE KEY-----"),
        ("ed25519", 44, "-----BEGIN OPENSSH PRIVATE KEY-----"),
    ] {
        let made = ec2(
            &mut bench,
            "CreateKeyPair",
            json!({"KeyName": kind, "KeyType": kind}),
        );
        assert_eq!(
            made["KeyFingerprint"].as_str().unwrap().len(),
            fingerprint_length
        );
        let private = made["KeyMaterial"].as_str().unwrap();
        assert!(private.starts_with(begins));
        let compute = &region(&bench).compute;
        assert!(compute.accepts_key(kind, private), "{kind}");
        assert!(!compute.accepts_key("other", private));
        assert!(!compute.accepts_key(kind, "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"));
    }
    assert_eq!(
        refusal(&mut bench, "CreateKeyPair", json!({"KeyName": "rsa"})),
        "InvalidKeyPair.Duplicate The keypair 'rsa' already exists."
    );
    let imported = ec2(
        &mut bench,
        "ImportKeyPair",
        json!({"KeyName": "mine", "PublicKeyMaterial": base64(RSA_PUBLIC_KEY)}),
    );
    // openssl rsa -pubout -outform DER | openssl md5 -c
    assert_eq!(
        imported["KeyFingerprint"],
        "24:96:4f:29:c3:03:d7:30:6e:cc:2d:81:76:f7:e7:6c"
    );
    let ed25519 = json!({"KeyName": "ours", "PublicKeyMaterial": base64(PUBLIC_KEY)});
    let imported = ec2(&mut bench, "ImportKeyPair", ed25519);
    // ssh-keygen -l, without the padding
    assert_eq!(
        imported["KeyFingerprint"],
        "XcL11zhF843bwaWmncWmSC6dmbPsZj0GDvE5W8sjTkQ="
    );
}

#[test]
fn an_elastic_address_stays_with_a_stopped_instance() {
    let mut bench = Bench::new();
    let id = run(&mut bench, json!({}));
    bench.pass(60);
    let allocated = ec2(&mut bench, "AllocateAddress", json!({}));
    let (allocation, ip) = (
        allocated["AllocationId"].clone(),
        allocated["PublicIp"].clone(),
    );
    let params = json!({"AllocationId": allocation, "InstanceId": id});
    let association = ec2(&mut bench, "AssociateAddress", params)["AssociationId"].clone();
    assert_eq!(shown(&mut bench, &id)["PublicIpAddress"], ip);
    ec2(&mut bench, "StopInstances", json!({"InstanceIds": [id]}));
    bench.pass(120);
    assert_eq!(shown(&mut bench, &id)["PublicIpAddress"], ip);
    assert_eq!(
        refusal(
            &mut bench,
            "ReleaseAddress",
            json!({"AllocationId": allocation})
        ),
        format!(
            "InvalidIPAddress.InUse The address {} is in use.",
            ip.as_str().unwrap()
        )
    );
    ec2(
        &mut bench,
        "DisassociateAddress",
        json!({"AssociationId": association}),
    );
    ec2(
        &mut bench,
        "ReleaseAddress",
        json!({"AllocationId": allocation}),
    );
    assert_eq!(
        ec2(&mut bench, "DescribeAddresses", json!({}))["Addresses"],
        json!([])
    );
}

#[test]
fn a_profile_needs_pass_role() {
    let mut bench = Bench::new();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let full = "arn:aws:iam::aws:policy/AmazonEC2FullAccess";
    let mut iam = |operation: &str, params: Value| bench.call("iam", operation, params).unwrap();
    iam(
        "CreateRole",
        json!({"RoleName": "Web", "AssumeRolePolicyDocument": trust}),
    );
    iam(
        "CreateInstanceProfile",
        json!({"InstanceProfileName": "Web"}),
    );
    iam(
        "AddRoleToInstanceProfile",
        json!({"InstanceProfileName": "Web", "RoleName": "Web"}),
    );
    iam("CreateUser", json!({"UserName": "alice"}));
    iam(
        "AttachUserPolicy",
        json!({"UserName": "alice", "PolicyArn": full}),
    );
    let key =
        iam("CreateAccessKey", json!({"UserName": "alice"}))["AccessKey"]["AccessKeyId"].clone();
    bench.key = key.as_str().unwrap().into();
    let params = json!({"ImageId": AL2023, "IamInstanceProfile": {"Name": "Web"}});
    let error = bench.call("ec2", "RunInstances", params).unwrap_err();
    assert_eq!(error.code, "UnauthorizedOperation");
    assert!(error.message.contains(
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: iam:PassRole on \
         resource: arn:aws:iam::111122223333:role/Web because no identity-based policy allows the \
         iam:PassRole action"
    ));
    bench.key = CLOUDSHELL_ACCESS_KEY_ID.into();
    let id = run(&mut bench, json!({"IamInstanceProfile": {"Name": "Web"}}));
    let compute = &region(&bench).compute;
    let arn = compute
        .instance(&id)
        .unwrap()
        .iam_instance_profile
        .clone()
        .unwrap();
    assert_eq!(arn, "arn:aws:iam::111122223333:instance-profile/Web");
    assert!(
        bench
            .cloud
            .iam
            .instance_profile_credentials(&arn, &id)
            .is_some()
    );
}

#[test]
fn a_client_token_launches_once() {
    let mut bench = Bench::new();
    let one = run(&mut bench, json!({"ClientToken": "t"}));
    assert_eq!(run(&mut bench, json!({"ClientToken": "t"})), one);
    assert_eq!(region(&bench).compute.instances().count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// For any sequence of calls and times, states follow each other as in the lifecycle, and a
    /// terminated instance leaves no interface.
    #[test]
    fn states_follow_the_lifecycle(steps in proptest::collection::vec((0usize..5, 1u64..90), 1..25)) {
        let mut bench = Bench::new();
        let id = run(&mut bench, json!({}));
        let state = |bench: &Bench| {
            region(bench).compute.instance(&id).map(|each| each.state)
        };
        for (step, seconds) in steps {
            let before = state(&bench);
            let operation =
                ["StartInstances", "StopInstances", "RebootInstances", "TerminateInstances"].get(step);
            if let Some(operation) = operation {
                let _ = bench.call("ec2", operation, json!({"InstanceIds": [id]}));
                let after = state(&bench);
                let legal = before == after || matches!(
                    (before, after),
                    (Some(InstanceState::Stopped), Some(InstanceState::Pending))
                        | (Some(InstanceState::Running), Some(InstanceState::Stopping))
                        | (Some(_), Some(InstanceState::ShuttingDown))
                );
                prop_assert!(legal, "{operation}: {before:?} {after:?}");
            }
            let before = state(&bench);
            bench.pass(seconds);
            let after = state(&bench);
            let legal = before == after
                || before.is_some_and(|from| lifecycle::after(from) == after.map_or(Transition::Forgotten, Transition::To))
                ;
            prop_assert!(legal, "{before:?} {after:?}");
            let network = &region(&bench).network;
            let running = after == Some(InstanceState::Running);
            match after {
                Some(InstanceState::Terminated) | None => {
                    prop_assert!(network.interfaces.is_empty());
                }
                _ => prop_assert!(network.interfaces.values().all(|each| each.host_running == running)),
            }
        }
    }
}
