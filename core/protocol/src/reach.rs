//! The answer to "can A reach B on port P", hop by hop.

use serde::{Deserialize, Serialize};

/// The answer to "can A reach B": the whole way, hop by hop, in the order in which a packet meets
/// them, up to and with the hop that refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The hops; all of them allow but, where `reachable` is false, the last.
    pub hops: Vec<Hop>,
    /// Whether the connection can be made, replies and all.
    pub reachable: bool,
}

/// One thing on the way that lets a packet pass or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// What stands here.
    pub kind: HopKind,
    /// The id of what stands here: `sg-…`, `acl-…`, `rtb-…`, `eni-…`, `igw-…`.
    pub id: String,
    /// The interface whose traffic this is, where there is one (for the diagram).
    pub interface: Option<String>,
    /// Whether it lets the packet pass.
    pub allows: bool,
    /// The rule that allowed it, or the lack that refused it, in a sentence.
    pub why: String,
    /// The Reachability Analyzer's explanation code for a refusal, as `ENI_SG_RULES_MISMATCH`.
    pub code: Option<String>,
}

/// What stands at a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HopKind {
    /// Where the connection begins.
    Source,
    /// The outbound rules of an interface's security groups.
    SecurityGroupEgress,
    /// The inbound rules of an interface's security groups.
    SecurityGroupIngress,
    /// A subnet's network ACL, outbound.
    NetworkAclEgress,
    /// A subnet's network ACL, inbound.
    NetworkAclIngress,
    /// A route table.
    Route,
    /// An internet gateway.
    InternetGateway,
    /// Where the connection ends: whether the thing is there, runs and listens.
    Destination,
}

impl Reach {
    /// The hop that refuses.
    #[must_use]
    pub fn refusal(&self) -> Option<&Hop> {
        self.hops.last().filter(|hop| !hop.allows)
    }

    /// Whether the other end answers that nothing listens ("connection refused"). Any other refusal
    /// is silent: the caller waits until its time is out.
    #[must_use]
    pub fn is_connection_refused(&self) -> bool {
        self.refusal()
            .is_some_and(|hop| hop.kind == HopKind::Destination && hop.code.is_none())
    }
}
