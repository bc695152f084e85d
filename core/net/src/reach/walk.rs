//! The walk along a packet's path.

use std::net::IpAddr;

use crate::route::{Hit, Target};
use crate::rule::{PortRange, Protocol};
use hsmlab_protocol::{Hop, HopKind};

use crate::{Direction, Endpoint, Interface, Network, NetworkAcl, SecurityGroup, Subnet};

use super::{Detail, Step, Trace};

/// The ports from which Linux opens connections (`ip_local_port_range`): replies go to these.
const EPHEMERAL: PortRange = PortRange {
    from: 32_768,
    to: 60_999,
};

/// The packet's protocol and port.
#[derive(Clone, Copy)]
struct Packet {
    protocol: Protocol,
    port: u16,
}

/// One end of the connection, as seen by the hops.
#[derive(Clone, Copy)]
struct End<'a> {
    /// The address in the packet.
    address: IpAddr,
    /// The interface, if one of this network has this private address.
    interface: Option<&'a Interface>,
}

pub(super) fn trace(
    network: &Network,
    from: &Endpoint,
    to: IpAddr,
    protocol: Protocol,
    port: u16,
) -> Trace {
    let walk = Walk {
        network,
        packet: Packet { protocol, port },
    };
    match from {
        Endpoint::Interface(id) => walk.interface_to(id, to),
        Endpoint::Internet(address) => walk.internet_to(*address, to),
    }
}

struct Walk<'a> {
    network: &'a Network,
    packet: Packet,
}

impl<'a> Walk<'a> {
    fn interface_to(&self, id: &str, to: IpAddr) -> Trace {
        let Some(interface) = self.network.interface(id) else {
            let why = format!("There is no interface {id}.");
            let source = step(HopKind::Source, id, None, why).refused("NO_SOURCE_OR_DESTINATION");
            return ended(source, nowhere(to));
        };
        let subnet = self.network.subnet(&interface.subnet_id);
        let Some(subnet) = subnet else {
            return ended(source_of(interface), nowhere(to));
        };
        let Some(own) = address_like(interface, to) else {
            let why = format!("{id} has no address of the kind of {to}.");
            let source = step(HopKind::Source, id, Some(interface), why).refused("CANNOT_ROUTE");
            return ended(source, nowhere(to));
        };
        let source = End {
            address: own,
            interface: Some(interface),
        };
        let forward = vec![source_of(interface)];
        let vpc = &interface.vpc_id;
        match self.network.interface_by_ip(vpc, to) {
            Some(target) if target.id == interface.id => Trace {
                forward,
                end: destination_of(target, to),
                reply: Vec::new(),
                target: Some(target.id.clone()),
            },
            Some(target) => self.within_vpc(forward, source, subnet, target, to),
            None if self.network.vpc(vpc).is_some_and(|vpc| vpc.contains(to)) => {
                let mut forward = forward;
                let peer = End {
                    address: to,
                    interface: None,
                };
                forward.push(self.groups(interface, Direction::Egress, peer));
                Trace {
                    forward,
                    end: nowhere(to),
                    reply: Vec::new(),
                    target: None,
                }
            }
            None => self.out_of_vpc(forward, source, subnet, to),
        }
    }

    /// Walks between two interfaces of one VPC.
    fn within_vpc(
        &self,
        mut forward: Vec<Step>,
        source: End<'a>,
        subnet: &'a Subnet,
        target: &'a Interface,
        to: IpAddr,
    ) -> Trace {
        let peer = End {
            address: to,
            interface: Some(target),
        };
        let mut reply = Vec::new();
        let target_subnet = self.network.subnet(&target.subnet_id);
        if let Some(interface) = source.interface {
            forward.push(self.groups(interface, Direction::Egress, peer));
        }
        match target_subnet {
            Some(other) if other.id != subnet.id => {
                forward.push(self.acl(subnet, true, to, Leg::Request));
                forward.push(self.route(subnet, to, Some(target)));
                forward.push(self.acl(other, false, source.address, Leg::Request));
                reply.push(self.acl(other, true, source.address, Leg::Reply));
                let back = self.route(other, source.address, source.interface);
                if !back.hop.allows {
                    reply.push(back);
                }
                reply.push(self.acl(subnet, false, to, Leg::Reply));
            }
            // Within a subnet there is no router and no ACL on the path.
            _ => forward.push(self.on_link(subnet, to)),
        }
        forward.push(self.groups(target, Direction::Ingress, source));
        let end = destination_of(target, to);
        Trace {
            forward,
            end,
            reply,
            target: Some(target.id.clone()),
        }
    }

