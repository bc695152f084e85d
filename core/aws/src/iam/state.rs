//! IAM's state: users, groups, roles, policies, keys, instance profiles, sessions.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::Document;
use hsmlab_sim::SimTime;

/// Tags sorted by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// The policies on a user, group or role.
#[derive(Clone, Debug, Default)]
pub(super) struct Grants {
    /// ARNs of managed policies.
    pub(super) attached: BTreeSet<String>,
    /// Inline policies by name.
    pub(super) inline: BTreeMap<String, Document>,
}

/// An IAM user.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) id: String,
    pub(super) created: SimTime,
    pub(super) tags: Tags,
    pub(super) grants: Grants,
    pub(super) boundary: Option<String>,
    pub(super) groups: BTreeSet<String>,
}

/// A group of users.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) id: String,
    pub(super) created: SimTime,
    pub(super) grants: Grants,
}

/// A role.
#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) id: String,
    pub(super) created: SimTime,
    pub(super) tags: Tags,
    pub(super) grants: Grants,
    pub(super) boundary: Option<String>,
    pub(super) trust: Document,
    pub(super) description: Option<String>,
    pub(super) max_session_seconds: u64,
    pub(super) last_used: Option<(SimTime, String)>,
}

/// A managed policy.
#[derive(Clone, Debug)]
pub(super) struct ManagedPolicy {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) arn: String,
    pub(super) id: String,
    pub(super) description: Option<String>,
    pub(super) created: SimTime,
    pub(super) updated: SimTime,
    pub(super) tags: Tags,
    /// Versions by number: 1 is `v1`.
    pub(super) versions: BTreeMap<u32, PolicyVersion>,
    pub(super) default_version: u32,
    pub(super) next_version: u32,
}

/// One version of a managed policy.
#[derive(Clone, Debug)]
pub(super) struct PolicyVersion {
    pub(super) document: Document,
    pub(super) created: SimTime,
}

/// A long-lived access key of a user.
#[derive(Clone, Debug)]
pub(super) struct AccessKey {
    pub(super) user: String,
    pub(super) active: bool,
    pub(super) created: SimTime,
}

/// An instance profile: it holds a role for EC2 instances.
#[derive(Clone, Debug)]
pub(super) struct InstanceProfile {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) id: String,
    pub(super) created: SimTime,
    pub(super) tags: Tags,
    pub(super) role: Option<String>,
}

/// Temporary credentials.
#[derive(Clone, Debug)]
pub(super) enum Session {
    /// The console session of a user, for `CloudShell`.
    Console { user: String },
    /// A session of `sts assume-role`.
    Role {
        role: String,
        name: String,
        expires: SimTime,
        policies: Vec<Document>,
    },
}

impl ManagedPolicy {
    /// The document of the default version.
    pub(super) fn document(&self) -> Option<&Document> {
        self.versions
            .get(&self.default_version)
            .map(|version| &version.document)
    }
}

/// The ARN of an entity of this account: `arn:aws:iam::111122223333:user/path/name`.
pub(super) fn arn(kind: &str, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{}:{kind}{path}{name}", hsmlab_api::ACCOUNT_ID)
}

impl User {
    pub(super) fn arn(&self) -> String {
        arn("user", &self.path, &self.name)
    }
}

impl Group {
    pub(super) fn arn(&self) -> String {
        arn("group", &self.path, &self.name)
    }
}

impl Role {
    pub(super) fn arn(&self) -> String {
        arn("role", &self.path, &self.name)
    }
}

impl InstanceProfile {
    pub(super) fn arn(&self) -> String {
        arn("instance-profile", &self.path, &self.name)
    }
}
