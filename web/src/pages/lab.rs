//! The lab screen: layout only.

use hsmlab_html::html;
use yew::{AttrValue, Callback, ContextProvider, Html, Properties, component, use_memo};

use crate::catalogue;
use crate::components::clock::clock;
use crate::components::confirm::Confirm;
use crate::components::diagram::Diagram;
use crate::components::header::header;
use crate::components::menu::Menu;
use crate::components::modes::{Mode, modes};
use crate::components::notice::notice_bar;
use crate::components::panels::panels;
use crate::components::side::SidePanel;
use crate::components::splitter::{Splitter, Way};
use crate::components::steps::Steps;
use crate::components::terminal::{Panes, Terminals};
use crate::components::timeline::Timeline;
use crate::components::unsaved::Unsaved;
use crate::components::veil::veil;
use crate::components::working::working;
use crate::diagram::short_ids;
use crate::hooks::boxed::{use_effect_with, use_state_eq};
use crate::hooks::use_opening::use_opening;
use crate::hooks::use_pref::use_pref;
use crate::hooks::use_session::use_session;
use crate::hooks::use_title::use_title;
use crate::hooks::use_worked::use_worked;
use crate::numbers::whole;
use crate::pages::not_found::no_such_lab;
use crate::state::{Act, LabState, Phase, Shared};
use crate::traffic::loads;
use crate::verbs::Verbs;

/// The smallest height of the terminals that the splitter allows, in pixels.
const TERMINAL_PX_MIN: i32 = 120;

/// The largest height of the terminals that the splitter allows, in pixels.
const TERMINAL_PX_MAX: i32 = 800;

/// The lab to show.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Its id, [`crate::catalogue::PLAYGROUND`], or the id of another playground.
    pub lab: AttrValue,
}

