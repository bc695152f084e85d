//! A word on a request that takes long, with a way out: it may be at work, and nobody can tell.

use yew::{Html, html};

use crate::hooks::use_session::Keeper;
use crate::state::LabState;
use crate::state::phase::Phase;

/// The word, while a request takes long.
pub fn working(keeper: &Keeper, state: &LabState) -> Html {
    let slow = state.slow && state.phase == Phase::Running;
    let keeper = keeper.clone();
    let restart = move |_| keeper.restart();
    html! {
        <div class="working" role="status">
            if slow {
                <div class="notice" data-testid="working">
                    <p>
                        { "It is still working… " }
                        <span class="remedy">
                            { "Some commands take long, such as making a large RSA key. You can wait, or \
                               give the running command up." }
                        </span>
                    </p>
                    <button class="quiet" onclick={restart}>{ "Restart from the last command" }</button>
                </div>
            }
        </div>
    }
}
