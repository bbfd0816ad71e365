//! Lists as their authors meant them, where the markup reads them as running text.
//!
//! In reStructuredText, a list needs a blank line before it, and each line of an item has to be indented. Authors
//! forget both:
//!
//! ```text
//! Before the release:           #. Write the notes, and read them
//! - write the notes             aloud.
//! - tell the press              #. Tell the press.
//! ```
//!
//! These are paragraphs with lines that start with a bullet or a number; here they become lists. What such a
//! paragraph breaks apart is put together again.

use std::ops::Range;

use crate::document::{Block, BlockKind, EnumeratedList, Inline, InlineKind, ListItem, Numbering};
use crate::parse::Page;
use crate::source::{Markup, Source, Span};

/// Up to how many characters a line is short, so that the author broke it before a bullet on purpose.
const SHORT: usize = 40;

/// Returns `pages` with lists where their authors meant some.
pub(super) fn lists(pages: &[Page]) -> Vec<Page> {
    let mut pages = pages.to_vec();
    for page in &mut pages {
        if page.source.markup() == Markup::Rst {
            read(&mut page.document.children, &page.source);
        }
    }
    pages
}

/// Makes lists of the paragraphs in `blocks` and in the blocks inside these.
fn read(blocks: &mut Vec<Block>, source: &Source) {
    for block in blocks.iter_mut() {
        if let BlockKind::Included(included) = &mut block.kind {
            read(&mut included.document.children, &included.source);
        } else {
            for children in block.children_mut() {
                read(children, source);
            }
        }
    }
    let mut out: Vec<Block> = Vec::with_capacity(blocks.len());
    let mut is_meant = false;
    for block in blocks.drain(..) {
        let split = match &block.kind {
            BlockKind::Paragraph(text) => split(text, block.span, source),
            _ => None,
        };
        match split {
            Some((before, list)) => {
                out.extend(before);
                add(list, &mut out);
                is_meant = true;
            }
            None if is_meant && continues(&block, out.last()) => add(block, &mut out),
            None => {
                out.push(block);
                is_meant = false;
            }
        }
    }
    *blocks = out;
}

/// Adds a list, or an indented end of its last item, to the list before it where it goes on.
fn add(block: Block, out: &mut Vec<Block>) {
    if !continues(&block, out.last()) {
        out.push(block);
        return;
    }
    let Some(last) = out.last_mut() else {
        return;
    };
    last.span = last.span.join(block.span);
    match (&mut last.kind, block.kind) {
        (BlockKind::BulletList(items), BlockKind::BulletList(more)) => items.extend(more),
        (BlockKind::EnumeratedList(list), BlockKind::EnumeratedList(more)) => {
            list.items.extend(more.items);
        }
        (BlockKind::BulletList(items), BlockKind::BlockQuote(rest)) => end_item(items, rest),
        (BlockKind::EnumeratedList(list), BlockKind::BlockQuote(rest)) => {
            end_item(&mut list.items, rest);
        }
        _ => {}
    }
}

/// Tells whether a block goes on with the list before it.
fn continues(block: &Block, before: Option<&Block>) -> bool {
    match (before.map(|before| &before.kind), &block.kind) {
        (Some(BlockKind::BulletList(_)), BlockKind::BulletList(_) | BlockKind::BlockQuote(_))
        | (Some(BlockKind::EnumeratedList(_)), BlockKind::BlockQuote(_)) => true,
        (Some(BlockKind::EnumeratedList(list)), BlockKind::EnumeratedList(more)) => {
            let next = list.start as usize + list.items.len();
            list.numbering == more.numbering
                && matches!(more.start as usize, start if start == next || start == 1)
        }
        _ => false,
    }
}

/// Adds what stands indented behind the first line of a list's last item: the rest of its text, and its blocks.
fn end_item(items: &mut [Block], rest: Vec<Block>) {
    let Some(BlockKind::ListItem(item)) = items.last_mut().map(|item| &mut item.kind) else {
        return;
    };
    for block in rest {
        match (item.children.as_mut_slice(), block) {
            (
                [
                    Block {
                        span,
                        kind: BlockKind::Paragraph(text),
                    },
                ],
                Block {
                    span: more_span,
                    kind: BlockKind::Paragraph(more),
                },
            ) => {
                *span = span.join(more_span);
                text.push(Inline {
                    span: Span::new(more_span.range().start, more_span.range().start),
                    kind: InlineKind::Text("\n".into()),
                });
                text.extend(more);
            }
            (_, block) => item.children.push(block),
        }
    }
}

/// A line of a paragraph that starts with a bullet or a number.
struct Marked {
    /// Where the bullet or the number stands.
    start: usize,
    /// Where the line before it ends.
    before: usize,
    /// The bullet, or the mark behind the number.
    mark: char,
    /// The number, 0 for the automatic `#`; `None` for a bullet.
    number: Option<usize>,
    /// How many bytes stand before the item's text.
    width: usize,
    /// The line before it is short, or announces it.
    is_set_off: bool,
}

