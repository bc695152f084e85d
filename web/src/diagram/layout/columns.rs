//! Zones side by side; AWS's own VPC at the top, the learner's VPCs below it.

use hsmlab_protocol::view::InterfaceView;

use super::plan::{Plan, Section, SubnetPlan, VpcPlan};
use crate::diagram::cards;
use crate::diagram::shape::{
    Band, Card, CardKind, Gateway, Label, Outline, Rect, Scene, Slot, Status, SubnetBox, Tone,
    Wire, Zone,
};
use crate::numbers::float_len;

const CARD_W: f64 = 124.0;
/// The height for name, state, keys and users, and the bar of the HSM's share of the traffic.
const HSM_H: f64 = 70.0;
const ENI_H: f64 = 40.0;
const INSTANCE_H: f64 = 56.0;
const CLUSTER_W: f64 = 232.0;
const CLUSTER_H: f64 = 42.0;
const GAP: f64 = 12.0;
const EDGE: f64 = 10.0;
const SUBNET_HEAD: f64 = 28.0;
const VPC_HEAD: f64 = 32.0;
const VPC_FOOT: f64 = 24.0;
const AWS_HEAD: f64 = 58.0;
const BETWEEN: f64 = 22.0;
/// The room around a security group's outline, for its label above it, and for the label of a refused
/// connection below it.
const OUTLINE: f64 = 8.0;
const OUTLINE_HEAD: f64 = 18.0;
const OUTLINE_FOOT: f64 = 22.0;
/// The minimum width of the drawing: the width of one zone's labels.
const WIDTH_MIN: f64 = 720.0;

struct Lay<'p, 'a> {
    plan: &'p Plan<'a>,
    scene: Scene,
    zone_w: f64,
    /// The top of the zones' area.
    hsms_top: f64,
}

pub(super) fn lay(plan: &Plan<'_>) -> Scene {
    let zones = float_len(plan.view.zones.len().max(1));
    let natural = 2.0 * CARD_W + GAP + 3.0 * EDGE;
    let zone_w = natural.max((WIDTH_MIN - 2.0 * EDGE) / zones);
    let width = zones * zone_w + 4.0 * EDGE;
    let mut lay = Lay {
        plan,
        zone_w,
        hsms_top: EDGE,
        scene: Scene {
            width,
            ..Scene::default()
        },
    };
    let mut y = lay.aws(EDGE);
    for (at, vpc) in plan.vpcs.iter().enumerate() {
        y = lay.vpc(vpc, y + if at == 0 { BETWEEN } else { GAP });
    }
    lay.wires();
    lay.finish(y)
}

impl Lay<'_, '_> {
    fn zone_x(&self, zone: usize) -> f64 {
        2.0 * EDGE + float_len(zone) * self.zone_w
    }

    /// The left edge of a card in a zone: two cards are side by side in the middle of the zone.
    fn slot_x(&self, zone: usize, column: usize) -> f64 {
        let free = self.zone_w - 2.0 * CARD_W - GAP;
        self.zone_x(zone) + free / 2.0 + float_len(column) * (CARD_W + GAP)
    }

    fn band_rect(&self, top: f64, bottom: f64) -> Rect {
        Rect {
            x: EDGE,
            y: top,
            w: self.scene.width - 2.0 * EDGE,
            h: bottom - top,
        }
    }

