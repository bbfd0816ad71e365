//! What must hold for whatever is read.

use std::sync::Arc;

use runsheet::diagnostic::Diagnostic;
use runsheet::document::outline::{Node, outline};
use runsheet::document::{Block, Document};
use runsheet::extract::{Overrides, extract};
use runsheet::parse::{Page, markdown, parse};
use runsheet::source::{Markup, Source, Span};

/// Reads `bytes` and checks that every block's span lies in its parent's and cuts no character, for Markdown also
/// after its dialects are read; then looks for procedures.
pub fn check(bytes: &[u8], markup: Markup) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let source = Arc::new(Source::new("fuzzed", text, markup));
    let mut parsed = parse(&source);
    check_document(&parsed.value, &parsed.diagnostics, &source);
    if markup == Markup::Markdown {
        let findings = markdown::dialect::read(&mut parsed.value, &source);
        check_document(&parsed.value, &findings, &source);
    }
    let document = parsed.value;
    extract(&[Page { source, document }], &Overrides::default());
}

fn check_document(document: &Document, findings: &[Diagnostic], source: &Source) {
    let whole = Span::new(0, source.text().len());
    for block in &document.children {
        check_block(block, whole, source.text());
    }
    for finding in findings {
        assert!(whole.holds(finding.place.span));
    }
    show(outline(document, source));
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