    /// Walks from an interface to an address outside the VPC.
    fn out_of_vpc(
        &self,
        mut forward: Vec<Step>,
        source: End<'a>,
        subnet: &'a Subnet,
        to: IpAddr,
    ) -> Trace {
        let Some(interface) = source.interface else {
            return ended_at(forward, nowhere(to));
        };
        let peer = End {
            address: to,
            interface: None,
        };
        forward.push(self.groups(interface, Direction::Egress, peer));
        forward.push(self.acl(subnet, true, to, Leg::Request));
        let route = self.route(subnet, to, None);
        let leaves = route.hop.allows;
        forward.push(route);
        if !leaves {
            return ended_at(forward, nowhere(to));
        }
        forward.push(self.leave(interface, to));
        let mut back = vec![self.acl(subnet, false, to, Leg::Reply)];
        let Some(target) = self.network.interface_by_public_ip(to) else {
            let why = format!("{to} is on the Internet.");
            let end = step(HopKind::Destination, &to.to_string(), None, why);
            return Trace {
                forward,
                end,
                reply: back,
                target: None,
            };
        };
        // Out through one gateway and in through another (or the same): like traffic from the Internet.
        let public = interface
            .public_ip
            .as_ref()
            .map(|own| IpAddr::V4(own.address));
        let address = if to.is_ipv4() {
            public.unwrap_or(source.address)
        } else {
            source.address
        };
        let mut arrival = self.internet_to(address, to);
        forward.extend(arrival.forward.drain(1..));
        arrival.reply.append(&mut back);
        Trace {
            forward,
            end: arrival.end,
            reply: arrival.reply,
            target: Some(target.id.clone()),
        }
    }

    /// Walks from the Internet to an interface with a public address.
    fn internet_to(&self, from: IpAddr, to: IpAddr) -> Trace {
        let why = format!("{from} is on the Internet.");
        let mut forward = vec![step(HopKind::Source, &from.to_string(), None, why)];
        if is_private(to) {
            let why = format!(
                "{to} is a private address: the Internet has no route to it. An interface is reached \
                 by its public address."
            );
            let igw = step(HopKind::InternetGateway, &to.to_string(), None, why);
            forward.push(igw.refused("IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"));
            return ended_at(forward, nowhere(to));
        }
        let target = self.network.interface_by_public_ip(to);
        let Some(target) = target else {
            return ended_at(forward, nowhere(to));
        };
        let subnet = self.network.subnet(&target.subnet_id);
        let Some(subnet) = subnet else {
            return ended_at(forward, nowhere(to));
        };
        let source = End {
            address: from,
            interface: None,
        };
        let inner = address_like(target, to).unwrap_or(to);
        forward.push(self.enter(target, to));
        forward.push(self.acl(subnet, false, from, Leg::Request));
        forward.push(self.groups(target, Direction::Ingress, source));
        let reply = vec![
            self.acl(subnet, true, from, Leg::Reply),
            self.route(subnet, from, None),
        ];
        let end = destination_of(target, inner);
        Trace {
            forward,
            end,
            reply,
            target: Some(target.id.clone()),
        }
    }

