//! What lines of scripts and labs can say besides commands: `#! fault fail-hsm/us-east-1a`. To a shell
//! such a line is a comment.

/// Begins a line that names the host of the lines after it: `#@ client-1`.
pub const HOST_MARK: &str = "#@ ";

/// The longest time that one directive lets pass, in seconds: a year.
const PASS_SECONDS_MAX: u64 = 366 * 24 * 3600;

/// What happens that nobody types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// A fault begins or ends (docs/labs.md, "Faults").
    Fault {
        /// As `cut-hsm/us-east-1a`.
        id: String,
        /// Whether it begins.
        on: bool,
    },
    /// Time passes.
    Pass {
        /// How much.
        seconds: u64,
    },
    /// Ctrl-C in the terminal.
    Interrupt,
    /// Ctrl-D in the terminal: the end of what is typed.
    End,
}

impl Directive {
    /// Reads a line; `None` where it is no directive.
    ///
    /// # Errors
    /// It begins like one and says nothing that is known, in a sentence.
    #[must_use]
    pub fn read(line: &str) -> Option<Result<Self, String>> {
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
                .ok_or_else(|| format!("“{seconds}” is no number of seconds up to a year")),
            _ => Err(format!(
                "“{line}” is none of “#! fault ID”, “#! heal ID”, “#! pass SECONDS”, “#! interrupt”, “#! end”"
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
