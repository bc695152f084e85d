//! A question before something is lost.

use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};
use yew::{AttrValue, Callback, Html, Properties, component, html, use_effect_with, use_node_ref};

/// What is asked.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The question.
    pub title: AttrValue,
    /// What would be lost.
    pub text: AttrValue,
    /// The word for yes.
    pub yes: AttrValue,
    /// Gets the answer.
    pub answered: Callback<bool>,
}

/// A question before something is lost. Escape is no.
#[component]
pub fn Confirm(props: &Props) -> Html {
    let dialog = use_node_ref();
    let no_button = use_node_ref();
    let (shown, first) = (dialog.clone(), no_button.clone());
    use_effect_with((), move |()| {
        let before = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|page| page.active_element());
        if let Some(dialog) = shown.cast::<HtmlDialogElement>() {
            let _ = dialog.show_modal();
        }
        if let Some(button) = first.cast::<HtmlElement>() {
            let _ = button.focus();
        }
        // The keyboard goes back to where it was.
        move || {
            if let Some(element) = before.and_then(|before| before.dyn_into::<HtmlElement>().ok()) {
                let _ = element.focus();
            }
        }
    });
    let no = props.answered.reform(|_: yew::MouseEvent| false);
    let yes = props.answered.reform(|_: yew::MouseEvent| true);
    let oncancel = props.answered.reform(|_: yew::Event| false);
    html! {
        <dialog ref={dialog} class="confirm" aria-label={props.title.clone()} {oncancel}>
            <h2>{ &props.title }</h2>
            <p>{ &props.text }</p>
            <p class="row">
                <button ref={no_button} class="quiet" onclick={no}>{ "Cancel" }</button>
                <button class="danger" onclick={yes} data-testid="confirm-yes">{ &props.yes }</button>
            </p>
        </dialog>
    }
}
