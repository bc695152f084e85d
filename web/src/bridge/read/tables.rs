//! Lists of similar objects in JSON text, which are easier to read as tables.

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::prelude::{JsCast, JsValue};

/// The maximum number of displayed rows; the newest are at the end of a list.
const ROWS_MAX: u32 = 200;

/// A list of objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The name of the member that holds the list.
    pub name: String,
    /// The members of its objects, in the order in which they first appear.
    pub head: Vec<String>,
    /// A row for each object, the last one first.
    pub rows: Vec<Vec<String>>,
}

/// Extracts the lists of objects from an object's own members; returns the rest as text.
#[must_use]
pub fn tables(text: &str) -> (String, Vec<Table>) {
    let as_it_is = || (text.to_owned(), Vec::new());
    let Some(object) = JSON::parse(text).ok().filter(JsValue::is_object) else {
        return as_it_is();
    };
    let mut tables = Vec::new();
    for name in Object::keys(object.unchecked_ref::<Object>()).iter() {
        let list = Reflect::get(&object, &name).unwrap_or_default();
        if let Some(table) = table(&name, &list) {
            tables.push(table);
            let _ = Reflect::delete_property(object.unchecked_ref::<Object>(), &name);
        }
    }
    match JSON::stringify_with_replacer_and_space(&object, &JsValue::NULL, &4.into()) {
        Ok(rest) if !tables.is_empty() => (rest.into(), tables),
        _ => as_it_is(),
    }
}

fn table(name: &JsValue, list: &JsValue) -> Option<Table> {
    let list: &Array = list.dyn_ref()?;
    let flat = |value: &JsValue| value.is_object() && !Array::is_array(value);
    if list.length() == 0 || !list.iter().all(|value| flat(&value)) {
        return None;
    }
    let mut table = Table {
        name: name.as_string()?,
        ..Table::default()
    };
    let first = list.length().saturating_sub(ROWS_MAX);
    for at in (first..list.length()).rev() {
        let object = list.get(at);
        for key in Object::keys(object.unchecked_ref::<Object>()).iter() {
            let key = key.as_string()?;
            if !table.head.contains(&key) {
                table.head.push(key);
            }
        }
    }
    for at in (first..list.length()).rev() {
        let object = list.get(at);
        let cells = table.head.iter().map(|key| {
            let value = Reflect::get(&object, &JsValue::from_str(key)).unwrap_or_default();
            written(&value)
        });
        table.rows.push(cells.collect());
    }
    Some(table)
}

/// Formats a value for a cell: text without its quotes, an absent value as empty.
fn written(value: &JsValue) -> String {
    if value.is_null() || value.is_undefined() {
        return String::new();
    }
    let json = || JSON::stringify(value).ok().map(String::from);
    value.as_string().or_else(json).unwrap_or_default()
}