    /// Lays out AWS's own VPC; returns its lower edge.
    fn aws(&mut self, top: f64) -> f64 {
        let per_row = 1.max(self.clusters_per_row());
        let cluster_rows = self.plan.view.clusters.len().div_ceil(per_row).max(1);
        let head = AWS_HEAD + float_len(cluster_rows - 1) * (CLUSTER_H + 6.0);
        self.clusters(top + 8.0, per_row);
        let (mut rows, clusters) = (1, !self.plan.view.clusters.is_empty());
        for (zone, (shown, more)) in self.plan.hsms.iter().enumerate() {
            let count = shown.len() + usize::from(*more > 0);
            rows = rows.max(count.div_ceil(2));
            let rect = |at: usize, lay: &Self| Rect {
                x: lay.slot_x(zone, at % 2),
                y: top + head + float_len(at / 2) * (HSM_H + GAP),
                w: CARD_W,
                h: HSM_H,
            };
            for (at, hsm) in shown.iter().enumerate() {
                let card = cards::hsm(hsm, rect(at, self));
                self.scene.cards.push(card);
            }
            if *more > 0 {
                let rect = rect(shown.len(), self);
                self.scene.cards.push(stack(*more, rect));
            }
            if count == 0 && clusters {
                let rect = Rect {
                    w: 2.0 * CARD_W + GAP,
                    ..rect(0, self)
                };
                self.scene.slots.push(Slot {
                    rect,
                    text: "no HSM in this zone".to_owned(),
                });
            }
        }
        let bottom = top + head + float_len(rows) * (HSM_H + GAP) + 2.0;
        self.hsms_top = top + head - EDGE / 2.0;
        self.scene.bands.push(Band {
            id: String::new(),
            rect: self.band_rect(top, bottom),
            title: "AWS-owned VPC".to_owned(),
            detail: "reachable only through the ENIs".to_owned(),
            yours: false,
        });
        bottom
    }

