//! Answers in the order of the model.

use serde_json::{Map, Value};

use hsmlab_api::model::{Kind, Operation, Service, ShapeId};

/// Returns an operation's answer with its members in the model's order, without nulls and without
/// members that are not in the model.
pub(super) fn in_order(service: &Service, operation: &Operation, answer: Value) -> Value {
    match operation.output {
        Some(output) => ordered(service, output, answer),
        None => Value::Object(Map::new()),
    }
}

fn ordered(service: &Service, id: ShapeId, value: Value) -> Value {
    match (&service.shape(id).kind, value) {
        (Kind::Structure(structure), Value::Object(mut given)) => {
            let mut members = Map::new();
            for member in &structure.members {
                if let Some(value) = given.remove(&member.name).filter(|value| !value.is_null()) {
                    members.insert(member.name.clone(), ordered(service, member.shape, value));
                }
            }
            Value::Object(members)
        }
        // An operation with an empty answer: its handler may return null.
        (Kind::Structure(_), Value::Null) => Value::Object(Map::new()),
        (Kind::List(element), Value::Array(items)) => items
            .into_iter()
            .map(|item| ordered(service, *element, item))
            .collect(),
        (Kind::Map(_, inner), Value::Object(entries)) => Value::Object(
            entries
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, ordered(service, *inner, value)))
                .collect(),
        ),
        (_, value) => value,
    }
}
