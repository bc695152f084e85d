//! Amazon EC2: VPC networking, instances, key pairs and reachability analysis.

use serde_json::Value;

use super::wire::{Request, ServiceError};
use super::{Cloud, Env};
use crate::sim::ids::Ids;
use crate::sim::{Seed, SimTime};

/// EC2's state in all regions.
#[derive(Clone, Debug, Default)]
pub struct Ec2 {}

impl Ec2 {
    /// The account's first day.
    #[must_use]
    pub fn new(_seed: &Seed, _now: SimTime, _ids: &mut Ids) -> Self {
        Self::default()
    }

    /// When the next thing happens by itself.
    #[must_use]
    pub fn next_at(&self) -> Option<SimTime> {
        None
    }
}

/// Answers one request.
///
/// # Errors
/// EC2's refusal.
pub fn handle(_: &mut Cloud, _: &mut Env<'_>, _: &Request<'_>) -> Result<Value, ServiceError> {
    Ok(Value::Null)
}

/// Lets happen what is due.
pub fn advance(_: &mut Cloud, _: &mut Env<'_>) {}
