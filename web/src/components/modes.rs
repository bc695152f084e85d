//! The visible part of the lab screen on a phone.

use hsmlab_html::html;
use yew::{Callback, Html};

/// A part of the lab screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The instructions.
    Steps,
    /// The diagram and the terminals.
    Lab,
    /// The terminals without the diagram.
    Terminal,
    /// The clock and the timeline.
    Time,
}

impl Mode {
    /// The mode's name in the style sheet.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Lab => "lab",
            Self::Terminal => "terminal",
            Self::Time => "time",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Steps => "Steps",
            Self::Lab => "Lab",
            Self::Terminal => "Terminal",
            Self::Time => "Time",
        }
    }
}

/// The tabs of a small screen: the visible part, and the callback for a choice. A playground has no
/// instructions.
pub fn modes(mode: Mode, choose: &Callback<Mode>, playground: bool) -> Html {
    let all = [Mode::Steps, Mode::Lab, Mode::Terminal, Mode::Time];
    html! {
        <nav class="modes" aria-label="Parts of the lab">
            for one in all.into_iter().skip(usize::from(playground)) {
                <button
                    key={one.name()}
                    aria-current={(one == mode).then_some("true")}
                    data-testid={format!("mode-{}", one.name())}
                    onclick={choose.reform(move |_: yew::MouseEvent| one)}
                >
                    { one.words() }
                </button>
            }
        </nav>
    }
}
