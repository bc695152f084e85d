//! The layout rules, on small networks.

use hsmlab_protocol::view::ConnectionView;
use hsmlab_protocol::{Hop, HopKind, Reach};

use super::*;
use crate::diagram::{CardKind, FlowState, Rect, flow, sample};

fn each(check: impl Fn(&Scene, &str)) {
    for axis in [Axis::Columns, Axis::Rows] {
        for zones in [1, 2, 3, 6] {
            for hsms in [0, 1, 2, 4, 7] {
                for clients in [0, 1, 3] {
                    let scene = layout(&sample(zones, hsms, clients), axis);
                    check(
                        &scene,
                        &format!("{axis:?}: {zones} zones, {hsms} HSMs, {clients} clients"),
                    );
                }
            }
        }
    }
}

#[test]
fn no_two_cards_overlap_and_all_are_in_sight() {
    each(|scene, case| {
        let all = Rect {
            x: 0.0,
            y: 0.0,
            w: scene.width,
            h: scene.height,
        };
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
fn hsms_are_in_the_aws_owned_vpc_and_the_rest_in_the_learners() {
    each(|scene, case| {
        let aws = scene
            .bands
            .iter()
            .find(|band| !band.yours)
            .map(|band| band.rect);
        let yours = scene
            .bands
            .iter()
            .find(|band| band.yours)
            .map(|band| band.rect);
        for card in &scene.cards {
            let home = match card.kind {
                CardKind::Cluster | CardKind::Hsm | CardKind::Stack => aws,
                CardKind::Interface | CardKind::Instance => yours,
            };
            assert!(
                home.is_some_and(|home| home.holds(&card.rect)),
                "{case}: {}",
                card.name
            );
        }
    });
}

#[test]
fn an_hsm_is_directly_opposite_its_interface() {
    each(|scene, case| {
        for wire in &scene.wires {
            let straight = wire.from.0 == wire.to.0 || wire.from.1 == wire.to.1;
            assert!(straight, "{case}: {}", wire.hsm);
        }
        let hsms = scene
            .cards
            .iter()
            .filter(|card| card.kind == CardKind::Hsm)
            .count();
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
    let scene = layout(&sample(2, 7, 0), Axis::Columns);
    let stacks = scene
        .cards
        .iter()
        .filter(|card| card.kind == CardKind::Stack);
    assert_eq!(
        stacks.map(|card| card.title.as_str()).collect::<Vec<_>>(),
        ["+4 HSMs"; 2]
    );
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
        let mut view = sample(2, 1, 1);
        let hops = vec![
            hop(HopKind::Source, true),
            hop(HopKind::SecurityGroupIngress, false),
        ];
        let mut way = ConnectionView {
            from: "eni-clienta0".to_owned(),
            to: Some("eni-a0".to_owned()),
            address: "10.0.1.15".to_owned(),
            port: 2223,
            reach: Reach {
                hops,
                reachable: false,
            },
            worked: false,
            at_ms: 1_795_516_927_000,
        };
        view.connection = Some(way.clone());
        let scene = layout(&view, axis);
        let refused = flow(&scene, &way, false).expect("drawn");
        assert_eq!(refused.points.last().copied(), refused.refused_at);
        assert_eq!(refused.text, "TCP 2223 refused");
        assert!(refused.name.contains("no rule"));

        let refusal = way.reach.clone();
        way.reach = Reach {
            hops: vec![hop(HopKind::Source, true)],
            reachable: true,
        };
        let free = flow(&scene, &way, false).expect("drawn");
        assert_eq!(free.state, FlowState::Past);
        assert_eq!(free.text, "TCP 2223 was refused 10:42");
        way.worked = true;
        let through = flow(&scene, &way, false).expect("drawn");
        assert_eq!(through.refused_at, None);
        let wire = &scene.wires[0];
        assert_eq!(
            through.points.last(),
            Some(&wire.from),
            "it continues to the HSM"
        );

        assert_eq!(
            (through.state, through.text.as_str()),
            (FlowState::Open, "TCP 2223 ok")
        );

        // A rule was removed: the open connection is no longer shown as open.
        way.reach = refusal;
        let closed = flow(&scene, &way, false).expect("drawn");
        assert_eq!((closed.state, closed.refused_at), (FlowState::Past, None));
        assert_eq!(closed.text, "TCP 2223 was ok 10:42");
        assert!(closed.label.0 + 160.0 <= scene.width, "{closed:?}");
        assert!(closed.name.ends_with("Now: no rule"), "{}", closed.name);
        way.to = None;
        assert_eq!(flow(&scene, &way, false), None, "the HSM is gone");
        way.from = "eni-unknown".to_owned();
        assert_eq!(flow(&scene, &way, false), None);
    }
}
