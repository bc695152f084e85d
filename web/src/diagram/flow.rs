//! The path of the last connection: from card to card, and the hop that refused it.

use hsmlab_protocol::view::ConnectionView;
use hsmlab_protocol::{Hop, HopKind};

use super::shape::{CardKind, Rect, Scene};
use crate::numbers::float_len;
use crate::when::hour_minute;

/// A drawn connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The corners of its path, up to the refusing hop.
    pub points: Vec<(f64, f64)>,
    /// The state of the connection.
    pub state: FlowState,
    /// The place of the refusal.
    pub refused_at: Option<(f64, f64)>,
    /// The label.
    pub text: String,
    /// The place of the label.
    pub label: (f64, f64),
    /// The whole description, for a screen reader and as a tooltip.
    pub name: String,
}

/// The state of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowState {
    /// It succeeded, and would succeed now.
    Open,
    /// It was refused, and would be refused now.
    Refused,
    /// Its outcome differs from the outcome it would have now.
    Past,
}

/// The distance right of a card that a security group's outline may reach, and a little more.
const OUTLINE_GAP: f64 = 16.0;
/// The width of a character of the label.
const CHAR_W: f64 = 7.8;
/// The width of the label.
const WORDS_W: f64 = 150.0;

/// The path of a connection, if both its ends are in the scene. `struck` means that an end is cut off
/// now, whatever the network allows.
#[must_use]
pub fn flow(scene: &Scene, way: &ConnectionView, struck: bool) -> Option<Flow> {
    let state = match (way.worked, way.reach.reachable && !struck) {
        (true, true) => FlowState::Open,
        (false, false) => FlowState::Refused,
        _ => FlowState::Past,
    };
    if state == FlowState::Past && way.to.is_none() {
        // A vanished part has no path.
        return None;
    }
    let from = match way.from.as_str() {
        "internet" => scene.internet?,
        from => scene.card(from)?.rect,
    };
    let refusing = way.reach.hops.iter().find(|hop| !hop.allows);
    let target = way.to.as_deref().and_then(|to| scene.card(to));
    let to = match target {
        Some(card) => card.rect,
        // To the Internet, or to an address without a card.
        None => scene.internet?,
    };
    let mut points = path(&from, &to);
    let refused_at = match refusing {
        Some(hop) if state == FlowState::Refused => Some(stop(scene, hop, &mut points, &to)),
        _ => None,
    };
    if state != FlowState::Refused
        && let Some(card) = target.filter(|card| card.kind == CardKind::Interface)
        && let Some(wire) = scene.wires.iter().find(|wire| wire.interface == card.id)
    {
        // Through the interface to the HSM behind it.
        points.extend([wire.to, wire.from]);
    }
    let text = text(way, state);
    let place = refused_at.or_else(|| points.get(points.len() / 2).copied())?;
    let now = match (refusing, state) {
        (Some(hop), FlowState::Past) => format!(". Now: {}", hop.why),
        (Some(hop), _) => format!(": {}", hop.why),
        (None, FlowState::Past) if struck => ". Now it is cut off.".to_owned(),
        (None, FlowState::Past) => ". Now nothing refuses it.".to_owned(),
        (None, _) => String::new(),
    };
    let name = format!("{text} to {}{now}", way.address);
    // Right of the cards, past a security group's outline, the label covers nothing.
    let clear = from.right().max(to.right()) + OUTLINE_GAP;
    let label = if beside(&from, &to) {
        // There is no room between the two cards: the label is below the first.
        (from.x, from.bottom() + 13.0)
    } else if clear < scene.width - WORDS_W {
        (clear, place.1 + 4.0)
    } else if place.0 > scene.width - WORDS_W {
        // To the right, the label would leave the drawing.
        (place.0 - 118.0, place.1 + 20.0)
    } else {
        (place.0 + 14.0, place.1 + 20.0)
    };
    // In any case the label ends inside the drawing.
    let words_w = float_len(text.chars().count()) * CHAR_W;
    let most = (scene.width - words_w).max(0.0);
    let label = if label.0 > most {
        // Then below both cards and the group's outline.
        (most, label.1.max(from.bottom().max(to.bottom()) + 19.0))
    } else {
        label
    };
    Some(Flow {
        points,
        state,
        refused_at,
        text,
        label,
        name,
    })
}

