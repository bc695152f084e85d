//! One service: from botocore's JSON to the lab's types.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hsmlab_api::model::{
    Acceptor, ErrorInfo, Kind, Matcher, Member, Operation, Paginator, Protocol, Service, Shape,
    ShapeId, Structure, Waiter, WaiterState, xform_name,
};
use serde_json::{Map, Value};

use super::read_json;
use super::selection::Chosen;

/// Enumerations with more values than this are omitted: no learner reads them.
const ENUMERATION_MAX: usize = 40;

/// Converts one service.
pub(crate) fn convert(data: &Path, chosen: &Chosen) -> Result<Service, String> {
    let model = read_json(data, &chosen.name, "service-2")?.ok_or("no service-2.json")?;
    let paginators = read_json(data, &chosen.name, "paginators-1")?.unwrap_or_default();
    let waiters = read_json(data, &chosen.name, "waiters-2")?.unwrap_or_default();
    let mut shapes = Shapes {
        source: object(&model, "shapes")?,
        ids: BTreeMap::new(),
        done: Vec::new(),
    };
    let mut operations = Vec::new();
    let mut commands = BTreeSet::new();
    for (name, operation) in object(&model, "operations")? {
        commands.insert(xform_name(name));
        if !chosen.operations.is_empty() && !chosen.operations.contains(name) {
            continue;
        }
        let mut converted = Operation {
            name: name.clone(),
            cli_name: xform_name(name),
            input: shapes.named_in(operation, "input")?,
            output: shapes.named_in(operation, "output")?,
            ..Operation::default()
        };
        for error in operation["errors"].as_array().into_iter().flatten() {
            converted.errors.push(shapes.id(text(error, "shape")?)?);
        }
        converted.paginator = paginators["pagination"]
            .get(name)
            .map(paginator)
            .transpose()?;
        operations.push(converted);
    }
    let missing: Vec<&String> = chosen
        .operations
        .iter()
        .filter(|name| !operations.iter().any(|operation| &operation.name == *name))
        .collect();
    if !missing.is_empty() {
        return Err(format!("{} has no {missing:?}", chosen.name));
    }
    let waiters = all_waiters(&waiters, &operations)?;
    if !waiters.is_empty() || read_json(data, &chosen.name, "waiters-2")?.is_some() {
        commands.insert("wait".to_owned());
    }
    commands.insert("help".to_owned());
    let metadata = &model["metadata"];
    let prefix = text(metadata, "endpointPrefix")?;
    Ok(Service {
        cli_name: chosen.name.clone(),
        id: text(metadata, "serviceId")?.to_owned(),
        full_name: text(metadata, "serviceFullName")?.to_owned(),
        api_version: text(metadata, "apiVersion")?.to_owned(),
        endpoint_prefix: prefix.to_owned(),
        global_endpoint: optional(metadata, "globalEndpoint"),
        signing_name: optional(metadata, "signingName").unwrap_or_else(|| prefix.to_owned()),
        protocol: protocol(metadata),
        target_prefix: optional(metadata, "targetPrefix"),
        offered: chosen.offered,
        operations,
        shapes: shapes.done,
        waiters,
        commands: chosen.changes.apply(commands),
    })
}

fn protocol(metadata: &Value) -> Protocol {
    match metadata["protocol"].as_str() {
        Some("ec2") => Protocol::Ec2,
        Some("query") => Protocol::Query,
        _ => Protocol::Json,
    }
}

/// The shapes reached so far.
struct Shapes<'a> {
    source: &'a Map<String, Value>,
    ids: BTreeMap<String, ShapeId>,
    done: Vec<Shape>,
}

