//! The shell's grammar: the part of POSIX sh and bash that the labs and AWS's guides use, as a tree.
//!
//! Lists with `;`, `&&`, `||`, pipelines, `!`, redirections, here-documents, quotes, `$VAR`,
//! `${VAR:-word}`, `$(…)`, `$((…))`, backquotes, `[[ … ]]`, `if`, `while`, `until`, `for`, `case`, `time`,
//! functions, `{ }` and `( )`.

mod lexer;
mod parser;

use std::cell::OnceCell;
use std::rc::Rc;

use self::parser::{Parser, Token};

/// The maximum nesting depth of constructs: deeper than a person types, and safe for the stack.
const DEPTH_MAX: usize = 32;

/// A word before expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word(pub Vec<Part>);

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Literal text; if it is unquoted, it can contain wildcards.
    Text {
        /// The text.
        text: String,
        /// True if it was quoted.
        quoted: bool,
    },
    /// A variable.
    Variable {
        /// Its name, or one of `?`, `#`, `$`, `0`-`9`.
        name: String,
        /// The rest of the braces after the name: the operator and its word.
        operator: Option<(String, Word)>,
        /// True if it is in double quotes.
        quoted: bool,
    },
    /// `$((…))`: an arithmetic expression on whole numbers; its variables are expanded first.
    Arithmetic {
        /// The expression.
        expression: Word,
        /// True if it is in double quotes: the result is not split into fields.
        quoted: bool,
    },
    /// The output of commands.
    Commands {
        /// The commands.
        list: Vec<Item>,
        /// True if it is in double quotes.
        quoted: bool,
    },
}

/// A pipeline in a list, with its connection to the item before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The connection to the item before.
    pub join: Join,
    /// True if `!` inverts its status.
    pub negated: bool,
    /// `Some` if `time` measures it; true for the POSIX format (`-p`).
    pub timed: Option<bool>,
    /// The source line on which it begins.
    pub line: usize,
    /// The commands, left to right.
    pub stages: Vec<Command>,
}

/// The connection of an item to the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// After `;` or a line end, or the first item: always runs.
    Always,
    /// After `&&`.
    And,
    /// After `||`.
    Or,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Assignments, words, redirections.
    Simple(Simple),
    /// `if … then … elif … else … fi`: the branches, then the else list.
    If(Vec<(Vec<Item>, Vec<Item>)>, Vec<Item>),
    /// `while` (true) or `until` (false) `… do … done`.
    While(bool, Vec<Item>, Vec<Item>),
    /// `for NAME in WORDS; do … done`; without `in`: over the positional parameters.
    For(String, Option<Vec<Word>>, Vec<Item>),
    /// `case WORD in PATTERN | PATTERN) … ;; esac`.
    Case(Word, Vec<(Vec<Word>, Vec<Item>)>),
    /// `NAME() COMMAND`.
    Function(String, Rc<Command>),
    /// `{ …; }`.
    Group(Vec<Item>),
    /// `( … )`.
    Subshell(Vec<Item>),
    /// A compound command with redirections: `while … done < FILE`.
    Redirected(Box<Command>, Vec<Redirection>),
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simple {
    /// `NAME=word` before the first word.
    pub assignments: Vec<(String, Word)>,
    /// The words.
    pub words: Vec<Word>,
    /// The redirections, in order.
    pub redirections: Vec<Redirection>,
}

/// A redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// The descriptor: 0, 1, 2, or both 1 and 2 (`&>`).
    pub from: Descriptor,
    /// The target.
    pub to: Target,
}

/// The stream that is redirected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descriptor {
    /// Standard input.
    Stdin,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Standard output and error.
    Both,
}

/// The target of a redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file, replaced (`>`), or read (`<`).
    File(Word),
    /// A file, appended (`>>`).
    Append(Word),
    /// The current target of standard output (1) or standard error (2): `2>&1`.
    Same(Descriptor),
    /// A here-string, with its line end.
    Text(Word),
    /// A here-document; the parser sets its body at the end of the line that opened it.
    Heredoc(Rc<OnceCell<Word>>),
}

/// The reason that a line is not a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// More lines are needed.
    Incomplete,
    /// This token is not allowed at this position.
    Unexpected(String),
    /// Nested too deeply.
    TooDeep,
}

/// Parses the first command of a script, up to the end of its line. Returns the number of bytes
/// that it takes. `line` is the number of the text's first line.
///
/// # Errors
/// See [`SyntaxError`], with the byte at which it was found.
pub fn parse_first(text: &str, line: usize) -> Result<(Vec<Item>, usize), (SyntaxError, usize)> {
    let mut parser = Parser::new(text, 0);
    parser.line = line;
    let parsed = parser.next_token().and_then(|()| parser.one_line());
    let left: usize = parser.chars.clone().map(char::len_utf8).sum();
    let used = text.len() - left;
    match parsed {
        Ok(list) if parser.heredocs.is_empty() => Ok((list, used)),
        // The end of the script ends a here-document, as in bash.
        Ok(_) => Err((SyntaxError::Incomplete, text.len())),
        Err(error) => Err((error, used)),
    }
}

