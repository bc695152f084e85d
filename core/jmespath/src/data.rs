//! The values that the `aws` command prints: a service's answer, and the result of `--query`.
//!
//! The AWS CLI is a Python program, and Python shows in its output: `None` and `True` in text,
//! `{'a': 1}` in an error, `0.0` for a whole float, an anchor in YAML for an object that occurs twice.
//! So [`Data`] implements Python's types, equality, `str()` and `repr()`. Lists and maps are shared:
//! two values are the same object if their `Rc` is the same.

use std::rc::Rc;

use serde_json::{Map, Number, Value};

use super::query::Node;

/// A map's members in their original order.
pub type Members = Vec<(Rc<str>, Data)>;

/// A value as the CLI's Python code holds it.
#[derive(Clone, Debug)]
pub enum Data {
    /// `None`.
    Null,
    /// `True` or `False`.
    Bool(bool),
    /// An `int`.
    Int(i128),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Text(Rc<str>),
    /// A `list`.
    List(Rc<Vec<Data>>),
    /// A `dict`.
    Map(Rc<Members>),
    /// An unevaluated `JMESPath` expression (`&foo`).
    Expression(Rc<Node>),
}

impl Data {
    /// Creates a text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Creates a list.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(items))
    }

    /// Creates a map.
    #[must_use]
    pub fn map(members: Members) -> Self {
        Self::Map(Rc::new(members))
    }

    /// Returns the member of a map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(members) => members
                .iter()
                .find(|(name, _)| &**name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// True for a number. (In Python a bool is a number too; in `JMESPath` it is not.)
    #[must_use]
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Float(_))
    }

    /// True if this is neither a list nor a map.
    #[must_use]
    pub const fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }

    /// True for a map without members.
    #[must_use]
    pub fn is_empty_map(&self) -> bool {
        matches!(self, Self::Map(members) if members.is_empty())
    }

    /// True if Python treats the value as true.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(value) => !value.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(members) => !members.is_empty(),
            Self::Expression(_) => true,
        }
    }

    /// The name of the Python type.
    #[must_use]
    pub const fn python_type(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::List(_) => "list",
            Self::Map(_) => "dict",
            Self::Expression(_) => "_Expression",
        }
    }

    /// The name of the `JMESPath` type.
    #[must_use]
    pub const fn jmespath_type(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) | Self::Float(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Map(_) => "object",
            Self::Expression(_) => "expref",
        }
    }

    /// Compares as Python's `==` does: `1 == 1.0 == True`; the order of a map's members is ignored.
    #[must_use]
    pub fn python_eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.python_eq(b))
            }
            (Self::Map(a), Self::Map(b)) => {
                a.len() == b.len()
                    && a.iter().all(|(name, value)| {
                        other.get(name).is_some_and(|other| value.python_eq(other))
                    })
            }
            (Self::Expression(a), Self::Expression(b)) => Rc::ptr_eq(a, b),
            _ => match (self.as_python_number(), other.as_python_number()) {
                (Some(PythonNumber::Int(a)), Some(PythonNumber::Int(b))) => a == b,
                (Some(a), Some(b)) => a.to_f64() == b.to_f64(),
                _ => false,
            },
        }
    }

    /// Returns Python's `str()`.
    #[must_use]
    pub fn python_str(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            other => other.python_repr(),
        }
    }

    /// Returns Python's `repr()`.
    #[must_use]
    pub fn python_repr(&self) -> String {
        match self {
            Self::Null => "None".into(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Int(value) => value.to_string(),
            Self::Float(value) => float_repr(*value),
            Self::Text(text) => text_repr(text),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::python_repr).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| format!("{}: {}", text_repr(name), value.python_repr()))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
            // Python prints the object's address here; the lab has none.
            Self::Expression(_) => "<jmespath.visitor._Expression object>".into(),
        }
    }

    /// Counts this value and all values in it; `None` if there are more than `limit`.
    #[must_use]
    pub fn count_up_to(&self, limit: usize) -> Option<usize> {
        let mut left = limit;
        self.take_from(&mut left).then(|| limit - left)
    }

    fn take_from(&self, left: &mut usize) -> bool {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        match self {
            Self::List(items) => items.iter().all(|item| item.take_from(left)),
            Self::Map(members) => members.iter().all(|(_, value)| value.take_from(left)),
            _ => true,
        }
    }

    const fn as_python_number(&self) -> Option<PythonNumber> {
        match self {
            Self::Bool(value) => Some(PythonNumber::Int(*value as i128)),
            Self::Int(value) => Some(PythonNumber::Int(*value)),
            Self::Float(value) => Some(PythonNumber::Float(*value)),
            _ => None,
        }
    }

    /// Converts a number to a float, for comparing an `int` with a `float`. Python compares exactly; this
    /// rounds beyond 2^53.
    #[must_use]
    pub fn to_f64(&self) -> Option<f64> {
        self.as_python_number().map(PythonNumber::to_f64)
    }
}

