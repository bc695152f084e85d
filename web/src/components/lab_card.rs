//! A lab in the catalogue.

use hsmlab_html::html;
use yew::{Html, classes};

use crate::catalogue::Entry;
use crate::routes;
use crate::saves::Progress;

/// A lab in the catalogue, with its progress.
pub fn lab_card(lab: &Entry, progress: Progress) -> Html {
    let Progress { done, steps } = progress;
    let (class, words) = match (done, steps) {
        (_, 0) => ("fresh", format!("about {} min", lab.minutes)),
        (done, steps) if done == steps => ("done", "✓ done".to_owned()),
        (done, steps) => ("begun", format!("{done} of {steps} steps done")),
    };
    html! {
        <li class="card" key={lab.id.clone()}>
            <h3><a href={routes::lab(&lab.id)}>{ &lab.title }</a></h3>
            <p>{ &lab.summary }</p>
            <p class={classes!("meta", class)}>{ words }</p>
            if steps > 0 && done < steps {
                <progress
                    value={done.to_string()}
                    max={steps.to_string()}
                    aria-label={format!("Progress in {}", lab.title)}
                />
            }
        </li>
    }
}
