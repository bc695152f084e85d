//! The catalogue of labs, and the link to the playground.

use hsmlab_html::html;
use wasm_bindgen_futures::spawn_local;
use yew::{Html, component};

use crate::catalogue::{self, Entry, PLAYGROUND, WorldEntry};
use crate::components::header::header;
use crate::components::lab_card::lab_card;
use crate::hooks::boxed::{use_effect_with, use_state_eq};
use crate::hooks::use_title::use_title;
use crate::prefs;
use crate::routes;
use crate::saves::{Progress, progress_key};

/// The catalogue.
#[component]
pub fn Home() -> Html {
    use_title("Labs");
    let labs = use_state_eq(|| None::<Result<Vec<Entry>, String>>);
    let worlds = use_state_eq(Vec::<WorldEntry>::new);
    let (setter, found) = (labs.setter(), worlds.setter());
    use_effect_with((), move |()| {
        spawn_local(async move { setter.set(Some(catalogue::fetch().await)) });
        spawn_local(async move {
            // Without the list there is still the empty playground.
            found.set(catalogue::fetch_worlds().await.unwrap_or_default());
        });
    });
    html! {
        <div class="page">
            { header(None, Html::default(), Html::default()) }
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
                        Some(Ok(labs)) => topics(labs),
                    }
                }
                // Labs come first, also on a slow connection.
                if labs.is_some() {
                    { playgrounds(&worlds) }
                }
            </main>
        </div>
    }
}

fn progress(id: &str) -> Option<Progress> {
    prefs::get(&progress_key(id))
}

/// The first buttons: the first lab that is not done, and the playground.
fn doors(labs: Option<&Result<Vec<Entry>, String>>) -> Html {
    let done = |id: &str| progress(id).is_some_and(|at| at.steps > 0 && at.done == at.steps);
    let next = labs.and_then(|labs| labs.as_ref().ok()).and_then(|labs| {
        labs.iter()
            .find(|lab| !done(&lab.id))
            .or_else(|| labs.first())
    });
    let playground = progress(PLAYGROUND).is_some();
    html! {
        <p class="doors">
            if let Some(lab) = next {
                <a class="button primary" href={routes::lab(&lab.id)} data-testid="start">
                    { if progress(&lab.id).is_some() { "Continue" } else { "Start" } }
                    <span class="start-title">{ &lab.title }</span>
                </a>
            }
            <a class="button quiet" href={routes::PLAYGROUND} data-testid="playground">
                { if playground { "Back to the playground" } else { "Free playground" } }
            </a>
        </p>
    }
}

/// The playgrounds: an empty account, and each named world.
fn playgrounds(worlds: &[WorldEntry]) -> Html {
    let card = |id: &str, address: String, title: &str, holds: &str| {
        let begun = progress(id).is_some();
        html! {
            <li class="card" key={id.to_owned()}>
                <h3><a href={address}>{ title }</a></h3>
                <p>{ holds }</p>
                if begun {
                    <p class="meta begun">{ "begun" }</p>
                }
            </li>
        }
    };
    html! {
        <section class="topic" data-testid="playgrounds">
            <h2>{ "Free playground: choose what it begins with" }</h2>
            <ul class="cards">
                {
                    card(
                        PLAYGROUND,
                        routes::PLAYGROUND.to_owned(),
                        "An empty account",
                        "Nothing but the default VPC of each region.",
                    )
                }
                for world in worlds {
                    {
                        card(
                            &catalogue::playground(&world.id),
                            routes::playground(&world.id),
                            &world.title,
                            &world.holds,
                        )
                    }
                }
            </ul>
        </section>
    }
}

/// The labs by topic, in the order of the catalogue.
fn topics(labs: &[Entry]) -> Html {
    let mut topics: Vec<(&str, Vec<&Entry>)> = Vec::new();
    for lab in labs {
        match topics.iter_mut().find(|(topic, _)| *topic == lab.topic) {
            Some((_, labs)) => labs.push(lab),
            None => topics.push((&lab.topic, vec![lab])),
        }
    }
    let cards = |labs: Vec<&Entry>| -> Html {
        labs.into_iter()
            .map(|lab| lab_card(lab, progress(&lab.id).unwrap_or_default()))
            .collect()
    };
    html! {
        for (topic, labs) in topics {
            <section class="topic" key={topic.to_owned()}>
                <h2>{ topic }</h2>
                <ul class="cards">{ cards(labs) }</ul>
            </section>
        }
    }
}