    /// Checks the security groups of an interface in one direction.
    fn groups(&self, interface: &'a Interface, direction: Direction, peer: End<'_>) -> Step {
        let (kind, way, preposition) = match direction {
            Direction::Egress => (HopKind::SecurityGroupEgress, "outbound", "to"),
            Direction::Ingress => (HopKind::SecurityGroupIngress, "inbound", "from"),
        };
        let carried: Vec<&SecurityGroup> = interface
            .groups
            .iter()
            .filter_map(|id| self.network.security_group(id))
            .collect();
        let peer_interface = peer.interface.map(|interface| interface.id.as_str());
        for group in &carried {
            for rule in group.rules(direction) {
                let Packet { protocol, port } = self.packet;
                if rule.spec.covers(protocol, port)
                    && self
                        .network
                        .peer_includes(&rule.spec.peer, peer.address, peer_interface)
                {
                    let what = rule.spec.plainly(direction);
                    let why = format!(
                        "The {way} rule {} of {} allows {what}.",
                        rule.id,
                        named(group)
                    );
                    let detail = Detail::GroupRule {
                        group: group.id.clone(),
                        rule: rule.id.clone(),
                        direction,
                    };
                    return step(kind, &group.id, Some(interface), why).with(detail);
                }
            }
        }
        let groups: Vec<String> = carried.iter().map(|group| named(group)).collect();
        let none = carried
            .iter()
            .all(|group| group.rules(direction).is_empty());
        let first = carried.first().map_or("", |group| group.id.as_str());
        let why = if none {
            format!(
                "{} has no {way} rules, so nothing {preposition} anywhere is allowed.",
                groups.join(", ")
            )
        } else {
            format!(
                "No {way} rule of {} allows {} {preposition} {}.",
                groups.join(", "),
                self.packet_name(),
                self.peer_name(peer)
            )
        };
        let detail = Detail::NoGroupRule {
            groups: interface.groups.clone(),
            direction,
        };
        let code = if none {
            "SG_HAS_NO_RULES"
        } else {
            "ENI_SG_RULES_MISMATCH"
        };
        step(kind, first, Some(interface), why)
            .with(detail)
            .refused(code)
    }

    /// Checks the network ACL of a subnet in one direction.
    fn acl(&self, subnet: &'a Subnet, egress: bool, other: IpAddr, leg: Leg) -> Step {
        let (kind, way, preposition) = if egress {
            (HopKind::NetworkAclEgress, "outbound", "to")
        } else {
            (HopKind::NetworkAclIngress, "inbound", "from")
        };
        let acl = self.network.network_acls.get(&subnet.acl_id);
        let Some(acl) = acl else {
            let why = format!("The network ACL {} is gone.", subnet.acl_id);
            return step(kind, &subnet.acl_id, None, why).refused("SUBNET_ACL_RESTRICTION");
        };
        let (verdict, ports) = self.judge(acl, egress, other, leg);
        let what = match leg {
            Leg::Request => self.packet_name(),
            Leg::Reply => format!("the reply ({} {ports})", self.protocol_name()),
        };
        let entry = match verdict.entry {
            Some(_) => format!("rule {}", verdict.number),
            None => "final rule *".to_owned(),
        };
        let verb = if verdict.allow { "allows" } else { "denies" };
        let mut why = format!(
            "In {} of {}, the {way} {entry} {verb} {what} {preposition} {other}.",
            acl.id, subnet.id
        );
        if !verdict.allow && leg == Leg::Reply {
            why.push_str(" Network ACLs are stateless: replies need a separate rule.");
        }
        let detail = Detail::AclEntry {
            egress,
            number: verdict.number,
            entry: verdict.entry.cloned(),
        };
        let step = step(kind, &acl.id, None, why).with(detail).at(subnet);
        if verdict.allow {
            step
        } else {
            step.refused("SUBNET_ACL_RESTRICTION")
        }
    }

