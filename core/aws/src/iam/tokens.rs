//! Temporary credentials of `sts assume-role`, and the trust policies of roles.

use super::condition::{Context, Keys};
use super::evaluate::{Asked, Bearing, Caller, Denial, Reason, Source, Verdict, verdict_of_all};
use super::policy::{Document, Kind, PolicyError};
use super::{Iam, Principal, Session};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_sim::{SimDuration, SimTime};

/// Credentials that expire.
#[derive(Clone, PartialEq, Eq)]
pub struct Temporary {
    /// Such as `ASIA…`.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
    /// The session token.
    pub session_token: String,
    /// The instant at which they expire.
    pub expires: SimTime,
    /// Their principal.
    pub principal: Principal,
}

impl std::fmt::Debug for Temporary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Temporary")
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}

/// A request of `sts assume-role`.
#[derive(Clone, Debug)]
pub struct AssumeRole<'a> {
    /// The role.
    pub role_arn: &'a str,
    /// The session's name.
    pub session_name: &'a str,
    /// The lifetime of the credentials in seconds.
    pub seconds: u64,
    /// Documents that limit the session.
    pub policies: &'a [String],
    /// ARNs of managed policies that limit the session.
    pub policy_arns: &'a [String],
}

/// The reason why a role cannot be assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssumeError {
    /// The role does not exist, its trust policy does not name the caller, or the caller's policies
    /// do not allow it: STS does not tell which.
    Denied {
        /// The caller.
        principal: String,
        /// The role.
        role: String,
    },
    /// The session is longer than the role allows.
    TooLong,
    /// A session of role chaining is longer than an hour.
    ChainTooLong,
    /// A session policy is refused.
    Malformed(PolicyError),
    /// A managed policy for the session does not exist.
    NoSuchPolicy(String),
}

/// The longest session of role chaining in seconds (IAM user guide, "Roles terms and concepts").
const CHAIN_SECONDS_MAX: u64 = 3600;

impl Iam {
    /// Assumes a role: checks trust and permissions and creates the credentials.
    ///
    /// # Errors
    /// See [`AssumeError`]; no credentials are created then.
    pub fn assume_role(
        &mut self,
        principal: &Principal,
        asked: &AssumeRole<'_>,
        context: &Context,
        unique: &str,
    ) -> Result<Temporary, AssumeError> {
        let denied = || AssumeError::Denied {
            principal: principal.arn.clone(),
            role: asked.role_arn.to_owned(),
        };
        let role = self
            .roles
            .values()
            .find(|role| role.arn() == asked.role_arn);
        let role = role.ok_or_else(denied)?;
        self.may_assume(principal, asked.role_arn, &role.trust, context)
            .map_err(|_| denied())?;
        if asked.seconds > role.max_session_seconds {
            return Err(AssumeError::TooLong);
        }
        let chained = principal.arn.contains(":assumed-role/");
        if chained && asked.seconds > CHAIN_SECONDS_MAX {
            return Err(AssumeError::ChainTooLong);
        }
        let mut policies = Vec::new();
        for text in asked.policies {
            let document = Document::parse(text, Kind::Identity).map_err(AssumeError::Malformed)?;
            policies.push(document);
        }
        for arn in asked.policy_arns {
            let found = self
                .policies
                .get(arn)
                .and_then(super::ManagedPolicy::document);
            policies.push(
                found
                    .cloned()
                    .ok_or_else(|| AssumeError::NoSuchPolicy(arn.clone()))?,
            );
        }
        let expires = context.now + SimDuration::from_seconds(asked.seconds);
        let (role_name, session) = (role.name.clone(), asked.session_name.to_owned());
        let assumed = Principal::assumed_role(role, &session);
        if let Some(role) = self.roles.get_mut(&role_name) {
            role.last_used = Some((context.now, context.region.clone()));
        }
        let id = self.access_key_id("ASIA", unique);
        let kept = Session::Role {
            role: role_name,
            name: session,
            expires,
            policies,
        };
        self.sessions.insert(id.clone(), kept);
        Ok(self.temporary(id, expires, assumed))
    }

    /// Builds the credentials with an access key id.
    fn temporary(&self, id: String, expires: SimTime, principal: Principal) -> Temporary {
        Temporary {
            secret_access_key: self.secret(&id, 40),
            session_token: format!(
                "IQoJb3JpZ2luX2Vj{}==",
                self.secret(&format!("{id}/token"), 340)
            ),
            access_key_id: id,
            expires,
            principal,
        }
    }

    /// Checks trust and permissions. Within one account the trust policy is sufficient if it names
    /// the caller itself; if it names the account, the caller's own policies must allow it too.
    fn may_assume(
        &self,
        principal: &Principal,
        role_arn: &str,
        trust: &Document,
        context: &Context,
    ) -> Result<(), Reason> {
        let action = "sts:AssumeRole";
        let mut keys: Keys = context.keys(role_arn);
        self.principal_keys(principal, &mut keys);
        let role = self.role_of_principal(&principal.arn).map(super::Role::arn);
        let caller = Caller::Aws {
            arn: principal.arn.clone(),
            role: role.clone(),
        };
        let asked = Asked {
            action,
            resource: role_arn,
            keys: &keys,
            caller: Some(&caller),
        };
        match verdict_of_all([trust.policy()], &asked) {
            Verdict::Denies => return Err(Reason::Explicit(Source::Resource)),
            Verdict::Silent => return Err(Reason::Implicit(Source::Resource)),
            Verdict::Allows => {}
        }
        let named = trust.policy().statements.iter().any(|statement| {
            let principals = statement.principals.as_ref();
            principals.is_some_and(|each| {
                each.aws.contains(&principal.arn)
                    || role.as_ref().is_some_and(|role| each.aws.contains(role))
            })
        });
        let own = self.bearing(principal);
        let resource = if named {
            vec![trust.policy()]
        } else {
            Vec::new()
        };
        Bearing { resource, ..own }.decide(&asked)
    }

    /// True if `service` (such as `ec2.amazonaws.com`) may assume a role, as an instance profile
    /// needs.
    #[must_use]
    pub fn trusts_service(&self, role_arn: &str, service: &str) -> bool {
        let Some(role) = self.roles.values().find(|role| role.arn() == role_arn) else {
            return false;
        };
        let mut keys = Keys::default();
        keys.set("aws:SourceAccount", ACCOUNT_ID);
        let caller = Caller::Service(service.to_owned());
        let asked = Asked {
            action: "sts:AssumeRole",
            resource: role_arn,
            keys: &keys,
            caller: Some(&caller),
        };
        verdict_of_all([role.trust.policy()], &asked) == Verdict::Allows
    }

    /// Checks that `principal` may pass a role to a service: `iam:PassRole`.
    ///
    /// # Errors
    /// The denial.
    pub fn authorize_pass_role(
        &self,
        principal: &Principal,
        role_arn: &str,
        service: &str,
        context: &Context,
    ) -> Result<(), Denial> {
        let mut context = context.clone();
        context.service_keys.set("iam:PassedToService", service);
        self.authorize(principal, "iam:PassRole", &[role_arn.to_owned()], &context)
    }
}
