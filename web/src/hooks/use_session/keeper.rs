//! Starts a world, from the browser's save or fresh, and ends it. The submodules hold the keeper's
//! other duties: storing the work, replacing it, and sharing the lab with other tabs.

mod replacing;
mod sharing;
mod storing;
mod trial;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use gloo::timers::callback::{Interval, Timeout};
use hsmlab_protocol::{Request, SmallMap};
use hsmlab_sim::Seed;
use wasm_bindgen_futures::spawn_local;
use yew::{AttrValue, Callback};

use super::PortMaker;
use crate::bridge::Failure;
use crate::catalogue::{self, Origin};
use crate::lease::Lease;
use crate::saves::{self, SaveFile};
use crate::state::phase::{Phase, Trouble};
use crate::state::{Act, LabState, Screen};
use crate::verbs::{Answered, Verbs};
use storing::Store;
use trial::Cancel;

/// The keeper of one lab screen. Clones are equal.
#[derive(Clone)]
pub struct Keeper(Rc<Inner>);

struct Inner {
    lab: AttrValue,
    verbs: Verbs,
    maker: PortMaker,
    lease: Lease,
    /// Checks periodically if the lease is free.
    poll: RefCell<Option<Interval>>,
    /// The timeout for a tab that was asked for the lease.
    patience: RefCell<Option<Timeout>>,
    /// The state as it was last rendered.
    seen: RefCell<LabState>,
    /// What the world begins with.
    origin: RefCell<Option<Origin>>,
    /// The save that is being restored.
    restoring: RefCell<Option<SaveFile>>,
    store: Store,
    /// The receivers of the requested saves, in order.
    asked: RefCell<Vec<oneshot::Sender<Rc<str>>>>,
    /// The timer of the pause after a save.
    timer: RefCell<Option<Timeout>>,
    running: Cell<bool>,
    /// True if there is work that a learner would miss.
    worked: Cell<bool>,
    /// Cancels the trial of a save.
    trial: Cancel,
    /// Counts the started worlds: results prepared for an earlier one are ignored.
    run: Cell<u32>,
    /// True if the screen is gone.
    closed: Cell<bool>,
}

impl PartialEq for Keeper {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Keeper {
    pub(super) fn new(lab: AttrValue, verbs: Verbs, maker: PortMaker) -> Self {
        Self(Rc::new_cyclic(|weak: &std::rc::Weak<Inner>| {
            let weak = weak.clone();
            let heard = Callback::from(move |heard| {
                if let Some(inner) = weak.upgrade() {
                    Self(inner).other_tab(heard);
                }
            });
            Inner {
                lease: Lease::new(&lab, heard),
                store: Store::new(&lab),
                lab,
                verbs,
                maker,
                poll: RefCell::default(),
                patience: RefCell::default(),
                seen: RefCell::default(),
                origin: RefCell::default(),
                restoring: RefCell::default(),
                asked: RefCell::default(),
                timer: RefCell::default(),
                running: Cell::default(),
                worked: Cell::default(),
                trial: Cancel::default(),
                run: Cell::default(),
                closed: Cell::default(),
            }
        }))
    }

    pub(super) fn verbs(&self) -> Verbs {
        self.0.verbs.clone()
    }

    pub(super) fn look_at(&self, state: &LabState) {
        self.0.seen.replace(state.clone());
    }

    /// Ends the world, and starts one from the last save, or fresh if there is none.
    pub fn restart(&self) {
        let keeper = self.clone();
        spawn_local(async move { keeper.bring_up().await });
    }

    async fn bring_up(&self) {
        if !self.connect() {
            return;
        }
        let run = self.0.run.get();
        let lab = self.0.lab.clone();
        if self.0.origin.borrow().is_none() {
            let fetched = catalogue::fetch_origin(&lab).await;
            if run != self.0.run.get() {
                return;
            }
            match fetched {
                Ok(Ok(origin)) => self.0.origin.replace(Some(origin)),
                Ok(Err(nearest)) => return self.unknown(nearest),
                Err(error) => return self.broken(Trouble::Lab(error)),
            };
        }
        let work = self.stored_work().await;
        if run != self.0.run.get() {
            return;
        }
        match work.map(|text| (SaveFile::open(&text), text)) {
            None => self.start(),
            Some((Ok(save), _)) => self.restore(save),
            Some((Err(error), text)) => self.put_aside(text, &error),
        }
    }

