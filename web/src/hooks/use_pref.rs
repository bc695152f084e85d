//! A value that the browser remembers.

use serde::Serialize;
use yew::{Callback, hook, use_callback};

use crate::bridge::read::Read;
use crate::hooks::boxed::use_state_eq;
use crate::prefs;

/// Returns the remembered value or `default`, and its setter.
#[hook]
pub fn use_pref<T>(key: &'static str, default: T) -> (T, Callback<T>)
where
    T: Clone + PartialEq + Serialize + Read + 'static,
{
    let value = use_state_eq(|| prefs::get(key).unwrap_or(default));
    let setter = value.setter();
    let set = use_callback((), move |new: T, ()| {
        prefs::set(key, &new);
        setter.set(new);
    });
    ((*value).clone(), set)
}
