//! The functions of `JMESPath`, with the argument types that each accepts.
//! See <https://jmespath.org/specification.html>, "Built-in Functions".

use std::cmp::Ordering;
use std::rc::Rc;

use super::eval::{evaluate, insert, not_supported, order};
use super::parser::Node;
use crate::data::{Data, Members};
use crate::json;

/// The accepted types of one argument; empty for any type.
type Types = &'static [&'static str];

struct Function {
    name: &'static str,
    arguments: &'static [Types],
    /// True if the last argument may be repeated.
    variadic: bool,
    run: fn(&[Data]) -> Result<Data, String>,
}

const ANY: Types = &[];
const NUMBER: Types = &["number"];
const STRING: Types = &["string"];
const ARRAY: Types = &["array"];
const OBJECT: Types = &["object"];
const EXPREF: Types = &["expref"];
const NUMBERS: Types = &["array-number"];
const STRINGS: Types = &["array-string"];
const NUMBERS_OR_STRINGS: Types = &["array-number", "array-string"];
const STRINGS_OR_NUMBERS: Types = &["array-string", "array-number"];
const ARRAY_OR_STRING: Types = &["array", "string"];
const SIZED: Types = &["string", "array", "object"];

const fn plain(
    name: &'static str,
    arguments: &'static [Types],
    run: fn(&[Data]) -> Result<Data, String>,
) -> Function {
    Function {
        name,
        arguments,
        variadic: false,
        run,
    }
}

const FUNCTIONS: &[Function] = &[
    plain("abs", &[NUMBER], |a| Ok(absolute(first(a)))),
    plain("avg", &[NUMBERS], |a| Ok(average(first(a)))),
    plain("ceil", &[NUMBER], |a| rounded(first(a), f64::ceil)),
    plain("contains", &[ARRAY_OR_STRING, ANY], |a| {
        contains(first(a), second(a))
    }),
    plain("ends_with", &[STRING, STRING], |a| {
        Ok(Data::Bool(text(first(a)).ends_with(text(second(a)))))
    }),
    plain("floor", &[NUMBER], |a| rounded(first(a), f64::floor)),
    plain("join", &[STRING, STRINGS], |a| {
        let parts: Vec<&str> = items(second(a)).iter().map(text).collect();
        Ok(Data::text(&parts.join(text(first(a)))))
    }),
    plain("keys", &[OBJECT], |a| {
        Ok(Data::list(
            members(first(a))
                .iter()
                .map(|(name, _)| Data::Text(name.clone()))
                .collect(),
        ))
    }),
    plain("length", &[SIZED], |a| Ok(length(first(a)))),
    plain("map", &[EXPREF, ARRAY], |a| {
        let found = items(second(a)).iter().map(|item| apply(first(a), item));
        Ok(Data::list(found.collect::<Result<_, _>>()?))
    }),
    plain("max", &[NUMBERS_OR_STRINGS], |a| {
        extreme(items(first(a)), ">", Ordering::is_gt)
    }),
    plain("max_by", &[ARRAY, EXPREF], |a| {
        extreme_by(a, "max_by", ">", Ordering::is_gt)
    }),
    Function {
        name: "merge",
        arguments: &[OBJECT],
        variadic: true,
        run: merge,
    },
    plain("min", &[NUMBERS_OR_STRINGS], |a| {
        extreme(items(first(a)), "<", Ordering::is_lt)
    }),
    plain("min_by", &[ARRAY, EXPREF], |a| {
        extreme_by(a, "min_by", "<", Ordering::is_lt)
    }),
    Function {
        name: "not_null",
        arguments: &[ANY],
        variadic: true,
        run: |a| {
            Ok(a.iter()
                .find(|value| !is_null(value))
                .cloned()
                .unwrap_or(Data::Null))
        },
    },
    plain("reverse", &[ARRAY_OR_STRING], |a| {
        Ok(match first(a) {
            Data::Text(text) => Data::text(&text.chars().rev().collect::<String>()),
            other => Data::list(items(other).iter().rev().cloned().collect()),
        })
    }),
    plain("sort", &[STRINGS_OR_NUMBERS], |a| {
        let mut sorted = items(first(a)).to_vec();
        sorted.sort_by(compare_keys);
        Ok(Data::list(sorted))
    }),
    plain("sort_by", &[ARRAY, EXPREF], |a| {
        sort_by(first(a), second(a))
    }),
    plain("starts_with", &[STRING, STRING], |a| {
        Ok(Data::Bool(text(first(a)).starts_with(text(second(a)))))
    }),
    plain("sum", &[NUMBERS], |a| Ok(sum(items(first(a))))),
    plain("to_array", &[ANY], |a| {
        Ok(match first(a) {
            list @ Data::List(_) => list.clone(),
            other => Data::list(vec![other.clone()]),
        })
    }),
    plain("to_number", &[ANY], |a| Ok(to_number(first(a)))),
    plain("to_string", &[ANY], |a| {
        Ok(match first(a) {
            text @ Data::Text(_) => text.clone(),
            other => Data::text(&json::compact(other)),
        })
    }),
    plain("type", &[ANY], |a| {
        Ok(match first(a) {
            Data::Expression(_) => Data::Null,
            other => Data::text(other.jmespath_type()),
        })
    }),
    plain("values", &[OBJECT], |a| {
        Ok(Data::list(
            members(first(a))
                .iter()
                .map(|(_, value)| value.clone())
                .collect(),
        ))
    }),
];

