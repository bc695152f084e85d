//! The evaluation of policies: an explicit deny wins; without a deny, an allow is needed.
//!
//! Source: IAM user guide, "Policy evaluation logic", within one account.

use super::condition::{Context, Keys};
use super::policy::{Effect, Policy, Principals, Statement, is_account};
use super::{Iam, Principal, Session};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_api::ServiceError;

/// A call that the policies deny.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The ARN of the caller.
    pub principal: String,
    /// The action, such as `cloudhsm:CreateHsm`.
    pub action: String,
    /// The resource; `*` if the action has none.
    pub resource: String,
    /// The reason.
    pub reason: Reason,
}

/// The reason for a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A statement in a policy of this kind denies the call.
    Explicit(Source),
    /// No policy of this kind allows the call.
    Implicit(Source),
}

/// The kind of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A policy of the user, its groups, or the role.
    Identity,
    /// The permissions boundary of the user or role.
    Boundary,
    /// A policy passed with `sts assume-role --policy`.
    Session,
    /// A policy of the resource.
    Resource,
}

impl Source {
    /// The kind's name in messages, with its article.
    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Identity => ("an", "identity-based policy"),
            Self::Boundary => ("a", "permissions boundary"),
            Self::Session => ("a", "session policy"),
            Self::Resource => ("a", "resource-based policy"),
        }
    }
}

impl Denial {
    /// The services' sentence: the principal, the action, the resource and the reason.
    #[must_use]
    pub fn message(&self) -> String {
        let Self {
            principal,
            action,
            resource,
            reason,
        } = self;
        let on = if resource == "*" {
            String::new()
        } else {
            format!(" on resource: {resource}")
        };
        let why = match reason {
            Reason::Explicit(source) => {
                let (article, name) = source.name();
                format!("with an explicit deny in {article} {name}")
            }
            Reason::Implicit(source) => {
                format!("because no {} allows the {action} action", source.name().1)
            }
        };
        format!("User: {principal} is not authorized to perform: {action}{on} {why}")
    }

    /// The remedy for the learner.
    #[must_use]
    pub fn remedy(&self) -> String {
        let Self {
            principal, action, ..
        } = self;
        match self.reason {
            Reason::Explicit(source) => format!(
                "A statement with \"Effect\": \"Deny\" in {} {} of {principal} matches {action}. \
                 A deny always wins: change or remove that statement.",
                source.name().0,
                source.name().1
            ),
            Reason::Implicit(source) => format!(
                "Add a statement that allows {action} to {} {} of {principal}.",
                source.name().0,
                source.name().1
            ),
        }
    }

    /// Converts the denial to the refusal of a service with a JSON protocol.
    #[must_use]
    pub fn to_json_error(&self) -> ServiceError {
        self.refusal("AccessDeniedException", 400, self.message())
    }

    /// Converts the denial to the refusal of a service with the query protocol.
    #[must_use]
    pub fn to_query_error(&self) -> ServiceError {
        self.refusal("AccessDenied", 403, self.message())
    }

    /// The denial in the words of a service.
    pub(crate) fn refusal(&self, code: &str, http_status: u16, message: String) -> ServiceError {
        ServiceError {
            code: code.into(),
            message,
            http_status,
            remedy: self.remedy(),
        }
    }
}

/// The verdict of one policy on one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Silent,
    Allows,
    Denies,
}

/// One request in the form that policies are matched against.
pub(super) struct Asked<'a> {
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    pub(super) keys: &'a Keys,
    /// The caller, if the policy has principals.
    pub(super) caller: Option<&'a Caller>,
}

/// A caller in the form of the `Principal` element of a policy.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    /// A user or an assumed role.
    Aws {
        /// The ARN from `get-caller-identity`.
        arn: String,
        /// The role's ARN if the caller is an assumed role.
        role: Option<String>,
    },
    /// An AWS service.
    Service(String),
}

