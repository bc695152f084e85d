//! Policy documents: the parser from JSON text to typed statements, with IAM's refusals.
//!
//! The grammar is that of the IAM user guide, "Grammar of the IAM JSON policy language".

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::condition::{Condition, Operator, SetQualifier};
use super::pattern;
use hsmlab_sim::wildcard;

/// The kind of a document: each kind forbids elements that another one requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Attached to a user, group or role: resources, no principals.
    Identity,
    /// A role's trust policy: principals, no resources.
    Trust,
    /// Attached to a resource (a backup, a key): principals and resources.
    Resource,
}

/// A document as the original JSON and as parsed statements.
#[derive(Clone, Debug)]
pub struct Document {
    /// The original JSON of the caller.
    json: Value,
    policy: Arc<Policy>,
}

/// The statements of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// True if `${…}` means a context value: only in version 2012-10-17.
    pub variables: bool,
    /// The statements in the document's order.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The statement's name in the document, if it has one.
    pub sid: Option<String>,
    /// Allow or deny.
    pub effect: Effect,
    /// The principals that it applies to; `None` in identity policies.
    pub principals: Option<Principals>,
    /// The actions that it applies to.
    pub actions: Matcher,
    /// The resources that it applies to; `None` in trust policies.
    pub resources: Option<Matcher>,
    /// The conditions, all of which must hold.
    pub conditions: Vec<Condition>,
}

/// The effect of a matching statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allows, unless another statement denies.
    Allow,
    /// Denies, regardless of other statements.
    Deny,
}

/// A list of patterns, or its complement (`NotAction`, `NotResource`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matcher {
    /// Matches any of these.
    Any(Vec<String>),
    /// Matches anything but these.
    Not(Vec<String>),
}

/// The `Principal` or `NotPrincipal` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principals {
    /// True for `NotPrincipal`.
    pub negated: bool,
    /// Everyone: `"*"`.
    pub everyone: bool,
    /// Under `AWS`: account ids and ARNs.
    pub aws: Vec<String>,
    /// Under `Service`: service names, such as `ec2.amazonaws.com`.
    pub services: Vec<String>,
    /// Under `Federated`: identity providers.
    pub federated: Vec<String>,
}

/// The reason why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyError {
    /// Not JSON, or an element has the wrong form.
    Syntax,
    /// The `Version` is not one of the two that exist.
    Version,
    /// A statement has no `Action` and no `NotAction`.
    NoActions,
    /// A statement has no `Resource` and no `NotResource`.
    NoResources,
    /// An action without a service prefix, or a condition key without one.
    NoVendor,
    /// The service prefix of an action has characters that no prefix has.
    BadVendor(String),
    /// A resource that is neither an ARN nor `*`.
    NotArn(String),
    /// A resource's partition is not one of AWS's.
    BadPartition {
        /// The text in the partition's place.
        partition: String,
        /// The whole resource.
        resource: String,
    },
    /// `Principal` in an identity policy.
    PrincipalForbidden,
    /// No `Principal` in a trust or resource policy.
    PrincipalMissing,
    /// A principal that is not an account, an ARN or a service name.
    BadPrincipal {
        /// `AWS`, `Service` or `Federated`.
        kind: String,
        /// The value.
        value: String,
    },
    /// `Resource` in a trust policy.
    ResourceForbidden,
    /// A trust policy has an action that is not one of STS.
    NotAssumeRole,
    /// Two statements have the same name.
    DuplicateSid,
    /// A statement's name has characters other than letters and digits.
    BadSid,
    /// A condition operator that does not exist.
    BadOperator(String),
}

