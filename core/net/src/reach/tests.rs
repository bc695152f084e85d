//! Reachability and the hop that refuses.

use hsmlab_protocol::HopKind;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::*;
use crate::{
    AclEntry, Destination, InterfaceOwner, InterfaceSpec, Peer, PortRange, PublicIp, RuleSpec,
    SubnetSpec, Target, Zone,
};
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Seed, SimTime};

/// A VPC with a client in one subnet and an HSM in another, as in the lectures.
struct Lab {
    network: Network,
    ids: Ids,
    vpc: String,
    client: String,
    hsm: String,
    client_group: String,
    cluster_group: String,
    client_subnet: String,
    hsm_subnet: String,
}

fn net(text: &str) -> Ipv4Net {
    text.parse().unwrap()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn interface(subnet: &str, group: &str, ip: Ipv4Addr, owner: InterfaceOwner) -> InterfaceSpec {
    InterfaceSpec {
        subnet_id: subnet.into(),
        groups: vec![group.into()],
        private_ip: Some(ip),
        ipv6: false,
        description: String::new(),
        owner,
        public_ip: None,
        now: SimTime::default(),
    }
}

impl Lab {
    fn new() -> Self {
        let mut ids = Ids::new(&Seed::from_number(4));
        let zones = ["a", "b"].map(|letter| Zone {
            name: format!("us-west-2{letter}"),
            id: format!("usw2-{letter}"),
        });
        let pools = (net("54.213.0.0/16"), "2600:1f14::/32".parse().unwrap());
        let mut network = Network::new(
            "us-west-2",
            zones.to_vec(),
            pools.0,
            pools.1,
            "dopt-1".into(),
        );
        let vpc = network
            .create_vpc(&mut ids, net("10.0.0.0/16"), "default", false)
            .unwrap();
        let mut subnet = |network: &mut Network, cidr: &str| {
            let spec = SubnetSpec {
                vpc_id: vpc.clone(),
                zone: None,
                cidr: net(cidr),
                ipv6_cidr: None,
            };
            network.create_subnet(&mut ids, spec).unwrap()
        };
        let client_subnet = subnet(&mut network, "10.0.1.0/24");
        let hsm_subnet = subnet(&mut network, "10.0.2.0/24");
        let client_group = network
            .create_security_group(&mut ids, &vpc, "app", "app")
            .unwrap();
        let cluster_group = network
            .create_security_group(&mut ids, &vpc, "cluster", "cluster")
            .unwrap();
        network.revoke_default_egress(&cluster_group).unwrap();
        for direction in [Direction::Ingress, Direction::Egress] {
            let rule = RuleSpec::tcp(2223, 2225, Peer::Group(cluster_group.clone()));
            network
                .authorize(&mut ids, &cluster_group, direction, rule)
                .unwrap();
        }
        let owner = InterfaceOwner::Instance {
            id: "i-1".into(),
            device_index: 0,
        };
        let spec = interface(
            &client_subnet,
            &client_group,
            Ipv4Addr::new(10, 0, 1, 30),
            owner,
        );
        let client = network.create_interface(&mut ids, spec).unwrap();
        let owner = InterfaceOwner::Service {
            requester_id: "amazon-cloudhsm".into(),
            description: "CloudHsm ENI hsm-1".into(),
        };
        let spec = interface(
            &hsm_subnet,
            &cluster_group,
            Ipv4Addr::new(10, 0, 2, 12),
            owner,
        );
        let hsm = network.create_interface(&mut ids, spec).unwrap();
        Self {
            network,
            ids,
            vpc,
            client,
            hsm,
            client_group,
            cluster_group,
            client_subnet,
            hsm_subnet,
        }
    }

    /// The client has the cluster's group too: the step that learners forget.
    fn joined() -> Self {
        let mut lab = Self::new();
        let groups = [lab.client_group.clone(), lab.cluster_group.clone()];
        lab.network
            .set_interface_groups(&lab.client, &groups)
            .unwrap();
        lab
    }

    fn reach(&self, port: u16) -> Reach {
        let from = Endpoint::Interface(self.client.clone());
        self.network
            .reach(&from, address("10.0.2.12"), port, &listens)
    }

    /// The kind and code of the hop that refuses; `None` if none refuses.
    fn refusal(&self, port: u16) -> Option<(HopKind, Option<String>)> {
        refusal(&self.reach(port))
    }

    fn to_internet(&self) -> Option<(HopKind, Option<String>)> {
        let from = Endpoint::Interface(self.client.clone());
        refusal(
            &self
                .network
                .reach(&from, address("198.51.100.7"), 443, &listens),
        )
    }

    fn internet_to(&self, to: &str) -> Option<(HopKind, Option<String>)> {
        let from = Endpoint::Internet(address("203.0.113.5"));
        refusal(&self.network.reach(&from, address(to), 22, &listens))
    }

    /// Adds an internet gateway, its route, and a public address for the client.
    fn open_to_internet(&mut self) {
        let gateway = self.network.create_internet_gateway(&mut self.ids).unwrap();
        self.network
            .attach_internet_gateway(&gateway, &self.vpc)
            .unwrap();
        let table = self
            .network
            .vpc(&self.vpc)
            .unwrap()
            .main_route_table
            .clone();
        let target = Target::InternetGateway(gateway);
        self.network
            .create_route(&table, Destination::anywhere_v4(), target)
            .unwrap();
        let public = PublicIp {
            address: Ipv4Addr::new(54, 213, 1, 2),
            allocation_id: None,
            association_id: None,
        };
        self.network
            .set_public_ip(&self.client, Some(public))
            .unwrap();
    }

    fn acl(&mut self, subnet: &str, entries: &[(bool, u16, bool, u16, u16)]) {
        let acl = self.network.create_acl(&mut self.ids, &self.vpc).unwrap();
        for (egress, number, allow, from, to) in entries {
            let entry = AclEntry {
                allow: *allow,
                protocol: Protocol::TCP,
                cidr: IpNet::V4(net("0.0.0.0/0")),
                ports: Some(PortRange::new(*from, *to)),
                icmp: None,
            };
            self.network
                .create_acl_entry(&acl, *egress, *number, entry)
                .unwrap();
        }
        let association = self.network.subnet(subnet).unwrap().acl_association.clone();
        self.network
            .replace_acl_association(&mut self.ids, &association, &acl)
            .unwrap();
    }
}

fn listens(_: &str, port: u16) -> Listening {
    if (2223..=2225).contains(&port) || port == 22 {
        Listening::Open
    } else {
        Listening::Closed
    }
}

fn refusal(reach: &Reach) -> Option<(HopKind, Option<String>)> {
    assert_eq!(reach.reachable, reach.refusal().is_none());
    reach.refusal().map(|hop| (hop.kind, hop.code.clone()))
}

fn code(kind: HopKind, code: &str) -> Option<(HopKind, Option<String>)> {
    Some((kind, Some(code.to_owned())))
}

#[test]
fn the_cluster_group_on_the_client_opens_the_way() {
    let mut lab = Lab::new();
    assert_eq!(
        lab.refusal(2223),
        code(HopKind::SecurityGroupIngress, "ENI_SG_RULES_MISMATCH")
    );
    lab.network
        .set_interface_groups(
            &lab.client,
            &[lab.client_group.clone(), lab.cluster_group.clone()],
        )
        .unwrap();
    assert_eq!(lab.refusal(2223), None);
    // Without its own group the client still reaches the HSM, but nothing else.
    lab.network
        .set_interface_groups(&lab.client, std::slice::from_ref(&lab.cluster_group))
        .unwrap();
    assert_eq!(lab.refusal(2223), None);
    assert_eq!(
        lab.refusal(443),
        code(HopKind::SecurityGroupEgress, "ENI_SG_RULES_MISMATCH")
    );
}

#[test]
fn hops_come_in_the_order_of_the_way() {
    let kinds: Vec<HopKind> = Lab::joined()
        .reach(2223)
        .hops
        .iter()
        .map(|hop| hop.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            HopKind::Source,
            HopKind::SecurityGroupEgress,
            HopKind::NetworkAclEgress,
            HopKind::Route,
            HopKind::NetworkAclIngress,
            HopKind::SecurityGroupIngress,
            HopKind::Destination,
            HopKind::NetworkAclEgress,
            HopKind::NetworkAclIngress,
        ]
    );
}

