//! Resource policies, which share a backup with another account.

use serde_json::{Value, json};

use super::Call;
use super::error::{Missing, Refusal, Sharing, WrongState};
use super::lifecycle::BackupState;
use super::limits;
use super::shapes::{self, read};
use super::state::Backup;

/// The actions that a policy can grant (User Guide, sharing backups).
const GRANTABLE: [&str; 2] = ["cloudhsm:CreateCluster", "cloudhsm:DescribeBackups"];

/// The backup with that ARN in this account and region.
fn backup<'c>(call: &'c mut Call<'_, '_>, arn: &str) -> Result<&'c mut Backup, Refusal> {
    let own = limits::arn(call.request.region, "backup", "");
    let Some(id) = arn.strip_prefix(&own) else {
        return Err(match arn.contains(":backup/") {
            true => Missing::Backup(arn.to_owned()).into(),
            false => Sharing::ResourceNotABackup(arn.to_owned()).into(),
        });
    };
    let found = call.region_mut().backups.get_mut(id);
    found.ok_or_else(|| Missing::Backup(arn.to_owned()).into())
}

/// `PutResourcePolicy`.
pub(super) fn put(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: shapes::ResourcePolicy = read(call.request.params)?;
    let (Some(arn), Some(policy)) = (request.resource_arn, request.policy) else {
        return Err(Sharing::PolicyMissing.into());
    };
    check(&policy, &arn)?;
    let backup = backup(call, &arn)?;
    if backup.state != BackupState::Ready {
        let (backup_id, state) = (backup.id.clone(), backup.state);
        return Err(WrongState::Backup { backup_id, state }.into());
    }
    backup.policy = Some(policy.clone());
    Ok(json!({ "ResourceArn": arn, "Policy": policy }))
}

/// `GetResourcePolicy`.
pub(super) fn get(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: shapes::ResourcePolicy = read(call.request.params)?;
    let arn = request.resource_arn.ok_or(Sharing::PolicyMissing)?;
    let policy = backup(call, &arn)?.policy.clone();
    let policy = policy.ok_or(Missing::ResourcePolicy(arn))?;
    Ok(json!({ "Policy": policy }))
}

/// `DeleteResourcePolicy`. Clusters that were created from the backup stay.
pub(super) fn delete(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: shapes::ResourcePolicy = read(call.request.params)?;
    let arn = request.resource_arn.ok_or(Sharing::PolicyMissing)?;
    let policy = backup(call, &arn)?.policy.take();
    let policy = policy.ok_or_else(|| Missing::ResourcePolicy(arn.clone()))?;
    Ok(json!({ "ResourceArn": arn, "Policy": policy }))
}

/// One value, or a list of them.
fn strings(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Checks a policy document: it must allow the two grantable actions on this backup to named
/// principals.
fn check(policy: &str, arn: &str) -> Result<(), Sharing> {
    let wrong = |why: &str| Sharing::PolicyMalformed(why.to_owned());
    let document: Value = serde_json::from_str(policy).map_err(|_| wrong("it is not JSON"))?;
    if document.get("Version").and_then(Value::as_str) != Some("2012-10-17") {
        return Err(wrong("Version must be 2012-10-17"));
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(many)) if !many.is_empty() => many.iter().collect::<Vec<_>>(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Err(wrong("it has no Statement")),
    };
    for statement in statements {
        if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            return Err(wrong("Effect must be Allow"));
        }
        if strings(statement.get("Principal").and_then(|p| p.get("AWS"))).is_empty() {
            return Err(wrong("Principal must name accounts under AWS"));
        }
        let actions = strings(statement.get("Action"));
        if actions.is_empty() || !actions.iter().all(|action| GRANTABLE.contains(action)) {
            return Err(wrong(
                "Action can be cloudhsm:CreateCluster and cloudhsm:DescribeBackups only",
            ));
        }
        if strings(statement.get("Resource")) != [arn] {
            return Err(wrong("Resource must be the backup's ARN"));
        }
    }
    Ok(())
}
