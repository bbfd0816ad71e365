//! Makes blocks of `pulldown-cmark`'s events.

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{
    BlockQuoteKind, BrokenLink, CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag,
};

use super::excerpt::{Excerpt, unix_lines};
use super::{MAX_DEPTH, Reading};
use crate::document::{
    Admonition, Block, BlockKind, Cell, EnumeratedList, Footnote, Image, Inline, InlineKind,
    ListItem, LiteralBlock, Numbering, Reference, ReferenceTarget, Section, Table, plain_text,
};
use crate::source::Span;

/// Returns the blocks of `excerpt`, which itself stands `depth` levels deep.
///
/// A heading is a section without children; [`nest_sections`] gives it what stands under it.
///
/// `definitions` are link definitions that stand elsewhere in the document.
pub(super) fn blocks(
    excerpt: &Excerpt<'_>,
    depth: usize,
    definitions: Option<&Definitions>,
    reading: &mut Reading,
) -> Vec<Block> {
    let mut builder = Builder {
        excerpt,
        depth,
        reading,
        open: vec![Node::new(
            Tag::BlockQuote(None),
            excerpt.span(0, excerpt.text().len()),
        )],
        skipping: None,
    };
    let find = |link: BrokenLink<'_>| {
        let (uri, title) = definitions?.get(&link.reference.to_lowercase())?;
        Some((CowStr::from(uri.clone()), CowStr::from(title.clone())))
    };
    let parser = Parser::new_with_broken_link_callback(excerpt.text(), options(), Some(find));
    for (event, range) in parser.into_offset_iter() {
        builder.take(event, range);
    }
    builder.finish()
}

/// The link definitions of a document: label in lower case to address and title.
pub(super) type Definitions = HashMap<String, (String, String)>;

/// Returns the link definitions in `text`.
pub(super) fn definitions(text: &str) -> Definitions {
    Parser::new_ext(text, options())
        .reference_definitions()
        .iter()
        .map(|(label, definition)| {
            let title = definition.title.as_deref().unwrap_or_default();
            (
                label.to_lowercase(),
                (definition.dest.to_string(), title.to_owned()),
            )
        })
        .collect()
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
}

/// Returns `blocks` with each section holding what follows it, up to the next of its level or above.
pub(super) fn nest_sections(blocks: Vec<Block>) -> Vec<Block> {
    let mut done = Vec::new();
    let mut open: Vec<Block> = Vec::new();
    for block in blocks {
        if let BlockKind::Section(section) = &block.kind {
            while open.last().is_some_and(|last| level(last) >= section.level) {
                close_section(&mut open, &mut done);
            }
            open.push(block);
        } else {
            put(block, &mut open, &mut done);
        }
    }
    while !open.is_empty() {
        close_section(&mut open, &mut done);
    }
    done
}

fn level(block: &Block) -> u8 {
    match &block.kind {
        BlockKind::Section(section) => section.level,
        _ => u8::MAX,
    }
}

fn close_section(open: &mut Vec<Block>, done: &mut Vec<Block>) {
    if let Some(section) = open.pop() {
        put(section, open, done);
    }
}

/// Puts `block` into the innermost open section, else among those that are done.
fn put(block: Block, open: &mut [Block], done: &mut Vec<Block>) {
    match open.last_mut() {
        Some(parent) => {
            parent.span = parent.span.join(block.span);
            if let BlockKind::Section(section) = &mut parent.kind {
                section.children.push(block);
            }
        }
        None => done.push(block),
    }
}

/// A block or markup whose end has not come yet.
struct Node<'a> {
    tag: Tag<'a>,
    span: Span,
    blocks: Vec<Block>,
    /// What is not in a block of its own yet: a tight item has no paragraph events.
    inlines: Vec<Inline>,
    /// The pieces of plain text behind the last of `inlines`, joined as they come.
    plain: Option<(Span, String)>,
    /// The text of code and raw HTML.
    raw: String,
    task: Option<bool>,
    rows: Vec<Vec<Cell>>,
    cells: Vec<Cell>,
}

impl<'a> Node<'a> {
    fn new(tag: Tag<'a>, span: Span) -> Self {
        Self {
            tag,
            span,
            blocks: Vec::new(),
            inlines: Vec::new(),
            plain: None,
            raw: String::new(),
            task: None,
            rows: Vec::new(),
            cells: Vec::new(),
        }
    }

    fn push_block(&mut self, block: Block) {
        self.close_paragraph();
        self.blocks.push(block);
    }

