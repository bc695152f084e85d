//! AWS managed policies: those for the services of the lab, as AWS publishes them.
//!
//! `managed.json` holds the default version of each (AWS managed policy reference guide, 2026).
//! `ReadOnlyAccess`, of 88 KB, is cut to the actions of the lab's services.

use serde::Deserialize;
use serde_json::Value;

use super::policy::{Document, Kind};
use super::state::{ManagedPolicy, PolicyVersion};
use hsmlab_sim::SimTime;
use hsmlab_sim::ids::Ids;

/// The policy of `AWSServiceRoleForCloudHSM`.
pub(super) const CLOUDHSM_SERVICE_ROLE_POLICY: &str =
    "arn:aws:iam::aws:policy/aws-service-role/CloudHSMServiceRolePolicy";

/// The policy of KMS's role for custom key stores.
pub(super) const KMS_SERVICE_ROLE_POLICY: &str = "arn:aws:iam::aws:policy/aws-service-role/\
                                                  AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy";

#[derive(Deserialize)]
struct Published {
    name: String,
    path: String,
    created: String,
    updated: String,
    version: u32,
    document: Value,
}

/// All managed policies, sorted by name.
pub(super) fn policies(ids: &mut Ids) -> Vec<ManagedPolicy> {
    let published: Vec<Published> =
        serde_json::from_str(include_str!("managed.json")).unwrap_or_default();
    published
        .into_iter()
        .filter_map(|each| policy(each, ids))
        .collect()
}

fn policy(published: Published, ids: &mut Ids) -> Option<ManagedPolicy> {
    let Published {
        name,
        path,
        created,
        updated,
        version,
        document,
    } = published;
    let document = Document::parse(&document.to_string(), Kind::Identity).ok()?;
    let created = SimTime::parse_rfc3339(&created)?;
    let updated = SimTime::parse_rfc3339(&updated)?;
    let only = PolicyVersion {
        document,
        created: updated,
    };
    Some(ManagedPolicy {
        arn: format!("arn:aws:iam::aws:policy{path}{name}"),
        id: ids.iam("ANPA"),
        name,
        path,
        description: None,
        created,
        updated,
        tags: std::collections::BTreeMap::new(),
        versions: [(version, only)].into(),
        default_version: version,
        next_version: version.saturating_add(1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hsmlab_sim::Seed;

    #[test]
    fn each_published_policy_is_understood() {
        let published: Vec<Value> = serde_json::from_str(include_str!("managed.json")).unwrap();
        let policies = policies(&mut Ids::new(&Seed::from_number(1)));
        assert_eq!(policies.len(), published.len());
        for arn in [CLOUDHSM_SERVICE_ROLE_POLICY, KMS_SERVICE_ROLE_POLICY] {
            assert!(policies.iter().any(|policy| policy.arn == arn), "{arn}");
        }
    }
}
