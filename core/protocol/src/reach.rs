//! The answer to "can A reach B on port P", hop by hop.

use serde::{Deserialize, Serialize};

/// The answer to "can A reach B": the path hop by hop, in the order in which a packet meets the hops,
/// up to and including the hop that refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The hops. All allow the packet, except the last one if `reachable` is false.
    pub hops: Vec<Hop>,
    /// True if the connection can be made, replies included.
    pub reachable: bool,
}

/// One component on the path that allows or refuses a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The kind of component.
    pub kind: HopKind,
    /// The id of the component: `sg-…`, `acl-…`, `rtb-…`, `eni-…`, `igw-…`.
    pub id: String,
    /// The interface whose traffic this is, if there is one (for the diagram).
    pub interface: Option<String>,
    /// True if it allows the packet.
    pub allows: bool,
    /// A sentence with the rule that allowed it, or the missing rule that refused it.
    pub why: String,
    /// The Reachability Analyzer's explanation code for a refusal, for example `ENI_SG_RULES_MISMATCH`.
    pub code: Option<String>,
}

/// The kind of a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HopKind {
    /// The start of the connection.
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
    /// The end of the connection: does the target exist, run and listen?
    Destination,
}

impl Reach {
    /// The hop that refuses.
    #[must_use]
    pub fn refusal(&self) -> Option<&Hop> {
        self.hops.last().filter(|hop| !hop.allows)
    }

    /// True if the other end answers that nothing listens ("connection refused"). Any other refusal is
    /// silent: the caller waits until it times out.
    #[must_use]
    pub fn is_connection_refused(&self) -> bool {
        self.refusal()
            .is_some_and(|hop| hop.kind == HopKind::Destination && hop.code.is_none())
    }
}