    /// Adds plain text; pieces that follow one another become one.
    fn push_text(&mut self, span: Span, piece: &str) {
        let (whole, text) = self.plain.get_or_insert_with(|| (span, String::new()));
        *whole = whole.join(span);
        text.push_str(piece);
    }

    fn push_inline(&mut self, inline: Inline) {
        self.close_text();
        self.inlines.push(inline);
    }

    fn close_text(&mut self) {
        if let Some((span, text)) = self.plain.take() {
            let kind = InlineKind::Text(text.into());
            self.inlines.push(Inline { span, kind });
        }
    }

    /// Makes a paragraph of the text that is not in a block yet.
    fn close_paragraph(&mut self) {
        self.close_text();
        if let (Some(first), Some(last)) = (self.inlines.first(), self.inlines.last()) {
            self.blocks.push(Block {
                span: first.span.join(last.span),
                kind: BlockKind::Paragraph(std::mem::take(&mut self.inlines)),
            });
        }
    }

    fn into_blocks(mut self) -> Vec<Block> {
        self.close_paragraph();
        self.blocks
    }
}

struct Builder<'a, 'b> {
    excerpt: &'b Excerpt<'b>,
    depth: usize,
    reading: &'b mut Reading,
    /// What is open, outermost first; the first stands for the whole text and never closes.
    open: Vec<Node<'a>>,
    /// How many events must still end before reading goes on, where something is nested too deep.
    skipping: Option<usize>,
}

