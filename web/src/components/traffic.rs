//! The traffic panel: requests, errors and latency of the last minutes.
//!
//! The charts are hand-written SVG. The crates for charts (plotters with its SVG back end, charming,
//! poloto) need floating-point scales and text layout, or a JavaScript library; the page would grow by
//! more than the size of all its other panels. These charts need only three paths per HSM.

use hsmlab_html::html;
use hsmlab_protocol::view::{TimelineView, TrafficView};
use yew::{Html, classes};

use super::grid::{bad_count, grid};
use crate::diagram::{short, short_ids};
use crate::hooks::boxed::UseStateHandle;
use crate::traffic::{
    Charts, HEIGHT, Load, Seen, Shape, charts, count, duration, hue, loads, of_clients,
};
use crate::when;

/// The data to show.
pub struct Shown<'a> {
    /// The traffic.
    pub traffic: &'a TrafficView,
    /// The events meanwhile.
    pub timeline: &'a TimelineView,
    /// The part of the traffic that can be shown.
    pub seen: Seen,
    /// The HSMs in the order of their colours.
    pub hues: &'a [String],
    /// True if all numbers are listed.
    pub table: &'a UseStateHandle<bool>,
}

/// The traffic panel. A function, because a separate component would add kilobytes of wasm.
pub fn traffic_panel(shown: &Shown<'_>) -> Html {
    let Shown {
        traffic,
        timeline,
        seen,
        hues,
        table,
    } = *shown;
    let Some(last) = seen.full.checked_sub(1) else {
        let words = if traffic.hsms.is_empty() {
            "No application sends requests to the HSMs yet."
        } else {
            "Counting requests: let a few seconds pass."
        };
        return html! { <p class="meta">{ words }</p> };
    };
    let charts = charts(traffic, seen.full, &timeline.moments);
    let flip = {
        let table = table.clone();
        move |_| table.set(!*table)
    };
    html! {
        <div class="traffic" data-testid="traffic">
            { headline(&of_clients(traffic, last), &charts, seen.live) }
            { draw(traffic, &charts, hues, seen.full) }
            { legend(traffic, last, hues) }
            { happenings(&charts) }
            <button class="quiet" aria-expanded={table.to_string()} data-testid="traffic-table" onclick={flip}>
                { "All numbers" }
            </button>
            if **table {
                { numbers(traffic, seen.full) }
            }
        </div>
    }
}

fn headline(now: &Load, charts: &Charts, live: bool) -> Html {
    let rate = if live && now.per_second > 0 {
        format!("{} requests a second", count(now.per_second))
    } else {
        "No requests now".to_owned()
    };
    html! {
        <p class="headline">
            <b>{ rate }</b>
            if charts.error_count == 0 {
                <span class="good">{ "✓ no errors" }</span>
            } else {
                <span class="bad strong" data-testid="traffic-errors">
                    { format!("✕ {}", errors(charts.error_count)) }
                </span>
            }
        </p>
    }
}

fn errors(number: u64) -> String {
    match number {
        1 => "1 error".to_owned(),
        number => format!("{} errors", count(number)),
    }
}

fn draw(traffic: &TrafficView, all: &Charts, hues: &[String], full: usize) -> Html {
    let each = |shapes: &[Shape], class: &'static str| -> Html {
        let path = |shape: &Shape| html! { <path key={shape.id.clone()} {class} style={hue(hues, &shape.id)} d={shape.path.clone()} /> };
        shapes.iter().map(path).collect()
    };
    let none = all.error_count == 0;
    let bad = html! { <path class="errors" d={all.errors.clone()} /> };
    let end_ms = traffic.start_ms + u64::try_from(full).unwrap_or(0) * traffic.bucket_ms;
    html! {
        <>
            { chart(all, "Requests a second, by HSM", &format!("up to {}", count(all.top)), each(&all.stacks, "stack"), "tall") }
            { chart(
                all,
                "Errors that reached applications",
                &if none { "none".to_owned() } else { format!("{} in all", count(all.error_count)) },
                bad,
                if none { "low" } else { "low some" },
            ) }
            { chart(all, "Mean latency, by HSM", &format!("up to {}", duration(all.latency_top)), each(&all.latencies, "latency"), "middling") }
            <p class="axis mono">
                <time>{ when::time(traffic.start_ms) }</time>
                <time>{ when::time(end_ms) }</time>
            </p>
        </>
    }
}

/// One chart. Its text is outside the drawing, which is stretched to the available width.
fn chart(all: &Charts, name: &'static str, top: &str, shapes: Html, class: &'static str) -> Html {
    html! {
        <figure class={classes!("chart", class)}>
            <figcaption><span>{ name }</span><span class="mono">{ top }</span></figcaption>
            <svg
                viewBox={format!("0 0 {} {HEIGHT}", all.width)}
                preserveAspectRatio="none"
                role="img"
                aria-label={format!("{name}: {top}. The table has the numbers.")}
            >
                { shapes }
                for mark in all.marks.iter() {
                    <path class={if mark.bad { "mark-line bad" } else { "mark-line" }} d={format!("M{} 0V{HEIGHT}", mark.x)} />
                }
            </svg>
        </figure>
    }
}

/// The colour of each HSM, and its latest numbers.
fn legend(traffic: &TrafficView, last: usize, hues: &[String]) -> Html {
    let head = ["HSM", "req/s", "share", "latency", "failed"].map(str::to_owned);
    let rows = loads(traffic, last).into_iter().map(|(id, load)| {
        let name = html! { <><span class="swatch" style={hue(hues, &id)} />{ short(&id) }</> };
        vec![
            name,
            count(load.per_second).into(),
            format!("{} %", load.share).into(),
            latency(load.latency_us).into(),
            bad_count(load.failures),
        ]
    });
    grid(
        "legend",
        "Latest numbers of each HSM",
        head.into(),
        rows.collect(),
    )
}

fn latency(us: u64) -> String {
    if us == 0 {
        "–".to_owned()
    } else {
        duration(us)
    }
}

/// The events that are marked on the charts, in words.
fn happenings(charts: &Charts) -> Html {
    html! {
        if !charts.marks.is_empty() {
            <ul class="marks" aria-label="What happened meanwhile">
                for (index, mark) in charts.marks.iter().enumerate() {
                    <li key={index} class={mark.bad.then_some("bad")}>
                        <span class="mono">{ when::time(mark.at_ms) }</span>
                        { if mark.bad { " ✕ " } else { " · " } }
                        { short_ids(&mark.what) }
                    </li>
                }
            </ul>
        }
    }
}

/// All numbers of the charts, newest first.
fn numbers(traffic: &TrafficView, full: usize) -> Html {
    let ids = traffic
        .hsms
        .iter()
        .map(|series| short(&series.id) + " req/s");
    let ends = ["errors", "latency"].map(str::to_owned);
    let head = std::iter::once("From".to_owned()).chain(ids).chain(ends);
    let row = |bucket: usize| {
        let at_ms = traffic.start_ms + u64::try_from(bucket).unwrap_or(0) * traffic.bucket_ms;
        let clients = of_clients(traffic, bucket);
        let mut cells = vec![when::time(at_ms).into()];
        let each = loads(traffic, bucket).into_iter();
        cells.extend(each.map(|(_, load)| Html::from(load.per_second.to_string())));
        cells.push(bad_count(clients.failures));
        cells.push(latency(clients.latency_us).into());
        cells
    };
    let rows = (0..full).rev().map(row);
    grid(
        "numbers",
        "Traffic as a table",
        head.collect(),
        rows.collect(),
    )
}
