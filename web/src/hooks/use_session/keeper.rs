//! Brings a world up and keeps its saves: in the browser's storage, and as files.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use hsmlab_core::session::Request;
use hsmlab_core::sim::Seed;
use wasm_bindgen_futures::spawn_local;
use yew::{AttrValue, Callback};

use super::PortMaker;
use crate::catalogue::{self, PLAYGROUND};
use crate::saves::{self, FORMAT, Progress, SaveFile};
use crate::state::{Act, LabState, Phase, Screen};
use crate::verbs::{Answered, Verbs};
use crate::{files, prefs};

/// How long after something was done it is saved, in milliseconds: a burst of lines is one save, and
/// nobody reloads faster.
const SAVE_DELAY_MS: u32 = 200;

/// The keeper of one lab screen. Copies are equal.
#[derive(Clone)]
pub struct Keeper(Rc<Inner>);

struct Inner {
    lab: AttrValue,
    verbs: Verbs,
    maker: PortMaker,
    /// The state as it was last drawn.
    seen: RefCell<LabState>,
    text: RefCell<Option<String>>,
    /// The save that is being restored.
    restoring: RefCell<Option<SaveFile>>,
    timer: RefCell<Option<Timeout>>,
    running: Cell<bool>,
    /// The learner was told that the browser keeps nothing.
    warned: Cell<bool>,
}

impl PartialEq for Keeper {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Keeper {
    pub(super) fn new(lab: AttrValue, verbs: Verbs, maker: PortMaker) -> Self {
        Self(Rc::new(Inner {
            lab,
            verbs,
            maker,
            seen: RefCell::default(),
            text: RefCell::default(),
            restoring: RefCell::default(),
            timer: RefCell::default(),
            running: Cell::default(),
            warned: Cell::default(),
        }))
    }

    pub(super) fn verbs(&self) -> Verbs {
        self.0.verbs.clone()
    }

    pub(super) fn look_at(&self, state: &LabState) {
        self.0.seen.replace(state.clone());
    }

    /// Brings the world up: from the browser's save where there is one.
    pub(super) fn open(&self) {
        let keeper = self.clone();
        spawn_local(async move {
            let lab = keeper.0.lab.clone();
            if !keeper.connect() {
                return;
            }
            if lab != PLAYGROUND {
                match catalogue::fetch_lab(&lab).await {
                    Ok(Some(text)) => keeper.0.text.replace(Some(text)),
                    Ok(None) => return keeper.broken(format!("There is no lab “{lab}” here.")),
                    Err(error) => return keeper.broken(error),
                };
            }
            match saves::load(&lab).await {
                Ok(None) => keeper.start(),
                Ok(Some(text)) => match SaveFile::open(&text) {
                    Ok(save) => keeper.restore(save),
                    Err(error) => keeper.put_aside(text, &error),
                },
                Err(error) => {
                    keeper.warn(&error);
                    keeper.start();
                }
            }
        });
    }

    pub(super) fn close(&self) {
        self.0.running.set(false);
        self.0.timer.take();
        self.0.verbs.close();
    }

    /// Begins anew; the save is forgotten.
    pub fn start_over(&self) {
        let keeper = self.clone();
        spawn_local(async move {
            if let Err(error) = saves::forget(&keeper.0.lab).await {
                keeper.warn(&error);
            }
            if keeper.connect() {
                keeper.start();
            }
        });
    }

    /// Offers the work as a file.
    pub fn export(&self) {
        let keeper = self.clone();
        spawn_local(async move {
            keeper
                .offer(&keeper.0.lab, "There is nothing to export yet.")
                .await;
        });
    }

    /// Offers the save that could not be restored as a file.
    pub fn export_aside(&self) {
        let keeper = self.clone();
        spawn_local(async move {
            keeper
                .offer(&saves::aside(&keeper.0.lab), "No save has been put aside.")
                .await;
        });
    }

    /// Goes on from a file that [`Self::export`] made.
    pub fn import(&self, text: &str) {
        let save = match SaveFile::open(text) {
            Ok(save) if save.lab == *self.0.lab => save,
            Ok(save) => {
                let what = format!("This save belongs to another lab: {}.", save.lab);
                return self
                    .0
                    .verbs
                    .tell_bad(what, "Open that lab and import it there.");
            }
            Err(error) => return self.0.verbs.tell_bad(error, ""),
        };
        if self.connect() {
            self.restore(save);
        }
    }

