//! Properties that hold after any sequence of calls.

use std::collections::BTreeSet;
use std::net::IpAddr;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Desk, hsm, instance};
use hsmlab_net::reach::Listening;
use hsmlab_net::{Destination, Direction, Endpoint, Network, Peer, Protocol, RuleSpec, Target};

/// A call that selects its ids by number among the existing ones.
#[derive(Clone, Debug)]
enum Act {
    CreateVpc(u8),
    DeleteVpc(usize),
    CreateSubnet(usize, u8, u8),
    DeleteSubnet(usize),
    CreateGroup(usize, u8),
    DeleteGroup(usize),
    Authorize(usize, usize, bool, u16),
    RevokeAll(usize, bool),
    CreateInterface(usize, usize, u8),
    DeleteInterface(usize),
    MakeHsm(usize, usize),
    Launch(usize, usize, u8),
    SetGroups(usize, Vec<usize>),
    Gateway(usize, u8),
    Route(usize, usize),
    AssociateTable(usize, usize),
    Acl(usize, usize),
    AclEntry(usize, u8, bool, u16),
    Tag(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let n = || 0usize..12;
    prop_oneof![
        (14u8..30).prop_map(Act::CreateVpc),
        n().prop_map(Act::DeleteVpc),
        (n(), any::<u8>(), 15u8..30).prop_map(|(v, a, p)| Act::CreateSubnet(v, a, p)),
        n().prop_map(Act::DeleteSubnet),
        (n(), 0u8..3).prop_map(|(v, name)| Act::CreateGroup(v, name)),
        n().prop_map(Act::DeleteGroup),
        (n(), n(), any::<bool>(), 0u16..4).prop_map(|(g, p, e, q)| Act::Authorize(g, p, e, q)),
        (n(), any::<bool>()).prop_map(|(g, e)| Act::RevokeAll(g, e)),
        (n(), n(), any::<u8>()).prop_map(|(s, g, a)| Act::CreateInterface(s, g, a)),
        n().prop_map(Act::DeleteInterface),
        (n(), n()).prop_map(|(s, g)| Act::MakeHsm(s, g)),
        (n(), n(), 0u8..3).prop_map(|(s, g, i)| Act::Launch(s, g, i)),
        (n(), prop::collection::vec(n(), 0..7)).prop_map(|(i, g)| Act::SetGroups(i, g)),
        (n(), 0u8..4).prop_map(|(v, what)| Act::Gateway(v, what)),
        (n(), n()).prop_map(|(t, g)| Act::Route(t, g)),
        (n(), n()).prop_map(|(t, s)| Act::AssociateTable(t, s)),
        (n(), n()).prop_map(|(a, s)| Act::Acl(a, s)),
        (n(), 0u8..4, any::<bool>(), 0u16..4).prop_map(|(a, n, e, p)| Act::AclEntry(a, n, e, p)),
        n().prop_map(Act::Tag),
    ]
}

fn nth<'k>(mut ids: impl Iterator<Item = &'k String>, number: usize) -> String {
    ids.nth(number)
        .cloned()
        .unwrap_or_else(|| "vpc-0deadbeef00000000".into())
}

