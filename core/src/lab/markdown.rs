//! Markdown as plain nodes. HTML in it becomes text, and so do links other than `https:`.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::rows;
use hsmlab_protocol::text::{Block, Inline};
use hsmlab_shell::host::CLOUDSHELL;

/// The maximum nesting of blocks; deeper ones are flattened.
const DEPTH_MAX: usize = 12;

/// Parses a Markdown text into blocks.
pub(super) fn blocks(source: &str) -> Vec<Block> {
    let events: Vec<Event<'_>> = Parser::new_ext(source, Options::ENABLE_TABLES).collect();
    let mut reader = Reader {
        events: &events,
        at: 0,
        depth: 0,
    };
    reader.blocks()
}

/// A code block with the words after its fence. Commands without `on=` are for CloudShell.
fn code(info: &str, text: &str) -> Block {
    let language = info.split_whitespace().next().unwrap_or_default();
    let text = text.trim_end_matches('\n');
    let rows = rows::rows(language, text);
    let host = info
        .split_whitespace()
        .find_map(|word| word.strip_prefix("on="))
        .or((!rows.is_empty()).then_some(CLOUDSHELL));
    Block::Code {
        language: language.to_owned(),
        text: rows::typed(text, &rows),
        host: host.map(str::to_owned),
        rows,
    }
}

