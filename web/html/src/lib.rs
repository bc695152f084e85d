//! `html!` in yew's notation. yew's own macro writes the construction of a node out at each element,
//! about 300 bytes of WebAssembly; this one calls the functions of the page's module `dom`, about 80.
//!
//! Known are elements, `{ expression }`, `{ for iterator }`, `if`, `for` and `<>…</>`. Components are
//! handed to yew's macro.
#![forbid(unsafe_code)]

mod attributes;
mod tokens;

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

use attributes::{attributes, open};
use tokens::{Tokens, braced, code, failure, is_punct, literal_text};

/// Markup as one node of yew's tree.
#[proc_macro]
pub fn html(input: TokenStream) -> TokenStream {
    let mut tokens = Tokens::new(input);
    match nodes(&mut tokens, 0) {
        Ok((body, end)) if tokens.peek(0).is_none() => {
            let mut out = code("let mut __n0 = crate::dom::group();");
            out.extend(body);
            out.extend(code(&format!("crate::dom::{end}(__n0)")));
            braced(out)
        }
        Ok(_) => failure("an element ends that did not begin"),
        Err(message) => failure(&message),
    }
}

/// What ends a node: `one` if it has exactly one child, now and always, else `list`.
type End = &'static str;

/// Reads nodes up to the end or a closing tag. Returns the statements that add them to `__n{depth}`.
fn nodes(tokens: &mut Tokens, depth: usize) -> Result<(TokenStream, End), String> {
    let mut out = TokenStream::new();
    let mut count = 0;
    let mut known = true;
    while let Some(next) = tokens.peek(0) {
        match next {
            TokenTree::Punct(punct) if punct.as_char() == '<' => {
                if tokens.peek(1).is_some_and(|next| is_punct(next, '/')) {
                    break;
                }
                out.extend(element(tokens, depth)?);
            }
            TokenTree::Ident(word) if word.to_string() == "if" => {
                out.extend(branch(tokens, depth)?);
            }
            TokenTree::Ident(word) if word.to_string() == "for" => {
                out.extend(repeat(tokens, depth)?);
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let (statement, single) = block(group.stream(), depth);
                out.extend(statement);
                known &= single;
                tokens.skip(1);
            }
            TokenTree::Literal(_) => {
                let text = TokenStream::from(next.clone());
                out.extend(call(depth, "text", text));
                tokens.skip(1);
            }
            other => return Err(format!("unexpected `{other}`")),
        }
        count += 1;
    }
    Ok((out, if count == 1 && known { "one" } else { "list" }))
}

/// `{ expression }` or `{ for iterator }`; the second value is true if it is one node at all times.
fn block(stream: TokenStream, depth: usize) -> (TokenStream, bool) {
    let mut tokens = Tokens::new(stream.clone());
    if tokens.peek(1).is_none()
        && let Some(text) = tokens.peek(0)
        && literal_text(text)
    {
        return (call(depth, "text", stream), true);
    }
    if let Some(TokenTree::Ident(word)) = tokens.peek(0)
        && word.to_string() == "for"
    {
        tokens.skip(1);
        return (call(depth, "put_all", braced(tokens.rest())), false);
    }
    (call(depth, "put", braced(stream)), false)
}

/// `if condition { nodes } else …`
fn branch(tokens: &mut Tokens, depth: usize) -> Result<TokenStream, String> {
    let inner = depth + 1;
    let mut out = TokenStream::new();
    loop {
        // `if`, and the condition up to the braces.
        let (head, body) = tokens.up_to_braces()?;
        out.extend(head);
        out.extend(braced(nested(body, depth)?));
        match tokens.peek(0) {
            Some(TokenTree::Ident(word)) if word.to_string() == "else" => tokens.skip(1),
            _ => {
                out.extend(code(&format!(
                    "else {{ let __n{inner} = crate::dom::group(); __n{depth}.add(crate::dom::list(__n{inner})); }}"
                )));
                return Ok(out);
            }
        }
        out.extend(code("else"));
        if let Some(TokenTree::Group(group)) = tokens.peek(0) {
            out.extend(braced(nested(group.stream(), depth)?));
            tokens.skip(1);
            return Ok(out);
        }
    }
}

