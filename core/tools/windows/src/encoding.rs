//! Text files as Windows PowerShell 5.1 writes and reads them (about_Character_Encoding): `>` and
//! `Out-File` write UTF-16 with a byte order mark, `Set-Content` writes one byte a character.

/// An encoding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Windows' code page. The lab's is 1252, limited to the characters of Latin-1.
    Ansi,
    /// Seven-bit ASCII.
    Ascii,
    /// UTF-8 with a byte order mark.
    Utf8,
    /// UTF-16, little endian, with a byte order mark.
    Unicode,
}

impl Encoding {
    /// The encoding that a value of `-Encoding` names; `None` if unknown.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "default" | "oem" | "string" => Self::Ansi,
            "ascii" => Self::Ascii,
            "utf8" => Self::Utf8,
            "unicode" => Self::Unicode,
            _ => return None,
        })
    }

    /// Encodes a text. `mark` puts a byte order mark at the start.
    pub(super) fn encode(self, text: &str, mark: bool) -> Vec<u8> {
        match self {
            Self::Ansi => text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                .collect(),
            Self::Ascii => text
                .chars()
                .map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?'))
                .collect(),
            Self::Utf8 => {
                let mut bytes = if mark {
                    vec![0xef, 0xbb, 0xbf]
                } else {
                    Vec::new()
                };
                bytes.extend_from_slice(text.as_bytes());
                bytes
            }
            Self::Unicode => {
                let mut bytes = if mark { vec![0xff, 0xfe] } else { Vec::new() };
                bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
                bytes
            }
        }
    }
}

/// Decodes a file: by its byte order mark, otherwise as UTF-8, otherwise one byte a character.
pub(super) fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => {
            let units: Vec<u16> = rest
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        }
        bytes => std::str::from_utf8(bytes).map_or_else(
            |_| bytes.iter().map(|byte| char::from(*byte)).collect(),
            str::to_owned,
        ),
    }
}

/// Returns the text with Windows' line ends.
pub(super) fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}