impl<'a> Builder<'a, '_> {
    fn take(&mut self, event: Event<'a>, range: Range<usize>) {
        if let Some(nested) = self.skipping {
            self.skipping = match event {
                Event::Start(_) => Some(nested + 1),
                Event::End(_) => nested.checked_sub(1),
                _ => Some(nested),
            };
            return;
        }
        let span = self.inside(self.excerpt.span(range.start, range.end));
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text, span),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.inline(span, InlineKind::Literal(text.as_ref().into()));
            }
            Event::Html(html) => self.text(&html, span),
            Event::InlineHtml(html) => self.inline(span, InlineKind::Html(html.as_ref().into())),
            Event::FootnoteReference(label) => {
                let label = footnote_label(&label);
                self.inline(span, InlineKind::FootnoteReference(label));
            }
            Event::SoftBreak => self.text("\n", span),
            Event::HardBreak => self.inline(span, InlineKind::LineBreak),
            Event::Rule => {
                let span = self.inside(self.excerpt.trimmed(range.start, range.end));
                self.block(Block {
                    span,
                    kind: BlockKind::Transition,
                });
            }
            Event::TaskListMarker(done) => {
                let item = self.open.iter_mut().rfind(|node| node.tag == Tag::Item);
                if let Some(item) = item {
                    item.task = Some(done);
                }
            }
        }
    }

    fn start(&mut self, tag: Tag<'a>, range: Range<usize>) {
        let span = self.inside(self.excerpt.trimmed(range.start, range.end));
        if self.depth + self.open.len() > MAX_DEPTH && stands_alone(&tag) {
            self.reading.too_deep.get_or_insert(span);
            self.skipping = Some(0);
            let text = self.excerpt.text().get(range).unwrap_or_default().trim();
            let text = unix_lines(text);
            if is_inline(&tag) {
                self.text(&text, span);
            } else {
                let kind = InlineKind::Text(text.into());
                let kind = BlockKind::Paragraph(vec![Inline { span, kind }]);
                self.block(Block { span, kind });
            }
            return;
        }
        self.open.push(Node::new(tag, span));
    }

    /// Returns `span` cut to what is open: a cell that a short row lacks is told to stand behind it.
    fn inside(&self, span: Span) -> Span {
        self.open.last().map_or(span, |node| Span {
            start: span.start.clamp(node.span.start, node.span.end),
            end: span.end.clamp(node.span.start, node.span.end),
        })
    }

    fn end(&mut self) {
        if self.open.len() < 2 {
            return;
        }
        let Some(mut node) = self.open.pop() else {
            return;
        };
        node.close_text();
        let span = node.span;
        let kind = match node.tag {
            Tag::Emphasis => return self.inline(span, InlineKind::Emphasis(node.inlines)),
            Tag::Strong => return self.inline(span, InlineKind::Strong(node.inlines)),
            Tag::Strikethrough => {
                return self.inline(span, InlineKind::Strikethrough(node.inlines));
            }
            Tag::Superscript | Tag::Subscript => {
                return node.inlines.into_iter().for_each(|inline| {
                    self.inline(inline.span, inline.kind);
                });
            }
            Tag::Link {
                link_type,
                ref dest_url,
                ..
            } => {
                let uri = match link_type {
                    LinkType::Email => format!("mailto:{dest_url}").into(),
                    _ => dest_url.as_ref().into(),
                };
                let reference = Reference {
                    text: node.inlines,
                    target: ReferenceTarget::Uri(uri),
                };
                return self.inline(span, InlineKind::Reference(Box::new(reference)));
            }
            Tag::Image { ref dest_url, .. } => {
                let image = Image {
                    uri: dest_url.as_ref().into(),
                    alt: plain_text(&node.inlines).into(),
                    target: None,
                };
                return self.inline(span, InlineKind::Image(Box::new(image)));
            }
            Tag::TableCell => {
                let children = node.into_blocks();
                if let Some(row) = self.open.last_mut() {
                    row.cells.push(Cell { span, children });
                }
                return;
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = self.open.last_mut() {
                    table.rows.push(node.cells);
                }
                return;
            }
            Tag::Table(_) => BlockKind::Table(Box::new(Table {
                title: Vec::new(),
                head: 1,
                rows: node.rows,
            })),
            Tag::Paragraph => BlockKind::Paragraph(node.inlines),
            Tag::Heading { level, .. } => BlockKind::Section(Box::new(Section {
                level: level as u8,
                title: node.inlines,
                children: Vec::new(),
            })),
            Tag::BlockQuote(Some(kind)) => BlockKind::Admonition(Box::new(Admonition {
                name: alert_name(kind).into(),
                title: Vec::new(),
                children: nest_sections(node.into_blocks()),
            })),
            Tag::BlockQuote(None) => BlockKind::BlockQuote(nest_sections(node.into_blocks())),
            Tag::CodeBlock(ref kind) => BlockKind::LiteralBlock(Box::new(LiteralBlock {
                text: unix_lines(&node.raw),
                language: language(kind),
                caption: None,
            })),
            Tag::HtmlBlock => html_block(&node.raw),
            Tag::List(None) => BlockKind::BulletList(node.blocks),
            Tag::List(Some(start)) => BlockKind::EnumeratedList(Box::new(EnumeratedList {
                start: u32::try_from(start).unwrap_or(u32::MAX),
                numbering: Numbering::Arabic,
                items: node.blocks,
            })),
            Tag::Item => BlockKind::ListItem(ListItem {
                task: node.task,
                children: nest_sections(node.into_blocks()),
            }),
            Tag::FootnoteDefinition(ref label) => BlockKind::Footnote(Box::new(Footnote {
                label: footnote_label(label),
                children: nest_sections(node.into_blocks()),
            })),
            // Extensions that are not switched on: what they hold goes to what is around them.
            Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::MetadataBlock(_) => {
                return node
                    .into_blocks()
                    .into_iter()
                    .for_each(|block| self.block(block));
            }
        };
        self.block(Block { span, kind });
    }

    fn text(&mut self, text: &str, span: Span) {
        if let Some(node) = self.open.last_mut()
            && matches!(node.tag, Tag::CodeBlock(_) | Tag::HtmlBlock)
        {
            node.raw.push_str(text);
        } else if let Some(node) = self.open.last_mut() {
            node.push_text(span, text);
        }
    }

    fn inline(&mut self, span: Span, kind: InlineKind) {
        if let Some(node) = self.open.last_mut() {
            node.push_inline(Inline { span, kind });
        }
    }

    fn block(&mut self, block: Block) {
        if let Some(node) = self.open.last_mut() {
            node.push_block(block);
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.open
            .drain(..)
            .next()
            .map_or_else(Vec::new, Node::into_blocks)
    }
}

/// Tells whether text may stand in the place of what the tag opens: not so for an item or a row.
fn stands_alone(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Item | Tag::TableHead | Tag::TableRow | Tag::TableCell
    )
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}

/// Returns a footnote's label as it stands between the brackets.
fn footnote_label(label: &str) -> Box<str> {
    format!("^{label}").into()
}

fn alert_name(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}

/// Returns the first word of a fence's info string.
fn language(kind: &CodeBlockKind<'_>) -> Option<Box<str>> {
    match kind {
        CodeBlockKind::Indented => None,
        CodeBlockKind::Fenced(info) => info.split_whitespace().next().map(Into::into),
    }
}

/// Returns a comment where the HTML is one and nothing else.
fn html_block(html: &str) -> BlockKind {
    let html = unix_lines(html);
    let inner = html
        .trim()
        .strip_prefix("<!--")
        .and_then(|rest| rest.strip_suffix("-->"))
        .filter(|inner| !inner.contains("-->"));
    match inner {
        Some(comment) => BlockKind::Comment(comment.trim().into()),
        None => BlockKind::Html(html.into()),
    }
}
