//! The effect of faults on a scene: the states of affected parts, and the lost zones.

use hsmlab_protocol::view::{DiagramView, FaultsView};

use super::shape::{CardKind, Scene, Status, Tone};

/// Marks the affected parts. For the API, a failed HSM and an unreachable one are both `DEGRADED`; the
/// active faults tell which it is.
pub fn strike(scene: &mut Scene, view: &DiagramView, faults: &FaultsView) {
    let in_force = |kind: &str, target: &str| {
        (faults.faults.iter()).any(|fault| {
            fault.active && fault.target == target && fault.id.split('/').next() == Some(kind)
        })
    };
    for card in &mut scene.cards {
        let zone = zone_of(view, card.kind, &card.id);
        let lost = zone.is_some_and(|zone| in_force("lose-zone", zone));
        let degraded = card
            .status
            .as_ref()
            .is_some_and(|status| status.text == "degraded");
        let text = match card.kind {
            CardKind::Hsm | CardKind::Instance if lost => "cut off",
            CardKind::Hsm if in_force("cut-hsm", &card.id) => "cut off",
            CardKind::Hsm if degraded => "failed",
            _ => continue,
        };
        let why = if lost { ", its zone is lost" } else { "" };
        card.name = format!("{}; {text}{why}", card.name);
        card.status = Some(bad(text));
    }
    for zone in &mut scene.zones {
        if in_force("lose-zone", &zone.text) {
            zone.name = format!("Zone {}, lost", zone.text);
            zone.status = Some(bad("lost"));
        } else if in_force("no-hardware", &zone.text) {
            zone.name = format!("Zone {}, no free hardware", zone.text);
            let text = "full".to_owned();
            let (tone, glyph) = (Tone::Waiting, '◐');
            zone.status = Some(Status { tone, glyph, text });
        }
    }
    scene.lost = (scene.areas.iter())
        .filter(|(zone, _)| in_force("lose-zone", zone))
        .map(|(_, rect)| *rect)
        .collect();
}

fn bad(text: &str) -> Status {
    Status {
        tone: Tone::Bad,
        glyph: '✕',
        text: text.to_owned(),
    }
}

fn zone_of<'a>(view: &'a DiagramView, kind: CardKind, id: &str) -> Option<&'a str> {
    let mut hsms = view.clusters.iter().flat_map(|cluster| &cluster.hsms);
    let mut subnets = view.vpcs.iter().flat_map(|vpc| &vpc.subnets);
    match kind {
        CardKind::Hsm => hsms.find(|hsm| hsm.id == id).map(|hsm| hsm.zone.as_str()),
        CardKind::Instance => subnets
            .find(|subnet| {
                let instances = subnet.interfaces.iter();
                let mut instances = instances.filter_map(|interface| interface.instance.as_ref());
                instances.any(|instance| instance.id == id)
            })
            .map(|subnet| subnet.zone.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hsmlab_protocol::view::FaultView;

    use super::*;
    use crate::diagram::{Axis, layout, sample};

    fn struck(faults: &[(&str, &str)], axis: Axis) -> Scene {
        let mut view = sample(2, 2, 1);
        view.clusters[0].hsms[1].state = "DEGRADED".to_owned();
        let mut scene = layout(&view, axis);
        let faults = faults.iter().map(|(kind, target)| FaultView {
            id: format!("{kind}/{target}"),
            target: (*target).to_owned(),
            active: true,
            ..FaultView::default()
        });
        let faults = FaultsView {
            faults: faults.collect(),
        };
        strike(&mut scene, &view, &faults);
        scene
    }

    fn status(scene: &Scene, id: &str) -> String {
        let card = scene
            .cards
            .iter()
            .find(|card| card.id == id)
            .expect("a card");
        let status = card.status.clone().expect("a status");
        format!("{} {}", status.glyph, status.text)
    }

    #[test]
    fn each_fault_has_its_own_words() {
        for axis in [Axis::Columns, Axis::Rows] {
            let scene = struck(&[], axis);
            assert_eq!(status(&scene, "hsm-a0"), "● active");
            assert_eq!(status(&scene, "hsm-a1"), "✕ failed");
            assert!(scene.lost.is_empty());
            let scene = struck(&[("cut-hsm", "hsm-a1")], axis);
            assert_eq!(status(&scene, "hsm-a1"), "✕ cut off");
            let scene = struck(&[("lose-zone", "b"), ("no-hardware", "a")], axis);
            assert_eq!(status(&scene, "hsm-b0"), "✕ cut off");
            assert_eq!(status(&scene, "i-clientb0"), "✕ cut off");
            assert_eq!(status(&scene, "hsm-a0"), "● active");
            let words: Vec<_> = (scene.zones.iter())
                .map(|zone| zone.status.as_ref().map(|status| status.text.as_str()))
                .collect();
            assert_eq!(words, [Some("full"), Some("lost")]);
            assert_eq!(scene.lost.len(), 1);
            let lost = scene.lost[0];
            for card in &scene.cards {
                let inside = lost.holds(&card.rect);
                let of_zone = card.kind != CardKind::Cluster && card.id.contains("b0");
                if card.kind == CardKind::Hsm || card.kind == CardKind::Instance {
                    assert_eq!(inside, of_zone || card.id == "hsm-b1", "{}", card.id);
                }
            }
        }
    }
}
