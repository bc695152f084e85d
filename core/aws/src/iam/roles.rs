//! Roles and their trust policies.

use serde_json::Value;

use super::Iam;
use super::error::{Conflict, Entity, IamError};
use super::policy::{Document, Kind, PolicyError};
use super::service::{
    add_tags, answer, boundary, nothing, page, path, required, tags, under, unknown,
};
use super::shapes::{self, Instant, Named};
use super::state::{Grants, Role, Tags};
use crate::request::Basics;
use hsmlab_api::ACCOUNT_ID;

/// The default of a role's longest session, in seconds.
const SESSION_SECONDS_DEFAULT: u64 = 3600;

pub(super) fn create(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    input: shapes::CreateRole,
) -> Result<Value, IamError> {
    let trust = Document::parse(&input.assume_role_policy_document, Kind::Trust)?;
    iam.check_principals(&trust)?;
    let name = input.role_name;
    if iam
        .roles
        .keys()
        .any(|each| each.eq_ignore_ascii_case(&name))
    {
        return Err(IamError::Exists(Entity::Role, name));
    }
    let mut tags = Tags::new();
    add_tags(&mut tags, &input.tags)?;
    let path = path(input.path.as_ref())?;
    let boundary = iam.boundary_arn(input.permissions_boundary)?;
    let role = Role {
        name: name.clone(),
        path,
        id: env.ids.iam("AROA"),
        created: env.now,
        tags,
        grants: Grants::default(),
        boundary,
        trust,
        description: input.description,
        max_session_seconds: input
            .max_session_duration
            .unwrap_or(SESSION_SECONDS_DEFAULT),
        last_used: None,
    };
    // The answer contains the role without session length and last use.
    let shown = shapes::Role {
        description: None,
        max_session_duration: None,
        role_last_used: None,
        ..shape(&role)
    };
    iam.roles.insert(name, role);
    answer("Role", shown)
}

pub(super) fn handle(iam: &mut Iam, operation: &str, named: &Named) -> Result<Value, IamError> {
    if operation == "ListRoles" {
        let prefix = named.path_prefix.as_deref();
        let roles = iam.roles.values().filter(|role| under(&role.path, prefix));
        return page("Roles", roles.map(short).collect(), &named.paging);
    }
    let name = required(named.role_name.as_ref(), "roleName")?;
    match operation {
        "GetRole" => answer("Role", shape(iam.role(name)?)),
        "ListRoleTags" => page("Tags", tags(&iam.role(name)?.tags), &named.paging),
        "DeleteRole" => delete(iam, name),
        "UpdateAssumeRolePolicy" => {
            iam.unprotected(name)?;
            let text = required(named.policy_document.as_ref(), "policyDocument")?;
            let trust = Document::parse(text, Kind::Trust)?;
            iam.check_principals(&trust)?;
            iam.role_mut(name)?.trust = trust;
            nothing()
        }
        "TagRole" => {
            iam.unprotected(name)?;
            let given = named.tags.as_deref().unwrap_or_default();
            add_tags(&mut iam.role_mut(name)?.tags, given)?;
            nothing()
        }
        "UntagRole" => {
            iam.unprotected(name)?;
            let gone = named.tag_keys.as_deref().unwrap_or_default();
            let role = iam.role_mut(name)?;
            role.tags
                .retain(|key, _| !gone.iter().any(|each| each.eq_ignore_ascii_case(key)));
            nothing()
        }
        _ => Err(unknown(operation)),
    }
}

fn delete(iam: &mut Iam, name: &str) -> Result<Value, IamError> {
    iam.unprotected(name)?;
    let role = iam.role(name)?;
    let held = |role: &String| role == name;
    let conflict = if iam
        .instance_profiles
        .values()
        .any(|each| each.role.as_ref().is_some_and(held))
    {
        Some(Conflict::Profiles)
    } else if !role.grants.attached.is_empty() {
        Some(Conflict::Attached)
    } else if !role.grants.inline.is_empty() {
        Some(Conflict::Inline)
    } else {
        None
    };
    if let Some(conflict) = conflict {
        return Err(IamError::Conflict(conflict));
    }
    iam.roles.remove(name);
    nothing()
}

/// A role in the form of `get-role`.
pub(super) fn shape(role: &Role) -> shapes::Role {
    let (at, region) = match &role.last_used {
        Some((at, region)) => (Some(Instant(*at)), Some(region.clone())),
        None => (None, None),
    };
    shapes::Role {
        path: role.path.clone(),
        role_name: role.name.clone(),
        role_id: role.id.clone(),
        arn: role.arn(),
        create_date: Instant(role.created),
        assume_role_policy_document: role.trust.json().clone(),
        description: role.description.clone(),
        max_session_duration: Some(role.max_session_seconds),
        permissions_boundary: boundary(role.boundary.as_ref()),
        tags: tags(&role.tags),
        role_last_used: Some(shapes::LastUsed {
            last_used_date: at,
            region,
        }),
    }
}

/// A role in the form of lists: without tags, boundary and last use.
fn short(role: &Role) -> shapes::Role {
    shapes::Role {
        permissions_boundary: None,
        tags: Vec::new(),
        role_last_used: None,
        ..shape(role)
    }
}

/// A role in the form of an instance profile's member.
pub(super) fn in_profile(role: &Role) -> shapes::Role {
    shapes::Role {
        description: None,
        max_session_duration: None,
        ..short(role)
    }
}

impl Iam {
    pub(super) fn role(&self, name: &str) -> Result<&Role, IamError> {
        self.roles
            .get(name)
            .ok_or_else(|| IamError::NoSuch(Entity::Role, name.to_owned()))
    }

    fn role_mut(&mut self, name: &str) -> Result<&mut Role, IamError> {
        self.roles
            .get_mut(name)
            .ok_or_else(|| IamError::NoSuch(Entity::Role, name.to_owned()))
    }

    /// True if the role belongs to a service; then only the service may change it.
    pub(super) fn is_linked(&self, name: &str) -> bool {
        self.roles
            .get(name)
            .is_some_and(|role| role.path.starts_with("/aws-service-role/"))
    }

    fn unprotected(&self, name: &str) -> Result<(), IamError> {
        if self.is_linked(name) {
            Err(IamError::Protected(name.to_owned()))
        } else {
            Ok(())
        }
    }

    /// Checks that a trust policy names existing users and roles: IAM stores their unique ids.
    fn check_principals(&self, trust: &Document) -> Result<(), IamError> {
        let principals = trust
            .policy()
            .statements
            .iter()
            .filter_map(|each| each.principals.as_ref());
        for arn in principals.flat_map(|each| &each.aws) {
            let own = format!("arn:aws:iam::{ACCOUNT_ID}:");
            let Some(resource) = arn.strip_prefix(&own) else {
                continue;
            };
            let known = resource == "root"
                || self.user_of_arn(arn).is_some()
                || self.role_of_principal(arn).is_some();
            if !known {
                let (kind, value) = ("AWS".to_owned(), arn.clone());
                return Err(PolicyError::BadPrincipal { kind, value }.into());
            }
        }
        Ok(())
    }
}
