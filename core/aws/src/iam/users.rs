//! Users, their access keys, and groups.

use serde_json::{Value, json};

use super::Iam;
use super::error::{Conflict, Entity, IamError};
use super::service::{
    add_tags, answer, boundary, nothing, page, path, required, tags, under, unknown,
};
use super::shapes::{self, Instant, Named};
use super::state::{AccessKey, Grants, Group, Tags, User};
use crate::request::{Basics, Request};

/// The most access keys of one user (IAM user guide, "IAM and STS quotas").
const ACCESS_KEYS_MAX: usize = 2;

/// The most groups of one user.
const GROUPS_MAX: usize = 10;

pub(super) fn create(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    input: shapes::CreateUser,
) -> Result<Value, IamError> {
    let name = input.user_name;
    if iam
        .users
        .keys()
        .any(|each| each.eq_ignore_ascii_case(&name))
    {
        return Err(IamError::Exists(Entity::User, name));
    }
    let mut tags = Tags::new();
    add_tags(&mut tags, &input.tags)?;
    let path = path(input.path.as_ref())?;
    let boundary = iam.boundary_arn(input.permissions_boundary)?;
    let user = User {
        name: name.clone(),
        path,
        id: env.ids.iam("AIDA"),
        created: env.now,
        tags,
        grants: Grants::default(),
        boundary,
        groups: std::collections::BTreeSet::new(),
    };
    let shown = shape(&user);
    iam.users.insert(name, user);
    answer("User", shown)
}

pub(super) fn handle(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    request: &Request<'_>,
    named: &Named,
) -> Result<Value, IamError> {
    match request.operation {
        "GetUser" => {
            let name = user_or_caller(iam, request, named)?;
            answer("User", shape(iam.user(&name)?))
        }
        "ListUsers" => {
            let prefix = named.path_prefix.as_deref();
            let users = iam.users.values().filter(|user| under(&user.path, prefix));
            page("Users", users.map(short).collect(), &named.paging)
        }
        "DeleteUser" => delete(iam, required(named.user_name.as_ref(), "userName")?),
        "TagUser" => {
            let user = iam.user_mut(required(named.user_name.as_ref(), "userName")?)?;
            add_tags(&mut user.tags, named.tags.as_deref().unwrap_or_default())?;
            nothing()
        }
        "UntagUser" => {
            let user = iam.user_mut(required(named.user_name.as_ref(), "userName")?)?;
            let gone = named.tag_keys.as_deref().unwrap_or_default();
            user.tags
                .retain(|key, _| !gone.iter().any(|each| each.eq_ignore_ascii_case(key)));
            nothing()
        }
        "ListUserTags" => {
            let user = iam.user(required(named.user_name.as_ref(), "userName")?)?;
            page("Tags", tags(&user.tags), &named.paging)
        }
        "CreateAccessKey" | "UpdateAccessKey" | "DeleteAccessKey" | "ListAccessKeys" => {
            let name = user_or_caller(iam, request, named)?;
            iam.user(&name)?;
            keys(iam, env, request.operation, &name, named)
        }
        operation => groups(iam, env, operation, named),
    }
}

fn keys(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    operation: &str,
    user: &str,
    named: &Named,
) -> Result<Value, IamError> {
    match operation {
        "CreateAccessKey" => create_key(iam, env, user),
        "ListAccessKeys" => {
            let own = iam.access_keys.iter().filter(|(_, key)| key.user == user);
            page(
                "AccessKeyMetadata",
                own.map(|(id, key)| key_shape(id, key)).collect(),
                &named.paging,
            )
        }
        _ => {
            let id = required(named.access_key_id.as_ref(), "accessKeyId")?;
            let missing = || IamError::NoSuch(Entity::AccessKey, id.to_owned());
            let key = iam.access_keys.get_mut(id).filter(|key| key.user == user);
            let key = key.ok_or_else(missing)?;
            if operation == "DeleteAccessKey" {
                iam.access_keys.remove(id);
            } else {
                key.active = required(named.status.as_ref(), "status")? == "Active";
            }
            nothing()
        }
    }
}

fn create_key(iam: &mut Iam, env: &mut Basics<'_>, user: &str) -> Result<Value, IamError> {
    let held = iam
        .access_keys
        .values()
        .filter(|key| key.user == user)
        .count();
    if held >= ACCESS_KEYS_MAX {
        return Err(IamError::Limit {
            quota: "AccessKeysPerUser",
            limit: ACCESS_KEYS_MAX,
        });
    }
    let id = iam.access_key_id("AKIA", &env.ids.iam("AKIA"));
    let key = AccessKey {
        user: user.to_owned(),
        active: true,
        created: env.now,
    };
    let mut shown = key_shape(&id, &key);
    // Returned only once and not stored, because the lab checks no signatures.
    shown.secret_access_key = Some(iam.secret(&id, 40));
    iam.access_keys.insert(id, key);
    answer("AccessKey", shown)
}

fn key_shape(id: &str, key: &AccessKey) -> shapes::AccessKey {
    shapes::AccessKey {
        user_name: key.user.clone(),
        access_key_id: id.to_owned(),
        status: if key.active { "Active" } else { "Inactive" },
        secret_access_key: None,
        create_date: Instant(key.created),
    }
}

