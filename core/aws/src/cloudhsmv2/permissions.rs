//! The permissions of the operations (Service Authorization Reference, "Actions, resources, and
//! condition keys for AWS CloudHSM"). Besides the one for the operation, the service needs further
//! ones from its caller: it works in the customer's network with the caller's rights.

use super::Call;
use super::error::{Denied, Refusal, TagFault};
use crate::iam::Context;
use crate::params::text;
use crate::request::Request;
use hsmlab_api::ACCOUNT_ID;

/// The name of the service in the trust policy of its role, [`LINKED_ROLE`].
pub(super) const SERVICE_PRINCIPAL: &str = "cloudhsm.amazonaws.com";

/// The role that the service assumes in the account.
pub(super) const LINKED_ROLE: &str = "AWSServiceRoleForCloudHSM";

/// The actions for the cluster's security group: needed by create-cluster and create-hsm.
const GROUP: &[&str] = &[
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
    "ec2:CreateSecurityGroup",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupEgress",
];

/// The further actions for an HSM's interface: needed by create-hsm.
const INTERFACE: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
];

/// The ARNs of the resources of a request.
pub(crate) fn resources(request: &Request<'_>) -> Vec<String> {
    let Request {
        operation,
        params,
        region,
        ..
    } = *request;
    let arn = |kind: &str, id: &str| {
        if id.starts_with("arn:") {
            id.to_owned()
        } else {
            format!("arn:aws:cloudhsm:{region}:{ACCOUNT_ID}:{kind}/{id}")
        }
    };
    let named = match operation {
        "CreateCluster" => text(params, "SourceBackupId").map(|id| arn("backup", id)),
        "CreateHsm" | "DeleteCluster" | "InitializeCluster" | "ModifyCluster" => {
            text(params, "ClusterId").map(|id| arn("cluster", id))
        }
        "CopyBackupToRegion" | "DeleteBackup" | "RestoreBackup" | "ModifyBackupAttributes" => {
            text(params, "BackupId").map(|id| arn("backup", id))
        }
        "ListTags" | "TagResource" | "UntagResource" => text(params, "ResourceId").map(|id| {
            let kind = if id.starts_with("backup") {
                "backup"
            } else {
                "cluster"
            };
            arn(kind, id)
        }),
        "GetResourcePolicy" | "PutResourcePolicy" | "DeleteResourcePolicy" => {
            text(params, "ResourceArn").map(|id| arn("backup", id))
        }
        // DeleteHsm and the Describe operations have no resource.
        _ => None,
    };
    named.into_iter().collect()
}

fn context(call: &Call<'_, '_>) -> Context {
    Context::new(call.request.source_ip, call.request.region, call.env.now)
}

fn need(call: &Call<'_, '_>, actions: &[&str]) -> Result<(), Refusal> {
    let context = context(call);
    for action in actions {
        let principal = call.request.principal;
        call.parts
            .iam
            .authorize(principal, action, &[], &context)
            .map_err(|_| Denied::Action((*action).to_owned()))?;
    }
    Ok(())
}

/// Checks the permissions for create-cluster.
pub(super) fn for_cluster(call: &Call<'_, '_>) -> Result<(), Refusal> {
    need(call, GROUP)
}

/// Checks the permissions for create-hsm.
pub(super) fn for_hsm(call: &Call<'_, '_>) -> Result<(), Refusal> {
    need(call, GROUP)?;
    need(call, INTERFACE)
}

/// Checks the permissions for delete-hsm.
pub(super) fn for_hsm_deletion(call: &Call<'_, '_>) -> Result<(), Refusal> {
    need(call, &["ec2:DeleteNetworkInterface"])
}

/// Checks the permission to tag, which create-cluster and copy-backup-to-region need if they set
/// tags.
pub(super) fn for_tags(call: &Call<'_, '_>, given: bool) -> Result<(), Refusal> {
    if given && need(call, &["cloudhsm:TagResource"]).is_err() {
        return Err(TagFault::NotPermitted.into());
    }
    Ok(())
}

/// Creates `AWSServiceRoleForCloudHSM` if it is missing.
pub(super) fn linked_role(call: &mut Call<'_, '_>) -> Result<(), Refusal> {
    let context = context(call);
    let made = call.parts.iam.ensure_linked_role(
        SERVICE_PRINCIPAL,
        call.request.principal,
        &context,
        call.env.ids,
    );
    made.map_err(|_| Denied::ServiceLinkedRole.into())
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use serde_json::{Value, json};

    use super::*;
    use crate::request::Principal;

    #[test]
    fn operations_name_their_resources() {
        let cluster = "arn:aws:cloudhsm:us-west-2:111122223333:cluster/cluster-igklspoyj5v";
        let backup = "arn:aws:cloudhsm:us-west-2:111122223333:backup/backup-ro5c4er4aac";
        let of_cluster = json!({"ClusterId": "cluster-igklspoyj5v"});
        let of_backup = json!({"ResourceId": "backup-ro5c4er4aac"});
        let table: [(&str, &Value, &[&str]); 4] = [
            ("DescribeClusters", &json!({}), &[]),
            ("CreateHsm", &of_cluster, &[cluster]),
            ("TagResource", &of_backup, &[backup]),
            ("DeleteHsm", &of_cluster, &[]),
        ];
        let principal = Principal {
            arn: "arn:aws:iam::111122223333:user/alice".into(),
            user_id: "AIDA".into(),
        };
        for (operation, params, expected) in table {
            let request = Request {
                operation,
                params,
                region: "us-west-2",
                principal: &principal,
                source_ip: IpAddr::from([203, 0, 113, 5]),
            };
            assert_eq!(resources(&request), expected, "{operation}");
        }
    }
}