    fn clusters_left(&self) -> f64 {
        self.zone_x(0) + 256.0
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small and positive"
    )]
    fn clusters_per_row(&self) -> usize {
        ((self.scene.width - 2.0 * EDGE - self.clusters_left()) / (CLUSTER_W + 8.0)) as usize
    }

    fn clusters(&mut self, top: f64, per_row: usize) {
        let left = self.clusters_left();
        for (at, cluster) in self.plan.view.clusters.iter().enumerate() {
            let rect = Rect {
                x: left + float_len(at % per_row) * (CLUSTER_W + 8.0),
                y: top + float_len(at / per_row) * (CLUSTER_H + 6.0),
                w: CLUSTER_W,
                h: CLUSTER_H,
            };
            self.scene.cards.push(cards::cluster(cluster, rect));
        }
    }

    /// Lays out a VPC of the learner; returns its lower edge.
    fn vpc(&mut self, vpc: &VpcPlan<'_>, top: f64) -> f64 {
        let mut y = top + VPC_HEAD;
        let mut members: Vec<Vec<Rect>> = vec![Vec::new(); vpc.clusters.len()];
        for tier in 0..vpc.tiers() {
            y = self.tier(vpc, tier, y, &mut members) + 10.0;
        }
        if vpc.tiers() == 0 {
            let text = "no subnets yet".to_owned();
            let rect = Rect {
                x: self.slot_x(0, 0),
                y,
                w: 2.0 * CARD_W + GAP,
                h: ENI_H,
            };
            self.scene.slots.push(Slot { rect, text });
            y += ENI_H + 10.0;
        }
        let bottom = y + VPC_FOOT - 10.0;
        self.outlines(vpc, members);
        for (zone, name) in self.plan.view.zones.iter().enumerate() {
            self.scene.zones.push(Zone {
                x: self.zone_x(zone) + 6.0,
                y: bottom - 9.0,
                text: name.clone(),
                name: format!("Zone {name}"),
                status: None,
            });
        }
        let view = vpc.vpc;
        self.scene.bands.push(Band {
            id: view.id.clone(),
            rect: self.band_rect(top, bottom),
            title: name_of(&view.name, &view.id, view.is_default),
            detail: view.cidr.clone(),
            yours: true,
        });
        if let Some(gateway) = &view.internet_gateway {
            let used = float_len(self.scene.gateways.len());
            let rect = Rect {
                // Right of the first zone's name, and clear of the diagram's tools.
                x: self.zone_x(0) + 124.0 + used * 150.0,
                y: bottom - 13.0,
                w: 138.0,
                h: 26.0,
            };
            let (id, vpc) = (gateway.clone(), view.id.clone());
            self.scene.gateways.push(Gateway { id, vpc, rect });
        }
        bottom
    }

    /// Lays out one row of subnets, at most one per zone; returns its lower edge.
    fn tier(&mut self, vpc: &VpcPlan<'_>, tier: usize, top: f64, members: &mut [Vec<Rect>]) -> f64 {
        let subnets: Vec<(usize, &SubnetPlan<'_>)> = (vpc.zones.iter().enumerate())
            .filter_map(|(zone, subnets)| subnets.get(tier).map(|subnet| (zone, subnet)))
            .collect();
        let mut y = top + SUBNET_HEAD;
        for section in 0..=vpc.clusters.len() {
            let mut bottom = y;
            let mut held: Option<Rect> = None;
            let inset = if section < vpc.clusters.len() {
                OUTLINE_HEAD + OUTLINE
            } else {
                0.0
            };
            let eni_rows = subnets
                .iter()
                .filter_map(|(_, subnet)| subnet.sections.get(section));
            let eni_rows = eni_rows
                .map(|section| section.hsms.len().min(4).div_ceil(2))
                .max();
            let others_top = y + inset + float_len(eni_rows.unwrap_or(0)) * (ENI_H + GAP);
            for (zone, subnet) in &subnets {
                let Some(section) = subnet.sections.get(section) else {
                    continue;
                };
                for rect in self.section(section, *zone, y + inset, others_top) {
                    bottom = bottom.max(rect.bottom());
                    held = Some(held.map_or(rect, |held| held.with(&rect)));
                }
            }
            if let (Some(held), Some(all)) = (held, members.get_mut(section)) {
                all.push(held.grown(OUTLINE));
                bottom += OUTLINE + OUTLINE_FOOT;
            } else if bottom > y {
                bottom += GAP;
            }
            y = bottom;
        }
        let bottom = y.max(top + SUBNET_HEAD + 24.0);
        for (zone, subnet) in subnets {
            let rect = Rect {
                x: self.zone_x(zone) + 6.0,
                y: top,
                w: self.zone_w - 12.0,
                h: bottom - top,
            };
            self.scene.subnets.push(subnet_box(subnet, rect));
        }
        bottom
    }

    /// The cards of a section in one subnet.
    fn section(
        &mut self,
        section: &Section<'_>,
        zone: usize,
        top: f64,
        others_top: f64,
    ) -> Vec<Rect> {
        let mut rects = Vec::new();
        let mut rows = [0_usize; 2];
        for view in &section.hsms {
            let hsm = view.hsm_id.as_deref().unwrap_or_default();
            if !self.plan.shows(hsm) {
                continue;
            }
            // In the column of its HSM, directly below it.
            let in_zone = self.plan.hsms.get(zone);
            let at = in_zone.and_then(|(shown, _)| shown.iter().position(|card| card.id == hsm));
            let column = at.unwrap_or(0) % 2;
            let Some(row) = rows.get_mut(column) else {
                continue;
            };
            let y = top + float_len(*row) * (ENI_H + GAP);
            *row += 1;
            let rect = Rect {
                x: self.slot_x(zone, column),
                y,
                w: CARD_W,
                h: ENI_H,
            };
            self.scene.cards.push(cards::interface(view, rect));
            rects.push(rect);
        }
        for (at, view) in section.others.iter().enumerate() {
            let y = others_top + float_len(at / 2) * (INSTANCE_H + GAP);
            let rect = Rect {
                x: self.slot_x(zone, at % 2),
                y,
                w: CARD_W,
                h: INSTANCE_H,
            };
            self.scene.cards.push(other(self.plan, view, rect));
            rects.push(rect);
        }
        rects
    }

    fn outlines(&mut self, vpc: &VpcPlan<'_>, members: Vec<Vec<Rect>>) {
        for (section, rects) in members.into_iter().enumerate() {
            let (Some(group), Some(first)) = (vpc.group(section), rects.first()) else {
                continue;
            };
            let label = Label {
                x: first.x + 2.0,
                y: first.y - 6.0,
                text: cards::group_label(group),
            };
            self.scene.outlines.push(Outline {
                id: group.id.clone(),
                name: format!(
                    "Security group {}: {}",
                    group.name,
                    group.inbound.join("; ")
                ),
                label,
                rects,
            });
        }
    }

    fn wires(&mut self) {
        let wires = wires(&self.scene, |hsm, eni| {
            ((hsm.mid_x(), hsm.bottom()), (eni.mid_x(), eni.y))
        });
        self.scene.wires = wires;
    }

    fn finish(mut self, bottom: f64) -> Scene {
        for zone in 1..self.plan.view.zones.len() {
            let x = self.zone_x(zone);
            self.scene
                .borders
                .push(((x, 2.0 * EDGE), (x, bottom - 8.0)));
        }
        for (zone, name) in self.plan.view.zones.iter().enumerate() {
            let rect = Rect {
                x: self.zone_x(zone) + 2.0,
                y: self.hsms_top,
                w: self.zone_w - 4.0,
                h: bottom - VPC_FOOT - self.hsms_top,
            };
            self.scene.areas.push((name.clone(), rect));
        }
        let mut height = bottom + EDGE;
        let outside = self
            .plan
            .view
            .connection
            .as_ref()
            .is_some_and(|way| way.from == "internet");
        if outside || !self.scene.gateways.is_empty() {
            let y = bottom + 20.0;
            let left = self.zone_x(0) + 124.0;
            let count = float_len(self.scene.gateways.len().max(1));
            let w = 138.0 + (count - 1.0) * 150.0;
            self.scene.internet = Some(Rect {
                x: left,
                y,
                w,
                h: 22.0,
            });
            height = y + 22.0 + EDGE / 2.0;
        }
        self.scene.height = height;
        self.scene
    }
}

