//! A step. The current one is open; the learner can open the others.

use hsmlab_html::html;
use hsmlab_protocol::Request;
use hsmlab_protocol::text::Row;
use hsmlab_protocol::view::{ReasonView, StepState, StepView, TallyView};
use yew::{ContextProvider, Html, Properties, component, use_node_ref};

use super::code_row::Target;
use super::confirm::Confirm;
use super::icon::{Glyph, icon};
use super::prose::Prose;
use crate::app::use_verbs;
use crate::hooks::boxed::{use_effect_with, use_state_eq};
use crate::state::{Act, Shared};
use crate::verbs::Verbs;

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The step's number, from 1 on.
    pub number: usize,
    /// The step.
    pub step: StepView,
    /// The commands run, for the current step.
    pub ran: Option<Ran>,
}

/// The commands of the current step that were run, for its code blocks.
#[derive(Clone, PartialEq)]
pub struct Ran(pub Shared<TallyView>);

impl Ran {
    /// True if the command of a row was run on the host of its block.
    #[must_use]
    pub fn holds(&self, target: &Target, row: &Row) -> bool {
        let Row::Command { text } = row else {
            return false;
        };
        let mut all = self.0.ran.iter();
        all.any(|ran| ran.text == *text && Some(&ran.host) == target.host.as_ref())
    }
}

/// A step.
#[component]
pub fn Step(props: &Props) -> Html {
    let verbs = use_verbs();
    let Props { number, step, ran } = props;
    let current = step.state == StepState::Current;
    let peeked = use_state_eq(|| false);
    let open = current || *peeked;
    let item = use_node_ref();
    let place = item.clone();
    let first = props.number == 1;
    use_effect_with(current, move |current| {
        // The first step stays below the introduction.
        if *current
            && !first
            && let Some(item) = place.cast::<web_sys::Element>()
        {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Start);
            item.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    let (state, said) = match step.state {
        StepState::Done => ("done", "done"),
        StepState::Current => ("current", "current step"),
        StepState::ToDo => ("todo", "to do"),
    };
    let toggle = move |_| peeked.set(!*peeked);
    html! {
        <li
            ref={item}
            class="step"
            data-state={state}
            data-testid={format!("step-{}", step.id)}
            aria-current={current.then_some("step")}
        >
            <span class="mark" aria-hidden="true">
                if step.state == StepState::Done {
                    { icon(Glyph::Tick) }
                } else {
                    { number }
                }
            </span>
            <div class="step-body">
                <h2>
                    if current {
                        { &step.title }
                    } else {
                        <button class="step-title" aria-expanded={open.to_string()} onclick={toggle}>
                            { &step.title }
                        </button>
                    }
                    <span class="visually-hidden">{ format!(", {said}") }</span>
                </h2>
                if let (true, Some(ran)) = (open, ran) {
                    <ContextProvider<Ran> context={ran.clone()}>
                        <Prose blocks={Shared::from(step.body.clone())} />
                    </ContextProvider<Ran>>
                } else if open {
                    <Prose blocks={Shared::from(step.body.clone())} />
                }
                if current {
                    if let Some(reason) = &step.reason {
                        { why(&verbs, reason) }
                    }
                    for (index, hint) in step.hints.iter().enumerate() {
                        <div class="hint" key={index}>
                            <b>{ format!("Hint {}", index + 1) }</b>
                            <Prose blocks={Shared::from(hint.clone())} />
                        </div>
                    }
                    <StepTools step={step.clone()} />
                }
            </div>
        </li>
    }
}

/// The reason why the step is not done yet.
fn why(verbs: &Verbs, reason: &ReasonView) -> Html {
    let show = reason.about.clone().map(|about| {
        let verbs = verbs.clone();
        move |_| verbs.act(Act::Focus(Some(about.as_str().into())))
    });
    html! {
        <div class="why" data-testid="reason">
            <p><b>{ "Not yet." }</b>{ " " }{ &reason.text }</p>
            if let Some(onclick) = show {
                <button class="link" {onclick}>{ "Show on the diagram" }</button>
            }
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct ToolsProps {
    step: StepView,
}

/// The hints, and the reset to the step's beginning.
#[component]
fn StepTools(props: &ToolsProps) -> Html {
    let verbs = use_verbs();
    let asking = use_state_eq(|| false);
    let step = &props.step;
    let shown = step.hints.len();
    let hint = {
        let (verbs, step) = (verbs.clone(), step.id.clone());
        move |_| verbs.send(Request::Hint { step: step.clone() })
    };
    let ask = {
        let asking = asking.setter();
        move |_| asking.set(true)
    };
    let answered = {
        let asking = asking.setter();
        move |yes: bool| {
            asking.set(false);
            if yes {
                verbs.send(Request::ResetStep);
            }
        }
    };
    html! {
        <p class="row">
            if shown < step.hint_count {
                <button class="quiet" onclick={hint}>
                    { format!("Hint {} of {}", shown + 1, step.hint_count) }
                </button>
            }
            <button class="quiet" onclick={ask}>{ "Reset step" }</button>
            if *asking {
                <Confirm
                    title="Reset this step?"
                    text="The world returns to the beginning of this step; everything you did since is undone."
                    yes="Reset step"
                    {answered}
                />
            }
        </p>
    }
}