impl PolicyError {
    /// The message of `MalformedPolicyDocument`.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Syntax => "Syntax errors in policy.".into(),
            Self::Version => "Policy document must be version 2012-10-17 or greater.".into(),
            Self::NoActions => "Policy statement must contain actions.".into(),
            Self::NoResources => "Policy statement must contain resources.".into(),
            Self::NoVendor => {
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".into()
            }
            Self::BadVendor(vendor) => format!("Vendor {vendor} is not valid"),
            Self::NotArn(resource) => {
                format!("Resource {resource} must be in ARN format or \"*\".")
            }
            Self::BadPartition {
                partition,
                resource,
            } => {
                format!("Partition \"{partition}\" is not valid for resource \"{resource}\".")
            }
            Self::PrincipalForbidden => "Policy document should not specify a principal.".into(),
            Self::PrincipalMissing => "Missing required field Principal".into(),
            Self::BadPrincipal { kind, value } => {
                format!("Invalid principal in policy: \"{kind}\":\"{value}\"")
            }
            Self::ResourceForbidden => "Has prohibited field Resource".into(),
            Self::NotAssumeRole => {
                "AssumeRole policy may only specify STS AssumeRole actions.".into()
            }
            Self::DuplicateSid => "Statement IDs (SID) in a single policy must be unique.".into(),
            Self::BadSid => "Statement IDs (SID) must be alpha-numeric. Check that your input \
                             satisfies the regular expression [0-9A-Za-z]*"
                .into(),
            Self::BadOperator(name) => format!("Invalid Condition type : {name}."),
        }
    }

    /// The remedy for the learner.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Syntax => "Check the JSON: a policy is an object with Version and Statement, \
                             and every statement has Effect, Action and Resource."
                .into(),
            Self::Version => "Write \"Version\": \"2012-10-17\".".into(),
            Self::NoActions => "Add an Action (or NotAction) to each statement.".into(),
            Self::NoResources => {
                "Add a Resource (or NotResource), \"*\" for all, to each statement.".into()
            }
            Self::NoVendor | Self::BadVendor(_) => {
                "Write actions with their service prefix, for example cloudhsm:CreateHsm.".into()
            }
            Self::NotArn(_) | Self::BadPartition { .. } => {
                "Specify resources by ARN (arn:aws:cloudhsm:…), or write \"*\".".into()
            }
            Self::PrincipalForbidden => {
                "Remove Principal. The principal of an identity policy is the entity that it is \
                 attached to."
                    .into()
            }
            Self::PrincipalMissing | Self::BadPrincipal { .. } => {
                "Specify an account, an ARN of the account, or a service such as ec2.amazonaws.com \
                 as Principal."
                    .into()
            }
            Self::ResourceForbidden => {
                "Remove Resource. The resource of a trust policy is always its role.".into()
            }
            Self::NotAssumeRole => "Use sts:AssumeRole as the trust policy's action.".into(),
            Self::DuplicateSid | Self::BadSid => {
                "Give each statement a unique Sid of letters and digits.".into()
            }
            Self::BadOperator(_) => {
                "Use a condition operator of the policy language, such as StringEquals or \
                 IpAddress."
                    .into()
            }
        }
    }
}

impl Document {
    /// Parses a document of `kind`.
    ///
    /// # Errors
    /// The first fault that IAM would refuse.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, PolicyError> {
        let json: Value = serde_json::from_str(text).map_err(|_| PolicyError::Syntax)?;
        let policy = Arc::new(policy(&json, kind)?);
        Ok(Self { json, policy })
    }

    /// The original JSON of the caller.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The statements.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

fn policy(json: &Value, kind: Kind) -> Result<Policy, PolicyError> {
    let fields = json.as_object().ok_or(PolicyError::Syntax)?;
    if fields
        .keys()
        .any(|key| !["Version", "Id", "Statement"].contains(&key.as_str()))
    {
        return Err(PolicyError::Syntax);
    }
    let variables = match fields.get("Version").map(Value::as_str) {
        Some(Some("2012-10-17")) => true,
        // The older version is the default; trust and resource policies may use it too.
        Some(Some("2008-10-17")) | None if kind != Kind::Identity => false,
        _ => return Err(PolicyError::Version),
    };
    let statements = match fields.get("Statement") {
        Some(Value::Array(list)) if !list.is_empty() => list
            .iter()
            .map(|each| statement(each, kind))
            .collect::<Result<Vec<_>, _>>()?,
        Some(one @ Value::Object(_)) => vec![statement(one, kind)?],
        _ => return Err(PolicyError::Syntax),
    };
    let mut seen = BTreeSet::new();
    let named = statements.iter().filter_map(|each| each.sid.as_deref());
    if named
        .filter(|sid| !sid.is_empty())
        .any(|sid| !seen.insert(sid))
    {
        return Err(PolicyError::DuplicateSid);
    }
    Ok(Policy {
        variables,
        statements,
    })
}