    /// Saves at once, where the world runs.
    pub fn save_now(&self) {
        self.0.timer.take();
        if self.0.running.get() {
            let _ = self.0.verbs.take_unsaved();
            self.0.verbs.send(Request::Save);
        }
    }

    fn connect(&self) -> bool {
        self.0.running.set(false);
        let weak = Rc::downgrade(&self.0);
        let on_answer = Callback::from(move |answered| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).answered(answered);
            }
        });
        match (self.0.maker.0)() {
            Ok(port) => {
                self.0.verbs.open(port, on_answer);
                self.0.verbs.act(Act::Phase(Phase::Loading));
                self.0.verbs.act(Act::Screens(BTreeMap::new()));
                true
            }
            Err(error) => {
                self.broken(format!("The browser cannot run the lab: {error}"));
                false
            }
        }
    }

    fn start(&self) {
        let Some(seed) = draw_seed() else {
            return self.broken("The browser gives no random numbers.".to_owned());
        };
        let lab = self.0.text.borrow().clone();
        self.0.verbs.send(Request::Start { seed, lab });
    }

    fn restore(&self, save: SaveFile) {
        self.0.verbs.act(Act::Phase(Phase::Restoring));
        let lab = self.0.text.borrow().clone();
        let request = Request::Restore {
            save: save.save.clone(),
            lab,
        };
        self.0.restoring.replace(Some(save));
        self.0.verbs.send(request);
    }

    fn answered(&self, answered: Answered) {
        match answered {
            Answered::Began(result) => self.began(result),
            Answered::Changed => {
                let mut timer = self.0.timer.borrow_mut();
                if timer.is_none() {
                    let keeper = self.clone();
                    *timer = Some(Timeout::new(SAVE_DELAY_MS, move || keeper.save_now()));
                }
            }
            Answered::Saved(save) => self.keep(save),
        }
    }

    fn began(&self, result: Result<(), String>) {
        let restored = self.0.restoring.take();
        match (result, restored) {
            (Ok(()), restored) => {
                if let Some(save) = restored {
                    let mut screens = BTreeMap::new();
                    for (id, lines) in save.screens {
                        screens.insert(id, Screen::from_transcript(lines));
                    }
                    self.0.verbs.act(Act::Screens(screens));
                }
                self.0.running.set(true);
                self.0.verbs.act(Act::Phase(Phase::Running));
                self.0.verbs.act(Act::Announce("The lab is ready.".into()));
            }
            (Err(error), Some(save)) => {
                let text = serde_json::to_string(&save).unwrap_or_default();
                self.put_aside(text, &error);
            }
            (Err(error), None) => self.broken(error),
        }
    }

    /// A save that cannot be restored is kept where nothing overwrites it, and the lab begins anew.
    fn put_aside(&self, text: String, error: &str) {
        let what = format!("Your saved work could not be restored: {error}");
        let keeper = self.clone();
        spawn_local(async move {
            let kept = saves::keep(&saves::aside(&keeper.0.lab), &text)
                .await
                .is_ok();
            keeper.start();
            let remedy = if kept {
                "It is kept: the menu has “Download the save put aside”. The lab begins anew."
            } else {
                "The lab begins anew."
            };
            keeper.0.verbs.tell_bad(what, remedy);
        });
    }

    fn keep(&self, save: String) {
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
        let keeper = self.clone();
        spawn_local(async move {
            let Ok(text) = serde_json::to_string(&file) else {
                return;
            };
            if let Err(error) = saves::keep(&file.lab, &text).await {
                keeper.warn(&error);
            }
        });
    }

    async fn offer(&self, key: &str, nothing: &str) {
        match saves::load(key).await {
            Ok(Some(text)) => {
                files::download_text(&format!("hsmlab-{}.json", key.replace('/', "-")), &text);
            }
            Ok(None) => self.0.verbs.tell(nothing),
            Err(error) => self.0.verbs.tell_bad(error, ""),
        }
    }

    fn warn(&self, error: &str) {
        if !self.0.warned.replace(true) {
            let what = format!("Your work cannot be saved in this browser: {error}.");
            self.0
                .verbs
                .tell_bad(what, "It lasts until the page is closed.");
        }
    }

    fn broken(&self, what: String) {
        self.0.verbs.act(Act::Phase(Phase::Broken(what)));
    }
}

fn draw_seed() -> Option<Seed> {
    let mut bytes = [0; 32];
    let crypto = web_sys::window()?.crypto().ok()?;
    crypto.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(Seed::from_bytes(bytes))
}
