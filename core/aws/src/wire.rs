//! The JSON door to the services: takes calls with credentials, returns answers or refusals.

mod answer;
mod constraints;
mod refusals;

use hsmlab_api::model::{self, Operation, Service as Model};
use hsmlab_api::regions::enabled_region;
use hsmlab_api::{Call, ServiceError};
use hsmlab_sim::SimTime;
use serde_json::Value;

use crate::iam::Context;
use crate::iam::condition::Keys;
use crate::params;
use crate::request::{Env, Request};
use crate::services::{self, Cloud, Service};

/// Carries out one call: authenticates the caller, validates the parameters against the service
/// model as the service does, asks IAM, runs the handler and puts the answer's members in the
/// model's order.
///
/// Timestamps in the answer are JSON numbers: seconds since 1970 with milliseconds.
///
/// # Errors
/// The service's refusal; the world is then unchanged.
pub fn call(cloud: &mut Cloud, env: &mut Env<'_>, call: &Call) -> Result<Value, ServiceError> {
    let Some((row, model, operation)) = modelled(call) else {
        return Err(refusals::not_offered(&call.service, &call.operation));
    };
    // The credentials of an account are unknown in regions that it has not enabled and in other
    // partitions (General Reference, "Enable or disable AWS Regions in your account").
    if !model.is_global() && enabled_region(&call.region).is_none() {
        return Err(refusals::region_not_enabled(model, &call.region));
    }
    let key = call.credentials.access_key_id.as_str();
    let principal = cloud
        .iam
        .authenticate(key, env.now)
        .ok_or_else(|| refusals::not_authenticated(model, key.is_empty()))?;
    constraints::check(row.invalid, model, operation, &call.params)?;
    let request = Request {
        operation: &call.operation,
        params: &call.params,
        region: &call.region,
        principal: &principal,
        source_ip: call.source_ip,
    };
    authorize(cloud, row, &request, env.now)?;
    let answer = (row.handle)(cloud, env, &request)?;
    Ok(answer::in_order(model, operation, answer))
}

/// The row and the model of a call.
fn modelled(call: &Call) -> Option<(&'static Service, &'static Model, &'static Operation)> {
    let row = services::service(&call.service)?;
    let model = model::service(&call.service).filter(|service| service.offered)?;
    Some((row, model, model.operation(&call.operation)?))
}

/// Checks that the caller may make this call.
///
/// # Errors
/// The refusal in the words of the service.
pub(crate) fn authorize(
    cloud: &Cloud,
    row: &Service,
    request: &Request<'_>,
    now: SimTime,
) -> Result<(), ServiceError> {
    let Some(permissions) = &row.permissions else {
        return Ok(());
    };
    let Request {
        operation,
        params,
        region,
        principal,
        source_ip,
    } = *request;
    let action = format!("{}:{operation}", row.prefix);
    let resources = (permissions.resources)(cloud, request);
    let mut context = Context::new(source_ip, region, now);
    context.request_tags = params::request_tags(params);
    context.untag_keys = params::untag_keys(operation, params);
    context.service_keys = Keys::of_members((permissions.keys)(operation), params);
    context.resource_tags = services::resource_tags(cloud, region, &resources);
    let further = || match permissions.further {
        Some(check) => check(cloud, request, &context),
        None => Ok(()),
    };
    cloud
        .iam
        .authorize(principal, &action, &resources, &context)
        .and_then(|()| further())
        .map_err(|denial| (permissions.denied)(&denial))
}

#[cfg(test)]
mod tests;
