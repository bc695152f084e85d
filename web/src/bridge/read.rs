//! Reads what the worker says.
//!
//! The worker writes its events with serde; here they are read by hand-written shapes over a parsed
//! JSON value. serde's own reading of tagged enums is code for every type and format: it made this
//! page a third larger (figures in README.md). That both sides agree is a test, and a field that is
//! added in core is a compile error here.

mod shapes;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

/// What was not as expected: the field or type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misread(pub &'static str);

/// Something that can be read.
pub trait Read: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// What was not as expected.
    fn read(value: &Value) -> Result<Self, Misread>;
}

/// A field of an object; one that is not there reads as null.
fn field<T: Read>(value: &Value, name: &'static str) -> Result<T, Misread> {
    T::read(value.get(name).unwrap_or(&Value::Null)).map_err(|_| Misread(name))
}

fn text<'v>(value: &'v Value, name: &'static str) -> Result<&'v str, Misread> {
    value.get(name).and_then(Value::as_str).ok_or(Misread(name))
}

impl Read for Value {
    fn read(value: &Value) -> Result<Self, Misread> {
        Ok(value.clone())
    }
}

impl Read for String {
    fn read(value: &Value) -> Result<Self, Misread> {
        value.as_str().map(str::to_owned).ok_or(Misread("text"))
    }
}

impl Read for bool {
    fn read(value: &Value) -> Result<Self, Misread> {
        value.as_bool().ok_or(Misread("a yes or no"))
    }
}

impl Read for u64 {
    fn read(value: &Value) -> Result<Self, Misread> {
        value.as_u64().ok_or(Misread("a number"))
    }
}

impl Read for i32 {
    fn read(value: &Value) -> Result<Self, Misread> {
        let number = value
            .as_i64()
            .and_then(|number| Self::try_from(number).ok());
        number.ok_or(Misread("a number"))
    }
}

macro_rules! small_numbers {
    ($($number:ty)*) => {$(
        impl Read for $number {
            fn read(value: &Value) -> Result<Self, Misread> {
                Self::try_from(u64::read(value)?).map_err(|_| Misread("a number"))
            }
        }
    )*};
}

small_numbers! { u8 u16 u32 usize }

impl<T: Read> Read for Option<T> {
    fn read(value: &Value) -> Result<Self, Misread> {
        if value.is_null() {
            Ok(None)
        } else {
            T::read(value).map(Some)
        }
    }
}

impl<T: Read> Read for Rc<T> {
    fn read(value: &Value) -> Result<Self, Misread> {
        T::read(value).map(Self::new)
    }
}

impl<T: Read> Read for Box<T> {
    fn read(value: &Value) -> Result<Self, Misread> {
        T::read(value).map(Self::new)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Result<Self, Misread> {
        value
            .as_array()
            .ok_or(Misread("a list"))?
            .iter()
            .map(T::read)
            .collect()
    }
}

impl Read for BTreeMap<String, String> {
    fn read(value: &Value) -> Result<Self, Misread> {
        let entries = value.as_object().ok_or(Misread("an object"))?.iter();
        entries
            .map(|(name, value)| Ok((name.clone(), String::read(value)?)))
            .collect()
    }
}

impl Read for (String, String) {
    fn read(value: &Value) -> Result<Self, Misread> {
        match value.as_array().map(Vec::as_slice) {
            Some([first, second]) => Ok((String::read(first)?, String::read(second)?)),
            _ => Err(Misread("a pair")),
        }
    }
}
