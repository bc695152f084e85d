//! The resources and condition keys of IAM's own operations (Service Authorization Reference,
//! "Actions, resources, and condition keys for AWS Identity and Access Management").

use serde_json::Value;

use super::linked_role::linked_service;
use super::state::arn as arn_of;
use crate::params::text;

/// The ARNs of the resources of an operation. IAM's resources have no region. An operation on a list has no resource.
pub(super) fn resources(operation: &str, params: &Value) -> Vec<String> {
    let path = text(params, "Path").unwrap_or("/");
    let arn = |kind: &str, name: &str| arn_of(kind, path, name);
    if let Some(policy) = text(params, "PolicyArn")
        && !operation.starts_with("Attach")
        && !operation.starts_with("Detach")
    {
        return vec![policy.to_owned()];
    }
    if operation == "CreateServiceLinkedRole" {
        let service = text(params, "AWSServiceName").unwrap_or_default();
        let role = linked_service(service).map_or("*", |linked| linked.role);
        return vec![arn_of(
            "role",
            &format!("/aws-service-role/{service}/"),
            role,
        )];
    }
    if operation == "SimulatePrincipalPolicy" {
        return text(params, "PolicySourceArn")
            .map(str::to_owned)
            .into_iter()
            .collect();
    }
    let named = [
        ("InstanceProfileName", "instance-profile"),
        ("RoleName", "role"),
        ("GroupName", "group"),
        ("UserName", "user"),
    ];
    for (member, kind) in named {
        if let Some(name) = text(params, member) {
            return vec![arn(kind, name)];
        }
    }
    match (operation, text(params, "PolicyName")) {
        ("CreatePolicy", Some(name)) => vec![arn("policy", name)],
        _ => Vec::new(),
    }
}

/// The members of an operation's requests that set condition keys, each with its key.
#[must_use]
pub(crate) fn keys(operation: &str) -> &'static [(&'static str, &'static str)] {
    match operation {
        "CreateServiceLinkedRole" => &[("AWSServiceName", "iam:AWSServiceName")],
        "CreateUser" | "CreateRole" => &[("PermissionsBoundary", "iam:PermissionsBoundary")],
        _ => &[("PolicyArn", "iam:PolicyARN")],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operations_name_their_resources() {
        let table = [
            (
                "CreateServiceLinkedRole",
                json!({"AWSServiceName": "cloudhsm.amazonaws.com"}),
                "arn:aws:iam::111122223333:role/aws-service-role/cloudhsm.amazonaws.com/AWSServiceRoleForCloudHSM",
            ),
            (
                "AttachUserPolicy",
                json!({"UserName": "alice", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
                "arn:aws:iam::111122223333:user/alice",
            ),
        ];
        for (operation, params, resource) in table {
            assert_eq!(resources(operation, &params), [resource], "{operation}");
        }
    }
}
