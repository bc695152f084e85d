//! Expressions: operators and their precedence, members, indexes (about_Operator_Precedence).

use super::parser::{Parsed, Parser};
use super::syntax::{Expression, Kind, Span, SyntaxError};

/// Binary operators, lowest precedence first.
const LEVELS: [&[&str]; 5] = [
    &["-and", "-or", "-xor"],
    &[
        "-eq",
        "-ne",
        "-gt",
        "-lt",
        "-ge",
        "-le",
        "-like",
        "-notlike",
        "-match",
        "-notmatch",
        "-contains",
        "-notcontains",
        "-in",
        "-notin",
        "-replace",
        "-split",
        "-join",
    ],
    &["+", "-"],
    &["*", "/", "%"],
    &["-f"],
];

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.deeper()?;
        let found = self.binary(0);
        self.depth -= 1;
        found
    }

    fn binary(&mut self, level: usize) -> Parsed<Expression> {
        let Some(operators) = LEVELS.get(level) else {
            return self.list();
        };
        let start = self.at;
        let mut left = self.binary(level + 1)?;
        loop {
            let before = self.at;
            self.blanks()?;
            let Some(operator) = self.operator(operators) else {
                self.at = before;
                return Ok(left);
            };
            self.lines()?;
            if self.peek().is_none() {
                return Err(SyntaxError::Incomplete);
            }
            if matches!(self.peek(), Some(')' | '|' | ';' | '}')) {
                let span = Span {
                    start: self.at,
                    end: self.at + 1,
                };
                return Err(self.wrong(
                    span,
                    &format!(
                        "You must provide a value expression following the '{operator}' operator."
                    ),
                    "ExpectedValueExpression",
                ));
            }
            let right = self.binary(level + 1)?;
            left = Expression {
                kind: Kind::Binary(operator, Box::new(left), Box::new(right)),
                span: self.since(start),
            };
        }
    }

    fn operator(&mut self, known: &[&str]) -> Option<String> {
        let rest = self.rest();
        for operator in known {
            let Some(head) = rest.get(..operator.len()) else {
                continue;
            };
            if !head.eq_ignore_ascii_case(operator) {
                continue;
            }
            let tail = rest.get(operator.len()..).unwrap_or_default();
            let word = operator.len() > 1;
            // `-a` is not an operator; `- 1` is one.
            let ends = if word {
                !tail.starts_with(|c: char| c.is_alphanumeric() || c == '-')
            } else {
                *operator != "-" || !tail.starts_with(char::is_alphabetic)
            };
            if ends {
                self.at += operator.len();
                return Some((*operator).to_owned());
            }
        }
        None
    }

    /// Parses values separated by commas.
    fn list(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let mut all = vec![self.unary()?];
        loop {
            let before = self.at;
            self.blanks()?;
            if !self.take(",") {
                self.at = before;
                break;
            }
            self.lines()?;
            if self.peek().is_none() {
                return Err(SyntaxError::Incomplete);
            }
            all.push(self.unary()?);
        }
        if all.len() == 1 {
            return Ok(all.remove(0));
        }
        Ok(Expression {
            kind: Kind::List(all),
            span: self.since(start),
        })
    }

    fn unary(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let negates = self.take("!")
            || self
                .rest()
                .get(..4)
                .is_some_and(|word| word.eq_ignore_ascii_case("-not"))
                && {
                    self.at += 4;
                    true
                };
        if negates {
            self.blanks()?;
            self.deeper()?;
            let inner = self.unary()?;
            self.depth -= 1;
            return Ok(Expression {
                kind: Kind::Not(Box::new(inner)),
                span: self.since(start),
            });
        }
        self.postfix()
    }

    /// Parses a value with its members and indexes.
    pub(super) fn postfix(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let mut value = self.primary()?;
        loop {
            let kind = match self.peek() {
                Some('.') if self.second().is_some_and(char::is_alphabetic) => {
                    self.bump();
                    self.member(value)?
                }
                Some(':') if self.rest().starts_with("::") => {
                    self.at += 2;
                    self.member(value)?
                }
                Some('[') => {
                    self.bump();
                    self.lines()?;
                    let index = self.expression()?;
                    self.lines()?;
                    self.close(
                        ']',
                        "Array index expression is missing or not valid.",
                        "MissingArrayIndexExpression",
                    )?;
                    Kind::Index(Box::new(value), Box::new(index))
                }
                _ => return Ok(value),
            };
            value = Expression {
                kind,
                span: self.since(start),
            };
        }
    }

    fn member(&mut self, on: Expression) -> Parsed<Kind> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default().to_owned();
        self.at += length;
        if name.is_empty() {
            return Err(self.unexpected());
        }
        if !self.take("(") {
            return Ok(Kind::Member(Box::new(on), name));
        }
        let mut arguments = Vec::new();
        self.lines()?;
        while self.peek() != Some(')') {
            if self.peek().is_none() {
                return Err(SyntaxError::Incomplete);
            }
            self.deeper()?;
            arguments.push(self.unary_in_call()?);
            self.depth -= 1;
            self.lines()?;
            if !self.take(",") {
                break;
            }
            self.lines()?;
        }
        self.close(
            ')',
            "Missing ')' in method call.",
            "MissingEndParenthesisInMethodCall",
        )?;
        Ok(Kind::Call {
            on: Box::new(on),
            name,
            arguments,
        })
    }

    fn unary_in_call(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let mut left = self.unary()?;
        loop {
            let before = self.at;
            self.blanks()?;
            let Some(operator) = self.operator(&["+", "-"]) else {
                self.at = before;
                return Ok(left);
            };
            self.lines()?;
            let right = self.unary()?;
            left = Expression {
                kind: Kind::Binary(operator, Box::new(left), Box::new(right)),
                span: self.since(start),
            };
        }
    }

    fn close(&mut self, closer: char, message: &str, id: &'static str) -> Parsed<()> {
        match self.peek() {
            Some(c) if c == closer => {
                self.bump();
                Ok(())
            }
            None => Err(SyntaxError::Incomplete),
            Some(_) => {
                let span = Span {
                    start: self.at,
                    end: self.at + 1,
                };
                Err(self.wrong(span, message, id))
            }
        }
    }

    fn primary(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let kind = match (self.peek(), self.second()) {
            (Some('"' | '\''), _) | (Some('@'), Some('"' | '\'')) => return self.string(),
            (Some('$'), Some('(')) => {
                self.at += 2;
                Kind::Inner(self.inner(')')?)
            }
            (Some('@'), Some('(')) => {
                self.at += 2;
                Kind::Array(self.inner(')')?)
            }
            (Some('$'), _) => match self.variable() {
                Some(variable) => Kind::Variable(variable),
                None => return Err(self.unexpected()),
            },
            (Some('{'), _) => {
                self.bump();
                Kind::Block(self.inner('}')?)
            }
            (Some('('), _) => {
                self.bump();
                self.deeper()?;
                self.lines()?;
                if self.peek().is_none() {
                    return Err(SyntaxError::Incomplete);
                }
                let inner = self.pipeline()?;
                self.lines()?;
                self.close(
                    ')',
                    "Missing closing ')' in expression.",
                    "MissingEndParenthesisInExpression",
                )?;
                self.depth -= 1;
                Kind::Group(Box::new(inner))
            }
            (Some('['), _) => {
                let rest = self.rest();
                let Some(length) = rest.find(']') else {
                    return Err(SyntaxError::Incomplete);
                };
                let name = rest.get(1..length).unwrap_or_default().to_owned();
                self.at += length + 1;
                Kind::Type(name)
            }
            (Some(c), _) if c.is_ascii_digit() || c == '-' => {
                self.bump();
                while self.peek().is_some_and(|c| c.is_ascii_digit()) {
                    self.bump();
                }
                let text = self.text.get(start..self.at).unwrap_or_default();
                match text.parse() {
                    Ok(number) => Kind::Number(number),
                    Err(_) => {
                        self.at = start;
                        return Err(self.unexpected());
                    }
                }
            }
            _ => return Err(self.unexpected()),
        };
        Ok(Expression {
            kind,
            span: self.since(start),
        })
    }
}
