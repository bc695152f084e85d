//! Managed policies and their versions.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Iam;
use super::error::{Conflict, Entity, IamError};
use super::grants::counted;
use super::policy::{Document, Kind};
use super::service::{add_tags, answer, nothing, page, path, required, tags, under, unknown};
use super::shapes::{self, Instant};
use super::state::{Grants, ManagedPolicy, PolicyVersion, Tags, arn};
use crate::request::Basics;

/// The most versions of one policy (IAM user guide, "Versioning IAM policies").
const VERSIONS_MAX: usize = 5;

/// The most characters of a managed policy without white space (IAM user guide, quotas).
const POLICY_CHARACTERS_MAX: usize = 6144;

pub(super) fn create(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    input: shapes::CreatePolicy,
) -> Result<Value, IamError> {
    let document = document(&input.policy_document)?;
    let path = path(input.path.as_ref())?;
    let arn = arn("policy", &path, &input.policy_name);
    let own = iam.policies.values().filter(|each| is_own(&each.arn));
    if own
        .into_iter()
        .any(|each| each.name.eq_ignore_ascii_case(&input.policy_name))
    {
        return Err(IamError::Exists(Entity::Policy, input.policy_name));
    }
    let mut tags = Tags::new();
    add_tags(&mut tags, &input.tags)?;
    let first = PolicyVersion {
        document,
        created: env.now,
    };
    let policy = ManagedPolicy {
        name: input.policy_name,
        path,
        arn: arn.clone(),
        id: env.ids.iam("ANPA"),
        description: input.description,
        created: env.now,
        updated: env.now,
        tags,
        versions: [(1, first)].into(),
        default_version: 1,
        next_version: 2,
    };
    let mut shown = iam.policy_shape(&policy);
    // The answer to create-policy does not contain the description.
    shown.description = None;
    shown.tags = shown.tags.filter(|tags| !tags.is_empty());
    iam.policies.insert(arn, policy);
    answer("Policy", shown)
}

fn document(text: &str) -> Result<Document, IamError> {
    let document = Document::parse(text, Kind::Identity)?;
    if counted(text) > POLICY_CHARACTERS_MAX {
        return Err(IamError::ManagedPolicySize);
    }
    Ok(document)
}

/// True if the policy belongs to the account and not to AWS.
fn is_own(arn: &str) -> bool {
    !arn.starts_with("arn:aws:iam::aws:")
}

pub(super) fn list(iam: &Iam, input: &shapes::ListPolicies) -> Result<Value, IamError> {
    let scope = input.scope.as_deref().unwrap_or("All");
    let shown = iam.policies.values().filter(|policy| {
        let attached = iam.attachments(&policy.arn);
        let boundaries = iam.boundary_uses(&policy.arn);
        (scope == "All" || (scope == "Local") == is_own(&policy.arn))
            && (!input.only_attached || attached > 0)
            && under(&policy.path, input.path_prefix.as_deref())
            && match input.policy_usage_filter.as_deref() {
                Some("PermissionsPolicy") => attached > 0,
                Some("PermissionsBoundary") => boundaries > 0,
                _ => true,
            }
    });
    let shapes = shown.map(|policy| shapes::Policy {
        description: None,
        tags: None,
        ..iam.policy_shape(policy)
    });
    page("Policies", shapes.collect(), &input.paging)
}

