//! A call of an operation, who makes it, and the refusal of a service.

use serde_json::Value;

/// Credentials as a caller presents them: an access key id that IAM knows, and a session token where
/// they are temporary. The secret's signature is not simulated; an unknown key id is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// As `AKIA…` (long-lived) or `ASIA…` (temporary).
    pub access_key_id: String,
}

/// One call of one operation.
#[derive(Clone, Debug)]
pub struct Call {
    /// The service's name on the command line: `ec2`, `cloudhsmv2`, …
    pub service: String,
    /// The operation's name in the service model: `CreateCluster`.
    pub operation: String,
    /// The request's members under their model names. Blobs are base64 strings, timestamps are
    /// numbers (seconds since 1970) or RFC 3339 strings.
    pub params: Value,
    /// The region that is called, as `us-east-1`.
    pub region: String,
    /// Who calls.
    pub credentials: Credentials,
    /// The address that the call comes from, as `CloudTrail` and `aws:SourceIp` see it.
    pub source_ip: std::net::IpAddr,
}

/// A service's refusal, in the words that a caller sees, with a second text that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    /// The AWS error code: `CloudHsmInvalidRequestException`.
    pub code: String,
    /// The message as the service gives it.
    pub message: String,
    /// The HTTP status: 400, 403, 412, 500, …
    pub http_status: u16,
    /// What a learner can do about it, in a sentence: the lab shows it, AWS does not.
    pub remedy: String,
}
