//! A reader and writer of DER (ITU-T X.690), as far as certificates, requests and key files need it.
//!
//! The reader returns slices of its input, so that the exact signed bytes remain available.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use hsmlab_sim::SimTime;

/// Universal tags, with the constructed bit where it is required.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OID: u8 = 0x06;
    /// UTF8String.
    pub const UTF8_STRING: u8 = 0x0c;
    /// PrintableString.
    pub const PRINTABLE_STRING: u8 = 0x13;
    /// TeletexString (T61String).
    pub const TELETEX_STRING: u8 = 0x14;
    /// IA5String.
    pub const IA5_STRING: u8 = 0x16;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// UniversalString.
    pub const UNIVERSAL_STRING: u8 = 0x1c;
    /// BMPString.
    pub const BMP_STRING: u8 = 0x1e;
    /// SEQUENCE.
    pub const SEQUENCE: u8 = 0x30;
    /// SET.
    pub const SET: u8 = 0x31;
}

/// The context-specific constructed tag `[number]`.
#[must_use]
pub const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// The context-specific primitive tag `[number] IMPLICIT`.
#[must_use]
pub const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// The reasons that bytes are not the expected DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DerError {
    /// The bytes end within a value.
    Truncated,
    /// A length is indefinite or not in its shortest form, or a tag has more than one byte.
    Unsupported,
    /// The value has another tag.
    WrongTag {
        /// The expected tag.
        expected: u8,
        /// The actual tag.
        found: u8,
    },
    /// There are bytes after the end.
    TrailingData,
    /// A value's content does not match its type.
    BadValue(&'static str),
}

impl std::fmt::Display for DerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Truncated => f.write_str("the data ends too early"),
            Self::Unsupported => f.write_str("a length or tag that DER does not allow"),
            Self::WrongTag { expected, found } => {
                write!(f, "expected tag 0x{expected:02x}, found 0x{found:02x}")
            }
            Self::TrailingData => f.write_str("data follows after the end"),
            Self::BadValue(what) => write!(f, "not a {what}"),
        }
    }
}

/// One value: tag, content, and the whole encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The tag byte.
    pub tag: u8,
    /// The content bytes.
    pub content: &'a [u8],
    /// Tag, length and content.
    pub raw: &'a [u8],
}

