//! The service models as data, and what is read off them.
//!
//! The data is made by `cargo xtask models` from the public AWS service models that botocore carries
//! (`core/models/selection.txt` says which operations) and is decoded once. The types here are both what
//! the task writes and what the lab reads, so that the two cannot drift apart.

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

/// Everything that the lab knows of AWS's APIs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// Where the models come from: `botocore 1.43.55`.
    #[serde(rename = "f")]
    pub source: String,
    /// The services with shapes.
    #[serde(rename = "s")]
    pub services: Vec<Service>,
    /// The names of all commands that the AWS CLI has at its top level.
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
    /// The host name of the one endpoint of a service without regions: `iam.amazonaws.com`.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub global_endpoint: Option<String>,
    /// The name in signatures, ARNs and IAM actions: `cloudhsm`.
    #[serde(rename = "a")]
    pub signing_name: String,
    /// How requests are written.
    #[serde(rename = "p")]
    pub protocol: Protocol,
    /// The first part of the `X-Amz-Target` header: `BaldrApiService`.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub target_prefix: Option<String>,
    /// Whether the lab answers this service's calls. The others are there to be parsed.
    #[serde(rename = "o", default)]
    pub offered: bool,
    /// The operations that the lab models, in the model's order.
    #[serde(rename = "q")]
    pub operations: Vec<Operation>,
    /// The shapes that those operations reach.
    #[serde(rename = "s")]
    pub shapes: Vec<Shape>,
    /// The waiters, in the order of their names.
    #[serde(rename = "w", default, skip_serializing_if = "Vec::is_empty")]
    pub waiters: Vec<Waiter>,
    /// The command-line names of all commands that the AWS CLI has for this service.
    #[serde(rename = "c")]
    pub commands: Vec<String>,
}

/// How a service's requests are written on the wire.
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
    /// The shape of the answer, where there is one.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub output: Option<ShapeId>,
    /// The errors that the model declares.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ShapeId>,
    /// How long answers are cut into pages.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub paginator: Option<Paginator>,
}

/// How an operation's answer is cut into pages. The names are JMESPath expressions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paginator {
    /// The parameters that take the position.
    #[serde(rename = "i")]
    pub input_token: Vec<String>,
    /// Where the answer has the next position, one for each of `input_token`.
    #[serde(rename = "o")]
    pub output_token: Vec<String>,
    /// The parameter that limits a page.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub limit_key: Option<String>,
    /// The lists that are joined.
    #[serde(rename = "r")]
    pub result_keys: Vec<String>,
    /// The member that says whether more follows, where the token alone does not.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub more_results: Option<String>,
    /// Members of the first page that stand for all pages.
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
    /// The operation that is polled: `DescribeInstances`.
    #[serde(rename = "o")]
    pub operation: String,
    /// The seconds between two polls.
    #[serde(rename = "d")]
    pub delay_s: u32,
    /// The most polls.
    #[serde(rename = "m")]
    pub max_attempts: u32,
    /// What ends the waiting; the first that matches counts.
    #[serde(rename = "a")]
    pub acceptors: Vec<Acceptor>,
}

/// One condition of a waiter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acceptor {
    /// How the answer is looked at.
    #[serde(rename = "m")]
    pub matcher: Matcher,
    /// A JMESPath expression over the answer (`path…` matchers alone).
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub argument: Option<String>,
    /// What must be found.
    #[serde(rename = "e")]
    pub expected: Value,
    /// What it means.
    #[serde(rename = "s")]
    pub state: WaiterState,
}

/// How an acceptor looks at the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matcher {
    /// The expression gives the expected value.
    #[serde(rename = "path")]
    Path,
    /// The expression gives a list that is not empty, and all its elements are the expected value.
    #[serde(rename = "pathAll")]
    PathAll,
    /// The expression gives a list that has the expected value.
    #[serde(rename = "pathAny")]
    PathAny,
    /// The HTTP status is the expected one.
    #[serde(rename = "status")]
    Status,
    /// The error's code is the expected one; `true` is any error, `false` none.
    #[serde(rename = "error")]
    Error,
}

/// What a matching acceptor means.
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
    /// The operation of a model name: `CreateCluster`.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.name == name)
    }

    /// The operation of a command-line name: `create-cluster`.
    #[must_use]
    pub fn operation_by_cli_name(&self, cli_name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.cli_name == cli_name)
    }

    /// The shape of an id. Ids come from the same service's operations and shapes; a foreign one gives an
    /// empty structure.
    #[must_use]
    pub fn shape(&self, id: ShapeId) -> &Shape {
        static EMPTY: OnceLock<Shape> = OnceLock::new();
        self.shapes
            .get(usize::from(id.0))
            .unwrap_or_else(|| EMPTY.get_or_init(Shape::default))
    }

    /// The shape of an operation's parameters; no parameters are an empty structure.
    #[must_use]
    pub fn input(&self, operation: &Operation) -> &Shape {
        self.shape(operation.input.unwrap_or(ShapeId::NONE))
    }

    /// The shape of an operation's answer; none is an empty structure.
    #[must_use]
    pub fn output(&self, operation: &Operation) -> &Shape {
        self.shape(operation.output.unwrap_or(ShapeId::NONE))
    }

    /// The waiter of a command-line name: `instance-running`.
    #[must_use]
    pub fn waiter(&self, cli_name: &str) -> Option<&Waiter> {
        self.waiters
            .iter()
            .find(|waiter| waiter.cli_name == cli_name)
    }

    /// The endpoint's URL in a region, as the AWS CLI names it in messages.
    #[must_use]
    pub fn endpoint(&self, region: &str) -> String {
        match &self.global_endpoint {
            Some(host) if self.endpoint_prefix == "iam" => format!("https://{host}/"),
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
        // A test decodes the file that is built in; nothing can break it later.
        read.ok()
            .and_then(|_| serde_json::from_slice(&json).ok())
            .unwrap_or_default()
    })
}

/// The service of a command-line name, if the lab has its model.
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
    fn the_models_decode_and_hang_together() {
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