const STATEMENT_FIELDS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn statement(json: &Value, kind: Kind) -> Result<Statement, PolicyError> {
    let fields = json.as_object().ok_or(PolicyError::Syntax)?;
    if fields
        .keys()
        .any(|key| !STATEMENT_FIELDS.contains(&key.as_str()))
    {
        return Err(PolicyError::Syntax);
    }
    let effect = match fields.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(PolicyError::Syntax),
    };
    let sid = match fields.get("Sid") {
        None => None,
        Some(Value::String(sid)) if sid.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Some(sid.clone())
        }
        Some(Value::String(_)) if kind != Kind::Resource => return Err(PolicyError::BadSid),
        Some(Value::String(sid)) => Some(sid.clone()),
        Some(_) => return Err(PolicyError::Syntax),
    };
    let principals = principals(fields)?;
    match (kind, &principals) {
        (Kind::Identity, Some(_)) => return Err(PolicyError::PrincipalForbidden),
        (Kind::Trust | Kind::Resource, None) => return Err(PolicyError::PrincipalMissing),
        _ => {}
    }
    let actions = matcher(fields, "Action", "NotAction")?.ok_or(PolicyError::NoActions)?;
    check_actions(&actions, kind)?;
    let resources = matcher(fields, "Resource", "NotResource")?;
    match (kind, &resources) {
        (Kind::Trust, Some(_)) => return Err(PolicyError::ResourceForbidden),
        (Kind::Identity | Kind::Resource, None) => return Err(PolicyError::NoResources),
        _ => {}
    }
    if let Some(resources) = &resources {
        check_resources(resources)?;
    }
    let conditions = conditions(fields)?;
    Ok(Statement {
        sid,
        effect,
        principals,
        actions,
        resources,
        conditions,
    })
}

/// The patterns under `any` or `not`; both together are an error.
fn matcher(
    fields: &Map<String, Value>,
    any: &str,
    not: &str,
) -> Result<Option<Matcher>, PolicyError> {
    match (fields.get(any), fields.get(not)) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(PolicyError::Syntax),
        (Some(list), None) => Ok(Some(Matcher::Any(strings(list)?))),
        (None, Some(list)) => Ok(Some(Matcher::Not(strings(list)?))),
    }
}

/// A string or a non-empty list of strings.
fn strings(json: &Value) -> Result<Vec<String>, PolicyError> {
    match json {
        Value::String(one) => Ok(vec![one.clone()]),
        Value::Array(list) if !list.is_empty() => list
            .iter()
            .map(|each| each.as_str().map(str::to_owned).ok_or(PolicyError::Syntax))
            .collect(),
        _ => Err(PolicyError::Syntax),
    }
}

fn check_actions(actions: &Matcher, kind: Kind) -> Result<(), PolicyError> {
    let (Matcher::Any(list) | Matcher::Not(list)) = actions;
    for action in list {
        if action == "*" && kind != Kind::Trust {
            continue;
        }
        let Some((vendor, name)) = action.split_once(':') else {
            return Err(PolicyError::NoVendor);
        };
        if vendor.is_empty() || name.is_empty() {
            return Err(PolicyError::NoVendor);
        }
        if !vendor
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-')
        {
            return Err(PolicyError::BadVendor(vendor.to_owned()));
        }
        if kind == Kind::Trust && !vendor.eq_ignore_ascii_case("sts") {
            return Err(PolicyError::NotAssumeRole);
        }
    }
    Ok(())
}

fn check_resources(resources: &Matcher) -> Result<(), PolicyError> {
    let (Matcher::Any(list) | Matcher::Not(list)) = resources;
    for resource in list {
        if resource == "*" {
            continue;
        }
        let parts: Vec<&str> = resource.splitn(6, ':').collect();
        let ["arn", partition, rest @ ..] = parts.as_slice() else {
            return Err(PolicyError::NotArn(resource.clone()));
        };
        let wild = partition.contains(['*', '?', '$']);
        if !wild && !["aws", "aws-cn", "aws-us-gov"].contains(partition) {
            return Err(PolicyError::BadPartition {
                partition: (*partition).to_owned(),
                resource: resource.clone(),
            });
        }
        // An ARN with fewer parts is valid only if a wildcard covers the missing ones.
        if rest.len() < 4 && !rest.last().is_some_and(|last| last.ends_with('*')) {
            return Err(PolicyError::NotArn(resource.clone()));
        }
    }
    Ok(())
}

