//! The background of the diagram's cards: VPCs, zones, subnets, security groups, gateways and wires.

use std::rc::Rc;

use hsmlab_html::html;
use yew::{Callback, Html, Properties, classes, component};

use super::diagram_card::{acts, inspects, line, px, tone};
use crate::app::use_verbs;
use crate::diagram::{Band, Gateway, Outline, Rect, Scene, SubnetBox, Zone, cut, short};
use crate::numbers::float_len;
use crate::state::{Act, Side};
use crate::verbs::Verbs;

/// The properties.
#[derive(Clone, Properties)]
pub struct Props {
    /// The drawing.
    pub scene: Rc<Scene>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.scene, &other.scene)
    }
}

/// The background of the diagram.
#[component]
pub fn DiagramGround(props: &Props) -> Html {
    let verbs = use_verbs();
    let scene = &props.scene;
    html! {
        <>
            for band in scene.bands.iter() {
                { rect_of(&band.rect, if band.yours { "yours" } else { "aws" }, "12") }
            }
            for (from, to) in scene.borders.iter() {
                <path class="border" d={line(&[*from, *to])} />
            }
            for wire in scene.wires.iter() {
                <path class="wire" d={line(&[wire.from, wire.to])} />
            }
            { for scene.bands.iter().map(|band| draw_band(&verbs, band)) }
            { for scene.subnets.iter().map(|subnet| draw_subnet(&verbs, subnet)) }
            if !scene.lost.is_empty() {
                <pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <path class="hatch" d="M0 0v8" />
                </pattern>
            }
            { for scene.lost.iter().map(|rect| rect_of(rect, "lost", "8")) }
            { for scene.zones.iter().map(|zone| draw_zone(&verbs, zone)) }
            for slot in scene.slots.iter() {
                { rect_of(&slot.rect, "slot", "8") }
                <text class="s middle" x={px(slot.rect.mid_x())} y={px(slot.rect.mid_y() + 4.0)}>
                    { &slot.text }
                </text>
            }
            { for scene.outlines.iter().map(|outline| draw_outline(&verbs, outline, scene.width)) }
            { internet(scene) }
            { for scene.gateways.iter().map(|gateway| draw_gateway(&verbs, gateway)) }
        </>
    }
}

fn rect_of(rect: &Rect, class: &'static str, round: &'static str) -> Html {
    html! {
        <rect
            {class}
            x={px(rect.x)}
            y={px(rect.y)}
            width={px(rect.w)}
            height={px(rect.h)}
            rx={round}
        />
    }
}

fn draw_band(verbs: &Verbs, band: &Band) -> Html {
    let rect = &band.rect;
    let (x, y) = (rect.x + 16.0, rect.y + 22.0);
    if !band.yours {
        return html! {
            <g>
                <text class="h" x={px(rect.x + 12.0)} y={px(y)}>{ &band.title }</text>
                <text class="s" x={px(rect.x + 12.0)} y={px(y + 17.0)}>{ &band.detail }</text>
            </g>
        };
    }
    let (onclick, onkeydown) = inspects(verbs, &band.id);
    let after = x + 8.2 * float_len(band.title.chars().count()) + 10.0;
    html! {
        <g
                class="part name"
                data-part={band.id.clone()}
                {onclick}
            >
                <g class="key" role="button" tabindex="0" aria-label={format!("VPC {} {} {}", band.title, band.id, band.detail)} {onkeydown}>
                    <rect class="hit" x={px(x - 6.0)} y={px(y - 17.0)} width={px(after - x + 90.0)} height="24" rx="6" />
                </g>
                <g aria-hidden="true">
                    <text class="h" x={px(x)} y={px(y)}>{ &band.title }</text>
                    <text class="m" x={px(after)} y={px(y)}>{ &band.detail }</text>
                </g>
        </g>
    }
}

