//! Conversions between JavaScript's one kind of number and Rust's types.

/// Converts a float to a count of milliseconds; a negative value or NaN is 0.
#[must_use]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and takes NaN to 0"
)]
pub fn whole_ms(value: f64) -> u64 {
    // `as` saturates, and converts NaN to 0.
    value as u64
}

/// Converts a length to a float.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "lengths here fit 53 bits")]
pub fn float_len(value: usize) -> f64 {
    value as f64
}

/// Rounds to the nearest whole number: a coordinate or a size in pixels.
#[must_use]
#[allow(
    clippy::cast_possible_truncation,
    reason = "`as` saturates, and takes NaN to 0"
)]
pub fn whole(value: f64) -> i32 {
    value.round() as i32
}

/// Converts a position in UTF-16 units, as in a DOM selection, to a byte offset.
#[must_use]
pub fn byte_offset(text: &str, utf16: u32) -> usize {
    let mut units = 0;
    for (at, ch) in text.char_indices() {
        if units >= utf16 {
            return at;
        }
        units += if ch.len_utf16() == 2 { 2 } else { 1 };
    }
    text.len()
}

/// Converts a byte offset (moved down to the start of a character) to a position in UTF-16 units.
#[must_use]
pub fn utf16_offset(text: &str, byte: usize) -> u32 {
    let mut units = 0;
    for (at, ch) in text.char_indices() {
        if at + ch.len_utf8() > byte {
            break;
        }
        units += if ch.len_utf16() == 2 { 2 } else { 1 };
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_convert_both_ways() {
        let text = "aé𝄞z";
        for (utf16, byte) in [(0, 0), (1, 1), (2, 3), (4, 7), (5, 8)] {
            assert_eq!(byte_offset(text, utf16), byte);
            assert_eq!(utf16_offset(text, byte), utf16);
        }
        assert_eq!(byte_offset(text, 99), 8);
    }
}