pub(super) fn version(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    operation: &str,
    input: &shapes::Version,
) -> Result<Value, IamError> {
    let arn = input.policy_arn.clone();
    let policy = iam.policy(&arn)?;
    let changes = !operation.starts_with("Get") && !operation.starts_with("List");
    if changes && !is_own(&arn) {
        return Err(IamError::OutsideAccount);
    }
    match operation {
        "GetPolicy" => answer("Policy", iam.policy_shape(policy)),
        "DeletePolicy" => delete(iam, &arn),
        "CreatePolicyVersion" => create_version(iam, env, &arn, input),
        "ListPolicyVersions" => {
            let versions = policy.versions.iter().rev();
            let shapes = versions.map(|(number, each)| version_shape(policy, *number, each, false));
            page("Versions", shapes.collect(), &input.paging)
        }
        "GetPolicyVersion" => {
            let (number, version) = find_version(policy, input)?;
            answer(
                "PolicyVersion",
                version_shape(policy, number, version, true),
            )
        }
        "DeletePolicyVersion" => {
            let number = find_version(policy, input)?.0;
            if number == policy.default_version {
                return Err(IamError::Conflict(Conflict::DefaultVersion));
            }
            iam.policy_mut(&arn)?.versions.remove(&number);
            nothing()
        }
        "SetDefaultPolicyVersion" => {
            let number = find_version(policy, input)?.0;
            let policy = iam.policy_mut(&arn)?;
            policy.default_version = number;
            policy.updated = env.now;
            nothing()
        }
        _ => Err(unknown(operation)),
    }
}

fn find_version<'a>(
    policy: &'a ManagedPolicy,
    input: &shapes::Version,
) -> Result<(u32, &'a PolicyVersion), IamError> {
    let id = required(input.version_id.as_ref(), "versionId")?;
    let number = id
        .strip_prefix('v')
        .and_then(|digits| digits.parse::<u32>().ok());
    let found = number.and_then(|number| policy.versions.get_key_value(&number));
    found
        .map(|(number, version)| (*number, version))
        .ok_or_else(|| IamError::NoSuchVersion {
            policy: policy.arn.clone(),
            version: id.to_owned(),
        })
}

fn delete(iam: &mut Iam, arn: &str) -> Result<Value, IamError> {
    if iam.attachments(arn) > 0 || iam.boundary_uses(arn) > 0 {
        return Err(IamError::Conflict(Conflict::PolicyInUse));
    }
    if iam.policy(arn)?.versions.len() > 1 {
        return Err(IamError::Conflict(Conflict::PolicyVersions));
    }
    iam.policies.remove(arn);
    nothing()
}

fn create_version(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    arn: &str,
    input: &shapes::Version,
) -> Result<Value, IamError> {
    let document = document(required(input.policy_document.as_ref(), "policyDocument")?)?;
    let policy = iam.policy_mut(arn)?;
    if policy.versions.len() >= VERSIONS_MAX {
        return Err(IamError::TooManyVersions);
    }
    let number = policy.next_version;
    policy.next_version = number.saturating_add(1);
    let version = PolicyVersion {
        document,
        created: env.now,
    };
    policy.versions.insert(number, version.clone());
    policy.updated = env.now;
    if input.set_as_default {
        policy.default_version = number;
    }
    answer(
        "PolicyVersion",
        version_shape(policy, number, &version, false),
    )
}

fn version_shape(
    policy: &ManagedPolicy,
    number: u32,
    version: &PolicyVersion,
    with_document: bool,
) -> shapes::PolicyVersion {
    shapes::PolicyVersion {
        document: with_document.then(|| version.document.json().clone()),
        version_id: format!("v{number}"),
        is_default_version: number == policy.default_version,
        create_date: Instant(version.created),
    }
}

/// One row of list-entities-for-policy.
#[derive(Serialize)]
struct Row {
    kind: &'static str,
    name: String,
    id: String,
}