/// Returns the text before the list that a paragraph holds, and the list; `None` where it holds none.
fn split(text: &[Inline], span: Span, source: &Source) -> Option<(Option<Block>, Block)> {
    let Range { start, end } = span.range();
    let is_text = |line: &Marked| text.iter().any(|inline| is_text_at(inline, line.start));
    let mut lines = marked(source.slice(span), start);
    lines.retain(is_text);
    let (mark, opens) = (lines.first()?.mark, lines.first()?.start == start);
    lines.retain(|line| line.mark == mark);
    let first = &lines[0];
    let from = first.number.filter(|_| opens).unwrap_or(1);
    let is_counted = |(at, line): (usize, &Marked)| {
        line.number
            .is_none_or(|number| number == 0 || number == from + at)
    };
    if !lines.iter().enumerate().all(is_counted) || !opens && lines.len() < 2 && !first.is_set_off {
        return None;
    }
    let piece = Piece { text, source };
    let ends = lines[1..].iter().map(|next| next.before).chain([end]);
    let items = lines
        .iter()
        .zip(ends)
        .map(|(line, end)| piece.item(line, end))
        .collect();
    let kind = match first.number {
        Some(_) => BlockKind::EnumeratedList(Box::new(EnumeratedList {
            start: u32::try_from(from.max(1)).unwrap_or(1),
            numbering: Numbering::Arabic,
            items,
        })),
        None => BlockKind::BulletList(items),
    };
    let before = (!opens).then(|| piece.paragraph(start, 0, first.before));
    let list = Block {
        span: Span::new(first.start, end),
        kind,
    };
    Some((before, list))
}

/// Tells whether an inline is plain text and holds the byte at `offset`.
fn is_text_at(inline: &Inline, offset: usize) -> bool {
    matches!(inline.kind, InlineKind::Text(_)) && inline.span.range().contains(&offset)
}

/// Returns the lines of `text`, which stands at `offset`, that start with a bullet or a number.
fn marked(text: &str, offset: usize) -> Vec<Marked> {
    let mut found = Vec::new();
    let (mut at, mut previous) = (0, "");
    for line in text.split('\n') {
        let inner = line.trim_start();
        if let Some((mark, number, width)) = marker(inner) {
            found.push(Marked {
                start: offset + at + line.len() - inner.len(),
                before: (offset + at).saturating_sub(1),
                mark,
                number,
                width,
                is_set_off: previous.ends_with(':') || previous.chars().count() < SHORT,
            });
        }
        at += line.len() + 1;
        previous = line.trim();
    }
    found
}

/// Returns the bullet or number that a line starts with: its mark, its number, and the bytes up to the text behind it.
fn marker(line: &str) -> Option<(char, Option<usize>, usize)> {
    let (word, rest) = line.split_once(' ')?;
    let width = line.len() - rest.trim_start().len();
    if matches!(word, "-" | "*" | "•") {
        return Some((word.chars().next()?, None, width));
    }
    let mark = word
        .chars()
        .next_back()
        .filter(|mark| matches!(mark, '.' | ')'))?;
    let digits = &word[..word.len() - 1];
    let number = if digits == "#" {
        0
    } else {
        digits.parse().ok()?
    };
    (!rest.trim().is_empty()).then_some((mark, Some(number), width))
}

/// A paragraph to take pieces of.
struct Piece<'a> {
    text: &'a [Inline],
    source: &'a Source,
}

impl Piece<'_> {
    /// Returns the item of `line` and of those behind it up to `end`.
    fn item(&self, line: &Marked, end: usize) -> Block {
        Block {
            span: Span::new(line.start, end),
            kind: BlockKind::ListItem(ListItem {
                task: None,
                children: vec![self.paragraph(line.start, line.width, end)],
            }),
        }
    }

    /// Returns what stands from `width` bytes behind `start`, where a line starts, to `end`, where one ends.
    fn paragraph(&self, start: usize, width: usize, end: usize) -> Block {
        let inlines = self.text.iter().filter_map(|inline| {
            let own = inline.span.range();
            if own.end <= start || own.start >= end {
                return None;
            }
            let InlineKind::Text(text) = &inline.kind else {
                return Some(inline.clone());
            };
            let from = match own.start <= start {
                true => self.line_in(text, own.start, start) + width,
                false => 0,
            };
            let to = match own.end > end {
                true => (self.line_in(text, own.start, end + 1)).saturating_sub(1),
                false => text.len(),
            };
            Some(Inline {
                span: Span::new(own.start.max(start + width), own.end.min(end)),
                kind: InlineKind::Text(text.get(from..to)?.into()),
            })
        });
        Block {
            span: Span::new(start + width, end),
            kind: BlockKind::Paragraph(inlines.collect()),
        }
    }

    /// Returns where the line at `offset` starts in the text read from what stands at `from`.
    fn line_in(&self, text: &str, from: usize, offset: usize) -> usize {
        let lines = self
            .source
            .slice(Span::new(from, offset))
            .matches('\n')
            .count();
        text.split_inclusive('\n').take(lines).map(str::len).sum()
    }
}
