//! The prose of a lab. Text is only ever text: a lab cannot produce HTML.

use hsmlab_html::html;
use hsmlab_protocol::text::{Block, Inline};
use yew::{Html, Properties, component};

use super::code_block::CodeBlock;
use crate::state::Shared;

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The blocks.
    pub blocks: Shared<Vec<Block>>,
}

/// A lab's prose.
#[component]
pub fn Prose(props: &Props) -> Html {
    html! { <div class="prose">{ blocks(&props.blocks) }</div> }
}

fn blocks(all: &[Block]) -> Html {
    all.iter().map(block).collect()
}

fn block(block: &Block) -> Html {
    match block {
        // The page's h1 is the lab's title; its h2 are the titles of the steps.
        Block::Heading { level: 0..=3, text } => html! { <h3>{ inlines(text) }</h3> },
        Block::Heading { text, .. } => html! { <h4>{ inlines(text) }</h4> },
        Block::Paragraph { text } => html! { <p>{ inlines(text) }</p> },
        Block::Code {
            language: _,
            text,
            host,
            rows,
        } => html! {
            <CodeBlock text={text.clone()} host={host.clone()} rows={rows.clone()} />
        },
        Block::List {
            start: Some(start),
            items: all,
        } => html! {
            <ol start={start.to_string()}>{ items(all) }</ol>
        },
        Block::List {
            start: None,
            items: all,
        } => html! { <ul>{ items(all) }</ul> },
        Block::Quote { blocks: all } => html! { <blockquote>{ blocks(all) }</blockquote> },
        Block::Table { head, rows } => table(head, rows),
    }
}

fn items(all: &[Vec<Block>]) -> Html {
    all.iter()
        .map(|item| html! { <li>{ item_blocks(item) }</li> })
        .collect()
}

/// The content of a list item. One that is a single paragraph is drawn without margins.
fn item_blocks(item: &[Block]) -> Html {
    match item {
        [Block::Paragraph { text }] => inlines(text),
        several => blocks(several),
    }
}

fn table(head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>]) -> Html {
    html! {
        <div class="table" tabindex="0">
            <table>
                <thead>
                    <tr>{ for head.iter().map(|cell| html! { <th>{ inlines(cell) }</th> }) }</tr>
                </thead>
                <tbody>
                    { for rows.iter().map(|row| html! {
                        <tr>{ for row.iter().map(|cell| html! { <td>{ inlines(cell) }</td> }) }</tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

fn inlines(all: &[Inline]) -> Html {
    all.iter().map(inline).collect()
}

fn inline(inline: &Inline) -> Html {
    match inline {
        Inline::Text { text } => html! { { text } },
        Inline::Code { text } => html! { <code>{ text }</code> },
        Inline::Strong { text } => html! { <strong>{ inlines(text) }</strong> },
        Inline::Emphasis { text } => html! { <em>{ inlines(text) }</em> },
        Inline::Link { href, text } if href.starts_with("https://") => html! {
            <a href={href.clone()} target="_blank" rel="noopener noreferrer">{ inlines(text) }</a>
        },
        // `javascript:` and similar links are never clickable.
        Inline::Link { text, .. } => inlines(text),
        Inline::Break => html! { <br /> },
    }
}
