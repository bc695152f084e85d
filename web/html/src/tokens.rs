//! The tokens of markup, and the making of code.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// Tokens that are read one after the other.
pub(crate) struct Tokens {
    all: Vec<TokenTree>,
    at: usize,
}

/// An opening tag.
pub(crate) struct Tag {
    pub(crate) name: String,
    /// The tokens between the name and the end.
    pub(crate) attributes: Vec<TokenTree>,
    /// True if it ends with `/>`.
    pub(crate) empty: bool,
    /// All its tokens.
    pub(crate) all: TokenStream,
}

impl Tokens {
    pub(crate) fn new(stream: TokenStream) -> Self {
        Self {
            all: stream.into_iter().collect(),
            at: 0,
        }
    }

    pub(crate) fn peek(&self, ahead: usize) -> Option<&TokenTree> {
        self.all.get(self.at + ahead)
    }

    pub(crate) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    fn next(&mut self) -> Result<TokenTree, String> {
        let next = self.peek(0).cloned();
        self.at += 1;
        next.ok_or_else(|| "the markup ends too early".to_owned())
    }

    pub(crate) fn rest(&mut self) -> TokenStream {
        self.all.drain(self.at..).collect()
    }

    /// The tokens up to the next braces, and what is in these.
    pub(crate) fn up_to_braces(&mut self) -> Result<(TokenStream, TokenStream), String> {
        let mut head = Vec::new();
        loop {
            match self.next()? {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    return Ok((head.into_iter().collect(), group.stream()));
                }
                token => head.push(token),
            }
        }
    }

    /// `<name attributes>` or `<name attributes />`. Values of attributes are literals, words or in
    /// braces, so the only other `<` and `>` are those of a component's type arguments.
    pub(crate) fn opening(&mut self) -> Result<Tag, String> {
        let mut all = vec![self.next()?, self.next()?];
        let name = all.last().map(ToString::to_string).unwrap_or_default();
        let mut attributes = Vec::new();
        let mut depth = 0;
        loop {
            let token = self.next()?;
            all.push(token.clone());
            if is_punct(&token, '<') {
                depth += 1;
            } else if is_punct(&token, '>') && depth > 0 {
                depth -= 1;
            } else if is_punct(&token, '>') {
                let empty = attributes.pop_if(|last| is_punct(last, '/')).is_some();
                return Ok(Tag {
                    name,
                    attributes,
                    empty,
                    all: all.into_iter().collect(),
                });
            } else if depth == 0 {
                attributes.push(token);
            }
        }
    }

    /// A closing tag. rustc has checked nothing about its name, and yew's macro checks components; an
    /// element's nesting shows in the page at once.
    pub(crate) fn closing(&mut self) -> Result<TokenStream, String> {
        let mut all = Vec::new();
        let mut depth = 0;
        loop {
            let token = self.next()?;
            if is_punct(&token, '<') {
                depth += 1;
            } else if is_punct(&token, '>') {
                depth -= 1;
            }
            all.push(token);
            if depth == 0 {
                return Ok(all.into_iter().collect());
            }
        }
    }
}

pub(crate) fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// True for a literal that is text.
pub(crate) fn literal_text(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Literal(literal) if literal.to_string().starts_with(['"', 'r']))
}

/// Code from text. All names in it are this crate's or begin with `__`.
pub(crate) fn code(text: &str) -> TokenStream {
    text.parse().unwrap_or_default()
}

pub(crate) fn braced(stream: TokenStream) -> TokenStream {
    TokenTree::Group(Group::new(Delimiter::Brace, stream)).into()
}

/// Code that fails to compile with a message.
pub(crate) fn failure(message: &str) -> TokenStream {
    code(&format!("::core::compile_error!({message:?})"))
}
