//! Lines of scripts and labs that are not commands: `#! fault fail-hsm/us-east-1a`, and the answer to a
//! question: `#? Enter password: Admin-Pass-1`. To a shell such a line is a comment.

/// The prefix of a line that names the host of the following lines: `#@ client-1`.
pub const HOST_MARK: &str = "#@ ";

/// The maximum time of one `pass` directive, in seconds: a year.
const PASS_SECONDS_MAX: u64 = 366 * 24 * 3600;

/// A directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// A fault begins or ends (docs/labs.md, "Faults").
    Fault {
        /// The fault, such as `cut-hsm/us-east-1a`.
        id: String,
        /// True if it begins.
        on: bool,
    },
    /// Lets time pass.
    Pass {
        /// The number of seconds.
        seconds: u64,
    },
    /// Ctrl-C in the terminal.
    Interrupt,
    /// Ctrl-D in the terminal: end of input.
    End,
    /// The answer to a question that a program asks: the terminal must show this prompt.
    Answer {
        /// The prompt, without spaces at its end: `Enter password:`.
        prompt: String,
        /// The typed text.
        text: String,
    },
}

impl Directive {
    /// Reads a line; `None` if it is not a directive.
    ///
    /// # Errors
    /// Returns a sentence about a line that begins like a directive but is not a valid one.
    #[must_use]
    pub fn read(line: &str) -> Option<Result<Self, String>> {
        if let Some(question) = line.strip_prefix("#?") {
            return Some(Self::answer(question.trim()));
        }
        let words: Vec<&str> = line.strip_prefix("#! ")?.split_whitespace().collect();
        let fault = |id: &str, on| {
            Ok(Self::Fault {
                id: id.to_owned(),
                on,
            })
        };
        Some(match words[..] {
            ["fault", id] => fault(id, true),
            ["heal", id] => fault(id, false),
            ["interrupt"] => Ok(Self::Interrupt),
            ["end"] => Ok(Self::End),
            ["pass", seconds] => seconds
                .parse()
                .ok()
                .filter(|seconds| *seconds <= PASS_SECONDS_MAX)
                .map(|seconds| Self::Pass { seconds })
                .ok_or_else(|| format!("“{seconds}” is not a number of seconds up to a year")),
            _ => Err(format!(
                "“{line}” is none of “#! fault ID”, “#! heal ID”, “#! pass SECONDS”, “#! interrupt”, “#! end”"
            )),
        })
    }

    /// Splits `Enter password: Admin-Pass-1` after the last mark that ends a question. For a line that
    /// ends with the mark, the answer is empty.
    fn answer(question: &str) -> Result<Self, String> {
        let (prompt, text) = if question.ends_with([':', '?']) {
            (question, "")
        } else {
            let ends = [": ", "? "].map(|mark| question.rfind(mark));
            let Some(end) = ends.into_iter().flatten().max() else {
                return Err(format!(
                    "“#? {question}” has no prompt: write “#? Enter password: ANSWER”"
                ));
            };
            question.split_at(end + 1)
        };
        Ok(Self::Answer {
            prompt: prompt.trim_end().to_owned(),
            text: text.trim_start().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_follows_the_last_mark_of_its_prompt() {
        for (line, prompt, text) in [
            (
                "#? Enter password: Admin-Pass-1",
                "Enter password:",
                "Admin-Pass-1",
            ),
            ("#?Sure (y/n)? y", "Sure (y/n)?", "y"),
            ("#? Pass phrase for a: b: c ", "Pass phrase for a: b:", "c"),
            ("#? Name [lab]:", "Name [lab]:", ""),
        ] {
            let answer = Directive::Answer {
                prompt: prompt.into(),
                text: text.into(),
            };
            assert_eq!(Directive::read(line), Some(Ok(answer)), "{line}");
        }
        assert!(matches!(Directive::read("#? Admin-Pass-1"), Some(Err(_))));
    }

    #[test]
    fn lines() {
        let fault = |on| {
            Some(Ok(Directive::Fault {
                id: "cut-hsm/us-east-1a".into(),
                on,
            }))
        };
        assert_eq!(Directive::read("#! fault cut-hsm/us-east-1a"), fault(true));
        assert_eq!(
            Directive::read("#! heal  cut-hsm/us-east-1a "),
            fault(false)
        );
        assert_eq!(
            Directive::read("#! pass 90"),
            Some(Ok(Directive::Pass { seconds: 90 }))
        );
        assert_eq!(
            Directive::read("#! interrupt"),
            Some(Ok(Directive::Interrupt))
        );
        assert_eq!(Directive::read("#! end"), Some(Ok(Directive::End)));
        for line in ["ls", "#!/bin/sh", "# ! fault x", "#@ client-1", ""] {
            assert_eq!(Directive::read(line), None, "{line}");
        }
        for line in [
            "#! ",
            "#! fault",
            "#! pass -1",
            "#! pass 1e9",
            "#! sudo x y",
        ] {
            assert!(matches!(Directive::read(line), Some(Err(_))), "{line}");
        }
    }
}
