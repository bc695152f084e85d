//! On a phone: which part of the lab screen is in sight.

use yew::{Callback, Html, Properties, component, html};

/// A part of the lab screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The instructions.
    Steps,
    /// The diagram and the terminals.
    Lab,
    /// The terminals alone.
    Terminal,
    /// The clock and the timeline.
    Time,
}

impl Mode {
    /// Its name in the style sheet.
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

/// Which part is in sight.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The part.
    pub mode: Mode,
    /// Gets the part that is chosen.
    pub choose: Callback<Mode>,
    /// Whether there are no instructions.
    pub playground: bool,
}

/// The tabs of a small screen.
#[component]
pub fn Modes(props: &Props) -> Html {
    let modes = [Mode::Steps, Mode::Lab, Mode::Terminal, Mode::Time];
    let skip = usize::from(props.playground);
    html! {
        <nav class="modes" aria-label="Parts of the lab">
            for mode in modes.into_iter().skip(skip) {
                <button
                    key={mode.name()}
                    aria-current={(mode == props.mode).then_some("true")}
                    data-testid={format!("mode-{}", mode.name())}
                    onclick={props.choose.reform(move |_: yew::MouseEvent| mode)}
                >
                    { mode.words() }
                </button>
            }
        </nav>
    }
}
