//! Words of a command line, quoted for the shell.

/// Quotes a word so that a POSIX shell reads it as exactly this text (POSIX.1-2024, Shell Command
/// Language, 2.2 "Quoting").
#[must_use]
pub fn word(text: &str) -> String {
    let plain = |ch: char| ch.is_ascii_alphanumeric() || "_-./:=,@%+".contains(ch);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    // Inside single quotes everything except the quote itself is literal.
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Joins words to a line: quoted, separated by spaces.
#[must_use]
pub fn line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_needed() {
        for (text, expected) in [
            ("subnet-0a1b", "subnet-0a1b"),
            ("file://ca.crt", "file://ca.crt"),
            ("", "''"),
            ("two words", "'two words'"),
            ("it's", r"'it'\''s'"),
            ("$HOME `x` \\ \"q\" *", "'$HOME `x` \\ \"q\" *'"),
            ("[{\"Key\":\"a\"}]", "'[{\"Key\":\"a\"}]'"),
            ("~", "'~'"),
        ] {
            assert_eq!(word(text), expected);
        }
        assert_eq!(line(["aws", "a b"]), "aws 'a b'");
    }
}
