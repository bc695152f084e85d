//! The refusals of EC2: the only place for their codes and messages.
//!
//! Codes are those of "Error codes for the Amazon EC2 API". A message marked `Guess` was not seen
//! on EC2 itself: it follows the wording of similar EC2 messages.

mod network;

use hsmlab_api::ServiceError;
use hsmlab_net::{Kind, NetError};

/// A refusal of EC2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ec2Error {
    /// The account does not have the region.
    RegionUnknown(String),
    /// EC2 has no such operation here.
    OperationUnknown(String),
    /// A parameter has a different type than in the model.
    Undecodable(String),
    /// A parameter is missing.
    Missing(&'static str),
    /// Two parameters that exclude each other.
    Exclusive {
        /// One parameter.
        one: &'static str,
        /// The other parameter.
        other: &'static str,
    },
    /// A parameter's value is wrong: `Value (…) for parameter … is invalid. …`.
    Value {
        /// The value in the request.
        value: String,
        /// The parameter.
        parameter: &'static str,
        /// The reason, a sentence with its full stop.
        why: String,
    },
    /// The request is wrong, and EC2 has a special sentence for this case.
    Invalid {
        /// EC2's sentence.
        message: String,
        /// The remedy.
        remedy: &'static str,
    },
    /// An id does not have the form of its kind.
    Malformed {
        /// The expected kind.
        kind: Kind,
        /// The id in the request.
        id: String,
    },
    /// Unknown ids of one request.
    NotFound {
        /// The code, such as `InvalidVpcID.NotFound`.
        code: &'static str,
        /// EC2's noun, such as `vpc`.
        noun: &'static str,
        /// The ids.
        ids: Vec<String>,
    },
    /// The operation has no filter with this name.
    FilterUnknown(String),
    /// A paging token that this operation did not return.
    TokenInvalid,
    /// The resource cannot have tags, or does not exist.
    TagResource(String),
    /// A tag key that is empty, too long or reserved for AWS.
    TagKey(String),
    /// More tags than a resource may have.
    TooManyTags,
    /// A quota of [`super::limits`] is used up.
    LimitExceeded {
        /// The code.
        code: &'static str,
        /// EC2's sentence.
        message: String,
    },
    /// The request needs a default VPC, and there is none.
    DefaultVpcMissing,
    /// A refusal of the network model.
    Network(NetError),
    /// A refusal of compute (instances, images, key pairs), in EC2's words.
    Compute {
        /// The code.
        code: &'static str,
        /// EC2's sentence.
        message: String,
        /// The remedy.
        remedy: &'static str,
    },
}

impl From<NetError> for Ec2Error {
    fn from(error: NetError) -> Self {
        Self::Network(error)
    }
}

/// EC2's words for a refusal, and the lab's remedy.
pub(super) struct Words {
    code: String,
    http_status: u16,
    message: String,
    remedy: String,
}

