//! IAM and STS through their handlers, called as the wire does.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::*;
use crate::request::Env;
use crate::services::{self, Cloud};
use crate::wire;
use hsmlab_api::ACCOUNT_ID;
use hsmlab_api::model;
use hsmlab_hsm::Fleet;
use hsmlab_sim::SimDuration;

/// A world with one account and a clock.
pub(crate) struct Bench {
    pub(crate) cloud: Cloud,
    pub(crate) fleet: Fleet,
    pub(crate) ids: Ids,
    pub(crate) seed: Seed,
    pub(crate) now: SimTime,
    /// The access key id of the caller.
    pub(crate) key: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let seed = Seed::from_number(7);
        let now = SimTime::parse_rfc3339("2026-11-24T10:00:00Z").unwrap();
        let mut ids = Ids::new(&seed);
        let cloud = Cloud::new(&seed, now, &mut ids);
        let key = CLOUDSHELL_ACCESS_KEY_ID.to_owned();
        Self {
            cloud,
            fleet: Fleet::new(&seed),
            ids,
            seed,
            now,
            key,
        }
    }

    /// Makes one call as the wire does: authenticates, asks IAM, runs the handler.
    #[expect(clippy::needless_pass_by_value, reason = "so that calls read as JSON")]
    pub(crate) fn call(
        &mut self,
        service: &str,
        operation: &str,
        params: Value,
    ) -> Result<Value, ServiceError> {
        let principal = self.cloud.iam.authenticate(&self.key, self.now).unwrap();
        let request = Request {
            operation,
            params: &params,
            region: "us-east-1",
            principal: &principal,
            source_ip: IpAddr::from([203, 0, 113, 5]),
        };
        let service = services::service(service).unwrap();
        wire::authorize(&self.cloud, service, &request, self.now)?;
        let mut env = Env {
            now: self.now,
            ids: &mut self.ids,
            seed: &self.seed,
            fleet: &mut self.fleet,
        };
        (service.handle)(&mut self.cloud, &mut env, &request)
    }

    /// Advances time, from one event to the next.
    pub(crate) fn pass(&mut self, seconds: u64) {
        let end = self.now + SimDuration::from_seconds(seconds);
        while let Some(at) = self.cloud.next_at().filter(|at| *at <= end) {
            self.now = at;
            let mut env = Env {
                now: at,
                ids: &mut self.ids,
                seed: &self.seed,
                fleet: &mut self.fleet,
            };
            self.cloud.advance(&mut env);
        }
        self.now = end;
    }

    fn iam(&mut self, operation: &str, params: Value) -> Value {
        self.call("iam", operation, params).unwrap()
    }

    fn refusal(&mut self, operation: &str, params: Value) -> String {
        let error = self.call("iam", operation, params).unwrap_err();
        format!("{} {} {}", error.http_status, error.code, error.message)
    }
}

const TRUST_ACCOUNT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}"#;
const TRUST_EC2: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const HSM_READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudhsm:Describe*","Resource":"*"}]}"#;

#[test]
fn every_operation_of_the_model_has_a_handler() {
    for (service, text) in [("iam", "2010-05-08"), ("sts", "2011-06-15")] {
        let model = model::service(service).unwrap();
        for operation in &model.operations {
            // A request without members is refused at its first required member.
            let mut bench = Bench::new();
            let answer = bench.call(service, &operation.name, json!({}));
            if let Err(error) = answer {
                assert!(
                    !error.message.contains(text),
                    "{service} {}",
                    operation.name
                );
            }
        }
    }
}

