//! The syntax tree of a PowerShell line (about_Parsing, about_Operators, about_Quoting_Rules of Windows
//! PowerShell 5.1).

/// A range of the text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// `$x = …`, `$env:X += …`.
    Assign {
        to: Variable,
        add: bool,
        value: Pipeline,
    },
    Pipeline(Pipeline),
}

/// Commands or an expression, joined by `|`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pipeline {
    pub(super) stages: Vec<Stage>,
    pub(super) span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Command(Command),
    Expression(Expression, Vec<Redirection>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) name: Expression,
    pub(super) arguments: Vec<Argument>,
    pub(super) redirections: Vec<Redirection>,
    pub(super) span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// `-Name`, or `-Name:value`; `text` is the word that a program receives.
    Parameter {
        name: String,
        value: Option<Expression>,
        text: String,
        span: Span,
    },
    Value(Expression),
    /// The text after `--%`.
    Verbatim(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Err,
    All,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redirection {
    pub(super) from: Stream,
    pub(super) to: Target,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    File {
        path: Expression,
        append: bool,
    },
    /// `2>&1`.
    Output,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) environment: bool,
    pub(super) name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string of pieces. `bare`: an argument-mode word, which may be a number.
    Text {
        pieces: Vec<Piece>,
        bare: bool,
    },
    Number(i64),
    Variable(Variable),
    /// `$( … )`.
    Inner(Vec<Statement>),
    /// `( … )`.
    Group(Box<Pipeline>),
    /// `@( … )`.
    Array(Vec<Statement>),
    List(Vec<Expression>),
    /// `{ … }`.
    Block(Vec<Statement>),
    /// `[Convert]`.
    Type(String),
    Member(Box<Expression>, String),
    Call {
        on: Box<Expression>,
        name: String,
        arguments: Vec<Expression>,
    },
    Index(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Binary(String, Box<Expression>, Box<Expression>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    Variable(Variable),
    Inner(Vec<Statement>),
}

/// The reason why a text is not a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SyntaxError {
    /// More lines are needed.
    Incomplete,
    /// PowerShell's message, its position, and the error's id.
    Wrong {
        span: Span,
        message: String,
        id: &'static str,
    },
}

impl Stage {
    pub(super) fn redirections(&self) -> &[Redirection] {
        match self {
            Self::Command(command) => &command.redirections,
            Self::Expression(_, redirections) => redirections,
        }
    }
}