fn principals(fields: &Map<String, Value>) -> Result<Option<Principals>, PolicyError> {
    let (json, negated) = match (fields.get("Principal"), fields.get("NotPrincipal")) {
        (None, None) => return Ok(None),
        (Some(json), None) => (json, false),
        (None, Some(json)) => (json, true),
        (Some(_), Some(_)) => return Err(PolicyError::Syntax),
    };
    let mut found = Principals {
        negated,
        everyone: false,
        aws: Vec::new(),
        services: Vec::new(),
        federated: Vec::new(),
    };
    match json {
        Value::String(all) if all == "*" => found.everyone = true,
        Value::Object(kinds) if !kinds.is_empty() => {
            for (kind, list) in kinds {
                add_principals(&mut found, kind, strings(list)?)?;
            }
        }
        _ => return Err(PolicyError::Syntax),
    }
    Ok(Some(found))
}

fn add_principals(
    found: &mut Principals,
    kind: &str,
    values: Vec<String>,
) -> Result<(), PolicyError> {
    for value in values {
        let good = match kind {
            "AWS" if value == "*" => {
                found.everyone = true;
                continue;
            }
            "AWS" => is_account(&value) || value.starts_with("arn:aws:"),
            "Service" => value.ends_with(".amazonaws.com"),
            "Federated" | "CanonicalUser" => !value.is_empty(),
            _ => return Err(PolicyError::Syntax),
        };
        if !good {
            return Err(PolicyError::BadPrincipal {
                kind: kind.to_owned(),
                value,
            });
        }
        match kind {
            "AWS" => found.aws.push(value),
            "Service" => found.services.push(value),
            _ => found.federated.push(value),
        }
    }
    Ok(())
}

/// True if `text` is an account id: twelve digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn conditions(fields: &Map<String, Value>) -> Result<Vec<Condition>, PolicyError> {
    let Some(json) = fields.get("Condition") else {
        return Ok(Vec::new());
    };
    let blocks = json.as_object().ok_or(PolicyError::Syntax)?;
    let mut found = Vec::new();
    for (name, keys) in blocks {
        let (qualifier, operator, if_exists) = operator(name)?;
        for (key, values) in keys.as_object().ok_or(PolicyError::Syntax)? {
            if !key.contains(':') {
                return Err(PolicyError::NoVendor);
            }
            found.push(Condition {
                qualifier,
                operator,
                if_exists,
                key: key.clone(),
                values: scalars(values)?,
            });
        }
    }
    Ok(found)
}

fn operator(name: &str) -> Result<(Option<SetQualifier>, Operator, bool), PolicyError> {
    let bad = || PolicyError::BadOperator(name.to_owned());
    let (qualifier, rest) = match name.split_once(':') {
        None => (None, name),
        Some(("ForAllValues", rest)) => (Some(SetQualifier::ForAllValues), rest),
        Some(("ForAnyValue", rest)) => (Some(SetQualifier::ForAnyValue), rest),
        Some(_) => return Err(bad()),
    };
    let (rest, if_exists) = match rest.strip_suffix("IfExists") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let operator = Operator::from_name(rest).ok_or_else(bad)?;
    if if_exists && operator == Operator::Null {
        return Err(bad());
    }
    Ok((qualifier, operator, if_exists))
}

/// The values of a condition: strings, numbers and booleans, single or in a list.
fn scalars(json: &Value) -> Result<Vec<String>, PolicyError> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        _ => Err(PolicyError::Syntax),
    };
    match json {
        Value::Array(list) if !list.is_empty() => list.iter().map(one).collect(),
        single => Ok(vec![one(single)?]),
    }
}

impl Matcher {
    /// True if the action is among these; case-insensitive.
    #[must_use]
    pub fn matches_action(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        let hit = |pattern: &String| wildcard::matches(&pattern.to_ascii_lowercase(), &action);
        match self {
            Self::Any(list) => list.iter().any(hit),
            Self::Not(list) => !list.iter().any(hit),
        }
    }

