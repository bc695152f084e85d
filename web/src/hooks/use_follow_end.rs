//! A scroller that follows the end of its content.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, ResizeObserver};
use yew::{Callback, Event, NodeRef, hook, use_callback, use_effect_with, use_memo};

/// How near the end, in pixels, still counts as being there.
const NEAR_END_PX: i32 = 40;

/// What is known of the reader's place.
struct Place {
    /// Whether the reader is at the end, and so follows it.
    at_end: Cell<bool>,
    /// The scroll position that was last seen.
    top: Cell<i32>,
}

/// Keeps `scroller` at its end while `content` or the scroller itself changes its size, unless the
/// reader has scrolled back. Returns the handler for its scroll event.
///
/// The observer runs after the browser's own layout of a frame: no change forces one.
#[hook]
pub fn use_follow_end(scroller: &NodeRef, content: &NodeRef) -> Callback<Event> {
    let place = use_memo((), |()| Place {
        at_end: Cell::new(true),
        top: Cell::new(0),
    });
    let (observed, followed) = ((scroller.clone(), content.clone()), place.clone());
    use_effect_with((), move |()| {
        let watch = watch(&observed.0, &observed.1, followed);
        move || {
            if let Some((observer, _)) = &watch {
                observer.disconnect();
            }
            drop(watch);
        }
    });
    let scrolled = scroller.clone();
    use_callback((), move |_: Event, ()| {
        let Some(body) = scrolled.cast::<HtmlElement>() else {
            return;
        };
        let top = body.scroll_top();
        let below = body.scroll_height() - top - body.client_height();
        if below < NEAR_END_PX {
            place.at_end.set(true);
        } else if top < place.top.get() {
            // Only the reader scrolls back; being left behind by new content is no reason to stop.
            place.at_end.set(false);
        }
        place.top.set(top);
    })
}

type Watch = (ResizeObserver, Closure<dyn Fn()>);

fn watch(scroller: &NodeRef, content: &NodeRef, place: Rc<Place>) -> Option<Watch> {
    let body = scroller.cast::<HtmlElement>()?;
    let content = content.cast::<HtmlElement>()?;
    let follow = {
        let body = body.clone();
        Closure::<dyn Fn()>::new(move || {
            if place.at_end.get() {
                // The browser stops at the end.
                body.set_scroll_top(i32::MAX);
                place.top.set(body.scroll_top());
            }
        })
    };
    let observer = ResizeObserver::new(follow.as_ref().unchecked_ref()).ok()?;
    observer.observe(&body);
    observer.observe(&content);
    Some((observer, follow))
}
