//! Recognizes the texts that the CLI accepts as timestamps: everything that Python's `dateutil` can parse.

/// The words that dates and times may contain, besides numbers.
const WORDS: [&str; 54] = [
    "jan",
    "january",
    "feb",
    "february",
    "mar",
    "march",
    "apr",
    "april",
    "may",
    "jun",
    "june",
    "jul",
    "july",
    "aug",
    "august",
    "sep",
    "sept",
    "september",
    "oct",
    "october",
    "nov",
    "november",
    "dec",
    "december",
    "mon",
    "monday",
    "tue",
    "tuesday",
    "wed",
    "wednesday",
    "thu",
    "thursday",
    "fri",
    "friday",
    "sat",
    "saturday",
    "sun",
    "sunday",
    "t",
    "z",
    "utc",
    "gmt",
    "am",
    "pm",
    "h",
    "m",
    "s",
    "hour",
    "hours",
    "minute",
    "minutes",
    "second",
    "seconds",
    "at",
];

/// True if a text is a timestamp: a number of seconds, or a date, a time or both.
#[must_use]
pub fn is_timestamp(text: &str) -> bool {
    if super::py::parse_float(text).is_ok_and(f64::is_finite) {
        return true;
    }
    // Three dots make an address, not a date.
    if text.matches('.').count() > 2 {
        return false;
    }
    let mut something = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() {
            something = true;
            rest.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len())
        } else if first.is_alphabetic() {
            let length = rest
                .find(|c: char| !c.is_alphabetic())
                .unwrap_or(rest.len());
            let word = rest[..length].to_lowercase();
            if !WORDS.contains(&word.as_str()) {
                return false;
            }
            something |= word.len() > 2 && word != "utc" && word != "gmt";
            length
        } else if " -/:.,+()".contains(first) {
            first.len_utf8()
        } else {
            return false;
        };
        rest = &rest[length..];
    }
    something && date_in_range(text)
}

/// True if a leading `YYYY-MM-DD` is a valid day.
fn date_in_range(text: &str) -> bool {
    let mut parts = text.trim().splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else {
        return true;
    };
    let day: String = day.chars().take_while(char::is_ascii_digit).collect();
    if year.len() != 4 {
        return true;
    }
    let numbers = (year.parse::<u16>(), month.parse::<u8>(), day.parse::<u8>());
    let (Ok(_), Ok(month), Ok(day)) = numbers else {
        return true;
    };
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::is_timestamp;

    #[test]
    fn instants_are_told_from_other_texts() {
        for text in [
            "2026-11-24T00:00:00Z",
            "1700000000",
            "2026-11-24",
            "24 Nov 2026 10:00 UTC",
            "10:30",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in ["", "abc", "Key=a,Key", "2026-13-01", "file://x", "{\"a\":"] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
