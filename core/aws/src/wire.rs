//! The JSON door to the services: takes calls with credentials, returns answers or refusals.

mod answer;
mod constraints;
mod refusals;

use hsmlab_api::regions::enabled_region;
use hsmlab_api::{Call, ServiceError};
use serde_json::Value;

use super::{Cloud, Env, cloudhsmv2, ec2, iam, sts};
use hsmlab_api::model::{self, Operation, Service};

/// An authenticated call with parameters that satisfy the model: the input of a service's handler.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The operation's model name.
    pub operation: &'a str,
    /// The parameters.
    pub params: &'a Value,
    /// The region.
    pub region: &'a str,
    /// The caller: its ARN and the facts that policies need.
    pub principal: &'a super::iam::Principal,
    /// The source address of the call.
    pub source_ip: std::net::IpAddr,
}

/// Carries out one call: authenticates the caller, validates the parameters against the service
/// model as the service does, asks IAM, runs the handler and puts the answer's members in the
/// model's order.
///
/// Timestamps in the answer are JSON numbers: seconds since 1970 with milliseconds.
///
/// # Errors
/// The service's refusal; the world is then unchanged.
pub fn call(cloud: &mut Cloud, env: &mut Env<'_>, call: &Call) -> Result<Value, ServiceError> {
    let Some((service, operation)) = modelled(call) else {
        return Err(refusals::not_offered(&call.service, &call.operation));
    };
    // The credentials of an account are unknown in regions that it has not enabled and in other
    // partitions (General Reference, "Enable or disable AWS Regions in your account").
    if !service.is_global() && enabled_region(&call.region).is_none() {
        return Err(refusals::region_not_enabled(service, &call.region));
    }
    let key = call.credentials.access_key_id.as_str();
    let principal = cloud
        .iam
        .authenticate(key, env.now)
        .ok_or_else(|| refusals::not_authenticated(service, key.is_empty()))?;
    constraints::check(service, operation, &call.params)?;
    let request = Request {
        operation: &call.operation,
        params: &call.params,
        region: &call.region,
        principal: &principal,
        source_ip: call.source_ip,
    };
    iam::authorize_call(cloud, &call.service, &request, env.now)?;
    let answer = handle(&call.service, cloud, env, &request)?;
    Ok(answer::in_order(service, operation, answer))
}

fn modelled(call: &Call) -> Option<(&'static Service, &'static Operation)> {
    let service = model::service(&call.service).filter(|service| service.offered)?;
    Some((service, service.operation(&call.operation)?))
}

fn handle(
    service: &str,
    cloud: &mut Cloud,
    env: &mut Env<'_>,
    request: &Request<'_>,
) -> Result<Value, ServiceError> {
    match service {
        "cloudhsmv2" => cloudhsmv2::handle(cloud, env, request),
        "ec2" => ec2::handle(cloud, env, request),
        "iam" => iam::handle(cloud, env, request),
        "sts" => sts::handle(cloud, env, request),
        other => Err(refusals::not_offered(other, request.operation)),
    }
}

#[cfg(test)]
mod tests;
