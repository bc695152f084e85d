//! The page's port: a Web Worker that hosts a session.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::prelude::{Closure, JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker};

use super::Message;
use super::port::{Listener, Port};

/// The script that loads the worker's wasm; Trunk writes it beside the page.
const SCRIPT: &str = "./worker_loader.js";

/// Where index.html keeps the worker that it started while the page was still loading:
/// `{worker, ready}`.
const EARLY: &str = "hsmlabEarly";

/// A Web Worker.
pub struct WorkerPort {
    worker: Worker,
    /// It had said that it is ready before anybody listened.
    was_ready: bool,
    kept: RefCell<Option<Handlers>>,
}

struct Handlers {
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut(ErrorEvent)>,
}

impl WorkerPort {
    /// Takes the worker that index.html started, or starts one.
    ///
    /// # Errors
    /// The browser's words, where it cannot start a worker.
    pub fn start() -> Result<Rc<dyn Port>, String> {
        let (worker, was_ready) = match take_early() {
            Some(early) => early,
            None => (Worker::new(SCRIPT).map_err(|error| words(&error))?, false),
        };
        Ok(Rc::new(Self {
            worker,
            was_ready,
            kept: RefCell::default(),
        }))
    }
}

impl Port for WorkerPort {
    fn post(&self, text: &str) {
        if let Err(error) = self.worker.post_message(&text.into()) {
            web_sys::console::error_1(&error);
        }
    }

    fn listen(&self, listener: Listener) {
        let listener: Rc<dyn Fn(Message)> = listener.into();
        let hear = listener.clone();
        let message = Closure::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            hear(Message::heard(&text));
        });
        let hear = listener.clone();
        let error = Closure::new(move |event: ErrorEvent| {
            hear(Message::Panicked(format!(
                "the worker could not run: {}",
                event.message()
            )));
        });
        self.worker
            .set_onmessage(Some(message.as_ref().unchecked_ref()));
        self.worker
            .set_onerror(Some(error.as_ref().unchecked_ref()));
        self.kept.replace(Some(Handlers {
            _message: message,
            _error: error,
        }));
        if self.was_ready {
            listener(Message::Ready);
        }
    }

    fn close(&self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
        self.kept.replace(None);
    }
}

fn take_early() -> Option<(Worker, bool)> {
    let window = web_sys::window()?;
    let early = Reflect::get(&window, &EARLY.into())
        .ok()
        .filter(|early| early.is_object())?;
    let worker = Reflect::get(&early, &"worker".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let ready = Reflect::get(&early, &"ready".into()).ok()?.is_truthy();
    Reflect::set(&window, &EARLY.into(), &JsValue::UNDEFINED).ok()?;
    Some((worker, ready))
}

fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || format!("{error:?}"),
        |error| String::from(error.message()),
    )
}
