//! Parameters of requests that have the same form in several services.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The text of a parameter.
pub(crate) fn text<'a>(params: &'a Value, member: &str) -> Option<&'a str> {
    params.get(member).and_then(Value::as_str)
}

/// The texts of a parameter that is a list.
pub(crate) fn texts<'a>(params: &'a Value, member: &str) -> Vec<&'a str> {
    let list = params.get(member).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The tags that a request sets on new or existing resources.
pub(crate) fn request_tags(params: &Value) -> BTreeMap<String, String> {
    let specifications = params.get("TagSpecifications").and_then(Value::as_array);
    let nested = specifications
        .into_iter()
        .flatten()
        .filter_map(|each| each.get("Tags"));
    let lists = ["Tags", "TagList"]
        .iter()
        .filter_map(|member| params.get(*member))
        .chain(nested);
    lists
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|tag| {
            let key = text(tag, "Key").or_else(|| text(tag, "TagKey"))?;
            let value = text(tag, "Value")
                .or_else(|| text(tag, "TagValue"))
                .unwrap_or_default();
            Some((key.to_owned(), value.to_owned()))
        })
        .collect()
}

/// The keys of the tags that a request removes.
pub(crate) fn untag_keys(operation: &str, params: &Value) -> BTreeSet<String> {
    if operation == "DeleteTags" {
        return request_tags(params).into_keys().collect();
    }
    let lists = ["TagKeys", "TagKeyList"]
        .iter()
        .flat_map(|member| texts(params, member));
    lists.map(str::to_owned).collect()
}
