//! AWS Security Token Service: who is calling.

use serde_json::Value;

use super::wire::{Request, ServiceError};
use super::{Cloud, Env};

/// Answers one request.
///
/// # Errors
/// The service's refusal.
pub fn handle(_: &mut Cloud, _: &mut Env<'_>, _: &Request<'_>) -> Result<Value, ServiceError> {
    Ok(Value::Null)
}
