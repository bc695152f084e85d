//! A field of a console form.

use hsmlab_html::html;
use hsmlab_protocol::view::{FieldKind, FieldView};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::{AttrValue, Callback, Html, TargetCast};

/// A field of a console form; `change` receives the option and its new value.
pub fn console_field(
    field: &FieldView,
    value: &AttrValue,
    change: &Callback<(String, String)>,
) -> Html {
    let id = format!("field{}", field.option);
    let option = field.option.clone();
    let set = change.reform(move |value: String| (option.clone(), value));
    let control = match field.kind {
        FieldKind::Switch => select(&id, &["yes".to_owned(), "no".to_owned()], value, &set),
        FieldKind::Text if !field.choices.is_empty() => select(&id, &field.choices, value, &set),
        _ => input(field, &id, value, &set),
    };
    html! {
        <div class="form-field" key={field.option.clone()}>
            <label for={id}>
                <span class="mono">{ &field.option }</span>
                if field.required {
                    <span class="needed">{ "required" }</span>
                }
            </label>
            { control }
            if !field.help.is_empty() {
                <p class="meta">{ &field.help }</p>
            }
        </div>
    }
}

fn select(id: &str, choices: &[String], value: &AttrValue, set: &Callback<String>) -> Html {
    let set = set.clone();
    let onchange = move |event: yew::Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            set.emit(select.value());
        }
    };
    html! {
        <select id={id.to_owned()} class="field mono" {onchange}>
            <option value="" selected={value.is_empty()}>{ "—" }</option>
            for choice in choices.iter() {
                <option key={choice.clone()} value={choice.clone()} selected={*value == **choice}>
                    { choice }
                </option>
            }
        </select>
    }
}

fn input(field: &FieldView, id: &str, value: &AttrValue, set: &Callback<String>) -> Html {
    let set = set.clone();
    let oninput = move |event: yew::InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            set.emit(input.value());
        }
    };
    let placeholder = match field.kind {
        FieldKind::List => "one or more, separated by spaces",
        FieldKind::Structure => "Key=value,… or JSON",
        FieldKind::Text | FieldKind::Number | FieldKind::Switch => "",
    };
    let list = format!("{id}-choices");
    html! {
        <>
            <input
                id={id.to_owned()}
                class="field mono"
                inputmode={(field.kind == FieldKind::Number).then_some("numeric")}
                list={(!field.choices.is_empty()).then(|| list.clone())}
                value={value.clone()}
                {placeholder}
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                {oninput}
            />
            if !field.choices.is_empty() {
                <datalist id={list}>
                    for choice in field.choices.iter() {
                        <option key={choice.clone()} value={choice.clone()} />
                    }
                </datalist>
            }
        </>
    }
}
