//! The end of a lab: the closing text, a summary of the learner's work, and the links onward.

use hsmlab_html::html;
use hsmlab_protocol::view::{LabView, StepTally, TallyView};
use wasm_bindgen_futures::spawn_local;
use yew::{Html, Properties, component, use_node_ref};

use super::confirm::Confirm;
use super::prose::Prose;
use crate::catalogue::{self, Entry};
use crate::hooks::boxed::{use_effect_with, use_state_eq};
use crate::hooks::use_session::Keeper;
use crate::hooks::use_worked::worked_seconds;
use crate::routes;
use crate::state::Shared;
use crate::when::length;

/// The lab, and the summary of the work in it.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The lab.
    pub lab: Shared<LabView>,
    /// The summary of the work.
    pub tally: Shared<TallyView>,
    /// The keeper, which can start the lab again.
    pub keeper: Keeper,
}

/// The end of a lab.
#[component]
pub fn Finish(props: &Props) -> Html {
    let Props { lab, tally, keeper } = props;
    let place = use_node_ref();
    let shown = place.clone();
    use_effect_with((), move |()| {
        if let Some(end) = shown.cast::<web_sys::Element>() {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Start);
            end.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    html! {
        <section ref={place} class="outro" aria-label="Done" data-testid="outro">
            <Prose blocks={Shared::from(lab.outro.clone())} />
            <div class="finish" data-testid="finish">
                <h2>{ "You finished this lab" }</h2>
                { figures(lab, &tally.steps) }
                { by_step(lab, &tally.steps) }
                <WayOn lab={lab.id.clone()} keeper={keeper.clone()} />
            </div>
        </section>
    }
}

/// The lab in figures.
fn figures(lab: &LabView, steps: &[StepTally]) -> Html {
    let simulated: u64 = steps.iter().filter_map(|step| step.took_ms).sum();
    let commands: u32 = steps.iter().map(|step| step.commands).sum();
    let hints: usize = steps.iter().map(|step| step.hints).sum();
    let of: usize = lab.steps.iter().map(|step| step.hint_count).sum();
    let figure = |name: &'static str, value: String| {
        html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> }
    };
    html! {
        <dl class="figures" data-testid="figures">
            { figure("Simulated time", length(simulated)) }
            if let Some(seconds) = worked_seconds(&lab.id) {
                { figure("Your time in this browser", length(seconds * 1000)) }
            }
            { figure("Commands typed", commands.to_string()) }
            { figure("Hints used", format!("{hints} of {of}")) }
        </dl>
    }
}

fn by_step(lab: &LabView, steps: &[StepTally]) -> Html {
    html! {
        <details>
            <summary>{ "Step by step" }</summary>
            <div class="table" tabindex="0">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{ "Step" }</th>
                            <th scope="col">{ "Commands" }</th>
                            <th scope="col">{ "Hints" }</th>
                            <th scope="col">{ "Simulated" }</th>
                        </tr>
                    </thead>
                    <tbody>
                        for (step, tally) in lab.steps.iter().zip(steps) {
                            <tr key={step.id.clone()}>
                                <th scope="row">{ &step.title }</th>
                                <td>{ tally.commands }</td>
                                <td>{ tally.hints }</td>
                                <td>{ tally.took_ms.map(length).unwrap_or_default() }</td>
                            </tr>
                        }
                    </tbody>
                </table>
            </div>
        </details>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct WayOnProps {
    lab: String,
    keeper: Keeper,
}

/// Buttons for the next lab, this lab again, or all labs.
#[component]
fn WayOn(props: &WayOnProps) -> Html {
    let next = use_state_eq(|| None::<Entry>);
    let asking = use_state_eq(|| false);
    let found = next.setter();
    use_effect_with(props.lab.clone(), move |lab| {
        let lab = lab.clone();
        spawn_local(async move {
            // Without the catalogue, the link to all labs remains.
            if let Ok(entries) = catalogue::fetch().await {
                found.set(after(entries, &lab));
            }
        });
    });
    let ask = {
        let asking = asking.setter();
        move |_| asking.set(true)
    };
    let answered = {
        let (asking, keeper) = (asking.setter(), props.keeper.clone());
        move |yes: bool| {
            asking.set(false);
            if yes {
                keeper.start_over();
            }
        }
    };
    html! {
        <p class="row">
            if let Some(next) = &*next {
                <a class="button primary" href={routes::lab(&next.id)} data-testid="next-lab">
                    { format!("Next lab: {}", next.title) }
                </a>
            }
            <button class="quiet" onclick={ask} data-testid="again">{ "Do this lab again" }</button>
            <a class="button quiet" href={routes::HOME}>{ "All labs" }</a>
            if *asking {
                <Confirm
                    title="Do this lab again?"
                    text="Everything you built in it is removed, and so is its save."
                    yes="Start again"
                    {answered}
                />
            }
        </p>
    }
}

/// The lab that follows another one in the catalogue.
fn after(entries: Vec<Entry>, lab: &str) -> Option<Entry> {
    let mut rest = entries.into_iter().skip_while(|entry| entry.id != lab);
    rest.nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_lab_is_the_one_below_in_the_catalogue() {
        let entry = |id: &str| Entry {
            id: id.to_owned(),
            file: String::new(),
            title: String::new(),
            topic: String::new(),
            minutes: 0,
            summary: String::new(),
            world: None,
        };
        let next = |lab: &str| after(vec![entry("a"), entry("b")], lab).map(|entry| entry.id);
        assert_eq!(next("a").as_deref(), Some("b"));
        assert_eq!(next("b"), None);
        assert_eq!(next("c"), None);
    }
}
