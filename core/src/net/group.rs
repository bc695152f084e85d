//! Security groups: stateful allow rules of interfaces.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use ipnet::{Ipv4Net, Ipv6Net};

use super::error::{Kind, NetError, Quota};
use super::{Network, limits};
use crate::sim::ids::Ids;

/// A security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    /// As `sg-…`.
    pub id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// Its name, unique in the VPC.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The rules of both directions, by id.
    pub rules: BTreeMap<String, SecurityGroupRule>,
}

/// A rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroupRule {
    /// As `sgr-…`.
    pub id: String,
    /// Outbound, else inbound.
    pub egress: bool,
    /// What it allows.
    pub spec: RuleSpec,
    /// Its place in the order in which the group got its rules.
    pub sequence: u64,
}

/// Which way packets go, seen from the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Into the interface.
    Ingress,
    /// Out of the interface.
    Egress,
}

/// What a rule allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSpec {
    /// The protocol.
    pub protocol: Protocol,
    /// TCP and UDP ports, or ICMP type and code; `None` is all.
    pub ports: Option<PortRange>,
    /// From whom or to whom.
    pub peer: Peer,
    /// What it is for.
    pub description: Option<String>,
}

/// A range of ports, both ends included; with ICMP the type and the code, -1 for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortRange {
    /// The first port, or the ICMP type.
    pub from: i32,
    /// The last port, or the ICMP code.
    pub to: i32,
}

/// An IP protocol number (IANA "Protocol Numbers"), or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Protocol(Option<u8>);

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// IPv4 addresses.
    Ipv4(Ipv4Net),
    /// IPv6 addresses.
    Ipv6(Ipv6Net),
    /// The private addresses of interfaces that carry a group, by group id.
    Group(String),
    /// The addresses of a prefix list, by id.
    PrefixList(String),
}

impl Protocol {
    /// Every protocol.
    pub const ALL: Self = Self(None);
    /// TCP.
    pub const TCP: Self = Self(Some(6));
    /// UDP.
    pub const UDP: Self = Self(Some(17));
    /// ICMP.
    pub const ICMP: Self = Self(Some(1));
    /// ICMP for IPv6.
    pub const ICMPV6: Self = Self(Some(58));

    /// Reads `tcp`, `udp`, `icmp`, `icmpv6`, `all`, `-1` or a number from 0 to 255.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "-1" | "all" => Self::ALL,
            "tcp" => Self::TCP,
            "udp" => Self::UDP,
            "icmp" => Self::ICMP,
            "icmpv6" => Self::ICMPV6,
            number => Self(Some(number.parse().ok()?)),
        })
    }

    /// The number as network ACLs show it: `-1` is all.
    #[must_use]
    pub fn number(self) -> String {
        self.0
            .map_or_else(|| "-1".to_owned(), |number| number.to_string())
    }

    /// Whether rules of this protocol have ports.
    #[must_use]
    pub fn has_ports(self) -> bool {
        self == Self::TCP || self == Self::UDP
    }

    /// Whether rules of this protocol have a type and a code.
    #[must_use]
    pub fn is_icmp(self) -> bool {
        self == Self::ICMP || self == Self::ICMPV6
    }

    /// Whether a rule of this protocol covers packets of `other`.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self == Self::ALL || self == other
    }
}

impl fmt::Display for Protocol {
    /// The name as security groups show it: `tcp`, `udp`, `icmp`, `icmpv6`, else the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TCP => f.write_str("tcp"),
            Self::UDP => f.write_str("udp"),
            Self::ICMP => f.write_str("icmp"),
            Self::ICMPV6 => f.write_str("icmpv6"),
            other => f.write_str(&other.number()),
        }
    }
}

impl PortRange {
    /// The ports from `from` to `to`.
    #[must_use]
    pub fn new(from: u16, to: u16) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
        }
    }

    /// Whether `port` is in the range.
    #[must_use]
    pub fn contains(self, port: u16) -> bool {
        (self.from..=self.to).contains(&i32::from(port))
    }
}

impl fmt::Display for PortRange {
    /// `2223-2225`, or `22` for one port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            write!(f, "{}", self.from)
        } else {
            write!(f, "{}-{}", self.from, self.to)
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipv4(net) => write!(f, "{net}"),
            Self::Ipv6(net) => write!(f, "{net}"),
            Self::Group(id) | Self::PrefixList(id) => f.write_str(id),
        }
    }
}