/// The call for an act in the current network.
fn call_of(network: &Network, act: &Act) -> (&'static str, Value) {
    let vpc = |n: &usize| nth(network.vpcs.keys(), *n);
    let subnet = |n: &usize| nth(network.subnets.keys(), *n);
    let group = |n: &usize| nth(network.security_groups.keys(), *n);
    let interface = |n: &usize| nth(network.interfaces.keys(), *n);
    let table = |n: &usize| nth(network.route_tables.keys(), *n);
    let acl = |n: &usize| nth(network.network_acls.keys(), *n);
    match act {
        Act::CreateVpc(prefix) => (
            "CreateVpc",
            json!({"CidrBlock": format!("10.0.0.0/{prefix}")}),
        ),
        Act::DeleteVpc(n) => ("DeleteVpc", json!({"VpcId": vpc(n)})),
        Act::CreateSubnet(n, third, prefix) => (
            "CreateSubnet",
            json!({"VpcId": vpc(n), "CidrBlock": format!("10.0.{third}.0/{prefix}")}),
        ),
        Act::DeleteSubnet(n) => ("DeleteSubnet", json!({"SubnetId": subnet(n)})),
        Act::CreateGroup(n, name) => (
            "CreateSecurityGroup",
            json!({"VpcId": vpc(n), "GroupName": format!("group {name}"), "Description": "d"}),
        ),
        Act::DeleteGroup(n) => ("DeleteSecurityGroup", json!({"GroupId": group(n)})),
        Act::Authorize(n, peer, egress, port) => (
            if *egress {
                "AuthorizeSecurityGroupEgress"
            } else {
                "AuthorizeSecurityGroupIngress"
            },
            json!({"GroupId": group(n), "IpPermissions": [{"IpProtocol": "tcp", "FromPort": port,
                "ToPort": port, "UserIdGroupPairs": [{"GroupId": group(peer)}]}]}),
        ),
        Act::RevokeAll(n, egress) => {
            let group = group(n);
            let own = network.security_group(&group);
            let direction = if *egress {
                Direction::Egress
            } else {
                Direction::Ingress
            };
            let rules = own.map(|own| own.rules(direction)).unwrap_or_default();
            let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
            let name = if *egress {
                "RevokeSecurityGroupEgress"
            } else {
                "RevokeSecurityGroupIngress"
            };
            (name, json!({"GroupId": group, "SecurityGroupRuleIds": ids}))
        }
        Act::CreateInterface(s, g, last) => (
            "CreateNetworkInterface",
            json!({"SubnetId": subnet(s), "Groups": [group(g)],
                "PrivateIpAddress": format!("10.0.0.{last}")}),
        ),
        Act::DeleteInterface(n) => (
            "DeleteNetworkInterface",
            json!({"NetworkInterfaceId": interface(n)}),
        ),
        Act::SetGroups(n, groups) => (
            "ModifyNetworkInterfaceAttribute",
            json!({"NetworkInterfaceId": interface(n),
                "Groups": groups.iter().map(group).collect::<Vec<_>>()}),
        ),
        Act::Gateway(n, what) => {
            let gateway = nth(network.internet_gateways.keys(), *n);
            let ends = json!({"InternetGatewayId": gateway, "VpcId": vpc(n)});
            match what {
                0 => ("CreateInternetGateway", json!({})),
                1 => ("AttachInternetGateway", ends),
                2 => ("DetachInternetGateway", ends),
                _ => (
                    "DeleteInternetGateway",
                    json!({"InternetGatewayId": gateway}),
                ),
            }
        }
        Act::Route(t, g) => (
            "CreateRoute",
            json!({"RouteTableId": table(t), "DestinationCidrBlock": "0.0.0.0/0",
                "GatewayId": nth(network.internet_gateways.keys(), *g)}),
        ),
        Act::AssociateTable(t, s) if t % 3 == 0 => ("CreateRouteTable", json!({"VpcId": vpc(s)})),
        Act::AssociateTable(t, s) if t % 3 == 1 => {
            ("DeleteRouteTable", json!({"RouteTableId": table(s)}))
        }
        Act::AssociateTable(t, s) => (
            "AssociateRouteTable",
            json!({"RouteTableId": table(t), "SubnetId": subnet(s)}),
        ),
        Act::Acl(a, s) if a % 3 == 0 => ("CreateNetworkAcl", json!({"VpcId": vpc(s)})),
        Act::Acl(a, s) if a % 3 == 1 => ("DeleteNetworkAcl", json!({"NetworkAclId": acl(s)})),
        Act::Acl(a, s) => {
            let tie = network
                .subnet(&subnet(s))
                .map(|own| own.acl_association.clone());
            (
                "ReplaceNetworkAclAssociation",
                json!({"AssociationId": tie.unwrap_or_default(), "NetworkAclId": acl(a)}),
            )
        }
        Act::AclEntry(a, number, egress, port) => (
            "CreateNetworkAclEntry",
            json!({"NetworkAclId": acl(a), "RuleNumber": number, "Protocol": "6",
                "RuleAction": "allow", "Egress": egress, "CidrBlock": "0.0.0.0/0",
                "PortRange": {"From": port, "To": 65535}}),
        ),
        Act::Tag(n) => (
            "CreateTags",
            json!({"Resources": [subnet(n)], "Tags": [{"Key": "k", "Value": "v"}]}),
        ),
        Act::MakeHsm(..) | Act::Launch(..) => ("DescribeVpcs", json!({})),
    }
}

