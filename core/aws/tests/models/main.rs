//! The services compared with their models: every operation that the lab offers is answered, and every member
//! of its request and of its answer is used, or is listed in `tests/data/unused-members.tsv` with a reason.
//!
//! CloudHSM V2 has such a test of its own, which allows no exceptions (`core/aws/src/cloudhsmv2/tests`).

#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "tests write parameters in place"
)]

mod answers;
mod bench;
mod blocks;
mod compute;
mod identity;
mod list;
mod networks;
mod requests;
mod routes;
mod walls;

use bench::Bench;
use hsmlab_api::model;
use list::List;
use serde_json::json;

/// The services to check.
const SERVICES: [&str; 3] = ["ec2", "iam", "sts"];

/// True if an answer says that the operation has no handler.
fn is_unknown(bench: &mut Bench, service: &str, operation: &str) -> bool {
    bench
        // IAM checks the group's name first.
        .try_call(service, operation, json!({ "GroupName": "none" }))
        .is_err_and(|refusal| {
            refusal.code == "InvalidAction" || refusal.message.contains("Could not find operation")
        })
}

#[test]
fn every_offered_operation_has_a_handler() {
    for service in SERVICES {
        let mut bench = Bench::new();
        assert!(is_unknown(&mut bench, service, "MakeCoffee"), "{service}");
        for operation in &model::service(service).unwrap().operations {
            let name = &operation.name;
            assert!(!is_unknown(&mut bench, service, name), "{service} {name}");
        }
    }
}

#[test]
fn every_member_is_used_or_listed_with_a_reason() {
    let mut unused = requests::unused();
    unused.extend(answers::unused());
    let complaints = List::read().compare(&unused);
    assert!(
        complaints.is_empty(),
        "tests/data/unused-members.tsv:\n{}",
        complaints.join("\n")
    );
}