/// Calls a function.
pub(super) fn call(name: &str, arguments: &[Data]) -> Result<Data, String> {
    let Some(function) = FUNCTIONS.iter().find(|function| function.name == name) else {
        return Err(format!("Unknown function: {name}()"));
    };
    let (expected, given) = (function.arguments.len(), arguments.len());
    let at_least = if function.variadic { "at least " } else { "" };
    if given < expected || (given > expected && !function.variadic) {
        let plural = if expected == 1 { "" } else { "s" };
        return Err(format!(
            "Expected {at_least}{expected} argument{plural} for function {name}(), received {given}"
        ));
    }
    for (types, argument) in function.arguments.iter().zip(arguments) {
        check(name, types, argument)?;
    }
    (function.run)(arguments)
}

/// Checks an argument's type, and the types of its elements if a type says `array-…`.
fn check(function: &str, types: Types, argument: &Data) -> Result<(), String> {
    if types.is_empty() {
        return Ok(());
    }
    let actual = argument.jmespath_type();
    if !types
        .iter()
        .any(|accepted| accepted.split('-').next() == Some(actual))
    {
        return Err(wrong_type(function, argument, types, actual));
    }
    let inner: Vec<&str> = types
        .iter()
        .filter_map(|t| t.split_once('-'))
        .map(|t| t.1)
        .collect();
    let Data::List(items) = argument else {
        return Ok(());
    };
    let (Some(head), Some(only)) = (items.first(), inner.first()) else {
        return Ok(());
    };
    // The library names elements by their Python type here.
    let wanted = if inner.len() == 1 {
        *only
    } else if let Some(wanted) = inner.iter().find(|wanted| **wanted == head.jmespath_type()) {
        *wanted
    } else {
        return Err(wrong_type(function, head, types, head.python_type()));
    };
    match items.iter().find(|item| item.jmespath_type() != wanted) {
        Some(item) => Err(wrong_type(function, item, types, item.python_type())),
        None => Ok(()),
    }
}

fn wrong_type(function: &str, value: &Data, expected: &[&str], received: &str) -> String {
    let expected: Vec<String> = expected.iter().map(|name| format!("'{name}'")).collect();
    format!(
        "In function {function}(), invalid type for value: {}, expected one of: [{}], \
         received: \"{received}\"",
        value.python_str(),
        expected.join(", ")
    )
}

fn first(arguments: &[Data]) -> &Data {
    arguments.first().unwrap_or(&Data::Null)
}

fn second(arguments: &[Data]) -> &Data {
    arguments.get(1).unwrap_or(&Data::Null)
}

