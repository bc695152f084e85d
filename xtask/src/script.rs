//! Smaller JavaScript, the same at each build: Trunk's own minifier orders declarations by chance.

use crate::tidy::source::{Language, Part, parts};

/// A script without its comments, indentation and empty lines.
pub(crate) fn squeezed(text: &str) -> String {
    let mut script = String::new();
    for (part, text) in parts(text, Language::JavaScript) {
        match part {
            Part::Comment => {}
            Part::Text => script += text,
            Part::Code => {
                for (number, line) in text.split('\n').enumerate() {
                    if number > 0 && !script.is_empty() && !script.ends_with('\n') {
                        script.truncate(script.trim_end_matches(' ').len());
                        script.push('\n');
                    }
                    let begins = script.is_empty() || script.ends_with('\n');
                    script += if begins { line.trim_start() } else { line };
                }
            }
        }
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_go_and_strings_stay() {
        let text = "\
/** What it does.
 * @param a
 */
function f(a) {

    // Why.
    return a + `  // not
    a comment ${a}`; // because
}
";
        let small = "function f(a) {\nreturn a + `  // not\n    a comment ${a}`;\n}\n";
        assert_eq!(squeezed(text), small);
    }
}