/// Words with the status of most refusals.
fn words(code: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> Words {
    Words {
        code: code.into(),
        http_status: 400,
        message: message.into(),
        remedy: remedy.into(),
    }
}

impl From<Ec2Error> for ServiceError {
    fn from(error: Ec2Error) -> Self {
        let Words {
            code,
            http_status,
            message,
            remedy,
        } = error.words();
        Self {
            code,
            message,
            http_status,
            remedy,
        }
    }
}

impl Ec2Error {
    /// The general refusal of a value.
    #[expect(clippy::needless_pass_by_value, reason = "references are values too")]
    pub fn value(value: impl ToString, parameter: &'static str, why: impl Into<String>) -> Self {
        Self::Value {
            value: value.to_string(),
            parameter,
            why: why.into(),
        }
    }

    /// A refusal with a special sentence of EC2, `InvalidParameterValue`.
    pub fn invalid(message: impl Into<String>, remedy: &'static str) -> Self {
        Self::Invalid {
            message: message.into(),
            remedy,
        }
    }

    fn words(self) -> Words {
        const VALUE: &str = "InvalidParameterValue";
        match self {
            Self::Network(error) => network::words_of(error),
            Self::Value {
                value,
                parameter,
                why,
            } => words(
                VALUE,
                format!("Value ({value}) for parameter {parameter} is invalid. {why}"),
                "Correct the value and send the request again.",
            ),
            Self::Invalid { message, remedy } => words(VALUE, message, remedy),
            Self::Missing(parameter) => words(
                "MissingParameter",
                format!("The request must contain the parameter {parameter}"),
                format!("Specify the parameter {parameter}."),
            ),
            // Guess: EC2 words its other exclusions in this way.
            Self::Exclusive { one, other } => words(
                "InvalidParameterCombination",
                format!("The parameter {one} cannot be used with the parameter {other}"),
                "Specify only one of the two.",
            ),
            Self::NotFound { code, noun, ids } => not_found(code, noun, &ids),
            Self::Malformed { kind, id } => malformed(kind, &id),
            Self::Compute {
                code,
                message,
                remedy,
            } => words(code, message, remedy),
            Self::LimitExceeded { code, message } => words(
                code,
                message,
                "Delete one that is no longer needed, or request a higher quota from AWS.",
            ),
            other => other.common_words(),
        }
    }

    /// The words of refusals that any operation can return.
    fn common_words(self) -> Words {
        match self {
            // EC2's answer if a region is not enabled for the account.
            Self::RegionUnknown(region) => Words {
                code: "AuthFailure".into(),
                http_status: 401,
                message: "AWS was not able to validate the provided access credentials".into(),
                remedy: format!(
                    "The region {region} is not enabled for this account. Use another \
                                 region."
                ),
            },
            Self::OperationUnknown(name) => words(
                "InvalidAction",
                format!("The action {name} is not valid for this web service."),
                "The lab does not offer this operation.",
            ),
            // Guess: the wire has checked the types before.
            Self::Undecodable(why) => words(
                "MalformedQueryString",
                format!("The request cannot be read: {why}"),
                "Correct the parameter's type.",
            ),
            Self::FilterUnknown(name) => words(
                "InvalidParameterValue",
                format!("The filter '{name}' is invalid"),
                "Filter names have the form vpc-id or tag:Name. The operation's help lists them.",
            ),
            Self::TokenInvalid => words(
                "InvalidNextToken",
                "The specified NextToken is not valid.",
                "Use the NextToken from the previous page of the same request.",
            ),
            Self::TagResource(id) => words(
                "InvalidID",
                format!("The ID '{id}' is not valid"),
                "Specify the full ID of a resource in this region.",
            ),
            Self::TagKey(key) => words(
                "InvalidParameterValue",
                format!(
                    "Value ( {key} ) for parameter key is invalid. Tag keys must be between 1 and 128 \
                     characters and may not start with 'aws:'"
                ),
                "Choose a key of 1 to 128 characters that does not begin with aws:.",
            ),
            Self::TooManyTags => words(
                "TagLimitExceeded",
                "The maximum number of Tags for a resource has been reached.",
                "A resource has at most 50 tags.",
            ),
            Self::DefaultVpcMissing => words(
                "VPCIdNotSpecified",
                "No default VPC for this user",
                "Specify a VPC, or create a default VPC with create-default-vpc.",
            ),
            _ => words(
                "InternalError",
                "An internal error has occurred",
                "Try again.",
            ),
        }
    }
}

fn not_found(code: &'static str, noun: &'static str, ids: &[String]) -> Words {
    let message = match ids {
        [id] => format!("The {noun} ID '{id}' does not exist"),
        ids => format!("The {noun} IDs '{}' do not exist", ids.join(", ")),
    };
    words(
        code,
        message,
        "Check the ID and the region. Resources in other regions have other IDs.",
    )
}

/// `Invalid id: "foo" (expecting "vpc-...")`.
fn malformed(kind: Kind, id: &str) -> Words {
    let (code, prefix) = network::malformed_code(kind);
    let message = if id.starts_with(prefix) {
        format!("Invalid id: \"{id}\"")
    } else {
        format!("Invalid id: \"{id}\" (expecting \"{prefix}...\")")
    };
    words(
        code,
        message,
        format!("Specify an ID such as {prefix}0123456789abcdef0."),
    )
}
