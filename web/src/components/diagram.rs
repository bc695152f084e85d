//! The diagram of the world, and its tools.

use std::rc::Rc;

use hsmlab_html::html;
use hsmlab_protocol::view::{ConnectionView, DiagramView, FaultsView};
use yew::{Html, Properties, classes, component, use_memo};

use super::diagram_card::{DiagramCard, px};
use super::diagram_flow::{draw_flow, draw_streams};
use super::diagram_ground::DiagramGround;
use super::icon::{Glyph, icon};
use super::outline::outline_of;
use crate::app::use_verbs;
use crate::diagram::{Axis, Card, CardKind, FlowState, Scene, Tone, flow, layout, streams, strike};
use crate::hooks::boxed::use_state_eq;
use crate::hooks::use_media::use_media;
use crate::hooks::use_renders::use_renders;
use crate::state::Shared;
use crate::traffic::{Load, hue};

/// The data to draw.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The world's network.
    pub diagram: Shared<DiagramView>,
    /// The faults: possible and active.
    pub faults: Shared<FaultsView>,
    /// The current load of each HSM; empty while there is no traffic.
    pub loads: Shared<Vec<(String, Load)>>,
    /// The HSMs in the order of their colours.
    pub hues: Shared<Vec<String>>,
    /// The hosts on which programs are running.
    pub hosts: Vec<String>,
    /// The focused part.
    pub focus: Option<Rc<str>>,
}

/// The zoom factors; fitting the window comes before the first.
const ZOOMS: [f64; 4] = [1.0, 1.3, 1.7, 2.2];

/// The diagram of the world.
#[component]
pub fn Diagram(props: &Props) -> Html {
    let renders = use_renders();
    let verbs = use_verbs();
    let narrow = use_media("(max-width: 47.5rem)");
    let axis = if narrow { Axis::Rows } else { Axis::Columns };
    let zoom = use_state_eq(|| None::<usize>);
    let outline = use_state_eq(|| false);
    let parts = (props.diagram.clone(), props.faults.clone(), axis);
    let scene = use_memo(parts, |(view, faults, axis)| {
        let mut scene = layout(view, *axis);
        strike(&mut scene, view, faults);
        scene
    });
    let working = props.loads.iter().filter(|(_, load)| load.per_second > 0);
    let busy: Vec<_> = working.map(|(id, _)| id.clone()).collect();
    let streams = streams(&scene, &busy, &props.hosts);
    let way = use_memo(
        (props.diagram.clone(), props.faults.clone(), axis),
        |(view, ..)| {
            let way = view.connection.as_ref()?;
            flow(&scene, way, is_struck(&scene, way))
        },
    );
    let to = |change: Option<usize>| {
        let zoom = zoom.setter();
        move |_| zoom.set(change)
    };
    let larger = Some(zoom.map_or(1, |at| (at + 1).min(ZOOMS.len() - 1)));
    let smaller = zoom.and_then(|at| at.checked_sub(1));
    let flip = {
        let outline = outline.clone();
        move |_| outline.set(!*outline)
    };
    let size = match zoom.and_then(|at| ZOOMS.get(at)) {
        Some(factor) => {
            format!(
                "width:{}px;height:{}px",
                px(scene.width * factor),
                px(scene.height * factor)
            )
        }
        // Never smaller than its natural size, so that all text stays readable.
        None => format!(
            "min-width:{}px;min-height:{}px",
            px(scene.width),
            px(scene.height)
        ),
    };
    let view_box = format!("0 0 {} {}", px(scene.width), px(scene.height));
    let empty = props.diagram.vpcs.is_empty();
    html! {
        <div class="diagram" data-testid="diagram" data-renders={renders}>
            if *outline {
                { outline_of(&verbs, &props.diagram, &props.faults) }
            } else if empty {
                <p class="diagram-empty">
                    { "Nothing here yet. The diagram follows what you build: a VPC, its subnets, a cluster." }
                </p>
            } else {
                <div class={classes!("diagram-view", zoom.is_none().then_some("fit"))} tabindex="0" role="group" aria-label="Diagram of the network">
                    <svg viewBox={view_box} style={size} preserveAspectRatio="xMidYMid meet">
                        <DiagramGround scene={scene.clone()} />
                        // Drawn before the cards: a path runs behind an interface, not over its
                        // address.
                        { draw_streams(&streams, &props.hues) }
                        if let Some(flow) = way.as_ref().as_ref().filter(|flow| streams.is_empty() || flow.state == FlowState::Refused) {
                            { draw_flow(flow) }
                        }
                        for card in scene.cards.iter() {
                            <DiagramCard
                                key={format!("{:?} {}", card.kind, card.id)}
                                card={card.clone()}
                                focused={is_focused(card, props.focus.as_deref())}
                                load={load_of(props, card)}
                            />
                        }
                    </svg>
                </div>
            }
            <div class="tools" role="group" aria-label="Diagram tools">
                if !*outline {
                    <button class="square" aria-label="Zoom out" onclick={to(smaller)}>
                        { icon(Glyph::Minus) }
                    </button>
                    <button onclick={to(None)} aria-pressed={zoom.is_none().to_string()}>{ "Fit" }</button>
                    <button class="square" aria-label="Zoom in" onclick={to(larger)}>
                        { icon(Glyph::Plus) }
                    </button>
                }
                <button onclick={flip} aria-pressed={outline.to_string()}>{ "Outline" }</button>
            </div>
        </div>
    }
}

fn is_struck(scene: &Scene, way: &ConnectionView) -> bool {
    scene.cards.iter().any(|card| {
        let interface = card.interface.as_deref();
        let end = interface.is_some()
            && (interface == Some(way.from.as_str()) || interface == way.to.as_deref());
        end && card
            .status
            .as_ref()
            .is_some_and(|status| status.tone == Tone::Bad)
    })
}

fn load_of(props: &Props, card: &Card) -> Option<(Load, String)> {
    let mut loads = props.loads.iter();
    let (id, load) = loads.find(|(id, _)| card.kind == CardKind::Hsm && *id == card.id)?;
    Some((*load, hue(&props.hues, id)))
}

fn is_focused(card: &Card, focus: Option<&str>) -> bool {
    focus.is_some_and(|focus| {
        card.id == focus || (card.interface.as_deref() == Some(focus) && card.kind != CardKind::Hsm)
    })
}
