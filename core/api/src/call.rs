//! A call of an operation, who makes it, and the refusal of a service.

use serde_json::Value;

/// The credentials of a caller: an access key id that IAM knows, and a session token if they are
/// temporary. The signature with the secret is not simulated; an unknown key id is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Such as `AKIA…` (long-lived) or `ASIA…` (temporary).
    pub access_key_id: String,
}

/// One call of one operation.
#[derive(Clone, Debug)]
pub struct Call {
    /// The service's name on the command line: `ec2`, `cloudhsmv2`, …
    pub service: String,
    /// The operation's name in the service model: `CreateCluster`.
    pub operation: String,
    /// The request's members by model name. Blobs are base64 strings, timestamps are numbers
    /// (seconds since 1970) or RFC 3339 strings.
    pub params: Value,
    /// The called region, such as `us-east-1`.
    pub region: String,
    /// The caller's credentials.
    pub credentials: Credentials,
    /// The source address of the call, as `CloudTrail` and `aws:SourceIp` see it.
    pub source_ip: std::net::IpAddr,
}

/// A service's refusal in the words for the caller, with a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    /// The AWS error code: `CloudHsmInvalidRequestException`.
    pub code: String,
    /// The message of the service.
    pub message: String,
    /// The HTTP status: 400, 403, 412, 500, …
    pub http_status: u16,
    /// The remedy for the learner, in a sentence: the lab shows it, AWS does not.
    pub remedy: String,
}
