//! Commands, lists and redirections from tokens.

use std::cell::OnceCell;
use std::iter::Peekable;
use std::rc::Rc;
use std::str::Chars;

use super::{
    Command, DEPTH_MAX, Descriptor, Item, Join, Part, Redirection, Simple, SyntaxError, Target,
    Word,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(Word),
    Operator(&'static str),
    Newline,
    End,
}

impl Token {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Word(word) => word.plain().unwrap_or_default(),
            Self::Operator(text) => (*text).to_owned(),
            Self::Newline | Self::End => "newline".into(),
        }
    }
}
/// A here-document whose body follows: the delimiter, flags for a literal body and for dropped
/// leading tabs.
pub(super) struct Heredoc {
    pub(super) delimiter: String,
    pub(super) literal: bool,
    pub(super) strip_tabs: bool,
    pub(super) body: Rc<OnceCell<Word>>,
}

pub(super) struct Parser<'a> {
    pub(super) chars: Peekable<Chars<'a>>,
    pub(super) token: Token,
    pub(super) heredocs: Vec<Heredoc>,
    pub(super) depth: usize,
    /// The current line.
    pub(super) line: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, depth: usize) -> Self {
        Self {
            chars: text.chars().peekable(),
            token: Token::End,
            heredocs: Vec::new(),
            depth,
            line: 1,
        }
    }

    /// The list up to the end of the line on which its last command ends.
    pub(super) fn one_line(&mut self) -> Result<Vec<Item>, SyntaxError> {
        self.items(&[], true)
    }

    /// A list up to one of the reserved words or operators in `ends`, or to the end.
    pub(super) fn list(&mut self, ends: &[&str]) -> Result<Vec<Item>, SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(SyntaxError::TooDeep);
        }
        let items = self.items(ends, false)?;
        self.depth -= 1;
        Ok(items)
    }

    fn items(&mut self, ends: &[&str], one_line: bool) -> Result<Vec<Item>, SyntaxError> {
        let mut items = Vec::new();
        let mut join = Join::Always;
        loop {
            if !one_line {
                self.skip_newlines()?;
            }
            if matches!(self.token, Token::End | Token::Newline) || self.at_any(ends) {
                break;
            }
            let mut item = self.pipeline()?;
            item.join = join;
            items.push(item);
            join = match &self.token {
                Token::Operator("&&") => Join::And,
                Token::Operator("||") => Join::Or,
                Token::Newline if one_line => break,
                Token::Operator(";" | "&") | Token::Newline => Join::Always,
                Token::End => break,
                _ if self.at_any(ends) => break,
                other => return Err(SyntaxError::Unexpected(other.text())),
            };
            self.next_token()?;
            if join != Join::Always {
                self.skip_newlines()?;
                if self.token == Token::End {
                    return Err(SyntaxError::Incomplete);
                }
            }
        }
        Ok(items)
    }

    /// A non-empty list that ends with one of `ends`, which is consumed and returned.
    pub(super) fn body(&mut self, ends: &[&str]) -> Result<(Vec<Item>, String), SyntaxError> {
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

    pub(super) fn pipeline(&mut self) -> Result<Item, SyntaxError> {
        let (mut negated, mut timed) = (false, None);
        let line = self.line;
        loop {
            if self.at("!") {
                negated = !negated;
            } else if self.at("time") {
                timed = Some(false);
            } else if timed.is_some() && self.at("-p") {
                timed = Some(true);
            } else {
                break;
            }
            self.next_token()?;
        }
        let mut stages = vec![self.command()?];
        while self.token == Token::Operator("|") {
            self.next_token()?;
            self.skip_newlines()?;
            stages.push(self.command()?);
        }
        Ok(Item {
            join: Join::Always,
            negated,
            timed,
            line,
            stages,
        })
    }

    pub(super) fn command(&mut self) -> Result<Command, SyntaxError> {
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
    pub(super) fn bare_command(&mut self) -> Result<Command, SyntaxError> {
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
                Some("case") => self.case_command(),
                Some("function") => {
                    self.next_token()?;
                    self.function()
                }
                Some(word @ ("then" | "do" | "done" | "fi" | "elif" | "else" | "esac" | "}")) => {
                    Err(SyntaxError::Unexpected(word.to_owned()))
                }
                Some(_) if self.opens_parenthesis() => self.function(),
                _ => self.simple().map(Command::Simple),
            },
            Token::Operator(
                "<" | ">" | ">>" | "<<" | "<<-" | "<<<" | "&>" | "2>" | "2>>" | "2>&" | ">&",
            ) => self.simple().map(Command::Simple),
            Token::End => Err(SyntaxError::Incomplete),
            other => Err(SyntaxError::Unexpected(other.text())),
        }
    }

    pub(super) fn if_command(&mut self) -> Result<Command, SyntaxError> {
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

    pub(super) fn for_command(&mut self) -> Result<Command, SyntaxError> {
        self.next_token()?;
        let name = match &self.token {
            Token::Word(word) => word.plain().unwrap_or_default(),
            Token::End => return Err(SyntaxError::Incomplete),
            other => return Err(SyntaxError::Unexpected(other.text())),
        };
        self.next_token()?;
        self.skip_newlines()?;
        let words = if self.at("in") {
            self.next_token()?;
            let mut words = Vec::new();
            while let Token::Word(word) = self.token.clone() {
                words.push(word);
                self.next_token()?;
            }
            Some(words)
        } else {
            None
        };
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

    /// True if the next token is a parenthesis: then the word before it names a function.
    fn opens_parenthesis(&self) -> bool {
        let mut rest = self.chars.clone();
        rest.find(|c| !matches!(c, ' ' | '\t')) == Some('(')
    }

    fn skip_newlines(&mut self) -> Result<(), SyntaxError> {
        while self.token == Token::Newline {
            self.next_token()?;
        }
        Ok(())
    }

    /// `case WORD in … esac`.
    fn case_command(&mut self) -> Result<Command, SyntaxError> {
        self.next_token()?;
        let Token::Word(word) = self.token.clone() else {
            return Err(self.unexpected());
        };
        self.next_token()?;
        self.skip_newlines()?;
        if !self.at("in") {
            return Err(self.unexpected());
        }
        self.next_token()?;
        let mut branches = Vec::new();
        loop {
            self.skip_newlines()?;
            if self.at("esac") {
                self.next_token()?;
                return Ok(Command::Case(word, branches));
            }
            let patterns = self.patterns()?;
            let list = self.list(&[";;", "esac"])?;
            branches.push((patterns, list));
            if self.token == Token::Operator(";;") {
                self.next_token()?;
            } else if !self.at("esac") {
                return Err(self.unexpected());
            }
        }
    }

    /// The patterns of a branch, up to their `)`.
    fn patterns(&mut self) -> Result<Vec<Word>, SyntaxError> {
        if self.token == Token::Operator("(") {
            self.next_token()?;
        }
        let mut patterns = Vec::new();
        loop {
            let Token::Word(word) = self.token.clone() else {
                return Err(self.unexpected());
            };
            patterns.push(word);
            self.next_token()?;
            let ended = self.token == Token::Operator(")");
            if !ended && self.token != Token::Operator("|") {
                return Err(self.unexpected());
            }
            self.next_token()?;
            if ended {
                return Ok(patterns);
            }
        }
    }

    /// `NAME() COMMAND`, or the part after `function`.
    fn function(&mut self) -> Result<Command, SyntaxError> {
        let Token::Word(word) = self.token.clone() else {
            return Err(self.unexpected());
        };
        let Some(name) = word.plain() else {
            return Err(self.unexpected());
        };
        self.next_token()?;
        if self.token == Token::Operator("(") {
            self.next_token()?;
            if self.token != Token::Operator(")") {
                return Err(self.unexpected());
            }
            self.next_token()?;
        }
        self.skip_newlines()?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(SyntaxError::TooDeep);
        }
        let body = self.command()?;
        self.depth -= 1;
        if matches!(body, Command::Simple(_)) {
            return Err(self.unexpected());
        }
        Ok(Command::Function(name, Rc::new(body)))
    }

    pub(super) fn unexpected(&self) -> SyntaxError {
        match &self.token {
            Token::End => SyntaxError::Incomplete,
            other => SyntaxError::Unexpected(other.text()),
        }
    }

    pub(super) fn simple(&mut self) -> Result<Simple, SyntaxError> {
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
                // Inside `[[ … ]]`, these join conditions, not commands.
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

    pub(super) fn redirection(&mut self, operator: &str) -> Result<Redirection, SyntaxError> {
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
    pub(super) fn at(&self, word: &str) -> bool {
        matches!(&self.token, Token::Word(token) if token.plain().as_deref() == Some(word))
    }

    pub(super) fn at_any(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| match &self.token {
            Token::Operator(operator) => operator == end,
            _ => self.at(end),
        })
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