    /// Returns the ACL's verdict on the packet or on its reply: the first denial if ports differ.
    fn judge<'n>(
        &self,
        acl: &'n NetworkAcl,
        egress: bool,
        other: IpAddr,
        leg: Leg,
    ) -> (crate::acl::Verdict<'n>, PortRange) {
        let protocol = self.packet.protocol;
        match leg {
            Leg::Request => {
                let port = self.packet.port;
                (
                    acl.judge(egress, protocol, other, port),
                    PortRange::new(port, port),
                )
            }
            Leg::Reply => {
                // All ports of the range must be allowed, because the client's system picks any of them.
                let verdict = acl.judge_range(egress, protocol, other, EPHEMERAL);
                (verdict, EPHEMERAL)
            }
        }
    }

    /// Looks up the route of a packet to `to` in the subnet's route table.
    fn route(&self, subnet: &'a Subnet, to: IpAddr, target: Option<&Interface>) -> Step {
        let Some(table) = self.network.routes_of(subnet) else {
            let why = format!("{} has no route table.", subnet.id);
            return step(HopKind::Route, &subnet.id, None, why).refused("NO_ROUTE_TO_DESTINATION");
        };
        let here = |why: String| step(HopKind::Route, &table.id, None, why).at(subnet);
        match self.network.lookup(table, to) {
            None => here(format!(
                "The route table {} of {} has no route to {to}.",
                table.id, subnet.id
            ))
            .refused("NO_ROUTE_TO_DESTINATION"),
            Some(Hit::Local(block)) => {
                let detail = route_detail(&block.to_string(), "local", true);
                here(format!(
                    "{to} is in {block}: the route {block} -> local of {} delivers it.",
                    table.id
                ))
                .with(detail)
            }
            Some(Hit::Route(route)) => {
                let (destination, id) = (route.destination.to_string(), route.target.id());
                let active = !self.network.is_blackhole(table, route);
                let detail = route_detail(&destination, id, active);
                if !active {
                    let why = format!(
                        "The route {destination} -> {id} of {} is a black hole: its target is gone or \
                         detached.",
                        table.id
                    );
                    return here(why).with(detail).refused("BAD_STATE_ROUTE");
                }
                match &route.target {
                    Target::InternetGateway(_) => {
                        here(format!("The route {destination} -> {id} of {} leads to the Internet.", table.id))
                            .with(detail)
                    }
                    Target::Interface(_) if target.is_some_and(|own| own.id == id) => {
                        here(format!("The route {destination} -> {id} of {} leads to it.", table.id))
                            .with(detail)
                    }
                    Target::Interface(_) => here(format!(
                        "The route {destination} -> {id} of {} leads to a host that does not forward packets.",
                        table.id
                    ))
                    .with(detail)
                    .refused("MORE_SPECIFIC_ROUTE"),
                }
            }
        }
    }

    /// Delivers within a subnet, without the router.
    fn on_link(&self, subnet: &'a Subnet, to: IpAddr) -> Step {
        let table = self
            .network
            .routes_of(subnet)
            .map_or("", |table| table.id.as_str());
        let why = format!(
            "{to} is in the same subnet {}: delivered directly, past its network ACL.",
            subnet.id
        );
        let detail = route_detail(&subnet.cidr.to_string(), "local", true);
        step(HopKind::Route, table, None, why)
            .with(detail)
            .at(subnet)
    }

    /// Passes the gateway, outbound.
    fn leave(&self, interface: &'a Interface, to: IpAddr) -> Step {
        let gateway = self.network.gateway_of(&interface.vpc_id);
        let id = gateway.map_or("", |gateway| gateway.id.as_str());
        let here = |why: String| step(HopKind::InternetGateway, id, Some(interface), why);
        if is_private(to) {
            let other = self.network.interfaces.values().any(|i| i.has_private(to));
            let code = if other {
                "DISCONNECTED_VPCS"
            } else {
                "NO_PATH"
            };
            return here(format!(
                "{to} is a private address outside of the VPC: the Internet has no route to it."
            ))
            .refused(code);
        }
        match (&interface.public_ip, to.is_ipv6()) {
            (_, true) => here(format!("{id} lets IPv6 out.")),
            (Some(public), _) => here(format!(
                "{id} sends from the public address {}.",
                public.address
            )),
            (None, false) => here(format!(
                "{} has no public address, so {id} does not forward its packets.",
                interface.id
            ))
            .refused("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"),
        }
    }

    /// Passes the gateway, inbound.
    fn enter(&self, interface: &'a Interface, to: IpAddr) -> Step {
        match self.network.gateway_of(&interface.vpc_id) {
            Some(gateway) => {
                let why = match &interface.public_ip {
                    Some(public) if to.is_ipv4() => format!(
                        "{} brings {} to {}.",
                        gateway.id, public.address, interface.private_ip
                    ),
                    _ => format!("{} brings {to} in.", gateway.id),
                };
                step(HopKind::InternetGateway, &gateway.id, Some(interface), why)
            }
            None => {
                let why = format!("{} has no internet gateway attached.", interface.vpc_id);
                step(
                    HopKind::InternetGateway,
                    &interface.vpc_id,
                    Some(interface),
                    why,
                )
                .refused("NO_PATH")
            }
        }
    }

    fn protocol_name(&self) -> String {
        self.packet.protocol.to_string().to_uppercase()
    }

    fn packet_name(&self) -> String {
        format!("{} {}", self.protocol_name(), self.packet.port)
    }

    fn peer_name(&self, peer: End<'_>) -> String {
        match peer.interface {
            None => peer.address.to_string(),
            Some(interface) => {
                format!(
                    "{} (which carries {})",
                    peer.address,
                    interface.groups.join(", ")
                )
            }
        }
    }
}

