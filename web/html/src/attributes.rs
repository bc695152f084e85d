//! The attributes of an element.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

use crate::tokens::{braced, code, is_punct, literal_text};

/// Attributes that are there or not, whatever their value. `value` and `checked` of an input are
/// properties instead.
const FLAGS: &[&str] = &[
    "disabled", "hidden", "inert", "multiple", "open", "selected",
];

/// An attribute.
pub(crate) struct Attribute {
    name: String,
    value: TokenStream,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Text that is known when the page is compiled.
    Fixed,
    Value,
    Flag,
    Handler,
    Key,
    Reference,
}

/// Reads `name="text"`, `name={expression}` and `{name}`.
pub(crate) fn attributes(tag: &str, tokens: Vec<TokenTree>) -> Result<Vec<Attribute>, String> {
    let mut all = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let (name, value) = match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => (
                group.stream().to_string(),
                group.stream().into_iter().next(),
            ),
            token => {
                let mut name = token.to_string();
                loop {
                    match tokens.next() {
                        Some(next) if is_punct(&next, '=') => break,
                        Some(next) => name += &next.to_string(),
                        None => return Err(format!("`{name}` has no value")),
                    }
                }
                (name, tokens.next())
            }
        };
        let value = value.ok_or_else(|| format!("`{name}` has no value"))?;
        let kind = match name.as_str() {
            "key" => Kind::Key,
            "ref" => Kind::Reference,
            _ if name.starts_with("on") => Kind::Handler,
            _ if literal_text(&value) && !is_property(tag, &name) => Kind::Fixed,
            _ if FLAGS.contains(&name.as_str()) => Kind::Flag,
            _ => Kind::Value,
        };
        let value = match value {
            TokenTree::Group(group) => braced(group.stream()),
            value => value.into(),
        };
        all.push(Attribute { name, value, kind });
    }
    // The fixed ones first: `dom::open` sets them.
    all.sort_by_key(|attribute| attribute.kind != Kind::Fixed);
    Ok(all)
}

/// `crate::dom::open("name", &[fixed attributes], &[names of all]);`
pub(crate) fn open(name: &str, attributes: &[Attribute]) -> TokenStream {
    let mut fixed = String::new();
    let mut names = String::new();
    let mut dynamic = false;
    for attribute in attributes {
        let Attribute {
            name: label,
            value,
            kind,
        } = attribute;
        match kind {
            Kind::Fixed => {
                fixed += &format!(
                    "({label:?}, ::yew::virtual_dom::AttributeOrProperty::Static({value})),"
                );
                names += &format!("{label:?},");
            }
            Kind::Value if is_property(name, label) => {}
            Kind::Value | Kind::Flag => {
                dynamic = true;
                names += &format!("{label:?},");
            }
            Kind::Handler | Kind::Key | Kind::Reference => {}
        }
    }
    if !dynamic {
        names.clear();
    }
    code(&format!(
        "crate::dom::open({name:?}, &[{fixed}], &[{names}]);"
    ))
}

fn is_property(tag: &str, name: &str) -> bool {
    name == "value" && matches!(tag, "input" | "textarea")
}

impl Attribute {
    /// The statement that sets it on `__n{at}`.
    pub(crate) fn set(self, tag: &str, at: usize) -> TokenStream {
        let text = "::yew::html::IntoPropValue::<::core::option::Option<::yew::AttrValue>>::into_prop_value";
        let (method, convert) = match self.kind {
            Kind::Fixed => return TokenStream::new(),
            Kind::Flag => ("flag", String::new()),
            Kind::Handler => (
                "handler",
                format!("::yew::html::{}::Wrapper::__macro_new", self.name),
            ),
            Kind::Key => (
                "key",
                "::core::convert::Into::<::yew::virtual_dom::Key>::into".to_owned(),
            ),
            Kind::Reference => (
                "reference",
                "::yew::html::IntoPropValue::<::yew::NodeRef>::into_prop_value".to_owned(),
            ),
            Kind::Value if is_property(tag, &self.name) => ("value", text.to_owned()),
            Kind::Value if self.name == "class" => (
                "classes",
                "::core::convert::Into::<::yew::Classes>::into".to_owned(),
            ),
            Kind::Value => ("attribute", text.to_owned()),
        };
        let mut argument = code(&convert);
        argument.extend(parenthesised(self.value));
        let mut out = code(&format!("__n{at}.{method}"));
        out.extend(parenthesised(argument));
        out.extend(code(";"));
        out
    }
}

fn parenthesised(stream: TokenStream) -> TokenStream {
    TokenTree::Group(Group::new(Delimiter::Parenthesis, stream)).into()
}