/// A reader of consecutive values.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Makes a reader of these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// True if no bytes are left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns the tag of the next value.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Returns the next value of any type.
    ///
    /// # Errors
    /// The bytes end early, or are not DER.
    pub fn any(&mut self) -> Result<Tlv<'a>, DerError> {
        let (&tag, after_tag) = self.rest.split_first().ok_or(DerError::Truncated)?;
        if tag & 0x1f == 0x1f {
            return Err(DerError::Unsupported);
        }
        let (&first, mut body) = after_tag.split_first().ok_or(DerError::Truncated)?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 {
                return Err(DerError::Unsupported);
            }
            let (digits, after) = body.split_at_checked(count).ok_or(DerError::Truncated)?;
            length = digits
                .iter()
                .fold(0, |n, &digit| (n << 8) | usize::from(digit));
            if length < 0x80 || digits.first() == Some(&0) {
                return Err(DerError::Unsupported);
            }
            body = after;
        }
        let (content, rest) = body.split_at_checked(length).ok_or(DerError::Truncated)?;
        let raw = self
            .rest
            .get(..self.rest.len() - rest.len())
            .ok_or(DerError::Truncated)?;
        self.rest = rest;
        Ok(Tlv { tag, content, raw })
    }

    /// Returns the next value, which must have this tag.
    ///
    /// # Errors
    /// The same as for [`Reader::any`]; also another tag.
    pub fn expect(&mut self, expected: u8) -> Result<Tlv<'a>, DerError> {
        match self.peek() {
            Some(found) if found != expected => Err(DerError::WrongTag { expected, found }),
            _ => self.any(),
        }
    }

    /// Returns the next value if it has this tag.
    ///
    /// # Errors
    /// The same as for [`Reader::any`].
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, DerError> {
        if self.peek() == Some(tag) {
            self.any().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Returns a reader of the content of the next value, which must have this tag.
    ///
    /// # Errors
    /// The same as for [`Reader::expect`].
    pub fn inside(&mut self, tag: u8) -> Result<Self, DerError> {
        Ok(Self::new(self.expect(tag)?.content))
    }

    /// Reads an INTEGER's content bytes (two's complement, big-endian).
    ///
    /// # Errors
    /// The same as for [`Reader::expect`]; also an empty integer.
    pub fn integer(&mut self) -> Result<&'a [u8], DerError> {
        let content = self.expect(tag::INTEGER)?.content;
        if content.is_empty() {
            Err(DerError::BadValue("INTEGER"))
        } else {
            Ok(content)
        }
    }

    /// Reads a small INTEGER that is not negative.
    ///
    /// # Errors
    /// The same as for [`Reader::integer`]; also a negative or large one.
    pub fn small_integer(&mut self) -> Result<u64, DerError> {
        small_unsigned(self.integer()?)
    }

    /// Reads an OBJECT IDENTIFIER in dotted form.
    ///
    /// # Errors
    /// The same as for [`Reader::expect`]; also a malformed one.
    pub fn oid(&mut self) -> Result<String, DerError> {
        oid_text(self.expect(tag::OID)?.content)
    }

    /// Reads a BIT STRING of whole bytes.
    ///
    /// # Errors
    /// The same as for [`Reader::expect`]; also a malformed one, or unused bits.
    pub fn bit_string(&mut self) -> Result<&'a [u8], DerError> {
        match self.expect(tag::BIT_STRING)?.content.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(DerError::BadValue("BIT STRING of whole bytes")),
        }
    }

    /// Reads an OCTET STRING.
    ///
    /// # Errors
    /// The same as for [`Reader::expect`].
    pub fn octet_string(&mut self) -> Result<&'a [u8], DerError> {
        Ok(self.expect(tag::OCTET_STRING)?.content)
    }

    /// Reads a BOOLEAN.
    ///
    /// # Errors
    /// The same as for [`Reader::expect`]; also a malformed one.
    pub fn boolean(&mut self) -> Result<bool, DerError> {
        match self.expect(tag::BOOLEAN)?.content {
            [0] => Ok(false),
            [_] => Ok(true),
            _ => Err(DerError::BadValue("BOOLEAN")),
        }
    }

    /// Reads a `UTCTime` or `GeneralizedTime`; a time before 1970 becomes 1970.
    ///
    /// # Errors
    /// The same as for [`Reader::expect`]; also a malformed one.
    pub fn time(&mut self) -> Result<SimTime, DerError> {
        let value = self.any()?;
        parse_time(value.tag, value.content).ok_or(DerError::BadValue("time"))
    }

    /// Checks that nothing follows.
    ///
    /// # Errors
    /// Something follows.
    pub const fn end(&self) -> Result<(), DerError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DerError::TrailingData)
        }
    }
}

/// Returns a reader of the single value in `bytes`; nothing may follow it.
///
/// # Errors
/// The same as for [`Reader::expect`]; also trailing bytes.
pub fn only(bytes: &[u8], tag: u8) -> Result<Reader<'_>, DerError> {
    let mut reader = Reader::new(bytes);
    let inside = reader.inside(tag)?;
    reader.end()?;
    Ok(inside)
}

/// Returns the number in an INTEGER's content if it is small and not negative.
///
/// # Errors
/// Negative, or more than eight bytes.
pub fn small_unsigned(content: &[u8]) -> Result<u64, DerError> {
    let digits = content.strip_prefix(&[0]).unwrap_or(content);
    if digits.len() > 8 || content.first().is_none_or(|&byte| byte >= 0x80) {
        return Err(DerError::BadValue("small INTEGER"));
    }
    Ok(digits.iter().fold(0, |n, &byte| (n << 8) | u64::from(byte)))
}

