//! Reads JSON: the worker's messages, and the data that the browser stores.
//!
//! The worker writes its events with serde; here, hand-written shapes read them from the result of
//! the browser's own `JSON.parse`. serde's reading of tagged enums adds code for every type, and
//! its numbers add tables: with it the page was half as large again (figures in README.md). A test
//! checks that both sides agree, and a field that is added in core is a compile error here.

pub(crate) mod shapes;
pub mod tables;

use std::rc::Rc;
use std::str::FromStr;

use hsmlab_protocol::SmallMap;
use js_sys::{Array, JSON, Object, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::{JsCast, JsValue};

/// A mismatch: the field or type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misread(pub &'static str);

/// The first mismatch of a value that is being read. Reading continues after one, with an empty value in
/// its place: code that leaves early would have to drop what it has read so far, at every field.
#[derive(Debug, Default)]
pub struct Flaw(Option<Misread>);

impl Flaw {
    /// Notes a mismatch.
    pub(crate) fn note(&mut self, what: &'static str) {
        self.0.get_or_insert(Misread(what));
    }

    /// True if there is one.
    pub(crate) const fn is_noted(&self) -> bool {
        self.0.is_some()
    }
}

/// A type that can be read.
pub trait Read: Sized {
    /// Takes a value, and notes a mismatch.
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self;

    /// Reads a value.
    ///
    /// # Errors
    /// Returns the mismatch.
    fn read(value: &JsValue) -> Result<Self, Misread> {
        let mut flaw = Flaw::default();
        let read = Self::take(value, &mut flaw);
        match flaw.0 {
            None => Ok(read),
            Some(misread) => Err(misread),
        }
    }

    /// Reads a value from JSON text.
    ///
    /// # Errors
    /// Returns the mismatch.
    fn parse(text: &str) -> Result<Self, Misread> {
        Self::read(&JSON::parse(text).map_err(|_| Misread("JSON"))?)
    }
}

/// Takes a field of an object; an absent one reads as null.
#[inline(never)]
pub(crate) fn field<T: Read>(value: &JsValue, name: &'static str, flaw: &mut Flaw) -> T {
    let before = flaw.0;
    let inner = member(value, name);
    if inner.is_none() {
        flaw.note(name);
    }
    let taken = T::take(&inner.unwrap_or_default(), flaw);
    // The outermost field is named.
    if before.is_none() && flaw.0.is_some() {
        flaw.0 = Some(Misread(name));
    }
    taken
}

/// Returns a member of an object, `undefined` if the object lacks it, `None` if it is not an object.
#[inline(never)]
pub(crate) fn member(value: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(value, &JsValue::from_str(name)).ok()
}

impl Read for Value {
    /// Reads a value as text: the page only displays it.
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        let text = JSON::stringify_with_replacer_and_space(value, &JsValue::NULL, &4.into());
        if text.is_err() {
            flaw.note("JSON");
        }
        Self::String(text.map(String::from).unwrap_or_default())
    }
}

impl Read for String {
    #[inline(never)]
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        let text = value.as_string();
        if text.is_none() {
            flaw.note("text");
        }
        text.unwrap_or_default()
    }
}

impl Read for bool {
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        let yes = value.as_bool();
        if yes.is_none() {
            flaw.note("a yes or no");
        }
        yes.unwrap_or_default()
    }
}

/// Takes a whole number between two bounds.
#[inline(never)]
fn number(value: &JsValue, least: f64, most: f64, flaw: &mut Flaw) -> f64 {
    let number = value.as_f64().unwrap_or(f64::NAN);
    if number.trunc() == number && number >= least && number <= most {
        return number;
    }
    flaw.note("a number");
    0.0
}

impl Read for u64 {
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        crate::numbers::whole_ms(number(value, 0.0, f64::MAX, flaw))
    }
}

impl Read for i32 {
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        let (least, most) = (f64::from(Self::MIN), f64::from(Self::MAX));
        crate::numbers::whole(number(value, least, most, flaw))
    }
}

macro_rules! small_numbers {
    ($($number:ty)*) => {$(
        impl Read for $number {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_lossless,
                reason = "the number is within the type's bounds"
            )]
            fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
                let most = (Self::MAX as u32).into();
                crate::numbers::whole_ms(number(value, 0.0, most, flaw)) as Self
            }
        }
    )*};
}

// `usize` is as wide as `u32` in a browser.
small_numbers! { u8 u16 u32 usize }

impl<T: Read> Read for Option<T> {
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        let absent = value.is_null() || value.is_undefined();
        (!absent).then(|| T::take(value, flaw))
    }
}

impl<T: Read> Read for Rc<T> {
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        Self::new(T::take(value, flaw))
    }
}

impl<T: Read> Read for Box<T> {
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        Self::new(T::take(value, flaw))
    }
}

impl<T: Read> Read for Vec<T> {
    #[inline(never)]
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        let array = array(value, flaw);
        let mut all = Self::new();
        for at in 0..array.length() {
            all.push(T::take(&array.get(at), flaw));
        }
        all
    }
}

impl<K: FromStr + Ord + Default, T: Read> Read for SmallMap<K, T> {
    #[inline(never)]
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        let mut all = Self::new();
        let Some(object) = value.dyn_ref::<Object>() else {
            flaw.note("an object");
            return all;
        };
        for entry in Object::entries(object).iter() {
            let (key, value) = <(String, T)>::take(&entry, flaw);
            if key.parse::<K>().is_err() {
                flaw.note("a key");
            }
            all.insert(key.parse().unwrap_or_default(), value);
        }
        all
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        let pair = array(value, flaw);
        (A::take(&pair.get(0), flaw), B::take(&pair.get(1), flaw))
    }
}

/// Takes a list.
#[inline(never)]
fn array(value: &JsValue, flaw: &mut Flaw) -> Array {
    if Array::is_array(value) {
        return value.clone().unchecked_into();
    }
    flaw.note("a list");
    Array::new()
}
