//! Condition operators and the request context that they test.
//!
//! Semantics: IAM user guide, "IAM JSON policy elements: Condition operators".

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::pattern;
use crate::params;
use hsmlab_sim::{SimTime, wildcard};

/// One key of one operator block: one of the values must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub qualifier: Option<SetQualifier>,
    /// The comparison.
    pub operator: Operator,
    /// True if it holds when the request does not have the key (`…IfExists`).
    pub if_exists: bool,
    /// The condition key, such as `aws:SourceIp`.
    pub key: String,
    /// The values to compare with.
    pub values: Vec<String>,
}

/// The comparison of a key with several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetQualifier {
    /// Each of the request's values must match; also true if the request has none.
    ForAllValues,
    /// One of the request's values must match.
    ForAnyValue,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the policy language")]
pub enum Operator {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnLike,
    ArnNotEquals,
    ArnNotLike,
    Null,
}

/// All operators by name, without prefix and suffix.
const OPERATORS: [(&str, Operator); 27] = [
    ("StringEquals", Operator::StringEquals),
    ("StringNotEquals", Operator::StringNotEquals),
    ("StringEqualsIgnoreCase", Operator::StringEqualsIgnoreCase),
    (
        "StringNotEqualsIgnoreCase",
        Operator::StringNotEqualsIgnoreCase,
    ),
    ("StringLike", Operator::StringLike),
    ("StringNotLike", Operator::StringNotLike),
    ("NumericEquals", Operator::NumericEquals),
    ("NumericNotEquals", Operator::NumericNotEquals),
    ("NumericLessThan", Operator::NumericLessThan),
    ("NumericLessThanEquals", Operator::NumericLessThanEquals),
    ("NumericGreaterThan", Operator::NumericGreaterThan),
    (
        "NumericGreaterThanEquals",
        Operator::NumericGreaterThanEquals,
    ),
    ("DateEquals", Operator::DateEquals),
    ("DateNotEquals", Operator::DateNotEquals),
    ("DateLessThan", Operator::DateLessThan),
    ("DateLessThanEquals", Operator::DateLessThanEquals),
    ("DateGreaterThan", Operator::DateGreaterThan),
    ("DateGreaterThanEquals", Operator::DateGreaterThanEquals),
    ("Bool", Operator::Bool),
    ("BinaryEquals", Operator::BinaryEquals),
    ("IpAddress", Operator::IpAddress),
    ("NotIpAddress", Operator::NotIpAddress),
    ("ArnEquals", Operator::ArnEquals),
    ("ArnLike", Operator::ArnLike),
    ("ArnNotEquals", Operator::ArnNotEquals),
    ("ArnNotLike", Operator::ArnNotLike),
    ("Null", Operator::Null),
];

