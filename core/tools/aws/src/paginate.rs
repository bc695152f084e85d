//! Pagination: joins the pages of an answer, stops after `--max-items` and resumes from
//! `--starting-token` (botocore's paginators).

mod token;

use serde_json::{Map, Value};

use super::answer::presented;
use super::errors::Failure;
use super::globals::Output;
use super::output::Style;
use super::{ParsedCommand, Service};
use hsmlab_api::model::{Kind, Paginator};
use hsmlab_jmespath::data::Data;
use hsmlab_jmespath::query::Query;
use token::Tokens;

/// Makes the calls of a command and appends its answer to `out`.
///
/// # Errors
/// The service's refusal, or a failure while the answer is printed. Earlier output is kept: with
/// `--output text` and `yaml-stream`, these are the earlier pages.
pub fn run(
    command: &ParsedCommand,
    service: &mut dyn Service,
    style: &Style,
    out: &mut String,
) -> Result<(), Failure> {
    let name = &command.operation.name;
    match &command.operation.paginator {
        Some(paginator) if !command.globals.no_paginate => {
            Pages::new(command, paginator)?.print(service, style, out)
        }
        _ => {
            let answer = call(command, service, &command.params)?;
            style
                .print(name, &Data::from(&answer), out)
                .map_err(Failure::Runtime)
        }
    }
}

/// The CLI's warning for an invalid `--max-items`. The CLI continues all the same.
#[must_use]
pub fn max_items_warning(command: &ParsedCommand) -> Option<&'static str> {
    command
        .globals
        .max_items
        .filter(|items| *items <= 0)
        .map(|_| "warning: Non-positive values for --max-items may result in undefined behavior.\n")
}

fn call(
    command: &ParsedCommand,
    service: &mut dyn Service,
    params: &Value,
) -> Result<Value, Failure> {
    service
        .call(&command.service.cli_name, &command.operation.name, params)
        .map(|answer| presented(command, answer))
        .map_err(Failure::Service)
}

struct Pages<'a> {
    command: &'a ParsedCommand,
    paginator: &'a Paginator,
    params: Map<String, Value>,
    /// The position of the current page: a value for each input token.
    position: Tokens,
    /// The number of items of the first page that an earlier command has shown.
    skip: i64,
    resume: Option<String>,
    non_aggregate: Map<String, Value>,
}

impl<'a> Pages<'a> {
    fn new(command: &'a ParsedCommand, paginator: &'a Paginator) -> Result<Self, Failure> {
        let mut params = match &command.params {
            Value::Object(params) => params.clone(),
            _ => Map::new(),
        };
        let names = &paginator.input_token;
        let mut position: Tokens = names
            .iter()
            .map(|name| (name.clone(), Value::Null))
            .collect();
        let mut skip = 0;
        if let Some(text) = &command.globals.starting_token {
            (position, skip) = token::read(text, names).map_err(Failure::Runtime)?;
            token::put(&mut params, &position);
        }
        if let (Some(size), Some(key)) = (command.globals.page_size, &paginator.limit_key) {
            let input = command.service.input(command.operation);
            let kind = input
                .member(key)
                .map(|member| &command.service.shape(member.shape).kind);
            let is_text = matches!(kind, Some(Kind::String));
            let size = if is_text {
                size.to_string().into()
            } else {
                size.into()
            };
            params.insert(key.clone(), size);
        }
        let (resume, non_aggregate) = (None, Map::new());
        Ok(Self {
            command,
            paginator,
            params,
            position,
            skip,
            resume,
            non_aggregate,
        })
    }