/// A zone's name: a click opens the zone's faults.
fn draw_zone(verbs: &Verbs, zone: &Zone) -> Html {
    let state = zone.status.as_ref();
    let shown = match state {
        Some(status) => format!("{} {} {}", zone.text, status.glyph, status.text),
        None => zone.text.clone(),
    };
    let (onclick, onkeydown) = {
        let (verbs, name) = (verbs.clone(), zone.text.clone());
        acts(&Callback::from(move |()| {
            verbs.act(Act::Focus(Some(name.as_str().into())));
            verbs.act(Act::Side(Side::Faults));
        }))
    };
    let width = 12.0 + 6.2 * float_len(shown.chars().count());
    let class = state.map_or("", |status| tone(status.tone));
    html! {
        <g class="part name" {onclick}>
            <g class="key" role="button" tabindex="0" aria-label={format!("{}: what can go wrong", zone.name)} {onkeydown}>
                <rect class="hit" x={px(zone.x - 5.0)} y={px(zone.y - 14.0)} width={px(width)} height="20" rx="6" />
            </g>
            <text aria-hidden="true" class={classes!("s", class, state.map(|_| "strong"))} x={px(zone.x)} y={px(zone.y)}>{ shown }</text>
        </g>
    }
}

fn draw_subnet(verbs: &Verbs, subnet: &SubnetBox) -> Html {
    let rect = &subnet.rect;
    let (onclick, onkeydown) = inspects(verbs, &subnet.id);
    html! {
        <g>
            { rect_of(rect, "subnet", "8") }
            <g
                class="part name"
                data-part={subnet.id.clone()}
                {onclick}
            >
                <g class="key" role="button" tabindex="0" aria-label={subnet.name.clone()} {onkeydown}>
                    <rect class="hit" x={px(rect.x + 4.0)} y={px(rect.y + 3.0)} width={px(rect.w - 8.0)} height="22" rx="6" />
                </g>
                <text aria-hidden="true" class="m" x={px(rect.x + 10.0)} y={px(rect.y + 18.0)}>{ cut(&subnet.title, fits(rect.w)) }</text>
            </g>
        </g>
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates at 0"
)]
fn fits(width: f64) -> usize {
    ((width - 20.0) / 6.8) as usize
}

fn draw_outline(verbs: &Verbs, outline: &Outline, width: f64) -> Html {
    let (onclick, onkeydown) = inspects(verbs, &outline.id);
    let label = &outline.label;
    html! {
        <g
            class="part group"
            data-part={outline.id.clone()}
            {onclick}
        >
            <title>{ &outline.name }</title>
            <g class="key" role="button" tabindex="0" aria-label={outline.name.clone()} {onkeydown}>
                for rect in outline.rects.iter() {
                    { rect_of(rect, "sg", "10") }
                }
                for pair in outline.rects.windows(2) {
                    if let [upper, lower] = pair {
                        <path class="sg" d={line(&[(upper.x + 20.0, upper.bottom()), (upper.x + 20.0, lower.y)])} />
                    }
                }
            </g>
            <text aria-hidden="true" class="sgt" x={px(label.x)} y={px(label.y)}>
                { cut(&label.text, fits(width - label.x)) }
            </text>
        </g>
    }
}

fn internet(scene: &Scene) -> Html {
    let Some(rect) = &scene.internet else {
        return Html::default();
    };
    html! {
        <g class={classes!("internet")}>
            for gateway in scene.gateways.iter() {
                <path class="wire" d={line(&[(gateway.rect.mid_x(), gateway.rect.bottom()), (gateway.rect.mid_x(), rect.y)])} />
            }
            { rect_of(rect, "cloud", "14") }
            <text class="s middle" x={px(rect.mid_x())} y={px(rect.mid_y() + 4.0)}>{ "Internet" }</text>
        </g>
    }
}

fn draw_gateway(verbs: &Verbs, gateway: &Gateway) -> Html {
    let (onclick, onkeydown) = inspects(verbs, &gateway.id);
    let rect = &gateway.rect;
    html! {
        <g
            class="part gateway"
            data-part={gateway.id.clone()}
            {onclick}
        >
            <g class="key" role="button" tabindex="0" aria-label={format!("Internet gateway {}", gateway.id)} {onkeydown}>
                { rect_of(rect, "card-face", "13") }
            </g>
            <text aria-hidden="true" class="m middle" x={px(rect.mid_x())} y={px(rect.mid_y() + 4.0)}>{ short(&gateway.id) }</text>
        </g>
    }
}