#[test]
fn a_group_without_rules_says_so() {
    let mut lab = Lab::joined();
    let group = lab
        .network
        .security_group(&lab.cluster_group)
        .unwrap()
        .clone();
    for rule in group.rules(Direction::Ingress) {
        lab.network.revoke(&group.id, &rule.id).unwrap();
    }
    assert_eq!(
        lab.refusal(2223),
        code(HopKind::SecurityGroupIngress, "SG_HAS_NO_RULES")
    );
}

#[test]
fn acls_are_stateless() {
    // (egress, number, allow, from, to) on the client's subnet, and the hop that refuses.
    type Row = (&'static [(bool, u16, bool, u16, u16)], Option<HopKind>);
    let rows: [Row; 6] = [
        (&[], Some(HopKind::NetworkAclEgress)),
        (
            &[(true, 100, true, 2223, 2225)],
            Some(HopKind::NetworkAclIngress),
        ),
        (
            &[
                (true, 100, true, 2223, 2225),
                (false, 100, true, 1024, 65535),
            ],
            None,
        ),
        (
            &[(true, 90, false, 2223, 2223), (true, 100, true, 2223, 2225)],
            Some(HopKind::NetworkAclEgress),
        ),
        // Part of the ephemeral ports is not enough.
        (
            &[
                (true, 100, true, 2223, 2225),
                (false, 100, true, 32768, 50000),
            ],
            Some(HopKind::NetworkAclIngress),
        ),
        (
            &[
                (true, 100, true, 2223, 2225),
                (false, 100, true, 32768, 50000),
                (false, 110, true, 50001, 65535),
            ],
            None,
        ),
    ];
    for (entries, expected) in rows {
        let mut lab = Lab::joined();
        let subnet = lab.client_subnet.clone();
        lab.acl(&subnet, entries);
        let refusal = lab.refusal(2223);
        assert_eq!(
            refusal.as_ref().map(|(kind, _)| *kind),
            expected,
            "{entries:?}"
        );
        let codes = refusal.and_then(|(_, code)| code);
        assert_eq!(codes, expected.map(|_| "SUBNET_ACL_RESTRICTION".to_owned()));
    }
    let mut lab = Lab::joined();
    let subnet = lab.hsm_subnet.clone();
    lab.acl(&subnet, &[(false, 100, true, 2223, 2225)]);
    let reach = lab.reach(2223);
    assert!(reach.refusal().unwrap().why.contains("stateless"));
}

#[test]
fn within_a_subnet_no_acl_applies() {
    let mut lab = Lab::joined();
    let subnet = lab.client_subnet.clone();
    lab.acl(&subnet, &[]);
    let owner = InterfaceOwner::Instance {
        id: "i-2".into(),
        device_index: 0,
    };
    let ip = Ipv4Addr::new(10, 0, 1, 31);
    let spec = interface(&subnet, &lab.cluster_group, ip, owner);
    lab.network.create_interface(&mut lab.ids, spec).unwrap();
    let from = Endpoint::Interface(lab.client.clone());
    let reach = lab.network.reach(&from, ip.into(), 2224, &listens);
    assert_eq!(refusal(&reach), None);
}

#[test]
fn a_closed_port_refuses_and_a_machine_that_is_down_times_out() {
    let mut lab = Lab::joined();
    let everything = RuleSpec::everything();
    lab.network
        .authorize(
            &mut lab.ids,
            &lab.cluster_group,
            Direction::Ingress,
            everything,
        )
        .unwrap();
    let reach = lab.reach(4444);
    assert!(reach.is_connection_refused());
    // The refusal is a packet too: if it is lost on its way back, the client times out.
    let subnet = lab.client_subnet.clone();
    lab.acl(&subnet, &[(true, 100, true, 0, 65535)]);
    let reach = lab.reach(4444);
    assert!(!reach.reachable && !reach.is_connection_refused());

    let mut lab = Lab::joined();
    let from = Endpoint::Interface(lab.client.clone());
    let down = |_: &str, _: u16| Listening::Down("The HSM is gone.".into());
    let reach = lab.network.reach(&from, address("10.0.2.12"), 2223, &down);
    assert!(!reach.is_connection_refused());
    assert_eq!(refusal(&reach), code(HopKind::Destination, "BAD_STATE"));
    lab.network.set_host_running("i-1", false);
    assert_eq!(lab.refusal(2223), code(HopKind::Source, "BAD_STATE"));
    lab.network.delete_interface(&lab.hsm).unwrap();
    lab.network.set_host_running("i-1", true);
    assert_eq!(
        lab.refusal(443),
        code(HopKind::Destination, "NO_SOURCE_OR_DESTINATION")
    );
}

#[test]
fn the_internet_is_reached_with_gateway_route_and_public_address() {
    let mut lab = Lab::new();
    assert_eq!(
        lab.to_internet(),
        code(HopKind::Route, "NO_ROUTE_TO_DESTINATION")
    );
    lab.open_to_internet();
    assert_eq!(lab.to_internet(), None);
    let public = lab
        .network
        .interface(&lab.client)
        .unwrap()
        .public_ip
        .clone();
    lab.network.set_public_ip(&lab.client, None).unwrap();
    assert_eq!(
        lab.to_internet(),
        code(
            HopKind::InternetGateway,
            "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
        )
    );
    let gateway = lab.network.gateway_of(&lab.vpc).unwrap().id.clone();
    lab.network
        .detach_internet_gateway(&gateway, &lab.vpc)
        .unwrap();
    lab.network.set_public_ip(&lab.client, public).unwrap();
    assert_eq!(lab.to_internet(), code(HopKind::Route, "BAD_STATE_ROUTE"));
}

#[test]
fn an_instance_is_reached_from_the_internet_by_its_public_address() {
    let mut lab = Lab::new();
    assert_eq!(
        lab.internet_to("10.0.1.30"),
        code(
            HopKind::InternetGateway,
            "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"
        )
    );
    assert_eq!(
        lab.internet_to("54.213.1.2"),
        code(HopKind::Destination, "NO_SOURCE_OR_DESTINATION")
    );
    lab.open_to_internet();
    assert_eq!(
        lab.internet_to("54.213.1.2"),
        code(HopKind::SecurityGroupIngress, "SG_HAS_NO_RULES")
    );
    let mine = RuleSpec::tcp(22, 22, Peer::Ipv4(net("203.0.113.5/32")));
    lab.network
        .authorize(&mut lab.ids, &lab.client_group, Direction::Ingress, mine)
        .unwrap();
    assert_eq!(lab.internet_to("54.213.1.2"), None);
    // The reply needs the outbound path.
    let table = lab.network.vpc(&lab.vpc).unwrap().main_route_table.clone();
    lab.network
        .delete_route(&table, &Destination::anywhere_v4())
        .unwrap();
    assert_eq!(
        lab.internet_to("54.213.1.2"),
        code(HopKind::Route, "NO_ROUTE_TO_DESTINATION")
    );
}

#[test]
fn a_group_means_private_addresses() {
    // With the public address as the source, the sender does not count as a member of the group.
    let mut lab = Lab::joined();
    lab.open_to_internet();
    let from = Endpoint::Interface(lab.client.clone());
    let ssh = RuleSpec::tcp(22, 22, Peer::Group(lab.client_group.clone()));
    lab.network
        .authorize(&mut lab.ids, &lab.client_group, Direction::Ingress, ssh)
        .unwrap();
    let owner = InterfaceOwner::Instance {
        id: "i-2".into(),
        device_index: 0,
    };
    let ip = Ipv4Addr::new(10, 0, 1, 40);
    let spec = InterfaceSpec {
        public_ip: Some(Ipv4Addr::new(54, 213, 9, 9)),
        ..interface(&lab.client_subnet, &lab.client_group, ip, owner)
    };
    lab.network.create_interface(&mut lab.ids, spec).unwrap();
    assert!(lab.network.reach(&from, ip.into(), 22, &listens).reachable);
    let reach = lab
        .network
        .reach(&from, address("54.213.9.9"), 22, &listens);
    assert_eq!(
        refusal(&reach),
        code(HopKind::SecurityGroupIngress, "ENI_SG_RULES_MISMATCH")
    );
}

#[test]
fn other_vpcs_are_not_reached() {
    let mut lab = Lab::joined();
    let vpc = lab
        .network
        .create_vpc(&mut lab.ids, net("10.9.0.0/16"), "default", false)
        .unwrap();
    let spec = SubnetSpec {
        vpc_id: vpc,
        zone: None,
        cidr: net("10.9.0.0/24"),
        ipv6_cidr: None,
    };
    let subnet = lab.network.create_subnet(&mut lab.ids, spec).unwrap();
    let ip = Ipv4Addr::new(10, 9, 0, 9);
    let owner = InterfaceOwner::Instance {
        id: "i-9".into(),
        device_index: 0,
    };
    let spec = InterfaceSpec {
        groups: Vec::new(),
        ..interface(&subnet, "", ip, owner)
    };
    lab.network.create_interface(&mut lab.ids, spec).unwrap();
    let from = Endpoint::Interface(lab.client.clone());
    let reach = |lab: &Lab| refusal(&lab.network.reach(&from, ip.into(), 22, &listens));
    assert_eq!(reach(&lab), code(HopKind::Route, "NO_ROUTE_TO_DESTINATION"));
    lab.open_to_internet();
    assert_eq!(
        reach(&lab),
        code(HopKind::InternetGateway, "DISCONNECTED_VPCS")
    );
}

#[test]
fn sentences() {
    let lab = Lab::new();
    let why = lab.reach(2223).refusal().unwrap().why.clone();
    let groups = (&lab.cluster_group, &lab.client_group);
    assert_eq!(
        why,
        format!(
            "No inbound rule of {} (cluster) allows TCP 2223 from 10.0.1.30 (which carries {}).",
            groups.0, groups.1
        )
    );
}
