//! Tests of EC2 through its entry point.

mod networking;
mod properties;
mod refusals;

use serde_json::{Value, json};

use super::*;
use crate::request::{Env, Principal};
use crate::services::Cloud;
use hsmlab_hsm::Fleet;
use hsmlab_sim::{Seed, SimDuration};

/// An account and a caller.
struct Desk {
    cloud: Cloud,
    ids: Ids,
    seed: Seed,
    fleet: Fleet,
    now: SimTime,
    principal: Principal,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "tests write parameters in place"
)]
impl Desk {
    fn new() -> Self {
        let seed = Seed::from_number(11);
        let mut ids = Ids::new(&seed);
        let now = SimTime::from_unix_ms(1_764_000_000_000);
        let cloud = Cloud::new(&seed, now, &mut ids);
        let fleet = Fleet::new(&seed);
        let principal = Principal {
            arn: "arn:aws:iam::111122223333:user/alice".into(),
            user_id: "AIDAEXAMPLE".into(),
        };
        Self {
            cloud,
            ids,
            seed,
            fleet,
            now,
            principal,
        }
    }

    fn try_call(&mut self, operation: &str, params: Value) -> Result<Value, ServiceError> {
        let request = Request {
            operation,
            params: &params,
            region: "us-west-2",
            principal: &self.principal,
            source_ip: [203, 0, 113, 5].into(),
        };
        let mut env = Env {
            now: self.now,
            ids: &mut self.ids,
            seed: &self.seed,
            fleet: &mut self.fleet,
        };
        handle(
            &mut self.cloud.ec2,
            &self.cloud.iam,
            &mut env.basics(),
            &request,
        )
    }

    fn call(&mut self, operation: &str, params: Value) -> Value {
        match self.try_call(operation, params) {
            Ok(answer) => answer,
            Err(error) => panic!("{operation}: {}: {}", error.code, error.message),
        }
    }

    /// Returns the code and message of a refusal, which must not change the region.
    fn refusal(&mut self, operation: &str, params: Value) -> (String, String) {
        let before = self.cloud.ec2.clone();
        match self.try_call(operation, params) {
            Ok(answer) => panic!("{operation} was not refused: {answer}"),
            Err(error) => {
                assert_eq!(
                    self.cloud.ec2, before,
                    "{operation} changed the region partially"
                );
                assert!(!error.remedy.is_empty(), "{} has no remedy", error.code);
                (error.code, error.message)
            }
        }
    }

    fn region(&mut self) -> &mut Region {
        self.cloud.ec2.region_mut("us-west-2").unwrap()
    }

    /// Advances time.
    fn wait(&mut self, seconds: u64) {
        self.now += SimDuration::from_seconds(seconds);
        self.cloud.ec2.advance(self.now);
    }

    /// Creates a VPC 10.0.0.0/16.
    fn vpc(&mut self) -> String {
        let answer = self.call("CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}));
        text(&answer["Vpc"]["VpcId"])
    }

    fn subnet(&mut self, vpc: &str, cidr: &str) -> String {
        let answer = self.call("CreateSubnet", json!({"VpcId": vpc, "CidrBlock": cidr}));
        text(&answer["Subnet"]["SubnetId"])
    }

    fn group(&mut self, vpc: &str, name: &str) -> String {
        let params = json!({"GroupName": name, "Description": name, "VpcId": vpc});
        text(&self.call("CreateSecurityGroup", params)["GroupId"])
    }

    /// Creates an interface as CloudHSM or the launch of an instance does.
    fn interface(
        &mut self,
        subnet: &str,
        group: &str,
        owner: hsmlab_net::InterfaceOwner,
    ) -> String {
        let spec = hsmlab_net::InterfaceSpec {
            subnet_id: subnet.into(),
            groups: vec![group.into()],
            private_ip: None,
            ipv6: false,
            description: String::new(),
            owner,
            public_ip: None,
            now: self.now,
        };
        let region = self.cloud.ec2.region_mut("us-west-2").unwrap();
        region
            .network
            .create_interface(&mut self.ids, spec)
            .unwrap()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The members `member` of the items of a list.
fn column(list: &Value, member: &str) -> Vec<String> {
    list.as_array()
        .map(|items| items.iter().map(|item| text(&item[member])).collect())
        .unwrap()
}

fn hsm() -> hsmlab_net::InterfaceOwner {
    hsmlab_net::InterfaceOwner::Service {
        requester_id: "amazon-cloudhsm".into(),
        description: "CloudHsm ENI hsm-ted36yp5b2x".into(),
    }
}

fn instance(id: &str) -> hsmlab_net::InterfaceOwner {
    hsmlab_net::InterfaceOwner::Instance {
        id: id.into(),
        device_index: 0,
    }
}

#[test]
fn operations_have_one_handler_each() {
    let mut names: Vec<&str> = operations().collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