    /// True if the resource is among these. `expand` replaces a pattern's policy variables; it
    /// returns `None` if one has no value, and then the pattern matches nothing.
    pub fn matches_resource(
        &self,
        resource: &str,
        expand: impl Fn(&str) -> Option<String>,
    ) -> bool {
        let hit = |each: &String| expand(each).is_some_and(|each| pattern::arn(&each, resource));
        match self {
            Self::Any(list) => list.iter().any(hit),
            Self::Not(list) => !list.iter().any(hit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str, kind: Kind) -> Option<String> {
        Document::parse(text, kind)
            .err()
            .map(|error| error.message())
    }

    fn identity(statement: &str) -> Option<String> {
        refusal(
            &format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#),
            Kind::Identity,
        )
    }

    #[test]
    fn malformed_documents_are_refused_with_their_reason() {
        let table = [
            (
                r#"{"Effect":"Allow","Action":"cloudhsm:*","Resource":"*"}"#,
                None,
            ),
            (
                r#"[{"Effect":"Allow","Action":["ec2:*"],"NotResource":["*"]}]"#,
                None,
            ),
            ("[]", Some("Syntax errors in policy.")),
            (
                r#"{"Effect":"allow","Action":"a:b","Resource":"*"}"#,
                Some("Syntax errors in policy."),
            ),
            (
                r#"{"Effect":"Allow","Resource":"*"}"#,
                Some("Policy statement must contain actions."),
            ),
            (
                r#"{"Effect":"Allow","Action":"a:b"}"#,
                Some("Policy statement must contain resources."),
            ),
            (
                r#"{"Effect":"Allow","Action":"CreateHsm","Resource":"*"}"#,
                Some("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
            ),
            (
                r#"{"Effect":"Allow","Action":"a:b","Resource":"cluster-1"}"#,
                Some("Resource cluster-1 must be in ARN format or \"*\"."),
            ),
            (
                r#"{"Effect":"Allow","Action":"a:b","Resource":"arn:azure:s3:::x"}"#,
                Some("Partition \"azure\" is not valid for resource \"arn:azure:s3:::x\"."),
            ),
            (
                r#"{"Effect":"Allow","Principal":"*","Action":"a:b","Resource":"*"}"#,
                Some("Policy document should not specify a principal."),
            ),
            (
                r#"{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Equals":{"a:b":"c"}}}"#,
                Some("Invalid Condition type : Equals."),
            ),
            (
                r#"[{"Sid":"A","Effect":"Allow","Action":"a:b","Resource":"*"},{"Sid":"A","Effect":"Deny","Action":"a:b","Resource":"*"}]"#,
                Some("Statement IDs (SID) in a single policy must be unique."),
            ),
        ];
        for (statement, expected) in table {
            assert_eq!(identity(statement).as_deref(), expected, "{statement}");
        }
        assert_eq!(
            refusal("{", Kind::Identity).as_deref(),
            Some("Syntax errors in policy.")
        );
        assert_eq!(
            refusal(r#"{"Version":"2018-06-12","Statement":[]}"#, Kind::Identity).as_deref(),
            Some("Policy document must be version 2012-10-17 or greater.")
        );
    }

    #[test]
    fn trust_policies_have_principals_and_no_resources() {
        let trust = |statement: &str| {
            refusal(
                &format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#),
                Kind::Trust,
            )
        };
        assert_eq!(
            trust(
                r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#
            ),
            None
        );
        assert_eq!(
            trust(r#"{"Effect":"Allow","Principal":{"AWS":"alice"},"Action":"sts:AssumeRole"}"#)
                .as_deref(),
            Some("Invalid principal in policy: \"AWS\":\"alice\"")
        );
        assert_eq!(
            trust(r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}"#)
                .as_deref(),
            Some("Has prohibited field Resource")
        );
        assert_eq!(
            trust(r#"{"Effect":"Allow","Principal":"*","Action":"ec2:RunInstances"}"#).as_deref(),
            Some("AssumeRole policy may only specify STS AssumeRole actions.")
        );
        assert_eq!(
            trust(r#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#).as_deref(),
            Some("Missing required field Principal")
        );
    }
}
