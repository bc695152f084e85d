//! The inspector: the data of one part of the world, and the actions on it.

use hsmlab_html::html;
use hsmlab_protocol::event::Inspected;
use yew::{Html, classes};

use super::grid::grid;
use crate::bridge::read::tables::{Table, tables};
use crate::state::insert::CLOUDSHELL;
use crate::state::{Act, Piece};
use crate::verbs::Verbs;

/// The inspector; `wrong` shows the faults of the part.
pub fn inspector(verbs: &Verbs, shown: &Inspected, wrong: Html) -> Html {
    // The commands are for CloudShell: an instance may lack the permissions.
    let insert = |command: &str| {
        let (verbs, text) = (verbs.clone(), command.to_owned());
        move |_| {
            verbs.act(Act::Insert(Piece {
                text: text.clone(),
                host: Some(CLOUDSHELL.to_owned()),
                prompt: None,
            }));
        }
    };
    html! {
        <div class="inspector" data-testid="inspector">
            <p class="mono id">{ &shown.id }</p>
            if !shown.actions.is_empty() {
                <h3>{ "What can be done" }</h3>
                <ul class="actions">
                    for action in shown.actions.iter() {
                        <li key={action.command.clone()}>
                            <button
                                class={classes!("quiet", action.destructive.then_some("danger-text"))}
                                onclick={insert(&action.command)}
                            >
                                { &action.label }
                            </button>
                            <code>{ &action.command }</code>
                        </li>
                    }
                </ul>
            }
            { wrong }
            if let Some(appliance) = &shown.appliance {
                <h3>{ "What the appliance knows" }</h3>
                { known(pretty(appliance)) }
            }
            <h3>{ "What the API knows" }</h3>
            if !shown.command.is_empty() {
                <p class="shows">
                    <code>{ &shown.command }</code>
                    <button class="link" onclick={insert(&shown.command)}>{ "Insert" }</button>
                </p>
            }
            <pre tabindex="0">{ pretty(&shown.api) }</pre>
        </div>
    }
}

/// JSON as text, with lists of similar objects as tables.
fn known(text: &str) -> Html {
    let (rest, tables) = tables(text);
    html! {
        <>
            <pre tabindex="0">{ rest }</pre>
            { for tables.iter().map(table) }
        </>
    }
}

fn table(table: &Table) -> Html {
    let rows = table.rows.iter();
    let rows = rows.map(|row| row.iter().map(Html::from).collect());
    html! {
        <>
            <h3>{ &table.name }</h3>
            { grid("numbers", &table.name, table.head.clone(), rows.collect()) }
        </>
    }
}

/// Returns JSON text: the page keeps JSON that it only displays as unparsed text.
fn pretty(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_default()
}
