//! AWS Security Token Service: the identity of the caller, and temporary credentials.

mod permissions;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::iam::condition::Keys;
use crate::iam::tokens::{AssumeError, AssumeRole};
use crate::iam::{Context, Iam};
use crate::params::request_tags;
use crate::request::{Basics, Request};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_api::ServiceError;

/// The default lifetime of a role's credentials in seconds (API reference).
const SECONDS_DEFAULT: u64 = 3600;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRoleInput {
    role_arn: String,
    role_session_name: String,
    #[serde(default)]
    policy_arns: Vec<PolicyDescriptor>,
    policy: Option<String>,
    duration_seconds: Option<u64>,
    source_identity: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PolicyDescriptor {
    #[serde(default)]
    arn: String,
}

/// A handler.
type Handler = fn(&mut Iam, &mut Basics<'_>, &Request<'_>) -> Result<Value, ServiceError>;

/// The operations and their handlers.
const OPERATIONS: [(&str, Handler); 2] = [
    ("GetCallerIdentity", caller_identity),
    ("AssumeRole", assume_role),
];

/// The names of the operations that have a handler.
pub fn operations() -> impl Iterator<Item = &'static str> {
    OPERATIONS.iter().map(|(name, _)| *name)
}

/// Answers one request.
///
/// # Errors
/// The service's refusal.
pub fn handle(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    request: &Request<'_>,
) -> Result<Value, ServiceError> {
    let operation = request.operation;
    match OPERATIONS.iter().find(|(name, _)| *name == operation) {
        Some((_, handler)) => handler(iam, env, request),
        None => Err(ServiceError {
            code: "InvalidAction".into(),
            message: format!("Could not find operation {operation} for version 2011-06-15"),
            http_status: 400,
            remedy: "The lab offers get-caller-identity and assume-role.".into(),
        }),
    }
}

fn caller_identity(
    _: &mut Iam,
    _: &mut Basics<'_>,
    request: &Request<'_>,
) -> Result<Value, ServiceError> {
    Ok(json!({
        "UserId": request.principal.user_id,
        "Account": ACCOUNT_ID,
        "Arn": request.principal.arn,
    }))
}

fn assume_role(
    iam: &mut Iam,
    env: &mut Basics<'_>,
    request: &Request<'_>,
) -> Result<Value, ServiceError> {
    let input = AssumeRoleInput::deserialize(request.params).map_err(|error| ServiceError {
        code: "ValidationError".into(),
        message: error.to_string(),
        http_status: 400,
        remedy: "Compare the request with the command's help.".into(),
    })?;
    let mut context = Context::new(request.source_ip, request.region, env.now);
    context.request_tags = request_tags(request.params);
    context.service_keys = Keys::of_members(&permissions::ASSUME_ROLE_KEYS, request.params);
    let policies: Vec<String> = input.policy.into_iter().collect();
    let policy_arns: Vec<String> = input.policy_arns.into_iter().map(|each| each.arn).collect();
    let asked = AssumeRole {
        role_arn: &input.role_arn,
        session_name: &input.role_session_name,
        seconds: input.duration_seconds.unwrap_or(SECONDS_DEFAULT),
        policies: &policies,
        policy_arns: &policy_arns,
    };
    let unique = env.ids.uuid("assume-role");
    let made = iam
        .assume_role(request.principal, &asked, &context, &unique)
        .map_err(error)?;
    let mut answer = json!({
        "Credentials": {
            "AccessKeyId": made.access_key_id,
            "SecretAccessKey": made.secret_access_key,
            "SessionToken": made.session_token,
            "Expiration": made.expires.unix_seconds(),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": made.principal.user_id,
            "Arn": made.principal.arn,
        },
    });
    if let Some(identity) = input.source_identity {
        answer["SourceIdentity"] = identity.into();
    }
    Ok(answer)
}

fn error(error: AssumeError) -> ServiceError {
    let (code, http_status, message, remedy) = match error {
        AssumeError::Denied { principal, role } => (
            "AccessDenied",
            403,
            format!(
                "User: {principal} is not authorized to perform: sts:AssumeRole on resource: {role}"
            ),
            "Check three things: the role's ARN, its trust policy, which must name you or the \
             account, and your own policies, which must allow sts:AssumeRole on the role."
                .into(),
        ),
        AssumeError::TooLong => (
            "ValidationError",
            400,
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
                .into(),
            "Request a shorter session, or raise the role's MaxSessionDuration.".into(),
        ),
        AssumeError::ChainTooLong => (
            "ValidationError",
            400,
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining"
                .into(),
            "Request at most 3600 seconds, because you already use an assumed role.".into(),
        ),
        AssumeError::Malformed(error) => (
            "MalformedPolicyDocument",
            400,
            error.message(),
            error.remedy(),
        ),
        AssumeError::NoSuchPolicy(arn) => (
            "ValidationError",
            400,
            // Guess: STS names the policy in words that are not published.
            format!("Policy {arn} does not exist or is not attachable."),
            "Check the ARN with aws iam list-policies.".into(),
        ),
    };
    ServiceError {
        code: code.into(),
        message,
        http_status,
        remedy,
    }
}
