//! IAM's refusals by cause, and the code, status and message of each.
//!
//! Codes and statuses: IAM API reference. Messages: as public mocks and logs of tools print them;
//! not confirmed against IAM itself (docs/fidelity.md).

use super::policy::PolicyError;
use hsmlab_api::ServiceError;

/// A kind of entity with a name in IAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    User,
    Group,
    Role,
    InstanceProfile,
    Policy,
    UserPolicy,
    GroupPolicy,
    RolePolicy,
    AccessKey,
    DeletionTask,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IamError {
    /// The entity does not exist.
    NoSuch(Entity, String),
    /// The managed policy to attach does not exist.
    NotThere(String),
    /// A version of a managed policy does not exist.
    NoSuchVersion { policy: String, version: String },
    /// The policy is not attached.
    NotAttached(String),
    /// The name is taken.
    Exists(Entity, String),
    /// Something else must be deleted first.
    Conflict(Conflict),
    /// A quota.
    Limit { quota: &'static str, limit: usize },
    /// The managed policy has too many versions.
    TooManyVersions,
    /// The inline policies of an entity are too long.
    PolicySize {
        limit: usize,
        entity: Entity,
        name: String,
    },
    /// A managed policy that is too long.
    ManagedPolicySize,
    /// A policy document is refused.
    Malformed(PolicyError),
    /// A value in the request is invalid.
    Invalid(Invalid),
    /// A policy of a service role cannot be attached to another entity.
    NotAttachable,
    /// Only the service may change its linked role.
    Protected(String),
    /// AWS managed policies cannot be changed.
    OutsideAccount,
    /// The request has no `UserName`, and the caller is not a user.
    NotAUser,
}

/// The reasons why an entity cannot be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conflict {
    Attached,
    Inline,
    AccessKeys,
    Groups,
    Profiles,
    PolicyInUse,
    PolicyVersions,
    DefaultVersion,
}

/// The invalid values of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Invalid {
    Arn(String),
    Marker,
    DuplicateTags,
    TooManyTags,
    LinkedService(String),
    LinkedRoleTaken(String),
    Suffix(String),
    Path(String),
    Principal(String),
    Request(String),
}

impl From<PolicyError> for IamError {
    fn from(error: PolicyError) -> Self {
        Self::Malformed(error)
    }
}

impl From<IamError> for ServiceError {
    fn from(error: IamError) -> Self {
        let (code, http_status) = error.code();
        Self {
            code: code.into(),
            message: error.message(),
            http_status,
            remedy: error.remedy(),
        }
    }
}

impl IamError {
    fn code(&self) -> (&'static str, u16) {
        match self {
            Self::NoSuch(..) | Self::NotThere(_) | Self::NoSuchVersion { .. } => {
                ("NoSuchEntity", 404)
            }
            Self::NotAttached(_) => ("NoSuchEntity", 404),
            Self::Exists(..) => ("EntityAlreadyExists", 409),
            Self::Conflict(_) => ("DeleteConflict", 409),
            Self::Limit { .. } | Self::TooManyVersions => ("LimitExceeded", 409),
            Self::PolicySize { .. } | Self::ManagedPolicySize => ("LimitExceeded", 409),
            Self::Malformed(_) => ("MalformedPolicyDocument", 400),
            Self::Invalid(Invalid::Marker | Invalid::Path(_) | Invalid::Request(_)) => {
                ("ValidationError", 400)
            }
            Self::Invalid(_) => ("InvalidInput", 400),
            Self::NotAttachable => ("PolicyNotAttachable", 400),
            Self::Protected(_) => ("UnmodifiableEntity", 400),
            Self::NotAUser => ("ValidationError", 400),
            Self::OutsideAccount => ("AccessDenied", 403),
        }
    }

