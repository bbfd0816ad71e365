//! Blocks of Markdown as the nodes of a description.

use pulldown_cmark::{
    BlockQuoteKind, BrokenLink, CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd,
};
use serde_json::{Value, json};

use super::inline::{Cell, Inlines, nodes};
use super::node::{self, block, kind, may_hold, with_attrs};
use crate::render::html_text;

/// How deep blocks nest; what lies deeper is written side by side.
const DEEPEST: usize = 16;

/// The targets of a body's reference links, by name.
#[derive(Default)]
pub(crate) struct Targets(Vec<(String, String)>);

impl Targets {
    /// Finds them in a whole body.
    pub(crate) fn of(body: &str) -> Self {
        let parser = Parser::new_ext(body, options());
        let definitions = parser.reference_definitions().iter();
        let found =
            definitions.map(|(name, target)| (name.to_lowercase(), target.dest.to_string()));
        Self(found.collect())
    }

    fn get<'a>(&self, link: &BrokenLink<'_>) -> Option<(CowStr<'a>, CowStr<'a>)> {
        let name = link.reference.to_lowercase();
        let (_, target) = self.0.iter().find(|(it, _)| *it == name)?;
        Some((target.clone().into(), "".into()))
    }
}

fn options() -> Options {
    Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TABLES
        | Options::ENABLE_GFM
}

/// Returns the words of an item's line, or of several, as cells with their places in `line`.
pub(crate) fn line(line: &str, targets: &Targets) -> Vec<Cell> {
    // In a list, behind a box, nothing at its start is read as more than words.
    const BOX: &str = "- [ ] ";
    let text = format!("{BOX}{line}");
    let mut lookup = |link: BrokenLink<'_>| targets.get(&link);
    let mut inlines = Inlines::default();
    let parser = Parser::new_with_broken_link_callback(&text, options(), Some(&mut lookup));
    let mut depth = 0;
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::List(_) | Tag::Item | Tag::Paragraph) => depth += 1,
            Event::End(TagEnd::List(_) | TagEnd::Item | TagEnd::Paragraph) => depth -= 1,
            Event::TaskListMarker(_) => {}
            _ if depth == 0 => {}
            event => {
                let back = |at: usize| at.saturating_sub(BOX.len());
                inlines.take(&event, back(range.start)..back(range.end));
            }
        }
    }
    inlines.finish()
}

/// Returns blocks of Markdown as nodes.
pub(crate) fn blocks(markdown: &str, targets: &Targets) -> Vec<Value> {
    let mut lookup = |link: BrokenLink<'_>| targets.get(&link);
    let parser = Parser::new_with_broken_link_callback(markdown, options(), Some(&mut lookup));
    let mut builder = Builder::default();
    builder.open.push(Open::new(Shape::Plain("doc")));
    for (event, range) in parser.into_offset_iter() {
        builder.take(event, range);
    }
    builder.end_words();
    builder.open.swap_remove(0).children
}

