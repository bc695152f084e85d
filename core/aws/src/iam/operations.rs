//! The operations and their handlers.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{IamError, Invalid};
use super::linked_role::RoleUsage;
use super::service::unknown;
use super::{Iam, grants, linked_role, policies, profiles, roles, simulate, users};
use crate::request::{Basics, Request};

/// A handler.
type Handler = fn(Call<'_, '_>) -> Result<Value, IamError>;

/// One call that is being answered.
pub(super) struct Call<'a, 'e> {
    pub(super) iam: &'a mut Iam,
    pub(super) env: &'a mut Basics<'e>,
    pub(super) request: &'a Request<'a>,
    /// The resources that need the role, if the operation deletes a linked role.
    pub(super) usage: RoleUsage,
}

impl Call<'_, '_> {
    fn parse<T: DeserializeOwned>(&self) -> Result<T, IamError> {
        T::deserialize(self.request.params)
            .map_err(|error| IamError::Invalid(Invalid::Request(error.to_string())))
    }
}

/// The operation that needs to know the usage of a role.
pub(super) const DELETE_LINKED_ROLE: &str = "DeleteServiceLinkedRole";

/// The operations by handler.
const OPERATIONS: &[(&[&str], Handler)] = &[
    (&["CreateUser"], |call| {
        users::create(call.iam, call.env, call.parse()?)
    }),
    (
        &[
            "GetUser",
            "ListUsers",
            "DeleteUser",
            "TagUser",
            "UntagUser",
            "ListUserTags",
            "CreateAccessKey",
            "UpdateAccessKey",
            "DeleteAccessKey",
            "ListAccessKeys",
            "CreateGroup",
            "GetGroup",
            "ListGroups",
            "DeleteGroup",
            "AddUserToGroup",
            "RemoveUserFromGroup",
            "ListGroupsForUser",
        ],
        |call| users::handle(call.iam, call.env, call.request, &call.parse()?),
    ),
    (
        &[
            "AttachGroupPolicy",
            "DetachGroupPolicy",
            "ListAttachedGroupPolicies",
            "PutGroupPolicy",
            "GetGroupPolicy",
            "DeleteGroupPolicy",
            "ListGroupPolicies",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "ListAttachedUserPolicies",
            "PutUserPolicy",
            "GetUserPolicy",
            "DeleteUserPolicy",
            "ListUserPolicies",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "ListAttachedRolePolicies",
            "PutRolePolicy",
            "GetRolePolicy",
            "DeleteRolePolicy",
            "ListRolePolicies",
        ],
        |call| {
            let operation = call.request.operation;
            let (verb, holder) = grants::operation(operation).ok_or_else(|| unknown(operation))?;
            grants::handle(call.iam, verb, holder, &call.parse()?)
        },
    ),
    (&["CreateRole"], |call| {
        roles::create(call.iam, call.env, call.parse()?)
    }),
    (
        &[
            "GetRole",
            "ListRoles",
            "DeleteRole",
            "UpdateAssumeRolePolicy",
            "TagRole",
            "UntagRole",
            "ListRoleTags",
        ],
        |call| roles::handle(call.iam, call.request.operation, &call.parse()?),
    ),
    (&["CreateServiceLinkedRole"], |call| {
        linked_role::create(call.iam, call.env, &call.parse()?)
    }),
    (&[DELETE_LINKED_ROLE], |call| {
        let input = call.parse()?;
        linked_role::delete(call.iam, call.env, &input, call.usage)
    }),
    (&["GetServiceLinkedRoleDeletionStatus"], |call| {
        linked_role::status(call.iam, &call.parse()?)
    }),
    (&["CreatePolicy"], |call| {
        policies::create(call.iam, call.env, call.parse()?)
    }),
    (&["ListPolicies"], |call| {
        policies::list(call.iam, &call.parse()?)
    }),
    (&["ListEntitiesForPolicy"], |call| {
        policies::entities(call.iam, &call.parse()?)
    }),
    (
        &[
            "GetPolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "GetPolicyVersion",
            "ListPolicyVersions",
            "DeletePolicyVersion",
            "SetDefaultPolicyVersion",
        ],
        |call| policies::version(call.iam, call.env, call.request.operation, &call.parse()?),
    ),
    (
        &[
            "CreateInstanceProfile",
            "GetInstanceProfile",
            "ListInstanceProfiles",
            "ListInstanceProfilesForRole",
            "DeleteInstanceProfile",
            "AddRoleToInstanceProfile",
            "RemoveRoleFromInstanceProfile",
        ],
        |call| profiles::handle(call.iam, call.env, call.request.operation, &call.parse()?),
    ),
    (&["SimulatePrincipalPolicy"], |call| {
        simulate::simulate(call.iam, call.env, &call.parse()?)
    }),
];

/// The names of the operations that have a handler.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    OPERATIONS
        .iter()
        .flat_map(|(names, _)| names.iter().copied())
}

/// Answers one request.
pub(super) fn handle(call: Call<'_, '_>) -> Result<Value, IamError> {
    let operation = call.request.operation;
    let row = OPERATIONS
        .iter()
        .find(|(names, _)| names.contains(&operation));
    let (_, handler) = row.ok_or_else(|| unknown(operation))?;
    handler(call)
}