/// The user that the request names; without a name, the caller.
fn user_or_caller(iam: &Iam, request: &Request<'_>, named: &Named) -> Result<String, IamError> {
    match &named.user_name {
        Some(name) => Ok(name.clone()),
        None => iam
            .user_of_arn(&request.principal.arn)
            .map(|user| user.name.clone())
            .ok_or(IamError::NotAUser),
    }
}

fn delete(iam: &mut Iam, name: &str) -> Result<Value, IamError> {
    let user = iam.user(name)?;
    let conflict = if !user.grants.attached.is_empty() {
        Some(Conflict::Attached)
    } else if !user.grants.inline.is_empty() {
        Some(Conflict::Inline)
    } else if iam.access_keys.values().any(|key| key.user == name) {
        Some(Conflict::AccessKeys)
    } else if !user.groups.is_empty() {
        Some(Conflict::Groups)
    } else {
        None
    };
    if let Some(conflict) = conflict {
        return Err(IamError::Conflict(conflict));
    }
    iam.users.remove(name);
    nothing()
}

fn groups(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    operation: &str,
    named: &Named,
) -> Result<Value, IamError> {
    match operation {
        "ListGroups" => {
            let prefix = named.path_prefix.as_deref();
            let groups = iam
                .groups
                .values()
                .filter(|group| under(&group.path, prefix));
            return page("Groups", groups.map(group_shape).collect(), &named.paging);
        }
        "ListGroupsForUser" => {
            let user = iam.user(required(named.user_name.as_ref(), "userName")?)?;
            let groups = user.groups.iter().filter_map(|name| iam.groups.get(name));
            return page("Groups", groups.map(group_shape).collect(), &named.paging);
        }
        _ => {}
    }
    let name = required(named.group_name.as_ref(), "groupName")?;
    match operation {
        "CreateGroup" => create_group(iam, env, name, named),
        "GetGroup" => {
            let group = group_shape(iam.group(name)?);
            let users = iam.users.values().filter(|user| user.groups.contains(name));
            let mut found = json!({ "Group": group });
            let list = page("Users", users.map(short).collect(), &named.paging)?;
            if let (Some(found), Value::Object(list)) = (found.as_object_mut(), list) {
                found.extend(list);
            }
            Ok(found)
        }
        "DeleteGroup" => {
            let group = iam.group(name)?;
            let conflict = if !group.grants.attached.is_empty() {
                Some(Conflict::Attached)
            } else if !group.grants.inline.is_empty() {
                Some(Conflict::Inline)
            } else if iam.users.values().any(|user| user.groups.contains(name)) {
                Some(Conflict::Groups)
            } else {
                None
            };
            if let Some(conflict) = conflict {
                return Err(IamError::Conflict(conflict));
            }
            iam.groups.remove(name);
            nothing()
        }
        "AddUserToGroup" | "RemoveUserFromGroup" => {
            iam.group(name)?;
            let user = iam.user_mut(required(named.user_name.as_ref(), "userName")?)?;
            if operation == "RemoveUserFromGroup" {
                if !user.groups.remove(name) {
                    return Err(IamError::NoSuch(Entity::User, user.name.clone()));
                }
            } else if user.groups.len() >= GROUPS_MAX && !user.groups.contains(name) {
                return Err(IamError::Limit {
                    quota: "GroupsPerUser",
                    limit: GROUPS_MAX,
                });
            } else {
                user.groups.insert(name.to_owned());
            }
            nothing()
        }
        _ => Err(unknown(operation)),
    }
}

fn create_group(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    name: &str,
    named: &Named,
) -> Result<Value, IamError> {
    if iam
        .groups
        .keys()
        .any(|each| each.eq_ignore_ascii_case(name))
    {
        return Err(IamError::Exists(Entity::Group, name.to_owned()));
    }
    let group = Group {
        name: name.to_owned(),
        path: path(named.path.as_ref())?,
        id: env.ids.iam("AGPA"),
        created: env.now,
        grants: Grants::default(),
    };
    let shown = group_shape(&group);
    iam.groups.insert(name.to_owned(), group);
    answer("Group", shown)
}

/// A user in the form of `create-user` and `get-user`.
fn shape(user: &User) -> shapes::User {
    shapes::User {
        path: user.path.clone(),
        user_name: user.name.clone(),
        user_id: user.id.clone(),
        arn: user.arn(),
        create_date: Instant(user.created),
        permissions_boundary: boundary(user.boundary.as_ref()),
        tags: tags(&user.tags),
    }
}

/// A user in the form of lists: without tags and boundary.
fn short(user: &User) -> shapes::User {
    shapes::User {
        permissions_boundary: None,
        tags: Vec::new(),
        ..shape(user)
    }
}

fn group_shape(group: &Group) -> shapes::Group {
    shapes::Group {
        path: group.path.clone(),
        group_name: group.name.clone(),
        group_id: group.id.clone(),
        arn: group.arn(),
        create_date: Instant(group.created),
    }
}

impl Iam {
    fn user(&self, name: &str) -> Result<&User, IamError> {
        self.users
            .get(name)
            .ok_or_else(|| IamError::NoSuch(Entity::User, name.to_owned()))
    }

    fn user_mut(&mut self, name: &str) -> Result<&mut User, IamError> {
        self.users
            .get_mut(name)
            .ok_or_else(|| IamError::NoSuch(Entity::User, name.to_owned()))
    }

    fn group(&self, name: &str) -> Result<&Group, IamError> {
        self.groups
            .get(name)
            .ok_or_else(|| IamError::NoSuch(Entity::Group, name.to_owned()))
    }
}
