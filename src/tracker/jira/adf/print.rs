//! Nodes of a description as Markdown, by way of a document, which knows how to write itself.

use serde_json::Value;

use super::node::{self, content, holds_words, kind, marks};
use crate::document::{
    Block, BlockKind, Cell, EnumeratedList, Inline, InlineKind, ListItem, LiteralBlock, Numbering,
    Reference, ReferenceTarget, Table,
};
use crate::render::{blocks_as_markdown, line_as_markdown};
use crate::source::Span;

/// Returns nodes within a line as one line of Markdown.
pub(crate) fn line(nodes: &[Value]) -> String {
    line_as_markdown(&inlines(nodes))
}

/// Returns a block as lines of Markdown; empty where it shows nothing.
pub(crate) fn lines(node: &Value) -> String {
    let words = || line(content(node));
    match kind(node) {
        "heading" => {
            let level = node["attrs"]["level"].as_u64().unwrap_or(1).clamp(1, 6);
            format!("{} {}", "#".repeat(level as usize), words())
        }
        "rule" => "---".to_owned(),
        "panel" => {
            let name = match node["attrs"]["panelType"].as_str() {
                Some("success" | "tip") => "TIP",
                Some("note") => "IMPORTANT",
                Some("warning") => "WARNING",
                Some("error") => "CAUTION",
                _ => "NOTE",
            };
            let quote = block(BlockKind::BlockQuote(blocks(content(node))));
            match blocks_as_markdown(&[quote]) {
                quote if quote.is_empty() => quote,
                quote => format!("> [!{name}]\n{quote}"),
            }
        }
        _ => blocks_as_markdown(&blocks(std::slice::from_ref(node))),
    }
}

fn block(kind: BlockKind) -> Block {
    Block {
        span: Span::default(),
        kind,
    }
}

fn blocks(nodes: &[Value]) -> Vec<Block> {
    let mut blocks = Vec::new();
    for node in nodes {
        push_block(node, &mut blocks);
    }
    blocks
}

fn push_block(node: &Value, out: &mut Vec<Block>) {
    let list = |nodes: &[Value]| nodes.iter().map(list_item).collect::<Vec<Block>>();
    out.push(block(match kind(node) {
        _ if holds_words(node) => BlockKind::Paragraph(inlines(content(node))),
        "bulletList" | "decisionList" | "taskList" => BlockKind::BulletList(list(content(node))),
        "listItem" => BlockKind::BulletList(list(std::slice::from_ref(node))),
        "orderedList" => BlockKind::EnumeratedList(Box::new(EnumeratedList {
            start: node["attrs"]["order"]
                .as_u64()
                .and_then(|order| order.try_into().ok())
                .unwrap_or(1),
            numbering: Numbering::Arabic,
            items: list(content(node)),
        })),
        "blockquote" | "panel" => BlockKind::BlockQuote(blocks(content(node))),
        "codeBlock" => BlockKind::LiteralBlock(Box::new(LiteralBlock {
            text: content(node).iter().map(node::said).collect(),
            language: node["attrs"]["language"].as_str().map(Into::into),
            caption: None,
        })),
        "table" => BlockKind::Table(Box::new(table(node))),
        "rule" => return,
        _ if content(node).is_empty() => match node::said(node) {
            said if said.trim().is_empty() => return,
            said => BlockKind::Paragraph(vec![plain(&said)]),
        },
        _ => {
            return content(node)
                .iter()
                .for_each(|child| push_block(child, out));
        }
    }));
}

fn list_item(node: &Value) -> Block {
    let children = match holds_words(node) {
        true => vec![block(BlockKind::Paragraph(inlines(content(node))))],
        false => blocks(content(node)),
    };
    block(BlockKind::ListItem(ListItem {
        task: None,
        children,
    }))
}

fn table(node: &Value) -> Table {
    let rows = content(node);
    let is_head = |row: &Value| {
        !content(row).is_empty() && content(row).iter().all(|cell| kind(cell) == "tableHeader")
    };
    let cell = |node: &Value| Cell {
        span: Span::default(),
        children: blocks(content(node)),
    };
    Table {
        title: Vec::new(),
        head: usize::from(rows.first().is_some_and(is_head)),
        rows: rows
            .iter()
            .map(|row| content(row).iter().map(cell).collect())
            .collect(),
    }
}

fn inline(kind: InlineKind) -> Inline {
    Inline {
        span: Span::default(),
        kind,
    }
}

fn plain(text: &str) -> Inline {
    inline(InlineKind::Text(text.into()))
}

fn inlines(nodes: &[Value]) -> Vec<Inline> {
    nodes.iter().map(styled).collect()
}

fn styled(node: &Value) -> Inline {
    let said = node::said(node);
    let has = |wanted: &str| marks(node).iter().find(|mark| kind(mark) == wanted);
    let mut styled = match kind(node) {
        "text" if has("code").is_some() => inline(InlineKind::Literal(said.into())),
        "inlineCard" => link(plain(&said), &said),
        _ => plain(&said),
    };
    // The order in which a description names its marks says nothing.
    for (name, style) in [
        ("em", InlineKind::Emphasis as fn(Vec<Inline>) -> InlineKind),
        ("strong", InlineKind::Strong),
        ("strike", InlineKind::Strikethrough),
    ] {
        if has(name).is_some() {
            styled = inline(style(vec![styled]));
        }
    }
    match has("link").and_then(|mark| mark["attrs"]["href"].as_str()) {
        Some(href) => link(styled, href),
        None => styled,
    }
}

fn link(text: Inline, uri: &str) -> Inline {
    inline(InlineKind::Reference(Box::new(Reference {
        text: vec![text],
        target: ReferenceTarget::Uri(uri.into()),
    })))
}
