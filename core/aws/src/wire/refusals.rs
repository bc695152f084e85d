//! What the door itself refuses, before any service is asked.

use hsmlab_api::ServiceError;
use hsmlab_api::model::{Protocol, Service};

/// The service or operation is one of AWS's, but not of the lab's.
pub(super) fn not_offered(service: &str, operation: &str) -> ServiceError {
    ServiceError {
        code: "NotOfferedByHsmLab".into(),
        message: format!(
            "HSM Lab does not offer {operation} of {service}: on AWS this call would be answered."
        ),
        http_status: 501,
        remedy: "The lab offers CloudHSM V2 whole, and the parts of EC2, IAM and STS that its networks and \
                 permissions need."
            .into(),
    }
}

/// The caller is unknown. `unsigned`: it did not say who it is.
pub(super) fn not_authenticated(service: &Service, unsigned: bool) -> ServiceError {
    let (code, message, http_status) = match (service.protocol, unsigned) {
        // Guess: the words of EC2 for a request without a signature are not published.
        (Protocol::Ec2, _) => (
            "AuthFailure",
            "AWS was not able to validate the provided access credentials",
            401,
        ),
        (Protocol::Query, true) => (
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
            403,
        ),
        (Protocol::Query, false) => (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            403,
        ),
        (Protocol::Json, true) => (
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
            400,
        ),
        (Protocol::Json, false) => (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            400,
        ),
    };
    ServiceError {
        code: code.into(),
        message: message.into(),
        http_status,
        remedy: "IAM knows no active access key of this id. 'aws configure list' shows which credentials \
                 are used and where they come from; in CloudShell none need to be configured."
            .into(),
    }
}

/// The account does not have the region: there its credentials are unknown.
pub(super) fn region_not_enabled(service: &Service, region: &str) -> ServiceError {
    ServiceError {
        remedy: format!(
            "The account has not enabled the region {region}: use another one, as us-east-1. \
             'aws ec2 describe-regions' lists those that it has."
        ),
        ..not_authenticated(service, false)
    }
}

/// What `--dry-run` says of a call that would be carried out.
pub(super) fn would_have_succeeded() -> ServiceError {
    ServiceError {
        code: "DryRunOperation".into(),
        message: "Request would have succeeded, but DryRun flag is set.".into(),
        http_status: 412,
        remedy: "Nothing was changed. Leave --dry-run out to carry the call out.".into(),
    }
}
