//! A notice about a slow request, with a way out: it may still be running, and the page cannot tell.

use hsmlab_html::html;
use yew::Html;

use crate::hooks::use_session::Keeper;
use crate::state::LabState;
use crate::state::phase::Phase;

/// The notice while a request is slow.
pub fn working(keeper: &Keeper, state: &LabState) -> Html {
    let slow = state.slow && state.phase == Phase::Running;
    let keeper = keeper.clone();
    let restart = move |_| keeper.restart();
    html! {
        <div class="working" role="status">
            if slow {
                <div class="notice" data-testid="working">
                    <p>
                        { "Still working… " }
                        <span class="remedy">
                            { "Some commands take long, such as making a large RSA key. You can wait, or \
                               stop the running command." }
                        </span>
                    </p>
                    <button class="quiet" onclick={restart}>{ "Restart from the last command" }</button>
                </div>
            }
        </div>
    }
}
