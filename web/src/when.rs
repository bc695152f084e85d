//! Simulated times in words. All of them are UTC.

const DAY_MS: u64 = 86_400_000;
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Formats a date: `Tue 24 Nov 2026`.
#[must_use]
pub fn date(ms: u64) -> String {
    let days = ms / DAY_MS;
    let (year, month, day) = civil(days);
    let weekday = usize::try_from(days % 7)
        .ok()
        .and_then(|at| WEEKDAYS.get(at))
        .unwrap_or(&"");
    let month = usize::try_from(month - 1)
        .ok()
        .and_then(|at| MONTHS.get(at))
        .unwrap_or(&"");
    format!("{weekday} {day} {month} {year}")
}

/// Formats a time: `10:42:07`.
#[must_use]
pub fn time(ms: u64) -> String {
    let seconds = ms % DAY_MS / 1000;
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Formats a time without seconds: `10:42`.
#[must_use]
pub fn hour_minute(ms: u64) -> String {
    let minutes = ms % DAY_MS / 60_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Formats a time as `2026-11-24T10:42:07Z`, for a `datetime` attribute.
#[must_use]
pub fn iso(ms: u64) -> String {
    let (year, month, day) = civil(ms / DAY_MS);
    format!("{year:04}-{month:02}-{day:02}T{}Z", time(ms))
}

/// Formats a duration in one unit: `40 s`, `4 min`, `3 h`, `2 d`. Rounds up, so that it never says 0
/// before the event.
#[must_use]
pub fn span(ms: u64) -> String {
    let seconds = ms.div_ceil(1000);
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5400 => format!("{} min", seconds.div_ceil(60)),
        5401..=129_600 => format!("{} h", seconds.div_ceil(3600)),
        _ => format!("{} d", seconds.div_ceil(86_400)),
    }
}

/// Formats a duration in up to two units: `40 s`, `12 min`, `2 h 5 min`, `1 d 3 h`. Rounds down.
#[must_use]
pub fn length(ms: u64) -> String {
    let seconds = ms / 1000;
    let two = |whole: u64, unit: &str, rest: u64, small: &str| match rest {
        0 => format!("{whole} {unit}"),
        rest => format!("{whole} {unit} {rest} {small}"),
    };
    match seconds {
        0..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{} min", seconds / 60),
        3_600..=86_399 => two(seconds / 3_600, "h", seconds / 60 % 60, "min"),
        _ => two(seconds / 86_400, "d", seconds / 3_600 % 24, "h"),
    }
}

/// Returns year, month and day of a day counted from 1970-01-01, by Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>), for days from 1970 on.
fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_as_people_write_them() {
        for (ms, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399_000, "2000-02-28T23:59:59Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_795_516_927_000, "2026-11-24T10:42:07Z"),
        ] {
            assert_eq!(iso(ms), expected);
        }
        assert_eq!(date(1_795_516_927_000), "Tue 24 Nov 2026");
        assert_eq!(hour_minute(1_795_516_927_000), "10:42");
    }

    #[test]
    fn lengths_have_two_units_at_most() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min"),
            (7_200, "2 h"),
            (7_500, "2 h 5 min"),
            (97_300, "1 d 3 h"),
        ] {
            assert_eq!(length(seconds * 1000), expected);
        }
    }

    #[test]
    fn spans_round_up() {
        for (ms, expected) in [(0, "0 s"), (1, "1 s"), (90_000, "90 s"), (91_000, "2 min")] {
            assert_eq!(span(ms), expected);
        }
    }
}
