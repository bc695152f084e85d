//! AWS CloudHSM V2: clusters, HSMs, backups.

pub mod error;
pub mod lifecycle;
pub mod limits;
mod paging;
mod shapes;
pub mod state;

use serde_json::Value;

use super::wire::{Request, ServiceError};
use super::{Cloud, Env};
use crate::sim::{Seed, SimTime};

/// CloudHSM's state in all regions.
#[derive(Clone, Debug, Default)]
pub struct CloudHsm {}

impl CloudHsm {
    /// No clusters.
    #[must_use]
    pub fn new(_seed: &Seed) -> Self {
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
/// The service's refusal.
pub fn handle(_: &mut Cloud, _: &mut Env<'_>, _: &Request<'_>) -> Result<Value, ServiceError> {
    Ok(Value::Null)
}

/// Lets happen what is due.
pub fn advance(_: &mut Cloud, _: &mut Env<'_>) {}
