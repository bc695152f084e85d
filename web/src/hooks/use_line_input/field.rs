//! The text field behind an input line: a `textarea`, or an `input` for hidden text.

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement, HtmlTextAreaElement};
use yew::NodeRef;

use crate::edit::Text;
use crate::numbers::{byte_offset, utf16_offset};

/// Reads the text in the field, and the cursor.
#[must_use]
pub fn read(field: &NodeRef) -> Text {
    let (text, at) = if let Some(area) = field.cast::<HtmlTextAreaElement>() {
        (area.value(), area.selection_end())
    } else if let Some(input) = field.cast::<HtmlInputElement>() {
        (input.value(), input.selection_end())
    } else {
        return Text::default();
    };
    let at = at.ok().flatten().unwrap_or(u32::MAX);
    Text {
        cursor: byte_offset(&text, at),
        text,
    }
}

/// Writes a text into the field.
pub fn write(field: &NodeRef, text: &Text) {
    let at = utf16_offset(&text.text, text.cursor);
    if let Some(area) = field.cast::<HtmlTextAreaElement>() {
        area.set_value(&text.text);
        let _ = area.set_selection_range(at, at);
    } else if let Some(input) = field.cast::<HtmlInputElement>() {
        input.set_value(&text.text);
        let _ = input.set_selection_range(at, at);
    }
    fit(field);
}

/// Makes the field as high as its text. The style sheet places a hidden copy of the text under the
/// field, so nothing is measured.
pub fn fit(field: &NodeRef) {
    if let Some(area) = field.cast::<HtmlTextAreaElement>()
        && let Some(around) = area.parent_element()
    {
        let _ = around.set_attribute("data-text", &area.value());
    }
}

/// Focuses the field.
pub fn focus(field: &NodeRef) {
    if let Some(element) = field.cast::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// True if any text is selected, in the field or on the page. Then Ctrl-C copies.
#[must_use]
pub fn selects(field: &NodeRef) -> bool {
    let in_field = field.get().and_then(|node| {
        let area = node.dyn_ref::<HtmlTextAreaElement>()?;
        Some(area.selection_start().ok()?? != area.selection_end().ok()??)
    });
    let on_page = || {
        let selection = web_sys::window()?.get_selection().ok()??;
        Some(!selection.is_collapsed())
    };
    in_field.unwrap_or(false) || on_page().unwrap_or(false)
}
