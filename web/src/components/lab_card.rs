//! A lab in the catalogue.

use yew::{Html, Properties, component, html};
use yew_router::components::Link;

use crate::catalogue::Entry;
use crate::routes::Route;
use crate::saves::Progress;

/// What a card shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The lab.
    pub lab: Entry,
    /// How far it is.
    pub progress: Progress,
}

/// A lab in the catalogue.
#[component]
pub fn LabCard(props: &Props) -> Html {
    let Props { lab, progress } = props;
    let Progress { done, steps } = *progress;
    let (class, words) = match (done, steps) {
        (_, 0) => ("fresh", format!("about {} min", lab.minutes)),
        (done, steps) if done == steps => ("done", "✓ done".to_owned()),
        (done, steps) => ("begun", format!("{done} of {steps} steps done")),
    };
    html! {
        <li class="card">
            <h3>
                <Link<Route> to={Route::Lab { id: lab.id.clone() }}>{ &lab.title }</Link<Route>>
            </h3>
            <p>{ &lab.summary }</p>
            <p class={yew::classes!("meta", class)}>{ words }</p>
            if steps > 0 && done < steps {
                <progress value={done.to_string()} max={steps.to_string()} aria-label={format!("Progress in {}", lab.title)} />
            }
        </li>
    }
}
