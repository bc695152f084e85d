//! Opens the terminal that a block of commands needs.

use hsmlab_protocol::Request;
use yew::hook;

use crate::hooks::boxed::use_effect_with;
use crate::state::{Opening, Shared};
use crate::verbs::Verbs;

/// Requests a terminal from the world as soon as one must be opened.
#[hook]
pub fn use_opening(verbs: &Verbs, opening: Option<&Shared<Opening>>) {
    let verbs = verbs.clone();
    use_effect_with(opening.cloned(), move |opening| {
        if let Some(opening) = opening {
            let host = opening.host.clone();
            verbs.send(Request::OpenTerminal { host });
        }
    });
}
