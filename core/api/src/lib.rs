//! `hsmlab-api`: the service models and what a caller and a service say to each other. No service is here.
#![forbid(unsafe_code)]

pub mod call;
pub mod model;
pub mod regions;

pub use call::{Call, Credentials, ServiceError};

/// The account of every world: the example account of the AWS documentation.
pub const ACCOUNT_ID: &str = "111122223333";

/// The default region of the command lines in a new world.
pub const HOME_REGION: &str = "us-east-1";

/// The access key id of `CloudShell`: that of the console session of its user. It does not expire, as
/// `CloudShell` renews it, and grants only what the user may do.
pub const CLOUDSHELL_ACCESS_KEY_ID: &str = "ASIAIOSFODNN7EXAMPLE";