fn text(way: &ConnectionView, state: FlowState) -> String {
    let came = if way.worked { "ok" } else { "refused" };
    match state {
        FlowState::Past => format!("TCP {} was {came} {}", way.port, hour_minute(way.at_ms)),
        _ => format!("TCP {} {came}", way.port),
    }
}

/// A path with right angles between two cards.
pub(super) fn path(from: &Rect, to: &Rect) -> Vec<(f64, f64)> {
    /// The distance below the cards of a path between neighbours.
    const BELOW: f64 = 12.0;
    let (a, b) = (from.mid_x() - 8.0, to.mid_x() - 8.0);
    if from.y >= to.bottom() {
        let middle = f64::midpoint(from.y, to.bottom());
        bent((a, from.y), (b, to.bottom()), middle)
    } else if to.y >= from.bottom() {
        let middle = f64::midpoint(from.bottom(), to.y);
        bent((a, from.bottom()), (b, to.y), middle)
    } else if beside(from, to) {
        let (start, end) = if from.x >= to.right() {
            (from.x, to.right())
        } else {
            (from.right(), to.x)
        };
        let middle = f64::midpoint(start, end);
        let (a, b) = (from.mid_y(), to.mid_y());
        vec![(start, a), (middle, a), (middle, b), (end, b)]
    } else {
        let below = from.bottom().max(to.bottom()) + BELOW;
        bent((a, from.bottom()), (b, to.bottom()), below)
    }
}

/// True if two cards are side by side with nothing between them.
fn beside(from: &Rect, to: &Rect) -> bool {
    const NEAR: f64 = 40.0;
    let between = if from.x >= to.right() {
        from.x - to.right()
    } else {
        to.x - from.right()
    };
    let level = from.y < to.bottom() && to.y < from.bottom();
    level && (0.0..NEAR).contains(&between)
}

fn bent(from: (f64, f64), to: (f64, f64), middle: f64) -> Vec<(f64, f64)> {
    if (from.0 - to.0).abs() < 1.0 && (from.1 - middle) * (middle - to.1) > 0.0 {
        return vec![from, to];
    }
    vec![from, (from.0, middle), (to.0, middle), to]
}

/// Cuts the path off at the hop that refuses; returns the place.
fn stop(scene: &Scene, hop: &Hop, points: &mut Vec<(f64, f64)>, to: &Rect) -> (f64, f64) {
    let start = points.first().copied().unwrap_or_default();
    let end = points.last().copied().unwrap_or_default();
    let at_start = matches!(
        hop.kind,
        HopKind::Source
            | HopKind::SecurityGroupEgress
            | HopKind::NetworkAclEgress
            | HopKind::Route
            | HopKind::InternetGateway
    );
    if at_start {
        // Just outside the card of the previous hop.
        let next = points.get(1).copied().unwrap_or(end);
        let place = toward(start, next, 14.0);
        *points = vec![start, place];
        return place;
    }
    // A refusal by the target's group is drawn on the group's outline, if it has one.
    let outline = scene
        .outlines
        .iter()
        .flat_map(|outline| outline.rects.iter());
    let edge = outline
        .filter(|rect| rect.holds(to))
        .map(Rect::bottom)
        .next();
    let before = points
        .len()
        .checked_sub(2)
        .and_then(|at| points.get(at))
        .copied();
    let place = match edge {
        Some(bottom) if end.1 < bottom && before.is_some_and(|before| before.1 > bottom) => {
            (end.0, bottom)
        }
        _ => end,
    };
    if let Some(last) = points.last_mut() {
        *last = place;
    }
    place
}

fn toward(from: (f64, f64), to: (f64, f64), by: f64) -> (f64, f64) {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let length = x.hypot(y);
    if length < by {
        to
    } else {
        (from.0 + x / length * by, from.1 + y / length * by)
    }
}
