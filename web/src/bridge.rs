//! The way to the world: requests go to the Web Worker as JSON text, and each comes back as one
//! message with its events, in order.

pub mod message;
pub mod port;
pub mod read;
pub mod worker_port;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use hsmlab_core::session::{Event, Request};
use yew::Callback;

pub use message::Message;
pub use port::Port;

/// What the bridge tells its owner.
#[derive(Debug)]
pub enum Heard {
    /// A request was answered.
    Answer(Request, Vec<Event>),
    /// The worker is gone, and why.
    Broken(String),
}

/// A bridge to one worker. The worker answers every request, in order, with exactly one message.
pub struct Bridge {
    port: Rc<dyn Port>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    ready: bool,
    /// Sent before the worker was ready: it would not have heard them.
    waiting: Vec<String>,
    asked: VecDeque<Request>,
}

impl Bridge {
    /// Opens the bridge over `port`; `heard` gets everything that comes back.
    #[must_use]
    pub fn open(port: Rc<dyn Port>, heard: Callback<Heard>) -> Rc<Self> {
        let bridge = Rc::new(Self {
            port,
            state: RefCell::default(),
        });
        let weak = Rc::downgrade(&bridge);
        bridge.port.listen(Box::new(move |message| {
            if let Some(bridge) = weak.upgrade() {
                bridge.hear(message, &heard);
            }
        }));
        bridge
    }

    /// Sends a request.
    pub fn send(&self, request: Request) {
        let text = match serde_json::to_string(&request) {
            Ok(text) => text,
            Err(error) => return web_sys::console::error_1(&error.to_string().into()),
        };
        let mut state = self.state.borrow_mut();
        state.asked.push_back(request);
        if state.ready {
            drop(state);
            self.port.post(&text);
        } else {
            state.waiting.push(text);
        }
    }

    /// Whether every request has been answered.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.state.borrow().asked.is_empty()
    }

    /// Ends the worker.
    pub fn close(&self) {
        self.port.close();
    }

    fn hear(&self, message: Message, heard: &Callback<Heard>) {
        match message {
            Message::Ready => {
                let waiting = {
                    let mut state = self.state.borrow_mut();
                    state.ready = true;
                    std::mem::take(&mut state.waiting)
                };
                for text in waiting {
                    self.port.post(&text);
                }
            }
            Message::Events(events) => {
                let asked = self.state.borrow_mut().asked.pop_front();
                if let Some(request) = asked {
                    heard.emit(Heard::Answer(request, events));
                }
            }
            Message::Panicked(what) => heard.emit(Heard::Broken(what)),
        }
    }
}