/// Runs an act. Actions of services do not use the entry point.
fn perform(desk: &mut Desk, act: &Act) {
    let network = &desk.cloud.ec2.region("us-west-2").unwrap().network;
    let (s, g, owner) = match act {
        Act::MakeHsm(s, g) => (s, g, hsm()),
        Act::Launch(s, g, i) => (s, g, instance(&format!("i-{i}"))),
        _ => {
            let (operation, params) = call_of(network, act);
            let before = desk.cloud.ec2.clone();
            if let Err(error) = desk.try_call(operation, params) {
                assert!(!error.code.is_empty() && !error.remedy.is_empty());
                assert_ne!(error.code, "InternalError");
                assert_eq!(
                    desk.cloud.ec2, before,
                    "{operation} changed the region partially"
                );
            }
            return;
        }
    };
    let spec = hsmlab_net::InterfaceSpec {
        subnet_id: nth(network.subnets.keys(), *s),
        groups: vec![nth(network.security_groups.keys(), *g)],
        private_ip: None,
        ipv6: false,
        description: String::new(),
        owner,
        public_ip: None,
        now: desk.now,
    };
    let region = desk.cloud.ec2.region_mut("us-west-2").unwrap();
    let _ = region.network.create_interface(&mut desk.ids, spec);
}

/// Checks that every referenced id exists, and that blocks and addresses do not collide.
fn check_integrity(desk: &Desk) {
    let region = desk.cloud.ec2.region("us-west-2").unwrap();
    let network = &region.network;
    for vpc in network.vpcs.values() {
        assert_eq!(network.route_tables[&vpc.main_route_table].vpc_id, vpc.id);
        assert_eq!(network.network_acls[&vpc.default_acl].vpc_id, vpc.id);
        assert_eq!(network.security_groups[&vpc.default_group].vpc_id, vpc.id);
    }
    let subnets: Vec<_> = network.subnets.values().collect();
    for (number, subnet) in subnets.iter().enumerate() {
        let vpc = &network.vpcs[&subnet.vpc_id];
        assert!(vpc.contains(IpAddr::V4(subnet.cidr.network())));
        assert_eq!(network.network_acls[&subnet.acl_id].vpc_id, subnet.vpc_id);
        if let Some(own) = &subnet.route_table {
            assert_eq!(
                network.route_tables[&own.route_table_id].vpc_id,
                subnet.vpc_id
            );
        }
        for other in &subnets[number + 1..] {
            let apart = !subnet.cidr.contains(&other.cidr) && !other.cidr.contains(&subnet.cidr);
            assert!(
                apart || subnet.vpc_id != other.vpc_id,
                "{} {}",
                subnet.cidr,
                other.cidr
            );
        }
        let used = network
            .interfaces
            .values()
            .filter(|i| i.subnet_id == subnet.id)
            .count();
        let free = usize::try_from(network.free_address_count(&subnet.id).unwrap()).unwrap();
        assert_eq!(used + free, usize::try_from(subnet.capacity()).unwrap());
    }
    let mut addresses = BTreeSet::new();
    for interface in network.interfaces.values() {
        let subnet = &network.subnets[&interface.subnet_id];
        assert_eq!(interface.vpc_id, subnet.vpc_id);
        assert!(subnet.cidr.contains(&interface.private_ip));
        assert!(!subnet.is_reserved(interface.private_ip));
        assert!(addresses.insert((interface.vpc_id.clone(), interface.private_ip)));
        assert!((1..=5).contains(&interface.groups.len()));
        for group in &interface.groups {
            assert_eq!(network.security_groups[group].vpc_id, interface.vpc_id);
        }
    }
    for group in network.security_groups.values() {
        assert!(network.vpcs.contains_key(&group.vpc_id));
        for rule in group.rules.values() {
            if let Peer::Group(peer) = &rule.spec.peer {
                assert_eq!(network.security_groups[peer].vpc_id, group.vpc_id);
            }
        }
    }
    for gateway in network.internet_gateways.values() {
        assert!(
            gateway
                .vpc_id
                .as_ref()
                .is_none_or(|vpc| network.vpcs.contains_key(vpc))
        );
    }
    for table in network.route_tables.values() {
        assert!(network.vpcs.contains_key(&table.vpc_id));
        for route in &table.routes {
            // A route whose target is deleted must be shown as a black hole.
            if let Target::InternetGateway(id) = &route.target {
                let there = network.internet_gateways.contains_key(id);
                assert!(there || network.is_blackhole(table, route));
            }
        }
    }
    for id in region.tags.keys() {
        assert!(
            network.subnets.contains_key(id),
            "{id} has tags but does not exist"
        );
    }
}

