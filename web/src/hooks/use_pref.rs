//! A value that the browser remembers.

use serde::{Serialize, de::DeserializeOwned};
use yew::{Callback, hook, use_callback, use_state_eq};

use crate::prefs;

/// The remembered value, or `default`, and how to change it.
#[hook]
pub fn use_pref<T>(key: &'static str, default: T) -> (T, Callback<T>)
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + 'static,
{
    let value = use_state_eq(|| prefs::get(key).unwrap_or(default));
    let setter = value.setter();
    let set = use_callback((), move |new: T, ()| {
        prefs::set(key, &new);
        setter.set(new);
    });
    ((*value).clone(), set)
}
