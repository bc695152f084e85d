//! JMESPath on what a command has printed, as the `--query` option of the `aws` command does it.

use serde_json::Value;

use hsmlab_jmespath::data::Data;
use hsmlab_jmespath::query::Query;

/// What an expression gives on a JSON text; `None` where the text is no JSON or the expression fails.
pub(super) fn value(expression: &str, json: &str) -> Option<Value> {
    let json: Value = serde_json::from_str(json).ok()?;
    let found = Query::parse(expression)
        .ok()?
        .search(&Data::from(&json))
        .ok()?;
    Some(Value::from(&found))
}

/// Whether an expression can be parsed at all.
///
/// # Errors
/// What is wrong in it.
pub(super) fn check(expression: &str) -> Result<(), String> {
    Query::parse(expression).map(|_| ())
}