impl Operator {
    /// The operator with this name; case-insensitive.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let found = OPERATORS
            .iter()
            .find(|(each, _)| each.eq_ignore_ascii_case(name))?;
        Some(found.1)
    }

    /// The comparison without its "not", and true if it had one.
    fn positive(self) -> (Self, bool) {
        match self {
            Self::StringNotEquals => (Self::StringEquals, true),
            Self::StringNotEqualsIgnoreCase => (Self::StringEqualsIgnoreCase, true),
            Self::StringNotLike => (Self::StringLike, true),
            Self::NumericNotEquals => (Self::NumericEquals, true),
            Self::DateNotEquals => (Self::DateEquals, true),
            Self::NotIpAddress => (Self::IpAddress, true),
            Self::ArnNotEquals => (Self::ArnEquals, true),
            Self::ArnNotLike => (Self::ArnLike, true),
            other => (other, false),
        }
    }

    /// True if the request's value matches the policy's. An unreadable value matches nothing.
    fn compare(self, given: &str, wanted: &str) -> bool {
        let numbers = || Some((given.parse::<f64>().ok()?, wanted.parse::<f64>().ok()?));
        let dates = || Some((date(given)?, date(wanted)?));
        match self {
            Self::StringEquals | Self::BinaryEquals => given == wanted,
            Self::StringEqualsIgnoreCase | Self::Bool => given.eq_ignore_ascii_case(wanted),
            Self::StringLike => wildcard::matches(wanted, given),
            Self::NumericEquals => numbers().is_some_and(|(a, b)| a == b),
            Self::NumericLessThan => numbers().is_some_and(|(a, b)| a < b),
            Self::NumericLessThanEquals => numbers().is_some_and(|(a, b)| a <= b),
            Self::NumericGreaterThan => numbers().is_some_and(|(a, b)| a > b),
            Self::NumericGreaterThanEquals => numbers().is_some_and(|(a, b)| a >= b),
            Self::DateEquals => dates().is_some_and(|(a, b)| a == b),
            Self::DateLessThan => dates().is_some_and(|(a, b)| a < b),
            Self::DateLessThanEquals => dates().is_some_and(|(a, b)| a <= b),
            Self::DateGreaterThan => dates().is_some_and(|(a, b)| a > b),
            Self::DateGreaterThanEquals => dates().is_some_and(|(a, b)| a >= b),
            Self::IpAddress => within(given, wanted),
            Self::ArnEquals | Self::ArnLike => pattern::arn(wanted, given),
            // Negated operators are reduced to the others, and Null ignores the values.
            _ => false,
        }
    }
}

/// Parses seconds since 1970 or a date-time of RFC 3339 to milliseconds.
fn date(text: &str) -> Option<u64> {
    match text.parse::<u64>() {
        Ok(seconds) => seconds.checked_mul(1000),
        Err(_) => SimTime::parse_rfc3339(text)
            .or_else(|| SimTime::parse_rfc3339(&format!("{text}T00:00:00Z")))
            .map(SimTime::unix_ms),
    }
}

/// True if the address is in the block, or is the address, in the policy.
fn within(given: &str, wanted: &str) -> bool {
    let Ok(address) = given.parse::<IpAddr>() else {
        return false;
    };
    match wanted.parse::<IpNet>() {
        Ok(block) => block.contains(&address),
        Err(_) => wanted
            .parse::<IpAddr>()
            .is_ok_and(|wanted| wanted == address),
    }
}

impl Condition {
    /// True if the condition holds for a request with `context`. `variables` enables the
    /// replacement of `${…}` in the policy's values by context values.
    #[must_use]
    pub fn holds(&self, context: &Keys, variables: bool) -> bool {
        let given = context.get(&self.key);
        if self.operator == Operator::Null {
            let absent = given.is_none();
            return self
                .values
                .iter()
                .any(|value| value.eq_ignore_ascii_case("true") == absent);
        }
        let (operator, negated) = self.operator.positive();
        let Some(given) = given else {
            return self.if_exists
                || self.qualifier == Some(SetQualifier::ForAllValues)
                || (negated && self.qualifier.is_none());
        };
        let wanted: Vec<String> = self
            .values
            .iter()
            .filter_map(|value| context.expand(value, variables))
            .collect();
        let matches =
            |value: &String| wanted.iter().any(|each| operator.compare(value, each)) != negated;
        match self.qualifier {
            Some(SetQualifier::ForAllValues) => given.iter().all(matches),
            Some(SetQualifier::ForAnyValue) => given.iter().any(matches),
            // A negated operator with several values holds if none of them matches.
            None if negated => given.iter().all(matches),
            None => given.iter().any(matches),
        }
    }
}

/// The values of the condition keys of one request. Names are case-insensitive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(BTreeMap<String, Vec<String>>);

impl Keys {
    /// The keys that the members of a request set, by a table of members and keys.
    #[must_use]
    pub(crate) fn of_members(table: &[(&str, &str)], params: &Value) -> Self {
        let mut keys = Self::default();
        for (member, key) in table {
            if let Some(value) = params::text(params, member) {
                keys.set(key, value);
            }
        }
        keys
    }