fn text(value: &Data) -> &str {
    match value {
        Data::Text(text) => text,
        _ => "",
    }
}

fn items(value: &Data) -> &[Data] {
    match value {
        Data::List(items) => items,
        _ => &[],
    }
}

fn members(value: &Data) -> &[(Rc<str>, Data)] {
    match value {
        Data::Map(members) => members,
        _ => &[],
    }
}

const fn is_null(value: &Data) -> bool {
    matches!(value, Data::Null)
}

fn apply(expression: &Data, value: &Data) -> Result<Data, String> {
    match expression {
        Data::Expression(node) => evaluate(node as &Node, value),
        _ => Ok(Data::Null),
    }
}

fn absolute(value: &Data) -> Data {
    match value {
        Data::Int(value) => Data::Int(value.saturating_abs()),
        other => Data::Float(other.to_f64().unwrap_or_default().abs()),
    }
}

fn sum(items: &[Data]) -> Data {
    let mut total = Data::Int(0);
    for item in items {
        total = match (&total, item) {
            (Data::Int(a), Data::Int(b)) => Data::Int(a.saturating_add(*b)),
            (a, b) => Data::Float(a.to_f64().unwrap_or_default() + b.to_f64().unwrap_or_default()),
        };
    }
    total
}

#[expect(clippy::cast_precision_loss, reason = "no list is as long as 2^53")]
fn average(list: &Data) -> Data {
    let items = items(list);
    if items.is_empty() {
        return Data::Null;
    }
    Data::Float(sum(items).to_f64().unwrap_or_default() / items.len() as f64)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast saturates, and no real answer reaches 2^127"
)]
fn rounded(value: &Data, round: fn(f64) -> f64) -> Result<Data, String> {
    match value {
        Data::Float(value) if value.is_nan() => Err("cannot convert float NaN to integer".into()),
        Data::Float(value) if value.is_infinite() => {
            Err("cannot convert float infinity to integer".into())
        }
        Data::Float(value) => Ok(Data::Int(round(*value) as i128)),
        other => Ok(other.clone()),
    }
}

fn contains(subject: &Data, search: &Data) -> Result<Data, String> {
    match (subject, search) {
        (Data::Text(subject), Data::Text(search)) => Ok(Data::Bool(subject.contains(&**search))),
        (Data::Text(_), other) => Err(format!(
            "'in <string>' requires string as left operand, not {}",
            other.python_type()
        )),
        (list, search) => Ok(Data::Bool(
            items(list).iter().any(|item| item.python_eq(search)),
        )),
    }
}

fn length(value: &Data) -> Data {
    let length = match value {
        Data::Text(text) => text.chars().count(),
        Data::List(items) => items.len(),
        other => members(other).len(),
    };
    Data::Int(i128::try_from(length).unwrap_or(i128::MAX))
}

fn merge(maps: &[Data]) -> Result<Data, String> {
    let mut merged = Members::new();
    for map in maps {
        match map {
            Data::Map(members) => {
                for (name, value) in members.iter() {
                    insert(&mut merged, name, value.clone());
                }
            }
            other => not_mergeable(other)?,
        }
    }
    Ok(Data::map(merged))
}

/// The error for arguments of `merge`. The library checks only the first argument; Python's `dict.update`
/// refuses the rest.
fn not_mergeable(value: &Data) -> Result<(), String> {
    let length = |length: usize| {
        format!("dictionary update sequence element #0 has length {length}; 2 is required")
    };
    match value {
        Data::Text(text) if text.is_empty() => Ok(()),
        Data::Text(_) => Err(length(1)),
        Data::List(items) => match items.first() {
            None => Ok(()),
            Some(Data::List(inner)) => Err(length(inner.len())),
            Some(Data::Map(inner)) => Err(length(inner.len())),
            Some(Data::Text(text)) => Err(length(text.chars().count())),
            Some(_) => {
                Err("cannot convert dictionary update sequence element #0 to a sequence".into())
            }
        },
        other => Err(format!("'{}' object is not iterable", other.python_type())),
    }
}

