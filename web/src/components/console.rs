//! The console: forms derived from the service models. Each shows the equivalent command line.

use hsmlab_html::html;
use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::view::{FieldKind, FieldView, FormView};
use hsmlab_protocol::{Request, SmallMap};
use yew::{Callback, Html, Properties, component};

use super::console_field::console_field;
use crate::app::use_verbs;
use crate::hooks::boxed::{use_effect_with, use_state_eq};
use crate::quote;
use crate::state::insert::CLOUDSHELL;
use crate::state::{Act, Piece, Shared};
use crate::verbs::Verbs;

/// The form to show.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The form, or the list to choose from.
    pub form: Shared<FormView>,
    /// The terminal that runs the commands.
    pub cloudshell: Option<TerminalId>,
}

/// The console: a list to choose from, or one operation's form.
pub fn console(verbs: &Verbs, form: &Shared<FormView>, cloudshell: Option<TerminalId>) -> Html {
    let service = form.service.clone().filter(|_| form.operation.is_some());
    let back = {
        let verbs = verbs.clone();
        move |_| {
            verbs.send(Request::Form {
                service: service.clone(),
                operation: None,
            });
        }
    };
    html! {
        <div class="console" data-testid="console">
            if form.service.is_some() {
                <p><button class="link" onclick={back}>{ "← Back" }</button></p>
            }
            if form.operation.is_some() {
                <OperationForm form={form.clone()} {cloudshell} />
            } else {
                { choices(verbs, form) }
            }
        </div>
    }
}

/// The services, or the operations of one.
fn choices(verbs: &Verbs, form: &FormView) -> Html {
    let choose = |name: &str| {
        let (service, operation) = match &form.service {
            None => (Some(name.to_owned()), None),
            Some(service) => (Some(service.clone()), Some(name.to_owned())),
        };
        let verbs = verbs.clone();
        move |_| {
            let (service, operation) = (service.clone(), operation.clone());
            verbs.send(Request::Form { service, operation });
        }
    };
    html! {
        <>
            <p>{ match &form.service {
                None => "Which service?".to_owned(),
                Some(service) => format!("What do you want to do in {service}?"),
            } }</p>
            <ul class="choices">
                for (name, about) in form.choices.iter() {
                    <li key={name.clone()}>
                        <button onclick={choose(name)}>
                            <b class="mono">{ name }</b>
                            <span class="meta">{ about }</span>
                        </button>
                    </li>
                }
            </ul>
        </>
    }
}

/// One operation: its fields, and the resulting command line.
#[component]
fn OperationForm(props: &Props) -> Html {
    let verbs = use_verbs();
    let values = use_state_eq(SmallMap::<String, String>::new);
    let form = &props.form;
    let setter = values.setter();
    use_effect_with((form.service.clone(), form.operation.clone()), move |_| {
        setter.set(SmallMap::new());
    });
    let line = line(form, &values);
    let missing = form.fields.iter().any(|field| {
        field.required
            && values
                .get(&field.option)
                .is_none_or(|value| value.trim().is_empty())
    });
    let change = {
        let values = values.clone();
        Callback::from(move |(option, value): (String, String)| {
            let mut new = (*values).clone();
            new.insert(option, value);
            values.set(new);
        })
    };
    let insert = |run: bool| {
        let (verbs, line, cloudshell) = (verbs.clone(), line.clone(), props.cloudshell);
        move |_| match cloudshell.filter(|_| run) {
            Some(terminal) => {
                verbs.act(Act::Front(terminal));
                verbs.run(terminal, [line.clone()]);
            }
            None => verbs.act(Act::Insert(Piece {
                text: line.clone(),
                host: Some(CLOUDSHELL.to_owned()),
                prompt: None,
            })),
        }
    };
    html! {
        <>
            <h3 class="mono">{ form.operation.as_deref().unwrap_or_default() }</h3>
            for field in form.fields.iter() {
                { console_field(field, &values.get(&field.option).cloned().unwrap_or_default().into(), &change) }
            }
            <pre class="line" tabindex="0" data-testid="console-line">{ &line }</pre>
            <p class="row">
                <button class="quiet" onclick={insert(false)}>{ "Insert" }</button>
                <button class="primary" disabled={missing} onclick={insert(true)}>{ "Run" }</button>
            </p>
        </>
    }
}

/// Builds the command line of a filled form.
fn line(form: &FormView, values: &SmallMap<String, String>) -> String {
    let mut words = vec![
        "aws".to_owned(),
        form.service.clone().unwrap_or_default(),
        form.operation.clone().unwrap_or_default(),
    ];
    for field in &form.fields {
        let value = values
            .get(&field.option)
            .map(|value| value.trim())
            .unwrap_or_default();
        if !value.is_empty() {
            words.extend(option_words(field, value));
        }
    }
    words.join(" ")
}

fn option_words(field: &FieldView, value: &str) -> Vec<String> {
    let option = field.option.clone();
    match field.kind {
        FieldKind::Switch if value == "no" => {
            vec![option.replacen("--", "--no-", 1)]
        }
        FieldKind::Switch => vec![option],
        // Several values, each as a separate word.
        FieldKind::List => std::iter::once(option)
            .chain(value.split_whitespace().map(quote::word))
            .collect(),
        FieldKind::Text | FieldKind::Number | FieldKind::Structure => {
            vec![option, quote::word(value)]
        }
    }
}