/// True if a typed line continues on the next one: its last backslash is not itself quoted.
#[must_use]
pub fn continues(text: &str) -> bool {
    let mut escaped = false;
    let mut single = false;
    let mut double = false;
    let mut comment = false;
    let mut before = ' ';
    for c in text.chars() {
        if c == '\n' {
            comment = false;
        }
        if comment {
            continue;
        }
        if escaped {
            escaped = false;
        } else {
            match c {
                '\\' if !single => escaped = true,
                '\'' if !double => single = !single,
                '"' if !single => double = !double,
                '#' if !single && !double && (before.is_whitespace() || before == ';') => {
                    comment = true;
                }
                _ => {}
            }
        }
        before = c;
    }
    escaped
}

/// Parses lines into a list.
///
/// # Errors
/// See [`SyntaxError`].
pub fn parse(text: &str) -> Result<Vec<Item>, SyntaxError> {
    let mut parser = Parser::new(text, 0);
    parser.next_token()?;
    let list = parser.list(&[])?;
    match &parser.token {
        Token::End if parser.heredocs.is_empty() => Ok(list),
        Token::End => Err(SyntaxError::Incomplete),
        other => Err(SyntaxError::Unexpected(other.text())),
    }
}

impl Simple {
    /// True if a `[[` waits for its `]]`.
    fn is_open_test(&self) -> bool {
        let is =
            |word: Option<&Word>, text: &str| word.and_then(Word::plain).as_deref() == Some(text);
        is(self.words.first(), "[[") && !is(self.words.last(), "]]")
    }
}

impl Word {
    /// The text of a word that is plain unquoted text; reserved words are recognized in this form.
    #[must_use]
    pub fn plain(&self) -> Option<String> {
        match self.0.as_slice() {
            [
                Part::Text {
                    text,
                    quoted: false,
                },
            ] => Some(text.clone()),
            _ => None,
        }
    }

    /// A word of quoted text.
    #[must_use]
    pub fn quoted(text: &str) -> Self {
        Self(vec![Part::Text {
            text: text.into(),
            quoted: true,
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        match &parse(text).unwrap()[0].stages[0] {
            Command::Simple(simple) => simple
                .words
                .iter()
                .map(|word| {
                    word.0
                        .iter()
                        .map(|part| match part {
                            Part::Text { text, .. } => text.clone(),
                            Part::Variable { name, .. } => format!("<{name}>"),
                            Part::Commands { .. } => "<$()>".into(),
                            Part::Arithmetic { .. } => "<$(())>".into(),
                        })
                        .collect()
                })
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn quotes_and_substitutions() {
        assert_eq!(
            words(r#"a 'b c' "d $E" f\ g $(h "i)" ) `j`"#),
            ["a", "b c", "d <E>", "f g", "<$()>", "<$()>"]
        );
    }

    #[test]
    fn lists_and_pipelines() {
        let list = parse("a && b | c || d; e # f").unwrap();
        assert_eq!(
            list.iter().map(|item| item.join).collect::<Vec<_>>(),
            [Join::Always, Join::And, Join::Or, Join::Always]
        );
        assert_eq!(list[1].stages.len(), 2);
    }

    #[test]
    fn heredoc_with_a_pipe_on_its_line() {
        let list = parse("cat <<EOF | sort\nb\na\nEOF\necho x").unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!(list[0].stages.len(), 2);
        let Command::Simple(cat) = &list[0].stages[0] else {
            panic!()
        };
        let Target::Heredoc(body) = &cat.redirections[0].to else {
            panic!()
        };
        assert_eq!(body.get(), Some(&Word::quoted("b\na\n")));
    }

    #[test]
    fn incomplete_commands_need_more_lines() {
        for text in [
            "echo 'a",
            "a &&",
            "a |",
            "cat <<EOF\nb",
            "if a; then b",
            "for x in 1 2; do",
            "echo $(a",
            "a \\",
            "(a",
        ] {
            assert_eq!(parse(text), Err(SyntaxError::Incomplete), "{text}");
        }
    }

    #[test]
    fn a_backslash_at_the_end_continues_unless_it_is_quoted() {
        for (text, expected) in [
            ("a \\", true),
            ("a \\\\", false),
            ("echo 'a\\", false),
            ("echo \"a\\", true),
            ("a # b \\", false),
            ("a#b \\", true),
            ("a", false),
        ] {
            assert_eq!(continues(text), expected, "{text}");
        }
    }

    #[test]
    fn a_script_is_read_one_line_at_a_time() {
        let text = "a; b\nif c\nthen d; fi\ncat <<X\nbody\nX\n)";
        let mut at = 0;
        let mut lines = Vec::new();
        while let Ok((list, used)) = parse_first(&text[at..], 1) {
            lines.push((list.len(), text[at..at + used].matches('\n').count()));
            at += used;
        }
        assert_eq!(lines, [(2, 1), (1, 2), (1, 3)]);
        assert_eq!(
            parse_first(&text[at..], 7),
            Err((SyntaxError::Unexpected(")".into()), 1))
        );
    }

    #[test]
    fn syntax_errors_name_the_token() {
        for (text, token) in [
            ("a ;; b", ";;"),
            ("| a", "|"),
            ("fi", "fi"),
            ("a )", ")"),
            ("if ; then b; fi", ";"),
        ] {
            assert_eq!(
                parse(text),
                Err(SyntaxError::Unexpected(token.into())),
                "{text}"
            );
        }
    }

    #[test]
    fn no_text_panics_or_overflows() {
        for text in [
            "$(".repeat(5000),
            "(".repeat(5000),
            "`".repeat(99),
            "${a:-".repeat(5000),
            "if ".repeat(5000),
        ] {
            assert!(parse(&text).is_err(), "{}", &text[..9]);
        }
    }
}
