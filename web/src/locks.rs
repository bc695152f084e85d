//! [Web Locks](https://www.w3.org/TR/web-locks/): locks that the browser shares among the tabs and
//! workers of an origin. The browser releases the locks of a tab or worker that ends.
//!
//! web-sys offers them only behind a compiler flag, so this module calls them by name.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use futures_channel::oneshot;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::{Closure, JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortSignal;

/// The mode of a request.
#[derive(Clone, Debug)]
pub enum How {
    /// Immediately, or not at all.
    IfFree,
    /// Granted in turn, unless the signal ends the wait.
    InTurn(AbortSignal),
    /// Immediately: the holder loses the lock.
    Steal,
}

/// A held lock. It is released when this is dropped.
#[derive(Debug)]
pub struct Held {
    release: Function,
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.release.call0(&JsValue::NULL);
    }
}

/// The answer to a request.
#[derive(Debug)]
pub enum Answer {
    /// The lock is held from now on.
    Granted(Held),
    /// Another tab holds it, or the wait was cancelled.
    Refused,
    /// The browser has no locks for this page: the browser is old, the page is served insecurely,
    /// or the settings forbid it to store anything.
    Unavailable,
}

/// The end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The lock was released, or was not free.
    Settled,
    /// It was stolen, or the wait was cancelled.
    Aborted,
    /// The browser refuses locks to this page.
    Forbidden,
}

/// Requests a lock. `lost` runs if another tab steals it later.
pub async fn request(name: &str, how: How, lost: impl FnOnce() + 'static) -> Answer {
    let (granted, mut grant) = oneshot::channel();
    let Some(promise) = call(name, &how, granted) else {
        return Answer::Unavailable;
    };
    let (ended, mut end) = oneshot::channel();
    spawn_local(async move {
        let _ = ended.send(match JsFuture::from(promise).await {
            Ok(_) => End::Settled,
            Err(error) if is_abort(&error) => End::Aborted,
            Err(_) => End::Forbidden,
        });
    });
    // Whichever comes first: the grant, or the end of the request without one.
    let answer = poll_fn(|context| match Pin::new(&mut grant).poll(context) {
        Poll::Ready(Ok(held)) => Poll::Ready(Answer::Granted(held)),
        _ => Pin::new(&mut end).poll(context).map(|end| match end {
            Ok(End::Forbidden) => Answer::Unavailable,
            _ => Answer::Refused,
        }),
    })
    .await;
    if matches!(answer, Answer::Granted(_)) {
        spawn_local(async move {
            if end.await == Ok(End::Aborted) {
                lost();
            }
        });
    }
    answer
}

/// Calls `navigator.locks.request`; the promise settles when the lock is released.
fn call(name: &str, how: &How, granted: oneshot::Sender<Held>) -> Option<Promise> {
    let navigator = web_sys::window()?.navigator();
    let manager = Reflect::get(&navigator, &"locks".into()).ok()?;
    let request: Function = Reflect::get(&manager, &"request".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let on_grant = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        if lock.is_null() {
            return JsValue::UNDEFINED;
        }
        let mut release = None;
        let hold = Promise::new(&mut |resolve, _| release = Some(resolve));
        if let Some(release) = release {
            // A cancelled request drops the lock, which releases it.
            let _ = granted.send(Held { release });
        }
        // The lock is held until this promise resolves.
        hold.into()
    });
    request
        .call3(&manager, &name.into(), &options(how), &on_grant)
        .ok()?
        .dyn_into()
        .ok()
}

fn is_abort(error: &JsValue) -> bool {
    let name = Reflect::get(error, &"name".into());
    name.is_ok_and(|name| name == "AbortError")
}

fn options(how: &How) -> Object {
    let options = Object::new();
    let (key, value) = match how {
        How::IfFree => ("ifAvailable", JsValue::TRUE),
        How::InTurn(signal) => ("signal", signal.into()),
        How::Steal => ("steal", JsValue::TRUE),
    };
    // Setting a field of a fresh object does not fail.
    let _ = Reflect::set(&options, &key.into(), &value);
    options
}
