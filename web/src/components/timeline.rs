//! The bar at the bottom: the speed of the clock, the past events and the next one.

use hsmlab_html::html;
use hsmlab_protocol::Request;
use hsmlab_protocol::view::{ClockView, Moment, MomentKind, TimelineView};
use web_sys::HtmlSelectElement;
use yew::{Html, Properties, TargetCast, classes, component};

use super::icon::{Glyph, icon};
use crate::app::use_verbs;
use crate::diagram::short_ids;
use crate::state::{Act, Pace, SPEEDS, Shared};
use crate::verbs::Verbs;
use crate::when;

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The past events.
    pub timeline: Shared<TimelineView>,
    /// The clock.
    pub clock: Shared<ClockView>,
    /// The speed of the clock.
    pub pace: Pace,
}

/// The position of the present on the track, in thousandths; the next event is to the right of it.
const NOW_PERMILLE: u64 = 840;

/// The bar at the bottom.
#[component]
pub fn Timeline(props: &Props) -> Html {
    let verbs = use_verbs();
    let Props {
        timeline,
        clock,
        pace,
    } = props;
    let skip = {
        let verbs = verbs.clone();
        move |_| verbs.send(Request::SkipToNext)
    };
    let next = clock.next.as_ref();
    html! {
        <footer class="time" aria-label="Time">
            { pace_tools(&verbs, *pace) }
            <span class="since">{ when::hour_minute(timeline.start_ms) }</span>
            { track(&verbs, timeline, clock.now_ms) }
            <span class="next" data-testid="next" title={next.map(|next| next.what.clone())}>
                if let Some(next) = next {
                    { short_ids(&next.what) }
                    { format!(" in {}", when::span(next.at_ms.saturating_sub(clock.now_ms))) }
                } else {
                    { "nothing in progress" }
                }
            </span>
            <button
                class="quiet skip"
                data-testid="skip-next"
                disabled={next.is_none()}
                onclick={skip}
                title="Let time pass to the next event"
            >
                { "Skip to it " }
                { icon(Glyph::Skip) }
            </button>
        </footer>
    }
}

fn pace_tools(verbs: &Verbs, pace: Pace) -> Html {
    let pause = {
        let verbs = verbs.clone();
        move |_| {
            verbs.act(Act::Pace(Pace {
                paused: !pace.paused,
                ..pace
            }));
        }
    };
    let onchange = {
        let verbs = verbs.clone();
        move |event: yew::Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            if let Some(speed) = select.and_then(|select| select.value().parse().ok()) {
                verbs.act(Act::Pace(Pace {
                    speed,
                    paused: false,
                }));
            }
        }
    };
    let (label, glyph) = if pace.paused {
        ("Let time run", Glyph::Play)
    } else {
        ("Pause time", Glyph::Pause)
    };
    html! {
        <>
            <button class="quiet square" aria-label={label} title={label} data-testid="pause" onclick={pause}>
                { icon(glyph) }
            </button>
            <select class="field speed" aria-label="Speed of the clock" data-testid="speed" {onchange}>
                for speed in SPEEDS {
                    <option key={speed} value={speed.to_string()} selected={speed == pace.speed}>
                        { format!("×{speed}") }
                    </option>
                }
            </select>
        </>
    }
}

/// The events, from the world's beginning to now.
fn track(verbs: &Verbs, timeline: &TimelineView, now_ms: u64) -> Html {
    let TimelineView { start_ms, moments } = timeline;
    let length = now_ms.saturating_sub(*start_ms).max(1);
    let place =
        |at_ms: u64| percent(at_ms.saturating_sub(*start_ms).min(length) * NOW_PERMILLE / length);
    html! {
        <div class="track" role="list" aria-label="What has happened">
            <span class="past" style={format!("width:{}", percent(NOW_PERMILLE))} />
            for (index, moment) in moments.iter().enumerate() {
                // The label of an event is on the side with more room.
                <span class="moment-place" role="listitem" key={index} style={format!("--at:{0};left:{0}", place(moment.at_ms))}>
                    { mark(verbs, moment) }
                </span>
            }
            <span class="here" style={format!("left:{}", percent(NOW_PERMILLE))} />
        </div>
    }
}

fn percent(permille: u64) -> String {
    format!("{}.{}%", permille / 10, permille % 10)
}

fn mark(verbs: &Verbs, moment: &Moment) -> Html {
    let class = match moment.kind {
        MomentKind::Change => "change",
        MomentKind::Failure => "failure",
        MomentKind::Step => "step-done",
    };
    let words = format!("{} {}", when::time(moment.at_ms), moment.what);
    let about = moment.about.clone();
    let verbs = verbs.clone();
    let onclick = move |_| {
        if let Some(id) = &about {
            verbs.act(Act::Focus(Some(id.as_str().into())));
            verbs.send(Request::Inspect { id: id.clone() });
        }
    };
    html! {
        <button class={classes!("moment", class)} aria-label={words.clone()} data-words={words} {onclick} />
    }
}
