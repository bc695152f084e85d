//! The words of a line typed in interactive mode.

/// Splits a line at spaces, except in quotes and after backslashes. `None`: a quote is not closed.
pub(super) fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn quotes_and_backslashes_keep_spaces() {
        let cases: [(&str, Option<&[&str]>); 6] = [
            ("", Some(&[])),
            ("  a  b ", Some(&["a", "b"])),
            (
                r#"attr.label="my key" 'x y'"#,
                Some(&["attr.label=my key", "x y"]),
            ),
            (r"a\ b", Some(&["a b"])),
            ("''", Some(&[""])),
            ("'a", None),
        ];
        for (line, words) in cases {
            let words = words.map(|words| words.iter().map(ToString::to_string).collect());
            assert_eq!(split(line), words, "{line}");
        }
    }
}
