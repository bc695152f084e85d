//! Service-linked roles: roles that a service assumes in the account to do its work.

use serde_json::{Value, json};

use super::condition::Context;
use super::error::{Entity, IamError, Invalid};
use super::evaluate::Denial;
use super::policy::{Document, Kind};
use super::service::{answer, required};
use super::state::{Grants, Role, Tags};
use super::{Iam, Principal, managed, roles, shapes};
use crate::request::Basics;
use hsmlab_sim::SimTime;
use hsmlab_sim::ids::Ids;

/// A service that has a linked role.
#[derive(Debug)]
pub(super) struct LinkedService {
    /// The service name, as in `--aws-service-name`.
    pub(super) service: &'static str,
    /// The role's name.
    pub(super) role: &'static str,
    /// The role's description, if the service sets one.
    description: Option<&'static str>,
    policy: &'static str,
}

/// The lab's services with a linked role (CloudHSM and KMS user guides, "service-linked roles").
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

/// The service with this name.
pub(super) fn linked_service(service: &str) -> Option<&'static LinkedService> {
    LINKED_SERVICES.iter().find(|each| each.service == service)
}

impl Iam {
    /// Creates the role that is linked to a service, such as `cloudhsm.amazonaws.com`, if it is
    /// missing, with the caller's permission `iam:CreateServiceLinkedRole`.
    ///
    /// # Errors
    /// The denial if the role is missing and the caller may not create it.
    pub fn ensure_linked_role(
        &mut self,
        service: &str,
        principal: &Principal,
        context: &Context,
        ids: &mut Ids,
    ) -> Result<(), Denial> {
        let Some(linked) = linked_service(service) else {
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

    /// True if the role that is linked to a service exists.
    #[must_use]
    pub fn has_linked_role(&self, service: &str) -> bool {
        linked_service(service).is_some_and(|linked| self.roles.contains_key(linked.role))
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

pub(super) fn create(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    input: &shapes::CreateServiceLinkedRole,
) -> Result<Value, IamError> {
    let service = &input.service_name;
    let Some(linked) = linked_service(service) else {
        return Err(IamError::Invalid(Invalid::LinkedService(service.clone())));
    };
    if input.custom_suffix.is_some() {
        return Err(IamError::Invalid(Invalid::Suffix(service.clone())));
    }
    if iam.roles.contains_key(linked.role) {
        return Err(IamError::Invalid(Invalid::LinkedRoleTaken(
            linked.role.into(),
        )));
    }
    iam.add_linked_role(linked, input.description.as_deref(), env.now, env.ids);
    let shown = shapes::Role {
        description: None,
        max_session_duration: None,
        role_last_used: None,
        ..roles::shape(iam.role(linked.role)?)
    };
    answer("Role", shown)
}

/// The resources that need a role, by region.
pub type RoleUsage = Vec<(String, Vec<String>)>;

/// The result of a request to delete a linked role.
#[derive(Clone, Debug)]
pub(super) struct Deletion {
    /// The resources that still use the role, by region; if there are none, the role is deleted.
    usage: RoleUsage,
}

pub(super) fn delete(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    input: &shapes::Named,
    usage: RoleUsage,
) -> Result<Value, IamError> {
    let name = required(input.role_name.as_ref(), "roleName")?;
    let role = iam.role(name)?;
    let Some(linked) = LINKED_SERVICES.iter().find(|each| each.role == role.name) else {
        return Err(IamError::NoSuch(Entity::Role, name.to_owned()));
    };
    if usage.is_empty() {
        iam.roles.remove(linked.role);
    }
    let task = env.ids.uuid("service-linked-role deletion");
    let id = format!("task{}{}/{task}", path(linked.service), linked.role);
    iam.deletions.insert(id.clone(), Deletion { usage });
    answer("DeletionTaskId", id)
}

pub(super) fn status(iam: &Iam, input: &shapes::DeletionStatus) -> Result<Value, IamError> {
    let id = &input.deletion_task_id;
    let Some(deletion) = iam.deletions.get(id) else {
        return Err(IamError::NoSuch(Entity::DeletionTask, id.clone()));
    };
    if deletion.usage.is_empty() {
        return Ok(json!({ "Status": "SUCCEEDED" }));
    }
    let list: Vec<Value> = deletion
        .usage
        .iter()
        .map(|(region, resources)| json!({ "Region": region, "Resources": resources }))
        .collect();
    // Guess: the reason is documented, its sentence is not.
    let reason = "The role is in use: clusters of this account need it.";
    Ok(json!({ "Status": "FAILED", "Reason": { "Reason": reason, "RoleUsageList": list } }))
}