struct Reader<'a> {
    events: &'a [Event<'a>],
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a Event<'a>> {
        let event = self.events.get(self.at)?;
        self.at += 1;
        Some(event)
    }

    /// Reads blocks up to the end of the enclosing one, which is consumed.
    fn blocks(&mut self) -> Vec<Block> {
        let mut blocks = Vec::new();
        self.depth += 1;
        while let Some(event) = self.next() {
            match event {
                // Running text of a tight list item may begin with strong text or a link.
                Event::Start(Tag::Strong | Tag::Emphasis | Tag::Link { .. }) => {
                    self.at -= 1;
                    let line = self.loose();
                    blocks.push(Block::Paragraph { text: line });
                }
                Event::Start(tag) => self.block(tag, &mut blocks),
                Event::End(_) => break,
                Event::Html(_) | Event::InlineHtml(_) | Event::Text(_) | Event::Code(_) => {
                    // Text directly in a tight list item, or HTML: shown as it is.
                    self.at -= 1;
                    let line = self.loose();
                    if !line.is_empty() {
                        blocks.push(Block::Paragraph { text: line });
                    }
                }
                _ => {}
            }
        }
        self.depth -= 1;
        blocks
    }

    fn block(&mut self, tag: &Tag<'a>, blocks: &mut Vec<Block>) {
        match tag {
            Tag::Paragraph => blocks.push(Block::Paragraph {
                text: self.inlines(),
            }),
            Tag::Heading { level, .. } => {
                let level = (*level as u8).clamp(3, 6);
                blocks.push(Block::Heading {
                    level,
                    text: self.inlines(),
                });
            }
            Tag::CodeBlock(kind) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                let mut text = String::new();
                while let Some(event) = self.next() {
                    match event {
                        Event::Text(part) => text.push_str(part),
                        Event::End(TagEnd::CodeBlock) => break,
                        _ => {}
                    }
                }
                blocks.push(code(&info, &text));
            }
            Tag::List(start) => {
                let mut items = Vec::new();
                while let Some(event) = self.next() {
                    match event {
                        Event::Start(Tag::Item) if self.depth < DEPTH_MAX => {
                            items.push(self.blocks())
                        }
                        Event::Start(Tag::Item) => items.push(vec![Block::Paragraph {
                            text: self.inlines(),
                        }]),
                        Event::End(_) => break,
                        _ => {}
                    }
                }
                blocks.push(Block::List {
                    start: *start,
                    items,
                });
            }
            Tag::BlockQuote(_) if self.depth < DEPTH_MAX => {
                let inner = self.blocks();
                blocks.push(Block::Quote { blocks: inner });
            }
            Tag::Table(_) => blocks.push(self.table()),
            Tag::HtmlBlock => {
                let mut text = String::new();
                while let Some(event) = self.next() {
                    match event {
                        Event::Html(part) | Event::Text(part) => text.push_str(part),
                        Event::End(TagEnd::HtmlBlock) => break,
                        _ => {}
                    }
                }
                let text = vec![Inline::Text {
                    text: text.trim().to_owned(),
                }];
                blocks.push(Block::Paragraph { text });
            }
            _ => {
                let text = self.inlines();
                if !text.is_empty() {
                    blocks.push(Block::Paragraph { text });
                }
            }
        }
    }

    fn table(&mut self) -> Block {
        let (mut head, mut rows): (Vec<Vec<Inline>>, Vec<Vec<Vec<Inline>>>) =
            (Vec::new(), Vec::new());
        let mut in_head = false;
        while let Some(event) = self.next() {
            match event {
                Event::Start(Tag::TableHead) => in_head = true,
                Event::End(TagEnd::TableHead) => in_head = false,
                Event::Start(Tag::TableRow) => rows.push(Vec::new()),
                Event::Start(Tag::TableCell) => {
                    let cell = self.inlines();
                    match rows.last_mut() {
                        Some(row) if !in_head => row.push(cell),
                        _ => head.push(cell),
                    }
                }
                Event::End(TagEnd::Table) => break,
                _ => {}
            }
        }
        Block::Table { head, rows }
    }

    /// Reads running text outside a paragraph, up to the next block.
    fn loose(&mut self) -> Vec<Inline> {
        let mut out = Vec::new();
        while let Some(event) = self.events.get(self.at) {
            match event {
                Event::Start(Tag::Strong | Tag::Emphasis | Tag::Link { .. })
                | Event::Text(_)
                | Event::Code(_)
                | Event::Html(_)
                | Event::InlineHtml(_)
                | Event::SoftBreak
                | Event::HardBreak => {
                    self.at += 1;
                    self.inline(event, &mut out);
                }
                _ => break,
            }
        }
        out
    }

    /// Reads running text up to the end of the enclosing element, which is consumed.
    fn inlines(&mut self) -> Vec<Inline> {
        let mut out = Vec::new();
        self.depth += 1;
        while let Some(event) = self.next() {
            if matches!(event, Event::End(_)) {
                break;
            }
            self.inline(event, &mut out);
        }
        self.depth -= 1;
        out
    }

    fn inline(&mut self, event: &Event<'a>, out: &mut Vec<Inline>) {
        match event {
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                out.push(Inline::Text {
                    text: text.to_string(),
                });
            }
            Event::Code(text) => out.push(Inline::Code {
                text: text.to_string(),
            }),
            Event::SoftBreak => out.push(Inline::Text { text: " ".into() }),
            Event::HardBreak => out.push(Inline::Break),
            Event::Start(tag) if self.depth > DEPTH_MAX * 2 => {
                let _ = tag;
            }
            Event::Start(Tag::Strong) => out.push(Inline::Strong {
                text: self.inlines(),
            }),
            Event::Start(Tag::Emphasis) => out.push(Inline::Emphasis {
                text: self.inlines(),
            }),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let text = self.inlines();
                if dest_url.starts_with("https://") {
                    out.push(Inline::Link {
                        href: dest_url.to_string(),
                        text,
                    });
                } else {
                    out.extend(text);
                }
            }
            Event::Start(_) => out.extend(self.inlines()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_and_foreign_links_are_text() {
        let text =
            "<script>alert(1)</script>\n\na <b>b</b> [c](javascript:alert) [d](https://e.org)";
        let json = serde_json::to_string(&blocks(text)).unwrap();
        assert!(json.contains("<script>alert(1)</script>"), "{json}");
        assert!(!json.contains("javascript:"), "{json}");
        assert!(json.contains(r#""href":"https://e.org""#), "{json}");
    }

    #[test]
    fn lists_code_and_tables() {
        let text = "1. a `b`\n2. c\n\n```sh on=client-1\nls\n```\n\n|h|i|\n|-|-|\n|1|2|\n";
        let blocks = blocks(text);
        assert!(matches!(&blocks[0], Block::List { start: Some(1), items } if items.len() == 2));
        assert!(
            matches!(&blocks[1], Block::Code { language, host: Some(host), .. } if language == "sh" && host == "client-1")
        );
        assert!(
            matches!(&blocks[2], Block::Table { head, rows } if head.len() == 2 && rows.len() == 1)
        );
    }

    #[test]
    fn commands_without_a_host_are_for_cloudshell() {
        let host = |text: &str| match blocks(text).remove(0) {
            Block::Code { host, .. } => host,
            other => panic!("{other:?}"),
        };
        assert_eq!(host("```sh\nls\n```").as_deref(), Some("cloudshell"));
        assert_eq!(
            host("```sh example\nls\n```").as_deref(),
            Some("cloudshell")
        );
        assert_eq!(
            host("```powershell on=win-1\nls\n```").as_deref(),
            Some("win-1")
        );
        assert_eq!(host("```json\n{}\n```"), None);
    }

    #[test]
    fn deep_nesting_ends() {
        for text in [
            format!("{}x", "> ".repeat(3000)),
            format!("{}x{}", "*".repeat(3000), "*".repeat(3000)),
            format!("{}x", "- ".repeat(3000)),
            format!("{}x{}", "[".repeat(3000), "](https://e.org)".repeat(3000)),
        ] {
            let json = serde_json::to_string(&blocks(&text)).unwrap();
            assert!(
                json.contains('x') && json.len() < 1_000_000,
                "{}",
                json.len()
            );
        }
    }

    #[test]
    fn a_list_item_that_begins_with_strong_text_is_one_paragraph() {
        let blocks = blocks("- **Insert** puts it in\n");
        assert!(
            matches!(&blocks[0], Block::List { items, .. } if matches!(&items[0][..], [Block::Paragraph { text }] if text.len() == 2)),
            "{blocks:?}"
        );
    }
}
