//! `simulate-principal-policy`: the evaluator's decision without a call.

use std::collections::BTreeSet;

use serde_json::Value;

use super::condition::Keys;
use super::error::{IamError, Invalid};
use super::evaluate::{Asked, Bearing, Caller, Reason, Verdict, matching, verdict_of_all};
use super::policy::{Document, Kind, Policy};
use super::service::page;
use super::shapes::{BoundaryDetail, EvaluationResult, MatchedStatement, Simulate};
use super::state::Grants;
use super::{Iam, Principal};
use crate::request::Basics;

/// A policy with the name that the simulation reports.
struct Named<'a> {
    id: String,
    policy: &'a Policy,
}

pub(super) fn simulate(iam: &Iam, env: &Basics<'_>, input: &Simulate) -> Result<Value, IamError> {
    let parse = |texts: &[String], kind| {
        let parsed = texts.iter().map(|text| Document::parse(text, kind));
        parsed.collect::<Result<Vec<_>, _>>()
    };
    let extra = parse(&input.policy_input_list, Kind::Identity)?;
    let limits = parse(
        &input.permissions_boundary_policy_input_list,
        Kind::Identity,
    )?;
    let of_resource: Vec<String> = input.resource_policy.iter().cloned().collect();
    let of_resource = parse(&of_resource, Kind::Resource)?;

    let mut named = held(iam, input)?;
    named.extend(extra.iter().enumerate().map(|(index, document)| Named {
        id: format!("PolicyInputList.{}", index + 1),
        policy: document.policy(),
    }));
    let source = Principal {
        arn: input.policy_source_arn.clone(),
        user_id: String::new(),
    };
    let own = iam.bearing(&source);
    let bearing = Bearing {
        identity: named.iter().map(|each| each.policy).collect(),
        boundary: limits.first().map(Document::policy).or(own.boundary),
        session: None,
        resource: of_resource.iter().map(Document::policy).collect(),
    };
    let mut results = Vec::new();
    for action in &input.action_names {
        check_action(action)?;
        let all = [String::from("*")];
        let resources = if input.resource_arns.is_empty() {
            &all[..]
        } else {
            &input.resource_arns[..]
        };
        for resource in resources {
            let keys = keys(iam, env, input, &source);
            let caller = input
                .caller_arn
                .clone()
                .unwrap_or_else(|| source.arn.clone());
            let caller = Caller::Aws {
                arn: caller,
                role: None,
            };
            let asked = Asked {
                action,
                resource,
                keys: &keys,
                caller: Some(&caller),
            };
            results.push(result(&bearing, &named, &asked));
        }
    }
    page("EvaluationResults", results, &input.paging)
}

fn check_action(action: &str) -> Result<(), IamError> {
    match action.split_once(':') {
        Some((service, name)) if !service.is_empty() && !name.is_empty() => Ok(()),
        // Guess: the code is documented, the sentence follows that of a policy's action.
        _ => Err(IamError::Invalid(Invalid::Request(format!(
            "Invalid Action: {action} must be in the format service:action"
        )))),
    }
}

fn result(bearing: &Bearing<'_>, named: &[Named<'_>], asked: &Asked<'_>) -> EvaluationResult {
    let decision = match bearing.decide(asked) {
        Ok(()) => "allowed",
        Err(Reason::Explicit(_)) => "explicitDeny",
        Err(Reason::Implicit(_)) => "implicitDeny",
    };
    let matched = named.iter().flat_map(|each| {
        let count = matching(each.policy, asked).count();
        std::iter::repeat_n(each.id.clone(), count)
    });
    let boundary = bearing.boundary.map(|policy| BoundaryDetail {
        allowed_by_permissions_boundary: verdict_of_all([policy], asked) == Verdict::Allows,
    });
    EvaluationResult {
        eval_action_name: asked.action.to_owned(),
        eval_resource_name: asked.resource.to_owned(),
        eval_decision: decision,
        matched_statements: matched
            .map(|id| MatchedStatement {
                source_policy_id: id,
                source_policy_type: "IAM Policy",
            })
            .collect(),
        missing_context_values: missing(bearing, asked),
        permissions_boundary_decision_detail: boundary,
    }
}

/// The condition keys that statements on this action use and that the simulation does not have.
fn missing(bearing: &Bearing<'_>, asked: &Asked<'_>) -> Vec<String> {
    let policies = bearing
        .identity
        .iter()
        .chain(&bearing.boundary)
        .chain(&bearing.resource);
    let statements = policies.flat_map(|policy| &policy.statements);
    let keys: BTreeSet<&String> = statements
        .filter(|statement| statement.actions.matches_action(asked.action))
        .flat_map(|statement| &statement.conditions)
        .map(|condition| &condition.key)
        .filter(|key| asked.keys.get(key).is_none())
        .collect();
    keys.into_iter().cloned().collect()
}

/// The context: the keys in the simulation request, and those of the principal.
fn keys(iam: &Iam, env: &Basics<'_>, input: &Simulate, source: &Principal) -> Keys {
    let mut keys = Keys::default();
    keys.set("aws:CurrentTime", env.now.to_string());
    keys.set("aws:EpochTime", env.now.unix_seconds().to_string());
    iam.principal_keys(source, &mut keys);
    for entry in &input.context_entries {
        keys.set_all(&entry.context_key_name, entry.context_key_values.clone());
    }
    keys
}

/// The policies of the user, group or role, without the excluded ones.
fn held<'a>(iam: &'a Iam, input: &Simulate) -> Result<Vec<Named<'a>>, IamError> {
    let arn = &input.policy_source_arn;
    let mut holders: Vec<(&str, &str, &Grants)> = Vec::new();
    if let Some(user) = iam.user_of_arn(arn) {
        holders.push(("user", &user.name, &user.grants));
        let groups = user.groups.iter().filter_map(|name| iam.groups.get(name));
        holders.extend(groups.map(|group| ("group", group.name.as_str(), &group.grants)));
    } else if let Some(group) = iam.groups.values().find(|group| group.arn() == *arn) {
        holders.push(("group", &group.name, &group.grants));
    } else if let Some(role) = iam.role_of_principal(arn) {
        holders.push(("role", &role.name, &role.grants));
    } else {
        return Err(IamError::Invalid(Invalid::Principal(arn.clone())));
    }
    let mut found = Vec::new();
    for (kind, holder, grants) in holders {
        let attached = grants
            .attached
            .iter()
            .filter_map(|arn| iam.policies.get(arn));
        let kept = attached.filter(|policy| {
            let left_out = |each: &super::shapes::PolicyIdentifier| {
                each.policy_arn.as_ref() == Some(&policy.arn)
            };
            !input.policy_exclusion_list.iter().any(left_out)
        });
        found.extend(kept.filter_map(|policy| {
            Some(Named {
                id: policy.name.clone(),
                policy: policy.document()?.policy(),
            })
        }));
        for (name, document) in &grants.inline {
            let left_out = input.policy_exclusion_list.iter().any(|each| {
                each.inline_policy_identifier
                    .as_ref()
                    .is_some_and(|each| each.policy_name == *name && each.attachment_name == holder)
            });
            if !left_out {
                let id = format!("{kind}_{holder}_{name}");
                found.push(Named {
                    id,
                    policy: document.policy(),
                });
            }
        }
    }
    Ok(found)
}
