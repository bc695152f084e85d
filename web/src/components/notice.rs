//! Something to tell the learner, until it is closed or the next line is run.

use yew::{Html, Properties, classes, component, html};

use super::icon::{Glyph, icon};
use crate::app::use_verbs;
use crate::state::{Act, Notice, Shared};

/// What is told.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// What, if anything.
    pub notice: Option<Shared<Notice>>,
}

/// Something to tell.
#[component]
pub fn NoticeBar(props: &Props) -> Html {
    let verbs = use_verbs();
    let close = move |_| verbs.act(Act::Tell(None));
    html! {
        <div class="notices" aria-live="polite">
            if let Some(notice) = &props.notice {
                <div class={classes!("notice", notice.bad.then_some("bad"))} data-testid="notice">
                    <p>
                        { &notice.what }
                        if !notice.remedy.is_empty() {
                            { " " }
                            <span class="remedy">{ &notice.remedy }</span>
                        }
                    </p>
                    <button class="square" aria-label="Close the message" onclick={close}>
                        { icon(Glyph::Close) }
                    </button>
                </div>
            }
        </div>
    }
}
