//! The message for a panic of the page itself: plain DOM, since components may not work then.

use js_sys::{Function, Reflect};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Shows a panic of this page as a message that offers to reload. The save holds the learner's work.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
        show(&info.to_string());
    }));
}

/// Puts the message over the page. Does nothing if there is no page.
pub fn show(what: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let body = document.body()?;
    let dialog = document.create_element("div").ok()?;
    dialog.set_class_name("broken");
    dialog.set_attribute("role", "alertdialog").ok()?;
    dialog
        .set_attribute("aria-label", "The page has stopped")
        .ok()?;
    let title = document.create_element("h2").ok()?;
    title.set_text_content(Some("The page has stopped"));
    let text = document.create_element("p").ok()?;
    text.set_text_content(Some(
        "This is a bug in HSM Lab, not your mistake. Your work is saved; reload to continue.",
    ));
    let detail = document.create_element("pre").ok()?;
    detail.set_text_content(Some(what));
    // The browser's own function: none of this program's code runs when the button is pressed. A link
    // with an empty address would lose the part after `#`, which names the open lab.
    let reload: HtmlElement = document.create_element("button").ok()?.unchecked_into();
    reload.set_text_content(Some("Reload"));
    reload.set_class_name("primary");
    let location = web_sys::window()?.location();
    let function: Function = Reflect::get(&location, &"reload".into())
        .ok()?
        .unchecked_into();
    reload.set_onclick(Some(&function.bind0(&location)));
    dialog.append_child(&title).ok()?;
    dialog.append_child(&text).ok()?;
    dialog.append_child(&detail).ok()?;
    dialog.append_child(&reload).ok()?;
    body.append_child(&dialog).ok()?;
    Some(())
}
