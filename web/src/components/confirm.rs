//! A confirmation before something is lost.

use hsmlab_html::html;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};
use yew::{AttrValue, Callback, Html, Properties, component, use_node_ref};

use crate::hooks::boxed::use_effect_with;

/// The question.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The question.
    pub title: AttrValue,
    /// The text: the loss.
    pub text: AttrValue,
    /// The label of the confirming button.
    pub yes: AttrValue,
    /// Receives the answer.
    pub answered: Callback<bool>,
}

/// A confirmation before something is lost. Escape cancels.
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
        // The focus returns to the element that had it.
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
