//! The permissions that the service needs from its caller besides the one for the operation: it
//! works in the customer's network with the caller's rights (Service Authorization Reference, AWS
//! CloudHSM).

use super::Call;
use super::error::{Denied, Refusal, TagFault};
use crate::iam::{self, Context};

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

fn context(call: &Call<'_, '_>) -> Context {
    Context::new(call.request.source_ip, call.request.region, call.env.now)
}

fn need(call: &Call<'_, '_>, actions: &[&str]) -> Result<(), Refusal> {
    let context = context(call);
    for action in actions {
        let principal = call.request.principal;
        iam::authorize(call.cloud, principal, action, &[], &context)
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
    let made = call
        .cloud
        .iam
        .ensure_cloudhsm_role(call.request.principal, &context, call.env.ids);
    made.map_err(|_| Denied::ServiceLinkedRole.into())
}
