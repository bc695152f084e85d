//! AWS Identity and Access Management: principals, roles, policies and the evaluator.
//!
//! [`Iam::authenticate`] identifies the caller, and [`Iam::authorize`] checks an action against the
//! policies.

mod actions;
pub mod condition;
mod error;
pub mod evaluate;
mod grants;
mod instance_key;
mod linked_role;
mod managed;
mod operations;
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

use crate::params;
use crate::request::{Basics, Request};
use hsmlab_api::ServiceError;
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Seed, SharedMap, SimTime};

pub use crate::request::Principal;
pub(crate) use actions::keys;
pub use condition::Context;
pub use evaluate::Denial;
pub use linked_role::RoleUsage;
pub(crate) use state::Tags;
use state::{AccessKey, Grants, Group, InstanceProfile, ManagedPolicy, Role, Session, User};

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

impl Iam {
    /// The ARNs of the resources of a request to IAM, with their paths.
    pub(crate) fn resources(&self, request: &Request<'_>) -> Vec<String> {
        self.with_paths(actions::resources(request.operation, request.params))
    }

    /// The tags of a user or role.
    pub(crate) fn tags(&self, kind: &str, name: &str) -> Option<Tags> {
        match kind {
            "user" => self.users.get(name).map(|each| each.tags.clone()),
            "role" => self.roles.get(name).map(|each| each.tags.clone()),
            _ => None,
        }
    }
}

/// The names of the operations that have a handler.
pub fn operations() -> impl Iterator<Item = &'static str> {
    operations::names()
}

/// The name of the service-linked role that a request deletes, if it does: its handler needs the
/// usage of that role.
#[must_use]
pub fn role_to_delete<'a>(request: &Request<'a>) -> Option<&'a str> {
    let deletes = request.operation == operations::DELETE_LINKED_ROLE;
    deletes.then(|| params::text(request.params, "RoleName"))?
}

/// Answers one request. `usage` lists the resources that need the role of [`role_to_delete`].
///
/// # Errors
/// IAM's refusal.
pub fn handle(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    request: &Request<'_>,
    usage: RoleUsage,
) -> Result<Value, ServiceError> {
    let call = operations::Call {
        iam,
        env,
        request,
        usage,
    };
    operations::handle(call).map_err(ServiceError::from)
}

#[cfg(test)]
pub(super) mod tests;
