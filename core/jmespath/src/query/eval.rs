//! Evaluates a `JMESPath` expression.

use std::rc::Rc;

use super::functions;
use super::parser::{Comparator, Node};
use crate::data::{Data, Members};

/// Evaluates `node` on `value`.
pub(super) fn evaluate(node: &Node, value: &Data) -> Result<Data, String> {
    Ok(match node {
        Node::Identity | Node::Current => value.clone(),
        Node::Field(name) => value.get(name).cloned().unwrap_or(Data::Null),
        Node::Literal(literal) => literal.clone(),
        Node::Chain(parts) => {
            let mut found = value.clone();
            for part in parts {
                found = evaluate(part, &found)?;
            }
            found
        }
        Node::Index(index) => element(value, *index),
        Node::Slice(parts) => slice(value, parts)?,
        Node::Projection(left, right) => match evaluate(left, value)? {
            Data::List(items) => project(items.iter(), right)?,
            _ => Data::Null,
        },
        Node::ValueProjection(left, right) => match evaluate(left, value)? {
            Data::Map(members) => project(members.iter().map(|(_, value)| value), right)?,
            _ => Data::Null,
        },
        Node::Filter(left, condition, right) => match evaluate(left, value)? {
            Data::List(items) => {
                let mut kept = Vec::new();
                for item in items.iter() {
                    if !is_false(&evaluate(condition, item)?) {
                        kept.push(evaluate(right, item)?);
                    }
                }
                kept.retain(|item| !matches!(item, Data::Null));
                Data::list(kept)
            }
            _ => Data::Null,
        },
        Node::Flatten(inner) => match evaluate(inner, value)? {
            Data::List(items) => flatten(&items),
            _ => Data::Null,
        },
        Node::Compare(comparator, left, right) => compare(
            *comparator,
            &evaluate(left, value)?,
            &evaluate(right, value)?,
        )?,
        Node::Or(left, right) => {
            let found = evaluate(left, value)?;
            if is_false(&found) {
                evaluate(right, value)?
            } else {
                found
            }
        }
        Node::And(left, right) => {
            let found = evaluate(left, value)?;
            if is_false(&found) {
                found
            } else {
                evaluate(right, value)?
            }
        }
        Node::Not(inner) => {
            let found = evaluate(inner, value)?;
            Data::Bool(!found.is_number() && !found.is_truthy())
        }
        Node::List(_) | Node::Map(_) if matches!(value, Data::Null) => Data::Null,
        Node::List(items) => Data::list(
            items
                .iter()
                .map(|item| evaluate(item, value))
                .collect::<Result<_, _>>()?,
        ),
        Node::Map(members) => {
            let mut made = Members::new();
            for (name, node) in members {
                insert(&mut made, name, evaluate(node, value)?);
            }
            Data::map(made)
        }
        Node::Call(name, arguments) => {
            let arguments: Vec<Data> = arguments
                .iter()
                .map(|argument| evaluate(argument, value))
                .collect::<Result<_, _>>()?;
            functions::call(name, &arguments)?
        }
        Node::Reference(inner) => Data::Expression(inner.clone()),
    })
}

/// Sets a member; an existing member keeps its place.
pub(super) fn insert(members: &mut Members, name: &Rc<str>, value: Data) {
    match members.iter_mut().find(|(there, _)| there == name) {
        Some((_, there)) => *there = value,
        None => members.push((name.clone(), value)),
    }
}

/// True for values that `JMESPath` treats as false: empty values, null and false, but no number.
fn is_false(value: &Data) -> bool {
    !value.is_number() && !value.is_truthy()
}

fn project<'a>(items: impl Iterator<Item = &'a Data>, right: &Node) -> Result<Data, String> {
    let mut found = Vec::new();
    for item in items {
        let value = evaluate(right, item)?;
        if !matches!(value, Data::Null) {
            found.push(value);
        }
    }
    Ok(Data::list(found))
}

