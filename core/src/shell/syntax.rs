//! The shell's grammar: the part of POSIX sh and bash that the labs and AWS's guides use, as a tree.
//!
//! Lists with `;`, `&&`, `||`, pipelines, `!`, redirections, here-documents, quotes, `$VAR`,
//! `${VAR:-word}`, `$(…)`, `$((…))`, backquotes, `[[ … ]]`, `if`, `while`, `until`, `for`, `{ }` and `( )`.

use std::cell::OnceCell;
use std::iter::Peekable;
use std::rc::Rc;
use std::str::Chars;

/// How deeply constructs may nest: deeper than a person types, far from the stack's end.
const DEPTH_MAX: usize = 32;

/// A word before expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word(pub Vec<Part>);

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text that stands for itself; unquoted text may hold wildcards.
    Text {
        /// The text.
        text: String,
        /// Whether it was quoted.
        quoted: bool,
    },
    /// A variable.
    Variable {
        /// Its name, or one of `?`, `#`, `$`, `0`-`9`.
        name: String,
        /// What follows the name in braces: the operator and its word.
        operator: Option<(String, Word)>,
        /// Whether it stands in double quotes.
        quoted: bool,
    },
    /// `$((…))`: a sum on whole numbers, its variables expanded first.
    Arithmetic {
        /// The expression.
        expression: Word,
        /// In double quotes: not split into fields.
        quoted: bool,
    },
    /// The output of commands.
    Commands {
        /// The commands.
        list: Vec<Item>,
        /// Whether it stands in double quotes.
        quoted: bool,
    },
}

/// A pipeline in a list, and how the list goes on to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// How it hangs on the item before.
    pub join: Join,
    /// Whether its status is turned round by `!`.
    pub negated: bool,
    /// The commands, left to right.
    pub stages: Vec<Command>,
}

/// How an item hangs on the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// After `;` or a line end, or the first: runs always.
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
    /// `for NAME in WORDS; do … done`.
    For(String, Vec<Word>, Vec<Item>),
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
    /// Which descriptor: 0, 1, 2, or both 1 and 2 (`&>`).
    pub from: Descriptor,
    /// Where it goes.
    pub to: Target,
}

/// What is redirected.
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

/// Where a redirection goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file, replaced (`>`), or read (`<`).
    File(Word),
    /// A file, appended (`>>`).
    Append(Word),
    /// Where standard output (1) or standard error (2) goes now: `2>&1`.
    Same(Descriptor),
    /// A here-string, with its line end.
    Text(Word),
    /// A here-document; its body is set when the line that opened it has ended.
    Heredoc(Rc<OnceCell<Word>>),
}

/// Why a line is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// More lines are needed.
    Incomplete,
    /// This token should not stand here.
    Unexpected(String),
    /// Nested too deeply.
    TooDeep,
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

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(Word),
    Operator(&'static str),
    Newline,
    End,
}

impl Token {
    fn text(&self) -> String {
        match self {
            Self::Word(word) => word.plain().unwrap_or_default(),
            Self::Operator(text) => (*text).to_owned(),
            Self::Newline | Self::End => "newline".into(),
        }
    }
}

impl Simple {
    /// Whether a `[[` waits for its `]]`.
    fn is_open_test(&self) -> bool {
        let is =
            |word: Option<&Word>, text: &str| word.and_then(Word::plain).as_deref() == Some(text);
        is(self.words.first(), "[[") && !is(self.words.last(), "]]")
    }
}

