use std::collections::BTreeMap;

use hsmlab_core::hsm::ApplianceStatus;
use hsmlab_core::net::{Hop, HopKind, Reach};
use hsmlab_core::session::view::{
    ClusterView, ConnectionView, GroupView, HsmView, InstanceView, InterfaceView, SubnetView,
    VpcView,
};

use super::*;
use crate::diagram::{CardKind, Rect, flow};

const ZONES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn interface(id: String, groups: &[&str]) -> InterfaceView {
    InterfaceView {
        ip: "10.0.1.15".to_owned(),
        public_ip: None,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        instance: None,
        hsm_id: None,
        id,
    }
}

fn instance(id: String, groups: &[&str]) -> InterfaceView {
    let instance = InstanceView {
        name: id.replace("eni", "client"),
        state: "running".to_owned(),
        os: "Amazon Linux 2023".to_owned(),
        terminal: true,
        packages: Vec::new(),
        id: id.replace("eni", "i"),
    };
    InterfaceView { instance: Some(instance), ..interface(id, groups) }
}

fn hsm(number: usize, zone: &str) -> HsmView {
    HsmView {
        id: format!("hsm-{zone}{number}"),
        state: "ACTIVE".to_owned(),
        zone: zone.to_owned(),
        interface: format!("eni-{zone}{number}"),
        ip: "10.0.1.15".to_owned(),
        appliance: ApplianceStatus::default(),
        until_ms: None,
    }
}

/// A VPC over `zones` zones with `hsms` HSMs and `clients` instances a zone: every other instance is
/// a member of the cluster's group.
fn world(zones: usize, hsms: usize, clients: usize) -> DiagramView {
    let zones: Vec<String> = ZONES.iter().take(zones).map(|zone| (*zone).to_owned()).collect();
    let subnet = |zone: &String| {
        let of_hsms = (0..hsms).map(|number| InterfaceView {
            hsm_id: Some(format!("hsm-{zone}{number}")),
            ..interface(format!("eni-{zone}{number}"), &["sg-1"])
        });
        let of_clients = (0..clients).map(|number| {
            let groups = if number % 2 == 0 { vec!["sg-2"] } else { vec!["sg-1", "sg-2"] };
            instance(format!("eni-client{zone}{number}"), &groups)
        });
        SubnetView {
            id: format!("subnet-{zone}"),
            name: String::new(),
            cidr: "10.0.1.0/24".to_owned(),
            zone: zone.clone(),
            public: false,
            interfaces: of_hsms.chain(of_clients).collect(),
        }
    };
    let group = |id: &str, cluster: Option<&str>| GroupView {
        id: id.to_owned(),
        name: id.to_owned(),
        cluster_id: cluster.map(str::to_owned),
        inbound: vec!["TCP 2223-2225 from itself".to_owned()],
        outbound: Vec::new(),
    };
    let cluster = ClusterView {
        id: "cluster-1".to_owned(),
        state: "ACTIVE".to_owned(),
        hsm_type: "hsm2m.medium".to_owned(),
        mode: "FIPS".to_owned(),
        vpc_id: "vpc-1".to_owned(),
        security_group: "sg-1".to_owned(),
        subnets: BTreeMap::new(),
        hsms: zones.iter().flat_map(|zone| (0..hsms).map(|number| hsm(number, zone))).collect(),
    };
    let vpc = VpcView {
        id: "vpc-1".to_owned(),
        name: "lab-vpc".to_owned(),
        cidr: "10.0.0.0/16".to_owned(),
        is_default: false,
        internet_gateway: Some("igw-1".to_owned()),
        subnets: zones.iter().map(subnet).collect(),
        groups: vec![group("sg-1", Some("cluster-1")), group("sg-2", None)],
    };
    DiagramView {
        region: "us-east-1".to_owned(),
        zones,
        vpcs: vec![vpc],
        clusters: vec![cluster],
        connection: None,
    }
}

fn each(check: impl Fn(&Scene, &str)) {
    for axis in [Axis::Columns, Axis::Rows] {
        for zones in [1, 2, 3, 6] {
            for hsms in [0, 1, 2, 4, 7] {
                for clients in [0, 1, 3] {
                    let scene = layout(&world(zones, hsms, clients), axis);
                    check(&scene, &format!("{axis:?}: {zones} zones, {hsms} HSMs, {clients} clients"));
                }
            }
        }
    }
}

