//! The parts of a source text: code, comments and strings; and the functions in it.

/// What a part of a source text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Code,
    Comment,
    Text,
}

/// The language of a source text, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    JavaScript,
}

/// Splits a source text into parts, which follow one another without a gap.
pub(crate) fn parts(text: &str, language: Language) -> Vec<(Part, &str)> {
    let mut parts = Vec::new();
    let (mut at, mut code) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let previous = text[..at].chars().next_back();
        let Some((part, length)) = begins(rest, previous, language) else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if part != Part::Code {
            if code < at {
                parts.push((Part::Code, &text[code..at]));
            }
            parts.push((part, &rest[..length]));
            code = at + length;
        }
        at += length;
    }
    if code < text.len() {
        parts.push((Part::Code, &text[code..]));
    }
    parts
}

/// The comment, string or character with which a text begins, and its length in bytes. A character is
/// code.
fn begins(rest: &str, previous: Option<char>, language: Language) -> Option<(Part, usize)> {
    if rest.starts_with("//") {
        return Some((Part::Comment, rest.find('\n').unwrap_or(rest.len())));
    }
    if rest.starts_with("/*") {
        return Some((Part::Comment, block_comment(rest, language)));
    }
    if rest.starts_with('"') {
        return Some((Part::Text, quoted(rest, '"', language)));
    }
    match language {
        Language::Rust => {
            let inside_name = previous.is_some_and(|c| c.is_alphanumeric() || c == '_');
            if let Some(length) = raw_string(rest).filter(|_| !inside_name) {
                return Some((Part::Text, length));
            }
            rest.starts_with('\'')
                .then(|| character(rest).map(|length| (Part::Code, length)))?
        }
        Language::JavaScript => ['\'', '`']
            .into_iter()
            .find(|quote| rest.starts_with(*quote))
            .map(|quote| (Part::Text, quoted(rest, quote, language))),
    }
}

/// Rust's comments nest.
fn block_comment(rest: &str, language: Language) -> usize {
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        let inside = &rest[at..];
        let close = inside.find("*/").unwrap_or(inside.len());
        match inside.find("/*").filter(|open| *open < close) {
            Some(open) if language == Language::Rust => {
                depth += 1;
                at += open + 2;
            }
            _ => {
                depth -= 1;
                at = (at + close + 2).min(rest.len());
            }
        }
        if at == rest.len() {
            break;
        }
    }
    at
}

/// The length of a string with escapes. One of JavaScript's ends with its line: what looked like a
/// string's beginning was part of a regular expression.
fn quoted(rest: &str, quote: char, language: Language) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        let ended = c == quote || (c == '\n' && language == Language::JavaScript && quote != '`');
        if ended && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    rest.len()
}

/// The length of a string such as `r#"…"#`.
fn raw_string(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r"]
        .iter()
        .find(|prefix| rest.starts_with(**prefix))?;
    let after = &rest[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(())?;
    let begin = prefix.len() + hashes + 1;
    let close = format!("\"{}", "#".repeat(hashes));
    let length = rest[begin..]
        .find(&close)
        .map(|at| begin + at + close.len());
    Some(length.unwrap_or(rest.len()))
}

/// The length of a character such as `'{'`; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        chars.next()?;
        return chars.find(|(_, c)| *c == '\'').map(|(at, _)| at + 1);
    }
    chars
        .next()
        .filter(|(_, c)| *c == '\'')
        .map(|(at, _)| at + 1)
}

/// A Rust text of the same length and lines in which comments, strings and characters are blank.
pub(super) fn blanked(text: &str) -> String {
    let blank = |text: &str| -> String {
        text.chars()
            .map(|c| if c == '\n' { c } else { ' ' })
            .collect()
    };
    let mut code = String::with_capacity(text.len());
    for (part, text) in parts(text, Language::Rust) {
        if part != Part::Code {
            code += &blank(text);
            continue;
        }
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let one = rest.chars().next().unwrap_or(' ');
            let length = rest.starts_with('\'').then(|| character(rest)).flatten();
            match length {
                Some(length) => code += &blank(&rest[..length]),
                None => code.push(one),
            }
            at += length.unwrap_or(one.len_utf8());
        }
    }
    code
}

/// A function with its body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    /// The line of its `fn`, from 1.
    pub(super) line: usize,
    /// From the line of its `fn` to that of its closing brace.
    pub(super) lines: usize,
}

/// The functions of a Rust text that have a body, in order.
pub(super) fn functions(text: &str) -> Vec<Function> {
    let code = blanked(text);
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut functions = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].chars().next_back().is_some_and(is_name) {
            continue;
        }
        let after = code[at + 3..].trim_start();
        let name: String = after.chars().take_while(|c| is_name(*c)).collect();
        let begin = code.len() - after.len() + name.len();
        if name.is_empty() {
            continue;
        }
        if let Some(end) = body_end(&code[begin..]) {
            functions.push(Function {
                name,
                line: 1 + code[..at].matches('\n').count(),
                lines: 1 + code[at..begin + end].matches('\n').count(),
            });
        }
    }
    functions
}

/// Where the body ends of a function whose parameters come next; `None` where it has no body.
fn body_end(code: &str) -> Option<usize> {
    let (mut round, mut curly) = (0_i32, 0_i32);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            '{' => curly += 1,
            '}' if curly == 1 && round == 0 => return Some(at),
            '}' => curly -= 1,
            ';' if curly == 0 && round == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(part: Part, text: &str, language: Language) -> Vec<&str> {
        parts(text, language)
            .into_iter()
            .filter(|(found, _)| *found == part)
            .map(|(_, text)| text)
            .collect()
    }

    #[test]
    fn parts_are_told_apart_in_rust() {
        let text = r##"a("x \" // y"); // one "z"
/* b /* c */ "d" */ let r = r#"e " f"#; let c = ['"', '\'', '\\']; fn g<'a>() {} b"h""##;
        let rust = Language::Rust;
        assert_eq!(
            of(Part::Text, text, rust),
            [r#""x \" // y""#, r##"r#"e " f"#"##, r#""h""#]
        );
        assert_eq!(
            of(Part::Comment, text, rust),
            [r#"// one "z""#, r#"/* b /* c */ "d" */"#]
        );
        let whole: String = parts(text, rust).iter().map(|(_, text)| *text).collect();
        assert_eq!(whole, text);
    }

    #[test]
    fn parts_are_told_apart_in_javascript() {
        let text = "a('b // c'); // d\n/['x]/.test(e);\nf(`g\n\"h\"`);";
        let js = Language::JavaScript;
        assert_eq!(of(Part::Comment, text, js), ["// d"]);
        let strings = of(Part::Text, text, js);
        assert_eq!(strings[0], "'b // c'");
        assert_eq!(strings[2], "`g\n\"h\"`");
    }

    #[test]
    fn functions_are_found_with_their_lines() {
        let text = "\
fn declared(a: [u8; 3]) -> u8;
const F: fn (u8) = one;
/// fn no() {
pub(crate) fn one<T>(a: [u8; 3]) -> T
where
    T: X,
{
    let brace = ('{', \"{\"); // {
    fn two() {}
}
";
        let found: Vec<_> = functions(text)
            .into_iter()
            .map(|found| (found.name, found.line, found.lines))
            .collect();
        assert_eq!(found, [("one".into(), 4, 7), ("two".into(), 9, 1)]);
    }
}
