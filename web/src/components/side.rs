//! What stands beside the diagram: the inspector, or the console forms.

use hsmlab_core::session::event::Inspected;
use hsmlab_core::session::request::TerminalId;
use hsmlab_core::session::view::FormView;
use yew::{Html, Properties, component, html};

use super::console::console;
use super::icon::{Glyph, icon};
use super::inspector::inspector;
use crate::app::use_verbs;
use crate::state::{Act, Shared, Side};

/// What is open.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Which.
    pub side: Side,
    /// What the inspector shows.
    pub inspected: Option<Shared<Inspected>>,
    /// What the console shows.
    pub form: Option<Shared<FormView>>,
    /// The terminal that the console runs its commands in.
    pub cloudshell: Option<TerminalId>,
}

/// What stands beside the diagram.
#[component]
pub fn SidePanel(props: &Props) -> Html {
    let verbs = use_verbs();
    let closing = verbs.clone();
    let close = move |_| {
        closing.act(Act::Side(Side::Closed));
        closing.act(Act::Focus(None));
    };
    let (title, body) = match (props.side, &props.inspected, &props.form) {
        (Side::Inspector, Some(inspected), _) => {
            (inspected.kind.clone(), inspector(&verbs, inspected))
        }
        (Side::Console, _, Some(form)) => (
            "Console".to_owned(),
            console(&verbs, form, props.cloudshell),
        ),
        _ => return Html::default(),
    };
    html! {
        <aside class="side" aria-label={title.clone()} tabindex="0">
            <div class="side-head">
                <h2>{ title }</h2>
                <button class="square" aria-label="Close" onclick={close}>
                    { icon(Glyph::Close) }
                </button>
            </div>
            { body }
        </aside>
    }
}
