//! The theme: light or dark by the system's setting, unless the learner chooses.

use hsmlab_html::html;
use serde::Serialize;
use yew::{AttrValue, Callback, Classes, Html, Properties, component, hook, use_context};

use crate::hooks::boxed::use_effect_with;
use crate::hooks::use_pref::use_pref;

/// The learner's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// The setting of the system.
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

    /// Sets the attribute that selects the tokens in the style sheet.
    fn put_on_page(self) -> Option<()> {
        let root = web_sys::window()?.document()?.document_element()?;
        root.set_attribute("data-theme", self.name()).ok()
    }
}

/// The theme of the page and its setter, shared by the bar and the menu.
#[derive(Clone, PartialEq)]
pub struct ThemeChoice {
    theme: Theme,
    set: Callback<Theme>,
}

/// Returns the remembered theme, applied to the page.
#[hook]
pub fn use_theme() -> ThemeChoice {
    let (theme, set) = use_pref(KEY, Theme::default());
    use_effect_with(theme, |theme| {
        theme.put_on_page();
    });
    ThemeChoice { theme, set }
}

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The switch's classes.
    #[prop_or_default]
    pub class: Classes,
    /// The role, if it is not that of a button.
    #[prop_or_default]
    pub role: Option<AttrValue>,
    /// True if the label is visible.
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
