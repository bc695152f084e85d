//! The traffic panel: requests, errors and latency of the last minutes.
//!
//! The charts are SVG by hand: the crates that draw charts (plotters and its SVG back end, charming,
//! poloto) bring scales and text layout in floating point, or a JavaScript library; the page would
//! grow by more than all of its other panels weigh. Three paths per HSM is all that these need.

use hsmlab_core::session::view::{TimelineView, TrafficView};
use yew::{Html, Properties, classes, component, html, use_state_eq};

use crate::diagram::{short, short_ids};
use crate::hooks::use_renders::use_renders;
use crate::state::Shared;
use crate::traffic::{
    Charts, HEIGHT, Load, Seen, Shape, charts, count, duration, hue, loads, of_clients,
};
use crate::when;

/// What is shown.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The traffic.
    pub traffic: Shared<TrafficView>,
    /// What happened meanwhile.
    pub timeline: Shared<TimelineView>,
    /// How much of it can be shown.
    pub seen: Seen,
    /// The HSMs in the order of their colours.
    pub hues: Shared<Vec<String>>,
}

/// The traffic panel.
#[component]
pub fn Traffic(props: &Props) -> Html {
    let renders = use_renders();
    let table = use_state_eq(|| false);
    let Props {
        traffic,
        timeline,
        seen,
        hues,
    } = props;
    let Some(last) = seen.full.checked_sub(1) else {
        let words = if traffic.hsms.is_empty() {
            "No application asks the HSMs for anything yet."
        } else {
            "Requests are being counted: let some seconds pass."
        };
        return html! { <p class="meta">{ words }</p> };
    };
    let charts = charts(traffic, seen.full, &timeline.moments);
    let flip = {
        let table = table.clone();
        move |_| table.set(!*table)
    };
    html! {
        <div class="traffic" data-testid="traffic" data-renders={renders}>
            { headline(&of_clients(traffic, last), &charts, seen.live) }
            { draw(traffic, &charts, hues, seen.full) }
            { legend(traffic, last, hues) }
            { happenings(&charts) }
            <p class="row">
                <button class="quiet" aria-expanded={table.to_string()} data-testid="traffic-table" onclick={flip}>
                    { if *table { "Hide the numbers" } else { "All numbers as a table" } }
                </button>
            </p>
            if *table {
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

/// One chart. Its words stand outside of the drawing, which is stretched to the width there is.
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

/// Each HSM's colour, and what it did last.
fn legend(traffic: &TrafficView, last: usize, hues: &[String]) -> Html {
    html! {
        <table class="legend">
            <caption class="visually-hidden">{ "What each HSM did last" }</caption>
            <thead>
                <tr>
                    <th scope="col">{ "HSM" }</th>
                    <th scope="col">{ "req/s" }</th>
                    <th scope="col">{ "share" }</th>
                    <th scope="col">{ "latency" }</th>
                    <th scope="col">{ "failed" }</th>
                </tr>
            </thead>
            <tbody>
                for (id, load) in loads(traffic, last) {
                    <tr key={id.clone()}>
                        <th scope="row" title={id.clone()}>
                            <span class="swatch" style={hue(hues, &id)} />
                            { short(&id) }
                        </th>
                        <td>{ count(load.per_second) }</td>
                        <td>{ format!("{} %", load.share) }</td>
                        <td>{ latency(load.latency_us) }</td>
                        <td class={(load.failures > 0).then_some("bad strong")}>{ count(load.failures) }</td>
                    </tr>
                }
            </tbody>
        </table>
    }
}

fn latency(us: u64) -> String {
    if us == 0 {
        "–".to_owned()
    } else {
        duration(us)
    }
}

/// The moments that are marked on the charts, in words.
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

/// All that the charts show, newest first.
fn numbers(traffic: &TrafficView, full: usize) -> Html {
    let row = |bucket: usize| {
        let at_ms = traffic.start_ms + u64::try_from(bucket).unwrap_or(0) * traffic.bucket_ms;
        let clients = of_clients(traffic, bucket);
        html! {
            <tr key={at_ms}>
                <th scope="row">{ when::time(at_ms) }</th>
                for (_, load) in loads(traffic, bucket) {
                    <td>{ load.per_second }</td>
                }
                <td class={(clients.failures > 0).then_some("bad strong")}>{ clients.failures }</td>
                <td>{ latency(clients.latency_us) }</td>
            </tr>
        }
    };
    html! {
        <div class="numbers" tabindex="0" role="region" aria-label="Traffic as a table">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{ "From" }</th>
                        for series in traffic.hsms.iter() {
                            <th scope="col" key={series.id.clone()} title={series.id.clone()}>
                                { short(&series.id) }<small>{ " req/s" }</small>
                            </th>
                        }
                        <th scope="col">{ "errors" }</th>
                        <th scope="col">{ "latency" }</th>
                    </tr>
                </thead>
                <tbody>{ for (0..full).rev().map(row) }</tbody>
            </table>
        </div>
    }
}