    fn message(&self) -> String {
        match self {
            Self::NoSuch(entity, name) => match entity {
                Entity::InstanceProfile => format!("Instance Profile {name} cannot be found."),
                Entity::Policy => format!("Policy {name} was not found."),
                Entity::AccessKey => format!("The Access Key with id {name} cannot be found."),
                Entity::DeletionTask => {
                    // Guess: the API reference gives no text for an unknown task.
                    format!("The deletion task with id {name} cannot be found.")
                }
                _ => format!("The {} with name {name} cannot be found.", entity.name()),
            },
            Self::NotThere(arn) => format!("Policy {arn} does not exist or is not attachable."),
            Self::NoSuchVersion { policy, version } => {
                format!("Policy {policy} version {version} does not exist or is not attachable.")
            }
            Self::NotAttached(arn) => format!("Policy {arn} was not found."),
            Self::Exists(entity, name) => match entity {
                Entity::InstanceProfile => format!("Instance Profile {name} already exists."),
                Entity::Policy => format!(
                    "A policy called {name} already exists. Duplicate names are not allowed."
                ),
                Entity::User => format!("User with name {name} already exists."),
                Entity::Group => format!("Group with name {name} already exists."),
                _ => format!("Role with name {name} already exists."),
            },
            Self::Conflict(conflict) => conflict.message().into(),
            Self::Limit { quota, limit } => format!("Cannot exceed quota for {quota}: {limit}"),
            Self::TooManyVersions => "A managed policy can have up to 5 versions. Before you \
                                      create a new version, you must delete an existing version."
                .into(),
            Self::PolicySize {
                limit,
                entity,
                name,
            } => {
                format!(
                    "Maximum policy size of {limit} bytes exceeded for {} {name}",
                    entity.name()
                )
            }
            Self::ManagedPolicySize => "Cannot exceed quota for PolicySize: 6144".into(),
            Self::Malformed(error) => error.message(),
            Self::Invalid(invalid) => invalid.message(),
            Self::NotAttachable => "Cannot attach a Service Role Policy to a Customer Role.".into(),
            Self::Protected(role) => format!(
                "Cannot perform the operation on the protected role '{role}' - this role is only \
                 modifiable by AWS"
            ),
            Self::OutsideAccount => "Policy is outside your own account.".into(),
            Self::NotAUser => "Must specify userName when calling with non-User credentials".into(),
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::NoSuch(entity, _) => {
                format!(
                    "Check the name. The matching list command shows every {}.",
                    entity.name()
                )
            }
            Self::NotThere(_) | Self::NoSuchVersion { .. } | Self::NotAttached(_) => {
                "Check the ARN with aws iam list-policies, list-policy-versions or the \
                 list-attached commands."
                    .into()
            }
            Self::Exists(entity, _) => {
                format!(
                    "Choose another name, or use the existing {}.",
                    entity.name()
                )
            }
            Self::Conflict(conflict) => conflict.remedy().into(),
            Self::Limit { .. } | Self::TooManyVersions => {
                "Delete or detach one that is no longer needed first.".into()
            }
            Self::PolicySize { .. } | Self::ManagedPolicySize => {
                "Shorten the document (white space does not count) or split it in two.".into()
            }
            Self::Malformed(error) => error.remedy(),
            Self::Invalid(invalid) => invalid.remedy().into(),
            Self::NotAttachable => {
                "Policies under aws-service-role can only be attached to service-linked roles."
                    .into()
            }
            Self::Protected(_) => {
                "Only the service can change this role. Use delete-service-linked-role to remove \
                 it."
                .into()
            }
            Self::OutsideAccount => {
                "Copy the document of AWS's policy into your own policy with create-policy.".into()
            }
            Self::NotAUser => "Specify --user-name, because the caller is an assumed role.".into(),
        }
    }
}

impl Entity {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::InstanceProfile => "instance profile",
            Self::Policy => "policy",
            Self::UserPolicy => "user policy",
            Self::GroupPolicy => "group policy",
            Self::RolePolicy => "role policy",
            Self::AccessKey => "access key",
            Self::DeletionTask => "deletion task",
        }
    }
}

impl Conflict {
    fn message(self) -> &'static str {
        match self {
            Self::Attached => "Cannot delete entity, must detach all policies first.",
            Self::Inline => "Cannot delete entity, must delete policies first.",
            Self::AccessKeys => "Cannot delete entity, must delete access keys first.",
            Self::Groups => "Cannot delete entity, must remove users from group first.",
            Self::Profiles => {
                "Cannot delete entity, must remove roles from instance profile first."
            }
            Self::PolicyInUse => "Cannot delete a policy attached to entities.",
            Self::PolicyVersions => {
                "This policy has more than one version. Before you delete a policy, you must \
                 delete the policy's versions. The default version is deleted with the policy."
            }
            Self::DefaultVersion => "Cannot delete the default version of a policy.",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Attached => "Find them with list-attached-…-policies and detach them.",
            Self::Inline => "Find them with list-…-policies and delete them.",
            Self::AccessKeys => "Find them with list-access-keys and delete them.",
            Self::Groups => "Use remove-user-from-group first.",
            Self::Profiles => "Use remove-role-from-instance-profile first.",
            Self::PolicyInUse => "list-entities-for-policy shows where it is attached.",
            Self::PolicyVersions => "Use delete-policy-version on all but the default one.",
            Self::DefaultVersion => {
                "First make another version the default with set-default-policy-version."
            }
        }
    }
}

impl Invalid {
    fn message(&self) -> String {
        match self {
            Self::Arn(arn) => format!("ARN {arn} is not valid."),
            Self::Marker => "Invalid Marker.".into(),
            Self::DuplicateTags => "Duplicate tag keys found. Please note that Tag keys are case \
                                    insensitive."
                .into(),
            Self::TooManyTags => "The number of tags has reached the maximum limit.".into(),
            Self::LinkedService(service) => {
                format!("Cannot find Service Linked Role template for {service}")
            }
            Self::LinkedRoleTaken(role) => format!(
                "Service role name {role} has been taken in this account, please try a different \
                 suffix."
            ),
            Self::Suffix(service) => format!("Custom suffix is not allowed for {service}"),
            Self::Path(path) => format!(
                "The specified value for path is invalid. It must begin and end with / and contain \
                 only alphanumeric characters and/or / characters: {path}"
            ),
            Self::Principal(arn) => {
                format!("Invalid Entity Arn: {arn} does not clearly define entity type and name.")
            }
            Self::Request(what) => what.clone(),
        }
    }

    fn remedy(&self) -> &'static str {
        match self {
            Self::Arn(_) => "Copy the ARN from the matching list command.",
            Self::Marker => "Pass the Marker of the previous answer as it was given.",
            Self::DuplicateTags => "Specify each tag key only once. Keys are case-insensitive.",
            Self::TooManyTags => "A resource can have at most 50 tags. Remove some first.",
            Self::LinkedService(_) => {
                "Specify a service that has a linked role: cloudhsm.amazonaws.com."
            }
            Self::LinkedRoleTaken(_) => "The role already exists. Nothing needs to be done.",
            Self::Suffix(_) => "Leave --custom-suffix out.",
            Self::Path(_) => "Write the path in the form /division/team/.",
            Self::Principal(_) => "Specify the ARN of a user, group or role in this account.",
            Self::Request(_) => "Compare the request with the command's help.",
        }
    }
}
