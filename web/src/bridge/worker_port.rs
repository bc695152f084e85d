//! The port of the page: a Web Worker that hosts a session.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Reflect};
use wasm_bindgen::prelude::{Closure, JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, ErrorEvent, MessageEvent, Worker};

use super::Message;
use super::message::{PING, heard};
use super::port::{Listener, Port};
use crate::locks::{self, Answer};

/// Where index.html keeps the name of the script that loads the worker's wasm.
const SCRIPT: &str = "hsmlabWorker";

/// The variable in which index.html keeps the worker that it started while the page was loading:
/// `{worker, said}`, where `said` holds the messages so far.
const EARLY: &str = "hsmlabEarly";

/// A Web Worker.
pub struct WorkerPort {
    worker: Worker,
    /// Messages from before the first listener.
    said: Vec<String>,
    kept: RefCell<Option<Handlers>>,
}

struct Handlers {
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut(ErrorEvent)>,
    watch: Rc<Watch>,
}

/// Waits for the worker's lock: receiving it means that the worker has ended.
#[derive(Default)]
struct Watch {
    closed: Cell<bool>,
    waiting: RefCell<Option<AbortController>>,
}

impl WorkerPort {
    /// Takes the worker that index.html started, or starts one.
    ///
    /// # Errors
    /// Returns the browser's error if it cannot start a worker.
    pub fn start() -> Result<Rc<dyn Port>, String> {
        let (worker, said) = match take_early() {
            Some(early) => early,
            None => {
                let worker = Worker::new(&script()?).map_err(|error| words(&error))?;
                (worker, Vec::new())
            }
        };
        Ok(Rc::new(Self {
            worker,
            said,
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

    fn ping(&self) {
        self.post(PING);
    }

    fn listen(&self, listener: Listener) {
        let listener: Rc<dyn Fn(Message)> = listener.into();
        let watch = Rc::new(Watch::default());
        let hear = {
            let (listener, watch) = (listener.clone(), watch.clone());
            move |text: &str| match heard(text) {
                Message::Lives(lock) => watch.clone().wait(lock, listener.clone()),
                message => listener(message),
            }
        };
        let heard = hear.clone();
        let message = Closure::new(move |event: MessageEvent| {
            heard(&event.data().as_string().unwrap_or_default());
        });
        let error = Closure::new(move |event: ErrorEvent| {
            event.prevent_default();
            listener(failed(&event));
        });
        self.worker
            .set_onmessage(Some(message.as_ref().unchecked_ref()));
        self.worker
            .set_onerror(Some(error.as_ref().unchecked_ref()));
        self.kept.replace(Some(Handlers {
            _message: message,
            _error: error,
            watch,
        }));
        let said = self.said.clone();
        // Later: the listener is not ready for an answer yet.
        spawn_local(async move {
            for text in &said {
                hear(text);
            }
        });
    }

    fn close(&self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
        if let Some(kept) = self.kept.take() {
            kept.watch.end();
        }
    }
}

impl Watch {
    fn wait(self: Rc<Self>, lock: String, listener: Rc<dyn Fn(Message)>) {
        let Ok(controller) = AbortController::new() else {
            return;
        };
        let how = locks::How::InTurn(controller.signal());
        self.waiting.replace(Some(controller));
        spawn_local(async move {
            let answer = locks::request(&lock, how, || {}).await;
            if matches!(answer, Answer::Granted(_)) && !self.closed.get() {
                listener(Message::Ended);
            }
        });
    }

    fn end(&self) {
        self.closed.set(true);
        if let Some(controller) = self.waiting.take() {
            controller.abort();
        }
    }
}

/// An error of the worker. A script that failed to load gives an event without a message.
fn failed(event: &ErrorEvent) -> Message {
    let message = Reflect::get(event, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .filter(|message| !message.is_empty());
    match message {
        Some(message) => Message::Panicked(message),
        None => Message::Unloaded("start_worker.js could not be fetched".to_owned()),
    }
}

fn script() -> Result<String, String> {
    web_sys::window()
        .and_then(|window| Reflect::get(&window, &SCRIPT.into()).ok()?.as_string())
        .ok_or_else(|| "The page does not name its worker.".to_owned())
}

fn take_early() -> Option<(Worker, Vec<String>)> {
    let window = web_sys::window()?;
    let early = Reflect::get(&window, &EARLY.into())
        .ok()
        .filter(JsValue::is_object)?;
    let worker = Reflect::get(&early, &"worker".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let said: Array = Reflect::get(&early, &"said".into()).ok()?.dyn_into().ok()?;
    let said = said.iter().filter_map(|text| text.as_string()).collect();
    Reflect::set(&window, &EARLY.into(), &JsValue::UNDEFINED).ok()?;
    Some((worker, said))
}

fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || format!("{error:?}"),
        |error| String::from(error.message()),
    )
}
