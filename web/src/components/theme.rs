//! Light or dark: the system's setting, unless the learner says otherwise.

use serde::Serialize;
use yew::{Html, component, hook, html, use_effect_with};

use crate::hooks::use_pref::use_pref;
use crate::prefs;

/// What the learner chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// The system's setting.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

const KEY: &str = "theme";

impl Theme {
    const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The tokens in the style sheet hang on this attribute.
    fn put_on_page(self) -> Option<()> {
        let root = web_sys::window()?.document()?.document_element()?;
        root.set_attribute("data-theme", self.name()).ok()
    }
}

/// Puts the remembered theme on the page.
#[hook]
pub fn use_theme() {
    use_effect_with((), |()| {
        prefs::get::<Theme>(KEY).unwrap_or_default().put_on_page();
    });
}

/// The switch: system, light, dark.
#[component]
pub fn ThemeSwitch() -> Html {
    let (theme, set) = use_pref(KEY, Theme::default());
    use_effect_with(theme, |theme| {
        theme.put_on_page();
    });
    let label = format!("Theme: {}", theme.name());
    let glyph = match theme {
        Theme::System => "◐",
        Theme::Light => "☀",
        Theme::Dark => "☾",
    };
    html! {
        <button
            class="quiet square"
            aria-label={label.clone()}
            title={label}
            onclick={move |_| set.emit(theme.next())}
        >
            { glyph }
        </button>
    }
}
