//! Light or dark: the system's setting, unless the learner says otherwise.

use serde::Serialize;
use yew::{
    AttrValue, Callback, Classes, Html, Properties, component, hook, html, use_context,
    use_effect_with,
};

use crate::hooks::use_pref::use_pref;

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

/// The theme of the page and its setter: the bar and the menu show the same one.
#[derive(Clone, PartialEq)]
pub struct ThemeChoice {
    theme: Theme,
    set: Callback<Theme>,
}

/// The remembered theme, put on the page.
#[hook]
pub fn use_theme() -> ThemeChoice {
    let (theme, set) = use_pref(KEY, Theme::default());
    use_effect_with(theme, |theme| {
        theme.put_on_page();
    });
    ThemeChoice { theme, set }
}

/// How the switch looks.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Its classes.
    #[prop_or_default]
    pub class: Classes,
    /// Its role, where that is not a button's.
    #[prop_or_default]
    pub role: Option<AttrValue>,
    /// Whether its label is written out.
    #[prop_or_default]
    pub words: bool,
}

/// The switch: system, light, dark.
#[component]
pub fn ThemeSwitch(props: &Props) -> Html {
    let Some(ThemeChoice { theme, set }) = use_context::<ThemeChoice>() else {
        return Html::default();
    };
    let label = format!("Theme: {}", theme.name());
    let glyph = match theme {
        Theme::System => "◐",
        Theme::Light => "☀",
        Theme::Dark => "☾",
    };
    html! {
        <button
            class={props.class.clone()}
            role={props.role.clone()}
            aria-label={label.clone()}
            title={label.clone()}
            onclick={move |_| set.emit(theme.next())}
        >
            <span class="glyph" aria-hidden="true">{ glyph }</span>
            if props.words {
                { label }
            }
        </button>
    }
}
