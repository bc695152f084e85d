//! Tokens and words from characters: quotes, substitutions, here-documents.

use super::parser::{Parser, Token};
use super::{DEPTH_MAX, Part, SyntaxError, Word};

impl Parser<'_> {
    /// Reads the bodies of the here-documents that the current line has opened.
    pub(super) fn read_bodies(&mut self) -> Result<(), SyntaxError> {
        for heredoc in std::mem::take(&mut self.heredocs) {
            let mut body = String::new();
            loop {
                let mut line = String::new();
                let mut ended = false;
                for c in self.chars.by_ref() {
                    if c == '\n' {
                        self.line += 1;
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

    pub(super) fn next_token(&mut self) -> Result<(), SyntaxError> {
        self.token = self.read_token()?;
        Ok(())
    }

    pub(super) fn read_token(&mut self) -> Result<Token, SyntaxError> {
        loop {
            match self.chars.peek().copied() {
                Some(' ' | '\t' | '\r') => {
                    self.chars.next();
                }
                Some('#') => while self.chars.next_if(|c| *c != '\n').is_some() {},
                Some('\\') if self.second() == Some('\n') => {
                    self.line += 1;
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
            self.line += 1;
            self.read_bodies()?;
            return Ok(Token::Newline);
        }
        let rest: String = self.chars.clone().take(4).collect();
        const OPERATORS: [&str; 19] = [
            "<<<", "<<-", "2>>", "2>&", "&&", "||", ">>", "<<", "&>", "2>", ">&", ";;", ";", "&",
            "|", "<", ">", "(", ")",
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

    pub(super) fn second(&self) -> Option<char> {
        self.chars.clone().nth(1)
    }

    pub(super) fn word(&mut self) -> Result<Word, SyntaxError> {
        let mut parts: Vec<Part> = Vec::new();
        let mut text = String::new();
        while let Some(&c) = self.chars.peek() {
            match c {
                ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\\' => {
                    self.chars.next();
                    flush(&mut text, &mut parts);
                    match self.chars.next() {
                        Some('\n') => self.line += 1,
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
                            Some(c) => {
                                self.line += usize::from(c == '\n');
                                quoted.push(c);
                            }
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
    pub(super) fn quoted_text(&mut self, end: Option<char>) -> Result<Word, SyntaxError> {
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
                    self.line += usize::from(c == '\n');
                    text.push(c);
                }
            }
        }
    }

    pub(super) fn substitution(&mut self, quoted: bool) -> Result<Part, SyntaxError> {
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

    pub(super) fn nested(&mut self, source: &str, quoted: bool) -> Result<Part, SyntaxError> {
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

    /// The text up to the parenthesis that closes `$(`; quotes and nested parentheses are
    /// respected.
    pub(super) fn balanced(&mut self) -> Result<String, SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(SyntaxError::TooDeep);
        }
        let mut text = String::new();
        let mut open = 1;
        let mut quote: Option<char> = None;
        loop {
            let c = self.chars.next().ok_or(SyntaxError::Incomplete)?;
            self.line += usize::from(c == '\n');
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

    pub(super) fn braced(&mut self, quoted: bool) -> Result<Part, SyntaxError> {
        let mut name = String::new();
        if self.chars.peek() == Some(&'#') && self.second() != Some('}') {
            self.chars.next();
            name.push('#');
        }
        while let Some(c) = self
            .chars
            .next_if(|c| c.is_ascii_alphanumeric() || matches!(*c, '_' | '@' | '*'))
        {
            name.push(c);
            if matches!(c, '@' | '*') {
                break;
            }
        }
        // `${?}`, `${#}` and `${$}` are parameters; after a name these are operators.
        if name.is_empty()
            && let Some(c) = self.chars.next_if(|c| matches!(c, '?' | '#' | '$'))
        {
            name.push(c);
        }
        let mut operator = String::new();
        while let Some(c) = self
            .chars
            .next_if(|c| matches!(*c, ':' | '-' | '+' | '=' | '%' | '#' | '?'))
        {
            operator.push(c);
            if matches!(
                operator.as_str(),
                ":-" | ":+" | ":=" | ":?" | "-" | "+" | "=" | "?" | "%%" | "##"
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
