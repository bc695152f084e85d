//! The possible members of answers: those seen in the answers of some scenarios that together call every
//! operation.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hsmlab_api::model::{self, Kind, Service, ShapeId};
use serde_json::Value;

use super::bench::Bench;
use super::list::Place;
use super::{SERVICES, blocks, compute, identity, networks, routes, walls};

/// The structures seen, and the members of each.
type Seen = BTreeMap<ShapeId, BTreeSet<String>>;

pub(crate) fn unused() -> BTreeSet<Place> {
    let mut bench = Bench::new();
    networks::play(&mut bench);
    routes::play(&mut bench);
    compute::play(&mut bench);
    walls::play(&mut bench);
    identity::play(&mut bench);
    blocks::play(&mut bench);
    SERVICES
        .into_iter()
        .flat_map(|name| of_service(model::service(name).unwrap(), &bench))
        .collect()
}

fn of_service(service: &'static Service, bench: &Bench) -> BTreeSet<Place> {
    let mut seen = Seen::new();
    let mut called = BTreeSet::new();
    for (_, name, answer) in bench
        .answers
        .iter()
        .filter(|(own, ..)| *own == service.cli_name)
    {
        // Some handlers exist for operations that the models do not have yet.
        let Some(operation) = service.operation(name) else {
            continue;
        };
        called.insert(name.as_str());
        match operation.output {
            Some(output) => note(service, output, answer, name, &mut seen),
            None => assert!(
                answer.as_object().is_some_and(serde_json::Map::is_empty),
                "{name}"
            ),
        }
    }
    let uncalled: Vec<&str> = service
        .operations
        .iter()
        .map(|operation| operation.name.as_str())
        .filter(|name| !called.contains(name))
        .collect();
    assert!(
        uncalled.is_empty(),
        "no scenario calls {uncalled:?} of {}",
        service.cli_name
    );

    let places = places(service, &seen);
    let mut unused = BTreeSet::new();
    for (shape, names) in &seen {
        let (operation, way) = &places[shape];
        for member in service.shape(*shape).members() {
            if !names.contains(&member.name) {
                let member = format!("{way}{}", member.name);
                unused.insert((
                    service.cli_name.clone(),
                    "answer",
                    operation.clone(),
                    member,
                ));
            }
        }
    }
    unused
}

/// Records which members of which structure an answer has. A member that the model lacks would be dropped
/// on the way to the caller, so no handler may answer it.
fn note(service: &Service, shape: ShapeId, answer: &Value, at: &str, seen: &mut Seen) {
    match (&service.shape(shape).kind, answer) {
        (Kind::Structure(_), Value::Null) => drop(seen.entry(shape).or_default()),
        (Kind::Structure(_), Value::Object(object)) => {
            seen.entry(shape).or_default();
            for (name, value) in object {
                let at = format!("{at}.{name}");
                let member = service.shape(shape).member(name);
                let member = member.unwrap_or_else(|| panic!("{at} is not in the model"));
                if value.is_null() {
                    continue;
                }
                seen.entry(shape).or_default().insert(name.clone());
                note(service, member.shape, value, &at, seen);
            }
        }
        (Kind::List(element), Value::Array(values)) => {
            for value in values {
                note(service, *element, value, &format!("{at}[]"), seen);
            }
        }
        (Kind::Map(_, element), Value::Object(object)) => {
            for value in object.values() {
                note(service, *element, value, &format!("{at}[]"), seen);
            }
        }
        (Kind::Timestamp, Value::Number(_) | Value::String(_))
        | (Kind::Integer | Kind::Long | Kind::Double | Kind::Float, Value::Number(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::String | Kind::Blob, Value::String(_)) => {}
        // The CLI shows policy documents as their JSON.
        (Kind::String, Value::Object(_)) if at.ends_with("Document") => {}
        (kind, other) => panic!("{at}: {other} is not {kind:?}"),
    }
}

/// The shortest path to each structure seen, from the first operation that leads to it.
fn places(service: &Service, seen: &Seen) -> BTreeMap<ShapeId, (String, String)> {
    let mut places = BTreeMap::new();
    let outputs = service.operations.iter().filter_map(|operation| {
        let output = operation
            .output
            .filter(|output| seen.contains_key(output))?;
        Some((output, operation.name.clone(), String::new()))
    });
    let mut open: VecDeque<(ShapeId, String, String)> = outputs.collect();
    while let Some((shape, operation, way)) = open.pop_front() {
        let inner = match &service.shape(shape).kind {
            Kind::Structure(_) if !seen.contains_key(&shape) || places.contains_key(&shape) => {
                continue;
            }
            Kind::Structure(_) => {
                places.insert(shape, (operation.clone(), way.clone()));
                let members = service.shape(shape).members().iter();
                members
                    .map(|member| (member.shape, format!("{way}{}.", member.name)))
                    .collect()
            }
            Kind::List(element) | Kind::Map(_, element) => {
                vec![(*element, format!("{}[].", way.trim_end_matches('.')))]
            }
            _ => continue,
        };
        open.extend(
            inner
                .into_iter()
                .map(|(shape, way)| (shape, operation.clone(), way)),
        );
    }
    places
}
