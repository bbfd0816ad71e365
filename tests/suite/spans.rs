//! What must hold for the places of whatever was read, in any markup.

use std::fmt::Debug;

use runsheet::document::{Block, BlockKind, Document, Inline};
use runsheet::source::Span;

/// Checks that every node lies in the one around it, behind those before it, and on the borders of characters.
pub(crate) fn check_spans(document: &Document, text: &str) {
    check_blocks(&document.children, whole(text), text);
    for anchor in &document.anchors {
        check(anchor.span, whole(text), text, anchor);
        assert!(anchor.block as usize <= text.len(), "{anchor:?}");
    }
}

/// Checks that `node` has a place of its own in what is around it.
pub(crate) fn check(span: Span, within: Span, text: &str, node: &dyn Debug) {
    assert!(span.start <= span.end, "{node:?} ends before it starts");
    assert!(within.holds(span), "{node:?} reaches out of {within:?}");
    assert!(
        text.get(span.range()).is_some(),
        "{node:?} cuts a character"
    );
}

/// Returns the place of all of `text`.
pub(crate) fn whole(text: &str) -> Span {
    Span::new(0, text.len())
}

fn check_blocks<'b>(blocks: impl IntoIterator<Item = &'b Block>, within: Span, text: &str) {
    let mut last = within.start;
    for block in blocks {
        check(block.span, within, text, block);
        assert!(block.span.start >= last, "{block:?} is out of order");
        last = block.span.start;
        for inlines in block.clone().inlines_mut() {
            check_inlines(inlines, block.span, text);
        }
        if let BlockKind::Table(table) = &block.kind {
            for cell in table.rows.iter().flatten() {
                check(cell.span, block.span, text, cell);
                check_blocks(&cell.children, cell.span, text);
            }
        } else {
            check_blocks(block.children(), block.span, text);
        }
    }
}

fn check_inlines(inlines: &[Inline], within: Span, text: &str) {
    let mut last = within.start;
    for inline in inlines {
        check(inline.span, within, text, inline);
        assert!(inline.span.start >= last, "{inline:?} is out of order");
        last = inline.span.end;
        if let Some(inner) = inline.clone().inner_mut() {
            check_inlines(inner, inline.span, text);
        }
    }
}
