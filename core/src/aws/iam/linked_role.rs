//! Service-linked roles: the role that a service assumes in the account to do its work.

use super::condition::Context;
use super::evaluate::Denial;
use super::policy::{Document, Kind};
use super::state::{Grants, Role, Tags};
use super::{Iam, Principal, managed};
use crate::sim::SimTime;
use crate::sim::ids::Ids;

/// A service that has a linked role.
#[derive(Debug)]
pub(super) struct LinkedService {
    /// As in `--aws-service-name`.
    pub(super) service: &'static str,
    /// The role's name.
    pub(super) role: &'static str,
    /// The role's description, where the service gives one.
    description: Option<&'static str>,
    policy: &'static str,
}

/// The services of the lab that have one (CloudHSM and KMS user guides, "service-linked roles").
pub(super) const LINKED_SERVICES: [LinkedService; 2] = [
    LinkedService {
        service: "cloudhsm.amazonaws.com",
        role: "AWSServiceRoleForCloudHSM",
        description: Some("Role for CloudHSM service operations"),
        policy: managed::CLOUDHSM_SERVICE_ROLE_POLICY,
    },
    LinkedService {
        service: "cks.kms.amazonaws.com",
        role: "AWSServiceRoleForKeyManagementServiceCustomKeyStores",
        description: None,
        policy: managed::KMS_SERVICE_ROLE_POLICY,
    },
];

/// The service of this name.
pub(super) fn linked_service(service: &str) -> Option<&'static LinkedService> {
    LINKED_SERVICES.iter().find(|each| each.service == service)
}

impl Iam {
    /// Makes the role `AWSServiceRoleForCloudHSM` unless it is there, with the caller's permission
    /// `iam:CreateServiceLinkedRole`: `create-cluster` does so the first time.
    ///
    /// # Errors
    /// The denial where the role is missing and the caller may not make it.
    pub fn ensure_cloudhsm_role(
        &mut self,
        principal: &Principal,
        context: &Context,
        ids: &mut Ids,
    ) -> Result<(), Denial> {
        let Some(linked) = linked_service("cloudhsm.amazonaws.com") else {
            return Ok(());
        };
        if self.roles.contains_key(linked.role) {
            return Ok(());
        }
        let mut context = context.clone();
        context
            .service_keys
            .set("iam:AWSServiceName", linked.service);
        let resource = super::state::arn("role", &path(linked.service), linked.role);
        self.authorize(
            principal,
            "iam:CreateServiceLinkedRole",
            &[resource],
            &context,
        )?;
        let now = context.now;
        self.add_linked_role(linked, linked.description, now, ids);
        Ok(())
    }

    /// Whether the role that CloudHSM writes logs with is there.
    #[must_use]
    pub fn has_cloudhsm_role(&self) -> bool {
        linked_service("cloudhsm.amazonaws.com")
            .is_some_and(|linked| self.roles.contains_key(linked.role))
    }

    pub(super) fn add_linked_role(
        &mut self,
        linked: &LinkedService,
        description: Option<&str>,
        now: SimTime,
        ids: &mut Ids,
    ) {
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{}"}},"Action":"sts:AssumeRole"}}]}}"#,
            linked.service
        );
        let Ok(trust) = Document::parse(&trust, Kind::Trust) else {
            return;
        };
        let mut grants = Grants::default();
        grants.attached.insert(linked.policy.to_owned());
        let role = Role {
            name: linked.role.to_owned(),
            path: path(linked.service),
            id: ids.iam("AROA"),
            created: now,
            tags: Tags::new(),
            grants,
            boundary: None,
            trust,
            description: description.or(linked.description).map(str::to_owned),
            max_session_seconds: 3600,
            last_used: None,
        };
        self.roles.insert(role.name.clone(), role);
    }
}

fn path(service: &str) -> String {
    format!("/aws-service-role/{service}/")
}
