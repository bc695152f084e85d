//! IndexedDB as two futures: a read and a change, each one transaction. Database `hsmlab`, store
//! `saves`, text by key.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::{Closure, JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode};

use super::Refusal;

const DATABASE: &str = "hsmlab";
const STORE: &str = "saves";
const VERSION: u32 = 1;

/// The expected state of a record, required for a change: its key and its text.
pub(super) type Expected<'a> = (&'a str, Option<&'a str>);

/// A record to write, or to delete if it has no text.
pub(super) type Write<'a> = (&'a str, Option<&'a str>);

/// Reads records.
pub(super) async fn read<const COUNT: usize>(
    keys: [&str; COUNT],
) -> Result<[Option<String>; COUNT], String> {
    let database = open().await?;
    let result = read_from(&database, keys).await;
    database.close();
    result
}

/// Makes all writes, or none.
pub(super) async fn change(
    expected: Option<Expected<'_>>,
    writes: &[Write<'_>],
) -> Result<(), Refusal> {
    let database = open().await?;
    let result = change_in(&database, expected, writes).await;
    database.close();
    result
}

async fn read_from<const COUNT: usize>(
    database: &IdbDatabase,
    keys: [&str; COUNT],
) -> Result<[Option<String>; COUNT], String> {
    let (_, store) = begin(database, IdbTransactionMode::Readonly)?;
    let mut texts = [const { None }; COUNT];
    for (text, key) in texts.iter_mut().zip(keys) {
        let request = store.get(&key.into()).map_err(words)?;
        *text = done(&request).await?.as_string();
    }
    Ok(texts)
}

async fn change_in(
    database: &IdbDatabase,
    expected: Option<Expected<'_>>,
    writes: &[Write<'_>],
) -> Result<(), Refusal> {
    let (transaction, store) = begin(database, IdbTransactionMode::Readwrite)?;
    // A full storage may become apparent only at the commit.
    let end = end(&transaction);
    if let Some((key, text)) = expected {
        let request = store.get(&key.into()).map_err(words)?;
        let found = done(&request).await?.as_string();
        if found.as_deref() != text {
            let _ = transaction.abort();
            return Err(Refusal::Overtaken);
        }
    }
    for (key, text) in writes {
        let key = JsValue::from(*key);
        match text {
            Some(text) => store.put_with_key(&(*text).into(), &key),
            None => store.delete(&key),
        }
        .map_err(words)?;
    }
    let error = JsFuture::from(end).await.map_err(words)?;
    if error.is_undefined() {
        Ok(())
    } else {
        Err(Refusal::Failed(words(error)))
    }
}

fn begin(
    database: &IdbDatabase,
    mode: IdbTransactionMode,
) -> Result<(IdbTransaction, IdbObjectStore), String> {
    let transaction = database
        .transaction_with_str_and_mode(STORE, mode)
        .map_err(words)?;
    let store = transaction.object_store(STORE).map_err(words)?;
    Ok((transaction, store))
}

async fn open() -> Result<IdbDatabase, String> {
    let factory = web_sys::window()
        .ok_or("there is no page")?
        .indexed_db()
        .map_err(words)?
        .ok_or("it stores no data for this page")?;
    let request = factory.open_with_u32(DATABASE, VERSION).map_err(words)?;
    let upgrading = request.clone();
    let upgrade = Closure::once_into_js(move || {
        if let Ok(result) = upgrading.result()
            && let Ok(database) = result.dyn_into::<IdbDatabase>()
        {
            // Fails only if the store exists already.
            let _ = database.create_object_store(STORE);
        }
    });
    request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
    done(&request).await?.dyn_into().map_err(words)
}

/// Resolves when a transaction ends: to `undefined`, or to the transaction's error. It never
/// rejects, so it may be dropped.
fn end(transaction: &IdbTransaction) -> Promise {
    Promise::new(&mut |resolve: Function, _| {
        let completed = resolve.clone();
        let complete = Closure::once_into_js(move || {
            let _ = completed.call0(&JsValue::NULL);
        });
        let aborted = transaction.clone();
        let abort = Closure::once_into_js(move || {
            let error = aborted.error().map_or(JsValue::NULL, JsValue::from);
            let _ = resolve.call1(&JsValue::NULL, &error);
        });
        transaction.set_oncomplete(Some(complete.unchecked_ref()));
        transaction.set_onabort(Some(abort.unchecked_ref()));
    })
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

/// Describes the browser's error, to complete "This browser does not save your work: …".
#[allow(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn words(error: JsValue) -> String {
    let member = |name: &str| {
        Reflect::get(&error, &name.into())
            .ok()
            .and_then(|text| text.as_string())
            .filter(|text| !text.is_empty())
    };
    match member("name").as_deref() {
        Some("QuotaExceededError") => "its storage is full".to_owned(),
        Some("SecurityError" | "NotAllowedError") => {
            "its settings forbid this page to store data".to_owned()
        }
        _ => member("message").map_or_else(
            || "its storage failed".to_owned(),
            |message| message.trim_end_matches('.').to_owned(),
        ),
    }
}
