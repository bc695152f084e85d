//! The world of a lab screen: restored from a save or started fresh, saved continuously, ended with the
//! screen.

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Interval;
use yew::{AttrValue, UseReducerHandle, hook, use_context, use_memo, use_reducer};

use super::use_ticks::use_ticks;
use crate::bridge::Port;
use crate::bridge::worker_port::WorkerPort;
use crate::hooks::boxed::use_effect_with;
use crate::state::{LabState, Phase};
use crate::verbs::Verbs;

pub mod keeper;

pub use keeper::Keeper;

/// The interval at which the clock's progress is saved while nothing else happens, in milliseconds.
const CLOCK_SAVE_MS: u32 = 15_000;

/// Makes the port to a new world. A test provides its own in this context.
#[derive(Clone)]
pub struct PortMaker(pub Rc<dyn Fn() -> Result<Rc<dyn Port>, String>>);

impl PartialEq for PortMaker {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// A lab screen's world.
pub struct Session {
    /// The state.
    pub state: UseReducerHandle<LabState>,
    /// The commands.
    pub verbs: Verbs,
    /// The keeper, which saves the work.
    pub keeper: Keeper,
}

/// Starts the world of a lab (or of the playground) and keeps it as long as the component lives.
#[hook]
pub fn use_session(lab: &AttrValue) -> Session {
    let state = use_reducer(LabState::default);
    let maker = use_context::<PortMaker>();
    let dispatcher = state.dispatcher();
    let keeper = use_memo(lab.clone(), move |lab| {
        let maker = maker.unwrap_or_else(|| PortMaker(Rc::new(WorkerPort::start)));
        Keeper::new(lab.clone(), Verbs::new(dispatcher.to_callback()), maker)
    });
    let keeper = (*keeper).clone();
    keeper.look_at(&state);

    use_effect_with(keeper.clone(), |keeper| {
        keeper.open();
        let saver = keeper.clone();
        let timer = Interval::new(CLOCK_SAVE_MS, move || saver.save_clock());
        let hiding = web_sys::window()
            .and_then(|window| window.document())
            .map(|page| {
                let saver = keeper.clone();
                // Phones close background pages without further events.
                EventListener::new(&page, "visibilitychange", move |_| saver.save_clock())
            });
        let leaving = web_sys::window().map(|window| {
            let keeper = keeper.clone();
            let options = EventListenerOptions::enable_prevent_default();
            // The browser asks for confirmation before it closes a page with unsaved work.
            EventListener::new_with_options(&window, "beforeunload", options, move |event| {
                if keeper.would_lose() {
                    event.prevent_default();
                }
            })
        });
        let keeper = keeper.clone();
        move || {
            drop((timer, hiding, leaving));
            keeper.close();
        }
    });

    let verbs = keeper.verbs();
    use_ticks(&verbs, state.phase == Phase::Running, state.pace);
    Session {
        state,
        verbs,
        keeper,
    }
}
