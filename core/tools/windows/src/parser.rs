//! Parses statements, pipelines and commands; `text` and `operators` parse strings and operators.

use super::syntax::{Command, Expression, Pipeline, Span, Stage, Statement, SyntaxError};

/// The deepest nesting of brackets.
const DEPTH_MAX: usize = 64;

pub(super) type Parsed<T> = Result<T, SyntaxError>;

pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) depth: usize,
}

/// Parses a whole text.
pub(super) fn parse(text: &str) -> Parsed<Vec<Statement>> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
    };
    let list = parser.statements(None)?;
    match parser.peek() {
        None => Ok(list),
        Some(_) => Err(parser.unexpected()),
    }
}

impl Parser<'_> {
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    pub(super) const fn since(&self, start: usize) -> Span {
        Span {
            start,
            end: self.at,
        }
    }

    pub(super) fn wrong(&self, span: Span, message: &str, id: &'static str) -> SyntaxError {
        SyntaxError::Wrong {
            span,
            message: message.to_owned(),
            id,
        }
    }

    /// The error for an unexpected token. Guess: it is the only error reported; PowerShell continues to
    /// parse and may report more.
    pub(super) fn unexpected(&self) -> SyntaxError {
        let rest = self.rest();
        let length = match rest.chars().next() {
            Some(c @ ('(' | ')' | '{' | '}' | ']' | '|' | ';' | ',')) => c.len_utf8(),
            _ => rest
                .find(|c: char| c.is_whitespace() || "(){}|;,".contains(c))
                .unwrap_or(rest.len())
                .max(rest.chars().next().map_or(0, char::len_utf8)),
        };
        let token = rest.get(..length).unwrap_or_default();
        self.wrong(
            Span {
                start: self.at,
                end: self.at + length,
            },
            &format!("Unexpected token '{token}' in expression or statement."),
            "UnexpectedToken",
        )
    }

    pub(super) fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.wrong(
                self.since(self.at),
                "The lab's PowerShell does not support deeper nesting.",
                "ScriptTooComplicated",
            ));
        }
        Ok(())
    }

    /// Skips blanks, comments and continued lines.
    pub(super) fn blanks(&mut self) -> Parsed<()> {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r' | '\u{a0}') => {
                    self.bump();
                }
                Some('`') if matches!(self.second(), Some('\n') | None) => {
                    self.bump();
                    if self.bump().is_none() {
                        return Err(SyntaxError::Incomplete);
                    }
                }
                Some('#') => {
                    let length = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.at += length;
                }
                Some('<') if self.second() == Some('#') => match self.rest().find("#>") {
                    Some(length) => self.at += length + 2,
                    None => return Err(SyntaxError::Incomplete),
                },
                _ => return Ok(()),
            }
        }
    }

    /// Skips blanks and line ends.
    pub(super) fn lines(&mut self) -> Parsed<()> {
        loop {
            self.blanks()?;
            if !self.take("\n") {
                return Ok(());
            }
        }
    }

    /// Parses statements up to the end, or up to `closer`, which is not consumed.
    pub(super) fn statements(&mut self, closer: Option<char>) -> Parsed<Vec<Statement>> {
        let mut list = Vec::new();
        loop {
            self.lines()?;
            while self.take(";") {
                self.lines()?;
            }
            match self.peek() {
                None if closer.is_some() => return Err(SyntaxError::Incomplete),
                None => return Ok(list),
                c if c == closer => return Ok(list),
                Some(_) => {}
            }
            list.push(self.statement()?);
            self.blanks()?;
            match self.peek() {
                None | Some('\n' | ';') => {}
                c if c == closer => {}
                Some('&') if self.second() != Some('&') => {
                    let span = Span {
                        start: self.at,
                        end: self.at + 1,
                    };
                    return Err(self.wrong(span, "The ampersand (&) character is not allowed. The & operator is reserved for future use; wrap an ampersand in double quotation marks (\"&\") to pass it as part of a string.", "AmpersandNotAllowed"));
                }
                Some(_) => {
                    for operator in ["&&", "||"] {
                        if self.rest().starts_with(operator) {
                            let span = Span {
                                start: self.at,
                                end: self.at + 2,
                            };
                            return Err(self.wrong(span, &format!("The token '{operator}' is not a valid statement separator in this version."), "InvalidEndOfLine"));
                        }
                    }
                    return Err(self.unexpected());
                }
            }
        }
    }

    fn statement(&mut self) -> Parsed<Statement> {
        let start = self.at;
        self.no_keyword()?;
        if self.peek() == Some('$')
            && let Some(to) = self.variable()
        {
            self.blanks()?;
            let add = self.take("+=");
            if add || (self.peek() == Some('=') && self.bump().is_some()) {
                self.lines()?;
                if self.peek().is_none() {
                    return Err(SyntaxError::Incomplete);
                }
                let value = self.pipeline()?;
                return Ok(Statement::Assign { to, add, value });
            }
        }
        self.at = start;
        Ok(Statement::Pipeline(self.pipeline()?))
    }

    /// Rejects keywords: the lab's PowerShell runs commands typed at a prompt and has no control flow of
    /// scripts.
    fn no_keyword(&self) -> Parsed<()> {
        const KEYWORDS: [&str; 12] = [
            "if", "foreach", "for", "while", "do", "switch", "function", "try", "param", "return",
            "throw", "trap",
        ];
        let rest = self.rest();
        let length = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default().to_ascii_lowercase();
        let after = rest.get(length..).unwrap_or_default().trim_start();
        if KEYWORDS.contains(&word.as_str()) && !after.starts_with(['=', '|']) {
            let span = Span {
                start: self.at,
                end: self.at + length,
            };
            return Err(self.wrong(
                span,
                &format!("The lab's PowerShell has no '{word}' statement: type the commands one after the other."),
                "NotInHsmLab",
            ));
        }
        Ok(())
    }

    pub(super) fn pipeline(&mut self) -> Parsed<Pipeline> {
        let start = self.at;
        let mut stages = vec![self.stage()?];
        let mut end = self.at;
        loop {
            self.blanks()?;
            if self.peek() != Some('|') || self.second() == Some('|') {
                break;
            }
            self.bump();
            self.lines()?;
            match self.peek() {
                None => return Err(SyntaxError::Incomplete),
                Some('|' | ';' | ')' | '}') => {
                    let span = Span {
                        start: self.at - 1,
                        end: self.at,
                    };
                    return Err(self.wrong(
                        span,
                        "An empty pipe element is not allowed.",
                        "EmptyPipeElement",
                    ));
                }
                Some(_) => {}
            }
            let at = self.at;
            let stage = self.stage()?;
            if matches!(stage, Stage::Expression(..)) {
                return Err(self.wrong(
                    self.since(at),
                    "Expressions are only allowed as the first element of a pipeline.",
                    "ExpressionsMustBeFirstInPipeline",
                ));
            }
            stages.push(stage);
            end = self.at;
        }
        Ok(Pipeline {
            stages,
            span: Span { start, end },
        })
    }

    fn stage(&mut self) -> Parsed<Stage> {
        let start = self.at;
        match self.peek() {
            Some('&') => {
                self.bump();
                self.blanks()?;
                if matches!(self.peek(), None | Some('\n' | ';' | '|')) {
                    let span = self.since(start);
                    return Err(self.wrong(
                        span,
                        "Missing expression after '&' in pipeline element.",
                        "MissingExpression",
                    ));
                }
                let name = self.call_name()?;
                self.command(name, start)
            }
            Some('|') => Err(self.wrong(
                Span {
                    start,
                    end: start + 1,
                },
                "An empty pipe element is not allowed.",
                "EmptyPipeElement",
            )),
            Some(')' | '}' | ']' | ',' | '>' | '<' | '=') => Err(self.unexpected()),
            _ if self.begins_expression() => {
                let expression = self.expression()?;
                let mut redirections = Vec::new();
                loop {
                    self.blanks()?;
                    match self.redirection()? {
                        Some(found) => redirections.push(found),
                        None => break,
                    }
                }
                Ok(Stage::Expression(expression, redirections))
            }
            _ => {
                let name = self.word()?;
                self.command(name, start)
            }
        }
    }

    fn begins_expression(&self) -> bool {
        let rest = self.rest();
        match rest.chars().next() {
            Some('"' | '\'' | '$' | '(' | '[' | '!' | '{') => true,
            Some('@') => {
                rest.starts_with("@(") || rest.starts_with("@'") || rest.starts_with("@\"")
            }
            Some('-') => {
                let word = rest.get(..4).unwrap_or(rest).to_ascii_lowercase();
                word == "-not" || rest[1..].starts_with(|c: char| c.is_ascii_digit())
            }
            // `7` is a number, `7z` a command.
            Some(c) if c.is_ascii_digit() => {
                let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
                digits.is_empty()
                    || digits.starts_with(|c: char| c.is_whitespace() || "+-*/;|),".contains(c))
                    || digits.starts_with("..")
            }
            _ => false,
        }
    }

    /// Parses the command after `&`: a string, a variable or a word.
    fn call_name(&mut self) -> Parsed<Expression> {
        match self.peek() {
            Some('"' | '\'' | '$' | '(') => self.postfix(),
            _ => self.word(),
        }
    }

    fn command(&mut self, name: Expression, start: usize) -> Parsed<Stage> {
        let (mut arguments, mut redirections) = (Vec::new(), Vec::new());
        let mut end = self.at;
        loop {
            self.blanks()?;
            if let Some(redirection) = self.redirection()? {
                redirections.push(redirection);
                end = self.at;
                continue;
            }
            match self.peek() {
                None | Some('\n' | ';' | '|' | ')' | '}') => break,
                Some('&') => break,
                Some(_) => arguments.push(self.argument()?),
            }
            end = self.at;
        }
        Ok(Stage::Command(Command {
            name,
            arguments,
            redirections,
            span: Span { start, end },
        }))
    }
}
