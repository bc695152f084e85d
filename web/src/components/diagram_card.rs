//! A part of the diagram that can be pointed at.

use hsmlab_core::session::Request;
use web_sys::KeyboardEvent;
use yew::{Callback, Html, Properties, classes, component, html, use_effect_with, use_node_ref};

use crate::app::use_verbs;
use crate::diagram::{Card, CardKind, Tone, cut};
use crate::numbers::whole;
use crate::state::Act;
use crate::verbs::Verbs;

/// Which part.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The card.
    pub card: Card,
    /// Whether it is the one that is spoken of.
    pub focused: bool,
}

/// The width of a character of a card's text, in units.
const MONO_W: f64 = 6.7;
const TITLE_W: f64 = 7.1;
/// The width from which on a cluster's state fits beside its name.
const CLUSTER_WIDE: f64 = 180.0;
/// From one line of a card to the next.
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
    // A cluster's state stands beside its name, everything else's below it.
    let beside = card.kind == CardKind::Cluster && rect.w > CLUSTER_WIDE;
    let below = card.status.is_some() && !beside;
    let lines = 1 + usize::from(!card.detail.is_empty()) + usize::from(below);
    let first = rect.mid_y() + 4.0 - LINE_H / 2.0 * crate::numbers::float_len(lines - 1);
    let detail_y = first + LINE_H;
    let (status_x, status_y) = match (beside, card.detail.is_empty()) {
        (true, _) => (x + 8.0 * TITLE_W + 60.0, first),
        (false, true) => (x, detail_y),
        (false, false) => (x, detail_y + LINE_H),
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
            class={classes!("part", class, props.focused.then_some("focused"))}
            data-part={card.id.clone()}
            {onclick}
        >
            <title>{ &card.name }</title>
            // The button holds no text: what is drawn on it is short, its name is whole.
            <g class="key" role="button" tabindex="0" aria-label={card.name.clone()} {onkeydown}>
                <rect
                    class="card-face"
                    x={px(rect.x)}
                    y={px(rect.y)}
                    width={px(rect.w)}
                    height={px(rect.h)}
                    rx="8"
                />
            </g>
            if card.kind == CardKind::Hsm {
                <path class="hsm-mark" d={format!("{}h18v18h-18z", line(&[(rect.x + 11.0, rect.mid_y() - 9.0)]))} />
                <circle class="hsm-dot" cx={px(rect.x + 20.0)} cy={px(rect.mid_y())} r="3.500" />
            }
            <g aria-hidden="true">
            <text class="h" x={px(x)} y={px(first)}>{ cut(&card.title, chars(room, TITLE_W)) }</text>
            if !card.detail.is_empty() {
                <text class="m" x={px(x)} y={px(detail_y)}>{ cut(&card.detail, chars(room, MONO_W)) }</text>
            }
            if let Some(status) = &card.status {
                <text class={classes!("s", tone(status.tone))} x={px(status_x)} y={px(status_y)}>
                    { cut(&format!("{} {}", status.glyph, status.text), chars(rect.right() - status_x - 4.0, 6.1)) }
                </text>
            }
            </g>
        </g>
    }
}

/// What a click and the keys Enter and Space do to a part: the inspector opens.
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
    let by_key = inspect.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            by_key.emit(());
        }
    });
    (inspect.reform(|_| ()), onkeydown)
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

/// A way from point to point, as a path's data.
#[must_use]
pub fn line(points: &[(f64, f64)]) -> String {
    let points: Vec<_> = points
        .iter()
        .map(|(x, y)| format!("{} {}", px(*x), px(*y)))
        .collect();
    format!("M{}", points.join("L"))
}

/// A coordinate as an attribute: whole, so that no code to print fractions is needed.
#[must_use]
pub fn px(value: f64) -> String {
    whole(value).to_string()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates at 0
fn chars(room: f64, each: f64) -> usize {
    (room / each) as usize
}
