//! Parses a `JMESPath` expression into a tree: top-down operator precedence, with the same grammar, the
//! same lenient cases and the same messages as the Python library that the AWS CLI uses.

use std::rc::Rc;

use super::SyntaxError;
use super::lexer::{Kind, Token, tokens};
use crate::data::Data;

/// The deepest nesting of an expression: Python's recursion limit stops at about this depth.
const DEPTH_MAX: usize = 200;

/// The most operators that one expression may chain, for the same reason.
const CHAIN_MAX: usize = 600;

/// Tokens with less binding power end a projection.
const PROJECTION_STOP: u8 = 10;

/// A node of the tree.
#[derive(Clone, Debug)]
pub enum Node {
    /// The current value, where nothing is written.
    Identity,
    /// `@`.
    Current,
    /// `name`.
    Field(Rc<str>),
    /// A literal or a raw string.
    Literal(Data),
    /// `a.b`, `a[0]`, `a | b`: each part is applied to the result of the part before it.
    Chain(Vec<Node>),
    /// `[n]`; a negative index counts from the end.
    Index(i128),
    /// `[start:stop:step]`.
    Slice([Option<i128>; 3]),
    /// `a[*].b`.
    Projection(Box<Node>, Box<Node>),
    /// `a.*.b`.
    ValueProjection(Box<Node>, Box<Node>),
    /// `a[?condition].b`: the list, the condition, the projected expression.
    Filter(Box<Node>, Box<Node>, Box<Node>),
    /// `a[]`, before its projection.
    Flatten(Box<Node>),
    /// A comparison such as `a == b`.
    Compare(Comparator, Box<Node>, Box<Node>),
    /// `a || b`.
    Or(Box<Node>, Box<Node>),
    /// `a && b`.
    And(Box<Node>, Box<Node>),
    /// `!a`.
    Not(Box<Node>),
    /// `[a, b]`.
    List(Vec<Node>),
    /// `{x: a, y: b}`.
    Map(Vec<(Rc<str>, Node)>),
    /// `f(a, b)`.
    Call(Rc<str>, Vec<Node>),
    /// `&a`.
    Reference(Rc<Node>),
}

/// The comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

/// Parses an expression.
pub(super) fn parse(expression: &str) -> Result<Node, SyntaxError> {
    let tokens = tokens(expression)?;
    let end = tokens.len() - 1;
    let mut parser = Parser {
        tokens,
        end,
        at: 0,
        depth: 0,
        chained: 0,
    };
    let node = parser.expression(0)?;
    let token = parser.token();
    if token.kind != Kind::End {
        let reason = format!("Unexpected token: {}", token.value.python_str());
        return Err(SyntaxError::at(token, reason));
    }
    Ok(node)
}

struct Parser {
    /// The tokens; never empty, and the last is the end.
    tokens: Vec<Token>,
    end: usize,
    at: usize,
    depth: usize,
    chained: usize,
}

type Parsed = Result<Node, SyntaxError>;

