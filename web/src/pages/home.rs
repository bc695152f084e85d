//! The catalogue of labs, and the door to the playground.

use wasm_bindgen_futures::spawn_local;
use yew::{Html, component, html, use_effect_with, use_state_eq};
use yew_router::components::Link;

use crate::catalogue::{self, Entry, PLAYGROUND};
use crate::components::header::Header;
use crate::components::lab_card::LabCard;
use crate::hooks::use_title::use_title;
use crate::prefs;
use crate::routes::Route;
use crate::saves::{Progress, progress_key};

/// The catalogue.
#[component]
pub fn Home() -> Html {
    use_title("Labs");
    let labs = use_state_eq(|| None::<Result<Vec<Entry>, String>>);
    let setter = labs.setter();
    use_effect_with((), move |()| {
        spawn_local(async move { setter.set(Some(catalogue::fetch().await)) });
    });
    html! {
        <div class="page">
            <Header />
            <main class="home">
                <section class="hero">
                    <h1>{ "Learn AWS CloudHSM by building one" }</h1>
                    <p>
                        { "Real commands, real cryptography, a simulated cloud: a whole cluster in this \
                           page, in minutes. No account, no bill, and breaking it is free." }
                    </p>
                    { doors((*labs).as_ref()) }
                </section>
                {
                    match &*labs {
                        None => html! { <p class="meta" role="status">{ "Loading the labs…" }</p> },
                        Some(Err(error)) => html! { <p class="why bad" role="alert">{ error }</p> },
                        Some(Ok(labs)) => html! { <Topics labs={labs.clone()} /> },
                    }
                }
            </main>
        </div>
    }
}

fn progress(id: &str) -> Option<Progress> {
    prefs::get(&progress_key(id))
}

/// The first thing to click: the first lab that is not done.
fn doors(labs: Option<&Result<Vec<Entry>, String>>) -> Html {
    let done = |id: &str| progress(id).is_some_and(|at| at.steps > 0 && at.done == at.steps);
    let next = labs.and_then(|labs| labs.as_ref().ok()).and_then(|labs| {
        labs.iter()
            .find(|lab| !done(&lab.id))
            .or_else(|| labs.first())
    });
    let begun = next.is_some_and(|lab| progress(&lab.id).is_some());
    html! {
        <p class="doors">
            if let Some(lab) = next {
                <StartLink lab={lab.clone()} {begun} />
            }
            <Link<Route> classes="button quiet" to={Route::Playground}>
                { if progress(PLAYGROUND).is_some() { "Back to the playground" } else { "Free playground" } }
            </Link<Route>>
        </p>
    }
}

#[derive(Clone, PartialEq, yew::Properties)]
struct StartProps {
    lab: Entry,
    begun: bool,
}

#[component]
fn StartLink(props: &StartProps) -> Html {
    let to = Route::Lab {
        id: props.lab.id.clone(),
    };
    let title = &props.lab.title;
    html! {
        <span data-testid="start-owner">
            <Link<Route> classes="button primary large" {to}>
                <span data-testid="start">{ if props.begun { "Go on" } else { "Start" } }</span>
                <span class="start-title">{ title }</span>
            </Link<Route>>
        </span>
    }
}

#[derive(Clone, PartialEq, yew::Properties)]
struct TopicsProps {
    labs: Vec<Entry>,
}

/// The labs by topic, in the catalogue's order.
#[component]
fn Topics(props: &TopicsProps) -> Html {
    let mut topics: Vec<(&str, Vec<&Entry>)> = Vec::new();
    for lab in &props.labs {
        match topics.iter_mut().find(|(topic, _)| *topic == lab.topic) {
            Some((_, labs)) => labs.push(lab),
            None => topics.push((&lab.topic, vec![lab])),
        }
    }
    html! {
        for (topic, labs) in topics {
            <section class="topic" key={topic.to_owned()}>
                <h2>{ topic }</h2>
                <ul class="cards">
                    for lab in labs {
                        <LabCard
                            key={lab.id.clone()}
                            lab={lab.clone()}
                            progress={progress(&lab.id).unwrap_or_default()}
                        />
                    }
                </ul>
            </section>
        }
    }
}