impl RuleSpec {
    /// Everything to or from anywhere in IPv4: the outbound rule of every new group.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            protocol: Protocol::ALL,
            ports: None,
            peer: Peer::Ipv4(Ipv4Net::default()),
            description: None,
        }
    }

    /// TCP on a range of ports.
    #[must_use]
    pub fn tcp(from: u16, to: u16, peer: Peer) -> Self {
        Self {
            protocol: Protocol::TCP,
            ports: Some(PortRange::new(from, to)),
            peer,
            description: None,
        }
    }

    /// Whether two rules allow the same, whatever they are for.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.protocol == other.protocol && self.ports == other.ports && self.peer == other.peer
    }

    /// Whether packets of `protocol` on `port` are covered, from whomever.
    #[must_use]
    pub fn covers(&self, protocol: Protocol, port: u16) -> bool {
        self.protocol.covers(protocol) && self.ports.is_none_or(|ports| ports.contains(port))
    }

    /// The rule in the words of EC2's `InvalidPermission.Duplicate`:
    /// `peer: 203.0.113.5/32, TCP, from port: 22, to port: 22, ALLOW`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let protocol = if self.protocol == Protocol::ALL {
            "ALL".to_owned()
        } else {
            self.protocol.to_string().to_uppercase()
        };
        let ports = match self.ports {
            Some(ports) if self.protocol.is_icmp() => {
                format!(", type: {}, code: {}", ports.from, ports.to)
            }
            Some(ports) => format!(", from port: {}, to port: {}", ports.from, ports.to),
            None => String::new(),
        };
        format!("peer: {}, {protocol}{ports}, ALLOW", self.peer)
    }

    /// The rule in plain words: `TCP 2223-2225 from sg-…`.
    #[must_use]
    pub fn plainly(&self, direction: Direction) -> String {
        let what = match (self.protocol, self.ports) {
            (Protocol::ALL, _) => "all traffic".to_owned(),
            (protocol, None) => format!("all {}", protocol.to_string().to_uppercase()),
            (protocol, Some(ports)) => {
                format!("{} {ports}", protocol.to_string().to_uppercase())
            }
        };
        let way = if direction == Direction::Egress {
            "to"
        } else {
            "from"
        };
        format!("{what} {way} {}", self.peer)
    }
}

impl SecurityGroup {
    /// The rules of one direction in the order in which the group got them.
    #[must_use]
    pub fn rules(&self, direction: Direction) -> Vec<&SecurityGroupRule> {
        let egress = direction == Direction::Egress;
        let mut rules: Vec<_> = self
            .rules
            .values()
            .filter(|rule| rule.egress == egress)
            .collect();
        rules.sort_by_key(|rule| rule.sequence);
        rules
    }

    /// Whether a rule names the group `id`.
    #[must_use]
    pub fn refers_to(&self, id: &str) -> bool {
        self.rules
            .values()
            .any(|rule| matches!(&rule.spec.peer, Peer::Group(peer) if peer == id))
    }
}

impl Network {
    /// Makes a security group with the one outbound rule that allows everything.
    ///
    /// # Errors
    /// The VPC is unknown, the name is taken, or the quota.
    pub fn create_security_group(
        &mut self,
        ids: &mut Ids,
        vpc_id: &str,
        name: &str,
        description: &str,
    ) -> Result<String, NetError> {
        if !self.vpcs.contains_key(vpc_id) {
            return Err(NetError::not_found(Kind::Vpc, vpc_id));
        }
        if self
            .security_groups
            .values()
            .any(|g| g.vpc_id == vpc_id && g.name == name)
        {
            return Err(NetError::GroupNameTaken {
                name: name.to_owned(),
                vpc: vpc_id.to_owned(),
            });
        }
        if self.security_groups.len() >= limits::SECURITY_GROUPS {
            return Err(NetError::QuotaReached(Quota::SecurityGroups));
        }
        let id = ids.ec2("sg");
        self.insert_group(&id, vpc_id, name, description);
        self.insert_rule(ids, &id, true, RuleSpec::everything());
        Ok(id)
    }

    pub(super) fn insert_group(&mut self, id: &str, vpc_id: &str, name: &str, description: &str) {
        let group = SecurityGroup {
            id: id.to_owned(),
            vpc_id: vpc_id.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            rules: BTreeMap::new(),
        };
        self.security_groups.insert(id.to_owned(), group);
    }

    pub(super) fn insert_rule(
        &mut self,
        ids: &mut Ids,
        group: &str,
        egress: bool,
        spec: RuleSpec,
    ) -> String {
        let id = ids.ec2("sgr");
        self.rule_sequence += 1;
        let sequence = self.rule_sequence;
        if let Some(group) = self.security_groups.get_mut(group) {
            let rule = SecurityGroupRule {
                id: id.clone(),
                egress,
                spec,
                sequence,
            };
            group.rules.insert(id.clone(), rule);
        }
        id
    }

