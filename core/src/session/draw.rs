//! Draws the view from the world. An unchanged slice keeps its old value.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::record::Record;
use crate::fabric::{Attempt, Ways};
use crate::lab::{Lab, Progress};
use crate::world::World;
use hsmlab_aws::cloudhsmv2::state::Cluster;
use hsmlab_aws::ec2::Region;
use hsmlab_aws::ec2::compute::InstanceState;
use hsmlab_net::{Interface, Network, Peer, SecurityGroupRule, Subnet, Target, Vpc};
use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::view::{
    ClockView, ClusterView, ConnectionView, DiagramView, GroupView, HsmView, InstanceView,
    InterfaceView, LabView, ReasonView, StepState, StepView, SubnetView, TerminalView,
    TimelineView, Upcoming, View, VpcView,
};
use hsmlab_protocol::{Hop, HopKind, Reach};
use hsmlab_shell::Sys as _;
use hsmlab_shell::host::CLOUDSHELL;
use hsmlab_shell::terminal::Terminal;

/// Draws the whole view; unchanged slices are `old`'s.
pub(super) fn view(
    world: &World,
    terminals: &BTreeMap<TerminalId, Terminal>,
    lab: Option<&Lab>,
    progress: &Progress,
    record: &Record,
    old: &View,
) -> View {
    let programs = programs(terminals);
    View {
        clock: kept(&old.clock, clock(world)),
        diagram: kept(&old.diagram, diagram(world, &programs)),
        lab: kept(&old.lab, lab_view(lab, progress)),
        terminals: kept(&old.terminals, terminal_views(world, terminals)),
        timeline: kept(
            &old.timeline,
            TimelineView {
                start_ms: world.start.unix_ms(),
                moments: world.moments.to_vec(),
            },
        ),
        traffic: kept(&old.traffic, super::traffic::view(world)),
        faults: kept(&old.faults, super::faults::view(world)),
        tally: kept(&old.tally, record.view(world, lab, progress)),
    }
}

/// The running program in a terminal of each host.
type Programs = BTreeMap<String, String>;

fn programs(terminals: &BTreeMap<TerminalId, Terminal>) -> Programs {
    let running = terminals.values().filter_map(|terminal| {
        let (host, _) = terminal.place()?;
        let program = terminal.program()?;
        Some((host.to_owned(), program.to_owned()))
    });
    running.collect()
}

fn kept<T: PartialEq>(old: &Rc<T>, new: T) -> Rc<T> {
    if **old == new {
        old.clone()
    } else {
        Rc::new(new)
    }
}

fn clock(world: &World) -> ClockView {
    let next = world.next_change().map(|(at, what)| Upcoming {
        at_ms: at.unix_ms(),
        what,
    });
    ClockView {
        now_ms: world.now.unix_ms(),
        next,
    }
}

fn diagram(world: &World, programs: &Programs) -> DiagramView {
    let Some(region) = world.cloud.ec2.region(&world.region) else {
        return DiagramView::default();
    };
    let network = &region.network;
    let clusters: Vec<ClusterView> = world
        .cloud
        .cloudhsmv2
        .clusters_in(&world.region)
        .map(|cluster| cluster_view(world, cluster))
        .collect();
    let mut vpcs: Vec<VpcView> = network
        .vpcs
        .values()
        .filter(|vpc| !vpc.is_default || occupied(network, &vpc.id))
        .map(|vpc| vpc_view(world, region, vpc, &clusters, programs))
        .collect();
    vpcs.sort_by(|a, b| (a.is_default, &a.id).cmp(&(b.is_default, &b.id)));
    let mut zones: Vec<String> = vpcs
        .iter()
        .flat_map(|vpc| vpc.subnets.iter())
        .filter(|subnet| !vpc_is_default(&vpcs, &subnet.id) || !subnet.interfaces.is_empty())
        .map(|subnet| subnet.zone.clone())
        .chain(
            clusters
                .iter()
                .flat_map(|cluster| cluster.subnets.keys().cloned()),
        )
        .collect();
    zones.sort();
    zones.dedup();
    for zone in &network.zones {
        if zones.len() >= 2 {
            break;
        }
        if !zones.contains(&zone.name) {
            zones.push(zone.name.clone());
        }
    }
    zones.sort();
    let connection = world
        .fabric
        .newest_attempt()
        .and_then(|attempt| connection(world, attempt));
    DiagramView {
        region: world.region.clone(),
        zones,
        vpcs,
        clusters,
        connection,
    }
}

fn vpc_is_default(vpcs: &[VpcView], subnet: &str) -> bool {
    vpcs.iter()
        .any(|vpc| vpc.is_default && vpc.subnets.iter().any(|own| own.id == subnet))
}

fn occupied(network: &Network, vpc: &str) -> bool {
    network
        .interfaces
        .values()
        .any(|interface| interface.vpc_id == vpc)
}

fn tag(region: &Region, id: &str) -> String {
    region
        .tags
        .get(id)
        .and_then(|tags| tags.get("Name"))
        .cloned()
        .unwrap_or_default()
}

