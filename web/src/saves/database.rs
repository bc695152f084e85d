//! IndexedDB as three futures. Database `hsmlab`, store `saves`, text by lab id.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::{Closure, JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbRequest, IdbTransactionMode};

const DATABASE: &str = "hsmlab";
const STORE: &str = "saves";
const VERSION: u32 = 1;

pub(super) async fn get(key: &str) -> Result<Option<String>, String> {
    let store = store(IdbTransactionMode::Readonly).await?;
    let value = done(&store.get(&key.into()).map_err(words)?).await?;
    Ok(value.as_string())
}

pub(super) async fn put(key: &str, text: &str) -> Result<(), String> {
    let store = store(IdbTransactionMode::Readwrite).await?;
    done(
        &store
            .put_with_key(&text.into(), &key.into())
            .map_err(words)?,
    )
    .await?;
    Ok(())
}

pub(super) async fn delete(key: &str) -> Result<(), String> {
    let store = store(IdbTransactionMode::Readwrite).await?;
    done(&store.delete(&key.into()).map_err(words)?).await?;
    Ok(())
}

async fn store(mode: IdbTransactionMode) -> Result<IdbObjectStore, String> {
    let database = open().await?;
    let transaction = database
        .transaction_with_str_and_mode(STORE, mode)
        .map_err(words)?;
    transaction.object_store(STORE).map_err(words)
}

async fn open() -> Result<IdbDatabase, String> {
    let factory = web_sys::window()
        .and_then(|window| window.indexed_db().ok().flatten())
        .ok_or("this browser keeps no data for this page")?;
    let request = factory.open_with_u32(DATABASE, VERSION).map_err(words)?;
    let upgrading = request.clone();
    let upgrade = Closure::once_into_js(move || {
        if let Ok(result) = upgrading.result()
            && let Ok(database) = result.dyn_into::<IdbDatabase>()
        {
            // Fails only where the store is there already.
            let _ = database.create_object_store(STORE);
        }
    });
    request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
    done(&request).await?.dyn_into().map_err(words)
}

/// Waits for a request's result.
async fn done(request: &IdbRequest) -> Result<JsValue, String> {
    let promise = Promise::new(&mut |resolve: Function, reject: Function| {
        let succeeded = request.clone();
        let success = Closure::once_into_js(move || {
            let result = succeeded.result().unwrap_or(JsValue::UNDEFINED);
            let _ = resolve.call1(&JsValue::NULL, &result);
        });
        let failed = request.clone();
        let failure = Closure::once_into_js(move || {
            let error = failed
                .error()
                .ok()
                .flatten()
                .map_or(JsValue::NULL, JsValue::from);
            let _ = reject.call1(&JsValue::NULL, &error);
        });
        request.set_onsuccess(Some(success.unchecked_ref()));
        request.set_onerror(Some(failure.unchecked_ref()));
    });
    JsFuture::from(promise).await.map_err(words)
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` hands it over
fn words(error: JsValue) -> String {
    js_sys::Reflect::get(&error, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| "the browser's storage failed".to_owned())
}
