//! The bridge to the world: it sends requests to the Web Worker as JSON text. The worker answers each
//! with one message that holds the events, in order. Between requests, a ping checks that the worker is
//! alive.

pub mod message;
pub mod port;
pub mod pulse;
pub mod read;
pub mod worker_port;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use gloo::timers::callback::Interval;
use hsmlab_protocol::{Event, Request};
use yew::Callback;

pub use message::Message;
pub use port::Port;
use pulse::{BEAT_MS, Beat, Pulse};

/// A report of the bridge to its owner.
#[derive(Debug)]
pub enum Heard {
    /// A request was answered.
    Answer(Request, Vec<Event>),
    /// The worker has been busy or loading for long (`true`), or is no longer slow (`false`).
    Slow(bool),
    /// The worker is unusable, with the reason.
    Broken(Failure),
}

/// The reason why a worker is unusable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Its files failed to load.
    Unloaded(String),
    /// It stopped with an error.
    Panicked(String),
    /// It ended without a message, or does not respond.
    Ended,
}

/// A bridge to one worker. The worker answers every request, in order, with exactly one message.
pub struct Bridge {
    port: Rc<dyn Port>,
    heard: RefCell<Callback<Heard>>,
    state: RefCell<State>,
    beats: RefCell<Option<Interval>>,
}

#[derive(Default)]
struct State {
    ready: bool,
    /// Requests from before the worker was ready: it would not have received them.
    waiting: Vec<String>,
    asked: VecDeque<Request>,
    pulse: Pulse,
}

impl Bridge {
    /// Opens the bridge over `port`; `heard` receives everything that comes back.
    #[must_use]
    pub fn open(port: Rc<dyn Port>, heard: Callback<Heard>) -> Rc<Self> {
        let bridge = Rc::new(Self {
            port,
            heard: RefCell::new(heard),
            state: RefCell::default(),
            beats: RefCell::default(),
        });
        let weak = Rc::downgrade(&bridge);
        let beats = Interval::new(BEAT_MS, move || {
            if let Some(bridge) = weak.upgrade() {
                bridge.beat();
            }
        });
        bridge.beats.replace(Some(beats));
        let weak = Rc::downgrade(&bridge);
        bridge.port.listen(Box::new(move |message| {
            if let Some(bridge) = weak.upgrade() {
                bridge.hear(message);
            }
        }));
        bridge
    }

    /// Redirects the answers to another owner from now on.
    pub fn hand_to(&self, heard: Callback<Heard>) {
        self.heard.replace(heard);
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

    /// True if every request has been answered.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.state.borrow().asked.is_empty()
    }

    /// Ends the worker.
    pub fn close(&self) {
        self.beats.take();
        self.port.close();
    }

    fn tell(&self, heard: Heard) {
        let owner = self.heard.borrow().clone();
        owner.emit(heard);
    }

    fn beat(&self) {
        let (beat, ready) = {
            let mut state = self.state.borrow_mut();
            let busy = !state.ready || !state.asked.is_empty();
            (state.pulse.beat(busy), state.ready)
        };
        match beat {
            // The worker does not receive pings before it is ready.
            Beat::Ping if ready => self.port.ping(),
            Beat::Ping | Beat::Wait => {}
            Beat::Slow => self.tell(Heard::Slow(true)),
            Beat::Dead => self.tell(Heard::Broken(Failure::Ended)),
        }
    }

    fn hear(&self, message: Message) {
        let was_slow = self.state.borrow_mut().pulse.heard();
        if was_slow {
            self.tell(Heard::Slow(false));
        }
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
                    self.tell(Heard::Answer(request, events));
                }
            }
            Message::Alive | Message::Lives(_) => {}
            Message::Panicked(what) => self.tell(Heard::Broken(Failure::Panicked(what))),
            Message::Unloaded(what) => self.tell(Heard::Broken(Failure::Unloaded(what))),
            Message::Ended => self.tell(Heard::Broken(Failure::Ended)),
        }
    }
}
