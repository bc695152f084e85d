//! The lease of a lab. Only one tab at a time writes a lab: the holder of its lease.
//!
//! The lease is a Web Lock. Tabs negotiate it over a `BroadcastChannel`, so that the holder can
//! save its work before it releases the lease. A browser without locks has only these messages.
//! There, and when a tab's lease is stolen, the stamp of the stored save ([`crate::saves`]) still
//! refuses an older writer.

mod channel;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use gloo::timers::callback::Timeout;
use gloo::timers::future::TimeoutFuture;
use web_sys::AbortController;
use yew::Callback;

use crate::locks::{self, Answer, Held, How};
use channel::{Channel, Word};

/// The time that a tab waits for a message of a lease holder, if the browser has no locks.
const ANSWER_MS: u32 = 300;

/// A message from another tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It asks for the lease that this tab has.
    Asked,
    /// It was asked for the lease, and is saving its work first.
    Saving,
    /// It was asked for the lease and keeps it, because it cannot save its work; with the reason.
    Kept(String),
    /// It has taken the lease from this tab.
    Lost,
}

/// A tab's handle of the lease of one lab. Clones share the handle.
#[derive(Clone)]
pub struct Lease(Rc<Inner>);

struct Inner {
    name: String,
    heard: Callback<Heard>,
    channel: Option<Channel>,
    lock: RefCell<Option<Held>>,
    has: Cell<bool>,
    /// Aborts the wait for the lock.
    wait: RefCell<Option<AbortController>>,
    /// Without locks: the pending message, and the receiver of its answer.
    said: RefCell<Option<(Word, oneshot::Sender<bool>)>>,
}

impl Lease {
    /// Creates a handle without the lease. `heard` receives the messages of other tabs.
    #[must_use]
    pub fn new(lab: &str, heard: Callback<Heard>) -> Self {
        let name = format!("hsmlab.lab.{lab}");
        Self(Rc::new_cyclic(|weak: &std::rc::Weak<Inner>| {
            let weak = weak.clone();
            let channel = Channel::open(&name, move |word| {
                if let Some(inner) = weak.upgrade() {
                    Self(inner).hear(word);
                }
            });
            Inner {
                name,
                heard,
                channel,
                lock: RefCell::default(),
                has: Cell::default(),
                wait: RefCell::default(),
                said: RefCell::default(),
            }
        }))
    }

    /// Takes the lease if no other tab has it. Waits up to `patience_ms` for a tab that is about to
    /// release it.
    pub async fn take(&self, patience_ms: u32) -> bool {
        let how = if patience_ms == 0 {
            Some(How::IfFree)
        } else {
            self.in_turn()
        };
        let lease = self.clone();
        let timer = Timeout::new(patience_ms, move || lease.stop_waiting());
        let has = self.lock(how).await;
        drop(timer);
        match has {
            Some(has) => has,
            None => self.take_by_word().await,
        }
    }

    /// Asks the holder to release the lease, and waits for it.
    pub async fn ask(&self) -> bool {
        self.stop_waiting();
        let how = self.in_turn();
        self.say(&Word::Give);
        match self.lock(how).await {
            Some(has) => has,
            None => self.answer(Word::Give).await,
        }
    }

    /// Takes the lease from any holder.
    pub async fn seize(&self) -> bool {
        self.stop_waiting();
        if let Some(has) = self.lock(Some(How::Steal)).await {
            return has;
        }
        self.say(&Word::Taken);
        self.0.has.set(true);
        true
    }

    /// Tells the tab that asked that this one is saving its work first.
    pub fn say_saving(&self) {
        self.say(&Word::Saving);
    }

    /// Tells the tab that asked that this one cannot save its work.
    pub fn say_kept(&self, why: &str) {
        self.say(&Word::Kept(why.to_owned()));
    }

    /// Releases the lease.
    pub fn release(&self) {
        self.stop_waiting();
        self.0.lock.take();
        if self.0.has.replace(false) {
            self.say(&Word::Given);
        }
    }

    /// Cancels the wait for the lease.
    pub fn stop_waiting(&self) {
        self.0.said.take();
        if let Some(controller) = self.0.wait.take() {
            controller.abort();
        }
    }

    fn in_turn(&self) -> Option<How> {
        let controller = AbortController::new().ok()?;
        let how = How::InTurn(controller.signal());
        self.0.wait.replace(Some(controller));
        Some(how)
    }

    /// Requests the lock; `None` if the browser has no locks.
    async fn lock(&self, how: Option<How>) -> Option<bool> {
        let weak = Rc::downgrade(&self.0);
        let lost = move || {
            if let Some(inner) = weak.upgrade() {
                Self(inner).lost();
            }
        };
        match locks::request(&self.0.name, how?, lost).await {
            Answer::Granted(held) => {
                self.0.wait.take();
                self.0.lock.replace(Some(held));
                self.0.has.set(true);
                Some(true)
            }
            Answer::Refused => Some(false),
            Answer::Unavailable => {
                self.0.wait.take();
                None
            }
        }
    }

    /// Takes the lease without locks: no answer means that no tab has it.
    async fn take_by_word(&self) -> bool {
        let lease = self.clone();
        let silence = Timeout::new(ANSWER_MS, move || lease.grant(&Word::Who, true));
        let has = self.answer(Word::Who).await;
        drop(silence);
        has
    }

    /// Sends a message and waits for the answer: true if this tab has the lease now.
    async fn answer(&self, word: Word) -> bool {
        let (sender, answer) = oneshot::channel();
        self.say(&word);
        self.0.said.replace(Some((word, sender)));
        let has = answer.await == Ok(true);
        if has {
            self.0.has.set(true);
        }
        has
    }

    /// Resolves the pending request, if `word` is its message.
    fn grant(&self, word: &Word, has: bool) {
        let said = self.0.said.borrow_mut().take_if(|(said, _)| said == word);
        if let Some((_, sender)) = said {
            let _ = sender.send(has);
        }
    }

    fn lost(&self) {
        self.0.lock.take();
        if self.0.has.replace(false) {
            self.0.heard.emit(Heard::Lost);
        }
    }

    fn say(&self, word: &Word) {
        if let Some(channel) = &self.0.channel {
            channel.say(word);
        }
    }

    fn waits(&self) -> bool {
        self.0.wait.borrow().is_some() || self.0.said.borrow().is_some()
    }

    fn hear(&self, word: Word) {
        match word {
            Word::Who if self.0.has.get() => self.say(&Word::Held),
            Word::Held => self.grant(&Word::Who, false),
            Word::Give if self.0.has.get() => self.0.heard.emit(Heard::Asked),
            Word::Saving if self.waits() => self.0.heard.emit(Heard::Saving),
            Word::Kept(why) if self.waits() => {
                self.stop_waiting();
                self.0.heard.emit(Heard::Kept(why));
            }
            Word::Given => self.grant(&Word::Give, true),
            Word::Taken => self.lost(),
            Word::Who | Word::Give | Word::Saving | Word::Kept(_) => {}
        }
    }
}

/// Waits until no tab has the lease of a lab: by then a closed tab has saved its work.
pub async fn until_free(lab: &str) {
    let lease = Lease::new(lab, Callback::noop());
    while !lease.take(0).await {
        TimeoutFuture::new(ANSWER_MS).await;
    }
    lease.release();
}