/// Returns the dotted form of an OBJECT IDENTIFIER's content.
///
/// # Errors
/// Malformed, or an arc beyond 64 bits.
pub fn oid_text(content: &[u8]) -> Result<String, DerError> {
    let bad = DerError::BadValue("OBJECT IDENTIFIER");
    if content.last().is_none_or(|&byte| byte >= 0x80) {
        return Err(bad);
    }
    let mut text = String::new();
    let mut arc: u64 = 0;
    for &byte in content {
        if arc > u64::MAX >> 8 {
            return Err(bad);
        }
        arc = (arc << 7) | u64::from(byte & 0x7f);
        if byte >= 0x80 {
            continue;
        }
        if text.is_empty() {
            let first = (arc / 40).min(2);
            text = format!("{first}.{}", arc - first * 40);
        } else {
            text.push('.');
            text.push_str(&arc.to_string());
        }
        arc = 0;
    }
    Ok(text)
}

fn parse_time(tag: u8, content: &[u8]) -> Option<SimTime> {
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (tag, text.len()) {
        (tag::UTC_TIME, 12) => {
            let short: i32 = text.get(..2)?.parse().ok()?;
            (
                if short < 50 {
                    2000 + short
                } else {
                    1900 + short
                },
                text.get(2..)?,
            )
        }
        (tag::GENERALIZED_TIME, 14) => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<u8>().ok();
    let date = Date::from_calendar_date(year, Month::try_from(part(0)?).ok()?, part(2)?).ok()?;
    let time = Time::from_hms(part(4)?, part(6)?, part(8)?).ok()?;
    let seconds = PrimitiveDateTime::new(date, time)
        .assume_utc()
        .unix_timestamp();
    Some(SimTime::from_unix_ms(
        u64::try_from(seconds).unwrap_or(0).saturating_mul(1000),
    ))
}

/// Encodes a value with this tag and content.
#[must_use]
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if let (Ok(short), true) = (u8::try_from(length), length < 0x80) {
        out.push(short);
    } else {
        let bytes = length.to_be_bytes();
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        let digits = bytes.get(zeros..).unwrap_or_default();
        out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
        out.extend_from_slice(digits);
    }
    out.extend_from_slice(content);
    out
}

/// Encodes a SEQUENCE of encoded values.
#[must_use]
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &parts.concat())
}

/// Encodes a SET OF encoded values, sorted as DER requires.
#[must_use]
pub fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    tlv(tag::SET, &parts.concat())
}

/// Encodes an INTEGER from a big-endian number that is not negative.
#[must_use]
pub fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    let digits = bytes.get(zeros..).unwrap_or_default();
    let mut content = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_none_or(|&byte| byte >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    tlv(tag::INTEGER, &content)
}

/// Encodes a small INTEGER.
#[must_use]
pub fn small(number: u64) -> Vec<u8> {
    unsigned(&number.to_be_bytes())
}

/// Encodes an OBJECT IDENTIFIER from its dotted form; `None` if it is invalid.
#[must_use]
pub fn oid(dotted: &str) -> Option<Vec<u8>> {
    let arcs: Vec<u64> = dotted
        .split('.')
        .map(|arc| arc.parse().ok())
        .collect::<Option<_>>()?;
    let (first, second) = (*arcs.first()?, *arcs.get(1)?);
    if first > 2 || (first < 2 && second > 39) {
        return None;
    }
    let mut content = Vec::new();
    let joined = (first * 40).checked_add(second)?;
    for &arc in std::iter::once(&joined).chain(arcs.get(2..)?) {
        let groups = (64 - arc.leading_zeros()).div_ceil(7).max(1);
        for group in (0..groups).rev() {
            let more = if group == 0 { 0 } else { 0x80 };
            content.push(more | u8::try_from((arc >> (7 * group)) & 0x7f).unwrap_or(0));
        }
    }
    Some(tlv(tag::OID, &content))
}

/// Encodes a BIT STRING of whole bytes.
#[must_use]
pub fn bit_string(bytes: &[u8]) -> Vec<u8> {
    let mut content = vec![0];
    content.extend_from_slice(bytes);
    tlv(tag::BIT_STRING, &content)
}

