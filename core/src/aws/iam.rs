//! AWS Identity and Access Management: principals, roles, policies and the evaluator.

use serde_json::Value;

use super::wire::{Request, ServiceError};
use super::{Cloud, Env};
use crate::sim::ids::Ids;
use crate::sim::{Seed, SimTime};

/// IAM's state.
#[derive(Clone, Debug, Default)]
pub struct Iam {}

impl Iam {
    /// The account's first day: an administrator and its access key.
    #[must_use]
    pub fn new(_seed: &Seed, _now: SimTime, _ids: &mut Ids) -> Self {
        Self::default()
    }
}

/// Who makes a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// As `arn:aws:iam::111122223333:user/alice` or `arn:aws:sts::…:assumed-role/Role/session`.
    pub arn: String,
    /// The unique id that `get-caller-identity` calls `UserId`.
    pub user_id: String,
}

/// Answers one request.
///
/// # Errors
/// IAM's refusal.
pub fn handle(_: &mut Cloud, _: &mut Env<'_>, _: &Request<'_>) -> Result<Value, ServiceError> {
    Ok(Value::Null)
}
