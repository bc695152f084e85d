//! Wildcards of patterns: `*` matches any characters, `?` one character.

/// The meaning of further characters in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extra {
    /// There are none.
    None,
    /// A backslash makes the next character literal.
    Escapes,
    /// `[…]` matches one character of a class, as in a shell.
    Classes,
}

/// True if the whole `text` matches `pattern`. The time is proportional to the product of the
/// lengths, as for the other functions of this module.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    fits(pattern, text, Extra::None)
}

/// Does the same as [`matches`] for patterns in which a backslash makes the next character literal.
#[must_use]
pub fn matches_escaped(pattern: &str, text: &str) -> bool {
    fits(pattern, text, Extra::Escapes)
}

/// Does the same as [`matches`] for patterns of a shell, with classes such as `[a-c]` and `[!x]`.
#[must_use]
pub fn matches_classes(pattern: &str, text: &str) -> bool {
    fits(pattern, text, Extra::Classes)
}

fn fits(pattern: &str, text: &str, extra: Extra) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // The only point to return to: the position of the last star, and the end of the text that it
    // matches so far.
    let mut star: Option<(usize, usize)> = None;
    while let Some(&c) = text.get(t) {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, t));
            p += 1;
        } else if let Some(next) = step(&pattern, p, c, extra) {
            p = next;
            t += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            p = at + 1;
            t = taken + 1;
        } else {
            return false;
        }
    }
    pattern
        .get(p..)
        .unwrap_or_default()
        .iter()
        .all(|c| *c == '*')
}

/// The position after the part of the pattern at `p`, which is no star, if that part matches `c`.
fn step(pattern: &[char], p: usize, c: char, extra: Extra) -> Option<usize> {
    match (*pattern.get(p)?, extra) {
        ('?', _) => Some(p + 1),
        ('[', Extra::Classes) => class(pattern, p, c),
        ('\\', Extra::Escapes) if p + 1 < pattern.len() => {
            (pattern.get(p + 1) == Some(&c)).then_some(p + 2)
        }
        (literal, _) => (literal == c).then_some(p + 1),
    }
}

/// The position after the class that starts at `start`, if the class contains `c`.
fn class(pattern: &[char], start: usize, c: char) -> Option<usize> {
    let mut at = start + 1;
    let negated = matches!(pattern.get(at), Some('!' | '^'));
    at += usize::from(negated);
    let mut inside = false;
    let mut first = true;
    loop {
        let low = *pattern.get(at)?;
        if low == ']' && !first {
            return (inside != negated).then_some(at + 1);
        }
        first = false;
        let high = pattern.get(at + 2).filter(|high| **high != ']');
        if let (Some('-'), Some(high)) = (pattern.get(at + 1), high) {
            inside |= (low..=*high).contains(&c);
            at += 3;
        } else {
            inside |= low == c;
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_and_question_marks_match_in_all_forms() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("cloudhsm:*", "cloudhsm:createhsm", true),
            ("cloudhsm:describe*", "cloudhsm:createhsm", false),
            ("*hsm", "cloudhsm", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("h?m", "hsm", true),
            ("h?m", "hm", false),
            ("lab", "Lab", false),
            ("*a*a*", "banana", true),
            ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            for form in [matches, matches_escaped, matches_classes] {
                assert_eq!(form(pattern, text), expected, "{pattern} {text}");
            }
        }
    }

    #[test]
    fn a_backslash_escapes_only_in_escaped_patterns() {
        for (pattern, text, expected) in [
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"\?", "?", true),
            (r"\*", "", false),
            (r"a\", r"a\", true),
        ] {
            assert_eq!(matches_escaped(pattern, text), expected, "{pattern} {text}");
        }
        assert!(matches(r"a\*b", r"a\xb") && !matches(r"a\*b", "a*b"));
    }

    #[test]
    fn classes_match_only_in_a_shell() {
        for (pattern, text, expected) in [
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[", "[", false),
        ] {
            assert_eq!(matches_classes(pattern, text), expected, "{pattern} {text}");
        }
        assert!(matches("[a-c]x", "[a-c]x"));
    }

    /// The definition, in its slowest and simplest form.
    fn plain(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), None) => plain(rest, text),
            (Some((b'*', rest)), Some((_, tail))) => plain(rest, text) || plain(pattern, tail),
            (Some((b'?', rest)), Some((_, tail))) => plain(rest, tail),
            (Some((p, rest)), Some((t, tail))) => p == t && plain(rest, tail),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            prop_assert_eq!(matches(&pattern, &text), plain(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