/// Encodes a BIT STRING of named bits (bit 0 first), without trailing zero bits.
#[must_use]
pub fn named_bits(bits: &[usize]) -> Vec<u8> {
    let Some(&highest) = bits.iter().max() else {
        return tlv(tag::BIT_STRING, &[0]);
    };
    let mut bytes = vec![0u8; highest / 8 + 1];
    for &bit in bits {
        if let Some(byte) = bytes.get_mut(bit / 8) {
            *byte |= 0x80 >> (bit % 8);
        }
    }
    let mut content = vec![u8::try_from(7 - highest % 8).unwrap_or(0)];
    content.extend(bytes);
    tlv(tag::BIT_STRING, &content)
}

/// Returns the numbers of the bits that are set in a BIT STRING's content.
#[must_use]
pub fn bits_set(content: &[u8]) -> Vec<usize> {
    let bytes = content.get(1..).unwrap_or_default();
    (0..bytes.len() * 8)
        .filter(|bit| {
            bytes
                .get(bit / 8)
                .is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0)
        })
        .collect()
}

/// Encodes an OCTET STRING.
#[must_use]
pub fn octet_string(bytes: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, bytes)
}

/// Encodes a BOOLEAN.
#[must_use]
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// Encodes NULL.
#[must_use]
pub fn null() -> Vec<u8> {
    tlv(tag::NULL, &[])
}

/// Encodes a time as RFC 5280 (4.1.2.5) requires: `UTCTime` up to 2049, `GeneralizedTime` after.
#[must_use]
pub fn time(at: SimTime) -> Vec<u8> {
    let at: OffsetDateTime = at.to_utc();
    let (month, day) = (u8::from(at.month()), at.day());
    let clock = format!("{:02}{:02}{:02}Z", at.hour(), at.minute(), at.second());
    if at.year() < 2050 {
        let text = format!("{:02}{month:02}{day:02}{clock}", at.year() % 100);
        tlv(tag::UTC_TIME, text.as_bytes())
    } else {
        let text = format!("{:04}{month:02}{day:02}{clock}", at.year());
        tlv(tag::GENERALIZED_TIME, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn oids_both_ways() {
        for dotted in [
            "2.5.4.3",
            "1.2.840.113549.1.1.11",
            "2.999.1",
            "0.9.2342.19200300.100.1.25",
        ] {
            let der = oid(dotted).unwrap();
            assert_eq!(Reader::new(&der).oid().unwrap(), dotted);
        }
        assert_eq!(oid("1"), None);
        assert_eq!(oid("1.40"), None);
        assert_eq!(oid("3.1"), None);
        assert_eq!(oid("x"), None);
    }

    #[test]
    fn integers_never_look_negative() {
        assert_eq!(unsigned(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(unsigned(&[]), [2, 1, 0]);
    }

    #[test]
    fn times_change_their_type_at_2050() {
        for (text, tag) in [
            ("2049-12-31T23:59:59Z", tag::UTC_TIME),
            ("2050-01-01T00:00:00Z", tag::GENERALIZED_TIME),
        ] {
            let at = SimTime::parse_rfc3339(text).unwrap();
            let der = time(at);
            assert_eq!(der[0], tag);
            assert_eq!(Reader::new(&der).time().unwrap(), at);
        }
        assert!(
            Reader::new(&tlv(tag::UTC_TIME, b"991331000000Z"))
                .time()
                .is_err()
        );
    }

    #[test]
    fn named_bits_are_trimmed() {
        assert_eq!(named_bits(&[5, 6]), [3, 2, 1, 0x06]);
        assert_eq!(bits_set(&[1, 0x06]), [5, 6]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(tag in 0u8..0x1f, content in proptest::collection::vec(any::<u8>(), 0..70_000)) {
            let der = tlv(tag, &content);
            let mut reader = Reader::new(&der);
            let value = reader.any().unwrap();
            prop_assert_eq!((value.tag, value.content, value.raw), (tag, &content[..], &der[..]));
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn junk_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            while let Ok(value) = reader.any() {
                let _ = oid_text(value.content);
                let _ = small_unsigned(value.content);
                let _ = parse_time(value.tag, value.content);
                let _ = bits_set(value.content);
            }
        }
    }
}
