//! File transfer between the learner's disk and the page.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::{Closure, JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, HtmlAnchorElement, RequestCache, RequestInit, Response};

/// The maximum size of an uploaded file, in bytes. CloudShell itself accepts up to 1 GB; this lab needs
/// far less (certificates, scripts, a small binary), and all of it stays in memory and in the save.
pub const UPLOAD_BYTES_MAX: f64 = 1024.0 * 1024.0;

/// The text of an address below the page. A copy in the browser's cache is used only if the
/// host says that it is current: the labs have no hash in their names, unlike the page's other files.
/// The request is sent at once, before the future is awaited.
///
/// # Errors
/// Returns a sentence that says what went wrong.
pub fn fetch_text(address: &str) -> impl Future<Output = Result<String, String>> + use<> {
    let address = address.to_owned();
    let current = RequestInit::new();
    current.set_cache(RequestCache::NoCache);
    let asked = web_sys::window()
        .map(|window| JsFuture::from(window.fetch_with_str_and_init(&address, &current)));
    async move {
        let response = asked.ok_or("there is no page")?.await;
        text_of_response(&address, response).await
    }
}

async fn text_of_response(
    address: &str,
    response: Result<JsValue, JsValue>,
) -> Result<String, String> {
    let unreachable = |_| format!("{address} could not be fetched. Is the connection working?");
    let response: Response = response.map_err(unreachable)?.unchecked_into();
    if !response.ok() {
        return Err(format!(
            "{address} could not be fetched: status {}.",
            response.status()
        ));
    }
    let text = response.text().map_err(unreachable)?;
    let text = JsFuture::from(text).await.map_err(unreachable)?;
    Ok(text.as_string().unwrap_or_default())
}

/// Reads the text of a file.
///
/// # Errors
/// Fails if the file cannot be read.
pub async fn text_of(file: &File) -> Result<String, String> {
    let blob: &Blob = file;
    let text = JsFuture::from(blob.text()).await;
    let text = text.map_err(|_| format!("{} cannot be read.", file.name()))?;
    Ok(text.as_string().unwrap_or_default())
}

/// Reads a file's bytes as base64.
///
/// # Errors
/// Fails if the file is too large or cannot be read.
pub async fn base64_of(file: &File) -> Result<String, String> {
    let name = file.name();
    if file.size() > UPLOAD_BYTES_MAX {
        return Err(format!(
            "{name} is larger than 1 MiB, the limit of a terminal in the lab."
        ));
    }
    let unreadable = || format!("{name} cannot be read.");
    let reader = web_sys::FileReader::new().map_err(|_| unreadable())?;
    let promise = Promise::new(&mut |resolve: Function, _reject| {
        let loaded = Closure::once_into_js(move || {
            let _ = resolve.call0(&JsValue::NULL);
        });
        reader.set_onloadend(Some(loaded.unchecked_ref()));
    });
    reader.read_as_data_url(file).map_err(|_| unreadable())?;
    JsFuture::from(promise).await.map_err(|_| unreadable())?;
    let address = reader.result().ok().and_then(|result| result.as_string());
    // `data:<type>;base64,<content>` (RFC 2397)
    let address = address.ok_or_else(unreadable)?;
    Ok(address
        .split_once(',')
        .map_or_else(String::new, |(_, content)| content.to_owned()))
}

/// Offers a file, given in base64, as a download.
pub fn download_base64(name: &str, content: &str) {
    offer(
        name,
        &format!("data:application/octet-stream;base64,{content}"),
    );
}

/// Offers a text as a download.
pub fn download_text(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let Ok(blob) = Blob::new_with_str_sequence(&parts) else {
        return;
    };
    let Ok(address) = web_sys::Url::create_object_url_with_blob(&blob) else {
        return;
    };
    offer(name, &address);
    let _ = web_sys::Url::revoke_object_url(&address);
}

fn offer(name: &str, address: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let link: HtmlAnchorElement = document.create_element("a").ok()?.unchecked_into();
    link.set_href(address);
    link.set_download(name);
    link.click();
    Some(())
}

/// Copies a text to the clipboard. Returns true on success.
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    // Absent on pages that are not served securely.
    let clipboard = js_sys::Reflect::get(&window.navigator(), &"clipboard".into());
    if clipboard.is_ok_and(|clipboard| clipboard.is_undefined()) {
        return false;
    }
    JsFuture::from(window.navigator().clipboard().write_text(text))
        .await
        .is_ok()
}
