//! IAM and STS: each operation once, with all members.

use serde_json::{Value, json};

use super::bench::{Bench, at};

fn document(action: &str) -> String {
    json!({ "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": action, "Resource": "*" } })
    .to_string()
}

fn trust(principal: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Principal": principal,
        "Action": "sts:AssumeRole" } })
    .to_string()
}

pub(crate) fn play(bench: &mut Bench) {
    let made = bench.iam(
        "CreatePolicy",
        json!({ "PolicyName": "read", "PolicyDocument": document("cloudhsm:Describe*"),
            "Description": "reads", "Tags": [{ "Key": "a", "Value": "b" }] }),
    );
    let policy = at(&made, "/Policy/Arn");
    users(bench, &policy);
    groups(bench);
    roles(bench, &policy);
    for holder in ["User", "Group", "Role"] {
        grants(bench, holder, &policy);
    }
    policies(bench, &policy);
    profiles(bench);
    linked(bench);
    sessions(bench);
    ends(bench, &policy);
}

fn users(bench: &mut Bench, policy: &str) {
    let tags = json!([{ "Key": "team", "Value": "hsm" }, { "Key": "b", "Value": "c" }]);
    bench.iam(
        "CreateUser",
        json!({ "UserName": "alice", "Tags": tags, "PermissionsBoundary": policy }),
    );
    let own = json!({ "UserName": "alice" });
    bench.iam("GetUser", own.clone());
    bench.iam("ListUsers", json!({ "MaxItems": 1 }));
    bench.iam(
        "TagUser",
        json!({ "UserName": "alice", "Tags": [{ "Key": "x", "Value": "y" }] }),
    );
    bench.iam(
        "ListUserTags",
        json!({ "UserName": "alice", "MaxItems": 1 }),
    );
    bench.iam(
        "UntagUser",
        json!({ "UserName": "alice", "TagKeys": ["x"] }),
    );
    bench.iam("CreateAccessKey", own.clone());
    let made = bench.iam("CreateAccessKey", own);
    let key = at(&made, "/AccessKey/AccessKeyId");
    bench.iam(
        "ListAccessKeys",
        json!({ "UserName": "alice", "MaxItems": 1 }),
    );
    let change = json!({ "UserName": "alice", "AccessKeyId": key, "Status": "Inactive" });
    bench.iam("UpdateAccessKey", change);
    bench.iam(
        "DeleteAccessKey",
        json!({ "UserName": "alice", "AccessKeyId": key }),
    );
}

fn groups(bench: &mut Bench) {
    for name in ["Crypto", "Audit"] {
        bench.iam("CreateGroup", json!({ "GroupName": name }));
        bench.iam(
            "AddUserToGroup",
            json!({ "GroupName": name, "UserName": "alice" }),
        );
    }
    bench.iam("CreateUser", json!({ "UserName": "bob" }));
    bench.iam(
        "AddUserToGroup",
        json!({ "GroupName": "Crypto", "UserName": "bob" }),
    );
    bench.iam("GetGroup", json!({ "GroupName": "Crypto", "MaxItems": 1 }));
    bench.iam("ListGroups", json!({ "MaxItems": 1 }));
    bench.iam(
        "ListGroupsForUser",
        json!({ "UserName": "alice", "MaxItems": 1 }),
    );
    bench.iam(
        "RemoveUserFromGroup",
        json!({ "GroupName": "Audit", "UserName": "alice" }),
    );
    bench.iam("DeleteGroup", json!({ "GroupName": "Audit" }));
}

fn roles(bench: &mut Bench, policy: &str) {
    let anyone = trust(&json!({ "AWS": "arn:aws:iam::111122223333:root" }));
    bench.iam(
        "CreateRole",
        json!({ "RoleName": "operator", "AssumeRolePolicyDocument": anyone, "Description": "d",
            "MaxSessionDuration": 7200, "PermissionsBoundary": policy,
            "Tags": [{ "Key": "a", "Value": "b" }, { "Key": "c", "Value": "d" }] }),
    );
    bench.iam("ListRoles", json!({ "MaxItems": 1 }));
    let change = json!({ "RoleName": "operator", "PolicyDocument": anyone });
    bench.iam("UpdateAssumeRolePolicy", change);
    bench.iam(
        "TagRole",
        json!({ "RoleName": "operator", "Tags": [{ "Key": "x", "Value": "y" }] }),
    );
    bench.iam(
        "ListRoleTags",
        json!({ "RoleName": "operator", "MaxItems": 1 }),
    );
    bench.iam(
        "UntagRole",
        json!({ "RoleName": "operator", "TagKeys": ["x"] }),
    );
}

/// The policies that are attached to a user, group or role, and those in it.
fn grants(bench: &mut Bench, holder: &str, policy: &str) {
    let name = match holder {
        "User" => "alice",
        "Group" => "Crypto",
        _ => "operator",
    };
    let with = |more: Value| {
        let mut params = json!({ format!("{holder}Name"): name });
        params
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        params
    };
    let second = "arn:aws:iam::aws:policy/AWSCloudHSMReadOnlyAccess";
    for arn in [policy, second] {
        bench.iam(
            &format!("Attach{holder}Policy"),
            with(json!({ "PolicyArn": arn })),
        );
    }
    bench.iam(
        &format!("ListAttached{holder}Policies"),
        with(json!({ "MaxItems": 1 })),
    );
    bench.iam(
        &format!("Detach{holder}Policy"),
        with(json!({ "PolicyArn": second })),
    );
    for own in ["one", "two"] {
        let params = json!({ "PolicyName": own, "PolicyDocument": document("ec2:Describe*") });
        bench.iam(&format!("Put{holder}Policy"), with(params));
    }
    bench.iam(
        &format!("Get{holder}Policy"),
        with(json!({ "PolicyName": "one" })),
    );
    bench.iam(
        &format!("List{holder}Policies"),
        with(json!({ "MaxItems": 1 })),
    );
    bench.iam(
        &format!("Delete{holder}Policy"),
        with(json!({ "PolicyName": "two" })),
    );
}

