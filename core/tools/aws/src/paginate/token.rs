//! The token that `--max-items` prints and `--starting-token` takes: a JSON object in base64, with the
//! service's own token and the number of items of its page that were shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::errors::Failure;
use hsmlab_jmespath::data::Data;
use hsmlab_jmespath::json;

/// The member that counts the items shown.
const SHOWN: &str = "boto_truncate_amount";

/// A position: the values of the input tokens, in order.
pub(super) type Tokens = Vec<(String, Value)>;

/// Writes the token of a position, whose members must be the operation's input tokens.
pub(super) fn write(position: &Tokens, input_tokens: &[String]) -> Result<String, Failure> {
    let mut names: Vec<&str> = position.iter().map(|(name, _)| name.as_str()).collect();
    names.retain(|name| *name != SHOWN);
    names.sort_unstable();
    let mut expected: Vec<&str> = input_tokens.iter().map(String::as_str).collect();
    expected.sort_unstable();
    if names != expected {
        return Err(Failure::Runtime(format!(
            "Bad starting token: {}",
            repr(position)
        )));
    }
    Ok(STANDARD.encode(json::spaced(&object(position))))
}

/// Reads a token: the position, and the number of items of its page to skip. Any other text is the
/// service's own token, or botocore's older form: `token___3`.
pub(super) fn read(text: &str, input_tokens: &[String]) -> Result<(Tokens, i64), String> {
    if let Some(Value::Object(mut members)) = decode(text) {
        // The list of members in base64; only tokens with bytes have it.
        members.shift_remove("boto_encoded_keys");
        let shown = members
            .shift_remove(SHOWN)
            .and_then(|shown| shown.as_i64())
            .unwrap_or(0);
        return Ok((members.into_iter().collect(), shown));
    }
    let mut parts: Vec<&str> = text.split("___").collect();
    let mut shown = 0;
    if parts.len() == input_tokens.len() + 1 {
        match parts.last().and_then(|last| last.trim().parse().ok()) {
            Some(count) => {
                shown = count;
                parts.pop();
            }
            None => parts = vec![text],
        }
    }
    if parts.len() > input_tokens.len() {
        return Err(format!("Bad starting token: {text}"));
    }
    let token = |part: Option<&&str>| match part {
        None | Some(&"None") => Value::Null,
        Some(part) => Value::from(*part),
    };
    let position = input_tokens
        .iter()
        .enumerate()
        .map(|(at, name)| (name.clone(), token(parts.get(at))));
    Ok((position.collect(), shown))
}

/// Sets the parameters of a position.
pub(super) fn put(params: &mut Map<String, Value>, position: &Tokens) {
    for (name, token) in position {
        if token.is_null() || token == "None" {
            params.shift_remove(name);
        } else {
            params.insert(name.clone(), token.clone());
        }
    }
}

/// Formats a position as Python formats a `dict`.
pub(super) fn repr(position: &Tokens) -> String {
    Data::from(&object(position)).python_repr()
}

fn object(position: &Tokens) -> Value {
    Value::Object(position.iter().cloned().collect())
}

/// Decodes base64; like Python's decoder, it skips characters outside the alphabet.
fn decode(text: &str) -> Option<Value> {
    let is_base64 = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let bytes = STANDARD
        .decode(text.chars().filter(is_base64).collect::<String>())
        .ok()?;
    serde_json::from_slice(&bytes).ok()
}
