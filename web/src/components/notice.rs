//! A message to the learner, shown until it is closed or the next line is run.

use hsmlab_html::html;
use yew::{Html, classes};

use super::icon::{Glyph, icon};
use crate::state::{Act, Notice};
use crate::verbs::Verbs;

/// The message, if there is one.
pub fn notice_bar(verbs: &Verbs, notice: Option<&Notice>) -> Html {
    let verbs = verbs.clone();
    let close = move |_| verbs.act(Act::Tell(None));
    html! {
        <div class="notices" aria-live="polite">
            if let Some(notice) = notice {
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
