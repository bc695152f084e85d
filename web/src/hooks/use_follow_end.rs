//! A scroller that follows the end of its content.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, ResizeObserver};
use yew::{Callback, Event, NodeRef, hook, use_callback, use_memo};

use crate::hooks::boxed::use_effect_with;

/// The distance from the end, in pixels, that still counts as the end.
const NEAR_END_PX: i32 = 40;

/// The reader's scroll position.
struct Place {
    /// True if the reader is at the end, and so follows it.
    at_end: Cell<bool>,
    /// The last seen scroll position.
    top: Cell<i32>,
}

/// Keeps `scroller` at its end when `content` or the scroller itself changes size, unless the
/// reader has scrolled back. Returns the handler for its scroll event.
///
/// The observer runs after the browser's own layout of a frame, so it forces no extra layout.
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
            // Only the reader scrolls back; new content that grows the page does not stop the
            // following.
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
