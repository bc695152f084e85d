//! Requests and answers of EC2's operations, with the service model's names (API version
//! 2016-11-15).
//!
//! The wire has already checked a request against the model; absent members have their defaults.

pub(super) mod acls;
pub(super) mod common;
pub(super) mod groups;
pub(super) mod insights;
pub(super) mod interfaces;
pub(super) mod routing;
pub(super) mod vpcs;
