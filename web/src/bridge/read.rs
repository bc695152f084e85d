//! Reads JSON: the worker's messages, and the data that the browser stores.
//!
//! The worker writes its events with serde; here, hand-written shapes read them from the result of
//! the browser's own `JSON.parse`. serde's reading of tagged enums adds code for every type, and
//! its numbers add tables: with it the page was half as large again (figures in README.md). A test
//! checks that both sides agree, and a field that is added in core is a compile error here.

pub(crate) mod shapes;
pub mod tables;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::str::FromStr;

use js_sys::{Array, JSON, Object, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::{JsCast, JsValue};

/// A mismatch: the field or type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misread(pub &'static str);

/// A type that can be read.
pub trait Read: Sized {
    /// Reads a value.
    ///
    /// # Errors
    /// Returns the mismatch.
    fn read(value: &JsValue) -> Result<Self, Misread>;

    /// Reads a value from JSON text.
    ///
    /// # Errors
    /// Returns the mismatch.
    fn parse(text: &str) -> Result<Self, Misread> {
        Self::read(&JSON::parse(text).map_err(|_| Misread("JSON"))?)
    }
}

/// Reads a field of an object; an absent one reads as null.
pub(crate) fn field<T: Read>(value: &JsValue, name: &'static str) -> Result<T, Misread> {
    let inner = member(value, name).ok_or(Misread(name))?;
    T::read(&inner).map_err(|_| Misread(name))
}

/// Returns a member of an object, `undefined` if the object lacks it, `None` if it is not an object.
pub(crate) fn member(value: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(value, &JsValue::from_str(name)).ok()
}

/// Checks that a float is a whole number.
fn whole(value: &JsValue) -> Result<f64, Misread> {
    value
        .as_f64()
        .filter(|number| number.trunc() == *number)
        .ok_or(Misread("a number"))
}

impl Read for Value {
    /// Reads a value as text: the page only displays it.
    fn read(value: &JsValue) -> Result<Self, Misread> {
        let text = JSON::stringify_with_replacer_and_space(value, &JsValue::NULL, &4.into());
        text.map(|text| Self::String(text.into()))
            .map_err(|_| Misread("JSON"))
    }
}

impl Read for String {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        value.as_string().ok_or(Misread("text"))
    }
}

impl Read for bool {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        value.as_bool().ok_or(Misread("a yes or no"))
    }
}

impl Read for u64 {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        let number = whole(value)?;
        if number < 0.0 {
            Err(Misread("a number"))
        } else {
            Ok(crate::numbers::whole_ms(number))
        }
    }
}

impl Read for i32 {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        Ok(crate::numbers::whole(whole(value)?))
    }
}

macro_rules! small_numbers {
    ($($number:ty)*) => {$(
        impl Read for $number {
            fn read(value: &JsValue) -> Result<Self, Misread> {
                Self::try_from(u64::read(value)?).map_err(|_| Misread("a number"))
            }
        }
    )*};
}

small_numbers! { u8 u16 u32 usize }

impl<T: Read> Read for Option<T> {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        let absent = value.is_null() || value.is_undefined();
        if absent {
            Ok(None)
        } else {
            T::read(value).map(Some)
        }
    }
}

impl<T: Read> Read for Rc<T> {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        T::read(value).map(Self::new)
    }
}

impl<T: Read> Read for Box<T> {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        T::read(value).map(Self::new)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        let array = array(value)?;
        let mut all = Self::new();
        for at in 0..array.length() {
            all.push(T::read(&array.get(at))?);
        }
        Ok(all)
    }
}

impl<K: FromStr + Ord, T: Read> Read for BTreeMap<K, T> {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        let object: &Object = value.dyn_ref().ok_or(Misread("an object"))?;
        let entries = Object::entries(object);
        let mut all = Self::new();
        for at in 0..entries.length() {
            let entry = array(&entries.get(at))?;
            let key = entry.get(0).as_string().and_then(|key| key.parse().ok());
            all.insert(key.ok_or(Misread("a key"))?, T::read(&entry.get(1))?);
        }
        Ok(all)
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(value: &JsValue) -> Result<Self, Misread> {
        let pair = array(value)?;
        Ok((A::read(&pair.get(0))?, B::read(&pair.get(1))?))
    }
}

fn array(value: &JsValue) -> Result<Array, Misread> {
    if Array::is_array(value) {
        Ok(value.clone().unchecked_into())
    } else {
        Err(Misread("a list"))
    }
}
