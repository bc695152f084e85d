//! Policies on users, groups and roles: attach, detach, put, get, delete, list.

use serde_json::{Value, json};

use super::Iam;
use super::error::{IamError, Invalid};
use super::policy::{Document, Kind};
use super::service::{Holder, nothing, page, required, under};
use super::shapes::{AttachedPolicy, Named};

/// The most managed policies on one user, group or role (IAM user guide, "IAM and STS quotas").
const ATTACHED_MAX: usize = 10;

/// The operations on a holder's policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Attach,
    Detach,
    ListAttached,
    Put,
    Get,
    Delete,
    List,
}

/// The verb and the holder in an operation's name, such as `AttachUserPolicy`.
pub(super) fn operation(name: &str) -> Option<(Verb, Holder)> {
    let verbs = [
        ("ListAttached", "Policies", Verb::ListAttached),
        ("List", "Policies", Verb::List),
        ("Attach", "Policy", Verb::Attach),
        ("Detach", "Policy", Verb::Detach),
        ("Put", "Policy", Verb::Put),
        ("Get", "Policy", Verb::Get),
        ("Delete", "Policy", Verb::Delete),
    ];
    verbs.iter().find_map(|(prefix, suffix, verb)| {
        let holder = match name.strip_prefix(prefix)?.strip_suffix(suffix)? {
            "User" => Holder::User,
            "Group" => Holder::Group,
            "Role" => Holder::Role,
            _ => return None,
        };
        Some((*verb, holder))
    })
}

pub(super) fn handle(
    iam: &mut Iam,
    verb: Verb,
    holder: Holder,
    named: &Named,
) -> Result<Value, IamError> {
    let name = match holder {
        Holder::User => required(named.user_name.as_ref(), "userName")?,
        Holder::Group => required(named.group_name.as_ref(), "groupName")?,
        Holder::Role => required(named.role_name.as_ref(), "roleName")?,
    };
    // An unknown name is refused before all other faults.
    iam.grants(holder, name)?;
    let changes = matches!(verb, Verb::Attach | Verb::Detach | Verb::Put | Verb::Delete);
    if changes && holder == Holder::Role && iam.is_linked(name) {
        return Err(IamError::Protected(name.to_owned()));
    }
    match verb {
        Verb::Attach => attach(
            iam,
            holder,
            name,
            required(named.policy_arn.as_ref(), "policyArn")?,
        ),
        Verb::Detach => {
            let arn = required(named.policy_arn.as_ref(), "policyArn")?;
            if !iam.grants_mut(holder, name)?.attached.remove(arn) {
                return Err(IamError::NotAttached(arn.to_owned()));
            }
            nothing()
        }
        Verb::ListAttached => list_attached(iam, holder, name, named),
        Verb::Put => put(iam, holder, name, named),
        Verb::Get => get(
            iam,
            holder,
            name,
            required(named.policy_name.as_ref(), "policyName")?,
        ),
        Verb::Delete => {
            let policy = required(named.policy_name.as_ref(), "policyName")?;
            let removed = iam.grants_mut(holder, name)?.inline.remove(policy);
            removed.ok_or_else(|| no_such_inline(holder, policy))?;
            nothing()
        }
        Verb::List => {
            let names: Vec<&String> = iam.grants(holder, name)?.inline.keys().collect();
            page("PolicyNames", names, &named.paging)
        }
    }
}

fn no_such_inline(holder: Holder, policy: &str) -> IamError {
    IamError::NoSuch(holder.inline_entity(), policy.to_owned())
}

fn attach(iam: &mut Iam, holder: Holder, name: &str, arn: &str) -> Result<Value, IamError> {
    if !arn.starts_with("arn:") || arn.splitn(6, ':').count() < 6 {
        return Err(IamError::Invalid(Invalid::Arn(arn.to_owned())));
    }
    let Some(policy) = iam.policies.get(arn) else {
        return Err(IamError::NotThere(arn.to_owned()));
    };
    if policy.path.starts_with("/aws-service-role/") {
        return Err(IamError::NotAttachable);
    }
    let grants = iam.grants_mut(holder, name)?;
    if grants.attached.len() >= ATTACHED_MAX && !grants.attached.contains(arn) {
        let quota = match holder {
            Holder::User => "PoliciesPerUser",
            Holder::Group => "PoliciesPerGroup",
            Holder::Role => "PoliciesPerRole",
        };
        return Err(IamError::Limit {
            quota,
            limit: ATTACHED_MAX,
        });
    }
    grants.attached.insert(arn.to_owned());
    nothing()
}

fn list_attached(iam: &Iam, holder: Holder, name: &str, named: &Named) -> Result<Value, IamError> {
    let attached = iam.grants(holder, name)?.attached.iter();
    let policies: Vec<AttachedPolicy> = attached
        .filter_map(|arn| iam.policies.get(arn))
        .filter(|policy| under(&policy.path, named.path_prefix.as_deref()))
        .map(|policy| AttachedPolicy {
            policy_name: policy.name.clone(),
            policy_arn: policy.arn.clone(),
        })
        .collect();
    page("AttachedPolicies", policies, &named.paging)
}

/// The number of characters of a document that count against a quota: all but white space.
pub(super) fn counted(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

fn put(iam: &mut Iam, holder: Holder, name: &str, named: &Named) -> Result<Value, IamError> {
    let policy = required(named.policy_name.as_ref(), "policyName")?;
    let text = required(named.policy_document.as_ref(), "policyDocument")?;
    let document = Document::parse(text, Kind::Identity)?;
    // IAM and STS quotas: the sum of the inline policies of one entity.
    let limit = match holder {
        Holder::User => 2048,
        Holder::Group => 5120,
        Holder::Role => 10240,
    };
    let grants = iam.grants_mut(holder, name)?;
    let others = grants.inline.iter().filter(|(each, _)| *each != policy);
    let size: usize = others
        .map(|(_, each)| counted(&each.json().to_string()))
        .sum();
    if size.saturating_add(counted(text)) > limit {
        let entity = holder.entity();
        return Err(IamError::PolicySize {
            limit,
            entity,
            name: name.to_owned(),
        });
    }
    grants.inline.insert(policy.to_owned(), document);
    nothing()
}

fn get(iam: &Iam, holder: Holder, name: &str, policy: &str) -> Result<Value, IamError> {
    let found = iam.grants(holder, name)?.inline.get(policy);
    let document = found.ok_or_else(|| no_such_inline(holder, policy))?.json();
    let member = match holder {
        Holder::User => "UserName",
        Holder::Group => "GroupName",
        Holder::Role => "RoleName",
    };
    Ok(json!({ member: name, "PolicyName": policy, "PolicyDocument": document }))
}
