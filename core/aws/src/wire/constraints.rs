//! The checks of parameters against the service model, and AWS's wording of failures: patterns,
//! lengths, ranges and enumerations. All failures are reported together.

use regex_lite::Regex;
use serde_json::Value;

use hsmlab_api::ServiceError;
use hsmlab_api::model::{Kind, Operation, Protocol, Service, Shape, ShapeId};

/// The most failures that a message lists (seen on AWS: the count includes all).
const NAMED_MAX: usize = 10;

/// Checks the parameters of a call; `code` is the error code of failures. EC2's handlers have their own checks and words, except for the
/// values of enumerations, which are checked here.
///
/// # Errors
/// The service's refusal with all failures.
pub(super) fn check(
    code: &str,
    service: &Service,
    operation: &Operation,
    params: &Value,
) -> Result<(), ServiceError> {
    let Some(input) = operation.input else {
        return Ok(());
    };
    if service.protocol == Protocol::Ec2 {
        return enumerations(service, input, params);
    }
    let mut walk = Walk {
        service,
        failures: Vec::new(),
        wrong_type: None,
    };
    walk.value(input, params, "");
    if let Some(message) = walk.wrong_type {
        return Err(refusal("SerializationException", message));
    }
    if walk.failures.is_empty() {
        return Ok(());
    }
    let count = walk.failures.len();
    let plural = if count == 1 { "" } else { "s" };
    walk.failures.truncate(NAMED_MAX);
    let message = format!(
        "{count} validation error{plural} detected: {}",
        walk.failures.join("; ")
    );
    Err(refusal(code, message))
}

/// EC2's words for a value that is not in its model. The handlers have other words for
/// [`WORDED_ELSEWHERE`].
fn enumerations(service: &Service, input: ShapeId, params: &Value) -> Result<(), ServiceError> {
    let (Kind::Structure(structure), Value::Object(given)) = (&service.shape(input).kind, params)
    else {
        return Ok(());
    };
    for member in &structure.members {
        let shape = service.shape(member.shape);
        let Some(Value::String(text)) = given.get(&member.name) else {
            continue;
        };
        let known = shape.enumeration.is_empty() || shape.enumeration.contains(text);
        if !known && !WORDED_ELSEWHERE.contains(&member.name.as_str()) {
            let name = lower_first(&member.name);
            return Err(ServiceError {
                code: "InvalidParameterValue".into(),
                message: format!("Value ({text}) for parameter {name} is invalid."),
                http_status: 400,
                remedy: format!("Choose one of: {}.", shape.enumeration.join(", ")),
            });
        }
    }
    Ok(())
}

const WORDED_ELSEWHERE: [&str; 5] = [
    "Attribute",
    "InstanceInitiatedShutdownBehavior",
    "InstanceType",
    "Protocol",
    "RuleAction",
];

fn refusal(code: &str, message: String) -> ServiceError {
    ServiceError {
        code: code.to_owned(),
        message,
        http_status: 400,
        remedy: "Correct the values that the message lists; it also shows the rule for each. Add \
             'help' after the operation to see all rules."
            .into(),
    }
}

struct Walk<'a> {
    service: &'a Service,
    failures: Vec<String>,
    wrong_type: Option<String>,
}

