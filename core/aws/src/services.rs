//! The services of the lab: one row each. A new service is a folder, a field of [`Cloud`] for its
//! state, and a row.

use std::collections::BTreeMap;

use hsmlab_api::ServiceError;
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Seed, SimTime};
use serde_json::Value;

use crate::iam::{Context, Denial, RoleUsage, Tags};
use crate::request::{Env, Request};
use crate::{cloudhsmv2, ec2, iam, sts};

/// The state of all services, in all regions, of the learner's account.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// EC2: networks, instances, security groups.
    pub ec2: ec2::Ec2,
    /// IAM: principals, roles and policies.
    pub iam: iam::Iam,
    /// `CloudHSM` V2: clusters, HSMs and backups.
    pub cloudhsmv2: cloudhsmv2::CloudHsm,
}

/// A service: how the door calls it, and what it tells about its resources.
pub struct Service {
    /// The name on the command line.
    pub name: &'static str,
    /// The name in ARNs and in the actions of policies.
    pub prefix: &'static str,
    /// The part of the service that the lab offers.
    offers: Offers,
    /// The names of the operations that have a handler.
    pub operations: fn() -> Vec<&'static str>,
    /// Answers a request.
    pub handle: fn(&mut Cloud, &mut Env<'_>, &Request<'_>) -> Result<Value, ServiceError>,
    /// The error code of a request that does not satisfy the model.
    pub(crate) invalid: &'static str,
    /// The permissions of its operations; `None` if the handlers check them.
    pub(crate) permissions: Option<Permissions>,
    /// The tags of a resource, by region, resource type and name.
    tags: Option<TagsOf>,
    /// The resources that need the service-linked role with this name, by region.
    role_usage: Option<fn(&Cloud, &str) -> RoleUsage>,
    /// Scheduled events.
    events: Option<Events>,
}

