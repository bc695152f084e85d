//! The result of a walk in the form of Reachability Analyzer: the components of a path, or
//! explanations if there is none.

use crate::ec2::service::arn;
use crate::ec2::shapes::common::Ports;
use crate::ec2::shapes::insights::{
    AclRule, Component, Explanation, GroupRule, PathComponent, RouteTableRoute,
};
use crate::ec2::tags;
use hsmlab_net::limits::ACL_FINAL_ENTRY;
use hsmlab_net::reach::{Detail, Step};
use hsmlab_net::{Direction, Network, Peer};
use hsmlab_protocol::HopKind;

/// The components of a path that was found.
pub(super) fn path(network: &Network, steps: &[&Step]) -> Vec<PathComponent> {
    let shown = steps.iter().filter_map(|step| {
        let component = component(network, &step.hop.id)?;
        let mut shape = PathComponent {
            component: Some(component),
            ..PathComponent::default()
        };
        match &step.detail {
            Detail::AclEntry { .. } => shape.acl_rule = acl_rule(&step.detail),
            Detail::Route { .. } => shape.route_table_route = route(&step.detail),
            Detail::GroupRule { .. } => {
                shape.security_group_rule = group_rule(network, &step.detail);
            }
            Detail::NoGroupRule { .. } | Detail::None => {
                shape.subnet = subnet(network, step);
                shape.vpc = vpc(network, step);
            }
        }
        Some(shape)
    });
    let numbered = shown.enumerate();
    numbered
        .map(|(number, shape)| PathComponent {
            sequence_number: number + 1,
            ..shape
        })
        .collect()
}

/// One explanation for each hop that refuses.
pub(super) fn explanations<'s>(
    network: &Network,
    steps: impl Iterator<Item = &'s Step>,
) -> Vec<Explanation> {
    let refusals = steps.filter(|step| !step.hop.allows);
    refusals.map(|step| explanation(network, step)).collect()
}

fn explanation(network: &Network, step: &Step) -> Explanation {
    let hop = &step.hop;
    let own = component(network, &hop.id);
    let interface = hop.interface.as_ref().and_then(|id| component(network, id));
    let mut shape = Explanation {
        direction: match hop.kind {
            HopKind::SecurityGroupEgress | HopKind::NetworkAclEgress => Some("egress"),
            HopKind::SecurityGroupIngress | HopKind::NetworkAclIngress => Some("ingress"),
            _ => None,
        },
        explanation_code: hop.code.clone().unwrap_or_else(|| "NO_PATH".into()),
        subnet: subnet(network, step),
        vpc: vpc(network, step),
        network_interface: interface,
        ..Explanation::default()
    };
    match (hop.kind, &step.detail) {
        (_, Detail::NoGroupRule { groups, .. }) => {
            shape.security_groups = groups
                .iter()
                .filter_map(|id| component(network, id))
                .collect();
        }
        (HopKind::NetworkAclEgress | HopKind::NetworkAclIngress, detail) => {
            shape.acl = own;
            shape.acl_rule = acl_rule(detail);
        }
        (HopKind::Route, detail) => {
            shape.route_table = own;
            shape.route_table_route = route(detail);
        }
        (HopKind::InternetGateway, _) => shape.internet_gateway = own,
        (HopKind::Source | HopKind::Destination, _) => {
            shape.address = own.is_none().then(|| hop.id.clone());
            shape.component = own;
        }
        _ => {}
    }
    shape
}

/// The component for a resource id; `None` for addresses.
fn component(network: &Network, id: &str) -> Option<Component> {
    let kind = tags::resource_type(id)?;
    Some(Component {
        id: id.to_owned(),
        arn: arn(&network.region, kind, id),
    })
}

fn subnet(network: &Network, step: &Step) -> Option<Component> {
    component(network, step.subnet.as_deref()?)
}

fn vpc(network: &Network, step: &Step) -> Option<Component> {
    let subnet = network.subnet(step.subnet.as_deref()?)?;
    component(network, &subnet.vpc_id)
}

fn acl_rule(detail: &Detail) -> Option<AclRule> {
    let Detail::AclEntry {
        egress,
        number,
        entry,
    } = detail
    else {
        return None;
    };
    Some(match entry {
        Some(entry) => AclRule {
            cidr: entry.cidr.to_string(),
            egress: *egress,
            port_range: entry.ports.map(|own| Ports {
                from: Some(own.from),
                to: Some(own.to),
            }),
            protocol: if entry.protocol.number() == "-1" {
                "all".into()
            } else {
                entry.protocol.to_string()
            },
            rule_action: if entry.allow { "allow" } else { "deny" },
            rule_number: *number,
        },
        None => AclRule {
            cidr: "0.0.0.0/0".into(),
            egress: *egress,
            port_range: None,
            protocol: "all".into(),
            rule_action: "deny",
            rule_number: ACL_FINAL_ENTRY,
        },
    })
}

fn route(detail: &Detail) -> Option<RouteTableRoute> {
    let Detail::Route {
        destination,
        target,
        active,
    } = detail
    else {
        return None;
    };
    let list = destination.starts_with("pl-");
    let interface = target.starts_with("eni-");
    Some(RouteTableRoute {
        destination_cidr: (!list).then(|| destination.clone()),
        destination_prefix_list_id: list.then(|| destination.clone()),
        gateway_id: (!interface).then(|| target.clone()),
        network_interface_id: interface.then(|| target.clone()),
        origin: if target == "local" {
            "createroutetable"
        } else {
            "createroute"
        },
        state: if *active { "active" } else { "blackhole" },
    })
}

fn group_rule(network: &Network, detail: &Detail) -> Option<GroupRule> {
    let Detail::GroupRule {
        group,
        rule,
        direction,
    } = detail
    else {
        return None;
    };
    let spec = &network.security_group(group)?.rules.get(rule)?.spec;
    let text = spec.peer.to_string();
    let (cidr, security_group_id, prefix_list_id) = match &spec.peer {
        Peer::Ipv4(_) | Peer::Ipv6(_) => (Some(text), None, None),
        Peer::Group(_) => (None, Some(text), None),
        Peer::PrefixList(_) => (None, None, Some(text)),
    };
    Some(GroupRule {
        cidr,
        direction: if *direction == Direction::Egress {
            "egress"
        } else {
            "ingress"
        },
        security_group_id,
        port_range: spec.ports.map(|own| Ports {
            from: Some(own.from),
            to: Some(own.to),
        }),
        prefix_list_id,
        protocol: if spec.protocol.number() == "-1" {
            "all".into()
        } else {
            spec.protocol.to_string()
        },
    })
}
