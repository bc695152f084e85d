//! The service models as data, and their accessors.
//!
//! `cargo xtask models` makes the data from the public AWS service models in botocore
//! (`core/models/selection.txt` selects the operations). The lab decodes it once. The task writes
//! the same types that the lab reads, so the two cannot differ.

pub mod names;
mod shapes;

use std::io::Read;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use names::xform_name;
pub use shapes::{ErrorInfo, Kind, Member, Shape, ShapeId, Structure};

/// The models, compressed.
static MODELS: &[u8] = include_bytes!("../../models/models.json.gz");

/// The endpoint prefixes of the services that are not regionalized (botocore, `endpoints.json`).
const GLOBAL: [&str; 1] = ["iam"];

/// The lab's knowledge of AWS's APIs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// The source of the models: `botocore 1.43.55`.
    #[serde(rename = "f")]
    pub source: String,
    /// The services with shapes.
    #[serde(rename = "s")]
    pub services: Vec<Service>,
    /// The names of all top-level commands of the AWS CLI.
    #[serde(rename = "c")]
    pub commands: Vec<String>,
}

/// One service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Service {
    /// The name on the command line: `cloudhsmv2`.
    #[serde(rename = "n")]
    pub cli_name: String,
    /// The service's id: `CloudHSM V2`.
    #[serde(rename = "i")]
    pub id: String,
    /// The full name: `AWS CloudHSM V2`.
    #[serde(rename = "f")]
    pub full_name: String,
    /// The version of the API: `2017-04-28`.
    #[serde(rename = "v")]
    pub api_version: String,
    /// The first label of the endpoint's host name.
    #[serde(rename = "h")]
    pub endpoint_prefix: String,
    /// The host name of the only endpoint of a service without regions: `iam.amazonaws.com`.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub global_endpoint: Option<String>,
    /// The name in signatures, ARNs and IAM actions: `cloudhsm`.
    #[serde(rename = "a")]
    pub signing_name: String,
    /// The protocol of requests.
    #[serde(rename = "p")]
    pub protocol: Protocol,
    /// The first part of the `X-Amz-Target` header: `BaldrApiService`.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub target_prefix: Option<String>,
    /// True if the lab answers this service's calls. Calls of other services are only parsed.
    #[serde(rename = "o", default)]
    pub offered: bool,
    /// The operations in the lab's model, in the order of the AWS model.
    #[serde(rename = "q")]
    pub operations: Vec<Operation>,
    /// The shapes that those operations reach.
    #[serde(rename = "s")]
    pub shapes: Vec<Shape>,
    /// The waiters, sorted by name.
    #[serde(rename = "w", default, skip_serializing_if = "Vec::is_empty")]
    pub waiters: Vec<Waiter>,
    /// The command-line names of all commands that the AWS CLI has for this service.
    #[serde(rename = "c")]
    pub commands: Vec<String>,
}

/// The wire protocol of a service's requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// AWS JSON.
    #[default]
    #[serde(rename = "j")]
    Json,
    /// AWS Query: form parameters, XML answers.
    #[serde(rename = "q")]
    Query,
    /// EC2's own form of Query.
    #[serde(rename = "e")]
    Ec2,
}

/// One operation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Operation {
    /// The name in the model: `CreateCluster`.
    #[serde(rename = "n")]
    pub name: String,
    /// The name on the command line: `create-cluster`.
    #[serde(rename = "c")]
    pub cli_name: String,
    /// The shape of the parameters; an operation without parameters may have none.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub input: Option<ShapeId>,
    /// The shape of the answer, if there is one.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub output: Option<ShapeId>,
    /// The errors that the model declares.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ShapeId>,
    /// The pagination of answers.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub paginator: Option<Paginator>,
}

/// The pagination of an operation's answers. The names are JMESPath expressions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paginator {
    /// The parameters that take the position.
    #[serde(rename = "i")]
    pub input_token: Vec<String>,
    /// The place of the next position in the answer, one for each of `input_token`.
    #[serde(rename = "o")]
    pub output_token: Vec<String>,
    /// The parameter that limits a page.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub limit_key: Option<String>,
    /// The lists to join.
    #[serde(rename = "r")]
    pub result_keys: Vec<String>,
    /// The member that is true if more pages follow, if the token is not sufficient.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub more_results: Option<String>,
    /// Members that are taken only from the first page.
    #[serde(rename = "n", default, skip_serializing_if = "Vec::is_empty")]
    pub non_aggregate_keys: Vec<String>,
}

/// A state that can be waited for: `aws ec2 wait instance-running`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Waiter {
    /// The name in the model: `InstanceRunning`.
    #[serde(rename = "n")]
    pub name: String,
    /// The name on the command line: `instance-running`.
    #[serde(rename = "c")]
    pub cli_name: String,
    /// The operation to poll: `DescribeInstances`.
    #[serde(rename = "o")]
    pub operation: String,
    /// The seconds between two polls.
    #[serde(rename = "d")]
    pub delay_s: u32,
    /// The most polls.
    #[serde(rename = "m")]
    pub max_attempts: u32,
    /// The conditions that end the waiting; the first match counts.
    #[serde(rename = "a")]
    pub acceptors: Vec<Acceptor>,
}

