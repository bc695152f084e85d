//! PEM (RFC 7468), parsed like OpenSSL: text before, between and after the blocks is skipped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A block: the part between BEGIN and END.
#[derive(Clone, PartialEq, Eq)]
pub struct Block {
    /// The label, for example `CERTIFICATE`.
    pub label: String,
    /// The header lines of old encrypted keys, for example `("Proc-Type", "4,ENCRYPTED")`.
    pub headers: Vec<(String, String)>,
    /// The decoded bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Block {
    /// Hides the bytes, because a block may be a private key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Block({}, {} bytes)", self.label, self.bytes.len())
    }
}

/// The reasons that there is no block, in OpenSSL's words ([`PemError::text`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PemError {
    /// There is no line `-----BEGIN ...-----`.
    NoStartLine,
    /// The block has no end, or its end has another label.
    BadEndLine,
    /// The block's content is not base64.
    BadBase64,
}

impl PemError {
    /// OpenSSL's reason text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NoStartLine => "no start line",
            Self::BadEndLine => "bad end line",
            Self::BadBase64 => "bad base64 decode",
        }
    }
}

/// Encodes bytes as PEM: lines of 64 characters.
#[must_use]
pub fn encode(label: &str, bytes: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}-----END {label}-----\n",
        base64_lines(bytes, 64)
    )
}

/// Encodes base64 in lines of `width` characters, each with a line end.
#[must_use]
pub fn base64_lines(bytes: &[u8], width: usize) -> String {
    let text = STANDARD.encode(bytes);
    let mut out = String::with_capacity(text.len() + text.len() / width.max(1) + 1);
    for (at, character) in text.chars().enumerate() {
        if at > 0 && at % width == 0 {
            out.push('\n');
        }
        out.push(character);
    }
    if !text.is_empty() {
        out.push('\n');
    }
    out
}

/// Decodes base64 with white space anywhere; `None` if it is not base64.
#[must_use]
pub fn base64_decode(text: &str) -> Option<Vec<u8>> {
    let plain: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(plain).ok()
}

/// Returns the next block of a text, and the text after it.
///
/// # Errors
/// See [`PemError`].
pub fn next(text: &str) -> Result<(Block, &str), PemError> {
    let mut rest = text;
    let label = loop {
        if rest.is_empty() {
            return Err(PemError::NoStartLine);
        }
        let (line, after) = split_line(rest);
        rest = after;
        if let Some(label) = label_of(line, "-----BEGIN ") {
            break label;
        }
    };
    let mut body = String::new();
    let mut headers = Vec::new();
    loop {
        if rest.is_empty() {
            return Err(PemError::BadEndLine);
        }
        let (line, after) = split_line(rest);
        rest = after;
        if line.starts_with("-----") {
            if label_of(line, "-----END ") != Some(label) {
                return Err(PemError::BadEndLine);
            }
            break;
        }
        match line.split_once(':') {
            Some((name, value)) => headers.push((name.trim().into(), value.trim().into())),
            None => body.push_str(line),
        }
    }
    let bytes = base64_decode(&body).filter(|bytes| !bytes.is_empty());
    let bytes = bytes.ok_or(PemError::BadBase64)?;
    Ok((
        Block {
            label: label.to_owned(),
            headers,
            bytes,
        },
        rest,
    ))
}

/// Returns the first block whose label is one of `labels`; skips others.
///
/// # Errors
/// See [`PemError`].
pub fn find(text: &str, labels: &[&str]) -> Result<Block, PemError> {
    let mut rest = text;
    loop {
        let (block, after) = next(rest)?;
        if labels.contains(&block.label.as_str()) {
            return Ok(block);
        }
        rest = after;
    }
}

/// Returns all blocks whose label is one of `labels`.
///
/// # Errors
/// A broken block. An empty result is not an error.
pub fn all(text: &str, labels: &[&str]) -> Result<Vec<Block>, PemError> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        match next(rest) {
            Ok((block, after)) => {
                rest = after;
                if labels.contains(&block.label.as_str()) {
                    found.push(block);
                }
            }
            Err(PemError::NoStartLine) => return Ok(found),
            Err(error) => return Err(error),
        }
    }
}

fn split_line(text: &str) -> (&str, &str) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    (line.trim_end(), rest)
}

fn label_of<'a>(line: &'a str, prefix: &str) -> Option<&'a str> {
    line.strip_prefix(prefix)?.strip_suffix("-----")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn junk_around_is_skipped() {
        let text = format!(
            "subject=x\n{}middle\r\n{}tail",
            encode("A", b"one"),
            encode("B", b"two")
        );
        assert_eq!(find(&text, &["B"]).unwrap().bytes, b"two");
        assert_eq!(
            all(&text.replace('\n', "\r\n"), &["A", "B"]).unwrap().len(),
            2
        );
    }

    #[test]
    fn broken_blocks_are_named() {
        let good = encode("A", &[7; 100]);
        for (text, error) in [
            (String::new(), PemError::NoStartLine),
            ("None\n".into(), PemError::NoStartLine),
            (good[..good.len() - 10].to_owned(), PemError::BadEndLine),
            (good.replace("END A", "END B"), PemError::BadEndLine),
            (good.replace("Bwc", "B*c"), PemError::BadBase64),
            (
                "-----BEGIN A-----\n-----END A-----\n".into(),
                PemError::BadBase64,
            ),
        ] {
            assert_eq!(next(&text).unwrap_err(), error, "{text}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(bytes in proptest::collection::vec(any::<u8>(), 1..500)) {
            prop_assert_eq!(next(&encode("X Y", &bytes)).unwrap().0.bytes, bytes);
        }

        #[test]
        fn junk_never_panics(text in "(-----(BEGIN|END) A-----\n|.|\n){0,60}") {
            let _ = all(&text, &["A"]);
        }
    }
}
