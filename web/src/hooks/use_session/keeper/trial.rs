//! Tries a save in a separate world, so that the current one is untouched until the save is known to be
//! good.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use hsmlab_protocol::{Event, Request};
use yew::Callback;

use crate::bridge::{Bridge, Failure, Heard, Port};

/// Cancels a trial: taking the sender out ends it.
pub(super) type Cancel = Rc<RefCell<Option<oneshot::Sender<Answer>>>>;

/// The answer of the trial's world, or the reason why there is none.
type Answer = Result<(Request, Vec<Event>), String>;

/// A world in which a save was restored.
pub(super) struct Restored {
    pub(super) bridge: Rc<Bridge>,
    pub(super) request: Request,
    pub(super) events: Vec<Event>,
}

/// Restores a save over `port`; `Ok(None)` if the trial was cancelled first.
///
/// # Errors
/// Returns the reason why the save cannot be restored.
pub(super) async fn restore(
    port: Rc<dyn Port>,
    request: Request,
    cancel: &Cancel,
) -> Result<Option<Restored>, String> {
    let (sender, answer) = oneshot::channel();
    cancel.replace(Some(sender));
    let hearing = cancel.clone();
    let heard = Callback::from(move |heard| {
        let answer = match heard {
            Heard::Answer(request, events) => Ok((request, events)),
            Heard::Broken(failure) => Err(words(&failure)),
            Heard::Slow(_) => return,
        };
        if let Some(sender) = hearing.take() {
            // A cancelled trial has no receiver.
            let _ = sender.send(answer);
        }
    });
    let bridge = Bridge::open(port, heard);
    bridge.send(request);
    let answer = answer
        .await
        .ok()
        .transpose()
        .and_then(|answer| match answer {
            Some((_, events)) if failure(&events).is_some() => {
                Err(failure(&events).unwrap_or_default())
            }
            answer => Ok(answer),
        });
    match answer {
        Ok(Some((request, events))) => Ok(Some(Restored {
            bridge,
            request,
            events,
        })),
        other => {
            bridge.close();
            other.map(|_| None)
        }
    }
}

fn failure(events: &[Event]) -> Option<String> {
    events.iter().find_map(|event| match event {
        Event::Failed { what, .. } => Some(what.clone()),
        _ => None,
    })
}

fn words(failure: &Failure) -> String {
    match failure {
        Failure::Unloaded(why) => format!("The lab's program failed to load: {why}."),
        Failure::Panicked(why) => format!("The lab stopped while it replayed the save: {why}."),
        Failure::Ended => "The lab stopped while it replayed the save.".to_owned(),
    }
}
