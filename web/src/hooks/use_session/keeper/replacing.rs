//! Replaces the work: by a file, by the earlier work, or by nothing. The replaced work becomes the
//! earlier work, so that it can be brought back.

use std::rc::Rc;

use futures_channel::oneshot;
use wasm_bindgen_futures::spawn_local;

use super::Keeper;
use super::trial::{self, Restored};
use crate::saves::{self, Refusal, SaveFile};
use crate::state::Act;
use crate::state::phase::Phase;

/// The remedy after a refused save.
const UNTOUCHED: &str = "Your work in this lab is unchanged.";

impl Keeper {
    /// True if there is work that a learner would miss.
    #[must_use]
    pub fn has_work(&self) -> bool {
        self.0.worked.get()
    }

    /// Reads a file that [`Self::export`] made; tells the learner why it is not a save.
    #[must_use]
    pub fn read(&self, name: &str, text: &str) -> Option<SaveFile> {
        let error = match SaveFile::open(text) {
            Ok(save) if save.lab == *self.0.lab => return Some(save),
            Ok(save) => format!("It belongs to another lab: {}. Import it there.", save.lab),
            Err(error) => error,
        };
        self.refuse(name, &error);
        None
    }

    /// Continues from a save that [`Self::read`] returned.
    pub fn import(&self, name: String, save: SaveFile) {
        let done = format!("{name} is imported.");
        self.replace(name, save, done);
    }

    /// Continues from the earlier work; the current work becomes the earlier one.
    pub fn bring_back(&self) {
        let keeper = self.clone();
        spawn_local(async move {
            let name = "The earlier work";
            let held = keeper
                .0
                .store
                .earlier
                .borrow()
                .as_deref()
                .map(str::to_owned);
            let stored = match held {
                Some(text) => Ok(Some(text)),
                None => saves::load(&saves::earlier(&keeper.0.lab)).await,
            };
            match stored {
                Ok(Some(text)) => {
                    if let Some(save) = keeper.read(name, &text) {
                        let done = "The earlier work is back.".to_owned();
                        keeper.replace(name.to_owned(), save, done);
                    }
                }
                Ok(None) => keeper.0.verbs.tell("There is no earlier work."),
                Err(error) => keeper.refuse(name, &format!("It cannot be read: {error}.")),
            }
        });
    }

    /// Cancels the trial of a save.
    pub fn cancel_trial(&self) {
        self.0.trial.take();
    }

    /// Begins a fresh lab.
    pub fn start_over(&self) {
        let keeper = self.clone();
        let packed = self.pack_work();
        spawn_local(async move {
            let earlier = match packed {
                Some(packed) => packed.await.ok(),
                // If no world is running, its work is in the store.
                None => keeper.stored_work().await.map(Rc::from),
            };
            keeper.supersede();
            let stored = keeper.put_work(None, earlier).await;
            if stored != Err(Refusal::Overtaken) && keeper.connect() {
                keeper.start();
            }
        });
    }

    /// Requests the current work, if a world with work is running.
    fn pack_work(&self) -> Option<oneshot::Receiver<Rc<str>>> {
        (self.0.running.get() && self.has_work()).then(|| self.pack())
    }

    fn replace(&self, name: String, save: SaveFile, done: String) {
        if !self.0.running.get() {
            return;
        }
        self.0.verbs.act(Act::Phase(Phase::Trying));
        let packed = self.pack_work();
        let keeper = self.clone();
        let run = self.0.run.get();
        spawn_local(async move {
            let earlier = match packed {
                Some(packed) => packed.await.ok(),
                None => None,
            };
            let tried = keeper.try_save(&save).await;
            if run != keeper.0.run.get() {
                // Meanwhile the current world has ended, and the learner was told.
                if let Ok(Some(restored)) = tried {
                    restored.bridge.close();
                }
                return;
            }
            match tried {
                Ok(Some(restored)) => keeper.swap(restored, save, earlier, &done).await,
                Ok(None) => keeper.0.verbs.act(Act::Phase(Phase::Running)),
                Err(error) => {
                    keeper.0.verbs.act(Act::Phase(Phase::Running));
                    keeper.refuse(&name, &error);
                }
            }
        });
    }

    async fn try_save(&self, save: &SaveFile) -> Result<Option<Restored>, String> {
        let port = (self.0.maker.0)()?;
        trial::restore(port, self.restore_request(save), &self.0.trial).await
    }

    /// Replaces the current world by a restored one. It is stored first, so that a reload finds it.
    async fn swap(&self, restored: Restored, save: SaveFile, earlier: Option<Rc<str>>, done: &str) {
        let Restored {
            bridge,
            request,
            events,
        } = restored;
        let work = serde_json::to_string(&save).unwrap_or_default();
        self.supersede();
        if self.put(work.into(), earlier.clone()).await == Err(Refusal::Overtaken) {
            return bridge.close();
        }
        self.disconnect();
        self.0.restoring.replace(Some(save));
        self.0.verbs.adopt(bridge, request, events, self.ears());
        let remedy = if earlier.is_some() {
            " To return to your previous work, use “Bring back the earlier work…” in the menu."
        } else {
            ""
        };
        self.0.verbs.tell(format!("{done}{remedy}"));
    }

    fn refuse(&self, name: &str, error: &str) {
        self.0
            .verbs
            .tell_bad(format!("{name} is not restored. {error}"), UNTOUCHED);
    }
}