impl Shapes<'_> {
    fn named_in(&mut self, operation: &Value, key: &str) -> Result<Option<ShapeId>, String> {
        operation
            .get(key)
            .map(|reference| self.id(text(reference, "shape")?))
            .transpose()
    }

    fn id(&mut self, name: &str) -> Result<ShapeId, String> {
        if let Some(id) = self.ids.get(name) {
            return Ok(*id);
        }
        let id = ShapeId(u16::try_from(self.done.len()).map_err(|error| error.to_string())?);
        self.ids.insert(name.to_owned(), id);
        self.done.push(Shape::default());
        let source = self
            .source
            .get(name)
            .ok_or_else(|| format!("no shape {name}"))?;
        let mut shape = Shape {
            kind: self.kind(name, source)?,
            min: number(source, "min"),
            max: number(source, "max"),
            pattern: optional(source, "pattern"),
            sensitive: source["sensitive"] == true,
            ..Shape::default()
        };
        shape.enumeration = texts(&source["enum"]);
        if shape.enumeration.len() > ENUMERATION_MAX {
            shape.sample = shape.enumeration.first().cloned();
            shape.enumeration.clear();
        }
        if let Some(place) = self.done.get_mut(usize::from(id.0)) {
            *place = shape;
        }
        Ok(id)
    }

    fn kind(&mut self, name: &str, source: &Value) -> Result<Kind, String> {
        Ok(match text(source, "type")? {
            "structure" => Kind::Structure(self.structure(name, source)?),
            "list" => {
                let element_name = text(&source["member"], "shape")?;
                let element = self.id(element_name)?;
                match self.done.get_mut(usize::from(element.0)) {
                    Some(shape) if shape.kind == Kind::String => {
                        shape.name = Some(element_name.to_owned());
                    }
                    _ => {}
                }
                Kind::List(element)
            }
            "map" => Kind::Map(
                self.id(text(&source["key"], "shape")?)?,
                self.id(text(&source["value"], "shape")?)?,
            ),
            "string" | "character" => Kind::String,
            "integer" => Kind::Integer,
            "long" => Kind::Long,
            "double" => Kind::Double,
            "float" => Kind::Float,
            "boolean" => Kind::Boolean,
            "timestamp" => Kind::Timestamp,
            "blob" => Kind::Blob,
            other => return Err(format!("{name}: a shape of type {other}")),
        })
    }

    fn structure(&mut self, name: &str, source: &Value) -> Result<Structure, String> {
        let mut structure = Structure {
            required: texts(&source["required"]),
            union: source["union"] == true,
            ..Structure::default()
        };
        if source["exception"] == true {
            let error = &source["error"];
            structure.error = Some(ErrorInfo {
                code: optional(error, "code").unwrap_or_else(|| name.to_owned()),
                status: number(error, "httpStatusCode")
                    .and_then(|status| u16::try_from(status).ok()),
            });
        }
        for (member_name, member) in object(source, "members")? {
            structure.members.push(Member {
                name: member_name.clone(),
                shape: self.id(text(member, "shape")?)?,
                idempotency_token: member["idempotencyToken"] == true,
            });
        }
        Ok(structure)
    }
}

fn paginator(source: &Value) -> Result<Paginator, String> {
    Ok(Paginator {
        input_token: one_or_more(&source["input_token"]),
        output_token: one_or_more(&source["output_token"]),
        limit_key: optional(source, "limit_key"),
        result_keys: one_or_more(&source["result_key"]),
        more_results: optional(source, "more_results"),
        non_aggregate_keys: texts(&source["non_aggregate_keys"]),
    })
}

/// The waiters that poll one of `operations`.
fn all_waiters(source: &Value, operations: &[Operation]) -> Result<Vec<Waiter>, String> {
    let mut waiters = Vec::new();
    for (name, waiter) in source["waiters"].as_object().into_iter().flatten() {
        let operation = text(waiter, "operation")?;
        if !operations.iter().any(|known| known.name == operation) {
            continue;
        }
        let mut acceptors = Vec::new();
        for acceptor in waiter["acceptors"].as_array().into_iter().flatten() {
            acceptors.push(Acceptor {
                matcher: serde_json::from_value::<Matcher>(acceptor["matcher"].clone())
                    .map_err(|error| format!("{name}: {error}"))?,
                argument: optional(acceptor, "argument"),
                expected: acceptor["expected"].clone(),
                state: serde_json::from_value::<WaiterState>(acceptor["state"].clone())
                    .map_err(|error| format!("{name}: {error}"))?,
            });
        }
        waiters.push(Waiter {
            name: name.clone(),
            cli_name: xform_name(name),
            operation: operation.to_owned(),
            delay_s: number(waiter, "delay")
                .and_then(|value| u32::try_from(value).ok())
                .unwrap_or(15),
            max_attempts: number(waiter, "maxAttempts")
                .and_then(|value| u32::try_from(value).ok())
                .unwrap_or(40),
            acceptors,
        });
    }
    waiters.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(waiters)
}

fn object<'a>(value: &'a Value, key: &str) -> Result<&'a Map<String, Value>, String> {
    value
        .get(key)
        .and_then(Value::as_object)
        .ok_or_else(|| format!("no object {key}"))
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, String> {
    value
        .get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("no text {key}"))
}

fn optional(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn number(value: &Value, key: &str) -> Option<i64> {
    let value = value.get(key)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "limits in models are small"
    )]
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))
}

fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn one_or_more(value: &Value) -> Vec<String> {
    match value.as_str() {
        Some(text) => vec![text.to_owned()],
        None => texts(value),
    }
}