fn policies(bench: &mut Bench, policy: &str) {
    let own = json!({ "PolicyArn": policy });
    bench.iam("GetPolicy", own.clone());
    bench.iam("ListPolicies", json!({ "MaxItems": 1 }));
    bench.iam("ListEntitiesForPolicy", own);
    bench.iam(
        "ListEntitiesForPolicy",
        json!({ "PolicyArn": policy, "MaxItems": 1 }),
    );
    let params = json!({ "PolicyArn": policy, "PolicyDocument": document("cloudhsm:List*") });
    bench.iam("CreatePolicyVersion", params);
    bench.iam(
        "ListPolicyVersions",
        json!({ "PolicyArn": policy, "MaxItems": 1 }),
    );
    let second = json!({ "PolicyArn": policy, "VersionId": "v2" });
    bench.iam("GetPolicyVersion", second.clone());
    bench.iam("SetDefaultPolicyVersion", second);
    bench.iam(
        "DeletePolicyVersion",
        json!({ "PolicyArn": policy, "VersionId": "v1" }),
    );
    let made = bench.iam(
        "CreatePolicy",
        json!({ "PolicyName": "gone", "PolicyDocument": document("ec2:Describe*") }),
    );
    bench.iam(
        "DeletePolicy",
        json!({ "PolicyArn": at(&made, "/Policy/Arn") }),
    );
    let source = "arn:aws:iam::111122223333:user/alice";
    let condition = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Resource": "*",
        "Action": "cloudhsm:*", "Condition": { "StringEquals": { "aws:RequestTag/team": "hsm" } } } });
    bench.iam(
        "SimulatePrincipalPolicy",
        json!({ "PolicySourceArn": source, "ActionNames": ["cloudhsm:ListTags", "ec2:DescribeVpcs"],
            "PolicyInputList": [condition.to_string()], "MaxItems": 1 }),
    );
}

fn profiles(bench: &mut Bench) {
    let tags = json!([{ "Key": "a", "Value": "b" }]);
    for name in ["app", "other"] {
        let params = json!({ "InstanceProfileName": name, "Tags": tags });
        bench.iam("CreateInstanceProfile", params);
        let both = json!({ "InstanceProfileName": name, "RoleName": "operator" });
        bench.iam("AddRoleToInstanceProfile", both);
    }
    bench.iam(
        "GetInstanceProfile",
        json!({ "InstanceProfileName": "app" }),
    );
    bench.iam("ListInstanceProfiles", json!({ "MaxItems": 1 }));
    let of_role = json!({ "RoleName": "operator", "MaxItems": 1 });
    bench.iam("ListInstanceProfilesForRole", of_role);
    for name in ["app", "other"] {
        let both = json!({ "InstanceProfileName": name, "RoleName": "operator" });
        bench.iam("RemoveRoleFromInstanceProfile", both);
        bench.iam(
            "DeleteInstanceProfile",
            json!({ "InstanceProfileName": name }),
        );
    }
}

/// CloudHSM's role exists since `compute` made a cluster; it cannot be deleted while the cluster exists.
fn linked(bench: &mut Bench) {
    let role = json!({ "RoleName": "AWSServiceRoleForCloudHSM" });
    let made = bench.iam("DeleteServiceLinkedRole", role);
    let task = json!({ "DeletionTaskId": at(&made, "/DeletionTaskId") });
    bench.iam("GetServiceLinkedRoleDeletionStatus", task);
    let mut fresh = Bench::new();
    fresh.iam(
        "CreateServiceLinkedRole",
        json!({ "AWSServiceName": "cloudhsm.amazonaws.com" }),
    );
    bench.answers.append(&mut fresh.answers);
}

fn sessions(bench: &mut Bench) {
    bench.call("sts", "GetCallerIdentity", json!({}));
    let role = "arn:aws:iam::111122223333:role/operator";
    let params = json!({ "RoleArn": role, "RoleSessionName": "lab", "SourceIdentity": "alice",
        "Policy": document("ec2:Describe*") });
    bench.call("sts", "AssumeRole", params);
    bench.iam("GetRole", json!({ "RoleName": "operator" }));
}

fn ends(bench: &mut Bench, policy: &str) {
    bench.iam(
        "DetachRolePolicy",
        json!({ "RoleName": "operator", "PolicyArn": policy }),
    );
    bench.iam(
        "DeleteRolePolicy",
        json!({ "RoleName": "operator", "PolicyName": "one" }),
    );
    bench.iam("DeleteRole", json!({ "RoleName": "operator" }));
    bench.iam("CreateUser", json!({ "UserName": "carol" }));
    bench.iam("DeleteUser", json!({ "UserName": "carol" }));
}
