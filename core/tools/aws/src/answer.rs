//! Converts a service's answer to the form that the CLI's parser returns: timestamps in ISO 8601, floats
//! as floats, IAM's policy documents as JSON.

use serde_json::{Map, Value};

use super::ParsedCommand;
use super::output::time::iso8601;
use super::services;
use hsmlab_api::model::{Kind, Service, ShapeId};

/// Returns the answer of the command's operation, ready for `--query` and for printing. Members that the
/// model does not know stay unchanged.
#[must_use]
pub fn presented(command: &ParsedCommand, answer: Value) -> Value {
    let walk = Walk {
        service: command.service,
        wire_timestamps: command.globals.wire_timestamps,
    };
    match (command.operation.output, answer) {
        (_, Value::Null) => Value::Object(Map::new()),
        (Some(shape), answer) => walk.value(shape, answer),
        (None, answer) => answer,
    }
}

struct Walk {
    service: &'static Service,
    wire_timestamps: bool,
}

impl Walk {
    fn value(&self, shape: ShapeId, value: Value) -> Value {
        let shape = self.service.shape(shape);
        match (&shape.kind, value) {
            (Kind::Structure(_), Value::Object(members)) => {
                let present = |(name, value): (String, Value)| {
                    let value = match shape.member(&name) {
                        Some(member) => self.value(member.shape, value),
                        None => value,
                    };
                    let value = self.policy(&name, value);
                    (name, value)
                };
                Value::Object(members.into_iter().map(present).collect())
            }
            (Kind::List(element), Value::Array(items)) => items
                .into_iter()
                .map(|item| self.value(*element, item))
                .collect(),
            (Kind::Map(_, inner), Value::Object(members)) => Value::Object(
                members
                    .into_iter()
                    .map(|(name, v)| (name, self.value(*inner, v)))
                    .collect(),
            ),
            (Kind::Timestamp, Value::Number(seconds)) if !self.wire_timestamps => iso8601(&seconds),
            (Kind::Double | Kind::Float, Value::Number(number)) => {
                number.as_f64().map_or(Value::Number(number), Value::from)
            }
            (_, value) => value,
        }
    }

    /// Decodes a policy document. IAM sends it as URL-encoded JSON, and botocore decodes it.
    fn policy(&self, name: &str, value: Value) -> Value {
        if !services::is_document(&self.service.cli_name, name) {
            return value;
        }
        let read = |text: &str| serde_json::from_str::<Value>(&percent_decoded(text)).ok();
        value
            .as_str()
            .and_then(read)
            .filter(Value::is_object)
            .unwrap_or(value)
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) if *byte == b'%' => {
                bytes.push(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
