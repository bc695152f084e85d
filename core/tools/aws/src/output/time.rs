//! Formats timestamps as the CLI prints them.

use serde_json::{Number, Value};
use time::OffsetDateTime;

/// Formats seconds since 1970 in ISO 8601 in UTC, with microseconds only if they are not zero:
/// `2026-01-05T09:00:00.069000+00:00`. A number without such a form is returned unchanged.
#[must_use]
pub fn iso8601(seconds: &Number) -> Value {
    microseconds(seconds)
        .and_then(|us| OffsetDateTime::from_unix_timestamp_nanos(us.checked_mul(1000)?).ok())
        .filter(|at| (1..=9999).contains(&at.year()))
        .map_or_else(
            || Value::Number(seconds.clone()),
            |at| Value::String(text(at)),
        )
}

/// Rounds a float to the nearest microsecond, halves to even, as Python does.
#[expect(
    clippy::cast_possible_truncation,
    reason = "an i128 holds any year's microseconds"
)]
fn microseconds(seconds: &Number) -> Option<i128> {
    if let Some(seconds) = seconds.as_i64() {
        return Some(i128::from(seconds) * 1_000_000);
    }
    let seconds = seconds.as_f64().filter(|seconds| seconds.is_finite())?;
    let whole = seconds.floor();
    let fraction = ((seconds - whole) * 1e6).round_ties_even();
    (whole as i128)
        .checked_mul(1_000_000)?
        .checked_add(fraction as i128)
}

fn text(at: OffsetDateTime) -> String {
    let mut text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    if at.microsecond() != 0 {
        text.push_str(&format!(".{:06}", at.microsecond()));
    }
    text + "+00:00"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn instants() {
        for (seconds, text) in [
            (
                json!(1_767_603_600.069),
                json!("2026-01-05T09:00:00.069000+00:00"),
            ),
            (json!(1_767_603_600), json!("2026-01-05T09:00:00+00:00")),
            (json!(1_767_603_600.0), json!("2026-01-05T09:00:00+00:00")),
            (json!(0.000_001), json!("1970-01-01T00:00:00.000001+00:00")),
            (json!(-1.5), json!("1969-12-31T23:59:58.500000+00:00")),
            (json!(1e300), json!(1e300)),
        ] {
            let Value::Number(number) = seconds else {
                continue;
            };
            assert_eq!(iso8601(&number), text);
        }
    }
}