impl Parser {
    fn expression(&mut self, power: u8) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(SyntaxError::TooDeep);
        }
        let first = self.next();
        let mut left = self.prefix(&first)?;
        while power < self.kind().binding_power() {
            self.chained += 1;
            if self.chained > CHAIN_MAX {
                return Err(SyntaxError::TooDeep);
            }
            left = self.infix(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// Parses a token at the start of an expression.
    fn prefix(&mut self, token: &Token) -> Parsed {
        match token.kind {
            Kind::Literal => Ok(Node::Literal(token.value.clone())),
            Kind::Name => Ok(Node::Field(text_of(token))),
            Kind::QuotedName if self.kind() == Kind::LeftParen => {
                let reason = "Quoted identifier not allowed for function names.".to_owned();
                Err(SyntaxError::at(
                    &Token {
                        start: 0,
                        ..self.token().clone()
                    },
                    reason,
                ))
            }
            Kind::QuotedName => Ok(Node::Field(text_of(token))),
            Kind::Star => {
                let right = if self.kind() == Kind::RightBracket {
                    Node::Identity
                } else {
                    self.projected(Kind::Star.binding_power())?
                };
                Ok(Node::ValueProjection(
                    Box::new(Node::Identity),
                    Box::new(right),
                ))
            }
            Kind::Filter => self.filter(Node::Identity),
            Kind::LeftBrace => self.map(),
            Kind::LeftParen => {
                let inner = self.expression(0)?;
                self.expect(Kind::RightParen)?;
                Ok(inner)
            }
            Kind::Flatten => self.flatten(Node::Identity),
            Kind::Not => Ok(Node::Not(Box::new(
                self.expression(Kind::Not.binding_power())?,
            ))),
            Kind::LeftBracket => match self.kind() {
                Kind::Number | Kind::Colon => {
                    let index = self.index()?;
                    self.indexed(Node::Identity, index)
                }
                Kind::Star if self.kind_after() == Kind::RightBracket => {
                    self.at += 2;
                    let right = self.projected(Kind::Star.binding_power())?;
                    Ok(Node::Projection(Box::new(Node::Identity), Box::new(right)))
                }
                _ => self.list(),
            },
            Kind::Current => Ok(Node::Current),
            Kind::Reference => Ok(Node::Reference(Rc::new(self.expression(0)?))),
            Kind::End => Err(SyntaxError::Incomplete),
            _ => Err(SyntaxError::at(token, "invalid token".into())),
        }
    }

    /// Parses the current token after `left`.
    fn infix(&mut self, left: Node) -> Parsed {
        let token = self.next();
        match token.kind {
            Kind::Dot => {
                if self.kind() == Kind::Star {
                    self.at += 1;
                    let right = self.projected(Kind::Dot.binding_power())?;
                    return Ok(Node::ValueProjection(Box::new(left), Box::new(right)));
                }
                let right = self.after_dot(Kind::Dot.binding_power())?;
                Ok(chain(left, right))
            }
            Kind::Pipe => {
                let right = self.expression(token.kind.binding_power())?;
                Ok(chain(left, right))
            }
            Kind::Or => {
                let right = self.expression(token.kind.binding_power())?;
                Ok(Node::Or(Box::new(left), Box::new(right)))
            }
            Kind::And => {
                let right = self.expression(token.kind.binding_power())?;
                Ok(Node::And(Box::new(left), Box::new(right)))
            }
            Kind::LeftParen => self.call(&left),
            Kind::Filter => self.filter(left),
            Kind::Flatten => self.flatten(left),
            Kind::LeftBracket => {
                if matches!(self.kind(), Kind::Number | Kind::Colon) {
                    let index = self.index()?;
                    return self.indexed(left, index);
                }
                self.expect(Kind::Star)?;
                self.expect(Kind::RightBracket)?;
                let right = self.projected(Kind::Star.binding_power())?;
                Ok(Node::Projection(Box::new(left), Box::new(right)))
            }
            kind => {
                let Some(comparator) = comparator(kind) else {
                    return Err(SyntaxError::at(&token, "invalid token".into()));
                };
                let right = self.expression(kind.binding_power())?;
                Ok(Node::Compare(comparator, Box::new(left), Box::new(right)))
            }
        }
    }

    fn call(&mut self, left: &Node) -> Parsed {
        let Node::Field(name) = left else {
            let before = self
                .tokens
                .get(self.at.saturating_sub(2))
                .unwrap_or_else(|| self.token());
            let reason = format!("Invalid function name '{}'", before.value.python_str());
            return Err(SyntaxError::at(before, reason));
        };
        let mut arguments = Vec::new();
        while self.kind() != Kind::RightParen {
            arguments.push(self.expression(0)?);
            // The library does not require commas, and accepts one at the end.
            if self.kind() == Kind::Comma {
                self.at += 1;
            }
        }
        self.expect(Kind::RightParen)?;
        Ok(Node::Call(name.clone(), arguments))
    }

    fn filter(&mut self, left: Node) -> Parsed {
        let condition = self.expression(0)?;
        self.expect(Kind::RightBracket)?;
        let right = if self.kind() == Kind::Flatten {
            Node::Identity
        } else {
            self.projected(Kind::Filter.binding_power())?
        };
        Ok(Node::Filter(
            Box::new(left),
            Box::new(condition),
            Box::new(right),
        ))
    }

    fn flatten(&mut self, left: Node) -> Parsed {
        let right = self.projected(Kind::Flatten.binding_power())?;
        Ok(Node::Projection(
            Box::new(Node::Flatten(Box::new(left))),
            Box::new(right),
        ))
    }

    fn index(&mut self) -> Parsed {
        if self.kind() == Kind::Colon || self.kind_after() == Kind::Colon {
            return self.slice();
        }
        let index = number_of(&self.next()).unwrap_or_default();
        self.expect(Kind::RightBracket)?;
        Ok(Node::Index(index))
    }

    fn slice(&mut self) -> Parsed {
        let mut parts = [None; 3];
        let mut part = 0;
        while self.kind() != Kind::RightBracket && part < 3 {
            match self.kind() {
                Kind::Colon => {
                    part += 1;
                    if part == 3 {
                        return Err(SyntaxError::at(self.token(), "syntax error".into()));
                    }
                    self.at += 1;
                }
                Kind::Number => {
                    let number = number_of(&self.next());
                    if let Some(part) = parts.get_mut(part) {
                        *part = number;
                    }
                }
                _ => return Err(SyntaxError::at(self.token(), "syntax error".into())),
            }
        }
        self.expect(Kind::RightBracket)?;
        Ok(Node::Slice(parts))
    }

    /// A slice projects, an index does not. A slice right after an index does not project either (the
    /// library adds it to the steps of the index).
    fn indexed(&mut self, left: Node, index: Node) -> Parsed {
        if let Node::Chain(parts) = &left
            && matches!(parts.last(), Some(Node::Index(_) | Node::Slice(_)))
        {
            return Ok(chain(left, index));
        }
        let is_slice = matches!(index, Node::Slice(_));
        let node = Node::Chain(vec![left, index]);
        if is_slice {
            let right = self.projected(Kind::Star.binding_power())?;
            return Ok(Node::Projection(Box::new(node), Box::new(right)));
        }
        Ok(node)
    }

    fn list(&mut self) -> Parsed {
        let mut items = Vec::new();
        loop {
            items.push(self.expression(0)?);
            if self.kind() == Kind::RightBracket {
                self.at += 1;
                return Ok(Node::List(items));
            }
            self.expect(Kind::Comma)?;
        }
    }

    fn map(&mut self) -> Parsed {
        let mut members = Vec::new();
        loop {
            let key = self.token().clone();
            if !matches!(key.kind, Kind::Name | Kind::QuotedName) {
                let expected = "['quoted_identifier', 'unquoted_identifier']";
                return Err(self.unexpected(expected));
            }
            self.at += 1;
            self.expect(Kind::Colon)?;
            members.push((text_of(&key), self.expression(0)?));
            match self.kind() {
                Kind::Comma => self.at += 1,
                Kind::RightBrace => {
                    self.at += 1;
                    return Ok(Node::Map(members));
                }
                _ => {}
            }
        }
    }

    /// Parses the expression that a projection applies to each element.
    fn projected(&mut self, power: u8) -> Parsed {
        match self.kind() {
            kind if kind.binding_power() < PROJECTION_STOP => Ok(Node::Identity),
            Kind::LeftBracket | Kind::Filter => self.expression(power),
            Kind::Dot => {
                self.at += 1;
                self.after_dot(power)
            }
            _ => Err(SyntaxError::at(self.token(), "syntax error".into())),
        }
    }

    fn after_dot(&mut self, power: u8) -> Parsed {
        match self.kind() {
            Kind::QuotedName | Kind::Name | Kind::Star => self.expression(power),
            Kind::LeftBracket => {
                self.at += 1;
                self.list()
            }
            Kind::LeftBrace => {
                self.at += 1;
                self.map()
            }
            other => {
                let allowed = "['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace']";
                let reason = format!("Expecting: {allowed}, got: {}", other.name());
                Err(SyntaxError::at(self.token(), reason))
            }
        }
    }

    fn expect(&mut self, kind: Kind) -> Result<(), SyntaxError> {
        if self.kind() == kind {
            self.at += 1;
            return Ok(());
        }
        Err(self.unexpected(kind.name()))
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        let token = self.token();
        if token.kind == Kind::End {
            return SyntaxError::Incomplete;
        }
        SyntaxError::at(
            token,
            format!("Expecting: {expected}, got: {}", token.kind.name()),
        )
    }

    fn token(&self) -> &Token {
        &self.tokens[self.at.min(self.end)]
    }

    fn kind(&self) -> Kind {
        self.token().kind
    }

    fn kind_after(&self) -> Kind {
        self.tokens
            .get(self.at + 1)
            .map_or(Kind::End, |token| token.kind)
    }

    fn next(&mut self) -> Token {
        let token = self.token().clone();
        self.at += 1;
        token
    }
}

fn comparator(kind: Kind) -> Option<Comparator> {
    Some(match kind {
        Kind::Equal => Comparator::Equal,
        Kind::NotEqual => Comparator::NotEqual,
        Kind::Less => Comparator::Less,
        Kind::LessOrEqual => Comparator::LessOrEqual,
        Kind::Greater => Comparator::Greater,
        Kind::GreaterOrEqual => Comparator::GreaterOrEqual,
        _ => return None,
    })
}

/// Appends a step to a chain.
fn chain(left: Node, right: Node) -> Node {
    match left {
        Node::Chain(mut parts) => {
            parts.push(right);
            Node::Chain(parts)
        }
        left => Node::Chain(vec![left, right]),
    }
}

fn text_of(token: &Token) -> Rc<str> {
    match &token.value {
        Data::Text(text) => text.clone(),
        other => other.python_str().into(),
    }
}

fn number_of(token: &Token) -> Option<i128> {
    match token.value {
        Data::Int(value) => Some(value),
        _ => None,
    }
}
