//! JSON: converts the output of `cloudhsm-cli` and `aws` to objects, and objects to JSON.

use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::{Cmdlet, Output, Parameter};
use crate::call::Call;
use crate::run::Shell;
use crate::value::{Record, Value, View};

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet {
        name: "ConvertFrom-Json",
        parameters: &[Parameter::at("InputObject").must().piped()],
        run: from_json,
    },
    Cmdlet {
        name: "ConvertTo-Json",
        parameters: &[
            Parameter::at("InputObject").must().piped(),
            Parameter::one("Depth", &[]),
            Parameter::switch("Compress", &[]),
        ],
        run: to_json,
    },
];

fn from_json(_: &mut Shell<'_, '_>, call: &Call) -> Output {
    let values = match call.value("InputObject") {
        Some(value) => value.clone().items(),
        None => call.input.clone().unwrap_or_default(),
    };
    let lines: Vec<String> = values.iter().map(Value::text).collect();
    match serde_json::from_str::<Json>(&lines.join("\n")) {
        Ok(json) => Ok(vec![object(&json)]),
        Err(_) => Err(call.failure(
            "Invalid JSON primitive: the text is no JSON.",
            "NotSpecified",
            ("", ""),
            "ArgumentException",
            "System.ArgumentException",
        )),
    }
}

fn object(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => number
            .as_i64()
            .map_or_else(|| number.to_string().into(), Value::Int),
        Json::String(text) => text.as_str().into(),
        Json::Array(all) => Value::List(all.iter().map(object).collect()),
        Json::Object(map) => {
            let fields: Vec<(String, Value)> = map
                .iter()
                .map(|(name, value)| (name.clone(), object(value)))
                .collect();
            let text: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name}={}", value.text()))
                .collect();
            Value::Record(Rc::new(Record {
                kind: "System.Management.Automation.PSCustomObject",
                text: format!("@{{{}}}", text.join("; ")),
                fields,
                view: View::List,
            }))
        }
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(number) => Json::from(*number),
        Value::List(all) => all.iter().map(json).collect(),
        Value::Bytes(bytes) => bytes.iter().copied().map(Json::from).collect(),
        Value::Record(record) => Json::Object(
            record
                .fields
                .iter()
                .map(|(name, value)| (name.clone(), json(value)))
                .collect::<Map<String, Json>>(),
        ),
        Value::Text(_) | Value::Block(_) => Json::String(value.text()),
    }
}

fn to_json(_: &mut Shell<'_, '_>, call: &Call) -> Output {
    let values = match call.value("InputObject") {
        Some(value) => value.clone(),
        None => Value::from_items(call.input.clone().unwrap_or_default()),
    };
    let json = json(&values);
    let text = if call.flag("Compress") {
        serde_json::to_string(&json)
    } else {
        serde_json::to_string_pretty(&json)
    };
    Ok(vec![text.unwrap_or_default().into()])
}