    /// Checks that rules could be added to a group: all of them, or none is added.
    ///
    /// # Errors
    /// The group, a group or prefix list that a rule names is unknown, a rule is there, or the quota.
    pub fn check_authorize(
        &self,
        group: &str,
        direction: Direction,
        specs: &[RuleSpec],
    ) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::SecurityGroup, group);
        let own = self.security_groups.get(group).ok_or_else(unknown)?;
        let rules = own.rules(direction);
        for spec in specs {
            self.check_peer(&spec.peer)?;
            if rules.iter().any(|rule| rule.spec.same_as(spec)) {
                return Err(NetError::RuleExists(spec.in_words()));
            }
        }
        if rules.len() + specs.len() > limits::RULES_PER_SECURITY_GROUP {
            return Err(NetError::QuotaReached(Quota::RulesPerSecurityGroup));
        }
        Ok(())
    }

    fn check_peer(&self, peer: &Peer) -> Result<(), NetError> {
        match peer {
            Peer::Group(id) if !self.security_groups.contains_key(id) => {
                Err(NetError::not_found(Kind::SecurityGroup, id))
            }
            Peer::PrefixList(id) if !self.prefix_lists.contains_key(id) => {
                Err(NetError::not_found(Kind::PrefixList, id))
            }
            _ => Ok(()),
        }
    }

    /// Adds a rule; gives its id.
    ///
    /// # Errors
    /// As [`Network::check_authorize`].
    pub fn authorize(
        &mut self,
        ids: &mut Ids,
        group: &str,
        direction: Direction,
        spec: RuleSpec,
    ) -> Result<String, NetError> {
        self.check_authorize(group, direction, std::slice::from_ref(&spec))?;
        Ok(self.insert_rule(ids, group, direction == Direction::Egress, spec))
    }

    /// Takes a rule away by its id; gives it.
    ///
    /// # Errors
    /// The group or the rule is unknown.
    pub fn revoke(&mut self, group: &str, rule_id: &str) -> Result<SecurityGroupRule, NetError> {
        let unknown = || NetError::not_found(Kind::SecurityGroup, group);
        let own = self.security_groups.get_mut(group).ok_or_else(unknown)?;
        own.rules
            .remove(rule_id)
            .ok_or_else(|| NetError::not_found(Kind::SecurityGroupRule, rule_id))
    }

    /// Takes the outbound rule away that every new group has; nothing happens where it is gone.
    ///
    /// # Errors
    /// The group is unknown.
    pub fn revoke_default_egress(&mut self, group: &str) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::SecurityGroup, group);
        let own = self.security_groups.get_mut(group).ok_or_else(unknown)?;
        let everything = RuleSpec::everything();
        own.rules
            .retain(|_, rule| !(rule.egress && rule.spec.same_as(&everything)));
        Ok(())
    }

    /// Changes what a rule says.
    ///
    /// # Errors
    /// The group, the rule or the peer is unknown, or another rule says the same.
    pub fn change_rule(
        &mut self,
        group: &str,
        rule_id: &str,
        spec: RuleSpec,
    ) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::SecurityGroup, group);
        let own = self.security_groups.get(group).ok_or_else(unknown)?;
        let unknown = || NetError::not_found(Kind::SecurityGroupRule, rule_id);
        let egress = own.rules.get(rule_id).ok_or_else(unknown)?.egress;
        self.check_peer(&spec.peer)?;
        let twin = |rule: &SecurityGroupRule| {
            rule.id != rule_id && rule.egress == egress && rule.spec.same_as(&spec)
        };
        if own.rules.values().any(twin) {
            return Err(NetError::RuleExists(spec.in_words()));
        }
        let rule = self
            .security_groups
            .get_mut(group)
            .and_then(|g| g.rules.get_mut(rule_id));
        if let Some(rule) = rule {
            rule.spec = spec;
        }
        Ok(())
    }

    /// Deletes a group.
    ///
    /// # Errors
    /// It is unknown, the VPC's default, carried by an interface, or named by another group's rule.
    pub fn delete_security_group(&mut self, id: &str) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::SecurityGroup, id);
        let group = self.security_groups.get(id).ok_or_else(unknown)?;
        if self
            .vpcs
            .get(&group.vpc_id)
            .is_some_and(|vpc| vpc.default_group == id)
        {
            return Err(NetError::DefaultGroup(id.to_owned()));
        }
        let carrier = self
            .interfaces
            .values()
            .find(|i| i.groups.iter().any(|g| g == id));
        let user = carrier.map(|i| &i.id).or_else(|| {
            let mut others = self.security_groups.values().filter(|other| other.id != id);
            others
                .find(|other| other.refers_to(id))
                .map(|other| &other.id)
        });
        if let Some(by) = user {
            return Err(NetError::InUse {
                kind: Kind::SecurityGroup,
                id: id.to_owned(),
                by: Some(by.clone()),
            });
        }
        self.security_groups.remove(id);
        Ok(())
    }

    /// Whether a rule's peer includes the address `other`, which is `interface`'s private address
    /// where an interface of this network stands at the other end.
    pub(super) fn peer_includes(
        &self,
        peer: &Peer,
        other: IpAddr,
        interface: Option<&str>,
    ) -> bool {
        match (peer, other) {
            (Peer::Ipv4(net), IpAddr::V4(address)) => net.contains(&address),
            (Peer::Ipv6(net), IpAddr::V6(address)) => net.contains(&address),
            (Peer::Group(group), _) => {
                let carrier = interface.and_then(|id| self.interfaces.get(id));
                carrier.is_some_and(|i| i.groups.contains(group) && i.has_private(other))
            }
            (Peer::PrefixList(id), _) => {
                let list = self.prefix_lists.get(id);
                list.is_some_and(|list| {
                    list.entries.iter().any(|entry| entry.cidr.contains(&other))
                })
            }
            _ => false,
        }
    }
}
