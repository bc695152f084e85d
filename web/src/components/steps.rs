//! The instructions: the lab's title, its steps, its introduction and its closing text.

use hsmlab_html::html;
use hsmlab_protocol::view::{LabView, StepState, TallyView};
use yew::{Html, Properties, component};

use super::finish::Finish;
use super::prose::Prose;
use super::step::{Ran, Step};
use crate::hooks::use_renders::use_renders;
use crate::hooks::use_session::Keeper;
use crate::state::Shared;

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The lab.
    pub lab: Shared<LabView>,
    /// The summary of the work in it.
    pub tally: Shared<TallyView>,
    /// The keeper, which can start the lab again.
    pub keeper: Keeper,
}

/// The instructions.
#[component]
pub fn Steps(props: &Props) -> Html {
    let renders = use_renders();
    let lab = &props.lab;
    let count = lab.steps.len();
    let at = lab
        .steps
        .iter()
        .position(|step| step.state == StepState::Current);
    let meta = match at {
        Some(at) => format!("Step {} of {count} · about {} min", at + 1, lab.minutes),
        None => format!("All {count} steps done"),
    };
    // The introduction folds once the first step is done.
    let begun = lab
        .steps
        .first()
        .is_some_and(|step| step.state == StepState::Done);
    html! {
        <aside class="steps" aria-label="Instructions" tabindex="0" data-renders={renders}>
            <h1>{ &lab.title }</h1>
            <p class="meta">{ meta }</p>
            if !lab.intro.is_empty() {
                if begun {
                    <details class="intro">
                        <summary>{ "About this lab" }</summary>
                        <Prose blocks={Shared::from(lab.intro.clone())} />
                    </details>
                } else {
                    <Prose blocks={Shared::from(lab.intro.clone())} />
                }
            }
            <ol class="step-list">
                for (index, step) in lab.steps.iter().enumerate() {
                    <Step
                        key={step.id.clone()}
                        number={index + 1}
                        step={step.clone()}
                        ran={(at == Some(index)).then(|| Ran(props.tally.clone()))}
                    />
                }
            </ol>
            if at.is_none() {
                <Finish lab={lab.clone()} tally={props.tally.clone()} keeper={props.keeper.clone()} />
            }
        </aside>
    }
}