impl Walk<'_> {
    fn value(&mut self, id: ShapeId, value: &Value, path: &str) {
        let shape = self.service.shape(id);
        match (&shape.kind, value) {
            (Kind::Structure(structure), Value::Object(given)) => {
                for name in &structure.required {
                    if given.get(name).is_none_or(Value::is_null) {
                        let path = joined(path, &lower_first(name));
                        self.failures.push(format!(
                            "Value null at '{path}' failed to satisfy constraint: Member must not be null"
                        ));
                    }
                }
                for member in &structure.members {
                    if let Some(value) = given.get(&member.name).filter(|value| !value.is_null()) {
                        self.value(
                            member.shape,
                            value,
                            &joined(path, &lower_first(&member.name)),
                        );
                    }
                }
            }
            (Kind::List(element), Value::Array(items)) => self.list(shape, *element, items, path),
            (Kind::Map(key, inner), Value::Object(entries)) => {
                self.length(shape, entries.len(), value, path);
                self.keys(*key, entries.keys(), value, path);
                for (key, value) in entries {
                    self.value(*inner, value, &joined(path, &format!("{key}.member")));
                }
            }
            (Kind::Integer | Kind::Long | Kind::Double | Kind::Float, Value::Number(_))
            | (Kind::String | Kind::Blob, Value::String(_))
            | (Kind::Timestamp, Value::Number(_) | Value::String(_))
            | (Kind::Boolean, Value::Bool(_)) => self.scalar(shape, value, path),
            _ => self.wrong_type(shape, value),
        }
    }

    /// Guess: the words for a value of another JSON type, as AWS's JSON services have them.
    fn wrong_type(&mut self, shape: &Shape, value: &Value) {
        let found = match value {
            Value::Null => "NULL_VALUE",
            Value::Bool(true) => "TRUE_VALUE",
            Value::Bool(false) => "FALSE_VALUE",
            Value::Number(_) => "NUMBER_VALUE",
            Value::String(_) => "STRING_VALUE",
            Value::Array(_) => "START_ARRAY",
            Value::Object(_) => "START_OBJECT",
        };
        let wanted = match shape.kind {
            Kind::Integer => "an Integer",
            Kind::Long => "a Long",
            Kind::Boolean => "a Boolean",
            Kind::String => "a String",
            _ => "the member's type",
        };
        self.wrong_type
            .get_or_insert_with(|| format!("{found} can not be converted to {wanted}"));
    }

    fn list(&mut self, shape: &Shape, element: ShapeId, items: &[Value], path: &str) {
        let whole = Value::Array(items.to_vec());
        self.length(shape, items.len(), &whole, path);
        let element_shape = self.service.shape(element);
        if element_shape.is_complex() {
            for (index, item) in items.iter().enumerate() {
                self.value(element, item, &format!("{path}.{}.member", index + 1));
            }
            return;
        }
        let mut inner = Walk {
            service: self.service,
            failures: Vec::new(),
            wrong_type: None,
        };
        for item in items {
            inner.value(element, item, path);
        }
        self.wrong_type = self.wrong_type.take().or(inner.wrong_type);
        if !inner.failures.is_empty() {
            let rules = rules(element_shape).join(", ");
            self.fail(
                &whole,
                path,
                &format!("Member must satisfy constraint: [{rules}]"),
                false,
            );
        }
    }

    fn keys<'k>(
        &mut self,
        key: ShapeId,
        keys: impl Iterator<Item = &'k String>,
        map: &Value,
        path: &str,
    ) {
        let mut inner = Walk {
            service: self.service,
            failures: Vec::new(),
            wrong_type: None,
        };
        for name in keys {
            inner.value(key, &Value::String(name.clone()), path);
        }
        if !inner.failures.is_empty() {
            let rules = rules(self.service.shape(key)).join(", ");
            self.fail(
                map,
                path,
                &format!("Map keys must satisfy constraint: [{rules}]"),
                false,
            );
        }
    }

    fn scalar(&mut self, shape: &Shape, value: &Value, path: &str) {
        match value {
            Value::String(text) => {
                let hidden = shape.sensitive;
                if let Some(pattern) = shape
                    .pattern
                    .as_ref()
                    .filter(|pattern| !fits(pattern, text))
                {
                    let rule = format!("Member must satisfy regular expression pattern: {pattern}");
                    self.fail(value, path, &rule, hidden);
                }
                if !shape.enumeration.is_empty() && !shape.enumeration.contains(text) {
                    let rule = enumeration_rule(shape);
                    self.fail(value, path, &rule, hidden);
                }
                if matches!(shape.kind, Kind::String) {
                    self.length(shape, text.chars().count(), value, path);
                }
            }
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or_default();
                self.range(shape, number, value, path);
            }
            _ => {}
        }
    }

    fn length(&mut self, shape: &Shape, length: usize, value: &Value, path: &str) {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        if let Some(max) = shape.max.filter(|max| length > *max) {
            let rule = format!("Member must have length less than or equal to {max}");
            self.fail(value, path, &rule, shape.sensitive);
        }
        if let Some(min) = shape.min.filter(|min| length < *min) {
            let rule = format!("Member must have length greater than or equal to {min}");
            self.fail(value, path, &rule, shape.sensitive);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "limits in models are small")]
    fn range(&mut self, shape: &Shape, number: f64, value: &Value, path: &str) {
        if let Some(max) = shape.max.filter(|max| number > *max as f64) {
            let rule = format!("Member must have value less than or equal to {max}");
            self.fail(value, path, &rule, shape.sensitive);
        }
        if let Some(min) = shape.min.filter(|min| number < *min as f64) {
            let rule = format!("Member must have value greater than or equal to {min}");
            self.fail(value, path, &rule, shape.sensitive);
        }
    }

    fn fail(&mut self, value: &Value, path: &str, rule: &str, hidden: bool) {
        let shown = if hidden {
            String::new()
        } else {
            format!(" '{}'", shown(value))
        };
        self.failures.push(format!(
            "Value{shown} at '{path}' failed to satisfy constraint: {rule}"
        ));
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// A value in the form that Java prints, as in AWS's messages.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{key}={}", shown(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

fn enumeration_rule(shape: &Shape) -> String {
    // Guess: the model's order; AWS's own is arbitrary.
    format!(
        "Member must satisfy enum value set: [{}]",
        shape.enumeration.join(", ")
    )
}

/// All rules of a shape, as in the failure message of a list.
fn rules(shape: &Shape) -> Vec<String> {
    let mut rules = Vec::new();
    if let Some(max) = shape.max {
        rules.push(format!(
            "Member must have length less than or equal to {max}"
        ));
    }
    if let Some(min) = shape.min {
        rules.push(format!(
            "Member must have length greater than or equal to {min}"
        ));
    }
    if let Some(pattern) = &shape.pattern {
        rules.push(format!(
            "Member must satisfy regular expression pattern: {pattern}"
        ));
    }
    if !shape.enumeration.is_empty() {
        rules.push(enumeration_rule(shape));
    }
    rules
}

/// True if the whole text matches a pattern. A pattern that cannot be compiled allows everything: a
/// test checks that there is none.
fn fits(pattern: &str, text: &str) -> bool {
    let Ok(regex) = compiled(pattern) else {
        return true;
    };
    if pattern.contains(r"\p{") {
        let text: String = text.chars().map(stand_in).collect();
        regex.is_match(&text)
    } else {
        regex.is_match(text)
    }
}

/// Letters, numbers and separators outside ASCII, each as one character of the private use area, so that
/// a pattern needs no tables of Unicode (65 KB of the download).
const STAND_INS: [char; 3] = ['\u{e000}', '\u{e001}', '\u{e002}'];

fn compiled(pattern: &str) -> Result<Regex, regex_lite::Error> {
    let [letter, number, separator] = STAND_INS;
    let pattern = pattern
        .replace(r"\p{L}", &format!("a-zA-Z{letter}"))
        .replace(r"\p{N}", &format!("0-9{number}"))
        .replace(r"\p{Z}", &format!(" {separator}"));
    Regex::new(&format!(r"\A(?:{pattern})\z"))
}

/// The stand-in of a character outside ASCII. Vowel signs and other marks that the standard library calls
/// alphabetic count as letters here; `\p{L}` leaves them out.
fn stand_in(character: char) -> char {
    let [letter, number, separator] = STAND_INS;
    match character {
        _ if character.is_ascii() => character,
        _ if STAND_INS.contains(&character) => char::REPLACEMENT_CHARACTER,
        _ if character.is_numeric() => number,
        _ if character.is_alphabetic() => letter,
        _ if character.is_whitespace() && !character.is_control() => separator,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use hsmlab_api::model;

    fn refused(operation: &str, params: &Value) -> String {
        let service = model::service("cloudhsmv2").expect("modelled");
        let operation = service.operation(operation).expect("modelled");
        match check(
            "CloudHsmInvalidRequestException",
            service,
            operation,
            params,
        ) {
            Ok(()) => String::new(),
            Err(error) => format!("{}: {}", error.code, error.message),
        }
    }

    #[test]
    fn every_pattern_can_be_read() {
        for service in model::catalog()
            .services
            .iter()
            .filter(|service| service.offered)
        {
            for pattern in service
                .shapes
                .iter()
                .filter_map(|shape| shape.pattern.as_ref())
            {
                let read = compiled(pattern);
                assert!(read.is_ok(), "{}: {pattern}", service.cli_name);
            }
        }
    }

    #[test]
    fn letters_numbers_and_separators_of_all_scripts_are_distinguished_from_signs() {
        let tag = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*";
        for text in ["Schlüssel 1", "Ключ", "鍵", "٣", "a\u{a0}b", "Ⅷ"] {
            assert!(fits(tag, text), "{text}");
        }
        for text in ["a*b", "€", "\u{e000}", "a\u{85}b", "😀"] {
            assert!(!fits(tag, text), "{text}");
        }
        assert!(!fits(r"[\w]+", "ü"), "AWS's \\w is ASCII");
    }

    #[test]
    fn one_failure_is_worded_as_on_aws() {
        assert_eq!(
            refused(
                "CreateHsm",
                &json!({
                    "ClusterId": "cluster-igklspoyj5v", "AvailabilityZone": "logical-az-1"
                })
            ),
            "CloudHsmInvalidRequestException: 1 validation error detected: Value 'logical-az-1' at \
             'availabilityZone' failed to satisfy constraint: Member must satisfy regular expression \
             pattern: [a-z]{2}(-(gov))?-(east|west|north|south|central){1,2}-\\d[a-z]"
        );
    }

    #[test]
    fn several_failures_are_listed() {
        assert_eq!(
            refused(
                "CreateCluster",
                &json!({
                    "HsmType": "hsm2m.medium", "SubnetIds": ["subnet-1"], "Mode": "fips",
                    "TagList": [{"Key": "", "Value": "x"}]
                })
            ),
            "CloudHsmInvalidRequestException: 3 validation errors detected: Value '[subnet-1]' at \
             'subnetIds' failed to satisfy constraint: Member must satisfy constraint: [Member must \
             satisfy regular expression pattern: subnet-[0-9a-fA-F]{8,17}]; Value '' at \
             'tagList.1.member.key' failed to satisfy constraint: Member must have length greater than \
             or equal to 1; Value 'fips' at 'mode' failed to satisfy constraint: Member must satisfy \
             enum value set: [FIPS, NON_FIPS]"
        );
        assert_eq!(
            refused("DescribeClusters", &json!({"MaxResults": 99})),
            "CloudHsmInvalidRequestException: 1 validation error detected: Value '99' at 'maxResults' \
             failed to satisfy constraint: Member must have value less than or equal to 25"
        );
        assert_eq!(refused("DescribeClusters", &json!({})), "");
        assert_eq!(
            refused("DescribeClusters", &json!({"MaxResults": "x"})),
            "SerializationException: STRING_VALUE can not be converted to an Integer"
        );
    }
}
