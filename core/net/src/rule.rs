//! The content of a security group's rule: protocol, ports, and the other end.

use std::fmt;

use ipnet::{Ipv4Net, Ipv6Net};

/// The direction of packets, seen from the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Into the interface.
    Ingress,
    /// Out of the interface.
    Egress,
}

/// The traffic that a rule allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSpec {
    /// The protocol.
    pub protocol: Protocol,
    /// TCP and UDP ports, or ICMP type and code; `None` means all.
    pub ports: Option<PortRange>,
    /// The other end.
    pub peer: Peer,
    /// Its description.
    pub description: Option<String>,
}

/// A range of ports, both ends included; for ICMP the type and the code, -1 for all.
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

/// The other end of a rule.
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

    /// The number as network ACLs show it: `-1` means all.
    #[must_use]
    pub fn number(self) -> String {
        self.0
            .map_or_else(|| "-1".to_owned(), |number| number.to_string())
    }

    /// True if rules of this protocol have ports.
    #[must_use]
    pub fn has_ports(self) -> bool {
        self == Self::TCP || self == Self::UDP
    }

    /// True if rules of this protocol have a type and a code.
    #[must_use]
    pub fn is_icmp(self) -> bool {
        self == Self::ICMP || self == Self::ICMPV6
    }

    /// True if a rule of this protocol covers packets of `other`.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self == Self::ALL || self == other
    }
}

impl fmt::Display for Protocol {
    /// Formats the name as security groups show it: `tcp`, `udp`, `icmp`, `icmpv6`, otherwise the number.
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

    /// True if `port` is in the range.
    #[must_use]
    pub fn contains(self, port: u16) -> bool {
        (self.from..=self.to).contains(&i32::from(port))
    }
}

impl fmt::Display for PortRange {
    /// Formats the range: `2223-2225`, or `22` for one port.
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
    /// Allows all IPv4 traffic in one direction: the outbound rule of every new group.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            protocol: Protocol::ALL,
            ports: None,
            peer: Peer::Ipv4(Ipv4Net::default()),
            description: None,
        }
    }

    /// Allows TCP on a range of ports.
    #[must_use]
    pub fn tcp(from: u16, to: u16, peer: Peer) -> Self {
        Self {
            protocol: Protocol::TCP,
            ports: Some(PortRange::new(from, to)),
            peer,
            description: None,
        }
    }

    /// True if two rules allow the same traffic, whatever their descriptions.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.protocol == other.protocol && self.ports == other.ports && self.peer == other.peer
    }

    /// True if the rule covers packets of `protocol` on `port`, from any source.
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