fn flatten(items: &[Data]) -> Data {
    let mut flat = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Data::List(inner) => flat.extend(inner.iter().cloned()),
            other => flat.push(other.clone()),
        }
    }
    Data::list(flat)
}

fn element(value: &Data, index: i128) -> Data {
    let Data::List(items) = value else {
        return Data::Null;
    };
    let length = i128::try_from(items.len()).unwrap_or(i128::MAX);
    let at = if index < 0 {
        index.saturating_add(length)
    } else {
        index
    };
    usize::try_from(at)
        .ok()
        .and_then(|at| items.get(at))
        .cloned()
        .unwrap_or(Data::Null)
}

/// Slices a list as Python does.
fn slice(value: &Data, [start, stop, step]: &[Option<i128>; 3]) -> Result<Data, String> {
    let Data::List(items) = value else {
        return Ok(Data::Null);
    };
    let length = i128::try_from(items.len()).unwrap_or(i128::MAX);
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err("slice step cannot be zero".into());
    }
    let (lowest, highest) = if step > 0 {
        (0, length)
    } else {
        (-1, length - 1)
    };
    let bound = |given: Option<i128>, default: i128| match given {
        None => default,
        Some(at) if at < 0 => at.saturating_add(length).max(lowest),
        Some(at) => at.min(highest),
    };
    let (mut at, stop) = if step > 0 {
        (bound(*start, lowest), bound(*stop, highest))
    } else {
        (bound(*start, highest), bound(*stop, lowest))
    };
    let mut taken = Vec::new();
    while if step > 0 { at < stop } else { at > stop } {
        taken.extend(
            usize::try_from(at)
                .ok()
                .and_then(|at| items.get(at))
                .cloned(),
        );
        at = at.saturating_add(step);
    }
    Ok(Data::list(taken))
}

fn compare(comparator: Comparator, left: &Data, right: &Data) -> Result<Data, String> {
    let ordered = |sign: &str, holds: fn(std::cmp::Ordering) -> bool| {
        let comparable = |value: &Data| value.is_number() || matches!(value, Data::Text(_));
        if !comparable(left) || !comparable(right) {
            return Ok(Data::Null);
        }
        match order(left, right) {
            Some(ordering) => Ok(Data::Bool(ordering.is_some_and(holds))),
            None => Err(not_supported(sign, left, right)),
        }
    };
    match comparator {
        Comparator::Equal => Ok(Data::Bool(equals(left, right))),
        Comparator::NotEqual => Ok(Data::Bool(!equals(left, right))),
        Comparator::Less => ordered("<", std::cmp::Ordering::is_lt),
        Comparator::LessOrEqual => ordered("<=", std::cmp::Ordering::is_le),
        Comparator::Greater => ordered(">", std::cmp::Ordering::is_gt),
        Comparator::GreaterOrEqual => ordered(">=", std::cmp::Ordering::is_ge),
    }
}

/// Compares for equality; here 0 and 1 do not equal false and true.
fn equals(left: &Data, right: &Data) -> bool {
    let is_mixed =
        |number: &Data, other: &Data| number.is_number() && matches!(other, Data::Bool(_));
    !is_mixed(left, right) && !is_mixed(right, left) && left.python_eq(right)
}

/// Compares two numbers or two strings (the inner `None`: a NaN); `None` for a mixture.
pub(super) fn order(left: &Data, right: &Data) -> Option<Option<std::cmp::Ordering>> {
    match (left, right) {
        (Data::Text(left), Data::Text(right)) => Some(Some(left.cmp(right))),
        (Data::Int(left), Data::Int(right)) => Some(Some(left.cmp(right))),
        (left, right) if left.is_number() && right.is_number() => {
            Some(left.to_f64().partial_cmp(&right.to_f64()))
        }
        _ => None,
    }
}

/// Python's message for two types that cannot be ordered.
pub(super) fn not_supported(sign: &str, left: &Data, right: &Data) -> String {
    let (left, right) = (left.python_type(), right.python_type());
    format!("'{sign}' not supported between instances of '{left}' and '{right}'")
}