type TagsOf = fn(&Cloud, &str, &str, &str) -> Option<Tags>;
type Check = fn(&Cloud, &Request<'_>, &Context) -> Result<(), Denial>;

/// The part of a service that the lab offers, with the service's short name.
enum Offers {
    /// All operations.
    All(&'static str),
    /// The operations that labs need.
    Parts(&'static str),
}

/// The permissions of a service's operations. The door checks them before it calls a handler.
pub(crate) struct Permissions {
    /// The ARNs of the resources of a request; an empty list means `*`.
    pub(crate) resources: fn(&Cloud, &Request<'_>) -> Vec<String>,
    /// The members of an operation's requests that set condition keys, each with its key.
    pub(crate) keys: fn(&str) -> &'static [(&'static str, &'static str)],
    /// Checks the permissions besides the one for the operation.
    pub(crate) further: Option<Check>,
    /// Words a denial.
    pub(crate) denied: fn(&Denial) -> ServiceError,
}

/// The scheduled events of a service.
struct Events {
    /// The instant of the next one.
    next_at: fn(&Cloud) -> Option<SimTime>,
    /// Runs all that are due.
    advance: fn(&mut Cloud, &mut Env<'_>),
}

/// The services. Their events run in this order.
pub static SERVICES: [Service; 4] = [
    Service {
        name: "ec2",
        prefix: "ec2",
        offers: Offers::Parts("EC2"),
        operations: || ec2::operations().collect(),
        handle: |cloud, env, request| {
            ec2::handle(&mut cloud.ec2, &cloud.iam, &mut env.basics(), request)
        },
        invalid: "ValidationException",
        permissions: Some(Permissions {
            resources: |_, request| ec2::permissions::resources(request),
            keys: ec2::permissions::keys,
            further: Some(|cloud, request, context| {
                ec2::permissions::further(&cloud.iam, request, context)
            }),
            denied: ec2::permissions::denied,
        }),
        tags: Some(|cloud, region, _, name| cloud.ec2.region(region)?.tags.get(name).cloned()),
        role_usage: None,
        events: Some(Events {
            next_at: |cloud| cloud.ec2.next_at(),
            advance: |cloud, env| cloud.ec2.advance(env.now),
        }),
    },
    Service {
        name: "cloudhsmv2",
        prefix: "cloudhsm",
        offers: Offers::All("CloudHSM V2"),
        operations: || cloudhsmv2::operations().collect(),
        handle: |cloud, env, request| cloudhsmv2::handle(cloud.for_cloudhsmv2(), env, request),
        invalid: "CloudHsmInvalidRequestException",
        permissions: Some(Permissions {
            resources: |_, request| cloudhsmv2::permissions::resources(request),
            keys: |_| &[],
            further: None,
            denied: Denial::to_json_error,
        }),
        tags: Some(|cloud, region, _, name| cloud.cloudhsmv2.tags(region, name)),
        role_usage: Some(|cloud, role| cloud.cloudhsmv2.role_usage(role)),
        events: Some(Events {
            next_at: |cloud| cloud.cloudhsmv2.next_at(),
            advance: |cloud, env| cloudhsmv2::advance(&mut cloud.for_cloudhsmv2(), env),
        }),
    },
    Service {
        name: "iam",
        prefix: "iam",
        offers: Offers::Parts("IAM"),
        operations: || iam::operations().collect(),
        handle: |cloud, env, request| {
            let role = iam::role_to_delete(request);
            let usage = role.map(|role| role_usage(cloud, role));
            let usage = usage.unwrap_or_default();
            iam::handle(&mut cloud.iam, &mut env.basics(), request, usage)
        },
        invalid: "ValidationError",
        permissions: Some(Permissions {
            resources: |cloud, request| cloud.iam.resources(request),
            keys: iam::keys,
            further: None,
            denied: Denial::to_query_error,
        }),
        tags: Some(|cloud, _, kind, name| cloud.iam.tags(kind, name)),
        role_usage: None,
        events: None,
    },
    Service {
        name: "sts",
        prefix: "sts",
        offers: Offers::Parts("STS"),
        operations: || sts::operations().collect(),
        handle: |cloud, env, request| sts::handle(&mut cloud.iam, &mut env.basics(), request),
        invalid: "ValidationError",
        // API reference: get-caller-identity needs no permission, and a deny does not block it.
        // Assuming a role also depends on the role's trust policy.
        permissions: None,
        tags: None,
        role_usage: None,
        events: None,
    },
];

/// The service with a command-line name.
#[must_use]
pub fn service(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == name)
}

/// The sentence about what the lab offers.
pub(crate) fn offered() -> String {
    let (mut all, mut parts) = (Vec::new(), Vec::new());
    for service in &SERVICES {
        match service.offers {
            Offers::All(name) => all.push(name),
            Offers::Parts(name) => parts.push(name),
        }
    }
    let listed = |names: &[&str]| match names {
        [] => String::new(),
        [name] => (*name).to_owned(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    };
    format!(
        "The lab offers all of {}, and the parts of {} that its networks and permissions need.",
        listed(&all),
        listed(&parts)
    )
}

/// The tags of the resources of a call, by ARN.
pub(crate) fn resource_tags(
    cloud: &Cloud,
    region: &str,
    arns: &[String],
) -> BTreeMap<String, Tags> {
    let tags = |arn: &String| {
        let mut parts = arn.splitn(6, ':').skip(2);
        let (prefix, resource) = (parts.next()?, parts.nth(2)?);
        let service = SERVICES.iter().find(|service| service.prefix == prefix)?;
        let name = resource.rsplit_once('/')?.1;
        let kind = resource.split_once('/')?.0;
        Some((arn.clone(), service.tags?(cloud, region, kind, name)?))
    };
    arns.iter().filter_map(tags).collect()
}

/// The resources of all services that need a service-linked role.
fn role_usage(cloud: &Cloud, role: &str) -> RoleUsage {
    let of_service = |service: &Service| service.role_usage.map(|usage| usage(cloud, role));
    SERVICES.iter().filter_map(of_service).flatten().collect()
}

impl Cloud {
    /// Creates the account of the first day: a default VPC in each region and an administrator.
    #[must_use]
    pub fn new(seed: &Seed, now: SimTime, ids: &mut Ids) -> Self {
        Self {
            ec2: ec2::Ec2::new(ids),
            iam: iam::Iam::new(seed, now, ids),
            cloudhsmv2: cloudhsmv2::CloudHsm::new(),
        }
    }

    /// The parts that CloudHSM works with.
    pub fn for_cloudhsmv2(&mut self) -> cloudhsmv2::Parts<'_> {
        cloudhsmv2::Parts {
            cloudhsmv2: &mut self.cloudhsmv2,
            ec2: &mut self.ec2,
            iam: &mut self.iam,
        }
    }

    /// The instant of the next scheduled event in any service.
    #[must_use]
    pub fn next_at(&self) -> Option<SimTime> {
        let events = SERVICES
            .iter()
            .filter_map(|service| service.events.as_ref());
        events.filter_map(|events| (events.next_at)(self)).min()
    }

    /// Runs all events that are due at `env.now`. The caller steps from one [`Cloud::next_at`] to
    /// the next, so that each event runs at its own instant.
    pub fn advance(&mut self, env: &mut Env<'_>) {
        for events in SERVICES
            .iter()
            .filter_map(|service| service.events.as_ref())
        {
            (events.advance)(self, env);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use hsmlab_api::model;

    #[test]
    fn every_offered_service_has_a_row_and_every_operation_a_handler() {
        let services = model::catalog().services.iter();
        let offered: Vec<_> = services.filter(|service| service.offered).collect();
        assert_eq!(offered.len(), SERVICES.len());
        for model in offered {
            let row = service(&model.cli_name).unwrap();
            assert_eq!(row.prefix, model.signing_name);
            let handled: BTreeSet<&str> = (row.operations)().into_iter().collect();
            let operations = model.operations.iter();
            let unhandled: Vec<&str> = operations
                .map(|operation| operation.name.as_str())
                .filter(|name| !handled.contains(name))
                .collect();
            assert!(unhandled.is_empty(), "{}: {unhandled:?}", row.name);
        }
    }

    #[test]
    fn a_remedy_lists_the_services() {
        assert_eq!(
            offered(),
            "The lab offers all of CloudHSM V2, and the parts of EC2, IAM and STS that its networks \
             and permissions need."
        );
    }
}