fn always(_: &str, _: u16) -> Listening {
    Listening::Open
}

/// The pairs of interfaces of which one reaches the other on a port.
fn reachable(network: &Network, port: u16) -> BTreeSet<(String, String)> {
    let mut pairs = BTreeSet::new();
    for from in network.interfaces.keys() {
        for to in network.interfaces.values() {
            let end = Endpoint::Interface(from.clone());
            if network
                .reach(&end, to.private_ip.into(), port, &always)
                .reachable
            {
                pairs.insert((from.clone(), to.id.clone()));
            }
        }
    }
    pairs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_keeps_the_references(acts in prop::collection::vec(act(), 1..60)) {
        let mut desk = Desk::new();
        for act in &acts {
            perform(&mut desk, act);
        }
        check_integrity(&desk);
    }

    #[test]
    fn an_allow_rule_closes_nothing(
        acts in prop::collection::vec(act(), 1..40),
        group in 0usize..12,
        peer in 0usize..12,
        egress: bool,
        port in 0u16..4,
    ) {
        let mut desk = Desk::new();
        for act in &acts {
            perform(&mut desk, act);
        }
        let network = &desk.cloud.ec2.region("us-west-2").unwrap().network;
        let before = reachable(network, port);
        let (group, peer) = (
            nth(network.security_groups.keys(), group),
            nth(network.security_groups.keys(), peer),
        );
        let direction = if egress { Direction::Egress } else { Direction::Ingress };
        let region = desk.cloud.ec2.region_mut("us-west-2").unwrap();
        let rule = RuleSpec::tcp(port, port, Peer::Group(peer));
        let _ = region.network.authorize(&mut desk.ids, &group, direction, rule);
        prop_assert!(before.is_subset(&reachable(&region.network, port)));
    }

    #[test]
    fn any_address_has_an_answer(octets: [u8; 4], from: [u8; 4], port: u16, open: bool) {
        let mut desk = Desk::new();
        let vpc = desk.vpc();
        let subnet = desk.subnet(&vpc, "10.0.1.0/24");
        let group = desk.group(&vpc, "app");
        let eni = desk.interface(&subnet, &group, instance("i-1"));
        let region = desk.cloud.ec2.region_mut("us-west-2").unwrap();
        if open {
            let table = region.network.vpc(&vpc).unwrap().main_route_table.clone();
            let gateway = region.network.create_internet_gateway(&mut desk.ids).unwrap();
            region.network.attach_internet_gateway(&gateway, &vpc).unwrap();
            let target = Target::InternetGateway(gateway);
            region.network.create_route(&table, Destination::anywhere_v4(), target).unwrap();
        }
        for end in [Endpoint::Interface(eni), Endpoint::Internet(from.into())] {
            let reach = region.network.reach(&end, octets.into(), port, &always);
            prop_assert_eq!(reach.reachable, reach.refusal().is_none());
            prop_assert!(reach.hops.iter().all(|hop| !hop.why.is_empty()));
            let trace = region.network.trace(&end, octets.into(), Protocol::UDP, port);
            prop_assert!(!trace.forward.is_empty());
        }
    }
}
