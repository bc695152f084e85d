//! A part of the diagram that can be inspected.

use hsmlab_html::html;
use hsmlab_protocol::Request;
use web_sys::KeyboardEvent;
use yew::{Callback, Html, Properties, classes, component, use_node_ref};

use crate::app::use_verbs;
use crate::diagram::{Card, CardKind, Tone, cut};
use crate::hooks::boxed::use_effect_with;
use crate::numbers::whole;
use crate::state::Act;
use crate::traffic::{Load, count};
use crate::verbs::Verbs;

/// The part.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The card.
    pub card: Card,
    /// True if the part is focused.
    pub focused: bool,
    /// The HSM's load while there is traffic, and the style that gives its colour.
    pub load: Option<(Load, String)>,
}

/// The width of a character of a card's text, in units.
const MONO_W: f64 = 6.7;
const TITLE_W: f64 = 7.1;
const SANS_W: f64 = 5.7;
const STATUS_W: f64 = 5.9;
/// The width of a character of an HSM's id, which has many wide letters.
const ID_W: f64 = 8.4;
/// The minimum width at which a cluster's state fits next to its name.
const CLUSTER_WIDE: f64 = 180.0;
/// The distance between two lines of a card.
const LINE_H: f64 = 15.5;

/// A card.
#[component]
pub fn DiagramCard(props: &Props) -> Html {
    let verbs = use_verbs();
    let card = &props.card;
    let rect = card.rect;
    let (onclick, onkeydown) = inspects(&verbs, &card.id);
    let (class, indent) = match card.kind {
        CardKind::Cluster => ("cluster", 12.0),
        CardKind::Hsm => ("hsm", 36.0),
        CardKind::Stack => ("stack", 12.0),
        CardKind::Interface => ("eni", 10.0),
        CardKind::Instance => ("instance", 10.0),
    };
    let x = rect.x + indent;
    let room = rect.w - indent - 4.0;
    // A cluster's state is next to its name; all others are below the name.
    let beside = card.kind == CardKind::Cluster && rect.w > CLUSTER_WIDE;
    let below = card.status.is_some() && !beside;
    let hsm = card.kind == CardKind::Hsm;
    let lines = 1 + usize::from(!card.detail.is_empty()) + usize::from(below);
    let first = rect.mid_y() + 4.0 - LINE_H / 2.0 * crate::numbers::float_len(lines - 1);
    // An HSM's state is next to its mark; its keys and users use the whole width.
    let first = if hsm { first - 2.0 } else { first };
    let (detail_x, detail_y) = if hsm {
        (rect.x + 10.0, first + 2.0 * LINE_H)
    } else {
        (x, first + LINE_H)
    };
    let (status_x, status_y) = match (beside, hsm || card.detail.is_empty()) {
        (true, _) => (x + 8.0 * TITLE_W + 60.0, first),
        (false, true) => (x, first + LINE_H),
        (false, false) => (x, detail_y + LINE_H),
    };
    let struck = card
        .status
        .as_ref()
        .is_some_and(|status| status.tone == Tone::Bad);
    let name = match &props.load {
        Some((load, _)) => format!("{}, {}", card.name, in_words(load)),
        None => card.name.clone(),
    };
    let place = use_node_ref();
    let shown = place.clone();
    use_effect_with(props.focused, move |focused| {
        if *focused && let Some(part) = shown.cast::<web_sys::Element>() {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            part.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    html! {
        <g
            ref={place}
            class={classes!("part", class, struck.then_some("struck"), props.focused.then_some("focused"))}
            data-part={card.id.clone()}
            {onclick}
        >
            <title>{ &name }</title>
            // The button has no text of its own: the drawn text may be cut, the label is complete.
            <g class="key" role="button" tabindex="0" aria-label={name} {onkeydown}>
                <rect
                    class="card-face"
                    x={px(rect.x)}
                    y={px(rect.y)}
                    width={px(rect.w)}
                    height={px(rect.h)}
                    rx="8"
                />
            </g>
            if hsm {
                { hsm_mark(rect.x + 11.0, first - 8.0, struck) }
            }
            <g aria-hidden="true">
            if let Some((load, style)) = props.load.as_ref().filter(|_| !struck) {
                { load_bar(load, style, &rect) }
            }
            <text class="h" x={px(x)} y={px(first)}>{ cut(&card.title, chars(room, if hsm { ID_W } else { TITLE_W })) }</text>
            if !card.detail.is_empty() {
                <text class={if hsm { "s" } else { "m" }} x={px(detail_x)} y={px(detail_y)}>
                    { fitting(&card.detail, chars(rect.right() - detail_x - 4.0, if hsm { SANS_W } else { MONO_W })) }
                </text>
            }
            if let Some(status) = &card.status {
                <text class={classes!("s", tone(status.tone))} x={px(status_x)} y={px(status_y)}>
                    { fitting(&said(status, props.load.as_ref().map(|(load, _)| load)), chars(rect.right() - status_x - 4.0, STATUS_W)) }
                </text>
            }
            </g>
        </g>
    }
}

/// The mark of an HSM, crossed out if the HSM is lost.
fn hsm_mark(x: f64, y: f64, struck: bool) -> Html {
    html! {
        <>
            <path class="hsm-mark" d={format!("{}h18v18h-18z", line(&[(x, y)]))} />
            if struck {
                <path class="hsm-cross" d={format!("{}l28 28m0-28l-28 28", line(&[(x - 5.0, y - 5.0)]))} />
            } else {
                <circle class="hsm-dot" cx={px(x + 9.0)} cy={px(y + 9.0)} r="3.500" />
            }
        </>
    }
}

/// The bar at the foot of a card: its share of the traffic.
fn load_bar(load: &Load, style: &str, rect: &crate::diagram::Rect) -> Html {
    let (x, y, w) = (rect.x + 10.0, rect.bottom() - 9.0, rect.w - 20.0);
    let share = f64::from(u32::try_from(load.share.min(100)).unwrap_or(0)) / 100.0;
    html! {
        <>
            <rect class="load-all" x={px(x)} y={px(y)} width={px(w)} height="4" rx="2" />
            <rect class="load" style={style.to_owned()} x={px(x)} y={px(y)} width={px(w * share)} height="4" rx="2" />
        </>
    }
}

/// Returns a state in a few characters. Under load, the request rate replaces `active`.
fn said(status: &crate::diagram::Status, load: Option<&Load>) -> String {
    match load.filter(|load| status.tone == Tone::Good && load.per_second > 0) {
        Some(load) => format!(
            "{} {}/s, {} %",
            status.glyph,
            count(load.per_second),
            load.share
        ),
        None => format!("{} {}", status.glyph, status.text),
    }
}

fn in_words(load: &Load) -> String {
    let Load {
        per_second, share, ..
    } = load;
    format!("{per_second} requests a second, {share} % of all")
}

/// Cuts a text to at most `most` characters, at its last comma if that is enough.
fn fitting(text: &str, most: usize) -> String {
    match text.rsplit_once(", ") {
        Some((before, _)) if text.chars().count() > most => cut(before, most),
        _ => cut(text, most),
    }
}

/// Handlers of a part for click, Enter and Space: open the inspector.
#[must_use]
pub fn inspects(verbs: &Verbs, id: &str) -> (Callback<yew::MouseEvent>, Callback<KeyboardEvent>) {
    let id = id.to_owned();
    let verbs = verbs.clone();
    let inspect = Callback::from(move |()| {
        if !id.is_empty() {
            verbs.act(Act::Focus(Some(id.as_str().into())));
            verbs.send(Request::Inspect { id: id.clone() });
        }
    });
    acts(&inspect)
}

/// Handlers of an action for click, Enter and Space.
#[must_use]
pub fn acts(act: &Callback<()>) -> (Callback<yew::MouseEvent>, Callback<KeyboardEvent>) {
    let by_key = act.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            by_key.emit(());
        }
    });
    (act.reform(|_| ()), onkeydown)
}

/// The class of a tone.
#[must_use]
pub const fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Waiting => "waiting",
        Tone::Bad => "bad",
        Tone::Quiet => "quiet",
    }
}

/// A polyline as the data of an SVG path.
#[must_use]
pub fn line(points: &[(f64, f64)]) -> String {
    let points: Vec<_> = points
        .iter()
        .map(|(x, y)| format!("{} {}", px(*x), px(*y)))
        .collect();
    format!("M{}", points.join("L"))
}

/// A coordinate as an attribute, rounded to a whole number: printing fractions would add to the wasm.
#[must_use]
pub fn px(value: f64) -> String {
    whole(value).to_string()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates at 0"
)]
fn chars(room: f64, each: f64) -> usize {
    (room / each) as usize
}
