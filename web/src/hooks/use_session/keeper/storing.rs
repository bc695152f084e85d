//! Stores the work continuously, and offers it as a file.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use gloo::timers::callback::Timeout;
use hsmlab_protocol::Request;
use wasm_bindgen_futures::spawn_local;

use super::Keeper;
use crate::saves::{self, Change, FORMAT, Kept, Progress, Refusal, SaveFile, Stamp, Stored};
use crate::state::Act;
use crate::{files, prefs};

/// The minimum interval between two saves, in milliseconds: a single command is saved at once, a burst
/// periodically.
const SAVE_PAUSE_MS: u32 = 200;

/// The state of the stored work.
pub(super) struct Store {
    lab: String,
    /// This tab's name as a writer.
    writer: String,
    /// The stamp of the stored work; `None` if the browser did not permit reading it.
    stamp: RefCell<Option<Stamp>>,
    /// True while a change is being stored; further changes wait for their turn.
    busy: Cell<bool>,
    turns: RefCell<Vec<oneshot::Sender<()>>>,
    /// The newest work that the browser refused to store.
    pub(super) refused: RefCell<Option<Rc<str>>>,
    /// The earlier work, if the browser refused to store it.
    pub(super) earlier: RefCell<Option<Rc<str>>>,
    /// The work of this tab that was refused because another tab had written since.
    pub(super) overtaken: RefCell<Option<Rc<str>>>,
    kept: Cell<Kept>,
}

impl Store {
    pub(super) fn new(lab: &str) -> Self {
        // JavaScript writes the number: Rust's printing of fractions would add to the wasm.
        let number = js_sys::Number::from(js_sys::Math::random()).to_string_with_radix(10);
        Self {
            lab: lab.to_owned(),
            writer: number.map(String::from).unwrap_or_default(),
            stamp: RefCell::default(),
            busy: Cell::default(),
            turns: RefCell::default(),
            refused: RefCell::default(),
            earlier: RefCell::default(),
            overtaken: RefCell::default(),
            kept: Cell::default(),
        }
    }

    async fn open(&self) -> Result<Option<String>, String> {
        let Stored { work, stamp, kept } = saves::open(&self.lab).await?;
        self.stamp.replace(Some(stamp));
        self.kept.set(kept);
        if self.earlier.borrow().is_some() {
            self.keep(|kept| kept.earlier = true);
        }
        Ok(work)
    }

    /// Makes changes one at a time: each needs the stamp of the previous one.
    async fn change(&self, change: Change<'_>) -> Result<(), Refusal> {
        if self.busy.replace(true) {
            let (sender, turn) = oneshot::channel();
            self.turns.borrow_mut().push(sender);
            // A dropped turn is as good as a granted one: no change is before this one any more.
            let _ = turn.await;
        }
        let result = self.change_now(change).await;
        let mut turns = self.turns.borrow_mut();
        if turns.is_empty() {
            self.busy.set(false);
        } else {
            let _ = turns.remove(0).send(());
        }
        result
    }

    async fn change_now(&self, mut change: Change<'_>) -> Result<(), Refusal> {
        let mut unread = None;
        let stamp = self.stamp.borrow().clone();
        let stamp = if let Some(stamp) = stamp {
            stamp
        } else {
            // The world was started without reading the stored work, which must not get lost.
            unread = self.open().await?;
            self.stamp.borrow().clone().unwrap_or_default()
        };
        change.earlier = change.earlier.or(unread.as_deref());
        let stored = saves::store(&self.lab, &stamp, &self.writer, change).await?;
        self.stamp.replace(Some(stored));
        if change.earlier.is_some() {
            self.earlier.take();
            self.keep(|kept| kept.earlier = true);
        }
        Ok(())
    }

    /// Makes this tab's refused work the earlier work: the newer work replaces it here.
    pub(super) fn overtaken_is_earlier(&self) {
        if let Some(work) = self.overtaken.take() {
            self.earlier.replace(Some(work));
        }
    }

    fn keep(&self, change: impl FnOnce(&mut Kept)) {
        let mut kept = self.kept.get();
        change(&mut kept);
        self.kept.set(kept);
    }
}

impl Keeper {
    /// The work to continue from: the work that the browser refused to store, or else the stored one.
    pub(super) async fn stored_work(&self) -> Option<String> {
        let stored = self.0.store.open().await;
        self.0.verbs.act(Act::Kept(self.0.store.kept.get()));
        let refused = self.0.store.refused.borrow().as_deref().map(str::to_owned);
        match (refused, stored) {
            (None, Ok(stored)) => stored,
            (refused, Ok(_)) => refused,
            (refused, Err(error)) => {
                self.0.verbs.act(Act::Unsaved(Some(error.into())));
                refused
            }
        }
    }

    pub(super) fn keeps(&self, change: impl FnOnce(&mut Kept)) {
        self.0.store.keep(change);
        self.0.verbs.act(Act::Kept(self.0.store.kept.get()));
    }

    /// True if closing the page now would lose work.
    pub(in crate::hooks::use_session) fn would_lose(&self) -> bool {
        self.0.store.refused.borrow().is_some()
    }

