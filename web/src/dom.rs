//! What `html!` (crate `hsmlab-html`) compiles to: the making of yew's nodes, each step once in the
//! program.
#![allow(
    clippy::boxed_local,
    reason = "a node in the making is passed on as one pointer"
)]

use std::rc::Rc;

use yew::html::IntoPropValue;
use yew::virtual_dom::{
    AttributeOrProperty, Attributes, Key, Listener, Listeners, VList, VNode, VTag, VText,
};
use yew::{AttrValue, Children, Classes, Html, NodeRef};

/// A node in the making: an element, or a group of nodes.
#[derive(Default)]
pub struct Node {
    name: &'static str,
    fixed: &'static [(&'static str, AttributeOrProperty)],
    /// The names of all attributes, those of `fixed` first; empty if all are fixed.
    names: &'static [&'static str],
    attributes: Vec<Option<AttributeOrProperty>>,
    value: Option<AttrValue>,
    reference: NodeRef,
    key: Option<Key>,
    handlers: Vec<Option<Rc<dyn Listener>>>,
    children: Vec<VNode>,
}

/// Begins a group of nodes.
#[inline(never)]
#[must_use]
pub fn group() -> Box<Node> {
    Box::default()
}

/// Begins an element with its fixed attributes. If it has others, `names` has the names of all.
#[inline(never)]
#[must_use]
pub fn open(
    name: &'static str,
    fixed: &'static [(&'static str, AttributeOrProperty)],
    names: &'static [&'static str],
) -> Box<Node> {
    let mut node = group();
    node.name = name;
    node.fixed = fixed;
    node.names = names;
    if !names.is_empty() {
        let values = fixed.iter().map(|(_, value)| Some(value.clone()));
        node.attributes = values.collect();
    }
    node
}

/// Ends a group that has exactly one node at all times.
#[inline(never)]
pub fn one(mut node: Box<Node>) -> Html {
    node.children.pop().unwrap_or_default()
}

/// Ends a group.
#[inline(never)]
pub fn list(node: Box<Node>) -> Html {
    VList::with_children(node.children, None).into()
}

/// Ends an element that has exactly one child at all times.
#[inline(never)]
pub fn close_one(mut node: Box<Node>) -> Html {
    let child = node.children.pop().unwrap_or_default();
    finish(node, child)
}

/// Ends an element.
#[inline(never)]
pub fn close(mut node: Box<Node>) -> Html {
    let children = std::mem::take(&mut node.children);
    let children = if children.is_empty() {
        VNode::default()
    } else {
        VList::with_children(children, None).into()
    };
    finish(node, children)
}

#[inline(never)]
fn finish(node: Box<Node>, children: VNode) -> Html {
    let node = *node;
    let attributes = if node.names.is_empty() {
        Attributes::Static(node.fixed)
    } else {
        Attributes::Dynamic {
            keys: node.names,
            values: node.attributes.into_boxed_slice(),
        }
    };
    let listeners = if node.handlers.is_empty() {
        Listeners::None
    } else {
        Listeners::Pending(node.handlers.into_boxed_slice())
    };
    let (reference, key) = (node.reference, node.key);
    let tag = match node.name {
        "input" => VTag::__new_input(node.value, None, reference, key, attributes, listeners),
        "textarea" => VTag::__new_textarea(node.value, None, reference, key, attributes, listeners),
        name => VTag::__new_other(
            AttrValue::Static(name),
            reference,
            key,
            attributes,
            listeners,
            children,
        ),
    };
    tag.into()
}

impl Node {
    /// Sets the next attribute.
    #[inline(never)]
    pub fn attribute(&mut self, value: Option<AttrValue>) {
        let value = value.map(AttributeOrProperty::Attribute);
        self.attributes.push(value);
    }

    /// Sets the next attribute, which is `class`.
    #[inline(never)]
    pub fn classes(&mut self, classes: Classes) {
        self.attribute(classes.into_prop_value());
    }

    /// Sets the next attribute, or leaves it out.
    #[inline(never)]
    pub fn flag(&mut self, on: bool) {
        let name = self.names.get(self.attributes.len()).copied();
        self.attribute(name.filter(|_| on).map(AttrValue::Static));
    }

    /// Sets the content of an input.
    #[inline(never)]
    pub fn value(&mut self, value: Option<AttrValue>) {
        self.value = value;
    }

    /// Adds a handler of an event.
    #[inline(never)]
    pub fn handler(&mut self, handler: Option<Rc<dyn Listener>>) {
        self.handlers.push(handler);
    }

    /// Sets the key.
    #[inline(never)]
    pub fn key(&mut self, key: Key) {
        self.key = Some(key);
    }

    /// Sets the reference to the element.
    #[inline(never)]
    pub fn reference(&mut self, reference: NodeRef) {
        self.reference = reference;
    }

    /// Adds a text.
    #[inline(never)]
    pub fn text(&mut self, text: &'static str) {
        self.text_of(AttrValue::Static(text));
    }

    #[inline(never)]
    fn text_of(&mut self, text: AttrValue) {
        self.add(VText::new(text).into());
    }

    /// Adds a node.
    #[inline(never)]
    pub fn add(&mut self, node: Html) {
        self.children.push(node);
    }

    /// Adds the value of an expression.
    pub fn put(&mut self, value: impl Put) {
        value.put(self);
    }

    /// Adds all values of an iterator.
    pub fn put_all<T: Put>(&mut self, values: impl IntoIterator<Item = T>) {
        for value in values {
            value.put(self);
        }
    }
}

/// A value that can be among an element's children.
pub trait Put {
    /// Adds the value.
    fn put(self, node: &mut Node);
}

impl Put for Html {
    fn put(self, node: &mut Node) {
        node.add(self);
    }
}

impl Put for &Html {
    fn put(self, node: &mut Node) {
        node.add(self.clone());
    }
}

impl Put for Children {
    fn put(self, node: &mut Node) {
        node.put_all(self.iter());
    }
}

impl Put for Vec<Html> {
    fn put(self, node: &mut Node) {
        node.put_all(self);
    }
}

impl<T: Put> Put for Option<T> {
    fn put(self, node: &mut Node) {
        node.put_all(self);
    }
}

impl Put for &str {
    fn put(self, node: &mut Node) {
        node.text_of(AttrValue::from(self.to_owned()));
    }
}

impl Put for String {
    fn put(self, node: &mut Node) {
        node.text_of(self.into());
    }
}

impl Put for &String {
    fn put(self, node: &mut Node) {
        self.as_str().put(node);
    }
}

impl Put for &&String {
    fn put(self, node: &mut Node) {
        self.as_str().put(node);
    }
}

impl Put for AttrValue {
    fn put(self, node: &mut Node) {
        node.text_of(self);
    }
}

impl Put for &AttrValue {
    fn put(self, node: &mut Node) {
        node.text_of(self.clone());
    }
}

impl Put for usize {
    fn put(self, node: &mut Node) {
        node.text_of(self.to_string().into());
    }
}

impl Put for &usize {
    fn put(self, node: &mut Node) {
        (*self).put(node);
    }
}

impl Put for u32 {
    fn put(self, node: &mut Node) {
        node.text_of(self.to_string().into());
    }
}
