//! AWS Identity and Access Management: principals, roles, policies and the evaluator.
//!
//! [`Iam::authenticate`] identifies the caller, and [`authorize_call`] checks the call against the
//! policies. A service that needs a further permission from its caller calls [`authorize`].

pub mod actions;
pub mod condition;
mod encoded;
mod error;
pub mod evaluate;
mod grants;
mod instance_key;
mod linked_role;
mod managed;
pub mod pattern;
mod policies;
pub mod policy;
mod profiles;
mod roles;
mod service;
mod shapes;
mod simulate;
mod state;
pub mod tokens;
mod users;

use hsmlab_api::CLOUDSHELL_ACCESS_KEY_ID;
use std::collections::{BTreeMap, BTreeSet};

use rand_core::Rng as _;
use serde_json::Value;

use super::wire::Request;
use super::{Cloud, Env};
use hsmlab_api::ServiceError;
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Seed, SharedMap, SimTime};

pub use actions::action_and_resources;
pub use condition::Context;
pub use evaluate::Denial;
use state::{AccessKey, Grants, Group, InstanceProfile, ManagedPolicy, Role, Session, Tags, User};

/// The name of the learner's user in the console and in `CloudShell`.
pub const ADMINISTRATOR: &str = "Admin";

/// IAM's state. It is global: regions have no separate state.
#[derive(Clone, Debug)]
pub struct Iam {
    users: SharedMap<String, User>,
    groups: SharedMap<String, Group>,
    roles: SharedMap<String, Role>,
    /// Managed policies by ARN, including those of AWS.
    policies: SharedMap<String, ManagedPolicy>,
    instance_profiles: SharedMap<String, InstanceProfile>,
    /// Long-lived keys by id.
    access_keys: SharedMap<String, AccessKey>,
    /// Temporary keys by id.
    sessions: SharedMap<String, Session>,
    /// Requests to delete linked roles, by task id.
    deletions: BTreeMap<String, linked_role::Deletion>,
    seed: Seed,
}

/// The caller of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Such as `arn:aws:iam::111122223333:user/alice` or
    /// `arn:aws:sts::…:assumed-role/Role/session`.
    pub arn: String,
    /// The unique id that `get-caller-identity` calls `UserId`.
    pub user_id: String,
}

impl Iam {
    /// Creates the state of the first day: an administrator, and the console session for
    /// `CloudShell`.
    #[must_use]
    pub fn new(seed: &Seed, now: SimTime, ids: &mut Ids) -> Self {
        let policies = managed::policies(ids)
            .into_iter()
            .map(|each| (each.arn.clone(), each));
        let mut grants = Grants::default();
        grants
            .attached
            .insert("arn:aws:iam::aws:policy/AdministratorAccess".into());
        let admin = User {
            name: ADMINISTRATOR.into(),
            path: "/".into(),
            id: ids.iam("AIDA"),
            created: now,
            tags: Tags::new(),
            grants,
            boundary: None,
            groups: BTreeSet::new(),
        };
        let console = Session::Console {
            user: ADMINISTRATOR.into(),
        };
        Self {
            users: SharedMap::from_iter([(admin.name.clone(), admin)]),
            groups: SharedMap::default(),
            roles: SharedMap::default(),
            policies: policies.collect(),
            instance_profiles: SharedMap::default(),
            access_keys: SharedMap::default(),
            sessions: SharedMap::from_iter([(CLOUDSHELL_ACCESS_KEY_ID.into(), console)]),
            deletions: BTreeMap::new(),
            seed: seed.child("iam"),
        }
    }

    /// The owner of an access key id at `now`; `None` if the key is unknown, inactive or expired,
    /// or if its user or role no longer exists.
    #[must_use]
    pub fn authenticate(&self, access_key_id: &str, now: SimTime) -> Option<Principal> {
        if let Some(key) = self.access_keys.get(access_key_id) {
            return key
                .active
                .then(|| self.users.get(&key.user).map(Principal::user))?;
        }
        let Some(session) = self.sessions.get(access_key_id) else {
            return self.instance_of_key(access_key_id);
        };
        match session {
            Session::Console { user } => self.users.get(user).map(Principal::user),
            Session::Role {
                role,
                name,
                expires,
                ..
            } => {
                let role = self.roles.get(role).filter(|_| now < *expires)?;
                Some(Principal::assumed_role(role, name))
            }
        }
    }