    /// Sets a key with one value.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_ascii_lowercase(), vec![value.into()]);
    }

    /// Sets a key with several values; an empty list leaves the key absent.
    pub fn set_all(&mut self, key: &str, values: Vec<String>) {
        if !values.is_empty() {
            self.0.insert(key.to_ascii_lowercase(), values);
        }
    }

    /// Sets `prefix/k` for each tag.
    pub fn set_tags(&mut self, prefix: &str, tags: &BTreeMap<String, String>) {
        for (key, value) in tags {
            self.set(&format!("{prefix}/{key}"), value.clone());
        }
    }

    /// The values of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }

    /// The names of all keys that have a value, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Replaces `${key}` and `${key, 'default'}`; `None` if a key does not have exactly one value
    /// and there is no default. `${*}`, `${?}` and `${$}` mean the characters themselves.
    #[must_use]
    pub fn expand(&self, text: &str, variables: bool) -> Option<String> {
        if !variables || !text.contains("${") {
            return Some(text.to_owned());
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, tail)) = after.split_once('}') else {
                break;
            };
            out.push_str(before);
            let (name, default) = match name.split_once(',') {
                Some((name, default)) => (name.trim(), Some(default.trim().trim_matches('\''))),
                None => (name.trim(), None),
            };
            match (name, self.get(name), default) {
                ("*" | "?" | "$", _, _) => out.push_str(name),
                (_, Some([value]), _) => out.push_str(value),
                (_, None, Some(default)) => out.push_str(default),
                _ => return None,
            }
            rest = tail;
        }
        out.push_str(rest);
        Some(out)
    }
}

/// The caller's request besides action and resource. The evaluator adds the keys for the principal,
/// the time and the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The source address of the call: `aws:SourceIp`.
    pub source_ip: IpAddr,
    /// The called region: `aws:RequestedRegion`.
    pub region: String,
    /// The instant of the call: `aws:CurrentTime`, `aws:EpochTime`.
    pub now: SimTime,
    /// Tags in the request: `aws:RequestTag/k`, and their keys in `aws:TagKeys`.
    pub request_tags: BTreeMap<String, String>,
    /// Keys of tags that the request removes: also in `aws:TagKeys`.
    pub untag_keys: BTreeSet<String>,
    /// Tags of existing resources, by ARN: `aws:ResourceTag/k`.
    pub resource_tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Service-specific keys: `iam:PassedToService`, `ec2:InstanceType`, …
    pub service_keys: Keys,
}

impl Context {
    /// A context without tags.
    #[must_use]
    pub fn new(source_ip: IpAddr, region: &str, now: SimTime) -> Self {
        Self {
            source_ip,
            region: region.to_owned(),
            now,
            request_tags: BTreeMap::new(),
            untag_keys: BTreeSet::new(),
            resource_tags: BTreeMap::new(),
            service_keys: Keys::default(),
        }
    }

