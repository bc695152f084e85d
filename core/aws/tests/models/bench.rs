//! An account, a clock and a caller.

use std::net::{IpAddr, Ipv4Addr};

use hsmlab_api::CLOUDSHELL_ACCESS_KEY_ID;
use hsmlab_api::ServiceError;
use hsmlab_aws::request::Request;
use hsmlab_aws::{Cloud, Env, services};
use hsmlab_hsm::Fleet;
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Seed, SimDuration, SimTime};
use serde_json::Value;

pub(crate) const REGION: &str = "us-west-2";

pub(crate) struct Bench {
    cloud: Cloud,
    fleet: Fleet,
    ids: Ids,
    seed: Seed,
    now: SimTime,
    key: String,
    /// Every answer so far: service, operation, members.
    pub(crate) answers: Vec<(&'static str, String, Value)>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let seed = Seed::from_number(17);
        let now = SimTime::parse_rfc3339("2026-11-24T10:00:00Z").unwrap();
        let mut ids = Ids::new(&seed);
        Self {
            cloud: Cloud::new(&seed, now, &mut ids),
            fleet: Fleet::new(&seed),
            ids,
            seed,
            now,
            key: CLOUDSHELL_ACCESS_KEY_ID.to_owned(),
            answers: Vec::new(),
        }
    }

    /// Calls a service's own handler, without the checks and orders of the wire.
    pub(crate) fn try_call(
        &mut self,
        service: &str,
        operation: &str,
        params: Value,
    ) -> Result<Value, ServiceError> {
        let principal = self.cloud.iam.authenticate(&self.key, self.now).unwrap();
        let request = Request {
            operation,
            params: &params,
            region: REGION,
            principal: &principal,
            source_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 25)),
        };
        let mut env = Env {
            now: self.now,
            ids: &mut self.ids,
            seed: &self.seed,
            fleet: &mut self.fleet,
        };
        let service = services::service(service).unwrap();
        (service.handle)(&mut self.cloud, &mut env, &request)
    }

    /// Makes a call that must succeed; the answer is recorded.
    pub(crate) fn call(&mut self, service: &'static str, operation: &str, params: Value) -> Value {
        let shown = params.to_string();
        match self.try_call(service, operation, params) {
            Ok(answer) => {
                self.answers
                    .push((service, operation.to_owned(), answer.clone()));
                answer
            }
            Err(error) => panic!("{operation} {shown}: {}: {}", error.code, error.message),
        }
    }

    pub(crate) fn ec2(&mut self, operation: &str, params: Value) -> Value {
        self.call("ec2", operation, params)
    }

    pub(crate) fn iam(&mut self, operation: &str, params: Value) -> Value {
        self.call("iam", operation, params)
    }

    /// Lets time pass, from one event to the next.
    pub(crate) fn pass(&mut self, minutes: u64) {
        let end = self.now + SimDuration::from_minutes(minutes);
        while let Some(at) = self.cloud.next_at().filter(|at| *at <= end) {
            self.now = at;
            let mut env = Env {
                now: at,
                ids: &mut self.ids,
                seed: &self.seed,
                fleet: &mut self.fleet,
            };
            self.cloud.advance(&mut env);
        }
        self.now = end;
    }
}

/// Returns the text at a JSON pointer of an answer.
pub(crate) fn at(answer: &Value, pointer: &str) -> String {
    answer
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer} of {answer}"))
        .to_owned()
}
