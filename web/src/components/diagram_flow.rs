//! The last connection on the diagram: its path, and the hop that refused it.

use hsmlab_html::html;
use yew::Html;

use super::diagram_card::{line, px};
use crate::diagram::{Flow, FlowState, Stream};
use crate::traffic::hue;

/// The last connection.
pub fn draw_flow(flow: &Flow) -> Html {
    let (class, words, state) = match flow.state {
        FlowState::Open => ("flow", "s good strong halo", "open"),
        FlowState::Refused => ("cut", "s bad strong halo", "refused"),
        FlowState::Past => ("flow past", "s quiet strong halo", "past"),
    };
    let (x, y) = flow.label;
    html! {
        <g class="way" role="img" aria-label={flow.name.clone()} data-state={state}>
            <title>{ &flow.name }</title>
            <path {class} d={line(&flow.points)} />
            if let Some((x, y)) = flow.refused_at {
                <circle class="refusal" cx={px(x)} cy={px(y)} r="9" />
                <path class="cross" d={format!("{}l7 7m0-7l-7 7", line(&[(x - 3.5, y - 3.5)]))} />
            }
            <text class={words} x={px(x)} y={px(y)}>
                { &flow.text }
            </text>
        </g>
    }
}

/// The traffic. It moves unless the reader's system asks for reduced motion. The HSMs' cards
/// say the same in words.
pub fn draw_streams(streams: &[Stream], hues: &[String]) -> Html {
    html! {
        <g class="streams" aria-hidden="true" data-testid="streams">
            for stream in streams {
                for (index, way) in stream.ways.iter().enumerate() {
                    <path
                        key={format!("{} {index}", stream.hsm)}
                        class="stream"
                        style={hue(hues, &stream.hsm)}
                        d={line(way)}
                    />
                }
            }
        </g>
    }
}
