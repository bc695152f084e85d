//! `--generate-cli-skeleton`: an example of an operation's parameters or answer, from its shapes.

use serde_json::{Map, Value};

use hsmlab_api::model::{Kind, Operation, Service, Shape, ShapeId};

/// Returns the parameters of an operation with empty values, as the CLI prints them.
#[must_use]
pub fn input_json(service: &Service, operation: &Operation) -> String {
    let skeleton = match operation.input {
        Some(input) => Builder {
            service,
            member_names: false,
            stack: Vec::new(),
        }
        .value(input, ""),
        None => Value::Object(Map::new()),
    };
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Writing to memory does not fail.
    let _ = serde::Serialize::serialize(&skeleton, &mut serializer);
    String::from_utf8_lossy(&bytes).into_owned() + "\n"
}

/// Returns an answer of an operation in which each text is its member's name.
#[must_use]
pub fn output(service: &Service, operation: &Operation) -> Value {
    match operation.output {
        Some(output) => Builder {
            service,
            member_names: true,
            stack: Vec::new(),
        }
        .value(output, ""),
        None => Value::Object(Map::new()),
    }
}

struct Builder<'a> {
    service: &'a Service,
    member_names: bool,
    stack: Vec<ShapeId>,
}

impl Builder<'_> {
    fn value(&mut self, id: ShapeId, name: &str) -> Value {
        self.stack.push(id);
        let shape = self.service.shape(id);
        let value = match &shape.kind {
            Kind::Structure(structure) => {
                let mut map = Map::new();
                if self.stack.iter().filter(|each| **each == id).count() <= 1 {
                    for member in &structure.members {
                        let value = self.value(member.shape, &member.name);
                        map.insert(member.name.clone(), value);
                    }
                }
                Value::Object(map)
            }
            Kind::List(element) => {
                let name = self
                    .service
                    .shape(*element)
                    .name
                    .clone()
                    .unwrap_or_default();
                Value::Array(vec![self.value(*element, &name)])
            }
            Kind::Map(_, value) => {
                let mut map = Map::new();
                map.insert("KeyName".into(), self.value(*value, ""));
                Value::Object(map)
            }
            Kind::String if self.member_names => Value::String(name.to_owned()),
            Kind::String => Value::String(first_choice(shape).to_owned()),
            Kind::Integer | Kind::Long => Value::from(0),
            Kind::Double | Kind::Float => Value::from(0.0),
            Kind::Boolean => Value::Bool(true),
            Kind::Timestamp => Value::String("1970-01-01T00:00:00".into()),
            Kind::Blob => Value::Null,
        };
        self.stack.pop();
        value
    }
}

fn first_choice(shape: &Shape) -> &str {
    match &shape.sample {
        Some(sample) => sample,
        None => shape
            .enumeration
            .first()
            .map(String::as_str)
            .unwrap_or_default(),
    }
}

/// Returns the parameters of an operation as YAML, with a comment about each member.
#[must_use]
pub fn input_yaml(service: &Service, operation: &Operation) -> String {
    let Some(input) = operation.input else {
        return "{}\n".into();
    };
    let mut writer = YamlWriter {
        service,
        operation,
        stack: Vec::new(),
        text: String::new(),
        first: false,
    };
    if service.shape(input).members().is_empty() {
        return "{}\n".into();
    }
    writer.structure(input, 0, "", false);
    writer.text
}

struct YamlWriter<'a> {
    service: &'a Service,
    operation: &'a Operation,
    stack: Vec<ShapeId>,
    text: String,
    first: bool,
}

impl YamlWriter<'_> {
    /// Writes the members of a structure; `in_item` means that the first follows a `- `.
    fn structure(&mut self, id: ShapeId, indent: usize, path: &str, in_item: bool) {
        self.stack.push(id);
        let shape = self.service.shape(id);
        for (index, member) in shape.members().iter().enumerate() {
            if index > 0 || !in_item {
                self.text.push_str(&" ".repeat(indent));
            }
            let path = if path.is_empty() {
                member.name.clone()
            } else {
                format!("{path}.{}", member.name)
            };
            let comment = self.comment(&path, member.shape, shape.is_required(&member.name));
            self.text.push_str(&member.name);
            self.text.push(':');
            self.first = index == 0;
            self.member(member.shape, indent, &path, &comment);
        }
        self.stack.pop();
    }

    fn member(&mut self, id: ShapeId, indent: usize, path: &str, comment: &str) {
        let shape = self.service.shape(id);
        match &shape.kind {
            Kind::Structure(_) if self.is_empty(id) => self.line(" {}", comment),
            Kind::Structure(_) => {
                self.line(" ", comment);
                self.structure(id, indent + 2, path, false);
            }
            Kind::List(element) => {
                self.line(" ", comment);
                self.text.push_str(&" ".repeat(indent));
                self.text.push_str("- ");
                self.element(*element, indent + 2, path);
            }
            Kind::Map(_, value) => {
                self.line(" ", comment);
                self.text.push_str(&" ".repeat(indent + 2));
                self.text.push_str("KeyName:");
                self.member(*value, indent + 2, path, "");
            }
            _ => {
                let scalar = format!(" {}", scalar(shape));
                self.line(&scalar, comment);
            }
        }
    }

    fn element(&mut self, id: ShapeId, indent: usize, path: &str) {
        let shape = self.service.shape(id);
        match &shape.kind {
            Kind::Structure(_) if self.is_empty(id) => self.text.push_str("{}\n"),
            Kind::Structure(_) => self.structure(id, indent, path, true),
            Kind::List(element) => {
                self.text.push_str("- ");
                self.element(*element, indent + 2, path);
            }
            Kind::Map(_, value) => {
                self.text.push_str("KeyName:");
                self.member(*value, indent, path, "");
            }
            _ => {
                let scalar = scalar(shape);
                self.text.push_str(&scalar);
                self.text.push('\n');
            }
        }
    }

    /// True for a structure without members, and for one that contains itself.
    fn is_empty(&self, id: ShapeId) -> bool {
        self.service.shape(id).members().is_empty() || self.stack.contains(&id)
    }

    fn line(&mut self, value: &str, comment: &str) {
        if comment.is_empty() {
            self.text.push_str(value.trim_end());
        } else {
            self.text.push_str(value.trim_end());
            // The first comment of a map is one column further right.
            self.text.push_str(if self.first { "  # " } else { " # " });
            self.text.push_str(comment);
        }
        self.text.push('\n');
    }

    fn comment(&self, path: &str, id: ShapeId, required: bool) -> String {
        let mut parts = Vec::new();
        if required {
            parts.push("[REQUIRED]".to_owned());
        }
        let top = path.split('.').next_back().unwrap_or(path);
        if let Some(text) =
            super::help_texts::member(&self.service.cli_name, &self.operation.cli_name, top)
        {
            parts.push(text.to_owned());
        }
        let choices = &self.service.shape(id).enumeration;
        if !choices.is_empty() {
            parts.push(format!("Valid values are: {}.", choices.join(", ")));
        }
        parts.join(" ")
    }
}

fn scalar(shape: &Shape) -> String {
    match shape.kind {
        Kind::Integer | Kind::Long => "0".into(),
        Kind::Double | Kind::Float => "0.0".into(),
        Kind::Boolean => "true".into(),
        Kind::Timestamp => "1970-01-01 00:00:00".into(),
        Kind::Blob => "!!binary ''".into(),
        _ => match first_choice(shape) {
            "" => "''".into(),
            choice if choice.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
                format!("'{choice}'")
            }
            choice => choice.to_owned(),
        },
    }
}
