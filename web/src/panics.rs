//! What a learner sees when the page itself breaks: plain DOM, since no component can be trusted
//! then.

/// Shows a panic of this page as a message that offers to reload. What was typed is in the save.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
        show(&info.to_string());
    }));
}

/// Puts the message over the page. Does nothing where there is no page.
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
        "This is a fault of HSM Lab, not of what you typed. Your work is saved; reload to go on.",
    ));
    let detail = document.create_element("pre").ok()?;
    detail.set_text_content(Some(what));
    // A link, not a button: it needs no script that could be gone.
    let reload = document.create_element("a").ok()?;
    reload.set_text_content(Some("Reload"));
    reload.set_class_name("button primary");
    reload.set_attribute("href", "").ok()?;
    dialog.append_child(&title).ok()?;
    dialog.append_child(&text).ok()?;
    dialog.append_child(&detail).ok()?;
    dialog.append_child(&reload).ok()?;
    body.append_child(&dialog).ok()?;
    Some(())
}
