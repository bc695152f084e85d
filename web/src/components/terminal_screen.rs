//! The output of a terminal. Rows are only ever appended: a drawn row keeps its node. So a selection
//! survives new output, a screen reader hears each row once, and a new row costs the same on a full
//! screen as on an empty one. Yew inserts the children of a list from the last to the first, which a
//! live region would read backwards; so this file builds the nodes itself. All output becomes text
//! nodes.

use hsmlab_html::html;
use web_sys::{Document, Element, Node};
use yew::{AttrValue, Html, Properties, component, use_mut_ref, use_node_ref};

use crate::hooks::boxed::use_effect_with;
use crate::state::screen::{Chunk, Identity, Line, Span};
use crate::state::{Ink, Screen};

/// The output of a terminal.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The output.
    pub screen: Screen,
    /// The terminal's title.
    pub title: AttrValue,
    /// True if new rows are announced.
    pub live: bool,
    /// True for the active terminal.
    pub front: bool,
}

/// The output of a terminal.
#[component]
pub fn TerminalScreen(props: &Props) -> Html {
    let out = use_node_ref();
    let drawn = use_mut_ref(Drawn::default);
    let place = out.clone();
    use_effect_with(props.screen.clone(), move |screen| {
        let document = web_sys::window().and_then(|window| window.document());
        if let (Some(document), Some(out)) = (document, place.cast::<Element>()) {
            let pen = Pen { document, out };
            // This fails only if the page may not create or append a node; nothing would help then.
            let _ = drawn.borrow_mut().catch_up(&pen, screen);
        }
    });
    html! {
        <div
            ref={out}
            class="term-out"
            role="log"
            aria-label={format!("Output of {}", props.title)}
            aria-live={if props.live { "polite" } else { "off" }}
            data-testid={props.front.then_some("terminal-output")}
        />
    }
}

/// The parent node of the rows, and the document.
struct Pen {
    document: Document,
    out: Element,
}

/// The part of a screen that is in the DOM.
#[derive(Default)]
struct Drawn {
    identity: Identity,
    /// The number of the first chunk in the DOM.
    first: usize,
    /// The number of the last chunk in the DOM.
    last: usize,
    /// The number of drawn rows of the last chunk.
    rows: usize,
    /// The number of drawn spans of the last row.
    spans: usize,
}

impl Drawn {
    /// Draws the rows that the DOM lacks; removes the rows that the screen has dropped.
    fn catch_up(&mut self, pen: &Pen, screen: &Screen) -> Option<()> {
        let first = screen.chunks().next().map_or(0, |chunk| chunk.number);
        if self.identity != *screen.identity() || self.last < first {
            pen.out.set_text_content(None);
            *self = Self {
                identity: screen.identity().clone(),
                first,
                last: first,
                ..Self::default()
            };
        }
        while self.first < first {
            pen.out.first_element_child()?.remove();
            self.first += 1;
        }
        let drawn = self.last - first;
        for chunk in screen.chunks().skip(drawn) {
            self.chunk(pen, chunk)?;
        }
        Some(())
    }

    fn chunk(&mut self, pen: &Pen, chunk: &Chunk) -> Option<()> {
        let begun = chunk.number == self.last && self.rows > 0;
        if begun {
            let place = pen.out.last_element_child()?;
            let open = chunk.lines.get(self.rows - 1)?;
            if open.len() > self.spans {
                let row = place.last_element_child()?;
                pen.spans(&row, open.get(self.spans..)?)?;
            }
            let new = chunk.lines.get(self.rows..)?;
            if !new.is_empty() {
                // All rows in one fragment: one insertion, in order.
                let rows = pen.document.create_document_fragment();
                pen.rows(&rows, new)?;
                place.append_child(&rows).ok()?;
            }
        } else {
            let place = pen.element("div", "term-chunk")?;
            pen.rows(&place, &chunk.lines)?;
            pen.out.append_child(&place).ok()?;
        }
        self.last = chunk.number;
        self.rows = chunk.lines.len();
        self.spans = chunk.lines.last().map_or(0, Vec::len);
        Some(())
    }
}

impl Pen {
    fn element(&self, tag: &str, class: &str) -> Option<Element> {
        let element = self.document.create_element(tag).ok()?;
        element.set_class_name(class);
        Some(element)
    }

    fn rows(&self, place: &Node, lines: &[Line]) -> Option<()> {
        for line in lines {
            let row = self.element("div", "term-row")?;
            self.spans(&row, line)?;
            place.append_child(&row).ok()?;
        }
        Some(())
    }

    fn spans(&self, row: &Node, spans: &[Span]) -> Option<()> {
        for Span(ink, text) in spans {
            let span = self.element("span", class(*ink))?;
            span.set_text_content(Some(text));
            row.append_child(&span).ok()?;
        }
        Some(())
    }
}

const fn class(ink: Ink) -> &'static str {
    match ink {
        Ink::Out => "out",
        Ink::Err => "err",
        Ink::Note => "note",
        Ink::Prompt => "prompt",
        Ink::Typed => "typed",
    }
}