fn vpc_view(
    world: &World,
    region: &Region,
    vpc: &Vpc,
    clusters: &[ClusterView],
    programs: &Programs,
) -> VpcView {
    let network = &region.network;
    let mut subnets: Vec<SubnetView> = network
        .subnets
        .values()
        .filter(|subnet| subnet.vpc_id == vpc.id)
        .map(|subnet| subnet_view(world, region, vpc, subnet, programs))
        .collect();
    subnets.sort_by(|a, b| (&a.zone, &a.cidr, &a.id).cmp(&(&b.zone, &b.cidr, &b.id)));
    let groups = network
        .security_groups
        .values()
        .filter(|group| group.vpc_id == vpc.id)
        .map(|group| {
            let rules = |egress: bool| {
                let mut rules: Vec<&SecurityGroupRule> = group
                    .rules
                    .values()
                    .filter(|rule| rule.egress == egress)
                    .collect();
                rules.sort_by_key(|rule| rule.sequence);
                rules
                    .into_iter()
                    .map(|rule| rule_text(rule, &group.id))
                    .collect()
            };
            GroupView {
                id: group.id.clone(),
                name: group.name.clone(),
                cluster_id: clusters
                    .iter()
                    .find(|cluster| cluster.security_group == group.id)
                    .map(|cluster| cluster.id.clone()),
                inbound: rules(false),
                outbound: rules(true),
            }
        })
        .collect();
    VpcView {
        id: vpc.id.clone(),
        name: tag(region, &vpc.id),
        cidr: vpc
            .cidrs
            .first()
            .map(|range| range.cidr.to_string())
            .unwrap_or_default(),
        is_default: vpc.is_default,
        internet_gateway: network
            .internet_gateways
            .values()
            .find(|gateway| gateway.vpc_id.as_deref() == Some(&vpc.id))
            .map(|gateway| gateway.id.clone()),
        subnets,
        groups,
    }
}

/// Describes a rule, such as `TCP 2223-2225 from itself`.
fn rule_text(rule: &SecurityGroupRule, own: &str) -> String {
    let ports = match &rule.spec.ports {
        Some(range) if range.from == range.to => format!(" {}", range.from),
        Some(range) => format!(" {}-{}", range.from, range.to),
        None => String::new(),
    };
    let direction = if rule.egress { "to" } else { "from" };
    let peer = match &rule.spec.peer {
        Peer::Group(id) if id == own => "itself".to_owned(),
        Peer::Group(id) | Peer::PrefixList(id) => id.clone(),
        Peer::Ipv4(range) => range.to_string(),
        Peer::Ipv6(range) => range.to_string(),
    };
    let protocol = protocol_text(rule);
    format!("{protocol}{ports} {direction} {peer}")
}

fn subnet_view(
    world: &World,
    region: &Region,
    vpc: &Vpc,
    subnet: &Subnet,
    programs: &Programs,
) -> SubnetView {
    let network = &region.network;
    let table = subnet
        .route_table
        .as_ref()
        .map_or(&vpc.main_route_table, |association| {
            &association.route_table_id
        });
    let public = network.route_tables.get(table).is_some_and(|table| {
        table
            .routes
            .iter()
            .any(|route| matches!(route.target, Target::InternetGateway(_)))
    });
    let mut interfaces: Vec<&Interface> = network
        .interfaces
        .values()
        .filter(|interface| interface.subnet_id == subnet.id)
        .collect();
    interfaces.sort_by_key(|interface| (interface.private_ip, interface.id.clone()));
    SubnetView {
        id: subnet.id.clone(),
        name: tag(region, &subnet.id),
        cidr: subnet.cidr.to_string(),
        zone: subnet.zone.clone(),
        public,
        interfaces: interfaces
            .into_iter()
            .map(|interface| interface_view(world, region, interface, programs))
            .collect(),
    }
}

fn interface_view(
    world: &World,
    region: &Region,
    interface: &Interface,
    programs: &Programs,
) -> InterfaceView {
    let hsm = world
        .cloud
        .cloudhsmv2
        .hsm_of_interface(&world.region, &interface.id);
    InterfaceView {
        id: interface.id.clone(),
        ip: interface.private_ip.to_string(),
        public_ip: interface
            .public_ip
            .as_ref()
            .map(|public| public.address.to_string()),
        groups: interface.groups.clone(),
        instance: interface
            .instance_id()
            .and_then(|id| instance_view(world, region, id, programs)),
        hsm_id: hsm.map(|(_, hsm)| hsm.id.clone()),
    }
}

fn instance_view(
    world: &World,
    region: &Region,
    id: &str,
    programs: &Programs,
) -> Option<InstanceView> {
    let (_, instance) = world.instance(id)?;
    let packages = world
        .host(id)
        .map(|host| host.packages.iter().cloned().collect())
        .unwrap_or_default();
    Some(InstanceView {
        id: id.to_owned(),
        name: tag(region, id),
        state: instance.state.name().to_owned(),
        os: instance.system_name().to_owned(),
        terminal: super::terminals::login_refusal(world, id).is_none(),
        packages,
        program: programs.get(id).cloned(),
    })
}