pub(super) fn entities(iam: &Iam, input: &shapes::ListEntities) -> Result<Value, IamError> {
    let arn = &input.policy_arn;
    iam.policy(arn)?;
    let usage = input.policy_usage_filter.as_deref();
    let prefix = input.path_prefix.as_deref();
    let uses = |grants: &Grants, boundary: Option<&String>| {
        (usage != Some("PermissionsBoundary") && grants.attached.contains(arn))
            || (usage != Some("PermissionsPolicy") && boundary == Some(arn))
    };
    let row = |kind, name: &String, id: &String| Row {
        kind,
        name: name.clone(),
        id: id.clone(),
    };
    let groups = iam.groups.values().filter(|each| under(&each.path, prefix));
    let groups = groups.filter(|each| uses(&each.grants, None));
    let users = iam.users.values().filter(|each| under(&each.path, prefix));
    let users = users.filter(|each| uses(&each.grants, each.boundary.as_ref()));
    let roles = iam.roles.values().filter(|each| under(&each.path, prefix));
    let roles = roles.filter(|each| uses(&each.grants, each.boundary.as_ref()));
    let rows = groups
        .map(|each| row("Group", &each.name, &each.id))
        .chain(users.map(|each| row("User", &each.name, &each.id)))
        .chain(roles.map(|each| row("Role", &each.name, &each.id)))
        .filter(|row| {
            input
                .entity_filter
                .as_deref()
                .is_none_or(|filter| filter == row.kind)
        });
    let mut found = page("rows", rows.collect::<Vec<_>>(), &input.paging)?;
    Ok(Value::Object(by_kind(&mut found)))
}

/// Distributes the rows of one page to the three lists of the answer.
fn by_kind(paged: &mut Value) -> Map<String, Value> {
    let mut members = paged
        .as_object_mut()
        .map(std::mem::take)
        .unwrap_or_default();
    let rows = members.shift_remove("rows").unwrap_or_default();
    let mut answer = Map::new();
    for kind in ["Group", "User", "Role"] {
        let own = rows
            .as_array()
            .into_iter()
            .flatten()
            .filter(|row| row["kind"] == kind);
        let list: Vec<Value> = own
            .map(
                |row| json!({ format!("{kind}Name"): row["name"], format!("{kind}Id"): row["id"] }),
            )
            .collect();
        answer.insert(format!("Policy{kind}s"), list.into());
    }
    answer.extend(members);
    answer
}

impl Iam {
    fn policy(&self, arn: &str) -> Result<&ManagedPolicy, IamError> {
        self.policies
            .get(arn)
            .ok_or_else(|| IamError::NoSuch(Entity::Policy, arn.to_owned()))
    }

    fn policy_mut(&mut self, arn: &str) -> Result<&mut ManagedPolicy, IamError> {
        self.policies
            .get_mut(arn)
            .ok_or_else(|| IamError::NoSuch(Entity::Policy, arn.to_owned()))
    }

    /// The number of users, groups and roles that a policy is attached to.
    fn attachments(&self, arn: &str) -> usize {
        let users = self.users.values().map(|each| &each.grants);
        let groups = self.groups.values().map(|each| &each.grants);
        let roles = self.roles.values().map(|each| &each.grants);
        let all = users.chain(groups).chain(roles);
        all.filter(|grants| grants.attached.contains(arn)).count()
    }

    /// The number of users and roles that have a policy as their boundary.
    fn boundary_uses(&self, arn: &str) -> usize {
        let users = self
            .users
            .values()
            .filter_map(|each| each.boundary.as_ref());
        let roles = self
            .roles
            .values()
            .filter_map(|each| each.boundary.as_ref());
        users.chain(roles).filter(|each| *each == arn).count()
    }

    fn policy_shape(&self, policy: &ManagedPolicy) -> shapes::Policy {
        shapes::Policy {
            policy_name: policy.name.clone(),
            policy_id: policy.id.clone(),
            arn: policy.arn.clone(),
            path: policy.path.clone(),
            default_version_id: format!("v{}", policy.default_version),
            attachment_count: self.attachments(&policy.arn),
            permissions_boundary_usage_count: self.boundary_uses(&policy.arn),
            is_attachable: true,
            description: policy.description.clone(),
            create_date: Instant(policy.created),
            update_date: Instant(policy.updated),
            tags: Some(tags(&policy.tags)),
        }
    }
}
