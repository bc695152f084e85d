//! The refusals of the door itself, before it calls a service.

use crate::services;
use hsmlab_api::ServiceError;
use hsmlab_api::model::{Protocol, Service};

/// The service or operation exists on AWS, but not in the lab.
pub(super) fn not_offered(service: &str, operation: &str) -> ServiceError {
    ServiceError {
        code: "NotOfferedByHsmLab".into(),
        message: format!(
            "HSM Lab does not offer {operation} of {service}: on AWS this call would be answered."
        ),
        http_status: 501,
        remedy: services::offered(),
    }
}

/// The caller is unknown. `unsigned`: the request had no credentials.
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
        remedy: "There is no active access key with this ID. 'aws configure list' shows the \
                 credentials in use and their source. In CloudShell you do not need to configure \
                 credentials."
            .into(),
    }
}

/// The account has not enabled the region: there its credentials are unknown.
pub(super) fn region_not_enabled(service: &Service, region: &str) -> ServiceError {
    ServiceError {
        remedy: format!(
            "The region {region} is not enabled for this account. Use another one, such as \
             us-east-1. 'aws ec2 describe-regions' lists the enabled regions."
        ),
        ..not_authenticated(service, false)
    }
}
