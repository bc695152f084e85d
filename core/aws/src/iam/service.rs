//! Helpers of all handlers.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Iam;
use super::error::{Entity, IamError, Invalid};
use super::shapes::{self, Paging};
use super::state::{Grants, Tags};
use crate::pages;

/// IAM's default length of a page (API reference, `MaxItems`).
const PAGE_ITEMS_DEFAULT: usize = 100;

/// The most tags on one user, role, policy or instance profile (IAM user guide, "IAM and STS
/// quotas").
const TAGS_MAX: usize = 50;

/// A holder of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    User,
    Group,
    Role,
}

/// The refusal of an operation that is in the model and has no handler.
pub(super) fn unknown(operation: &str) -> IamError {
    let text = format!("Could not find operation {operation} for version 2010-05-08");
    IamError::Invalid(Invalid::Request(text))
}

/// Returns a member that the model requires.
pub(super) fn required<'a>(value: Option<&'a String>, member: &str) -> Result<&'a str, IamError> {
    value.map(String::as_str).ok_or_else(|| {
        let text = format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: \
             Member must not be null"
        );
        IamError::Invalid(Invalid::Request(text))
    })
}

/// An answer with one member.
pub(super) fn answer(member: &str, value: impl Serialize) -> Result<Value, IamError> {
    let value = serde_json::to_value(value)
        .map_err(|error| IamError::Invalid(Invalid::Request(error.to_string())))?;
    Ok(json!({ member: value }))
}

/// Returns one page of a list. The marker is the position of the first item of the next page.
pub(super) fn page<T: Serialize>(
    member: &str,
    items: Vec<T>,
    paging: &Paging,
) -> Result<Value, IamError> {
    let bad = || IamError::Invalid(Invalid::Marker);
    let start = match &paging.marker {
        None => 0,
        Some(marker) => marker.parse::<usize>().map_err(|_| bad())?,
    };
    if start > items.len() {
        return Err(bad());
    }
    let length = paging.max_items.unwrap_or(PAGE_ITEMS_DEFAULT).max(1);
    let (shown, last) = pages::page(
        items.into_iter().enumerate(),
        length,
        |(position, _)| *position >= start,
        |(position, _)| *position,
    );
    let shown: Vec<T> = shown.into_iter().map(|(_, item)| item).collect();
    let mut members = Map::new();
    let shown = serde_json::to_value(shown).unwrap_or_default();
    members.insert(member.to_owned(), shown);
    members.insert("IsTruncated".into(), last.is_some().into());
    if let Some(last) = last {
        members.insert("Marker".into(), (last + 1).to_string().into());
    }
    Ok(Value::Object(members))
}

/// True if an entity's path begins with the prefix in a list request.
pub(super) fn under(path: &str, prefix: Option<&str>) -> bool {
    prefix.is_none_or(|prefix| path.starts_with(prefix))
}

/// The path in a request; `/` if it has none.
pub(super) fn path(given: Option<&String>) -> Result<String, IamError> {
    match given {
        None => Ok("/".into()),
        Some(path) if path.starts_with('/') && path.ends_with('/') => Ok(path.clone()),
        Some(path) => Err(IamError::Invalid(Invalid::Path(path.clone()))),
    }
}

/// Adds the tags of a request to `tags`.
pub(super) fn add_tags(tags: &mut Tags, given: &[shapes::Tag]) -> Result<(), IamError> {
    let mut seen = std::collections::BTreeSet::new();
    if given.iter().any(|tag| !seen.insert(tag.key.to_lowercase())) {
        return Err(IamError::Invalid(Invalid::DuplicateTags));
    }
    let mut together = tags.clone();
    for tag in given {
        together.retain(|key, _| !key.eq_ignore_ascii_case(&tag.key));
        together.insert(tag.key.clone(), tag.value.clone());
    }
    if together.len() > TAGS_MAX {
        return Err(IamError::Invalid(Invalid::TooManyTags));
    }
    *tags = together;
    Ok(())
}

/// Tags in the form of answers.
pub(super) fn tags(tags: &Tags) -> Vec<shapes::Tag> {
    let tag = |(key, value): (&String, &String)| shapes::Tag {
        key: key.clone(),
        value: value.clone(),
    };
    tags.iter().map(tag).collect()
}

/// A permissions boundary in the form of answers.
pub(super) fn boundary(arn: Option<&String>) -> Option<shapes::Boundary> {
    Some(shapes::Boundary {
        permissions_boundary_type: "PermissionsBoundaryPolicy",
        permissions_boundary_arn: arn?.clone(),
    })
}

/// The empty answer of operations without an answer.
pub(super) fn nothing() -> Result<Value, IamError> {
    Ok(json!({}))
}

impl Iam {
    pub(super) fn grants(&self, holder: Holder, name: &str) -> Result<&Grants, IamError> {
        let found = match holder {
            Holder::User => self.users.get(name).map(|each| &each.grants),
            Holder::Group => self.groups.get(name).map(|each| &each.grants),
            Holder::Role => self.roles.get(name).map(|each| &each.grants),
        };
        found.ok_or_else(|| IamError::NoSuch(holder.entity(), name.to_owned()))
    }

    pub(super) fn grants_mut(
        &mut self,
        holder: Holder,
        name: &str,
    ) -> Result<&mut Grants, IamError> {
        let found = match holder {
            Holder::User => self.users.get_mut(name).map(|each| &mut each.grants),
            Holder::Group => self.groups.get_mut(name).map(|each| &mut each.grants),
            Holder::Role => self.roles.get_mut(name).map(|each| &mut each.grants),
        };
        found.ok_or_else(|| IamError::NoSuch(holder.entity(), name.to_owned()))
    }

    /// The ARN of a policy that may serve as a permissions boundary.
    pub(super) fn boundary_arn(&self, arn: Option<String>) -> Result<Option<String>, IamError> {
        match arn {
            Some(arn) if !self.policies.contains_key(&arn) => {
                Err(IamError::NoSuch(Entity::Policy, arn))
            }
            other => Ok(other),
        }
    }
}

impl Holder {
    pub(super) fn entity(self) -> Entity {
        match self {
            Self::User => Entity::User,
            Self::Group => Entity::Group,
            Self::Role => Entity::Role,
        }
    }

    pub(super) fn inline_entity(self) -> Entity {
        match self {
            Self::User => Entity::UserPolicy,
            Self::Group => Entity::GroupPolicy,
            Self::Role => Entity::RolePolicy,
        }
    }
}
