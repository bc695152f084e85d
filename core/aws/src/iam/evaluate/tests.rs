//! The evaluator on tables of policies, and its main rule: a deny wins.

use std::collections::BTreeMap;
use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::iam::policy::{Document, Kind};
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Seed, SimTime};

const CLUSTER: &str = "arn:aws:cloudhsm:us-east-1:111122223333:cluster/cluster-igklspoyj5v";

fn document(statements: &str) -> Document {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Document::parse(&text, Kind::Identity).unwrap()
}

/// An account whose administrator has `statements` instead of `AdministratorAccess`.
fn account(statements: &str) -> (Iam, Principal) {
    let seed = Seed::from_number(1);
    let mut iam = Iam::new(&seed, SimTime::default(), &mut Ids::new(&seed));
    let user = iam.users.get_mut(crate::iam::ADMINISTRATOR).unwrap();
    user.grants.attached.clear();
    user.grants.inline.insert("it".into(), document(statements));
    let principal = iam
        .authenticate(hsmlab_api::CLOUDSHELL_ACCESS_KEY_ID, SimTime::default())
        .unwrap();
    (iam, principal)
}

fn context() -> Context {
    Context::new(
        IpAddr::from([203, 0, 113, 5]),
        "us-east-1",
        SimTime::default(),
    )
}

fn message(statements: &str, action: &str, resource: &str) -> Option<String> {
    let (iam, principal) = account(statements);
    let resources = [resource.to_owned()];
    iam.authorize(&principal, action, &resources, &context())
        .err()
        .map(|it| it.message())
}

#[test]
fn table() {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let table = [
        (all, true),
        (
            r#"{"Effect":"Allow","Action":"cloudhsm:CreateHsm","Resource":"*"}"#,
            true,
        ),
        (
            r#"{"Effect":"Allow","Action":"CLOUDHSM:create*","Resource":"*"}"#,
            true,
        ),
        (
            r#"{"Effect":"Allow","Action":"cloudhsmv2:*","Resource":"*"}"#,
            false,
        ),
        (
            r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#,
            true,
        ),
        (
            r#"{"Effect":"Allow","NotAction":"cloudhsm:*","Resource":"*"}"#,
            false,
        ),
        (
            r#"{"Effect":"Allow","Action":"cloudhsm:*","Resource":"arn:aws:cloudhsm:*:*:cluster/*"}"#,
            true,
        ),
        (
            r#"{"Effect":"Allow","Action":"cloudhsm:*","Resource":"arn:aws:cloudhsm:*:*:backup/*"}"#,
            false,
        ),
        (
            r#"{"Effect":"Allow","Action":"cloudhsm:*","NotResource":"arn:aws:cloudhsm:*:*:backup/*"}"#,
            true,
        ),
        (
            r#"{"Effect":"Allow","Action":"cloudhsm:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}"#,
            true,
        ),
        (
            r#"{"Effect":"Allow","Action":"cloudhsm:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-central-1"}}}"#,
            false,
        ),
        (
            r#"{"Effect":"Allow","Action":"cloudhsm:*","Resource":"*","Condition":{"StringEquals":{"aws:username":"Admin"},"Bool":{"aws:SecureTransport":true}}}"#,
            true,
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"cloudhsm:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}}"#,
            true,
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"cloudhsm:CreateHsm","Resource":"*"}"#,
            false,
        ),
    ];
    for (statements, allowed) in table {
        let denial = message(statements, "cloudhsm:CreateHsm", CLUSTER);
        assert_eq!(denial.is_none(), allowed, "{statements}: {denial:?}");
    }
}