/// The request or its reply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leg {
    Request,
    Reply,
}

fn named(group: &SecurityGroup) -> String {
    format!("{} ({})", group.id, group.name)
}

fn route_detail(destination: &str, target: &str, active: bool) -> Detail {
    Detail::Route {
        destination: destination.to_owned(),
        target: target.to_owned(),
        active,
    }
}

/// Returns the interface's own address of the same family as `other`.
fn address_like(interface: &Interface, other: IpAddr) -> Option<IpAddr> {
    match other {
        IpAddr::V4(_) => Some(interface.private_ip.into()),
        IpAddr::V6(_) => interface.ipv6.first().map(|own| (*own).into()),
    }
}

/// True for addresses that the Internet does not route (RFC 6890 and RFC 4193).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || shared
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
        }
    }
}

fn step(kind: HopKind, id: &str, interface: Option<&Interface>, why: String) -> Step {
    let hop = Hop {
        kind,
        id: id.to_owned(),
        interface: interface.map(|interface| interface.id.clone()),
        allows: true,
        why,
        code: None,
    };
    let subnet = interface.map(|interface| interface.subnet_id.clone());
    Step {
        hop,
        detail: Detail::None,
        subnet,
    }
}

impl Step {
    fn with(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }

    fn at(mut self, subnet: &Subnet) -> Self {
        self.subnet = Some(subnet.id.clone());
        self
    }

    fn refused(mut self, code: &str) -> Self {
        self.hop.allows = false;
        self.hop.code = Some(code.to_owned());
        self
    }
}

/// Describes why there is no running machine behind an interface.
fn defect(interface: &Interface) -> Option<(String, &'static str)> {
    let id = &interface.id;
    match &interface.attachment {
        None => Some((
            format!("{id} is not attached to anything."),
            "UNASSOCIATED_COMPONENT",
        )),
        Some(_) if !interface.host_running => {
            let host = interface.instance_id().unwrap_or(id);
            Some((format!("{host} is not running."), "BAD_STATE"))
        }
        Some(_) => None,
    }
}

fn source_of(interface: &Interface) -> Step {
    let why = match interface.instance_id() {
        Some(instance) => format!(
            "{instance} sends from {} ({}).",
            interface.private_ip, interface.id
        ),
        None => format!("{} sends from {}.", interface.id, interface.private_ip),
    };
    let at = |why| step(HopKind::Source, &interface.id, Some(interface), why);
    match defect(interface) {
        None => at(why),
        Some((why, code)) => at(why).refused(code),
    }
}

fn destination_of(interface: &Interface, to: IpAddr) -> Step {
    let at = |why| step(HopKind::Destination, &interface.id, Some(interface), why);
    match defect(interface) {
        None => at(format!("{} has the address {to}.", interface.id)),
        Some((why, code)) => at(why).refused(code),
    }
}

fn nowhere(to: IpAddr) -> Step {
    let why = format!("No interface has the address {to}.");
    step(HopKind::Destination, &to.to_string(), None, why).refused("NO_SOURCE_OR_DESTINATION")
}

fn ended(source: Step, end: Step) -> Trace {
    ended_at(vec![source], end)
}

fn ended_at(forward: Vec<Step>, end: Step) -> Trace {
    Trace {
        forward,
        end,
        reply: Vec::new(),
        target: None,
    }
}