/// The lab screen.
#[component]
pub fn Lab(props: &Props) -> Html {
    let session = use_session(&props.lab);
    let state = &*session.state;
    let mode = use_state_eq(|| Mode::Lab);
    let (steps_px, set_steps) = use_pref("pane.steps", 344_i32);
    let (terminal_px, set_terminal) = use_pref("pane.terminal", terminal_default_px());
    let choose = {
        let mode = mode.setter();
        Callback::from(move |chosen| mode.set(chosen))
    };
    // On a phone, the page shows the pane of a focused part or of an inserted command.
    let shown = mode.setter();
    use_effect_with(
        (state.focus.clone(), state.insertion.clone()),
        move |(focus, insertion)| {
            if focus.is_some() || insertion.is_some() {
                shown.set(Mode::Lab);
            }
        },
    );
    let seen = state.seen();
    let present = (state.traffic.clone(), seen);
    let loads = use_memo(present, |(traffic, seen)| match seen.full.checked_sub(1) {
        Some(last) if seen.live => loads(traffic, last),
        _ => Vec::new(),
    });
    use_title(title(&props.lab, state));
    // Before the world has loaded, the page shows neither a clock nor panes.
    let began = state.clock.now_ms > 0;
    let playground = state.lab.steps.is_empty();
    use_opening(&session.verbs, state.opening.as_ref());
    let (done, steps) = state.progress();
    let unfinished = state.phase == Phase::Running && done < steps;
    let fresh = unfinished && state.tally.steps.iter().all(|step| step.commands == 0);
    use_worked(&props.lab, unfinished, fresh);
    if let Phase::Unknown(nearest) = &state.phase {
        return no_such_lab(&props.lab, nearest);
    }
    let style = format!("--steps:{steps_px}px;--terminal:{terminal_px}px");
    let inert = state.phase != Phase::Running;
    html! {
        <ContextProvider<Verbs> context={session.verbs.clone()}>
            <div
                class="lab"
                {style}
                data-mode={mode.name()}
                data-phase={state.phase.name()}
                data-playground={playground.to_string()}
                data-paused={state.pace.paused.to_string()}
            >
                { header(
                    began.then_some(&*state.lab),
                    if began { clock(&state.clock, state.pace) } else { Html::default() },
                    html! {
                        <>
                            if let Some(why) = &state.unsaved {
                                <Unsaved keeper={session.keeper.clone()} why={why.to_string()} />
                            }
                            if began {
                                { panels(&session.verbs, state, "wide-only") }
                            }
                            <Menu
                                keeper={session.keeper.clone()}
                                kept={state.kept}
                                running={state.phase == Phase::Running}
                            />
                        </>
                    },
                ) }
                <main class="panes" {inert} hidden={!began}>
                    if playground {
                        <h1 class="visually-hidden">{ "Playground" }</h1>
                    } else {
                        <Steps
                            lab={state.lab.clone()}
                            tally={state.tally.clone()}
                            keeper={session.keeper.clone()}
                        />
                        <Splitter
                            way={Way::Across}
                            label="Width of the instructions"
                            value={steps_px}
                            min={240}
                            max={640}
                            onchange={set_steps}
                        />
                    }
                    <section class="stage" aria-label="Diagram and terminals">
                        <div class="picture">
                            <Diagram
                                diagram={state.diagram.clone()}
                                faults={state.faults.clone()}
                                loads={Shared::from(loads)}
                                hues={state.hues.clone()}
                                hosts={state.running_hosts()}
                                focus={state.focus.clone()}
                            />
                            <SidePanel
                                side={state.side}
                                inspected={state.inspected.clone()}
                                form={state.form.clone()}
                                cloudshell={state.cloudshell()}
                                faults={state.faults.clone()}
                                diagram={state.diagram.clone()}
                                focus={state.focus.clone()}
                                traffic={state.traffic.clone()}
                                timeline={state.timeline.clone()}
                                {seen}
                                hues={state.hues.clone()}
                            />
                            { panels(&session.verbs, state, "narrow-only") }
                        </div>
                        <Splitter
                            way={Way::Up}
                            label="Height of the terminals"
                            value={terminal_px}
                            min={TERMINAL_PX_MIN}
                            max={TERMINAL_PX_MAX}
                            onchange={set_terminal}
                        />
                        <Terminals
                            terminals={state.terminals.clone()}
                            diagram={state.diagram.clone()}
                            state={Panes::of(state)}
                            lab={props.lab.clone()}
                        />
                    </section>
                </main>
                if began {
                    <Timeline
                        timeline={state.timeline.clone()}
                        clock={state.clock.clone()}
                        pace={state.pace}
                    />
                    { modes(*mode, &choose, playground) }
                }
                { working(&session.keeper, state) }
                { notice_bar(&session.verbs, state.notice.as_deref()) }
                { question(&session.verbs, state) }
                { veil(&session.keeper, state) }
                <p class="visually-hidden" role="status" aria-live="polite">{ &*state.announcement }</p>
            </div>
        </ContextProvider<Verbs>>
    }
}

/// The default height of the terminals: a good third of the window.
fn terminal_default_px() -> i32 {
    let height = web_sys::window().and_then(|window| window.inner_height().ok()?.as_f64());
    height.map_or(250, |height| {
        whole(height * 0.36).clamp(TERMINAL_PX_MIN, TERMINAL_PX_MAX)
    })
}

/// Returns the title of the browser tab.
fn title<'a>(lab: &'a str, state: &'a LabState) -> &'a str {
    match (&state.phase, state.lab.title.as_str()) {
        (Phase::Unknown(_), _) => "No such lab",
        (_, "") if catalogue::world_of(lab).is_some() => "Playground",
        (_, "") => "Lab",
        (_, title) => title,
    }
}

/// The confirmation before a fault that cannot be undone.
fn question(verbs: &Verbs, state: &LabState) -> Html {
    let Some(fault) = &state.asking else {
        return Html::default();
    };
    let answered = {
        let (verbs, fault) = (verbs.clone(), fault.clone());
        move |yes: bool| {
            verbs.act(Act::Ask(None));
            if yes {
                verbs.fault(&fault, true);
            }
        }
    };
    html! {
        <Confirm
            title={format!("{}?", short_ids(&fault.title))}
            text={format!("{} This cannot be undone.", fault.about)}
            yes="Do it"
            {answered}
        />
    }
}
