//! Finds the names that authors give to places: HTML's `id` and `name`, `{#name}` behind a title, targets.
//!
//! ```text
//! tag       = "<" word (blank+ attribute)* ...
//! attribute = ("id" | "name") blank* "=" blank* (quoted | word)
//! behind    = title blank* "{#" word "}"
//! ```

use crate::document::{Anchor, Block, BlockKind, Document, Inline, InlineKind};
use crate::source::{Source, Span};

/// Fills `document.anchors`.
pub(super) fn find_anchors(document: &mut Document, source: &Source) {
    let mut finder = Finder::default();
    finder.blocks(&document.children);
    let end = Span::new(source.text().len(), source.text().len()).start;
    for anchor in &mut finder.anchors[finder.waiting..] {
        anchor.block = end;
    }
    document.anchors = finder.anchors;
}

#[derive(Default)]
struct Finder {
    anchors: Vec<Anchor>,
    /// How many of the anchors have their block: the others name the next one.
    waiting: usize,
}

impl Finder {
    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        let names_next = match &block.kind {
            BlockKind::Html(html) => {
                self.tags(html, block.span);
                true
            }
            BlockKind::Paragraph(inlines) => {
                self.inlines(inlines);
                !inlines.is_empty() && inlines.iter().all(is_markup_or_blank)
            }
            BlockKind::Target(target) => {
                if target.refers_to.is_none() {
                    self.push(&target.name, block.span);
                }
                true
            }
            BlockKind::Comment(_) => true,
            _ => false,
        };
        if names_next {
            return;
        }
        if let BlockKind::Section(section) = &block.kind {
            self.inlines(&section.title);
            if let Some(Inline {
                span,
                kind: InlineKind::Text(text),
            }) = section.title.last()
                && let Some((_, name)) = split_heading_name(text)
            {
                self.push(name, *span);
            }
        }
        for anchor in &mut self.anchors[self.waiting..] {
            anchor.block = block.span.start;
        }
        self.waiting = self.anchors.len();
        for child in block.children() {
            self.block(child);
        }
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            match &inline.kind {
                InlineKind::Html(html) => self.tags(html, inline.span),
                InlineKind::Emphasis(inner)
                | InlineKind::Strong(inner)
                | InlineKind::Strikethrough(inner) => self.inlines(inner),
                InlineKind::Reference(reference) => self.inlines(&reference.text),
                _ => {}
            }
        }
    }

    /// Takes the names that the tags in `html` give.
    fn tags(&mut self, html: &str, span: Span) {
        for tag in html.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap_or_default();
            if let Some(name) = attribute(tag, "id").or_else(|| attribute(tag, "name")) {
                self.push(name, span);
            }
        }
    }

    fn push(&mut self, name: &str, span: Span) {
        self.anchors.push(Anchor {
            name: name.into(),
            span,
            block: 0,
        });
    }
}

fn is_markup_or_blank(inline: &Inline) -> bool {
    match &inline.kind {
        InlineKind::Html(_) => true,
        InlineKind::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// Returns the value of an attribute in the text of a tag, `None` where it has none or an empty one.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag.split_once(|c: char| c.is_ascii_whitespace())?.1;
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace())?;
        let (found, after) = rest.split_at(end);
        let Some(value) = after.trim_start().strip_prefix('=') else {
            rest = after;
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split_once(quote)?,
            _ => value
                .split_once(|c: char| c.is_ascii_whitespace())
                .unwrap_or((value, "")),
        };
        if found.eq_ignore_ascii_case(name) && !value.is_empty() {
            return Some(value);
        }
        rest = after;
    }
}

/// Returns a title's text and the name given behind it, `Title {#name}`.
pub fn split_heading_name(text: &str) -> Option<(&str, &str)> {
    let (title, name) = text.trim_end().strip_suffix('}')?.rsplit_once("{#")?;
    let is_name = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '}');
    is_name.then(|| (title.trim_end(), name))
}
