//! The members of a request that its handler reads.
//!
//! A member that is read has a type. So each member is given a value of a wrong type, with all that the
//! model requires besides it: where the handler does not notice, it does not read the member. Most of
//! IAM's operations share one type for their requests; there the walk proves only that the type knows
//! the member.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hsmlab_api::model::{self, Kind, Operation, Service, ShapeId};
use serde_json::{Map, Value, json};

use super::SERVICES;
use super::bench::Bench;
use super::list::Place;

/// A step from a request to a member deep inside: the member, and the structure around its value.
type Way = Vec<(ShapeId, String)>;

/// The place where each nested structure was first seen, and the members that some operation ignores.
#[derive(Default)]
struct Nested {
    first: BTreeMap<ShapeId, (String, String)>,
    ignored: BTreeSet<(ShapeId, String)>,
}

pub(crate) fn unused() -> BTreeSet<Place> {
    SERVICES.into_iter().flat_map(of_service).collect()
}

fn of_service(name: &str) -> BTreeSet<Place> {
    let service = model::service(name).unwrap();
    let (mut unused, mut nested) = (BTreeSet::new(), Nested::default());
    let mut bench = Bench::new();
    for operation in &service.operations {
        let Some(input) = operation.input else {
            continue;
        };
        let mut walk = Walk {
            service,
            operation,
            bench: &mut bench,
        };
        for (way, shown) in walk.ignored(input, &mut nested) {
            let (shape, member) = way.last().unwrap().clone();
            if way.len() == 1 {
                unused.insert((name.to_owned(), "request", operation.name.clone(), shown));
            } else {
                nested.ignored.insert((shape, member));
            }
        }
    }
    for (shape, member) in &nested.ignored {
        let (operation, shown) = &nested.first[shape];
        unused.insert((
            name.to_owned(),
            "request",
            operation.clone(),
            format!("{shown}.{member}"),
        ));
    }
    unused
}

struct Walk<'a> {
    service: &'static Service,
    operation: &'static Operation,
    bench: &'a mut Bench,
}

impl Walk<'_> {
    /// The members that are ignored, breadth first; members below an ignored member are left out.
    fn ignored(&mut self, input: ShapeId, nested: &mut Nested) -> Vec<(Way, String)> {
        let mut ignored = Vec::new();
        let mut open: VecDeque<(Way, String, ShapeId)> =
            [(Vec::new(), String::new(), input)].into();
        let mut seen = BTreeSet::new();
        while let Some((way, shown, shape)) = open.pop_front() {
            if !seen.insert(shape) {
                continue;
            }
            if !way.is_empty() {
                let place = (self.operation.name.clone(), shown.clone());
                nested.first.entry(shape).or_insert(place);
            }
            for member in self.service.shape(shape).members() {
                let mut way = way.clone();
                way.push((shape, member.name.clone()));
                let dot = if shown.is_empty() { "" } else { "." };
                let shown = format!("{shown}{dot}{}", member.name);
                if !self.reads(input, &way, member.shape) {
                    ignored.push((way, shown));
                } else if let Some((inner, marks)) = self.structure_in(member.shape) {
                    open.push_back((way, shown + &marks, inner));
                }
            }
        }
        ignored
    }

    /// Returns the structure of a member's value, or of its list's or map's elements.
    fn structure_in(&self, shape: ShapeId) -> Option<(ShapeId, String)> {
        match &self.service.shape(shape).kind {
            Kind::Structure(_) => Some((shape, String::new())),
            Kind::List(element) | Kind::Map(_, element) => {
                let (inner, marks) = self.structure_in(*element)?;
                Some((inner, format!("[]{marks}")))
            }
            _ => None,
        }
    }

    fn reads(&mut self, input: ShapeId, way: &[(ShapeId, String)], member: ShapeId) -> bool {
        let params = self.around(input, way, &self.wrong(member));
        let refusal = self
            .bench
            .try_call(&self.service.cli_name, &self.operation.name, params);
        refusal.is_err_and(|refusal| {
            let said = |words| refusal.message.contains(words);
            said("invalid type") || said("This is not a timestamp")
        })
    }

    /// Returns a value whose type fits no interpretation of the shape.
    fn wrong(&self, shape: ShapeId) -> Value {
        match self.service.shape(shape).kind {
            Kind::Structure(_) | Kind::Map(..) => json!(true),
            _ => json!({ "Wrong": true }),
        }
    }

    /// Returns the members that the model requires, with `value` at the end of the path.
    fn around(&self, shape: ShapeId, way: &[(ShapeId, String)], value: &Value) -> Value {
        let Some(((_, name), rest)) = way.split_first() else {
            return value.clone();
        };
        match &self.service.shape(shape).kind {
            Kind::Structure(_) => {
                let Value::Object(mut object) = self.least(shape) else {
                    unreachable!()
                };
                let member = self.service.shape(shape).member(name).unwrap();
                let inner = if rest.is_empty() {
                    value.clone()
                } else {
                    self.around_in(member.shape, rest, value)
                };
                object.insert(name.clone(), inner);
                Value::Object(object)
            }
            _ => self.around_in(shape, way, value),
        }
    }

    fn around_in(&self, shape: ShapeId, way: &[(ShapeId, String)], value: &Value) -> Value {
        match &self.service.shape(shape).kind {
            Kind::List(element) => json!([self.around_in(*element, way, value)]),
            Kind::Map(_, element) => json!({ "key": self.around_in(*element, way, value) }),
            _ => self.around(shape, way, value),
        }
    }

    /// Returns the smallest value that the model accepts.
    fn least(&self, shape: ShapeId) -> Value {
        let shape = self.service.shape(shape);
        match &shape.kind {
            Kind::Structure(structure) => {
                let members = structure.required.iter().filter_map(|name| {
                    let member = shape.member(name)?;
                    Some((name.clone(), self.least(member.shape)))
                });
                Value::Object(members.collect::<Map<_, _>>())
            }
            Kind::List(element) if shape.min.unwrap_or(0) > 0 => json!([self.least(*element)]),
            Kind::List(_) => json!([]),
            Kind::Map(..) => json!({}),
            Kind::String => shape
                .enumeration
                .first()
                .map_or_else(|| "x".into(), |text| text.as_str().into()),
            Kind::Boolean => json!(false),
            Kind::Blob => "eA==".into(),
            Kind::Integer | Kind::Long | Kind::Double | Kind::Float | Kind::Timestamp => {
                shape.min.unwrap_or(1).max(1).into()
            }
        }
    }
}