#[test]
fn a_user_gets_keys_and_what_its_policies_allow() {
    let mut bench = Bench::new();
    let made = bench.iam(
        "CreateUser",
        json!({"UserName": "alice", "Tags": [{"Key": "team", "Value": "sec"}]}),
    );
    assert_eq!(made["User"]["Arn"], "arn:aws:iam::111122223333:user/alice");
    let key = bench.iam("CreateAccessKey", json!({"UserName": "alice"}));
    let id = key["AccessKey"]["AccessKeyId"].as_str().unwrap().to_owned();
    assert_eq!((id.len(), &id[..4]), (20, "AKIA"));
    assert_eq!(
        key["AccessKey"]["SecretAccessKey"].as_str().unwrap().len(),
        40
    );

    bench.key = id.clone();
    let who = bench.call("sts", "GetCallerIdentity", json!({})).unwrap();
    assert_eq!(who["Arn"], "arn:aws:iam::111122223333:user/alice");
    assert_eq!(who["UserId"], made["User"]["UserId"]);
    assert_eq!(
        bench.refusal("ListUsers", json!({})),
        "403 AccessDenied User: arn:aws:iam::111122223333:user/alice is not authorized to perform: \
         iam:ListUsers because no identity-based policy allows the iam:ListUsers action"
    );

    bench.key = CLOUDSHELL_ACCESS_KEY_ID.into();
    let read_only = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    bench.iam(
        "AttachUserPolicy",
        json!({"UserName": "alice", "PolicyArn": read_only}),
    );
    bench.key = id.clone();
    assert_eq!(
        bench.iam("ListUsers", json!({}))["Users"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert!(
        bench
            .call("iam", "CreateUser", json!({"UserName": "bob"}))
            .is_err()
    );

    bench.key = CLOUDSHELL_ACCESS_KEY_ID.into();
    let status = json!({"UserName": "alice", "AccessKeyId": id, "Status": "Inactive"});
    bench.iam("UpdateAccessKey", status);
    assert_eq!(bench.cloud.iam.authenticate(&id, bench.now), None);
}

#[test]
fn an_entity_in_use_cannot_be_deleted() {
    let mut bench = Bench::new();
    let alice = json!({"UserName": "alice"});
    bench.iam("CreateUser", alice.clone());
    bench.iam("CreateGroup", json!({"GroupName": "hsm"}));
    bench.iam(
        "AddUserToGroup",
        json!({"GroupName": "hsm", "UserName": "alice"}),
    );
    let arn = "arn:aws:iam::aws:policy/AWSCloudHSMFullAccess";
    bench.iam(
        "AttachUserPolicy",
        json!({"UserName": "alice", "PolicyArn": arn}),
    );
    bench.iam(
        "PutUserPolicy",
        json!({"UserName": "alice", "PolicyName": "own", "PolicyDocument": HSM_READ}),
    );
    let id = bench.iam("CreateAccessKey", alice.clone())["AccessKey"]["AccessKeyId"].clone();
    let steps = [
        (
            "detach all policies",
            "DetachUserPolicy",
            json!({"UserName": "alice", "PolicyArn": arn}),
        ),
        (
            "delete policies",
            "DeleteUserPolicy",
            json!({"UserName": "alice", "PolicyName": "own"}),
        ),
        (
            "delete access keys",
            "DeleteAccessKey",
            json!({"UserName": "alice", "AccessKeyId": id}),
        ),
        (
            "remove users from group",
            "RemoveUserFromGroup",
            json!({"GroupName": "hsm", "UserName": "alice"}),
        ),
    ];
    for (why, operation, params) in steps {
        assert_eq!(
            bench.refusal("DeleteUser", alice.clone()),
            format!("409 DeleteConflict Cannot delete entity, must {why} first.")
        );
        bench.iam(operation, params);
    }
    bench.iam("DeleteUser", alice.clone());
    assert_eq!(
        bench.refusal("GetUser", alice),
        "404 NoSuchEntity The user with name alice cannot be found."
    );
}

#[test]
fn refusals() {
    let mut bench = Bench::new();
    bench.iam("CreateUser", json!({"UserName": "alice"}));
    let own = |name: &str| format!("arn:aws:iam::{ACCOUNT_ID}:policy/{name}");
    bench.iam(
        "CreatePolicy",
        json!({"PolicyName": "read", "PolicyDocument": HSM_READ}),
    );
    for _ in 0..4 {
        bench.iam(
            "CreatePolicyVersion",
            json!({"PolicyArn": own("read"), "PolicyDocument": HSM_READ}),
        );
    }
    for _ in 0..2 {
        bench.iam("CreateAccessKey", json!({"UserName": "alice"}));
    }
    let linked = "arn:aws:iam::aws:policy/aws-service-role/CloudHSMServiceRolePolicy";
    let table = [
        (
            "CreateUser",
            json!({"UserName": "Alice"}),
            "409 EntityAlreadyExists User with name Alice already exists.",
        ),
        (
            "CreateAccessKey",
            json!({"UserName": "alice"}),
            "409 LimitExceeded Cannot exceed quota for AccessKeysPerUser: 2",
        ),
        (
            "CreatePolicy",
            json!({"PolicyName": "read", "PolicyDocument": HSM_READ}),
            "409 EntityAlreadyExists A policy called read already exists. Duplicate names are not allowed.",
        ),
        (
            "CreatePolicy",
            json!({"PolicyName": "x", "PolicyDocument": "{}"}),
            "400 MalformedPolicyDocument Policy document must be version 2012-10-17 or greater.",
        ),
        (
            "CreatePolicyVersion",
            json!({"PolicyArn": own("read"), "PolicyDocument": HSM_READ}),
            "409 LimitExceeded A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        ),
        (
            "DeletePolicyVersion",
            json!({"PolicyArn": own("read"), "VersionId": "v1"}),
            "409 DeleteConflict Cannot delete the default version of a policy.",
        ),
        (
            "DeletePolicy",
            json!({"PolicyArn": own("read")}),
            "409 DeleteConflict This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        ),
        (
            "DeletePolicy",
            json!({"PolicyArn": linked}),
            "403 AccessDenied Policy is outside your own account.",
        ),
        (
            "GetPolicy",
            json!({"PolicyArn": own("none")}),
            "404 NoSuchEntity Policy arn:aws:iam::111122223333:policy/none was not found.",
        ),
        (
            "GetPolicyVersion",
            json!({"PolicyArn": own("read"), "VersionId": "v9"}),
            "404 NoSuchEntity Policy arn:aws:iam::111122223333:policy/read version v9 does not exist or is not attachable.",
        ),
        (
            "AttachUserPolicy",
            json!({"UserName": "alice", "PolicyArn": own("none")}),
            "404 NoSuchEntity Policy arn:aws:iam::111122223333:policy/none does not exist or is not attachable.",
        ),
        (
            "AttachUserPolicy",
            json!({"UserName": "alice", "PolicyArn": linked}),
            "400 PolicyNotAttachable Cannot attach a Service Role Policy to a Customer Role.",
        ),
        (
            "CreateRole",
            json!({"RoleName": "r", "AssumeRolePolicyDocument": TRUST_ACCOUNT.replace(":root", ":user/bob")}),
            "400 MalformedPolicyDocument Invalid principal in policy: \"AWS\":\"arn:aws:iam::111122223333:user/bob\"",
        ),
        (
            "TagUser",
            json!({"UserName": "alice", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}),
            "400 InvalidInput Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            "CreateServiceLinkedRole",
            json!({"AWSServiceName": "abc"}),
            "400 InvalidInput Cannot find Service Linked Role template for abc",
        ),
        (
            "GetInstanceProfile",
            json!({"InstanceProfileName": "p"}),
            "404 NoSuchEntity Instance Profile p cannot be found.",
        ),
        (
            "ListUsers",
            json!({"Marker": "x"}),
            "400 ValidationError Invalid Marker.",
        ),
    ];
    for (operation, params, expected) in table {
        assert_eq!(bench.refusal(operation, params), expected, "{operation}");
    }
}

#[test]
fn the_service_linked_role_is_as_documented() {
    let mut bench = Bench::new();
    let role = json!({"RoleName": "AWSServiceRoleForCloudHSM"});
    bench.iam(
        "CreateServiceLinkedRole",
        json!({"AWSServiceName": "cloudhsm.amazonaws.com"}),
    );
    let shown = bench.iam("GetRole", role.clone());
    assert_eq!(
        shown["Role"]["Arn"],
        "arn:aws:iam::111122223333:role/aws-service-role/cloudhsm.amazonaws.com/AWSServiceRoleForCloudHSM"
    );
    assert_eq!(
        shown["Role"]["Description"],
        "Role for CloudHSM service operations"
    );
    assert_eq!(
        shown["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"],
        "cloudhsm.amazonaws.com"
    );
    let arn = "arn:aws:iam::aws:policy/aws-service-role/CloudHSMServiceRolePolicy";
    let attached = bench.iam("ListAttachedRolePolicies", role.clone());
    assert_eq!(attached["AttachedPolicies"][0]["PolicyArn"], arn);
    let version = bench.iam(
        "GetPolicyVersion",
        json!({"PolicyArn": arn, "VersionId": "v1"}),
    );
    assert_eq!(
        version["PolicyVersion"]["Document"]["Statement"][0]["Resource"],
        json!(["arn:aws:logs:*:*:*"])
    );
    assert_eq!(
        bench.refusal("DeleteRole", role.clone()),
        "400 UnmodifiableEntity Cannot perform the operation on the protected role \
         'AWSServiceRoleForCloudHSM' - this role is only modifiable by AWS"
    );
    let task = bench.iam("DeleteServiceLinkedRole", role.clone())["DeletionTaskId"].clone();
    let status = bench.iam(
        "GetServiceLinkedRoleDeletionStatus",
        json!({"DeletionTaskId": task}),
    );
    assert_eq!(status["Status"], "SUCCEEDED");
    assert!(bench.call("iam", "GetRole", role).is_err());
}

#[test]
fn the_first_cluster_makes_the_role_with_the_callers_permission() {
    let mut bench = Bench::new();
    bench.iam("CreateUser", json!({"UserName": "alice"}));
    let alice = Principal {
        arn: "arn:aws:iam::111122223333:user/alice".into(),
        user_id: "AIDA".into(),
    };
    let context = Context::new(IpAddr::from([203, 0, 113, 5]), "us-east-1", bench.now);
    let denial = bench.cloud.iam.ensure_linked_role(
        "cloudhsm.amazonaws.com",
        &alice,
        &context,
        &mut bench.ids,
    );
    assert_eq!(denial.unwrap_err().action, "iam:CreateServiceLinkedRole");
    assert!(!bench.cloud.iam.has_linked_role("cloudhsm.amazonaws.com"));
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*","Condition":{"StringEquals":{"iam:AWSServiceName":"cloudhsm.amazonaws.com"}}}]}"#;
    bench.iam(
        "PutUserPolicy",
        json!({"UserName": "alice", "PolicyName": "p", "PolicyDocument": policy}),
    );
    assert_eq!(
        bench.cloud.iam.ensure_linked_role(
            "cloudhsm.amazonaws.com",
            &alice,
            &context,
            &mut bench.ids
        ),
        Ok(())
    );
    assert!(bench.cloud.iam.has_linked_role("cloudhsm.amazonaws.com"));
}

#[test]
fn an_assumed_role_has_the_roles_permissions_until_it_expires() {
    let mut bench = Bench::new();
    bench.iam(
        "CreateRole",
        json!({"RoleName": "Ops", "AssumeRolePolicyDocument": TRUST_ACCOUNT}),
    );
    let read_only = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    bench.iam(
        "AttachRolePolicy",
        json!({"RoleName": "Ops", "PolicyArn": read_only}),
    );
    let params = json!({"RoleArn": "arn:aws:iam::111122223333:role/Ops", "RoleSessionName": "me"});
    let assumed = bench.call("sts", "AssumeRole", params.clone()).unwrap();
    assert_eq!(
        assumed["AssumedRoleUser"]["Arn"],
        "arn:aws:sts::111122223333:assumed-role/Ops/me"
    );
    bench.key = assumed["Credentials"]["AccessKeyId"]
        .as_str()
        .unwrap()
        .into();
    assert!(bench.key.starts_with("ASIA"));
    assert!(bench.call("iam", "ListUsers", json!({})).is_ok());
    assert!(
        bench
            .call("iam", "CreateUser", json!({"UserName": "x"}))
            .is_err()
    );
    let later = bench.now + SimDuration::from_minutes(60);
    assert_eq!(bench.cloud.iam.authenticate(&bench.key, later), None);

    bench.key = CLOUDSHELL_ACCESS_KEY_ID.into();
    let mut limited = params.clone();
    limited["Policy"] = HSM_READ.into();
    limited["RoleSessionName"] = "limited".into();
    let assumed = bench.call("sts", "AssumeRole", limited).unwrap();
    bench.key = assumed["Credentials"]["AccessKeyId"]
        .as_str()
        .unwrap()
        .into();
    assert!(
        bench
            .refusal("ListUsers", json!({}))
            .contains("no session policy allows")
    );

    bench.key = CLOUDSHELL_ACCESS_KEY_ID.into();
    bench.iam(
        "UpdateAssumeRolePolicy",
        json!({"RoleName": "Ops", "PolicyDocument": TRUST_EC2}),
    );
    let error = bench.call("sts", "AssumeRole", params).unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        (
            "AccessDenied",
            "User: arn:aws:iam::111122223333:user/Admin is not authorized to perform: \
             sts:AssumeRole on resource: arn:aws:iam::111122223333:role/Ops"
        )
    );
}

#[test]
fn an_instance_profile_gives_an_instance_its_role() {
    let mut bench = Bench::new();
    bench.iam(
        "CreateRole",
        json!({"RoleName": "Web", "AssumeRolePolicyDocument": TRUST_EC2}),
    );
    let made = bench.iam(
        "CreateInstanceProfile",
        json!({"InstanceProfileName": "Web"}),
    );
    let arn = made["InstanceProfile"]["Arn"].as_str().unwrap().to_owned();
    let instance = "i-0123456789abcdef0";
    assert_eq!(
        bench.cloud.iam.instance_profile_credentials(&arn, instance),
        None
    );
    let both = json!({"InstanceProfileName": "Web", "RoleName": "Web"});
    bench.iam("AddRoleToInstanceProfile", both.clone());
    let key = bench
        .cloud
        .iam
        .instance_profile_credentials(&arn, instance)
        .unwrap();
    let principal = bench.cloud.iam.authenticate(&key, bench.now).unwrap();
    assert_eq!(
        principal.arn,
        "arn:aws:sts::111122223333:assumed-role/Web/i-0123456789abcdef0"
    );
    assert_eq!(
        bench.refusal("AddRoleToInstanceProfile", both),
        "409 LimitExceeded Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
    );
    assert_eq!(
        bench.refusal("DeleteRole", json!({"RoleName": "Web"})),
        "409 DeleteConflict Cannot delete entity, must remove roles from instance profile first."
    );
}

#[test]
fn a_simulation_says_what_the_evaluator_would() {
    let mut bench = Bench::new();
    bench.iam("CreateUser", json!({"UserName": "alice"}));
    bench.iam(
        "PutUserPolicy",
        json!({"UserName": "alice", "PolicyName": "read", "PolicyDocument": HSM_READ}),
    );
    let found = bench.iam(
        "SimulatePrincipalPolicy",
        json!({
            "PolicySourceArn": "arn:aws:iam::111122223333:user/alice",
            "ActionNames": ["cloudhsm:DescribeClusters", "cloudhsm:CreateCluster"],
        }),
    );
    expect_test::expect![[r#"
        {
          "EvaluationResults": [
            {
              "EvalActionName": "cloudhsm:DescribeClusters",
              "EvalResourceName": "*",
              "EvalDecision": "allowed",
              "MatchedStatements": [
                {
                  "SourcePolicyId": "user_alice_read",
                  "SourcePolicyType": "IAM Policy"
                }
              ],
              "MissingContextValues": []
            },
            {
              "EvalActionName": "cloudhsm:CreateCluster",
              "EvalResourceName": "*",
              "EvalDecision": "implicitDeny",
              "MatchedStatements": [],
              "MissingContextValues": []
            }
          ],
          "IsTruncated": false
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&found).unwrap());
}

#[test]
fn lists_come_in_pages() {
    let mut bench = Bench::new();
    for name in ["a", "b", "c"] {
        bench.iam("CreateUser", json!({"UserName": name, "Path": "/x/"}));
    }
    let mut names = Vec::new();
    let mut marker = Value::Null;
    loop {
        let mut params = json!({"MaxItems": 2, "PathPrefix": "/x/"});
        if !marker.is_null() {
            params["Marker"] = marker;
        }
        let found = bench.iam("ListUsers", params);
        let users = found["Users"].as_array().unwrap();
        names.extend(
            users
                .iter()
                .map(|user| user["UserName"].as_str().unwrap().to_owned()),
        );
        marker = found["Marker"].clone();
        if found["IsTruncated"] == false {
            break;
        }
    }
    assert_eq!(names, ["a", "b", "c"]);
}
