//! Shares the lab with other tabs: only one at a time works on it.

use gloo::timers::callback::{Interval, Timeout};
use wasm_bindgen_futures::spawn_local;

use super::Keeper;
use crate::lease::Heard;
use crate::saves::Refusal;
use crate::state::Act;
use crate::state::phase::{Elsewhere, Phase};

/// The wait for a lab that is open elsewhere, before the learner is told, in milliseconds: a tab
/// that is closing saves its work first.
const CLOSING_MS: u32 = 400;

/// The interval at which a visible tab checks if the other one was closed, in milliseconds.
const POLL_MS: u32 = 1_500;

/// The time after which the learner may overrule a tab that was asked for the lab, in milliseconds.
const SILENT_MS: u32 = 4_000;

/// The timeout for the save of a closing screen, in milliseconds.
const CLOSE_MS: u32 = 5_000;

impl Keeper {
    /// Starts the world, unless another tab has the lab.
    pub(in crate::hooks::use_session) fn open(&self) {
        let keeper = self.clone();
        spawn_local(async move {
            if keeper.0.lease.take(CLOSING_MS).await {
                keeper.granted().await;
            } else {
                keeper.elsewhere(Elsewhere::Open);
                keeper.look_now_and_then();
            }
        });
    }

    /// Ends the world of a closing screen. Unsaved work is saved first.
    pub(in crate::hooks::use_session) fn close(&self) {
        self.0.closed.set(true);
        self.0.poll.take();
        self.0.patience.take();
        self.cancel_trial();
        let keeper = self.clone();
        if !self.0.running.get() || !self.0.verbs.unsaved() {
            return keeper.end();
        }
        let packed = self.pack();
        self.0.running.set(false);
        // A hanging world must not block the lab for other tabs.
        let patient = keeper.clone();
        let patience = Timeout::new(CLOSE_MS, move || patient.disconnect());
        spawn_local(async move {
            if let Ok(work) = packed.await {
                let _ = keeper.put(work, None).await;
            }
            drop(patience);
            keeper.end();
        });
    }

    fn end(&self) {
        self.disconnect();
        self.0.lease.release();
    }

    /// Asks the other tab for the lab.
    pub fn take_over(&self) {
        self.0.poll.take();
        self.elsewhere(Elsewhere::Asked);
        let keeper = self.clone();
        let silent = Timeout::new(SILENT_MS, move || keeper.elsewhere(Elsewhere::Silent));
        self.0.patience.replace(Some(silent));
        let keeper = self.clone();
        spawn_local(async move {
            if keeper.0.lease.ask().await {
                keeper.granted().await;
            }
        });
    }

    /// Takes the lab from a tab that does not release it. Continues from that tab's stored work.
    pub fn take_anyway(&self) {
        self.0.poll.take();
        let keeper = self.clone();
        spawn_local(async move {
            if keeper.0.lease.seize().await {
                keeper.granted().await;
            }
        });
    }

    async fn granted(&self) {
        self.0.poll.take();
        self.0.patience.take();
        if self.0.closed.get() {
            return self.0.lease.release();
        }
        self.0.store.overtaken_is_earlier();
        self.bring_up().await;
    }

    fn elsewhere(&self, how: Elsewhere) {
        self.0.verbs.act(Act::Phase(Phase::Elsewhere(how)));
    }

    /// Continues here once the other tab is closed and this one is visible.
    fn look_now_and_then(&self) {
        if self.0.closed.get() {
            return;
        }
        let keeper = self.clone();
        let poll = Interval::new(POLL_MS, move || {
            if hidden() {
                return;
            }
            let keeper = keeper.clone();
            spawn_local(async move {
                if keeper.0.lease.take(0).await {
                    keeper.granted().await;
                }
            });
        });
        self.0.poll.replace(Some(poll));
    }

    /// Handles a message of another tab.
    pub(super) fn other_tab(&self, heard: Heard) {
        match heard {
            Heard::Asked => self.hand_over(),
            Heard::Saving => self.elsewhere(Elsewhere::Saving),
            Heard::Kept(why) => {
                self.0.patience.take();
                self.elsewhere(Elsewhere::Kept(why));
            }
            Heard::Lost => self.overtaken(),
        }
    }

    /// Gives the lab to the tab that asks for it, once the work is stored.
    fn hand_over(&self) {
        self.cancel_trial();
        if !self.0.running.replace(false) {
            // The store holds all work.
            return self.overtaken();
        }
        self.0.lease.say_saving();
        self.elsewhere(Elsewhere::Giving);
        let packed = self.pack();
        let keeper = self.clone();
        spawn_local(async move {
            let stored = match packed.await.ok() {
                Some(work) => keeper.put(work, None).await,
                None => Ok(()),
            };
            match stored {
                Ok(()) => keeper.overtaken(),
                Err(Refusal::Failed(why)) => {
                    keeper.0.lease.say_kept(&why);
                    keeper.run();
                }
                // This tab has already been told.
                Err(Refusal::Overtaken) => {}
            }
        });
    }

    /// Stops: the lab continues in another tab, and this one writes nothing any more.
    pub(super) fn overtaken(&self) {
        self.cancel_trial();
        self.disconnect();
        self.0.store.refused.take();
        self.0.lease.release();
        let unsaved = self.0.store.overtaken.borrow().is_some();
        self.elsewhere(Elsewhere::Lost { unsaved });
        if !unsaved {
            self.look_now_and_then();
        }
    }
}

fn hidden() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|page| page.hidden())
}