    /// The access key id that the metadata service of `instance_id` returns for the role of an
    /// instance profile; `None` if the profile does not exist or has no role. An instance and a
    /// profile always get the same id: AWS renews such keys before they expire.
    #[must_use]
    pub fn instance_profile_credentials(
        &self,
        profile_arn: &str,
        instance_id: &str,
    ) -> Option<String> {
        let profile = self
            .instance_profiles
            .values()
            .find(|each| each.arn() == profile_arn)?;
        profile.role.as_ref()?;
        instance_key::id(&self.seed, &profile.id, instance_id)
    }

    /// The name of the role of an instance profile, as the metadata service lists it.
    #[must_use]
    pub fn instance_profile_role(&self, profile_arn: &str) -> Option<&str> {
        let profile = self
            .instance_profiles
            .values()
            .find(|each| each.arn() == profile_arn)?;
        profile.role.as_deref()
    }

    /// The role of the instance whose metadata service returns this key.
    fn instance_of_key(&self, access_key_id: &str) -> Option<Principal> {
        self.instance_profiles.values().find_map(|profile| {
            let role = self.roles.get(profile.role.as_ref()?)?;
            let instance = instance_key::instance(&self.seed, &profile.id, access_key_id)?;
            Some(Principal::assumed_role(role, &instance))
        })
    }

    /// Derives an access key id (prefix and 16 characters) from the stream `name`.
    fn access_key_id(&self, prefix: &str, name: &str) -> String {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        format!(
            "{prefix}{}",
            self.characters(&format!("key id/{name}"), alphabet, 16)
        )
    }

    /// Derives a secret access key or a session token from the stream `name`.
    fn secret(&self, name: &str, length: usize) -> String {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        self.characters(&format!("secret/{name}"), alphabet, length)
    }

    fn characters(&self, stream: &str, alphabet: &[u8], length: usize) -> String {
        let mut rng = self.seed.stream(stream);
        let mut draw = || {
            let index = rng.next_u32() as usize % alphabet.len().max(1);
            char::from(alphabet.get(index).copied().unwrap_or(b'A'))
        };
        (0..length).map(|_| draw()).collect()
    }

    fn user_of_arn(&self, arn: &str) -> Option<&User> {
        let (_, name) = arn.rsplit_once('/')?;
        self.users.get(name).filter(|user| user.arn() == arn)
    }

    /// The role of a principal `…:assumed-role/Role/session`, or of a role ARN.
    fn role_of_principal(&self, arn: &str) -> Option<&Role> {
        let resource = arn.splitn(6, ':').nth(5)?;
        match resource.split_once('/')? {
            ("assumed-role", rest) => self.roles.get(rest.split_once('/')?.0),
            ("role", rest) => {
                let name = rest.rsplit_once('/').map_or(rest, |(_, name)| name);
                self.roles.get(name).filter(|role| role.arn() == arn)
            }
            _ => None,
        }
    }
}

impl Principal {
    fn user(user: &User) -> Self {
        Self {
            arn: user.arn(),
            user_id: user.id.clone(),
        }
    }

    fn assumed_role(role: &Role, session: &str) -> Self {
        let account = hsmlab_api::ACCOUNT_ID;
        Self {
            arn: format!(
                "arn:aws:sts::{account}:assumed-role/{}/{session}",
                role.name
            ),
            user_id: format!("{}:{session}", role.id),
        }
    }
}

/// Checks that `principal` may do `action` on each of `resources`; an empty list means `*`. For
/// permissions that a service needs from its caller besides the one for the operation.
///
/// # Errors
/// The denial; [`Denial::into_error`] words it for a service.
pub fn authorize(
    cloud: &Cloud,
    principal: &Principal,
    action: &str,
    resources: &[String],
    context: &Context,
) -> Result<(), Denial> {
    cloud.iam.authorize(principal, action, resources, context)
}