/// A block that is being read.
struct Open {
    shape: Shape,
    children: Vec<Value>,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Plain(&'static str),
    Ordered(u64),
    Quote(Option<&'static str>),
    /// Too deep to be what it is.
    Flat,
}

impl Open {
    fn new(shape: Shape) -> Self {
        Self {
            shape,
            children: Vec::new(),
        }
    }
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    /// The words of the paragraph, heading or cell that is open, or of a list item without a paragraph.
    words: Option<Inlines>,
    level: Option<u8>,
    /// The text of the code or HTML block that is open.
    raw: Option<String>,
    language: String,
    in_head: bool,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, range: std::ops::Range<usize>) {
        match event {
            Event::Start(tag) => match tag {
                Tag::Paragraph | Tag::TableCell => self.start_words(None),
                Tag::Heading { level, .. } => self.start_words(Some(level as u8)),
                Tag::BlockQuote(alert) => self.start(Shape::Quote(alert.map(panel_of))),
                Tag::List(None) => self.start(Shape::Plain("bulletList")),
                Tag::List(Some(first)) => self.start(Shape::Ordered(first)),
                Tag::Item => self.start(Shape::Plain("listItem")),
                Tag::Table(_) => self.start(Shape::Plain("table")),
                Tag::TableHead | Tag::TableRow => {
                    self.in_head = matches!(tag, Tag::TableHead);
                    self.start(Shape::Plain("tableRow"));
                }
                Tag::CodeBlock(code) => {
                    self.end_words();
                    self.raw = Some(String::new());
                    self.language = match code {
                        CodeBlockKind::Fenced(info) => info
                            .split([' ', ',', '\t'])
                            .next()
                            .unwrap_or_default()
                            .to_owned(),
                        CodeBlockKind::Indented => String::new(),
                    };
                }
                Tag::HtmlBlock => {
                    self.end_words();
                    self.raw = Some(String::new());
                }
                _ => self.inline(&Event::Start(tag), range),
            },
            Event::End(tag) => match tag {
                TagEnd::Paragraph | TagEnd::Heading(_) => self.end_words(),
                TagEnd::TableCell => self.end_cell(),
                TagEnd::BlockQuote(_)
                | TagEnd::List(_)
                | TagEnd::Item
                | TagEnd::Table
                | TagEnd::TableHead
                | TagEnd::TableRow => self.end(),
                TagEnd::CodeBlock => self.end_code(),
                TagEnd::HtmlBlock => {
                    let html = self.raw.take().unwrap_or_default();
                    self.push_text(&html_text(&html));
                }
                _ => self.inline(&Event::End(tag), range),
            },
            Event::Rule => {
                self.end_words();
                self.push(json!({"type": "rule"}));
            }
            Event::Text(text) | Event::Html(text) if self.raw.is_some() => {
                self.raw.get_or_insert_default().push_str(&text);
            }
            Event::TaskListMarker(ticked) => {
                let sign = if ticked { "☑ " } else { "☐ " };
                self.words.get_or_insert_default().add(sign);
            }
            event => self.inline(&event, range),
        }
    }

    fn inline(&mut self, event: &Event<'_>, range: std::ops::Range<usize>) {
        self.words.get_or_insert_default().take(event, range);
    }

    fn start_words(&mut self, level: Option<u8>) {
        // The words before a box's own paragraph are the box itself.
        let sign = self.words.take();
        self.words = Some(sign.unwrap_or_default());
        self.level = level;
    }

    fn end_words(&mut self) {
        let level = self.level.take();
        let Some(words) = self.words.take() else {
            return;
        };
        let content = nodes(&words.finish());
        match level {
            Some(level) => self.push(heading(level, content)),
            None if content.is_empty() => {}
            None => self.push(block("paragraph", content)),
        }
    }

    fn end_cell(&mut self) {
        let words = self.words.take().unwrap_or_default();
        let kind = if self.in_head {
            "tableHeader"
        } else {
            "tableCell"
        };
        let paragraph = block("paragraph", nodes(&words.finish()));
        self.push(block(kind, vec![paragraph]));
    }

    fn end_code(&mut self) {
        let code = self.raw.take().unwrap_or_default();
        let code = code.strip_suffix('\n').unwrap_or(&code);
        self.push(code_block(code, &self.language));
    }

    fn push_text(&mut self, words: &str) {
        if !words.is_empty() {
            self.push(block("paragraph", vec![node::text(words, &[])]));
        }
    }

    fn push(&mut self, node: Value) {
        if let Some(open) = self.open.last_mut() {
            open.children.push(node);
        }
    }

    fn start(&mut self, shape: Shape) {
        self.end_words();
        let is_too_deep = self.open.len() > DEEPEST && !matches!(shape, Shape::Plain("tableRow"));
        let flat = match self.open.last().map(|open| open.shape) {
            // What stands in a list that is none, is no item.
            Some(Shape::Flat) if shape == Shape::Plain("listItem") => true,
            Some(Shape::Flat) if shape == Shape::Plain("tableRow") => false,
            _ => is_too_deep,
        };
        self.open
            .push(Open::new(if flat { Shape::Flat } else { shape }));
    }

    fn end(&mut self) {
        self.end_words();
        if self.open.len() < 2 {
            return;
        }
        let Some(Open { shape, children }) = self.open.pop() else {
            return;
        };
        let node = match shape {
            Shape::Flat => {
                return children.into_iter().for_each(|child| self.push(child));
            }
            _ if children.is_empty() && shape != Shape::Plain("listItem") => return,
            Shape::Plain("listItem") => list_item(children),
            Shape::Plain(kind) => block(kind, children),
            Shape::Ordered(first) => {
                let children = fit("orderedList", children);
                match first {
                    1 => block("orderedList", children),
                    _ => with_attrs("orderedList", json!({"order": first}), children),
                }
            }
            Shape::Quote(alert) => match alert.or_else(|| named_panel(&children)) {
                Some(kind) => {
                    with_attrs("panel", json!({"panelType": kind}), fit("panel", children))
                }
                None => block("blockquote", fit("blockquote", children)),
            },
        };
        self.push(node);
    }
}

/// Returns a heading.
pub(super) fn heading(level: u8, content: Vec<Value>) -> Value {
    with_attrs("heading", json!({"level": level}), content)
}

/// Returns a block of code.
pub(super) fn code_block(code: &str, language: &str) -> Value {
    let content = match code {
        "" => Vec::new(),
        code => vec![node::text(code, &[])],
    };
    match language {
        "" => block("codeBlock", content),
        language => with_attrs("codeBlock", json!({"language": language}), content),
    }
}

/// Returns an item of a list with this in it.
fn list_item(children: Vec<Value>) -> Value {
    let mut children = fit("listItem", children);
    // The editor wants a paragraph, or code, first.
    if !children
        .first()
        .is_some_and(|first| matches!(kind(first), "paragraph" | "codeBlock"))
    {
        children.insert(0, block("paragraph", Vec::new()));
    }
    block("listItem", children)
}

/// Returns `children` with those that cannot stand in a node of this type as something that can.
fn fit(holder: &str, children: Vec<Value>) -> Vec<Value> {
    let mut out = Vec::with_capacity(children.len());
    let mut rest = children;
    rest.reverse();
    while let Some(child) = rest.pop() {
        if may_hold(holder, kind(&child)) {
            out.push(child);
            continue;
        }
        match kind(&child) {
            "heading" => out.push(block("paragraph", node::content(&child).to_vec())),
            "table" => out.extend(node::content(&child).iter().map(row_as_paragraph)),
            _ => rest.extend(node::content(&child).iter().rev().cloned()),
        }
    }
    if out.is_empty() {
        out.push(block("paragraph", Vec::new()));
    }
    out
}

/// Returns a table's row as a line of text, for where no table can stand.
fn row_as_paragraph(row: &Value) -> Value {
    let mut content = Vec::new();
    for (at, cell) in node::content(row).iter().enumerate() {
        if at > 0 {
            content.push(node::text(" | ", &[]));
        }
        let paragraphs = node::content(cell).iter();
        content.extend(paragraphs.flat_map(node::content).cloned());
    }
    block("paragraph", content)
}

fn panel_of(alert: BlockQuoteKind) -> &'static str {
    match alert {
        BlockQuoteKind::Note => "info",
        BlockQuoteKind::Tip => "success",
        BlockQuoteKind::Important => "note",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "error",
    }
}

/// Returns the panel that a quote is whose first words are the name of an admonition in bold, as ours are written.
fn named_panel(children: &[Value]) -> Option<&'static str> {
    let first = node::content(children.first()?).first()?;
    if kind(children.first()?) != "paragraph" || first["marks"][0]["type"] != "strong" {
        return None;
    }
    let name = first["text"].as_str()?.strip_suffix(':')?.to_lowercase();
    Some(match name.as_str() {
        "note" | "seealso" | "see also" | "todo" => "info",
        "hint" | "tip" => "success",
        "important" => "note",
        "attention" | "caution" | "warning" => "warning",
        "danger" | "error" => "error",
        _ => return None,
    })
}
