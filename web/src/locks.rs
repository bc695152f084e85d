//! [Web Locks](https://www.w3.org/TR/web-locks/): locks that the browser shares among the tabs and
//! workers of an origin. It releases those of a tab or worker that ends.
//!
//! web-sys has them only behind a compiler flag, so they are called by name here.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::{Closure, JsCast, JsValue};
use web_sys::AbortSignal;

use crate::later::later;

/// How a lock is requested.
#[derive(Clone, Debug)]
pub enum How {
    /// Now or not at all.
    IfFree,
    /// When its turn comes, unless the signal ends the wait.
    InTurn(AbortSignal),
    /// At once: its holder loses it.
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

/// Whether this browser has locks for this page: not on pages that are served insecurely.
#[must_use]
pub fn available() -> bool {
    manager().is_some()
}

/// Requests a lock; `None` if it is not granted. `lost` runs if another tab steals it later.
pub async fn request(name: &str, how: How, lost: impl FnOnce() + 'static) -> Option<Held> {
    let manager = manager()?;
    let (granted, outcome) = later();
    let on_grant = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        if lock.is_null() {
            return JsValue::UNDEFINED;
        }
        let mut release = None;
        let hold = Promise::new(&mut |resolve, _| release = Some(resolve));
        if let Some(release) = release {
            granted.send(Held { release });
        }
        // The lock is held until this promise resolves.
        hold.into()
    });
    let request: Function = Reflect::get(&manager, &"request".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let promise: Promise = request
        .call3(&manager, &name.into(), &options(&how), &on_grant)
        .ok()?
        .dyn_into()
        .ok()?;
    let (ended, end) = later();
    // Resolves when the lock is released or was not free; rejects when it is stolen or given up.
    wasm_bindgen_futures::spawn_local(async move {
        let stolen = wasm_bindgen_futures::JsFuture::from(promise).await.is_err();
        ended.send(stolen);
    });
    race(outcome, end, lost).await
}

/// What comes first: the grant, or the end of the request without one.
async fn race(
    mut outcome: crate::later::Later<Held>,
    mut end: crate::later::Later<bool>,
    lost: impl FnOnce() + 'static,
) -> Option<Held> {
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::task::Poll;

    let held = poll_fn(|context| {
        if let Poll::Ready(held) = Pin::new(&mut outcome).poll(context) {
            return Poll::Ready(held);
        }
        Pin::new(&mut end).poll(context).map(|_| None)
    })
    .await?;
    wasm_bindgen_futures::spawn_local(async move {
        if end.await == Some(true) {
            lost();
        }
    });
    Some(held)
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

fn manager() -> Option<JsValue> {
    let navigator = web_sys::window()?.navigator();
    Reflect::get(&navigator, &"locks".into())
        .ok()
        .filter(JsValue::is_object)
}