    /// Ends the current world, and connects to a worker for the next one.
    fn connect(&self) -> bool {
        if self.0.closed.get() {
            return false;
        }
        self.disconnect();
        match (self.0.maker.0)() {
            Ok(port) => {
                self.0.verbs.open(port, self.ears());
                self.0.verbs.act(Act::Phase(Phase::Loading));
                self.0.verbs.act(Act::Fresh);
                true
            }
            Err(error) => {
                self.worker_failed(Failure::Unloaded(error));
                false
            }
        }
    }

    fn ears(&self) -> Callback<Answered> {
        let weak = Rc::downgrade(&self.0);
        Callback::from(move |answered| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).answered(answered);
            }
        })
    }

    /// Ends the current world.
    fn disconnect(&self) {
        self.supersede();
        self.0.running.set(false);
        self.0.restoring.take();
        self.0.verbs.close();
    }

    /// Invalidates everything prepared for the current world: its pending saves and loads.
    fn supersede(&self) {
        self.0.run.set(self.0.run.get().wrapping_add(1));
        self.0.timer.take();
        self.0.asked.take();
    }

    fn start(&self) {
        let Some(seed) = draw_seed() else {
            return self.broken(Trouble::Lab(
                "The browser gives no random numbers.".to_owned(),
            ));
        };
        self.0.worked.set(false);
        let Origin {
            lab,
            world,
            worlds,
            starts,
        } = self.origin();
        self.0.verbs.send(Request::Start {
            seed,
            lab,
            world,
            worlds,
            starts,
        });
    }

    fn restore(&self, save: SaveFile) {
        self.0.verbs.act(Act::Phase(Phase::Restoring));
        let request = self.restore_request(&save);
        self.0.restoring.replace(Some(save));
        self.0.verbs.send(request);
    }

    fn restore_request(&self, save: &SaveFile) -> Request {
        let Origin { lab, worlds, .. } = self.origin();
        Request::Restore {
            save: save.save.clone(),
            lab,
            worlds,
        }
    }

    fn origin(&self) -> Origin {
        self.0.origin.borrow().clone().unwrap_or_default()
    }

    fn answered(&self, answered: Answered) {
        match answered {
            Answered::Began(result) => self.began(result),
            Answered::Changed => {
                self.0.worked.set(true);
                self.save_soon();
            }
            Answered::Saved(save) => self.saved(save),
            Answered::Broke(failure) => self.worker_failed(failure),
        }
    }

    fn began(&self, result: Result<(), String>) {
        let restored = self.0.restoring.take();
        match (result, restored) {
            (Ok(()), restored) => {
                if let Some(save) = restored {
                    self.show_screens(save.screens);
                }
                self.run();
                self.0.verbs.act(Act::Announce("The lab is ready.".into()));
            }
            (Err(error), Some(save)) => {
                let text = serde_json::to_string(&save).unwrap_or_default();
                self.put_aside(text, &error);
            }
            (Err(error), None) => self.broken(Trouble::Lab(error)),
        }
    }

    fn show_screens(&self, saved: SmallMap<u32, Vec<crate::state::screen::Line>>) {
        self.0.worked.set(true);
        let mut screens = SmallMap::new();
        for (id, lines) in saved {
            screens.insert(id, Screen::from_transcript(lines));
        }
        self.0.verbs.act(Act::Screens(screens));
    }

    fn run(&self) {
        self.0.running.set(true);
        self.0.verbs.act(Act::Phase(Phase::Running));
    }

    /// Sets a save that cannot be restored aside, where nothing overwrites it, and starts a fresh lab.
    fn put_aside(&self, text: String, error: &str) {
        let what = format!("Your saved work could not be restored: {error}");
        let keeper = self.clone();
        let run = self.0.run.get();
        spawn_local(async move {
            let kept = saves::keep(&saves::aside(&keeper.0.lab), &text)
                .await
                .is_ok();
            if run != keeper.0.run.get() {
                return;
            }
            keeper.start();
            let remedy = if kept {
                keeper.keeps(|kept| kept.aside = true);
                "It is kept: use “Download the set-aside save” in the menu. A fresh lab has begun."
            } else {
                "A fresh lab has begun."
            };
            keeper.0.verbs.tell_bad(what, remedy);
        });
    }

    fn worker_failed(&self, failure: Failure) {
        let restoring = self.0.restoring.borrow().is_some();
        self.disconnect();
        self.broken(Trouble::Worker { failure, restoring });
    }

    fn unknown(&self, nearest: Vec<catalogue::Entry>) {
        self.disconnect();
        self.0.lease.release();
        self.0.verbs.act(Act::Phase(Phase::Unknown(nearest)));
    }

    fn broken(&self, trouble: Trouble) {
        self.0.verbs.act(Act::Phase(Phase::Broken(trouble)));
    }
}

fn draw_seed() -> Option<Seed> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(Seed::from_bytes(bytes))
}