/// Checks that the caller may make this call. The wire runs it before each handler.
///
/// # Errors
/// The refusal in the words of `service` (`ec2`, `cloudhsmv2`, …).
pub fn authorize_call(
    cloud: &Cloud,
    service: &str,
    request: &Request<'_>,
    now: SimTime,
) -> Result<(), ServiceError> {
    let Request {
        operation,
        params,
        region,
        principal,
        source_ip,
    } = *request;
    // STS API reference: get-caller-identity needs no permission, and a deny does not block it.
    // Assuming a role also depends on the role's trust policy, so the handler decides.
    if service == "sts" {
        return Ok(());
    }
    let (action, resources) = action_and_resources(service, operation, params, region);
    let mut context = Context::new(source_ip, region, now);
    context.request_tags = actions::request_tags(params);
    context.untag_keys = actions::untag_keys(operation, params);
    context.service_keys = actions::service_keys(service, operation, params);
    let resources = cloud.iam.with_paths(service, resources);
    context.resource_tags = resource_tags(cloud, region, &resources);
    authorize(cloud, principal, &action, &resources, &context)
        .and_then(|()| authorize_more(cloud, service, request, &context))
        .map_err(|denial| denial.into_error(service))
}

/// Checks the permissions of a call besides the one for the operation: to tag new resources, and to
/// pass a role.
fn authorize_more(
    cloud: &Cloud,
    service: &str,
    request: &Request<'_>,
    context: &Context,
) -> Result<(), Denial> {
    if service != "ec2" {
        return Ok(());
    }
    let Request {
        operation,
        params,
        region,
        principal,
        ..
    } = *request;
    if params.get("TagSpecifications").is_some() && !operation.starts_with("Describe") {
        // "Grant permission to tag Amazon EC2 resources during creation", EC2 user guide.
        let kind = actions::ec2_made(operation).first().copied().unwrap_or("*");
        let made = format!("arn:aws:ec2:{region}:{}:{kind}/*", hsmlab_api::ACCOUNT_ID);
        let mut context = context.clone();
        context.service_keys.set("ec2:CreateAction", operation);
        authorize(cloud, principal, "ec2:CreateTags", &[made], &context)?;
    }
    let given = params.get("IamInstanceProfile");
    let named = given.and_then(|given| given.get("Arn").or_else(|| given.get("Name")));
    let profile = named
        .and_then(Value::as_str)
        .and_then(|name| cloud.iam.find_instance_profile(name));
    match profile.and_then(|(arn, _)| cloud.iam.instance_profile_role_arn(&arn)) {
        Some(role) => cloud
            .iam
            .authorize_pass_role(principal, &role, "ec2.amazonaws.com", context),
        None => Ok(()),
    }
}

/// The tags of the resources of a call, by ARN.
fn resource_tags(cloud: &Cloud, region: &str, arns: &[String]) -> BTreeMap<String, Tags> {
    let ec2 = cloud.ec2.region(region);
    let cloudhsm = |id: &str| {
        let cluster = cloud
            .cloudhsmv2
            .clusters_in(region)
            .find(|each| each.id == id);
        let backup = || {
            cloud
                .cloudhsmv2
                .backups_in(region)
                .find(|each| each.id == id)
        };
        let tags = cluster
            .map(|each| &each.tags)
            .or_else(|| backup().map(|each| &each.tags))?;
        Some(
            tags.iter()
                .map(|tag| (tag.key.clone(), tag.value.clone()))
                .collect::<Tags>(),
        )
    };
    let tags = |arn: &String| {
        let mut parts = arn.splitn(6, ':').skip(2);
        let (service, resource) = (parts.next()?, parts.nth(2)?);
        let name = resource.rsplit_once('/')?.1;
        let found = match (service, resource.split_once('/')?.0) {
            ("ec2", _) => ec2?.tags.get(name).cloned(),
            ("cloudhsm", _) => cloudhsm(name),
            ("iam", "user") => cloud.iam.users.get(name).map(|each| each.tags.clone()),
            ("iam", "role") => cloud.iam.roles.get(name).map(|each| each.tags.clone()),
            _ => None,
        };
        Some((arn.clone(), found?))
    };
    arns.iter().filter_map(tags).collect()
}

/// Answers one request.
///
/// # Errors
/// IAM's refusal.
pub fn handle(
    cloud: &mut Cloud,
    env: &mut Env<'_>,
    request: &Request<'_>,
) -> Result<Value, ServiceError> {
    service::handle(cloud, env, request).map_err(ServiceError::from)
}

#[cfg(test)]
pub(super) mod tests;
