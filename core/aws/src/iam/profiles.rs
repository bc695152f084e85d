//! Instance profiles.

use serde_json::Value;

use super::Iam;
use super::error::{Conflict, Entity, IamError};
use super::roles::in_profile;
use super::service::{add_tags, answer, nothing, page, path, required, tags, under, unknown};
use super::shapes::{self, Instant, Named};
use super::state::{InstanceProfile, Tags};
use crate::request::Basics;

pub(super) fn handle(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    operation: &str,
    named: &Named,
) -> Result<Value, IamError> {
    match operation {
        "ListInstanceProfiles" => {
            let prefix = named.path_prefix.as_deref();
            let found = iam
                .instance_profiles
                .values()
                .filter(|each| under(&each.path, prefix));
            let list = found.map(|each| short(iam, each)).collect();
            return page("InstanceProfiles", list, &named.paging);
        }
        "ListInstanceProfilesForRole" => {
            let role = required(named.role_name.as_ref(), "roleName")?;
            iam.role(role)?;
            let found = iam.instance_profiles.values();
            let found = found.filter(|each| each.role.as_deref() == Some(role));
            let list = found.map(|each| short(iam, each)).collect();
            return page("InstanceProfiles", list, &named.paging);
        }
        _ => {}
    }
    let name = required(named.instance_profile_name.as_ref(), "instanceProfileName")?;
    match operation {
        "CreateInstanceProfile" => create(iam, env, name, named),
        "GetInstanceProfile" => answer("InstanceProfile", shape(iam, iam.profile(name)?)),
        "DeleteInstanceProfile" => {
            if iam.profile(name)?.role.is_some() {
                return Err(IamError::Conflict(Conflict::Profiles));
            }
            iam.instance_profiles.remove(name);
            nothing()
        }
        "AddRoleToInstanceProfile" => {
            let role = required(named.role_name.as_ref(), "roleName")?.to_owned();
            iam.profile(name)?;
            iam.role(&role)?;
            if iam.is_linked(&role) {
                return Err(IamError::Protected(role));
            }
            let profile = iam.profile_mut(name)?;
            if profile.role.is_some() {
                let quota = "InstanceSessionsPerInstanceProfile";
                return Err(IamError::Limit { quota, limit: 1 });
            }
            profile.role = Some(role);
            nothing()
        }
        "RemoveRoleFromInstanceProfile" => {
            let role = required(named.role_name.as_ref(), "roleName")?;
            let profile = iam.profile_mut(name)?;
            if profile.role.as_deref() != Some(role) {
                return Err(IamError::NoSuch(Entity::Role, role.to_owned()));
            }
            profile.role = None;
            nothing()
        }
        _ => Err(unknown(operation)),
    }
}

fn create(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    name: &str,
    named: &Named,
) -> Result<Value, IamError> {
    if iam
        .instance_profiles
        .keys()
        .any(|each| each.eq_ignore_ascii_case(name))
    {
        return Err(IamError::Exists(Entity::InstanceProfile, name.to_owned()));
    }
    let mut tags = Tags::new();
    add_tags(&mut tags, named.tags.as_deref().unwrap_or_default())?;
    let path = path(named.path.as_ref())?;
    let profile = InstanceProfile {
        name: name.to_owned(),
        path,
        id: env.ids.iam("AIPA"),
        created: env.now,
        tags,
        role: None,
    };
    let shown = shape(iam, &profile);
    iam.instance_profiles.insert(name.to_owned(), profile);
    answer("InstanceProfile", shown)
}

fn shape(iam: &Iam, profile: &InstanceProfile) -> shapes::InstanceProfile {
    let role = profile.role.as_ref().and_then(|name| iam.roles.get(name));
    shapes::InstanceProfile {
        path: profile.path.clone(),
        instance_profile_name: profile.name.clone(),
        instance_profile_id: profile.id.clone(),
        arn: profile.arn(),
        create_date: Instant(profile.created),
        roles: role.map(in_profile).into_iter().collect(),
        tags: tags(&profile.tags),
    }
}

/// A profile in the form of lists: without tags.
fn short(iam: &Iam, profile: &InstanceProfile) -> shapes::InstanceProfile {
    shapes::InstanceProfile {
        tags: Vec::new(),
        ..shape(iam, profile)
    }
}

impl Iam {
    fn profile(&self, name: &str) -> Result<&InstanceProfile, IamError> {
        let missing = || IamError::NoSuch(Entity::InstanceProfile, name.to_owned());
        self.instance_profiles.get(name).ok_or_else(missing)
    }

    fn profile_mut(&mut self, name: &str) -> Result<&mut InstanceProfile, IamError> {
        let missing = || IamError::NoSuch(Entity::InstanceProfile, name.to_owned());
        self.instance_profiles.get_mut(name).ok_or_else(missing)
    }

    /// The ARN and unique id of an instance profile, by name or ARN. For EC2.
    #[must_use]
    pub fn find_instance_profile(&self, name_or_arn: &str) -> Option<(String, String)> {
        let profiles = self.instance_profiles.values();
        let mut found =
            profiles.filter(|each| each.name == name_or_arn || each.arn() == name_or_arn);
        found.next().map(|each| (each.arn(), each.id.clone()))
    }

    /// The ARN of the role in an instance profile: the resource of `iam:PassRole`.
    #[must_use]
    pub fn instance_profile_role_arn(&self, profile_arn: &str) -> Option<String> {
        let role = self.instance_profile_role(profile_arn)?;
        self.roles.get(role).map(super::Role::arn)
    }
}
