//! The Web Worker: it owns a session, and answers each request (JSON text) with one message that holds
//! its events. It answers requests in the order of arrival, and pings between them.

#![forbid(unsafe_code)]

use std::cell::RefCell;

use hsmlab_core::session::Session;
use hsmlab_protocol::message::{Message, PING};
use hsmlab_protocol::{Event, Request};
use wasm_bindgen::prelude::{Closure, JsCast};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn main() {
    std::panic::set_hook(Box::new(|info| say(&Message::Panicked(info.to_string()))));
    let session = RefCell::new(Session::with_saved_primes());
    let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let text = message.data().as_string().unwrap_or_default();
        if text == PING {
            return say(&Message::Alive);
        }
        let events = match serde_json::from_str::<Request>(&text) {
            Ok(request) => session.borrow_mut().handle(request),
            Err(error) => vec![Event::Failed {
                what: format!("The page sent a request that the lab does not know: {error}"),
                remedy: "Reload the page, so that both parts have the same version.".to_owned(),
            }],
        };
        say(&Message::Events(events));
    });
    scope().set_onmessage(Some(hear.as_ref().unchecked_ref()));
    // The worker lives as long as its scope.
    hear.forget();
    say(&Message::Ready);
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn say(message: &Message) {
    let text = serde_json::to_string(message)
        .unwrap_or_else(|error| format!("{{\"panicked\":\"the answer has no JSON: {error}\"}}"));
    if let Err(error) = scope().post_message(&text.into()) {
        web_sys::console::error_1(&error);
    }
}
