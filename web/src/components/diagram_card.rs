//! A part of the diagram that can be pointed at.

use hsmlab_core::session::Request;
use web_sys::KeyboardEvent;
use yew::{Callback, Html, Properties, classes, component, html};

use crate::app::use_verbs;
use crate::diagram::{Card, CardKind, Tone, cut};
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

/// A card.
#[component]
pub fn DiagramCard(props: &Props) -> Html {
    let verbs = use_verbs();
    let card = &props.card;
    let rect = card.rect;
    let (onclick, onkeydown) = inspects(&verbs, &card.id);
    let (class, indent) = match card.kind {
        CardKind::Cluster => ("cluster", 12.0),
        CardKind::Hsm => ("hsm", 38.0),
        CardKind::Stack => ("stack", 12.0),
        CardKind::Interface => ("eni", 10.0),
        CardKind::Instance => ("instance", 10.0),
    };
    let x = rect.x + indent;
    let room = rect.w - indent - 4.0;
    let lines = 1 + usize::from(!card.detail.is_empty()) + usize::from(card.status.is_some());
    let first = rect.mid_y() + 4.0 - 8.5 * crate::numbers::float_len(lines - 1);
    let detail_y = first + 17.0;
    let status_y = if card.detail.is_empty() {
        detail_y
    } else {
        detail_y + 17.0
    };
    html! {
        <g
            class={classes!("part", class, props.focused.then_some("focused"))}
            role="button"
            tabindex="0"
            aria-label={card.name.clone()}
            data-part={card.id.clone()}
            {onclick}
            {onkeydown}
        >
            <title>{ &card.name }</title>
            <rect
                class="card-face"
                x={px(rect.x)}
                y={px(rect.y)}
                width={px(rect.w)}
                height={px(rect.h)}
                rx="8"
            />
            if card.kind == CardKind::Hsm {
                <path class="hsm-mark" d={format!("M{} {}h18v18h-18z", rect.x + 11.0, rect.mid_y() - 9.0)} />
                <circle class="hsm-dot" cx={px(rect.x + 20.0)} cy={px(rect.mid_y())} r="3.500" />
            }
            <text class="h" x={px(x)} y={px(first)}>{ cut(&card.title, chars(room, TITLE_W)) }</text>
            if !card.detail.is_empty() {
                <text class="m" x={px(x)} y={px(detail_y)}>{ cut(&card.detail, chars(room, MONO_W)) }</text>
            }
            if let Some(status) = &card.status {
                <text class={classes!("s", tone(status.tone))} x={px(x)} y={px(status_y)}>
                    { cut(&format!("{} {}", status.glyph, status.text), chars(room, 6.0)) }
                </text>
            }
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

/// A coordinate as an attribute.
#[must_use]
pub fn px(value: f64) -> String {
    format!("{value:.1}")
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates at 0
fn chars(room: f64, each: f64) -> usize {
    (room / each) as usize
}
