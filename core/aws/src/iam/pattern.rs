//! Wildcards of the policy language: `*` for any characters, `?` for one character.

/// True if the whole `text` matches `pattern`. The time is proportional to the product of the
/// lengths.
#[must_use]
pub fn glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // The position of the last star, and the end of the text that it matches so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || text.get(t) == Some(&c) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, taken)) = star else {
                    return false;
                };
                star = Some((at, taken + 1));
                p = at + 1;
                t = taken + 1;
            }
        }
    }
    pattern
        .get(p..)
        .unwrap_or_default()
        .iter()
        .all(|&c| c == '*')
}

/// True if the ARN `text` matches `pattern` part by part: a wildcard does not match a colon, except
/// in the sixth part, which holds all the rest. A pattern with fewer parts is matched as a whole.
#[must_use]
pub fn arn(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let given: Vec<&str> = text.splitn(6, ':').collect();
    if parts.len() < 6 || given.len() < 6 {
        return glob(pattern, text);
    }
    parts
        .iter()
        .zip(&given)
        .all(|(part, given)| glob(part, given))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table() {
        let table = [
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
        ];
        for (pattern, text, expected) in table {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
        let cluster = "arn:aws:cloudhsm:us-east-1:111122223333:cluster/cluster-a";
        assert!(arn("arn:aws:cloudhsm:*:111122223333:cluster/*", cluster));
        assert!(arn("arn:aws:cloudhsm:*", cluster));
        assert!(!arn("arn:aws:cloudhsm:us-west-2:*:cluster/*", cluster));
        // A wildcard in one part does not match into the next part.
        assert!(!arn("arn:aws:cloudhsm:us*:cluster/*:x", cluster));
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
            prop_assert_eq!(glob(&pattern, &text), plain(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