fn cluster_view(world: &World, cluster: &Cluster) -> ClusterView {
    ClusterView {
        id: cluster.id.clone(),
        state: cluster.state.name().to_owned(),
        hsm_type: cluster.hsm_type.name().to_owned(),
        mode: cluster.mode.name().to_owned(),
        vpc_id: cluster.vpc_id.clone(),
        security_group: cluster.security_group.clone(),
        subnets: cluster.subnets.clone().into(),
        hsms: cluster
            .hsms
            .iter()
            .map(|hsm| HsmView {
                id: hsm.id.clone(),
                state: hsm.state.name().to_owned(),
                zone: hsm.zone.clone(),
                interface: hsm.eni_id.clone(),
                ip: hsm.ip.clone(),
                appliance: world.fleet.status(&hsm.id).unwrap_or_default(),
                until_ms: hsm.until.map(|at| at.unix_ms()),
            })
            .collect(),
    }
}

/// The last connection attempt, with its current path; `None` once its host is gone.
fn connection(world: &World, attempt: &Attempt) -> Option<ConnectionView> {
    let from = match world.interface_of(&attempt.host) {
        Some(interface) => interface.id.clone(),
        None if attempt.host == CLOUDSHELL => "internet".to_owned(),
        None => return None,
    };
    Some(ConnectionView {
        from,
        to: world
            .interface_for(&attempt.host, attempt.to)
            .map(|interface| interface.id.clone()),
        address: attempt.to.to_string(),
        port: attempt.port,
        reach: way_now(world, attempt),
        worked: attempt.reach.reachable,
        at_ms: attempt.at.unix_ms(),
    })
}

/// Returns the current path of a connection.
fn way_now(world: &World, attempt: &Attempt) -> Reach {
    let stopped = world
        .instance(&attempt.host)
        .filter(|(_, instance)| instance.state != InstanceState::Running);
    let Some((_, instance)) = stopped else {
        return Ways::reach(world, &attempt.host, attempt.to, attempt.port);
    };
    let source = Hop {
        kind: HopKind::Source,
        id: instance.id.clone(),
        interface: Some(instance.interface_id.clone()),
        allows: false,
        why: format!("{} is {}.", instance.id, instance.state.name()),
        code: Some("BAD_STATE".into()),
    };
    Reach {
        hops: vec![source],
        reachable: false,
    }
}

fn lab_view(lab: Option<&Lab>, progress: &Progress) -> LabView {
    let Some(lab) = lab else {
        return LabView::default();
    };
    let present = progress.present();
    LabView {
        id: lab.id.clone(),
        title: lab.title.clone(),
        topic: lab.topic.clone(),
        minutes: lab.minutes,
        intro: lab.intro.clone(),
        steps: lab
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| StepView {
                id: step.id.clone(),
                title: step.title.clone(),
                body: step.body.clone(),
                state: if progress.is_done(index) {
                    StepState::Done
                } else if index == present {
                    StepState::Current
                } else {
                    StepState::ToDo
                },
                reason: progress
                    .verdict()
                    .filter(|_| index == present)
                    .map(|verdict| ReasonView {
                        text: verdict.text.clone(),
                        about: verdict.about.clone(),
                    }),
                hint_count: step.hints.len(),
                hints: step
                    .hints
                    .iter()
                    .take(progress.hints_shown(index))
                    .cloned()
                    .collect(),
            })
            .collect(),
        outro: lab.outro.clone(),
    }
}

fn terminal_views(world: &World, terminals: &BTreeMap<TerminalId, Terminal>) -> Vec<TerminalView> {
    terminals
        .iter()
        .map(|(id, terminal)| {
            let (prompt, echo) = terminal.prompt();
            let title = if terminal.host == CLOUDSHELL {
                "CloudShell".to_owned()
            } else {
                let name = world
                    .instance(&terminal.host)
                    .and_then(|(region, _)| world.cloud.ec2.region(region))
                    .map(|region| tag(region, &terminal.host))
                    .filter(|name| !name.is_empty());
                name.unwrap_or_else(|| terminal.host.clone())
            };
            TerminalView {
                id: *id,
                host: terminal.host.clone(),
                at: terminal
                    .place()
                    .map_or_else(|| terminal.host.clone(), |(host, _)| host.to_owned()),
                title,
                prompt,
                echo,
                connected: world.host(&terminal.host).is_some(),
                running: terminal.is_running(),
            }
        })
        .collect()
}

/// The protocol's name in rules: `TCP`, `ICMP`, `all`.
fn protocol_text(rule: &SecurityGroupRule) -> String {
    match rule.spec.protocol.to_string().as_str() {
        "-1" => "all".to_owned(),
        name => name.to_uppercase(),
    }
}
