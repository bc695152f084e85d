//! Durations as coreutils write them.

use hsmlab_sim::SimDuration;

/// Parses a duration as in coreutils: `10`, `1.5m`, `2h`, `1d`. At most a year.
#[must_use]
pub fn duration(word: &str) -> Option<SimDuration> {
    const SECONDS_MAX: f64 = 31_536_000.0;
    let (digits, factor) = match word.chars().last()? {
        's' => (word.get(..word.len() - 1)?, 1.0),
        'm' => (word.get(..word.len() - 1)?, 60.0),
        'h' => (word.get(..word.len() - 1)?, 3600.0),
        'd' => (word.get(..word.len() - 1)?, 86_400.0),
        _ => (word, 1.0),
    };
    let seconds = digits.parse::<f64>().ok().filter(|value| *value >= 0.0)? * factor;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded above, not negative"
    )]
    let ms = (seconds.min(SECONDS_MAX) * 1000.0) as u64;
    Some(SimDuration::from_ms(ms))
}
