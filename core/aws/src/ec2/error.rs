//! What EC2 refuses, and its words for it: the one place where codes and messages stand.
//!
//! Codes are those of "Error codes for the Amazon EC2 API". A message marked `Guess` was not seen from
//! EC2 itself: it follows the words that EC2 uses for its neighbours.

mod network;

use hsmlab_api::ServiceError;
use hsmlab_net::{Kind, NetError};

/// Why EC2 refuses a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ec2Error {
    /// The account does not have the region.
    RegionUnknown(String),
    /// EC2 has no such operation here.
    OperationUnknown(String),
    /// A parameter has not the type that the model gives it.
    Undecodable(String),
    /// A parameter is missing.
    Missing(&'static str),
    /// Two parameters exclude each other.
    Exclusive {
        /// One.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A parameter's value is wrong: `Value (…) for parameter … is invalid. …`.
    Value {
        /// The value as given.
        value: String,
        /// The parameter.
        parameter: &'static str,
        /// What is wrong with it, a sentence with its stop.
        why: String,
    },
    /// A request that is wrong in a way for which EC2 has a sentence of its own.
    Invalid {
        /// EC2's sentence.
        message: String,
        /// What to do.
        remedy: &'static str,
    },
    /// An id has not the form of its kind.
    Malformed {
        /// What it should be the id of.
        kind: Kind,
        /// The id as given.
        id: String,
    },
    /// Ids that nothing has, of one request.
    NotFound {
        /// The code, as `InvalidVpcID.NotFound`.
        code: &'static str,
        /// EC2's noun, as `vpc`.
        noun: &'static str,
        /// The ids.
        ids: Vec<String>,
    },
    /// No filter has this name here.
    FilterUnknown(String),
    /// A paging token that this operation did not give.
    TokenInvalid,
    /// The resource cannot have tags, or there is none of this id.
    TagResource(String),
    /// A tag key that is empty, too long or AWS's own.
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
    /// The default VPC was asked for, and there is none.
    DefaultVpcMissing,
    /// A refusal of the network itself.
    Network(NetError),
    /// A refusal of compute (instances, images, key pairs), in EC2's words.
    Compute {
        /// The code.
        code: &'static str,
        /// EC2's sentence.
        message: String,
        /// What to do.
        remedy: &'static str,
    },
}

impl From<NetError> for Ec2Error {
    fn from(error: NetError) -> Self {
        Self::Network(error)
    }
}

/// EC2's words for a refusal, and the lab's own for what to do.
pub(super) struct Words {
    code: String,
    http_status: u16,
    message: String,
    remedy: String,
}

/// Words with the status that most refusals have.
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
    /// The plain refusal of a value.
    #[allow(clippy::needless_pass_by_value, reason = "references are values too")]
    pub fn value(value: impl ToString, parameter: &'static str, why: impl Into<String>) -> Self {
        Self::Value {
            value: value.to_string(),
            parameter,
            why: why.into(),
        }
    }

    /// A refusal with EC2's own sentence, `InvalidParameterValue`.
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
                format!("Give the parameter {parameter}."),
            ),
            // Guess: EC2's other exclusions are worded so.
            Self::Exclusive { one, other } => words(
                "InvalidParameterCombination",
                format!("The parameter {one} cannot be used with the parameter {other}"),
                "Give one of the two.",
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
                "Delete one that is not needed any more, or ask AWS for a higher quota.",
            ),
            other => other.common_words(),
        }
    }

    /// The refusals that any operation can give.
    fn common_words(self) -> Words {
        match self {
            // What EC2 says where a region is not enabled for the account.
            Self::RegionUnknown(region) => Words {
                code: "AuthFailure".into(),
                http_status: 401,
                message: "AWS was not able to validate the provided access credentials".into(),
                remedy: format!("The account has no region {region}: use another region."),
            },
            Self::OperationUnknown(name) => words(
                "InvalidAction",
                format!("The action {name} is not valid for this web service."),
                "The lab does not offer this operation.",
            ),
            // Guess: the wire checks types before.
            Self::Undecodable(why) => words(
                "MalformedQueryString",
                format!("The request cannot be read: {why}"),
                "Correct the parameter's type.",
            ),
            Self::FilterUnknown(name) => words(
                "InvalidParameterValue",
                format!("The filter '{name}' is invalid"),
                "Filter names are written with hyphens, as vpc-id or tag:Name; the operation's help \
                 lists them.",
            ),
            Self::TokenInvalid => words(
                "InvalidNextToken",
                "The specified NextToken is not valid.",
                "Use the NextToken that the same request has given.",
            ),
            Self::TagResource(id) => words(
                "InvalidID",
                format!("The ID '{id}' is not valid"),
                "Give the full id of a resource in this region.",
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
                "Name a VPC, or make a default VPC with create-default-vpc.",
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
        "Look for the right id, in the right region: ids differ from region to region.",
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
        format!("Give an id as {prefix}0123456789abcdef0."),
    )
}