    pub(super) fn save_soon(&self) {
        if self.0.timer.borrow().is_none() {
            self.save_now();
            let keeper = self.clone();
            let timer = Timeout::new(SAVE_PAUSE_MS, move || keeper.pause_is_over());
            self.0.timer.replace(Some(timer));
        }
    }

    fn pause_is_over(&self) {
        self.0.timer.take();
        if self.0.verbs.unsaved() {
            self.save_soon();
        }
    }

    /// Saves the progress of the clock. A world without work is not saved.
    pub(in crate::hooks::use_session) fn save_clock(&self) {
        if self.has_work() {
            self.save_now();
        }
    }

    /// Saves at once, if the world is running.
    pub fn save_now(&self) {
        if self.0.running.get() {
            let keeper = self.clone();
            let packed = self.pack();
            let run = self.0.run.get();
            spawn_local(async move {
                if let Ok(work) = packed.await
                    && run == keeper.0.run.get()
                {
                    // The badge tells the learner.
                    let _ = keeper.put(work, None).await;
                }
            });
        }
    }

    /// Requests the save of the world. Returns it as a file's text, or `None` if the world ends first.
    pub(super) fn pack(&self) -> oneshot::Receiver<Rc<str>> {
        let (sender, packed) = oneshot::channel();
        self.0.asked.borrow_mut().push(sender);
        self.0.verbs.saving();
        self.0.verbs.send(Request::Save);
        packed
    }

    /// Handles a requested save of the world.
    pub(super) fn saved(&self, save: Option<String>) {
        let waiting = {
            let mut asked = self.0.asked.borrow_mut();
            (!asked.is_empty()).then(|| asked.remove(0))
        };
        if let (Some(waiting), Some(text)) = (waiting, save.and_then(|save| self.file(save))) {
            let _ = waiting.send(text.into());
        }
    }

    fn file(&self, save: String) -> Option<String> {
        let (screens, (done, steps)) = {
            let seen = self.0.seen.borrow();
            let screens = seen
                .screens
                .iter()
                .map(|(id, screen)| (*id, screen.transcript()));
            (screens.collect(), seen.progress())
        };
        let lab = self.0.lab.to_string();
        prefs::set(&saves::progress_key(&lab), &Progress { done, steps });
        let file = SaveFile {
            format: FORMAT,
            lab,
            save,
            screens,
        };
        serde_json::to_string(&file).ok()
    }

    /// Stores the work, and the work that it replaces. If the browser refuses, the page keeps it in
    /// memory and tells the learner.
    pub(super) async fn put(&self, work: Rc<str>, earlier: Option<Rc<str>>) -> Result<(), Refusal> {
        self.put_work(Some(work), earlier).await
    }

    /// Stores the work, or its absence, and the work that it replaces.
    pub(super) async fn put_work(
        &self,
        work: Option<Rc<str>>,
        earlier: Option<Rc<str>>,
    ) -> Result<(), Refusal> {
        let change = Change {
            work: work.as_deref(),
            earlier: earlier.as_deref(),
        };
        let store = &self.0.store;
        let result = store.change(change).await;
        match &result {
            Ok(()) => {
                store.refused.take();
                self.0.verbs.act(Act::Unsaved(None));
            }
            Err(Refusal::Failed(error)) => {
                store.refused.replace(work);
                if earlier.is_some() {
                    store.earlier.replace(earlier);
                    store.keep(|kept| kept.earlier = true);
                }
                self.0.verbs.act(Act::Unsaved(Some(error.as_str().into())));
            }
            Err(Refusal::Overtaken) => {
                store.overtaken.replace(work);
                self.overtaken();
            }
        }
        self.0.verbs.act(Act::Kept(store.kept.get()));
        result
    }

    /// Offers the work as a file.
    pub fn export(&self) {
        let keeper = self.clone();
        let packed = self.0.running.get().then(|| self.pack());
        spawn_local(async move {
            let packed = match packed {
                Some(packed) => packed.await.ok(),
                None => None,
            };
            let store = &keeper.0.store;
            let held = [&store.overtaken, &store.refused].map(|held| held.borrow().clone());
            match packed.or_else(|| held.into_iter().flatten().next()) {
                Some(work) => offer(&keeper.0.lab, &work),
                None => keeper.offer(&keeper.0.lab).await,
            }
        });
    }

    /// Offers the save that could not be restored as a file.
    pub fn export_aside(&self) {
        let keeper = self.clone();
        spawn_local(async move { keeper.offer(&saves::aside(&keeper.0.lab)).await });
    }

    async fn offer(&self, key: &str) {
        match saves::load(key).await {
            Ok(Some(text)) => offer(key, &text),
            Ok(None) => self.0.verbs.tell("There is nothing to export yet."),
            Err(error) => self.0.verbs.tell_bad(
                format!("The saved work cannot be read: {error}."),
                "Allow this page to store data, then reload it.",
            ),
        }
    }
}

fn offer(key: &str, text: &str) {
    files::download_text(&format!("hsmlab-{}.json", key.replace('/', "-")), text);
}