    /// The keys for one resource, without the principal's.
    #[must_use]
    pub(super) fn keys(&self, resource: &str) -> Keys {
        let mut keys = self.service_keys.clone();
        keys.set("aws:SourceIp", self.source_ip.to_string());
        keys.set("aws:RequestedRegion", self.region.clone());
        keys.set("aws:CurrentTime", self.now.to_string());
        keys.set("aws:EpochTime", self.now.unix_seconds().to_string());
        keys.set("aws:SecureTransport", "true");
        keys.set("aws:ViaAWSService", "false");
        keys.set_tags("aws:RequestTag", &self.request_tags);
        let tag_keys = self.request_tags.keys().chain(&self.untag_keys);
        keys.set_all("aws:TagKeys", tag_keys.cloned().collect());
        if let Some(tags) = self.resource_tags.get(resource) {
            keys.set_tags("aws:ResourceTag", tags);
            keys.set_tags("ec2:ResourceTag", tags);
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: &str, key: &str, values: &[&str]) -> bool {
        let mut keys = Keys::default();
        keys.set("aws:SourceIp", "203.0.113.5");
        keys.set("aws:username", "alice");
        keys.set("aws:EpochTime", "1795516927");
        keys.set("aws:SecureTransport", "true");
        keys.set("aws:PrincipalArn", "arn:aws:iam::111122223333:user/alice");
        keys.set_all("aws:TagKeys", vec!["team".into(), "env".into()]);
        let (qualifier, rest) = match operator.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(SetQualifier::ForAllValues), rest),
            Some((_, rest)) => (Some(SetQualifier::ForAnyValue), rest),
            None => (None, operator),
        };
        let (name, if_exists) = rest
            .strip_suffix("IfExists")
            .map_or((rest, false), |name| (name, true));
        Condition {
            qualifier,
            operator: Operator::from_name(name).unwrap(),
            if_exists,
            key: key.into(),
            values: values.iter().map(|each| (*each).to_owned()).collect(),
        }
        .holds(&keys, true)
    }

    #[test]
    fn table() {
        let table: &[(&str, &str, &[&str], bool)] = &[
            ("StringEquals", "AWS:UserName", &["alice"], true),
            ("StringEquals", "aws:username", &["Alice"], false),
            ("StringEqualsIgnoreCase", "aws:username", &["Alice"], true),
            ("StringNotEquals", "aws:username", &["bob", "carol"], true),
            ("StringNotEquals", "aws:username", &["bob", "alice"], false),
            ("StringLike", "aws:username", &["al*"], true),
            ("StringEquals", "aws:username", &["${aws:username}"], true),
            ("StringEquals", "aws:username", &["${aws:nothing}"], false),
            ("StringEquals", "aws:ResourceTag/team", &["a"], false),
            ("StringNotEquals", "aws:ResourceTag/team", &["a"], true),
            ("StringEqualsIfExists", "aws:ResourceTag/team", &["a"], true),
            ("Null", "aws:ResourceTag/team", &["true"], true),
            ("Null", "aws:username", &["true"], false),
            ("Null", "aws:username", &["false"], true),
            ("IpAddress", "aws:SourceIp", &["203.0.113.0/24"], true),
            ("IpAddress", "aws:SourceIp", &["203.0.113.5"], true),
            ("IpAddress", "aws:SourceIp", &["10.0.0.0/8"], false),
            ("NotIpAddress", "aws:SourceIp", &["10.0.0.0/8"], true),
            ("Bool", "aws:SecureTransport", &["True"], true),
            ("Bool", "aws:MultiFactorAuthPresent", &["false"], false),
            (
                "BoolIfExists",
                "aws:MultiFactorAuthPresent",
                &["false"],
                true,
            ),
            ("NumericLessThan", "aws:EpochTime", &["1795516928"], true),
            (
                "NumericGreaterThanEquals",
                "aws:EpochTime",
                &["1795516928"],
                false,
            ),
            (
                "DateLessThan",
                "aws:EpochTime",
                &["2026-11-25T00:00:00Z"],
                true,
            ),
            ("DateLessThan", "aws:EpochTime", &["2026-11-24"], false),
            (
                "ArnLike",
                "aws:PrincipalArn",
                &["arn:aws:iam::*:user/a*"],
                true,
            ),
            (
                "ArnNotLike",
                "aws:PrincipalArn",
                &["arn:aws:iam::*:role/*"],
                true,
            ),
            (
                "ForAllValues:StringEquals",
                "aws:TagKeys",
                &["team", "env", "x"],
                true,
            ),
            ("ForAllValues:StringEquals", "aws:TagKeys", &["team"], false),
            ("ForAllValues:StringEquals", "aws:Absent", &["team"], true),
            ("ForAnyValue:StringEquals", "aws:TagKeys", &["team"], true),
            ("ForAnyValue:StringEquals", "aws:Absent", &["team"], false),
            (
                "ForAnyValue:StringNotEquals",
                "aws:TagKeys",
                &["team"],
                true,
            ),
        ];
        for (operator, key, values, expected) in table {
            assert_eq!(
                holds(operator, key, values),
                *expected,
                "{operator} {key} {values:?}"
            );
        }
    }
}