/// The nodes of a block, as one node in `__n{depth}`.
fn nested(stream: TokenStream, depth: usize) -> Result<TokenStream, String> {
    let inner = depth + 1;
    let (body, end) = whole(stream, inner)?;
    let mut out = code(&format!("let mut __n{inner} = crate::dom::group();"));
    out.extend(body);
    out.extend(code(&format!(
        "__n{depth}.add(crate::dom::{end}(__n{inner}));"
    )));
    Ok(out)
}

fn whole(stream: TokenStream, depth: usize) -> Result<(TokenStream, End), String> {
    let mut tokens = Tokens::new(stream);
    let read = nodes(&mut tokens, depth)?;
    match tokens.peek(0) {
        None => Ok(read),
        Some(_) => Err("an element ends that did not begin".to_owned()),
    }
}

/// `for pattern in iterator { nodes }`: a list of its own, so that its keys are only among themselves.
fn repeat(tokens: &mut Tokens, depth: usize) -> Result<TokenStream, String> {
    let inner = depth + 1;
    let (head, body) = tokens.up_to_braces()?;
    let mut out = code(&format!("let mut __n{inner} = crate::dom::group();"));
    out.extend(head);
    out.extend(braced(whole(body, inner)?.0));
    out.extend(code(&format!(
        "__n{depth}.add(crate::dom::list(__n{inner}));"
    )));
    Ok(braced(out))
}

/// An element, a component or a fragment.
fn element(tokens: &mut Tokens, depth: usize) -> Result<TokenStream, String> {
    let inner = depth + 1;
    if tokens.peek(1).is_some_and(|next| is_punct(next, '>')) {
        tokens.skip(2);
        let (body, _) = nodes(tokens, inner)?;
        tokens.closing()?;
        let mut out = code(&format!("let mut __n{inner} = crate::dom::group();"));
        out.extend(body);
        out.extend(code(&format!(
            "__n{depth}.add(crate::dom::list(__n{inner}));"
        )));
        return Ok(braced(out));
    }
    let tag = tokens.opening()?;
    if tag.name.starts_with(char::is_uppercase) {
        return component(tag, tokens, depth);
    }
    let attributes = attributes(&tag.name, tag.attributes)?;
    let mut out = code(&format!("let mut __n{inner} ="));
    out.extend(open(&tag.name, &attributes));
    for attribute in attributes {
        out.extend(attribute.set(&tag.name, inner));
    }
    let mut end = "list";
    if !tag.empty {
        let (body, how) = nodes(tokens, inner)?;
        tokens.closing()?;
        out.extend(body);
        end = how;
    }
    let end = if end == "one" { "close_one" } else { "close" };
    out.extend(code(&format!(
        "__n{depth}.add(crate::dom::{end}(__n{inner}));"
    )));
    Ok(braced(out))
}

/// A component: yew's macro makes it, with the children as one node.
fn component(tag: tokens::Tag, tokens: &mut Tokens, depth: usize) -> Result<TokenStream, String> {
    let mut markup = tag.all;
    if !tag.empty {
        let inner = depth + 1;
        let (body, _) = nodes(tokens, inner)?;
        let close = tokens.closing()?;
        let mut children = code(&format!("let mut __n{inner} = crate::dom::group();"));
        children.extend(body);
        children.extend(code(&format!("crate::dom::list(__n{inner})")));
        markup.extend(braced(braced(children)));
        markup.extend(close);
    }
    let mut made = code("::yew::html!");
    made.extend(braced(markup));
    Ok(call(depth, "add", made))
}

/// `__n{depth}.method(argument);`
fn call(depth: usize, method: &str, argument: TokenStream) -> TokenStream {
    let mut out = code(&format!("__n{depth}.{method}"));
    out.extend([TokenTree::Group(Group::new(
        Delimiter::Parenthesis,
        argument,
    ))]);
    out.extend(code(";"));
    out
}