    fn print(
        mut self,
        service: &mut dyn Service,
        style: &Style,
        out: &mut String,
    ) -> Result<(), Failure> {
        let name = &self.command.operation.name;
        let keys = &self.paginator.result_keys;
        let mut joined = Value::Object(Map::new());
        let mut first = true;
        self.each(service, &mut |pages, page| {
            let print_page = |page: &Value, out: &mut String| {
                style
                    .print_page(name, &Data::from(page), out)
                    .map_err(Failure::Runtime)
            };
            match style.format {
                Output::Off => Ok(()),
                Output::YamlStream => print_page(page, out),
                Output::Text => {
                    let rest = if first {
                        pages.non_aggregate.clone()
                    } else {
                        Map::new()
                    };
                    first = false;
                    let mut part = Value::Object(rest);
                    for key in keys {
                        let found = search(page, key)?;
                        set(&mut part, key, found);
                    }
                    print_page(&part, out)
                }
                Output::Json | Output::Yaml | Output::Table => join(&mut joined, page, keys),
            }
        })?;
        match (style.format, &self.resume) {
            (Output::Off | Output::YamlStream, _) | (Output::Text, None) => Ok(()),
            (Output::Text, Some(token)) => {
                let line = serde_json::json!({"NextToken": {"NextToken": token}});
                style
                    .print(name, &Data::from(&line), out)
                    .map_err(Failure::Runtime)
            }
            (Output::Json | Output::Yaml | Output::Table, resume) => {
                if let Value::Object(joined) = &mut joined {
                    merge(joined, &self.non_aggregate);
                    if let Some(token) = resume {
                        joined.insert("NextToken".into(), token.as_str().into());
                    }
                }
                style
                    .print(name, &Data::from(&joined), out)
                    .map_err(Failure::Runtime)
            }
        }
    }

    /// Makes the calls and passes each page on, cut at the command's limits.
    fn each(
        &mut self,
        service: &mut dyn Service,
        take: &mut dyn FnMut(&Self, &Value) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let primary = self
            .paginator
            .result_keys
            .first()
            .map_or("", String::as_str);
        let max_items = self.command.globals.max_items;
        let mut seen = 0;
        let mut before: Option<Tokens> = None;
        let mut is_first = true;
        loop {
            let mut page = call(self.command, service, &Value::Object(self.params.clone()))?;
            let mut skipped = 0;
            if is_first {
                if self.command.globals.starting_token.is_some() {
                    skipped = self.skip;
                    self.skip_shown(&mut page, primary)?;
                }
                self.record_non_aggregate(&page)?;
                is_first = false;
            }
            let items = search(&page, primary)?;
            let count = length(&items);
            let excess = max_items.map_or(0, |max| seen + count - max);
            if excess > 0 {
                let keep = count - excess;
                set(&mut page, primary, sliced(&items, 0, Some(keep)));
                let amount = Value::from(keep + skipped);
                self.position.push(("boto_truncate_amount".into(), amount));
                self.resume = Some(token::write(&self.position, &self.paginator.input_token)?);
                return take(self, &page);
            }
            take(self, &page)?;
            seen += count;
            self.position = self.next_position(&page)?;
            if self.position.iter().all(|(_, token)| token.is_null()) {
                return Ok(());
            }
            if max_items == Some(seen) {
                self.resume = Some(token::write(&self.position, &self.paginator.input_token)?);
                return Ok(());
            }
            if before.as_ref() == Some(&self.position) {
                let token = token::repr(&self.position);
                return Err(Failure::Runtime(format!(
                    "Error during pagination: The same next token was received twice: {token}"
                )));
            }
            token::put(&mut self.params, &self.position);
            before = Some(self.position.clone());
        }
    }

    /// Removes the items that an earlier command has shown from the first page, and empties the page's
    /// other lists.
    fn skip_shown(&self, page: &mut Value, primary: &str) -> Result<(), Failure> {
        let items = search(page, primary)?;
        set(page, primary, sliced(&items, self.skip, None));
        for key in self.paginator.result_keys.iter().skip(1) {
            let emptied = match search(page, key)? {
                Value::Array(_) => Value::Array(Vec::new()),
                Value::String(_) => "".into(),
                Value::Number(number) => Value::Number(number),
                Value::Bool(value) => Value::Bool(value),
                _ => Value::Null,
            };
            set(page, key, emptied);
        }
        Ok(())
    }