#[derive(Clone, Copy)]
enum PythonNumber {
    Int(i128),
    Float(f64),
}

impl PythonNumber {
    #[expect(
        clippy::cast_precision_loss,
        reason = "Python's own int to float rounds as well"
    )]
    const fn to_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

impl From<&Value> for Data {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => number_data(number),
            Value::String(text) => Self::text(text),
            Value::Array(items) => Self::list(items.iter().map(Self::from).collect()),
            Value::Object(members) => Self::map(
                members
                    .iter()
                    .map(|(name, value)| (name.as_str().into(), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

impl From<&Data> for Value {
    fn from(data: &Data) -> Self {
        match data {
            Data::Null | Data::Expression(_) => Self::Null,
            Data::Bool(value) => Self::Bool(*value),
            Data::Int(value) => i64::try_from(*value)
                .map(Number::from)
                .or_else(|_| u64::try_from(*value).map(Number::from))
                .map_or(Self::Null, Self::Number),
            Data::Float(value) => Number::from_f64(*value).map_or(Self::Null, Self::Number),
            Data::Text(text) => Self::String(text.to_string()),
            Data::List(items) => Self::Array(items.iter().map(Self::from).collect()),
            Data::Map(members) => Self::Object(
                members
                    .iter()
                    .map(|(name, value)| (name.to_string(), Self::from(value)))
                    .collect::<Map<_, _>>(),
            ),
        }
    }
}

fn number_data(number: &Number) -> Data {
    if let Some(value) = number.as_i64() {
        Data::Int(value.into())
    } else if let Some(value) = number.as_u64() {
        Data::Int(value.into())
    } else {
        Data::Float(number.as_f64().unwrap_or(f64::NAN))
    }
}

/// Python's `repr()` of a float: the shortest digits that parse to the same value, with an exponent below
/// 1e-4 and from 1e16 up.
#[must_use]
pub fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 {
            "inf".into()
        } else {
            "-inf".into()
        };
    }
    if value == 0.0 {
        return if value.is_sign_negative() {
            "-0.0".into()
        } else {
            "0.0".into()
        };
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        if plain.contains('.') {
            plain
        } else {
            format!("{plain}.0")
        }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.abs())
    }
}

/// Python's `repr()` of a string.
#[must_use]
pub fn text_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut repr = String::with_capacity(text.len() + 2);
    repr.push(quote);
    for c in text.chars() {
        match c {
            '\\' => repr.push_str("\\\\"),
            '\n' => repr.push_str("\\n"),
            '\r' => repr.push_str("\\r"),
            '\t' => repr.push_str("\\t"),
            c if c == quote => {
                repr.push('\\');
                repr.push(c);
            }
            c if is_printable(c) => repr.push(c),
            c if u32::from(c) <= 0xff => repr.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if u32::from(c) <= 0xffff => repr.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => repr.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    repr.push(quote);
    repr
}

/// True if Python's `str.isprintable` holds, for the separators, controls and private characters that
/// texts of AWS answers can contain.
const fn is_printable(c: char) -> bool {
    !matches!(
        c,
        '\0'..='\x1f'
            | '\x7f'..='\u{a0}'
            | '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{1680}'
            | '\u{180e}'
            | '\u{2000}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}'
            | '\u{3000}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'
            | '\u{ffff}'
            | '\u{e0000}'..='\u{10ffff}'
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Compared with Python 3.11.
    #[test]
    fn floats_print_as_in_python() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.25e300, "1.25e+300"),
            (123_456.789, "123456.789"),
            (1.0 / 6.0, "0.16666666666666666"),
        ] {
            assert_eq!(float_repr(value), text);
        }
    }

    #[test]
    fn values_print_as_in_python() {
        let data = Data::from(&json!({"a": [1, 2.0, null, true], "it's": "tab\t\u{7f}é\u{2028}"}));
        assert_eq!(
            data.python_str(),
            "{'a': [1, 2.0, None, True], \"it's\": 'tab\\t\\x7fé\\u2028'}"
        );
    }

    #[test]
    fn equality_is_pythons() {
        let eq = |a: Value, b: Value| Data::from(&a).python_eq(&Data::from(&b));
        assert!(eq(json!({"a": 1, "b": 2}), json!({"b": 2.0, "a": true})));
        assert!(!eq(json!([1]), json!([1, 2])));
        assert!(!eq(json!("1"), json!(1)));
        assert!(!eq(json!(null), json!(false)));
    }

    #[test]
    fn json_comes_back() {
        let value = json!({"z": [1, -2, 18_446_744_073_709_551_615_u64, 0.5, "x", null], "a": {}});
        assert_eq!(Value::from(&Data::from(&value)), value);
    }
}
