//! The filters of describe operations.

use super::error::Invalid;
use super::shapes::Filters;

/// Rejects filters with names that are not in `known`.
pub(super) fn check(filters: &Filters, known: &'static [&'static str]) -> Result<(), Invalid> {
    match filters.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Invalid::FilterUnknown {
            name: name.clone(),
            known,
        }),
        None => Ok(()),
    }
}

/// True if `value` is one of the values of the filter `name`, or if that filter is absent.
pub(super) fn matches(filters: &Filters, name: &str, value: &str) -> bool {
    filters
        .get(name)
        .is_none_or(|wanted| wanted.iter().any(|wanted| wanted == value))
}
