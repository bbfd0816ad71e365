//! What must hold for whatever is read.

use std::sync::Arc;

use runsheet::document::Block;
use runsheet::document::outline::{Node, outline};
use runsheet::parse::parse;
use runsheet::source::{Markup, Source, Span};

/// Reads `bytes` and checks that every block's span lies in its parent's and cuts no character.
pub fn check(bytes: &[u8], markup: Markup) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let source = Arc::new(Source::new("fuzzed", text, markup));
    let parsed = parse(&source);
    let whole = Span::new(0, source.text().len());
    for block in &parsed.value.children {
        check_block(block, whole, source.text());
    }
    for diagnostic in &parsed.diagnostics {
        assert!(whole.holds(diagnostic.place.span));
    }
    show(outline(&parsed.value, &source));
}

fn show(node: Node<'_>) {
    node.members();
    node.children().into_iter().flatten().for_each(show);
}

fn check_block(block: &Block, within: Span, text: &str) {
    assert!(
        within.holds(block.span),
        "{block:?} reaches out of {within:?}"
    );
    assert!(
        text.get(block.span.range()).is_some(),
        "{block:?} cuts a character"
    );
    for child in block.children() {
        check_block(child, block.span, text);
    }
}