    fn record_non_aggregate(&mut self, page: &Value) -> Result<(), Failure> {
        let mut part = Value::Object(Map::new());
        for key in &self.paginator.non_aggregate_keys {
            let found = search(page, key)?;
            set(&mut part, key, found);
        }
        if let Value::Object(part) = part {
            self.non_aggregate = part;
        }
        Ok(())
    }

    fn next_position(&self, page: &Value) -> Result<Tokens, Failure> {
        if let Some(more) = &self.paginator.more_results
            && !Data::from(&search(page, more)?).is_truthy()
        {
            return Ok(Tokens::new());
        }
        let names = self.paginator.input_token.iter();
        let places = self.paginator.output_token.iter();
        names
            .zip(places)
            .map(|(name, place)| {
                let found = search(page, place)?;
                let token = if Data::from(&found).is_truthy() {
                    found
                } else {
                    Value::Null
                };
                Ok((name.clone(), token))
            })
            .collect()
    }
}

fn search(page: &Value, expression: &str) -> Result<Value, Failure> {
    let query = Query::parse(expression).map_err(Failure::Runtime)?;
    let found = query.search(&Data::from(page)).map_err(Failure::Runtime)?;
    Ok(Value::from(&found))
}

/// Sets a member by its path: `Role.Policies`.
fn set(target: &mut Value, path: &str, value: Value) {
    let Value::Object(members) = target else {
        return;
    };
    match path.split_once('.') {
        Some((name, rest)) => {
            let inner = members
                .entry(name)
                .or_insert_with(|| Value::Object(Map::new()));
            set(inner, rest, value);
        }
        None => {
            members.insert(path.to_owned(), value);
        }
    }
}

fn length(value: &Value) -> i64 {
    let length = match value {
        Value::Array(items) => items.len(),
        Value::String(text) => text.chars().count(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Returns Python's `items[from:to]` of a list or a text; null for anything else.
fn sliced(items: &Value, from: i64, to: Option<i64>) -> Value {
    let length = length(items);
    let place = |at: i64| {
        let at = if at < 0 {
            (at + length).max(0)
        } else {
            at.min(length)
        };
        usize::try_from(at).unwrap_or(0)
    };
    let (from, to) = (place(from), to.map_or_else(|| place(length), place));
    let count = to.saturating_sub(from);
    match items {
        Value::Array(items) => items.iter().skip(from).take(count).cloned().collect(),
        Value::String(text) => {
            Value::String(text.chars().skip(from).take(count).collect::<String>())
        }
        _ => Value::Null,
    }
}

/// Adds a page's results to the earlier ones: joins lists and texts, and adds numbers.
fn join(joined: &mut Value, page: &Value, keys: &[String]) -> Result<(), Failure> {
    for key in keys {
        let more = search(page, key)?;
        if more.is_null() {
            continue;
        }
        let sum = match (search(joined, key)?, more) {
            (Value::Null, more) => more,
            (Value::Array(mut there), Value::Array(more)) => {
                there.extend(more);
                Value::Array(there)
            }
            (Value::String(there), Value::String(more)) => Value::String(there + &more),
            (Value::Number(there), Value::Number(more)) => added(&there, &more),
            (there, _) => there,
        };
        set(joined, key, sum);
    }
    Ok(())
}

fn added(a: &serde_json::Number, b: &serde_json::Number) -> Value {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a.saturating_add(b).into(),
        _ => (a.as_f64().unwrap_or_default() + b.as_f64().unwrap_or_default()).into(),
    }
}

fn merge(target: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (name, value) in more {
        match (target.get_mut(name), value) {
            (Some(Value::Object(there)), Value::Object(more)) => merge(there, more),
            _ => {
                target.insert(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