impl Word {
    /// The text of a word that is plain unquoted text: reserved words are recognized by it.
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

/// A here-document whose body is yet to come: the delimiter, whether the body is taken literally,
/// whether leading tabs are dropped.
struct Heredoc {
    delimiter: String,
    literal: bool,
    strip_tabs: bool,
    body: Rc<OnceCell<Word>>,
}

struct Parser<'a> {
    chars: Peekable<Chars<'a>>,
    token: Token,
    heredocs: Vec<Heredoc>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, depth: usize) -> Self {
        Self {
            chars: text.chars().peekable(),
            token: Token::End,
            heredocs: Vec::new(),
            depth,
        }
    }

    /// A list up to one of the reserved words or operators in `ends`, or to the end.
    fn list(&mut self, ends: &[&str]) -> Result<Vec<Item>, SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(SyntaxError::TooDeep);
        }
        let mut items = Vec::new();
        let mut join = Join::Always;
        loop {
            while self.token == Token::Newline {
                self.next_token()?;
            }
            if self.token == Token::End || self.at_any(ends) {
                break;
            }
            let mut item = self.pipeline()?;
            item.join = join;
            items.push(item);
            join = match &self.token {
                Token::Operator("&&") => Join::And,
                Token::Operator("||") => Join::Or,
                Token::Operator(";" | "&") | Token::Newline => Join::Always,
                Token::End => break,
                _ if self.at_any(ends) => break,
                other => return Err(SyntaxError::Unexpected(other.text())),
            };
            self.next_token()?;
            if join != Join::Always {
                while self.token == Token::Newline {
                    self.next_token()?;
                }
                if self.token == Token::End {
                    return Err(SyntaxError::Incomplete);
                }
            }
        }
        self.depth -= 1;
        Ok(items)
    }

    /// A list that must hold something and end with one of `ends`, which is consumed and returned.
    fn body(&mut self, ends: &[&str]) -> Result<(Vec<Item>, String), SyntaxError> {
        let list = self.list(ends)?;
        if self.token == Token::End {
            return Err(SyntaxError::Incomplete);
        }
        let end = self.token.text();
        if list.is_empty() {
            return Err(SyntaxError::Unexpected(end));
        }
        self.next_token()?;
        Ok((list, end))
    }

    fn pipeline(&mut self) -> Result<Item, SyntaxError> {
        let mut negated = false;
        while self.at("!") {
            negated = !negated;
            self.next_token()?;
        }
        let mut stages = vec![self.command()?];
        while self.token == Token::Operator("|") {
            self.next_token()?;
            while self.token == Token::Newline {
                self.next_token()?;
            }
            stages.push(self.command()?);
        }
        Ok(Item {
            join: Join::Always,
            negated,
            stages,
        })
    }

    fn command(&mut self) -> Result<Command, SyntaxError> {
        let command = self.bare_command()?;
        let mut redirections = Vec::new();
        while let Token::Operator(
            operator @ ("<" | ">" | ">>" | "<<" | "<<-" | "<<<" | "&>" | "2>" | "2>>" | "2>&"
            | ">&"),
        ) = self.token.clone()
        {
            redirections.push(self.redirection(operator)?);
        }
        Ok(if redirections.is_empty() {
            command
        } else {
            Command::Redirected(Box::new(command), redirections)
        })
    }

    /// A command; a simple one with its redirections.
    fn bare_command(&mut self) -> Result<Command, SyntaxError> {
        match self.token.clone() {
            Token::Operator("(") => {
                self.next_token()?;
                let (list, _) = self.body(&[")"])?;
                Ok(Command::Subshell(list))
            }
            Token::Word(word) => match word.plain().as_deref() {
                Some("{") => {
                    self.next_token()?;
                    Ok(Command::Group(self.body(&["}"])?.0))
                }
                Some("if") => self.if_command(),
                Some(kind @ ("while" | "until")) => {
                    self.next_token()?;
                    let (test, _) = self.body(&["do"])?;
                    let (body, _) = self.body(&["done"])?;
                    Ok(Command::While(kind == "while", test, body))
                }
                Some("for") => self.for_command(),
                Some(word @ ("then" | "do" | "done" | "fi" | "elif" | "else" | "}")) => {
                    Err(SyntaxError::Unexpected(word.to_owned()))
                }
                _ => self.simple().map(Command::Simple),
            },
            Token::Operator(
                "<" | ">" | ">>" | "<<" | "<<-" | "<<<" | "&>" | "2>" | "2>>" | "2>&" | ">&",
            ) => self.simple().map(Command::Simple),
            Token::End => Err(SyntaxError::Incomplete),
            other => Err(SyntaxError::Unexpected(other.text())),
        }
    }

    fn if_command(&mut self) -> Result<Command, SyntaxError> {
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        self.next_token()?;
        loop {
            let (test, _) = self.body(&["then"])?;
            let (body, end) = self.body(&["elif", "else", "fi"])?;
            branches.push((test, body));
            match end.as_str() {
                "elif" => {}
                "else" => {
                    otherwise = self.body(&["fi"])?.0;
                    break;
                }
                _ => break,
            }
        }
        Ok(Command::If(branches, otherwise))
    }

    fn for_command(&mut self) -> Result<Command, SyntaxError> {
        self.next_token()?;
        let name = match &self.token {
            Token::Word(word) => word.plain().unwrap_or_default(),
            Token::End => return Err(SyntaxError::Incomplete),
            other => return Err(SyntaxError::Unexpected(other.text())),
        };
        self.next_token()?;
        if !self.at("in") {
            return Err(self.unexpected());
        }
        self.next_token()?;
        let mut words = Vec::new();
        while let Token::Word(word) = self.token.clone() {
            words.push(word);
            self.next_token()?;
        }
        while matches!(self.token, Token::Newline | Token::Operator(";")) {
            self.next_token()?;
        }
        if !self.at("do") {
            return Err(self.unexpected());
        }
        self.next_token()?;
        let (body, _) = self.body(&["done"])?;
        Ok(Command::For(name, words, body))
    }

    fn unexpected(&self) -> SyntaxError {
        match &self.token {
            Token::End => SyntaxError::Incomplete,
            other => SyntaxError::Unexpected(other.text()),
        }
    }

    fn simple(&mut self) -> Result<Simple, SyntaxError> {
        let mut command = Simple::default();
        loop {
            match self.token.clone() {
                Token::Word(word) => {
                    self.next_token()?;
                    match assignment(&word) {
                        Some(assigned) if command.words.is_empty() => {
                            command.assignments.push(assigned);
                        }
                        _ => command.words.push(word),
                    }
                }
                Token::Operator(
                    operator @ ("<" | ">" | ">>" | "<<" | "<<-" | "<<<" | "&>" | "2>" | "2>>"
                    | "2>&" | ">&"),
                ) => {
                    let redirection = self.redirection(operator)?;
                    command.redirections.push(redirection);
                }
                // Inside `[[ … ]]` these join conditions, not commands.
                Token::Operator(joint @ ("&&" | "||")) if command.is_open_test() => {
                    self.next_token()?;
                    command.words.push(Word::quoted(joint));
                }
                Token::Newline if command.is_open_test() => self.next_token()?,
                Token::End if command.is_open_test() => return Err(SyntaxError::Incomplete),
                Token::Operator("(") => return Err(SyntaxError::Unexpected("(".into())),
                _ => return Ok(command),
            }
        }
    }

    fn redirection(&mut self, operator: &str) -> Result<Redirection, SyntaxError> {
        let strip_tabs = operator == "<<-";
        self.next_token()?;
        let Token::Word(word) = self.token.clone() else {
            return Err(self.unexpected());
        };
        let (from, to) = match operator {
            "<" => (Descriptor::Stdin, Target::File(word)),
            ">" => (Descriptor::Stdout, Target::File(word)),
            ">>" => (Descriptor::Stdout, Target::Append(word)),
            "2>" => (Descriptor::Stderr, Target::File(word)),
            "2>>" => (Descriptor::Stderr, Target::Append(word)),
            "&>" => (Descriptor::Both, Target::File(word)),
            "2>&" => (Descriptor::Stderr, Target::Same(Descriptor::Stdout)),
            ">&" => (Descriptor::Stdout, Target::Same(Descriptor::Stderr)),
            "<<<" => {
                let mut parts = word.0;
                parts.push(Part::Text {
                    text: "\n".into(),
                    quoted: true,
                });
                (Descriptor::Stdin, Target::Text(Word(parts)))
            }
            _ => {
                let literal = word
                    .0
                    .iter()
                    .any(|part| matches!(part, Part::Text { quoted: true, .. }));
                let delimiter = word
                    .0
                    .iter()
                    .map(|part| match part {
                        Part::Text { text, .. } => text.as_str(),
                        _ => "",
                    })
                    .collect();
                let body = Rc::new(OnceCell::new());
                self.heredocs.push(Heredoc {
                    delimiter,
                    literal,
                    strip_tabs,
                    body: body.clone(),
                });
                (Descriptor::Stdin, Target::Heredoc(body))
            }
        };
        self.next_token()?;
        Ok(Redirection { from, to })
    }

    /// Reads the bodies of the here-documents that the line just ended has opened.
    fn read_bodies(&mut self) -> Result<(), SyntaxError> {
        for heredoc in std::mem::take(&mut self.heredocs) {
            let mut body = String::new();
            loop {
                let mut line = String::new();
                let mut ended = false;
                for c in self.chars.by_ref() {
                    if c == '\n' {
                        ended = true;
                        break;
                    }
                    line.push(c);
                }
                let bare = if heredoc.strip_tabs {
                    line.trim_start_matches('\t')
                } else {
                    &line
                };
                if bare == heredoc.delimiter {
                    break;
                }
                if !ended {
                    return Err(SyntaxError::Incomplete);
                }
                body.push_str(bare);
                body.push('\n');
            }
            let word = if heredoc.literal {
                Word::quoted(&body)
            } else {
                Parser::new(&body, self.depth).quoted_text(None)?
            };
            let _ = heredoc.body.set(word);
        }
        Ok(())
    }

    fn at(&self, word: &str) -> bool {
        matches!(&self.token, Token::Word(token) if token.plain().as_deref() == Some(word))
    }

    fn at_any(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| match &self.token {
            Token::Operator(operator) => operator == end,
            _ => self.at(end),
        })
    }

    fn next_token(&mut self) -> Result<(), SyntaxError> {
        self.token = self.read_token()?;
        Ok(())
    }

    fn read_token(&mut self) -> Result<Token, SyntaxError> {
        loop {
            match self.chars.peek().copied() {
                Some(' ' | '\t' | '\r') => {
                    self.chars.next();
                }
                Some('#') => while self.chars.next_if(|c| *c != '\n').is_some() {},
                Some('\\') if self.second() == Some('\n') => {
                    self.chars.next();
                    self.chars.next();
                }
                _ => break,
            }
        }
        let Some(&first) = self.chars.peek() else {
            return Ok(Token::End);
        };
        if first == '\n' {
            self.chars.next();
            self.read_bodies()?;
            return Ok(Token::Newline);
        }
        let rest: String = self.chars.clone().take(4).collect();
        const OPERATORS: [&str; 18] = [
            "<<<", "<<-", "2>>", "2>&", "&&", "||", ">>", "<<", "&>", "2>", ">&", ";", "&", "|",
            "<", ">", "(", ")",
        ];
        if let Some(operator) = OPERATORS
            .iter()
            .find(|operator| rest.starts_with(**operator))
        {
            for _ in 0..operator.chars().count() {
                self.chars.next();
            }
            return Ok(Token::Operator(operator));
        }
        if rest.starts_with("1>") && !rest.starts_with("1>&") {
            self.chars.next();
            return self.read_token();
        }
        self.word().map(Token::Word)
    }

    fn second(&self) -> Option<char> {
        self.chars.clone().nth(1)
    }

    fn word(&mut self) -> Result<Word, SyntaxError> {
        let mut parts: Vec<Part> = Vec::new();
        let mut text = String::new();
        while let Some(&c) = self.chars.peek() {
            match c {
                ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\\' => {
                    self.chars.next();
                    flush(&mut text, &mut parts);
                    match self.chars.next() {
                        Some('\n') => {}
                        Some(c) => parts.push(Part::Text {
                            text: c.to_string(),
                            quoted: true,
                        }),
                        None => return Err(SyntaxError::Incomplete),
                    }
                }
                '\'' => {
                    self.chars.next();
                    flush(&mut text, &mut parts);
                    let mut quoted = String::new();
                    loop {
                        match self.chars.next() {
                            Some('\'') => break,
                            Some(c) => quoted.push(c),
                            None => return Err(SyntaxError::Incomplete),
                        }
                    }
                    parts.push(Part::Text {
                        text: quoted,
                        quoted: true,
                    });
                }
                '"' => {
                    self.chars.next();
                    flush(&mut text, &mut parts);
                    parts.push(Part::Text {
                        text: String::new(),
                        quoted: true,
                    });
                    parts.extend(self.quoted_text(Some('"'))?.0);
                }
                '$' | '`' => {
                    flush(&mut text, &mut parts);
                    parts.push(self.substitution(false)?);
                }
                c => {
                    self.chars.next();
                    text.push(c);
                }
            }
        }
        flush(&mut text, &mut parts);
        Ok(Word(parts))
    }

    /// Text in which only `$`, backquotes and some backslashes are special, up to `end` (a double
    /// quote) or to the end of the text (a here-document).
    fn quoted_text(&mut self, end: Option<char>) -> Result<Word, SyntaxError> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let push = |text: &mut String, parts: &mut Vec<Part>| {
            if !text.is_empty() {
                parts.push(Part::Text {
                    text: std::mem::take(text),
                    quoted: true,
                });
            }
        };
        loop {
            let Some(&c) = self.chars.peek() else {
                if end.is_some() {
                    return Err(SyntaxError::Incomplete);
                }
                push(&mut text, &mut parts);
                return Ok(Word(parts));
            };
            match c {
                c if Some(c) == end => {
                    self.chars.next();
                    push(&mut text, &mut parts);
                    return Ok(Word(parts));
                }
                '\\' => {
                    self.chars.next();
                    match self.chars.next() {
                        Some('\n') => {}
                        Some(c @ ('$' | '`' | '\\')) => text.push(c),
                        Some('"') if end.is_some() => text.push('"'),
                        Some(c) => {
                            text.push('\\');
                            text.push(c);
                        }
                        None if end.is_some() => return Err(SyntaxError::Incomplete),
                        None => text.push('\\'),
                    }
                }
                '$' | '`' => {
                    push(&mut text, &mut parts);
                    parts.push(self.substitution(true)?);
                }
                c => {
                    self.chars.next();
                    text.push(c);
                }
            }
        }
    }

    fn substitution(&mut self, quoted: bool) -> Result<Part, SyntaxError> {
        if self.chars.next() == Some('`') {
            let mut source = String::new();
            loop {
                match self.chars.next() {
                    Some('`') => break,
                    Some('\\') => match self.chars.next() {
                        Some(c @ ('`' | '\\' | '$')) => source.push(c),
                        Some(c) => {
                            source.push('\\');
                            source.push(c);
                        }
                        None => return Err(SyntaxError::Incomplete),
                    },
                    Some(c) => source.push(c),
                    None => return Err(SyntaxError::Incomplete),
                }
            }
            return self.nested(&source, quoted);
        }
        match self.chars.peek() {
            Some('(') => {
                self.chars.next();
                let arithmetic = self.chars.peek() == Some(&'(');
                let source = self.balanced()?;
                let inner = source
                    .strip_prefix('(')
                    .and_then(|rest| rest.strip_suffix(')'));
                match inner.filter(|_| arithmetic) {
                    Some(inner) if self.depth < DEPTH_MAX => Ok(Part::Arithmetic {
                        expression: Parser::new(inner, self.depth + 1).quoted_text(None)?,
                        quoted,
                    }),
                    _ => self.nested(&source, quoted),
                }
            }
            Some('{') => {
                self.chars.next();
                self.braced(quoted)
            }
            Some(&c) if c.is_ascii_alphabetic() || c == '_' => {
                let mut name = String::new();
                while let Some(c) = self
                    .chars
                    .next_if(|c| c.is_ascii_alphanumeric() || *c == '_')
                {
                    name.push(c);
                }
                Ok(Part::Variable {
                    name,
                    operator: None,
                    quoted,
                })
            }
            Some(&c) if c.is_ascii_digit() || matches!(c, '?' | '#' | '$' | '@' | '*' | '!') => {
                self.chars.next();
                Ok(Part::Variable {
                    name: c.to_string(),
                    operator: None,
                    quoted,
                })
            }
            _ => Ok(Part::Text {
                text: "$".into(),
                quoted: true,
            }),
        }
    }

    fn nested(&mut self, source: &str, quoted: bool) -> Result<Part, SyntaxError> {
        if self.depth >= DEPTH_MAX {
            return Err(SyntaxError::TooDeep);
        }
        let mut inner = Parser::new(source, self.depth + 1);
        inner.next_token()?;
        let list = inner.list(&[])?;
        match &inner.token {
            Token::End => Ok(Part::Commands { list, quoted }),
            other => Err(SyntaxError::Unexpected(other.text())),
        }
    }

    /// The text up to the parenthesis that closes `$(`, quotes and nested parentheses respected.
    fn balanced(&mut self) -> Result<String, SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(SyntaxError::TooDeep);
        }
        let mut text = String::new();
        let mut open = 1;
        let mut quote: Option<char> = None;
        loop {
            let c = self.chars.next().ok_or(SyntaxError::Incomplete)?;
            match (c, quote) {
                ('\\', q) if q != Some('\'') => {
                    text.push(c);
                    text.push(self.chars.next().ok_or(SyntaxError::Incomplete)?);
                    continue;
                }
                ('\'' | '"', None) => quote = Some(c),
                (c, Some(q)) if c == q => quote = None,
                ('$', Some('"')) if self.chars.peek() == Some(&'(') => {
                    self.chars.next();
                    text.push_str("$(");
                    text.push_str(&self.balanced()?);
                    text.push(')');
                    continue;
                }
                ('(', None) => open += 1,
                (')', None) => {
                    open -= 1;
                    if open == 0 {
                        self.depth -= 1;
                        return Ok(text);
                    }
                }
                _ => {}
            }
            text.push(c);
        }
    }

    fn braced(&mut self, quoted: bool) -> Result<Part, SyntaxError> {
        let mut name = String::new();
        if self.chars.peek() == Some(&'#') && self.second() != Some('}') {
            self.chars.next();
            name.push('#');
        }
        while let Some(c) = self
            .chars
            .next_if(|c| c.is_ascii_alphanumeric() || matches!(*c, '_' | '?' | '#'))
        {
            name.push(c);
            if matches!(c, '?') {
                break;
            }
        }
        let mut operator = String::new();
        while let Some(c) = self
            .chars
            .next_if(|c| matches!(*c, ':' | '-' | '+' | '=' | '%' | '#'))
        {
            operator.push(c);
            if matches!(
                operator.as_str(),
                ":-" | ":+" | ":=" | "-" | "+" | "=" | "%%" | "##"
            ) {
                break;
            }
        }
        let word = {
            let mut text = String::new();
            let mut depth = 1;
            loop {
                match self.chars.next() {
                    Some('}') if depth == 1 => break,
                    Some(c) => {
                        depth += i32::from(c == '{') - i32::from(c == '}');
                        text.push(c);
                    }
                    None => return Err(SyntaxError::Incomplete),
                }
            }
            if self.depth >= DEPTH_MAX {
                return Err(SyntaxError::TooDeep);
            }
            Parser::new(&text, self.depth + 1).quoted_text(None)?
        };
        if name.is_empty() || (operator.is_empty() && !word.0.is_empty()) {
            return Err(SyntaxError::Unexpected("${".into()));
        }
        let operator = (!operator.is_empty()).then_some((operator, word));
        Ok(Part::Variable {
            name,
            operator,
            quoted,
        })
    }
}

fn flush(text: &mut String, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Text {
            text: std::mem::take(text),
            quoted: false,
        });
    }
}

/// `NAME=rest` as a name and a word.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Part::Text {
        text,
        quoted: false,
    }) = word.0.first()
    else {
        return None;
    };
    let (name, value) = text.split_once('=')?;
    let mut chars = name.chars();
    let valid = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !valid {
        return None;
    }
    let mut parts = vec![Part::Text {
        text: value.to_owned(),
        quoted: false,
    }];
    parts.extend(word.0.iter().skip(1).cloned());
    Some((name.to_owned(), Word(parts)))
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
    fn what_needs_more_lines() {
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
    fn what_is_wrong() {
        for (text, token) in [
            ("a ;; b", ";"),
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