fn statement_matches(statement: &Statement, asked: &Asked<'_>, variables: bool) -> bool {
    statement.actions.matches_action(asked.action)
        && statement.resources.as_ref().is_none_or(|resources| {
            resources.matches_resource(asked.resource, |each| asked.keys.expand(each, variables))
        })
        && statement.principals.as_ref().is_none_or(|principals| {
            asked
                .caller
                .is_some_and(|caller| principals_match(principals, caller))
        })
        && statement
            .conditions
            .iter()
            .all(|each| each.holds(asked.keys, variables))
}

fn principals_match(principals: &Principals, caller: &Caller) -> bool {
    let listed = principals.everyone
        || match caller {
            Caller::Service(name) => principals.services.contains(name),
            Caller::Aws { arn, role } => principals.aws.iter().any(|each| {
                let account = is_account(each) && each == ACCOUNT_ID
                    || *each == format!("arn:aws:iam::{ACCOUNT_ID}:root");
                account || each == arn || role.as_ref() == Some(each)
            }),
        };
    listed != principals.negated
}

/// The statements of `policy` that match the request.
pub(super) fn matching<'a>(
    policy: &'a Policy,
    asked: &'a Asked<'_>,
) -> impl Iterator<Item = &'a Statement> {
    policy
        .statements
        .iter()
        .filter(|each| statement_matches(each, asked, policy.variables))
}

fn verdict(policy: &Policy, asked: &Asked<'_>) -> Verdict {
    let mut verdict = Verdict::Silent;
    for statement in matching(policy, asked) {
        match statement.effect {
            Effect::Deny => return Verdict::Denies,
            Effect::Allow => verdict = Verdict::Allows,
        }
    }
    verdict
}

/// The combined verdict of several policies.
pub(super) fn verdict_of_all<'a>(
    policies: impl IntoIterator<Item = &'a Policy>,
    asked: &Asked<'_>,
) -> Verdict {
    let mut together = Verdict::Silent;
    for policy in policies {
        match verdict(policy, asked) {
            Verdict::Denies => return Verdict::Denies,
            Verdict::Allows => together = Verdict::Allows,
            Verdict::Silent => {}
        }
    }
    together
}

/// The policies that apply to a principal.
#[derive(Debug, Default)]
pub(super) struct Bearing<'a> {
    pub(super) identity: Vec<&'a Policy>,
    pub(super) boundary: Option<&'a Policy>,
    /// Session policies, which limit the permissions together, like one policy.
    pub(super) session: Option<Vec<&'a Policy>>,
    /// Policies of the resource. One that allows can replace an identity policy (same account).
    pub(super) resource: Vec<&'a Policy>,
}

impl Bearing<'_> {
    /// Decides on one request.
    pub(super) fn decide(&self, asked: &Asked<'_>) -> Result<(), Reason> {
        let identity = verdict_of_all(self.identity.iter().copied(), asked);
        let resource = verdict_of_all(self.resource.iter().copied(), asked);
        let boundary = self.boundary.map(|policy| verdict(policy, asked));
        let session = self.session.as_ref();
        let session = session.map(|list| verdict_of_all(list.iter().copied(), asked));
        let all = [
            (Source::Identity, Some(identity)),
            (Source::Resource, Some(resource)),
            (Source::Boundary, boundary),
            (Source::Session, session),
        ];
        if let Some((source, _)) = all.iter().find(|(_, each)| *each == Some(Verdict::Denies)) {
            return Err(Reason::Explicit(*source));
        }
        if identity == Verdict::Silent && resource == Verdict::Silent {
            return Err(Reason::Implicit(Source::Identity));
        }
        for (source, limit) in [(Source::Boundary, boundary), (Source::Session, session)] {
            if limit == Some(Verdict::Silent) {
                return Err(Reason::Implicit(source));
            }
        }
        Ok(())
    }
}

impl Iam {
    /// Adds the paths of the users, groups, roles and profiles to the ARNs.
    pub(super) fn with_paths(&self, resources: Vec<String>) -> Vec<String> {
        resources
            .into_iter()
            .map(|arn| self.with_path(&arn).unwrap_or(arn))
            .collect()
    }

