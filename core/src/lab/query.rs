//! JMESPath on the output of a command, as in the `--query` option of the `aws` command.

use serde_json::Value;

use hsmlab_jmespath::data::Data;
use hsmlab_jmespath::query::Query;

/// Evaluates an expression on a JSON text; `None` if the text is not JSON or the expression fails.
pub(super) fn value(expression: &str, json: &str) -> Option<Value> {
    let json: Value = serde_json::from_str(json).ok()?;
    let found = Query::parse(expression)
        .ok()?
        .search(&Data::from(&json))
        .ok()?;
    Some(Value::from(&found))
}

/// Checks that an expression can be parsed.
///
/// # Errors
/// Returns the syntax error.
pub(super) fn check(expression: &str) -> Result<(), String> {
    Query::parse(expression).map(|_| ())
}