#[test]
fn denials_in_aws_words() {
    expect_test::expect![[r#"User: arn:aws:iam::111122223333:user/Admin is not authorized to perform: cloudhsm:CreateHsm on resource: arn:aws:cloudhsm:us-east-1:111122223333:cluster/cluster-igklspoyj5v because no identity-based policy allows the cloudhsm:CreateHsm action"#]]
    .assert_eq(
        &message(
            r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#,
            "cloudhsm:CreateHsm",
            CLUSTER,
        )
        .unwrap(),
    );
    expect_test::expect![[r#"User: arn:aws:iam::111122223333:user/Admin is not authorized to perform: cloudhsm:DescribeClusters with an explicit deny in an identity-based policy"#]]
    .assert_eq(
        &message(
            r#"{"Effect":"Deny","Action":"cloudhsm:*","Resource":"*"}"#,
            "cloudhsm:DescribeClusters",
            "*",
        )
        .unwrap(),
    );
}

#[test]
fn a_boundary_limits_but_does_not_grant() {
    let (mut iam, principal) = account(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    iam.users
        .get_mut(crate::iam::ADMINISTRATOR)
        .unwrap()
        .boundary = Some("arn:aws:iam::aws:policy/AWSCloudHSMFullAccess".into());
    let ask = |action: &str| iam.authorize(&principal, action, &[], &context());
    assert_eq!(ask("cloudhsm:CreateHsm"), Ok(()));
    assert_eq!(
        ask("ec2:RunInstances").map_err(|denial| denial.reason),
        Err(Reason::Implicit(Source::Boundary))
    );
}

#[test]
fn tags_of_resources_and_requests_count() {
    let (iam, principal) = account(
        r#"{"Effect":"Allow","Action":"cloudhsm:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:username}"}}}"#,
    );
    let mut context = context();
    let resources = [CLUSTER.to_owned()];
    assert!(
        iam.authorize(&principal, "cloudhsm:DeleteCluster", &resources, &context)
            .is_err()
    );
    let tags = BTreeMap::from([("team".to_owned(), "Admin".to_owned())]);
    context.resource_tags.insert(CLUSTER.into(), tags);
    assert!(
        iam.authorize(&principal, "cloudhsm:DeleteCluster", &resources, &context)
            .is_ok()
    );
}

/// A random statement with few actions and resources, so that statements often overlap.
fn any_statement() -> impl Strategy<Value = String> {
    let effect = prop_oneof![Just("Allow"), Just("Deny")];
    let action = prop_oneof![
        Just("*"),
        Just("cloudhsm:*"),
        Just("cloudhsm:CreateHsm"),
        Just("cloudhsm:Describe*"),
        Just("ec2:*")
    ];
    let resource = prop_oneof![
        Just("*"),
        Just(CLUSTER),
        Just("arn:aws:cloudhsm:us-east-1:*:cluster/*"),
        Just("arn:aws:cloudhsm:us-east-1:*:backup/*")
    ];
    let element = prop_oneof![Just(""), Just("Not")];
    (effect, element.clone(), action, element, resource).prop_map(
        |(effect, not_action, action, not_resource, resource)| {
            format!(
                r#"{{"Effect":"{effect}","{not_action}Action":"{action}","{not_resource}Resource":"{resource}"}}"#
            )
        },
    )
}

proptest! {
    #[test]
    fn an_explicit_deny_always_wins(
        statements in proptest::collection::vec(any_statement(), 1..6),
        at in 0usize..6,
        deny in prop_oneof![Just("cloudhsm:CreateHsm"), Just("cloudhsm:*"), Just("*")],
    ) {
        let mut with = statements.clone();
        let deny = format!(r#"{{"Effect":"Deny","Action":"{deny}","Resource":"{CLUSTER}"}}"#);
        with.insert(at.min(with.len()), deny);
        let denial = message(&with.join(","), "cloudhsm:CreateHsm", CLUSTER);
        prop_assert!(denial.unwrap().contains("explicit deny"));
    }

    #[test]
    fn the_order_of_statements_does_not_matter(
        statements in proptest::collection::vec(any_statement(), 1..6),
    ) {
        let mut reversed = statements.clone();
        reversed.reverse();
        prop_assert_eq!(
            message(&statements.join(","), "cloudhsm:CreateHsm", CLUSTER),
            message(&reversed.join(","), "cloudhsm:CreateHsm", CLUSTER)
        );
    }

    #[test]
    fn nothing_passes_without_an_allow(
        statements in proptest::collection::vec(any_statement(), 1..6),
    ) {
        let statements: Vec<_> =
            statements.iter().map(|each| each.replace("Allow", "Deny")).collect();
        prop_assert!(message(&statements.join(","), "cloudhsm:CreateHsm", CLUSTER).is_some());
    }
}
