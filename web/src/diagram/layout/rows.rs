//! Zones one below the other, for narrow screens: AWS's own VPC on the left, the learner's on the
//! right, each HSM directly next to its interface.

use super::columns::{name_of, other, stack, subnet_box, wires};
use super::plan::{Plan, SubnetPlan, VpcPlan};
use crate::diagram::cards;
use crate::diagram::shape::{Band, Gateway, Label, Outline, Rect, Scene, Slot, Zone};
use crate::numbers::float_len;

const CARD_W: f64 = 98.0;
const HSM_H: f64 = 70.0;
const ENI_H: f64 = 70.0;
const INSTANCE_H: f64 = 62.0;
const GAP: f64 = 12.0;
const EDGE: f64 = 4.0;
const AWS_W: f64 = CARD_W + 16.0;
const VPC_X: f64 = EDGE + AWS_W + 14.0;
const VPC_W: f64 = 2.0 * CARD_W + GAP + 36.0;
const HEAD: f64 = 46.0;
/// The height of a subnet's name, and of a security group's label below it.
const SUBNET_HEAD: f64 = 50.0;

struct Lay<'p, 'a> {
    plan: &'p Plan<'a>,
    scene: Scene,
    /// The lower edge of AWS's own VPC so far.
    aws_y: f64,
}

pub(super) fn lay(plan: &Plan<'_>) -> Scene {
    let width = VPC_X + VPC_W + EDGE;
    let scene = Scene {
        width,
        ..Scene::default()
    };
    let mut lay = Lay {
        plan,
        scene,
        aws_y: EDGE + HEAD,
    };
    for (at, cluster) in plan.view.clusters.iter().enumerate() {
        let y = EDGE + HEAD + float_len(at) * (HSM_H + 22.0);
        let rect = Rect {
            x: EDGE + 8.0,
            y,
            w: CARD_W,
            h: HSM_H + 14.0,
        };
        lay.scene.cards.push(cards::cluster(cluster, rect));
        lay.aws_y = rect.bottom() + GAP;
    }
    let mut y = EDGE;
    for vpc in &plan.vpcs {
        y = lay.vpc(vpc, y) + GAP;
    }
    lay.finish(y - GAP)
}

impl Lay<'_, '_> {
    fn vpc(&mut self, vpc: &VpcPlan<'_>, top: f64) -> f64 {
        let view = vpc.vpc;
        let mut y = top + HEAD;
        if !vpc.clusters.is_empty() {
            // Below the cluster's own card, so that the first HSM has its place.
            y = y.max(self.aws_y - 40.0);
        }
        let mut members: Vec<Vec<Rect>> = vec![Vec::new(); vpc.clusters.len()];
        for (zone, subnets) in vpc.zones.iter().enumerate() {
            if subnets.is_empty() {
                continue;
            }
            let text = self.plan.view.zones.get(zone).cloned().unwrap_or_default();
            let ground = y;
            self.scene.zones.push(Zone {
                x: VPC_X + 8.0,
                y: y + 12.0,
                text: text.clone(),
                name: format!("Zone {text}"),
                status: None,
            });
            y += 18.0;
            for subnet in subnets {
                y = self.subnet(subnet, zone, y, &mut members) + 8.0;
            }
            let rect = Rect {
                x: EDGE,
                y: ground,
                w: self.scene.width - 2.0 * EDGE,
                h: y - 4.0 - ground,
            };
            self.scene.areas.push((text, rect));
        }
        if vpc.tiers() == 0 {
            let rect = Rect {
                x: VPC_X + 12.0,
                y,
                w: VPC_W - 24.0,
                h: ENI_H,
            };
            self.scene.slots.push(Slot {
                rect,
                text: "no subnets yet".to_owned(),
            });
            y += ENI_H + 8.0;
        }
        let bottom = y + if view.internet_gateway.is_some() {
            16.0
        } else {
            4.0
        };
        for (section, rects) in members.into_iter().enumerate() {
            let (Some(group), Some(first)) = (vpc.group(section), rects.first()) else {
                continue;
            };
            self.scene.outlines.push(Outline {
                id: group.id.clone(),
                label: Label {
                    x: first.x,
                    y: first.y - 5.0,
                    text: cards::group_label(group),
                },
                name: format!(
                    "Security group {}: {}",
                    group.name,
                    group.inbound.join("; ")
                ),
                rects,
            });
        }
        self.scene.bands.push(Band {
            id: view.id.clone(),
            rect: Rect {
                x: VPC_X,
                y: top,
                w: VPC_W,
                h: bottom - top,
            },
            title: name_of(&view.name, &view.id, view.is_default),
            detail: view.cidr.clone(),
            yours: true,
        });
        if let Some(gateway) = &view.internet_gateway {
            let rect = Rect {
                x: VPC_X + VPC_W - 124.0,
                y: bottom - 13.0,
                w: 112.0,
                h: 26.0,
            };
            let (id, vpc) = (gateway.clone(), view.id.clone());
            self.scene.gateways.push(Gateway { id, vpc, rect });
        }
        bottom
    }