/// Python's `max()` or `min()`: the first of the greatest or smallest elements.
fn extreme(items: &[Data], sign: &str, better: fn(Ordering) -> bool) -> Result<Data, String> {
    let keyed: Vec<(Data, Data)> = items
        .iter()
        .map(|item| (item.clone(), item.clone()))
        .collect();
    extreme_keyed(keyed, sign, better)
}

fn extreme_by(
    arguments: &[Data],
    name: &str,
    sign: &str,
    better: fn(Ordering) -> bool,
) -> Result<Data, String> {
    let keyed = keyed(
        first(arguments),
        second(arguments),
        name,
        &["number", "string"],
    )?;
    extreme_keyed(keyed, sign, better)
}

fn extreme_keyed(
    keyed: Vec<(Data, Data)>,
    sign: &str,
    better: fn(Ordering) -> bool,
) -> Result<Data, String> {
    let mut keyed = keyed.into_iter();
    let Some((mut best_key, mut best)) = keyed.next() else {
        return Ok(Data::Null);
    };
    for (key, item) in keyed {
        match order(&key, &best_key) {
            None => return Err(not_supported(sign, &key, &best_key)),
            Some(Some(ordering)) if better(ordering) => (best_key, best) = (key, item),
            Some(_) => {}
        }
    }
    Ok(best)
}

/// Pairs each element with its key, which must be of an accepted type.
fn keyed(
    list: &Data,
    expression: &Data,
    function: &str,
    accepted: &[&str],
) -> Result<Vec<(Data, Data)>, String> {
    let key_of = |item: &Data| {
        let key = apply(expression, item)?;
        if accepted.contains(&key.jmespath_type()) {
            return Ok((key, item.clone()));
        }
        Err(wrong_type(function, &key, accepted, key.jmespath_type()))
    };
    items(list).iter().map(key_of).collect()
}

fn sort_by(list: &Data, expression: &Data) -> Result<Data, String> {
    let Some(head) = items(list).first() else {
        return Ok(list.clone());
    };
    let wanted = apply(expression, head)?.jmespath_type();
    if !["number", "string"].contains(&wanted) {
        return Err(wrong_type("sort_by", head, &["string", "number"], wanted));
    }
    let mut keyed = keyed(list, expression, "sort_by", &[wanted])?;
    keyed.sort_by(|(a, _), (b, _)| compare_keys(a, b));
    Ok(Data::list(
        keyed.into_iter().map(|(_, item)| item).collect(),
    ))
}

fn compare_keys(a: &Data, b: &Data) -> Ordering {
    match order(a, b) {
        Some(Some(ordering)) => ordering,
        _ => Ordering::Equal,
    }
}

fn to_number(value: &Data) -> Data {
    match value {
        number @ (Data::Int(_) | Data::Float(_)) => number.clone(),
        Data::Text(text) => python_int(text)
            .map(Data::Int)
            .or_else(|| python_float(text).map(Data::Float))
            .unwrap_or(Data::Null),
        _ => Data::Null,
    }
}

/// Parses like Python's `int()` of a string: spaces around it, a sign, digits, single underscores.
fn python_int(text: &str) -> Option<i128> {
    without_underscores(text.trim())?.parse().ok()
}

/// Parses like Python's `float()` of a string.
fn python_float(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_word = matches!(
        text.trim_start_matches(['+', '-'])
            .to_ascii_lowercase()
            .as_str(),
        "inf" | "infinity" | "nan"
    );
    let is_number = text.chars().any(|c| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "+-.eE_".contains(c));
    if is_word || is_number {
        without_underscores(text)?.parse().ok()
    } else {
        None
    }
}

/// Removes the underscores, each of which must be between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let fits = bytes
        .iter()
        .enumerate()
        .all(|(at, byte)| *byte != b'_' || (at > 0 && is_digit(at - 1) && is_digit(at + 1)));
    fits.then(|| text.replace('_', ""))
}
