//! The page's small icons. They are decorative: each is next to a word or has a label.

use hsmlab_html::html;
use yew::Html;

/// An icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// The product's mark.
    Logo,
    /// Two bars.
    Pause,
    /// A triangle.
    Play,
    /// A triangle at a bar: skip to the next event.
    Skip,
    /// A plus.
    Plus,
    /// A minus.
    Minus,
    /// A cross.
    Close,
    /// Three dots.
    More,
    /// An arrow up out of a tray.
    Upload,
    /// An arrow down into a tray.
    Download,
    /// A form in a window.
    Form,
    /// A tick.
    Tick,
}

/// An icon in the colour of the surrounding text. A function, not a component: it has no state, and
/// a component adds kilobytes of wasm.
pub fn icon(glyph: Glyph) -> Html {
    if glyph == Glyph::Logo {
        return html! {
            <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
                <path d="M12 2l8.5 5v10L12 22l-8.5-5V7z" fill="none" stroke="currentColor" stroke-width="2" />
                <circle cx="12" cy="11" r="2.6" fill="currentColor" />
                <path d="M12 12v5" stroke="currentColor" stroke-width="2.4" />
            </svg>
        };
    }
    let path = match glyph {
        Glyph::Pause => "M5 3v10M11 3v10",
        Glyph::Play => "M5 3l8 5-8 5z",
        Glyph::Skip => "M3 8h7M7 5l3 3-3 3M13 3v10",
        Glyph::Plus => "M8 3v10M3 8h10",
        Glyph::Minus => "M3 8h10",
        Glyph::Close => "M4 4l8 8M12 4l-8 8",
        Glyph::Upload => "M8 10V3M5 6l3-3 3 3M3 10v3h10v-3",
        Glyph::Download => "M8 3v7M5 7l3 3 3-3M3 10v3h10v-3",
        Glyph::Form => "M2.500 3h11v10h-11zM5 6.500h6M5 9.500h3",
        Glyph::Tick => "M3 8.5l3.500 3.500L13 5",
        Glyph::More | Glyph::Logo => "M3 8h.01M8 8h.01M13 8h.01",
    };
    html! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path
                d={path}
                fill="none"
                stroke="currentColor"
                stroke-width="1.75"
                stroke-linecap="round"
                stroke-linejoin="round"
            />
        </svg>
    }
}