pub(super) fn stack(more: usize, rect: Rect) -> Card {
    Card {
        id: String::new(),
        interface: None,
        kind: CardKind::Stack,
        rect,
        title: format!("+{more} HSMs"),
        detail: String::new(),
        name: format!("{more} more HSMs in this zone; open the outline to see them"),
        status: Some(Status {
            tone: Tone::Quiet,
            glyph: '≡',
            text: "see the outline".to_owned(),
        }),
    }
}

pub(super) fn subnet_box(subnet: &SubnetPlan<'_>, rect: Rect) -> SubnetBox {
    let view = subnet.subnet;
    let kind = if view.public {
        "public subnet"
    } else {
        "subnet"
    };
    let title = if view.name.is_empty() {
        format!("{kind} {}", view.cidr)
    } else {
        format!("{} {}", view.name, view.cidr)
    };
    let name = format!(
        "{kind} {} {}, {}, in {}",
        view.name, view.id, view.cidr, view.zone
    );
    SubnetBox {
        id: view.id.clone(),
        rect,
        title,
        name,
    }
}

pub(super) fn other(plan: &Plan<'_>, view: &InterfaceView, rect: Rect) -> Card {
    let vpc = plan.view.vpcs.iter().find(|vpc| {
        let mut interfaces = vpc
            .subnets
            .iter()
            .flat_map(|subnet| subnet.interfaces.iter());
        interfaces.any(|interface| interface.id == view.id)
    });
    match (&view.instance, vpc) {
        (Some(instance), Some(vpc)) => cards::instance(vpc, view, instance, rect),
        _ => cards::interface(view, rect),
    }
}

pub(super) fn name_of(name: &str, id: &str, is_default: bool) -> String {
    match (name, is_default) {
        ("", true) => "default VPC".to_owned(),
        ("", false) => id.to_owned(),
        (name, _) => name.to_owned(),
    }
}

type Ends = ((f64, f64), (f64, f64));

pub(super) fn wires(scene: &Scene, ends: impl Fn(&Rect, &Rect) -> Ends) -> Vec<Wire> {
    let hsms = scene.cards.iter().filter(|card| card.kind == CardKind::Hsm);
    hsms.filter_map(|hsm| {
        let interface = hsm.interface.as_deref()?;
        let eni = scene
            .cards
            .iter()
            .find(|card| card.kind == CardKind::Interface && card.id == interface)?;
        let (from, to) = ends(&hsm.rect, &eni.rect);
        Some(Wire {
            hsm: hsm.id.clone(),
            interface: eni.id.clone(),
            from,
            to,
        })
    })
    .collect()
}
