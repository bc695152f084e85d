//! What a terminal has printed. A chunk whose lines did not change is not drawn anew.

use hsmlab_core::session::view::TerminalView;
use yew::{Html, Properties, component, html};

use crate::state::screen::{Chunk, Line};
use crate::state::{Ink, Screen, Shared};

/// What a terminal has printed; `front` says whether it is the terminal in front.
#[must_use]
pub fn terminal_screen(screen: &Screen, terminal: &TerminalView, front: bool) -> Html {
    html! {
        <div
            class="term-out"
            role="log"
            aria-label={format!("Output of {}", terminal.title)}
            // What comes by itself, many lines a second, is not read out.
            aria-live={if terminal.running { "off" } else { "polite" }}
            data-testid={front.then_some("terminal-output")}
        >
            for chunk in screen.chunks() {
                <ScreenChunk key={chunk.number} chunk={chunk.clone()} />
            }
        </div>
    }
}

/// Some lines.
#[derive(Clone, PartialEq, Properties)]
pub struct ChunkProps {
    /// The lines.
    pub chunk: Shared<Chunk>,
}

/// Some lines.
#[component]
pub fn ScreenChunk(props: &ChunkProps) -> Html {
    html! {
        <div class="term-chunk">
            { for props.chunk.lines.iter().map(|line| draw(line)) }
        </div>
    }
}

fn draw(line: &Line) -> Html {
    html! {
        <div class="term-row">
            for span in line.iter() {
                <span class={class(span.0)}>{ &span.1 }</span>
            }
        </div>
    }
}

const fn class(ink: Ink) -> &'static str {
    match ink {
        Ink::Out => "out",
        Ink::Err => "err",
        Ink::Note => "note",
        Ink::Prompt => "prompt",
        Ink::Typed => "typed",
    }
}