#[test]
fn no_two_cards_overlap_and_all_are_in_sight() {
    each(|scene, case| {
        let all = Rect { x: 0.0, y: 0.0, w: scene.width, h: scene.height };
        for (at, card) in scene.cards.iter().enumerate() {
            assert!(all.holds(&card.rect), "{case}: {} is outside", card.name);
            for other in scene.cards.iter().skip(at + 1) {
                let apart = !card.rect.overlaps(&other.rect);
                assert!(apart, "{case}: {} overlaps {}", card.name, other.name);
            }
        }
    });
}

#[test]
fn hsms_stand_in_the_vpc_that_aws_owns_and_the_rest_in_the_learners() {
    each(|scene, case| {
        let aws = scene.bands.iter().find(|band| !band.yours).map(|band| band.rect);
        let yours = scene.bands.iter().find(|band| band.yours).map(|band| band.rect);
        for card in &scene.cards {
            let home = match card.kind {
                CardKind::Cluster | CardKind::Hsm | CardKind::Stack => aws,
                CardKind::Interface | CardKind::Instance => yours,
            };
            assert!(home.is_some_and(|home| home.holds(&card.rect)), "{case}: {}", card.name);
        }
    });
}

#[test]
fn an_hsm_is_straight_beside_its_interface() {
    each(|scene, case| {
        for wire in &scene.wires {
            let straight = wire.from.0 == wire.to.0 || wire.from.1 == wire.to.1;
            assert!(straight, "{case}: {}", wire.hsm);
        }
        let hsms = scene.cards.iter().filter(|card| card.kind == CardKind::Hsm).count();
        assert_eq!(scene.wires.len(), hsms, "{case}");
    });
}

#[test]
fn a_security_group_holds_its_members_and_nobody_else() {
    each(|scene, case| {
        for outline in &scene.outlines {
            for card in &scene.cards {
                let inside = outline.rects.iter().any(|rect| rect.overlaps(&card.rect));
                let member = match card.kind {
                    CardKind::Interface => true,
                    CardKind::Instance => card.name.contains("sg-1"),
                    _ => false,
                };
                assert_eq!(inside, member, "{case}: {}", card.name);
            }
        }
    });
}

#[test]
fn more_than_four_hsms_of_a_zone_are_counted() {
    let scene = layout(&world(2, 7, 0), Axis::Columns);
    let stacks = scene.cards.iter().filter(|card| card.kind == CardKind::Stack);
    assert_eq!(stacks.map(|card| card.title.as_str()).collect::<Vec<_>>(), ["+4 HSMs"; 2]);
}

#[test]
fn a_refused_connection_ends_where_it_was_refused() {
    let hop = |kind, allows| Hop {
        kind,
        id: "sg-1".to_owned(),
        interface: None,
        allows,
        why: "no rule".to_owned(),
        code: None,
    };
    for axis in [Axis::Columns, Axis::Rows] {
        let mut view = world(2, 1, 1);
        let hops = vec![hop(HopKind::Source, true), hop(HopKind::SecurityGroupIngress, false)];
        let mut way = ConnectionView {
            from: "eni-clienta0".to_owned(),
            to: Some("eni-a0".to_owned()),
            address: "10.0.1.15".to_owned(),
            port: 2223,
            reach: Reach { hops, reachable: false },
            at_ms: 0,
        };
        view.connection = Some(way.clone());
        let scene = layout(&view, axis);
        let refused = flow(&scene, &way).expect("drawn");
        assert_eq!(refused.points.last().copied(), refused.refused_at);
        assert_eq!(refused.text, "TCP 2223 refused");
        assert!(refused.name.contains("no rule"));

        way.reach = Reach { hops: vec![hop(HopKind::Source, true)], reachable: true };
        let through = flow(&scene, &way).expect("drawn");
        assert_eq!(through.refused_at, None);
        let wire = &scene.wires[0];
        assert_eq!(through.points.last(), Some(&wire.from), "it goes on to the HSM");

        way.to = None;
        way.from = "eni-unknown".to_owned();
        assert_eq!(flow(&scene, &way), None);
    }
}