    fn with_path(&self, arn: &str) -> Option<String> {
        let (kind, name) = arn.splitn(6, ':').nth(5)?.split_once('/')?;
        match kind {
            "user" => self.users.get(name).map(super::User::arn),
            "group" => self.groups.get(name).map(super::Group::arn),
            "role" => self.roles.get(name).map(super::Role::arn),
            "instance-profile" => self
                .instance_profiles
                .get(name)
                .map(super::InstanceProfile::arn),
            _ => None,
        }
    }

    /// The policies that apply to `principal`; none if it no longer exists.
    pub(super) fn bearing(&self, principal: &Principal) -> Bearing<'_> {
        let mut bearing = Bearing::default();
        if let Some(user) = self.user_of_arn(&principal.arn) {
            let groups = user.groups.iter().filter_map(|name| self.groups.get(name));
            let grants = std::iter::once(&user.grants).chain(groups.map(|group| &group.grants));
            bearing.identity = grants.flat_map(|each| self.policies_of(each)).collect();
            bearing.boundary = self.boundary(user.boundary.as_deref());
        } else if let Some(role) = self.role_of_principal(&principal.arn) {
            bearing.identity = self.policies_of(&role.grants).collect();
            bearing.boundary = self.boundary(role.boundary.as_deref());
            bearing.session = self.session_policies(role, &principal.arn);
        }
        bearing
    }

    fn policies_of<'a>(&'a self, grants: &'a super::Grants) -> impl Iterator<Item = &'a Policy> {
        let attached = grants
            .attached
            .iter()
            .filter_map(|arn| self.policies.get(arn)?.document());
        attached
            .chain(grants.inline.values())
            .map(super::policy::Document::policy)
    }

    /// The session policies of the assumed role; those of the newest session if two have the same
    /// name.
    fn session_policies(&self, role: &super::Role, arn: &str) -> Option<Vec<&Policy>> {
        let name = arn.rsplit_once('/')?.1;
        let own = self.sessions.values().filter_map(|session| match session {
            Session::Role {
                role: of,
                name: each,
                expires,
                policies,
            } if *of == role.name && each == name => Some((*expires, policies)),
            _ => None,
        });
        let (_, policies) = own.max_by_key(|(expires, _)| *expires)?;
        if policies.is_empty() {
            return None;
        }
        Some(
            policies
                .iter()
                .map(super::policy::Document::policy)
                .collect(),
        )
    }

    fn boundary(&self, arn: Option<&str>) -> Option<&Policy> {
        Some(self.policies.get(arn?)?.document()?.policy())
    }

    /// The keys that describe `principal`.
    pub(super) fn principal_keys(&self, principal: &Principal, keys: &mut Keys) {
        keys.set("aws:userid", principal.user_id.clone());
        keys.set("aws:PrincipalAccount", ACCOUNT_ID);
        keys.set("aws:PrincipalIsAWSService", "false");
        if let Some(user) = self.user_of_arn(&principal.arn) {
            keys.set("aws:PrincipalArn", principal.arn.clone());
            keys.set("aws:username", user.name.clone());
            keys.set("aws:PrincipalType", "User");
            keys.set_tags("aws:PrincipalTag", &user.tags);
        } else if let Some(role) = self.role_of_principal(&principal.arn) {
            keys.set("aws:PrincipalArn", role.arn());
            keys.set("aws:PrincipalType", "AssumedRole");
            keys.set_tags("aws:PrincipalTag", &role.tags);
        }
    }

    /// Decides on `action` on each of `resources` (`*` if it is empty).
    ///
    /// # Errors
    /// The denial for the first denied resource.
    pub fn authorize(
        &self,
        principal: &Principal,
        action: &str,
        resources: &[String],
        context: &Context,
    ) -> Result<(), Denial> {
        let bearing = self.bearing(principal);
        let all = [String::from("*")];
        let resources = if resources.is_empty() {
            &all[..]
        } else {
            resources
        };
        for resource in resources {
            let mut keys = context.keys(resource);
            self.principal_keys(principal, &mut keys);
            let asked = Asked {
                action,
                resource,
                keys: &keys,
                caller: None,
            };
            bearing.decide(&asked).map_err(|reason| Denial {
                principal: principal.arn.clone(),
                action: action.to_owned(),
                resource: resource.clone(),
                reason,
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
