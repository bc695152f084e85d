//! Calls through the door.

use hsmlab_api::Credentials;
use std::net::{IpAddr, Ipv4Addr};

use serde_json::json;

use super::*;
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Seed, SimTime};

struct World {
    cloud: Cloud,
    ids: Ids,
    seed: Seed,
    fleet: hsmlab_hsm::Fleet,
    now: SimTime,
}

impl World {
    fn new() -> Self {
        let seed = Seed::from_number(7);
        let mut ids = Ids::new(&seed);
        let now = SimTime::default();
        let cloud = Cloud::new(&seed, now, &mut ids);
        let fleet = hsmlab_hsm::Fleet::new(&seed);
        Self {
            cloud,
            ids,
            seed,
            fleet,
            now,
        }
    }

    fn call(
        &mut self,
        service: &str,
        operation: &str,
        params: Value,
    ) -> Result<Value, ServiceError> {
        self.call_as(
            hsmlab_api::CLOUDSHELL_ACCESS_KEY_ID,
            service,
            operation,
            params,
        )
    }

    fn call_as(
        &mut self,
        key: &str,
        service: &str,
        operation: &str,
        params: Value,
    ) -> Result<Value, ServiceError> {
        let mut env = Env {
            now: self.now,
            ids: &mut self.ids,
            seed: &self.seed,
            fleet: &mut self.fleet,
        };
        call(
            &mut self.cloud,
            &mut env,
            &Call {
                service: service.into(),
                operation: operation.into(),
                params,
                region: "us-east-1".into(),
                credentials: Credentials {
                    access_key_id: key.into(),
                },
                source_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 5)),
            },
        )
    }
}

fn code(answer: Result<Value, ServiceError>) -> String {
    match answer {
        Ok(value) => format!("answered {value}"),
        Err(error) => error.code,
    }
}

#[test]
fn callers_are_known_or_refused_in_each_protocols_words() {
    let mut world = World::new();
    let identity = world
        .call("sts", "GetCallerIdentity", json!({}))
        .expect("no permission needed");
    let names: Vec<&str> = identity
        .as_object()
        .expect("a structure")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names, ["UserId", "Account", "Arn"]);
    for (service, operation, expected) in [
        ("sts", "GetCallerIdentity", "InvalidClientTokenId"),
        ("ec2", "DescribeVpcs", "AuthFailure"),
        (
            "cloudhsmv2",
            "DescribeClusters",
            "UnrecognizedClientException",
        ),
    ] {
        let refused = world.call_as("AKIAUNKNOWNUNKNOWN00", service, operation, json!({}));
        assert_eq!(code(refused), expected);
    }
}

#[test]
fn unoffered_calls_are_refused_as_not_offered() {
    let mut world = World::new();
    let refused = world
        .call("kms", "ListKeys", json!({}))
        .expect_err("not offered");
    assert!(refused.message.contains("HSM Lab"), "{}", refused.message);
    assert_eq!(
        code(world.call("cloudhsmv2", "Foo", json!({}))),
        "NotOfferedByHsmLab"
    );
}

#[test]
fn rules_of_the_model_come_before_the_handler() {
    let mut world = World::new();
    let refused = world.call("iam", "CreateUser", json!({"UserName": "a b"}));
    assert_eq!(code(refused), "ValidationError");
}