/// One condition of a waiter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acceptor {
    /// The part of the answer to test.
    #[serde(rename = "m")]
    pub matcher: Matcher,
    /// A JMESPath expression over the answer (only for `path…` matchers).
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub argument: Option<String>,
    /// The expected value.
    #[serde(rename = "e")]
    pub expected: Value,
    /// The meaning of a match.
    #[serde(rename = "s")]
    pub state: WaiterState,
}

/// The kind of test of an acceptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matcher {
    /// The expression returns the expected value.
    #[serde(rename = "path")]
    Path,
    /// The expression returns a non-empty list, and all its elements are the expected value.
    #[serde(rename = "pathAll")]
    PathAll,
    /// The expression returns a list that contains the expected value.
    #[serde(rename = "pathAny")]
    PathAny,
    /// The HTTP status is the expected one.
    #[serde(rename = "status")]
    Status,
    /// The error's code is the expected one; `true` is any error, `false` none.
    #[serde(rename = "error")]
    Error,
}

/// The meaning of a matching acceptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WaiterState {
    /// The state is reached.
    #[serde(rename = "success")]
    Success,
    /// It will never be reached.
    #[serde(rename = "failure")]
    Failure,
    /// Not yet.
    #[serde(rename = "retry")]
    Retry,
}

impl Service {
    /// The operation with a model name: `CreateCluster`.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.name == name)
    }

    /// The operation with a command-line name: `create-cluster`.
    #[must_use]
    pub fn operation_by_cli_name(&self, cli_name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.cli_name == cli_name)
    }

    /// The shape with an id. Ids must come from the operations and shapes of the same service; an
    /// unknown id gives an empty structure.
    #[must_use]
    pub fn shape(&self, id: ShapeId) -> &Shape {
        static EMPTY: OnceLock<Shape> = OnceLock::new();
        self.shapes
            .get(usize::from(id.0))
            .unwrap_or_else(|| EMPTY.get_or_init(Shape::default))
    }

    /// The shape of an operation's parameters; an empty structure if it has none.
    #[must_use]
    pub fn input(&self, operation: &Operation) -> &Shape {
        self.shape(operation.input.unwrap_or(ShapeId::NONE))
    }

    /// The shape of an operation's answer; an empty structure if it has none.
    #[must_use]
    pub fn output(&self, operation: &Operation) -> &Shape {
        self.shape(operation.output.unwrap_or(ShapeId::NONE))
    }

    /// The waiter with a command-line name: `instance-running`.
    #[must_use]
    pub fn waiter(&self, cli_name: &str) -> Option<&Waiter> {
        self.waiters
            .iter()
            .find(|waiter| waiter.cli_name == cli_name)
    }

    /// True if the service has one endpoint for all regions.
    #[must_use]
    pub fn is_global(&self) -> bool {
        GLOBAL.contains(&self.endpoint_prefix.as_str())
    }

    /// The endpoint's URL in a region, as in messages of the AWS CLI.
    #[must_use]
    pub fn endpoint(&self, region: &str) -> String {
        match &self.global_endpoint {
            Some(host) if self.is_global() => format!("https://{host}/"),
            _ => {
                let suffix = if region.starts_with("cn-") {
                    "amazonaws.com.cn"
                } else {
                    "amazonaws.com"
                };
                format!("https://{}.{region}.{suffix}/", self.endpoint_prefix)
            }
        }
    }
}

/// All models.
#[must_use]
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let mut json = Vec::new();
        let read = flate2::read::GzDecoder::new(MODELS).read_to_end(&mut json);
        // A test decodes the built-in file, so decoding cannot fail at run time.
        read.ok()
            .and_then(|_| serde_json::from_slice(&json).ok())
            .unwrap_or_default()
    })
}

/// The service with a command-line name, if the lab has its model.
#[must_use]
pub fn service(cli_name: &str) -> Option<&'static Service> {
    catalog()
        .services
        .iter()
        .find(|service| service.cli_name == cli_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_decode_and_are_consistent() {
        let catalog = catalog();
        assert!(
            catalog.source.starts_with("botocore "),
            "{}",
            catalog.source
        );
        assert!(catalog.commands.len() > 400);
        for service in &catalog.services {
            assert!(!service.operations.is_empty(), "{}", service.cli_name);
            for operation in &service.operations {
                assert_eq!(operation.cli_name, xform_name(&operation.name));
                assert!(
                    service.commands.contains(&operation.cli_name),
                    "{}",
                    operation.cli_name
                );
            }
            for shape in &service.shapes {
                for id in shape.children() {
                    assert!(usize::from(id.0) < service.shapes.len());
                }
            }
        }
    }

    #[test]
    fn cloudhsm_has_its_eighteen_operations_with_their_constraints() {
        let service = service("cloudhsmv2").expect("modelled");
        assert_eq!(service.operations.len(), 18);
        assert_eq!(service.signing_name, "cloudhsm");
        let operation = service.operation("CreateCluster").expect("modelled");
        let input = service.input(operation);
        let names: Vec<&str> = input
            .members()
            .iter()
            .map(|member| member.name.as_str())
            .collect();
        assert_eq!(names.first().copied(), Some("BackupRetentionPolicy"));
        assert!(input.is_required("SubnetIds") && !input.is_required("Mode"));
        let mode = service.shape(input.member("Mode").expect("a member").shape);
        assert_eq!(mode.enumeration, ["FIPS", "NON_FIPS"]);
    }
}