    /// Lays out a subnet: members of a cluster's group in the left column, all others in the right.
    fn subnet(
        &mut self,
        subnet: &SubnetPlan<'_>,
        zone: usize,
        top: f64,
        members: &mut [Vec<Rect>],
    ) -> f64 {
        let left = VPC_X + 16.0;
        let mut y = top + SUBNET_HEAD;
        let mut right_y = top + SUBNET_HEAD;
        for (at, section) in subnet.sections.iter().enumerate() {
            let Some(mine) = members.get_mut(at) else {
                for view in &section.others {
                    let x = left + CARD_W + GAP;
                    let rect = Rect {
                        x,
                        y: right_y,
                        w: CARD_W,
                        h: INSTANCE_H,
                    };
                    self.scene.cards.push(other(self.plan, view, rect));
                    right_y += INSTANCE_H + GAP;
                }
                continue;
            };
            let mut held: Option<Rect> = None;
            for view in &section.hsms {
                let hsm = view.hsm_id.as_deref().unwrap_or_default();
                let in_zone = self.plan.hsms.get(zone).map(|(shown, _)| shown.as_slice());
                let Some(hsm) = in_zone.and_then(|shown| shown.iter().find(|card| card.id == hsm))
                else {
                    continue;
                };
                y = y.max(self.aws_y);
                let rect = Rect {
                    x: left,
                    y,
                    w: CARD_W,
                    h: ENI_H,
                };
                self.scene.cards.push(cards::hsm(
                    hsm,
                    Rect {
                        x: EDGE + 8.0,
                        h: HSM_H,
                        ..rect
                    },
                ));
                self.scene.cards.push(cards::interface(view, rect));
                held = Some(held.map_or(rect, |held| held.with(&rect)));
                y = rect.bottom() + GAP;
                self.aws_y = y;
            }
            for view in &section.others {
                let rect = Rect {
                    x: left,
                    y,
                    w: CARD_W,
                    h: INSTANCE_H,
                };
                self.scene.cards.push(other(self.plan, view, rect));
                held = Some(held.map_or(rect, |held| held.with(&rect)));
                y = rect.bottom() + GAP;
            }
            mine.extend(held.map(|held| held.grown(6.0)));
            if held.is_some() {
                y += 10.0;
            }
        }
        let bottom = y.max(right_y).max(top + 64.0);
        let rect = Rect {
            x: VPC_X + 6.0,
            y: top,
            w: VPC_W - 12.0,
            h: bottom - top,
        };
        self.scene.subnets.push(subnet_box(subnet, rect));
        bottom
    }

    fn finish(mut self, bottom: f64) -> Scene {
        for (_, more) in self.plan.hsms.iter().filter(|(_, more)| *more > 0) {
            let rect = Rect {
                x: EDGE + 8.0,
                y: self.aws_y,
                w: CARD_W,
                h: HSM_H,
            };
            self.scene.cards.push(stack(*more, rect));
            self.aws_y += HSM_H + GAP;
        }
        // HSMs whose interface does not exist yet.
        for (shown, _) in &self.plan.hsms {
            for hsm in shown {
                if self.scene.cards.iter().all(|card| card.id != hsm.id) {
                    let rect = Rect {
                        x: EDGE + 8.0,
                        y: self.aws_y,
                        w: CARD_W,
                        h: HSM_H,
                    };
                    self.scene.cards.push(cards::hsm(hsm, rect));
                    self.aws_y += HSM_H + GAP;
                }
            }
        }
        let bottom = bottom.max(self.aws_y).max(EDGE + 120.0);
        self.scene.bands.insert(
            0,
            Band {
                id: String::new(),
                rect: Rect {
                    x: EDGE,
                    y: EDGE,
                    w: AWS_W,
                    h: bottom - EDGE,
                },
                title: "AWS-owned".to_owned(),
                detail: "VPC".to_owned(),
                yours: false,
            },
        );
        self.scene.wires = wires(&self.scene, |hsm, eni| {
            ((hsm.right(), hsm.mid_y()), (eni.x, eni.mid_y()))
        });
        let mut height = bottom + EDGE;
        let outside = self
            .plan
            .view
            .connection
            .as_ref()
            .is_some_and(|way| way.from == "internet");
        if outside || !self.scene.gateways.is_empty() {
            let y = bottom + 24.0;
            self.scene.internet = Some(Rect {
                x: VPC_X + VPC_W - 124.0,
                y,
                w: 112.0,
                h: 28.0,
            });
            height = y + 32.0;
        }
        self.scene.height = height;
        self.scene
    }
}
